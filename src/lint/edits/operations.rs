//! JSON patches of overlays, which name fields and positions of what stands in a base: a fix that takes these away breaks
//! them.

use super::home::pointer;
use super::{Editor, Refused};
use crate::finding::{Change, Operation};
use crate::render::paths::{folder_of, join};
use crate::source::Span;
use crate::yaml::Node;

/// An operation of a JSON patch.
pub(super) struct PatchOperation {
    /// `test`, `replace`, `remove` or another.
    word: String,
    path: Vec<String>,
    /// The kind and name of the objects that it is for, where it says them.
    kind: Option<String>,
    name: Option<String>,
    at: Span,
}

impl Editor<'_> {
    /// Refuses a change of what a JSON patch of the tree names.
    pub(super) fn spared_by_patches(&self, node: Node<'_>, change: &Change) -> Result<(), Refused> {
        let is_insert = matches!(change.operation, Operation::Insert(_) | Operation::NewDocument { .. });
        if is_insert || !self.homes.is_rendered(node) {
            return Ok(());
        }
        let object = &change.document.object;
        let is_for = |one: &&PatchOperation| {
            one.kind.as_ref().is_none_or(|kind| *kind == object.kind)
                && one.name.as_ref().is_none_or(|name| object.name.contains(name.as_str()))
        };
        let all = self.operations.get_or_init(|| self.patch_operations());
        let mut all = all.iter().filter(is_for).peekable();
        if all.peek().is_none() {
            return Ok(());
        }
        let place = pointer(node);
        let is_set = matches!(change.operation, Operation::Set(_));
        let needs = |one: &&PatchOperation| match one.path.strip_prefix(place.as_slice()) {
            Some([]) => one.word == "test" || (!is_set && one.word != "add"),
            Some(_) => !(is_set && node.is_scalar()),
            None => !is_set && stands_behind(&one.path, &place),
        };
        let Some(one) = all.find(needs) else { return Ok(()) };
        let file = self.homes.sources().file(one.at.file);
        let line = file.position(one.at.start).line;
        Err(format!("The JSON patch at `{}:{line}` names what the fix changes: change both.", file.path()))
    }

    /// Those of all kustomizations.
    fn patch_operations(&self) -> Vec<PatchOperation> {
        let mut found = Vec::new();
        let roots = self.kustomizations.values().filter_map(|file| {
            let root = self.homes.root(*file)?;
            Some((folder_of(self.homes.sources().file(*file).path()), root))
        });
        for (folder, root) in roots {
            let lists = ["patches", "patchesJson6902"].into_iter().filter_map(|key| root.get(key));
            for entry in lists.flat_map(Node::items) {
                if let Some(patch) = entry.get("patch") {
                    patch.embedded().iter().filter_map(crate::yaml::Doc::root).for_each(|list| {
                        collect(list, entry, Some(patch.span()), &mut found);
                    });
                } else if let Some(path) = entry.get("path").and_then(Node::text) {
                    let file = self.homes.file(&join(folder, &path));
                    let documents = file.map(|file| self.homes.texts.documents(file)).unwrap_or_default();
                    documents.iter().filter_map(|document| document.doc().root()).for_each(|list| {
                        collect(list, entry, None, &mut found);
                    });
                }
            }
        }
        // A map of folders has no order.
        found.sort_by_key(|one| (one.at.file, one.at.start));
        found
    }
}

/// The operations of a list; `within` is the place of the field that it is the text of.
fn collect(list: Node<'_>, entry: Node<'_>, within: Option<Span>, found: &mut Vec<PatchOperation>) {
    let of_target =
        |key: &str| entry.at(&["target", key]).and_then(Node::text).map(std::borrow::Cow::into_owned);
    for item in list.items() {
        let text = |key: &str| item.get(key).and_then(Node::text);
        let Some((word, path)) = text("op").zip(text("path")) else { continue };
        let step = |step: &str| step.replace("~1", "/").replace("~0", "~");
        found.push(PatchOperation {
            word: word.into_owned(),
            path: path.split('/').skip(1).map(step).collect(),
            kind: of_target("kind"),
            name: of_target("name"),
            at: within.unwrap_or(item.span()),
        });
    }
}

/// Whether a path leads to an item of the same list, behind the one at a place.
fn stands_behind(path: &[String], place: &[String]) -> bool {
    let Some((last, list)) = place.split_last() else { return false };
    let other = path.strip_prefix(list).and_then(|rest| rest.first());
    let index = |step: &String| step.parse::<usize>().ok();
    other.and_then(index).zip(index(last)).is_some_and(|(other, own)| other > own)
}
