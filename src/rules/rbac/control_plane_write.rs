//! NHI507: an identity may change what the API server, the nodes or the engines that guard them do.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::tables::permission::{Request, Rule};
use crate::graph::tables::primitive::{
    CONFIG_WRITE, CSR_APPROVE, NAMESPACE_PATCH, PRIMITIVES, PV_CREATE, SCC_USE, SIGNER_APPROVE, primitive,
};
use crate::graph::{Placed, Signers};
use crate::k8s::binding::rules;
use crate::rules::{Context, Emit};
use crate::yaml::Node;

const QUESTION: Question = Question { primitives: || PRIMITIVES.control_plane, axis: "resources", form };

/// Signers whose certificates the API server takes for users, nodes or groups (kubernetes `pkg/apis/certificates`).
const CLIENT_SIGNERS: [&str; 3] =
    ["kubernetes.io/*", "kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"];

/// OpenShift's constraints that keep a pod in its container.
const TAME_CONSTRAINTS: [&str; 5] = ["restricted", "restricted-v2", "restricted-v3", "nonroot", "nonroot-v2"];

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    ask(&QUESTION, placed, context, emit);
}

fn form(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let is = |name: &str| power.primitive.name == name;
    let names = power.shown.names;
    if is(CONFIG_WRITE) {
        return config(power, context);
    }
    if is(SCC_USE) {
        let loose = names.is_empty() || names.iter().any(|name| power.primitive.is_strong(name));
        return match power.reach {
            _ if !names.is_empty() && names.iter().all(|name| TAME_CONSTRAINTS.contains(&&**name)) => None,
            Reach::Dormant => loose.then_some(Form("dormant")),
            _ => Some(Form(if loose { "constraint" } else { "named" })),
        };
    }
    if let Some(signers) = &power.signers {
        return approval(power, signers);
    }
    let limited = !names.is_empty();
    match power.reach {
        Reach::Dormant => (!limited).then_some(Form("dormant")),
        // In a namespace, the only one that a grant can mean is the one that it stands in.
        _ if limited && (power.reach == Reach::Cluster || !is(NAMESPACE_PATCH)) => Some(Form::NAMED),
        _ if is(NAMESPACE_PATCH) && power.reach == Reach::Cluster => {
            let guarded = context.graph.exposure.enforces_pod_security(power.placed.source);
            Some(Form(if guarded { "guarded" } else { "weaker" }))
        }
        _ if is(PV_CREATE) && provisions(power) => Some(Form("weaker")),
        _ if power.primitive.weaker => Some(Form("weaker")),
        _ => Some(Form("cluster")),
    }
}

/// To approve certificates: `signers` are those for which its holder has the other permission that it takes.
fn approval(power: &Power<'_>, signers: &Signers) -> Option<Form> {
    let is_signer = power.primitive.name == SIGNER_APPROVE;
    let names: Vec<&str> = power.shown.names.iter().map(AsRef::as_ref).collect();
    let limited = match signers {
        _ if is_signer => !names.is_empty() && !reaches_clients(names),
        Signers::Named(signers) => !names.is_empty() || !reaches_clients(signers.iter().map(String::as_str)),
        _ => !names.is_empty(),
    };
    let writes = |node: Node<'_>| primitive(CSR_APPROVE).shown_by(&Rule::from_node(node), true).is_some();
    match power.reach {
        // The finding about the requests that the role lets approve names the signers.
        _ if is_signer && rules(power.placed.object.node).any(writes) => None,
        Reach::Dormant => (!limited).then_some(Form("dormant")),
        _ if *signers == Signers::Nobody => Some(Form::WAITING),
        _ if limited => Some(Form::NAMED),
        _ => Some(Form(if is_signer { "weaker" } else { "cluster" })),
    }
}

/// Whether the role is that of a provisioner, whose work it is to make volumes: it follows the storage classes.
fn provisions(power: &Power<'_>) -> bool {
    let classes = Request::resource("list", "storage.k8s.io", "storageclasses");
    rules(power.placed.object.node).any(|node| Rule::from_node(node).allows(&classes))
}

fn reaches_clients<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    names.into_iter().any(|name| CLIENT_SIGNERS.contains(&name))
}

/// Config maps matter where control planes read them.
fn config(power: &Power<'_>, context: &Context<'_>) -> Option<Form> {
    let listed = context.settings.patterns(context.rule, "controlConfigMaps");
    let names = power.shown.names;
    if !names.is_empty() && !names.iter().any(|name| listed.has(name)) {
        return None;
    }
    let control = context.settings.patterns(context.rule, "controlNamespaces");
    // A control plane that keeps its own settings is no news, but for the one that all share.
    let is_foreign = |namespace: &&str| {
        *namespace == "kube-system"
            || power.identities.iter().any(|identity| identity.namespace() != Some(namespace))
    };
    match power.reach {
        Reach::Cluster => Some(Form("config")),
        Reach::Namespace => {
            let is_control = |namespace: &&str| control.has(namespace) && is_foreign(namespace);
            power.namespaces.iter().any(is_control).then_some(Form("config"))
        }
        Reach::Dormant => None,
    }
}
