//! NHI101: a workload runs as its namespace's `default` account.

use crate::catalog::Class;
use crate::finding::Operation;
use crate::graph::{AccountUse, Runner};
use crate::rules::{Check, Context, Emit};

pub(in crate::rules) const CHECKS: &[Check] = &[Check::Workload(check)];

fn check(runner: &Runner<'_>, context: &Context<'_, '_>, emit: &mut Emit<'_>) {
    let at = context.graph.object_of(runner);
    let AccountUse::Default { entry } = &runner.account else {
        return;
    };
    // Static pods cannot name an account: the kubelet runs them without the API.
    if at.partial || at.object.is_static_pod() {
        return;
    }
    let allowed = context.settings.list(context.rule, "allowedNamespaces");
    if at
        .namespace
        .as_deref()
        .is_some_and(|namespace| allowed.contains(&namespace))
    {
        return;
    }
    let tokenless = runner.workload.run.class() == Class::Service && !context.graph.holds_token(runner);
    let form = if tokenless { "tokenless" } else { "unset" };
    let draft = match entry {
        Some(entry) => emit.at(form, entry.value, "names the `default` account"),
        None => emit.key(form, runner.workload.spec, "runs as the `default` account"),
    };
    draft.label("`default` is shared by every workload of the namespace that names no account");
    if tokenless {
        draft.note("No token is mounted, so the account is a name only.");
    }
    let grants = context.graph.grants_to(at, at.namespace.as_deref(), "default");
    for grant in &grants {
        draft.related(
            grant.subject.name_node.span(),
            "what `default` is granted here has to move too",
        );
    }
    let name = at.object.name.trim_end_matches('*').trim_end_matches('-');
    let path = draft.path.clone().unwrap_or_default();
    let change = match entry {
        Some(_) => (path, Operation::Set(name.to_owned())),
        None => (path, Operation::Insert(format!("serviceAccountName: {name}"))),
    };
    let namespace = at
        .namespace
        .as_ref()
        .map(|namespace| format!("\n  namespace: {namespace}"))
        .unwrap_or_default();
    let account = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}{namespace}\nautomountServiceAccountToken: false"
    );
    let document = (String::new(), Operation::NewDocument(account));
    draft.suggest("give it an account of its own", [change, document]);
}
