//! Borrowed, typed views over manifests: what an object, a pod template or a binding says, in Kubernetes' words.
//!
//! Views never fail: a field of the wrong type reads as absent. They join nothing; that is `graph`.

pub mod binding;
pub mod cloud;
pub mod container;
pub mod duration;
pub mod host;
mod image;
pub mod kinds;
mod object;
mod pipelines;
pub mod restriction;
pub mod task;
pub mod workload;

pub use image::Image;
pub use object::{Object, TOKEN_ACCOUNT, applied, objects};
