//! Which sources are judged by a folder of this tree, as Argo CD and Flux read them: own and foreign repositories, plain
//! folders, files that change a source.

use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};
use crate::stages::git;

/// Runs as nobody's cluster admin; drawn by what is deployed.
const ADMIN: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";
const VIEWER: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: grain}\n";
pub(crate) const CHART: &str = "apiVersion: v2\nname: mill\nversion: 1.0.0\n";
/// A binding to the role that the values name.
pub(crate) const BINDING: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ .Values.role }}}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";

pub(crate) const OWN: &str = "https://git.example.org/mills/wheat.git";

fn application(name: &str, address: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
         destination: {{server: 'https://kubernetes.default.svc', namespace: {name}}}\n  source: {{repoURL: '{address}', {source}}}\n"
    )
}

pub(crate) fn set(generators: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all, namespace: argocd}}\nspec:\n  \
         goTemplate: true\n  goTemplateOptions: [missingkey=error]\n  generators: {generators}\n  template:\n    \
         metadata: {{name: 'all-{{{{ .name }}}}'}}\n    spec:\n      destination: {{name: '{{{{ .name }}}}', namespace: x}}\n      \
         source: {{repoURL: '{OWN}', {source}}}\n"
    )
}

/// A git repository with one remote.
pub(crate) fn cloned(files: &[(&str, &str)], remote: &str) -> tempfile::TempDir {
    let here = scratch(files);
    git(here.path(), &["init", "-q"]);
    git(here.path(), &["remote", "add", "origin", remote]);
    git(here.path(), &["add", "."]);
    here
}

/// The Applications and Flux objects: name, the folders and files that they deploy, and why something is not judged.
pub(crate) fn deployed(here: &Path) -> Vec<String> {
    let (_, out, errors) = run(here, &["render", ".", "--objects"]);
    let rows = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut rows: Vec<String> = rows
        .filter(|row| !matches!(row["root"]["kind"].as_str(), Some("helm" | "kustomize" | "files")))
        .map(|row| {
            let objects = row["objects"].as_array().map_or(0, Vec::len);
            format!("{} {objects}", row["root"]["name"].as_str().unwrap_or("-"))
        })
        .collect();
    rows.extend(errors.lines().map(str::to_owned));
    rows
}

/// The findings of a rule, as severity and place, and those of NHI905 with their messages.
pub(crate) fn findings(here: &Path, rule: &str) -> Vec<String> {
    let (_, out, _) = run(here, &["check", ".", "--format", "json", "--fail-on", "never"]);
    let report: Value = serde_json::from_str(&out).expect("the report is JSON");
    let all = report["findings"].as_array().expect("a list").iter();
    let wanted = all.filter(|finding| finding["rule"] == rule);
    wanted
        .map(|finding| {
            let at = &finding["location"];
            format!("{} {}:{} {}", finding["severity"], at["file"], at["line"], finding["message"])
                .replace('"', "")
        })
        .collect()
}

#[test]
fn an_address_is_own_in_every_spelling_and_no_other_is() {
    let own = [
        "git@git.example.org:mills/wheat.git",
        "ssh://git@git.example.org/mills/wheat",
        "ssh://git@GIT.example.org:2222/mills/wheat.git/",
        "https://user:pass@git.example.org/Mills/Wheat.git",
        "http://git.example.org:8080/mills/wheat/",
        " https://git.example.org//mills/wheat.git ",
        "{{ .Values.address }}",
    ];
    let foreign = [
        "https://git.example.org/mills/wheat-2.git",
        "https://git.example.net/mills/wheat.git",
        "git@git.example.org:mills/other.git",
        "https://git.example.org/wheat",
        "oci://git.example.org/mills/wheat2",
    ];
    for (address, is_own) in own.into_iter().map(|own| (own, true)).chain(foreign.map(|other| (other, false)))
    {
        let text = application("a", address, "path: parts/mill");
        let real = application("b", OWN, "path: parts/other");
        let here = cloned(
            &[
                ("a.yaml", &text),
                ("b.yaml", &real),
                ("parts/mill/m.yaml", ADMIN),
                ("parts/other/m.yaml", MAP),
            ],
            OWN,
        );
        let made = deployed(here.path());
        assert_eq!(made.iter().any(|row| row == "a 1"), is_own, "{address}: {made:?}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(
            said.iter().any(|line| line.contains("which is not this tree")),
            !is_own,
            "{address}: {said:?}"
        );
    }
}

