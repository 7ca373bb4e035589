//! One test binary: harnesses over cards, manifests and whole repositories.

mod bench;
mod cards;
mod drawing;
mod layers;
