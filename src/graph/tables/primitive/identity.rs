//! The primitives by which an identity becomes another: rights past its own, secrets, workloads, and the pods of others.
//!
//! Data only; `super` says how a rule shows them.

use super::{AUTHENTICATION, CORE, Primitive, RBAC, namespaced, of_cluster};

/// To become more than one is, by the API's own words.
pub const ESCALATION: &[&Primitive] =
    &[&ESCALATE, &BIND, &IMPERSONATE_USER, &IMPERSONATE_ACCOUNT, &TOKEN, &CONSTRAINED];

/// To read what others authenticate with.
pub const SECRETS: &[&Primitive] = &[&SECRET_READ];

/// To make pods that run as others.
pub const WORKLOADS: &[&Primitive] = &[&POD_CREATE, &WORKLOAD_WRITE, &POD_PATCH];

/// To get into pods that run as others and the nodes under them, the strongest first.
pub const INTRUSION: &[&Primitive] = &[&NODE_PROXY, &POD_EXEC, &POD_EPHEMERAL, &POD_PROXY, &NODE_LOG];

/// Those of [`INTRUSION`] that run nothing where they get.
pub const CONNECTION: &[&Primitive] = &[&POD_PROXY, &NODE_LOG];

static ESCALATE: Primitive = Primitive {
    name: "rbac.escalate",
    verbs: &["escalate"],
    on: &[of_cluster(RBAC, &["clusterroles"]), namespaced(RBAC, &["roles"])],
    does: "may add rights that it lacks to",
    what: "every role",
    because: "`escalate` lifts the API server's check that nobody writes a role with more rights than their own.",
};

/// To hand out roles that one does not hold. A `RoleBinding` to a `ClusterRole` is allowed by `bind` on `clusterroles` in
/// its namespace (kubernetes `pkg/registry/rbac/escalation_check.go`).
pub static BIND: Primitive = Primitive {
    name: "rbac.bind",
    verbs: &["bind"],
    on: &[namespaced(RBAC, &["clusterroles", "roles"])],
    does: "may hand out",
    what: "every role",
    because: "With `bind`, whoever may write bindings gives itself any role that it may bind, `cluster-admin` included.",
};

/// To be authorized as any user, in any group.
pub static IMPERSONATE_USER: Primitive = Primitive {
    name: "impersonate.user",
    verbs: &["impersonate"],
    on: &[of_cluster(CORE, &["groups", "users"]), of_cluster(AUTHENTICATION, &["uids", "userextras/*"])],
    does: "may act as",
    what: "everybody",
    because: "Requests with an `Impersonate-User` header are authorized as that user, in whatever groups they name.",
};

static IMPERSONATE_ACCOUNT: Primitive = Primitive {
    name: "impersonate.account",
    verbs: &["impersonate"],
    on: &[namespaced(CORE, &["serviceaccounts"])],
    does: "may act as",
    what: "every account",
    because: "Requests with an `Impersonate-User` header are authorized as that account.",
};

static TOKEN: Primitive = Primitive {
    name: "sa.token",
    verbs: &["create"],
    on: &[namespaced(CORE, &["serviceaccounts/token"])],
    does: "may mint tokens of",
    what: "every account",
    because: "A token made by a TokenRequest is the account, outside the cluster too.",
};

/// Impersonation that the verb limits to a kind of identity, from Kubernetes 1.35 on. Never granted by `*` alone.
pub static CONSTRAINED: Primitive = Primitive {
    name: "impersonate.constrained",
    verbs: &[
        "impersonate:user-info",
        "impersonate:serviceaccount",
        "impersonate:arbitrary-node",
        "impersonate:associated-node",
    ],
    on: &[
        of_cluster(AUTHENTICATION, &["groups", "users", "uids", "nodes", "userextras/*"]),
        namespaced(AUTHENTICATION, &["serviceaccounts"]),
    ],
    does: "may, for some requests, act as",
    what: "every such identity",
    because: "What it may do as them is said by rules with `impersonate-on:` verbs.",
};

static SECRET_READ: Primitive = Primitive {
    name: "secret.read",
    verbs: &["list", "watch", "get"],
    on: &[namespaced(CORE, &["secrets"])],
    does: "may read",
    what: "every secret",
    because: "`list` and `watch` reveal contents as `get` does, and names of secrets can be guessed.",
};

