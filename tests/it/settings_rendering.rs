//! Settings that say how a repository is rendered and what is known: addresses, clusters, values of charts, tables.

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

/// Findings of a rule in one manifest with these settings, as JSON.
fn found(manifest: &str, settings: &str, rule: &str) -> Vec<serde_json::Value> {
    let directory = scratch(&[("pod.yaml", manifest), (".nhilint.yaml", settings)]);
    let (_, out, err) =
        run(directory.path(), &["check", ".", "--no-cache", "--select", rule, "--format", "json"]);
    let report: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
    report["findings"].as_array().expect("a list").clone()
}

#[test]
fn images_that_read_files_are_added_to_the_table() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: crane, namespace: quay}\nspec:\n  containers:\n  - name: crane\n    \
               image: registry.example/harbour/crane:1\n    env: [{name: CRANE_PASSWORD, valueFrom: {secretKeyRef: {name: crane, key: \
               password}}}]\n";
    let settings =
        "tables: {fileVariables: [{images: [harbour/*], variables: [\"*_PASSWORD\"], suffix: __FILE}]}\n";
    let with = |settings: &str| found(pod, settings, "NHI204").remove(0);
    assert!(!with("").to_string().contains("CRANE_PASSWORD__FILE"));
    let finding = with(settings);
    assert_eq!(
        finding["message"],
        "`CRANE_PASSWORD` is a secret in the environment; the image reads `CRANE_PASSWORD__FILE`"
    );
    assert!(finding["fixes"][0]["edits"].as_array().is_some_and(|edits| !edits.is_empty()), "{finding}");
}

#[test]
fn formats_of_tokens_are_added_to_the_table() {
    let token = "crn_7f3k9q2m8x4w6z1v5t0b";
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: crane}}\ndata: {{note: \"sign in as {token}\"}}\n"
    );
    let settings = "tables: {tokenFormats: [{what: a token of the harbour, prefix: crn_, regex: \"crn_[0-9a-z]{20}\"}]}\n";
    assert_eq!(found(&config, "", "NHI202"), Vec::<serde_json::Value>::new());
    let findings = found(&config, settings, "NHI202");
    assert_eq!(findings.len(), 1);
    let text = findings[0].to_string();
    assert!(text.contains("a token of the harbour") && !text.contains(token), "{text}");
    for (wrong, says) in [
        ("prefix: cr, regex: \"cr_[a-z]+\"", "`prefix` has 3 letters or more"),
        ("prefix: crn_, regex: \"crn_(\"", "`regex` is no regular expression: unclosed group"),
        ("prefix: crn_, regex: \"(?x)crn_ # a comment\"", "`regex` is no regular expression: unclosed group"),
        ("prefix: crn_, regex: \"(crn_)*\"", "`regex` fits an empty text"),
        (
            "prefix: crn_, regex: \"crn_(a{1000}){1000}\"",
            "`regex` is no regular expression: Compiled regex exceeds",
        ),
    ] {
        let settings = format!("tables: {{tokenFormats: [{{what: a, {wrong}}}]}}\n");
        let directory = scratch(&[("pod.yaml", config.as_str()), (".nhilint.yaml", &settings)]);
        let (code, _, err) = run(directory.path(), &["check", "."]);
        assert_eq!(code, Some(2), "{wrong}");
        assert!(err.contains(says), "{wrong}: {err}");
    }
}
