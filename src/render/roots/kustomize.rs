//! Kustomizations as roots, what they build on, and what kustomize would refuse or have to fetch.

use std::collections::HashSet;

use super::finder::Finder;
use super::root::{Kind, Part, Reason};
use crate::load::{Standing, is_below};
use crate::render::kustomization::{FILE_NAMES, Named, Role, is_inline, is_remote, named, wrong_type};
use crate::render::paths::{folder_of, join, or_dot, without_secrets};
use crate::source::{FileId, Span};
use crate::yaml::{Doc, Node};

/// Why something that is no file is not read.
const SPECIAL: &str = "is a pipe, a socket or a device, which is never opened";

const GROUP: &str = "kustomize.config.k8s.io/";

/// Adds every kustomization as a root.
pub(super) fn register(finder: &mut Finder<'_>) {
    let files: Vec<_> = finder.index.files.iter().map(|(path, file)| (*path, *file)).collect();
    for (path, file) in files {
        let (folder, name) = (folder_of(path), path.rsplit('/').next().unwrap_or_default());
        if !FILE_NAMES.contains(&name) {
            continue;
        }
        let doc = finder.docs_of(file).iter().find(|doc| doc.root().is_some());
        let root = doc.and_then(|doc| doc.root());
        let text = |key: &str| root.and_then(|root| root.get(key)).and_then(Node::as_str);
        // A Kustomization of Flux may stand in a file of this name.
        if text("apiVersion").is_some_and(|version| !version.is_empty() && !version.starts_with(GROUP)) {
            continue;
        }
        let start = root.map_or(Span::new(file, 0, 0), Node::span);
        if let Some(&other) = finder.kustomizations.get(folder) {
            let message = format!("`{}` holds several kustomization files", or_dot(folder));
            finder.refuse(other, Reason::Malformed, start, message);
            continue;
        }
        let index = finder.add(Kind::Kustomize, folder, start);
        finder.kustomizations.insert(folder, index);
        if !root.is_some_and(Node::is_map) || doc.is_some_and(|doc| doc.broken) {
            let message = "the kustomization is no valid YAML mapping";
            finder.refuse(index, Reason::Malformed, start, message);
        }
        let found = &mut finder.roots[index];
        found.part = text("kind").filter(|kind| kind == "Component").map(|_| Part::Component);
        found.namespace = text("namespace").filter(|name| !name.is_empty()).map(Into::into);
        finder.add_reads(index, start, vec![file]);
    }
}

/// Follows what kustomizations name.
pub(super) fn follow(finder: &mut Finder<'_>) {
    let mut all: Vec<usize> = finder.kustomizations.values().copied().collect();
    all.sort_unstable();
    let mut objects = HashSet::new();
    for index in all {
        let Some(at) = finder.roots[index].at else { continue };
        let Some(root) = finder.docs_of(at.file).iter().find_map(|doc| doc.root()) else { continue };
        if let Some((key, value)) = wrong_type(root) {
            finder.refuse(index, Reason::Malformed, value.span(), format!("`{key}` is no list"));
        }
        for name in named(root) {
            finder.roots[index].has_plugins |= name.role == Role::Plugin;
            let file = follow_name(finder, index, &name);
            let of = if name.role == Role::Resource { &mut objects } else { &mut finder.parts };
            of.extend(file);
        }
    }
    finder.parts.retain(|file| !objects.contains(file));
}

