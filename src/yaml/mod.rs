//! YAML and JSON text as a tree with the exact place of every key and value, typed as kubectl types it.
//!
//! A file is split at its document markers first, so that a broken document costs only itself. Each document becomes
//! an arena of 16-byte nodes in pre-order; values stay in the text and are cooked when asked for. What kubectl would
//! refuse is a [`Problem`], never an error: reading cannot fail and does not panic. [`edit`] changes such texts.
//!
//! It must not know Kubernetes beyond the merge keys of lists in [`Node::path_from`], and it reads no files. The
//! parser library is named in `build` and its helpers `leaf`, `message` and `raw` only.

mod message;
mod problem;
mod split;
mod tree;

mod above;
mod cook;

mod letters;

mod stretches;

mod doc;
mod raw;
mod scalar;

mod build;
mod lines;
mod node;
mod plain;

mod check;
mod entries;
mod leaf;
mod part;
mod path;

mod differences;

mod parse;
mod walk;

mod document;

pub mod edit;

mod debug;

pub use debug::debug_lines;
pub use doc::Doc;
pub use document::{Document, documents};
pub use edit::Edit;
pub use entries::Entry;
pub use message::{COLON_MISSING, PLACEHOLDER, is_placeholder};
pub use node::{Node, Value};
pub use parse::{TEMPLATE, count_parses, parse, parses};
pub use part::KeptText;
pub use path::Path;
pub use plain::plain;
pub use problem::{Problem, ProblemKind};
pub use split::{Piece, split};
pub use walk::to_json;
