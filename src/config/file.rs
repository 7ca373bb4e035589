//! What was read of a settings file `.nhilint.yaml`: every mistake has a place in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::choice::{self, Choice};
use super::exclusion::Exclusion;
use super::keys::KEYS;
use super::owners::OwnerRule;
use super::read::{items, map, preset, text, texts};
use super::shape::{Mistake, Shape, check, schema, seen};
use super::tables::{FileVariables, TokenFormat};
use super::tiers::{Assignment, TierChoice};
use crate::catalog::{Catalog, Preset};
use crate::source::FileId;
use crate::yaml::{Document, Node, documents};

/// The name of the settings file.
pub const SETTINGS_FILE: &str = ".nhilint.yaml";

/// Where the schema of the file is published.
pub const SCHEMA: &str = concat!(env!("CARGO_PKG_HOMEPAGE"), "/raw/HEAD/rules/settings.schema.json");

/// A settings file, as far as it could be read.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// `preset`.
    pub preset: Option<Preset>,
    /// `failOn`, one of its words.
    pub fail_on: Option<String>,
    /// `failOnUnjudged`.
    pub fail_on_unjudged: Option<bool>,
    /// `kubernetesVersion`, as it is written.
    pub kubernetes_version: Option<String>,
    /// `annotationPrefix`, with the final slash.
    pub prefix: Option<String>,
    pub(super) rules: Vec<Choice>,
    pub(super) exclude: Vec<Exclusion>,
    pub(super) tiers: Vec<TierChoice>,
    pub(super) assign: Vec<Assignment>,
    pub(super) default_tier: Option<String>,
    pub(super) known_accounts: Vec<String>,
    pub(super) owners: Vec<OwnerRule>,
    pub(super) registry: Option<Vec<String>>,
    /// `workloads`.
    pub workloads: Vec<CustomWorkload>,
    /// `repositories`: addresses with their folders.
    pub repositories: Vec<(String, String)>,
    /// `valueSets`: folders of charts with their value files.
    pub value_sets: Vec<(String, Vec<String>)>,
    /// `clusters`.
    pub clusters: Vec<NamedCluster>,
    pub(super) variables_of_images: Vec<FileVariables>,
    /// `tables.tokenFormats`.
    pub token_formats: Vec<TokenFormat>,
    /// `exceptions`.
    pub exceptions: Vec<String>,
    /// `baseline`.
    pub baseline: Option<String>,
}

/// A kind of custom resource that runs pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomWorkload {
    /// The API group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The fields that hold pod templates: `spec.template`, `spec.tasks.*.template`.
    pub templates: Vec<String>,
    /// How its pods end: `job`, `build`, `service` or `node`.
    pub runs: String,
}

/// A cluster that Argo CD knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCluster {
    /// Its name.
    pub name: String,
    /// The address of its API server.
    pub server: String,
    /// Labels of its Secret.
    pub labels: BTreeMap<String, String>,
    /// Annotations of its Secret.
    pub annotations: BTreeMap<String, String>,
}

