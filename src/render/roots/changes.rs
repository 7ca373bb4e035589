//! What those who deploy a kustomization write into it: Flux itself (`fluxcd/pkg`, `kustomize/kustomize_generator.go`),
//! Argo CD 3.2 by `kustomize edit` (`util/kustomize`).

use serde_json::{Value, json};

use super::application::Application;
use super::finder::Finder;
use super::root::{Change, Changes, Merge, NOT_FILLED, PRINTED, Reason};
use super::setting::Setting;
use super::template::{Reading, expand, placeholder_message};
use crate::k8s::Image;
use crate::load::Standing;
use crate::render::paths::join;
use crate::source::Span;
use crate::yaml::{Node, to_json};

impl Changes {
    fn put(&mut self, field: &'static str, merge: Merge, value: Value, at: Span) {
        self.list.push(Change { field, merge, value, at });
    }

    /// Adds what a Kustomization and a post renderer of Flux can both hold.
    fn add_patches_and_images(&mut self, spec: Node<'_>) {
        let items = |key: &str| spec.get(key).into_iter().flat_map(Node::items);
        // Other fields are none of the API, so Flux never sees them.
        for node in items("patches") {
            self.put("patches", Merge::Append, only(node, &["patch", "target"]), node.span());
        }
        for node in items("patchesStrategicMerge") {
            let patch = to_json(node).to_string().into();
            self.put("patchesStrategicMerge", Merge::Append, patch, node.span());
        }
        for node in items("patchesJson6902").chain(items("patchesJSON6902")) {
            let mut patch = only(node, &["patch", "target"]);
            patch["patch"] = patch["patch"].to_string().into();
            self.put("patchesJson6902", Merge::Append, patch, node.span());
        }
        for node in items("images") {
            let image = only(node, &["name", "newName", "newTag", "digest"]);
            self.put("images", Merge::ByName, image, node.span());
        }
    }

    /// Adds `commonMetadata`, which is set on every object and on nothing inside of it, after all else: what it says is
    /// never filled in.
    fn add_common_metadata(&mut self, spec: Node<'_>, is_filled: bool) {
        let common = |key: &str| {
            let entries = spec.at(&["commonMetadata", key]).into_iter().flat_map(Node::entries);
            entries.filter(|entry| entry.key.key() != NOT_FILLED).map(|entry| {
                let text = entry.value.text().unwrap_or_default();
                let text = if is_filled { text.replace('$', "$$") } else { text.into_owned() };
                (entry.key.key(), text, entry.value.span())
            })
        };
        for (key, text, at) in common("labels") {
            self.put("labels", Merge::Append, json!({ "pairs": { key: text } }), at);
        }
        for (key, text, at) in common("annotations") {
            let transformer = json!({
                "apiVersion": "builtin",
                "kind": "AnnotationsTransformer",
                "metadata": { "name": "common-metadata" },
                "annotations": { key: text },
                "fieldSpecs": [{ "path": "metadata/annotations", "create": true }],
            });
            self.put("transformers", Merge::Append, transformer.to_string().into(), at);
        }
    }

    /// Notes a file that a change names: it is a part of what is built and no object by itself.
    fn add_file(&mut self, finder: &mut Finder<'_>, root: usize, file: String, at: Span) {
        if let Some(id) = finder.index.id(&file) {
            finder.add_reads(root, at, vec![id]);
        } else {
            finder.roots[root].further.push(file.clone());
        }
        self.files.push(file);
    }

    /// Adds all that lies in a folder without kustomization: files, and folders that have one.
    pub(super) fn add_resources(&mut self, folder: &str, resources: &[&str], at: Span) {
        for path in resources {
            let path = path.get(folder.len()..).unwrap_or_default().trim_start_matches('/');
            self.put("resources", Merge::Append, format!("./{path}").into(), at);
        }
        self.folder = Some(folder.to_owned());
    }

