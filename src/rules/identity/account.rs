//! The account that a fix proposes: its name, its document, and what binds it.

use std::borrow::Cow;

use super::taken::{self, Taken};
use crate::finding::{Change, Operation};
use crate::graph::{Grant, Placed};
use crate::rules::Context;
use crate::rules::emit::{change, namespace_of, new_document, target};
use crate::yaml::{Path, plain};

/// The name that a workload's own account gets: the workload's, without what the API server appends to it.
pub(super) fn own_name(at: &Placed<'_>) -> String {
    at.plain_name().to_owned()
}

/// The change that declares an account by its namespace and name, beside `at`, for a pod that was of the account `old`; none
/// where it is declared already. `silent` says that pods get no token unless they ask.
pub(super) fn declare(
    at: &Placed<'_>,
    (namespace, name): (Option<&str>, &str),
    old: &str,
    silent: bool,
    context: &Context<'_>,
) -> Option<Change> {
    if context.graph.places.definitions(at.source, "ServiceAccount", namespace, name).next().is_some() {
        return None;
    }
    let mut lines = vec![
        "apiVersion: v1".to_owned(),
        "kind: ServiceAccount".to_owned(),
        "metadata:".to_owned(),
        format!("  name: {}", plain(name)),
    ];
    lines.extend(namespace_line(at, namespace).map(|line| format!("  {line}")));
    let Taken { lines: annotations, mut copied } = taken::annotations(at, &context.settings.prefix);
    if !annotations.is_empty() {
        lines.push("  annotations:".to_owned());
    }
    lines.extend(annotations);
    if silent {
        lines.push("automountServiceAccountToken: false".to_owned());
    }
    let secrets = taken::pull_secrets(at, namespace, old, context);
    lines.extend(secrets.lines);
    copied.extend(secrets.copied);
    let mut change = new_document(at, lines.join("\n"), context.graph)?;
    change.copied.extend(copied);
    Some(change)
}

/// The line that gives an object beside another its namespace.
fn namespace_line(at: &Placed<'_>, namespace: Option<&str>) -> Option<String> {
    let own = namespace_of(at).filter(|_| namespace == at.namespace.as_deref());
    let name = own.map(|(_, name)| name).or(namespace.map(Cow::Borrowed))?;
    Some(format!("namespace: {}", plain(&name)))
}

/// The changes that let the executor of a workflow report what it did: the least that it needs
/// (argo-workflows.readthedocs.io, "Workflow RBAC").
pub(super) fn let_report(
    at: &Placed<'_>,
    namespace: Option<&str>,
    name: &str,
    context: &Context<'_>,
) -> [Option<Change>; 2] {
    let name = plain(name);
    let line = |indent: &str| {
        namespace_line(at, namespace).map(|line| format!("{indent}{line}\n")).unwrap_or_default()
    };
    let namespace = line("  ");
    let object = |kind: &str, rest: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}{rest}"
        )
    };
    let rules = "rules:\n  - apiGroups: [argoproj.io]\n    resources: [workflowtaskresults]\n    verbs: [create, patch]";
    let bound = format!(
        "roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: {name}\nsubjects:\n  - kind: ServiceAccount\n    name: {name}\n{}",
        line("    ")
    );
    [object("Role", rules), object("RoleBinding", &bound)].map(|text| new_document(at, text, context.graph))
}

/// The change that gives `name` what a binding grants to another account.
pub(super) fn bind_too(grant: &Grant<'_, '_>, name: &str, at: &Placed<'_>, context: &Context<'_>) -> Change {
    let namespace = at.namespace.as_deref().map(|namespace| format!("\nnamespace: {}", plain(namespace)));
    let namespace = namespace.unwrap_or_default();
    let binding = &context.graph.places[grant.binding.object];
    let list = binding.object.node.get("subjects").unwrap_or(binding.object.node);
    Change {
        document: target(binding),
        path: Path::default().key("subjects"),
        at: Some(list.span()),
        operation: Operation::Insert(format!("kind: ServiceAccount\nname: {}{namespace}", plain(name))),
        copied: Vec::new(),
    }
}

/// The change after which a binding grants to `name` what it grants to another account.
pub(super) fn bind_instead(grant: &Grant<'_, '_>, name: &str, context: &Context<'_>) -> Option<Change> {
    let binding = &context.graph.places[grant.binding.object];
    let account = grant.subject.account_in(binding.namespace.as_deref());
    let own = match (&*grant.subject.kind, account) {
        ("User", Some((Some(namespace), _))) => format!("system:serviceaccount:{namespace}:{name}"),
        _ => name.to_owned(),
    };
    change(binding, grant.subject.name_node, Operation::Set(plain(&own)))
}
