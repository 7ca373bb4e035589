//! Permissions that let an identity become another, as data: which requests show one, and what to say of it.
//!
//! A primitive is judged on one rule by itself. What its holder reaches with it, over several steps, is not asked here.

mod control;
mod identity;

use std::borrow::Cow;

pub use control::{
    CONFIG_WRITE, CONTROL_PLANE, CSR_APPROVE, NAMESPACE_PATCH, NODE_WRITE, PV_CREATE, SCC_USE,
    SIGNER_APPROVE, WEAKER, WRITES,
};
pub use identity::{
    BIND, CONNECTION, CONSTRAINED, ESCALATION, IMPERSONATE_USER, INTRUSION, PARTS, POD_EXEC, SECRETS,
    WORKLOADS,
};

use crate::graph::tables::permission::{ALL, Request, Rule};

const CORE: &str = "";
const RBAC: &str = "rbac.authorization.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";

/// A permission that reaches beyond itself.
#[derive(Debug)]
pub struct Primitive {
    /// Names it in fingerprints and records: `secret.read`.
    pub name: &'static str,
    /// Any of these verbs shows it, the most telling first.
    pub(in crate::graph) verbs: &'static [&'static str],
    /// On any of these.
    pub(in crate::graph) on: &'static [On],
    /// What its holder may do, before the words for the object: "may read".
    pub does: &'static str,
    /// To what, where no names limit it: "every secret".
    pub what: &'static str,
    /// Why that is more than it seems, as a sentence.
    pub because: &'static str,
}

/// Resources of one group.
#[derive(Debug)]
pub(in crate::graph) struct On {
    /// `*.example` stands for every group below `example`.
    pub(in crate::graph) group: &'static str,
    /// Plural names; `x/*` stands for every subresource of `x`, `*` for every resource.
    pub(in crate::graph) resources: &'static [&'static str],
    /// Whether they live outside namespaces, so that a `RoleBinding` gives nothing.
    pub(in crate::graph) cluster_scoped: bool,
}

const fn namespaced(group: &'static str, resources: &'static [&'static str]) -> On {
    On { group, resources, cluster_scoped: false }
}

const fn of_cluster(group: &'static str, resources: &'static [&'static str]) -> On {
    On { group, resources, cluster_scoped: true }
}

/// How a rule shows a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'r> {
    /// The request that shows it.
    pub request: Request<'r>,
    /// Its resource, as `pods/exec`.
    pub resource: &'static str,
    /// The `resourceNames` that limit it; none means every name.
    pub names: &'r [Cow<'r, str>],
}

impl Primitive {
    /// To what it gives access: all of it, or what the names say that limit it.
    #[must_use]
    pub fn what_of<S: AsRef<str>>(&self, names: &[S]) -> String {
        match names {
            [] => self.what.to_owned(),
            [one] => format!("`{}`", one.as_ref()),
            [one, rest @ ..] => format!("`{}` and {} more", one.as_ref(), rest.len()),
        }
    }

    /// Whether a rule shows it where it is bound: for the whole cluster, or in a namespace only.
    #[must_use]
    pub fn shown_by<'r>(&self, rule: &'r Rule<'r>, cluster_wide: bool) -> Option<Shown<'r>> {
        let reachable = self.on.iter().filter(|on| cluster_wide || !on.cluster_scoped);
        let mut asked = reachable.flat_map(|on| on.resources.iter().map(move |&resource| (on, resource)));
        asked.find_map(|(on, resource)| self.shown_on(on, resource, rule))
    }

    fn shown_on<'r>(&self, on: &'static On, resource: &'static str, rule: &'r Rule<'r>) -> Option<Shown<'r>> {
        let group = match on.group.strip_prefix('*') {
            Some(ending) => find(&rule.groups, on.group, |word| word.ends_with(ending))?,
            None => on.group,
        };
        let written = match resource.strip_suffix('*') {
            // Every resource is not every subresource: who writes a status commands nothing.
            // Of every group there is, only every resource is one of these.
            Some("") if !rule.groups.iter().any(|word| word == group) => {
                rule.resources.iter().find(|word| *word == ALL).map(|_| resource)?
            }
            Some("") => find(&rule.resources, resource, |word| !word.contains('/'))?,
            Some(beginning) => find(&rule.resources, resource, |word| word.starts_with(beginning))?,
            None => resource,
        };
        // What the verb limits is not meant by "every verb".
        let meant = |verb: &&&str| !verb.contains(':') || rule.verbs.iter().any(|word| word == **verb);
        self.verbs.iter().filter(meant).find_map(|&verb| {
            let mut request = Request::resource(verb, group, written);
            if let Some(name) = rule.names.first() {
                request = request.named(name);
            }
            let shown = Shown { request, resource, names: rule.names.as_slice() };
            rule.allows(&request).then_some(shown)
        })
    }
}

