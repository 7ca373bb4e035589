//! A map by namespace and name that is asked without copying either.

use std::collections::HashMap;

/// Values by namespace and name; no namespace is one that is unknown, or none.
#[derive(Clone, Debug)]
pub(in crate::graph) struct ByName<V> {
    without_namespace: HashMap<Box<str>, V>,
    namespaces: HashMap<Box<str>, HashMap<Box<str>, V>>,
}

impl<V> Default for ByName<V> {
    fn default() -> Self {
        Self { without_namespace: HashMap::new(), namespaces: HashMap::new() }
    }
}

impl<V: Default> ByName<V> {
    pub(in crate::graph) fn get(&self, namespace: Option<&str>, name: &str) -> Option<&V> {
        match namespace {
            Some(namespace) => self.namespaces.get(namespace)?.get(name),
            None => self.without_namespace.get(name),
        }
    }

    /// The value of a name, for changing.
    pub(in crate::graph) fn entry(&mut self, namespace: Option<&str>, name: &str) -> &mut V {
        let names = match namespace {
            Some(namespace) => self.namespaces.entry(namespace.into()).or_default(),
            None => &mut self.without_namespace,
        };
        names.entry(name.into()).or_default()
    }

    /// Every value, for changing, in no order.
    pub(in crate::graph) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        let named = self.namespaces.values_mut().flat_map(HashMap::values_mut);
        self.without_namespace.values_mut().chain(named)
    }

    /// The names in known namespaces, in no order.
    pub(in crate::graph) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.namespaces.iter();
        names.flat_map(|(namespace, names)| names.keys().map(move |name| (&**namespace, &**name)))
    }
}
