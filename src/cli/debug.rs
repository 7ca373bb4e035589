//! `debug`: what nhilint reads, for holding it against other readers.

use super::Outcome;
use super::arguments::{DebugFlags, DebugWhat};
use super::output::print;
use crate::yaml;

pub(super) fn run(flags: &DebugFlags) -> Result<Outcome, String> {
    let DebugWhat::Yaml { files } = &flags.what;
    let mut outcome = Outcome::Clean;
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
        let text = String::from_utf8_lossy(&bytes);
        outcome = outcome.max(print(&yaml::debug_lines(file, &text))?);
    }
    Ok(outcome)
}
