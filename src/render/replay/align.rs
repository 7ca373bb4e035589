//! Rendered objects beside replayed ones: a place is exact only where the replayed value equals the rendered one, the
//! newest writer first, then those that it replaced. So a wrong replay loses places, and never gives a wrong one.

use std::collections::{HashMap, HashSet};

use super::Replay;
use super::budget::Budget;
use super::explain::{Known, explain};
use super::objects::{Object, group_and_version, or_default};
use super::pair::pair;
use super::tree::{Node, Text, Value};
use crate::finding::{Label, Origin};
use crate::render::trail::{Trail, Written};
use crate::source::Span;
use crate::yaml::{self, Doc};

/// The most related places that are named.
const ALSO: usize = 8;

/// Lays the trail of rendered documents.
pub(super) fn lay(replay: &Replay, rendered: &[&Doc]) -> Trail {
    let Some(first_key) = replay.first_key else { return Trail::default() };
    let roots: Vec<yaml::Node<'_>> =
        rendered.iter().filter_map(|doc| doc.root()).filter(|root| root.is_map()).collect();
    let pairs = pairs(replay, &roots);
    let mut names: HashMap<String, HashSet<String>> = HashMap::new();
    let mut namespaces = HashMap::new();
    for (root, object) in roots.iter().zip(&pairs) {
        let Some(object) = object else { continue };
        let name = text_at(*root, &["metadata", "name"]);
        for id in &object.ids {
            names.entry(id.name.to_string()).or_default().insert(name.clone());
        }
        for setter in object.setters.iter().filter(|setter| !setter.is_label) {
            namespaces.insert(setter.value.text().unwrap_or_default().into_owned(), &setter.value);
        }
    }
    let known = Known { replay, names, namespaces };
    let mut steps = Vec::new();
    for (root, object) in roots.iter().zip(&pairs) {
        if let Some(object) = object {
            let tree = Node::from_yaml(*root, None, &|span| span, &Budget::new());
            let mut aligner = Aligner { known: &known, object, steps: &mut steps, path: Vec::new() };
            aligner.walk(&tree, Some(&object.tree), first_key, true);
        } else {
            let span = replay.unreplayed.first().copied().unwrap_or(first_key);
            steps.push((root.span().start, Written::at(span, Origin::Unknown)));
        }
    }
    Trail::new(steps)
}

/// The replayed object of each rendered one: of the same kind and name, then namespace, then group.
fn pairs<'r>(replay: &'r Replay, roots: &[yaml::Node<'_>]) -> Vec<Option<&'r Object>> {
    let mut by_name: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (index, object) in replay.objects.iter().enumerate().filter(|_| !replay.budget.is_spent()) {
        // The hash may be another one: a name without it fits too.
        let hashed = object.hashed.then(|| without_hash(&object.name()));
        for name in hashed.into_iter().chain([object.name().into_owned()]) {
            by_name.entry((object.kind().into_owned(), name)).or_default().push(index);
        }
    }
    let mut taken = vec![false; replay.objects.len()];
    let object_of = |root: &yaml::Node<'_>| {
        let text = |path: &[&str]| text_at(*root, path);
        let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
        let (namespace, api_version) = (text(&["metadata", "namespace"]), text(&["apiVersion"]));
        let names = [(kind.clone(), name.clone()), (kind, without_hash(&name))];
        let mut best: Option<(u8, usize)> = None;
        for &index in names.iter().filter_map(|name| by_name.get(name)).flatten() {
            if !replay.budget.spend(1) {
                break;
            }
            if taken[index] {
                continue;
            }
            let object = &replay.objects[index];
            let same_namespace = or_default(&object.namespace()) == or_default(&namespace);
            let same_group = object.group() == group_and_version(&api_version).0;
            let same_name = object.name() == name;
            let score = u8::from(same_namespace) * 4 + u8::from(same_group) * 2 + u8::from(same_name);
            if best.is_none_or(|(best, _)| score > best) {
                best = Some((score, index));
            }
            if score == 7 {
                break;
            }
        }
        let (_, index) = best?;
        taken[index] = true;
        Some(&replay.objects[index])
    };
    roots.iter().map(object_of).collect()
}

/// A generated name with a word in place of its hash.
fn without_hash(name: &str) -> String {
    let stem = name.len().checked_sub(11).and_then(|end| name.get(..end)).unwrap_or_default();
    format!("{stem} hash")
}

fn text_at(root: yaml::Node<'_>, path: &[&str]) -> String {
    root.at(path).and_then(yaml::Node::text).unwrap_or_default().into_owned()
}

/// The walk through a rendered object beside its replayed one.
struct Aligner<'r, 'k> {
    known: &'k Known<'r>,
    object: &'r Object,
    steps: &'k mut Vec<(u32, Written)>,
    /// The keys down to the current node; items have none.
    path: Vec<String>,
}

/// Where the key of what was walked is written, and whether that is sure.
#[derive(Clone, Copy)]
struct Outcome {
    key: Span,
    is_exact: bool,
}

