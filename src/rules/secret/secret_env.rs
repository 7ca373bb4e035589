//! NHI204: a secret is given to a process as an environment variable.

pub(crate) use super::env_in_values::values;
use super::mounted::Mounted;
use crate::graph::credential::file_variables::file_variable;
use crate::graph::{Placed, Runner};
use crate::k8s::container::Container;
use crate::rules::{Context, Draft, Emit};
use crate::yaml::{Entry, Node};

pub(crate) fn container(
    container: &Container<'_>,
    runner: &Runner<'_>,
    context: &Context<'_>,
    emit: &mut Emit<'_>,
) {
    if context.settings.lists(context.rule, "allowImages", &container.image()) {
        return;
    }
    let names = context.settings.patterns(context.rule, "allowNames");
    for variable in container.env() {
        let name = variable.name();
        let Some(reference) = variable.secret_key_ref().filter(|_| !names.has(&name)) else {
            continue;
        };
        let known = file_variable(&container.image(), &name);
        let message = match &known {
            Some(known) => {
                format!("`{name}` is a secret in the environment; the image reads `{}`", known.name)
            }
            None => format!("`{name}` is a secret in the environment"),
        };
        let draft = emit.key("key", reference, message);
        let (secret, key) = (text(reference, "name"), text(reference, "key"));
        draft.label(format!("key `{key}` of Secret `{secret}`{}", given_to(container)));
        draft.subject(format!("{name} {secret}/{key}"));
        if let Some(known) = &known {
            draft.note(format!("That this image reads the file is said at {}.", known.source));
        }
        describe_secret(draft, reference, &secret, runner, context);
        let mounted = Mounted {
            runner,
            container: *container,
            at: context.graph.places.object_of(runner),
            secret: &secret,
            key: &key,
        };
        if let Some((title, changes)) = mounted.instead_of(variable) {
            draft.suggest(title, changes);
        }
    }
    for reference in container.env_from_secrets() {
        let secret = text(reference, "name");
        let message = format!("`envFrom` injects every key of Secret `{secret}` into the environment");
        let draft = emit.key("whole", reference, message);
        draft.label(format!("all that it holds now and later{}", given_to(container)));
        draft.subject(secret.clone());
        describe_secret(draft, reference, &secret, runner, context);
    }
}

/// Adds what the run knows of the Secret.
fn describe_secret(
    draft: &mut Draft,
    reference: Entry<'_>,
    secret: &str,
    runner: &Runner<'_>,
    context: &Context<'_>,
) {
    let at = context.graph.places.object_of(runner);
    if let Some(maker) = context.graph.credentials.makers_of_secret(at, secret).next() {
        let object = &context.graph.places[maker.object].object;
        draft.related(maker.span, format!("{} makes the Secret", object.kind));
        if object.kind == "SecretProviderClass" {
            draft.note("The driver's volume holds the same files: mount it and drop `secretObjects`.");
        } else {
            draft.note(
                "The store keeps the secret safe up to the pod; from there on it is an environment variable.",
            );
        }
    }
    if reference.value.get("optional").and_then(Node::as_bool) == Some(true) {
        draft.step(-1, "It is optional: the pod also starts without it.");
    }
}

/// KEDA reads a trigger's credential from the environment of the workload that it scales.
pub(crate) fn triggers(placed: &Placed<'_>, _: &Context<'_>, emit: &mut Emit<'_>) {
    let object = &placed.object;
    if object.group != "keda.sh" || !object.kind.ends_with("TriggerAuthentication") {
        return;
    }
    let list = object.node.at(&["spec", "env"]).into_iter().flat_map(Node::items);
    for entry in list.filter_map(|item| item.entry("name")) {
        let Some(name) = entry.value.text() else {
            continue;
        };
        let message = format!("the trigger takes its credential from environment variable `{name}`");
        let draft = emit.at("trigger", entry.value, message);
        draft.label("has to be in the environment of the workload for this");
        draft.note("KEDA also reads a Secret (`secretTargetRef`), or needs none (`podIdentity`).");
    }
}

fn given_to(container: &Container<'_>) -> String {
    match &*container.name() {
        "" => String::new(),
        name => format!(", given to container `{name}`"),
    }
}

fn text(reference: Entry<'_>, key: &str) -> String {
    let value = reference.value.get(key).and_then(Node::text);
    value.unwrap_or_default().into_owned()
}
