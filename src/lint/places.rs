//! From places in rendered text to the places where people wrote, for findings only.

mod equal;
mod given;
mod switch;

use std::collections::{BTreeSet, HashMap};

use super::accounts;
use crate::finding::{Change, Finding, Label, Operation, Origin, Rendered, RuleId};
use crate::load::Texts;
use crate::render::{Place, Provenance, Written};
use crate::source::{FileId, SourceMap, Span};

/// Rules about the name of an account itself: what it is made of is what is to be changed.
const ABOUT_NAMES: [RuleId; 2] = [RuleId(102), RuleId(103)];

/// The way back from the rendered texts that findings stand in.
pub(super) struct Places {
    provenance: Provenance,
    /// The line that each place of a finding has in its rendered text.
    lines: HashMap<Span, u32>,
}

impl Places {
    /// The places that the findings need; `provenance` finds the way back from some texts.
    pub(super) fn of(
        findings: &[Finding],
        sources: &SourceMap,
        provenance: impl FnOnce(&BTreeSet<FileId>) -> Provenance,
    ) -> Self {
        let related = findings.iter().flat_map(|finding| finding.related.iter().map(|label| label.span));
        let changes = findings.iter().flat_map(|finding| &finding.fixes).flat_map(|fix| &fix.changes);
        let spans = findings.iter().map(|finding| finding.span).chain(related);
        let spans = spans.chain(changes.filter_map(|change| change.at));
        let spans: BTreeSet<Span> = spans.filter(|span| sources.file(span.file).is_rendered()).collect();
        let lines = spans.iter().map(|span| (*span, sources.positions(*span).0.line)).collect();
        let files = spans.iter().map(|span| span.file).collect();
        Self { provenance: provenance(&files), lines }
    }

    /// Where a span of rendered text was written; nothing for other text.
    pub(super) fn written(&self, span: Span) -> Vec<Span> {
        let place = self.provenance.place(span.file);
        place
            .map(|place| place.trail.within(span.start, span.end).map(|written| written.span).collect())
            .unwrap_or_default()
    }

    /// The folder of what was rendered to a text.
    pub(super) fn root(&self, file: FileId) -> Option<&str> {
        self.provenance.place(file).map(|place| place.root.as_str())
    }

    /// The one place where a span of rendered text was written word by word.
    pub(super) fn narrow(&self, span: Span, sources: &SourceMap) -> Option<Span> {
        let (place, written) = self.provenance.place(span.file)?.trail.narrow(span, sources)?;
        (written.origin == Origin::Exact).then_some(place)
    }

