//! Gives every object its source and its namespace, and leaves out what is not to be linted.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use crate::finding::{Form, Label, Notice};
use crate::graph::place::elsewhere::Elsewhere;
use crate::graph::place::sources::{Definition, Pool, render_of};
use crate::graph::{Graph, Input, Placed, Sources, objects_of};
use crate::k8s::Object;
use crate::k8s::binding::binding;
use crate::render::kustomization::{FILE_NAMES, Kustomization, kustomization};
use crate::source::FileId;
use crate::yaml::Node;

/// Places the objects of a run; the joins are made later.
pub(in crate::graph) fn place(input: Input<'_>) -> Graph<'_> {
    let kustomizations: Vec<Kustomization<'_>> = input
        .documents
        .iter()
        .filter(|parsed| !input.sources.file(parsed.doc.file).is_rendered())
        .filter_map(|parsed| kustomization(input.sources.file(parsed.doc.file).path(), parsed.doc.root()?))
        .collect();
    let patches: HashSet<&str> =
        kustomizations.iter().flat_map(|k| k.patches.iter().map(String::as_str)).collect();
    let mut skipped = Vec::new();
    let mut found = Vec::new();
    let mut with_objects = HashSet::new();
    for (document, object) in objects_of(input.documents) {
        with_objects.insert(document);
        let path = input.sources.file(input.documents[document].doc.file).path();
        if object.is_helm_test() {
            skipped.push(("Helm test hooks", format!("{path}: {} {}", object.kind, object.name)));
        } else if object.group != "kustomize.config.k8s.io" {
            found.push((document, object, patches.contains(path)));
        }
    }
    for kustomization in &kustomizations {
        if let Some(remote) = &kustomization.remote {
            skipped.push((
                "kustomizations that need rendering",
                format!("{}: {remote}", kustomization.directory),
            ));
        }
    }
    let foreign = (0..input.documents.len())
        .filter(|document| {
            !with_objects.contains(document) && input.documents[*document].doc.root().is_some()
        })
        .count();
    let (sources, placed) = cut(&input, &kustomizations, &found);
    let given = given_namespaces(&kustomizations);
    let kustomized = kustomizations.iter().map(|kustomization| kustomization.directory.to_owned()).collect();
    let mut objects: Vec<Placed<'_>> = found
        .into_iter()
        .zip(placed)
        .enumerate()
        .map(|(position, ((document, object, partial), source))| {
            let file = input.documents[document].doc.file;
            let from_kustomization = given.get(input.sources.file(file).path()).cloned().flatten();
            let namespace = namespace_of(&input, document, &object, from_kustomization);
            Placed {
                object,
                position,
                file,
                source,
                namespace,
                assumed: false,
                partial,
                literals: Vec::new(),
                stored: Vec::new(),
            }
        })
        .collect();
    infer_namespaces(&mut objects);
    let deploys = |placed: &Placed<'_>| {
        placed.object.is("argoproj.io", "Application")
            || placed.object.is("kustomize.toolkit.fluxcd.io", "Kustomization")
    };
    let applications = (0..objects.len()).filter(|&index| deploys(&objects[index])).collect();
    let mut groups: HashMap<String, Vec<crate::graph::SourceId>> = HashMap::new();
    for placed in objects.iter().filter(|placed| &*placed.object.kind == "CustomResourceDefinition") {
        if let Some(group) = placed.object.node.at(&["spec", "group"]).and_then(Node::as_str) {
            groups.entry(group.into_owned()).or_default().push(placed.source);
        }
    }
    let paths = input.sources.files().filter(|(_, file)| !file.is_rendered()).map(|(_, file)| file.path());
    let mut graph = Graph {
        elsewhere: Elsewhere::of(&objects, paths),
        accounts: HashMap::new(),
        groups,
        applications,
        runners: Vec::new(),
        bindings: Vec::new(),
        sources,
        notices: Vec::new(),
        skipped,
        foreign,
        input,
        index: HashMap::new(),
        users: HashMap::new(),
        secret_readers: HashMap::new(),
        secret_makers: HashMap::new(),
        subjects: HashMap::new(),
        used_names: HashSet::new(),
        bound_names: HashSet::new(),
        kustomized,
        reach: OnceLock::new(),
        asked: crate::graph::Asked::default(),
        cloud: crate::graph::cloud::identity::Cloud::default(),
        deployed: HashMap::new(),
        bound: HashMap::new(),
        roles: crate::graph::grant::roles::Roles::default(),
        objects,
    };
    graph.index();
    graph
}

