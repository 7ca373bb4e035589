//! What an identity is given: its bindings, and the rules of the roles that they name.

use super::{Graph, Placed, PlacedBinding, SourceId};
use crate::k8s::binding::Subject;

/// One binding of an identity.
#[derive(Clone, Debug)]
pub struct Grant<'a, 'g> {
    /// The binding.
    pub binding: &'g PlacedBinding<'a>,
    /// The subject that means the identity.
    pub subject: &'g Subject<'a>,
}

/// Who a subject is: an account of a namespace, or a group or user by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SubjectKey {
    Account(Option<String>, String),
    Group(String),
}

impl<'a> Graph<'a> {
    /// Indexes bindings by whom they bind.
    pub(super) fn index_subjects(&mut self) {
        for (at, placed) in self.bindings.iter().enumerate() {
            for (position, subject) in placed.binding.subjects.iter().enumerate() {
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
            .map(|&(binding, subject)| Grant {
                binding: &self.bindings[binding],
                subject: &self.bindings[binding].binding.subjects[subject],
            })
            .collect()
    }

    /// What was not judged because something it refers to is not in the run, as (what, example).
    #[must_use]
    pub fn unknowns(&self) -> Vec<(&'static str, String)> {
        let mut unknowns = Vec::new();
        for runner in &self.runners {
            if runner.workload.shape == crate::k8s::workload::Shape::Other && runner.account.name().is_none()
            {
                let at = self.object_of(runner);
                unknowns.push((
                    "pods of kinds whose account is not known",
                    format!("{}: {}", self.path(at.file), at.named()),
                ));
            }
        }
        unknowns
    }
}