#[test]
fn without_a_remote_the_address_of_most_sources_is_own() {
    let files = |remote: Option<&str>, foreign: usize| {
        let mut files = vec![
            ("apps/a.yaml".to_owned(), application("a", OWN, "path: parts/mill")),
            ("apps/b.yaml".to_owned(), application("b", OWN, "path: parts/other")),
        ];
        for at in 0..foreign {
            let source = if at == 0 { "path: parts/mill" } else { "path: parts/elsewhere" };
            files.push((
                format!("apps/f{at}.yaml"),
                application(&format!("f{at}"), "https://far.example/x", source),
            ));
        }
        files.push(("parts/mill/m.yaml".to_owned(), ADMIN.to_owned()));
        files.push(("parts/other/m.yaml".to_owned(), MAP.to_owned()));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        match remote {
            Some(remote) => cloned(&files, remote),
            None => scratch(&files),
        }
    };
    let is_told =
        |lines: &[String]| lines.iter().filter(|line| line.contains("is taken for this repository")).count();
    for (remote, foreign) in [(None, 1), (None, 3), (Some("https://git.example.org/fork/wheat"), 1)] {
        let here = files(remote, foreign);
        let made = deployed(here.path());
        assert!(made.iter().any(|row| row == "a 1"), "{remote:?} {foreign}: {made:?}");
        assert!(!made.iter().any(|row| row == "f0 1"), "{remote:?} {foreign}: {made:?}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(is_told(&said), 1, "said once: {said:?}");
    }
    let here = files(None, 0);
    assert_eq!(findings(here.path(), "NHI905"), [""; 0], "there is nothing to choose from");
    let here = files(Some(OWN), 2);
    assert_eq!(is_told(&findings(here.path(), "NHI905")), 0, "the remote says it");
}

#[test]
fn every_source_and_every_value_file_is_asked_for_its_repository() {
    let head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  destination: {server: x}\n  sources:\n";
    let two = format!(
        "{head}    - {{repoURL: '{OWN}', path: parts/mill}}\n    - {{repoURL: 'https://far.example/x', path: parts/other}}\n"
    );
    let values = format!(
        "{head}    - {{repoURL: '{OWN}', path: chart, helm: {{valueFiles: [$far/envs/a.yaml, $own/envs/b.yaml]}}}}\n    - {{repoURL: 'https://far.example/x', ref: far}}\n    - {{repoURL: '{OWN}', ref: own}}\n"
    );
    let here = cloned(&[("a.yaml", &two), ("parts/mill/m.yaml", VIEWER), ("parts/other/m.yaml", ADMIN)], OWN);
    assert_eq!(deployed(here.path()).iter().filter(|row| *row == "a 1").count(), 1);
    let here = cloned(
        &[
            ("a.yaml", &values),
            ("chart/Chart.yaml", CHART),
            ("chart/values.yaml", "role: view\n"),
            ("chart/templates/b.yaml", BINDING),
            ("envs/a.yaml", "role: none\n"),
            ("envs/b.yaml", "role: edit\n"),
        ],
        OWN,
    );
    let (_, out, _) = run(here.path(), &["roots", ".", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let roots = report["roots"].as_array().expect("a list").iter();
    let sets: Vec<&Value> =
        roots.filter(|root| root["kind"] == "application").map(|root| &root["values"][0]).collect();
    assert_eq!(sets[0]["files"], serde_json::json!(["envs/b.yaml"]), "{out}");
    let said = findings(here.path(), "NHI905");
    assert!(said.iter().any(|line| line.contains("the value file `envs/a.yaml` is in")), "{said:?}");
    let generator = set(
        "[{git: {repoURL: 'https://far.example/x', directories: [{path: 'parts/*'}]}}]",
        "path: '{{.path.path}}'",
    );
    let here = cloned(&[("s.yaml", &generator), ("parts/mill/m.yaml", ADMIN)], OWN);
    assert!(deployed(here.path()).iter().all(|row| row.ends_with(" 0")), "nothing is known of what it makes");
    assert!(findings(here.path(), "NHI905")[0].contains("the generator reads `https://far.example/x`"));
}

#[test]
fn flux_takes_paths_of_the_source_that_it_names() {
    let object = |reference: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: a, namespace: flux-system}}\nspec: {{path: ./parts/mill, sourceRef: {reference}}}\n"
        )
    };
    let source = |name: &str, address: &str| {
        format!(
            "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{url: '{address}'}}\n"
        )
    };
    let cases = [
        (
            "{kind: GitRepository, name: own}",
            source("own", "ssh://git@git.example.org/mills/wheat"),
            true,
            "",
        ),
        (
            "{kind: GitRepository, name: own}",
            source("own", "https://far.example/x"),
            false,
            "is not in this tree",
        ),
        (
            "{kind: GitRepository, name: own, namespace: other}",
            source("own", OWN),
            true,
            "is not declared here",
        ),
        ("{kind: GitRepository, name: lost}", String::new(), true, "is not declared here"),
        ("{kind: GitRepository, name: flux-system}", String::new(), true, ""),
        ("{kind: OCIRepository, name: own}", source("own", OWN), false, "is not in this tree"),
        ("{kind: Bucket, name: flux-system}", String::new(), false, "is not in this tree"),
        // Two clusters may each have one of that name.
        (
            "{kind: GitRepository, name: own}",
            source("own", "https://far.example/x") + &source("own", OWN),
            true,
            "is defined twice",
        ),
    ];
    for (reference, sources, is_own, words) in cases {
        let text = object(reference) + &sources;
        let other = application("other", OWN, "path: parts/other");
        let files = [
            ("clusters/a.yaml", text.as_str()),
            ("o.yaml", &other),
            ("parts/mill/m.yaml", ADMIN),
            ("parts/other/m.yaml", MAP),
        ];
        let here = cloned(&files, OWN);
        let made = deployed(here.path());
        assert_eq!(made.iter().any(|row| row == "a 1"), is_own, "{reference} {sources}: {made:?}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(said.is_empty(), words.is_empty(), "{reference}: {said:?}");
        assert!(said.iter().all(|line| line.contains(words)), "{reference}: {said:?}");
    }
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a, namespace: x}\nspec: {chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: far, namespace: flux-system}}}}\n";
    let text = release.to_owned() + &source("far", "https://far.example/x");
    let other = application("other", OWN, "path: parts/other");
    let files = [
        ("a.yaml", text.as_str()),
        ("o.yaml", &other),
        ("parts/other/m.yaml", MAP),
        ("chart/Chart.yaml", CHART),
        ("chart/templates/m.yaml", MAP),
    ];
    let here = cloned(&files, OWN);
    assert!(!deployed(here.path()).iter().any(|row| *row == "a 1"));
}

