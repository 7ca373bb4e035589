//! What is linted, for people and programs who want to see it: as YAML, line by line with origins, or as objects.
//!
//! These are data outputs: what the manifests hold is shown as it is, secrets included.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::finding::Origin;
use crate::k8s::objects;
use crate::load::Source;
use crate::render::jobs::{Job, Task};
use crate::render::paths::or_dot;
use crate::render::roots::{Kind, Root};
use crate::render::{Output, Provenance, Rendered};
use crate::source::{FileId, Span};
use crate::yaml::to_json;

/// Every document that is linted, as one YAML stream; comments name the file that each comes from.
#[must_use]
pub fn stream(rendered: &Rendered) -> String {
    let mut out = String::new();
    for source in &rendered.sources {
        let mut last = None;
        for document in &source.documents {
            let text = document.text().trim_matches('\n');
            if text.trim().is_empty() {
                continue;
            }
            out.push_str("---\n");
            let id = document.span().file;
            if last != Some(id) {
                let file = rendered.texts.sources().file(id);
                let how = if file.is_rendered() { "rendered from" } else { "file" };
                let _ = writeln!(out, "# nhilint: {how} {}", file.path());
                last = Some(id);
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
pub fn origins(rendered: &Rendered, provenance: &Provenance) -> String {
    let mut out = String::new();
    for output in rendered.outputs.iter().filter(|output| output.source.is_some()) {
        if let Some(file) = output.file {
            lines(&mut out, rendered, output, file, provenance);
        }
    }
    out
}

fn lines(out: &mut String, rendered: &Rendered, output: &Output, id: FileId, provenance: &Provenance) {
    let sources = rendered.texts.sources();
    let file = sources.file(id);
    let root = &rendered.roots[output.job.root];
    let trail = provenance.place(id).map(|place| &place.trail);
    for (index, &start) in file.line_starts().iter().enumerate() {
        let number = index as u32 + 1;
        let text = file.line(number);
        if start as usize == file.text().len() {
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
            let (start, _) = sources.positions(span);
            (sources.file(span.file).path().to_owned(), start.line)
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
pub fn by_root(rendered: &Rendered) -> String {
    let mut out = String::new();
    let mut write = |root: Value, objects: Vec<Value>, error: Option<String>| {
        let _ = writeln!(out, "{}", json!({"root": root, "objects": objects, "error": error}));
    };
    let is_between = |output: &&Output| output.file.is_some() && output.source.is_none();
    for output in rendered.outputs.iter().filter(|output| !output.job.is_other_answer && !is_between(output))
    {
        let found = output.source.map(|source| &rendered.sources[source]);
        let found = found.map(|source| listed(source, output.job.namespace.as_deref()));
        write(
            of_job(rendered, &output.job),
            found.unwrap_or_default(),
            output.error.as_ref().map(ToString::to_string),
        );
    }
    let jobs = rendered.outputs.iter().map(|output| &output.job);
    let tried: HashSet<usize> =
        jobs.flat_map(|job| [Some(job.root), job.deployer.map(|(deployer, _)| deployer)]).flatten().collect();
    for (index, root) in rendered.roots.iter().enumerate() {
        if let Some(refusal) = root.refusal.as_ref().filter(|_| !tried.contains(&index)) {
            write(described(root, root.kind, 1), Vec::new(), Some(refusal.message.clone()));
        }
    }
    for source in rendered.sources.iter().filter(|source| !source.whole && !source.documents.is_empty()) {
        let root = json!({"kind": "files", "path": or_dot(&source.root), "namespace": null, "name": null, "source": 1});
        write(root, listed(source, None), None);
    }
    out
}

fn of_job(rendered: &Rendered, job: &Job) -> Value {
    let root = &rendered.roots[job.root];
    match job.deployer {
        Some((deployer, number)) => {
            described(&rendered.roots[deployer], rendered.roots[deployer].kind, number)
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
    json!({"kind": kind, "path": root.shown(), "namespace": namespace, "name": name, "source": number})
}

/// The objects of a source; what names no namespace gets that of its deployer, and what is in none loses it.
fn listed(source: &Source, namespace: Option<&str>) -> Vec<Value> {
    let all = source.documents.iter().flat_map(|document| objects(document.doc(), None));
    all.filter(|object| !object.is_carried)
        .map(|object| {
            let mut value = to_json(object.node);
            // An item of a typed list has its type from the list.
            value["apiVersion"] = (*object.api_version).into();
            value["kind"] = (*object.kind).into();
            let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
            if let (Some(namespace), Some(metadata)) = (namespace, metadata) {
                if object.is_cluster_scoped() {
                    metadata.remove("namespace");
                } else if metadata
                    .get("namespace")
                    .is_none_or(|known| known.as_str().is_none_or(str::is_empty))
                {
                    metadata.insert("namespace".to_owned(), namespace.into());
                }
            }
            value
        })
        .collect()
}
