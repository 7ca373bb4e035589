//! Grants as other files of the run make them more or less: kustomizations, controllers, definitions of resources.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use nhilint::catalog::Preset;
use nhilint::finding::RuleId;

use crate::bench::{catalog, lint_files, settings};
use crate::engines::controller;

/// Form and severity of what one rule finds.
pub(crate) fn found(rule: u64, files: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
    let catalog = catalog();
    let mut settings = settings(&catalog, Preset::Recommended);
    settings.select = Some(BTreeSet::from([RuleId(rule)]));
    let (report, _) = lint_files(files, &settings, &catalog);
    report.findings.iter().map(|finding| (finding.form.0, finding.severity.word())).collect()
}

pub(crate) fn bound(role: &str, subject: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: bound-{role}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '{role}'}}
subjects: [{subject}]
---
"
    )
}

pub(crate) fn role(name: &str, rule: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}}}
rules: [{rule}]
---
"
    )
}

#[test]
fn what_one_rule_accepts_of_an_engine_the_next_does_not_report() {
    let engine = "{kind: ServiceAccount, name: argocd-application-controller, namespace: argocd}";
    let other = "{kind: ServiceAccount, name: deployer, namespace: argocd}";
    let every = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}";
    let forms = |rule: u64, rules: &str, subjects: &[&str]| {
        let bindings: String = subjects.iter().map(|subject| bound("engine", subject)).collect();
        let mut forms = found(rule, &[("a.yaml", &(role("engine", rules) + &bindings))]);
        forms.dedup();
        forms
    };
    assert_eq!(forms(501, every, &[engine]), [("cluster", "error")], "a name is anybody's");
    let forms = |rule: u64, rules: &str, subjects: &[&str]| {
        let bindings: String = subjects.iter().map(|subject| bound("engine", subject)).collect();
        let text = role("engine", rules) + &bindings + &controller("quay.io/argoproj/argocd:v3.1.0", "");
        let mut forms = found(rule, &[("a.yaml", &text)]);
        forms.dedup();
        forms
    };
    assert_eq!(forms(501, every, &[engine]), [("platform", "info")]);
    assert_eq!(forms(502, every, &[engine]), [("platform", "info")]);
    let worst = |rules: &str, subjects: &[&str]| {
        let severities = forms(502, rules, subjects).into_iter().map(|(_, severity)| severity);
        severities.max_by_key(|severity| ["info", "warning", "error"].iter().position(|one| one == severity))
    };
    for subjects in [&[other][..], &[engine, other], &[&format!("{engine}, {other}")]] {
        assert_eq!(worst(every, subjects), Some("error"), "somebody else holds it: {subjects:?}");
    }
    let some = "{apiGroups: [''], resources: ['*'], verbs: ['*']}";
    assert_eq!(worst(some, &[engine]), Some("error"), "every right is accepted, and not what comes near it");
}

#[test]
fn bind_counts_with_the_right_to_write_bindings() {
    let who = "{kind: ServiceAccount, name: binder, namespace: ci}";
    let bind = |resource: &str| {
        format!("{{apiGroups: [rbac.authorization.k8s.io], resources: [{resource}], verbs: [bind]}}")
    };
    let write = |resource: &str, verb: &str| {
        format!("{{apiGroups: [rbac.authorization.k8s.io], resources: [{resource}], verbs: [{verb}]}}")
    };
    let forms = |rules: &str, more: &str| {
        found(503, &[("a.yaml", &(role("binder", rules) + &bound("binder", who) + more))])
    };
    let waiting = [("waiting", "warning")];
    let counts = [("cluster", "error")];
    for (rules, more, expected) in [
        (bind("clusterroles"), String::new(), waiting),
        (bind("roles") + ", " + &write("clusterrolebindings", "create"), String::new(), waiting),
        (bind("clusterroles") + ", " + &write("clusterrolebindings", "create"), String::new(), counts),
        (bind("roles") + ", " + &write("rolebindings", "update"), String::new(), counts),
        (
            bind("clusterroles"),
            role("writer", &write("rolebindings", "patch")) + &bound("writer", who),
            counts,
        ),
        (bind("clusterroles"), bound("not-here", who), counts),
        (bind("clusterroles"), bound("not-here", "{kind: ServiceAccount, name: x, namespace: ci}"), waiting),
    ] {
        assert_eq!(forms(&rules, &more), expected, "{rules} {more}");
    }
}

