//! What runs: every pod template of an object, whatever its kind calls it, with its account and its containers.

use std::borrow::Cow;

use super::Object;
use super::container::{Container, Role};
use super::kinds::{Run, pod_kind_of};
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
    /// `automountServiceAccountToken` of the pod.
    #[must_use]
    pub fn automount(&self) -> Option<Entry<'a>> {
        self.spec
            .value
            .entry("automountServiceAccountToken")
            .filter(|entry| entry.value.as_bool().is_some())
    }

    /// The pod's volumes.
    pub fn volumes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.spec.value.get("volumes").into_iter().flat_map(Node::items)
    }

    /// An annotation of the pod, not of the object around it.
    #[must_use]
    pub fn pod_annotation(&self, key: &str) -> Option<Node<'a>> {
        self.template?.at(&["metadata", "annotations"])?.get(key)
    }

    /// Whether any container names an image: a patch of a workload usually does not.
    #[must_use]
    pub fn has_image(&self) -> bool {
        self.containers
            .iter()
            .any(|container| container.node.get("image").is_some())
    }
}

/// The pod templates of an object; empty for kinds that run nothing.
#[must_use]
pub fn workloads<'a>(object: &Object<'a>) -> Vec<Workload<'a>> {
    let mut found = match (object.group.as_str(), &*object.kind) {
        ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate") => {
            object.node.entry("spec").map(argo).unwrap_or_default()
        }
        ("argoproj.io", "CronWorkflow") => object
            .node
            .get("spec")
            .and_then(|spec| spec.entry("workflowSpec"))
            .map(argo)
            .unwrap_or_default(),
        ("tekton.dev", _) => object
            .node
            .entry("spec")
            .map(|spec| tekton(&object.kind, spec))
            .unwrap_or_default(),
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
        found.iter_mut().for_each(|workload| workload.run = Run::Job);
    }
    found
}

/// Mappings at a path such as `spec.tasks.*.template`, with the entry of each one's parent.
fn resolve<'a>(root: Node<'a>, path: &str) -> Vec<(Node<'a>, Option<Entry<'a>>)> {
    let mut at: Vec<(Node<'a>, Option<Entry<'a>>)> = vec![(root, None)];
    let mut parent: Option<Entry<'a>> = None;
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let mut next = Vec::new();
        for (node, _) in at {
            if step == "*" {
                next.extend(node.items().map(|item| (item, None)));
                next.extend(node.entries().map(|entry| (entry.value, Some(entry))));
            } else if let Some(entry) = node.entry(step) {
                next.push((entry.value, parent.filter(|parent| parent.value == node)));
                parent = Some(entry);
            }
        }
        at = next;
    }
    at
}

fn pod_template<'a>((template, parent): (Node<'a>, Option<Entry<'a>>), run: Run) -> Option<Workload<'a>> {
    let spec = template.entry("spec").filter(|entry| entry.value.is_map())?;
    let (account, deprecated) = account(spec.value, Account::Unset);
    Some(Workload {
        spec,
        template: Some(template),
        job: parent.filter(|_| run == Run::Job),
        account,
        deprecated,
        containers: pod_containers(spec.value),
        run,
        shape: Shape::PodSpec,
    })
}

/// `serviceAccountName`, else its retired alias `serviceAccount`; an empty name is none.
fn account<'a>(spec: Node<'a>, unset: Account<'a>) -> (Account<'a>, Option<Entry<'a>>) {
    let named = |key| {
        let entry = spec.entry(key)?;
        let name = entry.value.as_str().filter(|name| !name.is_empty())?;
        Some(Account::Named { name, entry })
    };
    let account = named("serviceAccountName")
        .or_else(|| named("serviceAccount"))
        .unwrap_or(unset);
    (
        account,
        spec.entry("serviceAccount")
            .filter(|entry| entry.value.is_scalar()),
    )
}

fn pod_containers(spec: Node<'_>) -> Vec<Container<'_>> {
    let mut containers = Vec::new();
    for node in list(spec, "initContainers") {
        let restarts = node.get("restartPolicy").and_then(Node::as_str);
        let role = if restarts.as_deref() == Some("Always") {
            Role::Sidecar
        } else {
            Role::Init
        };
        containers.push(Container { node, role });
    }
    containers.extend(list(spec, "containers").map(|node| Container {
        node,
        role: Role::Main,
    }));
    containers.extend(list(spec, "ephemeralContainers").map(|node| Container {
        node,
        role: Role::Ephemeral,
    }));
    containers
}

fn list<'a>(node: Node<'a>, key: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
    node.get(key)
        .into_iter()
        .flat_map(Node::items)
        .filter(|item| item.is_map())
}

