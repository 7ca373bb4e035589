//! Why a child left no output.

use std::fmt;
use std::time::Duration;

/// Why there is no output of a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The program.
    pub program: &'static str,
    /// What happened to it.
    pub cause: Cause,
}

/// The kinds of [`Failure`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not be started: the message of the system.
    CannotStart(String),
    /// It ran longer than it may.
    TimedOut(Duration),
    /// It wrote more bytes than it may.
    TooMuchOutput(usize),
    /// It ended, and something that it started still holds its output open, which therefore may not be whole.
    LeftOpen,
    /// It needed more memory than it may have, or than there was.
    OutOfMemory,
    /// The machine had no more to give: room on the disk, open files, processes. Another time it may.
    Machine(&'static str),
    /// A signal ended it that was not ours: its number, where the system has such.
    Killed(Option<i32>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.program)?;
        match &self.cause {
            Cause::CannotStart(message) => write!(f, "cannot be started: {message}"),
            Cause::TimedOut(limit) => write!(f, "did not end within {} s", limit.as_secs_f32()),
            Cause::TooMuchOutput(limit) => write!(f, "wrote more than {} MiB", limit.div_ceil(1 << 20)),
            Cause::LeftOpen => f.write_str("ended, and a process that it started holds its output open"),
            Cause::OutOfMemory => f.write_str("needed more memory than it may have"),
            Cause::Machine(lacking) => write!(f, "could not do its work: {lacking}"),
            Cause::Killed(Some(signal)) => write!(f, "was ended by signal {signal}"),
            Cause::Killed(None) => f.write_str("was ended from outside"),
        }
    }
}

impl std::error::Error for Failure {}
