//! Where the settings take findings out of the count. They stay in the report as not judged.

use super::read;
use super::shape::Mistake;
use crate::catalog::Catalog;
use crate::catalog::pattern::Patterns;
use crate::finding::RuleId;
use crate::yaml::Node;

/// An entry of `exclude`.
#[derive(Clone, Debug)]
pub struct Exclusion {
    path: Option<Patterns>,
    files: Option<String>,
    rules: Vec<RuleId>,
    /// Why.
    pub reason: String,
}

impl Exclusion {
    pub(super) fn of(node: Node<'_>, catalog: &Catalog, mistakes: &mut Vec<Mistake>) -> Self {
        if ["path", "files", "rules"].iter().all(|key| node.get(key).is_none()) {
            let message = "an item of `exclude` needs `path`, `files` or `rules`";
            mistakes.push(Mistake::new(node.span(), message));
        }
        Self {
            path: node.get("path").map(|_| Patterns::new(read::texts(node, "path"))),
            files: read::text(node, "files"),
            rules: read::rules(node, "rules", catalog, mistakes),
            reason: read::text(node, "reason").unwrap_or_default(),
        }
    }

    /// Whether a finding of a rule at a path, seen from the settings file, is left out.
    #[must_use]
    pub fn covers(&self, rule: RuleId, path: &str) -> bool {
        (self.rules.is_empty() || self.rules.contains(&rule))
            && self.path.as_ref().is_none_or(|paths| paths.has(path))
            && self.files.as_ref().is_none_or(|kind| is_of_kind(kind, path))
    }
}

/// Whether a path is one of a kind of files (`exclude.files`).
fn is_of_kind(kind: &str, path: &str) -> bool {
    let folders: Vec<&str> = path.split('/').rev().skip(1).collect();
    let is_in = |names: &[&str]| folders.iter().any(|folder| names.contains(folder));
    match kind {
        // Helm unpacks dependencies into the `charts` folder of a chart (helm.sh, "Chart dependencies").
        "vendored-charts" => {
            is_in(&["charts"])
                && folders.iter().rposition(|folder| *folder == "charts") != Some(folders.len() - 1)
        }
        // Hooks of `helm test`, and the values that chart-testing renders with (helm/chart-testing, `ci/`).
        "chart-tests" => path.contains("templates/tests/") || is_in(&["ci"]),
        "examples" => is_in(&["example", "examples", "sample", "samples", "demo", "demos"]),
        "tests" => is_in(&["test", "tests", "testdata", "e2e", "fixtures"]),
        _ => false,
    }
}
