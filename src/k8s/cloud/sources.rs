//! Fields of operators' kinds that take a long-lived key of a cloud, where a short-lived one would do.
//!
//! Secret stores are not here.

use crate::k8s::Object;
use crate::yaml::{Entry, Node};

/// A field that takes a long-lived key.
#[derive(Clone, Debug)]
pub struct StaticSource<'a> {
    /// The cloud.
    pub cloud: &'static str,
    /// The field.
    pub entry: Entry<'a>,
    /// How it goes without a key, as an order.
    pub keyless: &'static str,
    /// The field with the address of a server that is not the cloud's: S3 that is not AWS.
    pub elsewhere: Option<Node<'a>>,
}

const AWS: &str = "AWS";
const AZURE: &str = "Azure";
const GOOGLE: &str = "Google Cloud";

/// The fields of an object that take a long-lived key of a cloud (the API types of each project).
#[must_use]
pub fn static_sources<'a>(object: &Object<'a>) -> Vec<StaticSource<'a>> {
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    let one = match (object.group.as_str(), &*object.kind) {
        ("cert-manager.io" | "certmanager.k8s.io", "Issuer" | "ClusterIssuer") => {
            let mut solvers = spec.all_at(&["acme", "solvers", "*", "dns01"]);
            solvers.extend(spec.all_at(&["acme", "dns01", "providers", "*"]));
            return solvers.into_iter().filter_map(solver).collect();
        }
        ("keda.sh", "TriggerAuthentication" | "ClusterTriggerAuthentication") => {
            return spec.all_at(&["secretTargetRef", "*"]).into_iter().filter_map(keda).collect();
        }
        ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" | "CronWorkflow") => {
            let spec = spec.get("workflowSpec").unwrap_or(spec);
            return artifacts(spec).into_iter().filter_map(artifact).collect();
        }
        ("velero.io", "BackupStorageLocation" | "VolumeSnapshotLocation") => velero(spec),
        ("postgresql.cnpg.io", "Cluster") => spec.at(&["backup", "barmanObjectStore"]).and_then(barman),
        ("barmancloud.cnpg.io", "ObjectStore") => spec.get("configuration").and_then(barman),
        ("infrastructure.cluster.x-k8s.io", "AWSClusterStaticIdentity") => {
            let keyless = "Use an `AWSClusterRoleIdentity`, and give the controller's account an IAM role.";
            field(AWS, Some(spec), &["secretRef"], keyless)
        }
        ("infrastructure.cluster.x-k8s.io", "AzureClusterIdentity") => {
            field(AZURE, Some(spec), &["clientSecret"], "Set `type: WorkloadIdentity`.")
        }
        (group, kind) if group.ends_with(".toolkit.fluxcd.io") => flux(kind, spec),
        (group, "ProviderConfig" | "ClusterProviderConfig") => crossplane(group, spec),
        _ => None,
    };
    one.into_iter().collect()
}

/// The first of some fields, if something is written in it.
fn field<'a>(
    cloud: &'static str,
    holder: Option<Node<'a>>,
    keys: &[&str],
    keyless: &'static str,
) -> Option<StaticSource<'a>> {
    // `secretRef: {}` and `accessKeyID: ""` are what charts leave behind.
    let is_filled = |value: Node<'_>| match value.text() {
        Some(text) => !text.is_empty(),
        None => value.entries().any(|entry| entry.value.text().is_some_and(|text| !text.is_empty())),
    };
    let entry = keys.iter().find_map(|key| holder?.entry(key)).filter(|entry| is_filled(entry.value))?;
    Some(StaticSource { cloud, entry, keyless, elsewhere: None })
}

