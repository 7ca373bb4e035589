//! What an earlier run over nearly the same tree read and found: what is the same is not read and found again.

use super::searched::Searched;
use crate::load::Texts;
use crate::render::Trails;

/// What an earlier run read and found.
#[derive(Default)]
pub(super) struct Earlier {
    pub(super) texts: Texts,
    pub(super) found: KnownPlaces,
}

/// What takes long to be found and is the same for equal texts.
#[derive(Clone, Default)]
pub(super) struct KnownPlaces {
    pub(super) trails: Trails,
    pub(super) searched: Searched,
}