#[test]
fn a_plain_folder_is_read_as_argo_cd_reads_it() {
    let jsonnet = "{kind: 'ClusterRoleBinding'}\n";
    let files = |block: &str| {
        let text = application("a", OWN, &format!("path: parts{block}"));
        cloned(
            &[
                ("a.yaml", &text),
                ("parts/one.yml", MAP),
                (
                    "parts/two.json",
                    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"two\"}}",
                ),
                ("parts/skipped.yaml", &format!("# +argocd:skip-file-rendering\n{MAP}")),
                ("parts/roles.jsonnet", jsonnet),
                ("parts/notes.txt", MAP),
                ("parts/chart/Chart.yaml", CHART),
                ("parts/chart/templates/m.yaml", ADMIN),
                ("parts/chart/templates/deep.jsonnet", jsonnet),
            ],
            OWN,
        )
    };
    let cases = [
        ("", 2, 1),
        (", directory: {recurse: true}", 3, 2),
        (", directory: {recurse: true, exclude: '*.jsonnet'}", 3, 0),
        (", directory: {recurse: true, exclude: '{chart/*,*.jsonnet}'}", 2, 0),
        (", directory: {include: '*.yml'}", 1, 0),
        (", directory: {include: '*.jsonnet'}", 0, 1),
    ];
    for (block, objects, programs) in cases {
        let here = files(block);
        let made = deployed(here.path());
        // Chart.yaml is read too; it is no object.
        assert!(made.contains(&format!("a {objects}")), "{block}: {made:?}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(
            said.iter().filter(|line| line.contains("Argo CD evaluates `parts/")).count(),
            programs,
            "{block}: {said:?}"
        );
        assert!(
            said.iter().filter(|line| line.contains("jsonnet")).all(|line| !line.starts_with("info")),
            "{said:?}"
        );
    }
    let inside = application("a", OWN, "path: parts/chart/templates, directory: {exclude: '*.jsonnet'}");
    let here = files("");
    std::fs::write(here.path().join("a.yaml"), inside).expect("it is written");
    assert_eq!(deployed(here.path()), ["a 1"]);
    assert!(findings(here.path(), "NHI501")[0].contains("parts/chart/templates/m.yaml:4"));
}

