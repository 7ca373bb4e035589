//! The shortest path from every identity to the strongest tier that it reaches among some identities.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::OnceLock;

use super::net::{Edge, IdentityId, Net, Node, NodeId, PowerId, Via};
use crate::graph::place::{BindingId, SourceId};
use crate::graph::tables::tier::Tier;

/// What each node of a search can become.
#[derive(Debug)]
pub(super) struct Found {
    /// The nodes that take part, in order.
    nodes: Vec<NodeId>,
    /// By position in them, the strongest tier that is reached; `None` where nothing above the lowest is.
    tier: Vec<Option<Tier>>,
    /// The next edge on the shortest way there, as its position among those that leave the node.
    next: Vec<Option<usize>>,
    /// What counted.
    edges: Edges,
}

impl Found {
    fn position(&self, node: NodeId) -> Option<usize> {
        // Where all take part, each stands at its own position.
        let own = node.position();
        let is_own = self.nodes.get(own) == Some(&node);
        if is_own { Some(own) } else { self.nodes.binary_search(&node).ok() }
    }

    /// The strongest tier that is reached from a node; `None` where nothing above the lowest is.
    pub(super) fn tier(&self, node: NodeId) -> Option<Tier> {
        self.position(node).and_then(|position| self.tier[position])
    }

    /// The next edge on the shortest way there.
    pub(super) fn next(&self, net: &Net, node: NodeId) -> Option<Edge> {
        self.next[self.position(node)?].map(|position| net.leaving(node)[position])
    }

    /// Whether a permission is strong enough to be the end of a way, and certain if the search took only what is.
    pub(super) fn counts(&self, net: &Net, power: PowerId) -> bool {
        net[power].tier() < Tier::T4 && self.edges.take(!net[power].doubt)
    }
}

/// How certainly a source is in the cluster of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nearness {
    /// Certainly.
    Certain,
    /// Certainly where the variant of the files that it belongs to is applied: another variant excludes it.
    OfVariant,
    /// Perhaps.
    Possible,
}

/// Which edges count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edges {
    /// Those that are certain.
    Certain,
    /// The same, also to identities that are in the cluster of some variants of the files only: ways between variants that
    /// exclude each other are left out when they are walked.
    OfVariants,
    /// All.
    Possible,
}

impl Edges {
    /// All, those that count for the most first.
    pub(super) const ALL: [Self; 3] = [Self::Certain, Self::OfVariants, Self::Possible];

    fn take(self, certain: bool) -> bool {
        certain || self == Self::Possible
    }

    /// Whether the identities of a source take part.
    pub(super) fn take_member(self, near: Option<Nearness>) -> bool {
        near.is_some_and(|near| match self {
            Self::Certain => near == Nearness::Certain,
            Self::OfVariants => near != Nearness::Possible,
            Self::Possible => true,
        })
    }
}

/// Who takes part in a search.
pub(super) enum Members<'m> {
    /// Every identity.
    All,
    /// Those of some sources, which are in order.
    Of(&'m [SourceId]),
}

/// What a search may use.
pub(super) struct Bounds<'b> {
    pub(super) edges: Edges,
    pub(super) members: Members<'b>,
    /// If given, the search is for these identities instead of strong ones; they count as the strongest.
    pub(super) targets: Option<&'b HashSet<IdentityId>>,
}

/// What is known of the net for all searches. A run of many clusters is searched in each, at the price of that cluster
/// and not of the run.
#[derive(Debug, Default)]
pub(super) struct Searches {
    /// By node, its tier by itself: as far as that is certain, and possibly.
    own: Vec<(Tier, Tier)>,
    by_home: OnceLock<ByHome>,
}

/// The net by the sources of its identities.
#[derive(Debug, Default)]
struct ByHome {
    identities: HashMap<SourceId, Vec<IdentityId>>,
    /// Edges from what stands between identities to those of a source, as positions among all that leave it.
    inwards: HashMap<(NodeId, SourceId), Vec<usize>>,
    /// The same to what is no identity.
    onwards: HashMap<NodeId, Vec<usize>>,
}

impl ByHome {
    fn of(net: &Net) -> Self {
        let mut this = Self::default();
        for identity in net.all() {
            this.identities.entry(net[identity].home).or_default().push(identity);
        }
        for (from, edges) in net.edges.iter().enumerate().skip(net.identities.len()) {
            let from = NodeId::new(from);
            for (position, edge) in edges.iter().enumerate() {
                match net[edge.to] {
                    Node::Identity(to) => {
                        this.inwards.entry((from, net[to].home)).or_default().push(position);
                    }
                    _ => this.onwards.entry(from).or_default().push(position),
                }
            }
        }
        this
    }
}

/// An edge of a search: where to, from where, and its position among those that leave that.
type Taken = (NodeId, NodeId, usize);

impl Searches {
    pub(super) fn of(net: &Net) -> Self {
        let own = net.nodes.iter().map(|node| match node {
            Node::Identity(identity) => (net.certainly_direct(*identity), net.direct(*identity)),
            Node::Strong(_, tier) => (*tier, *tier),
            Node::Control(..) | Node::Machine(_) => (Tier::T4, Tier::T4),
        });
        Self { own: own.collect(), by_home: OnceLock::new() }
    }

