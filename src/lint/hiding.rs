//! What is hidden, while it is collected.
//!
//! A password that is a name of the run (`grafana`) is hidden only where it stands: anywhere else it gives nothing away,
//! and without names no finding could be understood.

use std::collections::{BTreeSet, HashSet};

use crate::finding::{Finding, IdentityName, Principal, Strong};
use crate::graph::{Graph, Stored};
use crate::secrets::{Hit, SecretVerdict, Strength, decode_base64, engine};
use crate::source::{Masks, SourceMap, Span};
use crate::yaml::Node;

use super::names::names_among;
use super::settle::Found;

/// Lines of a long value that are hidden one by one are at least this long: `{` and `</key>` are not secret.
const LONG_LINE: usize = 16;

/// The names in a run: of objects, namespaces and files, and the words that they are made of.
pub(super) fn names<'g>(graph: &'g Graph<'_>) -> HashSet<&'g str> {
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

/// Places and values that must not be shown.
#[derive(Default)]
pub(super) struct Hidden {
    spans: Vec<Span>,
    /// What is hidden wherever it is repeated, unless it is a name.
    values: BTreeSet<String>,
    /// What is hidden even then.
    lines: BTreeSet<String>,
}

impl Hidden {
    /// Hides what stands at a place.
    pub(super) fn span(&mut self, span: Span) {
        self.spans.push(span);
    }

    /// A credential in a scalar whose text is `text`.
    pub(super) fn hit(&mut self, node: Node<'_>, text: &str, hit: &Hit) {
        self.span(node.part(&hit.range));
        self.value(text, hit);
    }

    /// Hides a value wherever it is repeated.
    pub(super) fn value(&mut self, text: &str, hit: &Hit) {
        // A word such as `postgres` is a credential where it stands and a name everywhere else.
        if matches!(hit.strength, Strength::DefaultWord | Strength::TemplateWord) {
            return;
        }
        let value = text.get(hit.range.clone()).unwrap_or_default();
        if value.contains('\n') {
            let lines = value.lines().map(str::trim);
            lines.filter(|line| line.len() >= LONG_LINE && !line.starts_with("-----")).for_each(|line| {
                self.lines.insert(line.to_owned());
            });
        } else {
            self.values.insert(value.to_owned());
            self.values.extend(password_of_login(value));
        }
    }
}

/// The password in a login of HTTP in base64, which is made of values that stand elsewhere (RFC 7617).
fn password_of_login(value: &str) -> Option<String> {
    let login = String::from_utf8(decode_base64(value)?).ok()?;
    let (_, password) = login.split_once(':')?;
    password.chars().all(|c| !c.is_control()).then(|| password.to_owned())
}

/// The masks while they are collected.
pub(super) struct Hiding<'g> {
    names: HashSet<&'g str>,
    masks: Masks,
    hidden: Hidden,
}

impl<'g> Hiding<'g> {
    pub(super) fn new(names: HashSet<&'g str>) -> Self {
        Self { names, masks: Masks::default(), hidden: Hidden::default() }
    }

    /// Hides what stands at a place.
    pub(super) fn span(&mut self, span: Span) {
        self.hidden.span(span);
    }

    /// What is hidden so far, where it stands.
    pub(super) fn spans(&self) -> &[Span] {
        &self.hidden.spans
    }

    /// Hides what a search found.
    pub(super) fn all(&mut self, found: &Hidden) {
        self.hidden.spans.extend(&found.spans);
        self.hidden.values.extend(found.values.iter().cloned());
        self.hidden.lines.extend(found.lines.iter().cloned());
    }

    /// Hides what was taken from Secrets, wherever it was filled in; a name of a written object is no secret.
    pub(super) fn given(&mut self, values: &BTreeSet<String>, graph: &Graph<'_>, sources: &SourceMap) {
        let written = graph.places.objects.iter().filter(|placed| !sources.file(placed.file).is_rendered());
        let written: HashSet<&str> = written.map(|placed| &*placed.object.name).collect();
        for value in values.iter().filter(|value| !written.contains(value.as_str())) {
            self.masks.hide_value(value);
        }
    }

