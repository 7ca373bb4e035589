//! What a permission is worth by itself, from as good as `cluster-admin` to nothing.
//!
//! A table and the arithmetic of permissions that are worth more together. What is reached with a permission, over
//! several identities, is not asked here.

use super::controllers::{Borrows, controller_of};
use super::primitive::{CONSTRAINED, Primitive};
use super::tier::Tier;

/// One line of the table: a primitive's name, its tier in the whole cluster, in a namespace, and where names limit it in
/// the whole cluster.
type Line = (&'static str, Tier, Tier, Tier);

/// What primitives are worth. A limit to names makes one tier less of it in a namespace, too.
const TABLE: &[Line] = &[
    ("admin.full", Tier::T0, Tier::T1, Tier::T0),
    // Without the right to write roles or bindings, `escalate` and `bind` wait for it: see `TOGETHER`.
    ("rbac.escalate", Tier::T1, Tier::T2, Tier::T1),
    ("rbac.bind", Tier::T1, Tier::T2, Tier::T3),
    ("rbac.escalate.used", Tier::T0, Tier::T1, Tier::T0),
    ("rbac.bind.used", Tier::T0, Tier::T1, Tier::T0),
    ("impersonate.user", Tier::T0, Tier::T4, Tier::T1),
    // Whom a name lets one become is an edge of the graph.
    ("impersonate.account", Tier::T0, Tier::T1, Tier::T3),
    ("sa.token", Tier::T0, Tier::T1, Tier::T3),
    ("sa.token.forge", Tier::T0, Tier::T1, Tier::T0),
    ("secret.read", Tier::T1, Tier::T2, Tier::T3),
    ("secret.write", Tier::T1, Tier::T2, Tier::T3),
    // A named workload can be given any account and image all the same.
    ("pod.create", Tier::T0, Tier::T2, Tier::T1),
    ("workload.write", Tier::T0, Tier::T2, Tier::T1),
    ("pod.patch", Tier::T0, Tier::T2, Tier::T3),
    ("pod.exec", Tier::T0, Tier::T2, Tier::T3),
    ("pod.ephemeral", Tier::T0, Tier::T2, Tier::T3),
    // Connects to pods, and runs nothing in them.
    ("pod.proxy", Tier::T2, Tier::T3, Tier::T3),
    ("node.proxy", Tier::T0, Tier::T4, Tier::T1),
    ("node.log", Tier::T2, Tier::T4, Tier::T3),
    ("node.write", Tier::T1, Tier::T4, Tier::T2),
    ("pv.create", Tier::T1, Tier::T4, Tier::T2),
    ("csr.approve", Tier::T1, Tier::T4, Tier::T2),
    ("signer.approve", Tier::T1, Tier::T4, Tier::T2),
    ("csr.mint", Tier::T0, Tier::T4, Tier::T0),
    ("node.take", Tier::T0, Tier::T1, Tier::T0),
    ("signer.attest", Tier::T1, Tier::T4, Tier::T2),
    ("webhook.mutate", Tier::T0, Tier::T4, Tier::T2),
    ("webhook.validate", Tier::T1, Tier::T4, Tier::T2),
    ("webhook.delete", Tier::T2, Tier::T4, Tier::T3),
    ("api.extend", Tier::T1, Tier::T4, Tier::T2),
    ("crd.write", Tier::T2, Tier::T4, Tier::T3),
    ("ns.patch", Tier::T1, Tier::T2, Tier::T2),
    ("policy.write", Tier::T1, Tier::T2, Tier::T2),
    ("scc.use", Tier::T1, Tier::T2, Tier::T1),
    ("rbac.binding-write", Tier::T3, Tier::T3, Tier::T3),
    ("rbac.role-write", Tier::T3, Tier::T3, Tier::T3),
];

/// Namespaces whose config maps say who is who, how names resolve, or what controllers deploy.
const CONTROL_NAMESPACES: [&str; 4] = ["kube-system", "argocd", "istio-system", "openshift-config"];

/// Primitives that are worth more together, in one place: what the two make.
pub const TOGETHER: &[(&str, &str, &Primitive)] = &[
    ("rbac.escalate", "rbac.role-write", &ESCALATE_USED),
    ("rbac.bind", "rbac.binding-write", &BIND_USED),
    ("secret.read", "secret.create", &TOKEN_FORGE),
    ("csr.approve", "signer.approve", &CERTIFICATE_MINT),
    ("ns.patch", "pod.create", &NODE_TAKE),
    ("ns.patch", "workload.write", &NODE_TAKE),
];

/// Everything, everywhere.
pub static ADMIN: Primitive = Primitive {
    name: "admin.full",
    verbs: &["*"],
    on: &[],
    does: "may do",
    what: "everything",
    because: "Every verb on every resource of every API group, `escalate`, `bind` and `impersonate` included.",
};

static ESCALATE_USED: Primitive = Primitive {
    name: "rbac.escalate.used",
    verbs: &["escalate"],
    on: &[],
    does: "may write more than it holds into",
    what: "every role",
    because: "It may write roles, and `escalate` lifts the check that nobody writes more than they hold.",
};

static BIND_USED: Primitive = Primitive {
    name: "rbac.bind.used",
    verbs: &["bind"],
    on: &[],
    does: "may give itself",
    what: "every role",
    because: "It may write bindings, and `bind` lifts the check that nobody hands out more than they hold.",
};

static TOKEN_FORGE: Primitive = Primitive {
    name: "sa.token.forge",
    verbs: &["create"],
    on: &[],
    does: "may have tokens made of",
    what: "every account",
    because: "A Secret of type `kubernetes.io/service-account-token` that it creates is filled with a token, which it \
              may read.",
};

static CERTIFICATE_MINT: Primitive = Primitive {
    name: "csr.mint",
    verbs: &["approve"],
    on: &[],
    does: "may have certificates signed for",
    what: "everybody",
    because: "It approves requests for client certificates, and the API server believes what a certificate says.",
};

static NODE_TAKE: Primitive = Primitive {
    name: "node.take",
    verbs: &["patch"],
    on: &[],
    does: "may run privileged pods on",
    what: "every node",
    because: "The labels of a namespace say which pods it admits, and whoever changes them admits its own.",
};

/// Where a permission counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the whole cluster.
    Cluster,
    /// In one namespace; `None` where it is not known which.
    Namespace(Option<String>),
}

