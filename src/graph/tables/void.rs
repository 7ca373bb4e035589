//! Words of rules that no request ever fits.
//!
//! The authorizer compares words letter by letter; only `*`, and `*/x` among resources, are patterns (kubernetes
//! `pkg/apis/rbac/v1/evaluation_helpers.go`). Of a word that some API outside the run may ask for nothing is claimed.

use std::borrow::Cow;
use std::collections::HashSet;

use super::permission::{ALL, ESCALATION_VERBS, RESOURCE_VERBS, Rule};
use super::resource::{Scope, is_own_group, resource_meant, resources_named, resources_served};

/// Verbs that some API of Kubernetes asks for besides those of requests.
const OTHER_VERBS: [&str; 5] = ["use", "approve", "sign", "attest", ALL];

/// What stands outside of namespaces and is asked for within one: a request for a namespace is, and so is `bind` of a role
/// and `use` of a policy.
const ASKED_WITHIN: [&str; 3] = ["namespaces", "clusterroles", "podsecuritypolicies"];

/// Whether a name may be that of an object: among names `*` is no pattern, and the empty one is that of no object.
#[must_use]
pub fn is_name(word: &str) -> bool {
    !word.is_empty() && !word.contains('*')
}

/// Whether a verb is one of those that Kubernetes' own APIs ask for.
#[must_use]
pub fn is_known_verb(verb: &str) -> bool {
    RESOURCE_VERBS.contains(&verb) || ESCALATION_VERBS.contains(&verb) || OTHER_VERBS.contains(&verb)
}

/// Whether no request has such a verb: none of Kubernetes' own groups asks for it, or it is a verb in capitals. APIs of
/// others have verbs of their own, and so will Kubernetes: with a colon or a dash.
#[must_use]
pub fn is_no_verb(verb: &str, own_groups: bool) -> bool {
    !is_known_verb(verb)
        && (own_groups && !verb.contains([':', '-', '/']) || is_known_verb(&verb.to_lowercase()))
}

/// Verbs that are asked of few resources, whoever else is named beside them: binding a role is asked of the role
/// (kubernetes `pkg/registry/rbac/escalation_check.go`, `pkg/endpoints/filters/impersonation.go`).
const ASKED_OF: [(&str, &[&str]); 3] = [
    ("bind", &["roles", "clusterroles"]),
    ("escalate", &["roles", "clusterroles"]),
    ("impersonate", &["users", "groups", "serviceaccounts", "uids", "userextras"]),
];

/// What a verb is asked of, where no resource of a rule is any of that.
#[must_use]
pub fn asked_of_others<'w>(
    verb: &str,
    mut resources: impl Iterator<Item = &'w str>,
) -> Option<&'static [&'static str]> {
    let (_, asked) = ASKED_OF.iter().find(|(word, _)| *word == verb)?;
    let fits = |written: &str| {
        written.starts_with('*') || written.split('/').next().is_some_and(|plural| asked.contains(&plural))
    };
    (!resources.any(fits)).then_some(asked)
}

/// Whether a word of `resources` is written like a pattern and is none: `pods/*`, `*/*`, `pod*`.
#[must_use]
pub fn is_no_pattern(resource: &str) -> bool {
    let rest = resource.strip_prefix("*/").filter(|rest| !rest.is_empty()).unwrap_or(resource);
    resource != ALL && rest.contains('*')
}

/// Whether no API group can have that name: versions and patterns are none, and the core group is the empty word.
#[must_use]
pub fn is_no_group(group: &str) -> bool {
    let is_version = !group.contains('.')
        && group.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    group != ALL
        && (matches!(group, "core" | "k8s.io")
            || is_version
            || group.contains(['/', '*'])
            || has_capital(group))
}

fn has_capital(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_uppercase())
}

/// Whether a resource can be of none of some groups, as it has a capital (`spec.names.plural` of a
/// definition, kubernetes `apiextensions-apiserver/pkg/apis/apiextensions/validation`). Metrics are served as resources of any name (`custom.metrics.k8s.io`).
pub fn is_no_resource<'g>(plural: &str, groups: impl IntoIterator<Item = &'g str>) -> bool {
    has_capital(plural) && !groups.into_iter().any(|group| group.ends_with("metrics.k8s.io"))
}

impl<'t> Rule<'t> {
    fn is_asked_of_others(&self, verb: &str) -> bool {
        asked_of_others(verb, self.resources.iter().map(AsRef::as_ref)).is_some()
    }

    /// The rule without words that fit no request; none where nothing is left that could allow one. In a namespace,
    /// what stands outside of all is left out too.
    #[must_use]
    pub fn effective(&self, cluster_wide: bool) -> Option<Self> {
        let keep = |words: &[Cow<'t, str>], fits: &dyn Fn(&str) -> bool| -> Vec<Cow<'t, str>> {
            words.iter().filter(|word| fits(word)).cloned().collect()
        };
        let own = self.groups.iter().all(|group| is_own_group(group) || is_no_group(group));
        let groups = keep(&self.groups, &|group| !is_no_group(group));
        let named: HashSet<&str> = groups.iter().map(AsRef::as_ref).collect();
        let asked = |word: &str| {
            let plural = word.split('/').next().unwrap_or(word);
            let mut served = resources_served(&named, plural).peekable();
            let is_served = served.peek().is_some();
            let outside = is_served && served.all(|one| one.scope == Scope::Cluster);
            let meant = || resource_meant(plural).is_some() || resources_named(plural).next().is_some();
            let mistaken = !is_served && (own && meant() || is_no_resource(plural, named.iter().copied()));
            !is_no_pattern(word) && !mistaken && (cluster_wide || !outside || ASKED_WITHIN.contains(&plural))
        };
        let rule = Self {
            verbs: keep(&self.verbs, &|verb| {
                !self.urls.is_empty() || !(is_no_verb(verb, own) || own && self.is_asked_of_others(verb))
            }),
            resources: keep(&self.resources, &asked),
            names: keep(&self.names, &|name| name.is_empty() || is_name(name)),
            urls: keep(&self.urls, &|url| cluster_wide && url.starts_with(['/', '*'])),
            groups,
        };
        let of_resources = !rule.resources.is_empty()
            && !rule.groups.is_empty()
            && (self.names.is_empty() || !rule.names.is_empty());
        (!rule.verbs.is_empty() && (of_resources || !rule.urls.is_empty())).then_some(rule)
    }
}