#[test]
fn a_subject_without_namespace_is_left_to_kustomize() {
    let binding = bound("system:monitoring", "{kind: ServiceAccount, name: metrics}");
    let account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: metrics, namespace: ops}}\n";
    let unplaced = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: metrics}}\n";
    assert_eq!(
        found(514, &[("a/binding.yaml", &binding), ("b/account.yaml", unplaced)]),
        [("refused", "info")],
        "a kustomization of elsewhere may place both"
    );
    assert_eq!(found(514, &[("a/binding.yaml", &binding)]), [("refused", "warning")]);
    assert_eq!(
        found(514, &[("a/binding.yaml", &binding), ("b/account.yaml", account)]),
        [("refused", "warning")]
    );
    let kustomization = "namespace: ops\nresources: [base]\n";
    let files = [("a/kustomization.yaml", kustomization), ("a/base/binding.yaml", &binding)];
    assert_eq!(found(514, &files), []);
}

#[test]
fn what_the_api_server_refuses_gives_nothing() {
    let placed = "{kind: ServiceAccount, name: metrics, namespace: ops}";
    for (subject, role) in [
        ("{kind: ServiceAccount, name: metrics}", "{kind: ClusterRole, name: cluster-admin}"),
        ("{kind: serviceaccount, name: metrics, namespace: ops}", "{kind: ClusterRole, name: cluster-admin}"),
        (placed, "{kind: Role, name: cluster-admin}"),
        (placed, "{kind: clusterrole, name: cluster-admin}"),
        (placed, "{apiGroup: v1, kind: ClusterRole, name: cluster-admin}"),
        (
            "{apiGroup: v1, kind: ServiceAccount, name: metrics, namespace: ops}",
            "{kind: ClusterRole, name: cluster-admin}",
        ),
        ("{kind: ServiceAccount, name: '', namespace: ops}", "{kind: ClusterRole, name: cluster-admin}"),
        (
            "{kind: ServiceAccount, name: My_Account, namespace: ops}",
            "{kind: ClusterRole, name: cluster-admin}",
        ),
        ("{apiGroup: v1, kind: Group, name: ops}", "{kind: ClusterRole, name: cluster-admin}"),
    ] {
        let binding = format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: all}}
roleRef: {role}
subjects: [{subject}]
"
        );
        assert_eq!(found(501, &[("a.yaml", &binding)]), [], "{binding}");
        assert_eq!(found(514, &[("a.yaml", &binding)]), [("refused", "warning")], "{binding}");
    }
    let reads = role("reads", "{apiGroups: [''], resources: [secrets], verbs: [list]}");
    let homeless = bound("reads", "{kind: ServiceAccount, name: metrics}");
    assert_eq!(found(504, &[("a.yaml", &(reads.clone() + &homeless))]), [("dormant", "info")]);
    assert_eq!(found(504, &[("a.yaml", &(reads + &bound("reads", placed)))]), [("cluster", "error")]);
    for rule in [
        "{apiGroups: [''], resources: [pods]}",
        "{apiGroups: [''], resources: [pods], verbs: []}",
        "{apiGroups: [''], verbs: [get]}",
        "{resources: [pods], verbs: [get]}",
        "{apiGroups: [''], resources: [pods], nonResourceURLs: [/healthz], verbs: [get]}",
    ] {
        let text = role("odd", rule) + &bound("odd", placed);
        assert_eq!(found(514, &[("a.yaml", &text)]), [("refused", "warning")], "{rule}");
    }
    let text = role("fine", "{nonResourceURLs: [/healthz], verbs: [get]}") + &bound("fine", placed);
    assert_eq!(found(514, &[("a.yaml", &text)]), []);
}

#[test]
fn one_power_of_one_identity_is_one_finding() {
    let reads = |name: &str| role(name, "{apiGroups: [''], resources: [secrets], verbs: [list]}");
    let to = |role: &str, who: &str| {
        bound(role, &format!("{{kind: ServiceAccount, name: {who}, namespace: ops}}"))
    };
    let twice = reads("one") + &to("one", "web") + &reads("two") + &to("two", "web");
    assert_eq!(found(504, &[("a.yaml", &twice)]), [("cluster", "error")]);
    let others = reads("one") + &to("one", "web") + &reads("two") + &to("two", "api");
    assert_eq!(found(504, &[("a.yaml", &others)]), [("cluster", "error"); 2]);
}

