//! The Common Expression Language, as Kubernetes 1.34 has it: expressions that people write, over values that are handed
//! in.
//!
//! It knows nothing of manifests and rules. An expression has no loops but over what is there, and it is still hostile
//! input: its length and depth are limited where it is read, and everything that it does is paid from a [`Budget`], so
//! that it ends after the same work on every machine, and holds no more memory than it can pay for. What goes wrong says
//! where in the expression, and shows no value, as values may be secret.

mod duration;
mod fault;
mod key;
mod lexer;
mod number;

mod budget;
mod value;

mod compare;
mod from_json;
mod pattern;

mod arguments;
mod operators;

mod library;

mod syntax;

mod evaluate;
mod scope;
mod types;

mod parser;

mod program;

pub use budget::Budget;
pub use fault::Fault;
pub use from_json::from_json;
pub use key::Key;
pub use library::names as function_names;
pub use program::Program;
pub use value::Value;
