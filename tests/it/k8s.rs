//! What the views of Kubernetes objects say.

use kube_core::labels::Selector;
use nhilint::k8s::binding::binding;
use nhilint::k8s::duration::{cron_period, go_duration, in_words};
use nhilint::k8s::host::{HostAccess, Reach, host_access};
use nhilint::k8s::selector::parse_selector;
use nhilint::k8s::templates::workloads;
use nhilint::k8s::{Image, Object, objects};
use nhilint::source::SourceMap;
use nhilint::yaml;

/// What `view` says of the first object of a text.
pub(crate) fn first_object<T>(text: &str, view: impl FnOnce(&Object<'_>) -> T) -> T {
    let file = SourceMap::default().add("o.yaml", text);
    let (doc, _) = yaml::parse(file, text, 0..text.len());
    view(&objects(&doc, None)[0])
}

#[test]
fn images_have_up_to_three_parts() {
    let cases = [
        ("nginx", ("nginx", "", "")),
        ("registry:5000/nginx", ("registry:5000/nginx", "", "")),
        ("registry:5000/nginx:1", ("registry:5000/nginx", "1", "")),
        ("nginx@sha256:ab", ("nginx", "", "sha256:ab")),
        ("a/nginx:1@sha256:ab", ("a/nginx", "1", "sha256:ab")),
    ];
    for (image, (repository, tag, digest)) in cases {
        assert_eq!(Image::parse(image), Image { repository, tag, digest }, "{image}");
    }
}

#[test]
fn durations_are_read_as_go_reads_them() {
    for (text, seconds) in [
        ("1h", Some(3600)),
        ("1h0m0s", Some(3600)),
        ("1.5h", Some(5400)),
        ("8760h", Some(31_536_000)),
        ("900s", Some(900)),
        ("0", Some(0)),
        ("3600", None),
        ("1d", None),
        ("", None),
        ("h", None),
        ("99999999999999999h", None),
    ] {
        assert_eq!(go_duration(text), seconds, "{text}");
    }
}

#[test]
fn people_read_the_largest_unit() {
    let texts: Vec<String> = [300, 3607, 5400, 3600, 86_400, 172_800, 31_536_001].map(in_words).into();
    assert_eq!(texts, ["5 min", "3607 s", "90 min", "1 h", "24 h", "2 days", "365 days"]);
}

#[test]
fn plain_schedules_have_a_period() {
    assert_eq!(cron_period("*/30 * * * *"), Some(1800));
    assert_eq!(cron_period("5 * * * *"), Some(3600));
    assert_eq!(cron_period("0 */6 * * *"), Some(21_600));
    assert_eq!(cron_period("15 4 * * 1-5"), Some(86_400));
    assert_eq!(cron_period("0 3 1 * *"), None);
    assert_eq!(cron_period("*/0 * * * *"), None);
}

#[test]
fn selectors_are_read() {
    let shown = |text| parse_selector(text).map(|selector| selector.to_string());
    assert_eq!(
        shown("a=b, c != d,e in (f, g),h notin (i),j,!k,l==").as_deref(),
        Some("a=b,c!=d,e in (f,g),h notin (i),j,!k,l=")
    );
    assert_eq!(parse_selector("a like (b)"), None);
    assert_eq!(parse_selector(""), Some(Selector::default()));
}

#[test]
fn every_template_of_a_job_set_knows_its_own_job() {
    let text = "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: train}\nspec:\n  \
                replicatedJobs:\n    - name: a\n      template: {spec: {activeDeadlineSeconds: 1, template: \
                {spec: {containers: []}}}}\n    - name: b\n      template: {spec: {activeDeadlineSeconds: 2, \
                template: {spec: {containers: []}}}}\n";
    let deadlines: Vec<_> = first_object(text, |object| {
        let jobs = workloads(object).into_iter().map(|workload| workload.job);
        jobs.map(|job| job?.value.get("activeDeadlineSeconds")?.as_i64()).collect()
    });
    assert_eq!(deadlines, [Some(1), Some(2)]);
}

#[test]
fn a_path_comes_to_what_stands_in_it_or_around_it() {
    for (path, writable, reach) in [
        ("/", true, Some(Reach::Everything)),
        ("/", false, Some(Reach::RuntimeSocket)),
        ("/etc", true, Some(Reach::Everything)),
        ("/etc/", false, Some(Reach::NodeCredentials)),
        ("/var", true, Some(Reach::Everything)),
        ("/var", false, Some(Reach::PodTokens)),
        ("/var/lib/kubelet", false, Some(Reach::PodTokens)),
        ("/var/lib/kubelet/pods/", true, Some(Reach::PodTokens)),
        ("/var/lib/kubelet/plugins/ebs.csi.aws.com/", true, None),
        ("/var/lib/kubelet/podsafe", true, None),
        ("/var/lib/kubelet/pki", false, Some(Reach::NodeCredentials)),
        ("C:\\var\\lib\\kubelet", true, Some(Reach::PodTokens)),
        ("\\\\.\\pipe\\docker_engine", false, Some(Reach::RuntimeSocket)),
        ("\\\\.\\pipe\\csi-proxy-disk-v1", true, None),
        ("/var/run/docker.sock", false, Some(Reach::RuntimeSocket)),
        ("/var/run", false, Some(Reach::RuntimeSocket)),
        ("/run/spire/agent-sockets", true, None),
        ("/etc/kubernetes/pki/ca.crt", false, None),
        ("/etc/kubernetes/pki", false, Some(Reach::NodeCredentials)),
        ("/etc/kubernetes/manifests", false, None),
        ("/etc/kubernetes/manifests", true, Some(Reach::Everything)),
        ("/proc", false, Some(Reach::Processes)),
        ("/proc/", true, Some(Reach::Everything)),
        ("/proc/1/root", false, Some(Reach::RuntimeSocket)),
        ("/proc/1/root/var/lib/kubelet/pods", false, Some(Reach::PodTokens)),
        ("/proc/self/cwd/etc/kubernetes/", false, Some(Reach::NodeCredentials)),
        ("/proc/7", false, Some(Reach::Processes)),
        ("/tmp/../var//lib/./kubelet", false, Some(Reach::PodTokens)),
        ("/mnt/../../../etc/cron.d/x", true, Some(Reach::Everything)),
        ("/run/systemd", false, Some(Reach::ServiceManager)),
        ("/var/run/dbus/system_bus_socket", false, Some(Reach::ServiceManager)),
        ("/run/systemd/resolve", true, None),
        ("/run/crio/crio.sock", false, Some(Reach::RuntimeSocket)),
        ("/run/podman", false, Some(Reach::RuntimeSocket)),
        ("/var/lib/rancher/k3s/server/manifests", true, Some(Reach::Everything)),
        ("/proc/sys/net", true, None),
        ("/sys", true, None),
        ("/var/log/pods", true, None),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  volumes: [{{name: v, hostPath: {{path: \
             '{path}'}}}}]\n  containers: [{{name: c, volumeMounts: [{{name: v, readOnly: {}}}]}}]\n",
            !writable
        );
        first_object(&text, |object| {
            let accesses = host_access(&workloads(object)[0], &[]);
            let reached: Vec<_> = accesses.iter().map(|access: &HostAccess<'_>| access.reach).collect();
            assert_eq!(reached, [reach], "{path} {writable}");
        });
    }
}

#[test]
fn the_first_version_of_bindings_meant_everybody_by_a_star() {
    let of = |version: &str, kind: &str| {
        let text = format!(
            "apiVersion: rbac.authorization.k8s.io/{version}\nkind: ClusterRoleBinding\nmetadata: {{name: a}}\nroleRef: {{kind: ClusterRole, name: view}}\nsubjects: [{{kind: {kind}, name: '*'}}]\n"
        );
        first_object(&text, |object| {
            let subject = binding(object).expect("a binding").subjects.remove(0);
            format!("{} {}", subject.kind, subject.name)
        })
    };
    assert_eq!(of("v1alpha1", "User"), "Group system:authenticated");
    assert_eq!((of("v1", "User"), of("v1alpha1", "Group")), ("User *".to_owned(), "Group *".to_owned()));
}
