//! Tokens: on which surface they are handed out, for how long, for whom.
//!
//! Reads what is asked for and what the API server or a webhook makes of it; how long is too long is a rule's to say.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::graph::place::Runner;
use crate::k8s::Object;
use crate::k8s::container::Container;
use crate::k8s::duration::go_duration;
use crate::k8s::workload::is_injected_token;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// What admission asks for, and the only value that the API server extends
/// (`WarnOnlyBoundTokenExpirationSeconds` in kubernetes `pkg/serviceaccount/claims.go`).
pub const EXTENDED_REQUEST: i64 = 3607;

/// What it is extended to: 365 days (`ExpirationExtensionSeconds`, same file).
pub const EXTENDED_LIFETIME: i64 = 365 * 24 * 3600;

/// Lifetime of a projected token that states none (core/v1 `ServiceAccountTokenProjection`).
pub const DEFAULT_LIFETIME: i64 = 3600;

/// The shortest lifetime that the API server accepts (kubernetes `pkg/apis/authentication/validation`).
pub const SHORTEST: i64 = 600;

/// Annotation of EKS, on pods or accounts, for the lifetime of a role's token.
pub const EKS_EXPIRATION: &str = "eks.amazonaws.com/token-expiration";
/// What the webhook takes where no lifetime is set (amazon-eks-pod-identity-webhook `DefaultTokenExpiration`).
pub const EKS_LIFETIME: i64 = 24 * 3600;
/// Lifetime of Azure's federated token, on pods or accounts.
pub const AZURE_EXPIRATION: &str = "azure.workload.identity/service-account-token-expiration";
/// What Azure's webhook accepts (azure-workload-identity `MinServiceAccountTokenExpiration` and its maximum).
pub const AZURE_RANGE: std::ops::RangeInclusive<i64> = 3600..=86_400;

/// Who hands a token out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The kubelet, for a projected volume.
    Projected,
    /// The webhook of EKS.
    Eks,
    /// The webhook of Azure.
    Azure,
    /// The kubelet, for a CSI driver.
    Csi,
    /// An operator that logs in to a secret store with it.
    SecretStore,
    /// `kubectl create token` in a command or script.
    Command,
}

/// A token that is handed out.
#[derive(Clone, Debug)]
pub struct Credential<'a> {
    /// Who hands it out.
    pub surface: Surface,
    /// What asks for it: `serviceAccountToken:`, the annotation, the field.
    pub entry: Entry<'a>,
    /// The scalar that says the lifetime, if one does, and the bytes of it that are the number.
    pub written: Option<(Node<'a>, std::ops::Range<usize>)>,
    /// Seconds that are asked for.
    pub requested: i64,
    /// Who it is for; `None` is the API server.
    pub audience: Option<Cow<'a, str>>,
}

impl Credential<'_> {
    /// Seconds that the token is good for: what was asked, unless the API server extends it.
    #[must_use]
    pub fn effective(&self) -> i64 {
        if self.is_extended() { EXTENDED_LIFETIME } else { self.requested }
    }

    /// Whether the API server extends it: asked for by a pod, for the server itself, with the one number
    /// (kubernetes `pkg/registry/core/serviceaccount/storage/token.go`).
    #[must_use]
    pub fn is_extended(&self) -> bool {
        let bound = matches!(self.surface, Surface::Projected | Surface::Csi);
        bound && self.requested == EXTENDED_REQUEST && self.is_for_api_server()
    }

    /// Whether the API server accepts it: no audience, or the one that clusters give themselves by default.
    #[must_use]
    pub fn is_for_api_server(&self) -> bool {
        self.audience.as_deref().is_none_or(|audience| {
            let host = audience.trim_start_matches("https://").trim_end_matches('/');
            matches!(host, "kubernetes.default.svc" | "kubernetes.default.svc.cluster.local")
        })
    }

    /// Where the lifetime stands.
    #[must_use]
    pub fn number_span(&self) -> Option<Span> {
        let (node, range) = self.written.as_ref()?;
        Some(if node.text()?.len() == range.len() { node.span() } else { node.part(range) })
    }
}

/// A whole scalar as the number of a credential.
fn whole(node: Node<'_>) -> Option<(Node<'_>, std::ops::Range<usize>)> {
    Some((node, 0..node.text()?.len()))
}

/// A token request: its lifetime is the entry's value, or stands under `expirationSeconds` there.
fn request_of<'a>(surface: Surface, request: Node<'a>, entry: Entry<'a>) -> Credential<'a> {
    let seconds = entry.value.get("expirationSeconds").unwrap_or(entry.value);
    let seconds = Some(seconds).filter(|seconds| seconds.as_i64().is_some());
    let audiences = request.get("audiences").and_then(|list| list.items().next());
    let audience = request.get("audience").or(audiences).and_then(Node::as_str);
    Credential {
        surface,
        entry,
        written: seconds.and_then(whole),
        requested: seconds.and_then(Node::as_i64).unwrap_or(DEFAULT_LIFETIME),
        audience: audience.filter(|audience| !audience.is_empty()),
    }
}

