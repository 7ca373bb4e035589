//! What expressions of users see: an object, a workload and an identity as JSON. Fields are added and never renamed.
//!
//! Every field is always there; what nobody knows is null, and a list that is empty holds nothing that is known.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::{IdentityRecord, Recorder};
use crate::graph::credential::mounted::Automount;
use crate::graph::credential::token::{Credential, EXTENDED_LIFETIME, EXTENDED_REQUEST, Surface};
use crate::graph::credential::token::{created_tokens, projected_tokens};
use crate::graph::place::owner::{Level, Owner, OwnerKeys};
use crate::graph::reach::{Reach, Standing};
use crate::graph::{Graph, Placed, Runner};
use crate::k8s::container::{Container, EnvVar, Role};
use crate::yaml::{Node, Value as Typed, to_json};

/// What stands for a value that must not be shown.
const HIDDEN: &str = "***";

/// Makes the variables of a run.
#[derive(Clone, Copy, Debug)]
pub struct Variables<'g, 'a> {
    graph: &'g Graph<'a>,
    /// The keys that name an owner.
    owners: OwnerKeys<'g>,
    /// The levels of owners that count.
    levels: &'g [&'g str],
}

impl<'g, 'a> Variables<'g, 'a> {
    /// For a graph; owners are those that `keys` name on a level that counts.
    #[must_use]
    pub fn new(graph: &'g Graph<'a>, owners: OwnerKeys<'g>, levels: &'g [&'g str]) -> Self {
        Self { graph, owners, levels }
    }

    /// An object as it is written or rendered.
    #[must_use]
    pub fn object(&self, at: &Placed<'_>) -> Value {
        to_json(at.object.node)
    }

    /// The same for a message: without the data of Secrets and the credentials that were found in it.
    #[must_use]
    pub fn shown_object(&self, at: &Placed<'_>) -> Value {
        let (graph, runners) = (self.graph, self.graph.places.runners_of(at.id));
        let literals = runners.iter().flat_map(|runner| graph.credentials.in_runner(runner));
        let literals = literals.chain(graph.credentials.in_object(at)).chain(graph.credentials.in_config(at));
        let mut hidden: BTreeSet<_> = literals.map(|literal| literal.node.span()).collect();
        hidden.extend(graph.credentials.stored(at).iter().map(|stored| stored.entry.value.span()));
        let copy = at.object.annotation("kubectl.kubernetes.io/last-applied-configuration");
        hidden.extend(copy.map(Node::span));
        let mut shown = without(at.object.node, &|node: Node<'_>| hidden.contains(&node.span()));
        if at.object.is("", "Secret") {
            for key in ["data", "stringData"] {
                if let Some(Value::Object(entries)) = shown.get_mut(key) {
                    entries.values_mut().for_each(|value| *value = HIDDEN.into());
                }
            }
        }
        shown
    }

    /// A workload: a pod template and the object that holds it.
    #[must_use]
    pub fn workload(&self, runner: &Runner<'a>) -> Value {
        let (places, credentials) = (&self.graph.places, &self.graph.credentials);
        let at = places.object_of(runner);
        let workload = &runner.workload;
        let plane = self.graph.exposure.plane_of(runner);
        let ways = self.graph.exposure.ways_into(runner);
        json!({
            "kind": at.object.kind,
            "name": at.object.name,
            "namespace": at.namespace,
            "cluster": places.sources.cluster(at.source),
            "environment": places.environment_of(at),
            "class": if workload.run.class() == crate::catalog::Class::Job { "job" } else { "service" },
            "plane": plane.map(|plane| format!("{plane:?}").to_lowercase()),
            "serviceAccount": runner.account.name(),
            "owner": self.owner(places.owners_of(runner, self.owners)),
            "tokenMounted": match credentials.automount(runner) {
                _ if credentials.holds_other_token(runner) => Some(true),
                Automount::On => Some(true),
                Automount::Off => Some(false),
                Automount::Unknown => None,
            },
            "exposed": ways.iter().any(|way| !way.internal),
            "containers": workload.containers.iter().map(|one| container(*one)).collect::<Vec<_>>(),
            "secrets": secrets(runner),
            "tokens": self.tokens(runner),
        })
    }

    /// An identity, with everything that is known of it.
    #[must_use]
    pub fn identity(&self, recorder: Recorder<'_, 'a>, reach: &Reach<'a>, standing: &Standing) -> Value {
        let places = &self.graph.places;
        let identity = &reach.net[standing.identity];
        let record = recorder.identity(reach, standing, reach.path(standing).iter());
        let runners: Vec<&Runner<'a>> = identity.runners.iter().map(|&runner| &places[runner]).collect();
        let workloads: Vec<Value> = runners.iter().map(|runner| self.workload(runner)).collect();
        let declared = identity.declared.map(|at| &places[at]);
        let of_account = declared.map(|at| places.owners_of_object(at, Level::ServiceAccount, self.owners));
        let of_workloads = runners.iter().flat_map(|runner| places.owners_of(runner, self.owners));
        let owner = self.owner(of_account.into_iter().flatten().chain(of_workloads).collect());
        let home = declared.or_else(|| runners.first().map(|runner| places.object_of(runner)));
        let all = |key: &str| -> Vec<Value> {
            let lists = workloads.iter().filter_map(|workload| workload[key].as_array());
            let mut known = HashSet::new();
            let all = lists.flatten().filter(|value| !value.is_null());
            all.filter(|value| known.insert(value.to_string())).cloned().collect()
        };
        let mut tokens = all("tokens");
        let kept = identity.token_secrets.iter().map(|&secret| &places[secret].object.name);
        let kept: Vec<Value> = kept.map(|name| json!(name)).collect();
        tokens.extend(kept.iter().map(|name| token("secret", None, None, None, Some(name))));
        let mut value = Self::of_record(&record);
        let own = json!({
            "owner": owner,
            "environment": home.and_then(|at| places.environment_of(at)),
            "classes": words(&workloads, "class"),
            "exposed": workloads.iter().any(|workload| workload["exposed"] == true),
            "tokens": tokens,
            "tokenSecrets": kept,
            "secrets": all("secrets"),
            "workloads": workloads,
        });
        if let Value::Object(own) = own {
            value.extend(own);
        }
        Value::Object(value)
    }

    /// What the record of an identity says.
    fn of_record(record: &IdentityRecord) -> Map<String, Value> {
        let permissions = record.powers.iter().map(|power| {
            json!({
                "primitive": power.primitive,
                "tier": power.tier,
                "scope": power.scope,
                "namespace": power.namespace,
                "names": power.names,
                "words": power.words,
                "certain": power.certain,
                "bindings": power.via.iter().map(|via| format!("{}/{}", via.kind, via.name)).collect::<Vec<_>>(),
                "roles": power.via.iter().map(|via| format!("{}/{}", via.role_kind, via.role)).collect::<Vec<_>>(),
            })
        });
        let path = record.path.iter().map(|step| {
            json!({
                "from": step.from.name,
                "to": step.to.name,
                "primitive": step.via.primitive,
                "words": step.words,
                "certain": step.certain,
            })
        });
        let reached = record.path.iter().filter(|step| !step.is_end).map(|step| step.to.name.clone());
        let cloud = record.cloud.iter().map(|cloud| {
            let shared: Vec<String> = cloud.shared_with.iter().map(ToString::to_string).collect();
            json!({"provider": cloud.provider, "identity": cloud.identity, "sharedWith": shared})
        });
        let unknown = record.unknown_roles.iter().map(|role| format!("{}/{}", role.role_kind, role.role));
        let fields = json!({
            "id": record.identity.to_string(),
            "name": record.name,
            "namespace": record.namespace,
            "cluster": record.cluster,
            "declared": record.declared.is_some(),
            "tokenMounted": record.token_mounted,
            "tier": record.tier,
            "permissions": permissions.collect::<Vec<_>>(),
            "path": path.collect::<Vec<_>>(),
            "reach": reached.collect::<Vec<_>>(),
            "cloud": cloud.collect::<Vec<_>>(),
            "unknownRoles": unknown.collect::<Vec<_>>(),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    fn owner(&self, owners: Vec<Owner>) -> Value {
        let counts = |owner: &Owner| self.levels.contains(&owner.level.word());
        let found = owners.into_iter().find(counts);
        found.map_or(Value::Null, |owner| json!({"value": owner.value, "level": owner.level.word()}))
    }

    /// The tokens that the pods of a workload get.
    fn tokens(&self, runner: &Runner<'a>) -> Vec<Value> {
        let mut tokens = Vec::new();
        if !self.graph.credentials.injected(runner).is_empty() {
            tokens.push(token("injected", Some(EXTENDED_REQUEST), Some(EXTENDED_LIFETIME), None, None));
        }
        let made = runner.workload.containers.iter().flat_map(created_tokens);
        tokens.extend(projected_tokens(runner).chain(made).map(|token| handed_out(&token)));
        tokens
    }
}

fn token(
    surface: &str,
    seconds: Option<i64>,
    effective: Option<i64>,
    audience: Option<&str>,
    secret: Option<&Value>,
) -> Value {
    json!({
        "surface": surface,
        "seconds": seconds,
        "effectiveSeconds": effective,
        "audience": audience,
        "secret": secret,
    })
}

fn handed_out(credential: &Credential<'_>) -> Value {
    let surface = match credential.surface {
        Surface::Projected => "projected",
        Surface::Eks => "eks",
        Surface::Azure => "azure",
        Surface::Csi => "csi",
        Surface::SecretStore => "secretStore",
        Surface::Command => "command",
    };
    let (seconds, effective) = (Some(credential.requested), Some(credential.effective()));
    token(surface, seconds, effective, credential.audience.as_deref(), None)
}

fn container(container: Container<'_>) -> Value {
    let role = match container.role {
        Role::Main => "main",
        Role::Init => "init",
        Role::Sidecar => "sidecar",
        Role::Ephemeral => "ephemeral",
    };
    let env: Vec<String> = container.env().map(|variable| variable.name().into_owned()).collect();
    json!({"name": container.name(), "role": role, "image": container.image(), "env": env})
}

/// The Secrets that a workload reads, each once for every way in which it does.
fn secrets(runner: &Runner<'_>) -> Vec<Value> {
    let mut found: BTreeSet<(String, &str)> = BTreeSet::new();
    let mut add = |node: Option<Node<'_>>, via| {
        let name = node.and_then(Node::text).filter(|name| !name.is_empty());
        found.extend(name.map(|name| (name.into_owned(), via)));
    };
    for volume in runner.workload.volumes() {
        add(volume.at(&["secret", "secretName"]), "volume");
        for source in volume.all_at(&["projected", "sources", "*"]) {
            add(source.at(&["secret", "name"]), "volume");
        }
    }
    for container in &runner.workload.containers {
        for entry in container.env().filter_map(EnvVar::secret_key_ref) {
            add(entry.value.get("name"), "env");
        }
        for entry in container.env_from_secrets() {
            add(entry.value.get("name"), "envFrom");
        }
    }
    for pull in runner.workload.spec.value.all_at(&["imagePullSecrets", "*"]) {
        add(pull.get("name"), "pull");
    }
    found.into_iter().map(|(name, via)| json!({"name": name, "via": via})).collect()
}

/// The different words under a key, sorted.
fn words(values: &[Value], key: &str) -> Vec<String> {
    let found: BTreeSet<&str> = values.iter().filter_map(|value| value[key].as_str()).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// A value in which some scalars are hidden.
fn without(node: Node<'_>, hides: &impl Fn(Node<'_>) -> bool) -> Value {
    match node.value() {
        Typed::Map => Value::Object(
            node.entries().map(|entry| (entry.key.key().into_owned(), without(entry.value, hides))).collect(),
        ),
        Typed::Seq => Value::Array(node.items().map(|item| without(item, hides)).collect()),
        _ if hides(node) => HIDDEN.into(),
        _ => to_json(node),
    }
}