/// Argo workflows: one account for all templates, unless a template has its own (argo-workflows v1alpha1 types).
fn argo(spec: Entry<'_>) -> Vec<Workload<'_>> {
    let reference = spec.value.get("workflowTemplateRef").and_then(|reference| {
        let name = reference.get("name")?.as_str()?;
        let cluster_scope = reference
            .get("clusterScope")
            .and_then(Node::as_bool)
            .unwrap_or(false);
        Some(Account::Template { name, cluster_scope })
    });
    let (account_of_all, deprecated) = account(spec.value, reference.unwrap_or(Account::Unset));
    let (mut shared, mut own) = (Vec::new(), Vec::new());
    for template in list(spec.value, "templates") {
        let containers = argo_containers(template);
        match account(template, Account::Unknown).0 {
            Account::Named { name, entry } => {
                let account = Account::Named { name, entry };
                own.push(Workload {
                    spec,
                    template: None,
                    job: None,
                    account,
                    deprecated: None,
                    containers,
                    run: Run::Job,
                    shape: Shape::Workflow,
                });
            }
            _ => shared.extend(containers),
        }
    }
    let refers = matches!(account_of_all, Account::Template { .. });
    if !shared.is_empty() || refers || own.is_empty() {
        let template = spec.value.get("podMetadata").map(|_| spec.value);
        own.insert(
            0,
            Workload {
                spec,
                template,
                job: None,
                account: account_of_all,
                deprecated,
                containers: shared,
                run: Run::Job,
                shape: Shape::Workflow,
            },
        );
    }
    own
}

fn argo_containers(template: Node<'_>) -> Vec<Container<'_>> {
    let main = ["container", "script"]
        .into_iter()
        .filter_map(|key| template.get(key));
    let set = template
        .get("containerSet")
        .into_iter()
        .flat_map(|set| list(set, "containers"));
    let mut containers: Vec<_> = list(template, "initContainers")
        .map(|node| (node, Role::Init))
        .collect();
    containers.extend(main.chain(set).map(|node| (node, Role::Main)));
    containers.extend(list(template, "sidecars").map(|node| (node, Role::Sidecar)));
    containers
        .into_iter()
        .filter(|(node, _)| node.is_map())
        .map(|(node, role)| Container { node, role })
        .collect()
}

/// Tekton: runs have an account, tasks and pipelines take their run's (tektoncd/pipeline v1 and v1beta1 types).
fn tekton<'a>(kind: &str, spec: Entry<'a>) -> Vec<Workload<'a>> {
    let make = |account: Account<'a>, deprecated, containers| Workload {
        spec,
        template: None,
        job: None,
        account,
        deprecated,
        containers,
        run: Run::Build,
        shape: Shape::Tekton,
    };
    match kind {
        "TaskRun" => {
            let (account, deprecated) = account(spec.value, Account::Unset);
            let containers = spec.value.get("taskSpec").map(tekton_steps).unwrap_or_default();
            vec![make(account, deprecated, containers)]
        }
        "PipelineRun" => {
            let of_all = spec.value.get("taskRunTemplate").unwrap_or(spec.value);
            let (of_all, deprecated) = account(of_all, Account::Unset);
            let containers = spec
                .value
                .get("pipelineSpec")
                .map(pipeline_steps)
                .unwrap_or_default();
            let overrides =
                list(spec.value, "taskRunSpecs").filter_map(|task| match account(task, Account::Unknown).0 {
                    Account::Named { name, entry } => {
                        Some(make(Account::Named { name, entry }, None, Vec::new()))
                    }
                    _ => None,
                });
            std::iter::once(make(of_all, deprecated, containers))
                .chain(overrides)
                .collect()
        }
        "Task" | "ClusterTask" | "StepAction" => vec![make(Account::Unknown, None, tekton_steps(spec.value))],
        "Pipeline" => vec![make(Account::Unknown, None, pipeline_steps(spec.value))],
        _ => Vec::new(),
    }
}

fn tekton_steps(spec: Node<'_>) -> Vec<Container<'_>> {
    let mut steps: Vec<_> = list(spec, "steps")
        .map(|node| Container {
            node,
            role: Role::Main,
        })
        .collect();
    steps.extend(
        spec.get("stepTemplate")
            .filter(|node| node.is_map())
            .map(|node| Container {
                node,
                role: Role::Main,
            }),
    );
    steps.extend(list(spec, "sidecars").map(|node| Container {
        node,
        role: Role::Sidecar,
    }));
    steps
}

fn pipeline_steps(spec: Node<'_>) -> Vec<Container<'_>> {
    let tasks = list(spec, "tasks").chain(list(spec, "finally"));
    tasks
        .filter_map(|task| task.get("taskSpec"))
        .flat_map(tekton_steps)
        .collect()
}

/// Kinds whose operator makes the pod: `spec.serviceAccountName`, and extra containers.
fn operated(spec: Entry<'_>) -> Workload<'_> {
    let (account, deprecated) = account(spec.value, Account::Unknown);
    let containers = pod_containers(spec.value);
    Workload {
        spec,
        template: None,
        job: None,
        account,
        deprecated,
        containers,
        run: Run::Service,
        shape: Shape::Other,
    }
}

/// `spec.driver` and `spec.executor` of a SparkApplication (kubeflow/spark-operator v1beta2).
fn spark(part: Entry<'_>) -> Workload<'_> {
    let (account, _) = account(part.value, Account::Unknown);
    let containers = vec![Container {
        node: part.value,
        role: Role::Main,
    }];
    Workload {
        spec: part,
        template: None,
        job: None,
        account,
        deprecated: None,
        containers,
        run: Run::Job,
        shape: Shape::Other,
    }
}

/// How deep an unknown kind is searched.
const UNKNOWN_DEPTH: usize = 24;

/// Kinds that hold texts about pods, not pods.
fn may_hold_pods(object: &Object<'_>) -> bool {
    let about = [
        "kyverno.io",
        "gatekeeper.sh",
        "kustomize.config.k8s.io",
        "apiextensions.k8s.io",
    ];
    !about
        .iter()
        .any(|group| object.group == *group || object.group.ends_with(&format!(".{group}")))
        && !matches!(
            &*object.kind,
            "ConfigMap" | "Secret" | "Kustomization" | "Component" | "HelmRelease"
        )
        && object.group != "argoproj.io"
}

/// Any mapping that lists containers with images: rules that look at what is there apply, what is absent is unknown.
fn unknown<'a>(node: Node<'a>, depth: usize, found: &mut Vec<Workload<'a>>) {
    for entry in node.entries().filter(|_| depth > 0) {
        let skipped = entry
            .key
            .as_str()
            .is_some_and(|key| matches!(&*key, "openAPIV3Schema" | "status"));
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
