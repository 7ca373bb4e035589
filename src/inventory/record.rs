//! The record of an identity: owned data that needs neither graph nor run, and that every surface reads.
//!
//! Version 1 of `inventory.schema.json` describes it. Fields are added and never renamed. What the input does not say is
//! `null` or an empty list.

use serde::Serialize;

use crate::finding::Severity;
use crate::graph::ObjectId;
use crate::graph::record::{
    Confidence, GrantRecord, Location, PowerRecord, StepRecord, Tier, UnknownRole, WorkloadRecord,
};

/// The version of the record.
pub const VERSION: u8 = 1;

/// How an identity is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Its `ServiceAccount` is in the input.
    Declared,
    /// It is the account `default`, which every namespace has.
    ImplicitDefault,
    /// Workloads of the input run as it, and nothing in the input declares it.
    Unresolved,
    /// It is bound or a token of it is kept, and neither an account nor a workload is in the input.
    External,
}

words!(Origin {
    Declared => "declared", ImplicitDefault => "implicit-default", Unresolved => "unresolved", External => "external"
});

/// An identity, and all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// [`VERSION`].
    pub version: u8,
    /// The repository that it is of, where that is known: records of many repositories make one table.
    pub repository: Option<String>,
    /// `sa:CLUSTER/NAMESPACE/NAME`, with `~` for what is not known; `@ROOT` follows where several would be called the same.
    pub id: String,
    /// `serviceAccount`.
    pub kind: &'static str,
    /// How it is known.
    pub origin: Origin,
    /// Its cluster, where that is known.
    pub cluster: Option<String>,
    /// Its namespace, where that is known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What its objects are applied with: a folder, a chart, a kustomization.
    pub root: String,
    /// The environment in one word: `prod`, `stage`, `dev`.
    pub environment: Option<String>,
    /// The tier of the settings that its namespace is judged in, where there are tiers.
    pub namespace_tier: Option<String>,
    /// Where its `ServiceAccount` is written.
    pub declared: Option<Location>,
    /// `job` and `service`: what kinds of workloads run as it.
    pub classes: Vec<&'static str>,
    /// `build`, `deploy` and `runtime`: what these are for.
    pub planes: Vec<&'static str>,
    /// What runs as it.
    pub workloads: Vec<Workload>,
    /// Who answers for it: the nearest level that names somebody.
    pub owner: Option<Owner>,
    /// What it is for, in the words of whoever wrote its annotation.
    pub purpose: Option<String>,
    /// What its annotation says that it depends on.
    pub dependencies: Vec<String>,
    /// Whether a pod of it holds its token; `null` where that is not known.
    pub token_mounted: Option<bool>,
    /// Whether a workload of it is reached from outside the cluster.
    pub exposed: bool,
    /// Tokens and keys by which somebody can act as it.
    pub credentials: Vec<Credential>,
    /// Secrets that its workloads read, or that it may read by name.
    pub secrets: Vec<Secret>,
    /// What it may do at the API server.
    pub permissions: Permissions,
    /// How strong it is.
    pub tier: Strength,
    /// What it is in clouds.
    pub cloud: Vec<Cloud>,
    /// The exceptions that hide findings about it.
    pub exceptions: Vec<ExceptionUse>,
    /// Whether it is marked as access for emergencies.
    pub break_glass: bool,
    /// When it was reviewed, and until when it has to be.
    pub review: Option<Review>,
    /// The findings about it.
    pub findings: Vec<FindingUse>,
    /// Its account, its workloads, the Secrets with its tokens.
    #[serde(skip)]
    pub objects: Vec<ObjectId>,
    /// A hash of its id and of what it may do, 32 hexadecimal digits: equal records have equal ones, wherever they stand.
    pub fingerprint: String,
}

/// A pod template that runs as an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// The object, its kind and name, and where that is written.
    #[serde(flatten)]
    pub at: WorkloadRecord,
    /// `job` or `service`.
    pub class: &'static str,
    /// `build`, `deploy` or `runtime`; none where that is not known.
    pub plane: Option<&'static str>,
    /// When a `CronJob` runs.
    pub schedule: Option<String>,
    /// What opens it to the outside of the cluster.
    pub exposed_by: Vec<String>,
    /// Its containers.
    pub containers: Vec<Container>,
}

/// A container of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image; empty where none is named.
    pub image: String,
    /// Whether the image is named by its digest.
    pub pinned: bool,
}

