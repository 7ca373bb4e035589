//! Cloud identities as manifests name them: the annotation keys of each cloud, the objects that give a role to an account,
//! and the names themselves, taken apart.
//!
//! Only this module knows these keys and kinds. `graph` joins them with accounts.

mod names;

mod values;

mod objects;

mod policy;

mod sources;

use std::ops::Range;

pub use names::{lacks_a_part, malformed};
pub use objects::of_object;
pub use policy::{Clause, admin_clauses, open_trust};
pub use sources::{StaticSource, static_sources};

use super::Object;
use super::container::Container;
use crate::source::Span;
use crate::yaml::Node;

/// The role of an account on EKS (amazon-eks-pod-identity-webhook).
pub const EKS_ROLE: &str = "eks.amazonaws.com/role-arn";
/// The Google service account that an account acts as (GKE, "Workload Identity Federation").
pub const GOOGLE_ACCOUNT: &str = "iam.gke.io/gcp-service-account";
/// The application or managed identity of an account (azure-workload-identity).
pub const AZURE_CLIENT: &str = "azure.workload.identity/client-id";
/// The label that a pod needs so that Azure's webhook changes it (azure-workload-identity).
pub const AZURE_USE: &str = "azure.workload.identity/use";
/// The RAM role of an account (ack-pod-identity-webhook).
pub const ALIBABA_ROLE: &str = "pod-identity.alibabacloud.com/role-name";
/// The role of a pod, for kube2iam and kiam, which both are retired.
pub const KIAM_ROLE: &str = "iam.amazonaws.com/role";
/// The label by which aad-pod-identity, retired too, chose pods.
pub const AAD_BINDING: &str = "aadpodidbinding";

/// Annotations with which an account takes a cloud identity.
pub const ACCOUNT_KEYS: [(&str, Provider); 4] = [
    (EKS_ROLE, Provider::Aws),
    (GOOGLE_ACCOUNT, Provider::Google),
    (AZURE_CLIENT, Provider::Azure),
    (ALIBABA_ROLE, Provider::Alibaba),
];

/// A cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Amazon's.
    Aws,
    /// Google's.
    Google,
    /// Microsoft's.
    Azure,
    /// Alibaba's.
    Alibaba,
}

impl Provider {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Google => "Google Cloud",
            Self::Azure => "Azure",
            Self::Alibaba => "Alibaba Cloud",
        }
    }

    /// What it calls an identity for programs.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Aws => "IAM role",
            Self::Google => "Google service account",
            Self::Azure => "Azure identity",
            Self::Alibaba => "RAM role",
        }
    }
}

/// How an account gets a cloud identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// An annotation of the account.
    Annotation,
    /// An object that joins the two: `PodIdentityAssociation`.
    Association,
    /// An object in which the cloud trusts the account: `IAMPolicyMember`, `FederatedIdentityCredential`.
    Federation,
    /// The config map of the webhook of EKS.
    WebhookConfig,
    /// Variables of a container, with a projected token.
    Environment,
    /// An annotation of the pod, for a retired agent.
    PodAnnotation,
}

words!(Via {
    Annotation => "annotation", Association => "association", Federation => "federation",
    WebhookConfig => "webhookConfig", Environment => "environment", PodAnnotation => "podAnnotation"
});

/// Who holds a cloud identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// The account, pod or container that it is written on.
    Own,
    /// One account; the namespace is that of the object where none is named.
    Account {
        /// Its namespace.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// Every account that fits, for people: every account of a namespace, of the cluster.
    Pattern(String),
}

impl Holder {
    fn account(namespace: Option<impl Into<String>>, name: impl Into<String>) -> Self {
        Self::Account { namespace: namespace.map(Into::into), name: name.into() }
    }
}

/// A cloud identity that a manifest names.
#[derive(Clone, Debug)]
pub struct NamedIdentity<'a> {
    /// Whose cloud it is of.
    pub provider: Provider,
    /// How it is given.
    pub via: Via,
    /// Its name, so that equal identities have equal names.
    pub identity: String,
    /// Who is given it.
    pub holder: Holder,
    /// The scalar that names it.
    pub node: Node<'a>,
    /// The bytes of its text that do.
    pub range: Range<usize>,
}

impl<'a> NamedIdentity<'a> {
    fn whole(provider: Provider, via: Via, holder: Holder, node: Node<'a>) -> Option<Self> {
        let text = node.text()?;
        let identity = normal(provider, &text);
        (!identity.is_empty()).then(|| Self { provider, via, identity, holder, node, range: 0..text.len() })
    }

    /// Whether something fills the name in later: then equal names may be different ones.
    #[must_use]
    pub fn is_unfilled(&self) -> bool {
        let text = self.node.text().unwrap_or_default();
        is_unfilled(text.get(self.range.clone()).unwrap_or_default())
    }

