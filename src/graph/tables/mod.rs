//! Tables and the algebra of permissions: what the API server makes for itself, what rules allow, and what that is worth.
//!
//! Nothing here knows an object of the run.

pub mod permission;

pub mod cover;

pub mod tier;

pub mod aggregate;

pub mod builtin;

pub mod resource;

pub mod primitive;

pub mod controllers;

pub mod worth;

pub mod image;
