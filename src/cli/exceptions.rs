//! `exceptions`: how each of them fares.

use super::Outcome;
use super::arguments::ListFormat;
use super::clock::now;
use super::exception_flags::{ExceptionFlags, ExceptionsFlags};
use super::output::{complain, show};
use super::render::{self, Input};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::load::Files;
use crate::report::exceptions;

pub(super) fn run(flags: &ExceptionsFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let settings = settings((&flags.from, flags.now.as_deref()), render::settings(&flags.render, catalog)?)?;
    let input = Input::new(files, settings, &flags.render)?;
    let run = input.run(&flags.paths);
    let report = run.report(catalog, None);
    let complete = complain(&report.errors);
    show(&match flags.format {
        ListFormat::Text => exceptions::text(&report, run.sources()),
        ListFormat::Json => exceptions::json(&report, run.sources()),
    })?;
    Ok(complete)
}

/// The settings of a command about exceptions.
pub(super) fn settings(
    (flags, moment): (&ExceptionFlags, Option<&str>),
    mut settings: Settings,
) -> Result<Settings, String> {
    settings.now = now(moment)?;
    settings.exception_files = flags.files();
    Ok(settings)
}
