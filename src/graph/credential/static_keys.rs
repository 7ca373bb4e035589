//! Long-lived keys of clouds that pods are given: by variables, by whole Secrets, as files.
//!
//! How bad a key is, and what to say of it, is a rule's.

use std::borrow::Cow;
use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeSet, HashMap, HashSet};

use super::key_kinds::{KINDS, KeyKind, Part, part_of};
use crate::graph::credential::{Credentials, Literal};
use crate::graph::place::Runner;
use crate::k8s::container::{Container, EnvVar};
use crate::secrets::{Strength, random_words};
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// How a pod is given a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A variable whose value stands in the manifest.
    Literal,
    /// A variable that is filled from a Secret.
    Variable,
    /// All keys of a Secret become variables.
    Injected,
    /// A file of a Secret.
    File,
}

/// A long-lived key that a container is given.
#[derive(Clone, Debug)]
pub struct StaticKey<'a> {
    /// What it is.
    pub kind: &'static KeyKind,
    /// How it is given.
    pub surface: Surface,
    /// What gives it: the `secretKeyRef:`, the `secretRef:`, the variable's `name:`, the path.
    pub entry: Entry<'a>,
    /// The variable, the key of the Secret, or the path.
    pub name: String,
    /// The Secret, where there is one.
    pub secret: Option<String>,
    /// Places of the other parts of it, with their names.
    pub beside: Vec<(Span, String)>,
    /// Places that name the same file, with the names of their variables.
    pub again: Vec<(Span, String)>,
}