#[test]
fn files_beside_a_source_change_it_for_their_application() {
    let patch = "kustomize: {patches: [{target: {kind: ClusterRoleBinding}, patch: '- {op: replace, path: /roleRef/name, value: cluster-admin}'}]}\n";
    let kustomization = [("k/kustomization.yaml", "resources: [b.yaml]\n"), ("k/b.yaml", VIEWER)];
    let cases = [
        (".argocd-source.yaml", patch, true, ""),
        (".argocd-source-a.yaml", patch, true, ""),
        (".argocd-source-argocd_a.yaml", patch, true, ""),
        (".argocd-source-b.yaml", patch, false, ""),
        (".argocd-source.yml", patch, false, ""),
        (".argocd-source.yaml", "path: elsewhere\nrepoURL: 'https://far.example/x'\n", false, ""),
        (
            ".argocd-source.yaml",
            "plugin: {name: grinder}\n",
            false,
            "a plugin of Argo CD makes the manifests",
        ),
        (".argocd-source.yaml", "[a]\n", false, "is no mapping"),
        (".argocd-source-a.yaml", "a: [\n", false, "is no valid YAML"),
        (".argocd-source.yaml", "# nothing\n", false, ""),
    ];
    let text = application("a", OWN, "path: k");
    for (name, content, is_admin, words) in cases {
        let path = format!("k/{name}");
        let files = [("a.yaml", text.as_str()), (&path, content)].into_iter().chain(kustomization);
        let here = cloned(&files.collect::<Vec<_>>(), OWN);
        assert_eq!(!findings(here.path(), "NHI501").is_empty(), is_admin, "{name}: {content}");
        let said = findings(here.path(), "NHI905");
        assert_eq!(said.iter().any(|line| !line.starts_with("info")), !words.is_empty(), "{name}: {said:?}");
        assert!(words.is_empty() || said.iter().any(|line| line.contains(words)), "{name}: {said:?}");
    }
    // Lists are replaced, null removes, of values the object wins.
    let source = "path: c, helm: {parameters: [{name: role, value: cluster-admin}], valuesObject: {role: cluster-admin}}";
    for (content, role) in [
        ("helm: {parameters: [], valuesObject: {role: edit}}\n", "edit"),
        ("helm: {parameters: null, valuesObject: null}\n", "view"),
        ("helm: {parameters: [{name: other, value: x}]}\n", "cluster-admin"),
    ] {
        let text = application("a", OWN, source);
        let files = [
            ("a.yaml", text.as_str()),
            ("c/.argocd-source-a.yaml", content),
            ("c/Chart.yaml", CHART),
            ("c/values.yaml", "role: view\n"),
            ("c/templates/b.yaml", BINDING),
        ];
        let here = cloned(&files, OWN);
        let (_, out, _) = run(here.path(), &["render", ".", "--objects"]);
        assert!(out.contains(&format!("\"name\":\"{role}\"")), "{content}: {out}");
    }
}
