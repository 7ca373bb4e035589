//! Long-lived keys of clouds in Secrets whose keys become variables as a whole.

use std::sync::{Arc, PoisonError};

use super::Credentials;
use super::key_kinds::{KeyKind, key_kind};
use crate::graph::place::{ObjectId, Placed};
use crate::source::Span;
use crate::yaml::Node;

/// A long-lived key in a Secret.
#[derive(Debug)]
pub(super) struct InSecret {
    pub(super) kind: &'static KeyKind,
    pub(super) name: String,
    /// Where its name stands.
    pub(super) at: Span,
}

impl Credentials<'_> {
    /// The long-lived keys in a Secret of the namespace of `at`, with the places of their names: it is there, or what makes
    /// it says so.
    pub(super) fn keys_in_secret(&self, at: &Placed<'_>, name: &str) -> Vec<Arc<[InSecret]>> {
        let own = self.places.lookup(at.source, "Secret", at.namespace.as_deref(), name);
        let made = self.makers_of_secret(at, name).map(|maker| maker.object);
        own.into_iter().chain(made).map(|object| self.keys_in(object)).collect()
    }

    /// The same of what is a Secret, or makes one. Many workloads may read it, so it is read once.
    fn keys_in(&self, object: ObjectId) -> Arc<[InSecret]> {
        let mut known = self.keys_in_secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let node = self.places[object].object.node;
            let maps: [&[&str]; 5] = [
                &["data"],
                &["stringData"],
                &["spec", "encryptedData"],
                &["spec", "target", "template", "data"],
                &["spec", "template", "stringData"],
            ];
            let maps = maps.into_iter().filter_map(|path| node.at(path)).flat_map(Node::entries);
            let items = node.at(&["spec", "data"]).into_iter().flat_map(Node::items);
            let named = items.filter_map(|item| item.get("secretKey"));
            let all = maps.map(|entry| entry.key).chain(named);
            let keys = all.filter_map(|key| Some((key.text()?, key.span())));
            keys.filter_map(|(name, at)| {
                Some(InSecret { kind: key_kind(&name)?, name: name.into_owned(), at })
            })
            .collect()
        };
        Arc::clone(known.entry(object).or_insert_with(read))
    }
}
