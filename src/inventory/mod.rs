//! The inventory: every identity of a run as a [`Record`], from the graph and from what the rules found.
//!
//! It judges nothing. What the input does not say is left out, never guessed.

pub mod record;

mod judged;
mod people;
mod permissions;
mod workloads;

mod credentials;
mod secrets;

use std::collections::HashMap;

use record::{Origin, Record, Strength, VERSION};

use self::judged::Judged;
use self::secrets::Sharing;
use crate::config::Settings;
use crate::finding::Report;
use crate::graph::place::owner::KnownOwners;
use crate::graph::reach::{Identity, Standing};
use crate::graph::record::Recorder;
use crate::graph::{Graph, ObjectId, Placed, Reach, Runner};
use crate::source::SourceMap;

/// JSON Schema of version 1 of the record, as printed by `nhilint schema inventory`.
pub const JSON_SCHEMA: &str = include_str!("inventory.schema.json");

/// What records are made of.
#[derive(Debug)]
pub struct Inventory<'r, 'a> {
    graph: &'r Graph<'a>,
    reach: &'r Reach<'a>,
    settings: &'r Settings,
    owners: KnownOwners,
    judged: Judged<'r>,
    sharing: Sharing,
    /// By the position of the identity.
    ids: Vec<String>,
    /// The repository that the records are of.
    repository: Option<String>,
}

/// What becomes one record.
struct Subject<'g, 'a> {
    identity: &'g Identity,
    id: &'g str,
    declared: Option<&'g Placed<'a>>,
    runners: Vec<&'g Runner<'a>>,
    /// Some object of its cluster that names it; none where only bindings do.
    home: Option<&'g Placed<'a>>,
}

impl<'r, 'a> Inventory<'r, 'a> {
    /// Of a graph and of what the rules found in it. `repository` names where all of it is from.
    #[must_use]
    pub fn new(
        (graph, reach): (&'r Graph<'a>, &'r Reach<'a>),
        settings: &'r Settings,
        (report, sources): (&'r Report, &'r SourceMap),
        repository: Option<String>,
    ) -> Self {
        let ids = ids(graph, reach);
        Self {
            graph,
            reach,
            settings,
            owners: KnownOwners::default(),
            judged: Judged::of(graph, reach, report, sources),
            sharing: Sharing::of(graph, reach, &ids),
            ids,
            repository,
        }
    }

    /// Every record, by id. `recorder` knows where things are written.
    #[must_use]
    pub fn records(&self, recorder: Recorder<'_, 'a>) -> Vec<Record> {
        let all = self.reach.standings.iter();
        let mut records: Vec<Record> = all.map(|standing| self.record(standing, recorder)).collect();
        records.sort_by(|a, b| a.id.cmp(&b.id));
        records
    }

    /// The record of one identity.
    #[must_use]
    pub fn record(&self, standing: &Standing, recorder: Recorder<'_, 'a>) -> Record {
        let known = recorder.identity(self.reach, standing, self.reach.path(standing).iter());
        let subject = self.subject(standing);
        let identity = subject.identity;
        let workloads = self.workloads(&subject, recorder);
        let permissions = self.permissions(&subject, &known, recorder);
        let cloud = permissions::clouds(&known);
        let (findings, exceptions) = self.judged.of_identity(standing.identity);
        Record {
            version: VERSION,
            repository: self.repository.clone(),
            id: subject.id.to_owned(),
            kind: "serviceAccount",
            origin: origin(identity),
            environment: subject.home.and_then(|at| self.graph.places.environment_of(at)),
            namespace_tier: self.tier_of(&subject),
            classes: distinct(workloads.iter().map(|workload| workload.class)),
            planes: distinct(workloads.iter().filter_map(|workload| workload.plane)),
            exposed: workloads.iter().any(|workload| !workload.exposed_by.is_empty()),
            owner: self.owner(&subject, recorder),
            purpose: self.purpose(&subject),
            dependencies: self.dependencies(&subject),
            credentials: self.credentials(&subject, recorder),
            secrets: self.secrets(&subject, &known.powers, recorder),
            break_glass: self.is_for_emergencies(&subject),
            review: self.review(&subject),
            objects: subject.objects(),
            fingerprint: permissions::fingerprint(subject.id, &permissions, &cloud),
            workloads,
            permissions,
            cloud,
            findings,
            exceptions,
            cluster: known.cluster,
            namespace: known.namespace,
            name: known.name,
            root: known.root,
            declared: known.declared,
            token_mounted: known.token_mounted,
            tier: Strength {
                direct: standing.direct,
                reachable: standing.reachable,
                confidence: standing.confidence,
                path: known.path,
            },
        }
    }

    fn subject<'s>(&'s self, standing: &Standing) -> Subject<'s, 'a> {
        let places = &self.graph.places;
        let identity = &self.reach.net[standing.identity];
        let declared = identity.declared.map(|at| &places[at]);
        let runners: Vec<&Runner<'a>> = identity.runners.iter().map(|&at| &places[at]).collect();
        let kept = || identity.token_secrets.first().map(|&at| &places[at]);
        let home = declared.or_else(|| runners.first().map(|one| places.object_of(one))).or_else(kept);
        Subject { identity, id: &self.ids[standing.identity.position()], declared, runners, home }
    }
}

impl Subject<'_, '_> {
    fn objects(&self) -> Vec<ObjectId> {
        let workloads = self.runners.iter().map(|runner| runner.object);
        let tokens = self.identity.token_secrets.iter().copied();
        self.declared.map(|at| at.id).into_iter().chain(workloads).chain(tokens).collect()
    }
}

fn origin(identity: &Identity) -> Origin {
    match identity {
        Identity { declared: Some(_), .. } => Origin::Declared,
        Identity { name, .. } if name == "default" => Origin::ImplicitDefault,
        Identity { runners, .. } if !runners.is_empty() => Origin::Unresolved,
        _ => Origin::External,
    }
}

/// The ids of all identities. What tells those apart that would be called the same is what they are applied with.
fn ids(graph: &Graph<'_>, reach: &Reach<'_>) -> Vec<String> {
    let sources = &graph.places.sources;
    let id = |identity: &Identity| {
        let cluster = sources.cluster(identity.home).unwrap_or("~");
        format!("sa:{cluster}/{}/{}", identity.namespace.as_deref().unwrap_or("~"), identity.name)
    };
    let mut ids: Vec<String> = reach.net.identities.iter().map(id).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for id in &ids {
        *counts.entry(id.clone()).or_default() += 1;
    }
    for (id, identity) in ids.iter_mut().zip(&reach.net.identities) {
        if counts[id] > 1 {
            *id = format!("{id}@{}", sources.root(identity.home));
        }
    }
    let mut used: HashMap<String, usize> = HashMap::new();
    for id in &mut ids {
        let times = used.entry(id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            *id = format!("{id}#{times}");
        }
    }
    ids
}

/// Sorted, each once.
fn distinct<'t>(words: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    words.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}
