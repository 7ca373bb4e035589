//! Fields of operators' kinds that take a long-lived key of a cloud, where a short-lived one would do.
//!
//! Secret stores are not here: how they log in is a matter of its own.

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
    /// The field that says where else the same protocol is spoken: S3 that is not AWS.
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
    match (object.group.as_str(), &*object.kind) {
        ("cert-manager.io" | "certmanager.k8s.io", "Issuer" | "ClusterIssuer") => issuer(spec),
        ("velero.io", "BackupStorageLocation" | "VolumeSnapshotLocation") => velero(spec),
        ("keda.sh", "TriggerAuthentication" | "ClusterTriggerAuthentication") => keda(spec),
        ("postgresql.cnpg.io", "Cluster") => barman(spec.at(&["backup", "barmanObjectStore"])),
        ("barmancloud.cnpg.io", "ObjectStore") => barman(spec.get("configuration")),
        ("infrastructure.cluster.x-k8s.io", "AWSClusterStaticIdentity") => {
            let keyless = "Use an `AWSClusterRoleIdentity`, and give the controller's account an IAM role.";
            found(AWS, spec.entry("secretRef"), keyless).into_iter().collect()
        }
        ("infrastructure.cluster.x-k8s.io", "AzureClusterIdentity") => {
            let keyless = "Set `type: WorkloadIdentity`.";
            found(AZURE, spec.entry("clientSecret"), keyless).into_iter().collect()
        }
        (group, kind) if group.ends_with(".toolkit.fluxcd.io") => flux(kind, spec).into_iter().collect(),
        (group, "ProviderConfig" | "ClusterProviderConfig") => crossplane(group, spec).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn found<'a>(
    cloud: &'static str,
    entry: Option<Entry<'a>>,
    keyless: &'static str,
) -> Option<StaticSource<'a>> {
    // `secretRef: {}` and `accessKeyID: ""` are what charts leave behind.
    let says = |value: Node<'_>| match value.text() {
        Some(text) => !text.is_empty(),
        None => value.entries().any(|entry| entry.value.text().is_some_and(|text| !text.is_empty())),
    };
    let entry = entry.filter(|entry| says(entry.value))?;
    Some(StaticSource { cloud, entry, keyless, elsewhere: None })
}

/// `dns01` solvers: `solvers:`, and `providers:` of releases before 0.11.
fn issuer(spec: Node<'_>) -> Vec<StaticSource<'_>> {
    let acme = spec.get("acme");
    let of =
        |path: &'static [&'static str]| acme.and_then(|acme| acme.at(path)).into_iter().flat_map(Node::items);
    let solvers =
        of(&["solvers"]).filter_map(|solver| solver.get("dns01")).chain(of(&["dns01", "providers"]));
    solvers
        .filter_map(|solver| {
            let field = |provider: &str, keys: &[&str]| {
                let provider = solver.get(provider)?;
                keys.iter().find_map(|key| provider.entry(key))
            };
            let aws = ["secretAccessKeySecretRef", "accessKeyIDSecretRef", "accessKeyID"];
            let azure = field("azureDNS", &["clientSecretSecretRef"])
                .or_else(|| field("azuredns", &["clientSecretSecretRef"]));
            let google = field("cloudDNS", &["serviceAccountSecretRef"])
                .or_else(|| field("clouddns", &["serviceAccountSecretRef"]));
            found(
                AWS,
                field("route53", &aws),
                "Give the account of cert-manager an IAM role, or name one in `role`.",
            )
            .or_else(|| {
                found(AZURE, azure, "Set `managedIdentity`, and federate the account of cert-manager.")
            })
            .or_else(|| found(GOOGLE, google, "Let the account of cert-manager act by workload identity."))
        })
        .collect()
}

fn velero(spec: Node<'_>) -> Vec<StaticSource<'_>> {
    let provider = spec.get("provider").and_then(Node::text).unwrap_or_default();
    let cloud = match provider.rsplit('/').next() {
        Some("aws") => AWS,
        Some("azure") => AZURE,
        Some("gcp") => GOOGLE,
        _ => return Vec::new(),
    };
    let keyless = "Leave `credential` out, and give the account of Velero a cloud identity.";
    let elsewhere = spec.at(&["config", "s3Url"]).filter(|url| !is_aws(*url));
    let source = found(cloud, spec.entry("credential"), keyless);
    source.map(|source| StaticSource { elsewhere, ..source }).into_iter().collect()
}

fn is_aws(address: Node<'_>) -> bool {
    address.text().is_none_or(|text| text.is_empty() || text.contains("amazonaws.com"))
}

fn keda(spec: Node<'_>) -> Vec<StaticSource<'_>> {
    let items = spec.get("secretTargetRef").into_iter().flat_map(Node::items);
    let of = |item: Node<'_>| match item.get("parameter").and_then(Node::text).as_deref() {
        Some("awsSecretAccessKey") => Some((AWS, "Set `podIdentity: {provider: aws}`.")),
        Some("GoogleApplicationCredentials") => Some((GOOGLE, "Set `podIdentity: {provider: gcp}`.")),
        _ => None,
    };
    items
        .filter_map(|item| {
            of(item).and_then(|(cloud, keyless)| found(cloud, item.entry("parameter"), keyless))
        })
        .collect()
}

/// The object store of a backup (cloudnative-pg `BarmanObjectStoreConfiguration`).
fn barman(store: Option<Node<'_>>) -> Vec<StaticSource<'_>> {
    let at = |path: &[&str]| store.and_then(|store| store.at(path));
    let aws = at(&["s3Credentials"]).and_then(|keys| keys.entry("secretAccessKey"));
    let azure = at(&["azureCredentials"]).and_then(|keys| {
        ["connectionString", "storageKey", "storageSasToken"].iter().find_map(|key| keys.entry(key))
    });
    let google = at(&["googleCredentials"]).and_then(|keys| keys.entry("applicationCredentials"));
    let elsewhere = at(&["endpointURL"]).filter(|url| !is_aws(*url));
    let aws = found(AWS, aws, "Set `inheritFromIAMRole: true`, and give the cluster's account an IAM role.");
    let all = aws
        .map(|source| StaticSource { elsewhere, ..source })
        .or_else(|| {
            found(AZURE, azure, "Set `inheritFromAzureAD: true`, and federate the cluster's account.")
        })
        .or_else(|| found(GOOGLE, google, "Set `gkeEnvironment: true`, and let the cluster's account act."));
    all.into_iter().collect()
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
    found(named.filter(|_| pulls)?, spec.entry("secretRef"), keyless)
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
    let source = spec.get("credentials")?.entry("source")?;
    let keyless =
        "Let the provider's account log in: `IRSA`, `PodIdentity`, `OIDCTokenFile` or `InjectedIdentity`.";
    let stores = source.value.text().is_some_and(|source| source == "Secret");
    found(cloud, Some(source).filter(|_| stores), keyless)
}
