//! `annotate` against a server that remembers: what is on a pull request after each push, and what is not.

mod bench;
mod fake;

mod failures;
mod hostile;
mod outside;
mod pushes;
mod sizes;
mod story;
