//! What is linted, for people and programs who want to see it: as YAML, line by line with origins, or as objects.
//!
//! These are data outputs: what the manifests hold is shown as it is, secrets included.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::finding::Origin;
use crate::k8s::objects;
use crate::lint::Seen;
use crate::render::jobs::{Job, Task};
use crate::render::paths::or_dot;
use crate::render::roots::{Kind, Root};
use crate::render::{Output, Trail};
use crate::source::{FileId, Source, Span};
use crate::yaml::{Doc, to_json};

/// Every document that is linted, as one YAML stream; comments say what each comes from.
#[must_use]
pub fn stream(seen: &Seen<'_>) -> String {
    let mut out = String::new();
    for source in &seen.world.sources {
        let mut last = None;
        for document in &source.documents {
            let text = seen.sources.text(document.span).trim_matches('\n');
            if text.trim().is_empty() {
                continue;
            }
            out.push_str("---\n");
            if last != Some(document.span.file) {
                let file = seen.sources.file(document.span.file);
                let how = if file.is_rendered() { "rendered from" } else { "file" };
                let _ = writeln!(out, "# nhilint: {how} {}", file.path());
                last = Some(document.span.file);
            }
            let text = text.strip_prefix("---").map_or(text, |rest| rest.trim_start_matches([' ', '\n']));
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

/// A JSON object for each line of each rendered text.
#[must_use]
pub fn origins(seen: &Seen<'_>) -> String {
    let mut out = String::new();
    for output in &seen.rendering.outputs {
        let Some(file) = output.file else { continue };
        let trail = seen.trails.iter().find(|(known, _)| *known == file).map(|(_, trail)| trail);
        lines(&mut out, seen, output, file, trail);
    }
    out
}

fn lines(out: &mut String, seen: &Seen<'_>, output: &Output, file: FileId, trail: Option<&Trail>) {
    let rendered = seen.sources.file(file);
    let root = &seen.rendering.roots[output.job.root];
    for (index, &start) in rendered.line_starts().iter().enumerate() {
        let number = index as u32 + 1;
        let text = rendered.line(number);
        if start as usize == rendered.text().len() {
            break;
        }
        // A line is where its value was written; a line without one, where its key was.
        let end = start + text.trim_end().len() as u32;
        let first = start + (text.len() - text.trim_start().len()) as u32;
        let written = trail.and_then(|trail| {
            let inside = trail.within(first, end.max(first + 1)).last();
            inside.or_else(|| trail.at(first))
        });
        let place = |span: Span| {
            let (start, _) = seen.sources.positions(span);
            (seen.sources.file(span.file).path().to_owned(), start.line)
        };
        let (origin, (path, line)) = match written {
            Some(written) => (written.origin, Some(place(written.span)).unzip()),
            None => (Origin::Unknown, root.at.map(place).unzip()),
        };
        let also: Vec<Value> = written
            .into_iter()
            .flat_map(|written| &written.also)
            .map(|label| {
                let (file, line) = place(label.span);
                json!({"file": file, "line": line, "what": label.message})
            })
            .collect();
        let line = json!({
            "root": root.shown(), "line": number, "text": text, "origin": origin.word(), "file": path,
            "originLine": line, "also": also,
        });
        let _ = writeln!(out, "{line}");
    }
}

/// A JSON object for each root: what it is, its objects, or why there are none.
#[must_use]
pub fn by_root(seen: &Seen<'_>) -> String {
    let mut out = String::new();
    let docs: HashMap<Span, &Doc> = seen.docs.iter().map(|doc| (doc.span, *doc)).collect();
    let mut say = |root: Value, objects: Vec<Value>, error: Option<String>| {
        let _ = writeln!(out, "{}", json!({"root": root, "objects": objects, "error": error}));
    };
    for output in &seen.rendering.outputs {
        let found =
            output.pool.map(|pool| listed(&docs, &seen.world.sources[pool], output.job.namespace.as_deref()));
        say(
            of_job(seen, &output.job),
            found.unwrap_or_default(),
            output.error.as_ref().map(ToString::to_string),
        );
    }
    let jobs = seen.rendering.outputs.iter().map(|output| &output.job);
    let tried: HashSet<usize> =
        jobs.flat_map(|job| [Some(job.root), job.deployer.map(|(deployer, _)| deployer)]).flatten().collect();
    for (index, root) in seen.rendering.roots.iter().enumerate() {
        if let Some(refusal) = root.refusal.as_ref().filter(|_| !tried.contains(&index)) {
            say(described(root, root.kind, 1), Vec::new(), Some(refusal.message.clone()));
        }
    }
    for source in seen.world.sources.iter().filter(|source| !source.whole && !source.documents.is_empty()) {
        let root = json!({"kind": "files", "path": or_dot(&source.root), "namespace": null, "name": null, "source": 1});
        say(root, listed(&docs, source, None), None);
    }
    out
}

fn of_job(seen: &Seen<'_>, job: &Job) -> Value {
    let root = &seen.rendering.roots[job.root];
    match job.deployer {
        Some((deployer, number)) => {
            described(&seen.rendering.roots[deployer], seen.rendering.roots[deployer].kind, number)
        }
        None if matches!(job.task, Task::Files(_)) => described(root, Kind::Files, 1),
        None => described(root, root.kind, 1),
    }
}

fn described(root: &Root, kind: Kind, number: usize) -> Value {
    let (namespace, name) = match root
        .name
        .as_deref()
        .map(|name| name.split_once('/').map_or((None, name), |(a, b)| (Some(a), b)))
    {
        Some((namespace, name)) => (namespace, Some(name)),
        None => (None, None),
    };
    json!({"kind": kind.word(), "path": root.shown(), "namespace": namespace, "name": name, "source": number})
}

/// The objects of a source; what names no namespace gets that of its deployer, and what is in none loses it.
fn listed(docs: &HashMap<Span, &Doc>, source: &Source, namespace: Option<&str>) -> Vec<Value> {
    let docs = source.documents.iter().filter_map(|document| docs.get(&document.span).copied());
    let all = docs.flat_map(|doc| objects(doc, None));
    all.map(|object| {
        let mut value = to_json(object.node);
        let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
        if let (Some(namespace), Some(metadata)) = (namespace, metadata) {
            if object.is_cluster_scoped() {
                metadata.remove("namespace");
            } else if metadata.get("namespace").is_none_or(|known| known.as_str().is_none_or(str::is_empty)) {
                metadata.insert("namespace".to_owned(), namespace.into());
            }
        }
        value
    })
    .collect()
}
