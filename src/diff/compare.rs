//! Compares two runs: which identity is which, what became of it, and what caused that.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cause::{self, Lines};
use super::draft::{Draft, Pair, Places, emptied, own_files, shown};
use super::matching::{Matched, matched};
use super::record::{Became, Bucket, Diff, Direction, NewFinding, Row, Verdict};
use super::touched::Touched;
use super::{around, beside, holdings, privilege};
use crate::finding::{Finding, Report, RuleId};
use crate::graph::reach::Standing;
use crate::graph::record::{Location, Recorder, Tier};
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

/// An identity that has rows.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// Whether it was not there before.
    pub(super) is_new: bool,
    /// What it could become, and can become.
    pub(super) tiers: (Tier, Tier),
    /// Where it is written now; none where it is gone.
    pub(super) line: Option<Location>,
    /// The findings about it now: rule and fingerprint.
    pub(super) findings: Vec<(String, String)>,
    /// Its namespace and name.
    pub(super) name: (Option<String>, String),
}

/// What a change does to identities, before anybody judges it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub(super) rows: Vec<Row>,
    /// By the id of the record.
    pub(super) subjects: BTreeMap<String, Subject>,
    identities: [usize; 2],
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
        }
        let reports = ((base.report, base.run.sources()), (head.report, head.run.sources()));
        for mut draft in beside::exceptions(reports.0, reports.1) {
            cause::settle(&mut draft, "", (&sides.0, &sides.1), &BTreeSet::new(), touched);
            change.rows.push(draft.row);
        }
        change
    }

    /// Whether the change does nothing to any identity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// With what is not judged, what it is judged by and what the rules found. `revisions`: the commits.
    #[must_use]
    pub fn into_diff(
        self,
        (base, head): (&Report, &Side<'_, '_, '_>),
        policy: &[PolicyChange],
        revisions: (String, Option<String>),
    ) -> Diff {
        let Self { mut rows, subjects, identities } = self;
        let known: BTreeSet<&str> = base.findings.iter().map(|one| one.fingerprint.as_str()).collect();
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
        let now: BTreeSet<&str> = report.findings.iter().map(|one| one.fingerprint.as_str()).collect();
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

/// Two records that are of one identity, or one that is new or gone.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    base: Option<usize>,
    head: Option<usize>,
    is_renamed: bool,
}

fn meetings(matched: &Matched) -> Vec<Meeting> {
    let pair = |is_renamed| {
        move |&(base, head): &(usize, usize)| Meeting { base: Some(base), head: Some(head), is_renamed }
    };
    let same = matched.same.iter().map(pair(false));
    let renamed = matched.renamed.iter().map(pair(true));
    let gone = matched.gone.iter().map(|&at| Meeting { base: Some(at), head: None, is_renamed: false });
    let new = matched.new.iter().map(|&at| Meeting { base: None, head: Some(at), is_renamed: false });
    same.chain(renamed).chain(gone).chain(new).collect()
}

impl Meeting {
    fn drafts(self, before: &[Record], after: &[Record]) -> Vec<Draft> {
        let (base, head) = (self.base.map(|at| &before[at]), self.head.map(|at| &after[at]));
        let Some(some) = head.or(base) else { return Vec::new() };
        let nothing = emptied(some);
        let pair = Pair {
            base: base.unwrap_or(&nothing),
            head: head.unwrap_or(&nothing),
            is_new: base.is_none(),
            is_gone: head.is_none(),
        };
        let mut drafts: Vec<Draft> = self.own(&pair).into_iter().collect();
        privilege::rows(&pair, &mut drafts);
        holdings::rows(&pair, &mut drafts);
        around::rows(&pair, &mut drafts);
        drafts
    }

    /// The row about the identity as a whole.
    fn own(self, pair: &Pair<'_>) -> Option<Draft> {
        let words = |record: &Record| {
            let runs = record.workloads.first().map(|workload| {
                let more = record.workloads.len() - 1;
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{}/{}{more}", workload.at.kind, workload.at.name)
            });
            let runs = runs.unwrap_or_else(|| "nothing runs as it here".to_owned());
            Some(format!("{}, {runs}", privilege::tier_words(&record.tier)))
        };
        let draft = |texts, direction| pair.draft(Bucket::Identity, "identity", texts, direction);
        let worth = |record: &Record, direction| {
            if privilege::can_do_something(record) { direction } else { Direction::Same }
        };
        if pair.is_new {
            let direction = worth(pair.head, Direction::Rises);
            return Some(draft((None, words(pair.head)), direction).along(&pair.head.tier.path));
        }
        if pair.is_gone {
            return Some(draft((words(pair.base), None), worth(pair.base, Direction::Falls)));
        }
        if self.is_renamed {
            let name = |record: &Record| Some(shown(record, record.cluster.is_some()));
            let mut draft = draft((name(pair.base), name(pair.head)), Direction::Same);
            draft.row.became = Became::Renamed;
            return Some(draft);
        }
        is_left_over(pair).then(|| {
            let mut draft = draft((words(pair.base), words(pair.head)), Direction::Same);
            draft.row.became = Became::LeftOver;
            draft
        })
    }

    fn subject(self, before: &[Record], after: &[Record]) -> (String, Subject) {
        let (base, head) = (self.base.map(|at| &before[at]), self.head.map(|at| &after[at]));
        let tier = |record: Option<&Record>| record.map_or(Tier::T4, |record| record.tier.reachable);
        let named = head.or(base);
        let line = head.and_then(|record| {
            let workload = record.workloads.first().map(|workload| &workload.at.location);
            let binding = record.permissions.rules.first().and_then(|rule| rule.via.location.as_ref());
            record.declared.as_ref().or(workload).or(binding).cloned()
        });
        let findings = head.into_iter().flat_map(|record| &record.findings);
        let counts = findings.filter(|finding| finding.suppressed.is_none());
        let subject = Subject {
            is_new: base.is_none(),
            tiers: (tier(base), tier(head)),
            line,
            findings: counts.map(|one| (one.rule.clone(), one.fingerprint.clone())).collect(),
            name: named.map(|one| (one.namespace.clone(), one.name.clone())).unwrap_or_default(),
        };
        (named.map(|one| one.id.clone()).unwrap_or_default(), subject)
    }

    fn own_files<'r>(self, before: &'r [Record], after: &'r [Record]) -> BTreeSet<&'r str> {
        let both = self.base.map(|at| &before[at]).into_iter().chain(self.head.map(|at| &after[at]));
        both.flat_map(own_files).collect()
    }
}

/// Whether the last workload of an identity is gone, while the identity itself is not.
fn is_left_over(pair: &Pair<'_>) -> bool {
    let is_abandoned = !pair.base.workloads.is_empty() && pair.head.workloads.is_empty();
    // Every namespace has a `default`, whatever runs there.
    is_abandoned && pair.head.name != "default"
}

/// The rule of what is left over.
pub(super) const ORPHAN: RuleId = RuleId(106);
