//! What runs to an end: when it is stopped at the latest, and how long its finished pods are kept.
//!
//! As it is written, or by the defaults of the kind's controller.

use super::Object;
use super::duration::{cron_period, go_duration, in_words};
use super::workload::{Shape, Workload};
use crate::yaml::{Entry, Node};

/// A run to an end.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// The `spec:` that decides: the Job's own, or that of the workflow or run.
    pub spec: Entry<'a>,
    /// When it is stopped.
    pub deadline: Deadline,
    /// How long its pods stay after they finished.
    pub kept: Kept,
    /// Whether it is switched off.
    pub suspended: bool,
    /// Which API its fields are of.
    pub shape: Shape,
    /// Where they stand.
    pub limits: Limits,
}

/// Where the fields stand that stop a run and delete what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// In the `spec`.
    Spec,
    /// In the `spec`, with a switch without which nothing is deleted (ray-project/kuberay `RayJob`).
    SpecWithSwitch,
    /// In this mapping of the `spec`.
    In(&'static str),
    /// The kind has others, or none.
    Unknown,
}

/// The kinds whose pod templates stand in the spec of a Job of the batch API.
const AROUND_JOBS: &[(&str, &str)] = &[
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("keda.sh", "ScaledJob"),
    ("jobset.x-k8s.io", "JobSet"),
    ("apps.kruise.io", "AdvancedCronJob"),
];

/// Where other kinds have the same fields: kubeflow/training-operator `RunPolicy`, openkruise/kruise `CompletionPolicy`.
const OTHERS: &[(&str, &str, Limits)] = &[
    ("kubeflow.org", "TFJob", Limits::In("runPolicy")),
    ("kubeflow.org", "PyTorchJob", Limits::In("runPolicy")),
    ("kubeflow.org", "MPIJob", Limits::In("runPolicy")),
    ("kubeflow.org", "XGBoostJob", Limits::In("runPolicy")),
    ("apps.kruise.io", "BroadcastJob", Limits::In("completionPolicy")),
    ("ray.io", "RayJob", Limits::SpecWithSwitch),
];

impl Task<'_> {
    /// The field that stops it after so many seconds, as a path below its `spec` and the value there.
    #[must_use]
    pub fn stopping(&self, seconds: i64) -> (&'static str, String) {
        match self.shape {
            Shape::Tekton => ("timeout", format!("{seconds}s")),
            _ => ("activeDeadlineSeconds", seconds.to_string()),
        }
    }

    /// The fields that delete its finished pods after so many seconds.
    #[must_use]
    pub fn deleting(&self, seconds: i64) -> Vec<(&'static str, String)> {
        let after = (TIME_TO_LIVE, seconds.to_string());
        match (self.shape, self.limits) {
            (Shape::Workflow, _) => vec![("podGC", "{strategy: OnPodCompletion}".to_owned())],
            (_, Limits::SpecWithSwitch) => vec![(SWITCH, "true".to_owned()), after],
            _ => vec![after],
        }
    }

    /// Whether it waits for a person: a workflow with a `suspend` step.
    #[must_use]
    pub fn waits(&self) -> bool {
        let mut templates = self.spec.value.get("templates").into_iter().flat_map(Node::items);
        templates.any(|template| template.get("suspend").is_some())
    }
}

/// When a task is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// After so many seconds.
    Seconds(i64),
    /// Never.
    None,
    /// Something that is not here decides.
    Unknown,
}

impl Deadline {
    /// The seconds, if they are known.
    #[must_use]
    pub fn seconds(self) -> Option<i64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::None | Self::Unknown => None,
        }
    }
}

/// How long finished pods stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// So many seconds.
    Seconds(i64),
    /// Until so many later runs have finished.
    Runs {
        /// How many.
        count: i64,
        /// The seconds between two that finish, where the schedule says it.
        period: Option<i64>,
    },
    /// Until the next release of Helm replaces the hook.
    NextRelease,
    /// Until the next sync of Argo CD replaces the hook.
    NextSync,
    /// Until the next sync of Argo CD that fails replaces the hook, which runs after no other.
    NextFailedSync,
    /// Until somebody deletes them.
    Forever,
    /// Something that is not here decides.
    Unknown,
}

