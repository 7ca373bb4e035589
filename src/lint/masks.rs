//! What no output may show: the data of every Secret and every credential that the engine finds, reported or not.
//!
//! Secrets, pod specs and chart values are hidden whole. Of everything else only what stands near a finding can be
//! shown, and only that is searched.

use super::actions;
use super::hiding::{Hiding, names};
use super::near::shown;
use super::places::Places;
use super::search::within;
use super::searched::Searcher;
use crate::exceptions::Exceptions;
use crate::finding::{Finding, RuleId};
use crate::graph::{Graph, Parsed};
use crate::load::Texts;
use crate::secrets::engine;
use crate::source::{SourceMap, Span};

/// Fields of a kubeconfig's user that log in, whatever stands there (client-go `tools/clientcmd/api/v1`, `AuthInfo`).
const LOGINS: [&str; 3] = ["client-key-data", "password", "token"];

/// Rules about credentials in text.
const ABOUT_CREDENTIALS: [RuleId; 3] = [RuleId(201), RuleId(202), RuleId(203)];

/// Collects the masks of a run.
pub(super) fn masks<'g>(
    graph: &'g Graph<'_>,
    documents: &[Parsed<'_>],
    findings: &[Finding],
    sources: &SourceMap,
    searcher: &Searcher<'_>,
) -> Hiding<'g> {
    let mut hiding = Hiding::new(names(graph));
    for placed in &graph.places.objects {
        let entries = graph.credentials.stored(placed);
        for stored in entries {
            hiding.stored(stored);
        }
        if !entries.is_empty() {
            let copy = placed.object.annotation("kubectl.kubernetes.io/last-applied-configuration");
            if let Some(copy) = copy {
                hiding.span(copy.span());
            }
        }
    }
    for file in graph.places.objects.iter().filter(|placed| placed.object.is("", "Config")) {
        for login in file.object.node.all_at(&["users", "*", "user"]) {
            LOGINS.iter().filter_map(|key| login.get(key)).for_each(|value| hiding.span(value.span()));
        }
    }
    for literal in graph.credentials.literals() {
        let text = literal.node.kept_text().unwrap_or_default();
        hiding.hit(literal.node, &text, &literal.hit);
    }
    let shown = shown(findings.iter(), sources);
    for doc in documents.iter().map(|parsed| parsed.doc).filter(|doc| sources.file(doc.file).is_rendered()) {
        if let Some(ranges) = shown.get(&doc.file) {
            searcher.document(doc, ranges, &mut hiding);
        }
    }
    hiding
}

/// Hides credentials in the words of exceptions, which are repeated beside what is excepted.
pub(super) fn of_exceptions(hiding: &mut Hiding<'_>, exceptions: &Exceptions<'_>) {
    for (text, at) in exceptions.texts() {
        for hit in engine().config(text, &|_| false) {
            hiding.value(text, &hit);
            hiding.span(at);
        }
    }
}

/// Hides, in the files that people wrote, what is hidden in the text rendered from them, and what looks like a
/// credential near the places of findings.
pub(super) fn follow(
    hiding: &mut Hiding<'_>,
    places: &Places,
    findings: &[Finding],
    texts: &Texts,
    searcher: &Searcher<'_>,
) {
    let sources = texts.sources();
    let written = |span: &Span| match places.written(*span) {
        // Of a line that is printed as it is only what is hidden, and not its key.
        whole if whole.len() == 1 => {
            let part = places.narrow(*span, sources);
            part.filter(|part| sources.text(*part) == sources.text(*span)).map_or(whole, |part| vec![part])
        }
        several => several,
    };
    let written: Vec<Span> = hiding.spans().iter().flat_map(written).collect();
    for span in written.into_iter().flat_map(|span| actions::of_secret(span, sources)) {
        hiding.span(span);
    }
    // A template that prints a credential also holds what it prints by other values.
    for finding in findings.iter().filter(|finding| ABOUT_CREDENTIALS.contains(&finding.rule)) {
        let places = finding.related.iter().map(|label| label.span).chain([finding.span]);
        places.flat_map(|span| actions::texts_of_line(span, sources)).for_each(|span| hiding.span(span));
    }
    let mut shown: Vec<_> = shown(findings.iter(), texts.sources()).into_iter().collect();
    shown.sort_unstable_by_key(|(file, _)| *file);
    for (file, ranges) in shown {
        for document in texts.documents(file) {
            if within(&ranges, document.span()).next().is_some() {
                searcher.document(document.doc(), &ranges, hiding);
            }
        }
    }
}
