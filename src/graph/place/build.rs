//! Gives every object its source and its namespace, and leaves out what is not to be linted.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::cuts::{Definition, render_of};
use super::elsewhere::Elsewhere;
use super::index::{Index, duplicates};
use super::memos::Memos;
use super::owned::{Candidate, Origin, origins};
use super::patches::mark_partial_workloads;
use super::{
    AccountUse, BindingId, ByName, Input, ObjectId, Parsed, Placed, PlacedBinding, Places, Runner, RunnerId,
    SourceId, Sources, deployer, inside, resources,
};
use crate::config::CustomWorkload;
use crate::k8s::binding::{GROUP, binding, bundled_bindings, listed_bindings};
use crate::k8s::templates::all_workloads;
use crate::k8s::{Object, is_manifest, objects};
use crate::render::kustomization::{Kustomization, is_kustomization_file, kustomization};
use crate::source::FileId;
use crate::yaml::Node;

impl<'a> Places<'a> {
    /// Places the objects of a run, and finds the accounts of their workloads.
    pub(in crate::graph) fn of(input: Input<'a>) -> Self {
        let listed = Listed::of(&input);
        let (sources, homes) = cut(&input, &listed);
        let mut objects = placed(&input, &listed, homes);
        infer_namespaces(&mut objects);
        let index = Index::of(&objects);
        let (held, inside): (Vec<_>, Vec<_>) = inside::notices(&objects).into_iter().unzip();
        let notices = duplicates(&objects).into_iter().chain(held).collect();
        let runners = runners(&objects, input.workloads);
        mark_partial_workloads(&mut objects, &runners, &sources);
        let paths = input.texts.files().filter(|(_, file)| !file.is_rendered()).map(|(_, file)| file.path());
        let mut places = Self {
            elsewhere: Elsewhere::of(&objects, paths),
            groups: resources::groups(&objects),
            defined: resources::defined(&objects),
            deployed: deployer::additions(&input),
            memos: Memos::default(),
            catalogs: deployer::catalogs(&objects, &input),
            kustomized: listed.kustomizations.iter().map(|one| one.directory).collect(),
            bindings: bindings(&objects),
            skipped: listed.skipped,
            inside,
            foreign: listed.foreign,
            users: ByName::default(),
            unplaced_users: HashMap::new(),
            used_names: HashSet::new(),
            runners,
            sources,
            notices,
            input,
            index,
            objects,
        };
        places.leave_out_refused();
        places.resolve_accounts();
        places.add_deployers();
        places
    }

    /// Takes out of bindings whom the API server refuses there: nobody gets anything by them. Whom a kustomization may
    /// still complete stays.
    fn leave_out_refused(&mut self) {
        let mut bindings = std::mem::take(&mut self.bindings);
        for bound in &mut bindings {
            let (at, binding) = (&self[bound.object], &mut bound.binding);
            let wide = binding.cluster_wide;
            let own = at.object.group == GROUP;
            let is_refused = binding.foreign_group.is_some();
            binding.subjects.retain(|subject| {
                let homeless = subject.is_refused(wide) && !self.may_be_given_namespace(at, &subject.name);
                !(is_refused || homeless || own && subject.is_malformed())
            });
        }
        self.bindings = bindings;
    }
}

/// An object of the run that has no place yet.
struct Found<'a> {
    parsed: &'a Parsed<'a>,
    object: Object<'a>,
    partial: bool,
    origin: Origin,
}

/// What the documents of a run hold.
struct Listed<'a> {
    kustomizations: Vec<Kustomization<'a>>,
    found: Vec<Found<'a>>,
    skipped: Vec<(&'static str, String)>,
    foreign: usize,
}

