//! What comments on a change share with the formats: markup, sentences, the order of findings, workflow commands.

pub(crate) use super::github::{line as command, more, word as severity_command};
pub(crate) use super::layout::one_line;
pub(crate) use super::markdown::table;
pub(crate) use super::markup::{cell, code, prose};
pub(crate) use super::phrases::{counts, sentence, shortened};
pub(crate) use super::rank::weight;
