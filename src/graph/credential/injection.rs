//! Whether something logs in for a pod with its token: what a webhook adds to it, or a driver that fills its volumes.
//!
//! The table is `rules/tables/injectors.yaml`.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::graph::credential::Credentials;
use crate::graph::place::{ObjectId, Runner};
use crate::graph::tables::table;
use crate::yaml::{Entry, Node};

/// How `vault:` begins in base64, which is how a Secret holds it.
const IN_BASE64: [&str; 2] = ["dmF1bHQ6", "Pj52YXVsdD"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    switches: Vec<Switch>,
    logins: Vec<String>,
    references: Vec<String>,
    paths: Vec<String>,
    drivers: Vec<String>,
}

/// What switches an injection on, on a pod or on its namespace.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    key: String,
    /// The key on the pod, where it is another.
    pod: Option<String>,
    /// Whether every value but a refusal switches it on.
    #[serde(default)]
    any: bool,
    /// Whether it asks a store of secrets.
    #[serde(default)]
    store: bool,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| table(include_str!("../../../rules/tables/injectors.yaml")));

impl Switch {
    /// What a `metadata` mapping says by this switch: on or off, where it says anything.
    fn state(&self, metadata: Option<Node<'_>>, key: &str) -> Option<bool> {
        let mut lists = ["labels", "annotations"].into_iter().filter_map(|list| metadata?.get(list));
        let value = lists.find_map(|list| list.get(key)?.text())?.to_lowercase();
        match &*value {
            "" => None,
            "true" | "enabled" | "yes" | "ingress" | "t" | "1" => Some(true),
            "false" | "disabled" | "no" | "skip" | "f" | "0" => Some(false),
            _ => self.any.then_some(true),
        }
    }
}

impl Credentials<'_> {
    /// Whether something logs in for a pod with its token.
    pub(super) fn is_logged_in(&self, runner: &Runner<'_>) -> bool {
        self.logs_in(runner, false)
    }

    /// Whether a store of secrets is asked for a pod, as its account: the store says which accounts it lets in.
    #[must_use]
    pub fn asks_a_store(&self, runner: &Runner<'_>) -> bool {
        self.logs_in(runner, true)
    }

    fn logs_in(&self, runner: &Runner<'_>, for_store: bool) -> bool {
        let table = &*TABLE;
        let pod = runner.workload.pod_metadata();
        let at = self.places.object_of(runner);
        let around = self.places.namespaces_of(at);
        let around = || around.iter().map(|&namespace| self.places[namespace].object.metadata());
        let switched = |switch: &Switch| {
            let mut own = [switch.pod.as_deref(), Some(&*switch.key)].into_iter().flatten();
            let own = own.find_map(|key| switch.state(pod, key));
            own.unwrap_or_else(|| {
                around().any(|namespace| switch.state(namespace, &switch.key) == Some(true))
            })
        };
        let asks = |entry: Entry<'_>| {
            let key = entry.key.text().unwrap_or_default();
            let is_refused = || {
                entry.value.text().is_some_and(|value| {
                    ["false", "disabled", "no", "f", "0"].contains(&&*value.to_lowercase())
                })
            };
            table.logins.iter().any(|start| key.starts_with(start.as_str())) && !is_refused()
        };
        // Operators read the annotations of the workload.
        let own = at.object.metadata().and_then(|metadata| metadata.get("annotations"));
        let mut annotations =
            runner.workload.pod_annotations().into_iter().chain(own).flat_map(Node::entries);
        let drivers = runner.workload.volumes().filter_map(|volume| volume.at(&["csi", "driver"])?.text());
        table.switches.iter().filter(|switch| !for_store || switch.store).any(switched)
            || annotations.any(asks)
            || drivers.into_iter().any(|driver| table.drivers.iter().any(|known| *known == driver))
            || self.has_references(runner)
    }

    /// Whether a variable of the pod, or what it takes its variables from, holds a reference that a webhook resolves.
    fn has_references(&self, runner: &Runner<'_>) -> bool {
        let containers = &runner.workload.containers;
        let mut variables = containers.iter().flat_map(|container| container.env());
        variables.any(|variable| variable.value().is_some_and(is_reference))
            || self.variable_sources(runner).into_iter().any(|source| {
                let object = self.places[source].object.node;
                let data = ["data", "stringData"].into_iter().filter_map(|field| object.get(field));
                data.flat_map(Node::entries).any(|entry| is_reference(entry.value))
            })
    }

    /// The config maps and Secrets that a pod takes variables from.
    fn variable_sources(&self, runner: &Runner<'_>) -> Vec<ObjectId> {
        let at = self.places.object_of(runner);
        let kinds =
            [("ConfigMap", "configMapRef", "configMapKeyRef"), ("Secret", "secretRef", "secretKeyRef")];
        let named = kinds.into_iter().flat_map(|(kind, whole, single)| {
            let of_container = runner.workload.containers.iter().flat_map(move |container| {
                let whole = container.node.all_at(&["envFrom", "*", whole, "name"]);
                whole.into_iter().chain(container.node.all_at(&["env", "*", "valueFrom", single, "name"]))
            });
            of_container.filter_map(move |name| Some((kind, name.text()?)))
        });
        let found = named
            .flat_map(|(kind, name)| self.places.lookup(at.source, kind, at.namespace.as_deref(), &name));
        found.collect()
    }
}

/// Whether a value is a reference such as `vault:secret/data/shop#password`.
fn is_reference(value: Node<'_>) -> bool {
    let Some(text) = value.text() else { return false };
    let named = |start: &String| {
        text.split_once(start.as_str())
            .is_some_and(|(before, rest)| (before.is_empty() || start.starts_with('$')) && rest.contains('#'))
    };
    IN_BASE64.iter().any(|start| text.starts_with(start))
        || TABLE.references.iter().any(named)
        || TABLE.paths.iter().any(|start| text.starts_with(start.as_str()))
}
