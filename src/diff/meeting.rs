//! One identity on both sides: which records are its own, and what became of it.

use std::collections::{BTreeSet, HashMap};

use super::draft::{Draft, Pair, emptied, own_files, shown};
use super::matching::Matched;
use super::record::{Became, Bucket, Direction};
use super::{around, holdings, privilege};
use crate::graph::record::{Location, Tier};
use crate::inventory::record::{Credential, CredentialKind, FindingUse, Record};

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
    /// Whether it may do something now, or somebody keeps a token of it.
    pub(super) holds: bool,
    /// Its namespace and name.
    pub(super) name: (Option<String>, String),
}

/// Two records that are of one identity, or one that is new or gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meeting {
    pub(super) base: Option<usize>,
    pub(super) head: Option<usize>,
    is_renamed: bool,
}

/// All of them: those that are the same, renamed, gone, new.
pub(super) fn meetings(matched: &Matched) -> Vec<Meeting> {
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
    /// What became of it, before the causes are known.
    pub(super) fn drafts(self, before: &[Record], after: &[Record]) -> Vec<Draft> {
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

    /// Its id, and who it is.
    pub(super) fn subject(self, before: &[Record], after: &[Record]) -> (String, Subject) {
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
            holds: head.is_some_and(holds),
            name: named.map(|one| (one.namespace.clone(), one.name.clone())).unwrap_or_default(),
        };
        (named.map(|one| one.id.clone()).unwrap_or_default(), subject)
    }

    /// The findings about an identity that was renamed and that are the same but for names. `messages` has what each says,
    /// by its fingerprint, before and now.
    pub(super) fn same_findings(
        self,
        before: &[Record],
        after: &[Record],
        messages: (&HashMap<&str, &str>, &HashMap<&str, &str>),
    ) -> Vec<(String, String)> {
        let Some((base, head)) = self.base.zip(self.head).filter(|_| self.is_renamed) else {
            return Vec::new();
        };
        let key = |one: &FindingUse, names: &[&str], messages: &HashMap<&str, &str>| {
            let message = messages.get(one.fingerprint.as_str()).copied().unwrap_or_default();
            let unnamed = names.iter().fold(message.to_owned(), |text, name| text.replace(name, "*"));
            (one.rule.clone(), one.form, one.severity, unnamed)
        };
        let (old_names, names) = (names(&before[base]), names(&after[head]));
        let mut left: HashMap<_, Vec<&str>> = HashMap::new();
        for old in &before[base].findings {
            left.entry(key(old, &old_names, messages.0)).or_default().push(&old.fingerprint);
        }
        let same = after[head].findings.iter().filter_map(|now| {
            let old = left.get_mut(&key(now, &names, messages.1))?.pop()?;
            Some((old.to_owned(), now.fingerprint.clone()))
        });
        same.collect()
    }

    /// The files in which it is written, on both sides.
    pub(super) fn own_files<'r>(self, before: &'r [Record], after: &'r [Record]) -> BTreeSet<&'r str> {
        let both = self.base.map(|at| &before[at]).into_iter().chain(self.head.map(|at| &after[at]));
        both.flat_map(own_files).collect()
    }
}

/// What it and its workloads are called, long names first.
fn names(record: &Record) -> Vec<&str> {
    let workloads = record.workloads.iter().map(|workload| workload.at.name.as_str());
    let mut names: Vec<&str> =
        workloads.chain([record.name.as_str()]).filter(|name| !name.is_empty()).collect();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

fn holds(record: &Record) -> bool {
    let is_kept = |one: &Credential| one.kind == CredentialKind::StaticToken;
    privilege::can_do_something(record) || record.credentials.iter().any(is_kept)
}

/// Whether the last workload of an identity is gone, while the identity itself is not.
fn is_left_over(pair: &Pair<'_>) -> bool {
    let is_abandoned = !pair.base.workloads.is_empty() && pair.head.workloads.is_empty();
    // Every namespace has a `default`, whatever runs there.
    is_abandoned && pair.head.name != "default"
}