impl std::fmt::Display for Kept {
    /// As it follows "is kept".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "for {}", in_words(*seconds)),
            Self::Runs { count: 1, .. } => f.write_str("until the next run has finished"),
            Self::Runs { count, .. } => write!(f, "for {count} more runs"),
            Self::NextRelease => f.write_str("until the next release"),
            Self::NextSync => f.write_str("until the next sync"),
            Self::NextFailedSync => f.write_str("until the next sync that fails"),
            Self::Forever => f.write_str("until somebody deletes it"),
            Self::Unknown => f.write_str("for a time that is not known"),
        }
    }
}

impl Kept {
    /// Whether pods are certainly gone after `slack` seconds.
    #[must_use]
    pub fn ends_within(self, slack: i64) -> bool {
        matches!(self, Self::Seconds(seconds) if seconds <= slack)
    }

    /// Whether pods stay longer than `slack` seconds, as far as it is known.
    #[must_use]
    pub fn exceeds(self, slack: i64) -> bool {
        match self {
            Self::Seconds(seconds) => seconds > slack,
            Self::Unknown => false,
            Self::Runs { count, period } => period.is_none_or(|period| count.saturating_mul(period) > slack),
            Self::NextRelease | Self::NextSync | Self::NextFailedSync | Self::Forever => true,
        }
    }
}

/// The task that a workload is, for kinds with fields for it: the batch API, Argo workflows, Tekton runs.
#[must_use]
pub fn task<'a>(object: &Object<'a>, workload: &Workload<'a>) -> Option<Task<'a>> {
    match (workload.shape, &*object.kind) {
        (Shape::Workflow, "Workflow" | "CronWorkflow") => Some(workflow(object, workload)),
        (Shape::Tekton, "TaskRun" | "PipelineRun") => Some(Task {
            spec: workload.spec,
            deadline: tekton_deadline(workload.spec.value),
            kept: Kept::Unknown,
            suspended: false,
            shape: workload.shape,
            limits: Limits::Spec,
        }),
        (Shape::PodSpec, _) => workload.job.map(|spec| job(object, workload, spec)),
        _ => None,
    }
}

/// The field that deletes a Job so many seconds after its end.
pub const TIME_TO_LIVE: &str = "ttlSecondsAfterFinished";

/// The switch of Ray's controller.
const SWITCH: &str = "shutdownAfterJobFinishes";

/// k8s.io/api batch/v1; what wraps a Job (CronJob, `ScaledJob`, JobSet) adds its own limits.
fn job<'a>(object: &Object<'a>, workload: &Workload<'a>, template: Entry<'a>) -> Task<'a> {
    let around = object.node.get("spec");
    let known = OTHERS.iter().find(|known| known.0 == object.group && known.1 == object.kind);
    let limits = match known {
        Some((.., limits)) => *limits,
        None if AROUND_JOBS.contains(&(object.group.as_str(), &*object.kind)) => Limits::Spec,
        None => Limits::Unknown,
    };
    let spec = known.and_then(|_| object.node.entry("spec")).unwrap_or(template);
    let own = match limits {
        Limits::In(key) => spec.value.get(key),
        _ => Some(spec.value),
    };
    let all = own.into_iter().chain([workload.spec.value]);
    let deadline = all.filter_map(|limit| seconds(limit.get("activeDeadlineSeconds"))).min();
    let flag = |node: Option<Node<'_>>| node?.get("suspend")?.as_bool();
    // Without its switch Ray's controller deletes nothing, and with it at once where no time is given.
    let kept = match (limits, spec.value.get(SWITCH).and_then(Node::as_bool)) {
        (Limits::SpecWithSwitch, Some(true)) => {
            Kept::Seconds(seconds(spec.value.get(TIME_TO_LIVE)).unwrap_or(0))
        }
        (Limits::SpecWithSwitch, _) => Kept::Forever,
        _ => own.map_or(Kept::Forever, |own| kept(object, own)),
    };
    Task {
        spec,
        deadline: deadline.map_or(Deadline::None, Deadline::Seconds),
        kept,
        suspended: flag(around) == Some(true) || flag(own) == Some(true),
        shape: workload.shape,
        limits,
    }
}

