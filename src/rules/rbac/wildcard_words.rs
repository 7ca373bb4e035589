//! What a wildcard of a rule takes in, in words: no more than the authorizer would allow.

use crate::finding::Operation;
use crate::graph::Placed;
use crate::graph::tables::permission::{ALL, Axis, Request, Rule};
use crate::rules::Draft;
use crate::rules::emit::change;
use crate::yaml::Entry;

/// The verbs by which a holder becomes more than it is, each with what it is asked for, and whether a binding in a
/// namespace gives it.
const BEYOND: [(&str, &str, &[(&str, bool)]); 5] = [
    ("escalate", "rbac.authorization.k8s.io", &[("roles", true), ("clusterroles", false)]),
    ("bind", "rbac.authorization.k8s.io", &[("roles", true), ("clusterroles", true)]),
    ("impersonate", "", &[("serviceaccounts", true), ("users", false), ("groups", false)]),
    ("approve", "certificates.k8s.io", &[("signers", false)]),
    ("sign", "certificates.k8s.io", &[("signers", false)]),
];

/// How many of them a message names.
const MOST: usize = 2;

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
            format!("`*` in `verbs` is every verb{beyond}, on {}", on(rule))
        }
        Axis::Resources => {
            let secrets = rule.allows(&of_name(any_verb(rule), "", "secrets", rule));
            let included = if secrets { "secrets and subresources" } else { "subresources" };
            format!("`*` in `resources` is {}, {included} included", on(rule))
        }
        Axis::Subresources => {
            let written = rule.resources.iter().find(|name| name.starts_with("*/"));
            format!("`{}` is that subresource of every resource", written.map_or("*/", AsRef::as_ref))
        }
        Axis::Groups => {
            let resources = of("resource", &rule.resources);
            format!("`*` in `apiGroups` is every API group, present and future, for {resources}")
        }
        Axis::Urls => "`*` in `nonResourceURLs` is every path of the API server".to_owned(),
    }
}

/// What the rule is about: its resources, the groups where those are all, the names that limit it.
fn on(rule: &Rule<'_>) -> String {
    let groups: Vec<&str> =
        rule.groups.iter().map(|group| if group.is_empty() { "core" } else { group }).collect();
    let on = match rule.resources.iter().any(|resource| resource == ALL) {
        true => format!("every resource of {}", of("API group", &groups)),
        false => of("resource", &rule.resources),
    };
    match rule.names.as_slice() {
        [] => on,
        [one] => format!("{on} that is called `{one}`"),
        [one, rest @ ..] => format!("{on} that is called `{one}` or one of {} more names", rest.len()),
    }
}

/// The verbs by which the holder of the rule becomes more than it is.
fn beyond(rule: &Rule<'_>, cluster_wide: bool) -> Vec<&'static str> {
    let allows = |verb: &str, group: &str, on: &[(&str, bool)]| {
        let reachable = on.iter().filter(|(_, namespaced)| cluster_wide || *namespaced);
        reachable.into_iter().any(|(resource, _)| rule.allows(&of_name(verb, group, resource, rule)))
    };
    let given = BEYOND.iter().filter(|(verb, group, on)| allows(verb, group, on));
    given.map(|(verb, ..)| *verb).take(MOST).collect()
}

fn any_verb<'r>(rule: &'r Rule<'_>) -> &'r str {
    rule.verbs.first().map_or("get", |verb| if verb == ALL { "get" } else { verb })
}

fn of_name<'r>(verb: &'r str, group: &'r str, resource: &'r str, rule: &'r Rule<'_>) -> Request<'r> {
    let request = Request::resource(verb, group, resource);
    rule.names.first().map_or(request, |name| request.named(name))
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

pub(super) fn suggest(entry: Entry<'_>, placed: &Placed<'_>, draft: &mut Draft) {
    let verbs = "[get, list, watch, create, update, patch, delete]";
    let set = change(placed, entry.value, Operation::Set(verbs.to_owned()));
    draft.suggest("list the verbs that are used", set);
}
