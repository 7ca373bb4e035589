//! The shortest way from every identity to the strongest that it can become, as seen from one cluster.

use super::net::{Net, Node, NodeId, Via};
use crate::graph::tier::Tier;

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
        let power = &net.powers[power];
        power.tier() < Tier::T4 && (!power.doubt || self.edges == Edges::Possible)
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

/// What a search may use.
pub(super) struct Bounds<'b> {
    pub(super) edges: Edges,
    /// Whether an identity may be in the cluster that is looked at, and whether it certainly is.
    pub(super) member: &'b dyn Fn(usize) -> Option<bool>,
    /// A binding that is thought away.
    pub(super) without: Option<usize>,
    /// The identities that are looked for, in place of whatever is strong; they count as the strongest.
    pub(super) targets: Option<&'b [usize]>,
}

/// Searches backwards from the strongest: breadth first, each node and edge once.
pub(super) fn search(net: &Net, bounds: &Bounds<'_>) -> Found {
    let members: Vec<Option<bool>> = (0..net.nodes.len())
        .map(|node| match net.nodes[node] {
            Node::Identity(identity) => (bounds.member)(identity),
            _ => Some(true),
        })
        .collect();
    let mut into: Vec<Vec<(NodeId, usize)>> = vec![Vec::new(); net.nodes.len()];
    for (from, edges) in net.edges.iter().enumerate().filter(|(from, _)| members[*from].is_some()) {
        for (position, edge) in edges.iter().enumerate() {
            let certain = edge.certain && members[edge.to] == Some(true);
            let counts = members[edge.to].is_some() && (certain || bounds.edges == Edges::Possible);
            if counts && !bounds.thinks_away(net, edge.via) {
                into[edge.to].push((from, position));
            }
        }
    }
    let count = net.nodes.len();
    let mut found = Found { tier: vec![None; count], next: vec![None; count], members, edges: bounds.edges };
    for tier in Tier::ALL.into_iter().filter(|tier| *tier < Tier::T4) {
        let own = |node: &NodeId| bounds.own_tier(net, *node) == tier && found.members[*node].is_some();
        let mut front: Vec<NodeId> =
            (0..net.nodes.len()).filter(|node| found.tier[*node].is_none()).filter(own).collect();
        for &node in &front {
            found.tier[node] = Some(tier);
        }
        while !front.is_empty() {
            let mut beyond = Vec::new();
            for &node in &front {
                for &(from, position) in &into[node] {
                    if found.tier[from].is_none() {
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

impl Bounds<'_> {
    fn thinks_away(&self, net: &Net, via: Via) -> bool {
        let Some(without) = self.without else { return false };
        matches!(via, Via::Power(power) if net.powers[power].binding == without || net.powers[power].with == Some(without))
    }

    fn own_tier(&self, net: &Net, node: NodeId) -> Tier {
        if let Some(targets) = self.targets {
            return if targets.contains(&node) { Tier::T0 } else { Tier::T4 };
        }
        match &net.nodes[node] {
            Node::Identity(identity) => {
                let held = net.held[*identity].iter().map(|&power| (power, &net.powers[power]));
                let counts = held.filter(|(power, known)| {
                    (!known.doubt || self.edges == Edges::Possible)
                        && !self.thinks_away(net, Via::Power(*power))
                });
                counts.map(|(_, power)| power.tier()).min().unwrap_or(Tier::T4)
            }
            Node::Strong(_, tier) => *tier,
            Node::Control(..) | Node::Machine(_) => Tier::T4,
        }
    }
}
