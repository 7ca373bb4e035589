//! What is found of all places together when it is first asked for.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use super::written::Bases;
use super::{ObjectId, RunnerId, SourceId};

/// How many workloads have a generated name, by source, namespace and start of the name.
pub(super) type GeneratedNames = HashMap<(SourceId, Option<String>, String), usize>;

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
    /// How many workloads of a source have one generated name.
    pub(super) generated_names: OnceLock<GeneratedNames>,
    /// By runner, the first that is one with it to people.
    pub(super) families: OnceLock<Vec<RunnerId>>,
}
