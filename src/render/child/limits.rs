//! What a child may use, and how the system is asked to hold it to that.

use std::time::Duration;

/// What a child may use at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may run.
    pub wall: Duration,
    /// Bytes that it may write, to standard output and standard error together.
    pub output: usize,
    /// Bytes of address space, on Linux. Programs in Go reserve more than one GiB and use a small part of it.
    pub memory: u64,
    /// Whether it may fetch: the user's `PATH` and proxies are then handed on.
    pub allow_network: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(30),
            output: 64 << 20,
            // Go 1.20 to 1.26 need 1.3 GiB to start; a chart that needs more than the rest is none that we know of.
            memory: 4 << 30,
            allow_network: false,
        }
    }
}

/// Asks the system to hold the process to its limits, as far as that works from outside of it.
///
/// It has begun to run by then, for some microseconds. What it starts later inherits the limits.
#[cfg(target_os = "linux")]
pub(super) fn impose(process: rustix::process::Pid, limits: Limits) {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    // Wide enough never to be met before the wall-clock limit: it ends a loop whose parent and watchdog are both dead.
    let processor = (limits.wall.as_secs() + 1).saturating_mul(cores + 1);
    let most = [
        (Resource::As, limits.memory),
        (Resource::Cpu, processor),
        (Resource::Fsize, limits.output as u64),
        (Resource::Core, 0),
    ];
    for (resource, most) in most {
        // A limit that is lower already stays, which the superuser could raise.
        let most = getrlimit(resource).maximum.map_or(most, |inherited| inherited.min(most));
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        // A process that is gone needs none.
        let _ = prlimit(Some(process), resource, limit);
    }
}

/// macOS has no call for the limits of another process: there time and output are limited, memory is not.
#[cfg(all(unix, not(target_os = "linux")))]
pub(super) fn impose(_process: rustix::process::Pid, _limits: Limits) {}
