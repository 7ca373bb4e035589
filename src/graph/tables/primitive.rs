//! Permissions that let an identity become another, as data: which requests show one, and what to say of it.
//!
//! Data is in `rules/tables/primitives.yaml`. A primitive is judged on one rule by itself. What its holder reaches with
//! it, over several steps, is not asked here.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use super::permission::{ALL, Request, Rule};
use super::resource::Scope;
use super::tier::Tier;
use super::void::is_name;

// Primitives that code asks for by name.
pub(crate) const ADMIN: &str = "admin.full";
pub(crate) const ESCALATE_USED: &str = "rbac.escalate.used";
pub(crate) const BIND: &str = "rbac.bind";
pub(crate) const BIND_USED: &str = "rbac.bind.used";
pub(crate) const BINDING_WRITE: &str = "rbac.binding-write";
pub(crate) const IMPERSONATE_USER: &str = "impersonate.user";
pub(crate) const IMPERSONATE_ACCOUNT: &str = "impersonate.account";
pub(crate) const CONSTRAINED: &str = "impersonate.constrained";
pub(crate) const TOKEN: &str = "sa.token";
pub(crate) const TOKEN_FORGE: &str = "sa.token.forge";
pub(crate) const SECRET_CREATE: &str = "secret.create";
pub(crate) const SECRET_READ: &str = "secret.read";
pub(crate) const POD_CREATE: &str = "pod.create";
pub(crate) const POD_PATCH: &str = "pod.patch";
pub(crate) const POD_EXEC: &str = "pod.exec";
pub(crate) const POD_EPHEMERAL: &str = "pod.ephemeral";
pub(crate) const WORKLOAD_WRITE: &str = "workload.write";
pub(crate) const NODE_PROXY: &str = "node.proxy";
pub(crate) const NODE_TAKE: &str = "node.take";
pub(crate) const CONFIG_WRITE: &str = "cm.control";
pub(crate) const CSR_APPROVE: &str = "csr.approve";
pub(crate) const NAMESPACE_PATCH: &str = "ns.patch";
pub(crate) const PV_CREATE: &str = "pv.create";
pub(crate) const SCC_USE: &str = "scc.use";
pub(crate) const SIGNER_APPROVE: &str = "signer.approve";

/// Primitives of one purpose.
pub type Group = &'static [&'static Primitive];

/// The primitives that do not depend on a controller.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", bound(deserialize = "'de: 'static"))]
pub struct Primitives {
    /// To become more than one is, by the API's own words.
    #[serde(deserialize_with = "group")]
    pub escalation: Group,
    /// To read what others authenticate with.
    #[serde(deserialize_with = "group")]
    pub secrets: Group,
    /// To make pods that run as others.
    #[serde(deserialize_with = "group")]
    pub workloads: Group,
    /// To get into pods that run as others and the nodes under them, the strongest first.
    #[serde(deserialize_with = "group")]
    pub intrusion: Group,
    /// To change what the API server, the nodes and the engines that guard them do, the strongest first.
    #[serde(deserialize_with = "group")]
    pub control_plane: Group,
    /// To write what others authenticate with, and who is given what: harmless by themselves.
    #[serde(deserialize_with = "group")]
    pub writes: Group,
    /// What counts only together with something else.
    #[serde(deserialize_with = "group")]
    pub parts: Group,
    /// What no single rule shows: everything, and what two permissions make together.
    #[serde(deserialize_with = "group")]
    pub derived: Group,
}

/// The table of primitives; they live as long as the program, as those of code would.
pub static PRIMITIVES: LazyLock<Primitives> =
    LazyLock::new(|| super::table(include_str!("../../../rules/tables/primitives.yaml")));

fn group<'de, D: Deserializer<'de>>(rows: D) -> Result<Group, D::Error>
where
    'de: 'static,
{
    let rows: &'static [Primitive] = Vec::deserialize(rows)?.leak();
    Ok(rows.iter().collect::<Vec<_>>().leak())
}

/// A permission that reaches beyond itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Primitive {
    /// Names it in fingerprints and records: `secret.read`.
    pub name: &'static str,
    /// Any of these verbs shows it, the most telling first.
    #[serde(default = "write")]
    pub(in crate::graph) verbs: Vec<&'static str>,
    /// On any of these.
    #[serde(default)]
    pub(in crate::graph) on: Vec<On>,
    /// What it is worth in the whole cluster, in a namespace, and where names limit it in the whole cluster; none where
    /// [`tier_of`](super::worth::tier_of) decides.
    #[serde(default)]
    pub(super) tiers: Option<[Tier; 3]>,
    /// Whether it reaches less far than the others of its group.
    #[serde(default)]
    pub weaker: bool,
    /// Pairs of primitives that make it together in one place.
    #[serde(default)]
    pub(in crate::graph) made_of: Vec<[&'static str; 2]>,
    /// What its holder may do, before the words for the object: "may read".
    pub does: &'static str,
    /// To what, where no names limit it: "every secret".
    what: &'static str,
    /// What stands before names that limit it, where they are not those of `what`.
    named: Option<&'static str>,
    /// The names that give most, the strongest first.
    #[serde(default)]
    strongest: Vec<&'static str>,
    /// Why that is more than it seems, as a sentence.
    pub because: &'static str,
}

