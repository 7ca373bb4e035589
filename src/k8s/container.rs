//! One container of a pod and what its process is given.

use std::borrow::Cow;

use crate::yaml::{Entry, Node};

/// What a container is to its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs as long as the pod.
    Main,
    /// Runs before the others and ends.
    Init,
    /// An init container with `restartPolicy: Always`: a native sidecar.
    Sidecar,
    /// Added to a running pod.
    Ephemeral,
}

/// One container, step or script.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// The mapping.
    pub node: Node<'a>,
    /// What it is to its pod.
    pub role: Role,
}

/// One entry of `env:`.
#[derive(Clone, Copy, Debug)]
pub struct EnvVar<'a> {
    /// The mapping.
    pub node: Node<'a>,
}

/// Whether a container also starts where what a reference (`secretKeyRef`, `secretRef`) names is not there.
#[must_use]
pub fn is_optional(reference: Node<'_>) -> bool {
    reference.get("optional").and_then(Node::as_bool) == Some(true)
}

impl<'a> EnvVar<'a> {
    /// The variable's name.
    #[must_use]
    pub fn name(self) -> Cow<'a, str> {
        self.node.get("name").and_then(Node::text).unwrap_or_default()
    }

    /// Its literal value, of any scalar type.
    #[must_use]
    pub fn value(self) -> Option<Node<'a>> {
        self.node.get("value").filter(|value| value.is_scalar())
    }

    /// The `secretKeyRef:` it is filled from.
    #[must_use]
    pub fn secret_key_ref(self) -> Option<Entry<'a>> {
        self.node.get("valueFrom")?.entry("secretKeyRef").filter(|entry| entry.value.is_map())
    }

    /// The `configMapKeyRef:` it is filled from.
    #[must_use]
    pub fn config_map_key_ref(self) -> Option<Entry<'a>> {
        self.node.get("valueFrom")?.entry("configMapKeyRef").filter(|entry| entry.value.is_map())
    }
}

impl<'a> Container<'a> {
    /// Its name; empty if it has none.
    #[must_use]
    pub fn name(self) -> Cow<'a, str> {
        self.node.get("name").and_then(Node::text).unwrap_or_default()
    }

    /// Its image; empty if it has none.
    #[must_use]
    pub fn image(self) -> Cow<'a, str> {
        self.node.get("image").and_then(Node::text).unwrap_or_default()
    }

    /// Its environment variables, one by one.
    pub fn env(self) -> impl Iterator<Item = EnvVar<'a>> {
        self.node.get("env").into_iter().flat_map(Node::items).map(|node| EnvVar { node })
    }

    /// The `secretRef:` entries of `envFrom:`, each of which injects every key of a Secret.
    pub fn env_from_secrets(self) -> impl Iterator<Item = Entry<'a>> {
        let sources = self.node.get("envFrom").into_iter().flat_map(Node::items);
        sources.filter_map(|source| source.entry("secretRef")).filter(|entry| entry.value.is_map())
    }

    /// The scalar items of a list field such as `command` or `args`.
    pub fn words(self, field: &str) -> Vec<Node<'a>> {
        self.node.get(field).into_iter().flat_map(Node::items).filter(|item| item.is_scalar()).collect()
    }

    /// Commands that the kubelet runs in it: `livenessProbe`, `postStart` and so on, with their `command` lists.
    pub fn hook_commands(self) -> impl Iterator<Item = (&'static str, Vec<Node<'a>>)> {
        let commands = self.handlers().filter_map(|(field, at)| Some((field, at.at(&["exec", "command"])?)));
        commands.map(|(field, list)| (field, list.items().collect()))
    }

    /// Every text that runs in it: command, arguments, script, and the commands of probes and hooks.
    pub fn commands(self) -> impl Iterator<Item = Node<'a>> {
        let words = self.words("command").into_iter().chain(self.words("args"));
        let scripts = ["script", "source"].into_iter().filter_map(move |key| self.node.get(key));
        words.chain(scripts).chain(self.hook_commands().flat_map(|(_, words)| words))
    }

    /// Headers that the kubelet sends to it, as (field of the probe or hook, name, value).
    pub fn hook_headers(self) -> impl Iterator<Item = (&'static str, Cow<'a, str>, Node<'a>)> {
        let lists =
            self.handlers().filter_map(|(field, at)| Some((field, at.at(&["httpGet", "httpHeaders"])?)));
        let headers = lists.flat_map(|(field, list)| list.items().map(move |header| (field, header)));
        headers.filter_map(|(field, header)| Some((field, header.get("name")?.text()?, header.get("value")?)))
    }

    /// Paths that the kubelet asks it for, which may hold a query, each with the field of the probe or hook.
    pub fn hook_paths(self) -> impl Iterator<Item = (&'static str, Node<'a>)> {
        self.handlers().filter_map(|(field, at)| Some((field, at.at(&["httpGet", "path"])?)))
    }

    fn handlers(self) -> impl Iterator<Item = (&'static str, Node<'a>)> {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
        let hooks = ["postStart", "preStop"];
        let lifecycle = self.node.get("lifecycle");
        let hooks = hooks.into_iter().filter_map(move |hook| Some((hook, lifecycle?.get(hook)?)));
        probes.into_iter().filter_map(move |probe| Some((probe, self.node.get(probe)?))).chain(hooks)
    }

    /// Paths that volumes are mounted at, with the volumes' names.
    pub fn mounts(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        let mounts = self.node.get("volumeMounts").into_iter().flat_map(Node::items);
        mounts.filter_map(|mount| Some((mount.get("mountPath")?.text()?, mount.get("name")?.text()?)))
    }
}
