//! What no output may show: the data of every Secret and every credential that the engine finds, reported or not.
//!
//! Secrets, pod specs and chart values are hidden whole. Of everything else only what stands near a finding can be
//! shown, and only that is searched. A password that is a name of the run (`grafana`) is hidden only where it stands:
//! anywhere else it gives nothing away, and without names no finding could be understood.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::places::Places;
use crate::finding::{Finding, Principal};
use crate::graph::{Graph, Parsed, Stored};
use crate::load::Texts;
use crate::secrets::{Hit, SecretVerdict, Strength, engine};
use crate::source::{FileId, Masks, SourceMap, Span};
use crate::yaml::{Doc, Node};

/// Lines on both sides of a place that are searched; excerpts show fewer.
const NEAR: usize = 8;

/// Lines of a long value that are hidden one by one are at least this long: `{` and `</key>` are not secret.
const LONG_LINE: usize = 16;

/// Deeper manifests do not exist; hostile ones are cut by the parser before.
const DEPTH: usize = 600;

/// Collects the masks of a run.
pub(super) fn masks<'g>(
    graph: &'g Graph<'_>,
    documents: &[Parsed<'_>],
    findings: &[Finding],
    sources: &SourceMap,
) -> Hiding<'g> {
    let mut hiding = Hiding { names: names(graph), masks: Masks::default() };
    for placed in &graph.places.objects {
        let entries = graph.credentials.stored(placed);
        for stored in entries {
            hiding.stored(stored);
        }
        if !entries.is_empty() {
            let copy = placed.object.annotation("kubectl.kubernetes.io/last-applied-configuration");
            if let Some(copy) = copy {
                hiding.masks.hide(copy.span());
            }
        }
    }
    for literal in graph.credentials.literals() {
        let text = literal.node.text().unwrap_or_default();
        hiding.hit(literal.node, &text, &literal.hit);
    }
    let shown = shown(findings.iter(), sources);
    let values = graph.credentials.value_texts().iter().map(|text| text.doc);
    for doc in documents.iter().map(|parsed| parsed.doc).chain(values) {
        if let Some(ranges) = shown.get(&doc.file) {
            let mut search = Search { ranges, hiding: &mut hiding };
            search.document(doc);
        }
    }
    hiding
}

/// The names in a run: of objects, namespaces and files, and the words that they are made of.
fn names<'g>(graph: &'g Graph<'_>) -> HashSet<&'g str> {
    let paths = graph.places.objects.iter().map(|placed| graph.places.path(placed.file));
    let names = graph.places.objects.iter().flat_map(|placed| {
        let namespace = placed.namespace.as_deref();
        namespace.into_iter().chain([&*placed.object.name])
    });
    let words = |name: &'g str| {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words.chain([name])
    };
    paths.chain(names).flat_map(words).collect()
}

/// The bytes near findings, by file: sorted, without overlaps.
fn shown<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    sources: &SourceMap,
) -> HashMap<FileId, Vec<Range<usize>>> {
    let mut shown: HashMap<FileId, Vec<Range<usize>>> = HashMap::new();
    let spans = findings.flat_map(|finding| {
        let related = finding.related.iter().map(|label| label.span);
        related.chain([finding.span])
    });
    for span in spans {
        let file = sources.file(span.file);
        let starts = file.line_starts();
        let line = |offset: u32| starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let first = starts[line(span.start).saturating_sub(NEAR)] as usize;
        let last = starts.get(line(span.end) + NEAR + 1);
        let end = last.map_or(file.text().len(), |&start| start as usize);
        shown.entry(span.file).or_default().push(first..end);
    }
    #[expect(clippy::iter_over_hash_type, reason = "each file's ranges are merged by themselves")]
    for ranges in shown.values_mut() {
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        ranges.dedup_by(|next, before| {
            let touches = next.start <= before.end;
            if touches {
                before.end = before.end.max(next.end);
            }
            touches
        });
    }
    shown
}

struct Search<'s, 'g> {
    ranges: &'s [Range<usize>],
    hiding: &'s mut Hiding<'g>,
}

