//! What runs: every pod template of an object, whatever its kind calls it, with its account and its containers.

use std::borrow::Cow;

use super::Object;
use super::container::{Container, Role};
use super::kinds::{Run, pod_kind_of};
use super::pipelines::{argo, tekton, volume_holders};
use crate::yaml::{Entry, Node};

/// What a pod template says of its ServiceAccount.
#[derive(Clone, Debug)]
pub enum Account<'a> {
    /// It names one.
    Named {
        /// The name; never empty.
        name: Cow<'a, str>,
        /// The entry that names it.
        entry: Entry<'a>,
    },
    /// It names none, so Kubernetes takes `default`.
    Unset,
    /// An Argo workflow that takes what the template it refers to says.
    Template {
        /// Name of the WorkflowTemplate.
        name: Cow<'a, str>,
        /// Whether it is a ClusterWorkflowTemplate.
        cluster_scope: bool,
    },
    /// It has none of its own, or its controller decides in a way that is not known here.
    Unknown,
}

/// Where the pods of a workload come from, as far as rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A pod spec as the core API defines it.
    PodSpec,
    /// An Argo workflow: its executor reports through the API.
    Workflow,
    /// A Tekton run or task.
    Tekton,
    /// A kind that is known by its `containers:` only, or whose operator builds the pod.
    Other,
}

/// One pod template.
#[derive(Clone, Debug)]
pub struct Workload<'a> {
    /// The mapping that is, or stands for, the pod spec.
    pub spec: Entry<'a>,
    /// The mapping with the pod's `metadata`, where the kind has one apart from the object's own.
    pub template: Option<Node<'a>>,
    /// The Job's own `spec:` entry, for kinds of the batch API.
    pub job: Option<Entry<'a>>,
    /// The account.
    pub account: Account<'a>,
    /// The retired `serviceAccount:` entry, if there.
    pub deprecated: Option<Entry<'a>>,
    /// Every container, in the order that the kind lists them.
    pub containers: Vec<Container<'a>>,
    /// How its pods end.
    pub run: Run,
    /// Where its pods come from.
    pub shape: Shape,
}

impl<'a> Workload<'a> {
    /// A workload without what only some kinds have.
    pub(super) fn plain(
        spec: Entry<'a>,
        account: Account<'a>,
        containers: Vec<Container<'a>>,
        run: Run,
        shape: Shape,
    ) -> Self {
        Self { spec, template: None, job: None, account, deprecated: None, containers, run, shape }
    }

    /// `automountServiceAccountToken` of the pod.
    #[must_use]
    pub fn automount(&self) -> Option<Entry<'a>> {
        self.spec.value.entry("automountServiceAccountToken").filter(|entry| entry.value.as_bool().is_some())
    }

    /// The pod's volumes; of a workflow or run, those of every pod that it makes.
    pub fn volumes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let holders = match self.shape {
            Shape::Workflow | Shape::Tekton => volume_holders(self.spec.value),
            Shape::PodSpec | Shape::Other => vec![self.spec.value],
        };
        let of = |holder: Node<'a>| list(holder, "volumes").chain(list(holder, "workspaces"));
        holders.into_iter().flat_map(of)
    }

    /// What `serviceAccount` says, the alias from before `serviceAccountName` (kubernetes
    /// `pkg/apis/core/v1/conversion.go`), beside what the field of today says. Kinds that are no pod specs may mean
    /// something else by it.
    #[must_use]
    pub fn aliased_account(&self) -> Option<(Node<'a>, Option<Node<'a>>)> {
        let is_name = |node: &Node<'a>| node.text().is_some_and(|name| !name.is_empty());
        let alias = self.deprecated.filter(|_| self.shape == Shape::PodSpec)?.value;
        let today = self.spec.value.get("serviceAccountName").filter(is_name);
        Some((alias, today)).filter(|_| is_name(&alias))
    }

    /// An annotation of the pod, not of the object around it.
    #[must_use]
    pub fn pod_annotation(&self, key: &str) -> Option<Node<'a>> {
        self.pod_annotations()?.get(key)
    }

    /// The annotations of the pod, not of the object around it.
    #[must_use]
    pub fn pod_annotations(&self) -> Option<Node<'a>> {
        self.pod_metadata()?.get("annotations")
    }

    /// The metadata of the pod; Argo workflows call it `podMetadata`.
    #[must_use]
    pub fn pod_metadata(&self) -> Option<Node<'a>> {
        let template = self.template?;
        template.get(if self.shape == Shape::Workflow { "podMetadata" } else { "metadata" })
    }

    /// Whether any container names an image: a patch of a workload usually does not.
    #[must_use]
    pub fn has_image(&self) -> bool {
        self.containers.iter().any(|container| container.node.get("image").is_some())
    }
}

