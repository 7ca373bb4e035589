//! Which environment a path, a namespace or a label names.

use super::{Placed, Places};
use crate::k8s::Object;
pub use crate::render::cluster::of_path;
use crate::render::cluster::{WORDS, name_of_values};
use crate::source::{SourceId, Span};
use crate::yaml::Node;

/// The environment word that a namespace begins or ends with: `shop-prod`. Two of them side by side say nothing:
/// `shop-test-production` may be the real thing of a test platform.
#[must_use]
pub fn of_namespace(namespace: &str) -> Option<&'static str> {
    let word = |part: Option<&str>| WORDS.into_iter().find(|word| part == Some(*word));
    let mut parts = namespace.split('-');
    let first = parts.next();
    match (word(parts.next_back()), word(parts.next_back())) {
        (Some(last), Some(before)) if last != before => None,
        (last, _) => last.or_else(|| word(first)),
    }
}

/// Words in names that tell copies of a workload in one environment apart.
const VARIANTS: [&str; 6] = ["canary", "blue", "green", "stable", "primary", "preview"];

/// A workload's name without the parts that tell copies apart: `api-canary` and `api-blue` are both `api`.
#[must_use]
pub fn without_variant(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, last)) if VARIANTS.contains(&last) || WORDS.contains(&last) => stem,
        _ => name,
    }
}

/// Whether two names are those of two copies in one environment: `api-blue` and `api-green`.
#[must_use]
pub fn are_variants(one: &str, other: &str) -> bool {
    let stem = |name: &str| match name.rsplit_once('-') {
        Some((stem, last)) if VARIANTS.contains(&last) => stem.to_owned(),
        _ => name.to_owned(),
    };
    stem(one) == stem(other)
}

/// A namespace without its environment word: `shop` of `shop-dev`, `dev-shop` and `shop`.
#[must_use]
pub fn without_word(namespace: &str) -> &str {
    let ends = namespace.rsplit_once('-').filter(|(_, last)| WORDS.contains(last)).map(|(stem, _)| stem);
    let starts =
        || namespace.split_once('-').filter(|(first, _)| WORDS.contains(first)).map(|(_, stem)| stem);
    ends.or_else(starts).unwrap_or(namespace)
}

/// One word for each environment: `production`, `prd` and `live` are `prod`.
#[must_use]
pub fn canonical(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "prod" | "production" | "prd" | "live" => "prod".to_owned(),
        "stage" | "staging" => "stage".to_owned(),
        "dev" | "development" => "dev".to_owned(),
        other => other.to_owned(),
    }
}

/// Whether an environment, as [`canonical`] names it, is where the real thing runs.
#[must_use]
pub fn is_production(word: &str) -> bool {
    word == "prod"
}

/// Labels and annotations whose value is an environment, whatever it says.
const KEYS: [&str; 3] = ["environment", "env", "app.kubernetes.io/environment"];
/// … and those whose value may also mean something else.
const AMBIGUOUS: [&str; 2] = ["stage", "tier"];

impl Places<'_> {
    /// The environment that an object says it is for, by a label or annotation, and where.
    #[must_use]
    pub fn declared_environment(&self, object: &Object<'_>) -> Option<(String, Span)> {
        let metadata = object.metadata()?;
        self.environment_in(metadata)
    }

    /// The environment that some `metadata` says, and where.
    #[must_use]
    pub fn environment_in(&self, metadata: Node<'_>) -> Option<(String, Span)> {
        let own = format!("{}environment", self.input.prefix);
        let keys = std::iter::once((own.as_str(), true))
            .chain(KEYS.map(|key| (key, true)))
            .chain(AMBIGUOUS.map(|key| (key, false)));
        let lists = ["annotations", "labels"].map(|list| metadata.get(list));
        keys.flat_map(|(key, sure)| lists.into_iter().flatten().map(move |list| (list.get(key), sure)))
            .find_map(|(value, sure)| {
                let text = value?.text()?;
                let known = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
                let filled = !text.is_empty() && !text.contains(['$', '{', '<']);
                (known || (sure && filled))
                    .then(|| (canonical(&text), value.map(Node::span)))
                    .and_then(|(word, span)| Some((word, span?)))
            })
    }

    /// The environment of an object, in one word: it or its namespace says so, else its path, else its namespace's name.
    #[must_use]
    pub fn environment_of(&self, at: &Placed<'_>) -> Option<String> {
        let declared = self.declared_environment(&at.object).map(|(word, _)| word);
        let namespace = at.namespace.as_deref();
        declared
            .or_else(|| self.declared_of_namespace(at, namespace?))
            .or_else(|| of_path(self.path(at.file)).map(canonical))
            .or_else(|| of_namespace(namespace?).map(canonical))
    }

    /// What a source is for by the name of the values that it was chosen by, whatever word that is.
    #[must_use]
    pub fn name_of_choice(&self, source: SourceId) -> Option<String> {
        let choices = &self.sources.assumed(source).choices;
        choices.iter().find_map(|(_, set)| name_of_values(set))
    }

    /// The environment of a namespace, in one word, seen from where `at` stands.
    #[must_use]
    pub fn environment_of_namespace(&self, at: &Placed<'_>, namespace: &str) -> Option<String> {
        self.declared_of_namespace(at, namespace).or_else(|| of_namespace(namespace).map(canonical))
    }

    /// The labels of a namespace that its object in the input carries, seen from where `at` stands. Where several may be the
    /// one that is applied, the labels of all.
    #[must_use]
    pub fn labels_of_namespace(&self, at: &Placed<'_>, namespace: &str) -> Vec<(String, String)> {
        let found = self.lookup(at.source, "Namespace", None, namespace);
        let labels = found.into_iter().filter_map(|one| self[one].object.metadata()?.get("labels"));
        let text = |node: Node<'_>| node.text().map(std::borrow::Cow::into_owned);
        labels
            .flat_map(Node::entries)
            .filter_map(|entry| Some((entry.key.key().into_owned(), text(entry.value)?)))
            .collect()
    }

    fn declared_of_namespace(&self, at: &Placed<'_>, namespace: &str) -> Option<String> {
        let found = self.lookup(at.source, "Namespace", None, namespace);
        let declared =
            found.into_iter().find_map(|namespace| self.declared_environment(&self[namespace].object));
        declared.map(|(word, _)| word)
    }
}