fn kept(object: &Object<'_>, job: Node<'_>) -> Kept {
    let around = object.node.get("spec");
    let time_to_live = |node: Option<Node<'_>>| seconds(node?.get(TIME_TO_LIVE));
    if let Some(seconds) = time_to_live(Some(job)).or_else(|| time_to_live(around)) {
        return Kept::Seconds(seconds);
    }
    if object.is_hook() {
        return match object.annotation("helm.sh/hook") {
            _ if ends_with_success(object) => Kept::Seconds(0),
            Some(_) => Kept::NextRelease,
            None if runs_after_failures_only(object) => Kept::NextFailedSync,
            None => Kept::NextSync,
        };
    }
    // kubernetes pkg/apis/batch/v1/defaults.go; keda apis/keda/v1alpha1 `defaultSuccessfulJobsHistoryLimit`.
    let (successful, failed) = match &*object.kind {
        "CronJob" | "AdvancedCronJob" => (3, 1),
        "ScaledJob" => (100, 100),
        _ => return Kept::Forever,
    };
    history(around, successful, failed)
}

/// How many finished runs are kept. Where successful ones go at once, the failed one is kept on purpose, to be read.
fn history(spec: Option<Node<'_>>, successful: i64, failed: i64) -> Kept {
    let limit = |key: &str, default| seconds(spec.and_then(|spec| spec.get(key))).unwrap_or(default);
    let successful = limit("successfulJobsHistoryLimit", successful);
    match successful {
        0 => Kept::Seconds(0),
        _ => Kept::Runs {
            count: successful.max(limit("failedJobsHistoryLimit", failed)),
            period: spec.and_then(period),
        },
    }
}

/// The seconds between two runs that finish. Where a run waits for the one before it, that may take as long as one may run.
fn period(spec: Node<'_>) -> Option<i64> {
    let scheduled = cron_period(&spec.get("schedule")?.text()?)?;
    let waits = spec.get("concurrencyPolicy").and_then(Node::text).is_some_and(|policy| policy != "Allow");
    if !waits {
        return Some(scheduled);
    }
    let job = ["jobTemplate", "workflowSpec"].into_iter().find_map(|key| spec.get(key))?;
    let job = job.get("spec").unwrap_or(job);
    let longest = seconds(job.get("activeDeadlineSeconds"))?;
    Some(scheduled.max(longest))
}

/// Whether a hook of Argo CD runs only where a sync failed (Argo CD "Resource Hooks", `SyncFail`).
fn runs_after_failures_only(object: &Object<'_>) -> bool {
    let phases = object.annotation("argocd.argoproj.io/hook").and_then(Node::text);
    phases.is_some_and(|phases| phases.split(',').all(|phase| phase.trim() == "SyncFail"))
}

/// Whether a hook is deleted when it succeeds (Helm "Hook deletion policies", Argo CD "Resource Hooks").
fn ends_with_success(object: &Object<'_>) -> bool {
    let policies = ["helm.sh/hook-delete-policy", "argocd.argoproj.io/hook-delete-policy"];
    let texts = policies.iter().filter_map(|key| object.annotation(key)?.text());
    texts
        .into_iter()
        .any(|text| text.split(',').any(|policy| matches!(policy.trim(), "hook-succeeded" | "HookSucceeded")))
}