impl<'a> Credentials<'a> {
    /// The long-lived cloud keys that a container is given, each once however many variables it has.
    #[must_use]
    pub fn static_keys(&self, runner: &Runner<'a>, container: &Container<'a>) -> Vec<StaticKey<'a>> {
        let literals: OnceCell<HashSet<Span>> = OnceCell::new();
        let is_filled = |literal: &&Literal<'_>| !is_placeholder(literal);
        let read = || {
            let filled = self.in_runner(runner).iter().filter(is_filled);
            filled.map(|literal| literal.node.span()).collect()
        };
        let is_literal = |value: Node<'_>| literals.get_or_init(read).contains(&value.span());
        let mut keys: Vec<StaticKey<'a>> = Vec::new();
        let mut parts: Vec<(&'static KeyKind, String, Part, StaticKey<'a>)> = Vec::new();
        for variable in container.env() {
            let name = variable.name();
            let Some((kind, part, front)) = part_of(&name) else { continue };
            // Paths are handled below; a Secret may also put the key itself where its path should stand.
            let part = match part {
                Part::File if variable.secret_key_ref().is_none() => continue,
                Part::File => Part::Secret,
                other => other,
            };
            if let Some(key) = given(&is_literal, variable, kind, part) {
                parts.push((kind, name[..front].to_owned(), part, key));
            }
        }
        // The secret part stands for the others; an id alone only where it comes from a Secret.
        parts.sort_by_key(|(_, _, part, _)| *part != Part::Secret);
        // Another Secret has another key. What may be of any stands under `None`.
        let mut known: HashMap<(usize, String, Option<Option<String>>), usize> = HashMap::new();
        for (kind, front, part, key) in parts {
            let kind = std::ptr::from_ref(kind).addr();
            let secret = (part != Part::Beside).then(|| key.secret.clone());
            match known.get(&(kind, front.clone(), secret)) {
                Some(&at) => keys[at].beside.push((key.entry.key.span(), key.name)),
                None if part == Part::Secret || key.surface == Surface::Variable => {
                    known.entry((kind, front.clone(), None)).or_insert(keys.len());
                    known.entry((kind, front, Some(key.secret.clone()))).or_insert(keys.len());
                    keys.push(key);
                }
                None => {}
            }
        }
        keys.extend(self.injected_keys(runner, container));
        keys.extend(self.key_files(runner, container));
        keys
    }

    /// Keys among the keys of Secrets that become variables as a whole, as far as the Secret is known.
    fn injected_keys(&self, runner: &Runner<'a>, container: &Container<'a>) -> Vec<StaticKey<'a>> {
        let at = self.places.object_of(runner);
        let mut found: Vec<StaticKey<'a>> = Vec::new();
        let mut positions: HashMap<(usize, Cow<'_, str>), usize> = HashMap::new();
        for entry in container.env_from_secrets() {
            let name = entry.value.get("name").and_then(Node::text).unwrap_or_default();
            let known = self.keys_in_secret(at, &name);
            for key in known.iter().flat_map(|keys| keys.iter()) {
                let kind = key.kind;
                let at =
                    *positions.entry((std::ptr::from_ref(kind).addr(), name.clone())).or_insert(found.len());
                if at == found.len() {
                    let (name, secret) = (key.name.clone(), Some(name.to_string()));
                    let (surface, beside, again) = (Surface::Injected, Vec::new(), Vec::new());
                    found.push(StaticKey { kind, surface, entry, name, secret, beside, again });
                }
                found[at].beside.push((key.at, key.name.clone()));
            }
        }
        found
    }

    /// Key files: the path in a variable lies in a volume that holds a Secret, or a Secret is mounted where the tools of a
    /// cloud look. One a volume.
    fn key_files(&self, runner: &Runner<'a>, container: &Container<'a>) -> Vec<StaticKey<'a>> {
        let mut found: Vec<StaticKey<'a>> = Vec::new();
        let mut positions: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let file = |kind, entry: Entry<'a>, path: &str, secret| StaticKey {
            kind,
            surface: Surface::File,
            entry,
            name: path.to_owned(),
            secret: Some(secret),
            beside: Vec::new(),
            again: Vec::new(),
        };
        let mounts = LazyCell::new(|| Mounts::of(container));
        let volumes = LazyCell::new(|| volumes_by_name(runner));
        for variable in container.env() {
            let Some((kind, Part::File, _)) = part_of(&variable.name()) else { continue };
            let Some((entry, path)) =
                variable.node.entry("value").and_then(|entry| Some((entry, entry.value.text()?)))
            else {
                continue;
            };
            let Some(volume) = mounts.around(&path) else { continue };
            let Some(secret) = self.secret_in(runner, volumes.get(volume)) else { continue };
            if let Some(&at) = positions.get(volume) {
                let known: &mut StaticKey<'a> = &mut found[at];
                let is_same = known.entry.value.text().is_some_and(|file| file == path);
                let others = if is_same { &mut known.again } else { &mut known.beside };
                others.push((entry.value.span(), variable.name().into_owned()));
            } else {
                positions.insert(volume.clone(), found.len());
                found.push(file(kind, entry, &variable.name(), secret));
            }
        }
        for mount in container.node.get("volumeMounts").into_iter().flat_map(Node::items) {
            let (Some(entry), Some(volume)) =
                (mount.entry("mountPath"), mount.get("name").and_then(Node::text))
            else {
                continue;
            };
            let path = entry.value.text().unwrap_or_default();
            let folder = path.trim_end_matches('/').trim_end_matches("/credentials");
            let is_its =
                |kind: &&KeyKind| kind.folders.iter().any(|own| folder.ends_with(&format!("/{own}")));
            let Some(kind) = KINDS.iter().find(is_its) else { continue };
            if positions.contains_key(&volume) {
                continue;
            }
            if let Some(secret) = self.secret_in(runner, volumes.get(&volume)) {
                positions.insert(volume, found.len());
                found.push(file(kind, entry, &path, secret));
            }
        }
        found
    }

    /// The Secret in a volume of a pod, unless it is known to hold no key but the way to a federated token.
    fn secret_in(&self, runner: &Runner<'a>, volume: Option<&Node<'a>>) -> Option<String> {
        let volume = volume?;
        let mut projected = volume.at(&["projected", "sources"]).into_iter().flat_map(Node::items);
        let in_projected = projected.find_map(|source| source.at(&["secret", "name"]));
        let name = volume.at(&["secret", "secretName"]).or(in_projected)?.text()?.into_owned();
        let at = self.places.object_of(runner);
        let known = self.places.lookup(at.source, "Secret", at.namespace.as_deref(), &name);
        let federates = known.iter().flat_map(|&secret| self.stored(&self.places[secret])).any(|stored| {
            let plain = stored.plain();
            plain.contains("external_account") || plain.contains("role_arn")
        });
        (!federates).then_some(name)
    }
}

/// Whether nobody filled a value in. A word that a machine made up beside that of a placeholder may be a key.
fn is_placeholder(literal: &Literal<'_>) -> bool {
    literal.hit.strength == Strength::TemplateWord
        && random_words(&literal.node.text().unwrap_or_default()).is_empty()
}

