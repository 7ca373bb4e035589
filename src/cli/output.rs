//! Where text goes: standard output that may be closed, files that are replaced as a whole.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

use super::Outcome;
use super::arguments::ColorChoice;
use crate::finding::RunError;
use crate::report::{Style, fitting_summary, for_log, message_for_log};

/// Prints to standard output. A closed pipe is no error.
pub(super) fn print(text: &str) -> Result<Outcome, String> {
    print_bytes(text.as_bytes())
}

/// Prints bytes as they are.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<Outcome, String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write the output: {error}"))
        }
        _ => Ok(Outcome::Clean),
    }
}

/// Prints an answer that has no masks.
pub(super) fn show(text: &str) -> Result<Outcome, String> {
    print(&for_log(text))
}

/// Writes to standard error what could not be read; a run with errors is incomplete.
pub(super) fn complain(errors: &[RunError]) -> Outcome {
    for error in errors {
        // Where even standard error is closed nobody reads it.
        let text = message_for_log(&format!("{}{}", error.place(), error.message));
        let _ = writeln!(std::io::stderr(), "error: {text}");
    }
    if errors.is_empty() { Outcome::Clean } else { Outcome::Incomplete }
}

/// Says something to people beside the output.
pub(super) fn note(text: &str) {
    // Where even standard error is closed nobody reads it.
    let _ = write!(std::io::stderr(), "{}", for_log(text));
}

/// Writes a file so that readers see the old text or the new one, never half of it.
pub(super) fn write(path: &str, text: &str) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot write `{path}`: {error}");
    let target = Path::new(path);
    let name = target.file_name().ok_or_else(|| format!("cannot write `{path}`: it names no file"))?;
    // What is no ordinary file (a pipe, /dev/stdout) cannot be replaced.
    if target.metadata().is_ok_and(|known| !known.is_file()) {
        return std::fs::write(target, text).map_err(fail);
    }
    let beside = target.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    replace(target, text, &beside).map_err(fail)
}

/// GitHub drops a summary of a step that has more bytes.
const STEP_SUMMARY: usize = 1024 * 1024;

/// Whether a file is the summary of a step of GitHub Actions.
pub(super) fn is_step_summary(path: &str) -> bool {
    std::env::var_os("GITHUB_STEP_SUMMARY").is_some_and(|summary| !summary.is_empty() && summary == *path)
}

/// Adds to the summary of a step, after what others wrote there, as much as it takes.
pub(super) fn append_summary(path: &str, text: &str) -> Result<(), String> {
    let before = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        before => before,
    };
    let fail = |error: std::io::Error| format!("cannot add to the summary `{path}`: {error}");
    let before = before.map_err(fail)?;
    // A heading needs a blank line above it.
    let gap = if before.is_empty() { "" } else { "\n\n" };
    let text = fitting_summary(text, STEP_SUMMARY.saturating_sub(before.len() + gap.len()));
    if text.is_empty() {
        note("the summary of the step is full: nothing was added to it\n");
        return Ok(());
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| write!(file, "{gap}{text}")).map_err(fail)
}

/// Writes a text to `scratch` and puts it in the place of a file, whose permissions it gets.
pub(super) fn replace(target: &Path, text: &str, scratch: &Path) -> std::io::Result<()> {
    let written = std::fs::write(scratch, text)
        .and_then(|()| match target.metadata() {
            Ok(known) => std::fs::set_permissions(scratch, known.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| std::fs::rename(scratch, target));
    written.inspect_err(|_| {
        // Whether the half-written file can be removed changes nothing about the failure.
        let _ = std::fs::remove_file(scratch);
    })
}

/// What standard output can show.
pub(super) fn style(color: ColorChoice) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let color = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let forced = set("CLICOLOR_FORCE") || set("FORCE_COLOR");
            !set("NO_COLOR") && (forced || (terminal && std::env::var("TERM").as_deref() != Ok("dumb")))
        }
    };
    let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = given.or_else(|| Some(terminal_size::terminal_size()?.0.0.into()).filter(|_| terminal));
    // Narrower than this no line says anything.
    let width = width.map_or(Style::plain().width, |width: usize| width.max(40));
    Style { color, unicode: terminal, width, links: color && terminal, ..Style::plain() }
}
