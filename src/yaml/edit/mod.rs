//! Edits of YAML and JSON text that keep everything else as it is: comments, indentation, quotes, line breaks.
//!
//! Every edit is proved before it is handed out: the new text is parsed, and must hold what was asked for and every
//! comment outside of the edit. What cannot be proved is a [`Refusal`], never a guess.
//!
//! Each function works on one text. Several edits of that text may be [applied](apply) at once only where they
//! concern different collections: each is proved alone. Otherwise apply one, parse again, and go on.
//!
//! It must not know Kubernetes, and it reads and writes no files.

mod change;

mod given;
mod site;

mod proof;
mod style;

mod write;

mod set;

mod insert;
mod remove;

pub use change::{Edit, Overlap, Refusal, append_document, apply};
pub use insert::{insert, set_at};
pub use remove::{remove, remove_comment, without_comment};
pub use set::{rename, set};