/// What counts only together with something else.
pub const PARTS: &[&Primitive] = &[&SECRET_CREATE];

/// The type of a Secret cannot be changed, so only who may create one has a token put into it.
static SECRET_CREATE: Primitive = Primitive {
    name: "secret.create",
    verbs: &["create"],
    on: &[namespaced(CORE, &["secrets"])],
    does: "may create",
    what: "secrets of every type",
    because: "A Secret of type `kubernetes.io/service-account-token` is filled with a token.",
};

static POD_CREATE: Primitive = Primitive {
    name: "pod.create",
    verbs: &["create"],
    on: &[namespaced(CORE, &["pods"])],
    does: "may run pods as",
    what: "every account",
    because: "Whoever writes a pod chooses its account and mounts any secret of the namespace.",
};

static POD_PATCH: Primitive = Primitive {
    name: "pod.patch",
    verbs: &["patch", "update"],
    on: &[namespaced(CORE, &["pods"])],
    does: "may change the images of",
    what: "every pod",
    because: "A container with another image keeps the pod's token and secrets.",
};

static WORKLOAD_WRITE: Primitive = Primitive {
    name: "workload.write",
    verbs: &["create", "patch", "update"],
    on: &[
        namespaced(CORE, &["replicationcontrollers"]),
        namespaced("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
        namespaced("batch", &["jobs", "cronjobs"]),
        namespaced("apps.openshift.io", &["deploymentconfigs"]),
        namespaced("argoproj.io", &["workflows", "cronworkflows", "rollouts"]),
        namespaced("tekton.dev", &["taskruns", "pipelineruns"]),
        namespaced("serving.knative.dev", &["services", "configurations"]),
        namespaced("sparkoperator.k8s.io", &["sparkapplications", "scheduledsparkapplications"]),
        namespaced("monitoring.coreos.com", &["prometheuses", "alertmanagers", "thanosrulers"]),
        namespaced("jobset.x-k8s.io", &["jobsets"]),
        namespaced("batch.volcano.sh", &["jobs"]),
        namespaced("ray.io", &["rayclusters", "rayjobs", "rayservices"]),
    ],
    does: "may run pods as",
    what: "every account",
    because: "Whoever writes a pod chooses its account and mounts any secret of the namespace.",
};

/// To run commands in pods; by GET only before 1.35, where upgrading one to a WebSocket asks for `create` (kubernetes
/// `pkg/registry/core/pod/rest/subresources.go`).
pub static POD_EXEC: Primitive = Primitive {
    name: "pod.exec",
    verbs: &["create", "get"],
    on: &[namespaced(CORE, &["pods/exec", "pods/attach"])],
    does: "may run commands in",
    what: "every pod",
    because: "A shell in a pod reads its token and its secrets.",
};

static POD_EPHEMERAL: Primitive = Primitive {
    name: "pod.ephemeral",
    verbs: &["patch", "update"],
    on: &[namespaced(CORE, &["pods/ephemeralcontainers"])],
    does: "may start containers in",
    what: "every pod",
    because: "A container that joins a pod reads its token and its secrets.",
};

static NODE_PROXY: Primitive = Primitive {
    name: "node.proxy",
    verbs: &["get", "create"],
    on: &[of_cluster(CORE, &["nodes/proxy"])],
    does: "may run commands through the kubelet on",
    what: "every node",
    because: "The kubelet runs commands in every pod of its node, by GET too, past audit and admission; \
              for metrics, `nodes/metrics`, `nodes/stats` and `nodes/pods` are enough.",
};

static POD_PROXY: Primitive = Primitive {
    name: "pod.proxy",
    verbs: &["create", "get"],
    on: &[namespaced(CORE, &["pods/portforward", "pods/proxy", "services/proxy"])],
    does: "may connect to",
    what: "every pod",
    because: "The API server makes the connection, past network policies and whatever guards the way in.",
};

static NODE_LOG: Primitive = Primitive {
    name: "node.log",
    verbs: &["get", "create"],
    on: &[of_cluster(CORE, &["nodes/log", "nodes/checkpoint"])],
    does: "may read logs or memory of",
    what: "every node",
    because: "Logs of a node and checkpoints of its containers hold what others authenticate with.",
};
