//! Who can become whom in one step: the edges of the closure.
//!
//! Between identities are *controls*, such as "runs pods in `shop`": each is joined to its holders and to what it
//! reaches, so that a thousand holders and a thousand accounts make two thousand edges and not a million.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::identities::Identity;
use super::powers::Power;
use crate::graph::place::{BindingId, RunnerId, SourceId, identifier};
use crate::graph::tables::tier::Tier;
use crate::source::FileId;

identifier! {
    /// Names an identity.
    IdentityId, Net, identities, Identity
}

identifier! {
    /// Names a permission.
    PowerId, Net, powers, Power
}

identifier! {
    /// Names a node. Identities come first among the nodes, in the order of their list.
    NodeId, Net, nodes, Node
}

impl From<IdentityId> for NodeId {
    fn from(identity: IdentityId) -> Self {
        Self::new(identity.position())
    }
}

/// Where a control reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Every namespace.
    Everywhere,
    /// One.
    Namespace(String),
    /// A namespace that is not known, of one file of a source.
    Unknown(SourceId, FileId),
    /// Wherever a list of names says, which is known by its position.
    Listed(usize),
}

/// What is between a holder and those that it can become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Control {
    /// Runs pods as any account there, with any of its secrets.
    RunPods,
    /// Has tokens made of any account there, or acts as it.
    Tokens,
    /// Gets into the pods that run there.
    EnterPods,
    /// Reads the Secrets there, tokens of accounts among them.
    ReadSecrets,
}

/// A node of the net.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// An identity.
    Identity(IdentityId),
    /// A control over a place.
    Control(Control, Place),
    /// A machine, and every pod on it; `true` is any machine at the holder's choice.
    Machine(bool),
    /// Something strong that is not in the run: what it is, and its tier.
    Strong(String, Tier),
}

/// Why an edge is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A permission.
    Power(PowerId),
    /// What a pod reaches of its node.
    Host(RunnerId),
    /// The account belongs to what is controlled: a namespace, a machine.
    There,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Where to.
    pub to: NodeId,
    /// Why.
    pub via: Via,
    /// Whether it is certain.
    pub certain: bool,
}

/// The identities of a run and what joins them.
#[derive(Debug, Default)]
pub struct Net {
    /// Who there is.
    pub identities: Vec<Identity>,
    /// Identities, then what is between them.
    pub nodes: Vec<Node>,
    /// The edges that leave each node.
    pub edges: Vec<Vec<Edge>>,
    /// Every permission that counts.
    pub powers: Vec<Power>,
    /// The permissions of each identity, the strongest first.
    pub(super) held: Vec<Arc<[PowerId]>>,
    /// The bindings of each identity whose role is not known, its own and those of its groups.
    pub(super) unknown: Vec<[Arc<[BindingId]>; 2]>,
    /// The bindings of groups that are not followed for all accounts in these, as there are too many.
    pub(super) cut: BTreeSet<BindingId>,
    /// Each tier as a node: every path ends at one of them.
    pub ends: Vec<NodeId>,
}

impl Net {
    /// Every identity.
    pub(super) fn all(&self) -> impl Iterator<Item = IdentityId> + use<> {
        (0..self.identities.len()).map(IdentityId::new)
    }

    /// Every identity with its permissions, the strongest first.
    pub fn each(&self) -> impl Iterator<Item = (&Identity, &[PowerId])> {
        self.identities.iter().zip(self.held.iter().map(AsRef::as_ref))
    }

    /// The permissions of an identity, the strongest first.
    #[must_use]
    pub fn held(&self, identity: IdentityId) -> &[PowerId] {
        &self.held[identity.position()]
    }

    /// The bindings of an identity whose role is not known.
    pub fn unknown(&self, identity: IdentityId) -> impl Iterator<Item = BindingId> {
        self.unknown[identity.position()].iter().flat_map(|bindings| bindings.iter().copied())
    }

    /// The edges that leave a node.
    pub(super) fn leaving(&self, node: NodeId) -> &[Edge] {
        &self.edges[node.position()]
    }

    /// What an identity may do by itself, before anything is reached with it.
    #[must_use]
    pub fn direct(&self, identity: IdentityId) -> Tier {
        let tiers = self.held(identity).iter().map(|&power| self[power].tier());
        tiers.min().unwrap_or(Tier::T4)
    }

    /// The same as far as it is certain.
    #[must_use]
    pub fn certainly_direct(&self, identity: IdentityId) -> Tier {
        let certain = self.held(identity).iter().map(|&power| &self[power]).filter(|power| !power.doubt);
        certain.map(Power::tier).min().unwrap_or(Tier::T4)
    }
}
