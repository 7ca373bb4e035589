//! Where a node stands within an object, in words that survive reordering.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::above::Names;
use super::node::Node;
use super::tree::{Kind, Tree, flag};

/// The way from a node down to another: `/spec/containers[name=app]/env[name=X]/value`.
///
/// Items of lists that Kubernetes merges by a key are named by it, others by their index. In keys, `~` and `/` are
/// written `~0` and `~1`, and a `[` that would start the name of an item is written `~2`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path(Vec<Step>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// To the value under a key.
    Key(String),
    /// To an item of a list. A key that is a number is read from text as this.
    Index(usize),
    /// To the first item of a list that has this value under this merge key.
    Item(&'static str, String),
}

impl Path {
    /// Whether it leads nowhere: it means the node that it starts from.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of the mapping or list that holds the value; `None` for the node that it starts from.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, above)| Self(above.to_vec()))
    }

    /// The path of the value under a key of the mapping that this leads to.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    /// The path of an item of the list that this leads to, as [`Node::path_from`] writes it; `key` is the list's merge key.
    pub(super) fn item(
        mut self,
        list: Node<'_>,
        index: usize,
        item: Node<'_>,
        key: Option<&'static str>,
    ) -> Self {
        self.0.push(item_step(list, index, item, key));
        self
    }

    /// Whether the last step is an index, which names another item once one before it goes.
    pub(super) fn ends_in_index(&self) -> bool {
        matches!(self.0.last(), Some(Step::Index(_)))
    }

    /// Whether one of two leads to what the other leads to, or to what holds it.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one == other)
    }

    /// The node that it leads to from `root`, if there is one: the inverse of [`Node::path_from`].
    #[must_use]
    pub fn resolve<'a>(&self, root: Node<'a>) -> Option<Node<'a>> {
        self.0.iter().try_fold(root, down)
    }

    /// The deepest value on the way that exists, and what is missing below it: none for a step that names no key.
    pub(super) fn missing<'a>(&self, root: Node<'a>) -> (Node<'a>, Vec<Option<String>>) {
        let mut node = root;
        for (at, step) in self.0.iter().enumerate() {
            let Some(next) = down(node, step) else {
                let is_map = node.is_map();
                let name = |(below, step): (usize, &Step)| match step {
                    Step::Key(key) => Some(key.clone()),
                    Step::Index(index) if below == 0 && is_map => Some(index.to_string()),
                    Step::Index(_) | Step::Item(..) => None,
                };
                return (node, self.0[at..].iter().enumerate().map(name).collect());
            };
            node = next;
        }
        (node, Vec::new())
    }

    /// What the last step names in `parent`, as it is written there: the key of a mapping, or the item of a list, which
    /// may be an alias.
    pub(super) fn last_in<'a>(&self, parent: Node<'a>) -> Option<Node<'a>> {
        let item = |index| parent.doc.tree.children(parent.index).nth(index);
        let written = |index| Node { doc: parent.doc, index, via: parent.via };
        match self.0.last()? {
            Step::Key(key) => parent.entry(key).map(|entry| entry.key),
            Step::Index(index) if parent.is_map() => parent.entry(&index.to_string()).map(|entry| entry.key),
            _ if !parent.is_seq() => None,
            Step::Index(index) => item(*index).map(written),
            Step::Item(key, name) => item(*names(parent, key).get(name)?).map(written),
        }
    }
}

/// One step from a node.
fn down<'a>(node: Node<'a>, step: &Step) -> Option<Node<'a>> {
    match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) if node.is_map() => node.get(&index.to_string()),
        Step::Index(index) => node.items().nth(*index),
        Step::Item(key, name) => node.items().nth(*names(node, key).get(name)?),
    }
}

/// The names of the items of a list, by a merge key.
fn names(list: Node<'_>, key: &'static str) -> Arc<Names> {
    let read = || {
        let mut names = Names::new();
        for (position, item) in list.items().enumerate() {
            if let Some(name) = item.get(key).and_then(Node::as_str) {
                names.entry(name.into_owned()).or_insert(position);
            }
        }
        names
    };
    list.doc.above().names(list.index, key, read)
}

impl<'a> Node<'a> {
    /// The path from `root` down to this node; `None` if it is not below `root`.
    #[must_use]
    pub fn path_from(self, root: Node<'a>) -> Option<Path> {
        if !std::ptr::addr_eq(root.doc, self.doc) {
            return None;
        }
        let mut path = Vec::new();
        let search = Search { node: self, tree: &root.doc.tree };
        search.down(root.index, self.index, &mut path, 0).then_some(Path(path))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => {
                let key = key.replace('~', "~0").replace('/', "~1");
                let key = if item_of(&key).is_some() { key.replacen('[', "~2", 1) } else { key };
                write!(f, "/{key}")
            }
            Step::Index(index) => write!(f, "/{index}"),
            Step::Item(key, name) => write!(f, "[{key}={name}]"),
        })
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no path; paths look like `/spec/containers[name=app]/env`");
        let (mut steps, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let after = rest.strip_prefix('/').ok_or_else(wrong)?;
            let end = after.find('/').unwrap_or(after.len());
            let Some((list, key)) = item_of(&after[..end]) else {
                let word = &after[..end];
                let index = word.parse().ok().filter(|index: &usize| index.to_string() == word);
                let name = || word.replace("~2", "[").replace("~1", "/").replace("~0", "~");
                steps.push(index.map_or_else(|| Step::Key(name()), Step::Index));
                rest = &after[end..];
                continue;
            };
            // After `[`, the key and `=`.
            let name = &after[list.len() + key.len() + 2..];
            let last = || name.strip_suffix(']').map(str::len);
            let end = name.find(END_OF_ITEM).or_else(last).ok_or_else(wrong)?;
            steps.extend([Step::Key(list.to_owned()), Step::Item(key, name[..end].to_owned())]);
            rest = &name[end + 1..];
        }
        Ok(Self(steps))
    }
}

