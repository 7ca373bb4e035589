//! Rendered objects beside replayed ones: a place is exact only where the replayed value equals the rendered one, the
//! newest writer first, then those that it replaced. So a wrong replay costs places and never makes one up.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Replay;
use super::budget::Budget;
use super::explain::{Explained, Known, explain};
use super::objects::{Object, group_and_version};
use super::pair::pair;
use super::tree::{Node, Value};
use crate::finding::{Label, Origin};
use crate::render::trail::{Trail, Written};
use crate::source::Span;
use crate::yaml::{self, Doc};

/// More related places than these help nobody.
const ALSO: usize = 8;

/// Lays the trail of rendered documents.
pub(super) fn lay(replay: &Replay, rendered: &[&Doc]) -> Trail {
    let Some(home) = replay.home else { return Trail::default() };
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
            namespaces.insert(setter.value.said().unwrap_or_default().into_owned(), &setter.value);
        }
    }
    let known = Known { replay, names, namespaces };
    let mut aligner = Aligner { known, budget: &replay.budget, steps: Vec::new(), path: Vec::new() };
    for (root, object) in roots.iter().zip(&pairs) {
        if let Some(object) = object {
            aligner.walk(*root, Some(&object.tree), object, home, true);
        } else {
            let span = replay.suspects.first().copied().unwrap_or(home);
            aligner.steps.push((root.span().start, written(span, Origin::Unknown)));
        }
    }
    Trail::new(aligner.steps)
}

/// The replayed object of each rendered one: of the same kind and name, then namespace, then group.
fn pairs<'r>(replay: &'r Replay, roots: &[yaml::Node<'_>]) -> Vec<Option<&'r Object>> {
    let mut by_name: HashMap<(String, String), VecDeque<&Object>> = HashMap::new();
    if !replay.budget.is_spent() {
        for object in &replay.objects {
            by_name
                .entry((object.kind().into_owned(), object.name().into_owned()))
                .or_default()
                .push_back(object);
        }
        for object in replay.objects.iter().filter(|object| object.hashed) {
            // The hash may be another one: a name without it fits too.
            let name = object.name();
            let stem = name.len().checked_sub(11).and_then(|end| name.get(..end)).unwrap_or_default();
            by_name
                .entry((object.kind().into_owned(), format!("{stem} hash")))
                .or_default()
                .push_back(object);
        }
    }
    let mut taken: HashSet<usize> = HashSet::new();
    let key = |object: &Object| std::ptr::from_ref(object).addr();
    roots
        .iter()
        .map(|root| {
            let text = |path: &[&str]| text_at(*root, path);
            let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
            let (namespace, api_version) = (text(&["metadata", "namespace"]), text(&["apiVersion"]));
            let stem = name.len().checked_sub(11).and_then(|end| name.get(..end)).unwrap_or_default();
            let exact = (kind.clone(), name.clone());
            let hashed = (kind, format!("{stem} hash"));
            let mut best: Option<(u8, &Object)> = None;
            for candidate in [exact, hashed].iter().filter_map(|name| by_name.get(name)).flatten() {
                if !replay.budget.spend(1) {
                    break;
                }
                if taken.contains(&key(candidate)) {
                    continue;
                }
                let space = |text: &str| if text.is_empty() { "default".to_owned() } else { text.to_owned() };
                let same_space = space(&candidate.namespace()) == space(&namespace);
                let same_group =
                    group_and_version(&candidate.api_version()).0 == group_and_version(&api_version).0;
                let same_name = candidate.name() == name;
                let score = u8::from(same_space) * 4 + u8::from(same_group) * 2 + u8::from(same_name);
                if best.is_none_or(|(best, _)| score > best) {
                    best = Some((score, candidate));
                }
                if score == 7 {
                    break;
                }
            }
            let (_, object) = best?;
            taken.insert(key(object));
            Some(object)
        })
        .collect()
}

pub(super) fn text_at(root: yaml::Node<'_>, path: &[&str]) -> String {
    root.at(path).and_then(yaml::Node::text).unwrap_or_default().into_owned()
}

struct Aligner<'r> {
    known: Known<'r>,
    budget: &'r Budget,
    steps: Vec<(u32, Written)>,
    /// The keys down to the current node; items have none.
    path: Vec<String>,
}

/// Where the key of what was walked is written, and whether that is sure.
#[derive(Clone, Copy)]
struct Outcome {
    key: Span,
    is_exact: bool,
}

