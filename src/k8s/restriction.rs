//! The namespaces that a pod is limited to by its arguments and variables.

use std::borrow::Cow;

use super::workload::Workload;
use crate::yaml::Node;

/// Flags that limit controllers to namespaces, without dashes.
const FLAGS: [&str; 6] = [
    "namespace",
    "namespaces",
    "watch-namespace",
    "watch-namespaces",
    "watched-namespaces",
    "watch.namespace",
];

/// Variables that do so; `POD_NAMESPACE` is where the pod is, mostly for leader election.
const VARIABLES: [&str; 4] =
    ["WATCH_NAMESPACE", "WATCH_NAMESPACES", "WATCHED_NAMESPACE", "WATCHED_NAMESPACES"];

/// An argument or variable that limits a workload to chosen namespaces.
#[derive(Clone, Debug)]
pub struct Restriction<'a> {
    /// The argument, or the variable's mapping.
    pub node: Node<'a>,
    /// `--namespace`, `WATCH_NAMESPACE`.
    pub name: Cow<'a, str>,
}

/// The first flag or variable that limits a workload to namespaces.
#[must_use]
pub fn restriction<'a>(workload: &Workload<'a>) -> Option<Restriction<'a>> {
    workload.containers.iter().find_map(|container| {
        let mut words = container.words("command");
        words.extend(container.words("args"));
        let flag = words.iter().enumerate().find_map(|(at, &node)| {
            let text = node.text()?;
            let word = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => {
                    (word.to_owned(), words.get(at + 1).and_then(|next| next.text()).map(Cow::into_owned))
                }
            };
            let limits = FLAGS.contains(&name.as_str()) && value.is_some_and(|value| limits(&value));
            limits.then(|| Restriction { node, name: Cow::Owned(format!("--{name}")) })
        });
        let variable = || {
            container.env().find_map(|variable| {
                let name = variable.name();
                let given = match variable.value() {
                    Some(value) => value.text().is_some_and(|value| limits(&value)),
                    None => variable.node.at(&["valueFrom", "fieldRef"]).is_some(),
                };
                (VARIABLES.contains(&&*name) && given).then_some(Restriction { node: variable.node, name })
            })
        };
        flag.or_else(variable)
    })
}

/// Whether a value names namespaces: an empty one, and words for all, do not.
fn limits(value: &str) -> bool {
    !value.is_empty() && !value.starts_with('-') && !matches!(value, "*" | "all" | "\"\"" | "''")
}
