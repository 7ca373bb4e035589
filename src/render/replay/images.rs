//! `images` (kustomize `api/filters/imagetag`, `api/internal/image`).

use std::borrow::Cow;

use regex::RegexBuilder;

use super::Replayer;
use super::field_specs::{FieldSpec, visit};
use super::objects::Object;
use super::select::PATTERN_BYTES;
use super::tree::{Node, Value};
use crate::k8s::Image;

/// Where images stand besides in `containers` and `initContainers` (`builtinpluginconsts/images.go`).
const VOLUME_IMAGES: [&str; 3] = [
    "spec/volumes[]/image/reference",
    "spec/template/spec/volumes[]/image/reference",
    "spec/jobTemplate/spec/template/spec/volumes[]/image/reference",
];

/// One entry of `images`.
struct Setter<'n> {
    entry: &'n Node,
    name: String,
    /// The name with what may come behind it; none for a name that is no pattern.
    pattern: Option<regex::Regex>,
}

impl Replayer<'_, '_> {
    /// Applies all entries in their order to each image.
    pub(super) fn set_images(&self, objects: &mut [Object], entries: &[Node], options: &Node) {
        let setters: Vec<Setter<'_>> = entries.iter().filter_map(|entry| self.image_setter(entry)).collect();
        if setters.is_empty() {
            return;
        }
        let mut specs: Vec<FieldSpec> =
            VOLUME_IMAGES.iter().map(|path| FieldSpec::new("", "", "", path, false)).collect();
        specs.extend(self.custom_specs(options, "images"));
        for object in objects {
            if object.kind() == "CustomResourceDefinition" {
                continue;
            }
            let budget = &self.budget;
            let mut write = |node: &mut Node, times: usize| {
                for setter in &setters {
                    for _ in 0..times {
                        if budget.spend(1) {
                            set_image(node, setter);
                        }
                    }
                }
            };
            in_containers(&mut object.tree, Some(&["spec", "template", "spec"]), &mut write);
            let nowhere = Node::new(Value::Null, object.tree.at, object.tree.key);
            for spec in &specs {
                spec.visit(object, &nowhere, &mut |node| write(node, 1));
            }
            budget.spend(8);
        }
    }

    fn image_setter<'n>(&self, entry: &'n Node) -> Option<Setter<'n>> {
        let name = entry.field("name")?.into_owned();
        self.budget.spend(100);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-/_:.".contains(c);
        let pattern = if name.chars().all(is_plain) {
            None
        } else {
            let tail = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";
            Some(RegexBuilder::new(&format!("^{name}{tail}")).size_limit(PATTERN_BYTES).build().ok()?)
        };
        Some(Setter { entry, name, pattern })
    }
}

/// The images of all containers, wherever they stand (`api/filters/imagetag/legacy.go`).
///
/// Those of pods and of most templates are written twice (`imagetag.go` comes after it with its own paths), which shows
/// in a `tagSuffix`. `known`: the path to the next of these.
fn in_containers(node: &mut Node, known: Option<&[&str]>, write: &mut dyn FnMut(&mut Node, usize)) {
    match &mut node.value {
        Value::Map(map) => {
            for (key, value) in map {
                let below = known.and_then(|known| known.strip_prefix(&[&**key]));
                in_containers(value, below, write);
                if let ("containers" | "initContainers", Value::List(items)) = (&**key, &mut value.value) {
                    let times = if matches!(known, Some([] | ["template", "spec"])) { 2 } else { 1 };
                    let image = ["image".to_owned()];
                    for item in items {
                        visit(item, &image, None, &mut |node| write(node, times));
                    }
                }
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| in_containers(item, None, write)),
        _ => {}
    }
}

fn set_image(node: &mut Node, setter: &Setter<'_>) {
    let Value::Text(image) = &node.value else { return };
    if !is_match(image, setter) {
        return;
    }
    let Image { repository, tag, digest } = Image::parse(image);
    let (mut tag, mut digest) = (tag.to_owned(), digest.to_owned());
    let entry = setter.entry;
    let field = |key: &str| entry.field(key).map(Cow::into_owned);
    let (new_tag, new_digest, suffix) = (field("newTag"), field("digest"), field("tagSuffix"));
    let name = field("newName").unwrap_or_else(|| repository.to_owned());
    let mut used = vec!["digest", "newTag"];
    match (&new_tag, &new_digest, suffix) {
        (None, None, Some(suffix)) => {
            tag.push_str(&suffix);
            digest = String::new();
            used.push("tagSuffix");
        }
        (None, None, None) => {}
        _ => (tag, digest) = (new_tag.unwrap_or_default(), new_digest.unwrap_or_default()),
    }
    used.push("newName");
    let is_set = |key: &&str| entry.field(key).is_some();
    let used: Vec<&Node> = used.into_iter().filter(is_set).filter_map(|key| entry.get(key)).collect();
    let Some((first, rest)) = used.split_first() else { return };
    let part =
        |before: char, text: &str| if text.is_empty() { String::new() } else { format!("{before}{text}") };
    let text = format!("{name}{}{}", part(':', &tag), part('@', &digest));
    if text == **image && node.at == first.at {
        return;
    }
    let mut new = Node::of_text(&text, first.at, node.key);
    new.also = rest.iter().map(|node| (node.at, "this is part of it")).collect();
    new.also.append(&mut node.also);
    node.replace(new);
}

fn is_match(image: &str, setter: &Setter<'_>) -> bool {
    if let Some(pattern) = &setter.pattern {
        return pattern.is_match(image);
    }
    let (image, name) = (image.as_bytes(), setter.name.as_bytes());
    // The name is a pattern, in which a dot stands for any character.
    let is_name = image.len() >= name.len() && image.iter().zip(name).all(|(a, b)| a == b || *b == b'.');
    let rest = image.get(name.len()..).unwrap_or_default();
    is_name && (rest.is_empty() || (matches!(rest[0], b':' | b'@') && !rest.contains(&b'/')))
}