impl File {
    /// Reads a settings file. What is wrong in it is left out of the result.
    #[must_use]
    pub fn read(file: FileId, text: &str, catalog: &Catalog) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let documents = documents(file, &Arc::from(text));
        for problem in documents.iter().flat_map(Document::problems) {
            mistakes.push(Mistake::of_yaml(file, problem));
        }
        let mut roots = documents.iter().filter_map(|document| document.doc().root());
        let root = roots.next().filter(|root| !root.is_null());
        if let Some(second) = roots.next() {
            mistakes.push(Mistake::new(second.span(), "the settings are one document; this is a second one"));
        }
        // Of a text that is not read to its end, everything else is a guess.
        let is_broken = documents.iter().any(|document| document.doc().broken);
        let Some(root) = root.filter(|_| !is_broken) else { return (Self::default(), mistakes) };
        check(root, Shape::Record(KEYS), "the settings file", &mut mistakes);
        let settings = Self::of(root, catalog, &mut mistakes);
        mistakes.sort();
        (settings, mistakes)
    }

    /// `rulesFolders` of a text, before it is known which rules there are.
    #[must_use]
    pub fn rules_folders(text: &str) -> Vec<String> {
        let documents = documents(FileId::default(), &Arc::from(text));
        let root = documents.iter().find_map(|document| document.doc().root());
        root.map(|root| texts(root, "rulesFolders")).unwrap_or_default()
    }

    fn of(root: Node<'_>, catalog: &Catalog, mistakes: &mut Vec<Mistake>) -> Self {
        let tiers = TierChoice::all(root.get("tiers"), catalog, mistakes);
        let rules = root.get("rules").map(|rules| choice::read(rules, catalog, mistakes));
        let (owners, tables) = (root.get("owners"), root.get("tables"));
        let file = Self {
            preset: root.get("preset").and_then(preset),
            fail_on: text(root, "failOn"),
            fail_on_unjudged: root.get("failOnUnjudged").and_then(Node::as_bool),
            kubernetes_version: text(root, "kubernetesVersion"),
            prefix: text(root, "annotationPrefix"),
            rules: rules.unwrap_or_default(),
            exclude: items(root, "exclude").map(|item| Exclusion::of(item, catalog, mistakes)).collect(),
            assign: items(root, "assign").map(|item| Assignment::of(item, &tiers, mistakes)).collect(),
            default_tier: text(root, "defaultTier"),
            known_accounts: texts(root, "knownServiceAccounts"),
            owners: owners.into_iter().flat_map(|owners| items(owners, "map")).map(OwnerRule::of).collect(),
            registry: owners
                .filter(|owners| owners.get("registry").is_some())
                .map(|owners| texts(owners, "registry")),
            workloads: items(root, "workloads").filter_map(CustomWorkload::of).collect(),
            repositories: items(root, "repositories").filter_map(repository).collect(),
            value_sets: items(root, "valueSets").filter_map(value_set).collect(),
            clusters: items(root, "clusters").filter_map(NamedCluster::of).collect(),
            variables_of_images: tables.map(FileVariables::all).unwrap_or_default(),
            token_formats: tables.map(|tables| TokenFormat::all(tables, mistakes)).unwrap_or_default(),
            exceptions: texts(root, "exceptions"),
            baseline: text(root, "baseline"),
            tiers,
        };
        if let Some(name) = root.get("defaultTier").filter(|_| file.default_tier.is_some()) {
            TierChoice::must_be_known(name, &file.tiers, mistakes);
        }
        if let Some(prefix) = root.get("annotationPrefix")
            && file.prefix.as_ref().is_some_and(|text| !text.ends_with('/') || text.len() < 2)
        {
            let message =
                format!("`annotationPrefix` ends with a slash, as `acme.io/`, not {}", seen(prefix));
            mistakes.push(Mistake::new(prefix.span(), message));
        }
        file
    }

    /// The JSON schema of the file.
    #[must_use]
    pub fn schema(catalog: &Catalog) -> Json {
        let mut whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Settings of nhilint",
            "description": "The file .nhilint.yaml"
        });
        let keys = schema(Shape::Record(KEYS), &json!({"$ref": "#/$defs/rules"}));
        if let (Some(whole), Json::Object(keys)) = (whole.as_object_mut(), keys) {
            whole.extend(keys);
            whole.insert("$defs".to_owned(), choice::definitions(catalog));
        }
        whole
    }
}

impl CustomWorkload {
    fn of(node: Node<'_>) -> Option<Self> {
        Some(Self {
            group: text(node, "group")?,
            kind: text(node, "kind")?,
            templates: texts(node, "template"),
            runs: text(node, "runs").unwrap_or_else(|| "service".to_owned()),
        })
    }
}

impl NamedCluster {
    fn of(node: Node<'_>) -> Option<Self> {
        Some(Self {
            name: text(node, "name")?,
            server: text(node, "server")?,
            labels: map(node, "labels"),
            annotations: map(node, "annotations"),
        })
    }
}

fn repository(node: Node<'_>) -> Option<(String, String)> {
    Some((text(node, "url")?, text(node, "path").unwrap_or_default()))
}

fn value_set(node: Node<'_>) -> Option<(String, Vec<String>)> {
    Some((text(node, "chart")?, texts(node, "files")))
}
