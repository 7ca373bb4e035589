//! Values of charts that are not rendered are judged as they are written, and only those.

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::{check, outline};

const SECRETS: &str = "auth:\n  password: kettle-harbour-19\n  existingSecret: shop-login\n  passwordKey: password\nextraEnv:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: {name: db, key: password}\nenvFrom:\n  - secretRef: {name: all}\nnested:\n  token: \"\"\n  secretName: shop-login\n  url: https://shop.example\n  password: ENC[AES256_GCM,data:abc=,iv:def=,tag:ghi=,type:str]\n  other: {password: '${PASSWORD}', token: '<path:kv/data/shop#token>'}\n";
const CHART: &str = "apiVersion: v2\nname: shop\nversion: 0.1.0\n";
const DEPENDS: &str = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n  - {name: redis, alias: cache, version: 1.0.0, repository: 'https://charts.example'}\n";

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let here = scratch(files);
    let path = std::env::var("PATH").unwrap_or_default();
    let report: Value = check(here.path(), &path, &["."]);
    outline(&report, &["NHI201", "NHI204"])
}

fn application(helm: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n  destination: {{namespace: shop}}\n  sources:\n    - repoURL: https://charts.example\n      chart: shop\n      targetRevision: 1.0.0\n      helm:\n{helm}    - {{repoURL: 'https://git.example/acme/shop', targetRevision: HEAD, ref: own}}\n"
    )
}

#[test]
fn values_of_what_is_elsewhere_are_judged_where_they_stand() {
    let in_file = |file: &str| {
        [("NHI201 named", 2), ("NHI204 key", 8), ("NHI204 whole", 10)]
            .map(|(rule, line)| format!("{rule} {file}:{line} written"))
    };
    let app = application("        valueFiles: [$own/values/shop.yaml]\n");
    assert_eq!(
        found(&[("apps/shop.yaml", &app), ("values/shop.yaml", SECRETS)]),
        in_file("values/shop.yaml")
    );
    let kustomization = "helmCharts:\n  - name: shop\n    repo: https://charts.example\n    valuesFile: shop.txt\n    valuesInline: {auth: {password: willow-copper-77}}\n";
    let rows = found(&[("kustomization.yaml", kustomization), ("shop.txt", SECRETS)]);
    assert_eq!(
        rows,
        [&["NHI201 named kustomization.yaml:5 written".to_owned()], &in_file("shop.txt")[..]].concat()
    );
}

#[test]
fn values_in_an_object_are_judged_there_once() {
    let indented: Vec<String> = SECRETS.lines().map(|line| format!("          {line}\n")).collect();
    let indented = indented.concat();
    for (field, first) in [("valuesObject:", 11), ("values: |", 11)] {
        let app = application(&format!("        {field}\n{indented}"));
        let rows = found(&[("apps/shop.yaml", &app)]);
        assert_eq!(
            rows,
            [("NHI201 named", 2), ("NHI204 key", 8), ("NHI204 whole", 10)]
                .map(|(rule, line)| format!("{rule} apps/shop.yaml:{} written", first + line)),
            "{field}"
        );
    }
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop, namespace: shop}\nspec:\n  chart: {spec: {chart: shop, sourceRef: {kind: HelmRepository, name: x}}}\n  valuesFrom: [{kind: ConfigMap, name: shop-values}, {kind: ConfigMap, name: other, valuesKey: prod.yaml}]\n";
    let map = |name: &str, key: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n  unused.yaml: |\n    password: kettle-harbour-19\n  {key}: |\n    auth:\n      password: kettle-harbour-20\n"
        )
    };
    let rows = found(&[
        ("release.yaml", release),
        ("a.yaml", &map("shop-values", "values.yaml")),
        ("b.yaml", &map("other", "prod.yaml")),
        ("c.yaml", &map("nobody", "values.yaml")),
    ]);
    assert_eq!(rows, ["NHI201 named a.yaml:9 written", "NHI201 named b.yaml:9 written"]);
}

#[test]
fn values_for_a_dependency_that_is_not_here_are_judged_and_those_that_show_are_not() {
    let values: Vec<String> = SECRETS.lines().map(|line| format!("  {line}\n")).collect();
    let values = values.concat();
    let values = format!("unused: {{password: kettle-harbour-18}}\ncache:\n{values}");
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    let files =
        [("shop/Chart.yaml", DEPENDS), ("shop/values.yaml", &values), ("shop/templates/x.yaml", template)];
    let expected = [("NHI201 named", 4), ("NHI204 key", 10), ("NHI204 whole", 12)];
    assert_eq!(found(&files), expected.map(|(rule, line)| format!("{rule} shop/values.yaml:{line} written")));
    let whole =
        [("shop/Chart.yaml", CHART), ("shop/values.yaml", &*values), ("shop/templates/x.yaml", template)];
    assert_eq!(found(&whole), [""; 0], "a chart that is rendered shows what it uses");
    let broken = [
        ("shop/Chart.yaml", CHART),
        ("shop/values.yaml", SECRETS),
        ("shop/templates/x.yaml", "{{ fail \"no\" }}\n"),
    ];
    assert_eq!(found(&broken)[0], "NHI201 named shop/values.yaml:2 written");
}

