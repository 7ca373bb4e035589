//! Which kinds run pods, where they keep their pod templates, and which kinds have no namespace.

use super::carriers;
use crate::catalog::Class;

/// How a kind's pods end. The levels of rules depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Runs to an end.
    Job,
    /// Builds images or runs pipelines: to an end too.
    Build,
    /// One on every node.
    Node,
    /// Until it is stopped.
    Service,
}

impl Run {
    /// The word in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Job | Self::Build => "job",
            Self::Node => "node",
            Self::Service => "service",
        }
    }

    /// The class that levels are given for.
    #[must_use]
    pub fn class(self) -> Class {
        match self {
            Self::Job | Self::Build => Class::Job,
            Self::Node | Self::Service => Class::Service,
        }
    }
}

const TEMPLATE: &[&str] = &["spec.template"];

/// Where a kind keeps its pod templates: its group and name, how its pods end, and the paths of the mappings that hold the
/// pod's `metadata` and `spec`. `*` is every item or entry.
type PodKind = (&'static str, &'static str, Run, &'static [&'static str]);

/// Kinds with a pod template. Sources: the API types of each project, named in the comments.
const POD_KINDS: &[PodKind] = &[
    // k8s.io/api core/v1, apps/v1, batch/v1 and their retired groups.
    ("", "Pod", Run::Service, &[""]),
    ("", "PodTemplate", Run::Service, &["template"]),
    ("", "ReplicationController", Run::Service, TEMPLATE),
    ("apps", "Deployment", Run::Service, TEMPLATE),
    ("extensions", "Deployment", Run::Service, TEMPLATE),
    ("apps", "ReplicaSet", Run::Service, TEMPLATE),
    ("extensions", "ReplicaSet", Run::Service, TEMPLATE),
    ("apps", "StatefulSet", Run::Service, TEMPLATE),
    ("apps", "DaemonSet", Run::Node, TEMPLATE),
    ("extensions", "DaemonSet", Run::Node, TEMPLATE),
    ("batch", "Job", Run::Job, TEMPLATE),
    ("batch", "CronJob", Run::Job, &["spec.jobTemplate.spec.template"]),
    // openshift/api apps/v1.
    ("apps.openshift.io", "DeploymentConfig", Run::Service, TEMPLATE),
    ("", "DeploymentConfig", Run::Service, TEMPLATE),
    // openkruise/kruise apps/v1alpha1.
    ("apps.kruise.io", "CloneSet", Run::Service, TEMPLATE),
    ("apps.kruise.io", "StatefulSet", Run::Service, TEMPLATE),
    ("apps.kruise.io", "DaemonSet", Run::Node, TEMPLATE),
    ("apps.kruise.io", "BroadcastJob", Run::Job, TEMPLATE),
    ("apps.kruise.io", "AdvancedCronJob", Run::Job, &["spec.template.jobTemplate.spec.template"]),
    // argoproj/argo-rollouts v1alpha1; `spec.workloadRef` runs another object's template.
    ("argoproj.io", "Rollout", Run::Service, TEMPLATE),
    // knative.dev/serving v1.
    ("serving.knative.dev", "Service", Run::Service, TEMPLATE),
    ("serving.knative.dev", "Configuration", Run::Service, TEMPLATE),
    ("serving.knative.dev", "Revision", Run::Service, &[""]),
    // kedacore/keda v1alpha1.
    ("keda.sh", "ScaledJob", Run::Job, &["spec.jobTargetRef.template"]),
    // kubernetes-sigs/jobset, lws.
    ("jobset.x-k8s.io", "JobSet", Run::Job, &["spec.replicatedJobs.*.template.spec.template"]),
    (
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        Run::Service,
        &["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    ),
    // volcano-sh/apis batch/v1alpha1.
    ("batch.volcano.sh", "Job", Run::Job, &["spec.tasks.*.template"]),
    // kubeflow/training-operator v1.
    ("kubeflow.org", "TFJob", Run::Job, &["spec.tfReplicaSpecs.*.template"]),
    ("kubeflow.org", "PyTorchJob", Run::Job, &["spec.pytorchReplicaSpecs.*.template"]),
    ("kubeflow.org", "MPIJob", Run::Job, &["spec.mpiReplicaSpecs.*.template"]),
    ("kubeflow.org", "XGBoostJob", Run::Job, &["spec.xgbReplicaSpecs.*.template"]),
    // ray-project/kuberay v1.
    (
        "ray.io",
        "RayCluster",
        Run::Service,
        &["spec.headGroupSpec.template", "spec.workerGroupSpecs.*.template"],
    ),
    (
        "ray.io",
        "RayJob",
        Run::Job,
        &["spec.rayClusterSpec.headGroupSpec.template", "spec.rayClusterSpec.workerGroupSpecs.*.template"],
    ),
    // actions/actions-runner-controller v1alpha1.
    ("actions.github.com", "AutoscalingRunnerSet", Run::Build, TEMPLATE),
    ("actions.github.com", "EphemeralRunnerSet", Run::Build, &["spec.ephemeralRunnerSpec.template"]),
    ("actions.github.com", "EphemeralRunner", Run::Build, TEMPLATE),
    // operator-framework/api v1alpha1.
    (
        "operators.coreos.com",
        "ClusterServiceVersion",
        Run::Service,
        &["spec.install.spec.deployments.*.spec.template"],
    ),
];

/// How the pods of a kind end and where it keeps their templates, if it is known.
#[must_use]
pub fn pod_kind_of(group: &str, kind: &str) -> Option<(Run, &'static [&'static str])> {
    let (_, _, run, templates) = POD_KINDS.iter().find(|known| known.1 == kind && known.0 == group)?;
    Some((*run, templates))
}

/// Cluster-scoped kinds by group: those that kustomize knows (`kyaml/openapi/openapi.go`,
/// `precomputedIsNamespaceScoped`), and further ones that GitOps repositories hold (k8s.io/api
/// `+genclient:nonNamespaced`, and the CRDs of the projects named by their groups).
const CLUSTER_SCOPED: &[(&str, &[&str], &[&str])] = &[
    ("", &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"], &[]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"], &[]),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], &[]),
    ("apiregistration.k8s.io", &["APIService"], &[]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
        &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"],
    ),
    ("storage.k8s.io", &["StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"], &[]),
    ("scheduling.k8s.io", &["PriorityClass"], &[]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"], &[]),
    ("policy", &["PodSecurityPolicy"], &[]),
    ("node.k8s.io", &["RuntimeClass"], &[]),
    ("networking.k8s.io", &["IngressClass"], &[]),
    ("certificates.k8s.io", &["CertificateSigningRequest"], &["ClusterTrustBundle"]),
    ("security.openshift.io", &[], &["SecurityContextConstraints"]),
    ("external-secrets.io", &[], &["ClusterSecretStore", "ClusterExternalSecret"]),
    ("cert-manager.io", &[], &["ClusterIssuer"]),
    ("kyverno.io", &[], &["ClusterPolicy"]),
    ("argoproj.io", &[], &["ClusterWorkflowTemplate", "ClusterAnalysisTemplate"]),
    ("tekton.dev", &[], &["ClusterTask"]),
    ("spire.spiffe.io", &[], &["ClusterSPIFFEID", "ClusterStaticEntry", "ClusterFederatedTrustDomain"]),
];

