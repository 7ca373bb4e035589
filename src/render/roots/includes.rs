//! What sources of Flux take from others: `spec.include` copies the content of other repositories into a path
//! (fluxcd/source-controller, "Git Repositories", "Include").

use std::collections::HashMap;

use super::finder::{Finder, Source};
use crate::k8s::Object;
use crate::load::is_below;
use crate::render::paths::join;
use crate::yaml::Node;

/// What one source takes from another.
#[derive(Clone, Debug)]
pub(super) struct Include {
    /// The name of the other.
    pub(super) name: String,
    /// The namespace of both.
    pub(super) namespace: Option<String>,
    /// The path in the other, and where it comes to stand.
    from: String,
    to: String,
}

/// By the name of the source that takes it.
#[derive(Debug, Default)]
pub(super) struct Includes(HashMap<String, Vec<Include>>);

impl Includes {
    /// Notes what a source includes.
    pub(super) fn add(&mut self, finder: &Finder<'_>, object: &Object<'_>) {
        let text = |node: Node<'_>| node.text().unwrap_or_default().into_owned();
        let items = object.node.at(&["spec", "include"]).into_iter().flat_map(Node::items);
        for item in items {
            let Some(name) = item.at(&["repository", "name"]).map(text) else { continue };
            let path = |key: &str| item.get(key).map(|path| clean(&text(path))).unwrap_or_default();
            let to = Some(path("toPath")).filter(|path| !path.is_empty()).unwrap_or_else(|| name.clone());
            let include = Include { name, namespace: finder.namespace(object), from: path("fromPath"), to };
            if let Some(source) = object.name_node().map(text) {
                self.0.entry(source).or_default().push(include);
            }
        }
    }

    /// What a path of a source is taken from, with the path there.
    pub(super) fn holding(&self, source: &Source, path: &str) -> Vec<(&Include, String)> {
        let path = clean(path);
        let inside = self.of(source).filter(|include| is_below(&path, &include.to));
        inside
            .map(|include| (include, join(&include.from, path[include.to.len()..].trim_matches('/'))))
            .collect()
    }

    /// Where in a folder of a source something is taken from others.
    pub(super) fn below(&self, source: &Source, folder: &str) -> Vec<&str> {
        let folder = clean(folder);
        let inside = self.of(source).filter(|include| include.to != folder && is_below(&include.to, &folder));
        inside.map(|include| include.to.as_str()).collect()
    }

    fn of(&self, (name, namespace): &Source) -> impl Iterator<Item = &Include> {
        let is_same = move |include: &&Include| {
            include.namespace.is_none() || namespace.is_none() || include.namespace == *namespace
        };
        self.0.get(name).into_iter().flatten().filter(is_same)
    }
}

/// Without what does not count: Flux cuts `..` off at the top (securejoin).
fn clean(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}
