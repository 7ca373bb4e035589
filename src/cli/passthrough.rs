//! `--passthrough`: a gate between the program that makes manifests and the one that applies them.

use std::io::Read;

use super::Outcome;
use super::arguments::CheckFlags;
use super::output::print_bytes;

/// All of standard input, where it is to be passed on.
pub(super) fn read(flags: &CheckFlags) -> Result<Option<Vec<u8>>, String> {
    if !flags.written.passthrough {
        return Ok(None);
    }
    if !flags.paths.iter().any(|path| path == "-") {
        return Err(
            "`--passthrough` passes on what `-` reads: write `nhilint check - --passthrough`".to_owned()
        );
    }
    let mut given = Vec::new();
    // One byte more than a file may have: the run says that it is too large, and nothing is passed on.
    let most = flags.render.limits.largest_file().saturating_add(1);
    let read = std::io::stdin().lock().take(most).read_to_end(&mut given);
    read.map_err(|error| format!("cannot read standard input: {error}"))?;
    Ok(Some(given))
}

/// What was read already, else standard input.
pub(super) fn stdin(given: Option<&[u8]>) -> Box<dyn Read + '_> {
    match given {
        Some(given) => Box::new(given),
        None => Box::new(std::io::stdin().lock()),
    }
}

/// Passes on what nothing is wrong with.
pub(super) fn pass(outcome: Outcome, given: Option<&[u8]>) -> Result<Outcome, String> {
    match given {
        Some(given) if outcome == Outcome::Clean => print_bytes(given).map(|_| outcome),
        _ => Ok(outcome),
    }
}
