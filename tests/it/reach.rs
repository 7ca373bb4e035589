//! What identities can become: every kind of step, found and cut, and the laws of the closure.

use nhilint::catalog::Preset;
use nhilint::graph::reach::{Confidence, Node, Reach, Via};
use nhilint::graph::tables::tier::Tier;
use nhilint::graph::{BindingId, Graph};

use crate::bench::{catalog, read, settings};

/// How an account stands in a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) direct: Tier,
    pub(crate) reachable: Tier,
    pub(crate) confidence: Confidence,
    /// The steps of its way, as `by what > to whom`.
    pub(crate) way: Vec<String>,
}

/// Lints files, each a name and a text, and shows the closure.
pub(crate) fn with_reach<R>(files: &[(&str, &str)], see: impl FnOnce(&Graph<'_>, &Reach) -> R) -> R {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    let paths = [directory.path().to_string_lossy().into_owned()];
    let (files, settings) = (crate::bench::files(), settings(&catalog(), Preset::Recommended));
    let run = read(&files, &paths, &settings);
    assert_eq!(run.errors(), []);
    let documents = run.documents();
    let graph = run.graph(&documents);
    see(&graph, &graph.reach())
}

pub(crate) fn seen(text: &str, identity: &str) -> Seen {
    with_reach(&[("all.yaml", text)], |_, reach| of(reach, identity))
}

fn of(reach: &Reach, identity: &str) -> Seen {
    let net = &reach.net;
    let mut found =
        reach.standings.iter().filter(|standing| net[standing.identity].named().to_string() == identity);
    let standing = found.next().unwrap_or_else(|| panic!("{identity} is in the run"));
    let way = reach.path(standing).iter().map(|step| {
        let by = match step.via {
            Via::Power(power) => net[power].primitive.name,
            Via::Host(_) => "host",
            Via::There => "there",
        };
        let to = match &net[step.to] {
            Node::Identity(to) => net[*to].named().to_string(),
            Node::Strong(what, tier) => {
                if net.ends.contains(&step.to) {
                    tier.to_string()
                } else {
                    what.clone()
                }
            }
            other => format!("{other:?}"),
        };
        format!("{by} > {to}")
    });
    Seen {
        direct: standing.direct,
        reachable: standing.reachable,
        confidence: standing.confidence,
        way: way.collect(),
    }
}

/// A workload that runs as an account, and the account.
pub(crate) fn runs(identity: &str) -> String {
    let (namespace, name) = identity.split_once('/').expect("namespace/name");
    format!(
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
         spec: {{template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{serviceAccountName: {name}, \
         containers: [{{name: main, image: \"registry.example/{name}:1\"}}]}}}}}}\n"
    )
}

/// A role with these rules, given to an account: in a namespace, or everywhere.
pub(crate) fn may(identity: &str, place: Option<&str>, rules: &[(&str, &str, &str)]) -> String {
    let (namespace, name) = identity.split_once('/').expect("namespace/name");
    let role = format!("{name}-{}", place.unwrap_or("all"));
    let rules: Vec<String> = rules
        .iter()
        .map(|(verbs, group, resources)| {
            let (resources, names) = resources.split_once('=').unwrap_or((resources, ""));
            format!("{{verbs: [{verbs}], apiGroups: [\"{group}\"], resources: [{resources}], resourceNames: [{names}]}}")
        })
        .collect();
    let (kind, space) = match place {
        Some(place) => ("Role", format!(", namespace: {place}")),
        None => ("ClusterRole", String::new()),
    };
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {role}{space}}}\n\
         rules: [{}]\n\
         ---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}Binding\nmetadata: {{name: {role}{space}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {role}}}\n\
         subjects: [{{kind: ServiceAccount, name: {name}, namespace: {namespace}}}]\n",
        rules.join(", ")
    )
}

const RBAC: &str = "rbac.authorization.k8s.io";
const BIND: [(&str, &str, &str); 2] =
    [("create", RBAC, "clusterrolebindings"), ("bind", RBAC, "clusterroles")];

/// The account that may give itself any role, and runs.
pub(crate) fn strong(identity: &str) -> String {
    runs(identity) + &may(identity, None, &BIND)
}

/// Cutting any binding of a chain ends it; the chain without that binding is shown.
fn each_cut(text: &str) -> Vec<String> {
    let documents: Vec<&str> = text.split("---\n").filter(|document| !document.is_empty()).collect();
    let bindings = (0..documents.len()).filter(|&at| documents[at].contains("Binding\nmetadata"));
    bindings
        .map(|cut| {
            let rest = (0..documents.len()).filter(|&at| at != cut);
            rest.fold(String::new(), |text, at| text + "---\n" + documents[at])
        })
        .collect()
}

/// A chain is found as it should be, and gone when any of its bindings is.
pub(crate) fn is_cut_by_any_binding(text: &str, identity: &str, way: &[&str]) {
    let found = seen(text, identity);
    assert_eq!(found.way, way, "{found:?}");
    assert_eq!((found.reachable, found.confidence), (Tier::T0, Confidence::Certain));
    let cuts = each_cut(text);
    assert!(!cuts.is_empty());
    for cut in cuts {
        let rest = seen(&cut, identity);
        assert_ne!(rest.reachable, Tier::T0, "{cut}\n{rest:?}");
    }
}

#[test]
fn a_chain_of_three_is_found_and_cut() {
    let text = runs("shop/ci")
        + &may("shop/ci", Some("shop"), &[("create", "batch", "jobs")])
        + &strong("shop/operator");
    is_cut_by_any_binding(&text, "shop/ci", &["workload.write > shop/operator", "rbac.bind.used > T0"]);
    let further = runs("web/front")
        + &may("web/front", Some("web"), &[("get, create", "", "pods/exec")])
        + &runs("web/build")
        + &may("web/build", Some("shop"), &[("create", "", "serviceaccounts/token=ci")])
        + &text;
    is_cut_by_any_binding(
        &further,
        "web/front",
        &[
            "pod.exec > web/build",
            "sa.token > shop/ci",
            "workload.write > shop/operator",
            "rbac.bind.used > T0",
        ],
    );
}

#[test]
fn every_kind_of_step_leads_to_a_stronger_account() {
    let steps: [(&str, &str, &str, &str); 12] = [
        ("create", "", "pods", "pod.create"),
        ("patch", "apps", "deployments", "workload.write"),
        ("update", "apps", "daemonsets=other", "workload.write"),
        ("create", "tekton.dev", "taskruns", "workload.write"),
        ("patch", "", "pods", "pod.patch"),
        ("create", "", "pods/exec", "pod.exec"),
        ("update", "", "pods/ephemeralcontainers", "pod.ephemeral"),
        ("create", "", "serviceaccounts/token", "sa.token"),
        ("create", "", "serviceaccounts/token=operator", "sa.token"),
        ("impersonate", "", "serviceaccounts", "impersonate.account"),
        ("impersonate", "", "serviceaccounts=operator", "impersonate.account"),
        ("list, create", "", "secrets", "sa.token.forge"),
    ];
    for (verbs, group, resources, primitive) in steps {
        let text = runs("shop/ci")
            + &may("shop/ci", Some("shop"), &[(verbs, group, resources)])
            + &strong("shop/operator");
        let first = format!("{primitive} > shop/operator");
        is_cut_by_any_binding(&text, "shop/ci", &[&first, "rbac.bind.used > T0"]);
    }
}

#[test]
fn steps_that_look_alike_lead_nowhere() {
    for (verbs, group, resources) in [
        ("get, list, watch", "", "pods"),
        ("create", "", "serviceaccounts"),
        ("create", "", "serviceaccounts/token=other"),
        ("patch", "apps", "deployments/scale, deployments/status"),
        ("get", "", "secrets=app-tls"),
        ("list", "", "secrets"),
        ("create", "", "pods/log"),
        ("create", "apps", "pods"),
    ] {
        let text = runs("shop/ci")
            + &may("shop/ci", Some("shop"), &[(verbs, group, resources)])
            + &strong("shop/operator");
        assert_ne!(seen(&text, "shop/ci").reachable, Tier::T0, "{verbs} {resources}");
    }
    // Another namespace is another matter.
    let text = runs("shop/ci")
        + &may("shop/ci", Some("shop"), &[("create", "", "pods")])
        + &strong("infra/operator");
    assert_eq!(seen(&text, "shop/ci").reachable, Tier::T2);
}

#[test]
fn whoever_admits_its_own_pods_takes_the_machine() {
    let rules = [("patch", "", "namespaces"), ("create", "apps", "deployments")];
    let text = runs("shop/ci") + &may("shop/ci", Some("shop"), &rules) + &strong("infra/operator");
    let found = seen(&text, "shop/ci");
    assert_eq!((found.direct, found.reachable), (Tier::T1, Tier::T0));
    assert_eq!(found.way, ["node.take > infra/operator", "rbac.bind.used > T0"]);
    for rule in rules {
        let half = runs("shop/ci") + &may("shop/ci", Some("shop"), &[rule]) + &strong("infra/operator");
        assert_ne!(seen(&half, "shop/ci").reachable, Tier::T0, "{rule:?}");
    }
}

#[test]
fn an_account_may_be_named_as_a_user() {
    let rules = [("impersonate", "", "users=\"system:serviceaccount:shop:operator\"")];
    let text = runs("web/ci") + &may("web/ci", None, &rules) + &strong("shop/operator");
    is_cut_by_any_binding(&text, "web/ci", &["impersonate.user > shop/operator", "rbac.bind.used > T0"]);
}

#[test]
fn a_machine_is_everybody_on_it() {
    let proxy = runs("ops/agent") + &may("ops/agent", None, &[("get", "", "nodes/proxy")]);
    assert_eq!(seen(&proxy, "ops/agent").direct, Tier::T0);
    let host = runs("ops/agent")
        .replace("containers: [{", "hostPID: true, containers: [{securityContext: {privileged: true}, ");
    let found = seen(&(host.clone() + &strong("shop/operator")), "ops/agent");
    assert_eq!((found.direct, found.reachable, found.confidence), (Tier::T4, Tier::T0, Confidence::Possible));
    assert_eq!(found.way, ["host > shop/operator", "rbac.bind.used > T0"]);
    assert_eq!(seen(&host, "ops/agent").reachable, Tier::T4);
}

#[test]
fn a_controller_lends_its_rights() {
    let ci = runs("shop/ci") + &may("shop/ci", Some("argocd"), &[("create", "argoproj.io", "applications")]);
    let alone = seen(&ci, "shop/ci");
    assert_eq!((alone.direct, alone.reachable, alone.confidence), (Tier::T4, Tier::T0, Confidence::Possible));
    let engine = runs("argocd/argocd-application-controller")
        + &may("argocd/argocd-application-controller", None, &[("\"*\"", "*", "\"*\"")]);
    let lent = seen(&(ci.clone() + &engine), "shop/ci");
    let way = ["controller.argocd.application > argocd/argocd-application-controller", "admin.full > T0"];
    assert_eq!((lent.way.as_slice(), lent.confidence), (&way.map(str::to_owned)[..], Confidence::Certain));
    // Its account alone says nothing of what it may do: no more is known than without it.
    let unbound = seen(&(ci.clone() + &runs("argocd/argocd-application-controller")), "shop/ci");
    assert_eq!((unbound.reachable, unbound.confidence), (Tier::T0, Confidence::Possible));
    assert_eq!(unbound.way, alone.way);
    assert_eq!(seen(&engine, "argocd/argocd-application-controller").direct, Tier::T0);
    // What it may do here is what counts, and it heeds its own namespace.
    let weak = runs("argocd/argocd-application-controller")
        + &may("argocd/argocd-application-controller", Some("argocd"), &[("get", "", "configmaps")]);
    let called = seen(&(ci.clone() + &weak), "shop/ci");
    assert_eq!(called.reachable, Tier::T0, "an account that is only called so says nothing of Argo CD");
    let weak = weak.replace("registry.example", "quay.io/argoproj");
    assert_eq!(seen(&(ci + &weak), "shop/ci").reachable, Tier::T4);
    let elsewhere =
        runs("shop/ci") + &may("shop/ci", Some("shop"), &[("create", "argoproj.io", "applications")]);
    assert_eq!(seen(&(elsewhere + &engine), "shop/ci").reachable, Tier::T4);
}

#[test]
fn permissions_are_worth_more_together() {
    let worth =
        |rules: &[(&str, &str, &str)]| seen(&(runs("ops/a") + &may("ops/a", None, rules)), "ops/a").direct;
    let (bind, write) = (("bind", RBAC, "clusterroles"), ("create", RBAC, "clusterrolebindings"));
    assert_eq!(worth(&[bind]), Tier::T1);
    assert_eq!(worth(&[write]), Tier::T3);
    assert_eq!(worth(&[bind, write]), Tier::T0);
    assert_eq!(worth(&[("escalate, update", RBAC, "clusterroles")]), Tier::T0);
    assert_eq!(worth(&[("get", "", "secrets")]), Tier::T1);
    assert_eq!(worth(&[("get, create", "", "secrets")]), Tier::T0);
    let approve = ("update", "certificates.k8s.io", "certificatesigningrequests/approval");
    assert_eq!(worth(&[approve]), Tier::T1);
    assert_eq!(worth(&[approve, ("approve", "certificates.k8s.io", "signers")]), Tier::T0);
}

#[test]
fn the_bundle_of_an_operator_binds_what_it_lists() {
    let bundle = "---\napiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\n\
        metadata: {name: queue.v1, namespace: operators}\nspec: {install: {spec: {\
        clusterPermissions: [{serviceAccountName: queue, rules: [{verbs: [create], apiGroups: [\"\"], resources: [pods]}]}], \
        permissions: [{serviceAccountName: other, rules: [{verbs: [create], apiGroups: [\"\"], resources: [pods]}]}]}}}\n";
    assert_eq!(seen(bundle, "operators/queue").direct, Tier::T0);
    let other = seen(bundle, "operators/other");
    assert_eq!((other.direct, other.reachable), (Tier::T2, Tier::T0));
}

#[test]
fn a_named_role_is_worth_what_it_allows() {
    let named = |role: &str| {
        let rules = [("create", RBAC, "rolebindings, clusterrolebindings"), ("bind", RBAC, role)];
        seen(&(runs("ops/a") + &may("ops/a", None, &rules)), "ops/a").reachable
    };
    assert_eq!(named("clusterroles=cluster-admin"), Tier::T0);
    assert_eq!(named("clusterroles=view"), Tier::T3);
}

#[test]
fn a_role_that_is_not_in_the_input_makes_a_standing_unknown() {
    let text = runs("shop/ci")
        + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: ci}\n\
           roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: acme-deployers}\n\
           subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]\n";
    let found = seen(&text, "shop/ci");
    assert_eq!((found.reachable, found.confidence), (Tier::T4, Confidence::Unknown));
}

