//! What is worth something only with another permission of its holder, from whatever role: `bind` with the right to write
//! bindings, and the two halves of an approval of a certificate.

use super::Grants;
use super::authorizer::Caller;
use super::roles::RoleFound;
use super::subjects::Grant;
use crate::graph::place::PlacedBinding;
use crate::graph::tables::permission::{Request, Rule};
use crate::graph::tables::primitive::{CSR_APPROVE, SIGNER_APPROVE, primitive};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The signers of certificates whose requests somebody may approve, as `approve` on `signers` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signers {
    /// None.
    #[default]
    Nobody,
    /// These, as roles name them: `example.com/*` stands for all below a domain.
    Named(Vec<String>),
    /// All, as far as is known.
    Every,
}

impl Signers {
    /// Those of rules that hold in the whole cluster: a signer has no namespace.
    pub fn of<'r>(rules: impl IntoIterator<Item = &'r Rule<'r>>) -> Self {
        let shown = rules.into_iter().filter_map(|rule| primitive(SIGNER_APPROVE).shown_by(rule, true));
        shown.fold(Self::Nobody, |signers, shown| {
            signers.and(match shown.names {
                [] => Self::Every,
                names => Self::Named(names.iter().map(|name| name.clone().into_owned()).collect()),
            })
        })
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        match (self, others) {
            (Self::Every, _) | (_, Self::Every) => Self::Every,
            (Self::Nobody, signers) | (signers, Self::Nobody) => signers,
            (Self::Named(mut names), Self::Named(others)) => {
                names.extend(others);
                names.sort_unstable();
                names.dedup();
                Self::Named(names)
            }
        }
    }
}

impl<'a> Grants<'a> {
    /// Whether somebody whom a binding binds may write a binding that `bind` counts for, as far as the run shows it: yes
    /// where a role is not known, and for groups.
    ///
    /// A `ClusterRoleBinding` needs both rights in the whole cluster, and `bind` on `clusterroles`; a `RoleBinding` both in
    /// its namespace, and `bind` on what it names (kubernetes `pkg/registry/rbac/escalation_check.go`, `BindingAuthorized`).
    #[must_use]
    pub fn may_use_bind(&self, bound: &PlacedBinding<'_>) -> bool {
        self.given(bound).any(|grants| {
            grants.is_none_or(|grants| grants.iter().any(is_unknown) || self.hands_out(&grants, bound))
        })
    }

    /// The signers whose requests somebody whom a binding binds may approve, by all that is given to them: all where it is
    /// not known. The API server asks for `approve` on the signer beside the right to write the approval (kubernetes
    /// `plugin/pkg/admission/certificates/approval`).
    #[must_use]
    pub fn signers_of(&self, bound: &PlacedBinding<'_>) -> Signers {
        let of = |grants: Option<Vec<Grant<'_, '_>>>| {
            let Some(grants) = grants else { return Signers::Every };
            let wide = grants.iter().filter(|grant| grant.binding.binding.cluster_wide);
            wide.fold(Signers::Nobody, |signers, grant| {
                let more = if is_unknown(grant) { Signers::Every } else { Signers::of(grant.role.rules()) };
                signers.and(more)
            })
        };
        self.given(bound).map(of).fold(Signers::Nobody, Signers::and)
    }

    /// Whether somebody whom a binding binds may write approvals, the other half of it, as far as the run shows it.
    #[must_use]
    pub fn may_write_approvals(&self, bound: &PlacedBinding<'_>) -> bool {
        let writes = |grant: &Grant<'_, '_>| {
            let shows = |rule: &Rule<'_>| primitive(CSR_APPROVE).shown_by(rule, true).is_some();
            grant.binding.binding.cluster_wide && (is_unknown(grant) || grant.role.rules().any(shows))
        };
        self.given(bound).any(|grants| grants.is_none_or(|grants| grants.iter().any(writes)))
    }

    /// All that is given to each machine that a binding binds; nothing for groups, and where its namespace is not known.
    fn given<'g>(&'g self, bound: &'g PlacedBinding<'_>) -> impl Iterator<Item = Option<Vec<Grant<'a, 'g>>>> {
        let at = &self.places[bound.object];
        bound.binding.subjects.iter().filter(|subject| subject.is_non_human()).map(move |subject| {
            let caller = match subject.account_in(at.namespace.as_deref()) {
                Some((Some(namespace), name)) => Caller::account(namespace, name),
                None if &*subject.kind == "User" => Caller::user(&subject.name),
                _ => return None,
            };
            Some(self.view_from(&caller, Some(at.source)).grants)
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

/// Whether what a binding gives is not all in the run.
fn is_unknown(grant: &Grant<'_, '_>) -> bool {
    match &grant.role {
        RoleFound::Known { complete, .. } => !complete,
        RoleFound::Unknown => true,
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
