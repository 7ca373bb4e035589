//! Cloud identities in the values of charts: the annotations that a chart is to write on its accounts.
//!
//! The values do not show the names of the accounts: they are named here after the release and the keys above.

use std::borrow::Cow;
use std::ops::Range;

use super::{ACCOUNT_KEYS, Holder, NamedIdentity, Provider, Via, normal, unquoted};
use crate::k8s::Object;
use crate::yaml::{Doc, Node};

/// Deeper values are not written by people.
const DEPTH: usize = 24;

/// The identities in an object's values: releases of Flux and k3s, applications of Argo CD, providers of Crossplane.
pub(super) fn of_values<'a>(object: &Object<'a>) -> Vec<NamedIdentity<'a>> {
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let text = |path: &[&str]| spec.at(path).and_then(Node::text).map(Cow::into_owned);
    let written = |holder: Node<'a>, key: &str| holder.get(key).filter(|values| !values.is_scalar());
    let in_string = |holder: Node<'a>, key: &str| holder.get(key).filter(|values| values.is_scalar());
    let mut release = Release { name: object.name.to_string(), namespace: None };
    let values: Vec<Node<'a>> = match (object.group.as_str(), &*object.kind) {
        ("helm.toolkit.fluxcd.io", "HelmRelease") => {
            release.namespace = text(&["targetNamespace"]);
            release.name = text(&["releaseName"]).unwrap_or(release.name);
            written(spec, "values").into_iter().collect()
        }
        ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => {
            release.namespace = text(&["targetNamespace"]);
            in_string(spec, "valuesContent").into_iter().collect()
        }
        ("argoproj.io", "Application") => {
            release.namespace = text(&["destination", "namespace"]);
            let several = spec.all_at(&["sources", "*", "helm"]);
            let charts = spec.all_at(&["source", "helm"]).into_iter().chain(several);
            charts
                .flat_map(|helm| [written(helm, "valuesObject"), in_string(helm, "values")])
                .flatten()
                .collect()
        }
        ("pkg.crossplane.io", "DeploymentRuntimeConfig") => {
            written(spec, "serviceAccountTemplate").into_iter().collect()
        }
        _ => Vec::new(),
    };
    values.into_iter().flat_map(|values| release.identities(values)).collect()
}

/// What a chart is installed as.
struct Release {
    name: String,
    namespace: Option<String>,
}

impl Release {
    /// The identities in a mapping of values, or in a string that holds one.
    fn identities<'a>(&self, values: Node<'a>) -> Vec<NamedIdentity<'a>> {
        let Some(text) = values.text() else {
            let whole = |role: Node<'_>| 0..role.text().unwrap_or_default().len();
            let found = annotations(values).into_iter();
            return found.filter_map(|found| self.named(&found, found.role, whole(found.role))).collect();
        };
        let docs = values.embedded();
        let found = docs.first().and_then(Doc::root).map(annotations).unwrap_or_default().into_iter();
        found.filter_map(|found| self.named(&found, values, unquoted(&text, found.role))).collect()
    }

    fn named<'a>(
        &self,
        found: &Annotation<'_>,
        node: Node<'a>,
        range: Range<usize>,
    ) -> Option<NamedIdentity<'a>> {
        let (provider, identity) = (found.provider, normal(found.provider, &found.role.text()?));
        let holder = Holder::account(self.namespace.clone(), self.account(found));
        let named = NamedIdentity { provider, via: Via::Annotation, identity, holder, node, range };
        Some(named).filter(|named| !named.identity.is_empty())
    }

    /// The name beside the annotations, else the release with the keys above them.
    fn account(&self, annotation: &Annotation<'_>) -> String {
        annotation.name.clone().unwrap_or_else(|| {
            let words = annotation.path.iter().map(String::as_str);
            let words = words.filter(|word| !matches!(*word, "serviceAccount" | "annotations" | "metadata"));
            std::iter::once(&*self.name).chain(words).collect::<Vec<_>>().join("-")
        })
    }
}

/// An annotation that a chart is to write on an account.
struct Annotation<'n> {
    provider: Provider,
    /// The keys above it.
    path: Vec<String>,
    /// The name beside `annotations:`, if there is one.
    name: Option<String>,
    /// Its value.
    role: Node<'n>,
}

fn annotations(values: Node<'_>) -> Vec<Annotation<'_>> {
    let mut found = Vec::new();
    walk(values, &mut Vec::new(), DEPTH, &mut found);
    found
}

fn walk<'n>(node: Node<'n>, path: &mut Vec<String>, depth: usize, found: &mut Vec<Annotation<'n>>) {
    if depth == 0 {
        return;
    }
    let name = || node.get("name").and_then(Node::text).map(Cow::into_owned).filter(|name| !name.is_empty());
    for entry in node.entries().filter(|entry| !entry.value.is_scalar()) {
        for (key, provider) in ACCOUNT_KEYS {
            if let Some(role) = entry.value.get(key).filter(|role| role.is_scalar()) {
                found.push(Annotation { provider, path: path.clone(), name: name(), role });
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
