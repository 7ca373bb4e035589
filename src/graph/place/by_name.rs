//! A map by namespace and name that is asked without copying either.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// Values by namespace and name; no namespace is one that is unknown, or none.
#[derive(Clone, Debug)]
pub(in crate::graph) struct ByName<V>(HashMap<Key, V>);

#[derive(Clone, Debug)]
struct Key {
    namespace: Option<Box<str>>,
    name: Box<str>,
}

/// What a key is made of: a key that is stored, or one that is asked for.
trait Parts {
    fn parts(&self) -> (Option<&str>, &str);
}

impl Parts for Key {
    fn parts(&self) -> (Option<&str>, &str) {
        (self.namespace.as_deref(), &self.name)
    }
}

impl Parts for (Option<&str>, &str) {
    fn parts(&self) -> (Option<&str>, &str) {
        *self
    }
}

impl Hash for dyn Parts + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for dyn Parts + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Parts + '_ {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

impl<'k> Borrow<dyn Parts + 'k> for Key {
    fn borrow(&self) -> &(dyn Parts + 'k) {
        self
    }
}

impl<V> Default for ByName<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<V: Default> ByName<V> {
    pub(in crate::graph) fn get(&self, namespace: Option<&str>, name: &str) -> Option<&V> {
        self.0.get(&(namespace, name) as &dyn Parts)
    }

    /// The value of a name, for changing.
    pub(in crate::graph) fn entry(&mut self, namespace: Option<&str>, name: &str) -> &mut V {
        let key = Key { namespace: namespace.map(Box::from), name: Box::from(name) };
        self.0.entry(key).or_default()
    }

    /// The names of the map, in no order.
    pub(in crate::graph) fn names(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.0.keys().map(Parts::parts)
    }
}
