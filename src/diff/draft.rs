//! A row before its cause is known, and the two records that rows compare.

use std::collections::BTreeSet;

use super::record::{Bucket, Direction, Row};
use crate::graph::ObjectId;
use crate::graph::record::{BindingRecord, Confidence, Location, StepRecord, Tier};
use crate::inventory::record::{Permissions, Record, Strength};

/// Where the cause of a row may stand on one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// The lines that say it, the nearest first.
    pub(super) lines: Vec<Location>,
    /// The objects that take part.
    pub(super) objects: Vec<ObjectId>,
}

impl Places {
    pub(super) fn new<'l>(
        lines: impl IntoIterator<Item = &'l Location>,
        objects: impl IntoIterator<Item = ObjectId>,
    ) -> Self {
        Self { lines: lines.into_iter().cloned().collect(), objects: objects.into_iter().collect() }
    }

    /// Those of a way, step by step.
    pub(super) fn of_path(path: &[StepRecord]) -> Self {
        let bindings = path.iter().flat_map(|step| &step.via.bindings);
        let of_binding = |binding: &'_ BindingRecord| {
            binding.location.iter().chain(&binding.role_locations).cloned().collect::<Vec<_>>()
        };
        let hosts = path.iter().filter_map(|step| Some(step.via.workload.as_ref()?.1.clone()));
        Self {
            lines: bindings.clone().flat_map(of_binding).chain(hosts).collect(),
            objects: bindings.flat_map(|binding| binding.objects.iter().copied()).collect(),
        }
    }
}

/// A row, and where it may come from.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) row: Row,
    pub(super) base: Places,
    pub(super) head: Places,
}

/// An identity before and after. Where it is new or gone, the other side is the same without anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'p> {
    pub(super) base: &'p Record,
    pub(super) head: &'p Record,
    /// Whether it was not there before.
    pub(super) is_new: bool,
    /// Whether it is not there any more.
    pub(super) is_gone: bool,
}

impl Pair<'_> {
    /// A row about it. Without other places they are those of the identity itself.
    pub(super) fn draft(
        &self,
        bucket: Bucket,
        what: &'static str,
        words: (Option<String>, Option<String>),
        direction: Direction,
    ) -> Draft {
        let named = if self.is_gone { self.base } else { self.head };
        let identity = (shown(named, true), Some(named.id.clone()));
        Draft {
            row: Row::new(bucket, identity, what, words, direction),
            base: own_places(self.base),
            head: own_places(self.head),
        }
    }
}

impl Draft {
    /// The same, with a way.
    pub(super) fn along(mut self, path: &[StepRecord]) -> Self {
        self.row.path = path.to_vec();
        self.at(None, Some(Places::of_path(path)))
    }

    /// The same, with the places that say it.
    pub(super) fn at(mut self, base: Option<Places>, head: Option<Places>) -> Self {
        let join = |own: &mut Places, said: Option<Places>| {
            let Some(mut said) = said else { return };
            said.lines.append(&mut own.lines);
            said.objects.append(&mut own.objects);
            *own = said;
        };
        join(&mut self.base, base);
        join(&mut self.head, head);
        self
    }
}

/// Where the identity itself is written.
fn own_places(record: &Record) -> Places {
    let workload = record.workloads.first().map(|workload| &workload.at.location);
    Places::new(record.declared.as_ref().or(workload), record.objects.iter().copied())
}

/// `shop/export`, with the cluster where there are several.
pub(super) fn shown(record: &Record, with_cluster: bool) -> String {
    let cluster = record.cluster.as_ref().filter(|_| with_cluster);
    let cluster = cluster.map(|cluster| format!("{cluster}:")).unwrap_or_default();
    format!("{cluster}{}/{}", record.namespace.as_deref().unwrap_or("?"), record.name)
}

/// The files in which an identity and its workloads are written.
pub(super) fn own_files(record: &Record) -> BTreeSet<&str> {
    let workloads = record.workloads.iter().map(|workload| workload.at.location.file.as_str());
    record.declared.iter().map(|at| at.file.as_str()).chain(workloads).collect()
}

/// The same identity with nothing that it holds or is.
pub(super) fn emptied(record: &Record) -> Record {
    Record {
        version: record.version,
        repository: None,
        id: record.id.clone(),
        kind: record.kind,
        origin: record.origin,
        cluster: record.cluster.clone(),
        namespace: record.namespace.clone(),
        name: record.name.clone(),
        root: record.root.clone(),
        environment: None,
        namespace_tier: None,
        declared: None,
        classes: Vec::new(),
        planes: Vec::new(),
        workloads: Vec::new(),
        owner: None,
        purpose: None,
        dependencies: Vec::new(),
        token_mounted: Some(false),
        exposed: false,
        credentials: Vec::new(),
        secrets: Vec::new(),
        permissions: Permissions::default(),
        tier: Strength {
            direct: Tier::T4,
            reachable: Tier::T4,
            confidence: Confidence::Certain,
            path: Vec::new(),
        },
        cloud: Vec::new(),
        exceptions: Vec::new(),
        break_glass: false,
        review: None,
        findings: Vec::new(),
        objects: Vec::new(),
        fingerprint: String::new(),
    }
}

/// Where something holds, seen from an identity: `.` is its own namespace, `*` the whole cluster.
pub(super) fn place<'n>(record: &Record, namespace: Option<&'n str>) -> &'n str {
    match namespace {
        None => "*",
        Some(_) if namespace == record.namespace.as_deref() => ".",
        Some(other) => other,
    }
}

/// Words joined by commas, or nothing.
pub(super) fn listed<'t>(words: impl IntoIterator<Item = &'t str>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().collect();
    (!words.is_empty()).then(|| words.join(", "))
}
