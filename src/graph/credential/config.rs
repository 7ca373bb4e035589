//! Credentials in what configures: config maps, annotations, and tokens in any scalar of any object.

use std::collections::HashSet;

use rayon::prelude::*;

use super::literal::Literal;
use super::stored::account_tokens;
use crate::graph::place::{Placed, Places};
use crate::secrets::{Hit, Known, Strength, engine, may_name_an_object};
use crate::source::{FileId, Span};
use crate::yaml::{Entry, Node};

/// Larger texts are programs, styles and drawings.
const LARGEST: usize = 256 * 1024;
/// A longer line was written by a program for a program.
const LONGEST_LINE: usize = 5_000;
/// Endings of files in which names and values are not a configuration.
const PROGRAMS: &str = "css go html java js jsx lua md mjs php pl py rb rs svg ts tsx wasm xsl";

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
        for entry in placed.object.node.get("data").into_iter().flat_map(Node::entries) {
            let (key, text) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
            // A token of an account is NHI401's.
            if account_tokens(&text).next().is_some() {
                continue;
            }
            let hits = match kind_of(&key, &text) {
                TextKind::Value if may_name_an_object(&key, &text) => engine().tokens(&text),
                TextKind::Value => engine().named(&key, &text, self.names).into_iter().collect(),
                TextKind::Config => engine().config(&text, self.names),
                TextKind::Script => {
                    let hits = engine().arguments(&["sh", "-c", &text], self.names);
                    hits.into_iter().filter(|(at, _)| *at == 2).map(|(_, hit)| hit).collect()
                }
                TextKind::Program => engine().tokens(&text),
            };
            self.add(entry, hits, &format!("`{key}`"));
        }
    }

    fn annotations(&mut self, placed: &Placed<'a>) {
        let list = placed.object.metadata().and_then(|metadata| metadata.get("annotations"));
        for entry in list.into_iter().flat_map(Node::entries) {
            let (key, text) = (entry.key.text().unwrap_or_default(), entry.value.text().unwrap_or_default());
            // What kubectl applied last repeats the object.
            if key == "kubectl.kubernetes.io/last-applied-configuration" {
                continue;
            }
            let is_text = text.contains('\n') || text.trim_start().starts_with(['{', '[']);
            let is_password = key.to_ascii_lowercase().ends_with("password");
            let hits = match (is_text, is_password) {
                (true, _) => engine().config(&text, self.names),
                (false, true) => engine().named("password", &text, self.names).into_iter().collect(),
                (false, false) => engine().text(&text),
            };
            self.add(entry, hits, &format!("annotation `{key}`"));
        }
    }

    fn add(&mut self, entry: Entry<'a>, hits: Vec<Hit>, place: &str) {
        let text = entry.value.text().unwrap_or_default();
        let is_told = |hit: &Hit| hit.strength < Strength::TemplateWord && !engine().is_example(&text, hit);
        let literals = hits.into_iter().filter(is_told).map(|hit| Literal::new(entry.value, hit, place));
        self.found.extend(literals);
    }
}

enum TextKind {
    /// One value under a name.
    Value,
    /// Names and values.
    Config,
    Script,
    /// Only tokens are told from other text in it.
    Program,
}

fn kind_of(key: &str, text: &str) -> TextKind {
    let ending = key.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_document = text.trim().contains('\n') || text.trim_start().starts_with('{');
    let is_dashboard = text.contains("\"panels\"") && text.contains("\"schemaVersion\"");
    let is_minified = || text.lines().any(|line| line.len() > LONGEST_LINE);
    if !is_document {
        return TextKind::Value;
    }
    if PROGRAMS.split(' ').any(|word| word == ending) || is_dashboard || text.len() > LARGEST || is_minified()
    {
        return TextKind::Program;
    }
    match text.strip_prefix("#!") {
        Some(rest) if !rest.lines().next().is_some_and(|line| line.contains("sh")) => TextKind::Program,
        Some(_) => TextKind::Script,
        None if ["sh", "bash"].contains(&ending) => TextKind::Script,
        None => TextKind::Config,
    }
}
