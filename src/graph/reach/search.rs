//! The shortest path from every identity to the strongest tier that it reaches within one cluster.

use std::collections::HashSet;

use super::net::{Edge, IdentityId, Net, Node, NodeId, PowerId, Via};
use crate::graph::place::BindingId;
use crate::graph::tables::tier::Tier;

/// What each node can become.
#[derive(Debug)]
pub(super) struct Found {
    /// By node, the strongest tier that is reached from it; `None` where nothing above the lowest is.
    tier: Vec<Option<Tier>>,
    /// By node, the next edge on the shortest way there, as its position among those that leave the node.
    next: Vec<Option<usize>>,
    /// By node, whether it may be in the cluster of the search (`Some`), and whether it certainly is (`Some(true)`).
    members: Vec<Option<bool>>,
    /// What counted.
    edges: Edges,
}

impl Found {
    /// The strongest tier that is reached from a node; `None` where nothing above the lowest is.
    pub(super) fn tier(&self, node: NodeId) -> Option<Tier> {
        self.tier[node.position()]
    }

    /// The next edge on the shortest way there.
    pub(super) fn next(&self, net: &Net, node: NodeId) -> Option<Edge> {
        self.next[node.position()].map(|position| net.leaving(node)[position])
    }

    /// Whether a node may be in the cluster of the search, and whether it certainly is.
    pub(super) fn is_member(&self, node: NodeId) -> Option<bool> {
        self.members[node.position()]
    }

    /// Whether a permission is strong enough to be the end of a way, and certain if the search took only what is.
    pub(super) fn counts(&self, net: &Net, power: PowerId) -> bool {
        net[power].tier() < Tier::T4 && self.edges.take(!net[power].doubt)
    }
}

/// Which edges count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edges {
    /// Those that are certain.
    Certain,
    /// All.
    Possible,
}

impl Edges {
    fn take(self, certain: bool) -> bool {
        certain || self == Self::Possible
    }
}

/// What a search may use.
pub(super) struct Bounds<'b> {
    pub(super) edges: Edges,
    /// Whether an identity may be in the cluster of the search, and whether it certainly is.
    pub(super) member: &'b dyn Fn(IdentityId) -> Option<bool>,
    /// If given, the search is for these identities instead of strong ones; they count as the strongest.
    pub(super) targets: Option<&'b HashSet<IdentityId>>,
}

/// The net as a search walks it, from where ways end. Made once: a run of many clusters is searched from each.
#[derive(Debug, Default)]
pub(super) struct Backwards {
    /// By node, who leads to it: a node, and the position of the edge among those that leave that.
    into: Vec<Vec<(NodeId, usize)>>,
    /// By node, its tier by itself: as far as that is certain, and possibly.
    own: Vec<(Tier, Tier)>,
}

impl Backwards {
    pub(super) fn of(net: &Net) -> Self {
        let mut into = vec![Vec::new(); net.nodes.len()];
        for (from, edges) in net.edges.iter().enumerate() {
            for (position, edge) in edges.iter().enumerate() {
                into[edge.to.position()].push((NodeId::new(from), position));
            }
        }
        let own = net.nodes.iter().map(|node| match node {
            Node::Identity(identity) => (net.certainly_direct(*identity), net.direct(*identity)),
            Node::Strong(_, tier) => (*tier, *tier),
            Node::Control(..) | Node::Machine(_) => (Tier::T4, Tier::T4),
        });
        Self { into, own: own.collect() }
    }

    /// Searches breadth first, each node and edge once.
    pub(super) fn search(&self, net: &Net, bounds: &Bounds<'_>) -> Found {
        let count = net.nodes.len();
        let members = net.nodes.iter().map(|node| match node {
            Node::Identity(identity) => (bounds.member)(*identity),
            _ => Some(true),
        });
        let members = members.collect();
        let mut found =
            Found { tier: vec![None; count], next: vec![None; count], members, edges: bounds.edges };
        let own: Vec<Tier> = (0..count).map(|node| self.own_tier(net, NodeId::new(node), bounds)).collect();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier < Tier::T4) {
            let starts = |node: &usize| {
                own[*node] == tier && found.tier[*node].is_none() && found.members[*node].is_some()
            };
            let mut front: Vec<NodeId> = (0..count).filter(starts).map(NodeId::new).collect();
            for &node in &front {
                found.tier[node.position()] = Some(tier);
            }
            while !front.is_empty() {
                let mut beyond = Vec::new();
                for &node in &front {
                    let here = found.is_member(node) == Some(true);
                    for &(from, position) in &self.into[node.position()] {
                        let counts = found.is_member(from).is_some()
                            && bounds.edges.take(here && net.leaving(from)[position].certain);
                        if counts && found.tier(from).is_none() {
                            found.tier[from.position()] = Some(tier);
                            found.next[from.position()] = Some(position);
                            beyond.push(from);
                        }
                    }
                }
                front = beyond;
            }
        }
        found
    }

    fn own_tier(&self, net: &Net, node: NodeId, bounds: &Bounds<'_>) -> Tier {
        match (bounds.targets, bounds.edges) {
            (Some(targets), _) => match &net[node] {
                Node::Identity(identity) if targets.contains(identity) => Tier::T0,
                _ => Tier::T4,
            },
            (None, Edges::Certain) => self.own[node.position()].0,
            (None, Edges::Possible) => self.own[node.position()].1,
        }
    }
}

/// Whether an identity reaches `tier` without one binding. Searched forwards, because most paths end at the first step
/// then.
pub(super) fn reaches_without(
    net: &Net,
    from: IdentityId,
    tier: Tier,
    binding: BindingId,
    edges: Edges,
    member: &mut dyn FnMut(IdentityId) -> Option<bool>,
) -> bool {
    let gone = |via: Via| matches!(via, Via::Power(power) if net[power].binding == binding || net[power].with == Some(binding));
    let strong = |node: NodeId| match &net[node] {
        Node::Identity(identity) => net.held(*identity).iter().any(|&power| {
            let known = &net[power];
            known.tier() <= tier && edges.take(!known.doubt) && !gone(Via::Power(power))
        }),
        Node::Strong(_, own) => *own <= tier,
        Node::Control(..) | Node::Machine(_) => false,
    };
    let from = NodeId::from(from);
    let mut visited = HashSet::from([from]);
    let mut waiting = vec![from];
    while let Some(node) = waiting.pop() {
        if strong(node) {
            return true;
        }
        for edge in net.leaving(node).iter().filter(|edge| !gone(edge.via)) {
            let here = match net[edge.to] {
                Node::Identity(identity) => member(identity),
                _ => Some(true),
            };
            let counts = here.is_some_and(|sure| edges.take(sure && edge.certain));
            if counts && visited.insert(edge.to) {
                waiting.push(edge.to);
            }
        }
    }
    false
}
