//! What the manifests of a control plane say about the lifetime of tokens.

use std::borrow::Cow;

use crate::k8s::Object;
use crate::k8s::container::Container;
use crate::k8s::duration::go_duration;
use crate::yaml::{Entry, Node};

const EXTEND: &str = "service-account-extend-token-expiration";
const MAXIMUM: &str = "service-account-max-token-expiration";

/// The flags of an API server that bear on tokens.
#[derive(Clone, Copy, Debug)]
pub struct ApiServer<'a> {
    /// Where its flags stand.
    pub flags: Entry<'a>,
    /// The scalar with the extension's flag, and whether it is on. Unset is on.
    pub extends: Option<(Node<'a>, bool)>,
    /// The scalar with the longest lifetime's flag, and its seconds; zero is no limit, as unset is.
    pub longest: Option<(Node<'a>, i64)>,
}

/// The API server that a container runs, by its command.
#[must_use]
pub fn of_container<'a>(container: &Container<'a>) -> Option<ApiServer<'a>> {
    let program =
        container.words("command").into_iter().chain(container.words("args")).find_map(Node::text)?;
    if program.rsplit('/').next() != Some("kube-apiserver") {
        return None;
    }
    let flags = container.node.entry("command").or_else(|| container.node.entry("args"))?;
    let words = container.words("command").into_iter().chain(container.words("args"));
    let set = words.filter_map(|node| {
        let (name, value) = split(&node.text()?)?;
        Some((node, name, value))
    });
    Some(server(flags, set))
}

/// The API server that kubeadm is to start: `extraArgs`, a mapping up to v1beta3, a list since v1beta4. Cluster API
/// wraps the same (`KubeadmControlPlane`).
#[must_use]
pub fn of_kubeadm<'a>(object: &Object<'a>) -> Option<ApiServer<'a>> {
    let cluster = match (object.group.as_str(), &*object.kind) {
        ("kubeadm.k8s.io", "ClusterConfiguration") => object.node,
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane") => {
            object.node.at(&["spec", "kubeadmConfigSpec", "clusterConfiguration"])?
        }
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate") => {
            object.node.at(&["spec", "template", "spec", "kubeadmConfigSpec", "clusterConfiguration"])?
        }
        _ => return None,
    };
    let around = cluster.entry("apiServer");
    let arguments = around.and_then(|around| around.value.entry("extraArgs"));
    let flags = arguments.or(around).or_else(|| object.node.entry("kind"))?;
    let list = arguments.map(|arguments| arguments.value);
    let mapped = list.into_iter().flat_map(Node::entries);
    let mapped =
        mapped.filter_map(|entry| Some((entry.value, entry.key.text()?.into_owned(), entry.value.text()?)));
    let listed = list.into_iter().flat_map(Node::items);
    let listed = listed.filter_map(|item| {
        let value = item.get("value")?;
        Some((value, item.get("name")?.text()?.into_owned(), value.text()?))
    });
    Some(server(flags, mapped.chain(listed)))
}

fn split(word: &str) -> Option<(String, Cow<'static, str>)> {
    let (name, value) = word.strip_prefix("--")?.split_once('=')?;
    Some((name.to_owned(), Cow::Owned(value.to_owned())))
}

fn server<'a>(
    flags: Entry<'a>,
    set: impl Iterator<Item = (Node<'a>, String, Cow<'a, str>)>,
) -> ApiServer<'a> {
    let mut server = ApiServer { flags, extends: None, longest: None };
    for (node, name, value) in set {
        match name.as_str() {
            EXTEND => {
                server.extends =
                    Some((node, !matches!(&*value, "false" | "False" | "FALSE" | "0" | "f" | "F")));
            }
            MAXIMUM => server.longest = go_duration(&value).map(|seconds| (node, seconds)),
            _ => {}
        }
    }
    server
}
