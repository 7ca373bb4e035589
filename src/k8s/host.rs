//! What of its node a pod reaches: paths, the runtime's socket, processes, the kernel, the network; and what an attacker
//! gets with it.
//!
//! Whether a pod may have that, and which identities are on the node, is for `rules` and `graph`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::container::Container;
pub use super::node_paths::{Reach, holder, is_telling};
use super::node_paths::{normal, reach_of_path};
use super::workload::Workload;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// How a pod reaches its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// A directory or file of the node that is mounted.
    Path,
    /// A privileged container, or a Windows host process.
    Privileged,
    /// The processes of the node.
    Pid,
    /// A capability that ends the isolation of the container.
    Capability,
    /// The network of the node.
    Network,
    /// A port of the node.
    Port,
}

/// One way in which a pod reaches its node.
#[derive(Clone, Debug)]
pub struct HostAccess<'a> {
    /// How.
    pub kind: HostKind,
    /// The scalar that allows it.
    pub node: Node<'a>,
    /// The text to point at: the path, or the key of a flag.
    pub span: Span,
    /// The path, the capability, the port; empty for flags.
    pub value: Cow<'a, str>,
    /// The containers that have it; every one for what the pod as a whole has.
    pub containers: Vec<Container<'a>>,
    /// Whether a path is mounted for reading only, everywhere.
    pub read_only: bool,
    /// Whether one of them may run as root: nothing in the manifest forbids it.
    pub may_be_root: bool,
    /// What an attacker can do with it; none where it gives no identity of others.
    pub reach: Option<Reach>,
    /// Where a path is written, where the pod names only a claim of it.
    pub behind: Option<Span>,
}

/// A directory of the node that a pod mounts by a claim.
#[derive(Clone, Debug)]
pub struct Claimed<'a> {
    /// The name of its volume.
    pub volume: Cow<'a, str>,
    /// Where the pod names the claim.
    pub claim: Node<'a>,
    /// The directory, as the `PersistentVolume` says it.
    pub path: Node<'a>,
}

impl HostAccess<'_> {
    /// Whether the permissions of the node's files and processes keep the container out: they belong to root, and it does
    /// not run as root.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        let guarded = matches!(self.kind, HostKind::Path | HostKind::Pid);
        guarded && !self.may_be_root && self.reach != Some(Reach::RuntimeSocket)
    }
}

/// Whether a container may run as root: by its own fields, else those of its pod, else by its image, which is not known (kubernetes `pkg/securitycontext/util.go`).
fn may_be_root(workload: &Workload<'_>, container: &Container<'_>) -> bool {
    let field = |key: &str| {
        let own = container.node.at(&["securityContext", key]);
        own.or_else(|| workload.spec.value.at(&["securityContext", key]))
    };
    let refused = field("runAsNonRoot").and_then(Node::as_bool) == Some(true);
    match field("runAsUser").and_then(Node::as_i64) {
        Some(user) => user == 0,
        None => !refused,
    }
}

/// Everything of its node that a pod reaches; `claimed` are the directories that it mounts by claims.
#[must_use]
pub fn host_access<'a>(workload: &Workload<'a>, claimed: &[Claimed<'a>]) -> Vec<HostAccess<'a>> {
    let (mut found, spec) = (Vec::new(), workload.spec.value);
    let access = |kind, node: Node<'a>, span, containers: &[Container<'a>], reach| HostAccess {
        kind,
        node,
        span,
        value: Cow::Borrowed(""),
        containers: containers.to_vec(),
        read_only: false,
        may_be_root: containers.iter().any(|container| may_be_root(workload, container)),
        reach,
        behind: None,
    };
    let flag =
        |holder: Node<'a>, key: &str| holder.entry(key).filter(|entry| entry.value.as_bool() == Some(true));
    let host_process =
        |holder: Node<'a>| flag(holder.at(&["securityContext", "windowsOptions"])?, "hostProcess");
    let pid = flag(spec, "hostPID");
    for (kind, entry, reach) in [
        (HostKind::Privileged, host_process(spec), Some(Reach::Everything)),
        (HostKind::Pid, pid, Some(Reach::Processes)),
        (HostKind::Network, flag(spec, "hostNetwork"), None),
    ] {
        let of_pod =
            |entry: Entry<'a>| access(kind, entry.value, entry.key.span(), &workload.containers, reach);
        found.extend(entry.map(of_pod));
    }
    for container in &workload.containers {
        let of = |kind, node, span, value, reach| {
            let own = access(kind, node, span, std::slice::from_ref(container), reach);
            HostAccess { value, ..own }
        };
        let privileged =
            container.node.get("securityContext").and_then(|context| flag(context, "privileged"));
        for entry in privileged.into_iter().chain(host_process(container.node)) {
            let (node, span) = (entry.value, entry.key.span());
            found.push(of(HostKind::Privileged, node, span, Cow::Borrowed(""), Some(Reach::Everything)));
        }
        for item in container.node.all_at(&["securityContext", "capabilities", "add", "*"]) {
            let Some(name) = item.text() else { continue };
            if let Some(reach) = reach_of_capability(&name, pid.is_some()) {
                found.push(of(HostKind::Capability, item, item.span(), name, Some(reach)));
            }
        }
        for port in container.node.all_at(&["ports", "*"]) {
            let Some(entry) = port.entry("hostPort") else { continue };
            if entry.value.as_i64().is_some_and(|port| port > 0) {
                let value = entry.value.text().unwrap_or_default();
                found.push(of(HostKind::Port, entry.value, entry.key.span(), value, None));
            }
        }
    }
    found.extend(mounted_paths(workload, claimed));
    found
}

