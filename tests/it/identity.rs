//! What the cards cannot draw of the rules on accounts: steps of severity, what closes a world, and size.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nhilint::catalog::Preset;
use nhilint::finding::{Finding, RuleId};

use crate::bench::{catalog, lint_files, settings};

fn find(rule: u64, files: &[(&str, &str)]) -> Vec<Finding> {
    let catalog = catalog();
    let mut settings = settings(&catalog, Preset::Recommended);
    settings.select = Some(BTreeSet::from([RuleId(rule)]));
    lint_files(files, &settings, &catalog).0.findings
}

/// Form and severity of every finding.
fn worth(findings: &[Finding]) -> Vec<(&str, &str)> {
    let worth = |finding: &Finding| (finding.form.0, finding.severity.word());
    findings.iter().map(worth).collect()
}

/// A workload that runs as the account `shop`; `metadata` is more of its metadata.
fn workload(kind: &str, name: &str, metadata: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop{metadata}}}\nspec: \
         {{template: {{spec: {{serviceAccountName: shop, containers: [{{name: a, image: a}}]}}}}}}\n"
    )
}

fn account(namespace: &str) -> String {
    format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: shop, namespace: {namespace}}}\n")
}

#[test]
fn a_shared_account_weighs_more_between_owners_and_less_where_it_is_only_a_name() {
    let two = |first: &str, second: &str, more: &str| {
        let text = workload("Deployment", "a", first)
            + &workload("Deployment", "b", second)
            + &account("shop")
            + more;
        find(102, &[("shop.yaml", &text)])
    };
    let owner = |team: &str| format!(", annotations: {{nhilint.dev/owner: {team}}}");
    let instance = ", labels: {app.kubernetes.io/instance: shop}";
    let bound = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: \
                 shop}\nroleRef: {kind: Role, name: r}\nsubjects: [{kind: ServiceAccount, name: shop}]\n";
    let plain = two("", "", "");
    assert_eq!(worth(&plain), [("service", "warning"); 2]);
    assert_eq!(worth(&two(&owner("x"), &owner("x"), "")), [("service", "warning"); 2]);
    let apart = two(&owner("x"), &owner("y"), "");
    assert_eq!(worth(&apart), [("service", "error"); 2]);
    assert!(apart[0].notes[0].contains("`x` and `y`"), "{:?}", apart[0].notes);
    assert_eq!(worth(&two(instance, instance, "")), [("service", "info"); 2]);
    assert_eq!(worth(&two(instance, "", "")), [("service", "warning"); 2]);
    assert_eq!(worth(&two(instance, instance, bound)), [("service", "warning"); 2]);
}

#[test]
fn the_clone_of_a_shared_account_is_bound_and_belongs_to_the_same_hook() {
    let hook = ", annotations: {helm.sh/hook: pre-upgrade, nhilint.dev/owner: team-shop}";
    let text = workload("Deployment", "a", "")
        + &workload("StatefulSet", "b", hook)
        + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb, namespace: shop}\n\
           roleRef: {kind: Role, name: r}\nsubjects: [{kind: ServiceAccount, name: shop}]\n";
    let found = find(102, &[("shop.yaml", &text)]);
    assert_eq!(worth(&found), [("job", "error"); 2], "a hook is a job");
    let shown = format!("{:?}", found[1].fixes);
    for part in [
        "Set(\"b\")",
        "helm.sh/hook: pre-upgrade",
        "helm.sh/hook-weight: \\\"-1\\\"",
        "nhilint.dev/owner: team-shop",
        "{kind: ServiceAccount, name: b, namespace: shop}",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
}

#[test]
fn an_account_that_two_folders_declare_is_one() {
    let settings = |name: &str, value: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata: {{a: {value}}}\n"
        )
    };
    let found = |declared: &str| {
        let one = workload("Deployment", "a", "") + &account("shop") + &settings("x", "one");
        let two = workload("DaemonSet", "b", "") + declared + &settings("y", "two");
        // It makes variants of the other two, which have nothing in common but the account.
        let three = settings("x", "three") + &settings("y", "three");
        let files = [("one/a.yaml", &*one), ("two/a.yaml", &*two), ("three/a.yaml", &*three)];
        find(102, &files).len()
    };
    assert_eq!(found(""), 2);
    assert_eq!(found(&account("shop")), 2, "whoever declares it twice hides nothing");
}

