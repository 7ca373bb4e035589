//! What a new account takes over: from the workload that it is for, and from the account that the workload leaves.

use crate::finding::Copied;
use crate::graph::Placed;
use crate::rules::Context;
use crate::yaml::{Entry, Node, plain};

/// Annotations that make an object a hook, and those that order hooks.
const HOOKS: [(&str, &str, &str); 2] = [
    ("helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy"),
    ("argocd.argoproj.io/hook", WAVE, "argocd.argoproj.io/hook-delete-policy"),
];
/// Argo CD orders all objects by it, those that are hooks of Helm's too.
const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// Lines of a new account, and those of them that repeat fields of other objects.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) lines: Vec<String>,
    pub(super) copied: Vec<Copied>,
}

impl Taken {
    /// Adds a line with the value of a field, or with one that is made of it.
    fn add(&mut self, (indent, line): (&str, String), what: &str, from: Option<Entry<'_>>) {
        self.lines.push(format!("{indent}{line}"));
        self.copied.extend(from.map(|from| Copied::new(line, what, from.key.span())));
    }

    fn annotate(&mut self, key: &str, value: &str, from: Option<Entry<'_>>) {
        self.add(("    ", format!("{key}: {}", plain(value))), key, from);
    }
}

/// The owner that the workload names, and what makes the account part of the same hook, one step earlier: it must stand
/// before its Job runs. Where only the template knows the step it is the same: Helm and Argo CD make accounts first then.
pub(super) fn annotations(at: &Placed<'_>, prefix: &str) -> Taken {
    let mut taken = Taken::default();
    let all = at.object.node.at(&["metadata", "annotations"]);
    let entry = |key: &str| all.and_then(|all| all.entry(key)).filter(|entry| entry.value.text().is_some());
    let copy = |taken: &mut Taken, key: &str| {
        let found = entry(key);
        if let Some(entry) = found {
            taken.annotate(key, &entry.value.text().unwrap_or_default(), found);
        }
        found.is_some()
    };
    let order = |taken: &mut Taken, key: &str| {
        let own = entry(key);
        let number = own.and_then(|own| own.value.text()?.parse::<i64>().ok()).unwrap_or_default();
        taken.annotate(key, &number.saturating_sub(1).to_string(), own);
    };
    copy(&mut taken, &format!("{prefix}owner"));
    let mut is_in_wave = entry(WAVE).is_none();
    for (hook, step, policy) in HOOKS {
        if copy(&mut taken, hook) {
            order(&mut taken, step);
            is_in_wave |= step == WAVE;
            copy(&mut taken, policy);
        }
    }
    if !is_in_wave {
        order(&mut taken, WAVE);
    }
    taken
}

/// The Secrets that pods of an account pull their images with.
pub(super) fn pull_secrets(
    at: &Placed<'_>,
    namespace: Option<&str>,
    old: &str,
    context: &Context<'_>,
) -> Taken {
    let places = &context.graph.places;
    let declared = places.definitions(at.source, "ServiceAccount", namespace, old);
    let lists = declared.filter_map(|id| places[id].object.node.get("imagePullSecrets"));
    let mut taken = Taken::default();
    for name in lists.flat_map(Node::items).filter_map(|item| item.entry("name")) {
        let Some(text) = name.value.text() else { continue };
        if taken.lines.is_empty() {
            taken.lines.push("imagePullSecrets:".to_owned());
        }
        taken.add(("  ", format!("- name: {}", plain(&text))), "imagePullSecrets", Some(name));
    }
    taken
}
