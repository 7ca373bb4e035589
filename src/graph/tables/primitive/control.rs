//! The primitives by which an identity bends the control plane, and the writes that come near it.
//!
//! Data only; `super` says how a rule shows them.

use super::{CORE, Primitive, RBAC, namespaced, of_cluster};

const ADMISSION: &str = "admissionregistration.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const WRITE: &[&str] = &["create", "patch", "update"];
const CHANGE: &[&str] = &["patch", "update"];

/// To change what the API server, the nodes and the engines that guard them do, the strongest first.
pub const CONTROL_PLANE: &[&Primitive] = &[
    &WEBHOOK_MUTATE,
    &CSR_APPROVE,
    &SIGNER_APPROVE,
    &SIGNER_ATTEST,
    &WEBHOOK_VALIDATE,
    &API_EXTEND,
    &PV_CREATE,
    &SCC_USE,
    &POLICY_WRITE,
    &CONFIG_WRITE,
    &NAMESPACE_PATCH,
    &NODE_WRITE,
    &CRD_WRITE,
    &WEBHOOK_DELETE,
];

/// Those of [`CONTROL_PLANE`] that reach less far than the control plane itself.
pub const WEAKER: &[&Primitive] =
    &[&POLICY_WRITE, &NAMESPACE_PATCH, &NODE_WRITE, &CRD_WRITE, &WEBHOOK_DELETE];

/// To write what others authenticate with, and who is given what: harmless by themselves, and more together with others.
pub const WRITES: &[&Primitive] = &[&SECRET_WRITE, &BINDING_WRITE, &ROLE_WRITE];

