//! NHI401: a token of an account that is kept, not requested: as a Secret, in an account's list, or as text.

use super::listed::{lists, secrets_of};
use super::text::{kubeconfig, text};
use crate::finding::{Applicability, IdentityName, Operation};
use crate::graph::Placed;
use crate::k8s::TOKEN_ACCOUNT;
use crate::rules::emit::change;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::Node;

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    match (object.group.as_str(), &*object.kind) {
        ("", "Secret") => {
            secret(placed, context, emit);
            for stored in context.graph.credentials.stored(placed) {
                text(stored.entry.value, &stored.plain(), context, emit);
            }
        }
        ("", "ConfigMap") => {
            for entry in object.node.get("data").into_iter().flat_map(Node::entries) {
                if let Some(value) = entry.value.text() {
                    text(entry.value, &value, context, emit);
                }
            }
        }
        ("", "Config") => kubeconfig(placed, context, emit),
        ("", "ServiceAccount") => lists(placed, context, emit),
        _ => {}
    }
}

fn secret(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let Some(kind) = placed.object.node.entry("type").filter(|_| placed.object.has_token_type()) else {
        return;
    };
    let graph = context.graph;
    let named = placed.object.annotation(TOKEN_ACCOUNT);
    let account = named.and_then(Node::text).unwrap_or_default();
    let message = match &*account {
        "" => "a token that never expires".to_owned(),
        account => format!("a token of ServiceAccount `{account}` that never expires"),
    };
    let accounts =
        graph.places.lookup(placed.source, "ServiceAccount", placed.namespace.as_deref(), &account);
    // Argo Workflows asks for no token: whoever logs in needs this one.
    let is_login =
        accounts.iter().any(|&index| is_read_by_argo_workflows(placed, &account, &graph.places[index]));
    let draft = emit.key(if is_login { "login" } else { "secret" }, kind, message);
    draft.label("the control plane fills in a token that is good until the Secret is deleted");
    if !account.is_empty() {
        draft.identity(IdentityName::account(placed.namespace.as_deref(), &account));
    }
    let mut is_listed = None;
    // Who lists or reads it has to do without it first.
    let mut trust = Applicability::Unsafe;
    for index in accounts {
        let object = &graph.places[index].object;
        if let Some(name) = object.name_node() {
            draft.related(name.span(), "the account that it proves");
        }
        let lists_it =
            secrets_of(&graph.places[index]).any(|name| name.text().as_deref() == Some(&placed.object.name));
        is_listed = Some(lists_it || is_listed == Some(true));
        if lists_it {
            trust = Applicability::Suggest;
        }
    }
    for reader in graph.credentials.readers_of_secret(placed, &placed.object.name) {
        trust = Applicability::Suggest;
        draft.related(reader.span, reader.how);
        if &*graph.places[reader.object].object.group == "keda.sh" {
            draft.note("KEDA can request a token that expires: `boundServiceAccountToken`.");
        }
    }
    if let Some(is_listed) = is_listed {
        draft.note(if is_listed {
            "Its account lists it: after a year without use the control plane refuses it, and a year later it deletes it."
        } else {
            "No cleaner removes it: only tokens that their account's `secrets` lists are looked at."
        });
    }
    show_way_out(is_login, trust, placed, draft);
}

/// What to do with it, where a program needs it, and else.
fn show_way_out(is_login: bool, trust: Applicability, placed: &Placed<'_>, draft: &mut Draft) {
    if is_login {
        draft.note(
            "Argo Workflows reads it by its name to act for those who log in: without it their login fails.",
        );
        draft.note("To rotate it, give the Secret another name, which the account's `secrets` has to list: one of the same name may be filled with the same token again.");
        return;
    }
    draft.note(
        "Outside the cluster, `kubectl create token --duration` or OIDC federation gives one that expires.",
    );
    let removed = change(placed, placed.object.node, Operation::Remove);
    draft.fix(trust, "delete it, and let its readers request tokens", removed);
}

/// Whether Argo Workflows takes it for those who log in as an account: the first that the account lists, else the one that
/// an annotation names, else the one of this name (argo-workflows `util/secrets`, `TokenNameForServiceAccount`).
fn is_read_by_argo_workflows(placed: &Placed<'_>, name: &str, account: &Placed<'_>) -> bool {
    let annotated = account.object.annotation("workflows.argoproj.io/service-account-token.name");
    let named = secrets_of(account).next().or(annotated).and_then(Node::text);
    let token = named.unwrap_or_else(|| format!("{name}.service-account-token").into());
    *token == *placed.object.name && account.object.annotation("workflows.argoproj.io/rbac-rule").is_some()
}
