//! What deployers name where that is rendered, generated or called by another name: sources of Flux, folders and files of a
//! generator, clusters; and what a release is told of its values.

use nhilint::finding::Engine;

use crate::argo::{BINDING, CHART, OWN, cloned, findings, set};
use crate::cli::scratch;
use crate::rendering::{check, outline};
use crate::rendering_hostile::with;

const OTHER: &str = "https://git.example.net/other/tree";
const ADMIN: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '${ROLE:=view}'}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";

/// A source of Flux and a Kustomization that deploys a folder of it as cluster admin.
fn source(url: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: r, namespace: flux-system}}\nspec: {{url: '{url}'}}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: z, namespace: flux-system}}\nspec:\n  path: ./x\n  sourceRef: {{kind: GitRepository, name: r}}\n  postBuild: {{substitute: {{ROLE: cluster-admin}}}}\n"
    )
}

fn flux(fields: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: m, namespace: flux-system}}\nspec:\n  path: ./top\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{fields}"
    )
}

#[test]
fn a_source_of_flux_is_where_its_rendered_text_says() {
    let patch = |url: &str| {
        format!(
            "patches: [{{target: {{kind: GitRepository}}, patch: \"- {{op: replace, path: /spec/url, value: '{url}'}}\"}}]\n"
        )
    };
    let filled = |url: &str| format!("  postBuild: {{substitute: {{URL: '{url}'}}}}\n");
    let own = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: o, namespace: argocd}\nspec:\n  destination: {server: 'https://kubernetes.default.svc', namespace: o}\n  source: {repoURL: 'https://git.example.org/mills/wheat.git', path: g}\n";
    for (url, is_own) in [(OWN, true), (OTHER, false)] {
        let another = if is_own { OTHER } else { OWN };
        for (name, top, changes) in [
            ("s.yaml", source("${URL}"), ("a.yaml", flux(&filled(url)))),
            ("s.yaml", source(another), ("a.yaml", flux(&format!("  {}", patch(url))))),
            (
                "s.yaml",
                source(another),
                ("top/kustomization.yaml", format!("resources: [s.yaml]\n{}", patch(url))),
            ),
            ("s", source(url), ("top/kustomization.yaml", "resources: [s]\n".to_owned())),
        ] {
            let files = [
                (format!("top/{name}"), top),
                (changes.0.to_owned(), changes.1),
                ("x/b.yaml".to_owned(), ADMIN.to_owned()),
                ("o.yaml".to_owned(), own.to_owned()),
                (
                    "g/m.yaml".to_owned(),
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: grain}\n".to_owned(),
                ),
            ];
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let here = cloned(&files, OWN);
            let found = findings(here.path(), "NHI501");
            assert_eq!(!found.is_empty(), is_own, "{files:?}");
            let said = findings(here.path(), "NHI905");
            let is_elsewhere = |line: &String| line.contains("`./x` of the source `r` is not in this tree");
            assert_eq!(said.iter().any(is_elsewhere), !is_own, "{files:?} {said:?}");
        }
    }
}

#[test]
fn a_generator_sees_all_that_git_tracks() {
    let chart = [("c/Chart.yaml", CHART), ("c/values.yaml", "role: view\n"), ("c/templates/b.yaml", BINDING)];
    let map = ("roles/view/m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: grain}\n");
    let by_folder = format!("[{{git: {{repoURL: '{OWN}', directories: [{{path: 'roles/*'}}]}}}}]");
    let by_folder =
        set(&by_folder, "path: c, helm: {parameters: [{name: role, value: '{{ .path.basename }}'}]}");
    let by_folder = by_folder.replace("{{ .name }}", "{{ .path.basename }}");
    for only in ["README.md", ".gitkeep", "deep/notes.txt"] {
        let folder = format!("roles/cluster-admin/{only}");
        let here = cloned(&[&chart[..], &[("s.yaml", &by_folder), map, (&folder, "x\n")]].concat(), OWN);
        assert_eq!(findings(here.path(), "NHI501").len(), 1, "{only}");
    }
    let untracked = cloned(&[&chart[..], &[("s.yaml", &by_folder), map]].concat(), OWN);
    std::fs::create_dir(untracked.path().join("roles/cluster-admin")).expect("a folder can be made");
    std::fs::write(untracked.path().join("roles/cluster-admin/README.md"), "x")
        .expect("a file can be written");
    assert_eq!(findings(untracked.path(), "NHI501").len(), 0, "Argo CD sees what is committed");

    let by_file = format!("[{{git: {{repoURL: '{OWN}', files: [{{path: 'lists/*'}}]}}}}]");
    let by_file = set(&by_file, "path: c, helm: {parameters: [{name: role, value: '{{ .role }}'}]}");
    for name in ["lists/mill", "lists/mill.conf", "lists/mill.tmpl"] {
        let file = (name, "{\"name\": \"mill\", \"role\": \"cluster-admin\"}");
        let here = cloned(&[&chart[..], &[("s.yaml", &by_file), file]].concat(), OWN);
        assert_eq!(findings(here.path(), "NHI501").len(), 1, "{name}");
    }
}

