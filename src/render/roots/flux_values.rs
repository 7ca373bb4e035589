//! The values that objects of Flux take from config maps and secrets.

use super::data::{Entry, Reference, entries};
use super::finder::Finder;
use super::root::{Given, Inline, Reason, Substitutes};
use super::set_value::set_value;
use crate::k8s::Object;
use crate::source::Span;
use crate::yaml::Node;

/// Where several objects can be meant, at most as many combinations are judged.
const MOST_VARIANTS: usize = 4;

/// What one reference means.
struct Referred<'a> {
    kind: String,
    name: String,
    at: Span,
    /// The objects that it can mean; none where it is not in this tree.
    objects: Vec<Node<'a>>,
    /// Whether there are more of these.
    are_more: bool,
}

/// An object for each reference; none where it is not in this tree.
type Choice<'a> = Vec<Option<Node<'a>>>;

impl Referred<'_> {
    /// That what it names is not known here, in words.
    fn unknown(&self) -> String {
        let how = match &self.objects[..] {
            [] => "not in this tree",
            [first, ..] if entries(*first).iter().any(|(_, text, _)| text.is_none()) => "encrypted",
            _ => "more than is read",
        };
        format!("values come from the {} `{}`, which is {how}", self.kind, self.name)
    }
}

/// The references of a list, lowest first, and every way to choose one object for each. Says so where more objects are
/// meant than are tried.
fn referred<'a>(
    finder: &mut Finder<'a>,
    index: usize,
    object: &Object<'_>,
    list: Option<Node<'_>>,
) -> (Vec<Referred<'a>>, Vec<Choice<'a>>) {
    let items: Vec<Node<'_>> = list.into_iter().flat_map(Node::items).collect();
    finder.roots[index].takes_values |= !items.is_empty();
    let of_item = |item: &Node<'_>| {
        let text = |key: &str| item.get(key).and_then(Node::text).unwrap_or_default().into_owned();
        let (kind, name) = (text("kind"), text("name"));
        let (namespace, file) = (finder.namespace(object), object.file());
        let cluster = finder.cluster(file);
        let reference = Reference { kind: &kind, name: &name, namespace, cluster, file };
        let (objects, are_more) = finder.data.find(&reference);
        Referred { kind, name, at: item.span(), objects, are_more }
    };
    let referred: Vec<Referred<'a>> = items.iter().map(of_item).collect();
    let (mut choices, are_more) = choices(&referred);
    if are_more {
        let message = "more objects of these names are in this tree than are tried";
        finder.roots[index].leave_unjudged(Reason::TooLarge, list.map(Node::span), message);
    }
    if !can_afford(finder, &choices) {
        choices = vec![vec![None; referred.len()]];
    }
    (referred, choices)
}

/// Every way to choose one object for each reference, and whether there are more.
fn choices<'a>(referred: &[Referred<'a>]) -> (Vec<Choice<'a>>, bool) {
    let (mut choices, mut are_more) = (vec![Choice::new()], false);
    for one in referred {
        let objects = &one.objects[..one.objects.len().min(MOST_VARIANTS / choices.len())];
        are_more |= one.are_more || objects.len() < one.objects.len();
        let objects: Choice<'a> = if objects.is_empty() {
            vec![one.objects.first().copied()]
        } else {
            objects.iter().copied().map(Some).collect()
        };
        let with = |object: &Option<Node<'a>>| -> Vec<Choice<'a>> {
            choices.iter().map(|choice| [choice.as_slice(), &[*object]].concat()).collect()
        };
        choices = objects.iter().flat_map(with).collect();
    }
    (choices, are_more)
}

/// Whether all that the choices hold can be kept: many deployers may take the same large objects.
fn can_afford(finder: &mut Finder<'_>, choices: &[Choice<'_>]) -> bool {
    const BYTES: usize = 16;
    let objects = choices.iter().flatten().flatten();
    let cost = objects.map(|object| object.span().range().len() / BYTES).sum();
    finder.spend(cost)
}