    /// Moves a finding to where a person wrote what it is about.
    pub(super) fn follow(&self, finding: &mut Finding, texts: &Texts) {
        let sources = texts.sources();
        self.follow_related(finding, sources);
        for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
            self.follow_change(change, sources);
        }
        let Some(place) = self.provenance.place(finding.span.file) else { return keep_each_once(finding) };
        let line = self.lines.get(&finding.span).copied();
        let about = finding.value.unwrap_or(finding.span);
        let (roots, values) = (vec![place.root.clone()], place.values.clone().into_iter().collect());
        finding.rendered = Some(Rendered { by: place.by, roots, values, line });
        let (narrow, key) = place.trail.narrow(finding.span, sources).unzip();
        let mut narrow = narrow.unwrap_or(place.at);
        let name = sources.text(finding.span);
        let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
        let is_bound = ["/roleRef/", "/subjects/"].iter().any(|start| path.starts_with(start));
        // A role that a chart brings is no choice of its values.
        let is_chosen = sources.text(narrow).contains(name) && (!is_bound || is_builtin(name));
        let is_block = !is_chosen && is_key_of_block(narrow, sources);
        let is_empty = is_block || !is_chosen && is_key_of_nothing(narrow, sources);
        let of_account = is_empty || !ABOUT_NAMES.contains(&finding.rule);
        let line =
            (!is_chosen).then(|| self.line_of_name(finding.span, narrow, of_account, sources)).flatten();
        if let Some(line) = line {
            let message =
                if is_empty { "is empty, so that the chart makes the name" } else { "makes the name" };
            // The item that a template loops over makes no part of it.
            if !is_block {
                finding.related.push(Label { span: narrow, message: message.into() });
            }
            narrow = line;
        }
        let value = settle_place(finding, place, (narrow, key), sources);
        finding.related.extend(value.or(key).into_iter().flat_map(|written| written.also.iter().cloned()));
        equal::prefer_template(finding, sources);
        equal::prefer_secret(finding, name, sources);
        let secret = sources.text(about);
        equal::prefer_line(finding, secret, sources);
        given::prefer_value(finding, secret, (&place.root, place.values.as_deref()), texts);
        switch::propose(finding, sources);
        finding.related.retain(|label| label.span != finding.span);
        keep_each_once(finding);
    }

    /// Moves the other places of a finding to where a person wrote.
    fn follow_related(&self, finding: &mut Finding, sources: &SourceMap) {
        let own = self.line_of_own_account(finding, sources);
        for label in &mut finding.related {
            if let Some(place) = self.provenance.place(label.span.file) {
                let narrow = place.trail.narrow(label.span, sources).map(|(span, _)| span);
                let of_account = finding.rule == accounts::SHARED_ACCOUNT;
                let is_part = |narrow: &Span| !sources.text(*narrow).contains(sources.text(label.span));
                let part = narrow.filter(|narrow| of_account || is_part(narrow));
                let line = part.and_then(|part| self.line_of_name(label.span, part, of_account, sources));
                label.span = line.or(narrow).unwrap_or(place.at);
            }
        }
        finding.related.extend(own);
    }

    /// The line that writes a name of which `value` is only a part, such as that of a role: to change the part would change
    /// other names, too.
    fn line_of_name(
        &self,
        rendered: Span,
        value: Span,
        of_account: bool,
        sources: &SourceMap,
    ) -> Option<Span> {
        let file = sources.file(rendered.file);
        let start = file.line_starts()[file.position(rendered.start).line as usize - 1] as usize;
        let before = &file.text()[start..rendered.start as usize];
        let words = if of_account { &["serviceAccountName:", "name:"][..] } else { &["name:"] };
        let before = before.trim_end_matches([' ', '"', '\'']);
        let (word, bare) = words.iter().find_map(|word| Some((word, before.strip_suffix(word)?)))?;
        let key = Span::new(rendered.file, start + bare.len(), start + bare.len() + word.len());
        let at = self.narrow(key, sources).filter(|at| at.file != value.file)?;
        let file = sources.file(at.file);
        let line = file.line(file.position(at.start).line);
        let rest = line.find(sources.text(at)).map_or(0, |from| line[from..].trim_end().len());
        Some(Span::new(at.file, at.start as usize, at.start as usize + rest))
    }

    /// The line of a template that names the account of the workload that a finding about its sharing is found in.
    fn line_of_own_account(&self, finding: &Finding, sources: &SourceMap) -> Option<Label> {
        let object = finding.object.as_ref().filter(|_| finding.rule == accounts::SHARED_ACCOUNT)?;
        let value = self.provenance.place(finding.span.file)?.trail.narrow(finding.span, sources)?.0;
        let span = self.line_of_name(finding.span, value, true, sources)?;
        Some(Label { span, message: accounts::used_by(&object.kind, &object.name) })
    }

    /// Moves a change to where a person wrote what it is about; a new document goes to that file.
    fn follow_change(&self, change: &mut Change, sources: &SourceMap) {
        let Some(place) = change.at.and_then(|at| self.provenance.place(at.file)) else { return };
        let written = change.at.and_then(|at| place.trail.narrow(at, sources));
        change.at = written.map(|(span, _)| span);
        if let Operation::NewDocument { file, .. } = &mut change.operation {
            sources.file(change.at.unwrap_or(place.at).file).path().clone_into(file);
        }
    }
}

