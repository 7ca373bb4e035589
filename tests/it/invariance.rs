//! How a manifest is written down must not change what is found in it.

use std::collections::BTreeSet;
use std::fmt::Write;

use nhilint::catalog::{Card, Catalog, Example};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bench::{catalog, lint_files, settings};
use crate::cards::{findings, preset};
use nhilint::catalog::drawing;

/// What stays the same: rule, form and field, of every finding.
type Essence = Vec<(String, &'static str, String)>;

type Files = Vec<(String, String)>;

/// Every example whose findings come from objects, with its files as they are linted.
fn examples(catalog: &Catalog) -> Vec<(&Card, &Example, Files)> {
    let cards = catalog.cards().iter().filter(|card| card.family != "governance");
    let pairs = cards.flat_map(|card| card.examples.iter().map(move |example| (card, example)));
    let plain = |(name, text): (&str, &str)| (name.to_owned(), drawing::read(text).0);
    pairs
        .map(|(card, example)| (card, example, example.bad.texts().into_iter().map(plain).collect()))
        .collect()
}

fn essence(card: &Card, example: &Example, files: &Files, catalog: &Catalog) -> Essence {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let found = findings(card, example, &files, catalog).0;
    let mut essence: Essence = found
        .into_iter()
        .map(|finding| {
            (finding.rule.to_string(), finding.form.0, finding.path.unwrap_or_default().to_string())
        })
        .collect();
    essence.sort();
    essence
}

/// Lints every example as it is and as `change` makes it; `None` leaves an example out.
fn unchanged_by(change: impl Fn(&str) -> Option<String>) {
    let catalog = catalog();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (card, example, files) in examples(&catalog) {
        let changed: Option<Files> =
            files.iter().map(|(name, text)| Some((name.clone(), change(text)?))).collect();
        let Some(changed) = changed else { continue };
        tried += 1;
        let (before, after) =
            (essence(card, example, &files, &catalog), essence(card, example, &changed, &catalog));
        if before != after {
            wrong.push(format!("{} `{}`:\n  before {before:?}\n  after  {after:?}", card.id, example.title));
        }
    }
    assert!(tried > 10, "only {tried} examples were tried");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn documents(text: &str) -> Vec<Value> {
    let documents = serde_yaml::Deserializer::from_str(text);
    documents
        .map(|document| serde_yaml::Value::deserialize(document).expect("examples are YAML"))
        .map(|value| serde_json::to_value(value).expect("examples are JSON too"))
        .filter(|value| !value.is_null())
        .collect()
}

#[test]
fn by_windows_line_ends() {
    unchanged_by(|text| Some(text.replace('\n', "\r\n")));
}

#[test]
fn by_a_byte_order_mark() {
    unchanged_by(|text| Some(format!("\u{feff}{text}")));
}

#[test]
fn by_comments() {
    unchanged_by(|text| {
        let note = |line: &str| {
            let top = line.starts_with(|c: char| c.is_ascii_alphabetic());
            if top { format!("# a note: with `marks`\n\n{line}") } else { line.to_owned() }
        };
        Some(text.split_inclusive('\n').map(note).collect())
    });
}

#[test]
fn by_the_order_of_documents() {
    unchanged_by(|text| {
        let mut documents: Vec<&str> = text.split("\n---\n").collect();
        documents.reverse();
        (documents.len() > 1).then(|| documents.join("\n---\n"))
    });
}

#[test]
fn by_being_json() {
    let stream =
        |text: &str| documents(text).iter().map(|document| format!("---\n{document}\n")).collect::<Vec<_>>();
    unchanged_by(|text| Some(stream(text).concat()));
}

#[test]
fn by_a_list_around_it() {
    unchanged_by(|text| {
        let documents = documents(text);
        // Kustomize reads its own files only as they are.
        let kustomize = |document: &Value| {
            document["apiVersion"]
                .as_str()
                .is_some_and(|version| version.starts_with("kustomize.config.k8s.io/"))
        };
        // The same name twice in one list is one of the flaws that is looked for elsewhere.
        let list = json!({"apiVersion": "v1", "kind": "List", "items": documents});
        let nested = json!({"apiVersion": "v1", "kind": "List", "items": [list]});
        (!documents.iter().any(kustomize)).then(|| nested.to_string())
    });
}

#[test]
fn by_indentation() {
    unchanged_by(|text| {
        let mut written = String::new();
        for document in documents(text) {
            written.push_str("---\n");
            block(&document, 0, &mut written);
        }
        Some(written)
    });
}

/// Block style with four spaces and list items under their key's column plus four.
fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    let nested = |child: &Value| match child {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    };
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, child)| (format!("{}:", json!(key)), child)).collect(),
        Value::Array(list) => list.iter().map(|child| ("-".to_owned(), child)).collect(),
        scalar => return writeln!(out, "{pad}{scalar}").expect("a string takes everything"),
    };
    for (lead, child) in entries {
        if nested(child) {
            writeln!(out, "{pad}{lead}").expect("a string takes everything");
            block(child, indent + 4, out);
        } else {
            writeln!(out, "{pad}{lead} {child}").expect("a string takes everything");
        }
    }
}

