//! What one rule of a role allows, and what several allow together.
//!
//! Answers as Kubernetes' authorizer does (`pkg/apis/rbac/v1/evaluation_helpers.go`), odd corners included. Knows
//! nothing of bindings, namespaces or subjects: which rules somebody holds, and where, is for the graph to say.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::{Deserialize, Deserializer};

use crate::yaml::Node;

/// The word that stands for every verb, group, resource or URL.
pub const ALL: &str = "*";

/// The verbs of ordinary requests on resources.
pub const RESOURCE_VERBS: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// The verbs that let a holder become more than it is; only `*` or their names grant them.
pub const ESCALATION_VERBS: [&str; 3] = ["bind", "escalate", "impersonate"];

/// Groups in which a wildcard reaches workloads, secrets or the control plane.
const SENSITIVE_GROUPS: [&str; 10] = [
    ALL,
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "batch",
    "certificates.k8s.io",
    "rbac.authorization.k8s.io",
];

/// One rule of a Role or `ClusterRole`, its words borrowed from the text it was written in where that can be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule<'t> {
    /// `verbs`.
    #[serde(borrow, deserialize_with = "borrowed")]
    pub verbs: Vec<Cow<'t, str>>,
    /// `apiGroups`; the core group is the empty word.
    #[serde(borrow, rename = "apiGroups", deserialize_with = "borrowed")]
    pub groups: Vec<Cow<'t, str>>,
    /// `resources`, with subresources as `pods/exec`.
    #[serde(borrow, deserialize_with = "borrowed")]
    pub resources: Vec<Cow<'t, str>>,
    /// `resourceNames`; none means every name.
    #[serde(borrow, rename = "resourceNames", deserialize_with = "borrowed")]
    pub names: Vec<Cow<'t, str>>,
    /// `nonResourceURLs`; they count only where the role is bound for the whole cluster.
    #[serde(borrow, rename = "nonResourceURLs", deserialize_with = "borrowed")]
    pub urls: Vec<Cow<'t, str>>,
}

fn borrowed<'de, D: Deserializer<'de>>(words: D) -> Result<Vec<Cow<'de, str>>, D::Error> {
    let words: Vec<&str> = Vec::deserialize(words)?;
    Ok(words.into_iter().map(Cow::Borrowed).collect())
}

/// One question to the authorizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'r> {
    /// The verb; for a path the HTTP method in lower case.
    pub verb: &'r str,
    /// What it is to be done to.
    pub target: Target<'r>,
}

/// What a [`Request`] is about. As in Kubernetes, an empty word means "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'r> {
    /// Objects of a resource.
    Resource {
        /// API group; empty is the core group.
        group: &'r str,
        /// Plural name: `pods`.
        resource: &'r str,
        /// `exec` in `pods/exec`; may be empty.
        subresource: &'r str,
        /// The object's name; empty for lists, watches and POST.
        name: &'r str,
        /// The namespace; empty for the whole cluster. Bindings look at it, rules do not.
        namespace: &'r str,
    },
    /// A path that is no resource: `/metrics`.
    Path(&'r str),
}

impl<'r> Request<'r> {
    /// A request for a resource; `pods/exec` names a subresource.
    #[must_use]
    pub fn resource(verb: &'r str, group: &'r str, resource: &'r str) -> Self {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let target = Target::Resource { group, resource, subresource, name: "", namespace: "" };
        Self { verb, target }
    }

    /// A request for a path that is no resource.
    #[must_use]
    pub fn path(verb: &'r str, path: &'r str) -> Self {
        Self { verb, target: Target::Path(path) }
    }

    /// The same request for one object.
    #[must_use]
    pub fn named(mut self, object: &'r str) -> Self {
        if let Target::Resource { name, .. } = &mut self.target {
            *name = object;
        }
        self
    }

    /// The same request in one namespace.
    #[must_use]
    pub fn within(mut self, space: &'r str) -> Self {
        if let Target::Resource { namespace, .. } = &mut self.target {
            *namespace = space;
        }
        self
    }
}

impl<'t> Rule<'t> {
    /// Reads an item of `rules:`. An item that is left empty is the empty word, as the API server decodes it. What is no
    /// list, and items of other types, count as not written: it would refuse the role.
    #[must_use]
    pub fn from_node(rule: Node<'t>) -> Self {
        let words = |field: &str| {
            let items = rule.get(field).into_iter().flat_map(Node::items);
            let word = |item: Node<'t>| item.as_str().or_else(|| item.is_null().then_some(Cow::Borrowed("")));
            items.filter_map(word).collect()
        };
        Self {
            verbs: words("verbs"),
            groups: words("apiGroups"),
            resources: words("resources"),
            names: words("resourceNames"),
            urls: words("nonResourceURLs"),
        }
    }

