//! NHI104: an identity, or what it logs in as, crosses from one environment to another.

use super::crossing::{self, INTO_PRODUCTION};
use crate::finding::Label;
use crate::graph::place::environment::is_production;
use crate::graph::{Graph, Placed, PlacedBinding};
use crate::k8s::binding::Subject;
use crate::k8s::cloud::short_name;
use crate::rules::{Context, Draft, Emit, SHOWN};

pub(crate) fn check(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    for binding in &context.graph.places.bindings {
        bound(binding, context, drafts);
    }
    cloud(context, drafts);
    crossing::stores(context, drafts);
    for group in context.graph.places.by_identity() {
        crossing::together(&group, context, drafts);
    }
}

/// A binding in one environment that names an account of another.
fn bound(binding: &PlacedBinding<'_>, context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    let at = &graph.places[binding.object];
    // Images are promoted from one environment to the next, and pulled by name.
    if &*binding.binding.role_name == "system:image-puller" {
        return;
    }
    for subject in &binding.binding.subjects {
        let Some((own, theirs)) = apart(graph, at, subject) else { continue };
        let mut emit = Emit::object(context.rule, at, drafts);
        let node = subject.node.get("namespace").unwrap_or(subject.name_node);
        let account = subject.named(at.namespace.as_deref());
        let message = format!("`{account}` is an account of {theirs}, and this grants in {own}");
        let draft = emit.at("binding", node, message);
        draft
            .label("the two environments are no longer apart")
            .subject(account.to_string())
            .identity(account);
        if is_production(&own) {
            draft.step(1, INTO_PRODUCTION);
        }
    }
}

/// The environments of a binding and of the account that it names, where they differ.
fn apart(graph: &Graph<'_>, at: &Placed<'_>, subject: &Subject<'_>) -> Option<(String, String)> {
    let (namespace, _) = subject.account()?;
    let namespace = namespace.filter(|namespace| at.namespace.as_deref() != Some(*namespace))?;
    let theirs = graph.places.environment_of_namespace(at, namespace)?;
    let of_namespace = at.namespace.as_deref().and_then(|own| graph.places.environment_of_namespace(at, own));
    let declared = || graph.places.declared_environment(&at.object).map(|(word, _)| word);
    // A cluster that is called after one environment may hold namespaces of others: its path says nothing of those.
    let by_path = || graph.places.environment_of(at).filter(|_| graph.places.is_stranger(at, subject));
    let own = of_namespace.or_else(declared).or_else(by_path)?;
    (own != theirs).then_some((own, theirs))
}

/// One cloud identity in two environments, shown where production takes it, else where it is taken first.
fn cloud(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let graph = context.graph;
    for identity in graph.cloud.identities() {
        let across = graph.cloud.across(identity);
        let Some((_, own, theirs)) = across.first() else { continue };
        let elsewhere = across.iter().any(|(_, _, theirs)| is_production(theirs));
        let earlier = across.iter().any(|(other, ..)| other.object < identity.object);
        if graph.cloud.is_repeated(identity) || !is_production(own) && (elsewhere || earlier) {
            continue;
        }
        let name = short_name(&identity.named.identity);
        let mut emit = Emit::object(context.rule, &graph.places[identity.object], drafts);
        let message = format!("`{name}` is taken in {own} and in {theirs}");
        let draft = emit.part("cloud", identity.named.node, identity.named.span(), message);
        draft.label(format!("the {} reaches what both environments have", identity.named.provider.noun()));
        draft.identity(identity.holder()).subject(&identity.named.identity);
        let places = across.iter().take(SHOWN);
        draft.finding.related.extend(places.map(|(other, _, environment)| Label {
            span: other.named.span(),
            message: format!("`{}` of {environment} takes it too", other.holder()),
        }));
        if is_production(own) {
            draft.step(1, INTO_PRODUCTION);
        }
    }
}
