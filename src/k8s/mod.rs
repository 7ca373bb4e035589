//! Borrowed, typed views of manifests: objects, pod templates, bindings, by the names of Kubernetes.
//!
//! Views never fail: a field of the wrong type reads as absent. They join nothing; that is `graph`.

mod manifest;

mod carriers;

pub mod kinds;

mod object;

pub mod inside;

mod image;

pub mod fields;

pub mod custom_fields;

pub mod binding;

pub mod container;

pub mod cloud;

pub mod duration;

pub mod workload;

mod pipelines;

mod unknown_pods;

pub mod templates;

mod node_paths;

pub mod host;

pub mod restriction;

pub mod task;

pub mod selector;

pub use image::Image;
pub use manifest::is_manifest;
pub use object::{EXCEPTION_LIST, Object, TOKEN_ACCOUNT, applied, objects};