/// The same pod template in another kind: fields of the pod are found alike.
#[test]
fn by_the_kind_around_a_pod_template() {
    let catalog = catalog();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for (card, example, files) in examples(&catalog) {
        let [(name, text)] = files.as_slice() else { continue };
        let written = documents(text);
        if !written.iter().any(|document| document["kind"] == "Deployment") {
            continue;
        }
        tried += 1;
        let inside = |files: &Files, template: &str| -> BTreeSet<(String, &'static str, String)> {
            let found = essence(card, example, files, &catalog).into_iter();
            found
                .filter_map(|(rule, form, path)| {
                    Some((rule, form, path.strip_prefix(template)?.strip_prefix("/spec")?.to_owned()))
                })
                .collect()
        };
        let before = inside(&files, "/spec/template");
        for kind in ["StatefulSet", "ReplicaSet", "Pod"] {
            let change = |document: &Value| recast(document, kind).to_string();
            let changed: Vec<String> =
                written.iter().map(|document| format!("---\n{}\n", change(document))).collect();
            let template = if kind == "Pod" { "" } else { "/spec/template" };
            let after = inside(&vec![(name.clone(), changed.concat())], template);
            if before != after {
                wrong.push(format!("{} `{}` as {kind}: {before:?} became {after:?}", card.id, example.title));
            }
        }
    }
    assert!(tried > 3, "only {tried} examples hold a Deployment");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn recast(document: &Value, kind: &str) -> Value {
    let mut changed = document.clone();
    if document["kind"] != "Deployment" {
        return changed;
    }
    changed["kind"] = kind.into();
    if kind == "Pod" {
        changed["apiVersion"] = "v1".into();
        changed["spec"] = document["spec"]["template"]["spec"].clone();
        for list in ["labels", "annotations"] {
            let of_pod =
                document["spec"]["template"]["metadata"][list].as_object().cloned().unwrap_or_default();
            for (key, value) in of_pod {
                changed["metadata"][list][key] = value;
            }
        }
    }
    changed
}

#[test]
fn by_the_number_of_threads() {
    let catalog = catalog();
    for (_, example, files) in examples(&catalog) {
        let files: Vec<(&str, &str)> =
            files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let settings = settings(&catalog, preset(example));
        let lint = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let (report, _) = pool.install(|| lint_files(&files, &settings, &catalog));
            let shown = |finding: &nhilint::finding::Finding| {
                format!(
                    "{} {} {:?} {} {}",
                    finding.rule, finding.form.0, finding.span, finding.message, finding.fingerprint
                )
            };
            report.findings.iter().map(shown).collect::<Vec<_>>()
        };
        assert_eq!(lint(1), lint(8), "{}", example.title);
    }
}