    /// Searches breadth first, from where ways end, each node and edge once.
    pub(super) fn search(&self, net: &Net, bounds: &Bounds<'_>) -> Found {
        let (nodes, edges) = match bounds.members {
            Members::All => all_of(net, bounds.edges),
            Members::Of(sources) => self.part_of(net, sources, bounds.edges),
        };
        let count = nodes.len();
        let mut found =
            Found { nodes, tier: vec![None; count], next: vec![None; count], edges: bounds.edges };
        let into = into(&found, &edges);
        let own: Vec<Tier> = found.nodes.iter().map(|&node| self.own_tier(net, node, bounds)).collect();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier < Tier::T4) {
            let starts = |at: &usize| own[*at] == tier && found.tier[*at].is_none();
            let mut front: Vec<usize> = (0..count).filter(starts).collect();
            for &at in &front {
                found.tier[at] = Some(tier);
            }
            while !front.is_empty() {
                let mut beyond = Vec::new();
                for at in front {
                    for &(from, position) in &into.edges[into.starts[at]..into.starts[at + 1]] {
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

    /// The identities of some sources, what stands between them, and the edges that join these.
    fn part_of(&self, net: &Net, sources: &[SourceId], counting: Edges) -> (Vec<NodeId>, Vec<Taken>) {
        let by_home = self.by_home.get_or_init(|| ByHome::of(net));
        let is_member = |identity: IdentityId| sources.binary_search(&net[identity].home).is_ok();
        let mut nodes = BTreeSet::new();
        let mut waiting: Vec<NodeId> = Vec::new();
        for source in sources {
            waiting.extend(by_home.identities.get(source).into_iter().flatten().map(|&at| NodeId::from(at)));
        }
        nodes.extend(waiting.iter().copied());
        let mut taken = Vec::new();
        while let Some(from) = waiting.pop() {
            let leaving = net.leaving(from);
            let mut take = |position: usize| {
                let edge = leaving[position];
                let is_part = match net[edge.to] {
                    Node::Identity(to) => is_member(to),
                    _ => true,
                };
                if is_part && counting.take(edge.certain) {
                    taken.push((edge.to, from, position));
                    if nodes.insert(edge.to) {
                        waiting.push(edge.to);
                    }
                }
            };
            if from.position() < net.identities.len() || leaving.len() <= sources.len() {
                (0..leaving.len()).for_each(take);
            } else {
                by_home.onwards.get(&from).into_iter().flatten().for_each(|&position| take(position));
                let of_source = |source: &SourceId| by_home.inwards.get(&(from, *source));
                sources.iter().filter_map(of_source).flatten().for_each(|&position| take(position));
            }
        }
        taken.sort_unstable();
        (nodes.into_iter().collect(), taken)
    }

    fn own_tier(&self, net: &Net, node: NodeId, bounds: &Bounds<'_>) -> Tier {
        match (bounds.targets, bounds.edges) {
            (Some(targets), _) => match &net[node] {
                Node::Identity(identity) if targets.contains(identity) => Tier::T0,
                _ => Tier::T4,
            },
            (None, Edges::Certain | Edges::OfVariants) => self.own[node.position()].0,
            (None, Edges::Possible) => self.own[node.position()].1,
        }
    }
}

/// All nodes, and the edges that count.
fn all_of(net: &Net, counting: Edges) -> (Vec<NodeId>, Vec<Taken>) {
    let mut taken = Vec::new();
    for (from, edges) in net.edges.iter().enumerate() {
        let counting = edges.iter().enumerate().filter(|(_, edge)| counting.take(edge.certain));
        taken.extend(counting.map(|(position, edge)| (edge.to, NodeId::new(from), position)));
    }
    ((0..net.nodes.len()).map(NodeId::new).collect(), taken)
}

/// Who leads to each node: by position, and in the order of the nodes that they leave.
struct Into {
    starts: Vec<usize>,
    edges: Vec<(usize, usize)>,
}

fn into(found: &Found, taken: &[Taken]) -> Into {
    let at = |node: NodeId| found.position(node).expect("the ends of what is taken are taken");
    let mut starts = vec![0; found.nodes.len() + 1];
    for (to, ..) in taken {
        starts[at(*to) + 1] += 1;
    }
    for position in 1..starts.len() {
        starts[position] += starts[position - 1];
    }
    let mut free = starts.clone();
    let mut edges = vec![(0, 0); taken.len()];
    for &(to, from, position) in taken {
        let slot = &mut free[at(to)];
        edges[*slot] = (at(from), position);
        *slot += 1;
    }
    Into { starts, edges }
}

/// Whether an identity reaches `tier` without one binding. Searched forwards, because most paths end at the first step
/// then.
pub(super) fn reaches_without(
    net: &Net,
    from: IdentityId,
    tier: Tier,
    binding: BindingId,
    edges: Edges,
    member: &mut dyn FnMut(IdentityId) -> bool,
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
            let is_here = match net[edge.to] {
                Node::Identity(identity) => member(identity),
                _ => true,
            };
            if is_here && edges.take(edge.certain) && visited.insert(edge.to) {
                waiting.push(edge.to);
            }
        }
    }
    false
}