    /// Where it is named.
    #[must_use]
    pub fn span(&self) -> Span {
        let whole = self.node.text().is_some_and(|text| text.len() == self.range.len());
        if whole { self.node.span() } else { self.node.part(&self.range) }
    }
}

/// One spelling for each identity.
fn normal(provider: Provider, text: &str) -> String {
    let text = text.trim();
    match provider {
        Provider::Aws | Provider::Alibaba => text.to_owned(),
        Provider::Google | Provider::Azure => text.to_ascii_lowercase(),
    }
}

/// Whether something fills the text in before it is applied: a template, an `envsubst`, a person.
#[must_use]
pub fn is_unfilled(text: &str) -> bool {
    let shouts = |word: &str| {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        word.len() > 1 && word.contains('_') && word.bytes().all(allowed)
    };
    let lower = text.to_ascii_lowercase();
    text.contains(['$', '{', '<', '%'])
        || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(shouts)
        || ["xxxx", "replace-me", "changeme", "placeholder"].iter().any(|word| lower.contains(word))
        || ["your-", "your_", "my-project"].iter().any(|word| lower.contains(word))
}

/// The short name of an identity: the last part of an ARN, what is before the `@` of an address.
#[must_use]
pub fn short_name(identity: &str) -> &str {
    let local = identity.split('@').next().unwrap_or_default();
    local.rsplit('/').next().unwrap_or(local)
}

/// The cloud identities that annotations of an account name.
pub fn of_annotations(annotations: Node<'_>) -> impl Iterator<Item = NamedIdentity<'_>> {
    ACCOUNT_KEYS.into_iter().filter_map(move |(key, provider)| {
        NamedIdentity::whole(provider, Via::Annotation, Holder::Own, annotations.get(key)?)
    })
}

/// The role that an annotation of a pod names, for kube2iam or kiam.
#[must_use]
pub fn of_pod(annotations: Node<'_>) -> Option<NamedIdentity<'_>> {
    NamedIdentity::whole(Provider::Aws, Via::PodAnnotation, Holder::Own, annotations.get(KIAM_ROLE)?)
}

/// The identity that a container takes by its variables, where a token file is named beside it or mounted.
#[must_use]
pub fn of_container(container: Container<'_>) -> Option<NamedIdentity<'_>> {
    let value = |wanted: &str| container.env().find(|variable| variable.name() == wanted)?.value();
    let of =
        |provider, name: &str| NamedIdentity::whole(provider, Via::Environment, Holder::Own, value(name)?);
    let azure = || value("AZURE_FEDERATED_TOKEN_FILE").and_then(|_| of(Provider::Azure, "AZURE_CLIENT_ID"));
    of(Provider::Aws, "AWS_ROLE_ARN").or_else(azure)
}

/// What an object tells the cloud: Crossplane keeps it under `forProvider`.
fn for_provider(spec: Node<'_>) -> Node<'_> {
    spec.get("forProvider").unwrap_or(spec)
}

/// The bytes of a scalar of an embedded text, without quotes.
pub(super) fn unquoted(text: &str, scalar: Node<'_>) -> Range<usize> {
    let range = scalar.span().range();
    let quoted = text.get(range.clone()).is_some_and(|text| text.len() >= 2 && text.starts_with(['"', '\'']));
    if quoted { range.start + 1..range.end - 1 } else { range }
}

/// The group that is authorized before RBAC is asked.
const MASTERS: &str = "system:masters";
/// EKS' policy that equals cluster-admin (EKS user guide, "access policy permissions").
const EKS_ADMIN: &str = "AmazonEKSClusterAdminPolicy";

/// Where an object maps cloud identities to every right: the `aws-auth` config map, EKS access entries.
#[must_use]
pub fn mapped_powers<'a>(object: &Object<'a>) -> Vec<Clause<'a>> {
    if object.is("", "ConfigMap") && object.name == "aws-auth" {
        let texts = object.node.get("data").into_iter().flat_map(Node::entries);
        return texts.filter_map(|entry| power(entry.value, MASTERS)).collect();
    }
    if &*object.kind != "AccessEntry" {
        return Vec::new();
    }
    let lists = ["kubernetesGroups", "accessPolicies"].map(|list| object.node.all_at(&["spec", list, "*"]));
    let of_item = |item: Node<'a>| {
        power(item, MASTERS).or_else(|| power(item.get("policyARN").unwrap_or(item), EKS_ADMIN))
    };
    lists.into_iter().flatten().filter_map(of_item).collect()
}

fn power<'a>(node: Node<'a>, name: &'static str) -> Option<Clause<'a>> {
    let at = node.text()?.find(name)?;
    Some(Clause { node, range: at..at + name.len(), what: name })
}
