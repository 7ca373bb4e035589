//! Finds the credentials that stand as text in pod specs and in the values of charts.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::literal::{Literal, in_arguments};
use super::values;
use crate::graph::place::{ObjectId, Placed, Places, Runner};
use crate::k8s::container::{Container, EnvVar};
use crate::k8s::workload::Shape;
use crate::secrets::{Hit, Known, Strength, engine, sensitive_name};
use crate::yaml::Node;

/// By runner, the credentials in its pod spec.
pub(super) fn in_runners<'a>(places: &Places<'a>) -> Vec<Vec<Literal<'a>>> {
    places.runners.par_iter().map(|runner| literals_of(places, runner)).collect()
}

/// By object, the credentials in its chart values.
pub(super) fn in_objects<'a>(places: &Places<'a>) -> Vec<Vec<Literal<'a>>> {
    let given = given_by_config_maps(places);
    let of_object = |placed: &Placed<'a>| {
        let known = |value: &str| is_name(places, placed, value);
        let mut found = values::of_object(&placed.object, &known);
        for key in given.get(&placed.id).into_iter().flatten() {
            let values = placed.object.node.at(&["data", &**key]);
            found.extend(values.into_iter().flat_map(|values| values::of_chart(values, "", &known)));
        }
        found
    };
    places.objects.par_iter().map(of_object).collect()
}

/// The config maps that HelmReleases take values from, with the keys (Flux `helm-controller/api/v2`, `ValuesReference`).
fn given_by_config_maps(places: &Places<'_>) -> HashMap<ObjectId, BTreeSet<String>> {
    let mut given: HashMap<ObjectId, BTreeSet<String>> = HashMap::new();
    for placed in
        places.objects.iter().filter(|placed| placed.object.is("helm.toolkit.fluxcd.io", "HelmRelease"))
    {
        for from in placed.object.node.at(&["spec", "valuesFrom"]).into_iter().flat_map(Node::items) {
            let text = |key: &str| from.get(key).and_then(Node::text).filter(|text| !text.is_empty());
            let (Some("ConfigMap"), Some(name)) = (text("kind").as_deref(), text("name")) else { continue };
            let key = text("valuesKey").unwrap_or("values.yaml".into());
            for map in places.lookup(placed.source, "ConfigMap", placed.namespace.as_deref(), &name) {
                given.entry(map).or_default().insert(key.clone().into_owned());
            }
        }
    }
    given
}

fn literals_of<'a>(places: &Places<'a>, runner: &Runner<'a>) -> Vec<Literal<'a>> {
    let at = places.object_of(runner);
    let local = names_in(runner);
    let known = |value: &str| local.contains(value) || is_name(places, at, value);
    let mut found = Vec::new();
    for &container in &runner.workload.containers {
        let mut scan = Scan { container, known: &known, declared: OnceCell::new(), found: Vec::new() };
        scan.environment();
        scan.arguments();
        scan.scripts();
        scan.hooks();
        found.extend(scan.found);
    }
    // What stands in the spec beside the containers is shared by all runners of the object.
    let is_first = places.runners_of(runner.object).first().is_some_and(|first| first.id == runner.id);
    if is_first && matches!(runner.workload.shape, Shape::Workflow | Shape::Tekton) {
        found.extend(values::of_pipeline(at.object.node, &known));
    }
    found
}

/// Kinds whose names stand where a credential might.
pub(super) const NAMED: [&str; 6] =
    ["Secret", "ConfigMap", "ServiceAccount", "Service", "SealedSecret", "ExternalSecret"];

/// Whether a value is the name of something that it may simply refer to: there it is no secret.
pub(super) fn is_name(places: &Places<'_>, at: &Placed<'_>, value: &str) -> bool {
    // No name is longer (RFC 1123 subdomains).
    value.len() <= 253
        && NAMED
            .iter()
            .any(|kind| places.definitions(at.source, kind, at.namespace.as_deref(), value).next().is_some())
}

/// Volumes, and Secrets that a pod names.
fn names_in<'a>(runner: &Runner<'a>) -> HashSet<Cow<'a, str>> {
    let volumes = runner.workload.volumes().flat_map(|volume| {
        let secret = volume.at(&["secret", "secretName"]);
        [volume.get("name"), secret]
    });
    let containers = runner.workload.containers.iter();
    let references = containers.flat_map(|container| {
        let keys = container.env().filter_map(EnvVar::secret_key_ref);
        keys.chain(container.env_from_secrets()).map(|entry| entry.value.get("name"))
    });
    volumes.chain(references).flatten().filter_map(Node::text).collect()
}

struct Scan<'s, 'a> {
    container: Container<'a>,
    known: Known<'s>,
    /// The names of its variables, read when the first is asked for.
    declared: OnceCell<HashSet<Cow<'a, str>>>,
    found: Vec<Literal<'a>>,
}