/// A `dns01` solver of cert-manager; before 0.11 its providers had other names.
fn solver(solver: Node<'_>) -> Option<StaticSource<'_>> {
    let of = |cloud, provider, keys: &[&str], keyless| field(cloud, solver.get(provider), keys, keyless);
    let aws = ["secretAccessKeySecretRef", "accessKeyIDSecretRef", "accessKeyID"];
    let azure = |provider| {
        let keyless = "Set `managedIdentity`, and federate the account of cert-manager.";
        of(AZURE, provider, &["clientSecretSecretRef"], keyless)
    };
    let google = |provider| {
        let keyless = "Let the account of cert-manager act by workload identity.";
        of(GOOGLE, provider, &["serviceAccountSecretRef"], keyless)
    };
    of(AWS, "route53", &aws, "Give the account of cert-manager an IAM role, or name one in `role`.")
        .or_else(|| azure("azureDNS").or_else(|| azure("azuredns")))
        .or_else(|| google("cloudDNS").or_else(|| google("clouddns")))
}

fn velero(spec: Node<'_>) -> Option<StaticSource<'_>> {
    let provider = spec.get("provider").and_then(Node::text).unwrap_or_default();
    let cloud = match provider.rsplit('/').next() {
        Some("aws") => AWS,
        Some("azure") => AZURE,
        Some("gcp") => GOOGLE,
        _ => return None,
    };
    let keyless = "Leave `credential` out, and give the account of Velero a cloud identity.";
    let elsewhere = spec.at(&["config", "s3Url"]).filter(is_elsewhere);
    Some(StaticSource { elsewhere, ..field(cloud, Some(spec), &["credential"], keyless)? })
}

/// Whether an address of an object store is not that of AWS.
fn is_elsewhere(address: &Node<'_>) -> bool {
    address.text().is_some_and(|text| !text.is_empty() && !text.contains("amazonaws.com"))
}

fn keda(item: Node<'_>) -> Option<StaticSource<'_>> {
    let (cloud, keyless) = match &*item.get("parameter")?.text()? {
        "awsSecretAccessKey" => (AWS, "Set `podIdentity: {provider: aws}`."),
        "GoogleApplicationCredentials" => (GOOGLE, "Set `podIdentity: {provider: gcp}`."),
        _ => return None,
    };
    field(cloud, Some(item), &["parameter"], keyless)
}

/// The artifacts of a workflow (argo-workflows `Artifact`), each with the store that it lies in.
fn artifacts(spec: Node<'_>) -> Vec<Node<'_>> {
    let mut found = spec.all_at(&["arguments", "artifacts", "*"]);
    for way in ["inputs", "outputs"] {
        found.extend(spec.all_at(&["templates", "*", way, "artifacts", "*"]));
    }
    found
}

fn artifact(artifact: Node<'_>) -> Option<StaticSource<'_>> {
    let of = |cloud, store, keys: &[&str], keyless| field(cloud, artifact.get(store), keys, keyless);
    let aws = "Set `useSDKCreds: true`, and give the workflow's account an IAM role.";
    let google = "Leave it out, and let the workflow's account act by workload identity.";
    let azure = "Set `useSDKCreds: true`, and federate the workflow's account.";
    let elsewhere = artifact.at(&["s3", "endpoint"]).filter(is_elsewhere);
    of(AWS, "s3", &["secretKeySecret"], aws)
        .map(|source| StaticSource { elsewhere, ..source })
        .or_else(|| of(GOOGLE, "gcs", &["serviceAccountKeySecret"], google))
        .or_else(|| of(AZURE, "azure", &["accountKeySecret"], azure))
        .or_else(|| of("Alibaba Cloud", "oss", &["secretKeySecret"], "Set `useSDKCreds: true`."))
}

/// The object store of a backup (cloudnative-pg `BarmanObjectStoreConfiguration`).
fn barman(store: Node<'_>) -> Option<StaticSource<'_>> {
    let of = |cloud, holder, keys: &[&str], keyless| field(cloud, store.get(holder), keys, keyless);
    let aws = "Set `inheritFromIAMRole: true`, and give the cluster's account an IAM role.";
    let azure = "Set `inheritFromAzureAD: true`, and federate the cluster's account.";
    let azure_keys = ["connectionString", "storageKey", "storageSasToken"];
    let google = "Set `gkeEnvironment: true`, and let the cluster's account act.";
    let elsewhere = store.get("endpointURL").filter(is_elsewhere);
    of(AWS, "s3Credentials", &["secretAccessKey"], aws)
        .map(|source| StaticSource { elsewhere, ..source })
        .or_else(|| of(AZURE, "azureCredentials", &azure_keys, azure))
        .or_else(|| of(GOOGLE, "googleCredentials", &["applicationCredentials"], google))
}

/// Sources that Flux pulls from a cloud (source-controller, image-reflector-controller).
fn flux<'a>(kind: &str, spec: Node<'a>) -> Option<StaticSource<'a>> {
    let address = spec.get("endpoint").or_else(|| spec.get("url")).or_else(|| spec.get("image"))?.text()?;
    let provider = spec.get("provider").and_then(Node::text);
    let hosts = [
        (AWS, [".amazonaws.com", "public.ecr.aws"]),
        (AZURE, [".azurecr.io", ".blob.core.windows.net"]),
        (GOOGLE, ["storage.googleapis.com", ".pkg.dev"]),
    ];
    let named = match provider.as_deref() {
        Some("aws") => Some(AWS),
        Some("azure") => Some(AZURE),
        Some("gcp") => Some(GOOGLE),
        _ => hosts
            .iter()
            .find(|(_, hosts)| hosts.iter().any(|host| address.contains(host)))
            .map(|(cloud, _)| *cloud),
    };
    let keyless =
        "Set `provider` to the cloud, leave `secretRef` out, and give the controller's account an identity.";
    let pulls = matches!(kind, "Bucket" | "OCIRepository" | "HelmRepository" | "ImageRepository");
    field(named.filter(|_| pulls)?, Some(spec), &["secretRef"], keyless)
}

/// How a provider of Crossplane logs in.
fn crossplane<'a>(group: &str, spec: Node<'a>) -> Option<StaticSource<'a>> {
    let ours = group.ends_with(".upbound.io") || group.ends_with(".crossplane.io");
    let cloud = match group.split('.').next().filter(|_| ours)? {
        "aws" => AWS,
        "azure" => AZURE,
        "gcp" => GOOGLE,
        "alibaba" => "Alibaba Cloud",
        "oci" => "Oracle Cloud",
        _ => return None,
    };
    let keyless =
        "Let the provider's account log in: `IRSA`, `PodIdentity`, `OIDCTokenFile` or `InjectedIdentity`.";
    let stores =
        |login: &Node<'_>| login.get("source").and_then(Node::text).is_some_and(|source| source == "Secret");
    field(cloud, spec.get("credentials").filter(stores), &["source"], keyless)
}
