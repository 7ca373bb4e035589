//! What is derived stands in the repository and is current. The command that updates snapshots writes it anew.

use nhilint::report::rules::{book, table};

use crate::bench::catalog;

/// Compares a file with what it should hold, or writes it.
fn current(path: &str, wanted: &str) {
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always" || update == "force") {
        std::fs::write(path, wanted).expect("the file can be written");
    }
    let held = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        held == wanted,
        "{path} is not current: run `INSTA_UPDATE=always cargo test --test it` and read the diff"
    );
}

/// A text with what stands between two marks replaced.
fn between(text: &str, mark: &str, wanted: &str) -> String {
    let (begin, end) = (format!("<!-- {mark}:begin -->"), format!("<!-- {mark}:end -->"));
    let (before, rest) = text.split_once(&begin).expect("the begin mark");
    let (_, after) = rest.split_once(&end).expect("the end mark");
    format!("{before}{begin}\n{}\n{end}{after}", wanted.trim_end())
}

/// What a command prints, started from the root of the repository.
fn printed(command: &str) -> String {
    let arguments = command.split(' ').skip(1);
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"));
    let output = program.args(arguments).envs(crate::cli::no_cache_of_the_user()).output();
    String::from_utf8(output.expect("the program runs").stdout).expect("output is text")
}

/// The rule table, and the output of small runs.
#[test]
fn the_readme() {
    let shown = "nhilint check testdata/repos/payments/jobs/purge.yaml --select dedicated-service-account";
    let output = printed(shown);
    // How long it took is the machine's business.
    let (before, after) = output.split_once(" (1 file, ").expect("the summary line");
    let after = after.split_once(')').expect("the end of the summary").1;
    let output = format!("```text\n$ {shown}\n{before} (1 file){}\n```", after.trim_end());
    let graph = "nhilint graph testdata/repos/payments/rbac/exports.yaml --identity exports/export";
    let drawn = printed(&format!("{graph} --format mermaid"));
    let graph = format!("```text\n$ {graph}\n{}```\n\n```mermaid\n{drawn}```", printed(graph));
    let readme = std::fs::read_to_string("README.md").expect("README.md");
    let readme = between(&readme, "output", &output);
    let readme = between(&readme, "graph", &graph);
    current("README.md", &between(&readme, "rules", &table(&catalog())));
}

#[test]
fn the_book_of_rules() {
    current("rules/README.md", &book(&catalog()));
}

#[test]
fn the_schema_of_the_settings() {
    let schema = nhilint::config::File::schema(&catalog());
    current("rules/settings.schema.json", &format!("{schema:#}\n"));
}

#[test]
fn the_help_text() {
    let help = |arguments: &[&str]| {
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"))
            .args(arguments)
            .env("COLUMNS", "100")
            .output()
            .expect("the program runs");
        String::from_utf8(program.stdout).expect("help is text")
    };
    // The feature `annotate` adds a command of one line.
    let all = help(&["--help"]);
    let always = all.split_inclusive('\n').filter(|line| !line.starts_with("  annotate "));
    insta::assert_snapshot!("help", always.collect::<String>());
    insta::assert_snapshot!("help_check", help(&["check", "--help"]));
    insta::assert_snapshot!("help_exceptions", help(&["exceptions", "--help"]));
    insta::assert_snapshot!("help_except", help(&["except", "--help"]));
    insta::assert_snapshot!("help_can", help(&["can", "--help"]));
    insta::assert_snapshot!("help_graph", help(&["graph", "--help"]));
    insta::assert_snapshot!("help_render", help(&["render", "--help"]));
    insta::assert_snapshot!("help_init", help(&["init", "--help"]));
    insta::assert_snapshot!("help_roots", help(&["roots", "--help"]));
}
