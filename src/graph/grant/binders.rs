//! Whether verbs that lift a check count: `bind` and `escalate` give no right to write what is checked, and who may act as
//! a group has to act as somebody.

use super::Grants;
use super::authorizer::Caller;
use super::roles::RoleFound;
use super::subjects::Grant;
use crate::graph::place::PlacedBinding;
use crate::graph::tables::permission::{Request, Rule};

const GROUP: &str = "rbac.authorization.k8s.io";

impl Grants<'_> {
    /// Whether somebody whom a binding binds may write a binding that `bind` counts for, as far as the run shows it: yes
    /// where a role is not known, and for groups.
    ///
    /// A `ClusterRoleBinding` needs both rights in the whole cluster, and `bind` on `clusterroles`; a `RoleBinding` both in
    /// its namespace, and `bind` on what it names (kubernetes `pkg/registry/rbac/escalation_check.go`, `BindingAuthorized`).
    #[must_use]
    pub fn may_use_bind(&self, bound: &PlacedBinding<'_>) -> bool {
        self.is_any_holder(bound, &|grants| self.hands_out(grants, bound))
    }

    /// The same for `escalate`: somebody may write a role, wherever that is (kubernetes
    /// `pkg/registry/rbac/escalation_check.go`, `RoleEscalationAuthorized`).
    #[must_use]
    pub fn may_use_escalate(&self, bound: &PlacedBinding<'_>) -> bool {
        let writes = |grants: &[Grant<'_, '_>]| {
            let rules: Vec<&Rule<'_>> = grants.iter().flat_map(|grant| grant.role.rules()).collect();
            ["roles", "clusterroles"].iter().any(|resource| writes(&rules, resource))
        };
        self.is_any_holder(bound, &writes)
    }

    /// The same for `impersonate` on groups, uids and extra fields: the API server refuses them without a user or an account
    /// (kubernetes `apiserver/pkg/endpoints/filters/impersonation`).
    #[must_use]
    pub fn may_act_as_somebody(&self, bound: &PlacedBinding<'_>) -> bool {
        let acts = |grants: &[Grant<'_, '_>]| {
            let mut rules = grants.iter().flat_map(|grant| grant.role.rules());
            rules.any(|rule| {
                ["users", "serviceaccounts"].iter().any(|one| allows(rule, "impersonate", ("", one)))
            })
        };
        self.is_any_holder(bound, &acts)
    }

    fn is_any_holder(&self, bound: &PlacedBinding<'_>, is_wanted: &dyn Fn(&[Grant<'_, '_>]) -> bool) -> bool {
        let at = &self.places[bound.object];
        bound.binding.subjects.iter().filter(|subject| subject.is_non_human()).any(|subject| {
            let caller = match subject.account_in(at.namespace.as_deref()) {
                Some((Some(namespace), name)) => Caller::account(namespace, name),
                None if &*subject.kind == "User" => Caller::user(&subject.name),
                // It is a group, or its namespace is not known.
                _ => return true,
            };
            let view = self.view_from(&caller, Some(at.source));
            let unknown = |grant: &Grant<'_, '_>| match &grant.role {
                RoleFound::Known { complete, .. } => !complete,
                RoleFound::Unknown => true,
            };
            view.grants.iter().any(unknown) || is_wanted(&view.grants)
        })
    }

    fn hands_out(&self, grants: &[Grant<'_, '_>], bound: &PlacedBinding<'_>) -> bool {
        let place = |binding: &PlacedBinding<'_>| self.places[binding.object].namespace.as_deref();
        let wide = |grant: &&Grant<'_, '_>| grant.binding.binding.cluster_wide;
        let everywhere: Vec<&Rule<'_>> =
            grants.iter().filter(wide).flat_map(|grant| grant.role.rules()).collect();
        let is_wide = bound.binding.cluster_wide;
        if is_wide && binds(&everywhere, &["clusterroles"]) && writes(&everywhere, "clusterrolebindings") {
            return true;
        }
        let there = |namespace: Option<&str>| {
            let here = |grant: &&Grant<'_, '_>| {
                let own = place(grant.binding);
                !wide(grant) && (own == namespace || own.is_none() || namespace.is_none())
            };
            let mut all = everywhere.clone();
            all.extend(grants.iter().filter(here).flat_map(|grant| grant.role.rules()));
            binds(&all, &["clusterroles", "roles"]) && writes(&all, "rolebindings")
        };
        let only = (!is_wide).then(|| place(bound));
        let others = grants.iter().filter(|grant| is_wide && !wide(grant)).map(|grant| place(grant.binding));
        let all = is_wide && binds(&everywhere, &["clusterroles", "roles"]);
        (all && writes(&everywhere, "rolebindings")) || only.into_iter().chain(others).any(there)
    }
}

fn binds(rules: &[&Rule<'_>], resources: &[&str]) -> bool {
    resources.iter().any(|resource| rules.iter().any(|rule| allows(rule, "bind", (GROUP, resource))))
}

/// Who changes the subjects of a binding hands out its role, too.
fn writes(rules: &[&Rule<'_>], resource: &str) -> bool {
    ["create", "update", "patch"]
        .iter()
        .any(|verb| rules.iter().any(|rule| allows(rule, verb, (GROUP, resource))))
}

/// For every name, or for one that the rule lists.
fn allows(rule: &Rule<'_>, verb: &str, (group, resource): (&str, &str)) -> bool {
    let request = Request::resource(verb, group, resource);
    rule.allows(&request) || rule.names.iter().any(|name| rule.allows(&request.named(name)))
}