/// The projected tokens of a pod.
pub fn projected_tokens<'a>(runner: &Runner<'a>) -> impl Iterator<Item = Credential<'a>> + use<'a> {
    let volumes = runner.workload.volumes().filter(|volume| !is_injected_token(*volume));
    let sources = volumes.filter_map(|volume| volume.at(&["projected", "sources"]));
    sources
        .flat_map(Node::items)
        .filter_map(|source| source.entry("serviceAccountToken"))
        .map(|entry| request_of(Surface::Projected, entry.value, entry))
}

/// The lifetimes that annotations set for cloud tokens; a value that is no number is ignored by the webhooks.
pub fn annotated_lifetimes(annotations: Node<'_>) -> impl Iterator<Item = Credential<'_>> {
    let surfaces = [(EKS_EXPIRATION, Surface::Eks), (AZURE_EXPIRATION, Surface::Azure)];
    surfaces.into_iter().filter_map(move |(key, surface)| {
        let entry = annotations.entry(key)?;
        Some(Credential {
            surface,
            entry,
            written: whole(entry.value),
            requested: entry.value.text()?.parse().ok()?,
            audience: Some(Cow::Borrowed("a cloud")),
        })
    })
}

/// The tokens that `kubectl create token --duration=…` makes in a container's commands and scripts.
///
/// # Panics
///
/// Never: the pattern is tested.
#[must_use]
pub fn created_tokens<'a>(container: &Container<'a>) -> Vec<Credential<'a>> {
    let process: Vec<Node<'a>> =
        container.words("command").into_iter().chain(container.words("args")).collect();
    let scripts =
        ["script", "source"].into_iter().filter_map(|key| container.node.get(key)).map(|node| vec![node]);
    let mut made = Vec::new();
    for words in
        std::iter::once(process).chain(scripts).chain(container.hook_commands().map(|(_, words)| words))
    {
        // `[kubectl, create, token, --duration=24h]` says the same as one line of a script.
        let (mut line, mut starts) = (String::new(), Vec::new());
        for word in words {
            starts.push((line.len(), word));
            line.push_str(&word.text().unwrap_or_default());
            line.push(' ');
        }
        for found in CREATION.captures_iter(&line).filter_map(|captures| captures.get(1)) {
            let word = starts.partition_point(|&(start, _)| start <= found.start()) - 1;
            let (start, node) = starts[word];
            let Some(requested) = go_duration(found.as_str()) else {
                continue;
            };
            made.push(Credential {
                surface: Surface::Command,
                entry: Entry { key: node, value: node },
                written: Some((node, found.start() - start..found.end() - start)),
                requested,
                audience: None,
            });
        }
    }
    made
}

/// `kubectl create token`, and its lifetime.
static CREATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\bcreate\s+token\s(?:[^;|&\n]|\\\r?\n)*?--duration(?:=|\s+)["']?([0-9][0-9a-zµ.]*)"#)
        .expect("it is tested")
});

/// Fields of other kinds that hand out tokens of accounts, with the surface each belongs to.
/// Sources: k8s.io/api storage/v1 `TokenRequest`; vault-secrets-operator v1beta1 `VaultAuthConfigKubernetes` and
/// `VaultAuthConfigJWT`; external-secrets v1 `VaultKubernetesServiceAccountTokenAuth`.
#[must_use]
pub fn declared_tokens<'a>(object: &Object<'a>) -> Vec<Credential<'a>> {
    let spec = object.node.get("spec");
    let at = |path: &[&str]| spec.and_then(|spec| spec.at(path));
    match (object.group.as_str(), &*object.kind) {
        ("storage.k8s.io", "CSIDriver") => {
            let requests = at(&["tokenRequests"]).into_iter().flat_map(Node::items);
            // Only a written lifetime can be shown; the default is short.
            let of = |item: Node<'a>| Some(request_of(Surface::Csi, item, item.entry("expirationSeconds")?));
            requests.filter_map(of).collect()
        }
        ("secrets.hashicorp.com", "VaultAuth" | "VaultAuthGlobal") => ["kubernetes", "jwt"]
            .iter()
            .filter_map(|method| {
                let login = at(&[method])?;
                Some(request_of(Surface::SecretStore, login, login.entry("tokenExpirationSeconds")?))
            })
            .collect(),
        ("external-secrets.io", "SecretStore" | "ClusterSecretStore")
        | ("generators.external-secrets.io", "VaultDynamicSecret") => {
            let vault = at(&["provider", "vault"]).or_else(|| at(&["provider"]));
            let login = vault.and_then(|vault| vault.at(&["auth", "jwt", "kubernetesServiceAccountToken"]));
            let entry = login.and_then(|login| login.entry("expirationSeconds"));
            let made = login.zip(entry).map(|(login, entry)| request_of(Surface::SecretStore, login, entry));
            made.into_iter().collect()
        }
        _ => Vec::new(),
    }
}
