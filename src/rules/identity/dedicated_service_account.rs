//! NHI101: a workload runs as its namespace's `default` account.

use super::{account, leaving, naming, workflow};
use crate::catalog::Class;
use crate::finding::Applicability;
use crate::graph::{AccountUse, Grant, Placed, Runner};
use crate::k8s::workload::Shape;
use crate::rules::{Context, Draft, Emit, SHOWN};
use crate::yaml::Entry;

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let at = context.graph.places.object_of(runner);
    let AccountUse::Default { entry } = &runner.account else {
        return;
    };
    // The kubelet runs static pods without the API: they cannot name an account.
    if at.partial || context.graph.places.is_static_pod(at) || is_allowed(runner, at, context) {
        return;
    }
    let tokenless = runner.workload.run.class() == Class::Service
        && context.settings.flag(context.rule, "allowIfNoToken")
        && !context.graph.credentials.holds_token(runner);
    let form = if tokenless { "tokenless" } else { "unset" };
    let spec = runner.workload.spec;
    let empty = spec.value.entry("serviceAccountName");
    let retired = spec.value.entry("serviceAccount").filter(|_| empty.is_none());
    let draft = match (entry, empty.or(retired)) {
        (Some(entry), _) => emit.at(form, entry.value, "names the `default` account"),
        (None, Some(empty)) if empty.value.as_str().is_some() => {
            emit.at(form, empty.value, "names no account, so it runs as `default`")
        }
        (None, _) => emit.key(form, spec, "runs as the `default` account"),
    };
    draft.label("`default` is shared by every workload of the namespace that names no account");
    if ["WorkflowTemplate", "ClusterWorkflowTemplate"].contains(&&*at.object.kind) {
        draft.note(
            "So it runs for whoever submits it, unless the controller's `workflowDefaults` name an account.",
        );
        draft.note("What refers to it by `workflowTemplateRef` and names an account, or by `templateRef`, runs as its own account.");
    }
    if tokenless {
        draft.note("No token is mounted, so the account is a name only.");
    }
    let grants = context.graph.grants.own_grants_to(at, at.namespace.as_deref(), "default");
    let grants: Vec<Grant<'_, '_>> = grants.take(SHOWN).collect();
    for grant in &grants {
        let span = grant.subject.name_node.span();
        draft.related(span, "what `default` is granted here has to move too");
    }
    let silent = grants.is_empty() && !context.graph.credentials.reads_token(runner);
    mend(runner, entry.or(empty), (&grants, silent), context, draft);
}

fn is_allowed(runner: &Runner<'_>, at: &Placed<'_>, context: &Context<'_>) -> bool {
    let (settings, rule) = (context.settings, context.rule);
    let namespace = at.namespace.as_deref();
    let given_by_tekton = runner.workload.shape == Shape::Tekton
        && settings.word(rule, "tektonDefaultServiceAccount") != "default";
    given_by_tekton
        || namespace.is_some_and(|namespace| settings.lists(rule, "allowedNamespaces", namespace))
        || !settings.list(rule, "requireFor").contains(&runner.workload.run.word())
}

fn mend(
    runner: &Runner<'_>,
    written: Option<Entry<'_>>,
    (grants, silent): (&[Grant<'_, '_>], bool),
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let at = context.graph.places.object_of(runner);
    let name = account::own_name(at);
    let spec = runner.workload.spec.value;
    let Some(named) = naming::own(runner, written, &name, context) else { return };
    let declared = account::declare(at, (at.namespace.as_deref(), &name), "default", silent, context);
    // What only this workload uses moves with it.
    let is_shared = !context.graph.places.sharers(runner).is_empty();
    let bound = grants.iter().map(|grant| {
        let too = is_shared.then(|| account::bind_too(grant, &name, at, context));
        too.or_else(|| account::bind_instead(grant, &name, context))
    });
    let Some(bound) = bound.collect::<Option<Vec<_>>>() else { return };
    let changes = named.into_iter().chain(declared).chain(bound);
    // What else a workflow does with the API a person has to say.
    let is_workflow = runner.workload.shape == Shape::Workflow;
    let calls = if is_workflow { workflow::calls(spec) } else { Vec::new() };
    let trust = if calls.is_empty() { Applicability::Unsafe } else { Applicability::Suggest };
    let report = is_workflow.then(|| account::let_report(at, at.namespace.as_deref(), &name, context));
    let changes = changes.chain(report.into_iter().flatten().flatten());
    draft.fix(trust, "give it an account of its own", changes);
    for note in calls {
        draft.note(note);
    }
    if let Some(why) = leaving::hindrance(at, "default", &name, context) {
        draft.without_edit(why);
    }
}
