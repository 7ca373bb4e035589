//! Additions to what an overlay's own patch brings: they stand in that patch too, and not in the base, which others build on.

use crate::finding::Finding;
use crate::render::paths::folder_of;
use crate::source::{FileId, Span};
use crate::yaml::{self, Node, Path};

use super::home::around;
use super::{Editor, Refused, refusal};

/// A patch that wrote what a finding is about.
pub(in crate::lint) struct Patch {
    /// Where in it.
    pub(in crate::lint) at: Span,
    /// Whether it is a list of operations.
    is_operations: bool,
    /// The text of a field that it is, where it has no file of its own.
    within: Option<Span>,
}

impl Editor<'_> {
    /// The patch that wrote what a finding is about; none where the object's own file did, or values of a chart.
    pub(in crate::lint) fn patch_of(&self, finding: &Finding) -> Option<Patch> {
        let homes = &self.homes;
        let sources = homes.sources();
        if !sources.file(finding.span.file).is_rendered() {
            return None;
        }
        let own = homes.object_file(homes.doc(finding.span)?.root()?)?;
        let at = homes
            .places
            .narrow(finding.span, sources)
            .filter(|at| at.file != own && homes.is_tree(at.file))?;
        let doc = homes.doc(at)?;
        let path = finding.path.as_ref()?;
        let innermost = around(doc, at).last().filter(|node| node.is_scalar());
        let block = innermost.filter(|node| doc.text[node.span().range()].starts_with('|'));
        let is_patch = |root: Node<'_>| {
            let is_operations = root.items().any(|item| item.get("op").is_some());
            (is_operations || path.resolve(root).is_some()).then_some(is_operations)
        };
        let is_operations = match block {
            Some(block) => block.embedded().iter().find_map(|doc| is_patch(doc.root()?)),
            None => doc.root().and_then(is_patch),
        };
        Some(Patch { at, is_operations: is_operations?, within: block.map(Node::span) })
    }

    /// Adds an entry or item to a mapping or list, in the patch.
    pub(super) fn insert_in_patch(
        &self,
        patch: &Patch,
        (into, path): (Node<'_>, &Path),
        entry: &str,
    ) -> Result<yaml::Edit, Refused> {
        let file = self.homes.sources().file(patch.at.file);
        let unclear =
            || format!("The patch in `{}` brings it: add what belongs to it there, too.", file.path());
        if patch.is_operations || into.is_seq() && !merges_lists(into) {
            return Err(unclear());
        }
        let doc = self.homes.doc(patch.at).ok_or_else(unclear)?;
        let Some(scalar) = patch.within else {
            let root = doc.root().ok_or_else(unclear)?;
            self.count(root)?;
            return added(&doc.text, root, (into, path), entry);
        };
        let holder = around(doc, scalar).last().ok_or_else(unclear)?;
        let embedded = holder.embedded();
        let [inner] = embedded.as_slice() else { return Err(unclear()) };
        self.count(holder)?;
        let edit = added(&inner.text, inner.root().ok_or_else(unclear)?, (into, path), entry)?;
        in_block(&doc.text, scalar, &inner.text, &edit).ok_or_else(unclear)
    }

    /// Another value in a patch that is the text of a field; none for others, which are read as all files are.
    pub(super) fn set_in_patch(&self, patch: &Patch, path: &Path, value: &str) -> Option<yaml::Edit> {
        let (doc, scalar) = (self.homes.doc(patch.at)?, patch.within?);
        let embedded = around(doc, scalar).last()?.embedded();
        let [inner] = embedded.as_slice() else { return None };
        let known = path.resolve(inner.root()?)?;
        self.count(known).ok()?;
        let edit = yaml::edit::set(&inner.text, known, value).ok()?;
        in_block(&doc.text, scalar, &inner.text, &edit)
    }

    /// The list of resources of the kustomization that a patch belongs to, where it can name a new file.
    pub(super) fn resources_beside(&self, patch: FileId) -> Option<Node<'_>> {
        let path = self.homes.sources().file(patch).path();
        let kustomization = *self.kustomizations.get(folder_of(path))?;
        self.homes.root(kustomization)?.get("resources").filter(|list| list.is_seq())
    }
}

/// An entry or item that is added where the document may have nothing yet.
fn added(
    text: &str,
    root: Node<'_>,
    (into, path): (Node<'_>, &Path),
    entry: &str,
) -> Result<yaml::Edit, Refused> {
    if let Some(known) = path.resolve(root) {
        return yaml::edit::insert(text, known, entry).map_err(refusal);
    }
    let value = if into.is_seq() { format!("- {}", entry.replace('\n', "\n  ")) } else { entry.to_owned() };
    yaml::edit::set_at(text, root, path, &value).map_err(refusal)
}

/// Whether a patch adds to the lists of an object by the names of their items, and does not replace them: kustomize knows
/// the kinds of Kubernetes itself.
fn merges_lists(node: Node<'_>) -> bool {
    let version = node.doc().root().and_then(|root| root.get("apiVersion")?.text()).unwrap_or_default();
    version == "v1" || ["apps/", "batch/"].iter().any(|group| version.starts_with(group))
}

/// An edit of the text that a literal block holds, as one of the file.
fn in_block(file: &str, scalar: Span, value: &str, edit: &yaml::Edit) -> Option<yaml::Edit> {
    let start = scalar.start as usize + file[scalar.range()].find('\n')? + 1;
    let lines: Vec<&str> = file[start..].split_inclusive('\n').collect();
    let first = lines.iter().find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start_matches(' ').len()];
    // Where each line of the value begins in the file.
    let mut starts = Vec::new();
    let mut at = start;
    for (line, written) in value.split_inclusive('\n').zip(&lines) {
        let is_same = written.trim_end() == format!("{indent}{line}").trim_end();
        starts.push(is_same.then_some(at)?);
        at += written.len();
    }
    starts.push(at);
    let place = |offset: u32| {
        let before = &value[..offset as usize];
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let line = *starts.get(before.matches('\n').count())?;
        Some(if column == 0 { line } else { line + indent.len() + column })
    };
    let (from, to) = (place(edit.span.start)?, place(edit.span.end)?);
    let before = &value[..edit.span.start as usize];
    let begins_line = before.is_empty() || before.ends_with('\n');
    let mut text = String::new();
    for (number, line) in edit.text.split_inclusive('\n').enumerate() {
        if (number > 0 || begins_line) && !line.trim().is_empty() {
            text.push_str(indent);
        }
        text.push_str(line);
    }
    Some(yaml::Edit { span: Span::new(scalar.file, from, to), text })
}