    /// Adds the components that a deployer lists; one that is not there is a reason against it, unless it says otherwise.
    fn add_components(&mut self, finder: &mut Finder<'_>, root: usize, folder: &str, block: &Setting) {
        let lenient = block.is_true("ignoreMissingComponents");
        for node in block.list("components") {
            let (path, at) = (node.text().unwrap_or_default(), node.span());
            if let Standing::Folder(component) = finder.resolve(&join(folder, path)) {
                finder.want(root, &component);
                self.parts.extend(finder.use_kustomization(root, &component, at));
                self.put("components", Merge::Append, path.into(), at);
            } else if !lenient {
                let message = format!("the component `{path}` is not there");
                finder.refuse(root, Reason::MissingPath, at, message);
            }
        }
    }
}

/// What a Kustomization of Flux changes in the kustomization of a folder.
pub(super) fn of_flux(finder: &mut Finder<'_>, root: usize, spec: Node<'_>, folder: &str) -> Changes {
    let mut changes = Changes::default();
    let written = |key: &str| spec.get(key).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
    for (from, field) in
        [("targetNamespace", "namespace"), ("namePrefix", "namePrefix"), ("nameSuffix", "nameSuffix")]
    {
        if let Some(node) = written(from) {
            changes.put(field, Merge::Set, to_json(node), node.span());
        }
    }
    changes.add_patches_and_images(spec);
    changes.add_components(finder, root, folder, &Setting::of(spec, Reading::Written));
    changes.add_common_metadata(spec, spec.get("postBuild").is_some());
    changes
}

/// What a HelmRelease changes in what Helm printed: for each of its `postRenderers` that is kustomize, in their order, and
/// for its `commonMetadata` (`fluxcd/helm-controller`, `internal/postrender`).
///
/// `at` is where it names the chart.
pub(super) fn of_post_renderers(spec: Node<'_>, at: Span) -> Vec<Changes> {
    let renderers = spec.get("postRenderers").into_iter().flat_map(Node::items);
    let mut all: Vec<Changes> = renderers
        .filter_map(|renderer| {
            let mut changes = Changes::default();
            changes.add_patches_and_images(renderer.get("kustomize")?);
            Some(changes)
        })
        .collect();
    let mut common = Changes::default();
    common.add_common_metadata(spec, false);
    all.push(common);
    all.retain(|changes| !changes.list.is_empty());
    for changes in &mut all {
        changes.add_resources("", &[PRINTED], at);
    }
    all
}

impl Application<'_, '_> {
    /// What the Application changes in a kustomization: its block `kustomize`.
    pub(super) fn changes(&self, finder: &mut Finder<'_>, source: &Setting, folder: &str) -> Changes {
        let mut changes = Changes::default();
        let Some(block) = source.get("kustomize") else { return changes };
        for field in ["namePrefix", "nameSuffix", "namespace"] {
            let node = block.get(field).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
            if let Some((node, value)) = node.and_then(|node| Some((node, self.known(finder, field, node)?)))
            {
                changes.put(field, Merge::Set, value, node.span());
            }
        }
        for node in block.list("images") {
            if let Some(written) = self.expanded(finder, "images", node) {
                changes.put("images", Merge::ByName, image(&written), node.span());
            }
        }
        for node in block.list("replicas") {
            let Some(known) = self.known(finder, "replicas", node) else { continue };
            let count = known["count"].as_str().and_then(|count| count.parse::<i64>().ok());
            let count = count.map_or_else(|| known["count"].clone(), Value::from);
            let value = json!({ "name": known["name"], "count": count });
            changes.put("replicas", Merge::ByName, value, node.span());
        }
        self.common(finder, block, folder, &mut changes);
        self.add_patches(finder, block, folder, &mut changes);
        changes.add_components(finder, self.index, folder, block);
        if let Some((_, at)) = block.field("version") {
            let message =
                "only Argo CD knows which kustomize `version` names; built with the one of this run";
            self.leave(finder, Reason::NeedsCluster, at, message);
        }
        changes
    }

