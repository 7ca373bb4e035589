//! `replacements` (kustomize `api/filters/replacement`): a value of one object goes to fields of others.

use super::Replayer;
use super::budget::{Budget, DEPTH};
use super::field_specs::split_path;
use super::objects::{Id, Object, or_default};
use super::tree::{Map, Node, Value};
use crate::source::Span;

/// Longer texts are not put together.
const LONGEST_TEXT: usize = 1 << 20;

impl Replayer<'_, '_> {
    /// Applies one entry, or all of the file that it names.
    pub(super) fn replacement_entry(&mut self, folder: &str, objects: &mut [Object], entry: &Node) {
        let Some(path) = entry.get("path") else {
            return self.replacement(objects, entry);
        };
        for document in self.documents(folder, &path.text().unwrap_or_default(), path.at) {
            let single = std::slice::from_ref(&document);
            let all = if document.as_map().is_some() { single } else { document.items() };
            for replacement in all {
                self.replacement(objects, replacement);
            }
        }
    }

    fn replacement(&mut self, objects: &mut [Object], entry: &Node) {
        let Some(value) = self.source(objects, entry) else {
            return self.doubt("a replacement without a source".into(), entry.at);
        };
        for target in entry.list("targets") {
            let Some(select) = target.get("select") else { continue };
            let mut hit = self.select_any(objects, select);
            for reject in target.list("reject") {
                let out = self.select_any(objects, reject);
                hit.retain(|index| out.binary_search(index).is_err());
            }
            let default = [Node::of_text("metadata.name", target.at, target.at)];
            let paths = target.list("fieldPaths");
            let paths = if paths.is_empty() { &default } else { paths };
            for index in hit {
                for path in paths {
                    self.write(&mut objects[index], &value, path, target);
                }
                objects[index].keep_id();
            }
        }
    }

    fn write(&mut self, object: &mut Object, value: &Node, path: &Node, target: &Node) {
        let steps = split_field_path(&path.text().unwrap_or_default());
        let options = target.get("options");
        let budget = &self.budget;
        if steps.len() > DEPTH / 2 || value.is_too_deep(steps.len(), budget) {
            return;
        }
        let (delimiter, index) = part_of(options);
        let mut is_written = false;
        let mut write = |node: &mut Node| {
            let mut new = value.copy(budget);
            if let (Some(delimiter), Some(text), Some(old)) = (&delimiter, value.text(), node.text()) {
                let mut parts: Vec<&str> = old.split(delimiter.as_str()).collect();
                match usize::try_from(index) {
                    Err(_) => parts.insert(0, &text),
                    Ok(index) if index >= parts.len() => parts.push(&text),
                    Ok(index) => parts[index] = &text,
                }
                let joined = parts.join(delimiter);
                // Two values that are put into each other double with each turn.
                if joined.len() > LONGEST_TEXT || !budget.spend(joined.len() / 16) {
                    return;
                }
                new.value = Value::Text(joined.into());
            }
            if node.value.is_scalar() && !node.value.is_null() {
                new.value = typed_as(&node.value, new.value);
                new.key = node.key;
            }
            new.also.insert(0, (path.at, "this field path puts it here"));
            node.replace(new);
            is_written = true;
        };
        let made = options.filter(|options| options.is_true("create")).map(|_| path.at);
        let mut walk = Walk { made, budget, through_text: false };
        walk.visit(&mut object.tree, &steps, &mut write);
        if walk.through_text {
            self.doubt("a replacement inside of a text".into(), path.at);
        } else if !is_written {
            self.doubt("a replacement that finds no field".into(), path.at);
        }
    }

    /// The value that is copied, with the place where it is written.
    fn source(&mut self, objects: &mut [Object], entry: &Node) -> Option<Node> {
        if let Some(value) = entry.get("sourceValue") {
            let text = value.text()?.into_owned();
            return Some(Node::of_text(&text, value.at, value.key));
        }
        let source = entry.get("source")?;
        let part = |key: &str| source.field(key).unwrap_or_default();
        let (group, version, kind) = (part("group"), part("version"), part("kind"));
        let (name, namespace) = (part("name"), part("namespace"));
        let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let is_wanted = |id: &Id| {
            fits(&kind, &id.kind) && fits(&name, &id.name) && fits(&namespace, or_default(&id.namespace))
        };
        self.budget.spend(objects.len());
        let object = objects.iter_mut().find(|object| {
            object.is_of(&group, &version, "") && object.ids.iter().chain([&object.id()]).any(is_wanted)
        })?;
        let path = source.field("fieldPath").unwrap_or("metadata.name".into());
        let (delimiter, index) = part_of(source.get("options"));
        let mut found = None;
        let mut walk = Walk { made: None, budget: &self.budget, through_text: false };
        walk.visit(&mut object.tree, &split_field_path(&path), &mut |node| {
            if found.is_none() {
                found = Some(node.copy(&self.budget));
            }
        });
        let mut found = found?;
        if let Some(delimiter) = delimiter {
            let part = found.text()?.split(delimiter.as_str()).nth(usize::try_from(index).ok()?)?.to_owned();
            found.value = Value::Text(part.into());
        }
        Some(found)
    }

