//! Tables and the algebra of permissions: what the API server makes for itself, what rules allow, and what that is worth.
//!
//! Nothing here knows an object of the run.

pub mod image;
pub mod permission;
pub mod resource;
pub mod tier;

pub mod aggregate;
pub mod cover;
pub mod engine;
pub mod void;

pub mod builtin;
pub mod primitive;

pub mod controllers;

pub mod worth;

use serde::Deserialize;

/// Reads a table of `rules/tables/`.
pub(in crate::graph) fn table<T: Deserialize<'static>>(text: &'static str) -> T {
    serde_yaml::from_str(text).expect("the tables are part of the binary and tests read them")
}
