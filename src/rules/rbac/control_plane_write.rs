//! NHI507: an identity may change what the API server, the nodes or the engines that guard them do.

use super::power::{Power, Question, Reach, ask};
use crate::finding::Form;
use crate::graph::Placed;
use crate::graph::tables::permission::{Request, Rule};
use crate::graph::tables::primitive::{
    CONFIG_WRITE, CSR_APPROVE, NAMESPACE_PATCH, PRIMITIVES, PV_CREATE, SCC_USE, SIGNER_APPROVE, primitive,
};
use crate::k8s::binding::rules;
use crate::rules::{Context, Emit};

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
    if is(SIGNER_APPROVE) && approval(power).is_some() {
        return None;
    }
    let limited = match names {
        [] => false,
        _ if is(SIGNER_APPROVE) => !reaches_clients(names),
        _ => true,
    };
    let limited = limited || (is(CSR_APPROVE) && approval(power) == Some("named"));
    let half = is(SIGNER_APPROVE) || (is(CSR_APPROVE) && approval(power) == Some("half"));
    match power.reach {
        Reach::Dormant => (!limited).then_some(Form("dormant")),
        // In a namespace, the only one that a grant can mean is the one that it stands in.
        _ if limited && (power.reach == Reach::Cluster || !is(NAMESPACE_PATCH)) => Some(Form::NAMED),
        _ if is(NAMESPACE_PATCH) && power.reach == Reach::Cluster => {
            let guarded = context.graph.exposure.enforces_pod_security(power.placed.source);
            Some(Form(if guarded { "guarded" } else { "weaker" }))
        }
        _ if is(PV_CREATE) && provisions(power) => Some(Form("weaker")),
        _ if half || power.primitive.weaker => Some(Form("weaker")),
        _ => Some(Form("cluster")),
    }
}

/// What the role says of signers, where it may approve requests: both are asked for. `half` is one without the other.
fn approval(power: &Power<'_>) -> Option<&'static str> {
    let written: Vec<_> = rules(power.placed.object.node).map(Rule::from_node).collect();
    written.iter().find_map(|rule| primitive(CSR_APPROVE).shown_by(rule, true))?;
    let mut signers =
        written.iter().filter_map(|rule| primitive(SIGNER_APPROVE).shown_by(rule, true)).peekable();
    if signers.peek().is_none() {
        return Some("half");
    }
    let wide = signers.any(|shown| shown.names.is_empty() || reaches_clients(shown.names));
    Some(if wide { "cluster" } else { "named" })
}

/// Whether the role is that of a provisioner, whose work it is to make volumes: it follows the storage classes.
fn provisions(power: &Power<'_>) -> bool {
    let classes = Request::resource("list", "storage.k8s.io", "storageclasses");
    rules(power.placed.object.node).any(|node| Rule::from_node(node).allows(&classes))
}

fn reaches_clients(names: &[std::borrow::Cow<'_, str>]) -> bool {
    names.iter().any(|name| CLIENT_SIGNERS.contains(&&**name))
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
