//! Credentials in what configures: config maps, annotations, and tokens in any scalar of any object.

use std::collections::HashSet;

use rayon::prelude::*;

use super::custom;
use super::literal::Literal;
use super::stored::account_tokens;
use super::texts::{hits_in, is_label, is_of_labels};
use crate::graph::place::{Placed, Places};
use crate::secrets::{Hit, Known, Strength, decode_base64, engine, is_secret_of_field, sensitive_name};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node};

/// The annotation in which kubectl keeps what it applied.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// By object, the credentials in it that its pods and charts are not given. `known` are those that are found already.
pub(super) fn in_config<'a>(places: &Places<'a>, known: &[&[Vec<Literal<'a>>]]) -> Vec<Vec<Literal<'a>>> {
    let tokens = places_of_tokens(places);
    let of_object = |placed: &Placed<'a>| {
        let mut search =
            Search { names: &|value| super::scan::is_name(places, placed, value), found: Vec::new() };
        if placed.object.is("", "ConfigMap") {
            search.config_map(placed);
        }
        search.annotations(placed);
        search.found.extend(custom::of_resource(&placed.object, search.names));
        search.found.extend(custom::of_template(&placed.object, search.names));
        let mut found = search.found;
        for (file, offset) in &tokens {
            let span = placed.object.node.span();
            if placed.file == *file && span.range().contains(offset) {
                add_token(placed, *offset, &mut found);
            }
        }
        found
    };
    let known: HashSet<Span> =
        known.iter().flat_map(|lists| lists.iter().flatten()).map(|known| known.node.span()).collect();
    let new = |placed: &Placed<'a>| {
        let mut found = of_object(placed);
        found.retain(|literal| !known.contains(&literal.node.span()));
        found
    };
    places.objects.par_iter().map(new).collect()
}

/// Where tokens stand in the texts of the documents: one pass over each.
fn places_of_tokens(places: &Places<'_>) -> Vec<(FileId, usize)> {
    let of_document = |parsed: &crate::graph::place::Parsed<'_>| {
        let range = parsed.doc.span.range();
        let text = parsed.doc.text.get(range.clone()).unwrap_or_default();
        let hits = engine().tokens(text).into_iter();
        hits.map(|hit| (parsed.doc.file, range.start + hit.range.start)).collect::<Vec<_>>()
    };
    let mut found: Vec<_> = places.input.documents.par_iter().flat_map_iter(of_document).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The token at a place of an object, unless another rule is about what stands there.
fn add_token<'a>(placed: &Placed<'a>, offset: usize, found: &mut Vec<Literal<'a>>) {
    let object = &placed.object;
    // Of a definition the texts are examples; a kubeconfig's are logins.
    if object.kind == "CustomResourceDefinition" || object.is("", "Config") {
        return;
    }
    let mut path = Vec::new();
    let Some(node) = scalar_at(object.node, offset, &mut path) else { return };
    let is_in_secret = object.is("", "Secret");
    let shows = ["description", "example", "examples", "stringData", "encryptedData"];
    if path.iter().any(|key| shows.contains(&&**key) || is_in_secret && key == "data") {
        return;
    }
    let text = node.text().unwrap_or_default();
    let is_known = |range: &std::ops::Range<usize>| {
        found.iter().any(|literal| literal.node == node && literal.hit.range.start <= range.start)
    };
    if account_tokens(&text).next().is_some() {
        return;
    }
    let place = format!("`{}`", path.last().map_or("", String::as_str));
    if let Some(hit) = engine().tokens(&text).into_iter().find(|hit| !is_known(&hit.range)) {
        found.push(Literal::new(node, hit, place));
    }
}

/// The scalar that holds a byte of the text, and the keys that lead to it.
fn scalar_at<'a>(mut node: Node<'a>, offset: usize, path: &mut Vec<String>) -> Option<Node<'a>> {
    let holds = |node: &Node<'_>| node.alias_span().is_none() && node.span().range().contains(&offset);
    while !node.is_scalar() {
        let entry = node.entries().find(|entry| holds(&entry.value));
        path.extend(entry.and_then(|entry| entry.key.text()).map(std::borrow::Cow::into_owned));
        node = entry.map(|entry| entry.value).or_else(|| node.items().find(holds))?;
    }
    Some(node)
}

struct Search<'s, 'a> {
    names: Known<'s>,
    found: Vec<Literal<'a>>,
}

impl<'a> Search<'_, 'a> {
    fn config_map(&mut self, placed: &Placed<'a>) {
        let has_labels = is_of_labels(&placed.object.name);
        for entry in placed.object.node.get("data").into_iter().flat_map(Node::entries) {
            let (key, text) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
            // A token of an account is NHI401's.
            if account_tokens(&text).next().is_none() {
                let mut hits = hits_in(&key, &text, self.names);
                if has_labels || is_of_labels(&key) {
                    hits.retain(|hit| !is_label(&text[hit.range.clone()]));
                }
                self.add(entry, hits, &format!("`{key}`"));
            }
        }
        for entry in placed.object.node.get("binaryData").into_iter().flat_map(Node::entries) {
            let (key, text) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
            let plain = decode_base64(&text).and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(plain) = plain.filter(|plain| account_tokens(plain).next().is_none()) else { continue };
            // Where in the base64 it stands nobody could read.
            let used = hits_in(&key, &plain, self.names).into_iter().filter(|hit| is_used(&plain, hit));
            let surest = used.min_by_key(|hit| (hit.strength, hit.range.start));
            let whole = surest.map(|hit| Hit { range: 0..text.len(), ..hit });
            let place = format!("`{key}`, in base64,");
            self.found.extend(whole.map(|hit| Literal::new(entry.value, hit, place)));
        }
    }

    fn annotations(&mut self, placed: &Placed<'a>) {
        let list = placed.object.metadata().and_then(|metadata| metadata.get("annotations"));
        for entry in list.into_iter().flat_map(Node::entries) {
            let (key, text) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
            let name = key.rsplit('/').next().unwrap_or_default();
            let is_text = text.contains('\n') || text.trim_start().starts_with(['{', '[']);
            let mut hits = if is_text || name.ends_with("snippet") {
                engine().config(&text, self.names)
            } else if sensitive_name(name) && is_secret_of_field(name, &text) {
                engine().named(name, &text, self.names).into_iter().collect()
            } else {
                engine().text(&text)
            };
            if key == APPLIED {
                // It repeats the object: what stands there too is found there.
                hits.retain(|hit| !stands_beside(placed, &entry, &text[hit.range.clone()]));
            }
            self.add(entry, hits, &format!("annotation `{key}`"));
        }
    }

    fn add(&mut self, entry: Entry<'a>, hits: Vec<Hit>, place: &str) {
        let text = entry.value.text().unwrap_or_default();
        let used = hits.into_iter().filter(|hit| is_used(&text, hit));
        let literals = used.map(|hit| Literal::new(entry.value, hit, place));
        self.found.extend(literals);
    }
}

/// Whether a credential that was found in a text is one that runs.
fn is_used(text: &str, hit: &Hit) -> bool {
    hit.strength < Strength::TemplateWord && !engine().is_example(text, hit)
}

/// Whether a value also stands in an object outside of an entry of it.
fn stands_beside(placed: &Placed<'_>, entry: &Entry<'_>, value: &str) -> bool {
    let (object, own) = (placed.object.node.span().range(), entry.value.span().range());
    let text = &entry.value.doc().text;
    let parts = [object.start..own.start, own.end..object.end];
    parts.into_iter().filter_map(|part| text.get(part)).any(|part| part.contains(value))
}
