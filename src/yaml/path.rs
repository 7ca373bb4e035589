//! Where a node stands within an object, in words that survive reordering.

use super::node::Node;
use super::tree::{Kind, Tree, flag};

/// See [`Node::path_from`].
pub(super) fn between(root: Node<'_>, node: Node<'_>) -> Option<String> {
    if !std::ptr::addr_eq(root.doc, node.doc) {
        return None;
    }
    let mut path = String::new();
    let search = Search { node, tree: &root.doc.tree };
    search.down(root.index, node.index, &mut path, 0).then_some(path)
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
    fn down(&self, at: u32, wanted: u32, path: &mut String, depth: usize) -> bool {
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
        path: &mut String,
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
    fn straight(&self, mut at: u32, wanted: u32, path: &mut String) {
        // Name of the list that comes next.
        let mut list = None;
        while at != wanted {
            let next = if self.tree.node(at).kind == Kind::Map {
                self.value(at, wanted, path, &mut list)
            } else {
                self.item(at, wanted, list.take(), path)
            };
            let Some(next) = next else { return };
            at = next;
        }
    }

    /// Adds the key that holds `wanted`; its value, unless `wanted` is the key itself.
    fn value(&self, map: u32, wanted: u32, path: &mut String, list: &mut Option<&str>) -> Option<u32> {
        let mut children = self.tree.children(map);
        while let Some(key) = children.next() {
            let value = children.next();
            if wanted >= self.tree.node(value.unwrap_or(key)).skip {
                continue;
            }
            if self.tree.node(key).flags & flag::MERGE == 0 {
                let name = Node::follow(self.node.doc, key, None).key();
                path.push('/');
                path.push_str(&name.replace('~', "~0").replace('/', "~1"));
                *list = merge_key(&name);
            }
            return value.filter(|&value| wanted >= value);
        }
        None
    }

    /// Adds `[name=app]` where the list has a merge key and the name is the item's alone, else `/0`; the item.
    fn item(&self, list: u32, wanted: u32, key: Option<&str>, path: &mut String) -> Option<u32> {
        let mut items = self.tree.children(list).enumerate();
        let (index, item) = items.find(|&(_, item)| wanted < self.tree.node(item).skip)?;
        let name = |item: u32| Node::follow(self.node.doc, item, None).get(key?)?.as_str();
        let own = name(item);
        let repeated = || self.tree.children(list).take(index).any(|before| name(before) == own);
        let step = match (&own, key) {
            (Some(own), Some(key)) if !repeated() => format!("[{key}={own}]"),
            _ => format!("/{index}"),
        };
        path.push_str(&step);
        Some(item)
    }
}

/// The field that names an item of a list: what Kubernetes merges by (`patchMergeKey` in `k8s.io/api`), and the
/// names of Argo templates and Tekton tasks, steps and parameters.
fn merge_key(list: &str) -> Option<&'static str> {
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
