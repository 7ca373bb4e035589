//! What a wildcard of a rule takes in, in words: no more than the authorizer would allow.

use super::wildcard_verbs::{beyond, of_name};
use crate::finding::{Applicability, Operation};
use crate::graph::Placed;
use crate::graph::tables::permission::{ALL, Axis, Rule};
use crate::rules::Draft;
use crate::rules::emit::change;
use crate::yaml::Entry;

pub(super) fn message(axis: Axis, rule: &Rule<'_>, cluster_wide: bool) -> String {
    match axis {
        Axis::Verbs if rule.resources.is_empty() => {
            format!("`*` in `verbs` is every verb of HTTP, on {}", of("path", &rule.urls))
        }
        Axis::Verbs => {
            let beyond =
                beyond(rule, cluster_wide).iter().map(|verb| format!("`{verb}`")).collect::<Vec<_>>();
            let beyond = match beyond.as_slice() {
                [] => String::new(),
                verbs => format!(", {} included", verbs.join(" and ")),
            };
            format!("`*` in `verbs` is every verb{beyond}, on {}", on(rule, cluster_wide))
        }
        Axis::Resources => {
            let secrets = rule.allows(&of_name(any_verb(rule), "", "secrets", rule));
            let included = if secrets { "secrets and subresources" } else { "subresources" };
            format!("`*` in `resources` is {}, {included} included", on(rule, cluster_wide))
        }
        Axis::Subresources => {
            let written = rule.resources.iter().find(|name| name.starts_with("*/"));
            let of_groups = groups(rule);
            let written = written.map_or("*/", AsRef::as_ref);
            format!("`{written}` is that subresource of every resource of {of_groups}{}", called(rule))
        }
        Axis::Groups => {
            let resources = of("resource", &rule.resources);
            format!("`*` in `apiGroups` is every API group, present and future, for {resources}")
        }
        Axis::Urls => "`*` in `nonResourceURLs` is every path of the API server".to_owned(),
    }
}

/// What the rule is about: its resources, the groups where those are all, the names that limit it. In a namespace no other
/// resources count than its own.
fn on(rule: &Rule<'_>, cluster_wide: bool) -> String {
    let is_every = rule.resources.iter().any(|resource| resource == ALL);
    let on = if is_every {
        let every = if cluster_wide { "every resource" } else { "every namespaced resource" };
        format!("{every} of {}", groups(rule))
    } else {
        of("resource", &rule.resources)
    };
    on + &called(rule)
}

fn groups(rule: &Rule<'_>) -> String {
    let groups: Vec<&str> =
        rule.groups.iter().map(|group| if group.is_empty() { "core" } else { group }).collect();
    of("API group", &groups)
}

/// The names that limit it.
fn called(rule: &Rule<'_>) -> String {
    match rule.names.as_slice() {
        [] => String::new(),
        [one] => format!(" named `{one}`"),
        [one, rest @ ..] => format!(" named `{one}` or as {} more", rest.len()),
    }
}

/// What the wildcard takes in one day.
pub(super) fn label(axis: Axis, rule: &Rule<'_>) -> &'static str {
    match axis {
        Axis::Verbs => "it takes in verbs that are not made yet",
        Axis::Resources | Axis::Subresources if !rule.groups.iter().any(|group| group == ALL) => {
            "it grows with every resource of the group"
        }
        Axis::Resources | Axis::Subresources | Axis::Groups | Axis::Urls => {
            "it grows with every API that is installed"
        }
    }
}

fn any_verb<'r>(rule: &'r Rule<'_>) -> &'r str {
    rule.verbs.first().map_or("get", |verb| if verb == ALL { "get" } else { verb })
}

/// The words of one field; `*` is every one.
fn of<S: AsRef<str>>(what: &str, words: &[S]) -> String {
    if words.iter().any(|word| word.as_ref() == ALL) {
        return format!("every {what}");
    }
    match words {
        [] => "nothing".to_owned(),
        [one] => format!("`{}`", one.as_ref()),
        [one, rest @ ..] => format!("`{}` and {} more", one.as_ref(), rest.len()),
    }
}

/// Proposes a list in the place of a `*`: as an edit where it is known what that stands for, else as words.
pub(super) fn list(known: Option<String>, entry: Entry<'_>, placed: &Placed<'_>, draft: &mut Draft) {
    let (trust, title) = match known {
        Some(_) => (Applicability::Unsafe, "write the verbs out"),
        None => (Applicability::Suggest, "list the verbs that are used"),
    };
    let verbs = known.unwrap_or_else(|| "[get, list, watch, create, update, patch, delete]".to_owned());
    draft.fix(trust, title, change(placed, entry.value, Operation::Set(verbs)));
}
