//! Flags of `check` that the environment gives: `NHILINT_FAIL_ON=warning`.

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Command, CommandFactory};

use super::arguments::Arguments;
use super::output::note;

/// What changes files is asked for on the command line only.
const NEVER: [&str; 5] = ["fix", "unsafe_fixes", "diff", "write_baseline", "help"];

/// Reads the command line, then what the environment adds to it.
pub(super) fn matches() -> Result<ArgMatches, clap::Error> {
    let written = Arguments::command().try_get_matches()?;
    let Some(("check", given)) = written.subcommand() else { return Ok(written) };
    let mut known = Arguments::command();
    known.build();
    let check = known.find_subcommand("check").expect("`check` is a command");
    let added = added(check, given);
    if added.is_empty() {
        return Ok(written);
    }
    let command = Arguments::command().mut_subcommand("check", |check| {
        added.iter().fold(check, |check, (id, name)| {
            check.mut_arg(id, |arg| {
                let arg = arg.env(name).hide_env(true);
                match arg.get_action() {
                    ArgAction::SetTrue => arg.value_parser(BoolishValueParser::new()),
                    _ => arg,
                }
            })
        })
    });
    command.try_get_matches().inspect_err(|_| {
        // The command line alone is right, so it is one of them.
        let names: Vec<&str> = added.iter().map(|(_, name)| name.as_str()).collect();
        note(&format!("with what the environment adds ({}):\n", names.join(", ")));
    })
}

/// The flags with a variable that counts, and its name: nothing on the command line says otherwise.
fn added(check: &Command, given: &ArgMatches) -> Vec<(String, String)> {
    let is_written = |id: &str| given.value_source(id) == Some(ValueSource::CommandLine);
    let excludes = |arg: &clap::Arg, other: &clap::Arg| {
        check.get_arg_conflicts_with(arg).iter().any(|conflict| conflict.get_id() == other.get_id())
    };
    let written: Vec<&clap::Arg> =
        check.get_arguments().filter(|arg| is_written(arg.get_id().as_str())).collect();
    let flags = check.get_arguments().filter_map(|arg| {
        let id = arg.get_id().as_str();
        let name = format!("NHILINT_{}", arg.get_long()?.replace('-', "_").to_uppercase());
        let is_set = std::env::var_os(&name).is_some_and(|value| !value.is_empty());
        let is_beaten = written.iter().any(|other| excludes(arg, other) || excludes(other, arg));
        (is_set && !is_beaten && !NEVER.contains(&id)).then(|| (id.to_owned(), name))
    });
    flags.collect()
}
