//! NHI701: a pod reaches what its node holds of others: their tokens, the node's own credentials, the whole node.

use crate::graph::Runner;
use crate::k8s::Image;
use crate::k8s::container::Role;
use crate::k8s::host::{HostAccess, HostKind, Reach, holder, host_access};
use crate::rules::{Context, Emit, SHOWN};
use crate::yaml::Node;

pub(crate) fn check(runner: &Runner<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let listed = context.settings.ends(context.rule, "nodeAgents");
    let mirrors = context.mirrors();
    let agents =
        |access: &HostAccess<'_>| context.graph.exposure.is_for_agents(access, runner, listed, &mirrors);
    let mut ways: Vec<(bool, Reach, HostAccess<'_>)> =
        host_access(&runner.workload, &context.graph.places.claimed_paths(runner))
            .into_iter()
            .filter_map(|access| Some((agents(&access), access.reach?, access)))
            .collect();
    // What needs no node first, then what comes to the most; else as written.
    ways.sort_by_key(|(agents, reach, access)| (*agents, access.is_guarded(), *reach));
    let Some(((agents, reach, access), others)) = ways.split_first() else {
        sidecars(runner, emit);
        return;
    };
    let form = match access.kind {
        _ if *agents => "agent",
        HostKind::Path if matches!(reach, Reach::RuntimeSocket | Reach::ServiceManager) => "socket",
        HostKind::Path | HostKind::Pid if *reach == Reach::Processes => "processes",
        HostKind::Path | HostKind::Pid => "path",
        HostKind::Privileged => "privileged",
        HostKind::Capability => "capability",
        HostKind::Network | HostKind::Port => return,
    };
    let draft = emit.part(form, access.node, access.span, message(access, *reach));
    draft.label(held_by(access)).subject(&*access.value).about(access.node);
    if let Some(volume) = access.behind {
        draft.related(volume, "the volume that the claim may be bound to");
    }
    if *agents {
        draft.note(
            "Agents of the node need it: whoever can change this one holds every identity of the node.",
        );
    } else if access.is_guarded() {
        draft.step(
            -1,
            "No container that has it runs as root, so the node's file permissions stand in between.",
        );
    }
    for (_, reach, other) in others.iter().take(SHOWN) {
        draft.related(other.span, message(other, *reach));
    }
}

fn message(access: &HostAccess<'_>, reach: Reach) -> String {
    let (value, holder) = (&access.value, holder(&access.value));
    match (access.kind, reach) {
        (HostKind::Privileged, _) => "a privileged container is root on its node".to_owned(),
        (HostKind::Capability, Reach::Everything) => {
            format!("with `{value}` a container can make itself root on its node")
        }
        (HostKind::Capability, Reach::PodTokens) => {
            format!("with `{value}` a container reads every file of its node, tokens of other pods too")
        }
        (HostKind::Capability, _) => format!("with `{value}` a container reads the memory of its node"),
        (HostKind::Pid, _) => {
            "`hostPID` shows the processes of its node's other pods, with their variables and files"
                .to_owned()
        }
        (_, Reach::Everything) => format!("`{value}` is writable: what is put there, its node runs as root"),
        (_, Reach::RuntimeSocket) => format!("`{value}` commands containers of its node, as root too"),
        (_, Reach::ServiceManager) => {
            format!("`{value}` commands its node's service manager, which runs what it is given as root")
        }
        (_, Reach::PodTokens) => format!("`{value}` holds the tokens of every pod of its node"),
        (_, Reach::NodeCredentials) if value.starts_with("/var/lib/etcd") => {
            format!("`{value}` holds all that the cluster stores, Secrets too")
        }
        (_, Reach::NodeCredentials) => format!("`{value}` holds what its {holder} authenticates with"),
        (_, Reach::Processes) => format!("`{value}` shows the variables and files of its node's other pods"),
    }
}

fn held_by(access: &HostAccess<'_>) -> String {
    let what = match access.kind {
        HostKind::Path if access.read_only => "mounted, for reading only, into",
        HostKind::Path => "mounted into",
        _ => "given to",
    };
    match access.containers.as_slice() {
        [one] => format!("{what} `{}`", one.name()),
        [one, rest @ ..] => format!("{what} `{}` and {} more", one.name(), rest.len()),
        [] => "given to the whole pod".to_owned(),
    }
}

/// Containers of several makers that see each other's processes.
fn sidecars(runner: &Runner<'_>, emit: &mut Emit<'_>) {
    let entry = runner.workload.spec.value.entry("shareProcessNamespace");
    let Some(entry) = entry.filter(|entry| entry.value.as_bool() == Some(true)) else {
        return;
    };
    let running = runner.workload.containers.iter().filter(|container| container.role != Role::Init);
    let mut images: Vec<(String, Option<Node<'_>>)> = running
        .map(|container| {
            (Image::parse(&container.image()).repository.to_owned(), container.node.get("image"))
        })
        .collect();
    images.sort_by(|a, b| a.0.cmp(&b.0));
    images.dedup_by(|a, b| a.0 == b.0);
    if images.len() > 1 {
        let draft =
            emit.key("sidecar", entry, "its containers read each other's variables, files and tokens");
        draft.label("one process namespace for containers of several images");
        for node in images.into_iter().take(SHOWN).filter_map(|(_, node)| node) {
            draft.related(node.span(), "one of them");
        }
    }
}
