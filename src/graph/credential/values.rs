//! Credentials in trees that are not pod specs: values of Helm releases, parameters of pipelines, patches in strings,
//! users of kubeconfigs.
//!
//! The name of a scalar is its key, or the `name:` beside its `value:`; `secrets` decides by name and text.

use std::borrow::Cow;
use std::collections::HashMap;

use super::literal::{Literal, in_arguments};
use crate::k8s::Object;
use crate::secrets::{Hit, Known, Strength, engine, may_name_an_object, sensitive_name};
use crate::yaml::{Doc, Node};

/// What messages call a value of a chart.
const WORD: &str = "chart value";

/// Deeper trees are not written by people.
const DEPTH: usize = 40;

/// Credentials in an object's chart values (Flux and k3s releases, Argo CD applications), or in a kubeconfig.
pub(super) fn of_object<'a>(object: &Object<'a>, known: Known<'_>) -> Vec<Literal<'a>> {
    let mut tree = Tree { known, word: WORD, found: Vec::new() };
    if object.is("", "Config") {
        tree.word = "kubeconfig entry";
        object.node.all_at(&["users", "*", "user"]).into_iter().for_each(|user| tree.below(Some(user)));
        return tree.found;
    }
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    match (object.group.as_str(), &*object.kind) {
        ("helm.toolkit.fluxcd.io" | "helm.fluxcd.io", "HelmRelease") => {
            tree.below(spec.get("values"));
        }
        // k3s and RKE2.
        ("helm.cattle.io", "HelmChart" | "HelmChartConfig") => {
            tree.below(spec.get("set"));
            tree.text(spec.get("valuesContent"));
        }
        ("argoproj.io", "Application") => tree.application(spec),
        ("argoproj.io", "ApplicationSet") => {
            if let Some(spec) = spec.at(&["template", "spec"]) {
                tree.application(spec);
            }
        }
        _ => {}
    }
    tree.found
}

/// Credentials in values of a chart: all, or those below the key `part`.
pub(super) fn of_chart<'a>(values: Node<'a>, part: &str, known: Known<'_>) -> Vec<Literal<'a>> {
    let mut tree = Tree { known, word: WORD, found: Vec::new() };
    if values.text().is_some() {
        tree.text(Some(values));
    } else {
        tree.any(values, "", part, DEPTH);
    }
    tree.found
}

/// Credentials in what a file changes in the source of an Application (`.argocd-source.yaml`).
pub(super) fn of_source<'a>(source: Node<'a>, known: Known<'_>) -> Vec<Literal<'a>> {
    let mut tree = Tree { known, word: WORD, found: Vec::new() };
    tree.source(source);
    tree.found
}

/// Credentials in an Argo workflow or a Tekton run beside its containers: parameters, patches, manifests.
pub(super) fn of_pipeline<'a>(object: Node<'a>, known: Known<'_>) -> Vec<Literal<'a>> {
    let mut tree = Tree { known, word: "parameter", found: Vec::new() };
    if let Some(spec) = object.get("spec") {
        tree.pipeline(spec, DEPTH);
    }
    tree.found
}

struct Tree<'s, 'a> {
    known: Known<'s>,
    /// What messages call a scalar of it.
    word: &'static str,
    found: Vec<Literal<'a>>,
}

