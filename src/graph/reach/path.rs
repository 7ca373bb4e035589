//! Paths from identities to what they can become. Where two of them meet they are one from there on, so that N identities
//! in a row have N steps and not N × N.

use std::collections::HashMap;
use std::rc::Rc;

use super::net::{IdentityId, Net, Node, NodeId, Via};
use super::search::{Edges, Found, Nearness};
use crate::graph::place::{Places, SourceId};

/// One step of a path: from an identity, by a permission or a machine, to another, or to the tier of that permission.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The identity that takes it.
    pub from: IdentityId,
    /// What makes it possible.
    pub via: Via,
    /// The node that it leads to, an identity or something strong.
    pub to: NodeId,
    /// Whether it is certain.
    pub certain: bool,
}

/// Names a path by its first step; the empty one has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathId(Option<u32>);

/// A step, and what follows it.
#[derive(Debug)]
struct Link {
    step: Step,
    rest: PathId,
    length: u32,
    is_certain: bool,
    last: u32,
}

/// The paths of a run.
#[derive(Debug, Default)]
pub(super) struct Paths(Vec<Link>);

impl Paths {
    /// A step before a path.
    fn add(&mut self, step: Step, rest: PathId) -> PathId {
        let own = self.0.len() as u32;
        let link = match rest.0.map(|at| &self.0[at as usize]) {
            None => Link { step, rest, length: 1, is_certain: step.certain, last: own },
            Some(next) => Link {
                step,
                rest,
                length: next.length + 1,
                is_certain: step.certain && next.is_certain,
                last: next.last,
            },
        };
        self.0.push(link);
        PathId(Some(own))
    }

    pub(super) fn path(&self, first: PathId) -> Path<'_> {
        Path { all: self, first }
    }
}

/// A path: its steps in a row.
#[derive(Clone, Copy, Debug)]
pub struct Path<'p> {
    all: &'p Paths,
    first: PathId,
}

impl<'p> Path<'p> {
    fn link(self, at: PathId) -> Option<&'p Link> {
        at.0.map(|at| &self.all.0[at as usize])
    }

    /// How many steps it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.link(self.first).map_or(0, |link| link.length as usize)
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.first.0.is_none()
    }

    /// Whether all steps are certain.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self.link(self.first).is_none_or(|link| link.is_certain)
    }

    /// The first step.
    #[must_use]
    pub fn first(self) -> Option<&'p Step> {
        self.link(self.first).map(|link| &link.step)
    }

    /// The last step.
    #[must_use]
    pub fn last(self) -> Option<&'p Step> {
        self.link(self.first).map(|link| &self.all.0[link.last as usize].step)
    }

    /// Every step.
    pub fn iter(self) -> impl Iterator<Item = &'p Step> {
        let next = move |link: &&'p Link| self.link(link.rest);
        std::iter::successors(self.link(self.first), next).map(|link| &link.step)
    }
}

/// Which sources are in the cluster of one.
pub(super) struct Near<'n, 'a> {
    places: &'n Places<'a>,
    home: SourceId,
    known: HashMap<SourceId, Option<Nearness>>,
}

impl<'n, 'a> Near<'n, 'a> {
    pub(super) fn of(places: &'n Places<'a>, home: SourceId) -> Self {
        Self { places, home, known: HashMap::new() }
    }

    /// How certainly a source is in the cluster; none where it is not.
    pub(super) fn of_source(&mut self, other: SourceId) -> Option<Nearness> {
        let (home, sources) = (self.home, &self.places.sources);
        let nearness = || {
            if home == other {
                Nearness::Certain
            } else if !sources.stand_together(home, other) {
                Nearness::Possible
            } else if sources.is_contested(other, home) {
                Nearness::OfVariant
            } else {
                Nearness::Certain
            }
        };
        *self.known.entry(other).or_insert_with(|| sources.may_share(home, other).then(nearness))
    }

    /// Whether some of the sources are in the cluster of some variants only.
    pub(super) fn has_variants(&mut self) -> bool {
        let mut beside = self.places.sources.beside(self.home);
        beside.any(|source| self.of_source(source) == Some(Nearness::OfVariant))
    }

    /// The sources whose identities take part in a search from here, in order.
    pub(super) fn members(&mut self, edges: Edges) -> Vec<SourceId> {
        let places = self.places;
        places.sources.beside(self.home).filter(|&source| edges.take_member(self.of_source(source))).collect()
    }
}

