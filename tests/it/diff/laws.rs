//! What never counts: where and how something is written.

use super::{ACCOUNT, JOB, binding, commit, diff_with, repository, rows, write};
use crate::helm_charts::programs;
use crate::stages::git;

/// A document in another order of its keys, with comments, and in another style.
fn reformatted(text: &str) -> String {
    let documents = text.split("---\n").map(|document| {
        let value: serde_json::Value = serde_yaml::from_str(document).expect("a document");
        let serde_json::Value::Object(map) = value else { return document.to_owned() };
        let reversed: serde_json::Map<String, serde_json::Value> = map.into_iter().rev().collect();
        format!("# moved\n{:#}\n", serde_json::Value::Object(reversed))
    });
    documents.collect::<Vec<_>>().join("---\n")
}

/// Every way to write the same, applied to the same repository.
#[test]
fn a_move_a_reformat_and_a_new_order_give_equal_and_no_row() {
    let cluster =
        binding("view").replace("RoleBinding", "ClusterRoleBinding").replace("name: export\n", "name: c\n");
    let all = [ACCOUNT, JOB, &binding("edit"), &cluster].join("---\n");
    let files = [("a.yaml", ACCOUNT), ("b.yaml", JOB), ("c.yaml", &binding("edit")), ("d/d.yaml", &cluster)];
    let backwards = [&cluster, &binding("edit"), JOB, ACCOUNT].join("---\n");
    let ways: [(&str, Vec<(&str, String)>); 4] = [
        ("one file", vec![("all.yaml", all.clone())]),
        ("another order", vec![("x/y.yaml", backwards)]),
        ("another style", files.iter().map(|(name, text)| (*name, reformatted(text))).collect()),
        (
            "other files",
            files
                .iter()
                .zip(["k", "l", "m", "n"])
                .map(|((_, text), name)| (name, (*text).to_owned()))
                .collect(),
        ),
    ];
    for (what, to) in ways {
        let directory = repository(&files);
        let here = directory.path();
        for (name, _) in files {
            std::fs::remove_file(here.join(name)).expect("it was there");
        }
        for (name, text) in to {
            let is_file = std::path::Path::new(name).extension().is_some();
            let name = if is_file { name.to_owned() } else { format!("moved/{name}.yaml") };
            write(here, &name, &text);
        }
        let (diff, code) = diff_with(here, &[]);
        assert_eq!(rows(&diff), Vec::<String>::new(), "{what}");
        assert_eq!((&diff["verdict"], code), (&"equal".into(), Some(0)), "{what}: {diff:#}");
        assert_eq!(diff["newFindings"], serde_json::json!([]), "{what}");
    }
}

#[test]
fn a_rename_is_one_line_and_equal() {
    let directory = repository(&[("a.yaml", ACCOUNT), ("b.yaml", JOB), ("c.yaml", &binding("edit"))]);
    let here = directory.path();
    for (name, text) in [("a.yaml", ACCOUNT), ("b.yaml", JOB), ("c.yaml", &binding("edit"))] {
        write(
            here,
            name,
            &text.replace("name: export", "name: report").replace("Name: export", "Name: report"),
        );
    }
    let (diff, code) = diff_with(here, &["--fail-on", "warning"]);
    let all = rows(&diff);
    assert!(
        matches!(&all[..], [one] if one.starts_with("same identity shop/report identity: shop/export -> shop/report")),
        "{all:#?}"
    );
    assert_eq!(diff["rows"][0]["became"], "renamed");
    assert_eq!((&diff["verdict"], code), (&"equal".into(), Some(0)), "{diff:#}");
    // A rename does not hide what comes with it.
    write(here, "c.yaml", &binding("cluster-admin").replace("name: export", "name: report"));
    let (diff, _) = diff_with(here, &[]);
    assert_eq!(diff["verdict"], "increased");
}