impl<'a> Listed<'a> {
    fn of(input: &Input<'a>) -> Self {
        let written =
            input.documents.iter().filter(|parsed| !input.texts.file(parsed.doc.file).is_rendered());
        let kustomizations: Vec<Kustomization<'a>> =
            written.filter_map(|parsed| kustomization(input.path(parsed), parsed.doc.root()?)).collect();
        let patches: HashSet<&str> =
            kustomizations.iter().flat_map(|k| k.patches.iter().map(String::as_str)).collect();
        let resources: HashSet<&str> =
            kustomizations.iter().flat_map(|k| k.resources.iter().map(String::as_str)).collect();
        // Only a kustomization takes an object away by it; kubectl would make it.
        let deletes = |object: &Object<'_>, path: &str| {
            let patch = object.node.get("$patch").and_then(Node::as_str);
            patch.as_deref() == Some("delete") && patches.contains(path) && !resources.contains(path)
        };
        let tests = folders_of_tests(input);
        let (mut found, mut skipped, mut foreign) = (Vec::<Found<'_>>::new(), Vec::new(), 0);
        for parsed in input.documents {
            let path = input.path(parsed);
            let objects = objects(parsed.doc, parsed.document.helm_source());
            foreign += usize::from(objects.is_empty() && parsed.doc.root().is_some());
            for mut object in objects {
                object.forget(&input.sources[parsed.source].assumed.namespaces);
                // Helm holds them back, and says where its output comes from; Argo CD does. Flux applies them.
                let is_held =
                    object.helm_source.is_some() && !input.sources[parsed.source].applies_helm_tests;
                if is_held && object.is_helm_test() {
                    skipped.push(("Helm test hooks", format!("{path}: {} {}", object.kind, object.name)));
                } else if is_assertion(path, &tests) && !resources.contains(path) {
                    skipped.push(("assertions of tests", format!("{path}: {} {}", object.kind, object.name)));
                } else if object.group != "kustomize.config.k8s.io" && !deletes(&object, path) {
                    // Of what was read by half, nothing is missing.
                    let partial = patches.contains(path) || parsed.doc.broken;
                    found.push(Found { parsed, object, partial, origin: Origin::default() });
                }
            }
        }
        let candidates = found.iter().map(|found| Candidate {
            object: &found.object,
            source: found.parsed.source,
            path: input.path(found.parsed),
        });
        let origins = origins(&candidates.collect::<Vec<_>>());
        found.iter_mut().zip(origins).for_each(|(found, origin)| found.origin = origin);
        found.retain(|found| !found.origin.is_copy);
        Self { kustomizations, found, skipped, foreign }
    }
}

/// The folders of tests that run against a cluster: where kuttl (`kuttl-test.yaml`) and Chainsaw (`chainsaw-test.yaml`)
/// find what to do.
fn folders_of_tests<'a>(input: &Input<'a>) -> HashSet<&'a str> {
    const FILES: [&str; 4] = ["kuttl-test.yaml", "kuttl-test.yml", "chainsaw-test.yaml", "chainsaw-test.yml"];
    let paths = input.texts.files().map(|(_, file)| file.path());
    let folders = paths.filter_map(|path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        FILES.contains(&name).then(|| path[..path.len() - name.len()].trim_end_matches('/'))
    });
    folders.collect()
}

/// Whether a file of such a test says what has to be in the cluster, or must not be: nothing applies it
/// (`00-assert.yaml`, `00-errors.yaml`).
fn is_assertion(path: &str, tests: &HashSet<&str>) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_named =
        stem.split(['-', '_']).any(|word| ["assert", "asserts", "error", "errors"].contains(&word));
    let above = folder.rmatch_indices('/').map(|(slash, _)| &folder[..slash]);
    is_named
        && !tests.is_empty()
        && [folder, ""].into_iter().chain(above).any(|folder| tests.contains(folder))
}

impl<'a> Input<'a> {
    /// The path of the file that a document stands in.
    pub(super) fn path(&self, parsed: &Parsed<'_>) -> &'a str {
        self.texts.file(parsed.doc.file).path()
    }
}

/// The objects with their sources and namespaces.
fn placed<'a>(input: &Input<'a>, listed: &Listed<'a>, homes: Vec<(SourceId, u64)>) -> Vec<Placed<'a>> {
    let given = given_namespaces(&listed.kustomizations);
    let placed = listed.found.iter().zip(homes).enumerate().map(|(position, (found, (source, content)))| {
        let given = given.get(input.path(found.parsed)).cloned().flatten();
        Placed {
            id: ObjectId::new(position),
            file: found.parsed.doc.file,
            source,
            namespace: namespace_of(input, found, given.map(Cow::Owned)).map(Cow::into_owned),
            assumed: false,
            partial: found.partial,
            is_owned: found.origin.is_owned,
            deployer: input.sources[found.parsed.source].deployer,
            content,
            object: found.object.clone(),
        }
    });
    placed.collect()
}

fn runners<'a>(objects: &[Placed<'a>], custom: &[CustomWorkload]) -> Vec<Runner<'a>> {
    let all = objects
        .iter()
        .flat_map(|placed| all_workloads(&placed.object, custom).into_iter().map(|one| (placed.id, one)));
    let runners = all.enumerate().map(|(position, (object, workload))| Runner {
        workload,
        id: RunnerId::new(position),
        object,
        account: AccountUse::Unknown,
    });
    runners.collect()
}

fn bindings<'a>(objects: &[Placed<'a>]) -> Vec<PlacedBinding<'a>> {
    let all = objects.iter().flat_map(|placed| {
        let bundled = bundled_bindings(&placed.object, placed.namespace.as_deref());
        let listed = listed_bindings(&placed.object);
        binding(&placed.object).into_iter().chain(bundled).chain(listed).map(|binding| (placed.id, binding))
    });
    let bindings = all.enumerate().map(|(position, (object, binding))| PlacedBinding {
        binding,
        id: BindingId::new(position),
        object,
    });
    bindings.collect()
}

