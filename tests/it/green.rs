//! What README promises of a green run: each sentence stands there, and a repository shows that it holds.

use std::path::Path;
use std::process::Command;

use crate::cli::scratch;
use crate::rendering::run;

const VIEWER: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: crane}\nroleRef: \
                      {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects:\n- {kind: \
                      ServiceAccount, name: crane, namespace: quay}\n";
const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: quay, namespace: argocd}\nspec:\n  \
                           destination: {server: https://kubernetes.default.svc, namespace: quay}\n  source: {repoURL: \
                           https://git.example.com/harbour/fleet.git, path: quay}\n";
const REMOTE: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: crane, namespace: argocd}\nspec:\n  \
                      destination: {server: https://kubernetes.default.svc, namespace: quay}\n  source: {repoURL: \
                      https://charts.example.com, chart: crane, targetRevision: 1.0.0}\n";
const LISTED: &str = "resources: [roles.yaml]\n";
const PATCHED: &str = "resources: [roles.yaml]\npatches:\n- target: {kind: ClusterRoleBinding}\n  patch: '[{\"op\": \"replace\", \
                       \"path\": \"/roleRef/name\", \"value\": \"cluster-admin\"}]'\n";
const CHART: &str = "apiVersion: v2\nname: quay\nversion: 1.0.0\n";

fn admin() -> String {
    VIEWER.replace("name: view", "name: cluster-admin")
}

/// The paragraph stands in README, and says this.
fn readme_says(sentence: &str) {
    let readme = std::fs::read_to_string("README.md").expect("tests run at the root of the package");
    let paragraph = readme.split("## What a green run means\n").nth(1).expect("the section is there");
    let paragraph = paragraph.split("\n## ").next().unwrap_or_default();
    let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(sentence), "README does not say: {sentence}");
}

/// The exit code of a run over these files with these further arguments, and what it prints.
fn checked(files: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let here = scratch(files);
    check_in(here.path(), &std::env::var("PATH").unwrap_or_default(), arguments)
}

fn check_in(here: &Path, path: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let rules = "--select=no-cluster-admin,escalation-verbs,ungoverned-manifest";
    let (code, out, errors) = run(here, path, &[&["check", ".", rules], arguments].concat());
    (code, out + &errors)
}

fn ends_with(code: i32, (ended, output): (Option<i32>, String)) {
    assert_eq!(ended, Some(code), "{output}");
}

#[test]
fn all_that_git_tracks_is_read() {
    readme_says(
        "It has read all that git tracks below its arguments, and all that stands there and is deployed, whatever an ignore file, \
         a dot, an extension or a link hides.",
    );
    let here = scratch(&[(".quay/roles.yaml", &admin()), (".ignore", "*\n"), (".gitignore", ".quay\n")]);
    for arguments in [&["init", "-q"][..], &["add", "-f", "."]] {
        let done = Command::new("git").args(arguments).current_dir(here.path()).status();
        assert!(done.expect("git is installed").success());
    }
    ends_with(1, check_in(here.path(), "", &[]));
}

#[test]
fn what_a_cluster_would_be_given_is_judged() {
    readme_says(
        "It has judged what a cluster would be given: after Helm, Kustomize, Argo CD and Flux made their changes, with the values \
         and patches that their objects name.",
    );
    for (kustomization, code) in [(PATCHED, 1), (LISTED, 0)] {
        let files = [
            ("apps.yaml", APPLICATION),
            ("quay/kustomization.yaml", kustomization),
            ("quay/roles.yaml", VIEWER),
        ];
        ends_with(code, checked(&files, &[]));
    }
}

#[test]
fn what_cannot_be_rendered_is_an_error() {
    readme_says(
        "What cannot be rendered is an error; where a program for it is missing, the run ends with 2.",
    );
    ends_with(1, checked(&[("quay/kustomization.yaml", "resources: [gone.yaml]\n")], &[]));
    let chart = [("quay/Chart.yaml", CHART), ("quay/templates/roles.yaml", VIEWER), ("plain.yaml", VIEWER)];
    let without = scratch(&chart);
    ends_with(2, check_in(without.path(), "", &[]));
    ends_with(0, check_in(without.path(), "", &["--no-render"]));
}

#[test]
fn what_stands_elsewhere_is_counted() {
    readme_says(
        "What stands elsewhere is not judged: charts and bases of other repositories, and what only the cluster knows.",
    );
    readme_says(
        "The report counts it under \"not judged\"; with `--fail-on-unjudged`, which the preset `strict` switches on, it is an \
         error.",
    );
    let (code, output) = checked(&[("apps.yaml", REMOTE)], &[]);
    assert!(code == Some(0) && output.contains("not judged: "), "{code:?} {output}");
    ends_with(1, checked(&[("apps.yaml", REMOTE)], &["--fail-on-unjudged"]));
    ends_with(1, checked(&[("apps.yaml", REMOTE)], &["--preset=strict"]));
}

#[test]
fn nothing_that_is_added_lowers_a_verdict() {
    readme_says(
        "Nothing that is added lowers a verdict: where several definitions of an object may be the one that is applied, the worst \
         of them counts.",
    );
    let role = |verbs: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: crane}}\nrules:\n- {{apiGroups: \
             [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [{verbs}]}}\n"
        )
    };
    let bound = VIEWER.replace("name: view", "name: crane");
    let (strong, weak) = (role("escalate, bind"), role("get"));
    let alone = [("live/roles.yaml", &*strong), ("live/binding.yaml", &*bound)];
    ends_with(1, checked(&alone, &[]));
    for decoy in ["live/zz.yaml", "examples/roles.yaml"] {
        ends_with(1, checked(&[alone[0], alone[1], (decoy, &*weak)], &[]));
    }
}
