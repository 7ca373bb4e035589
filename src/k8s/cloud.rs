//! Where manifests give cloud identities rights in the cluster, past RBAC.

use std::ops::Range;

use super::Object;
use crate::yaml::Node;

/// A cloud identity that may do everything.
#[derive(Clone, Debug)]
pub struct MappedPower<'a> {
    /// The scalar that says so.
    pub node: Node<'a>,
    /// The bytes of its text that name the power.
    pub range: Range<usize>,
    /// The group or policy.
    pub power: &'static str,
}

/// The group that is authorized before RBAC is asked.
const MASTERS: &str = "system:masters";
/// EKS' policy that equals cluster-admin (EKS user guide, "access policy permissions").
const EKS_ADMIN: &str = "AmazonEKSClusterAdminPolicy";

/// Where an object maps cloud identities to every right: the `aws-auth` config map, EKS access entries.
#[must_use]
pub fn mapped_powers<'a>(object: &Object<'a>) -> Vec<MappedPower<'a>> {
    if object.is("", "ConfigMap") && object.name == "aws-auth" {
        let texts = object.node.get("data").into_iter().flat_map(Node::entries);
        return texts.filter_map(|entry| named(entry.value, MASTERS)).collect();
    }
    if &*object.kind != "AccessEntry" {
        return Vec::new();
    }
    let spec = object.node.get("spec");
    let lists = ["kubernetesGroups", "accessPolicies"].into_iter().filter_map(|key| spec?.get(key));
    let items = lists.flat_map(Node::items);
    items
        .filter_map(|item| named(item, MASTERS).or(named(item.get("policyARN").unwrap_or(item), EKS_ADMIN)))
        .collect()
}

fn named<'a>(node: Node<'a>, power: &'static str) -> Option<MappedPower<'a>> {
    let at = node.text()?.find(power)?;
    Some(MappedPower { node, range: at..at + power.len(), power })
}
