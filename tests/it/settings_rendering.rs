//! Settings that say how a repository is rendered: its addresses, its clusters, the values of its charts.

use crate::cli::{run, scratch};

const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: tally}\nspec: {template: {spec: \
                   {containers: [{name: tally, image: registry.example/tally:1}]}}}\n";
const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: quay, namespace: argocd}\nspec:\n  \
                           destination: {server: https://kubernetes.default.svc, namespace: quay}\n  source: {repoURL: \
                           https://git.example.com/harbour/fleet.git, path: .quay}\n";
const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec:\n  \
                   generators: [{clusters: {selector: {matchLabels: {region: north}}}}]\n  template:\n    metadata: {name: \
                   'tally-{{name}}'}\n    spec:\n      destination: {server: '{{server}}', namespace: '{{name}}'}\n      source: \
                   {repoURL: https://git.example.com/harbour/fleet.git, path: '.sites/{{metadata.labels.site}}'}\n";

/// The text of a run over these files with these settings.
fn checked(files: &[(&str, &str)], settings: &str) -> String {
    let directory = scratch(&[files, &[(".nhilint.yaml", settings)]].concat());
    // A remote that is none of what the Applications name.
    crate::stages::git(directory.path(), &["init", "-q"]);
    crate::stages::git(
        directory.path(),
        &["remote", "add", "origin", "https://mirror.example.com/fleet.git"],
    );
    let (_, out, err) =
        run(directory.path(), &["check", ".", "--no-cache", "--select", "NHI101", "--format", "json"]);
    out + &err
}

#[test]
fn repositories_are_known_by_further_addresses() {
    // Two addresses are named: the one with a folder here is not ours, as nothing says so.
    let other =
        APPLICATION.replace("fleet.git", "other.git").replace("name: quay, namespace: argocd", "name: other");
    let other = other.replace(".quay", ".other");
    let files = [("apps.yaml", &*format!("{APPLICATION}---\n{other}")), ("sub/.quay/job.yaml", JOB)];
    assert!(!checked(&files, "").contains("quay/default"), "the Application does not deploy it");
    let settings = "repositories: [{url: 'https://git.example.com/harbour/fleet.git', path: sub}]\n";
    let out = checked(&files, settings);
    assert!(out.contains("quay/default"), "{out}");
}

#[test]
fn clusters_of_the_settings_fill_generators() {
    let files = [("set.yaml", SET), (".sites/pier/job.yaml", JOB), (".sites/dock/job.yaml", JOB)];
    let own = "repositories: [{url: 'https://git.example.com/harbour/fleet.git'}]\n";
    assert!(!checked(&files, own).contains("north-a/default"), "nobody knows the clusters");
    let clusters = "clusters:\n- {name: north-a, server: 'https://a.example', labels: {region: north, site: pier}}\n\
                    - {name: south-b, server: 'https://b.example', labels: {region: south, site: dock}}\n";
    let out = checked(&files, &format!("{own}{clusters}"));
    assert!(out.contains("north-a/default"), "{out}");
    assert!(!out.contains("south-b/default"), "it is not selected: {out}");
}

#[test]
fn charts_are_rendered_with_value_sets_of_the_settings() {
    if crate::helm_charts::programs().is_none() {
        return;
    }
    let files = [
        ("charts/tally/Chart.yaml", "apiVersion: v2\nname: tally\nversion: 1.0.0\n"),
        ("charts/tally/values.yaml", "job: false\n"),
        ("charts/tally/templates/job.yaml", &*format!("{{{{ if .Values.job }}}}\n{JOB}{{{{ end }}}}\n")),
        ("sites/north.yaml", "job: true\n"),
    ];
    assert!(!checked(&files, "").contains("dedicated-service-account"));
    let out = checked(&files, "valueSets: [{chart: charts/tally, files: [sites/north.yaml]}]\n");
    assert!(out.contains("dedicated-service-account"), "{out}");
}