/// The pod templates of an object; empty for kinds that run nothing.
#[must_use]
pub fn workloads<'a>(object: &Object<'a>) -> Vec<Workload<'a>> {
    let mut found = match (object.group.as_str(), &*object.kind) {
        ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate") => {
            object.node.entry("spec").map(argo).unwrap_or_default()
        }
        ("argoproj.io", "CronWorkflow") => {
            object.node.get("spec").and_then(|spec| spec.entry("workflowSpec")).map(argo).unwrap_or_default()
        }
        ("tekton.dev", _) => {
            object.node.entry("spec").map(|spec| tekton(&object.kind, spec)).unwrap_or_default()
        }
        ("monitoring.coreos.com", "Prometheus" | "PrometheusAgent" | "Alertmanager" | "ThanosRuler")
        | ("triggers.tekton.dev", "EventListener") => {
            object.node.entry("spec").map(operated).into_iter().collect()
        }
        ("sparkoperator.k8s.io", "SparkApplication") => ["driver", "executor"]
            .iter()
            .filter_map(|part| object.node.get("spec")?.entry(part))
            .map(spark)
            .collect(),
        (group, kind) => match pod_kind_of(group, kind) {
            Some(known) => known
                .templates
                .iter()
                .flat_map(|path| resolve(object.node, path))
                .filter_map(|template| pod_template(template, known.run))
                .collect(),
            None => Vec::new(),
        },
    };
    if found.is_empty() && pod_kind_of(&object.group, &object.kind).is_none() && may_hold_pods(object) {
        unknown(object.node, UNKNOWN_DEPTH, &mut found);
    }
    if object.is_hook() {
        for workload in &mut found {
            workload.run = Run::Job;
        }
    }
    found
}

/// Mappings at a path such as `spec.tasks.*.template`, with the entry of each one's parent.
fn resolve<'a>(root: Node<'a>, path: &str) -> Vec<(Node<'a>, Option<Entry<'a>>)> {
    // A mapping, the entry that it is the value of, and the entry of its parent.
    let mut at = vec![(root, None, None)];
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let mut next = Vec::new();
        for (node, own, _) in at {
            if step == "*" {
                next.extend(node.items().map(|item| (item, None, own)));
                next.extend(node.entries().map(|entry| (entry.value, Some(entry), own)));
            } else if let Some(entry) = node.entry(step) {
                next.push((entry.value, Some(entry), own));
            }
        }
        at = next;
    }
    at.into_iter().map(|(node, _, parent)| (node, parent)).collect()
}

fn pod_template<'a>((template, parent): (Node<'a>, Option<Entry<'a>>), run: Run) -> Option<Workload<'a>> {
    let spec = template.entry("spec").filter(|entry| entry.value.is_map())?;
    let (account, deprecated) = account(spec.value, Account::Unset);
    let workload = Workload::plain(spec, account, pod_containers(spec.value), run, Shape::PodSpec);
    let job = parent.filter(|_| run == Run::Job);
    Some(Workload { template: Some(template), job, deprecated, ..workload })
}

/// `serviceAccountName`, else its retired alias `serviceAccount`; an empty name is none.
pub(super) fn account<'a>(spec: Node<'a>, unset: Account<'a>) -> (Account<'a>, Option<Entry<'a>>) {
    let named = |key| {
        let entry = spec.entry(key)?;
        let name = entry.value.as_str().filter(|name| !name.is_empty())?;
        Some(Account::Named { name, entry })
    };
    let account = named("serviceAccountName").or_else(|| named("serviceAccount")).unwrap_or(unset);
    (account, spec.entry("serviceAccount").filter(|entry| entry.value.is_scalar()))
}