#[test]
fn absence_is_claimed_in_a_closed_world_only() {
    let deployment = workload("Deployment", "a", "");
    let undeclared = |more: &str| {
        let text = deployment.clone() + more;
        worth(&find(103, &[("shop.yaml", &text)])).len()
    };
    assert_eq!(undeclared(""), 1);
    let open = [
        (
            "a chart",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: shop}\nspec: {}\n",
        ),
        (
            "a chart elsewhere",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: flux}\nspec: {targetNamespace: shop}\n",
        ),
        (
            "another repository",
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: r, namespace: argocd}\nspec: {source: {path: deploy}, destination: {namespace: shop}}\n",
        ),
        (
            "an operator",
            "apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\nmetadata: {name: r, namespace: shop}\nspec: {}\n",
        ),
        (
            "its account",
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: shop, namespace: shop}\nspec: {}\n",
        ),
        (
            "its bundle",
            "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {name: r, namespace: shop}\nspec: {install: {spec: {permissions: [{serviceAccountName: shop}]}}}\n",
        ),
        ("an account without namespace", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: shop}\n"),
        ("a broken document", "apiVersion: v1\nkind: b: c\n"),
    ];
    for (what, object) in open {
        assert_eq!(undeclared(&format!("---\n{object}")), 0, "{what}");
    }
    let closed = [
        (
            "a chart of another namespace",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: r, namespace: flux}\nspec: {}\n",
        ),
        (
            "another account of the operator",
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db, namespace: shop}\nspec: {}\n",
        ),
    ];
    for (what, object) in closed {
        assert_eq!(undeclared(&format!("---\n{object}")), 1, "{what}");
    }
}

#[test]
fn most_of_four_is_no_majority_and_half_of_six_is_none() {
    let jobs = |count: usize, declared: usize| {
        let mut text = String::new();
        for at in 0..count {
            let _ = write!(
                text,
                "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: j{at}, namespace: shop}}\nspec: {{template: \
                 {{spec: {{serviceAccountName: a{at}, containers: [{{name: a, image: a}}]}}}}}}\n"
            );
            if at < declared {
                let _ = write!(
                    text,
                    "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{at}, namespace: shop}}\n"
                );
            }
        }
        let found = find(103, &[("shop.yaml", &text)]);
        (found.len(), found[0].form.0)
    };
    assert_eq!(jobs(4, 0), (4, "undeclared"));
    assert_eq!(jobs(6, 3), (3, "undeclared"));
    assert_eq!(jobs(5, 2), (1, "namespace"));
}

#[test]
fn thousands_of_workloads_of_one_account_take_no_time() {
    let mut text = String::new();
    for at in 0..2000 {
        text += &workload("Deployment", &format!("w{at}"), "");
    }
    let started = std::time::Instant::now();
    let found = find(102, &[("shop.yaml", &text)]);
    assert_eq!(found.len(), 2000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn wrong_types_are_survived() {
    for spec in [
        "{template: {spec: {serviceAccountName: 7, serviceAccount: [a]}}}",
        "{template: {spec: {serviceAccountName: {a: b}, serviceAccount: {}, containers: 7}}}",
        "{template: {spec: null}}",
    ] {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: [a], ownerReferences: 3}}\nspec: {spec}\n"
        );
        for rule in [101, 102, 103, 105] {
            find(rule, &[("a.yaml", &text)]);
        }
    }
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: null\nroleRef: {name: [r]}\n\
                   subjects: {kind: ServiceAccount, name: default}\n---\napiVersion: v1\nkind: ServiceAccount\n\
                   metadata: {name: default, annotations: 7}\nsecrets: 7\nimagePullSecrets: {a: b}\n---\n\
                   apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w}\nspec: {podSpecPatch: \
                   \"serviceAccountName: [\", templates: 7}\n";
    assert_eq!(worth(&find(105, &[("a.yaml", binding)])), []);
    assert_eq!(worth(&find(101, &[("a.yaml", binding)])), [], "what a broken patch sets is not known");
}
