//! What whoever takes a pod over gets with it: the strength of its account, where its token is there to take.

use super::{Confidence, Power, Reach};
use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::credential::mounted::Automount;
use crate::graph::place::{ObjectId, Runner};
use crate::graph::tables::tier::Tier;

/// How strong the pods of a workload are.
#[derive(Debug)]
pub struct Strength<'g, 'a> {
    /// What its account certainly can become; [`Tier::T4`] where no token is mounted.
    pub tier: Tier,
    /// The strongest permission of its account, where one makes it so.
    pub power: Option<&'g Power>,
    /// The cloud identities that it may take.
    pub cloud: Vec<&'g CloudIdentity<'a>>,
}

impl<'a> Reach<'a> {
    /// What whoever takes a pod of a workload over gets with it; none where its account is unknown.
    #[must_use]
    pub fn strength_of(&self, runner: &Runner<'_>) -> Option<Strength<'_, 'a>> {
        let (at, name) = (self.places.object_of(runner), runner.account.name()?);
        // What is written on another pod is not for every pod of the account.
        let is_others =
            |object: ObjectId| object != runner.object && !self.places.runners_of(object).is_empty();
        let mut cloud = self.cloud.of(at, name);
        cloud.retain(|identity| !is_others(identity.object));
        let takes_nothing = Strength { tier: Tier::T4, power: None, cloud };
        if self.credentials.automount(runner) == Automount::Off {
            return Some(takes_nothing);
        }
        let Some(standing) = self.standing(at, name) else {
            return Some(takes_nothing);
        };
        let net = &self.net;
        let certain = match standing.confidence {
            Confidence::Certain => standing.reachable,
            Confidence::Possible | Confidence::Unknown => net.certainly_direct(standing.identity),
        };
        let power = net.held(standing.identity).first().map(|&power| &net[power]);
        Some(Strength { tier: certain, power, ..takes_nothing })
    }
}
