//! Workflow commands, read as the runner reads them.

use std::collections::BTreeMap;

use nhilint::report::{Format, Style};

use super::fixture::{busy, clean};
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
    let said = run.report.errors.len() + run.report.summary.unjudged.len();
    assert_eq!(commands.len(), run.report.active().count() + said);
    let words: Vec<&str> = commands.iter().map(|command| command.word.as_str()).collect();
    assert_eq!(words, ["error", "error", "notice", "error", "error", "error", "warning", "notice"]);
    let odd = &commands[5];
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
