//! Tokens that a workload gets: on which surface, for how long, for whom.

use std::borrow::Cow;

use super::{Graph, Runner};
use crate::k8s::workload::Shape;
use crate::yaml::{Entry, Node};

/// Where the kubelet puts the token that admission injects.
pub const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What admission asks for, and the only value that the API server extends
/// (`WarnOnlyBoundTokenExpirationSeconds` in kubernetes `pkg/serviceaccount/claims.go`).
pub const EXTENDED_REQUEST: i64 = 3607;

/// What it is extended to: 365 days (`ExpirationExtensionSeconds`, same file).
pub const EXTENDED_LIFETIME: i64 = 365 * 24 * 3600;

/// Lifetime of a projected token that states none (core/v1 `ServiceAccountTokenProjection`).
pub const DEFAULT_LIFETIME: i64 = 3600;

/// Annotations of EKS and Azure that set the lifetime of a cloud token.
pub const EKS_EXPIRATION: &str = "eks.amazonaws.com/token-expiration";
/// The role annotation of EKS, which makes the webhook mount a token.
pub const EKS_ROLE: &str = "eks.amazonaws.com/role-arn";
/// Lifetime of Azure's federated token, on pods or accounts.
pub const AZURE_EXPIRATION: &str = "azure.workload.identity/service-account-token-expiration";

/// A `serviceAccountToken` source of a projected volume.
#[derive(Clone, Debug)]
pub struct ProjectedToken<'a> {
    /// The `serviceAccountToken:` entry.
    pub entry: Entry<'a>,
    /// The `expirationSeconds` value, if written.
    pub written: Option<Node<'a>>,
    /// Seconds that are asked for.
    pub requested: i64,
    /// Who the token is for; `None` is the API server.
    pub audience: Option<Cow<'a, str>>,
    /// Name of the volume.
    pub volume: Cow<'a, str>,
}

impl ProjectedToken<'_> {
    /// Seconds that the token is good for: what was asked, unless the API server extends it.
    #[must_use]
    pub fn effective(&self) -> i64 {
        if self.requested == EXTENDED_REQUEST && self.audience.is_none() {
            EXTENDED_LIFETIME
        } else {
            self.requested
        }
    }
}

/// Whether a pod gets the token that admission injects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automount {
    /// It does.
    On,
    /// Pod or account say no.
    Off,
    /// The account is not in the run and could say no.
    Unknown,
}

/// The projected tokens of a pod.
pub fn projected_tokens<'a>(runner: &Runner<'a>) -> impl Iterator<Item = ProjectedToken<'a>> + use<'a> {
    runner.workload.volumes().flat_map(|volume| {
        let name = volume.get("name").and_then(Node::text).unwrap_or_default();
        let sources = volume
            .at(&["projected", "sources"])
            .into_iter()
            .flat_map(Node::items);
        sources
            .filter_map(|source| source.entry("serviceAccountToken"))
            .map(move |entry| {
                let written = entry
                    .value
                    .get("expirationSeconds")
                    .filter(|seconds| seconds.as_i64().is_some());
                ProjectedToken {
                    entry,
                    written,
                    requested: written.and_then(Node::as_i64).unwrap_or(DEFAULT_LIFETIME),
                    audience: entry
                        .value
                        .get("audience")
                        .and_then(Node::as_str)
                        .filter(|audience| !audience.is_empty()),
                    volume: name.clone(),
                }
            })
    })
}

