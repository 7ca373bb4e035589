//! Where the settings take findings out of the count. They stay in the report as not judged.

use std::collections::BTreeSet;

use super::read;
use super::shape::Mistake;
use crate::catalog::Catalog;
use crate::catalog::pattern::{Lists, Patterns};
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

    /// The kind of files that is left out.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.files.as_deref()
    }

    /// Whether a finding of a rule is left out. `path` is seen from the working directory, `seen` from the settings file.
    #[must_use]
    pub fn covers(&self, rule: RuleId, path: &str, seen: &str, charts: &ChartFolders<'_>) -> bool {
        (self.rules.is_empty() || self.rules.contains(&rule))
            && self.path.as_ref().is_none_or(|paths| paths.has(seen))
            && (self.files.is_none() || self.is_of_kind(path, seen, charts))
    }

    /// Whether a file is of the kind that is left out.
    #[must_use]
    pub fn is_of_kind(&self, path: &str, seen: &str, charts: &ChartFolders<'_>) -> bool {
        self.files.as_ref().is_some_and(|kind| match kind.as_str() {
            "vendored-charts" => charts.is_below(path, &["charts"]),
            "chart-tests" => charts.is_below(path, TESTS_OF_CHARTS),
            "examples" => is_in(seen, &["example", "examples", "sample", "samples", "demo", "demos"]),
            "tests" => is_in(seen, &["test", "tests", "testdata", "e2e", "fixtures"]),
            _ => false,
        })
    }

    /// Whether files of the kind count all the same where somebody deploys them. Nobody deploys the tests of a chart.
    #[must_use]
    pub fn yields(&self, path: &str, charts: &ChartFolders<'_>) -> bool {
        self.files.as_ref().is_some_and(|kind| kind != "chart-tests")
            && !charts.is_below(path, TESTS_OF_CHARTS)
    }
}

/// All entries of `exclude`, found by the paths that they name.
pub struct Exclusions<'e> {
    list: &'e [Exclusion],
    by_path: Lists,
    others: BTreeSet<usize>,
}

impl<'e> Exclusions<'e> {
    /// Those of the settings.
    #[must_use]
    pub fn of(list: &'e [Exclusion]) -> Self {
        let paths = list.iter().enumerate();
        let others = paths.clone().filter(|(_, one)| one.path.is_none()).map(|(at, _)| at).collect();
        let by_path = Lists::new(paths.filter_map(|(at, one)| Some((at, one.path.as_ref()?))));
        Self { list, by_path, others }
    }

    /// Those that may leave out what stands at a path, seen from the settings file.
    pub fn at(&self, seen: &str) -> impl Iterator<Item = &'e Exclusion> {
        let mut found = self.others.clone();
        self.by_path.with(seen, &mut found);
        found.into_iter().map(|at| &self.list[at])
    }
}

/// The folders of a chart that only test it.
const TESTS_OF_CHARTS: &[&str] = &["templates/tests", "ci"];

fn is_in(path: &str, names: &[&str]) -> bool {
    path.split('/').rev().skip(1).any(|folder| names.contains(&folder))
}

/// The folders that hold a `Chart.yaml`: what lies beside it has the meaning that Helm gives it. A folder that only has the
/// name of one of Helm's is a folder like any other.
pub struct ChartFolders<'p>(BTreeSet<&'p str>);

impl<'p> ChartFolders<'p> {
    /// Of the paths of all files.
    pub fn of(paths: impl Iterator<Item = &'p str>) -> Self {
        let folders = paths.filter_map(|path| path.strip_suffix("Chart.yaml"));
        Self(folders.filter(|folder| folder.is_empty() || folder.ends_with('/')).collect())
    }

    /// Whether a file stands in one of these folders of a chart: `charts` holds unpacked dependencies
    /// (helm.sh, "Chart dependencies"), `templates/tests` the hooks of `helm test`, `ci` the values that chart-testing
    /// renders with (helm/chart-testing).
    fn is_below(&self, path: &str, folders: &[&str]) -> bool {
        let inside =
            |chart: &&str| folders.iter().any(|folder| starts_with_folder(&path[chart.len()..], folder));
        let parents = path.match_indices('/').map(|(slash, _)| &path[..=slash]);
        std::iter::once("")
            .chain(parents)
            .filter(|folder| self.0.contains(folder))
            .any(|chart| inside(&chart))
    }
}

fn starts_with_folder(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|below| below.starts_with('/'))
}
