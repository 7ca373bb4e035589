//! Cloud identities in the values of charts: the annotations that a chart is to write on its accounts.
//!
//! What a chart calls its accounts is not seen here; they are called after the release and the part of it.

use std::borrow::Cow;

use super::{ACCOUNT_KEYS, Holder, NamedIdentity, Provider, Via, normal, unquoted};
use crate::k8s::Object;
use crate::yaml::{Doc, Node};

/// Deeper values are not written by people.
const DEPTH: usize = 24;

/// The identities in an object's values: releases of Flux and k3s, applications of Argo CD, providers of Crossplane.
pub(super) fn of_values<'a>(object: &Object<'a>) -> Vec<NamedIdentity<'a>> {
    let mut search = Search { release: object.name.to_string(), namespace: None, found: Vec::new() };
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let text = |path: &[&str]| spec.at(path).and_then(Node::text).map(Cow::into_owned);
    match (object.group.as_str(), &*object.kind) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") => {
            search.namespace = text(&["targetNamespace"]);
            search.release = text(&["releaseName"]).unwrap_or(search.release);
            search.below(spec.get("values"));
        }
        ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => {
            search.namespace = text(&["targetNamespace"]);
            search.text(spec.get("valuesContent"));
        }
        ("argoproj.io", "Application") => {
            search.namespace = text(&["destination", "namespace"]);
            let several = spec.get("sources").into_iter().flat_map(Node::items);
            for helm in spec.get("source").into_iter().chain(several).filter_map(|source| source.get("helm"))
            {
                search.below(helm.get("valuesObject"));
                search.text(helm.get("values"));
            }
        }
        ("pkg.crossplane.io", "DeploymentRuntimeConfig") => {
            search.below(spec.get("serviceAccountTemplate"));
        }
        _ => {}
    }
    search.found
}

struct Search<'a> {
    release: String,
    namespace: Option<String>,
    found: Vec<NamedIdentity<'a>>,
}

impl<'a> Search<'a> {
    fn below(&mut self, values: Option<Node<'a>>) {
        let mut hits = Vec::new();
        if let Some(values) = values {
            walk(values, &mut Vec::new(), DEPTH, &mut hits);
        }
        for hit in hits {
            let node = hit.role;
            let range = 0..node.text().unwrap_or_default().len();
            self.add(&hit, node, range);
        }
    }

    /// YAML in a string.
    fn text(&mut self, scalar: Option<Node<'a>>) {
        let Some((node, text)) = scalar.and_then(|scalar| Some((scalar, scalar.text()?))) else {
            return;
        };
        let docs = node.embedded();
        let mut hits = Vec::new();
        if let Some(root) = docs.first().and_then(Doc::root) {
            walk(root, &mut Vec::new(), DEPTH, &mut hits);
        }
        for hit in hits {
            let range = unquoted(&text, hit.role);
            self.add(&hit, node, range);
        }
    }

    fn add(&mut self, hit: &Found<'_>, node: Node<'a>, range: std::ops::Range<usize>) {
        self.found.extend(self.named(hit).map(|(identity, holder)| NamedIdentity {
            provider: hit.provider,
            via: Via::Annotation,
            identity,
            holder,
            node,
            range,
        }));
    }

    fn named(&self, hit: &Found<'_>) -> Option<(String, Holder)> {
        let identity = normal(hit.provider, &hit.role.text()?);
        let part = || {
            let words = hit
                .path
                .iter()
                .filter(|word| !matches!(&***word, "serviceAccount" | "annotations" | "metadata"));
            let parts: Vec<&str> = std::iter::once(&*self.release).chain(words.map(String::as_str)).collect();
            parts.join("-")
        };
        let name = hit.name.clone().unwrap_or_else(part);
        let holder = Holder::Account { namespace: self.namespace.clone(), name };
        (!identity.is_empty()).then_some((identity, holder))
    }
}

/// An annotation that a chart is to write on an account.
struct Found<'n> {
    provider: Provider,
    /// The keys above it.
    path: Vec<String>,
    /// The name beside `annotations:`, if there is one.
    name: Option<String>,
    /// Its value.
    role: Node<'n>,
}

fn walk<'n>(node: Node<'n>, path: &mut Vec<String>, depth: usize, found: &mut Vec<Found<'n>>) {
    if depth == 0 {
        return;
    }
    let name = || node.get("name").and_then(Node::text).map(Cow::into_owned).filter(|name| !name.is_empty());
    for entry in node.entries().filter(|entry| !entry.value.is_scalar()) {
        for (key, provider) in ACCOUNT_KEYS {
            if let Some(role) = entry.value.get(key).filter(|role| role.is_scalar()) {
                found.push(Found { provider, path: path.clone(), name: name(), role });
            }
        }
        path.push(entry.key.text().unwrap_or_default().into_owned());
        walk(entry.value, path, depth - 1, found);
        path.pop();
    }
    for item in node.items() {
        walk(item, path, depth - 1, found);
    }
}
