//! What stands between a run and a program on Linux: this program itself, for a moment.
//!
//! It asks the kernel to end the program with the run, and leaves the network. Then it becomes the program: the number of the
//! process stays, and so does all that was set for it.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::network;

/// The word on the command line that makes this program start another.
pub(super) const WORD: &str = "start";

/// The exit code where the program could not be started, as shells have it.
const NOT_STARTED: u8 = 127;

/// The command that starts `program` by way of `own`, which is this program. `network` is the process whose network the program
/// gets; without one it keeps its own.
pub(super) fn command(own: &Path, network: Option<u32>, program: &Path) -> Command {
    let mut command = Command::new(own);
    let network = network.map_or_else(|| "-".to_owned(), |process| process.to_string());
    command.args([WORD, &network, &std::process::id().to_string()]).arg(program);
    command
}

/// Becomes the program that the arguments name, as [`command`] writes them. Only returns where that fails.
pub(super) fn start(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut next = || arguments.next().unwrap_or_default();
    let (network, run, program) = (next(), next(), next());
    let error = match prepare(&network, &run) {
        Ok(()) => Command::new(program).args(arguments).exec().to_string(),
        Err(message) => message,
    };
    // The run shows it as the reason why nothing was rendered.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("Error: {error}\n").as_bytes());
    ExitCode::from(NOT_STARTED)
}

fn prepare(network: &OsStr, run: &OsStr) -> Result<(), String> {
    let number = |word: &OsStr| word.to_str()?.parse::<u32>().ok();
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| error.to_string())?;
    // A run that ended before the line above is no parent any more.
    if getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs()) != number(run) {
        return Err("the run has ended".into());
    }
    match number(network) {
        Some(process) => network::join(process).map_err(|error| format!("cannot leave the network: {error}")),
        None => Ok(()),
    }
}