impl<'a> Scan<'_, 'a> {
    fn add(&mut self, node: Node<'a>, hit: Hit, place: impl Into<String>) -> &mut Literal<'a> {
        self.found.push(Literal { container: Some(self.container), ..Literal::new(node, hit, place) });
        self.found.last_mut().expect("it was just pushed")
    }

    fn environment(&mut self) {
        for variable in self.container.env() {
            let Some((node, text)) = variable.value().and_then(|node| Some((node, node.text()?))) else {
                continue;
            };
            let name = variable.name();
            let mut hit = engine().named(&name, &text, self.known);
            if let Some(word) = self.left_as_it_is(&text) {
                let start = text.find(word).unwrap_or_default();
                let left = engine().named(&name, word, self.known);
                let moved = |hit: Hit| Hit { range: start + hit.range.start..start + hit.range.end, ..hit };
                hit = hit.or(left.map(moved));
            }
            if let Some(hit) = hit {
                let place = format!("environment variable `{name}`");
                self.add(node, hit, place).variable = Some(variable);
            }
        }
    }

    /// The word in `$(word)` where no variable is called so: Kubernetes leaves it as it is, and the program starts with it.
    fn left_as_it_is<'t>(&self, text: &'t str) -> Option<&'t str> {
        let word = text.trim().strip_prefix("$(")?.strip_suffix(')')?;
        let is_word = word.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && word.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_declared = |word: &str| {
            let names = || self.container.env().map(EnvVar::name).collect();
            self.declared.get_or_init(names).contains(word)
                || self.container.node.get("envFrom").is_some_and(|list| list.items().next().is_some())
        };
        Some(word).filter(|word| is_word && !is_declared(word) && !sensitive_name(word))
    }

    fn arguments(&mut self) {
        let mut words = self.container.words("command");
        words.extend(self.container.words("args"));
        let program = words.first().copied().and_then(Node::text).unwrap_or_default();
        let runs = |word: &Node<'_>| word.text().is_some_and(|word| ["-c", "-e"].contains(&&*word));
        let code = words.iter().position(runs).filter(|_| is_interpreter(&program));
        if let Some(code) = code.and_then(|at| (at + 1 < words.len()).then(|| words.remove(at + 1))) {
            self.program_text(code, "a command");
        }
        self.command(&words, "a command");
    }

    /// Argo's `source` and Tekton's `script`: run by the command, or by what the first line names.
    fn scripts(&mut self) {
        for field in ["script", "source"] {
            let Some((node, text)) =
                self.container.node.get(field).and_then(|node| Some((node, node.text()?)))
            else {
                continue;
            };
            let command = self.container.words("command").first().copied().and_then(Node::text);
            if !is_shell(&text, command.as_deref()) {
                self.program_text(node, &format!("the `{field}`"));
                continue;
            }
            let hits = engine().arguments(&["sh", "-c", &text], self.known);
            for (_, hit) in hits.into_iter().filter(|(index, _)| *index == 2) {
                self.add(node, hit, format!("the `{field}`"));
            }
        }
    }

    /// Text of another language than the shell's: there only quotes make a value.
    fn program_text(&mut self, node: Node<'a>, place: &str) {
        let text = node.text().unwrap_or_default();
        for hit in engine().config(&text, self.known) {
            let is_quoted = text[..hit.range.start].ends_with(['"', '\'']);
            if is_quoted || hit.strength == Strength::Vendor && hit.kind != "kv-password" {
                self.add(node, hit, place);
            }
        }
    }

    fn hooks(&mut self) {
        let container = self.container;
        for (field, words) in container.hook_commands() {
            self.command(&words, &format!("the command of `{field}`"));
        }
        for (field, name, node) in container.hook_headers() {
            let Some(text) = node.text() else { continue };
            if let Some(hit) = engine().header(&name, &text) {
                self.add(node, hit, format!("header `{name}` of `{field}`"));
            }
        }
        for (field, node) in container.hook_paths() {
            for hit in engine().text(&node.text().unwrap_or_default()) {
                self.add(node, hit, format!("the path of `{field}`"));
            }
        }
    }

    fn command(&mut self, words: &[Node<'a>], place: &str) {
        for (node, hit, option) in in_arguments(words, self.known) {
            let place = option.map_or_else(|| place.to_owned(), |option| format!("argument `{option}`"));
            self.add(node, hit, place);
        }
    }
}

/// Whether a program runs text of a language that is no shell's.
fn is_interpreter(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    ["python", "node", "ruby", "perl", "php", "deno", "bun"].contains(&stem)
}

/// Whether a script is a shell's: by its first line, else by the command that runs it, else yes.
fn is_shell(script: &str, command: Option<&str>) -> bool {
    let first = script.lines().next().unwrap_or_default();
    let program = match first.strip_prefix("#!") {
        Some(line) => line
            .split_whitespace()
            .map(|word| word.rsplit('/').next().unwrap_or_default())
            .find(|word| *word != "env" && !word.starts_with('-')),
        None => command.map(|command| command.rsplit('/').next().unwrap_or_default()),
    };
    program.is_none_or(|program| program.ends_with("sh"))
}

#[cfg(test)]
mod tests {
    use super::is_shell;

    #[test]
    fn shells_are_known_by_the_first_line_or_the_command() {
        for (script, command, shell) in [
            ("echo", None, true),
            ("#!/usr/bin/env bash\necho", None, true),
            ("#!/usr/bin/env -S python3 -u\n", Some("sh"), false),
            ("print()", Some("/usr/bin/python"), false),
            ("echo", Some("/bin/bash"), true),
        ] {
            assert_eq!(is_shell(script, command), shell, "{script:?} {command:?}");
        }
    }
}