static WEBHOOK_MUTATE: Primitive = Primitive {
    name: "webhook.mutate",
    verbs: WRITE,
    on: &[of_cluster(
        ADMISSION,
        &["mutatingwebhookconfigurations", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
    )],
    does: "may write",
    what: "every mutating webhook and policy",
    because: "A mutating webhook or policy rewrites every request on its way, those that make pods or bindings included.",
};

static WEBHOOK_VALIDATE: Primitive = Primitive {
    name: "webhook.validate",
    verbs: WRITE,
    on: &[of_cluster(
        ADMISSION,
        &[
            "validatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ],
    )],
    does: "may write",
    what: "every validating webhook and policy",
    because: "A validating webhook is sent every object that it asks for, secrets included, and one that is rewritten \
              guards nothing.",
};

static WEBHOOK_DELETE: Primitive = Primitive {
    name: "webhook.delete",
    verbs: &["delete", "deletecollection"],
    on: &[of_cluster(
        ADMISSION,
        &[
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ],
    )],
    does: "may take away",
    what: "every admission check",
    because: "What policy engines forbid is allowed as soon as their webhook or policy is gone.",
};

/// To approve requests for certificates; the API server asks for `approve` on the signer, too
/// (kubernetes `plugin/pkg/admission/certificates/approval`).
pub static CSR_APPROVE: Primitive = Primitive {
    name: "csr.approve",
    verbs: CHANGE,
    on: &[of_cluster(CERTIFICATES, &["certificatesigningrequests/approval"])],
    does: "may approve",
    what: "every certificate request",
    because: "A certificate of the API server's client signer is whoever it names, and no one can take it back.",
};

/// The other half of [`CSR_APPROVE`].
pub static SIGNER_APPROVE: Primitive = Primitive {
    name: "signer.approve",
    verbs: &["approve"],
    on: &[of_cluster(CERTIFICATES, &["signers"])],
    does: "may approve certificates of",
    what: "every signer",
    because: "A certificate of the API server's client signer is whoever it names, and no one can take it back.",
};

static SIGNER_ATTEST: Primitive = Primitive {
    name: "signer.attest",
    verbs: &["sign", "attest"],
    on: &[of_cluster(CERTIFICATES, &["signers"])],
    does: "may sign for",
    what: "every signer",
    because: "Whoever signs for a signer, or says which authorities it has, makes the certificates that others trust.",
};

static API_EXTEND: Primitive = Primitive {
    name: "api.extend",
    verbs: WRITE,
    on: &[of_cluster("apiregistration.k8s.io", &["apiservices"])],
    does: "may serve",
    what: "every API",
    because: "The API server hands requests for a registered group on, with the name and groups of whoever asks.",
};

static CRD_WRITE: Primitive = Primitive {
    name: "crd.write",
    verbs: WRITE,
    on: &[of_cluster("apiextensions.k8s.io", &["customresourcedefinitions"])],
    does: "may define",
    what: "every custom resource",
    because: "A conversion webhook reads and rewrites every object of its kind.",
};

/// To make volumes, of which some are paths of nodes.
pub static PV_CREATE: Primitive = Primitive {
    name: "pv.create",
    verbs: &["create"],
    on: &[of_cluster(CORE, &["persistentvolumes"])],
    does: "may make volumes of",
    what: "every path of every node",
    because: "A persistent volume may be a host path, which no pod security standard looks at.",
};

/// To change namespaces. A request for a namespace stands in that namespace, so a `RoleBinding` allows it for its own
/// (apiserver `pkg/endpoints/request/requestinfo.go`).
pub static NAMESPACE_PATCH: Primitive = Primitive {
    name: "ns.patch",
    verbs: CHANGE,
    on: &[namespaced(CORE, &["namespaces"])],
    does: "may change the labels of",
    what: "every namespace",
    because: "Labels of a namespace switch pod security off and open network policies that select by them.",
};

/// To change nodes: what runs where, and on which terms.
pub static NODE_WRITE: Primitive = Primitive {
    name: "node.write",
    verbs: &["patch", "update", "delete"],
    on: &[of_cluster(CORE, &["nodes", "nodes/status"])],
    does: "may change",
    what: "every node",
    because: "Labels, taints and capacity draw pods, and the tokens in them, to a node of one's choice.",
};

/// To write config maps: in the namespaces of control planes they say who is who.
pub static CONFIG_WRITE: Primitive = Primitive {
    name: "cm.control",
    verbs: WRITE,
    on: &[namespaced(CORE, &["configmaps"])],
    does: "may write",
    what: "every config map",
    because: "Config maps of control planes map identities to rights (`aws-auth`, `argocd-rbac-cm`), resolve names \
              (`coredns`) and configure proxies.",
};

/// To run pods under a security context constraint of OpenShift; it is granted by name, and a `RoleBinding` grants it.
pub static SCC_USE: Primitive = Primitive {
    name: "scc.use",
    verbs: &["use"],
    on: &[namespaced("security.openshift.io", &["securitycontextconstraints"])],
    does: "may run pods under",
    what: "every security context constraint",
    because: "Constraints such as `privileged` or `anyuid` let a pod out of its container.",
};

/// To change what policy engines enforce. Kyverno's own policies act with its account: they are among the controllers.
static POLICY_WRITE: Primitive = Primitive {
    name: "policy.write",
    verbs: WRITE,
    on: &[
        namespaced("kyverno.io", &["policyexceptions"]),
        namespaced("policies.kyverno.io", &["policyexceptions"]),
        of_cluster("policies.kyverno.io", &["validatingpolicies", "imagevalidatingpolicies"]),
        of_cluster("templates.gatekeeper.sh", &["constrainttemplates"]),
        of_cluster("constraints.gatekeeper.sh", &["*"]),
        of_cluster("mutations.gatekeeper.sh", &["assign", "assignmetadata", "assignimage", "modifyset"]),
        namespaced("config.gatekeeper.sh", &["configs"]),
    ],
    does: "may rewrite or except from",
    what: "every policy",
    because: "A policy that whoever it binds may change, or except itself from, binds nobody.",
};

static SECRET_WRITE: Primitive = Primitive {
    name: "secret.write",
    verbs: WRITE,
    on: &[namespaced(CORE, &["secrets"])],
    does: "may write",
    what: "every secret",
    because: "A Secret of type `kubernetes.io/service-account-token` is filled with a token of the account that it names, \
              for whoever may read it.",
};

static BINDING_WRITE: Primitive = Primitive {
    name: "rbac.binding-write",
    verbs: WRITE,
    on: &[of_cluster(RBAC, &["clusterrolebindings"]), namespaced(RBAC, &["rolebindings"])],
    does: "may write",
    what: "every binding",
    because: "The API server lets nobody hand out more than they hold, unless they also hold `bind`.",
};

static ROLE_WRITE: Primitive = Primitive {
    name: "rbac.role-write",
    verbs: WRITE,
    on: &[of_cluster(RBAC, &["clusterroles"]), namespaced(RBAC, &["roles"])],
    does: "may write",
    what: "every role",
    because: "The API server lets nobody write more into a role than they hold, unless they also hold `escalate`.",
};
