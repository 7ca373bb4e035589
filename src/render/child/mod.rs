//! Child processes: the programs that render, kept on a short leash, with a scratch folder and a cache for what they say.
//!
//! What they read is hostile. So they get no shell, an environment of our own, no way to the network, limits on time,
//! memory and output, and they are gone with everything they wrote when the run ends, however it ends.
//!
//! The only place that starts processes. It knows nothing of charts and kustomizations: what to run, and what to refuse
//! before it starts, is the caller's to say.

mod cache;
mod environment;
mod keeper;
mod limits;
mod programs;
mod runner;
mod scratch;
mod words;

pub use cache::{Cache, Key};
pub use keeper::{is_keeper, keep};
pub use limits::Limits;
pub use programs::{Program, Programs};
pub use runner::{Failure, Output, Runner};
pub use scratch::Scratch;
pub(super) use scratch::write;
pub use words::plain;
