//! What Flux applies counts, whatever stands beside it.

use crate::joins::{EVERYTHING, RBAC, REPOSITORY, flux, hold};

#[test]
fn what_flux_applies_counts_whatever_stands_beside_it() {
    let gives = |role: &str| {
        format!(
            "---\n{RBAC}\nkind: ClusterRoleBinding\nmetadata: {{name: mint}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\nsubjects: [{{kind: ServiceAccount, name: mint, namespace: shop}}]\n"
        )
    };
    let names = |role: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: names, namespace: flux-system}}\ndata: {{ROLE: {role}}}\n"
        )
    };
    let filled = flux("app", "app")
        .replace("path:", "postBuild: {substituteFrom: [{kind: ConfigMap, name: names}]}, path:");
    let deployers = REPOSITORY.to_owned() + &filled + &flux("live", "live");
    let decoy = || {
        vec![
            ("flux.yaml", deployers.clone()),
            ("app/mint.yaml", gives("'${ROLE}'")),
            ("live/names.yaml", names("cluster-admin")),
            ("other/names.yaml", names("view")),
        ]
    };
    let rendered =
        [decoy(), vec![("other/kustomization.yaml", "resources: [names.yaml]\n".to_owned())]].concat();
    let chart = vec![
        ("flux.yaml", REPOSITORY.to_owned() + &flux("app", "chart/templates")),
        ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n".to_owned()),
        ("chart/.helmignore", "templates/mint.yaml\n".to_owned()),
        ("chart/templates/mint.yaml", gives("cluster-admin")),
    ];
    hold(vec![
        ("a config map of the same name", decoy(), EVERYTHING, &[]),
        ("one that a kustomization makes which nobody deploys", rendered, EVERYTHING, &[]),
        ("a chart that leaves out what Flux applies as it is written", chart, EVERYTHING, &[]),
    ]);
}

#[test]
fn what_a_source_leaves_out_is_not_what_flux_applies() {
    let binding = format!(
        "{RBAC}\nkind: ClusterRoleBinding\nmetadata: {{name: mint}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: ServiceAccount, name: mint, namespace: shop}}]\n"
    );
    let delete = format!("{RBAC}\nkind: ClusterRoleBinding\nmetadata: {{name: mint}}\n$patch: delete\n");
    let ignoring = REPOSITORY.replace("spec: {", "spec: {ignore: '/app/kustomization.yaml', ");
    let folder = |source: &str, files: &[(&'static str, &str)]| {
        let own = [
            ("flux.yaml", source.to_owned() + &flux("app", "app")),
            ("app/mint.yaml", binding.clone()),
            ("app/kustomization.yaml", "resources: [mint.yaml]\npatches: [{path: gone.patch}]\n".to_owned()),
            ("app/gone.patch", delete.clone()),
        ];
        let further = files.iter().map(|(path, text)| (*path, (*text).to_owned()));
        own.into_iter().chain(further).collect::<Vec<_>>()
    };
    let base = [
        ("base/kustomization.yaml", "resources: [../app]\n"),
        ("base.yaml", &*flux("base", "base")),
        (".sourceignore", "/app/kustomization.yaml\n"),
    ];
    let taken = [(".sourceignore", "/*\n!/app\n")];
    hold(vec![
        ("by a file", folder(REPOSITORY, &[(".sourceignore", "/app/kustomization.yaml\n")]), EVERYTHING, &[]),
        (
            "by a file in the folder",
            folder(REPOSITORY, &[("app/.sourceignore", "kustom*\n")]),
            EVERYTHING,
            &[],
        ),
        ("by the source", folder(&ignoring, &[]), EVERYTHING, &[]),
        ("of a base", folder(REPOSITORY, &base), &[("NHI905", "error")], &[]),
        ("nothing that counts", folder(REPOSITORY, &taken), &[], EVERYTHING),
    ]);
}

#[test]
fn a_test_of_helm_counts_where_its_release_runs_it() {
    let release = |test: &str| {
        format!(
            "---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: shop, namespace: shop}}\nspec: {{{test}chart: {{spec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}}}}}}}\n"
        )
    };
    let hook = format!(
        "{RBAC}\nkind: ClusterRoleBinding\nmetadata: {{name: trial, annotations: {{helm.sh/hook: test}}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\nsubjects: [{{kind: ServiceAccount, name: trial, namespace: shop}}]\n"
    );
    let files = |test: &str| {
        vec![
            ("flux.yaml", REPOSITORY.to_owned() + &release(test)),
            ("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 0.1.0\n".to_owned()),
            ("chart/templates/trial.yaml", hook.clone()),
        ]
    };
    hold(vec![
        ("one that is run", files("test: {enable: true}, "), EVERYTHING, &[]),
        ("one that nobody runs", files(""), &[], EVERYTHING),
    ]);
}