    /// As [`Replayer::select`], under any id.
    fn select_any(&mut self, objects: &[Object], select: &Node) -> Vec<usize> {
        let mut found = self.select(objects, select);
        let (kind, name) = (select.field("kind"), select.field("name"));
        let others = ["group", "version", "namespace", "labelSelector", "annotationSelector"];
        let only_named = name.is_some() && others.iter().all(|key| select.get(key).is_none());
        if only_named && objects.iter().any(|object| object.ids.len() > 1) {
            for (index, object) in objects.iter().enumerate() {
                let fits = object.ids.iter().any(|id| {
                    self.fits(kind.as_deref(), &[&id.kind]) && self.fits(name.as_deref(), &[&id.name])
                });
                if fits && !found.contains(&index) && self.budget.spend(1 + found.len()) {
                    found.push(index);
                }
            }
            found.sort_unstable();
        }
        found
    }
}

/// The `delimiter` and `index` of options.
fn part_of(options: Option<&Node>) -> (Option<String>, i64) {
    let delimiter = options.and_then(|options| Some(options.field("delimiter")?.into_owned()));
    let index = options.and_then(|options| options.get("index")?.text()?.parse().ok()).unwrap_or(0);
    (delimiter, index)
}

/// A scalar keeps its type, and gets the text of the new one (`api/filters/replacement`, `setFieldValue`).
fn typed_as(old: &Value, new: Value) -> Value {
    match (old, new.text()) {
        (Value::Text(_), Some(text)) => Value::Text(text.as_ref().into()),
        (Value::Int(_), Some(text)) => {
            text.parse().map_or_else(|_| Value::Text(text.as_ref().into()), Value::Int)
        }
        _ => new,
    }
}

/// `a.b.[name=x].0` (kustomize `kyaml/utils/pathsplitter.go`, `SmarterPathSplitter`).
fn split_field_path(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for part in split_path(path, '.') {
        let continues = open;
        open = if open { !part.ends_with(']') } else { part.starts_with('[') && !part.ends_with(']') };
        match parts.last_mut().filter(|_| continues) {
            Some(last) => {
                *last = format!("{last}.{part}");
                if !open && !last.contains('=') {
                    *last = last.trim_matches(['[', ']']).to_owned();
                }
            }
            None => parts.push(part),
        }
    }
    parts
}

/// The walk along a field path (kustomize `kyaml/yaml/match.go`, `PathMatcher`).
struct Walk<'b> {
    /// Where what is missing is made.
    made: Option<Span>,
    budget: &'b Budget,
    /// The path leads into a text.
    through_text: bool,
}

impl Walk<'_> {
    /// Hands over all that the path names.
    fn visit(&mut self, node: &mut Node, steps: &[String], write: &mut dyn FnMut(&mut Node)) {
        let Some((step, rest)) = steps.split_first() else { return write(node) };
        if !self.budget.spend(1) {
            return;
        }
        let inner = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
        let condition = inner.and_then(|inner| inner.split_once('='));
        match &mut node.value {
            Value::Map(map) => {
                let name = inner.filter(|_| condition.is_none()).unwrap_or(step);
                if name == "*" && !map.contains_key(name) {
                    return map.values_mut().for_each(|value| self.visit(value, rest, write));
                }
                if let (Some(at), None, false) = (self.made, condition, map.contains_key(name)) {
                    let value = if rest.is_empty() { Value::Null } else { Value::Map(Map::new()) };
                    map.insert(name.into(), Node::new(value, at, at));
                }
                if let Some(next) = map.get_mut(name) {
                    self.visit(next, rest, write);
                }
            }
            Value::List(items) => {
                let is_named = |index: usize, item: &Node| match condition {
                    Some(("", text)) => item.text().is_some_and(|own| own == text),
                    Some((key, text)) => item.is_text(key, text),
                    None => step == "*" || step.parse() == Ok(index),
                };
                for (index, item) in items.iter_mut().enumerate() {
                    if self.budget.spend(1) && is_named(index, item) {
                        self.visit(item, rest, write);
                    }
                }
            }
            Value::Text(_) => self.through_text = true,
            Value::Null if self.made.is_some() => {
                node.value = Value::Map(Map::new());
                self.visit(node, steps, write);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split_field_path;

    #[test]
    fn field_paths_are_split() {
        assert_eq!(
            split_field_path("spec.containers.[name=a.b].image"),
            ["spec", "containers", "[name=a.b]", "image"]
        );
        assert_eq!(split_field_path("metadata.annotations.a\\.b/c"), ["metadata", "annotations", "a.b/c"]);
        assert_eq!(split_field_path("metadata.annotations.[a.b.c]"), ["metadata", "annotations", "a.b.c"]);
        assert_eq!(split_field_path("a.0.[=b]"), ["a", "0", "[=b]"]);
    }
}
