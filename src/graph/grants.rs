//! What an identity is given: its bindings, and the rules of the roles that they name.

use std::collections::{BTreeMap, HashMap};

use super::aggregate::{Aggregation, ClusterRole};
use super::builtin::{Content, beyond_floor, builtin, distribution_role};
use super::permission::{Rule, is_everything};
use super::{Graph, Placed, PlacedBinding, SourceId};
use crate::k8s::binding::{Subject, is_role};
use crate::k8s::workload::Shape;
use crate::yaml::Node;

/// One binding of an identity.
#[derive(Clone, Debug)]
pub struct Grant<'a, 'g> {
    /// The binding.
    pub binding: &'g PlacedBinding<'a>,
    /// The subject that means the identity.
    pub subject: &'g Subject<'a>,
    /// What it grants.
    pub role: RoleFound<'g>,
}

/// What is known of the role that a binding names.
#[derive(Clone, Debug)]
pub enum RoleFound<'g> {
    /// Its rules, aggregation included.
    Known {
        /// What it allows.
        rules: Vec<&'g Rule<'g>>,
        /// The objects that say so, indices into [`Graph::objects`]; none where it is built in, several where variants
        /// of it differ and only one of them applies.
        objects: Vec<usize>,
    },
    /// It is not in the run: what it grants is unknown, never nothing.
    Unknown,
}

impl RoleFound<'_> {
    /// Whether it certainly allows everything; of several variants, each.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::Known { rules, .. } if is_everything(rules.iter().copied()))
    }
}

/// What a role is to identities, which decides how much a flaw in it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleUse {
    /// Bound to at least one identity.
    Bound,
    /// Labelled so that a built-in role takes its rules in.
    Aggregated,
    /// Bound to people only, or to nobody in the input.
    Dormant,
}

/// Who a subject is: an account of a namespace, or a group by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SubjectKey {
    Account(Option<String>, String),
    Group(String),
}

impl<'a> Graph<'a> {
    /// Indexes bindings by whom they bind, and reads the rules of the roles.
    pub(super) fn join_bindings(&mut self) {
        for (at, placed) in self.bindings.iter().enumerate() {
            for (position, subject) in placed.binding.subjects.iter().enumerate() {
                if let Some((_, name)) = subject.account() {
                    self.bound_names.insert(name.to_owned());
                }
                let key = match subject.account() {
                    Some((Some(namespace), name)) => {
                        SubjectKey::Account(Some(namespace.to_owned()), name.to_owned())
                    }
                    // In a RoleBinding it means the binding's namespace (kubernetes `pkg/registry/rbac/validation`);
                    // in a ClusterRoleBinding the API refuses it and it matches nobody.
                    Some((None, _)) if placed.binding.cluster_wide => continue,
                    Some((None, name)) => {
                        SubjectKey::Account(self.objects[placed.object].namespace.clone(), name.to_owned())
                    }
                    None if &*subject.kind == "Group" => SubjectKey::Group(subject.name.to_string()),
                    None => continue,
                };
                self.subjects.entry(key).or_default().push((at, position));
            }
            self.bound
                .entry(placed.binding.role_name.to_string())
                .or_default()
                .push(at);
        }
        self.roles = self.effective_rules();
    }