impl<'s> Search<'s, '_> {
    /// The part of what is shown that lies within a span.
    fn within(&self, span: Span) -> impl Iterator<Item = Range<usize>> + use<'s> {
        let Range { start, end } = span.range();
        let first = self.ranges.partition_point(|range| range.end <= start);
        self.ranges[first..]
            .iter()
            .take_while(move |range| range.start < end)
            .map(move |range| range.start.max(start)..range.end.min(end))
            .filter(|range| !range.is_empty())
    }

    fn document(&mut self, doc: &Doc) {
        if let Some(root) = doc.root() {
            self.tree(root, DEPTH);
        }
        let pieces: Vec<_> = self.within(doc.span).collect();
        if pieces.is_empty() {
            return;
        }
        self.comments(doc);
        // What could not be read as a tree is shown all the same.
        for piece in pieces.into_iter().filter(|_| doc.broken) {
            let text = doc.text.get(piece.clone()).unwrap_or_default();
            self.text(doc.file, piece.start, text);
        }
    }

    /// Manifests that were commented out, and notes to oneself.
    fn comments(&mut self, doc: &Doc) {
        let mut name = "";
        for (span, text) in doc.comments() {
            let line = text.trim_start_matches(['#', '-', ' ', '\t']);
            if let Some(named) = line.strip_prefix("name:") {
                name = named.trim();
            }
            if self.within(span).next().is_none() {
                continue;
            }
            let file = span.file;
            let at = |part: &str| span.range().end - part.len();
            if let Some(value) = line.strip_prefix("value:") {
                let hits = engine().named(name, value, &|_| false);
                self.hits(file, at(value), value, hits);
            }
            let mut rest = line;
            while !rest.is_empty() {
                let piece = rest.split([',', ';']).next().unwrap_or_default();
                self.text(file, at(rest), piece);
                rest = rest[piece.len()..].trim_start_matches([',', ';', ' ']);
            }
            let command = engine().arguments(&["sh", "-c", line], &|_| false);
            let hits = command.into_iter().filter(|(argument, _)| *argument == 2);
            self.hits(file, at(line), line, hits.map(|(_, hit)| hit));
        }
    }

    fn text(&mut self, file: FileId, start: usize, text: &str) {
        self.hits(file, start, text, engine().config(text, &|_| false));
    }

    fn hits(&mut self, file: FileId, start: usize, text: &str, hits: impl IntoIterator<Item = Hit>) {
        for hit in hits {
            let range = start + hit.range.start..start + hit.range.end;
            self.hiding.masks.hide(Span::new(file, range.start, range.end));
            self.hiding.value(text, &hit);
        }
    }

    /// Hides whatever looks like a credential below a node, whoever reads it.
    fn tree(&mut self, node: Node<'_>, depth: usize) {
        // The value of an alias is searched where it is written.
        let is_shown = self.within(node.span()).next().is_some();
        if depth == 0 || !is_shown || node.alias_span().is_some() {
            return;
        }
        // `{name: X, value: Y}` names its value as a key does.
        let name = node.get("name").and_then(Node::text);
        for entry in node.entries() {
            let key = entry.key.text().unwrap_or_default();
            // What kustomize makes a Secret of is as secret as that.
            if key == "secretGenerator" {
                let literals = entry.value.items().filter_map(|item| item.get("literals"));
                literals.flat_map(Node::items).for_each(|literal| self.hiding.masks.hide(literal.span()));
            }
            let named = name.as_deref().filter(|_| key == "value").unwrap_or(&key);
            self.leaf(named, entry.value);
            self.tree(entry.value, depth - 1);
        }
        let items: Vec<Node<'_>> = node.items().collect();
        if items.iter().any(|item| item.is_scalar()) {
            let words: Vec<_> = items.iter().map(|item| item.text().unwrap_or_default()).collect();
            for (index, hit) in engine().arguments(&words, &|_| false) {
                self.hiding.hit(items[index], &words[index], &hit);
            }
        }
        for item in items {
            self.tree(item, depth - 1);
        }
    }

    fn leaf(&mut self, name: &str, node: Node<'_>) {
        let is_shown = self.within(node.span()).next().is_some();
        let Some(text) = node.text().filter(|_| is_shown && node.alias_span().is_none()) else {
            return;
        };
        let mut hits = engine().text(&text);
        hits.extend(engine().named(name, &text, &|_| false));
        if text.contains('\n') {
            hits.extend(engine().config(&text, &|_| false));
        }
        for hit in hits {
            self.hiding.hit(node, &text, &hit);
        }
    }
}

