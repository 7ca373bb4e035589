//! Credentials that stand in pod specs: found once, reported by a rule and hidden in every output.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Graph, Runner};
use crate::k8s::container::Container;
use crate::secrets::{Hit, engine};
use crate::source::Span;
use crate::yaml::Node;

/// A credential in a pod spec.
#[derive(Clone, Debug)]
pub struct Literal<'a> {
    /// The scalar that holds it.
    pub node: Node<'a>,
    /// What it is.
    pub hit: Hit,
    /// Where it is given to the process, for people: ``environment variable `X` ``.
    pub place: String,
    /// Name of the container.
    pub container: String,
}

impl Literal<'_> {
    /// The bytes that hold the secret: the part of the scalar where the text is written as it reads, else all of it.
    #[must_use]
    pub fn span(&self) -> Span {
        part_of(self.node, &self.hit.range)
    }
}

/// The span of a part of a scalar's text; the whole scalar where escapes or folding keep the two apart.
#[must_use]
pub fn part_of(node: Node<'_>, range: &std::ops::Range<usize>) -> Span {
    let span = node.span();
    let written = node.doc().text.get(span.range()).unwrap_or_default();
    let Some(part) = node
        .text()
        .and_then(|text| text.get(range.clone()).map(str::to_owned))
    else {
        return span;
    };
    match written.find(&part) {
        Some(at) if !part.is_empty() => {
            let start = span.start as usize + at;
            Span::new(span.file, start, start + part.len())
        }
        _ => span,
    }
}

impl<'a> Graph<'a> {
    /// The credentials in a workload's pod spec.
    #[must_use]
    pub fn literals(&self, runner: &Runner<'a>) -> Vec<Literal<'a>> {
        let names = self.names_around(runner);
        let known = |value: &str| names.contains(value);
        let mut found = Vec::new();
        for container in &runner.workload.containers {
            let mut scan = Scan {
                container,
                known: &known,
                found: &mut found,
            };
            scan.environment();
            scan.arguments();
            scan.hooks();
        }
        found
    }

    /// Names that a value may simply refer to: Secrets, config maps and volumes of the namespace.
    fn names_around(&self, runner: &Runner<'a>) -> HashSet<Cow<'a, str>> {
        let at = self.object_of(runner);
        let kinds = ["Secret", "ConfigMap", "ServiceAccount", "Service"];
        let objects = self
            .objects
            .iter()
            .filter(|placed| kinds.contains(&&*placed.object.kind) && self.same_namespace(at, placed));
        let volumes = runner.workload.volumes().flat_map(|volume| {
            let secret = volume.at(&["secret", "secretName"]);
            [volume.get("name"), secret]
                .into_iter()
                .flatten()
                .filter_map(Node::text)
        });
        objects
            .map(|placed| placed.object.name.clone())
            .chain(volumes)
            .collect()
    }
}

struct Scan<'s, 'a> {
    container: &'s Container<'a>,
    known: &'s dyn Fn(&str) -> bool,
    found: &'s mut Vec<Literal<'a>>,
}

impl<'a> Scan<'_, 'a> {
    fn add(&mut self, node: Node<'a>, hit: Hit, place: String) {
        let container = self.container.name().into_owned();
        self.found.push(Literal {
            node,
            hit,
            place,
            container,
        });
    }

    fn environment(&mut self) {
        for variable in self.container.env() {
            let Some((node, text)) = variable.value().and_then(|node| Some((node, node.text()?))) else {
                continue;
            };
            if let Some(hit) = engine().named(&variable.name(), &text, self.known) {
                self.add(node, hit, format!("environment variable `{}`", variable.name()));
            }
        }
    }

    fn arguments(&mut self) {
        let mut words = self.container.words("command");
        words.extend(self.container.words("args"));
        self.command(&words, "an argument");
        let script = self
            .container
            .node
            .get("script")
            .or_else(|| self.container.node.get("source"));
        if let Some((node, text)) = script.and_then(|node| Some((node, node.text()?))) {
            for hit in engine().text(&text) {
                self.add(node, hit, "its script".to_owned());
            }
        }
    }

    fn hooks(&mut self) {
        for words in self.container.hook_commands() {
            self.command(&words, "a probe or hook");
        }
        for (name, node) in self.container.hook_headers() {
            let Some(text) = node.text() else { continue };
            if let Some(hit) = engine().header(&name, &text) {
                self.add(node, hit, format!("header `{name}` of a probe or hook"));
            }
        }
    }

    fn command(&mut self, words: &[Node<'a>], place: &str) {
        let texts: Vec<Cow<'a, str>> = words.iter().map(|word| word.text().unwrap_or_default()).collect();
        for (index, hit) in engine().arguments(&texts, self.known) {
            self.add(words[index], hit, place.to_owned());
        }
    }
}
