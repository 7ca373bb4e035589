//! What every identity can become: the closure of its permissions over accounts, pods, secrets, machines and
//! controllers, with the shortest path there.
//!
//! Adding an object that nothing names never takes anything away here, and adding a permission never makes an identity
//! weaker: everything is a set of facts that only grows.

mod identities;
mod powers;

mod net;

mod held;
mod index;

mod build;

mod search;

mod crossing;
mod hosted;
pub mod strength;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

pub use identities::Identity;
pub use net::{Control, Edge, IdentityId, Net, Node, NodeId, Place, PowerId, Via};
pub use powers::Power;

use self::build::NetBuilder;
use self::index::Index;
use self::search::{Backwards, Bounds, Edges, Found, reaches_without};
use crate::graph::cloud::Cloud;
use crate::graph::credential::Credentials;
use crate::graph::grant::Grants;
use crate::graph::place::{BindingId, Placed, Places, RunnerId, SourceId};
use crate::graph::tables::tier::Tier;

/// How far a standing can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Every step is in the input.
    Certain,
    /// A step rests on what may be otherwise: which pods share a machine, variants, a platform's role.
    Possible,
    /// A role of the identity itself is not known: it may be stronger than its tier.
    Unknown,
}

impl Confidence {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Possible => "possible",
            Self::Unknown => "unknown",
        }
    }
}

/// One step of a path: from an identity, by a permission or a machine, to another, or to the tier of that permission.
#[derive(Clone, Debug)]
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

/// How strong an identity is.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Whose it is.
    pub identity: IdentityId,
    /// What it may do by itself.
    pub direct: Tier,
    /// The strongest that it can become.
    pub reachable: Tier,
    /// How far that can be relied on.
    pub confidence: Confidence,
    /// The shortest path there, whose last step is the permission of that tier; empty for [`Tier::T4`].
    pub path: Vec<Step>,
}

/// The closure of a run.
#[derive(Debug)]
pub struct Reach<'a> {
    /// Who and what there is.
    pub net: Net,
    /// How strong each identity is, in the order of [`Net::identities`].
    pub standings: Vec<Standing>,
    places: Arc<Places<'a>>,
    credentials: Arc<Credentials<'a>>,
    cloud: Arc<Cloud<'a>>,
    index: Index,
    backwards: Backwards,
    /// The workloads that run in each namespace.
    hosts: HashMap<String, Vec<RunnerId>>,
}

impl<'a> Reach<'a> {
    /// Finds it, on all threads.
    pub(super) fn of(
        places: &Arc<Places<'a>>,
        grants: &Grants<'a>,
        credentials: &Arc<Credentials<'a>>,
        cloud: &Arc<Cloud<'a>>,
    ) -> Self {
        let (net, index) = net(places, grants, credentials);
        let backwards = Backwards::of(&net);
        let mut views: BTreeMap<Vec<Option<bool>>, Vec<IdentityId>> = BTreeMap::new();
        let mut by_home: BTreeMap<SourceId, Vec<IdentityId>> = BTreeMap::new();
        for identity in net.all() {
            by_home.entry(places.sources.view(net[identity].home)).or_default().push(identity);
        }
        for (home, members) in by_home {
            views.entry(view(places, &net, home)).or_default().extend(members);
        }
        let mut standings: Vec<Option<Standing>> = vec![None; net.identities.len()];
        for (view, members) in &views {
            let find = |edges| {
                backwards.search(
                    &net,
                    &Bounds { edges, member: &|identity| view[identity.position()], targets: None },
                )
            };
            let (certain, possible) = (find(Edges::Certain), find(Edges::Possible));
            for &member in members {
                standings[member.position()] = Some(standing(&net, member, &certain, &possible));
            }
        }
        let standings = standings.into_iter().flatten().collect();
        Self {
            net,
            standings,
            places: Arc::clone(places),
            credentials: Arc::clone(credentials),
            cloud: Arc::clone(cloud),
            index,
            backwards,
            hosts: hosted::hosts(places),
        }
    }

    /// How strong an account of the namespace of `at` is, seen from there; of variants the strongest.
    #[must_use]
    pub fn standing(&self, at: &Placed<'_>, account: &str) -> Option<&Standing> {
        let namespace = at.namespace.as_deref();
        let known = self.index.account(namespace, account);
        let near = known.iter().map(|&identity| self.standing_of(identity)).filter(|standing| {
            let mut sources = self.net[standing.identity].sources.iter();
            sources.any(|&source| self.places.sources.may_share_namespace(namespace, source, at.source))
        });
        near.min_by_key(|standing| (standing.reachable, standing.direct))
    }

    /// How strong an identity is.
    #[must_use]
    pub fn standing_of(&self, identity: IdentityId) -> &Standing {
        &self.standings[identity.position()]
    }