/// Who answers for an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// As written: a team, a handle, a group address.
    pub value: String,
    /// The level that says so: `workload`, `serviceaccount`, `namespace`, `application`, `codeowners`.
    pub level: &'static str,
    /// Where that is written, where that is a manifest.
    pub location: Option<Location>,
}

/// By what means somebody acts as an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// The token that admission mounts into pods.
    InjectedToken,
    /// A token in a projected volume.
    ProjectedToken,
    /// A token that `kubectl create token` makes in a script.
    CreatedToken,
    /// A token for a cloud, whose lifetime an annotation sets.
    CloudToken,
    /// A Secret with a token that never expires by itself.
    StaticToken,
    /// A credential that stands in the pod template as text.
    Literal,
}

words!(CredentialKind {
    InjectedToken => "injected-token", ProjectedToken => "projected-token", CreatedToken => "created-token",
    CloudToken => "cloud-token", StaticToken => "static-token", Literal => "literal"
});

/// A token or key. It holds no value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// By what means.
    #[serde(rename = "type")]
    pub kind: CredentialKind,
    /// What gets it: `CronJob/export`; none for one that stands by itself.
    pub workload: Option<String>,
    /// The Secret that keeps it, as `NAMESPACE/NAME`; of a literal what it is, as `an AWS key`.
    pub what: Option<String>,
    /// Who it is for; none is the API server.
    pub audience: Option<String>,
    /// Seconds that are asked for; none where nothing is asked, or it does not end.
    pub requested_seconds: Option<i64>,
    /// Seconds that it is good for; none where it does not end.
    pub effective_seconds: Option<i64>,
    /// Where it is written, or what gets it.
    pub location: Location,
}

/// A Secret that an identity reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// Its namespace, where that is known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// How: `env`, `envFrom`, `volume`, `pull`, `rbac`.
    pub via: &'static str,
    /// The entries of it that are read; none means all.
    pub keys: Vec<String>,
    /// What of the input makes it: `external` (a store), `sealed`, `encrypted`, `plain` (readable in the repository),
    /// `unknown` (nothing in the input).
    pub store: &'static str,
    /// What reads it; none where a permission does.
    pub workload: Option<String>,
    /// The other identities that read it, as far as they are in the input; so many are listed at most.
    pub shared_with: Vec<String>,
    /// Where it is named.
    pub location: Location,
}

/// What an identity may do at the API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Permissions {
    /// The rules of roles, by namespace.
    pub rules: Vec<GrantRecord>,
    /// The same in the words of the tier table, the strongest first.
    pub primitives: Vec<PowerRecord>,
    /// Roles that are bound to it and that are not in the input: what they allow is not known.
    pub unknown: Vec<UnknownRole>,
}

/// How strong an identity is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Strength {
    /// By what it may do itself.
    pub direct: Tier,
    /// By the strongest that it can become.
    pub reachable: Tier,
    /// How far `reachable` can be relied on.
    pub confidence: Confidence,
    /// The way there.
    pub path: Vec<StepRecord>,
}

/// What an identity is in a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cloud {
    /// Whose cloud.
    pub provider: &'static str,
    /// The identity there.
    pub identity: String,
    /// The account or project that it belongs to, where its name says so.
    pub account: Option<String>,
    /// How it is given: `annotation`, `association`, `federation`, `webhookConfig`, `environment`, `podAnnotation`.
    pub via: &'static str,
    /// The other accounts that are the same there.
    pub shared_with: Vec<String>,
    /// Where that is written.
    pub location: Location,
}

/// An exception that hides a finding about an identity, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExceptionUse {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// The rules that it is for.
    pub rules: Vec<String>,
    /// Who is to mend the flaw.
    pub owner: Option<String>,
    /// Who approved it.
    pub approver: Option<String>,
    /// Its last day, as `2027-01-31`.
    pub until: Option<String>,
    /// `active`, `soon`, `expired`, `invalid`, `unused`.
    pub state: &'static str,
    /// Where it is written.
    pub location: Location,
}

/// When an identity was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The last day of a review, as written.
    pub last: Option<String>,
    /// The day that the next is due, as written.
    pub by: Option<String>,
    /// Whether that day is over; none where it is no day.
    pub overdue: Option<bool>,
}

/// A finding about an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingUse {
    /// The rule.
    pub rule: String,
    /// Which form of it.
    pub form: &'static str,
    /// `error`, `warning`, `info`.
    pub severity: Severity,
    /// What it is known by.
    pub fingerprint: String,
    /// What takes it out of the counts: `baseline`, `exception`, `inline`; none where it counts.
    pub suppressed: Option<&'static str>,
    /// Where it stands.
    pub location: Location,
}
