//! Names that would do something where they are shown, and changes that are large.

use std::fmt::Write as _;

use super::{ACCOUNT, binding, repository, write};
use crate::cli::run;

#[test]
fn names_do_nothing_in_any_format() {
    let directory = repository(&[("a.yaml", ACCOUNT)]);
    let here = directory.path();
    let name = "<script>|`[x](javascript:1)\\u001b[31m##[error]\\n::error::x";
    let text = format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: \"{name}\", namespace: \"{name}\"}}\nroleRef: {{apiGroup: \
         rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: ServiceAccount, name: \"{name}\", namespace: \
         \"{name}\"}}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: \"{name}\"}}\nspec: {{serviceAccountName: \"{name}\", \
         containers: [{{name: a, image: a, env: [{{name: API_PASSWORD, value: hunter2hunter2}}]}}]}}\n"
    );
    write(here, "b.yaml", &text);
    for format in ["text", "markdown", "json"] {
        let (code, out, err) = run(here, &["diff", "main", "--no-cache", "--format", format]);
        assert_eq!(code, Some(1), "{out}{err}");
        assert!(
            !out.contains('\u{1b}') && !out.contains("##[") && !out.contains("hunter2"),
            "{format}: {out}"
        );
        assert!(!out.lines().any(|line| line.trim_start().starts_with("::")), "{format}: {out}");
        if format == "markdown" {
            let outside = out.split("```mermaid").next().expect("text");
            for line in outside.lines().filter(|line| line.contains("script")) {
                let spans: Vec<&str> = line.split('`').collect();
                assert!(spans.len() > 2, "in a code span: {line}");
            }
            let drawing =
                out.split("```mermaid").nth(1).and_then(|rest| rest.split("```").next()).expect("a drawing");
            assert!(!drawing.contains("<script") && !drawing.contains('`'), "{drawing}");
        }
    }
}

#[test]
fn a_large_change_fits_into_a_comment_and_counts_the_rest() {
    let directory = repository(&[("a.yaml", ACCOUNT)]);
    let here = directory.path();
    let mut text = String::new();
    for number in 0..400 {
        let _ = write!(
            text,
            "---\n{}",
            binding("cluster-admin").replace("name: export", &format!("name: account-{number}"))
        );
    }
    write(here, "b.yaml", &text);
    let (_, out, _) = run(here, &["diff", "main", "--no-cache", "--format", "markdown"]);
    assert!(out.len() <= 60_000, "{}", out.len());
    assert!(out.contains("more rows: `nhilint diff --format json` has all of them."), "{out}");
    assert!(out.contains("more ways not drawn") && out.matches("```").count() == 2, "{out}");
}