fn cut(
    input: &Input<'_>,
    kustomizations: &[Kustomization<'_>],
    found: &[(usize, Object<'_>, bool)],
) -> (Sources, Vec<crate::graph::SourceId>) {
    let mut rendered: HashMap<FileId, &str> = HashMap::new();
    for parsed in input.documents {
        let Some(template) = parsed.helm_source else { continue };
        let path = input.sources.file(parsed.doc.file).path();
        let render = render_of(path, template);
        // A file that holds several templates is a render by itself.
        rendered
            .entry(parsed.doc.file)
            .and_modify(|known| *known = if *known == render { render } else { path })
            .or_insert(render);
    }
    let definitions: Vec<Definition<'_>> = found
        .iter()
        .map(|(document, object, partial)| {
            let parsed = &input.documents[*document];
            let pool = &input.world.sources[parsed.pool];
            let namespace = namespace_of(input, *document, object, None);
            let path = input.sources.file(parsed.doc.file).path();
            let whole = pool.whole.then_some(pool.root.as_str());
            // A patch repeats the name of what it patches: that is no variant.
            let comparable = !partial && !object.name.ends_with('*');
            let name = if comparable { object.name.to_string() } else { String::new() };
            Definition {
                pool: parsed.pool,
                path: whole.unwrap_or(path),
                key: (object.kind.to_string(), namespace, name),
                content: object.node.content_hash(),
                render: whole.or_else(|| rendered.get(&parsed.doc.file).copied()),
            }
        })
        .collect();
    let unread = input
        .world
        .sources
        .iter()
        .enumerate()
        .flat_map(|(pool, source)| source.gaps.iter().map(move |gap| (pool, gap.example.as_str())));
    let remote: HashSet<&str> = kustomizations
        .iter()
        .filter(|kustomization| kustomization.remote.is_some())
        .map(|kustomization| kustomization.directory)
        .collect();
    let unread_documents = input.documents.iter().filter_map(|parsed| {
        let path = input.sources.file(parsed.doc.file).path();
        let folder = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
        let unrendered =
            || remote.contains(folder) && FILE_NAMES.iter().any(|name| path[folder.len()..] == **name);
        (parsed.doc.broken || unrendered()).then_some((parsed.pool, path))
    });
    let gaps: Vec<(usize, &str)> = unread.chain(unread_documents).collect();
    let pools: Vec<Pool<'_>> = input
        .world
        .sources
        .iter()
        .map(|source| Pool { root: &source.root, cluster: source.cluster.as_deref() })
        .collect();
    Sources::cut(&pools, &gaps, &definitions)
}

/// The namespace of an object: its own, else the one it is given, else that of who deploys it.
fn namespace_of(
    input: &Input<'_>,
    document: usize,
    object: &Object<'_>,
    given: Option<String>,
) -> Option<String> {
    let written = object.namespace.as_ref().map(ToString::to_string);
    let deployed = || input.world.sources[input.documents[document].pool].namespace.clone();
    written.or(given).or_else(deployed).filter(|_| !object.is_cluster_scoped())
}

/// The namespace that a kustomization gives to a file, where just one speaks of the file.
fn given_namespaces(kustomizations: &[Kustomization<'_>]) -> HashMap<String, Option<String>> {
    let mut given: HashMap<String, Option<String>> = HashMap::new();
    for kustomization in kustomizations {
        let namespace = kustomization.namespace.as_ref().map(ToString::to_string);
        for resource in kustomization.resources.iter().chain(&kustomization.patches) {
            let known = given.entry(resource.clone()).or_insert_with(|| namespace.clone());
            if *known != namespace {
                *known = None;
            }
        }
    }
    given
}

/// Where the subjects of a file that name its namespace-less accounts agree on a namespace, it is the file's.
///
/// No wider than a file: what a folder holds may be meant for many namespaces.
fn infer_namespaces(objects: &mut [Placed<'_>]) {
    let is_homeless =
        |placed: &&Placed<'_>| placed.namespace.is_none() && placed.object.is("", "ServiceAccount");
    let homeless: HashSet<(FileId, String)> = objects
        .iter()
        .filter(is_homeless)
        .map(|placed| (placed.file, placed.object.name.to_string()))
        .collect();
    let mut named: BTreeMap<FileId, HashSet<String>> = BTreeMap::new();
    for placed in objects.iter() {
        let subjects = binding(&placed.object).map(|binding| binding.subjects).unwrap_or_default();
        for (namespace, name) in subjects.iter().filter_map(|subject| subject.account()) {
            if let Some(namespace) = namespace.filter(|_| homeless.contains(&(placed.file, name.to_owned())))
            {
                named.entry(placed.file).or_default().insert(namespace.to_owned());
            }
        }
    }
    let unknown = |placed: &&mut Placed<'_>| placed.namespace.is_none() && !placed.object.is_cluster_scoped();
    for placed in objects.iter_mut().filter(unknown) {
        let agreed = named.get(&placed.file).filter(|names| names.len() == 1);
        placed.namespace = agreed.and_then(|names| names.iter().next()).cloned();
        placed.assumed = placed.namespace.is_some();
    }
}

impl Graph<'_> {
    /// Indexes the objects by what references name, and notices objects that one source defines twice.
    fn index(&mut self) {
        let mut first: HashMap<(crate::graph::SourceId, String, Option<String>, &str), usize> =
            HashMap::new();
        for (at, placed) in self.objects.iter().enumerate() {
            let (kind, name) = (placed.object.kind.to_string(), &*placed.object.name);
            if name.is_empty() || name.ends_with('*') || placed.partial {
                continue;
            }
            if placed.object.is("", "ServiceAccount") {
                self.accounts.entry(name.to_owned()).or_default().push(at);
            }
            self.index.entry((kind, placed.namespace.clone(), name.to_owned())).or_default().push(at);
            let key = (
                placed.source,
                placed.object.api_version.to_string() + &placed.object.kind,
                placed.namespace.clone(),
                name,
            );
            let Some(earlier) = first.insert(key, at).map(|earlier| &self.objects[earlier]) else {
                continue;
            };
            if earlier.object.node.content_eq(placed.object.node) {
                continue;
            }
            let name_of = |placed: &Placed<'_>| placed.object.name_node().map(Node::span);
            if let (Some(span), Some(before)) = (name_of(placed), name_of(earlier)) {
                self.notices.push(Notice {
                    form: Form::DUPLICATE_OBJECT,
                    span,
                    message: format!("`{}` is defined twice; the last one wins", placed.named()),
                    related: vec![Label { span: before, message: "defined here first".into() }],
                });
            }
        }
    }

    /// A workload without images beside one of the same kind and name that has some is a patch of it.
    pub(in crate::graph) fn find_partial_workloads(&mut self) {
        let with_image: HashSet<usize> = self
            .runners
            .iter()
            .filter(|runner| runner.workload.has_image())
            .map(|runner| runner.object)
            .collect();
        let whole: HashSet<(String, String)> = with_image.iter().map(|&object| self.key_of(object)).collect();
        // An object may hold several templates, of which some need no image.
        let patches: Vec<usize> = self
            .runners
            .iter()
            .map(|runner| runner.object)
            .filter(|&object| !with_image.contains(&object) && whole.contains(&self.key_of(object)))
            .collect();
        for object in patches {
            self.objects[object].partial = true;
        }
    }

    fn key_of(&self, object: usize) -> (String, String) {
        let object = &self.objects[object].object;
        (object.kind.to_string(), object.name.to_string())
    }
}
