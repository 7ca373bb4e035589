//! Flags → settings; prints, writes, exit codes. The only place that talks to people.

mod help;

mod clock;
mod gate;
mod settings;
mod shared_flags;

#[cfg(feature = "annotate")]
mod annotate_flags;
mod diff_flags;
mod exception_flags;
mod fix_flags;
mod inventory_flags;
mod output_flags;
mod own_rule_flags;

mod arguments;
mod output;
mod passthrough;
mod paths;
mod shell;
mod variables;

mod baseline;
mod fix;

mod own_rules;
mod render;
mod roots;
mod rules;

#[cfg(feature = "annotate")]
mod annotate;
mod base;
mod can;
mod check;
mod debug;
mod diff;
mod exceptions;
mod graph;
mod init;
mod inventory;

mod except;

use std::io::Write;
use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::{Arguments, Command, RulesFlags, SchemaName};
use own_rules::with_own;
use settings::SettingsFlags;

use crate::catalog::Catalog;
use crate::load::{Files, Staged};
use crate::report::message_for_log;

/// How a run ended; the numbers are the exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Nothing at or above the gate.
    Clean = 0,
    /// Findings at or above the gate.
    Findings = 1,
    /// The job could not be done whole.
    Incomplete = 2,
}

/// Runs the program with the arguments of the process.
///
/// # Panics
///
/// Where a built-in card is not well-formed, which the tests of the cards show first.
#[must_use]
pub fn main() -> ExitCode {
    if let Some(code) = crate::render::child::own_work(std::env::args_os()) {
        return code;
    }
    let arguments = match variables::matches().and_then(|m| Arguments::from_arg_matches(&m)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = error.exit_code();
            // A closed pipe is no error of ours.
            let _ = error.print();
            return ExitCode::from(u8::try_from(code).unwrap_or(2));
        }
    };
    let catalog = crate::rules::catalog();
    // Where there is no working directory any more, paths are shown as they are given.
    let files = Files::disk(&std::env::current_dir().unwrap_or_default());
    let outcome = work(arguments.command, &files, catalog).unwrap_or_else(|message| {
        // Where even standard error is closed nobody reads it.
        let _ = writeln!(std::io::stderr(), "error: {}", message_for_log(&message));
        Outcome::Incomplete
    });
    ExitCode::from(outcome as u8)
}

/// Does what a command asks for, over the files that it asks for.
fn work(command: Command, files: &Files, catalog: Catalog) -> Result<Outcome, String> {
    if let Command::Check(flags) = &command
        && flags.base.staged
    {
        let staged = Staged::of(files.here())?;
        if !staged.is_relevant(files.here())? {
            return check::nothing_staged(flags, files, &catalog);
        }
        let (index, before) = staged.files(files.here())?;
        let catalog = with_rules_of_settings(&command, &index, catalog)?;
        let catalog = with_own(&flags.own_rules.folders, &index, catalog)?;
        return check::run(flags, &index, Some(before), &catalog);
    }
    let catalog = with_rules_of_settings(&command, files, catalog)?;
    run(command, files, catalog)
}

/// The rules with those that the settings name, for the commands that judge by settings.
fn with_rules_of_settings(command: &Command, files: &Files, catalog: Catalog) -> Result<Catalog, String> {
    let everywhere = SettingsFlags::default();
    let flags = match command {
        Command::Check(flags) => &flags.render.settings,
        Command::Can(flags) => &flags.render.settings,
        Command::Diff(flags) => &flags.render.settings,
        Command::Except(flags) => &flags.render.settings,
        Command::Exceptions(flags) => &flags.render.settings,
        Command::Graph(flags) => &flags.render.settings,
        Command::Init(flags) => &flags.render.settings,
        Command::Inventory(flags) => &flags.render.settings,
        Command::Render(flags) => &flags.render.settings,
        Command::Explain(_) | Command::Rules(RulesFlags { what: None, .. }) => &everywhere,
        Command::Rules(_)
        | Command::Roots(_)
        | Command::Schema { .. }
        | Command::Completions { .. }
        | Command::Man { .. }
        | Command::Debug(_) => return Ok(catalog),
        #[cfg(feature = "annotate")]
        Command::Annotate(_) => return Ok(catalog),
    };
    own_rules::with_own(&settings::rules_folders(files, flags), files, catalog)
}

/// Does what a command asks for.
fn run(command: Command, files: &Files, catalog: Catalog) -> Result<Outcome, String> {
    let chosen = |flags| render::chosen(files, flags, &catalog);
    match command {
        Command::Check(flags) => with_own(&flags.own_rules.folders, files, catalog)
            .and_then(|catalog| check::run(&flags, files, None, &catalog)),
        #[cfg(feature = "annotate")]
        Command::Annotate(flags) => annotate::run(&flags, files, &catalog),
        Command::Can(flags) => can::run(&flags, files, chosen(&flags.render)?),
        Command::Diff(flags) => diff::run(&flags, files, &catalog),
        Command::Exceptions(flags) => exceptions::run(&flags, files, &catalog),
        Command::Except(flags) => except::run(&flags, files, &catalog),
        Command::Explain(flags) => with_own(&flags.own_rules.folders, files, catalog)
            .and_then(|catalog| rules::explain(&flags, &catalog)),
        Command::Graph(flags) => graph::run(&flags, files, chosen(&flags.render)?),
        Command::Init(flags) => init::run(&flags, files, &catalog),
        Command::Inventory(flags) => inventory::run(&flags, files, &catalog),
        Command::Render(flags) => render::run(&flags, files, chosen(&flags.render)?),
        Command::Roots(flags) => roots::run(&flags, files),
        Command::Rules(flags) => rules::run(&flags, files, catalog),
        Command::Schema { name: SchemaName::Report } => output::print(crate::report::JSON_SCHEMA),
        Command::Schema { name: SchemaName::Diff } => output::print(crate::report::diff::JSON_SCHEMA),
        Command::Schema { name: SchemaName::Inventory } => output::print(crate::inventory::JSON_SCHEMA),
        Command::Schema { name: SchemaName::Settings } => {
            output::print(&format!("{:#}\n", crate::config::File::schema(&catalog)))
        }
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { dir } => shell::man(dir.as_deref()),
        Command::Debug(flags) => debug::run(&flags, files, &catalog),
    }
}