/// The volumes of a pod, of those with one name the first.
fn volumes_by_name<'a>(runner: &Runner<'a>) -> HashMap<Cow<'a, str>, Node<'a>> {
    let mut by_name = HashMap::new();
    for volume in runner.workload.volumes() {
        if let Some(name) = volume.get("name").and_then(Node::text) {
            by_name.entry(name).or_insert(volume);
        }
    }
    by_name
}

/// The volumes that a container mounts, by path.
struct Mounts<'a> {
    /// By the path without the slash at its end: how long it is with that, its position, and the volume.
    by_path: HashMap<String, (usize, usize, Cow<'a, str>)>,
    /// The lengths of these paths.
    lengths: BTreeSet<usize>,
}

impl<'a> Mounts<'a> {
    fn of(container: &Container<'a>) -> Self {
        let mut mounts = Self { by_path: HashMap::new(), lengths: BTreeSet::new() };
        for (position, (path, volume)) in container.mounts().enumerate() {
            let short = path.trim_end_matches('/');
            mounts.lengths.insert(short.len());
            let mount = (path.len(), position, volume);
            let known = mounts.by_path.entry(short.to_owned()).or_insert_with(|| mount.clone());
            if (known.0, known.1) < (mount.0, mount.1) {
                *known = mount;
            }
        }
        mounts
    }

    /// The volume that a path lies in: that of the longest mount around it, the last of equal ones.
    fn around(&self, path: &str) -> Option<&Cow<'a, str>> {
        let folders = self.lengths.range(..=path.len()).filter_map(|length| {
            let (folder, rest) = path.split_at_checked(*length)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| self.by_path.get(folder)).flatten()
        });
        folders.max_by_key(|(length, position, _)| (*length, *position)).map(|(_, _, volume)| volume)
    }
}

/// A variable that is given a part of a key.
fn given<'a>(
    is_literal: &dyn Fn(Node<'_>) -> bool,
    variable: EnvVar<'a>,
    kind: &'static KeyKind,
    part: Part,
) -> Option<StaticKey<'a>> {
    let name = variable.name().into_owned();
    if let Some(entry) = variable.secret_key_ref() {
        let secret = entry.value.get("name").and_then(Node::text).map(Cow::into_owned);
        let secret = secret.filter(|secret| !secret.is_empty());
        let (surface, beside, again) = (Surface::Variable, Vec::new(), Vec::new());
        return Some(StaticKey { kind, surface, entry, name, secret, beside, again });
    }
    let value = variable.value()?;
    let is_given = part == Part::Beside || is_literal(value);
    let entry = variable.node.entry("name").filter(|_| is_given)?;
    let (surface, secret, beside, again) = (Surface::Literal, None, Vec::new(), Vec::new());
    Some(StaticKey { kind, surface, entry, name, secret, beside, again })
}

/// What makes a container's keys those of a store with the API of S3 that is not AWS: the variable or argument that says
/// where it is.
#[must_use]
pub fn other_endpoint<'a>(container: &Container<'a>) -> Option<Node<'a>> {
    let is_aws = |text: &str| text.contains("amazonaws.com");
    let of_variable = container.env().find_map(|variable| {
        let name = variable.name().to_ascii_uppercase();
        let is_s3 =
            ["S3", "MINIO", "OBJECT", "BUCKET", "AWS_ENDPOINT"].iter().any(|word| name.contains(word));
        let named = is_s3 && name.contains("ENDPOINT") || name == "MINIO_URL" || name == "MINIO_HOST";
        let text = variable.value().and_then(Node::text);
        let given = text.is_none_or(|text| !text.is_empty() && !is_aws(&text));
        variable.node.get("name").filter(|_| named && given)
    });
    let of_argument = || {
        container.commands().find(|word| {
            word.text().is_some_and(|text| {
                let flag = text.split_once("endpoint").map(|(_, rest)| rest);
                flag.is_some_and(|rest| rest.contains("://") && !is_aws(rest))
            })
        })
    };
    of_variable.or_else(of_argument)
}

/// Whether an address is that of an emulator, which takes any key.
#[must_use]
pub fn is_emulated(container: &Container<'_>) -> bool {
    let emulators =
        ["localstack", "azurite", "fake-gcs", "devstoreaccount", "UseDevelopmentStorage", "dynamodb-local"];
    let texts = container.env().filter_map(EnvVar::value).chain(container.commands());
    texts.filter_map(Node::text).any(|text| emulators.iter().any(|word| text.contains(word)))
}