#[test]
fn a_cluster_is_the_same_by_every_name_of_it() {
    let application = |name: &str, destination: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  destination: {{{destination}, namespace: mill}}\n  source: {{repoURL: '{OWN}', path: {name}}}\n"
        )
    };
    let secret = |fields: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: e, namespace: argocd, labels: {{argocd.argoproj.io/secret-type: cluster}}}}\n{fields}\n"
        )
    };
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: press}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]\n";
    let binding = ADMIN.replace("${ROLE:=view}", "press");
    let none = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: grain}\n".to_owned();
    let plain = secret("stringData: {name: east, server: 'https://k.example'}");
    let encoded = secret("data: {name: ZWFzdA==, server: aHR0cHM6Ly9rLmV4YW1wbGU=}");
    for (one, other, object, is_same) in [
        ("name: east", "server: 'https://k.example'", &plain, true),
        ("name: east", "server: 'https://k.example/'", &encoded, true),
        ("server: 'https://k.example:443'", "server: 'https://k.example:443/'", &none, true),
        ("name: west", "server: 'https://k.example'", &plain, false),
    ] {
        let files = [
            ("a.yaml", application("a", one)),
            ("b.yaml", application("b", other)),
            ("a/role.yaml", role.to_owned()),
            ("b/binding.yaml", binding.clone()),
            ("argo/cluster.yaml", object.clone()),
        ];
        let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
        let here = cloned(&files, OWN);
        let found = findings(here.path(), "NHI504");
        assert_eq!(found.iter().any(|line| line.starts_with("error")), is_same, "{one} {other} {found:?}");
    }
}

#[test]
fn a_release_is_installed_as_its_deployer_says() {
    let Some(path) = with(Engine::Helm) else { return };
    let schema = "{\"type\": \"object\", \"properties\": {\"role\": {\"enum\": [\"view\"]}}}";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  destination: {server: 'https://kubernetes.default.svc', namespace: mill}\n  source:\n    repoURL: 'https://git.example.org/mills/wheat.git'\n    path: c\n    helm: {skipSchemaValidation: true, parameters: [{name: role, value: cluster-admin}]}\n";
    let release = |version: &str, chart: &str, more: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/{version}\nkind: HelmRelease\nmetadata: {{name: a, namespace: mill}}\nspec:\n  chart: {{spec: {{chart: ./c, sourceRef: {{kind: GitRepository, name: flux-system}}{chart}}}}}\n{more}"
        )
    };
    let values = "  values: {role: cluster-admin}\n";
    let unchecked = format!("{values}  install: {{disableSchemaValidation: true}}\n");
    for (deployer, schema, expected) in [
        (application.to_owned(), schema, "NHI501"),
        (release("v2", "", &unchecked), schema, "NHI501"),
        (release("v2", "", values), schema, "NHI905"),
        (release("v2beta2", ", valuesFile: ./admin.yaml", ""), "{}", "NHI501"),
    ] {
        let here = scratch(&[
            ("deployer.yaml", &deployer),
            ("admin.yaml", "role: cluster-admin\n"),
            ("c/Chart.yaml", CHART),
            ("c/values.yaml", "role: view\n"),
            ("c/values.schema.json", schema),
            ("c/templates/b.yaml", BINDING),
        ]);
        let report = check(here.path(), &path, &["."]);
        let found = outline(&report, &["NHI501", "NHI905"]);
        assert!(found.first().is_some_and(|line| line.starts_with(expected)), "{deployer} {found:?}");
    }
}

#[test]
fn a_dependency_that_is_to_stand_in_the_tree_and_does_not_is_an_error() {
    let Some(path) = with(Engine::Helm) else { return };
    let chart = |address: &str| {
        format!("{CHART}dependencies: [{{name: lib, version: 1.0.0, repository: '{address}'}}]\n")
    };
    for (address, severity) in [("file://../lib", "error"), ("https://charts.example.org", "info")] {
        let here = scratch(&[
            ("c/Chart.yaml", &chart(address)),
            ("c/templates/b.yaml", &BINDING.replace("{{ .Values.role }}", "view")),
        ]);
        let report = check(here.path(), &path, &["."]);
        let findings = report["findings"].as_array().expect("a list");
        let said: Vec<_> = findings
            .iter()
            .filter(|finding| finding["rule"] == "NHI905")
            .map(|finding| &finding["severity"])
            .collect();
        assert_eq!(said, [severity], "{report}");
    }
}

#[test]
fn a_folder_that_holds_an_object_twice_is_not_applied_by_flux() {
    let map = |data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: grain, namespace: mill}}\ndata: {{{data}}}\n"
        )
    };
    for (other, severity) in [(map("c: d"), "error"), (map("c: d").replace("grain", "flour"), "")] {
        let here = scratch(&[("m.yaml", &flux("")), ("top/a.yaml", &map("a: b")), ("top/b.yaml", &other)]);
        let said = findings(here.path(), "NHI905");
        let said = said.first().map_or("", |line| line.split(' ').next().unwrap_or_default());
        assert_eq!(said, severity, "{other}");
    }
}