/// The paths of the node that containers really mount.
fn mounted_paths<'a>(workload: &Workload<'a>, claimed: &[Claimed<'a>]) -> Vec<HostAccess<'a>> {
    let direct = workload.volumes().filter_map(|volume| {
        let path = volume.at(&["hostPath", "path"])?;
        Some(Claimed { volume: volume.get("name")?.text()?, claim: path, path })
    });
    let mut all = direct.chain(claimed.iter().cloned()).peekable();
    if all.peek().is_none() {
        return Vec::new();
    }
    let mounts = mounts_by_volume(&workload.containers);
    all.filter_map(|volume| mounted(workload, &volume, mounts.get(&volume.volume)?)).collect()
}

/// The mounts of each volume, by its name: the position of the container, and the mount.
fn mounts_by_volume<'a>(containers: &[Container<'a>]) -> HashMap<Cow<'a, str>, Vec<(usize, Node<'a>)>> {
    let mut by_volume: HashMap<_, Vec<_>> = HashMap::new();
    for (position, container) in containers.iter().enumerate() {
        for mount in container.node.get("volumeMounts").into_iter().flat_map(Node::items) {
            if let Some(name) = mount.get("name").and_then(Node::text) {
                by_volume.entry(name).or_default().push((position, mount));
            }
        }
    }
    by_volume
}

/// What containers mount of one volume.
fn mounted<'a>(
    workload: &Workload<'a>,
    volume: &Claimed<'a>,
    mounts: &[(usize, Node<'a>)],
) -> Option<HostAccess<'a>> {
    let written = volume.path.text().filter(|written| !written.is_empty())?;
    let root = normal(&written);
    let is_direct = volume.claim.span() == volume.path.span();
    let mut access = HostAccess {
        kind: HostKind::Path,
        node: volume.claim,
        span: volume.claim.span(),
        value: written,
        containers: Vec::new(),
        read_only: true,
        may_be_root: false,
        reach: None,
        behind: (!is_direct).then(|| volume.path.span()),
    };
    for of_container in mounts.chunk_by(|(one, _), (other, _)| one == other) {
        let container = workload.containers[of_container[0].0];
        access.containers.push(container);
        access.may_be_root |= may_be_root(workload, &container);
        for (_, mount) in of_container {
            let read_only = mount.get("readOnly").and_then(Node::as_bool) == Some(true);
            access.read_only &= read_only;
            let below = mount.get("subPath").or_else(|| mount.get("subPathExpr")).and_then(Node::text);
            let path = match below {
                Some(below) if !below.is_empty() => normal(&format!("{root}/{below}")),
                _ => root.clone(),
            };
            let reach = reach_of_path(&path, !read_only);
            // The strongest is the least.
            access.reach = [access.reach, reach].into_iter().flatten().min();
        }
    }
    Some(access)
}

/// What an attacker can do with a capability. `SYS_PTRACE` works on the processes that the container sees.
fn reach_of_capability(name: &str, sees_processes: bool) -> Option<Reach> {
    let name = name.to_ascii_uppercase();
    match name.strip_prefix("CAP_").unwrap_or(&name) {
        "ALL" | "SYS_ADMIN" | "SYS_MODULE" | "SYS_RAWIO" => Some(Reach::Everything),
        "SYS_PTRACE" if sees_processes => Some(Reach::Everything),
        // Files of the node by their handles, past every mount.
        "DAC_READ_SEARCH" => Some(Reach::PodTokens),
        // Programs in the kernel that read the memory of every process.
        "BPF" => Some(Reach::Processes),
        _ => None,
    }
}
