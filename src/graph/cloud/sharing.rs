//! Who else holds a cloud identity. Variants of one account (`api`, `api-dev`) count as one, and so does the same account
//! in another environment.

use std::borrow::Cow;

use crate::graph::cloud::Cloud;
use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::place::SourceId;
use crate::graph::place::environment::{are_variants, without_word};
use crate::k8s::Object;
use crate::yaml::Node;

/// How many holders of one identity are compared.
const MOST: usize = 128;

/// Another account that holds the same cloud identity.
#[derive(Clone, Debug)]
pub struct Sharer<'g, 'a> {
    /// How it comes by it.
    pub identity: &'g CloudIdentity<'a>,
    /// The environments of the two, its own last, where they are known and differ.
    pub environments: Option<(String, String)>,
}

impl<'a> Cloud<'a> {
    /// The environment of the account that holds a cloud identity.
    #[must_use]
    pub fn environment_of_holder(&self, identity: &CloudIdentity<'_>) -> Option<String> {
        let at = &self.places[identity.object];
        match &identity.account {
            Some((Some(namespace), _)) if at.namespace.as_ref() != Some(namespace) => {
                self.places.environment_of_namespace(at, namespace).or_else(|| self.places.environment_of(at))
            }
            _ => self.places.environment_of(at),
        }
    }

    /// Whether an earlier place gives the same account the same identity, so that this one adds nothing.
    #[must_use]
    pub fn is_repeated(&self, identity: &CloudIdentity<'_>) -> bool {
        let at = &self.places[identity.object];
        let is_near = |other: SourceId| {
            self.places.sources.may_share_namespace(at.namespace.as_deref(), at.source, other)
        };
        let first = self
            .holders(identity)
            .take(MOST)
            .find(|other| other.account == identity.account && is_near(self.places[other.object].source));
        first.is_some_and(|first| !std::ptr::eq(first, identity))
    }

    /// Whether two accounts are parts of one installation: one release's values name both, or they carry one
    /// `app.kubernetes.io/instance`.
    #[must_use]
    pub fn are_installed_together(&self, one: &CloudIdentity<'_>, other: &CloudIdentity<'_>) -> bool {
        let [own, theirs] = [one, other].map(|identity| &self.places[identity.object].object);
        if one.object == other.object {
            return matches!(&*own.kind, "HelmRelease" | "HelmChart" | "HelmChartConfig" | "Application");
        }
        let instance = |object: &Object<'_>| {
            object.label("app.kubernetes.io/instance").and_then(Node::text).map(Cow::into_owned)
        };
        instance(own).is_some_and(|own| instance(theirs).as_ref() == Some(&own))
    }

    /// The other accounts that hold the same identity, each once: in the same cluster, or in another environment.
    #[must_use]
    pub fn sharers<'g>(&'g self, own: &CloudIdentity<'_>) -> Vec<Sharer<'g, 'a>> {
        let Some((_, name)) = &own.account else { return Vec::new() };
        let at = &self.places[own.object];
        let environment = self.environment_of_holder(own);
        let mut found: Vec<Sharer<'g, 'a>> = Vec::new();
        for other in self.holders(own).take(MOST) {
            let Some((_, other_name)) = &other.account else { continue };
            let known = found.iter().any(|sharer| sharer.identity.account == other.account);
            if known || is_same_account(own, other) || are_twins(name, other_name) {
                continue;
            }
            let theirs = self.environment_of_holder(other);
            let environments = environment.clone().zip(theirs).filter(|(own, other)| own != other);
            let beside = self.places.sources.may_share(at.source, self.places[other.object].source);
            if beside || environments.is_some() {
                found.push(Sharer { identity: other, environments });
            }
        }
        found
    }

    /// The places where the account of this one, as another environment has it, holds the same identity; with the
    /// environments of the two, its own first.
    #[must_use]
    pub fn across<'g>(&'g self, own: &CloudIdentity<'_>) -> Vec<(&'g CloudIdentity<'a>, String, String)> {
        let Some(environment) = self.environment_of_holder(own) else {
            return Vec::new();
        };
        let mut visited = vec![environment.clone()];
        let same = self.holders(own).take(MOST).filter(|other| is_same_account(own, other));
        same.filter_map(|other| {
            let theirs = self.environment_of_holder(other)?;
            let new = !visited.contains(&theirs);
            visited.push(theirs.clone());
            new.then(|| (other, environment.clone(), theirs))
        })
        .collect()
    }
}

fn are_twins(name: &str, other: &str) -> bool {
    name != other && are_variants(name, other)
}

/// The same account, as far as that is known, or what it is in another environment.
fn is_same_account(own: &CloudIdentity<'_>, other: &CloudIdentity<'_>) -> bool {
    let (Some((namespace, name)), Some((other_namespace, other_name))) = (&own.account, &other.account)
    else {
        return false;
    };
    let (Some(namespace), Some(other_namespace)) = (namespace, other_namespace) else {
        return name == other_name;
    };
    let moved = || without_word(namespace) == without_word(other_namespace);
    name == other_name && (namespace == other_namespace || moved())
}
