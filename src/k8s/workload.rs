//! One pod template, whatever its kind calls it: its account, its containers, its volumes.

use std::borrow::Cow;
use std::sync::Arc;

use super::container::{Container, Role};
use super::kinds::Run;
use crate::yaml::{Entry, Node};

/// The ServiceAccount of a pod template.
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
    /// An Argo workflow has the account of the template that it refers to.
    Template {
        /// Name of the WorkflowTemplate.
        name: Cow<'a, str>,
        /// Whether it is a ClusterWorkflowTemplate.
        cluster_scope: bool,
    },
    /// It has none of its own, or its controller decides in a way that is not known.
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
    /// The pod spec, or the mapping that takes its place.
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
    /// The volumes of every pod of a workflow or run, which has a workload for each of its accounts: read once for all.
    pub(super) shared_volumes: Option<Arc<[Node<'a>]>>,
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
        Self {
            spec,
            template: None,
            job: None,
            account,
            deprecated: None,
            containers,
            run,
            shape,
            shared_volumes: None,
        }
    }

    /// `automountServiceAccountToken` of the pod.
    #[must_use]
    pub fn automount(&self) -> Option<Entry<'a>> {
        self.spec.value.entry("automountServiceAccountToken").filter(|entry| entry.value.as_bool().is_some())
    }

    /// The pod's volumes; of a workflow or run, those of every pod that it makes.
    pub fn volumes(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let own = self.shared_volumes.is_none().then(|| volumes_of(self.spec.value));
        let shared = self.shared_volumes.clone();
        let shared = shared.into_iter().flat_map(|all| (0..all.len()).map(move |at| all[at]));
        own.into_iter().flatten().chain(shared)
    }

    /// The value of `serviceAccount`, the alias from before `serviceAccountName` (kubernetes
    /// `pkg/apis/core/v1/conversion.go`), and that of `serviceAccountName`. Kinds that are no pod specs may use it
    /// for something else.
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

/// Whether a volume is the one with which admission mounts the token, as dumps of a cluster show it (kubernetes
/// `plugin/pkg/admission/serviceaccount`).
#[must_use]
pub fn is_injected_token(volume: Node<'_>) -> bool {
    let name = volume.get("name").and_then(Node::text).unwrap_or_default();
    name.starts_with("kube-api-access-") && volume.get("projected").is_some()
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

/// The containers of a pod spec, in the order that they start in.
pub(super) fn pod_containers(spec: Node<'_>) -> Vec<Container<'_>> {
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

/// Mappings below the `spec` of a workflow or run that list volumes: pod templates, task specs, workflow templates.
pub(super) fn shared_volumes(spec: Node<'_>) -> Arc<[Node<'_>]> {
    let pod_templates = [&["podTemplate"][..], &["taskRunTemplate", "podTemplate"], &["taskSpec"]];
    let tasks = spec.get("pipelineSpec").unwrap_or(spec);
    let task_specs =
        list(tasks, "tasks").chain(list(tasks, "finally")).filter_map(|task| task.get("taskSpec"));
    let task_templates = list(spec, "taskRunSpecs").filter_map(|task| task.get("podTemplate"));
    std::iter::once(spec)
        .chain(pod_templates.into_iter().filter_map(|path| spec.at(path)))
        .chain(task_specs)
        .chain(task_templates)
        .chain(list(spec, "templates"))
        .flat_map(volumes_of)
        .collect()
}

fn volumes_of(holder: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    list(holder, "volumes").chain(list(holder, "workspaces"))
}