/// Argo workflows: a limit for the whole, or one on every template that makes a pod (argo-workflows v1alpha1).
fn workflow<'a>(object: &Object<'a>, workload: &Workload<'a>) -> Task<'a> {
    let spec = workload.spec.value;
    let of_templates = || {
        let templates = spec.get("templates").into_iter().flat_map(Node::items);
        let pods = templates.filter(|template| {
            ["container", "script", "containerSet"].iter().any(|key| template.get(key).is_some())
        });
        let limits: Option<Vec<i64>> =
            pods.map(|template| seconds(template.get("activeDeadlineSeconds"))).collect();
        limits?.into_iter().max()
    };
    let deadline = match seconds(spec.get("activeDeadlineSeconds")).or_else(of_templates) {
        Some(seconds) => Deadline::Seconds(seconds),
        None if spec.get("workflowTemplateRef").is_some() => Deadline::Unknown,
        None => Deadline::None,
    };
    let around = object.node.get("spec").filter(|_| &*object.kind == "CronWorkflow");
    Task {
        spec: workload.spec,
        deadline,
        kept: kept_by_argo(spec, around),
        suspended: around.and_then(|around| around.get("suspend")?.as_bool()) == Some(true),
        shape: workload.shape,
        limits: Limits::Spec,
    }
}

fn kept_by_argo(spec: Node<'_>, cron: Option<Node<'_>>) -> Kept {
    let collects = spec.at(&["podGC", "strategy"]).and_then(Node::as_str);
    if collects.is_some_and(|strategy| !strategy.is_empty()) {
        return Kept::Seconds(0);
    }
    let after = ["secondsAfterCompletion", "secondsAfterSuccess"]
        .into_iter()
        .find_map(|key| seconds(spec.at(&["ttlStrategy", key])));
    match (after, cron) {
        (Some(seconds), _) => Kept::Seconds(seconds),
        (None, _) if spec.get("workflowTemplateRef").is_some() => Kept::Unknown,
        (None, Some(_)) => history(cron, 3, 1),
        (None, None) => Kept::Forever,
    }
}

/// Tekton stops a run after an hour by default; `0` is never (tektoncd `config-defaults`).
fn tekton_deadline(spec: Node<'_>) -> Deadline {
    let written = spec.at(&["timeouts", "pipeline"]).or_else(|| spec.get("timeout")).and_then(Node::text);
    match written.map(|text| go_duration(&text)) {
        Some(Some(0)) => Deadline::None,
        Some(Some(seconds)) => Deadline::Seconds(seconds),
        Some(None) => Deadline::Unknown,
        None => Deadline::Seconds(3600),
    }
}

/// A count of seconds or runs, also where it is written as a string.
fn seconds(node: Option<Node<'_>>) -> Option<i64> {
    let node = node?;
    let number = node.as_i64().or_else(|| node.as_str()?.parse().ok())?;
    (number >= 0).then_some(number)
}

/// A Vault agent that is injected into a task, and what it leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultAgent {
    /// It does not revoke its token when the task ends.
    KeepsToken,
    /// It hands the token itself to the task.
    HandsOver,
    /// It only fills files before the task starts, so that nothing can revoke its token.
    InitOnly,
}

/// The annotation of the pod that decides what the Vault agent leaves behind (vault-k8s `agent-inject/agent`).
#[must_use]
pub fn vault_agent<'a>(workload: &Workload<'a>) -> Option<(VaultAgent, Entry<'a>)> {
    let annotations = workload.pod_annotations()?;
    let entry = |name: &str| annotations.entry(&format!("vault.hashicorp.com/{name}"));
    let set =
        |name: &str| entry(name).filter(|entry| entry.value.text().is_some_and(|value| value == "true"));
    let inject = set("agent-inject")?;
    if let Some(token) = set("agent-inject-token") {
        return Some((VaultAgent::HandsOver, token));
    }
    if let Some(only) = set("agent-pre-populate-only") {
        return Some((VaultAgent::InitOnly, only));
    }
    match set("agent-revoke-on-shutdown") {
        Some(_) => None,
        None => Some((VaultAgent::KeepsToken, entry("agent-revoke-on-shutdown").unwrap_or(inject))),
    }
}