/// What a primitive is worth by itself where it is held: `named` where `resourceNames` limit it.
#[must_use]
pub fn tier_of(primitive: &Primitive, scope: &Scope, named: bool) -> Tier {
    if let Some(controller) = controller_of(primitive) {
        // The rights of a controller are reached, not held: what they are worth, the controller's own identity says.
        if controller.borrows == Borrows::Controller {
            return Tier::T4;
        }
        let tier = controller.tier;
        return match scope {
            Scope::Namespace(Some(namespace)) if !controller.heeds(namespace) => Tier::T4,
            Scope::Namespace(_) if controller.confined_by.is_some() => tier.lowered(),
            _ if named => tier.lowered(),
            _ => tier,
        };
    }
    if primitive.name == "cm.control" {
        let critical = |namespace: &str| CONTROL_NAMESPACES.contains(&namespace);
        return match scope {
            Scope::Cluster if !named => Tier::T1,
            Scope::Namespace(Some(namespace)) if !named && critical(namespace) => Tier::T1,
            _ => Tier::T4,
        };
    }
    if primitive.name == CONSTRAINED.name {
        return if *scope == Scope::Cluster && !named { Tier::T1 } else { Tier::T3 };
    }
    let Some(&(_, cluster, namespace, cluster_named)) = TABLE.iter().find(|line| line.0 == primitive.name)
    else {
        return Tier::T4;
    };
    match (scope, named) {
        (Scope::Cluster, false) => cluster,
        (Scope::Cluster, true) => cluster_named,
        (Scope::Namespace(_), false) => namespace,
        (Scope::Namespace(_), true) => namespace.max(cluster_named).max(namespace.lowered()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tables::controllers::commands;
    use crate::graph::tables::primitive::{CONTROL_PLANE, ESCALATION, INTRUSION, SECRETS, WORKLOADS, WRITES};

    #[test]
    fn every_primitive_has_a_tier() {
        let all = [ESCALATION, SECRETS, WORKLOADS, INTRUSION, CONTROL_PLANE, WRITES, commands()];
        for primitive in all.into_iter().flatten() {
            let reached = controller_of(primitive).is_some_and(|row| row.borrows == Borrows::Controller);
            assert!(reached || tier_of(primitive, &Scope::Cluster, false) < Tier::T4, "{}", primitive.name);
        }
        for line in TABLE {
            let made = TOGETHER.iter().any(|together| together.2.name == line.0) || line.0 == ADMIN.name;
            let known = all.into_iter().flatten().any(|primitive| primitive.name == line.0);
            assert!(made || known, "{} is in the table and nowhere else", line.0);
        }
    }

    #[test]
    fn less_is_never_worth_more() {
        let all = [ESCALATION, SECRETS, WORKLOADS, INTRUSION, CONTROL_PLANE, WRITES, commands()];
        let space = Scope::Namespace(Some("kube-system".to_owned()));
        for primitive in all.into_iter().flatten() {
            for scope in [&Scope::Cluster, &space] {
                assert!(
                    tier_of(primitive, scope, false) <= tier_of(primitive, scope, true),
                    "{}",
                    primitive.name
                );
            }
            for named in [false, true] {
                assert!(
                    tier_of(primitive, &Scope::Cluster, named) <= tier_of(primitive, &space, named),
                    "{}",
                    primitive.name
                );
            }
        }
    }
}
