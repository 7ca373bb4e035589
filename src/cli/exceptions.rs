//! `exceptions`: how each of them fares.

use super::Outcome;
use super::arguments::ListFormat;
use super::clock::now;
use super::exception_flags::{ExceptionFlags, ExceptionsFlags};
use super::output::{complain, show};
use super::render::{self, Input};
use super::settings::Chosen;
use super::shared_flags::RenderFlags;
use crate::catalog::Catalog;
use crate::load::Files;
use crate::report::exceptions;

pub(super) fn run(flags: &ExceptionsFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let chosen = chosen((&flags.from, flags.now.as_deref()), files, &flags.render, catalog)?;
    let input = Input::new(files, chosen, &flags.render)?;
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
pub(super) fn chosen(
    (flags, moment): (&ExceptionFlags, Option<&str>),
    files: &Files,
    render: &RenderFlags,
    catalog: &Catalog,
) -> Result<Chosen, String> {
    let mut chosen = render::chosen(files, render, catalog)?;
    chosen.settings.set_now(now(moment)?);
    flags.choose(&mut chosen.settings);
    Ok(chosen)
}
