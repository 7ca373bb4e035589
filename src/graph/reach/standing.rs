//! How strong each identity is, each seen in its cluster.
//!
//! One search over all identities answers for most: where the way that it finds stays in the cluster of whoever goes it,
//! a search in that cluster alone finds the same. Only for the others is searched again, once for all who share a cluster
//! with the same sources.

use std::collections::BTreeMap;

use serde::Serialize;

use super::net::{IdentityId, Net};
use super::path::{Near, PathId, Paths, Walk};
use super::search::{Bounds, Edges, Found, Members, Searches};
use crate::graph::place::{Places, SourceId};
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
    /// The shortest path there, whose last step is the permission of that tier; empty for [`Tier::T4`]. See
    /// [`super::Reach::path`].
    pub path: PathId,
}

/// Finds what identities reach.
struct Finder<'f, 'a> {
    places: &'f Places<'a>,
    net: &'f Net,
    searches: &'f Searches,
    paths: Paths,
    /// By identity, the strongest tier known so far, and the path there.
    known: Vec<(Tier, PathId)>,
}

/// The standing of every identity, in their order, and the paths.
pub(super) fn standings(places: &Places<'_>, net: &Net, searches: &Searches) -> (Vec<Standing>, Paths) {
    let known = vec![(Tier::T4, PathId::default()); net.identities.len()];
    let mut finder = Finder { places, net, searches, paths: Paths::default(), known };
    let search = |edges| searches.search(net, &Bounds { edges, members: Members::All, targets: None });
    // Over all identities what counts is the same for both.
    let certain = search(Edges::Certain);
    finder.find(Edges::Certain, &certain);
    finder.find(Edges::OfVariants, &certain);
    finder.find(Edges::Possible, &search(Edges::Possible));
    let standing = |identity: IdentityId| {
        let (reachable, path) = finder.known[identity.position()];
        let confidence = if net.unknown(identity).next().is_some() && reachable > Tier::T0 {
            Confidence::Unknown
        } else if finder.paths.path(path).is_certain() {
            Confidence::Certain
        } else {
            Confidence::Possible
        };
        Standing { identity, direct: net.direct(identity), reachable, confidence, path }
    };
    (net.all().map(standing).collect(), finder.paths)
}

impl Finder<'_, '_> {
    /// Finds what is stronger than what is known; `found` is what a search over all identities found.
    fn find(&mut self, edges: Edges, found: &Found) {
        let left = self.walk(edges, found, self.net.all().collect());
        let mut by_company: BTreeMap<SourceId, Vec<IdentityId>> = BTreeMap::new();
        for identity in left {
            let home = self.net[identity].home;
            let company = self.places.sources.with_same_company(home, edges != Edges::Possible);
            by_company.entry(company).or_default().push(identity);
        }
        for identities in by_company.into_values() {
            let mut near = Near::of(self.places, self.net[identities[0]].home);
            if edges == Edges::OfVariants && !near.has_variants() {
                continue;
            }
            let members = near.members(edges);
            let bounds = Bounds { edges, members: Members::Of(&members), targets: None };
            let left = self.walk(edges, &self.searches.search(self.net, &bounds), identities);
            debug_assert!(left.is_empty() || edges == Edges::OfVariants, "a search in a cluster stays there");
        }
    }

    /// Walks the ways of some identities, and returns those whose ways leave their cluster.
    fn walk(&mut self, edges: Edges, found: &Found, identities: Vec<IdentityId>) -> Vec<IdentityId> {
        let mut by_view: BTreeMap<SourceId, Vec<IdentityId>> = BTreeMap::new();
        for identity in identities {
            let is_stronger = |tier| tier < self.known[identity.position()].0;
            if found.tier(identity.into()).is_some_and(is_stronger) {
                let view = self.places.sources.view(self.net[identity].home);
                by_view.entry(view).or_default().push(identity);
            }
        }
        let mut left = Vec::new();
        for (view, identities) in by_view {
            let mut walk = Walk::new(self.net, (edges, found), Near::of(self.places, view));
            for identity in identities {
                match (found.tier(identity.into()), walk.path(identity, &mut self.paths)) {
                    (Some(tier), Some(path)) => self.known[identity.position()] = (tier, path),
                    _ => left.push(identity),
                }
            }
        }
        left
    }
}