impl Graph<'_> {
    /// Whether a pod gets the injected token: the pod decides, else its account, else yes
    /// (kubernetes `plugin/pkg/admission/serviceaccount/admission.go`).
    #[must_use]
    pub fn automount(&self, runner: &Runner<'_>) -> Automount {
        if let Some(pod) = runner.workload.automount() {
            return if pod.value.as_bool() == Some(false) {
                Automount::Off
            } else {
                Automount::On
            };
        }
        let accounts = self.accounts_of(runner);
        let refuses = |account: &usize| {
            let node = self.objects[*account].object.node;
            node.get("automountServiceAccountToken").and_then(Node::as_bool) == Some(false)
        };
        if !accounts.is_empty() {
            return if accounts.iter().all(refuses) {
                Automount::Off
            } else {
                Automount::On
            };
        }
        match runner.account.name() {
            Some("default") if !self.sources.is_open(self.object_of(runner).source) => Automount::On,
            _ => Automount::Unknown,
        }
    }

    /// Whether a pod holds any token: injected, projected, or a cloud provider's.
    #[must_use]
    pub fn holds_token(&self, runner: &Runner<'_>) -> bool {
        self.automount(runner) != Automount::Off
            || projected_tokens(runner).next().is_some()
            || self.cloud_role(runner).is_some()
    }

    /// The annotation that gives the account, or the pod, a cloud identity.
    #[must_use]
    pub fn cloud_role(&self, runner: &Runner<'_>) -> Option<Entry<'_>> {
        let keys = [
            EKS_ROLE,
            "iam.gke.io/gcp-service-account",
            "azure.workload.identity/client-id",
        ];
        let accounts = self.accounts_of(runner);
        let annotations = accounts
            .into_iter()
            .filter_map(|account| self.objects[account].object.node.at(&["metadata", "annotations"]));
        annotations
            .flat_map(|list| keys.iter().filter_map(move |key| list.entry(key)))
            .next()
    }

    /// Whether some container reads the API token, as far as its image and its command line tell.
    #[must_use]
    pub fn reads_token(&self, runner: &Runner<'_>) -> bool {
        if matches!(
            runner.workload.shape,
            Shape::Workflow | Shape::Tekton | Shape::Other
        ) {
            return true;
        }
        let vault = "vault.hashicorp.com/agent-inject";
        let mesh = ["sidecar.istio.io/inject", "linkerd.io/inject", vault];
        let injected = |key: &&str| {
            let value = runner.workload.pod_annotation(key).and_then(Node::text);
            value.is_some_and(|value| matches!(&*value, "true" | "enabled"))
        };
        mesh.iter().any(|key| injected(&key))
            || runner.workload.containers.iter().any(|container| {
                let image = container.image();
                let name = image
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .split([':', '@'])
                    .next()
                    .unwrap_or_default();
                API_CLIENTS.iter().any(|client| name.contains(client))
                    || ["command", "args"]
                        .iter()
                        .flat_map(|field| container.words(field))
                        .any(|word| {
                            let text = word.text().unwrap_or_default();
                            text.contains(TOKEN_PATH)
                                || text
                                    .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
                                    .any(|word| {
                                        matches!(
                                            word,
                                            "kubectl"
                                                | "oc"
                                                | "helm"
                                                | "in-cluster"
                                                | "incluster"
                                                | "flux"
                                                | "argocd"
                                        )
                                    })
                        })
                    || container.env().any(|variable| {
                        variable.name().starts_with("KUBERNETES_")
                            || variable
                                .value()
                                .and_then(Node::text)
                                .is_some_and(|value| value.contains(TOKEN_PATH))
                    })
                    || container.mounts().any(|(path, _)| path.starts_with(TOKEN_PATH))
            })
    }
}

/// Parts of image names whose programs talk to the API server.
const API_CLIENTS: [&str; 34] = [
    "kubectl",
    "k8s",
    "kube-",
    "helm",
    "operator",
    "controller",
    "argocd",
    "argoexec",
    "flux",
    "tekton",
    "vault",
    "istio",
    "linkerd",
    "envoy-gateway",
    "cert-manager",
    "external-dns",
    "external-secrets",
    "autoscaler",
    "prometheus",
    "node-exporter-rbac",
    "fluent",
    "promtail",
    "otel",
    "opentelemetry",
    "datadog",
    "csi-",
    "cilium",
    "calico",
    "coredns",
    "metrics-server",
    "velero",
    "descheduler",
    "traefik",
    "ingress",
];
