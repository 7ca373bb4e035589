//! NHI204: a secret is given to a process as an environment variable.

pub(crate) use super::env_in_objects::objects;
pub(crate) use super::env_in_values::values;
use super::listed::listed;
use super::mounted::{Mounted, Part};
use super::mounts::Mounts;
use super::secret_variables::{Given, SecretVariables, headline};
use crate::graph::Runner;
use crate::graph::credential::file_variables::file_variable;
use crate::rules::emit::SHOWN;
use crate::rules::{Context, Draft, Emit};

/// What a Secret is not needed for.
const NO_SECRET: &str = "A ConfigMap does for what is no secret; then the rest can be mounted as files.";

pub(crate) fn workload(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let given = SecretVariables::of(&runner.workload.containers, context);
    let own = &context.settings.file_variables;
    let mounts = Mounts::of(runner);
    for (secret, all) in &given.secrets {
        let whole = all.iter().find(|given| given.variable.is_none());
        let first = whole.unwrap_or(&all[0]);
        let known = first
            .variable
            .and_then(|variable| file_variable(&first.container.image(), &variable.name(), own));
        let (form, message) = match (whole, &known) {
            (Some(_), _) => {
                ("whole", format!("`envFrom` injects every key of Secret `{secret}` into the environment"))
            }
            (None, Some(known)) if all.len() == 1 => {
                let (name, file) = (first.name(), &known.name);
                ("key", format!("`{name}` is a secret in the environment; the image reads `{file}`"))
            }
            (None, _) => ("key", headline(all)),
        };
        let draft = emit.key(form, first.reference, message);
        draft.label(first.words()).subject(secret.clone());
        if let Some(known) = &known {
            draft.note(format!("That this image reads the file is said at {}.", known.source));
        }
        list(all, first, draft);
        describe_secret(draft, secret, runner, context);
        if all.iter().all(Given::is_optional) {
            draft.step(-1, "It is optional: the pod also starts without it.");
        }
        let mounted =
            Mounted { runner, mounts: &mounts, at: context.graph.places.object_of(runner), secret, own };
        if whole.is_none() {
            mounted.propose(&by_container(all), true, draft);
        }
    }
    if let Some(first) = given.others.first() {
        let names = listed(given.others.iter().map(Given::name));
        let comes = if given.others.len() == 1 {
            "comes from a Secret, but is none"
        } else {
            "come from Secrets, but are none"
        };
        let draft = emit.key("beside", first.reference, format!("{names} {comes} by name"));
        draft.label(first.words()).note(NO_SECRET);
        list(&given.others, first, draft);
    }
}

/// The variables of each container, in the order of writing.
fn by_container<'a>(all: &[Given<'a>]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (given, variable) in all.iter().filter_map(|given| Some((given, given.variable?))) {
        let known = parts.iter_mut().find(|(container, _)| container.node == given.container.node);
        match known {
            Some((_, variables)) => variables.push((variable, given.text("key"))),
            None => parts.push((given.container, vec![(variable, given.text("key"))])),
        }
    }
    parts
}

/// Points at the others.
fn list(all: &[Given<'_>], first: &Given<'_>, draft: &mut Draft) {
    let others = all.iter().filter(|given| given.reference.key != first.reference.key);
    for given in others.take(SHOWN) {
        let name = given.variable.map(|_| format!("`{}`: ", given.name())).unwrap_or_default();
        draft.related(given.reference.key.span(), name + &given.words());
    }
}

/// Adds what the run knows of the Secret.
fn describe_secret(draft: &mut Draft, secret: &str, runner: &Runner<'_>, context: &Context<'_>) {
    let at = context.graph.places.object_of(runner);
    if let Some(maker) = context.graph.credentials.makers_of_secret(at, secret).next() {
        let object = &context.graph.places[maker.object].object;
        draft.related(maker.span, format!("{} makes the Secret", object.kind));
        draft.note(match &*object.kind {
            "SecretProviderClass" => {
                "The driver's volume holds the same files: mount it and drop `secretObjects`."
            }
            _ => {
                "The store keeps the secret safe up to the pod; from there on it is an environment variable."
            }
        });
    }
}
