//! Which objects a patch changes, and how: strategic merge or JSON
//! (kustomize `api/internal/builtins/PatchTransformer.go`).

use super::Replayer;
use super::json_patch;
use super::merge::merge_into;
use super::objects::{Id, Object, or_default};
use super::tree::{Node, Value};

/// What a patch does not change, unless its options allow it.
const IDENTITY: [&[&str]; 4] =
    [&["kind"], &["apiVersion"], &["metadata", "name"], &["metadata", "namespace"]];

impl Replayer<'_, '_> {
    /// `patchesStrategicMerge`: inline texts and paths.
    pub(super) fn patches_strategic_merge(&mut self, folder: &str, objects: &mut Vec<Object>, list: &[Node]) {
        for entry in list {
            let Some(text) = entry.text() else { continue };
            let is_inline = text.contains('\n') || text.starts_with('{');
            let patches =
                if is_inline { self.inline(entry) } else { self.documents(folder, &text, entry.at) };
            self.patch(objects, patches, entry, false);
        }
    }

    /// One entry of `patches` or `patchesJson6902`; the target of the latter may be any id that an object ever had.
    pub(super) fn patch_entry(
        &mut self,
        folder: &str,
        objects: &mut Vec<Object>,
        entry: &Node,
        any_id: bool,
    ) {
        let inline =
            entry.get("patch").filter(|patch| patch.text().is_some_and(|text| !text.trim().is_empty()));
        let patches = match (inline, entry.get("path")) {
            (Some(patch), _) => self.inline(patch),
            (None, Some(path)) => self.documents(folder, &path.text().unwrap_or_default(), path.at),
            (None, None) => return self.doubt("a patch without text".into(), entry.at),
        };
        self.patch(objects, patches, entry, any_id);
    }

    fn patch(&mut self, objects: &mut Vec<Object>, patches: Vec<Node>, entry: &Node, any_id: bool) {
        let target = entry.get("target").filter(|target| target.as_map().is_some());
        for patch in patches {
            let mut hit = match target {
                Some(target) => self.select(objects, target),
                None => self.named_by(objects, &patch),
            };
            if hit.is_empty() && target.is_none() {
                self.doubt("a patch that fits no object".into(), patch.at);
            }
            match &patch.value {
                Value::List(operations) => {
                    if let Some(target) = target.filter(|_| any_id && hit.is_empty()) {
                        hit = self.named_by_target(objects, target);
                    }
                    for &index in &hit {
                        objects[index].keep_id();
                        for operation in operations {
                            if !json_patch::apply(&mut objects[index].tree, operation, &self.budget) {
                                self.doubt("an operation that cannot be applied".into(), operation.at);
                            }
                        }
                        objects[index].keep_id();
                    }
                }
                Value::Map(_) => self.merge_all(objects, &hit, &patch, entry.get("options")),
                _ => self.doubt("a patch that is neither list nor mapping".into(), patch.at),
            }
        }
    }

    fn merge_all(&self, objects: &mut Vec<Object>, hit: &[usize], patch: &Node, options: Option<&Node>) {
        let allows = |what: &str| options.is_some_and(|options| options.is_true(what));
        let (name, kind) = (allows("allowNameChange"), allows("allowKindChange"));
        let mut deleted = Vec::new();
        for &index in hit {
            let object = &mut objects[index];
            if name || kind {
                object.keep_id();
            }
            let keep: Vec<Option<Node>> =
                IDENTITY.iter().map(|path| Some(object.tree.at(path)?.copy(&self.budget))).collect();
            if !merge_into(object, patch.copy(&self.budget), &self.budget) {
                deleted.push(index);
                continue;
            }
            for (path, before) in IDENTITY.iter().zip(keep) {
                let changes = match path.last() {
                    Some(&"name") => name,
                    Some(&"namespace") => false,
                    _ => kind,
                };
                let Some((last, above)) = path.split_last().filter(|_| !changes) else { continue };
                let Some(map) = object.tree.at_mut(above).and_then(Node::as_map_mut) else { continue };
                match before {
                    Some(before) => map.insert((*last).into(), before),
                    None => map.remove(*last),
                };
            }
            object.keep_id();
        }
        for index in deleted.into_iter().rev() {
            objects.remove(index);
        }
    }

    /// A patch without a target is for the object that ever had its kind and name, in its namespace if that helps.
    fn named_by(&self, objects: &[Object], patch: &Node) -> Vec<usize> {
        let text = |path: &[&str]| patch.text_at(path).unwrap_or_default();
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        let namespace = text(&["metadata", "namespace"]);
        let wanted = or_default(&namespace);
        let mut same_name = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            if !self.budget.spend(2) {
                return Vec::new();
            }
            if object.had_name(&kind, &name) {
                same_name.push(index);
            }
        }
        let is_meant =
            |id: &Id| *id.kind == *kind && *id.name == *name && or_default(&id.namespace) == wanted;
        let in_namespace = |object: &Object| object.ids.iter().any(is_meant);
        let api_version = text(&["apiVersion"]);
        let of_version = |object: &Object| object.api_version() == api_version;
        narrowed(narrowed(same_name, objects, in_namespace), objects, of_version)
    }

    /// `patchesJson6902` names an object by any id that it ever had.
    fn named_by_target(&self, objects: &[Object], target: &Node) -> Vec<usize> {
        let part = |key: &str| target.field(key).unwrap_or_default();
        let (kind, name) = (part("kind"), part("name"));
        self.budget.spend(objects.len());
        (0..objects.len()).filter(|index| objects[*index].had_name(&kind, &name)).collect()
    }
}

/// The objects that pass a test; all of them if none does.
fn narrowed(found: Vec<usize>, objects: &[Object], test: impl Fn(&Object) -> bool) -> Vec<usize> {
    let some: Vec<usize> = found.iter().copied().filter(|index| test(&objects[*index])).collect();
    if some.is_empty() { found } else { some }
}
