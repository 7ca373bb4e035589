//! Compares two runs: which identity is which, what became of it, and what caused that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::beside;
use super::cause::{self, Lines};
use super::draft::{Places, shown};
use super::matching::matched;
use super::meeting::{Subject, meetings};
use super::record::{Became, Bucket, Diff, Direction, NewFinding, Row, Verdict};
use super::touched::Touched;
use crate::finding::{Finding, Report};
use crate::graph::reach::Standing;
use crate::graph::record::{Location, Recorder};
use crate::inventory::Inventory;
use crate::inventory::record::Record;
use crate::lint::{Known, PolicyChange, Run};
use crate::render::Provenance;

/// The version of [`Diff`].
const VERSION: u8 = 1;

/// One of the two runs.
#[derive(Clone, Copy)]
pub struct Side<'s, 'r, 'a> {
    /// It.
    pub run: &'s Run<'r>,
    /// Its graph.
    pub known: &'s Known<'a>,
    /// What the rules found in it.
    pub report: &'s Report,
}

/// What a change does to identities, before anybody judges it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(super) rows: Vec<Row>,
    /// By the id of the record.
    pub(super) subjects: BTreeMap<String, Subject>,
    identities: [usize; 2],
    /// See [`Change::renamed`].
    renamed: Vec<(String, String)>,
}

impl Change {
    /// Between two runs of the same settings over two revisions.
    #[must_use]
    pub fn between(base: &Side<'_, '_, '_>, head: &Side<'_, '_, '_>, touched: &Touched<'_>) -> Self {
        let nowhere = Provenance::default();
        let (of_base, of_head) = (inventory(base), inventory(head));
        let (before, old) = sorted(&of_base, base, &nowhere);
        let (after, new) = sorted(&of_head, head, &nowhere);
        let matched = matched(&before, &after);
        let identities = [before.len(), after.len()];
        let several = has_clusters(&before) || has_clusters(&after);
        let mut met = Vec::new();
        let mut places: (Vec<Places>, Vec<Places>) = (Vec::new(), Vec::new());
        for meeting in meetings(&matched) {
            let drafts = meeting.drafts(&before, &after);
            if !drafts.is_empty() {
                places.0.extend(drafts.iter().map(|draft| draft.base.clone()));
                places.1.extend(drafts.into_iter().map(|draft| draft.head));
                met.push(meeting);
            }
        }
        // Only what has changed is followed to where it was written.
        let way = |side: &Side<'_, '_, '_>, places: &[Places]| {
            let places: Vec<&Places> = places.iter().collect();
            side.run.way_back(&cause::files(&side.known.graph, &places))
        };
        let (base_way, head_way) = rayon::join(|| way(base, &places.0), || way(head, &places.1));
        let (before, after) = (
            followed(&of_base, base, &base_way, (before, &old), met.iter().filter_map(|one| one.base)),
            followed(&of_head, head, &head_way, (after, &new), met.iter().filter_map(|one| one.head)),
        );
        let sides = (lines(base, &base_way, "base"), lines(head, &head_way, "head"));
        let (was, says) = (messages(base.report), messages(head.report));
        let mut change = Self { identities, ..Self::default() };
        for meeting in met {
            let (id, subject) = meeting.subject(&before, &after);
            let own = meeting.own_files(&before, &after);
            let root = meeting.head.map_or("", |at| after[at].root.as_str());
            for mut draft in meeting.drafts(&before, &after) {
                let is_new = subject.is_new || meeting.head.is_none();
                let own = if is_new { BTreeSet::new() } else { own.clone() };
                cause::settle(&mut draft, root, (&sides.0, &sides.1), &own, touched);
                let named =
                    meeting.head.map_or_else(|| &before[meeting.base.unwrap_or_default()], |at| &after[at]);
                draft.row.identity = shown(named, several);
                change.rows.push(draft.row);
            }
            change.subjects.insert(id, subject);
            change.renamed.extend(meeting.same_findings(&before, &after, (&was, &says)));
        }
        let reports = ((base.report, base.run.sources()), (head.report, head.run.sources()));
        for mut draft in beside::exceptions(reports.0, reports.1) {
            cause::settle(&mut draft, "", (&sides.0, &sides.1), &BTreeSet::new(), touched);
            change.rows.push(draft.row);
        }
        change
    }

    /// The fingerprints of findings about identities that were renamed, which say the same but for names: what was there
    /// before, and what it is now.
    #[must_use]
    pub fn renamed(&self) -> &[(String, String)] {
        &self.renamed
    }

    /// With what is not judged, what it is judged by and what the rules found. `revisions`: the commits.
    #[must_use]
    pub fn into_diff(
        self,
        (base, head): (&Report, &Side<'_, '_, '_>),
        policy: &[PolicyChange],
        revisions: (String, Option<String>),
    ) -> Diff {
        let Self { mut rows, subjects, identities, renamed } = self;
        let known = base.findings.iter().map(|one| one.fingerprint.as_str());
        let known: BTreeSet<&str> = known.chain(renamed.iter().map(|(_, now)| now.as_str())).collect();
        let is_new = |finding: &Finding| !known.contains(finding.fingerprint.as_str());
        for row in &mut rows {
            let about = row.id.as_ref().and_then(|id| subjects.get(id));
            let all = about.into_iter().flat_map(|subject| &subject.findings);
            let of_row = all.filter(|(rule, fingerprint)| {
                belongs(rule, row.bucket) && !known.contains(fingerprint.as_str())
            });
            row.rules.extend(of_row.map(|(rule, _)| rule.clone()));
            row.rules.sort();
            row.rules.dedup();
        }
        let (report, sources) = (head.report, head.run.sources());
        rows.extend(beside::not_judged(base, (report, sources), is_new));
        rows.extend(policy.iter().map(beside::policy));
        rows.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut new_findings: Vec<NewFinding> =
            report.active().filter(|one| is_new(one)).map(|one| new_finding(one, head)).collect();
        new_findings.sort_by(|a, b| {
            let place = |one: &NewFinding| (one.location.file.clone(), one.location.line, one.rule.clone());
            b.severity.cmp(&a.severity).then_with(|| place(a).cmp(&place(b)))
        });
        let now = report.findings.iter().map(|one| one.fingerprint.as_str());
        let now: BTreeSet<&str> = now.chain(renamed.iter().map(|(before, _)| before.as_str())).collect();
        Diff {
            version: VERSION,
            base: revisions.0,
            head: revisions.1,
            verdict: verdict(&rows, base.errors.is_empty() && report.errors.is_empty()),
            identities,
            rows,
            known_findings: report.active().filter(|one| !is_new(one)).count(),
            mended_findings: base.active().filter(|one| !now.contains(one.fingerprint.as_str())).count(),
            new_findings,
        }
    }
}

