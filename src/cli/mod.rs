//! Flags → settings; prints, writes, exit codes. The only place that talks to people.

mod help;

mod fix_flags;
mod gate;
mod own_rule_flags;

mod arguments;
mod output;
mod paths;

mod fix;

mod own_rules;
mod render;
mod roots;
mod rules;

mod can;
mod check;
mod debug;
mod graph;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use arguments::{Arguments, Command, SchemaName};
use own_rules::with_own;

use crate::catalog::Catalog;
use crate::load::Files;
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
    let catalog = Catalog::parse(crate::rules::cards()).expect("the built-in cards are tested");
    let arguments = match Arguments::command().try_get_matches().and_then(|m| Arguments::from_arg_matches(&m))
    {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = error.exit_code();
            // A closed pipe is no error of ours.
            let _ = error.print();
            return ExitCode::from(u8::try_from(code).unwrap_or(2));
        }
    };
    // Where there is no working directory any more, paths are shown as they are given.
    let files = Files::disk(&std::env::current_dir().unwrap_or_default());
    let settings = |flags| render::settings(flags, &catalog);
    let done = match arguments.command {
        Command::Check(flags) => with_own(&flags.own_rules, &files, catalog)
            .and_then(|catalog| check::run(&flags, &files, &catalog)),
        Command::Can(flags) => {
            settings(&flags.render).and_then(|settings| can::run(&flags, &files, settings))
        }
        Command::Explain(flags) => {
            with_own(&flags.own_rules, &files, catalog).and_then(|catalog| rules::explain(&flags, &catalog))
        }
        Command::Graph(flags) => {
            settings(&flags.render).and_then(|settings| graph::run(&flags, &files, settings))
        }
        Command::Render(flags) => {
            settings(&flags.render).and_then(|settings| render::run(&flags, &files, settings))
        }
        Command::Roots(flags) => roots::run(&flags, &files),
        Command::Rules(flags) => rules::run(&flags, &files, catalog),
        Command::Schema { name: SchemaName::Report } => output::print(crate::report::JSON_SCHEMA),
        Command::Debug(flags) => debug::run(&flags, &files, &catalog),
    };
    let outcome = done.unwrap_or_else(|message| {
        // Where even standard error is closed nobody reads it.
        let _ = writeln!(std::io::stderr(), "error: {}", message_for_log(&message));
        Outcome::Incomplete
    });
    ExitCode::from(outcome as u8)
}
