//! Whether the pods of an object are those of another: but for what the API server, its admission and the kubelet add, each
//! says what the other says.

use crate::k8s::Object;
use crate::k8s::templates::workloads;
use crate::k8s::workload::{Workload, is_injected_token};
use crate::yaml::Node;

/// Fields that are filled in where nobody writes them (kubernetes `pkg/apis/core/v1/defaults.go`, the plugins of admission that
/// are on by default), whatever they are filled with: none makes pods stronger.
const FILLED: &str = "apiVersion defaultMode divisor dnsPolicy drop enableServiceLinks failureThreshold fsGroup hostname \
    imagePullPolicy imagePullSecrets initialDelaySeconds nodeName periodSeconds preemptionPolicy priority priorityClassName \
    protocol resources restartPolicy runAsNonRoot schedulerName scheme seLinuxOptions seccompProfile subdomain \
    successThreshold terminationGracePeriodSeconds terminationMessagePath terminationMessagePolicy timeoutSeconds tolerations";

/// Labels and annotations that controllers and nodes add, by how they begin.
const ADDED: [&str; 14] = [
    "apps.kubernetes.io/",
    "batch.kubernetes.io/",
    "cni.projectcalico.org/",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "k8s.ovn.org/",
    "k8s.v1.cni.cncf.io/",
    "kubectl.kubernetes.io/",
    "kubernetes.io/limit-ranger",
    "openshift.io/scc",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/",
];

/// Whether every pod of the one is a pod of the other, which is of another kind.
pub(super) fn is_copy(object: &Object<'_>, owner: &Object<'_>) -> bool {
    let (own, known) = (workloads(object), workloads(owner));
    let is_known = |one: &Workload<'_>| known.iter().any(|other| are_same(one, object, other, owner));
    object.kind != owner.kind && !own.is_empty() && own.iter().all(is_known)
}

fn are_same(one: &Workload<'_>, object: &Object<'_>, other: &Workload<'_>, owner: &Object<'_>) -> bool {
    let (spec, known) = (one.spec.value, other.spec.value);
    let own_metadata = one.template.map_or(object.metadata(), |template| template.get("metadata"));
    let metadata = other.template.map_or(owner.metadata(), |template| template.get("metadata"));
    let are_equal = |key: &str| {
        let known = metadata.and_then(|metadata| metadata.get(key));
        let own = own_metadata.and_then(|metadata| metadata.get(key));
        own.is_none_or(|list| adds_no_entry(list, known))
    };
    let ends = |key: &str| {
        let of = |job: &Workload<'_>| Some(job.job?.value.get(key)?.text()?.into_owned());
        one.job.is_none() || of(one) == of(other)
    };
    // What is small is not compared with all of what is large.
    says_no_more(known, Some(spec), false)
        && says_no_more(spec, Some(known), true)
        && ["labels", "annotations"].into_iter().all(are_equal)
        && ["activeDeadlineSeconds", "ttlSecondsAfterFinished"].into_iter().all(ends)
}

/// Whether all labels or annotations of a pod are those of its template, or are added to every pod.
fn adds_no_entry(list: Node<'_>, known: Option<Node<'_>>) -> bool {
    list.entries().all(|entry| {
        let key = entry.key.key();
        let is_known =
            || known.and_then(|known| known.get(&key)).is_some_and(|node| node.text() == entry.value.text());
        ADDED.iter().any(|start| key.starts_with(start)) || is_known()
    })
}

/// Whether a value says nothing that another does not say; `filled` leaves out what the cluster fills in. The items of lists
/// keep their order. A document is not nested without end, so this may recurse.
fn says_no_more(node: Node<'_>, known: Option<Node<'_>>, filled: bool) -> bool {
    if node.is_map() {
        let known = known.filter(|known| known.is_map());
        return node.entries().all(|entry| {
            let key = entry.key.key();
            let of = |key: &str| known.and_then(|known| known.get(key));
            says_no_more(entry.value, of(&key), filled) || filled && is_filled(&key, entry.value, known)
        });
    }
    if node.is_seq() {
        let mut rest = known.into_iter().flat_map(Node::items);
        let is_known = |item: Node<'_>| rest.by_ref().any(|known| says_no_more(item, Some(known), filled));
        return node.items().filter(|item| !(filled && is_added(*item))).all(is_known);
    }
    let text = node.text().unwrap_or_default();
    match known {
        Some(known) => known.is_scalar() && known.text().unwrap_or_default() == text,
        None => text.is_empty(),
    }
}

/// Whether the cluster fills in a field that is not written; `around` is what is written beside it.
fn is_filled(key: &str, value: Node<'_>, around: Option<Node<'_>>) -> bool {
    let written = |key: &str| around.and_then(|around| around.get(key)).and_then(Node::text);
    let text = value.text().unwrap_or_default();
    if written(key).is_some() {
        return false;
    }
    match key {
        "serviceAccount" | "serviceAccountName" => {
            let account = written("serviceAccountName").or_else(|| written("serviceAccount"));
            text == account.as_deref().unwrap_or("default")
        }
        "runAsUser" => text != "0",
        key => {
            around.is_none_or(|around| around.get(key).is_none()) && FILLED.split(' ').any(|one| one == key)
        }
    }
}

/// Whether admission added a volume or a mount to every pod: that of the token of its account, as it is by default.
fn is_added(item: Node<'_>) -> bool {
    let text = |key: &str| item.get(key).and_then(Node::text).unwrap_or_default();
    if text("mountPath") == "/var/run/secrets/kubernetes.io/serviceaccount" {
        return text("name").starts_with("kube-api-access-");
    }
    let is_own = |source: Node<'_>| {
        let token = source.get("serviceAccountToken");
        let of_token = token.is_some_and(|token| {
            let seconds = token.get("expirationSeconds").and_then(Node::text);
            token.get("audience").is_none() && seconds.as_deref() == Some("3607")
        });
        let map = source.at(&["configMap", "name"]).and_then(Node::text);
        of_token || map.as_deref() == Some("kube-root-ca.crt") || source.get("downwardAPI").is_some()
    };
    let is_one_thing = |source: &Node<'_>| source.entries().count() == 1;
    let sources = item.at(&["projected", "sources"]);
    is_injected_token(item)
        && sources.into_iter().flat_map(Node::items).all(|source| is_one_thing(&source) && is_own(source))
}