impl<'r> Aligner<'r> {
    /// Walks what is rendered beside what was replayed. `near`: the nearest written ancestor. `is_item`: it has no key.
    fn walk(
        &mut self,
        rendered: yaml::Node<'_>,
        replayed: Option<&'r Node>,
        object: &'r Object,
        near: Span,
        is_item: bool,
    ) -> Outcome {
        if rendered.is_scalar() {
            return self.leaf(rendered, replayed, object, near);
        }
        let all: Vec<&'r Node> = stories(replayed).collect();
        let like = all.iter().copied().find(|node| match node.value {
            Value::Map(_) => rendered.is_map(),
            Value::List(_) => rendered.is_seq(),
            _ => false,
        });
        let here = replayed.map_or(near, |node| node.key);
        let slot = self.steps.len();
        let start = rendered.span().start;
        if is_item {
            self.steps.push((start, written(near, Origin::File)));
        }
        let children = if rendered.is_map() {
            self.entries(rendered, &all, object, here)
        } else {
            self.items(rendered, like, &all, object, here)
        };
        let outcome = match (like, children) {
            (Some(like), _) => Outcome { key: like.key, is_exact: true },
            // What nobody wrote is where its fields were made.
            (None, Some(first)) => first,
            (None, None) => Outcome { key: near, is_exact: false },
        };
        let origin = if outcome.is_exact { Origin::Exact } else { Origin::File };
        let mut step = written(outcome.key, origin);
        if let Some(like) = like {
            step.also = Self::also(like, &all);
        }
        if is_item {
            self.steps[slot].1 = step;
        } else {
            self.steps.push((start, step));
        }
        outcome
    }

    /// The first outcome, if all are exact.
    fn entries(
        &mut self,
        rendered: yaml::Node<'_>,
        all: &[&'r Node],
        object: &'r Object,
        here: Span,
    ) -> Option<Outcome> {
        let mut first = None;
        let mut all_exact = true;
        for entry in rendered.entries() {
            let name = entry.key.text().unwrap_or_default();
            let replayed = all.iter().find_map(|node| node.get(&name));
            let slot = self.steps.len();
            self.steps.push((entry.key.span().start, written(here, Origin::File)));
            self.path.push(name.into_owned());
            let outcome = self.walk(entry.value, replayed, object, here, false);
            self.path.pop();
            if outcome.is_exact {
                self.steps[slot].1 = written(outcome.key, Origin::Exact);
            }
            all_exact &= outcome.is_exact;
            first = first.or(Some(outcome));
        }
        first.filter(|_| all_exact)
    }

    fn items(
        &mut self,
        rendered: yaml::Node<'_>,
        like: Option<&'r Node>,
        all: &[&'r Node],
        object: &'r Object,
        here: Span,
    ) -> Option<Outcome> {
        let items: Vec<yaml::Node<'_>> = rendered.items().collect();
        let own: Vec<&'r Node> = like.map_or(&[][..], Node::items).iter().collect();
        let is_own = |node: &&&Node| like.is_some_and(|like| std::ptr::eq(like, **node));
        let older = all.iter().filter(|node| !is_own(node)).flat_map(|node| node.items());
        let older: Vec<&'r Node> = older.collect();
        let paired = pair(&items, &own, &older, self.budget);
        let mut first = None;
        let mut all_exact = true;
        self.path.push(String::new());
        for (item, replayed) in items.into_iter().zip(paired) {
            let outcome = self.walk(item, replayed, object, here, true);
            all_exact &= outcome.is_exact;
            first = first.or(Some(outcome));
        }
        self.path.pop();
        first.filter(|_| all_exact)
    }

    fn leaf(
        &mut self,
        rendered: yaml::Node<'_>,
        replayed: Option<&'r Node>,
        object: &'r Object,
        near: Span,
    ) -> Outcome {
        let start = rendered.span().start;
        let all: Vec<&'r Node> = stories(replayed).filter(|node| node.value.is_scalar()).collect();
        let value = Value::of(rendered);
        let text = value.said().unwrap_or_default();
        let is_same = |node: &&&Node| match &node.value {
            Value::Opaque => true,
            other => other.said() == value.said() && other.is_null() == value.is_null(),
        };
        // Base64 and folded text are wrapped anew.
        let blank = |text: &str| -> String { text.split_whitespace().collect() };
        let is_alike = |node: &&&Node| node.said().is_some_and(|said| blank(&said) == blank(&text));
        let has_blanks = text.contains(char::is_whitespace);
        let found = all.iter().find(is_same);
        let found = found.or_else(|| all.iter().find(|node| has_blanks && is_alike(node)));
        let (step, outcome) = if let Some(&node) = found {
            let also = Self::also(node, &all);
            let step = Written { span: node.at, origin: Origin::Exact, also };
            (step, Outcome { key: node.key, is_exact: true })
        } else if let Some(Explained { node, also }) = explain(&self.known, &self.path, &text, &all, object) {
            let mut labels = Self::also(node, &[]);
            labels.extend(also);
            let step = Written { span: node.at, origin: Origin::Exact, also: labels };
            (step, Outcome { key: node.key, is_exact: true })
        } else {
            let span = replayed.map_or(near, |node| node.at);
            (written(span, Origin::File), Outcome { key: near, is_exact: false })
        };
        self.steps.push((start, step));
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
            let is_same = node.value.is_scalar() && older.said() == node.said();
            let place = if older.value.is_scalar() { older.at } else { older.key };
            add(
                place,
                if is_same {
                    "the same is written here, and written again by an outer layer"
                } else {
                    "replaces this value"
                },
            );
        }
        labels
    }
}

/// A node and what it replaced, newest first.
fn stories(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    node.into_iter().flat_map(|node| std::iter::once(node).chain(node.old.iter().rev()))
}

fn written(span: Span, origin: Origin) -> Written {
    Written { span, origin, also: Vec::new() }
}