#[test]
fn a_token_is_put_only_into_a_secret_that_one_may_create() {
    let with = |verbs: &str| {
        seen(&(runs("shop/ci") + &may("shop/ci", None, &[(verbs, "", "secrets")])), "shop/ci").direct
    };
    assert_eq!(with("get, list, create"), Tier::T0);
    assert_eq!(with("get, list, update, patch"), Tier::T1, "the type of a Secret cannot be changed");
}

#[test]
fn constraints_that_hold_every_pod_are_worth_nothing() {
    let under = |role: &str| {
        let binding = format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: scc}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:openshift:scc:{role}'}}\n\
             subjects: [{{kind: ServiceAccount, name: ci, namespace: shop}}]\n"
        );
        seen(&(runs("shop/ci") + &binding), "shop/ci").direct
    };
    assert_eq!(under("nonroot-v2"), Tier::T4);
    assert_eq!(under("privileged"), Tier::T1);
}

/// A binding of two closes nothing while the other stands.
#[test]
fn a_pair_of_permissions_is_closed_only_where_no_other_makes_it() {
    let reads = may("shop/ci", None, &[("get", "", "secrets")]);
    let creates = |name: &str| may("shop/ci", None, &[("create", "", "secrets")]).replace("ci-all", name);
    let pairs = |text: &str| {
        with_reach(&[("all.yaml", text)], |graph, reach| {
            let names = |at: BindingId| graph.places[graph.places[at].object].object.name.to_string();
            let made = reach.net.powers.iter().filter(|power| power.primitive.name == "sa.token.forge");
            made.map(|power| (names(power.binding), power.with.map(names))).collect::<Vec<_>>().len()
        })
    };
    let one = runs("shop/ci") + &reads + &creates("one");
    assert_eq!(pairs(&one), 1);
    assert_eq!(pairs(&(one + &creates("two"))), 2);
}
