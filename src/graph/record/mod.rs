//! Records: owned, serialisable descriptions of what the graph knows, which outputs format and need no graph for.
//!
//! Every location is where a person wrote the text, as far as that is known. Names are as in the input: the
//! output cleans them for a terminal.

mod access;
mod identity;
pub mod resources;

mod variables;

use serde::Serialize;

use crate::graph::Graph;
use crate::graph::grant::RoleFound;
use crate::graph::place::{ObjectId, Placed, PlacedBinding};
use crate::graph::tables::builtin;
use crate::render::Provenance;
use crate::source::{SourceMap, Span};

pub use crate::graph::reach::Confidence;
pub use crate::graph::tables::tier::Tier;
pub use access::{DecisionRecord, GrantRecord, HeldRecord, HolderRecord, Reason, ViewRecord};
pub use identity::{
    CloudRecord, IdentityRecord, NodeRecord, PowerRecord, StepRecord, StepVia, TierRecord, UnknownRole,
    WorkloadRecord, main_powers,
};
pub use variables::Variables;

/// A line of a file that a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, as shown to people.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// A binding with the role that it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BindingRecord {
    /// The kind of the object that binds.
    pub kind: String,
    /// The namespace of that object, where it has one and it is known.
    pub namespace: Option<String>,
    /// The name of that object.
    pub name: String,
    /// The kind of the role.
    pub role_kind: String,
    /// The name of the role.
    pub role: String,
    /// Where the binding names the role; none for a binding that every API server makes.
    pub location: Option<Location>,
    /// Where the role is declared; several where variants of it differ.
    #[serde(skip)]
    pub role_locations: Vec<Location>,
    /// Whether the object lists the permissions beside the account, without a role: a `ClusterServiceVersion`.
    #[serde(skip)]
    pub bundled: bool,
    /// The object that binds, and those that declare the role.
    #[serde(skip)]
    pub objects: Vec<ObjectId>,
}

/// Makes records of a run.
#[derive(Clone, Copy, Debug)]
pub struct Recorder<'r, 'a> {
    graph: &'r Graph<'a>,
    sources: &'r SourceMap,
    provenance: &'r Provenance,
}

impl<'r, 'a> Recorder<'r, 'a> {
    /// For a graph and the texts that it was built from.
    #[must_use]
    pub fn new(graph: &'r Graph<'a>, sources: &'r SourceMap, provenance: &'r Provenance) -> Self {
        Self { graph, sources, provenance }
    }

    /// Where a text is written.
    #[must_use]
    pub fn location(&self, span: Span) -> Location {
        let span = self.provenance.written(span);
        let file = self.sources.file(span.file);
        Location { file: file.path().to_owned(), line: file.position(span.start).line }
    }

    /// Where the name of an object is written; where it has none, the object.
    #[must_use]
    pub fn location_of(&self, placed: &Placed<'_>) -> Location {
        self.location(placed.object.name_node().unwrap_or(placed.object.node).span())
    }

    fn binding(&self, bound: &PlacedBinding<'_>, role: &RoleFound<'_>) -> BindingRecord {
        let (placed, binding) = (&self.graph.places[bound.object], &bound.binding);
        let declared = role.objects().iter().map(|&at| self.location_of(&self.graph.places[at]));
        BindingRecord {
            kind: placed.object.kind.to_string(),
            namespace: placed.namespace.clone(),
            name: placed.object.name.to_string(),
            role_kind: binding.role_kind.to_string(),
            role: binding.role_name.to_string(),
            location: Some(self.location(binding.role_node.span())),
            role_locations: declared.collect(),
            bundled: binding.bundle.is_some(),
            objects: std::iter::once(bound.object).chain(role.objects().iter().copied()).collect(),
        }
    }
}

impl From<&builtin::Binding> for BindingRecord {
    fn from(binding: &builtin::Binding) -> Self {
        let builtin::Metadata { namespace, name, .. } = binding.metadata;
        let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        Self {
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            role_kind: binding.role_ref.kind.to_owned(),
            role: binding.role_ref.name.to_owned(),
            location: None,
            role_locations: Vec::new(),
            bundled: false,
            objects: Vec::new(),
        }
    }
}