    /// The rules of every role object, with those that aggregation brings.
    fn effective_rules(&self) -> HashMap<usize, Vec<Rule<'a>>> {
        let written: BTreeMap<usize, ClusterRole<'a>> = (0..self.objects.len())
            .filter(|&index| is_role(&self.objects[index].object))
            .map(|index| (index, ClusterRole::from_object(&self.objects[index].object)))
            .collect();
        let mut effective = HashMap::new();
        for (index, role) in &written {
            let rules = match &role.selectors {
                None => role.rules.clone(),
                Some(_) => self.aggregated(*index, &written),
            };
            effective.insert(*index, rules);
        }
        effective
    }

    /// What an aggregated role holds in the cluster that its source describes.
    fn aggregated(&self, role: usize, written: &BTreeMap<usize, ClusterRole<'a>>) -> Vec<Rule<'a>> {
        let from = self.objects[role].source;
        let near = |index: usize| self.sources.may_share(from, self.objects[index].source);
        let others = written
            .keys()
            .copied()
            .filter(|&index| index != role && near(index));
        let beside: Vec<&ClusterRole<'a>> = std::iter::once(role)
            .chain(others)
            .filter(|&index| self.objects[index].object.is_cluster_scoped())
            .map(|index| &written[&index])
            .collect();
        let own = beside.iter().any(|role| role.name == "view");
        let built_in = builtin().cluster_roles.iter().filter(|_| !own);
        let aggregation = Aggregation::new(beside.into_iter().chain(built_in));
        aggregation.rules(0).into_iter().cloned().collect()
    }

    /// What is known of the role that a binding names: in its own source, beside it, or built in.
    #[must_use]
    pub fn role_of<'g>(&'g self, placed: &PlacedBinding<'_>) -> RoleFound<'g> {
        let (binding, at) = (&placed.binding, &self.objects[placed.object]);
        let cluster = &*binding.role_kind == "ClusterRole";
        let namespace = at.namespace.as_deref().filter(|_| !cluster);
        let objects = self.lookup(at.source, &binding.role_kind, namespace, &binding.role_name);
        if !objects.is_empty() {
            let rules = objects
                .iter()
                .filter_map(|object| self.roles.get(object))
                .flatten()
                .collect();
            return RoleFound::Known { rules, objects };
        }
        let known = |rules: Vec<&'g Rule<'g>>| RoleFound::Known {
            rules,
            objects: Vec::new(),
        };
        if cluster {
            if let Some(rules) = builtin().rules(&binding.role_name) {
                return known(rules);
            }
            return match distribution_role(&binding.role_name) {
                Some(role) if role.content == Content::Full => known(role.rules.iter().collect()),
                _ => RoleFound::Unknown,
            };
        }
        match namespace.and_then(|namespace| builtin().role(namespace, &binding.role_name)) {
            Some(role) => known(role.rules.iter().collect()),
            None => RoleFound::Unknown,
        }
    }

    /// The bindings of an account, as seen from where `at` stands: its own and those of the groups it is in.
    #[must_use]
    pub fn grants_to<'g>(
        &'g self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Vec<Grant<'a, 'g>> {
        let account = SubjectKey::Account(namespace.map(str::to_owned), name.to_owned());
        let mut grants = self.grants_of(&account, at.source, namespace.is_none());
        let groups = [
            "system:serviceaccounts".to_owned(),
            "system:authenticated".to_owned(),
        ];
        let of_namespace = namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
        for group in groups.into_iter().chain(of_namespace) {
            grants.extend(self.grants_of(&SubjectKey::Group(group), at.source, false));
        }
        grants
    }

    /// The bindings that name an account itself, not a group that it is in.
    #[must_use]
    pub fn own_grants_to<'g>(
        &'g self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> Vec<Grant<'a, 'g>> {
        let account = SubjectKey::Account(namespace.map(str::to_owned), name.to_owned());
        self.grants_of(&account, at.source, namespace.is_none())
    }

    fn grants_of<'g>(&'g self, key: &SubjectKey, from: SourceId, own_source: bool) -> Vec<Grant<'a, 'g>> {
        let near = |(binding, _): &&(usize, usize)| {
            let source = self.objects[self.bindings[*binding].object].source;
            if own_source {
                source == from
            } else {
                self.sources.may_share(source, from)
            }
        };
        let found = self.subjects.get(key).into_iter().flatten().filter(near);
        found
            .map(|&(binding, subject)| {
                let binding = &self.bindings[binding];
                let subject = &binding.binding.subjects[subject];
                Grant {
                    binding,
                    subject,
                    role: self.role_of(binding),
                }
            })
            .collect()
    }

    /// The binding that an object is.
    #[must_use]
    pub fn binding_at<'g>(&'g self, placed: &Placed<'_>) -> Option<&'g PlacedBinding<'a>> {
        // Bindings stand in the order of their objects.
        let node = placed.object.node;
        let at = self.bindings.binary_search_by(|bound| {
            let span = |node: Node<'_>| (node.span().file, node.span().start);
            span(self.objects[bound.object].object.node).cmp(&span(node))
        });
        at.ok().map(|at| &self.bindings[at])
    }

    /// Whether an account is allowed more than every account is: `None` where something outside the run may grant it.
    #[must_use]
    pub fn holds_more_than_floor(&self, at: &Placed<'_>, name: &str) -> Option<bool> {
        let grants = self.grants_to(at, at.namespace.as_deref(), name);
        let beyond = |grant: &Grant<'_, '_>| match &grant.role {
            RoleFound::Known { rules, .. } => beyond_floor(rules.iter().copied()),
            RoleFound::Unknown => false,
        };
        if grants.iter().any(beyond) {
            return Some(true);
        }
        let unresolved = grants
            .iter()
            .any(|grant| matches!(grant.role, RoleFound::Unknown));
        (!unresolved && !self.may_be_bound(at.namespace.as_deref(), name) && !self.sources.is_open(at.source))
            .then_some(false)
    }

    /// Whether an account certainly may do everything in the whole cluster.
    #[must_use]
    pub fn may_do_everything(&self, at: &Placed<'_>, name: &str) -> bool {
        let grants = self.grants_to(at, at.namespace.as_deref(), name);
        grants
            .iter()
            .any(|grant| grant.binding.binding.cluster_wide && grant.role.is_everything())
    }

    /// Whether a binding may mean an account though their namespaces are not known to be one.
    fn may_be_bound(&self, namespace: Option<&str>, name: &str) -> bool {
        match namespace {
            Some(_) => self
                .subjects
                .contains_key(&SubjectKey::Account(None, name.to_owned())),
            None => self.bound_names.contains(name),
        }
    }

    /// The bindings that name a role object.
    pub fn bindings_of<'g>(&'g self, role: &'g Placed<'a>) -> impl Iterator<Item = &'g PlacedBinding<'a>> {
        let cluster = role.object.is_cluster_scoped();
        let named = self
            .bound
            .get(&*role.object.name)
            .into_iter()
            .flatten()
            .map(|&at| &self.bindings[at]);
        named.filter(move |placed| {
            let (binding, at) = (&placed.binding, &self.objects[placed.object]);
            (&*binding.role_kind == "ClusterRole") == cluster
                && if cluster {
                    self.sources.may_share(at.source, role.source)
                } else {
                    self.same_namespace(at, role)
                }
        })
    }

    /// What a role object is to identities.
    #[must_use]
    pub fn role_use(&self, role: &Placed<'a>) -> RoleUse {
        let machine = |bound: &PlacedBinding<'_>| bound.binding.subjects.iter().any(Subject::is_non_human);
        let aggregates = |name: &&str| {
            let key = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
            role.object
                .label(&key)
                .and_then(Node::text)
                .is_some_and(|value| value == "true")
        };
        if self.bindings_of(role).any(machine) {
            RoleUse::Bound
        } else if ["admin", "edit", "view"].iter().any(aggregates) {
            RoleUse::Aggregated
        } else {
            RoleUse::Dormant
        }
    }

    /// What was not judged because something it refers to is not in the run, as (what, example).
    #[must_use]
    pub fn unknowns(&self) -> Vec<(&'static str, String)> {
        let shown = |at: &Placed<'_>, more: &str| format!("{}: {}{more}", self.path(at.file), at.named());
        let pods = self
            .runners
            .iter()
            .filter(|runner| runner.workload.shape == Shape::Other && runner.account.name().is_none());
        let pods = pods.map(|runner| {
            (
                "pods whose account their controller decides",
                shown(self.object_of(runner), ""),
            )
        });
        let roles = self
            .bindings
            .iter()
            .filter(|placed| matches!(self.role_of(placed), RoleFound::Unknown));
        let roles = roles.map(|placed| {
            let more = format!(
                " names {} `{}`",
                placed.binding.role_kind, placed.binding.role_name
            );
            (
                "bindings to roles that are not in the input",
                shown(&self.objects[placed.object], &more),
            )
        });
        pods.chain(roles).collect()
    }
}
