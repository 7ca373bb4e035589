//! Manifests inside of other objects that are judged nowhere: texts that a controller applies, and what nobody here knows
//! whether anything applies it.

use std::borrow::Cow;

use super::Object;
use super::carriers::{applied_texts, is_carrier, places};
use super::kinds::pod_kind_of;
use crate::load::may_be_manifest;
use crate::source::Span;
use crate::yaml::{Doc, Node};

/// A manifest that is not judged where it stands.
#[derive(Clone, Debug)]
pub struct Unjudged<'a> {
    /// The mapping, or the text.
    pub node: Node<'a>,
    /// The kind of its object, of the first where a text holds several.
    pub kind: Cow<'a, str>,
    /// Whether a controller is known to apply it.
    pub is_applied: bool,
}

/// Whether a kind has something deployed that stands elsewhere. Inside of another object nobody follows it.
#[must_use]
pub fn is_deployer(group: &str, kind: &str) -> bool {
    match kind {
        "Application" | "ApplicationSet" => group == "argoproj.io",
        "Kustomization" => group == "kustomize.toolkit.fluxcd.io",
        "HelmRelease" => group == "helm.toolkit.fluxcd.io",
        "HelmChart" => group == "helm.cattle.io",
        _ => false,
    }
}

/// Whether an operator deploys what an object names, which nothing here renders: charts of K3s, Fleet, kapp, Crossplane,
/// Sveltos and Cluster API, the sources of a Flux instance, modules of Terraform (the API types of each).
#[must_use]
pub fn deploys_elsewhere(group: &str, kind: &str) -> bool {
    match group {
        "helm.cattle.io" => kind == "HelmChart",
        "fleet.cattle.io" => matches!(kind, "GitRepo" | "HelmOp"),
        "kappctrl.k14s.io" => kind == "App",
        "packaging.carvel.dev" => kind == "PackageInstall",
        "helm.crossplane.io" => kind == "Release",
        "config.projectsveltos.io" => matches!(kind, "ClusterProfile" | "Profile"),
        "addons.cluster.x-k8s.io" => kind == "HelmChartProxy",
        "fluxcd.controlplane.io" => kind == "FluxInstance",
        "infra.contrib.fluxcd.io" => kind == "Terraform",
        _ => false,
    }
}

/// How deep objects are searched.
const DEPTH: usize = 24;

/// No more in one object are listed.
const MOST: usize = 16;

/// The manifests in an object that are judged nowhere: texts that a controller applies, and what nobody here knows
/// whether anything applies it.
#[must_use]
pub fn unjudged<'a>(object: &Object<'a>) -> Vec<Unjudged<'a>> {
    let (group, kind) = (object.group.as_str(), &*object.kind);
    let mut found = Vec::new();
    let texts = applied_texts(object.node, group, kind);
    found.extend(texts.into_iter().filter_map(|text| in_text(text, true)));
    found.extend(resource_set(object));
    if found.is_empty() && is_searched(object) {
        let known: Vec<Span> = places(object.node, group, kind).into_iter().map(Node::span).collect();
        search(object.node, &known, DEPTH, &mut found);
    }
    found.truncate(MOST);
    found
}

/// A Secret that Cluster API applies to clusters, in base64 (cluster-api `api/addons/v1beta1/clusterresourceset_types.go`).
fn resource_set<'a>(object: &Object<'a>) -> Option<Unjudged<'a>> {
    let kind = object.node.get("type").and_then(Node::text);
    let is_set = object.is("", "Secret") && kind.as_deref() == Some("addons.cluster.x-k8s.io/resource-set");
    let node = object.node.get("data").filter(|_| is_set)?.entries().next()?.value;
    Some(Unjudged { node, kind: "ClusterResourceSet".into(), is_applied: true })
}

/// Whether an object may hold manifests that something applies: not those of Kubernetes itself, of which no field does, nor
/// what renders, patches, matches or describes.
fn is_searched(object: &Object<'_>) -> bool {
    let about = [
        "kyverno.io",
        "gatekeeper.sh",
        "kustomize.config.k8s.io",
        "toolkit.fluxcd.io",
        "operators.coreos.com",
    ];
    let is_about = |group: &&str| object.group == **group || object.group.ends_with(&format!(".{group}"));
    let is_config = object.is("", "ConfigMap") || object.is("", "Secret");
    let is_own = !object.group.contains('.')
        || object.group.ends_with(".k8s.io") && !object.group.ends_with(".x-k8s.io");
    let is_deployer =
        object.group == "argoproj.io" && matches!(&*object.kind, "Application" | "ApplicationSet");
    is_config || !(is_own || is_deployer || about.iter().any(is_about))
}

fn search<'a>(node: Node<'a>, known: &[Span], depth: usize, found: &mut Vec<Unjudged<'a>>) {
    if depth == 0 || found.len() >= MOST || known.contains(&node.span()) {
        return;
    }
    for entry in node.entries() {
        let is_passed = entry.key.as_str().is_some_and(|key| {
            matches!(
                &*key,
                "metadata" | "status" | "openAPIV3Schema" | "volumeClaimTemplates" | "annotations"
            )
        });
        if !is_passed {
            value(entry.value, known, depth, found);
        }
    }
    node.items().for_each(|item| value(item, known, depth, found));
}

fn value<'a>(node: Node<'a>, known: &[Span], depth: usize, found: &mut Vec<Unjudged<'a>>) {
    if known.contains(&node.span()) {
        return;
    }
    if node.is_scalar() {
        found.extend(in_text(node, false));
    } else if let Some(kind) = manifest_kind(node) {
        found.push(Unjudged { node, kind, is_applied: false });
    } else {
        search(node, known, depth - 1, found);
    }
}

/// The kind of a mapping that is a manifest of what rules judge.
fn manifest_kind(node: Node<'_>) -> Option<Cow<'_, str>> {
    let (api_version, kind) = (node.get("apiVersion")?.as_str()?, node.get("kind")?.as_str()?);
    node.get("metadata").filter(|metadata| metadata.is_map())?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let is_judged = pod_kind_of(group, &kind).is_some()
        || matches!(&*kind, "ServiceAccount" | "Secret")
        || matches!(&*kind, "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
        || is_carrier(group, &kind)
        || is_deployer(group, &kind);
    is_judged.then_some(kind)
}

/// The manifest in a text, by its first object.
fn in_text(node: Node<'_>, is_applied: bool) -> Option<Unjudged<'_>> {
    let text = node.text().filter(|text| text.contains("apiVersion") && text.contains("kind"))?;
    let is_lines = text.contains('\n') || text.trim_start().starts_with('{');
    if !is_lines || !may_be_manifest(&text) {
        return None;
    }
    let documents = node.embedded();
    let own = |doc: &Doc| manifest_kind(doc.root()?).map(Cow::into_owned);
    // A template cannot be read, and is applied all the same.
    let broken = || {
        let is_open = is_applied && documents.iter().any(|doc| doc.broken);
        is_open.then(|| "template".to_owned())
    };
    let kind = documents.iter().find_map(own).or_else(broken)?;
    Some(Unjudged { node, kind: kind.into(), is_applied })
}
