//! The roots of a repository as a list: for people and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::pretty;
use super::layout::{counted, one_line};
use super::place::place;
use crate::render::roots::{How, Kind, Refusal, Root, Use, ValueSet};
use crate::source::{SourceMap, Span};

/// The text lists so many users and files of a root, and counts the rest.
const SHOWN: usize = 5;

/// The list for people: a line for each root, what is to be said of it below.
#[must_use]
pub fn text(roots: &[Root], sources: &SourceMap) -> String {
    let list = List { roots, sources };
    let mut out = String::new();
    for root in roots {
        list.root(&mut out, root);
    }
    let entries = roots.iter().filter(|root| root.entry).count();
    let refused = roots.iter().filter(|root| root.refusal.is_some()).count();
    let words = [
        counted(roots.len(), "root"),
        counted(entries, "entry point"),
        format!("{refused} cannot be rendered"),
    ];
    let _ = writeln!(out, "{}{}", if roots.is_empty() { "" } else { "\n" }, words.join(", "));
    out
}

/// The same for programs, complete.
#[must_use]
pub fn json(roots: &[Root], sources: &SourceMap) -> String {
    let list = List { roots, sources };
    let roots: Vec<Value> = roots.iter().map(|root| list.value(root)).collect();
    pretty(&json!({"version": 1, "roots": roots}))
}

/// The release that a deployer names.
fn release(root: &Root) -> Option<&String> {
    let set = root.values.first().filter(|_| !root.kind.is_folder());
    set.and_then(|set| set.installation.release.as_ref())
}

fn reference(root: &Root) -> Value {
    json!({"kind": root.kind, "path": root.shown(), "name": root.name})
}

/// The fields that hold further values, each once.
fn fields(set: &ValueSet) -> Vec<&'static str> {
    let mut fields: Vec<_> = set.inline.iter().map(|inline| inline.field).collect();
    fields.dedup();
    fields
}

struct List<'a> {
    roots: &'a [Root],
    sources: &'a SourceMap,
}

impl List<'_> {
    fn root(&self, out: &mut String, root: &Root) {
        let mut head = self.title(root);
        if let Some(part) = root.part {
            let _ = write!(head, ", a {part}");
        } else if root.entry {
            head.push_str(", entry point");
        }
        let _ = writeln!(out, "{head}");
        let mut write = |what: &str| {
            let _ = writeln!(out, "    {}", one_line(what));
        };
        if let Some(refusal) = &root.refusal {
            let through = refusal.through.map(|other| format!("{} cannot: ", self.title(&self.roots[other])));
            let at = refusal.at.map(|at| format!(" ({})", self.place(at))).unwrap_or_default();
            write(&format!(
                "cannot be rendered: {}{}{at} [{}]",
                through.unwrap_or_default(),
                refusal.message,
                refusal.reason
            ));
        }
        for part in root.unjudged.iter().take(SHOWN) {
            let at = part.at.map(|at| format!(" ({})", self.place(at))).unwrap_or_default();
            write(&format!("not judged: {}{at} [{}]", part.message, part.reason));
        }
        if root.unjudged.len() > SHOWN {
            write(&format!("and {} more", root.unjudged.len() - SHOWN));
        }
        let facts = [
            root.namespace.as_ref().map(|namespace| format!("namespace {namespace}")),
            release(root).map(|release| format!("release {release}")),
            (!root.clusters.is_empty()).then(|| format!("cluster {}", root.clusters.join(", "))),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        if !facts.is_empty() {
            write(&facts.join(", "));
        }
        for set in &root.values {
            // Of its own values an Application says no more than its place.
            if root.kind == Kind::Helm || !set.files.is_empty() || !set.inline.is_empty() {
                write(&self.values(root, set));
            }
        }
        for user in root.users.iter().take(SHOWN) {
            write(&self.user(user));
        }
        if root.users.len() > SHOWN {
            write(&format!("and {} more", root.users.len() - SHOWN));
        }
        for file in root.files.iter().take(SHOWN) {
            write(file);
        }
        if root.files.len() > SHOWN {
            write(&format!("and {} more", root.files.len() - SHOWN));
        }
    }

    /// `helm charts/api`, `application apps/api.yaml:4 argocd/api`.
    fn title(&self, root: &Root) -> String {
        let place = match root.kind {
            Kind::Kustomize | Kind::Helm | Kind::Files => root.shown().to_owned(),
            _ => root.at.map_or_else(|| root.path.clone(), |at| self.place(at)),
        };
        let name = root.name.as_ref().filter(|_| root.kind != Kind::Helm);
        let name = name.map(|name| format!(" {name}")).unwrap_or_default();
        one_line(&format!("{} {place}{name}", root.kind))
    }

    fn user(&self, user: &Use) -> String {
        let title = self.title(&self.roots[user.root]);
        format!("{} by {title} ({})", past(user), self.place(user.at))
    }

    fn values(&self, root: &Root, set: &ValueSet) -> String {
        let own = (root.kind == Kind::Helm).then(|| "values.yaml".to_owned());
        let files = set.files.iter().map(|file| match file.strip_prefix(&format!("{}/", root.path)) {
            Some(inside) if root.kind == Kind::Helm => inside.to_owned(),
            _ => file.clone(),
        });
        let inline = fields(set).into_iter().map(|field| format!("inline `{field}`"));
        let all: Vec<String> = own.into_iter().chain(files).chain(inline).collect();
        let by = set.by.filter(|_| root.kind == Kind::Helm);
        let by = by.map(|(other, _)| format!(" by {}", self.title(&self.roots[other])));
        format!("values {}{}", all.join(" < "), by.unwrap_or_default())
    }

    fn place(&self, at: Span) -> String {
        let place = place(self.sources, at);
        format!("{}:{}", place.path, place.line)
    }

    fn value(&self, root: &Root) -> Value {
        let users = root.users.iter().map(|user| {
            let mut value = reference(&self.roots[user.root]);
            value["how"] = json!(user.how);
            value["location"] = self.location(user.at);
            value
        });
        let sets = root.values.iter().map(|set| {
            json!({
                "files": set.files,
                "inline": fields(set),
                "by": set.by.map(|(other, _)| reference(&self.roots[other])),
                "release": set.installation.release,
                "namespace": set.by.and_then(|(other, _)| self.roots[other].namespace.clone()),
                "location": set.by.map(|(_, at)| self.location(at)),
            })
        });
        let why = |refusal: &Refusal| {
            json!({
                "reason": refusal.reason,
                "message": refusal.message,
                "location": refusal.at.map(|at| self.location(at)),
                "through": refusal.through.map(|other| reference(&self.roots[other])),
            })
        };
        let mut value = reference(root);
        value["location"] = root.at.map_or(Value::Null, |at| self.location(at));
        value["entry"] = root.entry.into();
        value["part"] = json!(root.part);
        value["namespace"] = root.namespace.clone().into();
        value["release"] = release(root).cloned().into();
        value["clusters"] = root.clusters.clone().into();
        value["usedBy"] = users.collect();
        value["values"] = sets.collect();
        value["refused"] = root.refusal.as_ref().map(why).into();
        value["unjudged"] = root.unjudged.iter().map(why).collect();
        value["files"] = root.files.clone().into();
        value
    }

    fn location(&self, at: Span) -> Value {
        let place = place(self.sources, at);
        json!({"file": place.path, "line": place.line})
    }
}

fn past(user: &Use) -> &'static str {
    match user.how {
        How::Builds => "built",
        How::Packs => "packed",
        How::Inflates => "inflated",
        How::Holds => "held",
    }
}
