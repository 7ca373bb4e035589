//! Child processes: the programs that render, with limits, a scratch folder and a cache for their output.
//!
//! What they read is hostile. So they get no shell, an environment of our own, limits on time, memory and output, and they
//! are gone with everything they wrote when the run ends, however it ends. They have no network: where the kernel allows it
//! they have one of their own that leads nowhere, elsewhere no `git` and no proxy that answers.
//!
//! The only place that starts processes. It knows nothing of charts and kustomizations: what to run, and what to refuse
//! before it starts, is up to the caller.

mod limits;

mod printable;

mod environment;

mod folder;

mod cache;

mod failure;

#[cfg(target_os = "linux")]
mod network;

#[cfg(target_os = "linux")]
mod start;

mod watchdog;

mod scratch;

mod programs;

mod runner;

mod version;

pub use cache::{Cache, Key};
pub use failure::{Cause, Failure};
pub(super) use folder::write;
pub use limits::Limits;
pub use printable::printable;
pub use programs::{Program, Programs};
pub use runner::{Output, Runner};
pub use scratch::Scratch;
pub use watchdog::own_work;