/// Ends the name of an item that is not the last step. Items whose own name holds this are named by their index.
const END_OF_ITEM: &str = "]/";

/// The list and the merge key of what is written `containers[name=`.
fn item_of(word: &str) -> Option<(&str, &'static str)> {
    let (list, item) = word.split_once('[')?;
    let key = merge_key(list)?;
    item.strip_prefix(key)?.starts_with('=').then_some((list, key))
}

struct Search<'a> {
    node: Node<'a>,
    tree: &'a Tree,
}

impl Search<'_> {
    fn contains(&self, at: u32, wanted: u32) -> bool {
        (at..self.tree.node(at).skip).contains(&wanted)
    }

    /// Adds the way from `at` to `wanted`; false if there is none.
    fn down(&self, at: u32, wanted: u32, path: &mut Vec<Step>, depth: usize) -> bool {
        // First through the alias that the node was reached through.
        let via = self.node.via.map(std::num::NonZeroU32::get).filter(|_| depth == 0);
        if let Some(via) = via.filter(|&via| self.contains(at, via)) {
            let mut targets = self.targets(via).into_iter();
            return targets.any(|target| self.through(at, via, target, wanted, path, depth));
        }
        if self.contains(at, wanted) {
            self.straight(at, wanted, path);
            return true;
        }
        let from = self.tree.aliases.partition_point(|&(alias, _)| alias < at);
        let end = self.tree.node(at).skip;
        self.tree.aliases[from..]
            .iter()
            .take_while(|&&(alias, _)| alias < end && depth < super::build::MAX_DEPTH)
            .any(|&(alias, target)| self.through(at, alias, target, wanted, path, depth))
    }

    fn through(
        &self,
        at: u32,
        alias: u32,
        target: u32,
        wanted: u32,
        path: &mut Vec<Step>,
        depth: usize,
    ) -> bool {
        let length = path.len();
        self.straight(at, alias, path);
        if self.down(target, wanted, path, depth + 1) {
            return true;
        }
        path.truncate(length);
        false
    }

    /// What an alias, or the value of a `<<`, stands for.
    fn targets(&self, via: u32) -> Vec<u32> {
        if self.tree.node(via).kind == Kind::Alias {
            return self.tree.target(via).into_iter().collect();
        }
        let value = self.tree.node(via).skip;
        if let Some(target) = self.tree.target(value) {
            return vec![target];
        }
        let children = self.tree.children(value);
        children.map(|child| self.tree.target(child).unwrap_or(child)).collect()
    }

    /// Adds the way from `at` to `wanted`, which lies below it, without passing an alias.
    fn straight(&self, mut at: u32, wanted: u32, path: &mut Vec<Step>) {
        let mut way = self.node.doc.above().way(at, wanted).into_iter();
        // Name of the list that comes next.
        let mut list = None;
        while let Some(next) = way.next() {
            if self.tree.node(at).kind != Kind::Map {
                path.push(self.item(at, next, list.take()));
            } else if let Some(name) = self.key_of(next) {
                list = merge_key(&name);
                path.push(Step::Key(name.into_owned()));
                if self.node.doc.above().place(next) == next {
                    return;
                }
            } else if self.tree.node(next).kind == Kind::Seq {
                // The mappings that are merged are no items to those who read the mapping.
                at = way.next().unwrap_or(next);
                continue;
            }
            at = next;
        }
    }

    /// The text of the key that a node of a mapping is or belongs to; none for `<<`.
    fn key_of(&self, node: u32) -> Option<Cow<'_, str>> {
        let key = self.node.doc.above().place(node);
        let is_merge = self.tree.node(key).flags & flag::MERGE != 0;
        (!is_merge).then(|| Node::follow(self.node.doc, key, None).key())
    }

    /// `[name=app]` where the list has a merge key and the name is the item's alone, else `/0`.
    fn item(&self, list: u32, item: u32, key: Option<&'static str>) -> Step {
        let doc = self.node.doc;
        let index = doc.above().place(item) as usize;
        item_step(Node::plain(doc, list), index, Node::follow(doc, item, None), key)
    }
}

/// The step from a list to an item: by its merge key where the name is the item's alone, else by its index.
fn item_step(list: Node<'_>, index: usize, item: Node<'_>, key: Option<&'static str>) -> Step {
    let own = key.and_then(|key| item.get(key)?.as_str());
    match own.zip(key) {
        Some((own, key)) if !own.contains(END_OF_ITEM) && names(list, key).get(&*own) == Some(&index) => {
            Step::Item(key, own.into_owned())
        }
        _ => Step::Index(index),
    }
}

/// The field that names an item of a list: what Kubernetes merges by (`patchMergeKey` in `k8s.io/api`), and the
/// names of Argo templates and Tekton tasks, steps and parameters.
pub(super) fn merge_key(list: &str) -> Option<&'static str> {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "templates"
        | "steps"
        | "tasks"
        | "finally"
        | "params"
        | "parameters"
        | "sidecars" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        _ => None,
    }
}