    /// Whether this rule alone allows the request. Its namespace is not looked at.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        if !has_or_all(&self.verbs, request.verb) {
            return false;
        }
        match request.target {
            Target::Path(path) => self.urls.iter().any(|url| url_covers(url, path)),
            Target::Resource { group, resource, subresource, name, .. } => {
                has_or_all(&self.groups, group)
                    && (self.names.is_empty() || has(&self.names, name))
                    && self.resources.iter().any(|written| resource_matches(written, resource, subresource))
            }
        }
    }

    /// Which parts of the rule are a wildcard.
    #[must_use]
    pub fn wildcards(&self) -> Wildcards {
        let mut axes = Vec::new();
        let mut note = |found: bool, axis: Axis| {
            if found {
                axes.push(axis);
            }
        };
        note(has(&self.groups, ALL), Axis::Groups);
        note(has(&self.resources, ALL), Axis::Resources);
        note(self.resources.iter().any(|written| written.starts_with("*/")), Axis::Subresources);
        note(self.urls.iter().any(|url| is_every_url(url)), Axis::Urls);
        note(has(&self.verbs, ALL), Axis::Verbs);
        Wildcards {
            axes,
            enumerated: self.is_wildcard_by_enumeration(),
            sensitive: self.groups.iter().any(|group| SENSITIVE_GROUPS.contains(&&**group)),
        }
    }

    /// At least seven of the eight verbs on at least ten resources, none of them written as `*`.
    fn is_wildcard_by_enumeration(&self) -> bool {
        let verbs = RESOURCE_VERBS.iter().filter(|verb| has(&self.verbs, verb)).count();
        let resources: HashSet<&str> = self.resources.iter().map(AsRef::as_ref).collect();
        verbs >= 7
            && resources.len() >= 10
            && !has(&self.verbs, ALL)
            && !resources.contains(ALL)
            && self.names.is_empty()
    }
}

/// A part of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// `apiGroups: ["*"]`.
    Groups,
    /// `resources: ["*"]`, which takes in every subresource.
    Resources,
    /// `resources: ["*/scale"]`: one subresource of everything.
    Subresources,
    /// `nonResourceURLs: ["*"]`.
    Urls,
    /// `verbs: ["*"]`, which takes in `escalate`, `bind` and `impersonate`.
    Verbs,
}

impl Axis {
    /// The field of the rule in which it is written.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Groups => "apiGroups",
            Self::Resources | Self::Subresources => "resources",
            Self::Urls => "nonResourceURLs",
            Self::Verbs => "verbs",
        }
    }
}

/// What is open-ended in a rule, as written; see [`Rule::wildcards`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcards {
    /// The parts that hold a wildcard, sorted.
    pub axes: Vec<Axis>,
    /// No `*`, but nearly every verb on ten resources or more.
    pub enumerated: bool,
    /// One of its groups reaches workloads, secrets, roles or the control plane.
    pub sensitive: bool,
}

/// Whether one of the rules allows the request.
pub fn allowed<'r>(rules: impl IntoIterator<Item = &'r Rule<'r>>, request: &Request<'_>) -> bool {
    rules.into_iter().any(|rule| rule.allows(request))
}

/// Whether the rules are as good as `*` verbs on `*` resources of `*` groups.
///
/// The verbs may be spread over several such rules, and may be the eight of ordinary requests with
/// `bind`, `escalate` and `impersonate` written out.
pub fn is_everything<'r>(rules: impl IntoIterator<Item = &'r Rule<'r>>) -> bool {
    let verbs: HashSet<&str> = rules
        .into_iter()
        .filter(|rule| rule.names.is_empty() && has(&rule.groups, ALL) && has(&rule.resources, ALL))
        .flat_map(|rule| rule.verbs.iter().map(AsRef::as_ref))
        .collect();
    let holds = |verb: &&str| verbs.contains(*verb);
    verbs.contains(ALL) || (RESOURCE_VERBS.iter().all(holds) && ESCALATION_VERBS.iter().all(holds))
}

fn has(words: &[Cow<'_, str>], word: &str) -> bool {
    words.iter().any(|written| written == word)
}

fn has_or_all(words: &[Cow<'_, str>], word: &str) -> bool {
    words.iter().any(|written| written == ALL || written == word)
}

/// `*` is everything, `*/exec` that subresource of everything; `pods/*` is nothing but itself.
fn resource_matches(written: &str, resource: &str, subresource: &str) -> bool {
    if written == ALL {
        return true;
    }
    if subresource.is_empty() {
        return written == resource;
    }
    let Some(rest) = written.strip_suffix(subresource) else {
        return false;
    };
    rest == "*/" || rest.strip_suffix('/') == Some(resource)
}

fn url_covers(written: &str, url: &str) -> bool {
    written == url || (written.ends_with('*') && url.starts_with(written.trim_end_matches('*')))
}

/// `*` and `/*`: every path begins with a slash.
fn is_every_url(written: &str) -> bool {
    written.ends_with('*') && matches!(written.trim_end_matches('*'), "" | "/")
}
