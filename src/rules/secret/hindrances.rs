//! What keeps variables of a container from becoming files.

use crate::graph::credential::file_variables::FileVariable;
use crate::k8s::container::{Container, EnvVar, is_optional};
use crate::yaml::Node;

/// Why none of the variables can become the file that stands beside it, as a sentence.
pub(super) fn hindrance<'a>(
    container: Container<'a>,
    variables: &[(EnvVar<'a>, FileVariable)],
) -> Option<String> {
    other_use(container, variables.iter().map(|(variable, _)| *variable)).or_else(|| {
        variables.iter().find_map(|(variable, file)| {
            if container.env().any(|other| other.name() == *file.name) {
                return Some(format!("The container sets `{}` already.", file.name));
            }
            if variable.secret_key_ref().is_some_and(|reference| is_optional(reference.value)) {
                return Some(format!("`{}` is optional: the file may not be there.", variable.name()));
            }
            // What reads the file is the program that the image begins with.
            let begins_otherwise = !file.is_of_settings && !container.words("command").is_empty();
            begins_otherwise.then(|| {
                format!("The container has a `command` of its own, which may not read `{}`.", file.name)
            })
        })
    })
}

/// What refers to one of the variables, as a sentence. It would find nothing afterwards.
fn other_use<'a>(
    container: Container<'a>,
    mut variables: impl Iterator<Item = EnvVar<'a>>,
) -> Option<String> {
    variables.find_map(|variable| {
        let name = variable.name();
        let others = container.env().filter(|other| other.node != variable.node);
        let mut values = others.filter_map(|other| Some((other.name(), other.value()?.text()?)));
        let user = if let Some((other, _)) = values.find(|(_, value)| holds_name(value, &name)) {
            format!("`{other}`")
        } else {
            let mut texts = container.commands().filter_map(Node::text);
            texts.find(|text| holds_name(text, &name)).map(|_| "A command".to_owned())?
        };
        Some(format!("{user} of the same container refers to `{name}`."))
    })
}

/// Whether a text holds the name of a variable: with the signs of a shell, of Kubernetes or of a script, or bare, as
/// `printenv` and configurations name it.
fn holds_name(text: &str, name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(is_letter) && !text[at + name.len()..].starts_with(is_letter)
        })
}
