//! Borrowed, typed views over manifests: what an object, a pod template or a binding says, in Kubernetes' words.
//!
//! Views never fail: a field of the wrong type reads as absent. They join nothing; that is `graph`.

pub mod container;
pub mod duration;
pub mod kinds;

mod image;
mod object;
mod pipelines;

pub mod binding;
pub mod cloud;
pub mod workload;

pub mod host;
pub mod restriction;
pub mod task;

pub use image::Image;
pub use object::{Object, TOKEN_ACCOUNT, applied, objects};
