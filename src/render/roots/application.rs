//! An Application of Argo CD while its sources are followed.

use std::collections::HashMap;

use super::template::Reading;
use crate::source::Span;
use crate::yaml::Node;

/// An Application whose sources are followed.
pub(super) struct Application<'p, 'a> {
    pub(super) index: usize,
    pub(super) name: &'p str,
    pub(super) file: &'a str,
    pub(super) reading: Reading<'p>,
    /// The addresses of this repository, with the top that its folders are below.
    pub(super) own: &'p HashMap<String, String>,
    pub(super) all: &'p [Node<'p>],
    /// They are written under `sources`.
    pub(super) listed: bool,
    /// What is known of the build environment of Argo CD.
    pub(super) environment: [(&'static str, String); 3],
}

impl Application<'_, '_> {
    pub(super) fn text(&self, node: Node<'_>, key: &str) -> Option<(String, Span)> {
        let value = node.get(key)?;
        let text = self.reading.fill(&value.text()?);
        (!text.is_empty()).then(|| (text, value.span()))
    }
}
