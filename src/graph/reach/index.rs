//! Finds the identities of a net by namespace and name.

use std::collections::HashMap;

use super::net::{IdentityId, Net};
use crate::graph::place::ByName;

/// The identities of accounts, in the order of their list.
#[derive(Debug, Default)]
pub(super) struct Index {
    accounts: ByName<Vec<IdentityId>>,
    namespaces: HashMap<Option<String>, Vec<IdentityId>>,
    names: HashMap<String, Vec<IdentityId>>,
}

impl Index {
    pub(super) fn of(net: &Net) -> Self {
        let mut index = Self::default();
        for at in net.all() {
            let identity = &net[at];
            index.accounts.entry(identity.namespace.as_deref(), &identity.name).push(at);
            index.namespaces.entry(identity.namespace.clone()).or_default().push(at);
            index.names.entry(identity.name.clone()).or_default().push(at);
        }
        index
    }

    pub(super) fn account(&self, namespace: Option<&str>, name: &str) -> &[IdentityId] {
        self.accounts.get(namespace, name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn namespace(&self, namespace: Option<&str>) -> &[IdentityId] {
        self.namespaces.get(&namespace.map(str::to_owned)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn name(&self, name: &str) -> &[IdentityId] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }
}