impl<'a> Tree<'_, 'a> {
    /// `spec` of an Argo CD Application (argo-cd v1alpha1 types).
    fn application(&mut self, spec: Node<'a>) {
        let several = spec.all_at(&["sources", "*"]);
        spec.get("source").into_iter().chain(several).for_each(|source| self.source(source));
    }

    /// One source of it.
    fn source(&mut self, source: Node<'a>) {
        if let Some(helm) = source.get("helm") {
            self.below(helm.get("valuesObject"));
            self.text(helm.get("values"));
            self.parameters(helm.get("parameters"));
        }
        if let Some(plugin) = source.get("plugin") {
            self.word = "plugin parameter";
            self.parameters(plugin.get("env"));
            self.parameters(plugin.get("parameters"));
            self.word = WORD;
        }
    }

    /// The parts of argo-workflows and tektoncd/pipeline types that hold parameters, wherever they nest.
    fn pipeline(&mut self, node: Node<'a>, depth: usize) {
        const PARTS: [&str; 15] = [
            "workflowSpec",
            "arguments",
            "inputs",
            "templates",
            "templateDefaults",
            "steps",
            "dag",
            "tasks",
            "finally",
            "taskSpec",
            "pipelineSpec",
            "taskRunSpecs",
            "matrix",
            "include",
            "resource",
        ];
        for entry in node.entries().filter(|_| depth > 0) {
            match entry.key.text().as_deref() {
                Some("params" | "parameters") => self.parameters(Some(entry.value)),
                Some("podSpecPatch" | "manifest") => self.text(Some(entry.value)),
                Some(key) if PARTS.contains(&key) => self.pipeline(entry.value, depth - 1),
                _ => {}
            }
        }
        for item in node.items().filter(|_| depth > 0) {
            self.pipeline(item, depth - 1);
        }
    }

    /// A list of `{name, value}`, `{name, default}`, or what a plugin of Argo CD takes. The value of a variable is named by
    /// the parameter beside it: `env[0].name` beside `env[0].value`.
    fn parameters(&mut self, list: Option<Node<'a>>) {
        let items: Vec<Node<'a>> = list.into_iter().flat_map(Node::items).collect();
        let names = items.iter().filter_map(|item| {
            let of = item.get("name")?.text()?.strip_suffix(".name")?.to_owned();
            Some((of, item.get("value")?.text()?))
        });
        let names: HashMap<String, Cow<'a, str>> = names.collect();
        for item in items {
            let name = item.get("name").and_then(Node::text).unwrap_or_default();
            let given = name.strip_suffix(".value").and_then(|of| names.get(of)).cloned();
            let name = given.unwrap_or(name);
            for value in
                ["value", "default", "string", "array", "map"].into_iter().filter_map(|key| item.get(key))
            {
                self.any(value, &name, &name, DEPTH);
            }
        }
    }

    /// Everything below a node.
    fn below(&mut self, node: Option<Node<'a>>) {
        if let Some(node) = node {
            self.any(node, "", "", DEPTH);
        }
    }

    /// YAML in a string.
    fn text(&mut self, node: Option<Node<'a>>) {
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else {
            return;
        };
        let docs = node.embedded();
        let root = docs.first().and_then(Doc::root).filter(|root| !root.is_scalar());
        let Some(root) = root else {
            let hits = engine().config(&text, self.known);
            self.found.extend(hits.into_iter().map(|hit| found(node, hit, self.word, "")));
            return;
        };
        let mut inner = Tree { known: self.known, word: self.word, found: Vec::new() };
        inner.any(root, "", "", DEPTH);
        for literal in inner.found {
            // Spans of the embedded tree count bytes of this scalar's text.
            let hit = Hit { range: literal.span().range(), ..literal.hit };
            self.found.push(Literal::new(node, hit, literal.place));
        }
    }

    /// `name` is the name of the value, `path` the keys that lead to it.
    fn any(&mut self, node: Node<'a>, name: &str, path: &str, depth: usize) {
        if depth == 0 {
            return;
        }
        if let Some(text) = node.text() {
            let hit = engine().named(name, &text, self.known);
            if let Some(hit) =
                hit.filter(|hit| hit.strength == Strength::Vendor || !may_name_an_object(name, &text))
            {
                self.found.push(found(node, hit, self.word, path));
            }
            return;
        }
        let beside = node.get("name").and_then(Node::text);
        for entry in node.entries() {
            let key = entry.key.text().unwrap_or_default();
            // Names and keys of a Secret that exists, and what a schema says, are no credentials.
            if key.starts_with("existingSecret") || ["description", "example"].contains(&&*key) {
                continue;
            }
            // `password: {value: x}` is called by what it is in, too.
            let within = (key == "value" && sensitive_name(name)).then_some(name);
            let name = beside.as_deref().filter(|_| key == "value").or(within).unwrap_or(&key);
            let path = [path, name].join(if path.is_empty() { "" } else { "." });
            self.any(entry.value, name, &path, depth - 1);
        }
        let items: Vec<Node<'a>> = node.items().collect();
        if items.iter().any(|item| item.is_scalar()) {
            for (node, hit, _) in in_arguments(&items, self.known) {
                self.found.push(found(node, hit, self.word, path));
            }
        }
        if ["basicAuth.users", "basic_auth.users"].iter().any(|end| path.ends_with(end)) {
            for item in items.iter().filter(|item| item.is_scalar()) {
                self.any(*item, "basic_auth", path, depth - 1);
            }
        }
        for item in items.into_iter().filter(|item| !item.is_scalar()) {
            self.any(item, name, path, depth - 1);
        }
    }
}

fn found<'a>(node: Node<'a>, hit: Hit, word: &str, path: &str) -> Literal<'a> {
    /// How much of a path is shown: its end, from the start of a key.
    const SHOWN: usize = 50;
    let cut = path.len().saturating_sub(SHOWN);
    let from = path.ceil_char_boundary(cut);
    let end = match path[from..].split_once('.') {
        Some((_, end)) if cut > 0 => end,
        _ => &path[from..],
    };
    let place = if end.is_empty() { format!("a {word}") } else { format!("{word} `{end}`") };
    Literal::new(node, hit, place)
}
