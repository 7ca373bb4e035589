//! Findings in groups, in which equal ones of several clusters, overlays or copies are one line.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::catalog::Catalog;
use crate::finding::{Finding, Form, Report, RuleId, Severity, Strong};
use crate::source::SourceMap;

use super::GroupBy;
use super::place::place;
use super::rank::{by_name, weight};

/// The group of [`RuleId::UNGOVERNED_MANIFEST`]: one thing to do, wherever it is.
const UNREAD: &str = "What cannot be judged as it stands";

/// Findings that belong together.
pub(super) struct Group<'r> {
    /// What they have in common.
    pub(super) title: String,
    /// Who they are about, where it is one of the strongest.
    pub(super) strong: Option<&'r Strong>,
    /// The worst first.
    pub(super) lines: Vec<Line<'r>>,
}

/// One finding, and those that say the same of other places.
pub(super) struct Line<'r> {
    /// The first of them.
    pub(super) finding: &'r Finding,
    /// How many there are.
    pub(super) findings: usize,
    /// How many lines of files the others stand on.
    pub(super) further: usize,
}

impl Group<'_> {
    /// How many findings of a severity are in it.
    pub(super) fn count(&self, severity: Severity) -> usize {
        count(&self.lines, severity)
    }

    fn worst(&self) -> Option<Severity> {
        self.lines.first().map(|line| line.finding.severity)
    }

    fn tier(&self) -> u8 {
        self.strong.map_or(u8::MAX, |strong| strong.reachable)
    }
}

/// How many findings of a severity some lines stand for.
pub(super) fn count(lines: &[Line<'_>], severity: Severity) -> usize {
    let of_it = lines.iter().filter(|line| line.finding.severity == severity);
    of_it.map(|line| line.findings).sum()
}

/// What findings that are one line share.
type Same<'r> = (Severity, RuleId, Form, &'r str);

/// The groups of some findings, the worst first: by severity, then by what the identity can reach, then by number.
pub(super) fn groups<'r>(
    report: &'r Report,
    findings: impl Iterator<Item = &'r Finding>,
    catalog: &Catalog,
    sources: &SourceMap,
    by: GroupBy,
) -> Vec<Group<'r>> {
    // What names no identity is the same wherever it stands: a copy, another overlay.
    let mut same: BTreeMap<(String, Same<'r>), Vec<&'r Finding>> = BTreeMap::new();
    for finding in findings {
        let what = (finding.severity, finding.rule, finding.form, finding.message.as_str());
        let is_somebody = by != GroupBy::Identity || finding.identity.is_some();
        let title = if is_somebody { title(finding, catalog, sources, by) } else { String::new() };
        same.entry((title, what)).or_default().push(finding);
    }
    let mut found: BTreeMap<String, Vec<Line<'r>>> = BTreeMap::new();
    for all in same.into_values() {
        if let Some(line) = line(&all, sources) {
            found.entry(title(line.finding, catalog, sources, by)).or_default().push(line);
        }
    }
    let strongest = match by {
        GroupBy::Identity => by_name(report),
        _ => HashMap::new(),
    };
    let group = |(title, mut lines): (String, Vec<Line<'r>>)| {
        lines.sort_by_key(|line| (weight(line.finding.rule), Reverse(line.findings)));
        let lines = by_turns(lines);
        Group { strong: strongest.get(&title).copied(), title, lines }
    };
    let mut groups: Vec<Group<'r>> = found.into_iter().map(group).collect();
    groups.sort_by_cached_key(|group| {
        let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|one| group.count(one));
        (Reverse(group.worst()), group.tier(), Reverse(counts), group.title.clone())
    });
    groups
}

/// What a finding is grouped under.
fn title(finding: &Finding, catalog: &Catalog, sources: &SourceMap, by: GroupBy) -> String {
    let file = sources.file(finding.span.file).path();
    match by {
        GroupBy::Rule => format!("{} {}", finding.rule, catalog.card(finding.rule).name),
        GroupBy::File => file.to_owned(),
        GroupBy::Owner => finding.owner.as_deref().unwrap_or("nobody is named as owner").to_owned(),
        GroupBy::Identity => match (&finding.identity, &finding.rendered) {
            // One name in several clusters is one line.
            (None, _) if finding.rule == RuleId::UNGOVERNED_MANIFEST => UNREAD.to_owned(),
            (Some(identity), _) => identity.clone().in_cluster(None).to_string(),
            (None, Some(rendered)) if !rendered.roots.is_empty() => rendered.roots[0].clone(),
            _ => file.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned(),
        },
    }
}

fn line<'r>(all: &[&'r Finding], sources: &SourceMap) -> Option<Line<'r>> {
    let places: BTreeSet<(&str, u32)> = all
        .iter()
        .map(|finding| place(sources, finding.span))
        .map(|place| (place.path, place.line))
        .collect();
    Some(Line { finding: all.first()?, findings: all.len(), further: places.len() - 1 })
}

/// The worst first; of one severity each rule once before any of them has its second line.
fn by_turns(lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    let mut seen: HashMap<(Severity, RuleId), usize> = HashMap::new();
    let turn = |line: &Line<'_>| {
        let turn = seen.entry((line.finding.severity, line.finding.rule)).or_default();
        *turn += 1;
        *turn
    };
    let turns: Vec<usize> = lines.iter().map(turn).collect();
    let mut ordered: Vec<(usize, Line<'_>)> = turns.into_iter().zip(lines).collect();
    ordered.sort_by_key(|(turn, line)| (Reverse(line.finding.severity), *turn));
    ordered.into_iter().map(|(_, line)| line).collect()
}
