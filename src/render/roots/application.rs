//! An Application of Argo CD while its sources are followed.

use super::finder::Finder;
use super::own::Own;
use super::root::Reason;
use super::setting::Setting;
use crate::source::Span;

/// An Application whose sources are followed.
pub(super) struct Application<'p, 'a> {
    pub(super) index: usize,
    pub(super) name: &'p str,
    /// Its namespace, as far as known.
    pub(super) namespace: Option<&'p str>,
    pub(super) file: &'a str,
    /// The addresses of this repository.
    pub(super) own: &'p Own,
    pub(super) all: &'p [Setting],
    /// They are written under `sources`.
    pub(super) listed: bool,
    /// Some of it depends on what is not known, which is said for all of it.
    pub(super) open: bool,
    /// What is known of the build environment of Argo CD.
    pub(super) environment: [(&'static str, String); 3],
}

impl Application<'_, '_> {
    /// Says that a part of it is not judged.
    pub(super) fn leave(
        &self,
        finder: &mut Finder<'_>,
        reason: Reason,
        at: Span,
        message: impl Into<String>,
    ) {
        if !(self.open && reason == Reason::Templated) {
            finder.roots[self.index].leave_unjudged(reason, at, message);
        }
    }
}