#[test]
fn a_controller_weighs_what_it_holds_in_the_run() {
    let writer = role("w", "{apiGroups: [argoproj.io], resources: [applications], verbs: [create]}")
        + &bound("w", "{kind: ServiceAccount, name: ci, namespace: ci}");
    assert_eq!(found(511, &[("a.yaml", &writer)]), [("controller", "error")]);
    let kinds = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, \
                 spec: {group: argoproj.io, scope: Namespaced, names: {plural: applications}}}\n";
    let beside = [("a.yaml", writer.as_str()), ("crds.yaml", kinds)];
    assert_eq!(found(511, &beside), [("controller", "error")], "it writes what others define and act on");
    let engine = "{kind: ServiceAccount, name: argocd-application-controller, namespace: argocd}";
    let small = role("engine", "{apiGroups: [''], resources: [configmaps], verbs: [get]}");
    let confined = [writer.clone(), small, bound("engine", engine)].concat();
    assert_eq!(found(511, &[("a.yaml", &confined)]), [("controller", "error")], "its name says nothing");
    let confined = confined + &controller("quay.io/argoproj/argocd", "");
    assert_eq!(found(511, &[("a.yaml", &confined)]), [("lesser", "warning")]);
    let everything = [writer.clone(), bound("cluster-admin", engine)].concat();
    assert_eq!(found(511, &[("a.yaml", &everything)]), [("controller", "error")]);
    let project = "\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec: {destinations: [{server: https://kubernetes.default.svc, namespace: shop}]}
";
    let held_back = [writer, project.to_owned()].concat();
    assert_eq!(found(511, &[("a.yaml", &held_back)]), [("confined", "warning")]);
}

#[test]
fn what_the_run_does_not_define_may_stand_anywhere() {
    let pods = "apiVersion: apps/v1
kind: Deployment
metadata: {name: carts, namespace: shop}
spec: {template: {spec: {serviceAccountName: carts, containers: [{name: c, image: c, args: [--namespace=shop]}]}}}
---
";
    let granted = role("carts", "{apiGroups: [shop.example], resources: [carts], verbs: [get]}")
        + &bound("carts", "{kind: ServiceAccount, name: carts, namespace: shop}")
        + pods;
    let defined = |scope: &str| {
        let names = "{kind: Cart, plural: carts}";
        let spec = format!("{{group: shop.example, scope: {scope}, names: {names}}}");
        format!(
            "{granted}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: carts.shop.example}}
spec: {spec}
"
        )
    };
    assert_eq!(found(510, &[("a.yaml", &granted)]), []);
    assert_eq!(found(510, &[("a.yaml", &defined("Namespaced"))]), [("unneeded", "warning")]);
    assert_eq!(found(510, &[("a.yaml", &defined("Cluster"))]), []);
}

#[test]
fn wrong_types_are_survived() {
    for wrong in
        ["7", "null", "[7, null, [a]]", "{a: b}", "text", "[{verbs: 7, resources: {a: b}, apiGroups: x}]"]
    {
        let text = format!(
            "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: r, namespace: shop}}
aggregationRule: {wrong}
rules: {wrong}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: r, namespace: shop}}
roleRef: {{kind: ClusterRole, name: edit, apiGroup: {wrong}}}
subjects: {wrong}
"
        );
        for rule in [507, 509, 510, 511, 514] {
            let is_refused = rule == 514 && (["7", "text"].contains(&wrong) || wrong.contains("verbs"));
            // Nobody is bound to the role.
            let severity = if wrong.contains("verbs") { "info" } else { "warning" };
            let expected = Some(("refused", severity)).filter(|_| is_refused);
            assert_eq!(found(rule, &[("a.yaml", &text)]), Vec::from_iter(expected), "{rule} {wrong}");
        }
    }
}

#[test]
fn thousands_of_grants_take_no_time() {
    let mut text = String::new();
    let mut rules = String::new();
    for at in 0..800 {
        let name = format!("r{at}");
        let rule = "{apiGroups: [argoproj.io], resources: [applications], verbs: [create]}";
        text += &role(&name, rule);
        text += &bound(&name, "{kind: ServiceAccount, name: argocd-server, namespace: argocd}");
        text += &bound(&name, "{kind: ServiceAccount, name: ci, namespace: ci}");
        write!(rules, "{{apiGroups: [''], resources: [deployments], resourceNames: [x], verbs: [create]}},")
            .expect("a string takes all");
    }
    text += &role("long", &rules);
    let start = Instant::now();
    for rule in [507, 509, 510, 511, 514] {
        found(rule, &[("a.yaml", &text)]);
    }
    // Comparing every grant with every other takes minutes.
    assert!(start.elapsed() < Duration::from_mins(2), "{:?}", start.elapsed());
}
