//! Objects that give a cloud identity to accounts that they name.

use std::borrow::Cow;

use super::values::of_values;
use super::{Holder, NamedIdentity, Provider, Via, for_provider, unquoted};
use crate::k8s::Object;
use crate::k8s::binding::account_of_user;
use crate::yaml::{Doc, Node};

/// The cloud identities that an object gives to accounts that it names: those of ACK, Crossplane, Config Connector and
/// Azure Service Operator, eksctl's clusters, and the config map of the webhook of EKS.
#[must_use]
pub fn of_object<'a>(object: &Object<'a>) -> Vec<NamedIdentity<'a>> {
    let Some(spec) = object.node.get("spec") else {
        return if object.is("", "ConfigMap") { webhook(object) } else { eksctl(object) };
    };
    let settings = for_provider(spec);
    match &*object.kind {
        "PodIdentityAssociation" => association(settings).into_iter().collect(),
        "FederatedIdentityCredential" => federated(object, spec, settings).into_iter().collect(),
        "IAMPolicyMember" | "ServiceAccountIAMMember" | "ServiceAccountIAMPolicy" => {
            let member = settings.get("member").into_iter();
            member.filter_map(|member| google(object, settings, settings, member)).collect()
        }
        "IAMPartialPolicy" | "IAMPolicy" => {
            let bindings = settings.all_at(&["bindings", "*"]).into_iter();
            let members = bindings.flat_map(|binding| members(binding).map(move |member| (binding, member)));
            members.filter_map(|(binding, member)| google(object, settings, binding, member)).collect()
        }
        _ => of_values(object),
    }
}

/// Members of a binding: texts, or mappings with a `member`.
fn members(binding: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let list = binding.get("members").into_iter().flat_map(Node::items);
    list.map(|item| item.get("member").unwrap_or(item))
}

/// `PodIdentityAssociation` of `eks.services.k8s.aws` and `eks.aws.upbound.io`.
fn association(settings: Node<'_>) -> Option<NamedIdentity<'_>> {
    let text = |key: &str| settings.get(key).and_then(Node::text).map(Cow::into_owned);
    let reference =
        || settings.at(&["roleRef", "from", "name"]).or_else(|| settings.at(&["roleArnRef", "name"]));
    let role = settings.get("roleARN").or_else(|| settings.get("roleArn")).or_else(reference)?;
    let holder = Holder::account(text("namespace"), text("serviceAccount")?);
    NamedIdentity::whole(Provider::Aws, Via::Association, holder, role)
}

/// `FederatedIdentityCredential` of `managedidentity.azure.com` and of Crossplane.
fn federated<'a>(object: &Object<'a>, spec: Node<'a>, settings: Node<'a>) -> Option<NamedIdentity<'a>> {
    let subject = settings.get("subject")?.text()?;
    let (namespace, name) = account_of_user(&subject).filter(|(_, name)| !name.is_empty())?;
    let holder = Holder::account(Some(namespace), name);
    let owner = spec.at(&["owner", "name"]).or_else(|| spec.at(&["owner", "armId"]));
    let parent = || settings.get("parentId").or_else(|| settings.at(&["parentIdRef", "name"]));
    let mut found = NamedIdentity::whole(Provider::Azure, Via::Federation, holder, owner.or_else(parent)?)?;
    // The name of an object, which another namespace may hold too.
    if !found.identity.contains('/') {
        found.identity = format!("{}/{}", object.namespace.as_deref().unwrap_or("?"), found.identity);
    }
    Some(found)
}

/// The role with which a member may act as a Google service account.
const WORKLOAD_USER: &str = "roles/iam.workloadIdentityUser";

/// A member of a policy of Google Cloud: an account that may act as a service account, or holds a role itself.
fn google<'a>(
    object: &Object<'a>,
    settings: Node<'a>,
    binding: Node<'a>,
    member: Node<'a>,
) -> Option<NamedIdentity<'a>> {
    let text = member.text()?;
    let (holder, project) = google_holder(&text)?;
    let mut found = NamedIdentity::whole(Provider::Google, Via::Federation, holder, member)?;
    if binding.get("role").and_then(Node::text).is_some_and(|role| role == WORKLOAD_USER) {
        let resource = settings.get("resourceRef");
        let external =
            resource.and_then(|of| of.get("external")).or_else(|| settings.get("serviceAccountId"));
        let named = || resource?.get("name")?.text();
        found.identity = if let Some(external) = external.and_then(Node::text) {
            external.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
        } else {
            let noted = object.annotation("cnrm.cloud.google.com/project-id").and_then(Node::text);
            format!("{}@{}.iam.gserviceaccount.com", named()?, noted.or(project.map(Cow::Owned))?)
        };
    }
    Some(found)
}