    /// Labels and annotations on all objects.
    fn common(&self, finder: &mut Finder<'_>, block: &Setting, folder: &str, changes: &mut Changes) {
        for (field, force) in
            [("commonLabels", "forceCommonLabels"), ("commonAnnotations", "forceCommonAnnotations")]
        {
            let alone = field == "commonLabels" && block.is_true("labelWithoutSelector");
            for (key, node) in block.get(field).into_iter().flat_map(Setting::entries) {
                let at = node.span();
                let value = if field == "commonLabels" || block.is_true("commonAnnotationsEnvsubst") {
                    self.expanded(finder, field, node).map(Value::from)
                } else {
                    self.known(finder, field, node).map(|_| node.text().unwrap_or_default().into())
                };
                let Some(value) = value else { continue };
                if !block.is_true(force) && has(finder, folder, if alone { "labels" } else { field }, key) {
                    let message = format!("`{key}` stands in the kustomization already; see `{force}`");
                    finder.refuse(self.index, Reason::Malformed, at, message);
                } else if alone {
                    let templates = block.is_true("labelIncludeTemplates");
                    let label = json!({ "pairs": { key: value }, "includeTemplates": templates });
                    changes.put("labels", Merge::Append, label, at);
                } else {
                    changes.put(field, Merge::Entries, json!({ key: value }), at);
                }
            }
        }
    }

    /// Adds its patches, of which some are files.
    fn add_patches(&self, finder: &mut Finder<'_>, block: &Setting, folder: &str, changes: &mut Changes) {
        for node in block.list("patches") {
            let Some(patch) = self.known(finder, "patches", node) else { continue };
            if let Some(path) = patch["path"].as_str().filter(|path| !path.is_empty()) {
                if let Standing::File(file) = finder.resolve(&join(folder, path)) {
                    changes.add_file(finder, self.index, file, node.span());
                } else {
                    let message = format!("the patch `{path}` is not there");
                    finder.refuse(self.index, Reason::MissingPath, node.span(), message);
                }
            }
            changes.put("patches", Merge::Append, patch, node.span());
        }
    }

    /// A value, if all of it is known.
    fn known(&self, finder: &mut Finder<'_>, field: &str, node: &Setting) -> Option<Value> {
        if node.is_open() {
            self.leave(finder, Reason::Templated, node.span(), placeholder_message(field));
            return None;
        }
        node.known()
    }

    /// A text with the names of the build environment in it, if all of it is known.
    fn expanded(&self, finder: &mut Finder<'_>, field: &str, node: &Setting) -> Option<String> {
        let text = node.text().filter(|_| !node.is_open());
        let expanded = text.and_then(|text| expand(text, &self.environment));
        if expanded.is_none() {
            self.leave(finder, Reason::Templated, node.span(), placeholder_message(field));
        }
        expanded
    }
}

/// A mapping with these keys only.
fn only(node: Node<'_>, keys: &[&str]) -> Value {
    let entries = keys.iter().filter_map(|key| Some(((*key).to_owned(), to_json(node.get(key)?))));
    Value::Object(entries.collect())
}

/// What `kustomize edit set image` makes of `name=new:tag`, `name:tag` and `name@digest`.
fn image(written: &str) -> Value {
    let (name, image) = written.split_once('=').map_or((None, written), |(name, image)| (Some(name), image));
    let Image { repository, tag, digest } = Image::parse(image);
    let parts = [
        ("name", name.unwrap_or(repository)),
        ("newName", name.map_or("", |_| repository)),
        ("newTag", tag),
        ("digest", digest),
    ];
    let parts = parts.into_iter().filter(|(_, part)| !part.is_empty());
    parts.map(|(key, part)| (key.to_owned(), Value::from(part))).collect::<serde_json::Map<_, _>>().into()
}

/// Whether the kustomization of a folder gives a label or an annotation of that key itself.
fn has(finder: &Finder<'_>, folder: &str, field: &str, key: &str) -> bool {
    let root = finder.kustomizations.get(folder).and_then(|root| finder.roots[*root].at);
    let docs = root.map_or(&[][..], |at| finder.docs_of(at.file));
    let given = docs.iter().find_map(|doc| doc.root()?.get(field));
    let pairs = |node: Node<'_>| node.get(key).is_some();
    given.is_some_and(|given| pairs(given) || given.items().any(|item| item.get("pairs").is_some_and(pairs)))
}