/// Sets the place of a finding: that of its key, or of its value where that was written elsewhere. The value then.
fn settle_place<'p>(
    finding: &mut Finding,
    place: &'p Place,
    (narrow, key): (Span, Option<&'p Written>),
    sources: &SourceMap,
) -> Option<&'p Written> {
    // A value that was written elsewhere than its key is what is to be changed.
    let value = finding.value.and_then(|value| place.trail.at(first_of(value, sources)));
    let value = value.filter(|value| {
        value.origin == Origin::Exact && key.is_none_or(|key| key.span.file != value.span.file)
    });
    if key.is_some() && value.is_some() {
        let is_rule = finding.path.as_ref().is_some_and(|path| path.to_string().starts_with("/rules/"));
        let message = if is_rule { "the rule that takes it in" } else { "the key that it is stored under" };
        finding.related.push(Label { span: narrow, message: message.into() });
    }
    (finding.origin, finding.span) = match (value, key) {
        (Some(value), _) => (value.origin, item_of(value.span, finding.value.unwrap_or(value.span), sources)),
        (None, Some(key)) => (key.origin, narrow),
        (None, None) => (Origin::Unknown, place.at),
    };
    value
}

/// Takes out what is related twice.
fn keep_each_once(finding: &mut Finding) {
    let mut seen = BTreeSet::new();
    finding.related.retain(|label| seen.insert((label.span, label.message.clone())));
}

/// What stands behind a key on its line, without a comment.
fn rest_of_line(key: Span, sources: &SourceMap) -> Option<&str> {
    let end = sources.file(key.file).text().get(key.end as usize..)?.lines().next()?;
    Some(end.strip_prefix(':')?.split(" #").next().unwrap_or_default().trim())
}

/// Whether a place is the key of a value that is left empty: `name:`, `name: ""`.
fn is_key_of_nothing(key: Span, sources: &SourceMap) -> bool {
    let value = rest_of_line(key, sources);
    value.is_some_and(|value| ["", "\"\"", "''", "null", "~"].contains(&value))
}

/// Whether a place is the key of a mapping or list that stands below it.
fn is_key_of_block(key: Span, sources: &SourceMap) -> bool {
    let file = sources.file(key.file);
    let column = file.position(key.start).column as usize - 1;
    let below = file.text().get(key.end as usize..).unwrap_or_default().lines().skip(1);
    let is_text = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    rest_of_line(key, sources) == Some("")
        && below.into_iter().find(is_text).is_some_and(|line| {
            let indent = line.len() - line.trim_start().len();
            indent > column || indent == column && line.trim_start().starts_with("- ")
        })
}

/// Whether every cluster has a role of that name.
fn is_builtin(role: &str) -> bool {
    matches!(role, "cluster-admin" | "admin" | "edit" | "view") || role.starts_with("system:")
}

/// The item of a list, written over several lines, of which the rendered text is one; the list where that is not certain.
fn item_of(list: Span, rendered: Span, sources: &SourceMap) -> Span {
    const SHORTEST: usize = 3;
    let text = sources.text(list);
    let item = sources.text(rendered).trim_matches(['"', '\'']);
    if item.len() < SHORTEST || item.contains('\n') || !text.contains('\n') {
        return list;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_whole =
        |at: &usize| !text[..*at].ends_with(is_part) && !text[at + item.len()..].starts_with(is_part);
    let mut found = text.match_indices(item).map(|(at, _)| at).filter(is_whole);
    match (found.next(), found.next()) {
        (Some(at), None) => {
            let start = list.start as usize + at;
            Span::new(list.file, start, start + item.len())
        }
        _ => list,
    }
}

/// Where a value begins: of a block, the first line in it.
fn first_of(value: Span, sources: &SourceMap) -> u32 {
    let text = sources.text(value);
    let inside = text.starts_with(['|', '>']).then(|| text.find('\n')).flatten();
    let blanks = |from: usize| text[from..].len() - text[from..].trim_start().len();
    value.start + inside.map_or(0, |end| end + blanks(end)) as u32
}
