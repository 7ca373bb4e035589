//! Permissions that let an identity become another, as data: which requests show one, and what to say of it.
//!
//! A primitive is judged on one rule by itself. What its holder reaches with it, over several steps, is not asked here.

use std::borrow::Cow;

use super::permission::{ALL, Request, Rule};

const CORE: &str = "";
const RBAC: &str = "rbac.authorization.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";

/// A permission that reaches beyond itself.
#[derive(Debug)]
pub struct Primitive {
    /// Names it in fingerprints and records: `secret.read`.
    pub name: &'static str,
    /// Any of these verbs shows it, the most telling first.
    verbs: &'static [&'static str],
    /// On any of these.
    on: &'static [On],
    /// What its holder may do, before the words for the object: "may read".
    pub does: &'static str,
    /// To what, where no names limit it: "every secret".
    pub what: &'static str,
    /// Why that is more than it seems, as a sentence.
    pub because: &'static str,
}

/// Resources of one group.
#[derive(Debug)]
struct On {
    group: &'static str,
    /// Plural names; `x/*` stands for every subresource of `x`.
    resources: &'static [&'static str],
    /// Whether they live outside namespaces, so that a `RoleBinding` gives nothing.
    cluster_scoped: bool,
}

const fn namespaced(group: &'static str, resources: &'static [&'static str]) -> On {
    On { group, resources, cluster_scoped: false }
}

const fn of_cluster(group: &'static str, resources: &'static [&'static str]) -> On {
    On { group, resources, cluster_scoped: true }
}

/// How a rule shows a primitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'r> {
    /// The request that shows it.
    pub request: Request<'r>,
    /// Its resource, as `pods/exec`.
    pub resource: &'static str,
    /// The `resourceNames` that limit it; none means every name.
    pub names: &'r [Cow<'r, str>],
}

impl Primitive {
    /// Whether a rule shows it where it is bound: for the whole cluster, or in a namespace only.
    #[must_use]
    pub fn shown_by<'r>(&self, rule: &'r Rule<'r>, cluster_wide: bool) -> Option<Shown<'r>> {
        let reachable = self.on.iter().filter(|on| cluster_wide || !on.cluster_scoped);
        for on in reachable {
            for &resource in on.resources {
                for &verb in self.verbs {
                    // What the verb limits is not meant by "every verb".
                    if verb.contains(':') && !rule.verbs.iter().any(|word| word == verb) {
                        continue;
                    }
                    let written = match resource.strip_suffix('*') {
                        Some(beginning) => {
                            let mut written = rule.resources.iter();
                            written
                                .find(|word| *word == ALL || word.starts_with(beginning))
                                .map(|word| if word == ALL { resource } else { word.as_ref() })
                        }
                        None => Some(resource),
                    };
                    let Some(written) = written else { continue };
                    let mut request = Request::resource(verb, on.group, written);
                    if let Some(name) = rule.names.first() {
                        request = request.named(name);
                    }
                    if rule.allows(&request) {
                        return Some(Shown { request, resource, names: &rule.names });
                    }
                }
            }
        }
        None
    }
}

/// The primitives that rules show for every name, but for those that only come near somebody else's rights.
pub fn unlimited<'r>(
    rules: impl IntoIterator<Item = &'r Rule<'r>>,
    cluster_wide: bool,
) -> Vec<&'static Primitive> {
    let rules: Vec<&Rule<'_>> = rules.into_iter().filter(|rule| rule.names.is_empty()).collect();
    let shows = |primitive: &&&'static Primitive| {
        rules.iter().any(|rule| primitive.shown_by(rule, cluster_wide).is_some())
    };
    ESCALATION
        .iter()
        .chain(SECRETS)
        .chain(WORKLOADS)
        .chain(INTRUSION)
        .filter(|primitive| !is_weak(primitive))
        .filter(shows)
        .copied()
        .collect()
}

fn is_weak(primitive: &Primitive) -> bool {
    primitive.name == CONSTRAINED.name || CONNECTION.iter().any(|weak| weak.name == primitive.name)
}

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

impl Shown<'_> {
    /// The verb that shows it.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.request.verb
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(
        verbs: &[&'static str],
        group: &'static str,
        resource: &'static str,
        names: &[&'static str],
    ) -> Rule<'static> {
        let words = |words: &[&'static str]| words.iter().map(|&word| Cow::Borrowed(word)).collect();
        Rule {
            verbs: words(verbs),
            groups: words(&[group]),
            resources: words(&[resource]),
            names: words(names),
            urls: Vec::new(),
        }
    }

    #[test]
    fn what_lives_outside_namespaces_is_not_reached_from_one() {
        let shown = |rule: &Rule<'_>, wide| -> Vec<&str> {
            unlimited([rule], wide).iter().map(|primitive| primitive.name).collect()
        };
        let pods = rule(&["update"], "", "pods", &[]);
        assert_eq!(shown(&pods, false), ["pod.patch"]);
        let node = rule(&["get"], "", "nodes/proxy", &[]);
        assert_eq!(shown(&node, true), ["node.proxy"]);
        assert!(shown(&node, false).is_empty());
        let escalate = rule(&["escalate", "bind"], RBAC, "clusterroles", &[]);
        assert_eq!(shown(&escalate, true), ["rbac.escalate", "rbac.bind"]);
        assert_eq!(shown(&escalate, false), ["rbac.bind"]);
        let extras = rule(&["impersonate"], AUTHENTICATION, "userextras/scopes", &[]);
        assert_eq!(shown(&extras, true), ["impersonate.user"]);
        assert!(shown(&rule(&["impersonate"], AUTHENTICATION, "userextras", &[]), true).is_empty());
    }

    #[test]
    fn names_limit_and_look_alikes_are_nothing() {
        let named = rule(&["get", "list"], "", "secrets", &["app-tls"]);
        let shown = SECRET_READ.shown_by(&named, true).expect("it reads one secret");
        assert_eq!(shown.names, ["app-tls"]);
        assert!(unlimited([&named], true).is_empty());
        for quiet in [
            rule(&["create", "delete"], "", "secrets", &[]),
            rule(&["get"], "", "pods/*", &[]),
            rule(&["update", "patch"], "apps", "deployments/scale", &[]),
            rule(&["create"], "", "serviceaccounts", &[]),
            rule(&["*"], "shop.example", "secrets", &[]),
        ] {
            assert!(unlimited([&quiet], true).is_empty(), "{quiet:?}");
        }
    }
}
