//! What is found of all places together when it is first asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::written::Bases;
use super::{ObjectId, RunnerId, SourceId};

/// What an account of a workload's own would be called, and where.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct OwnName {
    /// What is rendered, by its source; plain files by their folder, as one that repeats an object has a source of its own.
    pub(super) home: Result<SourceId, String>,
    pub(super) namespace: Option<String>,
    /// How the workload runs.
    pub(super) run: &'static str,
    pub(super) name: String,
}

/// The workloads of each. Those with a generated name are marked.
pub(super) type OwnNames = HashMap<OwnName, BTreeSet<(bool, ObjectId)>>;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Memos {
    /// What kustomizations are made of.
    pub(super) bases: OnceLock<Bases>,
    /// The resources of Kubernetes' own that the sources of the run put into each namespace.
    pub(super) contents: OnceLock<HashMap<String, BTreeSet<(&'static str, SourceId)>>>,
    /// The volumes of the run that are directories of a node.
    pub(super) node_volumes: OnceLock<Vec<ObjectId>>,
    /// Policies by the words in them, which may be names of accounts.
    pub(super) policies: OnceLock<HashMap<String, Vec<ObjectId>>>,
    /// By runner, whether it is limited to namespaces.
    pub(super) restricted: OnceLock<Vec<bool>>,
    /// Workloads by the name of an account of their own.
    pub(super) own_names: OnceLock<OwnNames>,
    /// By runner, the first that is one with it to people.
    pub(super) families: OnceLock<Vec<RunnerId>>,
}
