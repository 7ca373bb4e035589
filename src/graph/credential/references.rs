//! Where values of a chart give a Secret to an environment.

use crate::source::Span;
use crate::yaml::{Doc, Node};

/// Deeper trees are not written by people.
const DEPTH: usize = 40;

/// A place where values give a Secret to an environment.
#[derive(Clone, Debug)]
pub struct Reference<'a> {
    /// The value that names the Secret, or the text that it stands in.
    pub node: Node<'a>,
    /// The key above it.
    pub span: Span,
    /// The variable; none where every key of the Secret becomes one.
    pub variable: Option<String>,
    /// The Secret.
    pub secret: String,
}

/// Where values of a chart give a Secret to an environment, as a pod spec does: `secretKeyRef` and `secretRef`.
pub(super) fn references(values: Node<'_>) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    if values.text().is_none() {
        add(values, None, DEPTH, &mut found);
        return found;
    }
    let docs = values.embedded();
    let mut inner = Vec::new();
    docs.iter().filter_map(Doc::root).for_each(|root| add(root, None, DEPTH, &mut inner));
    // Spans of the embedded tree count bytes of this scalar's text.
    let here = |span: Span| values.part(&span.range());
    let moved = inner.into_iter();
    moved
        .map(|Reference { span, variable, secret, .. }| Reference {
            node: values,
            span: here(span),
            variable,
            secret,
        })
        .collect()
}

/// `name` is the key that leads to a value.
fn add<'a>(node: Node<'a>, name: Option<&str>, depth: usize, found: &mut Vec<Reference<'a>>) {
    if depth == 0 {
        return;
    }
    let text =
        |node: Node<'a>, key: &str| node.get(key).and_then(Node::text).unwrap_or_default().into_owned();
    let own = node.get("name").and_then(Node::text);
    for entry in node.entries() {
        let key = entry.key.text().unwrap_or_default();
        let reference = match &*key {
            "valueFrom" => entry.value.entry("secretKeyRef"),
            "envFrom" | "extraEnvFrom" => {
                let sources = entry.value.items().filter_map(|item| item.entry("secretRef"));
                found.extend(sources.map(|source| Reference {
                    node: source.value,
                    span: source.key.span(),
                    variable: None,
                    secret: text(source.value, "name"),
                }));
                None
            }
            _ => None,
        };
        match reference {
            Some(reference) => found.push(Reference {
                node: reference.value,
                span: reference.key.span(),
                variable: own.as_deref().or(name).map(str::to_owned),
                secret: text(reference.value, "name"),
            }),
            None => add(entry.value, Some(&key), depth - 1, found),
        }
    }
    node.items().for_each(|item| add(item, name, depth - 1, found));
}