/// Further kinds of other groups that are judged or followed here, by their groups.
const FOLLOWED: &[(&str, &[&str])] = &[
    ("argoproj.io", &["Application", "ApplicationSet", "AppProject"]),
    ("authorization.openshift.io", &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]),
    ("bitnami.com", &["SealedSecret"]),
    ("capsule.clastix.io", &["Tenant"]),
    ("external-secrets.io", &["ExternalSecret", "SecretStore"]),
    ("helm.cattle.io", &["HelmChart", "HelmChartConfig"]),
    ("helm.fluxcd.io", &["HelmRelease"]),
    ("helm.toolkit.fluxcd.io", &["HelmRelease"]),
    ("keda.sh", &["TriggerAuthentication", "ClusterTriggerAuthentication"]),
    ("kustomize.config.k8s.io", &["Kustomization", "Component"]),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"]),
    ("kyverno.io", &["Policy"]),
    ("operators.coreos.com", &["Subscription"]),
    ("rbacmanager.reactiveops.io", &["RBACDefinition"]),
    ("route.openshift.io", &["Route"]),
    ("secrets-store.csi.x-k8s.io", &["SecretProviderClass"]),
    (
        "source.toolkit.fluxcd.io",
        &["GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket"],
    ),
    ("tekton.dev", &["Task", "TaskRun", "Pipeline", "PipelineRun"]),
    ("template.openshift.io", &["Template"]),
];

/// The kind, and its group, that an object would have in another case of letters: the API server knows no such object.
#[must_use]
pub fn in_another_case(group: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    let followed = FOLLOWED.iter().flat_map(|(group, kinds)| kinds.iter().map(|kind| (*group, *kind)));
    let scoped = CLUSTER_SCOPED
        .iter()
        .flat_map(|(group, known, further)| known.iter().chain(*further).map(|kind| (*group, *kind)));
    let of_pods = POD_KINDS.iter().map(|known| (known.0, known.1));
    let all = followed.chain(scoped).chain(of_pods).chain(carriers::kinds());
    let mut near =
        all.filter(|known| known.0.eq_ignore_ascii_case(group) && known.1.eq_ignore_ascii_case(kind));
    let first = near.next()?;
    let is_exact = |known: (&str, &str)| known == (group, kind);
    (!is_exact(first) && !near.any(is_exact)).then_some(first)
}

/// Whether a kind has no namespace, as far as it is known.
#[must_use]
pub fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    let lists = |(known, of_kustomize, further): &(&str, &[&str], &[&str])| {
        *known == group && (of_kustomize.contains(&kind) || further.contains(&kind))
    };
    // Old manifests name the RBAC groups of OpenShift 3 and of beta Kubernetes.
    CLUSTER_SCOPED.iter().any(lists) || matches!(kind, "ClusterRole" | "ClusterRoleBinding")
}

/// Whether a kind of some group has no namespace.
#[must_use]
pub fn is_cluster_scoped_kind(kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(group, _, _)| is_cluster_scoped(group, kind))
}

/// Whether kustomize gives a kind no namespace; all that it does not know has one.
#[must_use]
pub fn is_cluster_scoped_in_kustomize(group: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(known, of_kustomize, _)| *known == group && of_kustomize.contains(&kind))
}
