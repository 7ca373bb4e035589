//! What a run did not judge, by kind, as the report counts it; and what of it ends the run as not whole.

use std::collections::BTreeMap;
use std::path::Path;

use super::settle::Found;

use crate::catalog::{Catalog, Class};
use crate::config::{ChartFolders, Exclusion, Exclusions, Settings};
use crate::finding::{Form, RuleId, RunError, Unjudged};
use crate::graph::Graph;
use crate::load::{self, is_below};
use crate::render::{Applied, Destinations, Rendered};

/// What was not judged, by what it is called.
#[derive(Default)]
pub(super) struct NotJudgedByKind(BTreeMap<&'static str, Kind>);

#[derive(Default)]
struct Kind {
    count: usize,
    example: Option<String>,
    /// Whether the arguments or a deployer name it.
    named: bool,
    /// Whether a notice says so at the place of each.
    noticed: bool,
}

impl NotJudgedByKind {
    /// `unread`: files with text that cannot be read and is no manifest.
    pub(super) fn of(rendered: &Rendered, unread: &[String], graph: &Graph<'_>) -> Self {
        let mut all = Self::default();
        for one in &rendered.not_judged {
            all.count(one.what, one.example.clone(), true, one.is_noticed);
        }
        for skipped in &rendered.skipped {
            let reason = skipped.reason;
            all.count(reason.words(), skipped.example.clone(), reason.is_named(), false);
        }
        for file in unread {
            all.count("texts that are neither manifests nor YAML", file.clone(), false, false);
        }
        for example in &graph.places.inside {
            all.count("manifests inside of other objects", example.clone(), true, true);
        }
        let in_graph = graph.places.skipped.iter().cloned().chain(graph.grants.unknowns());
        in_graph.for_each(|(what, example)| all.count(what, example, false, false));
        all
    }

    /// Takes the findings out that the settings exclude. Kinds of files yield to whoever names them: what a deployer, a
    /// kustomization or an argument (`paths`) names is judged.
    pub(super) fn exclude(
        &mut self,
        found: &mut Vec<Found>,
        settings: &Settings,
        rendered: &Rendered,
        paths: &[String],
    ) {
        if settings.exclude.is_empty() {
            return;
        }
        let sources = rendered.texts.sources();
        let charts = ChartFolders::of(sources.files().map(|(_, file)| file.path()));
        let mut named: BTreeMap<&str, Named> = BTreeMap::new();
        for (kind, one) in settings.exclude.iter().filter_map(|one| Some((one.kind()?, one))) {
            named.entry(kind).or_insert_with(|| Named::of(one, settings, rendered, paths, &charts));
        }
        let exclusions = Exclusions::of(&settings.exclude);
        found.retain(|(finding, _)| {
            // What is said of the gate itself is not the gate's to leave out.
            if matches!(finding.rule.0, 901..=904) {
                return true;
            }
            let path = sources.file(finding.span.file).path();
            let seen = settings.folder.seen(path);
            let covered = exclusions.at(&seen).any(|one| {
                let is_named = || one.kind().is_some_and(|kind| named[kind].has(path));
                one.covers(finding.rule, path, &seen, &charts) && !(one.yields(path, &charts) && is_named())
            });
            if covered {
                self.count("findings that the settings exclude", path.to_owned(), false, false);
            }
            !covered
        });
    }

    fn count(&mut self, what: &'static str, example: String, named: bool, noticed: bool) {
        let kind = self.0.entry(what).or_default();
        kind.count += 1;
        kind.example = Some(kind.example.take().map_or(example.clone(), |before| before.min(example)));
        (kind.named, kind.noticed) = (named, noticed);
    }

    /// What fails a run that must judge everything, where no finding says so. `reported`: notices become findings.
    pub(super) fn errors(&self, reported: bool) -> Vec<RunError> {
        let silent = self.0.iter().filter(|(_, kind)| kind.named && !(kind.noticed && reported));
        let error = |(what, kind): (&&str, &Kind)| {
            let (count, example) = (kind.count, kind.example.as_deref().unwrap_or_default());
            let message = format!(
                "not judged: {what} ({count}), for example {example}; --fail-on-unjudged fails on it"
            );
            RunError { file: None, line: None, message }
        };
        silent.map(error).collect()
    }

    /// All kinds. `masked` takes out of an example what no output may show.
    pub(super) fn listed(self, masked: impl Fn(&str) -> String) -> Vec<Unjudged> {
        let listed = self.0.into_iter().map(|(what, kind)| Unjudged {
            what: what.to_owned(),
            count: kind.count,
            example: kind.example.as_deref().map(&masked).unwrap_or_default(),
            named: kind.named,
        });
        listed.collect()
    }
}

/// What of a kind of files is named from outside of it.
struct Named {
    applied: BTreeMap<String, Destinations>,
    /// The arguments that name such files.
    arguments: Vec<String>,
}

impl Named {
    fn of(
        one: &Exclusion,
        settings: &Settings,
        rendered: &Rendered,
        paths: &[String],
        charts: &ChartFolders<'_>,
    ) -> Self {
        let is_of_kind = |path: &str| one.is_of_kind(path, &settings.folder.seen(path), charts);
        let plain = |path: &String| load::shown(Path::new(path), None);
        let arguments = paths.iter().map(plain);
        let arguments = arguments.filter(|path| is_of_kind(path) || is_of_kind(&format!("{path}/-")));
        Self { applied: rendered.applied(|path| !is_of_kind(path)), arguments: arguments.collect() }
    }

    fn has(&self, path: &str) -> bool {
        self.applied.get(path).is_some_and(|one| one.how >= Applied::Built)
            || self.arguments.iter().any(|argument| is_below(path, argument))
    }
}

/// The errors of what is not judged, where the settings make it errors.
pub(super) fn not_judged(
    unjudged: &NotJudgedByKind,
    settings: &Settings,
    catalog: &Catalog,
) -> Vec<RunError> {
    let card = catalog.card(RuleId::UNGOVERNED_MANIFEST);
    let is_reported = settings.severity(card, Form::UNRESOLVED.0, Class::Service).is_some();
    if settings.fail_on_unjudged { unjudged.errors(is_reported).into_iter().collect() } else { Vec::new() }
}