/// The sources of a run, and that of each object with a number for its content.
fn cut(input: &Input<'_>, listed: &Listed<'_>) -> (Sources, Vec<(SourceId, u64)>) {
    let renders = renders(input);
    let define = |found| definition(input, found, &renders);
    let definitions: Vec<Definition<'_>> = listed.found.iter().map(define).collect();
    let (sources, homes) = Sources::cut(input.sources, &gaps(input, &listed.kustomizations), &definitions);
    let contents = definitions.iter().map(|definition| definition.content);
    (sources, homes.into_iter().zip(contents).collect())
}

/// The render that each file of rendered text is part of. A file with several templates is a render of its own.
fn renders<'a>(input: &Input<'a>) -> HashMap<FileId, &'a str> {
    let mut renders: HashMap<FileId, &str> = HashMap::new();
    for parsed in input.documents {
        let Some(template) = parsed.document.helm_source() else { continue };
        let path = input.path(parsed);
        let render = render_of(path, template);
        let known = renders.entry(parsed.doc.file).or_insert(render);
        *known = if *known == render { render } else { path };
    }
    renders
}

fn definition<'p>(
    input: &Input<'p>,
    found: &'p Found<'_>,
    renders: &HashMap<FileId, &'p str>,
) -> Definition<'p> {
    let (parsed, object) = (found.parsed, &found.object);
    let source = &input.sources[parsed.source];
    let whole = source.whole.then_some(source.root.as_str());
    // A patch repeats the name of what it patches: that is no variant.
    // What is inside of another object may go to another cluster, too.
    let comparable = !found.partial && !object.is_carried && !object.name.ends_with('*');
    let name = if comparable { Cow::Borrowed(&*object.name) } else { Cow::Borrowed("") };
    Definition {
        source: parsed.source,
        path: whole.unwrap_or_else(|| input.path(parsed)),
        key: (Cow::Borrowed(&*object.kind), namespace_of(input, found, None), name),
        tells_clusters_apart: tells_clusters_apart(object),
        content: object.node.content_hash(),
        render: whole.or_else(|| renders.get(&parsed.doc.file).copied()),
    }
}

/// Whether different definitions of an object without namespace are for different clusters: roles, issuers, stores of
/// secrets. Namespaces, definitions and classes of Kubernetes itself are written differently for one cluster, too.
fn tells_clusters_apart(object: &Object<'_>) -> bool {
    let group = &*object.group;
    let is_own = group.is_empty() || group.ends_with(".k8s.io") && !group.ends_with(".x-k8s.io");
    object.is_cluster_scoped() && (!is_own || group == "rbac.authorization.k8s.io")
}

/// What could not be judged, as position of the source and path.
fn gaps<'p>(input: &Input<'p>, kustomizations: &[Kustomization<'_>]) -> Vec<(usize, &'p str)> {
    let sources = input.sources.iter().enumerate();
    let unread =
        sources.flat_map(|(at, source)| source.gaps.iter().map(move |gap| (at, gap.example.as_str())));
    let remote = kustomizations.iter().filter(|kustomization| kustomization.remote.is_some());
    let remote: HashSet<&str> = remote.map(|kustomization| kustomization.directory).collect();
    let unread_documents = input.documents.iter().filter_map(|parsed| {
        let path = input.path(parsed);
        let folder = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
        let unrendered = || remote.contains(folder) && is_kustomization_file(path);
        let unread = || parsed.doc.broken && (is_kustomization_file(path) || is_manifest(parsed.doc));
        (unread() || unrendered()).then_some((parsed.source, path))
    });
    unread.chain(unread_documents).collect()
}

/// The namespace of an object: its own, else the one it is given, else that of who deploys it.
fn namespace_of<'p>(
    input: &Input<'p>,
    found: &'p Found<'_>,
    given: Option<Cow<'p, str>>,
) -> Option<Cow<'p, str>> {
    let written = found.object.namespace.as_deref().map(Cow::Borrowed);
    // Whoever deploys what it stands in says nothing of where it goes itself.
    if found.object.is_carried {
        return written.filter(|_| !found.object.is_cluster_scoped());
    }
    let deployed = || input.sources[found.parsed.source].namespace.as_deref().map(Cow::Borrowed);
    written.or(given).or_else(deployed).filter(|_| !found.object.is_cluster_scoped())
}

/// The namespace that a kustomization gives to a file, where just one names the file.
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
    let has_no_namespace =
        |placed: &&Placed<'_>| placed.namespace.is_none() && placed.object.is("", "ServiceAccount");
    let unplaced: HashSet<(FileId, String)> = objects
        .iter()
        .filter(has_no_namespace)
        .map(|placed| (placed.file, placed.object.name.to_string()))
        .collect();
    let mut named: BTreeMap<FileId, HashSet<String>> = BTreeMap::new();
    for placed in objects.iter() {
        let subjects = binding(&placed.object).map(|binding| binding.subjects).unwrap_or_default();
        for (namespace, name) in subjects.iter().filter_map(|subject| subject.account()) {
            if let Some(namespace) = namespace.filter(|_| unplaced.contains(&(placed.file, name.to_owned())))
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
