//! The finding about a primitive that a role object gives.

use super::together::Together;
use super::{OLD_CLUSTER, Power, Reach};
use crate::finding::Form;
use crate::rules::{Emit, HeldBy, SHOWN};
use crate::yaml::{Entry, Node};

/// Related places of one finding; a role may be bound a thousand times.
const MOST_RELATED: usize = 12;

impl Power<'_> {
    fn message(&self, form: Form) -> String {
        let who = match self.identities.as_slice() {
            [] => "whoever is given this role".to_owned(),
            [one] => format!("`{one}`"),
            [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
        };
        let does = self.primitive.does;
        let what = self.what();
        let place = match (self.reach, self.namespaces.as_slice()) {
            (Reach::Dormant, _) => String::new(),
            // Every node is the whole cluster.
            (Reach::Cluster, _) if what.ends_with("every node") => String::new(),
            (Reach::Cluster, _) => " in the whole cluster".to_owned(),
            (Reach::Namespace, [one]) => format!(" in `{one}`"),
            (Reach::Namespace, []) => " in its namespace".to_owned(),
            (Reach::Namespace, several) => format!(" in {} namespaces", several.len()),
        };
        if form == Form::WAITING && self.signers.is_some() {
            return format!("{who} {}", self.lacks());
        }
        if form == Form::WAITING {
            return format!("{who} holds {}{place}, but may write no such binding", self.label());
        }
        format!("{who} {does} {what}{place}{}", in_versions(form))
    }

    fn label(&self) -> String {
        format!("`{}` on `{}`", self.shown.verb(), self.shown.resource)
    }
}

/// The versions of Kubernetes in which it is so, where it is not in all.
fn in_versions(form: Form) -> &'static str {
    if form == OLD_CLUSTER { ", before Kubernetes 1.35" } else { "" }
}

pub(super) fn report<'p>(
    form: Form,
    entry: Entry<'_>,
    resource: Option<Node<'_>>,
    power: &Power<'_>,
    also: impl Iterator<Item = (Form, &'p Power<'p>)>,
    emit: &mut Emit<'_>,
) {
    let draft = emit.key(form, entry, power.message(form));
    draft.label(power.label()).grants(power.primitive).note(power.because(form));
    if let Some(resource) = resource {
        // The values of a chart may hold the list.
        draft.about(resource);
    }
    if let Some(first) = power.identities.first() {
        let cluster_wide = power.reach == Reach::Cluster;
        let namespaces =
            (!cluster_wide).then(|| power.namespaces.iter().map(|&name| name.to_owned()).collect());
        draft.identity(first.clone()).held_by(HeldBy { identities: power.identities.clone(), namespaces });
    }
    for (form, other) in also {
        let (does, what) = (other.primitive.does, other.what());
        draft.note(format!("By {} it also {does} {what}{}.", other.label(), in_versions(form)));
    }
    if let Some(Together { makes, by }) = power.together {
        let what = makes.what_of("", power.shown.names);
        let place = if power.reach == Reach::Cluster { "" } else { " there" };
        draft.note(format!("With `create` on `secrets` it {} {what}{place}. {}", makes.does, makes.because));
        if let Some(rule) = by {
            draft.related(rule.span(), "this rule lets it create secrets");
        }
    }
    for rule in power.elsewhere.iter().take(MOST_RELATED) {
        let too =
            if power.shown.names.is_empty() { "this rule grants it too" } else { "this rule names more" };
        draft.related(rule.span(), too);
    }
    for held in power.held.iter().take(MOST_RELATED) {
        let binding = &held.binding.binding;
        let place = if binding.cluster_wide { "in the whole cluster" } else { "in a namespace" };
        let through = match held.through {
            Some(name) => format!("`{name}`, which takes this role in, is bound here {place}"),
            None => format!("bound here {place}"),
        };
        draft.related(binding.role_node.span(), through);
        let machines = binding.subjects.iter().filter(|subject| subject.is_non_human());
        for subject in machines.take(MOST_RELATED) {
            draft.related(subject.name_node.span(), "who gets it");
        }
    }
    for definition in power.definitions.iter().take(SHOWN) {
        draft.related(definition.span(), "this defines the role in another way; either may be applied");
    }
    if power.reach == Reach::Dormant {
        draft.note("No binding in the input gives this role to an identity.");
    } else if power.held.iter().all(|held| !held.certain) {
        draft.step(-1, "Only an environment in their paths says that role and bindings are for one cluster.");
    }
}