    /// The masks, to be used. A value that is a name in what is shown is hidden only where it stands.
    pub(super) fn finish(mut self, findings: &[Finding], sources: &SourceMap) -> Masks {
        let Hidden { spans, mut values, lines } = self.hidden;
        values.retain(|value| !self.names.contains(value.as_str()));
        values.extend(lines);
        let names = names_among(&values, findings, sources);
        for span in spans {
            self.masks.hide(span);
        }
        for value in values.iter().filter(|value| !names.contains(*value)) {
            self.masks.hide_value(value);
        }
        self.masks.finish();
        self.masks
    }

    /// A credential in a scalar whose text is `text`.
    pub(super) fn hit(&mut self, node: Node<'_>, text: &str, hit: &Hit) {
        self.hidden.hit(node, text, hit);
    }

    /// Hides a value wherever it is repeated.
    pub(super) fn value(&mut self, text: &str, hit: &Hit) {
        self.hidden.value(text, hit);
    }

    /// An entry of a Secret: all of it, whatever it is.
    pub(super) fn stored(&mut self, stored: &Stored<'_>) {
        self.span(stored.entry.value.span());
        // A password that begins with `!` or `&` is none to YAML.
        for span in properties(stored.entry.value) {
            self.span(span);
        }
        let SecretVerdict::Plain(hit) = &stored.verdict else {
            return;
        };
        let plain = stored.plain();
        self.value(&plain, hit);
        if stored.encoded && hit.strength < Strength::DefaultWord {
            let written = stored.entry.value.text().unwrap_or_default();
            self.hidden.lines.insert(written.trim().to_owned());
        }
        // The verdict names the surest; a file may hold others.
        if plain.contains(['\n', ',']) {
            for hit in engine().file("yaml", &plain, &|_| false) {
                self.value(&plain, &hit);
            }
        }
    }
}

/// The tag and the anchor before a value, where they stand; types of YAML give nothing away.
pub(super) fn properties(node: Node<'_>) -> Vec<Span> {
    const TYPES: &str = "!!binary !!bool !!float !!int !!null !!str !!timestamp";
    let (file, text) = (node.span().file, &node.doc().text);
    let mut found = Vec::new();
    let mut rest = text.get(..node.span().range().start).unwrap_or_default().trim_end();
    loop {
        let start = rest.rfind(|c: char| c.is_whitespace() || ",[{".contains(c)).map_or(0, |at| at + 1);
        let word = &rest[start..];
        // The head of a block may stand between.
        if word.starts_with(['!', '&']) {
            if !TYPES.split_ascii_whitespace().any(|name| name == word) {
                found.push(Span::new(file, start, start + word.len()));
            }
        } else if !word.starts_with(['|', '>']) {
            return found;
        }
        rest = rest[..start].trim_end();
    }
}

/// Takes the names that a run must not show out of its findings and its strongest identities.
pub(super) fn hide_in_all(found: &mut [Found], strongest: &mut [Strong], masks: &Masks) {
    for (finding, _) in found {
        hide_names(finding, masks);
    }
    for strong in strongest {
        hide_identity(&mut strong.identity, masks);
    }
}

/// Hides what was taken from Secrets in the names that a finding tells.
fn hide_names(finding: &mut Finding, masks: &Masks) {
    let mut names: Vec<&mut String> = Vec::new();
    if let Some(object) = &mut finding.object {
        names.extend(object.namespace.iter_mut().chain([&mut object.name]));
    }
    if let Some(identity) = &mut finding.identity {
        hide_identity(identity, masks);
    }
    for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
        let object = &mut change.document.object;
        names.extend(object.namespace.iter_mut().chain([&mut object.name]));
    }
    for name in names {
        *name = masks.masked_text(name).into_owned();
    }
}

/// The same in the name of an identity.
fn hide_identity(identity: &mut IdentityName, masks: &Masks) {
    let hide = |name: &mut String| *name = masks.masked_text(name).into_owned();
    match &mut identity.principal {
        Principal::Account { namespace, name } => namespace.iter_mut().chain([name]).for_each(hide),
        Principal::Other(name) => hide(name),
    }
}
