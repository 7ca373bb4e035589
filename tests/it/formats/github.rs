//! Workflow commands, read as the runner reads them.

use std::collections::BTreeMap;

use nhilint::finding::{Finding, IdentityName, RunError, Severity, Strong};
use nhilint::report::{Format, Style};
use nhilint::source::Span;

use super::fixture::{Run, busy, clean, finding};
use super::{snapshot, write};

struct Command {
    word: String,
    properties: BTreeMap<String, String>,
    message: String,
}

/// The runner's reading of a line: properties up to the next `::`, split at `,` and then at the first `=`.
fn command(line: &str) -> Command {
    let rest = line.strip_prefix("::").expect("every line is a command");
    let (head, message) = rest.split_once("::").expect("a command has a message");
    let (word, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').map(|property| {
        let (name, value) = property.split_once('=').expect("a property has a value");
        (name.to_owned(), unescaped(value, &[":", ",", "\r", "\n", "%"]))
    });
    Command {
        word: word.to_owned(),
        properties: properties.collect(),
        message: unescaped(message, &["\r", "\n", "%"]),
    }
}

fn unescaped(text: &str, escaped: &[&str]) -> String {
    let code = |text: &str| format!("%{:02X}", text.as_bytes()[0]);
    escaped.iter().fold(text.to_owned(), |text, plain| text.replace(&code(plain), plain))
}

/// `file:line:column` of every command that has a column.
pub(super) fn places(text: &str) -> Vec<String> {
    let commands = text.lines().map(command);
    commands
        .filter_map(|command| {
            let of = |name| command.properties.get(name);
            Some(format!("{}:{}:{}", of("file")?, of("line")?, of("col")?))
        })
        .collect()
}

#[test]
fn commands() {
    snapshot("github", &write(&busy(), Format::Github, &Style::plain()));
}

#[test]
fn the_runner_reads_what_was_meant() {
    let run = busy();
    let text = write(&run, Format::Github, &Style::plain());
    let commands: Vec<Command> = text.lines().map(command).collect();
    let said = run.report.errors.len() + 1;
    assert_eq!(commands.len(), run.report.active().count() + said);
    let words: Vec<&str> = commands.iter().map(|command| command.word.as_str()).collect();
    assert_eq!(words, ["error", "error", "error", "error", "error", "warning", "notice", "notice"]);
    let odd = &commands[4];
    assert_eq!(odd.properties["file"], "apps/a,b:% é#.yaml");
    assert_eq!(odd.properties["title"], "NHI102 shared-service-account");
    assert_eq!((odd.properties["line"].as_str(), odd.properties["endLine"].as_str()), ("6", "6"));
    assert!(odd.message.starts_with("Deployment shop/web: `money` is used by 2 workloads. "));
    assert!(odd.message.ends_with("Split the account, one for each workload."));
    assert!(commands[0].message.contains("cannot be read:\nnot UTF-8"));
}

#[test]
fn a_clean_run_has_no_commands() {
    assert_eq!(write(&clean(), Format::Github, &Style::plain()), "");
}

/// As many errors and warnings as given, each on a line of its own.
fn many(errors: usize, warnings: usize) -> Run {
    let mut run = clean();
    let file = run.sources.add("a.yaml", "a\n".repeat(errors + warnings));
    let severity = |index| if index < errors { Severity::Error } else { Severity::Warning };
    run.report.findings = (0..errors + warnings)
        .map(|index| finding(101, severity(index), Span::new(file, index * 2, index * 2 + 1), "odd"))
        .collect();
    run
}

/// The messages of a kind.
fn of_kind(run: &Run, word: &str) -> Vec<String> {
    let text = write(run, Format::Github, &Style::plain());
    text.lines().map(command).filter(|one| one.word == word).map(|one| one.message).collect()
}

#[test]
fn ten_of_a_kind_are_shown_and_the_tenth_counts_the_rest() {
    let run = many(10, 11);
    let (errors, warnings) = (of_kind(&run, "error"), of_kind(&run, "warning"));
    assert_eq!((errors.len(), warnings.len()), (10, 10));
    assert!(errors.iter().all(|message| message.contains("odd")), "{errors:?}");
    assert!(warnings[8].contains("odd") && warnings[9].starts_with("2 more warnings: see the summary"));
}

#[test]
fn problems_of_the_run_leave_room_for_findings() {
    let mut run = many(9, 0);
    let problem = |line| RunError { file: None, line: Some(line), message: format!("problem {line}") };
    run.report.errors = (1..=20).map(problem).collect();
    let errors = of_kind(&run, "error");
    assert_eq!((errors.len(), errors.iter().filter(|message| message.contains("odd")).count()), (10, 6));
    assert!(errors[2].starts_with("problem 3") && errors[9].starts_with("20 more errors"), "{errors:?}");
    run.report.findings.clear();
    let errors = of_kind(&run, "error");
    assert!(errors[8].starts_with("problem 9") && errors[9].starts_with("11 more errors"), "{errors:?}");
}

#[test]
fn a_message_is_as_long_as_the_runner_takes() {
    let run = |length: usize| {
        let mut run = many(1, 0);
        let message = of_kind(&run, "error").remove(0);
        run.report.findings[0].message = "é".repeat(length + "odd".len() - message.chars().count());
        of_kind(&run, "error").remove(0)
    };
    let (whole, cut) = (run(4096), run(4097));
    assert_eq!((whole.chars().count(), cut.chars().count()), (4096, 4096));
    assert!(!whole.ends_with("...") && cut.ends_with("..."));
}

#[test]
fn no_text_of_the_input_starts_a_command() {
    let mut run = many(1, 0);
    let hostile = "a\u{1b}[31m\r\n::error::b\n ##[add-mask]c\u{202e}";
    run.report.findings[0].message = hostile.to_owned();
    run.report.errors =
        vec![RunError { file: Some(hostile.to_owned()), line: None, message: hostile.to_owned() }];
    let text = write(&run, Format::Github, &Style::plain());
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']) && !text.contains("##["), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::error ")), "{text}");
}

/// By what a change brings, then by what the identity can reach, then each rule once before any is there again.
#[test]
fn the_first_are_those_that_matter() {
    let mut run = clean();
    let file = run.sources.add("a.yaml", "a: 1\n");
    let of = |rule: u64, name: &str, message: &str| Finding {
        identity: Some(IdentityName::account(Some("shop"), name)),
        ..finding(rule, Severity::Error, Span::new(file, 0, 1), message)
    };
    run.report.summary.strongest = [("strong", 0), ("weaker", 1)]
        .map(|(name, tier)| Strong {
            identity: IdentityName::account(Some("shop"), name),
            direct: tier,
            reachable: tier,
            is_certain: true,
            does: "may do much".to_owned(),
        })
        .into();
    let on = |on, finding| Finding { on_changed_line: Some(on), ..finding };
    let mut findings = vec![
        of(301, "nobody", "seventh"),
        of(101, "weaker", "sixth"),
        of(201, "strong", "fifth"),
        Finding { is_live: true, ..of(201, "nobody", "fourth") },
        of(201, "strong", "third"),
        on(false, of(101, "nobody", "second")),
        on(true, of(301, "nobody", "first")),
    ];
    // The live credential and the strong account are of one tier: which is first is decided by the turn of the rule.
    findings.swap(2, 4);
    run.report.findings = findings;
    let order: Vec<String> = of_kind(&run, "error")
        .iter()
        .filter_map(|message| Some(message.split(": ").nth(1)?.split('.').next()?.to_owned()))
        .collect();
    assert_eq!(order, ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]);
}