    /// The shortest path of each of some identities to one of others, if there is one: by certain steps alone if that is
    /// possible.
    #[must_use]
    pub fn ways_to(
        &self,
        identities: &[IdentityId],
        targets: &HashSet<IdentityId>,
    ) -> Vec<Option<Vec<Step>>> {
        let mut by_home: HashMap<SourceId, (Found, Found)> = HashMap::new();
        let way = |&identity: &IdentityId| {
            let home = self.places.sources.view(self.net[identity].home);
            let (certain, possible) = by_home.entry(home).or_insert_with(|| {
                let view = view(&self.places, &self.net, home);
                let find = |edges| {
                    let bounds = Bounds {
                        edges,
                        member: &|identity| view[identity.position()],
                        targets: Some(targets),
                    };
                    self.backwards.search(&self.net, &bounds)
                };
                (find(Edges::Certain), find(Edges::Possible))
            });
            let found = if certain.tier(identity.into()).is_some() { certain } else { possible };
            found.tier(identity.into()).map(|_| {
                let mut way = path(&self.net, identity, found);
                // The path ends at the target, not at its strongest permission.
                let end = way.iter().position(|step| targets.contains(&step.from));
                way.truncate(end.unwrap_or(way.len()));
                way
            })
        };
        identities.iter().map(way).collect()
    }

    /// The first binding without which the identity would not reach its tier.
    #[must_use]
    pub fn cut(&self, standing: &Standing) -> Option<BindingId> {
        let mut bindings = standing.path.iter().filter_map(|step| self.binding_of(step));
        bindings.find(|&binding| !self.reaches_without(standing, binding))
    }

    /// The binding that makes a step possible.
    #[must_use]
    pub fn binding_of(&self, step: &Step) -> Option<BindingId> {
        match step.via {
            Via::Power(power) => Some(self.net[power].binding),
            Via::Host(_) | Via::There => None,
        }
    }

    /// Whether an identity reaches its tier without one binding, by steps that are as certain as those of its path.
    fn reaches_without(&self, standing: &Standing, binding: BindingId) -> bool {
        let home = self.net[standing.identity].home;
        let mut near = near(&self.places, home);
        let mut member = |identity: IdentityId| near(self.net[identity].home);
        let edges =
            if standing.path.iter().all(|step| step.certain) { Edges::Certain } else { Edges::Possible };
        reaches_without(&self.net, standing.identity, standing.reachable, binding, edges, &mut member)
    }
}

/// Whether a source may be in the cluster of another, and whether it certainly is.
fn near<'g>(places: &'g Places<'_>, home: SourceId) -> impl FnMut(SourceId) -> Option<bool> + use<'g> {
    let mut known: HashMap<SourceId, Option<bool>> = HashMap::new();
    let sources = &places.sources;
    let certain = move |other: SourceId| {
        home == other || (sources.stand_together(home, other) && !sources.is_contested(other, home))
    };
    move |other| *known.entry(other).or_insert_with(|| sources.may_share(home, other).then(|| certain(other)))
}

/// Which identities may be in the cluster of a source, and which certainly are.
fn view(places: &Places<'_>, net: &Net, home: SourceId) -> Vec<Option<bool>> {
    let mut near = near(places, home);
    net.identities.iter().map(|identity| near(identity.home)).collect()
}

/// Everything that joins the identities of a run, and an index of them.
fn net(places: &Places<'_>, grants: &Grants<'_>, credentials: &Credentials<'_>) -> (Net, Index) {
    let net = Net { identities: identities::identities(places, credentials), ..Net::default() };
    NetBuilder::new(grants, held::hold(grants, net)).build()
}

fn standing(net: &Net, identity: IdentityId, certain: &Found, possible: &Found) -> Standing {
    let of = |found: &Found| found.tier(identity.into()).unwrap_or(Tier::T4);
    let known = of(certain);
    let (reachable, found) = if of(possible) < known { (of(possible), possible) } else { (known, certain) };
    let confidence = if net.unknown(identity).next().is_some() && reachable > Tier::T0 {
        Confidence::Unknown
    } else if reachable < known {
        Confidence::Possible
    } else {
        Confidence::Certain
    };
    Standing {
        identity,
        direct: net.direct(identity),
        reachable,
        confidence,
        path: path(net, identity, found),
    }
}

/// Follows the shortest path; nodes between two identities are no steps of their own. The last step is what the last
/// identity may do by itself.
fn path(net: &Net, identity: IdentityId, found: &Found) -> Vec<Step> {
    let mut path = Vec::new();
    let mut at = NodeId::from(identity);
    let (mut from, mut via, mut sure) = (identity, None, true);
    // Every step of a search leads closer, so the way has an end; the bound is for the reader.
    for _ in 0..net.nodes.len() {
        let Some(edge) = found.next(net, at) else { break };
        via = via.or(Some(edge.via));
        sure &= edge.certain && found.is_member(edge.to) == Some(true);
        at = edge.to;
        if matches!(net[at], Node::Identity(_) | Node::Strong(..)) {
            path.extend(via.take().map(|via| Step { from, via, to: at, certain: sure }));
            sure = true;
        }
        if let Node::Identity(next) = net[at] {
            from = next;
        }
    }
    let Node::Identity(last) = net[at] else { return path };
    let strongest = net.held(last).iter().find(|&&power| found.counts(net, power));
    path.extend(strongest.map(|&power| Step {
        from: last,
        via: Via::Power(power),
        to: net.ends[net[power].tier() as usize],
        certain: !net[power].doubt,
    }));
    path
}