#[test]
fn findings_in_them_name_the_deployer_as_it_is_written() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2beta2\nkind: HelmRelease\nmetadata: {name: mill, namespace: shop}\nspec:\n  chart: {spec: {chart: mill, sourceRef: {kind: HelmRepository, name: x}}}\n  values: {auth: {password: kettle-harbour-19}}\n";
    let here = scratch(&[("release.yaml", release)]);
    let path = std::env::var("PATH").unwrap_or_default();
    let report: Value = check(here.path(), &path, &["."]);
    let findings = report["findings"].as_array().expect("a list").iter();
    let objects: Vec<&Value> =
        findings.filter(|finding| finding["rule"] == "NHI201").map(|finding| &finding["object"]).collect();
    let named = serde_json::json!({"apiVersion": "helm.toolkit.fluxcd.io/v2beta2", "kind": "HelmRelease", "namespace": "shop", "name": "mill"});
    assert_eq!(objects, [&named]);
}

#[test]
fn values_that_no_object_holds_are_judged_also_where_no_template_uses_them() {
    let template =
        ("home/mill/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mill}\n");
    let chart = ("home/mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 0.1.0\n");
    let kustomization = "helmGlobals: {chartHome: home}\nhelmCharts:\n  - name: mill\n    releaseName: mill\n    valuesInline:\n      auth: {password: kettle-harbour-19}\n      env: [{name: DB, valueFrom: {secretKeyRef: {name: db, key: password}}}]\n";
    assert_eq!(
        found(&[template, chart, ("kustomization.yaml", kustomization)]),
        ["NHI201 named kustomization.yaml:6 written"],
        "what a template uses shows as rendered"
    );
    let changes = "helm:\n  parameters:\n    - {name: db.password, value: kettle-harbour-19}\n  valuesObject: {auth: {password: kettle-harbour-20}}\n";
    let own = "helm:\n  values: |\n    auth:\n      password: kettle-harbour-21\nplugin: {env: [{name: TOKEN, value: kettle-harbour-22}]}\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mill, namespace: argocd}\nspec:\n  destination: {namespace: mill}\n  source: {repoURL: 'https://git.example/acme/mill', path: home/mill}\n";
    let files = [
        ("home/mill/.argocd-source-mill.yaml", own),
        ("home/mill/.argocd-source.yaml", changes),
        template,
        chart,
        ("apps/mill.yaml", application),
    ];
    let expected = [
        "NHI201 named home/mill/.argocd-source-mill.yaml:4 written",
        "NHI201 named home/mill/.argocd-source-mill.yaml:5 written",
        "NHI201 named home/mill/.argocd-source.yaml:3 written",
        "NHI201 named home/mill/.argocd-source.yaml:4 written",
    ];
    assert_eq!(found(&files), expected);
    assert_eq!(found(&files[..2]), expected, "whoever applies them");
}

#[test]
fn values_that_other_tools_give_to_charts_are_judged() {
    let fleet = "helm:\n  chart: shop\n  repo: https://charts.example\n  valuesFiles: [extra/shop.yaml]\n  values: {auth: {password: kettle-harbour-19}}\ntargetCustomizations:\n  - name: live\n    helm: {values: {auth: {password: kettle-harbour-20}}}\n";
    let rows = found(&[("shop/fleet.yaml", fleet), ("shop/extra/shop.yaml", SECRETS)]);
    let of_tool =
        |file: &str, lines: [usize; 2]| lines.map(|line| format!("NHI201 named {file}:{line} written"));
    let in_file = [
        "NHI201 named shop/extra/shop.yaml:2 written",
        "NHI204 key shop/extra/shop.yaml:8 written",
        "NHI204 whole shop/extra/shop.yaml:10 written",
    ]
    .map(str::to_owned);
    assert_eq!(rows, [&in_file[..], &of_tool("shop/fleet.yaml", [5, 8])].concat());
    let helmfile = "repositories: [{name: acme, url: 'https://charts.example', username: shop, password: kettle-harbour-19}]\nreleases:\n  - name: shop\n    chart: acme/shop\n    values: [extra/shop.yaml, {auth: {password: kettle-harbour-20}}]\n    set: [{name: db.password, value: kettle-harbour-21}]\n";
    let rows = found(&[("shop/helmfile.yaml", helmfile), ("shop/extra/shop.yaml", SECRETS)]);
    let more = "NHI201 named shop/helmfile.yaml:6 written".to_owned();
    assert_eq!(rows, [&in_file[..], &of_tool("shop/helmfile.yaml", [1, 5]), &[more]].concat());
}

#[test]
fn a_variable_that_is_given_as_two_parameters_is_named_by_the_one_beside_it() {
    let helm = "        parameters:\n          - {name: 'env[0].name', value: DB_PASSWORD}\n          - {name: 'env[0].value', value: kettle-harbour-19}\n";
    let rows = found(&[("apps/shop.yaml", &application(helm))]);
    assert_eq!(rows, ["NHI201 named apps/shop.yaml:13 written"]);
}

#[test]
fn a_value_is_called_by_what_it_stands_in() {
    let release = |values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: mill, namespace: shop}}\nspec:\n  chart: {{spec: {{chart: mill, sourceRef: {{kind: HelmRepository, name: x}}}}}}\n  values: {values}\n"
        )
    };
    for values in
        ["{adminToken: {value: kettle-Harbour-19}}", "{basicAuth: {users: [\"ann:kettle-Harbour-19\"]}}"]
    {
        let found = crate::read_by_hand::found(&release(values), "NHI201", &[]);
        assert!(found.len() == 1 && found[0].contains(" error "), "{values}: {found:?}");
    }
    for values in [
        "{adminToken: {valueFrom: {name: a, key: b}}, credentials: [{name: user, value: ann}]}",
        "{tokenSecret: {value: \"\"}, basicAuth: {users: [\"$(USERS)\"], roles: [\"ann:kettle-Harbour-19\"]}}",
    ] {
        assert_eq!(crate::read_by_hand::found(&release(values), "NHI201", &[]), [""; 0], "{values}");
    }
}