/// The accounts that a member means, and the project of their pool:
/// `serviceAccount:p.svc.id.goog[ns/name]`, `principal://…/subject/ns/<ns>/sa/<name>`, `principalSet://…`.
fn google_holder(member: &str) -> Option<(Holder, Option<String>)> {
    if let Some(account_member) = member.strip_prefix("serviceAccount:") {
        let (pool, rest) = account_member.split_once(".svc.id.goog[")?;
        let (namespace, name) = rest.strip_suffix(']')?.split_once('/')?;
        return Some((Holder::account(Some(namespace), name), Some(pool.to_owned())));
    }
    let (kind, rest) = member.split_once("://iam.googleapis.com/")?;
    let pool = rest.split_once("/workloadIdentityPools/")?.1;
    let (pool, accounts) = pool.split_once(".svc.id.goog/")?;
    let holder = match kind {
        "principal" => {
            let (namespace, name) = accounts.strip_prefix("subject/ns/")?.split_once("/sa/")?;
            Holder::account(Some(namespace), name)
        }
        "principalSet" => Holder::Pattern(match accounts.strip_prefix("namespace/") {
            Some(namespace) => format!("every account of namespace `{namespace}`"),
            None => "every account of the cluster".to_owned(),
        }),
        _ => return None,
    };
    Some((holder, Some(pool.to_owned())))
}

/// `ns/name` of the config map `pod-identity-webhook`, each with its role; a `*` fits any text.
fn webhook<'a>(object: &Object<'a>) -> Vec<NamedIdentity<'a>> {
    let config = object.node.at(&["data", "config"]).filter(|_| object.name == "pod-identity-webhook");
    let Some((node, text)) = config.and_then(|node| Some((node, node.text()?))) else {
        return Vec::new();
    };
    let docs = node.embedded();
    let entries = docs.first().and_then(Doc::root).into_iter().flat_map(Node::entries);
    let of = |account: &str, role: Node<'_>| {
        let (namespace, name) = account.split_once('/')?;
        let holder = if account.contains('*') {
            Holder::Pattern(format!("every account that fits `{account}`"))
        } else {
            Holder::account(Some(namespace), name)
        };
        let (identity, range) = (role.text()?.into_owned(), unquoted(&text, role));
        Some(NamedIdentity {
            provider: Provider::Aws,
            via: Via::WebhookConfig,
            identity,
            holder,
            node,
            range,
        })
    };
    entries.filter_map(|entry| of(&entry.key.text()?, entry.value.get("RoleARN")?)).collect()
}

/// Accounts and associations of a cluster that eksctl makes (`eksctl.io` `ClusterConfig`).
fn eksctl<'a>(object: &Object<'a>) -> Vec<NamedIdentity<'a>> {
    let Some(iam) = object.node.get("iam").filter(|_| object.is("eksctl.io", "ClusterConfig")) else {
        return Vec::new();
    };
    let of = |via, list, account: &[&str], key: &str, role: &str| {
        let text = |node: Node<'a>, key: &str| node.get(key).and_then(Node::text).map(Cow::into_owned);
        let items = iam.all_at(&[list, "*"]).into_iter();
        let named = items.filter_map(|item| {
            let account = item.at(account)?;
            let holder = Holder::account(text(account, "namespace"), text(account, key)?);
            NamedIdentity::whole(Provider::Aws, via, holder, item.get(role)?)
        });
        named.collect::<Vec<_>>()
    };
    let mut found = of(Via::Annotation, "serviceAccounts", &["metadata"], "name", "attachRoleARN");
    found.extend(of(Via::Association, "podIdentityAssociations", &[], "serviceAccountName", "roleARN"));
    found
}