fn pod_containers(spec: Node<'_>) -> Vec<Container<'_>> {
    let restarts =
        |node: &Node<'_>| node.get("restartPolicy").and_then(Node::as_str).as_deref() == Some("Always");
    let init = |node| Container { node, role: if restarts(&node) { Role::Sidecar } else { Role::Init } };
    let of = |key, role| list(spec, key).map(move |node| Container { node, role });
    let init = list(spec, "initContainers").map(init);
    init.chain(of("containers", Role::Main)).chain(of("ephemeralContainers", Role::Ephemeral)).collect()
}

pub(super) fn list<'a>(node: Node<'a>, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.get(key).into_iter().flat_map(Node::items).filter(|item| item.is_map())
}

/// Kinds whose operator makes the pod: `spec.serviceAccountName`, and extra containers.
fn operated(spec: Entry<'_>) -> Workload<'_> {
    let (account, deprecated) = account(spec.value, Account::Unknown);
    let workload = Workload::plain(spec, account, pod_containers(spec.value), Run::Service, Shape::Other);
    Workload { deprecated, ..workload }
}

/// `spec.driver` and `spec.executor` of a SparkApplication (kubeflow/spark-operator v1beta2).
fn spark(part: Entry<'_>) -> Workload<'_> {
    let (account, _) = account(part.value, Account::Unknown);
    let containers = vec![Container { node: part.value, role: Role::Main }];
    Workload::plain(part, account, containers, Run::Job, Shape::Other)
}

/// How deep an unknown kind is searched.
const UNKNOWN_DEPTH: usize = 24;

/// Kinds that hold texts about pods, not pods.
fn may_hold_pods(object: &Object<'_>) -> bool {
    let about = ["kyverno.io", "gatekeeper.sh", "kustomize.config.k8s.io", "apiextensions.k8s.io"];
    !about.iter().any(|group| object.group == *group || object.group.ends_with(&format!(".{group}")))
        && !matches!(&*object.kind, "ConfigMap" | "Secret" | "Kustomization" | "Component" | "HelmRelease")
        && object.group != "argoproj.io"
}

/// Any mapping that lists containers with images: rules that look at what is there apply, what is absent is unknown.
fn unknown<'a>(node: Node<'a>, depth: usize, found: &mut Vec<Workload<'a>>) {
    for entry in node.entries().filter(|_| depth > 0) {
        let skipped = entry.key.as_str().is_some_and(|key| matches!(&*key, "openAPIV3Schema" | "status"));
        if skipped {
            continue;
        }
        let lists_containers = list(entry.value, "containers")
            .any(|item| item.get("image").is_some_and(Node::is_scalar) && item.get("name").is_some());
        if lists_containers {
            found.push(operated(entry));
        } else {
            unknown(entry.value, depth - 1, found);
        }
    }
    for item in node.items().filter(|_| depth > 0) {
        unknown(item, depth - 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::objects, workloads};
    use crate::source::SourceMap;

    #[test]
    fn every_template_of_a_job_set_knows_its_own_job() {
        let text = "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: train}\nspec:\n  \
                    replicatedJobs:\n    - name: a\n      template: {spec: {activeDeadlineSeconds: 1, template: \
                    {spec: {containers: []}}}}\n    - name: b\n      template: {spec: {activeDeadlineSeconds: 2, \
                    template: {spec: {containers: []}}}}\n";
        let mut sources = SourceMap::default();
        let file = sources.add("job.yaml", text);
        let (doc, _) = crate::yaml::parse(file, text, 0..text.len());
        let object = objects(&doc, None).remove(0);
        let deadlines: Vec<_> = workloads(&object)
            .iter()
            .map(|workload| workload.job?.value.get("activeDeadlineSeconds")?.as_i64())
            .collect();
        assert_eq!(deadlines, [Some(1), Some(2)]);
    }
}
