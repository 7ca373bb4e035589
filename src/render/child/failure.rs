//! Why a child left nothing.

use std::fmt;
use std::time::Duration;

/// Why there is no output of a child. Its words say which program and what was the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It could not be started.
    CannotStart {
        /// The program.
        program: &'static str,
        /// The message of the system.
        why: String,
    },
    /// It ran longer than it may.
    TimedOut {
        /// The program.
        program: &'static str,
        /// How long it may run.
        limit: Duration,
    },
    /// It wrote more than it may.
    TooMuchOutput {
        /// The program.
        program: &'static str,
        /// Bytes that it may write.
        limit: usize,
    },
    /// It ended, and something that it started still holds its output open: nobody can say whether all of it is there.
    LeftOpen {
        /// The program.
        program: &'static str,
    },
    /// It needed more memory than it may have, or than there was.
    OutOfMemory {
        /// The program.
        program: &'static str,
    },
    /// The machine had no more to give: room on the disk, open files, processes. Another time it may.
    Machine {
        /// The program.
        program: &'static str,
        /// What it had none of.
        why: &'static str,
    },
    /// A signal ended it that was not ours.
    Killed {
        /// The program.
        program: &'static str,
        /// The number of the signal, where the system has such.
        signal: Option<i32>,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotStart { program, why } => write!(f, "`{program}` cannot be started: {why}"),
            Self::TimedOut { program, limit } => {
                write!(f, "`{program}` did not end within {} s", limit.as_secs_f32())
            }
            Self::TooMuchOutput { program, limit } => {
                write!(f, "`{program}` wrote more than {} MiB", limit.div_ceil(1 << 20))
            }
            Self::LeftOpen { program } => {
                write!(f, "`{program}` ended, and a process that it started holds its output open")
            }
            Self::OutOfMemory { program } => write!(f, "`{program}` needed more memory than it may have"),
            Self::Machine { program, why } => write!(f, "`{program}` could not do its work: {why}"),
            Self::Killed { program, signal: Some(signal) } => {
                write!(f, "`{program}` was ended by signal {signal}")
            }
            Self::Killed { program, signal: None } => write!(f, "`{program}` was ended from outside"),
        }
    }
}

impl std::error::Error for Failure {}
