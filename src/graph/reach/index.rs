//! Finds the identities of a net by namespace and name.

use std::borrow::Cow;
use std::collections::HashMap;

use super::net::{IdentityId, Net};
use crate::graph::place::{ByName, BySource, SourceId, Sources};

/// The identities of accounts, in the order of their list.
#[derive(Debug, Default)]
pub(super) struct Index {
    accounts: ByName<Vec<IdentityId>>,
    /// The same, once for each source that names one.
    by_source: ByName<BySource<IdentityId>>,
    namespaces: HashMap<Option<String>, Vec<IdentityId>>,
    names: HashMap<String, Vec<IdentityId>>,
}

impl Index {
    pub(super) fn of(net: &Net) -> Self {
        let mut index = Self::default();
        for at in net.all() {
            let identity = &net[at];
            index.accounts.entry(identity.namespace.as_deref(), &identity.name).push(at);
            for &source in &identity.sources {
                index.by_source.entry(identity.namespace.as_deref(), &identity.name).push(source, at);
            }
            index.namespaces.entry(identity.namespace.clone()).or_default().push(at);
            index.names.entry(identity.name.clone()).or_default().push(at);
        }
        index
    }

    pub(super) fn account(&self, namespace: Option<&str>, name: &str) -> &[IdentityId] {
        self.accounts.get(namespace, name).map_or(&[], Vec::as_slice)
    }

    /// At least those of an account that may be seen from a source.
    pub(super) fn account_near(
        &self,
        sources: &Sources,
        from: SourceId,
        (namespace, name): (Option<&str>, &str),
    ) -> Cow<'_, [IdentityId]> {
        let near = self.by_source.get(namespace, name).and_then(|all| all.few_around(sources, &[from]));
        let Some(near) = near else { return Cow::Borrowed(self.account(namespace, name)) };
        let mut near: Vec<IdentityId> = near.into_iter().copied().collect();
        near.dedup();
        Cow::Owned(near)
    }

    pub(super) fn namespace(&self, namespace: Option<&str>) -> &[IdentityId] {
        self.namespaces.get(&namespace.map(str::to_owned)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn name(&self, name: &str) -> &[IdentityId] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }
}
