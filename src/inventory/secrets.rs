//! The Secrets that an identity reads: how, what makes them, and who else reads them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::record::Secret;
use super::workloads::short;
use super::{Inventory, Subject};
use crate::graph::record::{PowerRecord, Recorder};
use crate::graph::{Graph, ObjectId, Placed, Reach, Runner, SourceId};
use crate::k8s::container::EnvVar;
use crate::secrets::SecretVerdict;
use crate::source::Span;
use crate::yaml::Node;

/// So many others who read the same Secret are listed.
const MOST_OTHERS: usize = 20;

/// A Secret as it is named from somewhere: the source, the namespace, the name.
type Named = (SourceId, Option<String>, String);

/// Which identities read which Secret.
#[derive(Debug, Default)]
pub(super) struct Sharing(HashMap<Named, BTreeSet<String>>);

impl Sharing {
    /// Of all identities. Secrets of sources that may be one cluster are the same.
    pub(super) fn of(graph: &Graph<'_>, reach: &Reach<'_>, ids: &[String]) -> Self {
        let mut found: HashMap<Named, BTreeSet<String>> = HashMap::new();
        for (position, identity) in reach.net.identities.iter().enumerate() {
            for &runner in &identity.runners {
                let at = graph.places.object_of(&graph.places[runner]);
                for read in reads(&graph.places[runner]) {
                    let named = (graph.places.sources.view(at.source), at.namespace.clone(), read.name);
                    found.entry(named).or_default().insert(ids[position].clone());
                }
            }
        }
        Self(found)
    }

    fn others(&self, named: &Named, own: &str) -> Vec<String> {
        let all = self.0.get(named).into_iter().flatten();
        all.filter(|other| *other != own).take(MOST_OTHERS).cloned().collect()
    }
}

/// One way in which a pod template reads a Secret.
struct Read {
    name: String,
    via: &'static str,
    keys: Vec<String>,
    span: Span,
}

impl<'a> Inventory<'_, 'a> {
    pub(super) fn secrets(
        &self,
        subject: &Subject<'_, 'a>,
        powers: &[PowerRecord],
        recorder: Recorder<'_, 'a>,
    ) -> Vec<Secret> {
        let mut found = Vec::new();
        for runner in &subject.runners {
            let at = self.graph.places.object_of(runner);
            let view = self.graph.places.sources.view(at.source);
            for read in joined(reads(runner)) {
                let named = (view, at.namespace.clone(), read.name);
                found.push(Secret {
                    via: read.via,
                    keys: read.keys,
                    store: self.store_of(at, &named.2),
                    workload: Some(short(at)),
                    shared_with: self.sharing.others(&named, subject.id),
                    location: recorder.location(read.span),
                    namespace: named.1,
                    name: named.2,
                });
            }
        }
        found.extend(self.by_permission(subject, powers));
        found.sort_by(|a, b| key(a).cmp(&key(b)));
        found.dedup();
        found
    }

    /// The Secrets that roles let it read by their names.
    fn by_permission(&self, subject: &Subject<'_, 'a>, powers: &[PowerRecord]) -> Vec<Secret> {
        let reading = powers.iter().filter(|power| power.primitive == "secret.read");
        let each = reading.flat_map(|power| power.names.iter().map(move |name| (power, name)));
        let secret = |(power, name): (&PowerRecord, &String)| {
            let location = power.via.first()?.location.clone()?;
            let beside = subject.home.filter(|at| at.namespace == power.namespace);
            Some(Secret {
                namespace: power.namespace.clone(),
                name: name.clone(),
                via: "rbac",
                keys: Vec::new(),
                store: beside.map_or("unknown", |at| self.store_of(at, name)),
                workload: None,
                shared_with: Vec::new(),
                location,
            })
        };
        each.filter_map(secret).collect()
    }

    /// What makes a Secret of the namespace of `at`.
    fn store_of(&self, at: &Placed<'_>, name: &str) -> &'static str {
        let (places, credentials) = (&self.graph.places, &self.graph.credentials);
        let written = places.lookup(at.source, "Secret", at.namespace.as_deref(), name);
        let verdicts = |object: &ObjectId| credentials.stored(&places[*object]).iter();
        let mut is_encrypted = false;
        for stored in written.iter().flat_map(verdicts) {
            match stored.verdict {
                SecretVerdict::Plain(_) => return "plain",
                SecretVerdict::Encrypted => is_encrypted = true,
                _ => {}
            }
        }
        if is_encrypted {
            return "encrypted";
        }
        let maker = credentials.makers_of_secret(at, name).next().map(|made| &places[made.object].object);
        match maker {
            Some(object) if object.is("bitnami.com", "SealedSecret") => "sealed",
            Some(_) => "external",
            None => "unknown",
        }
    }
}

/// The reads of one template by Secret and way, with all keys.
fn joined(reads: Vec<Read>) -> Vec<Read> {
    let mut found: BTreeMap<(String, &str), Read> = BTreeMap::new();
    for read in reads {
        match found.get_mut(&(read.name.clone(), read.via)) {
            Some(known) => known.keys.extend(read.keys),
            None => _ = found.insert((read.name.clone(), read.via), read),
        }
    }
    let sorted = found.into_values().map(|mut read| {
        read.keys.sort();
        read.keys.dedup();
        read
    });
    sorted.collect()
}

/// Every place at which a pod template reads a Secret.
fn reads(runner: &Runner<'_>) -> Vec<Read> {
    let mut found: Vec<Read> = Vec::new();
    let mut add = |node: Option<Node<'_>>, via, keys: Vec<String>| {
        let Some(node) = node else { return };
        if let Some(name) = node.text().filter(|name| !name.is_empty()) {
            found.push(Read { name: name.into_owned(), via, keys, span: node.span() });
        }
    };
    let key = |node: Node<'_>| node.get("key").and_then(Node::text).map(std::borrow::Cow::into_owned);
    let items = |node: Node<'_>| {
        let items = node.get("items").into_iter().flat_map(Node::items);
        items.filter_map(key).collect::<Vec<_>>()
    };
    for volume in runner.workload.volumes() {
        if let Some(secret) = volume.get("secret") {
            add(secret.get("secretName"), "volume", items(secret));
        }
        for secret in
            volume.all_at(&["projected", "sources", "*"]).into_iter().filter_map(|s| s.get("secret"))
        {
            add(secret.get("name"), "volume", items(secret));
        }
    }
    for container in &runner.workload.containers {
        for entry in container.env().filter_map(EnvVar::secret_key_ref) {
            add(entry.value.get("name"), "env", key(entry.value).into_iter().collect());
        }
        for entry in container.env_from_secrets() {
            add(entry.value.get("name"), "envFrom", Vec::new());
        }
    }
    for pull in runner.workload.spec.value.all_at(&["imagePullSecrets", "*"]) {
        add(pull.get("name"), "pull", Vec::new());
    }
    found
}

fn key(secret: &Secret) -> (Option<&str>, &str, &str, Option<&str>, &str, u32) {
    let Secret { namespace, name, via, workload, location, .. } = secret;
    (namespace.as_deref(), name, via, workload.as_deref(), &location.file, location.line)
}