/// Follows one name; the file, if it is one that was read.
fn follow_name(finder: &mut Finder<'_>, index: usize, name: &Named<'_>) -> Option<FileId> {
    let (text, at, folder) = (&*name.text, name.node.span(), finder.roots[index].path.clone());
    if matches!(name.role, Role::Patch | Role::Plugin) && is_inline(text) {
        if name.role == Role::Plugin {
            let docs = name.node.embedded();
            check_plugin(finder, index, docs.first().and_then(Doc::root), at);
        }
        return None;
    }
    let path = join(&folder, text);
    let takes_folder = matches!(name.role, Role::Resource | Role::Component | Role::Plugin);
    let is_read = finder.index.id(&path).is_some();
    if !is_read && is_remote(text) {
        let message = format!("`{}` would have to be fetched", without_secrets(text));
        finder.refuse(index, Reason::RemoteBase, at, message);
        return None;
    }
    let absolute = text.starts_with('/');
    let (reason, message) = match finder.resolve(if absolute { text } else { &path }) {
        _ if absolute => (Reason::OutsideTheTree, format!("`{text}` is an absolute path")),
        Standing::File(file) if is_below(&file, &folder) => {
            let Some(id) = finder.index.id(&path).or_else(|| finder.index.id(&file)) else {
                finder.roots[index].further.push(file);
                // A resource is one whatever its name.
                if name.role == Role::Resource && !finder.is_unreadable(&path) {
                    finder.roots[index].wanted_files.push(path);
                }
                return None;
            };
            finder.add_reads(index, at, vec![id]);
            if name.role == Role::Plugin {
                for doc in finder.docs_of(id) {
                    check_plugin(finder, index, doc.root(), at);
                }
            }
            return Some(id);
        }
        Standing::File(_) => {
            (Reason::OutsideTheTree, format!("`{text}` is a file outside of the kustomization's folder"))
        }
        Standing::Folder(other) if takes_folder => {
            if is_below(&folder, &other) {
                let message = format!("`{text}` is a folder that holds this kustomization");
                finder.refuse(index, Reason::Cycle, at, message);
            }
            finder.use_kustomization(index, &other, at);
            check_part(finder, index, &other, name);
            return None;
        }
        Standing::Outside => (Reason::OutsideTheTree, format!("`{text}` leads out of the tree")),
        Standing::Special => (Reason::Malformed, format!("`{text}` {SPECIAL}")),
        Standing::Folder(_) | Standing::Absent => (Reason::MissingPath, format!("`{text}` is not there")),
    };
    finder.refuse(index, reason, at, message);
    None
}

/// Components stand under `components:` and nothing else does (kustomize `api/internal/target`).
fn check_part(finder: &mut Finder<'_>, index: usize, folder: &str, name: &Named<'_>) {
    let Some(&other) = finder.kustomizations.get(folder) else { return };
    let is_component = finder.roots[other].part == Some(Part::Component);
    let message = match (name.role, is_component) {
        (Role::Component, false) => format!("`{}` is no component", name.text),
        (Role::Resource, true) => format!("`{}` is a component and no resource", name.text),
        _ => return,
    };
    finder.refuse(index, Reason::Malformed, name.node.span(), message);
}

/// What is not built into kustomize is a program or a container.
fn check_plugin(finder: &mut Finder<'_>, index: usize, plugin: Option<Node<'_>>, at: Span) {
    let Some(plugin) = plugin else { return };
    let text = |key: &str| plugin.get(key).and_then(Node::as_str).unwrap_or_default();
    let kind = text("kind");
    if text("apiVersion") != "builtin" {
        let message = format!("`{kind}` is a plugin that is not built into kustomize and is never run");
        finder.refuse(index, Reason::ExecPlugin, at, message);
    } else if let Some(address) = addresses(plugin).next() {
        let message = format!("`{}` would have to be fetched", without_secrets(&address));
        finder.refuse(index, Reason::RemoteBase, at, message);
    }
}

/// The addresses among the files that a plugin names.
fn addresses(plugin: Node<'_>) -> impl Iterator<Item = String> + use<'_> {
    let named = ["files", "envs", "env", "path", "paths"].into_iter().filter_map(move |key| plugin.get(key));
    let texts = named.flat_map(|named| named.items().chain([named])).filter_map(Node::as_str);
    let paths = texts.map(|text| text.split_once('=').map_or(text.to_string(), |(_, path)| path.to_owned()));
    paths.filter(|path| is_remote(path))
}