/// The first word that fits a pattern; where that is `*`, the pattern itself.
fn find<'r>(
    words: &'r [Cow<'r, str>],
    pattern: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Option<&'r str> {
    let word = words.iter().find(|word| *word == ALL || fits(word))?;
    Some(if word == ALL { pattern } else { word })
}

/// The primitives that rules show for every name, but for those that only come near somebody else's rights.
pub fn unlimited<'r>(
    rules: impl IntoIterator<Item = &'r Rule<'r>>,
    cluster_wide: bool,
) -> Vec<&'static Primitive> {
    let rules: Vec<&Rule<'_>> = rules.into_iter().filter(|rule| rule.names.is_empty()).collect();
    let shows = |primitive: &&&'static Primitive| {
        rules.iter().any(|rule| primitive.shown_by(rule, cluster_wide).is_some())
    };
    ESCALATION
        .iter()
        .chain(SECRETS)
        .chain(WORKLOADS)
        .chain(INTRUSION)
        .chain(CONTROL_PLANE)
        .filter(|primitive| !is_weak(primitive))
        .filter(shows)
        .copied()
        .collect()
}

fn is_weak(primitive: &Primitive) -> bool {
    let weak = [&CONSTRAINED, &CONFIG_WRITE, &SIGNER_APPROVE];
    let mut weak = weak.iter().chain(CONNECTION).chain(WEAKER);
    weak.any(|weak| weak.name == primitive.name)
}

impl Shown<'_> {
    /// The verb that shows it.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.request.verb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(
        verbs: &[&'static str],
        group: &'static str,
        resource: &'static str,
        names: &[&'static str],
    ) -> Rule<'static> {
        let words = |words: &[&'static str]| words.iter().map(|&word| Cow::Borrowed(word)).collect();
        Rule {
            verbs: words(verbs),
            groups: words(&[group]),
            resources: words(&[resource]),
            names: words(names),
            urls: Vec::new(),
        }
    }

    #[test]
    fn what_lives_outside_namespaces_is_not_reached_from_one() {
        let shown = |rule: &Rule<'_>, wide| -> Vec<&str> {
            unlimited([rule], wide).iter().map(|primitive| primitive.name).collect()
        };
        let pods = rule(&["update"], "", "pods", &[]);
        assert_eq!(shown(&pods, false), ["pod.patch"]);
        let node = rule(&["get"], "", "nodes/proxy", &[]);
        assert_eq!(shown(&node, true), ["node.proxy"]);
        assert!(shown(&node, false).is_empty());
        let escalate = rule(&["escalate", "bind"], RBAC, "clusterroles", &[]);
        assert_eq!(shown(&escalate, true), ["rbac.escalate", "rbac.bind"]);
        assert_eq!(shown(&escalate, false), ["rbac.bind"]);
        let extras = rule(&["impersonate"], AUTHENTICATION, "userextras/scopes", &[]);
        assert_eq!(shown(&extras, true), ["impersonate.user"]);
        assert!(shown(&rule(&["impersonate"], AUTHENTICATION, "userextras", &[]), true).is_empty());
        let first = |resource, wide| {
            let rule = rule(&["patch"], "", resource, &[]);
            CONTROL_PLANE.iter().find(|one| one.shown_by(&rule, wide).is_some()).map(|one| one.name)
        };
        assert_eq!(first("nodes", false), None);
        assert_eq!(first("nodes", true), Some("node.write"));
        assert_eq!(first("namespaces", false), Some("ns.patch"), "of the namespace that it is bound in");
    }

    #[test]
    fn names_limit_and_look_alikes_are_nothing() {
        let named = rule(&["get", "list"], "", "secrets", &["app-tls"]);
        let shown = SECRETS[0].shown_by(&named, true).expect("it reads one secret");
        assert_eq!(shown.names, ["app-tls"]);
        assert!(unlimited([&named], true).is_empty());
        for quiet in [
            rule(&["create", "delete"], "", "secrets", &[]),
            rule(&["get"], "", "pods/*", &[]),
            rule(&["update", "patch"], "apps", "deployments/scale", &[]),
            rule(&["create"], "", "serviceaccounts", &[]),
            rule(&["*"], "shop.example", "secrets", &[]),
        ] {
            assert!(unlimited([&quiet], true).is_empty(), "{quiet:?}");
        }
    }
}
