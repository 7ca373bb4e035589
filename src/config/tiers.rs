//! Tiers: how strictly a group of namespaces is judged. Of several that fit the strictest holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::choice::{self, Choice};
use super::exceptions::ExceptionLimits;
use super::read;
use super::shape::Mistake;
use super::{STANDARD, Settings};
use crate::catalog::pattern::{Lists, Patterns};
use crate::catalog::{Catalog, Preset, hint};
use crate::yaml::Node;

/// The tiers that there are without settings, from the strictest, with their presets.
const BUILTIN: [(&str, Preset); 5] = [
    ("restricted", Preset::Strict),
    ("platform", Preset::Recommended),
    ("ephemeral", Preset::Recommended),
    (STANDARD, Preset::Recommended),
    ("sandbox", Preset::Baseline),
];

/// At most so many names are compared with one that is not known.
const MOST_COMPARED: usize = 100;

/// A tier, as the settings or we ourselves have it.
#[derive(Clone, Debug)]
pub(super) struct TierChoice {
    pub(super) name: String,
    /// None is that of the whole.
    pub(super) preset: Option<Preset>,
    pub(super) rules: Vec<Choice>,
    pub(super) exceptions: ExceptionLimits,
}

impl TierChoice {
    /// The tiers of `tiers`, and those that there are without it: of equal presets those of the settings come first, as
    /// they stand there.
    pub(super) fn all(node: Option<Node<'_>>, catalog: &Catalog, mistakes: &mut Vec<Mistake>) -> Vec<Self> {
        let mut tiers = Vec::new();
        for entry in node.into_iter().flat_map(Node::entries).filter(|entry| entry.value.is_map()) {
            let name = entry.key.key().into_owned();
            let builtin = BUILTIN.iter().find(|known| known.0 == name).map(|known| known.1);
            let rules = entry.value.get("rules").filter(|rules| rules.is_map());
            tiers.push(Self {
                preset: entry.value.get("preset").and_then(read::preset).or(preset_of(&name, builtin)),
                exceptions: ExceptionLimits::of_settings(
                    &name,
                    entry.value.get("exceptions"),
                    catalog,
                    mistakes,
                ),
                rules: rules.map(|rules| choice::read(rules, catalog, mistakes)).unwrap_or_default(),
                name,
            });
        }
        for (name, preset) in BUILTIN {
            if tiers.iter().all(|tier| tier.name != name) {
                tiers.push(Self {
                    name: name.to_owned(),
                    preset: preset_of(name, Some(preset)),
                    rules: Vec::new(),
                    exceptions: ExceptionLimits::of_tier(name),
                });
            }
        }
        tiers
    }

    /// Notes it where a text is the name of no tier.
    pub(super) fn must_be_known(node: Node<'_>, tiers: &[Self], mistakes: &mut Vec<Mistake>) {
        let name = node.text().unwrap_or_default();
        if tiers.iter().any(|tier| tier.name == name) {
            return;
        }
        let names: Vec<&str> = tiers.iter().map(|tier| tier.name.as_str()).take(MOST_COMPARED).collect();
        let help = hint(&name, &names);
        mistakes.push(Mistake::new(node.span(), format!("`{name}` is no tier; {help}")));
    }
}

/// The standard tier has the preset of the whole.
fn preset_of(name: &str, builtin: Option<Preset>) -> Option<Preset> {
    builtin.filter(|_| name != STANDARD)
}

/// A tier with the settings that hold in it.
#[derive(Clone, Debug)]
pub(super) struct Tier {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) exceptions: ExceptionLimits,
}

/// Orders tiers from the strictest preset.
pub(super) fn strictness(preset: Preset) -> usize {
    match preset {
        Preset::Strict => 0,
        Preset::Recommended => 1,
        Preset::Baseline => 2,
        Preset::Audit => 3,
    }
}

/// An entry of `assign`.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    namespace: Option<Patterns>,
    labels: BTreeMap<String, String>,
    environment: Option<Patterns>,
    path: Option<Patterns>,
    pub(super) tier: String,
}

