//! What a permission is worth by itself, from as good as `cluster-admin` to nothing.
//!
//! A table and the arithmetic of permissions that are worth more together. What is reached with a permission, over
//! several identities, is not asked here.

use super::controllers::{Borrows, controller_of};
use super::primitive::{CONFIG_WRITE, CONSTRAINED, Primitive};
use super::tier::Tier;

/// Namespaces whose config maps say who is who, how names resolve, or what controllers deploy.
const CONTROL_NAMESPACES: [&str; 4] = ["kube-system", "argocd", "istio-system", "openshift-config"];

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
    if primitive.name == CONFIG_WRITE {
        let critical = |namespace: &str| CONTROL_NAMESPACES.contains(&namespace);
        return match scope {
            Scope::Cluster if !named => Tier::T1,
            Scope::Namespace(Some(namespace)) if !named && critical(namespace) => Tier::T1,
            _ => Tier::T4,
        };
    }
    if primitive.name == CONSTRAINED {
        return if *scope == Scope::Cluster && !named { Tier::T1 } else { Tier::T3 };
    }
    let Some([cluster, namespace, cluster_named]) = primitive.tiers else { return Tier::T4 };
    match (scope, named) {
        (Scope::Cluster, false) => cluster,
        (Scope::Cluster, true) => cluster_named,
        (Scope::Namespace(_), false) => namespace,
        (Scope::Namespace(_), true) => namespace.max(cluster_named).max(namespace.lowered()),
    }
}
