//! Who makes a Secret and who reads it, by its name.

use std::borrow::Cow;

use super::Credentials;
use crate::graph::place::{ByName, BySource, ObjectId, Placed, Places};
use crate::k8s::Object;
use crate::k8s::container::EnvVar;
use crate::source::Span;
use crate::yaml::Node;

/// A place that names a Secret.
#[derive(Clone, Debug)]
pub struct SecretUse {
    /// The object that it stands in.
    pub object: ObjectId,
    /// The name there.
    pub span: Span,
    /// How it is used, for a label: `mounted here`.
    pub how: &'static str,
    /// The key that is read, where it is one.
    pub key: Option<String>,
}

/// Uses by namespace and name of the Secret.
pub(super) type Uses = ByName<BySource<SecretUse>>;

/// The uses of every Secret: who reads it, and who makes it.
pub(super) fn uses(places: &Places<'_>) -> (Uses, Uses) {
    let mut uses = Vec::new();
    for runner in &places.runners {
        let volumes = runner.workload.volumes().flat_map(|volume| {
            let sources = volume.at(&["projected", "sources"]).into_iter();
            let projected = sources.flat_map(Node::items).filter_map(|source| source.at(&["secret", "name"]));
            volume.at(&["secret", "secretName"]).into_iter().chain(projected)
        });
        uses.extend(volumes.map(|name| Named::whole(runner.object, name, "mounted here")));
        let object = runner.object;
        for container in &runner.workload.containers {
            let keys = container.env().filter_map(EnvVar::secret_key_ref);
            let names = keys.filter_map(|entry| Some((entry.value.get("name")?, entry.value.get("key"))));
            let how = "made an environment variable here";
            uses.extend(names.map(|(name, key)| Named { object, name, how, key }));
            let whole = container.env_from_secrets();
            let names = whole.filter_map(|entry| entry.value.get("name"));
            uses.extend(names.map(|name| Named::whole(object, name, "made environment variables here")));
        }
    }
    let mut makers = Vec::new();
    for placed in &places.objects {
        let read = read_by(&placed.object);
        uses.extend(read.into_iter().map(|(name, how)| Named::whole(placed.id, name, how)));
        let made = made_by(&placed.object);
        makers.extend(made.into_iter().map(|name| Named::whole(placed.id, name, "made here")));
    }
    (by_name(places, uses), by_name(places, makers))
}

/// A use before it is known by the name.
struct Named<'a> {
    object: ObjectId,
    name: Node<'a>,
    how: &'static str,
    key: Option<Node<'a>>,
}

impl<'a> Named<'a> {
    fn whole(object: ObjectId, name: Node<'a>, how: &'static str) -> Self {
        Self { object, name, how, key: None }
    }
}

fn by_name(places: &Places<'_>, uses: Vec<Named<'_>>) -> Uses {
    let mut by_name = Uses::default();
    for Named { object, name: node, how, key } in uses {
        let Some(name) = node.text().filter(|name| !name.is_empty()) else {
            continue;
        };
        let span = node.span();
        let key = key.and_then(Node::text).map(Cow::into_owned);
        let at = &places[object];
        by_name.entry(at.namespace.as_deref(), &name).push(at.source, SecretUse { object, span, how, key });
    }
    by_name
}

impl Credentials<'_> {
    /// The places that read a Secret of the namespace of `at`.
    pub fn readers_of_secret<'g>(
        &'g self,
        at: &Placed<'_>,
        name: &str,
    ) -> impl Iterator<Item = &'g SecretUse> {
        self.uses_beside(&self.secret_readers, at, name)
    }

    /// The objects that make a Secret of the namespace of `at`: from a store, or by decryption.
    pub fn makers_of_secret<'g>(
        &'g self,
        at: &Placed<'_>,
        name: &str,
    ) -> impl Iterator<Item = &'g SecretUse> {
        self.uses_beside(&self.secret_makers, at, name)
    }

    fn uses_beside<'g>(
        &'g self,
        uses: &'g Uses,
        at: &Placed<'_>,
        name: &str,
    ) -> impl Iterator<Item = &'g SecretUse> {
        let source = at.source;
        let namespace_known = at.namespace.is_some();
        let uses = uses.get(at.namespace.as_deref(), name).into_iter();
        let near = uses.flat_map(move |uses| uses.around(&self.places.sources, source, !namespace_known));
        near.filter(move |used| {
            let other = self.places[used.object].source;
            other == source || (namespace_known && self.places.sources.may_share(other, source))
        })
    }
}

/// Names of Secrets that objects without pods read.
fn read_by<'a>(object: &Object<'a>) -> Vec<(Node<'a>, &'static str)> {
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let named = |node: Option<Node<'a>>| node.and_then(|node| node.get("name"));
    match (object.group.as_str(), &*object.kind) {
        ("keda.sh", "TriggerAuthentication" | "ClusterTriggerAuthentication") => spec
            .get("secretTargetRef")
            .into_iter()
            .flat_map(Node::items)
            .filter_map(|item| Some((item.get("name")?, "read by a KEDA trigger here")))
            .collect(),
        ("monitoring.coreos.com", "ServiceMonitor" | "PodMonitor") => ["endpoints", "podMetricsEndpoints"]
            .into_iter()
            .filter_map(|list| spec.get(list))
            .flat_map(Node::items)
            .filter_map(|endpoint| {
                let credentials = named(endpoint.at(&["authorization", "credentials"]));
                credentials.or_else(|| named(endpoint.get("bearerTokenSecret")))
            })
            .map(|name| (name, "read by a scraper here"))
            .collect(),
        _ => Vec::new(),
    }
}

/// Names of Secrets that an object makes (the API types of each project).
fn made_by<'a>(object: &Object<'a>) -> Vec<Node<'a>> {
    let own = || object.name_node();
    let at = |path: &[&str]| object.node.get("spec").and_then(|spec| spec.at(path));
    let one = match (object.group.as_str(), &*object.kind) {
        ("external-secrets.io", "ExternalSecret") => at(&["target", "name"]).or_else(own),
        ("bitnami.com", "SealedSecret") | ("onepassword.com", "OnePasswordItem") => own(),
        ("secrets.hashicorp.com", "VaultStaticSecret" | "VaultDynamicSecret" | "VaultPKISecret") => {
            at(&["destination", "name"])
        }
        ("secrets.infisical.com", "InfisicalSecret") => at(&["managedSecretReference", "secretName"]),
        ("secrets.doppler.com", "DopplerSecret") => at(&["managedSecret", "name"]),
        ("k8s.bitwarden.com", "BitwardenSecret") | ("cert-manager.io", "Certificate") => at(&["secretName"]),
        ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => {
            let list = at(&["secretObjects"]).into_iter();
            return list.flat_map(Node::items).filter_map(|item| item.get("secretName")).collect();
        }
        _ => None,
    };
    one.into_iter().collect()
}
