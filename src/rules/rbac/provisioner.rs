//! Provisioners of volumes, whose work it is to make what NHI507 asks about.

use super::power::Power;
use crate::graph::tables::permission::{Request, Rule};
use crate::k8s::Image;
use crate::k8s::binding::rules;
use crate::rules::Context;

/// Whether the role is that of a provisioner, whose work it is to make volumes: it follows the storage classes.
pub(super) fn provisions(power: &Power<'_>) -> bool {
    let classes = Request::resource("list", "storage.k8s.io", "storageclasses");
    rules(power.placed.object.node).any(|node| Rule::from_node(node).allows(&classes))
}

/// Whether its role is that of a provisioner, and all who hold it run one: the sidecar that makes the
/// volumes of a CSI driver (kubernetes-csi/external-provisioner).
pub(super) fn runs_provisioners(power: &Power<'_>, context: &Context<'_>) -> bool {
    let places = &context.graph.places;
    let mut subjects = power.held.iter().flat_map(|held| {
        let subjects = held.binding.binding.subjects.iter().filter(|subject| subject.is_non_human());
        subjects.map(|subject| (&places[held.binding.object], subject))
    });
    provisions(power)
        && !power.held.is_empty()
        && subjects.all(|(at, subject)| {
            let Some((namespace, name)) = subject.account_in(at.namespace.as_deref()) else { return false };
            let users = places.users_of(at, namespace, name);
            !users.is_empty()
                && users.iter().all(|user| {
                    let mut containers = user.workload.containers.iter();
                    containers.any(|container| is_provisioner(&container.image()))
                })
        })
}

fn is_provisioner(image: &str) -> bool {
    Image::parse(image).repository.rsplit('/').next() == Some("csi-provisioner")
}
