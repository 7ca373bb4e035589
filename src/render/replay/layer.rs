//! One kustomization after the other, in the order of kustomize 5 (`api/internal/target/kusttarget.go`,
//! `accumulateTarget`): resources, generators, components, transformers.

use super::Replayer;
use super::field_specs::FieldSpec;
use super::objects::{Object, objects_of};
use super::reading::Found;
use super::tree::Node;
use crate::render::kustomization::{FILE_NAMES, is_remote};
use crate::render::paths::join;
use crate::source::Span;

/// Kustomizations that build on each other deeper than this are not followed.
const LAYERS: usize = 30;

/// What a kustomization costs, whatever it says.
const LAYER: usize = 1000;

/// Fields that are not replayed; what they make or change has no exact place.
const NOT_REPLAYED: [&str; 3] = ["crds", "openapi", "validators"];

/// The fields of `configurations` that hold paths.
const CONFIGURED: [&str; 9] = [
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "images",
    "replicas",
    "varReference",
];

impl Replayer<'_, '_> {
    /// The objects of a root. A component works on the objects of its user.
    pub(super) fn layer(
        &mut self,
        folder: &str,
        user: Option<Vec<Object>>,
        named: Option<Span>,
        depth: usize,
    ) -> Vec<Object> {
        let mut objects = user.unwrap_or_default();
        let Some(kustomization) = self.kustomization(folder, named) else { return objects };
        if depth > LAYERS || !self.budget.spend(LAYER) {
            self.doubt("layers that are too deep".into(), kustomization.at);
            return objects;
        }
        for field in NOT_REPLAYED {
            if let Some(node) = kustomization.get(field).filter(|node| !node.value.is_null()) {
                self.doubt(format!("`{field}` is not replayed"), node.key);
            }
        }
        for resource in kustomization.list("resources").iter().chain(kustomization.list("bases")) {
            self.resource(folder, &mut objects, resource, depth);
        }
        for path in kustomization.list("configurations") {
            for document in self.documents(folder, &path.text().unwrap_or_default(), path.at) {
                self.configure(&document);
            }
        }
        let general = kustomization.get("generatorOptions");
        for (field, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            for entry in kustomization.list(field) {
                self.generate(folder, &mut objects, entry, general, is_secret);
            }
        }
        self.inflate(folder, &mut objects, &kustomization);
        for generator in kustomization.list("generators") {
            self.run_generator(folder, &mut objects, generator, depth);
        }
        for component in kustomization.list("components") {
            let Some(path) = component.text() else { continue };
            match self.find(folder, &path) {
                Found::Folder(real) => {
                    objects = self.layer(&real, Some(objects), Some(component.at), depth + 1);
                }
                _ => self.doubt(format!("the component `{path}` is no folder"), component.at),
            }
        }
        self.transform(folder, &mut objects, &kustomization);
        for transformer in kustomization.list("transformers") {
            for plugin in self.plugins(folder, transformer, depth) {
                self.run_transformer(folder, &mut objects, &plugin, transformer.at);
                self.keep_id(&mut objects);
            }
        }
        for variable in kustomization.list("vars") {
            self.variables.push(variable.copy(&self.budget));
        }
        objects
    }

    pub(super) fn kustomization(&mut self, folder: &str, named: Option<Span>) -> Option<Node> {
        if self.top.is_none() && self.changes.folder.is_some() {
            let at = self.changes.list.first()?.at;
            return Some(self.first(Node::map(at, at)));
        }
        for name in FILE_NAMES {
            let path = join(folder, name);
            let Some((file, text)) = self.index.text(&path) else { continue };
            let documents = self.read(file, text);
            let Some(kustomization) = documents.into_iter().next() else { break };
            let is_first = self.top.is_none();
            return Some(if is_first { self.first(kustomization) } else { kustomization });
        }
        if let Some(named) = named {
            self.doubt(format!("`{folder}` holds no kustomization"), named);
        }
        None
    }

    /// The first kustomization, with the changes of its deployer in it.
    fn first(&mut self, mut kustomization: Node) -> Node {
        let first = kustomization.as_map().and_then(|map| map.values().map(|node| node.key).min());
        self.first_key = Some(first.unwrap_or(kustomization.at));
        self.change(&mut kustomization);
        self.top = Some(kustomization.copy(&self.budget));
        kustomization
    }

    fn resource(&mut self, folder: &str, objects: &mut Vec<Object>, resource: &Node, depth: usize) {
        let Some(path) = resource.text() else { return };
        if path.contains('\n') {
            return self.doubt("a resource that is no path".into(), resource.at);
        }
        match self.find(folder, &path) {
            Found::Folder(real) => {
                let inner = self.layer(&real, None, Some(resource.at), depth + 1);
                objects.extend(inner);
            }
            Found::Text(..) => {
                for document in self.documents(folder, &path, resource.at) {
                    objects.extend(objects_of(document).into_iter().map(Object::new));
                }
            }
            Found::Nothing if is_remote(&path) => self.doubt("a remote resource".into(), resource.at),
            Found::Binary | Found::Nothing => self.doubt(format!("`{path}` cannot be read"), resource.at),
        }
    }

    /// The transformers that fields stand for, in kustomize's order
    /// (`api/internal/target/kusttarget_configplugin.go`, `configureBuiltinTransformers`).
    pub(super) fn transform(&mut self, folder: &str, objects: &mut Vec<Object>, kustomization: &Node) {
        self.patches_strategic_merge(folder, objects, kustomization.list("patchesStrategicMerge"));
        for entry in kustomization.list("patches") {
            self.patch_entry(folder, objects, entry, false);
        }
        let none = Node::map(kustomization.at, kustomization.at);
        if let Some(namespace) = kustomization.get("namespace") {
            self.set_namespace(objects, namespace, &none);
        }
        for (field, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
            if let Some(affix) = kustomization.get(field) {
                self.affix(objects, affix, &none, is_prefix);
            }
        }
        self.set_labels(objects, kustomization);
        for entry in kustomization.list("patchesJson6902") {
            self.patch_entry(folder, objects, entry, true);
        }
        for replica in kustomization.list("replicas") {
            self.set_replicas(objects, replica, &none);
        }
        self.set_images(objects, kustomization.list("images"), &none);
        for entry in kustomization.list("replacements") {
            self.replacement_entry(folder, objects, entry);
        }
        self.keep_id(objects);
    }

    /// Keeps the present ids of all objects.
    fn keep_id(&self, objects: &mut [Object]) {
        self.budget.spend(objects.len());
        objects.iter_mut().for_each(Object::keep_id);
    }

    /// `configurations`: further paths of the built-in transformers.
    fn configure(&mut self, document: &Node) {
        for field in CONFIGURED {
            let specs = document.list(field).iter().filter_map(FieldSpec::read);
            self.custom.entry(field).or_default().extend(specs);
        }
        for reference in document.list("nameReference") {
            let text = |key: &str| reference.field(key).unwrap_or_default().into_owned();
            let specs: Vec<FieldSpec> =
                reference.list("fieldSpecs").iter().filter_map(FieldSpec::read).collect();
            self.references.push((text("group"), text("kind"), specs));
        }
    }
}
