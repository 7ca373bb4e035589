//! Credentials and references to Secrets in values that no rendered text shows.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::literal::Literal;
use super::references::{Reference, references};
use super::scan::NAMED;
use super::values;
use crate::finding::ObjectName;
use crate::graph::place::Places;
use crate::render::LeftValues;
use crate::source::FileId;
use crate::yaml::{Doc, Node};

/// Values of a chart as they are written, with what was found in them.
#[derive(Debug)]
pub struct ValueText<'a> {
    /// What they are for: the chart, or the object that deploys it.
    pub of: ObjectName,
    /// The document.
    pub doc: &'a Doc,
    /// The credentials in it.
    pub literals: Vec<Literal<'a>>,
    /// Where it gives a Secret to an environment.
    pub references: Vec<Reference<'a>>,
}

impl ValueText<'_> {
    /// The name that findings carry.
    #[must_use]
    pub fn named(&self) -> ObjectName {
        self.of.clone()
    }
}

/// The API versions of the objects that deploy charts, by kind, namespace and name.
type Deployers<'p> = HashMap<(&'p str, Option<&'p str>, &'p str), String>;

/// The name of a chart, or of who deploys it (`downloads/autobrr` in a namespace).
fn object_named((kind, name): &(&'static str, String), deployers: &Deployers<'_>) -> ObjectName {
    let (namespace, short) = match name.split_once('/') {
        Some((namespace, short)) => (Some(namespace), short),
        None => (None, name.as_str()),
    };
    let written = [namespace, None].into_iter().find_map(|around| deployers.get(&(*kind, around, short)));
    let (namespace, name) = if written.is_some() { (namespace, short) } else { (None, name.as_str()) };
    ObjectName {
        api_version: written.cloned().unwrap_or_default(),
        kind: (*kind).to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

/// Looks through the values of a run.
pub(super) fn value_texts<'a>(places: &Places<'a>) -> Vec<ValueText<'a>> {
    let input = &places.input;
    let files = input.values.sources().files().filter(|(_, file)| !file.is_rendered());
    let changes = files.filter_map(|(id, file)| Some((id, changed_application(file.path())?)));
    let changes: Vec<(FileId, &str)> = changes.collect();
    if input.left_values.is_empty() && changes.is_empty() {
        return Vec::new();
    }
    let named = places.objects.iter().filter(|placed| NAMED.contains(&&*placed.object.kind));
    let names: HashSet<&str> = named.map(|placed| &*placed.object.name).collect();
    let known = |value: &str| names.contains(value);
    let is_deployer = |kind: &str| ["Application", "HelmRelease"].contains(&kind);
    let deployers = places.objects.iter().map(|placed| &placed.object);
    let deployers = deployers.filter(|object| is_deployer(&object.kind));
    let deployers: Deployers<'_> = deployers
        .map(|object| {
            ((&*object.kind, object.namespace.as_deref(), &*object.name), object.api_version.to_string())
        })
        .collect();
    let of_one = |left: &'a LeftValues| {
        let documents = input.values.documents(left.file).iter().map(crate::yaml::Document::doc);
        let texts = documents.filter_map(|doc| {
            let root = match left.within {
                Some(span) => doc.nodes(span).into_iter().next()?,
                None => doc.root()?,
            };
            let below = |keys: &'a Vec<String>| {
                keys.iter().filter_map(|key| Some((key.as_str(), root.get(key)?))).collect()
            };
            let parts: Vec<(&str, Node<'a>)> = left.below.as_ref().map_or_else(|| vec![("", root)], below);
            let literals = parts.iter().flat_map(|(key, part)| values::of_chart(*part, key, &known));
            let literals = literals.collect();
            let parts = parts.iter().filter(|_| !left.is_shown);
            let references = parts.flat_map(|(_, part)| references(*part)).collect();
            Some(ValueText { of: object_named(&left.of, &deployers), doc, literals, references })
        });
        texts.collect::<Vec<_>>()
    };
    let mut found: Vec<ValueText<'a>> = input.left_values.par_iter().flat_map_iter(of_one).collect();
    for (file, name) in changes {
        let of = object_named(&("Application", name.to_owned()), &deployers);
        let docs = input.values.documents(file).iter().map(crate::yaml::Document::doc);
        found.extend(docs.filter_map(|doc| {
            let literals = values::of_source(doc.root()?, &known);
            Some(ValueText { of: of.clone(), doc, literals, references: Vec::new() })
        }));
    }
    found
}

/// The Application whose source a file changes (`.argocd-source-NAME.yaml`); for all that deploy a folder, the folder.
/// They are part of the tree whoever applies them, and no rendered text shows what no template uses.
fn changed_application(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    match name.strip_prefix(".argocd-source")?.strip_suffix(".yaml")? {
        "" => Some(folder),
        name => name.strip_prefix('-'),
    }
}
