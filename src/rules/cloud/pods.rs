//! NHI604 in pods: what a pod needs, beside its account, to get the account's cloud identity.

use super::azure::{self, pod_label};
use crate::finding::{Applicability, Operation};
use crate::graph::{Placed, Runner};
use crate::k8s::cloud::{AAD_BINDING, KIAM_ROLE, Provider, Via};
use crate::rules::emit::change;
use crate::rules::{Context, Emit};
use crate::yaml::Node;

pub(super) const KIAM: &str = "Both catch calls to the node's metadata service, and lose races there; the role of an \
                               account (`eks.amazonaws.com/role-arn`) needs no agent.";

/// Lists of containers that a webhook leaves alone, with the separator it reads and the one it does not.
const SKIP_LISTS: [(&str, char, char); 2] =
    [("eks.amazonaws.com/skip-containers", ',', ';'), ("azure.workload.identity/skip-containers", ';', ',')];

/// Variables that name the token's file, and where the webhook puts it.
const TOKEN_FILES: [(&str, &str); 2] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/"),
    ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/"),
];

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let graph = context.graph;
    let at = graph.places.object_of(runner);
    let name = runner.account.name().unwrap_or_default();
    let holds = |provider: Provider| {
        let own = graph.cloud.of(at, name).into_iter();
        own.filter(|identity| identity.named.via == Via::Annotation)
            .find(|identity| identity.named.provider == provider)
    };
    retired(runner, emit);
    lists(runner, at, emit);
    if at.partial {
        return;
    }
    if let Some(identity) = holds(Provider::Google)
        && let Some(entry) = runner.workload.spec.value.entry("hostNetwork")
        && entry.value.as_bool() == Some(true)
    {
        let message = "a pod in the host's network gets the node's identity from GKE, not its account's";
        let draft = emit.at("host-network", entry.value, message);
        draft
            .label("the metadata server is not asked")
            .related(identity.named.span(), "what its account would act as");
    }
    azure::check(runner, holds(Provider::Azure).map(|identity| identity.named.span()), graph, emit);
    token_files(runner, emit);
}

/// Names in one list are read as one name where the separator is another webhook's.
fn lists(runner: &Runner<'_>, at: &Placed<'_>, emit: &mut Emit<'_>) {
    for (key, right, wrong) in SKIP_LISTS {
        let Some(value) = runner.workload.pod_annotation(key) else { continue };
        let Some(text) = value.text().filter(|text| text.contains(wrong)) else { continue };
        let message = format!("`{wrong}` separates nothing here: the webhook reads `{right}`");
        let draft = emit.at("separator", value, message);
        draft.label("no container has this name, so none is left out");
        let names: Vec<&str> = text.split([wrong, right]).map(str::trim).collect();
        let list = Operation::Set(format!("\"{}\"", names.join(&right.to_string())));
        let title = format!("separate the names by `{right}`");
        draft.fix(Applicability::Unsafe, title, change(at, value, list));
    }
}

/// A variable that names a token file which nothing mounts: the webhook leaves it as it is.
fn token_files(runner: &Runner<'_>, emit: &mut Emit<'_>) {
    let is_projected = |volume: &str| {
        let named =
            |node: &Node<'_>| node.get("name").and_then(Node::text).is_some_and(|name| name == volume);
        let found = runner.workload.volumes().find(named);
        found.is_none_or(|volume| volume.get("projected").is_some() || volume.get("csi").is_some())
    };
    for container in &runner.workload.containers {
        for variable in container.env() {
            let name = variable.name();
            let Some((_, folder)) = TOKEN_FILES.into_iter().find(|(known, _)| *known == name) else {
                continue;
            };
            let Some((value, path)) = variable.value().and_then(|value| Some((value, value.text()?))) else {
                continue;
            };
            let mounted =
                container.mounts().any(|(mount, volume)| path.starts_with(&*mount) && is_projected(&volume));
            let given = path.is_empty() || path.contains('$') || path.starts_with(folder);
            if !given && !mounted {
                let draft =
                    emit.at("token-file", value, "nothing mounts a token here, and the webhook leaves it");
                draft
                    .label(format!("the webhook would mount one below `{folder}`"))
                    .subject(name.into_owned());
            }
        }
    }
}

/// Marks of agents that nobody maintains any more.
fn retired(runner: &Runner<'_>, emit: &mut Emit<'_>) {
    let role = runner.workload.pod_annotations().and_then(|annotations| annotations.entry(KIAM_ROLE));
    if let Some(role) = role.filter(|role| role.value.text().is_some_and(|text| !text.is_empty())) {
        let draft = emit.key(
            "retired",
            role,
            "kiam, which reads this, is retired, and kube2iam hands out what any pod asks for",
        );
        draft.label("the role of the pod").note(KIAM);
    }
    if let Some(label) = pod_label(runner, AAD_BINDING) {
        let draft = emit.key("retired", label, "the agent that reads this, AAD Pod Identity, is retired");
        draft.label("the identity of the pod");
        draft.note("Azure Workload Identity took its place; AAD Pod Identity is archived since 2023.");
    }
}
