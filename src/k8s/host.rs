//! What of its node a pod reaches: paths, the runtime's socket, processes, the kernel, the network; and what an attacker
//! gets with it.
//!
//! Whether a pod may have that, and which identities are on the node, is for `rules` and `graph`.

use std::borrow::Cow;

use super::container::Container;
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

/// What an attacker can do with it, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// To run as root on the node.
    Everything,
    /// To start containers on the node, past the API server.
    RuntimeSocket,
    /// To have the node's service manager run commands as root.
    ServiceManager,
    /// To read the tokens and secrets that are mounted into the other pods of the node.
    PodTokens,
    /// To read what the node, or its control plane, authenticates with.
    NodeCredentials,
    /// To read the other processes of the node: their variables, files and memory.
    Processes,
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
    let all = direct.chain(claimed.iter().cloned());
    all.filter_map(|volume| mounted(workload, &volume)).collect()
}

/// What containers mount of one volume, if any does.
fn mounted<'a>(workload: &Workload<'a>, volume: &Claimed<'a>) -> Option<HostAccess<'a>> {
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
    for container in &workload.containers {
        let mounts = container.node.get("volumeMounts").into_iter().flat_map(Node::items);
        let of_volume =
            |mount: &Node<'_>| mount.get("name").and_then(Node::text).is_some_and(|of| of == volume.volume);
        let mut mounts = mounts.filter(of_volume).peekable();
        if mounts.peek().is_none() {
            continue;
        }
        access.containers.push(*container);
        access.may_be_root |= may_be_root(workload, container);
        for mount in mounts {
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
    (!access.containers.is_empty()).then_some(access)
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

/// Where root of the node runs what is written, or what is written says whom it lets in as root.
const RUN_BY_NODE: [&str; 27] = [
    "/etc/kubernetes/manifests",
    "/etc/kubernetes/addons",
    "/var/lib/rancher/k3s/server/manifests",
    "/var/lib/rancher/rke2/server/manifests",
    "/var/lib/k0s/manifests",
    "/etc/cron.d",
    "/etc/cron.hourly",
    "/etc/cron.daily",
    "/etc/cron.weekly",
    "/etc/cron.monthly",
    "/etc/crontab",
    "/etc/init.d",
    "/etc/ld.so.preload",
    "/etc/pam.d",
    "/etc/passwd",
    "/etc/profile.d",
    "/etc/rc.local",
    "/etc/shadow",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/root/.ssh",
    "/var/spool/cron",
];

/// Sockets of container runtimes: Docker, containerd (that of k3s, k0s and Bottlerocket too), CRI-O, Podman, builders, and
/// what plugs into runtimes; on Windows, pipes.
const SOCKETS: [&str; 16] = [
    "/run/docker.sock",
    "/run/docker/containerd/containerd.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
    "/run/dockershim.sock",
    "/run/podman/podman.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/nri/nri.sock",
    "/run/host-containerd/host-containerd.sock",
    "/run/k3s/containerd/containerd.sock",
    "/run/k0s/containerd.sock",
    "/var/snap/microk8s/common/run/containerd.sock",
    "//./pipe/docker_engine",
    "//./pipe/containerd-containerd",
    "//./pipe/cri-dockerd",
];

/// Sockets by which root commands the service manager of the node (systemd `org.freedesktop.systemd1`).
const MANAGERS: [&str; 2] = ["/run/systemd/private", "/run/dbus/system_bus_socket"];

/// Where kubelets keep the volumes of pods, tokens included.
const PODS: [&str; 5] = [
    "/var/lib/kubelet/pods",
    "/var/lib/k0s/kubelet/pods",
    "/var/snap/microk8s/common/var/lib/kubelet/pods",
    "/var/vcap/data/kubelet/pods",
    "/var/data/kubelet/pods",
];

/// Where nodes and control planes keep what they authenticate with, and etcd what everybody does.
const CREDENTIALS: [&str; 20] = [
    "/etc/kubernetes",
    "/etc/srv/kubernetes",
    "/etc/shadow",
    "/var/lib/cloud/instance",
    "/var/lib/kubelet/config.json",
    "/var/lib/kubelet/pki",
    "/var/lib/kubelet/kubeconfig",
    "/var/lib/minikube/certs",
    "/var/lib/k0s/pki",
    "/var/lib/etcd",
    "/var/lib/kube-scheduler",
    "/var/lib/kube-controller-manager",
    "/etc/rancher",
    "/var/lib/rancher/k3s/server",
    "/var/lib/rancher/k3s/agent",
    "/var/lib/rancher/rke2/server",
    "/srv/kubernetes",
    "/root/.kube",
    "/root/.docker",
    "/etc/origin",
];

/// Files and folders below them that hold none.
const HARMLESS: [&str; 3] =
    ["/etc/kubernetes/manifests", "/etc/kubernetes/volumeplugins", "/etc/kubernetes/addons"];

/// What an attacker can do with a path of the node. A socket can be used when it is mounted read-only, too.
fn reach_of_path(path: &str, writable: bool) -> Option<Reach> {
    let holds = |place: &str| is_below(place, path);
    let either = |place: &str| holds(place) || is_below(path, place);
    if writable && RUN_BY_NODE.iter().any(|place| either(place)) {
        return Some(Reach::Everything);
    }
    // Below `/var` as a whole, MicroK8s alone keeps one.
    if path != "/var" && SOCKETS.iter().any(|place| holds(place)) {
        return Some(Reach::RuntimeSocket);
    }
    if MANAGERS.iter().any(|place| holds(place)) {
        return Some(Reach::ServiceManager);
    }
    if PODS.iter().any(|place| either(place)) {
        return Some(Reach::PodTokens);
    }
    let certificate = path.rsplit_once('.').is_some_and(|(_, end)| end == "crt");
    let public = certificate || HARMLESS.iter().any(|place| is_below(path, place));
    if !public && CREDENTIALS.iter().any(|place| either(place)) {
        return Some(Reach::NodeCredentials);
    }
    let process = path.strip_prefix("/proc/").and_then(|rest| rest.split('/').next());
    let of_process = process.is_some_and(|first| first.bytes().all(|byte| byte.is_ascii_digit()));
    (path == "/proc" || of_process).then_some(Reach::Processes)
}

/// Whether a path of the node, or something below it, gives an attacker anything.
#[must_use]
pub fn is_telling(path: &str) -> bool {
    let path = normal(path);
    reach_of_path(&path, true).is_some()
}

/// Whether `path` is `folder` or is below it.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path as it is compared: with slashes, without drive, empty steps and steps back, with `/run` for `/var/run`, a link to
/// it, and without what of `/proc` leads back to the root of the node.
fn normal(path: &str) -> String {
    let path = path.replace('\\', "/");
    if path.starts_with("//./") {
        return path.to_ascii_lowercase();
    }
    let drive = path.as_bytes().get(1) == Some(&b':');
    let path = if drive { path.get(2..).unwrap_or_default().to_ascii_lowercase() } else { path };
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/').filter(|step| !step.is_empty() && *step != ".") {
        if step == ".." {
            steps.pop();
        } else {
            steps.push(step);
        }
        if leads_to_root(&steps) {
            steps.clear();
        }
    }
    if steps.first() == Some(&"var") && steps.get(1) == Some(&"run") {
        steps.remove(0);
    }
    format!("/{}", steps.join("/"))
}

/// Whether steps end at a link to the root of the node: that of a process of the node's own.
fn leads_to_root(steps: &[&str]) -> bool {
    let is_process = |step: &str| matches!(step, "1" | "self" | "thread-self");
    match steps {
        ["proc", process, link] => is_process(process) && matches!(*link, "root" | "cwd"),
        ["proc", process, "task", _, link] => is_process(process) && matches!(*link, "root" | "cwd"),
        _ => false,
    }
}
