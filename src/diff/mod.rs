//! What a change does to identities: the records of two revisions, compared.
//!
//! Places and texts do not count, only what somebody may do: what is moved, renamed, written otherwise or rendered anew is
//! the same. What could not be judged on either side is never taken for the same.

pub mod record;

mod touched;

mod draft;

mod around;
mod holdings;
mod matching;
mod privilege;

mod meeting;

mod beside;
mod cause;

mod compare;
mod rules;

pub use compare::{Change, Side};
pub use rules::findings;
pub use touched::Touched;
