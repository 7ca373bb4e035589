//! A report as comments on a change: a review and a summary on a pull request of GitHub, a note on a merge request of GitLab.
//!
//! The only place with network code, behind the feature `annotate`. What is said and done is decided by plain functions;
//! `client` sends it. Nothing here judges: the findings, their text and their fixes come from the report of `check`, and
//! a report that a stranger may have written is read as [`Trust::Stranger`].

mod hunks;
mod pace;
mod text;

mod report;

mod body;
mod changes;
mod client;
mod commands;
mod event;

mod place;
mod summary;

mod job;
mod plan;

mod api;
pub mod gitlab;

pub mod github;

pub use changes::Changes;
pub use client::Server;
pub use event::{Target, target};
pub use job::{Done, Fallback, Job};
pub use pace::Pace;
pub use report::{Report, Trust};
pub use summary::LONGEST_SUMMARY;
pub use text::LONGEST_COMMENT;
