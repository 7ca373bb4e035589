//! Which findings and exceptions are about which identity.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::record::{ExceptionUse, FindingUse};
use crate::finding::{Exception, Finding, ObjectName, Report};
use crate::graph::reach::IdentityId;
use crate::graph::record::Location;
use crate::graph::{Graph, Reach};
use crate::source::{SourceMap, Span};

/// Findings and exceptions, by the position of their identity.
#[derive(Debug)]
pub(super) struct Judged<'r> {
    findings: Vec<BTreeSet<usize>>,
    exceptions: Vec<BTreeSet<usize>>,
    report: &'r Report,
    sources: &'r SourceMap,
}

impl<'r> Judged<'r> {
    pub(super) fn of(
        graph: &Graph<'_>,
        reach: &Reach<'_>,
        report: &'r Report,
        sources: &'r SourceMap,
    ) -> Self {
        let all = reach.net.identities.len();
        let mut judged = Self {
            findings: vec![BTreeSet::new(); all],
            exceptions: vec![BTreeSet::new(); all],
            report,
            sources,
        };
        let index = Index::of(graph, reach);
        let mut by_fingerprint: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, finding) in report.findings.iter().enumerate() {
            let about = index.about(finding);
            for &identity in &about {
                judged.findings[identity].insert(at);
            }
            by_fingerprint.entry(&finding.fingerprint).or_default().extend(about);
        }
        for (at, exception) in report.exceptions.iter().enumerate() {
            let hidden = exception.hides.iter().filter_map(|hidden| by_fingerprint.get(hidden.as_str()));
            for &identity in hidden.flatten() {
                judged.exceptions[identity].insert(at);
            }
        }
        judged
    }

    pub(super) fn of_identity(&self, identity: IdentityId) -> (Vec<FindingUse>, Vec<ExceptionUse>) {
        let position = identity.position();
        let findings = self.findings[position].iter().map(|&at| self.finding(&self.report.findings[at]));
        let exceptions =
            self.exceptions[position].iter().map(|&at| self.exception(&self.report.exceptions[at]));
        (findings.collect(), exceptions.collect())
    }

    fn location(&self, span: Span) -> Location {
        let file = self.sources.file(span.file);
        Location { file: file.path().to_owned(), line: file.position(span.start).line }
    }

    fn finding(&self, finding: &Finding) -> FindingUse {
        FindingUse {
            rule: finding.rule.to_string(),
            form: finding.form.0,
            severity: finding.severity,
            fingerprint: finding.fingerprint.clone(),
            suppressed: finding.suppressed.as_ref().map(|suppressed| suppressed.by.word()),
            location: self.location(finding.span),
        }
    }

    pub(super) fn exception(&self, exception: &Exception) -> ExceptionUse {
        ExceptionUse {
            id: exception.id.clone(),
            rules: exception.rules.iter().map(ToString::to_string).collect(),
            owner: exception.owner.clone(),
            approver: exception.approver.clone(),
            until: exception.until.map(|until| until.to_string()),
            state: exception.state.word(),
            location: self.location(exception.at),
        }
    }
}

/// Identities by their names, and by the objects that are part of them.
struct Index {
    by_name: HashMap<String, Vec<usize>>,
    by_object: HashMap<ObjectName, Vec<usize>>,
    clusters: Vec<Option<String>>,
}

impl Index {
    fn of(graph: &Graph<'_>, reach: &Reach<'_>) -> Self {
        let places = &graph.places;
        let mut index = Self { by_name: HashMap::new(), by_object: HashMap::new(), clusters: Vec::new() };
        for (position, identity) in reach.net.identities.iter().enumerate() {
            index.by_name.entry(identity.named().to_string()).or_default().push(position);
            let runners = identity.runners.iter().map(|&runner| places[runner].object);
            let parts = runners.chain(identity.declared).chain(identity.token_secrets.iter().copied());
            for object in parts.collect::<BTreeSet<_>>() {
                index.by_object.entry(places[object].named()).or_default().push(position);
            }
            index.clusters.push(places.sources.cluster(identity.home).map(str::to_owned));
        }
        index
    }

    /// The identities that a finding names; else those of the object that it is about.
    fn about(&self, finding: &Finding) -> Vec<usize> {
        let name = finding.identity.as_ref().map(|identity| {
            let mut own = identity.clone();
            own.cluster = None;
            own.to_string()
        });
        let named = name.and_then(|name| self.by_name.get(&name));
        let object = || self.by_object.get(finding.object.as_ref()?);
        let found = named.or_else(object).into_iter().flatten().copied();
        let is_there = |position: &usize| match &self.clusters[*position] {
            Some(cluster) => finding.clusters.is_empty() || finding.clusters.contains(cluster),
            None => true,
        };
        found.filter(is_there).collect()
    }
}
