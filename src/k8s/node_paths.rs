//! What an attacker gets with a path of a node.

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

/// Those of them that only nodes of a control plane have.
const OF_CONTROL_PLANE: [&str; 4] = [
    "/var/lib/kube-scheduler",
    "/var/lib/kube-controller-manager",
    "/var/lib/rancher/k3s/server",
    "/var/lib/rancher/rke2/server",
];

/// Files and folders below them that hold none.
const HARMLESS: [&str; 3] =
    ["/etc/kubernetes/manifests", "/etc/kubernetes/volumeplugins", "/etc/kubernetes/addons"];

/// What an attacker can do with a path of the node. A socket can be used when it is mounted read-only, too.
pub(super) fn reach_of_path(path: &str, writable: bool) -> Option<Reach> {
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

/// Whose credentials a path of a node holds.
#[must_use]
pub fn holder(path: &str) -> &'static str {
    let path = normal(path);
    let is_of_plane = OF_CONTROL_PLANE.iter().any(|place| is_below(&path, place));
    if is_of_plane { "control plane" } else { "node" }
}

/// Whether `path` is `folder` or is below it.
fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path as it is compared: with slashes, without drive, empty steps and steps back, with `/run` for `/var/run`, a link to
/// it, and without what of `/proc` leads back to the root of the node.
pub(super) fn normal(path: &str) -> String {
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