/// What rises counts most, and nothing is the same where something is not known.
fn verdict(rows: &[Row], is_whole: bool) -> Verdict {
    let has = |direction| rows.iter().any(|row| row.direction == direction);
    if has(Direction::Rises) {
        Verdict::Increased
    } else if !is_whole || has(Direction::Unknown) {
        Verdict::Unknown
    } else if has(Direction::Falls) {
        Verdict::Decreased
    } else {
        Verdict::Equal
    }
}

fn key(row: &Row) -> (Bucket, Direction, &str, &str, Became, Option<&str>, Option<&str>) {
    let Row { bucket, direction, identity, what, became, before, after, .. } = row;
    (*bucket, *direction, identity, what, *became, after.as_deref(), before.as_deref())
}

/// Whether a rule judges what the rows of a bucket show.
fn belongs(rule: &str, bucket: Bucket) -> bool {
    let family = rule.strip_prefix("NHI").and_then(|number| number.chars().next());
    match bucket {
        Bucket::Identity => matches!(family, Some('1')),
        Bucket::Privilege => matches!(family, Some('5')) && rule != "NHI514",
        Bucket::Credential => matches!(family, Some('4')) || rule == "NHI201" || rule == "NHI601",
        Bucket::Secret => matches!(family, Some('2')) && rule != "NHI201",
        Bucket::Cloud => matches!(family, Some('6')),
        Bucket::Accountability => matches!(family, Some('3')),
        Bucket::Exposure => matches!(family, Some('7')),
        Bucket::Unknown => rule == "NHI514" || rule == "NHI103",
        Bucket::Exception | Bucket::Policy => false,
    }
}

fn new_finding(finding: &Finding, head: &Side<'_, '_, '_>) -> NewFinding {
    let file = head.run.sources().file(finding.span.file);
    let identity = finding.identity.as_ref().map(ToString::to_string);
    NewFinding {
        rule: finding.rule.to_string(),
        form: finding.form.0,
        severity: finding.severity,
        message: finding.message.clone(),
        about: identity.or_else(|| finding.object.as_ref().map(ToString::to_string)),
        fingerprint: finding.fingerprint.clone(),
        location: Location { file: file.path().to_owned(), line: file.position(finding.span.start).line },
    }
}

/// What each finding says, by its fingerprint.
fn messages(report: &Report) -> HashMap<&str, &str> {
    report.findings.iter().map(|one| (one.fingerprint.as_str(), one.message.as_str())).collect()
}

fn inventory<'s, 'a>(side: &Side<'s, '_, 'a>) -> Inventory<'s, 'a> {
    let of = (&side.known.graph, &side.known.reach);
    Inventory::new(of, side.run.settings(), (side.report, side.run.sources()), None)
}

fn recorder<'s, 'a>(side: &Side<'s, '_, 'a>, way: &'s Provenance) -> Recorder<'s, 'a> {
    Recorder::new(&side.known.graph, side.run.sources(), way)
}

/// The records of one side by id, with whose they are.
fn sorted<'s>(
    inventory: &Inventory<'s, '_>,
    side: &Side<'s, '_, '_>,
    way: &Provenance,
) -> (Vec<Record>, Vec<&'s Standing>) {
    let recorder = Recorder::new(&side.known.graph, side.run.sources(), way);
    let all = side.known.reach.standings.par_iter();
    let mut all: Vec<(Record, &Standing)> =
        all.map(|standing| (inventory.record(standing, recorder), standing)).collect();
    all.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    all.into_iter().unzip()
}

/// The records, with some of them as they are where it is known where they were written.
fn followed<'s>(
    inventory: &Inventory<'s, '_>,
    side: &Side<'s, '_, '_>,
    way: &Provenance,
    (mut records, standings): (Vec<Record>, &[&Standing]),
    which: impl Iterator<Item = usize>,
) -> Vec<Record> {
    let recorder = Recorder::new(&side.known.graph, side.run.sources(), way);
    for at in which {
        records[at] = inventory.record(standings[at], recorder);
    }
    records
}

fn lines<'s, 'a>(side: &Side<'s, '_, 'a>, way: &'s Provenance, revision: &'static str) -> Lines<'s, 'a> {
    let files = side.run.sources().files().filter(|(_, file)| !file.is_rendered());
    Lines {
        graph: &side.known.graph,
        recorder: recorder(side, way),
        provenance: way,
        files: files.map(|(_, file)| file.path()).collect(),
        revision,
    }
}

fn has_clusters(records: &[Record]) -> bool {
    let clusters: BTreeSet<Option<&str>> = records.iter().map(|one| one.cluster.as_deref()).collect();
    clusters.len() > 1
}
