//! What a new object repeats of another: as a person wrote it there.

use super::{Editor, template};
use crate::render::marked::{Scope, scopes_around};
use crate::render::paths::folder_of;
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node};

/// How a person wrote the value of a field.
pub(in crate::lint) enum Written {
    /// As it is rendered.
    Same,
    /// As this YAML, which may compute; in a template under these conditions.
    As(String, Vec<String>),
    /// In the kustomization, which gives it to whatever stands beside it.
    Given,
    /// Nobody knows.
    Unknown,
}

impl Editor<'_> {
    /// A value in which a deployer fills variables in, as its file writes it: `report-${env}`.
    pub(in crate::lint) fn unfilled(&self, key: Span, home: FileId) -> Option<String> {
        let at = self.homes.places.narrow(key, self.homes.sources())?;
        let is_own = at.file == home && self.homes.is_tree(home);
        let text = is_own.then(|| self.homes.entry_at(at)).flatten()?.value.text()?;
        text.contains("${").then(|| text.into_owned())
    }

    /// How the value of a field was written whose key or value stands at `from`, where a document can repeat it that is
    /// added to the file of the object at `beside`.
    pub(in crate::lint) fn written(&self, from: Span, beside: Span) -> Written {
        if self.homes.sources().file(from.file).is_rendered() {
            self.written_for(from, beside).unwrap_or(Written::Unknown)
        } else {
            Written::Same
        }
    }

    fn written_for(&self, from: Span, beside: Span) -> Option<Written> {
        let (homes, sources) = (&self.homes, self.homes.sources());
        let rendered = homes.entry_at(from)?;
        let kind = self.kind_of(rendered.key).ok()?;
        let place = self.kind_of(homes.node_around(beside)?).ok()?;
        let folder = |at: Span| home(sources.file(at.file).path());
        let is_near = folder(kind) == folder(place);
        let narrow = |node: Node<'_>| homes.places.narrow(node.span(), sources);
        let own_key = narrow(rendered.key).filter(|key| key.file == kind.file && !homes.is_tree(key.file));
        let Some(key) = own_key else {
            let mut places = [rendered.key, rendered.value].into_iter().filter_map(narrow);
            let entry =
                places.find_map(|place| homes.entry_at(place).filter(|_| homes.is_tree(place.file)))?;
            let is_own = entry.key.span().file == kind.file && entry.key.text() == rendered.key.text();
            let given = is_given(entry).then_some(Written::Given);
            let own = || as_written(entry.value, rendered.value).filter(|_| is_near && is_own);
            return given.or_else(own);
        };
        if !is_near {
            return None;
        }
        let text = sources.file(key.file).text();
        let scopes = scopes_around(text, key.start as usize)?;
        let around = scopes_around(text, kind.start as usize)?;
        let inner = scopes.strip_prefix(around.as_slice())?;
        // An account of another document may be printed for what the workload is not.
        let is_plain = |scope: &Scope<'_>| scope.is_condition && !scope.opener.contains('$');
        if !scopes.iter().all(is_plain) || (kind != place && !inner.is_empty()) {
            return None;
        }
        let openers: Vec<String> = inner.iter().map(|scope| scope.opener.to_owned()).collect();
        if template::expression(text, key).is_some() {
            return Some(Written::As(self.expression(key)?, openers));
        }
        let value = narrow(rendered.value)?;
        let is_same = value.file == key.file && sources.text(value) == sources.text(rendered.value.span());
        match (is_same, openers.is_empty()) {
            (true, true) => Some(Written::Same),
            (true, false) => Some(Written::As(sources.text(value).to_owned(), openers)),
            (false, _) => None,
        }
    }
}

/// Whether a field gives something to all that is rendered: `namespace` of a kustomization, `targetNamespace` of Flux,
/// annotations for all.
fn is_given(entry: Entry<'_>) -> bool {
    let root = entry.value.doc().root().unwrap_or(entry.value);
    let path = entry.value.path_from(root).map(|path| path.to_string()).unwrap_or_default();
    ["/namespace", "/spec/targetNamespace"].contains(&path.as_str())
        || path.ends_with("/kustomize/namespace")
        || path.contains("/commonAnnotations/")
}

/// A value of a tree that was rendered to another.
fn as_written(value: Node<'_>, rendered: Node<'_>) -> Option<Written> {
    if value.text().is_some() && value.text() == rendered.text() {
        return Some(Written::Same);
    }
    let text = &value.doc().text[value.span().range()];
    let is_line = value.is_scalar() && !text.contains('\n') && !text.is_empty();
    is_line.then(|| Written::As(text.to_owned(), Vec::new()))
}

/// The folder whose files are rendered together: of a template that of its chart.
fn home(path: &str) -> &str {
    path.rfind("/templates/").map_or(folder_of(path), |end| &path[..end])
}
