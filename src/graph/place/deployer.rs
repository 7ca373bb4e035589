//! What deploys a file: kustomizations, Argo CD Applications and Flux Kustomizations, as far as they name owners.
//!
//! It renders nothing: paths are compared as they are written.

use std::collections::{HashMap, HashSet};

use super::{Input, ObjectId, Placed, Places};
use crate::load::names_nobody;
use crate::render::kustomization::{Kustomization, kustomization};
use crate::render::roots::sources;
use crate::yaml::Node;

/// Something that deploys a file or a folder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deployer<'a> {
    /// Labels or annotations that a kustomization adds to everything in it.
    Adds(Node<'a>),
    /// An Application or Flux Kustomization, by its object.
    Object(ObjectId),
}

impl<'a> Places<'a> {
    /// What deploys a file, the nearest folder first.
    pub(super) fn deployers_of(&self, path: &str) -> Vec<Deployer<'a>> {
        let folders = path.rmatch_indices('/').map(|(slash, _)| &path[..slash]);
        let places = std::iter::once(path).chain(folders);
        places.filter_map(|place| self.deployed.get(place)).flatten().copied().collect()
    }

    /// Where a deployer may name an owner: what it adds, itself, its project. Of an ApplicationSet its template comes first.
    pub(super) fn metadata_of_deployer(&self, deployer: ObjectId) -> Vec<Node<'a>> {
        let placed = &self[deployer];
        let template = template_of(placed);
        let of_template = template.and_then(|template| template.get("metadata"));
        let spec = template.unwrap_or(placed.object.node).get("spec");
        let project = spec.and_then(|spec| spec.get("project")?.text());
        let projects = project
            .map(|project| self.lookup(placed.source, "AppProject", placed.namespace.as_deref(), &project))
            .unwrap_or_default();
        let added = spec.and_then(|spec| spec.get("commonMetadata"));
        added
            .into_iter()
            .chain(of_template)
            .chain(placed.object.metadata())
            .chain(projects.iter().filter_map(|&project| self[project].object.metadata()))
            .collect()
    }

    /// Adds the Applications, their sets and Flux Kustomizations to what deploys files and folders.
    pub(super) fn add_deployers(&mut self) {
        let deploys = |placed: &&Placed<'_>| {
            placed.object.is("argoproj.io", "Application")
                || template_of(placed).is_some()
                || placed.object.is("kustomize.toolkit.fluxcd.io", "Kustomization")
        };
        for placed in self.objects.iter().filter(deploys) {
            let Some(spec) = template_of(placed).unwrap_or(placed.object.node).get("spec") else {
                continue;
            };
            let paths = sources(spec).chain([spec]).filter_map(|source| source.get("path")?.text());
            for path in paths {
                let path = path.trim_start_matches("./").trim_matches('/');
                if path.is_empty() || path == "." || path.contains("..") {
                    continue;
                }
                // The path starts at the root of the repository: some folder above the file that says so.
                let own = self.path(placed.file);
                let roots = own.rmatch_indices('/').map(|(slash, _)| &own[..=slash]).chain([""]);
                for root in roots {
                    let known = self.deployed.entry(format!("{root}{path}")).or_default();
                    known.push(Deployer::Object(placed.id));
                }
            }
        }
    }
}

/// The Application that an ApplicationSet makes, before it fills it in.
fn template_of<'a>(placed: &Placed<'a>) -> Option<Node<'a>> {
    placed.object.node.at(&["spec", "template"]).filter(|_| placed.object.is("argoproj.io", "ApplicationSet"))
}

/// The owners that files of Backstage's catalog name, by folder with its final `/`.
pub(super) fn catalogs(objects: &[Placed<'_>], input: &Input<'_>) -> HashMap<String, String> {
    let mut owners = HashMap::new();
    for placed in objects.iter().filter(|placed| placed.object.group == "backstage.io") {
        let path = input.texts.file(placed.file).path();
        let (folder, name) = path.rfind('/').map_or(("", path), |slash| path.split_at(slash + 1));
        let owner = placed.object.node.at(&["spec", "owner"]).and_then(Node::text);
        if let Some(owner) = owner.filter(|owner| name.starts_with("catalog-info.") && !names_nobody(owner)) {
            owners.entry(folder.to_owned()).or_insert_with(|| owner.into_owned());
        }
    }
    owners
}

/// What kustomizations add to their resources, and to those of the kustomizations that they build on.
pub(super) fn additions<'a>(input: &Input<'a>) -> HashMap<String, Vec<Deployer<'a>>> {
    let mut all: Vec<(Kustomization<'a>, Vec<Node<'a>>)> = Vec::new();
    let mut by_folder: HashMap<&str, usize> = HashMap::new();
    for parsed in input.documents {
        let path = input.path(parsed);
        let found = parsed.doc.root().and_then(|root| Some((kustomization(path, root)?, added(root))));
        if let Some(found) = found {
            by_folder.insert(found.0.directory.trim_end_matches('/'), all.len());
            all.push(found);
        }
    }
    let mut deployed: HashMap<String, Vec<Deployer<'a>>> = HashMap::new();
    for (start, (_, added)) in all.iter().enumerate().filter(|(_, (_, added))| !added.is_empty()) {
        let (mut visited, mut open) = (HashSet::from([start]), vec![start]);
        while let Some(at) = open.pop() {
            for resource in &all[at].0.resources {
                let adds = added.iter().map(|&node| Deployer::Adds(node));
                deployed.entry(resource.clone()).or_default().extend(adds);
                open.extend(by_folder.get(resource.as_str()).copied().filter(|&next| visited.insert(next)));
            }
        }
    }
    deployed
}

/// The labels and annotations that a kustomization adds.
fn added(root: Node<'_>) -> Vec<Node<'_>> {
    let common = ["commonAnnotations", "commonLabels"].into_iter().filter_map(|key| root.get(key));
    let labels = root.get("labels").into_iter().flat_map(Node::items);
    common.chain(labels.filter_map(|item| item.get("pairs"))).collect()
}