/// Walks the ways of one search, as seen from one cluster.
pub(super) struct Walk<'w, 'a> {
    net: &'w Net,
    /// What counts.
    edges: Edges,
    found: &'w Found,
    near: Near<'w, 'a>,
    /// The path of each identity that was met; none where it leaves the cluster.
    walked: HashMap<IdentityId, Option<PathId>>,
    /// By identity, the sources that its path needs; none where two of them exclude each other.
    needed: HashMap<IdentityId, Option<Rc<[SourceId]>>>,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(super) fn new(net: &'w Net, (edges, found): (Edges, &'w Found), near: Near<'w, 'a>) -> Self {
        Self { net, edges, found, near, walked: HashMap::new(), needed: HashMap::new() }
    }

    /// The shortest path from an identity to the strongest that was found; none where it leaves the cluster.
    pub(super) fn path(&mut self, from: IdentityId, paths: &mut Paths) -> Option<PathId> {
        let mut before: Vec<Step> = Vec::new();
        let mut at = from;
        // Every step of a search leads closer, so the way has an end.
        let mut end = loop {
            if let Some(&known) = self.walked.get(&at) {
                break known;
            }
            if !self.edges.take_member(self.near.of_source(self.net[at].home)) {
                self.walked.insert(at, None);
                break None;
            }
            let Some(step) = self.step(at) else {
                self.walked.insert(at, Some(PathId::default()));
                break Some(PathId::default());
            };
            before.push(step);
            match self.net[step.to] {
                Node::Identity(next) => at = next,
                _ => break Some(PathId::default()),
            }
        };
        for mut step in before.into_iter().rev() {
            if end.is_some() && self.edges != Edges::Certain && !self.may_be_one_cluster(&step) {
                step.certain = false;
                end = end.filter(|_| self.edges == Edges::Possible);
            }
            end = end.map(|rest| paths.add(step, rest));
            self.walked.insert(step.from, end);
        }
        end
    }

    /// Whether all that the path needs which begins with a step may be applied together. What follows it is known.
    fn may_be_one_cluster(&mut self, step: &Step) -> bool {
        let (net, places) = (self.net, self.near.places);
        let mut needed = match net[step.to] {
            Node::Identity(next) => {
                self.needed.get(&next).cloned().unwrap_or_else(|| Some(Rc::from([net[next].home])))
            }
            _ => Some(Rc::default()),
        };
        let bindings = match step.via {
            Via::Power(power) => [Some(net[power].binding), net[power].with],
            Via::Host(_) | Via::There => [None, None],
        };
        let granted = bindings.into_iter().flatten().map(|binding| places[places[binding].object].source);
        for source in granted.chain([net[step.from].home]) {
            needed = needed.and_then(|all| {
                if all.contains(&source) {
                    return Some(all);
                }
                let is_with_all = all.iter().all(|other| places.sources.may_share(source, *other));
                is_with_all.then(|| all.iter().copied().chain([source]).collect())
            });
        }
        let may_be = needed.is_some();
        self.needed.insert(step.from, needed);
        may_be
    }

    /// The first step of an identity; nodes between two identities are no steps of their own. The last step is what the
    /// last identity may do by itself.
    pub(super) fn step(&mut self, from: IdentityId) -> Option<Step> {
        let mut at = NodeId::from(from);
        let (mut via, mut certain) = (None, true);
        while let Some(edge) = self.found.next(self.net, at) {
            let via = *via.get_or_insert(edge.via);
            certain &= edge.certain;
            at = edge.to;
            match self.net[at] {
                Node::Identity(to) => {
                    certain &= Edges::OfVariants.take_member(self.near.of_source(self.net[to].home));
                    return Some(Step { from, via, to: at, certain });
                }
                Node::Strong(..) => return Some(Step { from, via, to: at, certain }),
                Node::Control(..) | Node::Machine(_) => {}
            }
        }
        let net = self.net;
        let power = *net.held(from).iter().find(|&&power| self.found.counts(net, power))?;
        let (to, certain) = (net.ends[net[power].tier() as usize], !net[power].doubt);
        Some(Step { from, via: Via::Power(power), to, certain })
    }
}