/// A chart whose values name the role and switch a second binding on.
const TEMPLATE: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: export, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .Values.role }}}
subjects: [{kind: ServiceAccount, name: export, namespace: shop}]
{{- if .Values.all }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: export-all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: export, namespace: shop}]
{{- end }}
";

#[test]
fn a_value_of_a_chart_is_the_line_that_causes_it() {
    if programs().is_none() {
        return;
    }
    let directory = repository(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "# of the chart\nrole: view\nall: false\n"),
        ("chart/templates/rights.yaml", TEMPLATE),
        ("chart/templates/account.yaml", ACCOUNT),
    ]);
    let here = directory.path();
    write(here, "chart/values.yaml", "# of the chart\nrole: edit\nall: false\n");
    let (diff, _) = diff_with(here, &[]);
    let all = rows(&diff);
    let tier = all.iter().find(|row| row.contains(" tier: ")).expect("a row");
    assert!(tier.starts_with("rises") && tier.ends_with("@ chart/values.yaml:2"), "{all:#?}");
    write(here, "chart/values.yaml", "# of the chart\nrole: view\nall: true\n");
    let (diff, _) = diff_with(here, &[]);
    let all = rows(&diff);
    let tier = all.iter().find(|row| row.contains(" tier: ")).expect("a row");
    assert!(tier.contains("T0") && tier.ends_with("@ chart/values.yaml:3"), "{all:#?}");
    // A chart that is only rendered anew changes nothing.
    write(here, "chart/values.yaml", "all: false\n\nrole: view\n");
    write(here, "chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.1\n");
    let (diff, code) = diff_with(here, &[]);
    assert_eq!((rows(&diff), code), (Vec::new(), Some(0)), "{diff:#}");
}

/// The change of the issue: a job with a secret in its environment, a token that never ends, a binding by a value.
#[test]
fn the_pull_request_that_this_is_for() {
    if programs().is_none() {
        return;
    }
    let template = "{{- range .Values.bindings }}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: {{ .name }}, \
                    namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .role }}}\nsubjects: [{kind: \
                    ServiceAccount, name: {{ .name }}, namespace: shop}]\n{{- end }}\n";
    let directory = repository(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "bindings: []\n"),
        ("chart/templates/rights.yaml", template),
        ("account.yaml", &ACCOUNT.replace("export", "web")),
    ]);
    let here = directory.path();
    write(here, "chart/values.yaml", "bindings:\n  - name: export\n    role: edit\n");
    write(here, "job.yaml", &(JOB.to_owned() + "              envFrom: [{secretRef: {name: db}}]\n"));
    write(here, "account.yaml", &(ACCOUNT.replace("export", "web") + "---\n" + ACCOUNT));
    let token = "apiVersion: v1\nkind: Secret\nmetadata: {name: t, namespace: shop, annotations: {kubernetes.io/service-account.name: export}}\ntype: \
                 kubernetes.io/service-account-token\n";
    write(here, "token.yaml", token);
    commit(here);
    let (diff, code) = diff_with(here, &["HEAD"]);
    assert_eq!((&diff["verdict"], code), (&"increased".into(), Some(1)));
    let all = rows(&diff);
    assert!(
        all[0].starts_with("rises identity shop/export identity: - -> T1")
            && all[0].contains("CronJob/export"),
        "{all:#?}"
    );
    assert!(all[0].ends_with("@ chart/values.yaml:3"), "{all:#?}");
    assert!(!diff["rows"][0]["path"].as_array().expect("a list").is_empty(), "{all:#?}");
    for what in ["credential shop/export static-token", "secret shop/export secret"] {
        assert!(all.iter().any(|row| row.contains(what)), "{what}: {all:#?}");
    }
    git(here, &["mv", "job.yaml", "moved.yaml"]);
    commit(here);
    git(here, &["branch", "-f", "main", "HEAD~1"]);
    let (diff, _) = diff_with(here, &["HEAD"]);
    assert_eq!(rows(&diff), Vec::<String>::new(), "a move alone");
}
