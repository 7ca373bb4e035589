//! Pure tables and algebra: what the API server makes for itself, what permissions allow, cover and are worth.
//!
//! Nothing here knows an object of the run.

pub mod aggregate;
pub mod builtin;
pub mod controllers;
pub mod cover;
pub mod image;
pub mod permission;
pub mod primitive;
pub mod resource;
pub mod tier;