fn write() -> Vec<&'static str> {
    vec!["create", "patch", "update"]
}

/// Resources of one group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::graph) struct On {
    /// `*.example` stands for every group below `example`.
    pub(in crate::graph) group: &'static str,
    /// Plural names; `x/*` stands for every subresource of `x`, `*` for every resource.
    pub(in crate::graph) resources: Vec<&'static str>,
    /// Outside namespaces, a `RoleBinding` gives nothing.
    #[serde(default)]
    scope: Scope,
    /// The verbs that show it on these, where not all do.
    verbs: Option<Vec<&'static str>>,
    /// What stands for [`Primitive::what`] here.
    what: Option<&'static str>,
}

/// The primitive of a name that is in the table.
///
/// # Panics
///
/// Where it is not: tests ask for each.
#[must_use]
pub(crate) fn primitive(name: &str) -> &'static Primitive {
    let all = [PRIMITIVES.derived, PRIMITIVES.control_plane].into_iter().flatten();
    all.copied().find(|primitive| primitive.name == name).expect("the table has every name of this file")
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
    /// To what a resource of the table gives access: all of it, or what the names say that limit it, the strongest first.
    #[must_use]
    pub fn what_of<S: AsRef<str>>(&self, resource: &str, names: &[S]) -> String {
        let Some(first) = names.first() else {
            let on = self.on.iter().find(|on| on.resources.contains(&resource));
            return on.and_then(|on| on.what).unwrap_or(self.what).to_owned();
        };
        let written = |strong: &&str| names.iter().any(|name| name.as_ref() == *strong);
        let first = self.strongest.iter().copied().find(written).unwrap_or(first.as_ref());
        let before = self.named.map(|before| format!("{before} ")).unwrap_or_default();
        match names.len() {
            1 => format!("{before}`{first}`"),
            count => format!("{before}`{first}` and {} more", count - 1),
        }
    }

    /// Whether a name is one of those that give most.
    #[must_use]
    pub fn is_strong(&self, name: &str) -> bool {
        self.strongest.contains(&name)
    }

    /// Whether a rule shows it where it is bound: for the whole cluster, or in a namespace only.
    #[must_use]
    pub fn shown_by<'r>(&self, rule: &'r Rule<'r>, cluster_wide: bool) -> Option<Shown<'r>> {
        let reachable = self.on.iter().filter(|on| cluster_wide || on.scope == Scope::Namespaced);
        let mut asked = reachable.flat_map(|on| on.resources.iter().map(move |&resource| (on, resource)));
        asked.find_map(|(on, resource)| self.shown_on(on, resource, rule))
    }

    fn shown_on<'r>(&self, on: &On, resource: &'static str, rule: &'r Rule<'r>) -> Option<Shown<'r>> {
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
        let verbs = on.verbs.as_ref().unwrap_or(&self.verbs);
        verbs.iter().filter(meant).find_map(|&verb| {
            let request = Request::resource(verb, group, written);
            // Requests for a list, and those that create an object, have no name: the empty one fits them.
            let nameless = match verb {
                "list" | "watch" | "deletecollection" => true,
                _ => verb == "create" && !written.contains('/'),
            };
            if (nameless || rule.names.is_empty()) && rule.allows(&request) {
                return Some(Shown { request, resource, names: &[] });
            }
            let request = request.named(rule.names.iter().find(|name| is_name(name))?);
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
) -> Vec<(&'static Primitive, Shown<'r>)> {
    let rules: Vec<&Rule<'_>> = rules.into_iter().collect();
    let shows = |primitive: &'static Primitive| {
        let mut shown = rules.iter().filter_map(|rule| primitive.shown_by(rule, cluster_wide));
        Some((primitive, shown.find(|shown| shown.names.is_empty())?))
    };
    let Primitives { escalation, secrets, workloads, intrusion, control_plane, .. } = *PRIMITIVES;
    let all = [escalation, secrets, workloads, intrusion, control_plane].into_iter().flatten();
    all.copied().filter(|primitive| !is_weak(primitive)).filter_map(shows).collect()
}

fn is_weak(primitive: &Primitive) -> bool {
    primitive.weaker || [CONSTRAINED, CONFIG_WRITE, SIGNER_APPROVE].contains(&primitive.name)
}

impl Shown<'_> {
    /// The verb that shows it.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.request.verb
    }
}
