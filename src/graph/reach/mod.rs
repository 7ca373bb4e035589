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

mod path;

mod standing;

mod crossing;
mod hosted;
pub mod strength;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

pub use identities::Identity;
pub use net::{Control, Edge, IdentityId, Net, Node, NodeId, Place, PowerId, Via};
pub use path::{Path, PathId, Step};
pub use powers::Power;
pub use standing::{Confidence, Standing};

use self::build::NetBuilder;
use self::index::Index;
use self::path::{Near, Paths, Walk};
use self::search::{Bounds, Edges, Members, Searches, reaches_without};
use crate::finding::{Form, Notice};
use crate::graph::cloud::Cloud;
use crate::graph::credential::Credentials;
use crate::graph::grant::Grants;
use crate::graph::place::{BindingId, Placed, Places, RunnerId, SourceId};

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
    paths: Paths,
    searches: Searches,
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
        let searches = Searches::of(&net);
        let (standings, paths) = standing::standings(places, &net, &searches);
        Self {
            net,
            standings,
            paths,
            places: Arc::clone(places),
            credentials: Arc::clone(credentials),
            cloud: Arc::clone(cloud),
            index,
            searches,
            hosts: hosted::hosts(places),
        }
    }

    /// How strong an account of the namespace of `at` is, seen from there; of variants the strongest.
    #[must_use]
    pub fn standing(&self, at: &Placed<'_>, account: &str) -> Option<&Standing> {
        let namespace = at.namespace.as_deref();
        let known = self.index.account_near(&self.places.sources, at.source, (namespace, account));
        let near = known.iter().map(|&identity| self.standing_of(identity)).filter(|standing| {
            let mut sources = self.net[standing.identity].sources.iter();
            sources.any(|&source| self.places.sources.may_share_namespace(namespace, source, at.source))
        });
        near.min_by_key(|standing| (standing.reachable, standing.direct))
    }

    /// What there is too much of to be followed.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let notice = |binding: &BindingId| Notice {
            form: Form::TOO_LARGE,
            span: self.places[*binding].binding.role_node.span(),
            message: format!(
                "{} bindings of groups are more than is followed for each of their accounts",
                self.net.cut.len()
            ),
            notes: vec!["What these accounts hold and can become is not all known.".to_owned()],
            related: Vec::new(),
            subject: String::new(),
            missing: None,
        };
        self.net.cut.first().map(notice).into_iter().collect()
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
        let mut by_view: BTreeMap<SourceId, Vec<usize>> = BTreeMap::new();
        for (position, &identity) in identities.iter().enumerate() {
            let view = self.places.sources.view(self.net[identity].home);
            by_view.entry(view).or_default().push(position);
        }
        let mut ways = vec![None; identities.len()];
        let mut paths = Paths::default();
        for (view, positions) in by_view {
            for edges in Edges::ALL {
                let mut near = Near::of(&self.places, view);
                if edges == Edges::OfVariants && !near.has_variants() {
                    continue;
                }
                let members = near.members(edges);
                let bounds = Bounds { edges, members: Members::Of(&members), targets: Some(targets) };
                let found = self.searches.search(&self.net, &bounds);
                let mut walk = Walk::new(&self.net, (edges, &found), near);
                for &position in &positions {
                    let identity = identities[position];
                    let is_left = ways[position].is_none() && found.tier(identity.into()).is_some();
                    let way = if is_left { walk.path(identity, &mut paths) } else { None };
                    // The path ends at the target, not at its strongest permission.
                    let is_before = |step: &&Step| !targets.contains(&step.from);
                    let steps = |way| paths.path(way).iter().take_while(is_before).copied().collect();
                    ways[position] = ways[position].take().or(way.map(steps));
                }
            }
        }
        ways
    }

    /// The shortest path to the strongest that an identity can become.
    #[must_use]
    pub fn path(&self, standing: &Standing) -> Path<'_> {
        self.paths.path(standing.path)
    }

    /// The first binding without which the identity would not reach its tier.
    #[must_use]
    pub fn cut(&self, standing: &Standing) -> Option<BindingId> {
        let mut bindings = self.path(standing).iter().filter_map(|step| self.binding_of(step));
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
        let mut near = Near::of(&self.places, home);
        let edges = if self.path(standing).is_certain() { Edges::OfVariants } else { Edges::Possible };
        let mut member = |identity: IdentityId| edges.take_member(near.of_source(self.net[identity].home));
        reaches_without(&self.net, standing.identity, standing.reachable, binding, edges, &mut member)
    }
}

/// Everything that joins the identities of a run, and an index of them.
fn net(places: &Places<'_>, grants: &Grants<'_>, credentials: &Credentials<'_>) -> (Net, Index) {
    let net = Net { identities: identities::identities(places, credentials), ..Net::default() };
    NetBuilder::new(grants, held::hold(grants, net)).build()
}