/// Hides what was taken from Secrets in the names that a finding tells.
pub(super) fn hide_names(finding: &mut Finding, masks: &Masks) {
    let mut names: Vec<&mut String> = Vec::new();
    if let Some(object) = &mut finding.object {
        names.extend(object.namespace.iter_mut().chain([&mut object.name]));
    }
    if let Some(identity) = &mut finding.identity {
        match &mut identity.principal {
            Principal::Account { namespace, name } => names.extend(namespace.iter_mut().chain([name])),
            Principal::Other(name) => names.push(name),
        }
    }
    for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
        let object = &mut change.document.object;
        names.extend(object.namespace.iter_mut().chain([&mut object.name]));
    }
    for name in names {
        *name = masks.masked_text(name).into_owned();
    }
}

/// The masks while they are collected.
pub(super) struct Hiding<'g> {
    names: HashSet<&'g str>,
    masks: Masks,
}

impl Hiding<'_> {
    /// Hides, in the files that people wrote, what is hidden in the text rendered from them, and what looks like a
    /// credential near the places that findings were moved to.
    pub(super) fn follow(&mut self, places: &Places, findings: &[Finding], texts: &Texts) {
        let written: Vec<Span> = self.masks.spans().iter().flat_map(|span| places.written(*span)).collect();
        for span in written {
            self.masks.hide(span);
        }
        if places.is_empty() {
            return;
        }
        let moved = findings.iter().filter(|finding| finding.rendered.is_some());
        let mut shown: Vec<_> = shown(moved, texts.sources()).into_iter().collect();
        shown.sort_unstable_by_key(|(file, _)| *file);
        for (file, ranges) in shown {
            let mut search = Search { ranges: &ranges, hiding: self };
            for document in texts.documents(file) {
                if search.within(document.span()).next().is_some() {
                    search.document(document.doc());
                }
            }
        }
    }

    /// Hides what was taken from Secrets, wherever it was filled in; a name of a written object is no secret.
    pub(super) fn given(&mut self, values: &BTreeSet<String>, graph: &Graph<'_>, sources: &SourceMap) {
        let written = graph.places.objects.iter().filter(|placed| !sources.file(placed.file).is_rendered());
        let written: HashSet<&str> = written.map(|placed| &*placed.object.name).collect();
        for value in values.iter().filter(|value| !written.contains(value.as_str())) {
            self.masks.hide_value(value);
        }
    }

    /// Hides what stands at a place.
    pub(super) fn span(&mut self, span: Span) {
        self.masks.hide(span);
    }

    /// The masks, to be used.
    pub(super) fn finish(mut self) -> Masks {
        self.masks.finish();
        self.masks
    }

    /// A credential in a scalar whose text is `text`.
    fn hit(&mut self, node: Node<'_>, text: &str, hit: &Hit) {
        self.masks.hide(node.part(&hit.range));
        self.value(text, hit);
    }

    /// An entry of a Secret: all of it, whatever it is.
    fn stored(&mut self, stored: &Stored<'_>) {
        self.masks.hide(stored.entry.value.span());
        let SecretVerdict::Plain(hit) = &stored.verdict else {
            return;
        };
        let plain = stored.plain();
        self.value(&plain, hit);
        if stored.encoded && hit.strength < Strength::DefaultWord {
            let written = stored.entry.value.text().unwrap_or_default();
            self.masks.hide_value(written.trim());
        }
        // The verdict names the surest; a file may hold others.
        if plain.contains(['\n', ',']) {
            for hit in engine().config(&plain, &|_| false) {
                self.value(&plain, &hit);
            }
        }
    }

    /// Hides a value wherever it is repeated.
    fn value(&mut self, text: &str, hit: &Hit) {
        // A word such as `postgres` is a credential where it stands and a name everywhere else.
        if matches!(hit.strength, Strength::DefaultWord | Strength::TemplateWord) {
            return;
        }
        let value = text.get(hit.range.clone()).unwrap_or_default();
        if value.contains('\n') {
            let lines = value.lines().map(str::trim);
            lines
                .filter(|line| line.len() >= LONG_LINE && !line.starts_with("-----"))
                .for_each(|line| self.masks.hide_value(line));
        } else if !self.names.contains(value) {
            self.masks.hide_value(value);
        }
    }
}
