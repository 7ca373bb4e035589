//! NHI105: the `default` account is given rights, a cloud identity or Secrets, and with it every pod that names none.

use super::{account, naming};
use crate::finding::{Applicability, IdentityName, Operation};
use crate::graph::credential::mounted::cloud_role_of;
use crate::graph::{AccountUse, Placed, PlacedBinding, Runner};
use crate::k8s::binding::{Subject, bundled_bindings};
use crate::rules::emit::change;
use crate::rules::{Context, Emit, SHOWN};
use crate::yaml::plain;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    for bound in context.graph.places.own_bindings(placed) {
        let subjects = bound.binding.subjects.iter();
        for subject in subjects.filter(|subject| subject.account().is_some_and(|(_, name)| name == "default"))
        {
            granted(subject, bound, placed, context, emit);
        }
    }
    if object.is("", "ServiceAccount") && object.name == "default" {
        equipped(placed, emit);
    }
    for bound in bundled_bindings(object, None).filter(|bound| bound.subjects[0].name == "default") {
        emit.at("subject", bound.role_node, "the operator's permissions go to the `default` account")
            .label("every pod of the namespace that names no account gets them");
    }
}

fn granted(
    subject: &Subject<'_>,
    bound: &PlacedBinding<'_>,
    placed: &Placed<'_>,
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    let binding = &bound.binding;
    let account = subject.account_in(placed.namespace.as_deref());
    let namespace = account.and_then(|(namespace, _)| namespace);
    let of = namespace.map_or("its namespace".to_owned(), |namespace| format!("`{namespace}`"));
    let role = format!("{} `{}`", binding.role_kind, binding.role_name);
    let message = format!("the `default` account of {of} gets {role}");
    let draft = emit.at("subject", subject.name_node, message);
    let users = context.graph.places.users_of(placed, namespace, "default");
    draft
        .label("every pod of the namespace that names no account gets it")
        .identity(IdentityName::account(namespace, "default"))
        .subject(namespace.unwrap_or_default());
    for user in users.iter().take(SHOWN) {
        draft.related(user.workload.spec.key.span(), "runs as `default`, so it gets the role");
    }
    // A lone user, or one of the binding's name, is who needs the role.
    let is_meant = |user: &&&Runner<'_>| {
        users.len() == 1 || context.graph.places.object_of(user).object.name == placed.object.name
    };
    let Some(user) = users.iter().find(is_meant).copied() else {
        // Which of them need it, and whether anybody does, a person has to say.
        let title = if users.is_empty() {
            "name the account of who needs it, or take it away where nobody does"
        } else {
            "give each workload that needs it an account of its own, and name those here"
        };
        draft.suggest(title, []);
        return;
    };
    let at = context.graph.places.object_of(user);
    let name = account::own_name(at);
    if name.is_empty() || name == "default" {
        return;
    }
    let own = match (&*subject.kind, namespace) {
        ("User", Some(namespace)) => format!("system:serviceaccount:{namespace}:{name}"),
        _ => name.clone(),
    };
    let renamed = change(placed, subject.name_node, Operation::Set(plain(&own)));
    let declared = account::declare(at, (namespace, &name), "default", false, context);
    let written = match &user.account {
        AccountUse::Default { entry } => *entry,
        _ => None,
    };
    let named = naming::own(user, written, &name, context);
    let changes = [renamed, declared].into_iter().flatten().chain(named.into_iter().flatten());
    let title = "grant it to an account that only those name who need it";
    draft.fix(Applicability::Unsafe, title, changes);
}

/// What the account object itself hands to its pods.
fn equipped(placed: &Placed<'_>, emit: &mut Emit<'_>) {
    let identity = IdentityName::account(placed.namespace.as_deref(), "default");
    if let Some(role) = cloud_role_of(&placed.object) {
        let key = role.key.text().unwrap_or_default();
        emit.key("cloud", role, format!("`{key}` gives the `default` account a cloud identity"))
            .label("every pod of the namespace that names no account can take it")
            .identity(identity.clone());
    }
    for (list, what) in [("secrets", "Secrets"), ("imagePullSecrets", "image pull secrets")] {
        let entry = placed.object.node.entry(list);
        if let Some(entry) = entry.filter(|entry| entry.value.items().next().is_some()) {
            emit.key("secrets", entry, format!("the `default` account carries {what}"))
                .label("every pod of the namespace that names no account gets them")
                .identity(identity.clone());
        }
    }
}
