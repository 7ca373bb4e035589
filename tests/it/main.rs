//! One test binary: harnesses over cards, manifests and whole repositories.

#[cfg(unix)]
mod action;
mod bench;
mod builtin_roles;
mod cards;
mod drawing;
mod formats;
mod layers;
mod rbac;
