//! `debug`: what nhilint reads, for holding it against other readers, and how often.

use std::fmt::Write as _;

use super::Outcome;
use super::arguments::{DebugFlags, DebugWhat};
use super::output::{complain, print};
use super::render::{Input, chosen};
use crate::catalog::Catalog;
use crate::load::Files;
use crate::yaml;

pub(super) fn run(flags: &DebugFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    match &flags.what {
        DebugWhat::Yaml { files } => documents(files),
        DebugWhat::Parses(flags) => {
            yaml::count_parses();
            let input = Input::new(files, chosen(files, &flags.render, catalog)?, &flags.render)?;
            let run = input.run(&flags.paths);
            let report = run.report(catalog, None);
            let mut out = String::new();
            for (file, count) in yaml::parses() {
                let path = run.sources().file(file).path();
                let _ = writeln!(out, "{count} {path}");
            }
            print(&out)?;
            Ok(complain(&report.errors))
        }
    }
}

fn documents(files: &[String]) -> Result<Outcome, String> {
    let mut outcome = Outcome::Clean;
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
        let text = String::from_utf8_lossy(&bytes);
        outcome = outcome.max(print(&yaml::debug_lines(file, &text))?);
    }
    Ok(outcome)
}
