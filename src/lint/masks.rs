//! What no output may show: the data of every Secret and every credential that the engine finds, reported or not.

use std::collections::HashSet;

use crate::finding::Finding;
use crate::graph::literal::part_of;
use crate::graph::{Graph, Parsed};
use crate::secrets::{SecretVerdict, Strength, decode_base64, engine};
use crate::source::{FileId, Masks};
use crate::yaml::Node;

/// Collects the masks of a run.
pub(super) fn masks(graph: &Graph<'_>, documents: &[Parsed<'_>], findings: &[Finding]) -> Masks {
    let mut masks = Masks::default();
    // Snippets come from the files of findings only; in those, every scalar is looked at.
    let labels = findings
        .iter()
        .flat_map(|finding| finding.related.iter().map(|label| label.span.file));
    let shown: HashSet<FileId> = findings
        .iter()
        .map(|finding| finding.span.file)
        .chain(labels)
        .collect();
    for parsed in documents.iter().filter(|parsed| shown.contains(&parsed.doc.file)) {
        if let Some(root) = parsed.doc.root() {
            scan(root, &mut masks, DEPTH);
        }
    }
    for placed in graph
        .objects
        .iter()
        .filter(|placed| placed.object.is("", "Secret"))
    {
        for (list, encoded) in [("data", true), ("stringData", false)] {
            for entry in placed.object.node.get(list).into_iter().flat_map(Node::entries) {
                hide_entry(entry.key, entry.value, encoded, &mut masks);
            }
        }
    }
    for runner in &graph.runners {
        for literal in graph.literals(runner) {
            masks.hide(literal.span());
            hide_value(
                &literal.node,
                &literal.hit.range,
                literal.hit.strength,
                &mut masks,
            );
        }
    }
    masks.finish();
    masks
}

/// Deeper manifests do not exist; hostile ones are cut by the parser before.
const DEPTH: usize = 600;

/// Hides whatever looks like a credential below a node, whoever reads it.
fn scan(node: Node<'_>, masks: &mut Masks, depth: usize) {
    if depth == 0 {
        return;
    }
    // `{name: X, value: Y}` names its value as a key does.
    let name = node.get("name").and_then(Node::text);
    for entry in node.entries() {
        let key = entry.key.text().unwrap_or_default();
        let named = if key == "value" {
            name.clone().unwrap_or_default()
        } else {
            key
        };
        match entry.value.text() {
            Some(text) => hide_text(&named, entry.value, &text, masks),
            None => scan(entry.value, masks, depth - 1),
        }
    }
    let items: Vec<Node<'_>> = node.items().collect();
    let words: Vec<_> = items.iter().map(|item| item.text().unwrap_or_default()).collect();
    for (index, hit) in engine().arguments(&words, &|_| false) {
        masks.hide(part_of(items[index], &hit.range));
        hide_value(&items[index], &hit.range, hit.strength, masks);
    }
    items
        .into_iter()
        .filter(|item| !item.is_scalar())
        .for_each(|item| scan(item, masks, depth - 1));
}

fn hide_text(name: &str, node: Node<'_>, text: &str, masks: &mut Masks) {
    let mut hits = engine().text(text);
    hits.extend(engine().named(name, text, &|_| false));
    for hit in hits {
        masks.hide(part_of(node, &hit.range));
        hide_value(&node, &hit.range, hit.strength, masks);
    }
}

fn hide_value(node: &Node<'_>, range: &std::ops::Range<usize>, strength: Strength, masks: &mut Masks) {
    let text = node.text().unwrap_or_default();
    // A word such as `postgres` is a credential where it stands and a name everywhere else.
    if !matches!(strength, Strength::DefaultWord | Strength::TemplateWord) {
        if let Some(value) = text.get(range.clone()) {
            masks.hide_value(value);
        }
    }
}

fn hide_entry(key: Node<'_>, value: Node<'_>, encoded: bool, masks: &mut Masks) {
    let Some(text) = value.text() else { return };
    masks.hide(value.span());
    let decoded = if encoded {
        decode_base64(&text).and_then(|bytes| String::from_utf8(bytes).ok())
    } else {
        None
    };
    let plain = decoded.as_deref().unwrap_or(&text);
    if let SecretVerdict::Plain(hit) = engine().secret_entry(&key.text().unwrap_or_default(), plain) {
        masks.hide_value(&text);
        if hit.strength != Strength::DefaultWord {
            masks.hide_value(plain.trim());
        }
    }
}
