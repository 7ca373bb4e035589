//! The shortest way from every identity to the strongest that it can become, as seen from one cluster.

use std::collections::HashSet;

use super::net::{Net, Node, NodeId, Via};
use crate::graph::place::BindingId;
use crate::graph::tables::tier::Tier;

/// What each node can become.
#[derive(Debug)]
pub(super) struct Found {
    /// The strongest tier that is reached from each node; `None` where nothing above the lowest is.
    pub(super) tier: Vec<Option<Tier>>,
    /// The next edge on the shortest way there, as its position among those that leave the node.
    pub(super) next: Vec<Option<usize>>,
    /// Which nodes are in the cluster that was looked at, and which certainly.
    pub(super) members: Vec<Option<bool>>,
    /// What counted.
    edges: Edges,
}

impl Found {
    /// Whether a permission is strong enough to be the end of a way, and certain if the search took only what is.
    pub(super) fn counts(&self, net: &Net, power: usize) -> bool {
        net.powers[power].tier() < Tier::T4 && self.edges.take(!net.powers[power].doubt)
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
    /// Whether an identity may be in the cluster that is looked at, and whether it certainly is.
    pub(super) member: &'b dyn Fn(usize) -> Option<bool>,
    /// The identities that are looked for, in place of whatever is strong; they count as the strongest.
    pub(super) targets: Option<&'b HashSet<usize>>,
}

/// The net as a search walks it, from where ways end. Made once: a run of many clusters is searched from each.
#[derive(Debug, Default)]
pub(super) struct Backwards {
    /// By node, who leads to it: a node, and the position of the edge among those that leave that.
    into: Vec<Vec<(NodeId, usize)>>,
    /// By node, what it is worth by itself: as far as that is certain, and possibly.
    own: Vec<(Tier, Tier)>,
}

impl Backwards {
    pub(super) fn of(net: &Net) -> Self {
        let mut into = vec![Vec::new(); net.nodes.len()];
        for (from, edges) in net.edges.iter().enumerate() {
            for (position, edge) in edges.iter().enumerate() {
                into[edge.to].push((from, position));
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
        let own: Vec<Tier> = (0..count).map(|node| self.own_tier(node, bounds)).collect();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier < Tier::T4) {
            let starts = |node: &NodeId| {
                own[*node] == tier && found.tier[*node].is_none() && found.members[*node].is_some()
            };
            let mut front: Vec<NodeId> = (0..count).filter(starts).collect();
            for &node in &front {
                found.tier[node] = Some(tier);
            }
            while !front.is_empty() {
                let mut beyond = Vec::new();
                for &node in &front {
                    let here = found.members[node] == Some(true);
                    for &(from, position) in &self.into[node] {
                        let counts = found.members[from].is_some()
                            && bounds.edges.take(here && net.edges[from][position].certain);
                        if counts && found.tier[from].is_none() {
                            found.tier[from] = Some(tier);
                            found.next[from] = Some(position);
                            beyond.push(from);
                        }
                    }
                }
                front = beyond;
            }
        }
        found
    }

    fn own_tier(&self, node: NodeId, bounds: &Bounds<'_>) -> Tier {
        match (bounds.targets, bounds.edges) {
            (Some(targets), _) if targets.contains(&node) => Tier::T0,
            (Some(_), _) => Tier::T4,
            (None, Edges::Certain) => self.own[node].0,
            (None, Edges::Possible) => self.own[node].1,
        }
    }
}

/// Whether an identity becomes as strong as `tier` with one binding thought away. Forwards, because most are cut off at
/// the first step.
pub(super) fn reaches_without(
    net: &Net,
    from: usize,
    tier: Tier,
    binding: BindingId,
    edges: Edges,
    member: &mut dyn FnMut(usize) -> Option<bool>,
) -> bool {
    let gone = |via: Via| matches!(via, Via::Power(power) if net.powers[power].binding == binding || net.powers[power].with == Some(binding));
    let strong = |node: NodeId| match &net.nodes[node] {
        Node::Identity(identity) => net.held[*identity].iter().any(|&power| {
            let known = &net.powers[power];
            known.tier() <= tier && edges.take(!known.doubt) && !gone(Via::Power(power))
        }),
        Node::Strong(_, own) => *own <= tier,
        Node::Control(..) | Node::Machine(_) => false,
    };
    let mut seen = HashSet::from([from]);
    let mut waiting = vec![from];
    while let Some(node) = waiting.pop() {
        if strong(node) {
            return true;
        }
        for edge in net.edges[node].iter().filter(|edge| !gone(edge.via)) {
            let here = match net.nodes[edge.to] {
                Node::Identity(identity) => member(identity),
                _ => Some(true),
            };
            let counts = here.is_some_and(|sure| edges.take(sure && edge.certain));
            if counts && seen.insert(edge.to) {
                waiting.push(edge.to);
            }
        }
    }
    false
}
