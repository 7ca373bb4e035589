//! Whether `bind` lets its holder hand out anything: it lifts a check on who writes bindings, and gives no right to write them.

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
            view.grants.iter().any(unknown) || self.hands_out(&view.grants, bound)
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
    resources.iter().any(|resource| rules.iter().any(|rule| allows(rule, "bind", resource)))
}

/// Who changes the subjects of a binding hands out its role, too.
fn writes(rules: &[&Rule<'_>], resource: &str) -> bool {
    ["create", "update", "patch"].iter().any(|verb| rules.iter().any(|rule| allows(rule, verb, resource)))
}

/// For every name, or for one that the rule lists.
fn allows(rule: &Rule<'_>, verb: &str, resource: &str) -> bool {
    let request = Request::resource(verb, GROUP, resource);
    rule.allows(&request) || rule.names.iter().any(|name| rule.allows(&request.named(name)))
}
