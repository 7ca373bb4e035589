//! Flags → settings; prints, writes, exit codes. The only place that talks to people.

mod help;

mod clock;
mod gate;
mod settings;
mod shared_flags;

mod exception_flags;
mod fix_flags;
mod output_flags;

mod arguments;
mod output;
mod paths;
mod shell;
mod variables;

mod baseline;
mod fix;

mod render;
mod roots;
mod rules;

mod base;
mod can;
mod check;
mod debug;
mod exceptions;
mod graph;
mod init;

mod except;

use std::io::Write;
use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::{Arguments, Command, SchemaName};

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
    let arguments = match variables::matches().and_then(|m| Arguments::from_arg_matches(&m)) {
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
    let chosen = |flags| render::chosen(&files, flags, &catalog);
    let done = match arguments.command {
        Command::Check(flags) => check::run(&flags, &files, &catalog),
        Command::Can(flags) => chosen(&flags.render).and_then(|chosen| can::run(&flags, &files, chosen)),
        Command::Exceptions(flags) => exceptions::run(&flags, &files, &catalog),
        Command::Except(flags) => except::run(&flags, &files, &catalog),
        Command::Explain(flags) => rules::explain(&flags, &catalog),
        Command::Graph(flags) => chosen(&flags.render).and_then(|chosen| graph::run(&flags, &files, chosen)),
        Command::Init(flags) => init::run(&flags, &files, &catalog),
        Command::Render(flags) => {
            chosen(&flags.render).and_then(|chosen| render::run(&flags, &files, chosen))
        }
        Command::Roots(flags) => roots::run(&flags, &files),
        Command::Rules(flags) => rules::list(&flags, &catalog),
        Command::Schema { name: SchemaName::Report } => output::print(crate::report::JSON_SCHEMA),
        Command::Schema { name: SchemaName::Settings } => {
            output::print(&format!("{:#}\n", crate::config::File::schema(&catalog)))
        }
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { dir } => shell::man(dir.as_deref()),
        Command::Debug(flags) => debug::run(&flags, &files, &catalog),
    };
    let outcome = done.unwrap_or_else(|message| {
        // Where even standard error is closed nobody reads it.
        let _ = writeln!(std::io::stderr(), "error: {}", message_for_log(&message));
        Outcome::Incomplete
    });
    ExitCode::from(outcome as u8)
}
