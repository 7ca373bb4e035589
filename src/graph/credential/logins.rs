//! What workloads and operators log in to secret stores as, and what they fetch there: names that have to differ from one
//! environment to the next.

use std::collections::BTreeMap;

use crate::graph::credential::Credentials;
use crate::graph::place::{ObjectId, Placed};
use crate::k8s::Object;
use crate::yaml::Node;

/// At most this many uses of one name are compared.
const MOST: usize = 256;

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoginKind {
    /// A role of Vault's Kubernetes login.
    VaultRole,
    /// An entry of a secret store.
    RemoteKey,
}

/// A place that names a role or an entry of a store.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// What it names.
    pub kind: LoginKind,
    /// The name.
    pub name: String,
    /// Where the store is, in whatever words tell stores apart; `None` where it is the cluster's only one.
    store: Option<String>,
    /// Where it stands.
    pub node: Node<'a>,
    /// The object that it stands in.
    pub object: ObjectId,
}

/// Places of different environments that name the same thing.
#[derive(Debug)]
pub struct Across<'a> {
    /// Each place with its environment; no environment twice.
    pub places: Vec<(Login<'a>, String)>,
}

impl<'a> Credentials<'a> {
    /// The roles and entries of stores that are used from several environments, in the order of their names.
    #[must_use]
    pub fn logins_across(&self) -> Vec<Across<'a>> {
        let mut by_name: BTreeMap<(LoginKind, String, Option<String>), Vec<Login<'a>>> = BTreeMap::new();
        for placed in self.places.objects.iter().filter(|placed| !placed.partial) {
            for login in self.logins_of(placed) {
                let key = (login.kind, login.name.clone(), login.store.clone());
                by_name.entry(key).or_default().push(login);
            }
        }
        for runner in &self.places.runners {
            if let Some(login) = pod_login(runner.workload.pod_annotations(), runner.object) {
                let key = (login.kind, login.name.clone(), login.store.clone());
                by_name.entry(key).or_default().push(login);
            }
        }
        by_name.into_values().filter_map(|logins| self.across(logins)).collect()
    }

    fn across(&self, logins: Vec<Login<'a>>) -> Option<Across<'a>> {
        let mut places: Vec<(Login<'a>, String)> = Vec::new();
        for login in logins.into_iter().take(MOST) {
            let at = &self.places[login.object];
            let Some(environment) = self.places.environment_of(at) else { continue };
            // Where nothing says which store it is, it is that of the cluster.
            let beside = |(other, _): &(Login<'a>, String)| {
                login.store.is_some()
                    || self.places.sources.may_share(at.source, self.places[other.object].source)
            };
            let new = places.iter().all(|(_, known)| *known != environment);
            if new && places.iter().all(beside) {
                places.push((login, environment));
            }
        }
        (places.len() > 1).then_some(Across { places })
    }

    fn logins_of(&self, placed: &Placed<'a>) -> Vec<Login<'a>> {
        let object = &placed.object;
        let spec = object.node.get("spec");
        let at = |path: &[&str]| spec.and_then(|spec| spec.at(path));
        let vault = |node: Option<Node<'a>>, store: Option<String>| {
            login(LoginKind::VaultRole, node, store, placed.id).into_iter().collect()
        };
        match (object.group.as_str(), &*object.kind) {
            ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => {
                let own = at(&["provider", "vault"]);
                let login = own.and_then(|vault| vault.at(&["auth", "kubernetes"]));
                let store = texts([
                    own.and_then(|vault| vault.get("server")),
                    login.and_then(|login| login.get("mountPath")),
                ]);
                vault(login.and_then(|login| login.get("role")), store)
            }
            ("secrets.hashicorp.com", "VaultAuth") => vault(at(&["kubernetes", "role"]), None),
            ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => {
                let store = texts([
                    at(&["parameters", "vaultAddress"]),
                    at(&["parameters", "vaultKubernetesMountPath"]),
                ]);
                vault(at(&["parameters", "roleName"]), store)
            }
            ("external-secrets.io", "ExternalSecret") => self.remote_keys(placed),
            _ => Vec::new(),
        }
    }

    /// The entries that an `ExternalSecret` fetches, where its store is in the run.
    fn remote_keys(&self, placed: &Placed<'a>) -> Vec<Login<'a>> {
        let kind = placed.object.node.at(&["spec", "target", "template", "type"]).and_then(Node::text);
        // Images are promoted from one environment to the next, and so is what pulls them.
        let pulls = kind.is_some_and(|kind| kind.starts_with("kubernetes.io/dockerc"));
        let Some(store) = self.store_of(placed).filter(|_| !pulls) else {
            return Vec::new();
        };
        let list = |key: &str| {
            let list = placed.object.node.at(&["spec", key]);
            list.into_iter().flat_map(Node::items)
        };
        let single = list("data").filter_map(|item| item.at(&["remoteRef", "key"]));
        let whole = list("dataFrom").filter_map(|item| item.at(&["extract", "key"]));
        let keys = single.chain(whole);
        keys.filter_map(|node| login(LoginKind::RemoteKey, Some(node), Some(store.clone()), placed.id))
            .collect()
    }

    /// What tells the store of an `ExternalSecret` from others: all that says where and as whom it logs in.
    fn store_of(&self, placed: &Placed<'_>) -> Option<String> {
        let reference = placed.object.node.at(&["spec", "secretStoreRef"])?;
        let name = reference.get("name")?.text()?;
        let cluster_wide =
            reference.get("kind").and_then(Node::text).is_some_and(|kind| kind == "ClusterSecretStore");
        let found = if cluster_wide {
            self.places.lookup(placed.source, "ClusterSecretStore", None, &name)
        } else {
            self.places.lookup(placed.source, "SecretStore", placed.namespace.as_deref(), &name)
        };
        let object = &self.places[*found.first()?].object;
        let provider = object.node.at(&["spec", "provider"])?;
        if cluster_wide {
            return Some(format!("{name} {:x}", provider.content_hash()));
        }
        // A store of a namespace tells its account's cloud only where it names a place.
        names_place(object).then(|| format!("{:x}", provider.content_hash()))
    }
}

/// Whether a store says on which server, project or vault it is, so that equal texts are one store.
fn names_place(object: &Object<'_>) -> bool {
    let provider = object.node.at(&["spec", "provider"]).into_iter().flat_map(Node::entries);
    let keys = ["server", "vaultUrl", "projectID", "role", "host", "connectHost"];
    provider
        .flat_map(|entry| keys.map(|key| entry.value.get(key)))
        .flatten()
        .any(|value| value.text().is_some())
}

fn login(
    kind: LoginKind,
    node: Option<Node<'_>>,
    store: Option<String>,
    object: ObjectId,
) -> Option<Login<'_>> {
    let node = node?;
    let name = node.text()?.trim().to_owned();
    let known = !name.is_empty() && !name.contains(['$', '{', '<']);
    known.then_some(Login { kind, name, store, node, object })
}

/// What tells a store, where it says its address at all.
fn texts(parts: [Option<Node<'_>>; 2]) -> Option<String> {
    let [address, mount] = parts.map(|part| part.and_then(Node::text).unwrap_or_default());
    (!address.is_empty()).then(|| format!("{address} {mount}"))
}

/// The role that Vault's agent injector logs in as.
fn pod_login(annotations: Option<Node<'_>>, object: ObjectId) -> Option<Login<'_>> {
    let at = |key: &str| annotations.and_then(|annotations| annotations.get(key));
    let store = texts([at("vault.hashicorp.com/service"), at("vault.hashicorp.com/auth-path")]);
    login(LoginKind::VaultRole, at("vault.hashicorp.com/role"), store, object)
}