/// A rendered entry or item with the replayed one; an item has no key.
type Child<'n, 'r> = (Option<&'n Text>, &'n Node, Option<&'r Node>);

impl<'r> Aligner<'r, '_> {
    /// Walks what is rendered beside what was replayed. `near`: the nearest written ancestor. `is_item`: it has no key.
    fn walk(&mut self, rendered: &Node, replayed: Option<&'r Node>, near: Span, is_item: bool) -> Outcome {
        if rendered.value.is_scalar() {
            return self.leaf(rendered, replayed, near);
        }
        let all: Vec<&'r Node> = history(replayed).collect();
        let like = all.iter().copied().find(|node| node.value.is_same_shape(&rendered.value));
        let here = replayed.map_or(near, |node| node.key);
        let before = self.steps.len();
        let written_below = self.children(self.pairs(rendered, like, &all), here);
        let outcome = match like {
            Some(like) => Outcome { key: like.key, is_exact: true },
            // What nobody wrote is where its fields were made.
            None => written_below.unwrap_or(Outcome { key: near, is_exact: false }),
        };
        let origin = if outcome.is_exact { Origin::Exact } else { Origin::File };
        let also = like.map_or_else(Vec::new, |like| Self::also(like, &all));
        let step = (rendered.at.start, Written { span: outcome.key, origin, also });
        // Of two steps at one byte the first counts: that of an item, or that of the first key of a mapping.
        let position = if is_item { before } else { self.steps.len() };
        self.steps.insert(position, step);
        outcome
    }

    /// The entries or items of a rendered node, in the order of the text.
    fn pairs<'n>(&self, rendered: &'n Node, like: Option<&'r Node>, all: &[&'r Node]) -> Vec<Child<'n, 'r>> {
        if let Value::Map(map) = &rendered.value {
            let replayed = |key: &str| all.iter().find_map(|node| node.get(key));
            let mut entries: Vec<_> =
                map.iter().map(|(key, value)| (Some(key), value, replayed(key))).collect();
            entries.sort_unstable_by_key(|(_, value, _)| value.key.start);
            return entries;
        }
        let own: Vec<&'r Node> = like.map_or(&[][..], Node::items).iter().collect();
        let is_own = |node: &&&Node| like.is_some_and(|like| std::ptr::eq(like, **node));
        let older: Vec<&'r Node> =
            all.iter().filter(|node| !is_own(node)).flat_map(|node| node.items()).collect();
        let paired = pair(rendered.items(), &own, &older, &self.known.replay.budget);
        rendered.items().iter().zip(paired).map(|(item, replayed)| (None, item, replayed)).collect()
    }

    /// The first outcome, if all are exact.
    fn children(&mut self, children: Vec<Child<'_, 'r>>, here: Span) -> Option<Outcome> {
        let mut first = None;
        let mut all_exact = true;
        for (key, rendered, replayed) in children {
            let before = self.steps.len();
            self.path.push(key.map_or_else(String::new, ToString::to_string));
            let outcome = self.walk(rendered, replayed, here, key.is_none());
            self.path.pop();
            if key.is_some() {
                let (span, origin) =
                    if outcome.is_exact { (outcome.key, Origin::Exact) } else { (here, Origin::File) };
                self.steps.insert(before, (rendered.key.start, Written::at(span, origin)));
            }
            all_exact &= outcome.is_exact;
            first = first.or(Some(outcome));
        }
        first.filter(|_| all_exact)
    }

    fn leaf(&mut self, rendered: &Node, replayed: Option<&'r Node>, near: Span) -> Outcome {
        let all: Vec<&'r Node> = history(replayed).filter(|node| node.value.is_scalar()).collect();
        let value = &rendered.value;
        let text = value.text().unwrap_or_default();
        let is_same = |node: &&&Node| match &node.value {
            Value::Opaque => true,
            other => other.text() == value.text() && other.is_null() == value.is_null(),
        };
        // Base64 and folded text are wrapped anew.
        let without_blanks = |text: &str| -> String { text.split_whitespace().collect() };
        let is_alike =
            |node: &&&Node| node.text().is_some_and(|old| without_blanks(&old) == without_blanks(&text));
        let found = all.iter().find(is_same);
        let found = found
            .or_else(|| if text.contains(char::is_whitespace) { all.iter().find(is_alike) } else { None });
        let reason = match found {
            Some(node) => Some((*node, Self::also(node, &all))),
            None => explain(self.known, &self.path, &text, &all, self.object).map(|(node, more)| {
                let mut also = Self::also(node, &[]);
                also.extend(more);
                (node, also)
            }),
        };
        let (step, outcome) = if let Some((node, also)) = reason {
            let step = Written { span: node.at, origin: Origin::Exact, also };
            (step, Outcome { key: node.key, is_exact: true })
        } else {
            let span = replayed.map_or(near, |node| node.at);
            (Written::at(span, Origin::File), Outcome { key: near, is_exact: false })
        };
        self.steps.push((rendered.at.start, step));
        outcome
    }

    /// What else took part in a value: what made it, and what it took the place of.
    fn also(node: &Node, all: &[&Node]) -> Vec<Label> {
        let mut labels: Vec<Label> = Vec::new();
        let mut add = |span: Span, message: &str| {
            let is_new = span != node.at && labels.iter().all(|label| label.span != span);
            if is_new && labels.len() < ALSO {
                labels.push(Label { span, message: message.to_owned() });
            }
        };
        for (span, what) in &node.also {
            add(*span, what);
        }
        let position = all.iter().position(|other| std::ptr::eq(*other, node)).unwrap_or(all.len());
        for older in all.iter().skip(position + 1) {
            let is_same = node.value.is_scalar() && older.text() == node.text();
            let place = if older.value.is_scalar() { older.at } else { older.key };
            let again = "the same is written here, and written again by an outer layer";
            add(place, if is_same { again } else { "replaces this value" });
        }
        labels
    }
}

/// A node and what it replaced, newest first.
fn history(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.into_iter().flat_map(|node| std::iter::once(node).chain(node.old.iter().rev()))
}
