//! Which sources see the same of all others, so that what is found for one of them holds for each.

use std::collections::HashMap;

use crate::load::Assumed;
use crate::source::SourceId;

/// What decides what a source sees.
pub(super) struct Sight<'s> {
    /// A bit for every source that cannot share its cluster.
    pub(super) apart: &'s [u64],
    /// The cluster it is known to be for.
    pub(super) cluster: Option<&'s str>,
    /// The number of those that are certainly in its cluster.
    pub(super) company: Option<u32>,
    /// Whether it is the output of a render.
    pub(super) rendered: bool,
    /// What is assumed of it.
    pub(super) assumed: &'s Assumed,
}

/// By source, the first that sees the same.
#[derive(Debug, Default)]
pub(super) struct Views {
    all: Vec<SourceId>,
    possible: Vec<SourceId>,
    certain: Vec<SourceId>,
}

impl Views {
    /// Those of all sources, in their order.
    pub(super) fn of<'s>(sources: impl Iterator<Item = Sight<'s>>) -> Self {
        let (mut all, mut possible, mut certain) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut views = Self::default();
        for (at, Sight { apart, cluster, company, rendered, assumed }) in sources.enumerate() {
            let itself = SourceId(at as u32);
            views.possible.push(*possible.entry(apart).or_insert(itself));
            // No render certainly shares a cluster that nobody names, nor sees what another render does.
            let alone = rendered && company.is_none();
            let mut first = || *certain.entry((apart, company, rendered)).or_insert(itself);
            views.certain.push(if alone { itself } else { first() });
            let key = (apart, cluster, company, &assumed.namespaces, &assumed.choices);
            views.all.push(if rendered { itself } else { *all.entry(key).or_insert(itself) });
        }
        views
    }

    /// In everything: a render only itself.
    pub(super) fn seeing(&self, source: SourceId) -> SourceId {
        self.all[source.0 as usize]
    }

    /// In who may share its cluster.
    pub(super) fn sharing(&self, source: SourceId) -> SourceId {
        self.possible[source.0 as usize]
    }

    /// In who certainly shares its cluster.
    pub(super) fn sharing_certainly(&self, source: SourceId) -> SourceId {
        self.certain[source.0 as usize]
    }
}