impl Assignment {
    pub(super) fn of(node: Node<'_>, tiers: &[TierChoice], mistakes: &mut Vec<Mistake>) -> Self {
        let patterns = |key: &str| node.get(key).map(|_| Patterns::new(read::texts(node, key)));
        if let Some(tier) = node.get("tier") {
            TierChoice::must_be_known(tier, tiers, mistakes);
        }
        let criteria = ["namespace", "namespaceLabels", "environment", "path"];
        if criteria.iter().all(|key| node.get(key).is_none()) {
            let message = "an item of `assign` needs `namespace`, `namespaceLabels`, `environment` or `path`; \
                `defaultTier` holds for the rest";
            mistakes.push(Mistake::new(node.span(), message));
        }
        Self {
            namespace: patterns("namespace"),
            labels: read::map(node, "namespaceLabels"),
            environment: patterns("environment"),
            path: patterns("path"),
            tier: read::text(node, "tier").unwrap_or_default(),
        }
    }

    fn fits(&self, standing: &Standing<'_>) -> bool {
        let one = |patterns: &Option<Patterns>, text: Option<&str>| {
            patterns.as_ref().is_none_or(|patterns| text.is_some_and(|text| patterns.has(text)))
        };
        one(&self.namespace, standing.namespace)
            && one(&self.path, Some(standing.path))
            && self
                .labels
                .iter()
                .all(|label| standing.namespace_labels.iter().any(|(key, value)| (key, value) == label))
            && self
                .environment
                .as_ref()
                .is_none_or(|all| standing.environments.iter().any(|one| all.has(one)))
    }
}

/// The entries of `assign`, searched by what they ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Assignments {
    all: Vec<Assignment>,
    by_namespace: Lists,
    by_path: Lists,
    by_label: HashMap<(String, String), Vec<usize>>,
    others: Vec<usize>,
}

impl Assignments {
    pub(super) fn of(all: &[Assignment]) -> Self {
        let numbered = || all.iter().enumerate();
        let of_path = |one: &&Assignment| one.namespace.is_none() && one.path.is_some();
        let mut this = Self {
            all: all.to_vec(),
            by_namespace: Lists::new(numbered().filter_map(|(at, one)| Some((at, one.namespace.as_ref()?)))),
            by_path: Lists::new(
                numbered()
                    .filter(|(_, one)| of_path(one))
                    .filter_map(|(at, one)| Some((at, one.path.as_ref()?))),
            ),
            ..Self::default()
        };
        for (at, one) in numbered().filter(|(_, one)| one.namespace.is_none() && one.path.is_none()) {
            match one.labels.iter().next() {
                Some((key, value)) => {
                    this.by_label.entry((key.clone(), value.clone())).or_default().push(at);
                }
                None => this.others.push(at),
            }
        }
        this
    }

    /// Those that hold for something.
    pub(super) fn fitting(&self, standing: &Standing<'_>) -> impl Iterator<Item = &Assignment> {
        let mut maybe: BTreeSet<usize> = self.others.iter().copied().collect();
        if let Some(namespace) = standing.namespace {
            self.by_namespace.with(namespace, &mut maybe);
        }
        self.by_path.with(standing.path, &mut maybe);
        let of_labels = standing.namespace_labels.iter().filter_map(|label| self.by_label.get(label));
        maybe.extend(of_labels.flatten());
        maybe.into_iter().map(|at| &self.all[at]).filter(|one| one.fits(standing))
    }
}

/// Where an object stands, as far as its tier depends on it.
#[derive(Clone, Debug, Default)]
pub struct Standing<'s> {
    /// Its namespace, if it is known.
    pub namespace: Option<&'s str>,
    /// Labels of that Namespace object.
    pub namespace_labels: Vec<(String, String)>,
    /// The environments that its path, its namespace and its own labels name, each in one word.
    pub environments: Vec<String>,
    /// The path of its file, seen from the settings file.
    pub path: &'s str,
}