/// What `postBuild` of a Kustomization fills in, for each choice of the objects that it takes values from; none where it
/// fills in nothing.
pub(super) fn substitutes(
    finder: &mut Finder<'_>,
    index: usize,
    object: &Object<'_>,
    spec: Node<'_>,
) -> Vec<Option<Substitutes>> {
    let Some(post) = spec.get("postBuild") else { return vec![None] };
    let (referred, choices) = referred(finder, index, object, post.get("substituteFrom"));
    let always = post.get("substituteStrategy").and_then(Node::text).is_some_and(|text| text == "Always");
    // Line ends are taken out (`fluxcd/pkg`, `kustomize/kustomize_varsub.go`).
    let value = |text: &str, at: Span| (text.replace('\n', ""), at);
    let of_choice = |choice: Choice<'_>| {
        let mut given = Substitutes { always, ..Substitutes::default() };
        for (from, object) in referred.iter().zip(choice) {
            let entries = object.map(entries).unwrap_or_default();
            if object.is_none() || entries.iter().any(|(_, text, _)| text.is_none()) {
                given.unknown.push((from.at, from.unknown()));
            }
            for (name, text, at) in entries {
                match text {
                    Some(text) => _ = given.values.insert(name, value(&text, at)),
                    None => _ = given.values.remove(&name),
                }
            }
        }
        for entry in post.get("substitute").into_iter().flat_map(Node::entries) {
            if let (Some(name), Some(text)) = (entry.key.text(), entry.value.text()) {
                given.values.insert(name.into_owned(), value(&text, entry.value.span()));
            }
        }
        Some(given)
    };
    choices.into_iter().map(of_choice).collect()
}

/// What `valuesFrom` of a HelmRelease gives to the chart, lowest first, for each choice of the objects that it names
/// (`fluxcd/pkg`, `chartutil/values.go`); and whether some of it is not known here.
pub(super) fn values_from(
    finder: &mut Finder<'_>,
    index: usize,
    object: &Object<'_>,
    spec: Node<'_>,
) -> (Vec<Vec<Inline>>, bool) {
    let list = spec.get("valuesFrom");
    let (referred, choices) = referred(finder, index, object, list);
    let items: Vec<Node<'_>> = list.into_iter().flat_map(Node::items).collect();
    let (mut variants, mut partial) = (Vec::new(), false);
    for (number, choice) in choices.into_iter().enumerate() {
        let (mut inline, mut merged) = (Vec::new(), serde_json::Value::Null);
        for ((item, from), object) in items.iter().zip(&referred).zip(choice) {
            match value_of(*item, from, object) {
                Ok(Some((text, at))) => inline.extend(given(*item, &text, at, &mut merged)),
                Err((reason, message)) if number == 0 => {
                    finder.roots[index].leave_unjudged(reason, item.span(), message);
                    partial = true;
                }
                Ok(None) | Err(_) => {}
            }
        }
        variants.push(inline);
    }
    (variants, partial)
}

/// The text that an item of `valuesFrom` names; nothing where it may be missing, and is.
fn value_of(
    item: Node<'_>,
    from: &Referred<'_>,
    object: Option<Node<'_>>,
) -> Result<Option<(String, Span)>, (Reason, String)> {
    let Some(object) = object else { return Err((Reason::NeedsCluster, from.unknown())) };
    let key = item.get("valuesKey").and_then(Node::text).filter(|key| !key.is_empty());
    let key = key.map_or_else(|| "values.yaml".to_owned(), std::borrow::Cow::into_owned);
    let entry: Option<Entry> = entries(object).into_iter().rfind(|(name, ..)| *name == key);
    match entry {
        Some((_, Some(text), at)) => Ok(Some((text, at))),
        Some((_, None, _)) => Err((Reason::NeedsCluster, from.unknown())),
        None if item.get("optional").and_then(Node::as_bool) == Some(true) => Ok(None),
        None => Err((Reason::MissingValues, format!("the {} `{}` holds no `{key}`", from.kind, from.name))),
    }
}

/// What a text gives to the chart: all of it, or one value at `targetPath`. `merged` is what all before it gave.
fn given(item: Node<'_>, text: &str, at: Span, merged: &mut serde_json::Value) -> Option<Inline> {
    let inline = |text: String| Some(Inline { field: "valuesFrom", at, given: Given::Text(text) });
    let path = item.get("targetPath").and_then(Node::text).filter(|path| !path.is_empty());
    let Some(path) = path else {
        if let Ok(values) = serde_yaml::from_str::<serde_json::Value>(text) {
            merge(merged, values);
        }
        return inline(text.to_owned());
    };
    let is_literal = item.get("literal").and_then(Node::as_bool) == Some(true);
    let first = set_value(merged, &path, text, is_literal)?;
    inline(serde_json::json!({ first.clone(): merged[&first] }).to_string())
}

/// Puts values over others as Helm does: mappings entry by entry.
fn merge(below: &mut serde_json::Value, above: serde_json::Value) {
    match (below, above) {
        (serde_json::Value::Object(below), serde_json::Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}
