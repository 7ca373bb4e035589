//! Charts that nobody deploys: the namespace of their release, the values that stand beside them, and what they print
//! by the answers of a cluster. All of it needs helm.

use std::path::Path;
use std::sync::LazyLock;

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::rendering_hostile::with;

const CHART: (&str, &str) = ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n");
const ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mill, namespace: NS, annotations: {owner: team-mill}}\n---\n";
const ADMIN: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [SUBJECT]\n---\n";
const WORK: &str = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: node}\nspec:\n  selector: {matchLabels: {app: mill}}\n  template:\n    metadata: {labels: {app: mill}}\n    spec:\n      serviceAccountName: mill\n      containers: [{name: a, image: 'registry.example/mill:1'}]\n";
const OF_RELEASE: &str = "{{ .Release.Namespace }}";

fn account(namespace: &str) -> String {
    ACCOUNT.replace("NS", namespace)
}

fn admin(namespace: &str) -> String {
    ADMIN.replace("SUBJECT", &format!("{{kind: ServiceAccount, name: mill, namespace: {namespace}}}"))
}

/// `severity rule form file:line`, with the identity and the sets where there are some, of what is no warning.
fn found(here: &Path, path: &str, arguments: &[&str]) -> Vec<String> {
    let report = check(here, path, &[&["."], arguments].concat());
    let text = report.to_string();
    assert!(!text.contains("release-ns-"), "the word is shown to nobody: {text}");
    let findings = report["findings"].as_array().expect("a list").iter();
    let told = findings.filter(|finding| {
        finding["severity"] == "error" || finding["form"] == "defaults" || finding["form"] == "unresolved"
    });
    let line = |finding: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let sets = finding["rendered"]["values"].as_array().into_iter().flatten().map(text);
        let place = format!("{}:{}", text(&finding["location"]["file"]), finding["location"]["line"]);
        let words = [text(&finding["rule"]), text(&finding["form"]), place, text(&finding["identity"])];
        let words: Vec<String> = words.into_iter().chain(sets).filter(|word| !word.is_empty()).collect();
        words.join(" ")
    };
    told.map(line).collect()
}

fn of_chart(path: &str, files: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    found(scratch(&[&[CHART], files].concat()).path(), path, arguments)
}

#[test]
fn the_namespace_of_a_release_is_unknown_until_a_deployer_says_it() {
    let Some(path) = with(Engine::Helm) else { return };
    let user =
        ADMIN.replace("SUBJECT", &format!("{{kind: User, name: 'system:serviceaccount:{OF_RELEASE}:mill'}}"));
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mill, namespace: argocd}\nspec:\n  destination: {namespace: NS}\n  source: {repoURL: 'https://git.example/acme/mill', path: mill}\n";
    for (binding, deployer, identity) in [
        (admin(OF_RELEASE), "", "?/mill"),
        (user, "", "?/mill"),
        (admin(OF_RELEASE), "shop", "shop/mill"),
        (admin(OF_RELEASE), "''", "?/mill"),
    ] {
        let template = account(OF_RELEASE) + &binding + WORK;
        let application = application.replace("NS", deployer);
        let files = [("mill/templates/a.yaml", template.as_str()), ("apps/mill.yaml", application.as_str())];
        let files = if deployer.is_empty() { &files[..1] } else { &files[..] };
        let said = of_chart(&path, files, &[]);
        assert_eq!(said, [format!("NHI501 cluster mill/templates/a.yaml:8 {identity}")], "{deployer}");
        let here = scratch(&[&[CHART], files].concat());
        let report = check(here.path(), &path, &["."]);
        let rules: Vec<&Value> =
            report["findings"].as_array().expect("a list").iter().map(|f| &f["rule"]).collect();
        assert!(
            rules.iter().any(|rule| **rule == "NHI702"),
            "workload and account of one release meet: {rules:?}"
        );
    }
}

#[test]
fn two_releases_meet_neither_by_their_namespace_nor_by_names_made_of_it() {
    let Some(path) = with(Engine::Helm) else { return };
    let role = |resource| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: '{OF_RELEASE}-r'}}\nrules: [{{apiGroups: [''], resources: [{resource}], verbs: [get, list]}}]\n---\n"
        )
    };
    let bound = admin(OF_RELEASE).replace("name: cluster-admin", &format!("name: '{OF_RELEASE}-r'"));
    let one = role("secrets") + &account(OF_RELEASE) + &bound;
    let other = role("pods") + &account(OF_RELEASE) + &bound + WORK;
    let said = of_chart(
        &path,
        &[
            ("mill/templates/a.yaml", one.as_str()),
            ("press/Chart.yaml", "apiVersion: v2\nname: press\nversion: 1.0.0\n"),
            ("press/templates/a.yaml", other.as_str()),
        ],
        &[],
    );
    assert_eq!(said, ["NHI504 cluster mill/templates/a.yaml:4 ?/mill"]);
}

const BY_VALUE: &str = "{{- if .Values.admin }}\n";

fn by_value() -> String {
    account("shop") + WORK + "---\n" + BY_VALUE + &admin("shop") + "{{- end }}\n"
}

#[test]
fn a_chart_that_nobody_deploys_is_judged_with_each_set_of_values_beside_it() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = by_value();
    let with_file =
        |file: &str, text: &str| of_chart(&path, &[("mill/templates/a.yaml", &template), (file, text)], &[]);
    for set in [
        "values-prod.yaml",
        "values.live.yml",
        "values/prod.yaml",
        "env/prod.yaml",
        "environments/prod/values.yaml",
        "ci/all-values.yaml",
        ".values-prod.yaml",
        ".values.yaml",
        ".env/prod.yaml",
        ".values/prod.yaml",
    ] {
        let said = with_file(&format!("mill/{set}"), "admin: true\n");
        assert_eq!(said, [format!("NHI501 cluster mill/templates/a.yaml:20 shop/mill {set}")]);
    }
    for (file, text) in [
        ("mill/values-prod.yaml", "admin: false\n"),
        ("mill/notes/values-prod.yaml", "admin: true\n"),
        ("mill/values.schema.yaml", "admin: true\n"),
    ] {
        assert_eq!(with_file(file, text), [""; 0], "{file}");
    }
    let said = with_file("mill/values-prod.yaml", &admin("shop"));
    assert_eq!(said, ["NHI501 cluster mill/values-prod.yaml:4 shop/mill"], "a manifest is no set of values");
    let files = [
        ("mill/templates/a.yaml", template.as_str()),
        ("mill/values-prod.yaml", "admin: true\n"),
        ("mill/values.yaml", ""),
    ];
    let said = of_chart(&path, &files, &["--helm-values", "mill=values.yaml"]);
    assert_eq!(said, [""; 0], "what the user names is all that counts");
}

fn admin_of_mill<'a>(file: &'a str, text: &'a str) -> [(&'a str, &'a str); 3] {
    static BOUND: LazyLock<String> = LazyLock::new(|| admin("shop"));
    [
        ("rbac/b.yaml", &BOUND),
        ("mill/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
        (file, text),
    ]
}

#[test]
fn the_releases_of_a_helmfile_are_judged_with_its_values() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = by_value();
    let of = |release: &str| {
        let helmfile = format!(
            "repositories: [{{name: x, url: 'https://charts.example'}}]\n---\nreleases:\n  - name: shop\n    namespace: shop\n    chart: ./mill\n{release}  - {{name: far, chart: x/y}}\n"
        );
        let files = [
            ("mill/templates/a.yaml", template.as_str()),
            ("live/mill.yaml", "admin: true\n"),
            ("helmfile.yaml", &helmfile),
        ];
        of_chart(&path, &files, &[])
    };
    let admin = "NHI501 cluster mill/templates/a.yaml:20 shop/mill the values of the release `shop`";
    for given in [
        "    values: [live/mill.yaml]\n",
        "    values: [{admin: true}]\n",
        "    values: [{admin: false}, live/mill.yaml]\n",
        "    set: [{name: admin, value: true}]\n",
    ] {
        assert_eq!(of(given), [admin], "{given}");
    }
    assert_eq!(of("    values: [live/mill.yaml]\n    installed: false\n"), [""; 0]);
    for given in [
        "    values: ['live/{{ .Environment.Name }}.yaml']\n",
        "    values: [live/mill.yaml.gotmpl]\n",
        "    secrets: [live/mill.yaml]\n",
    ] {
        assert_eq!(of(given).len(), 1, "{given}");
        assert!(of(given)[0].starts_with("NHI905 unresolved helmfile.yaml:"), "{given}");
    }
    // Who calls a manifest values takes nothing out of the cluster.
    let manifest =
        admin_of_mill("helmfile.yaml", "releases: [{name: a, chart: ./mill, values: [rbac/b.yaml]}]\n");
    assert_eq!(of_chart(&path, &manifest, &[]), ["NHI501 cluster rbac/b.yaml:4 shop/mill"]);
    let inflated = "helmGlobals: {chartHome: ..}\nhelmCharts: [{name: mill, releaseName: a, valuesFile: ../rbac/b.yaml}]\n";
    let manifest = admin_of_mill("kus/kustomization.yaml", inflated);
    assert_eq!(of_chart(&path, &manifest, &[]), ["NHI501 cluster rbac/b.yaml:4 shop/mill"]);
    assert_eq!(of("    values: [live/none.yaml]\n"), ["NHI905 unrendered helmfile.yaml:7"]);
    for name in ["helmfile.yaml", "helmfile.d/a.yaml", "helmfile.yaml.gotmpl"] {
        let here =
            scratch(&[CHART, (name, "releases:\n{{- range .Values.all }}\n  - name: {{ . }}\n{{- end }}\n")]);
        let report = check(here.path(), &path, &["."]);
        let unjudged = report["summary"]["unjudged"].to_string();
        assert!(unjudged.contains("helmfiles, which are templates"), "{name}: {unjudged}");
    }
}

#[test]
fn equal_findings_are_one_that_names_its_sets() {
    let Some(path) = with(Engine::Helm) else { return };
    let (template, values) = (by_value(), "admin: true\n");
    let mut files = vec![
        ("mill/templates/a.yaml".to_owned(), template.as_str()),
        ("mill/values.yaml".to_owned(), values),
    ];
    files.push(("mill/values-a.yaml".to_owned(), "size: 1\n"));
    let all = |files: &[(String, &str)]| {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        of_chart(&path, &files, &[])
    };
    assert_eq!(all(&files), ["NHI501 cluster mill/templates/a.yaml:20 shop/mill values.yaml values-a.yaml"]);
    files[1].1 = "admin: false\n";
    files.extend((0..20).map(|number| (format!("mill/values-b{number}.yaml"), "size: 1\n")));
    files.push(("mill/values-zz-prod.yaml".to_owned(), values));
    let said = all(&files);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "NHI905 unresolved mill/Chart.yaml:2", "six sets are too many");
    assert!(said[1].ends_with("values-zz-prod.yaml"), "environments come first: {said:?}");
}

#[test]
fn defaults_that_fail_where_a_set_renders_are_worth_a_note() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = by_value().replace("name: node", "name: {{ required \"give a name\" .Values.name }}");
    let files =
        [("mill/templates/a.yaml", template.as_str()), ("mill/values-live.yaml", "name: a\nadmin: true\n")];
    let said = of_chart(&path, &files, &[]);
    assert_eq!(
        said,
        [
            "NHI905 defaults mill/templates/a.yaml:7",
            "NHI501 cluster mill/templates/a.yaml:20 shop/mill values-live.yaml"
        ]
    );
    let said = of_chart(&path, &[("mill/templates/a.yaml", template.as_str())], &["--preset", "strict"]);
    assert!(said.iter().any(|line| line.starts_with("NHI905 unrendered")), "{said:?}");
}

/// A file of values that is named after an environment is somebody's; another may be a part.
#[test]
fn a_part_of_the_values_is_not_judged_alone() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = by_value().replace("name: node", "name: {{ required \"give a name\" .Values.name }}");
    let of = |sets: &[(&str, &str)]| {
        let template =
            [("mill/templates/a.yaml", template.as_str()), ("mill/values-extra.yaml", "more: true\n")];
        of_chart(&path, &[&template[..], sets].concat(), &["--select", "NHI905"])
    };
    let whole = ("mill/values-mysql.yaml", "name: a\n");
    let at = |form: &str| format!("NHI905 {form} mill/templates/a.yaml:7");
    assert_eq!(of(&[whole]), [at("defaults"), at("unresolved")]);
    let of_live = of(&[whole, ("mill/values-live.yaml", "more: true\n")]);
    assert!(of_live.contains(&at("unrendered")), "{of_live:?}");
    assert!(of(&[]).iter().all(|line| *line == at("unrendered")), "nothing renders: {:?}", of(&[]));
}

#[test]
fn what_a_cluster_decides_is_rendered_by_the_other_answer_or_counted() {
    let Some(path) = with(Engine::Helm) else { return };
    let admin = admin("shop");
    let said = |condition: &str| {
        let template = format!("{}{{{{- if {condition} }}}}\n{admin}{{{{- end }}}}\n", account("shop"));
        of_chart(&path, &[("mill/templates/a.yaml", template.as_str())], &[])
    };
    for (condition, answer) in [
        (".Release.IsUpgrade", "values.yaml on upgrade"),
        ("not .Release.IsInstall", "values.yaml on upgrade"),
        (".Capabilities.APIVersions.Has \"x.example/v1\"", "values.yaml where x.example/v1 is served"),
    ] {
        let expected = format!("NHI501 cluster mill/templates/a.yaml:9 shop/mill {answer}");
        assert_eq!(said(condition), [expected], "{condition}");
    }
    for condition in [
        "lookup \"v1\" \"Namespace\" \"\" \"a\"",
        "gt (int .Release.Revision) 1",
        "eq (randNumeric 9) \"123456789\"",
    ] {
        assert_eq!(said(condition), ["NHI905 unresolved mill/templates/a.yaml:5"], "{condition}");
    }
    assert_eq!(
        said(".Capabilities.APIVersions.Has \"policy/v1beta9\""),
        [""; 0],
        "the version of Kubernetes says it"
    );
    assert_eq!(said("semverCompare \"<1.20\" .Capabilities.KubeVersion.Version"), [""; 0]);
}

#[test]
fn what_own_values_leave_empty_is_not_known() {
    let Some(path) = with(Engine::Helm) else { return };
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: mill\n  annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::{{ .Values.account }}:role/mill'}\n---\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: saw, namespace: argocd}\nspec:\n  source:\n    repoURL: '{{ .Values.repo }}'\n    path: saw\n    helm: {valueFiles: ['values-{{ .Values.env }}.yaml']}\n";
    let template = account.to_owned() + application;
    let forms = |files: &[(&str, &str)]| {
        let fixed: &[(&str, &str)] = &[
            CHART,
            ("mill/templates/a.yaml", &template),
            ("saw/Chart.yaml", "apiVersion: v2\nname: saw\nversion: 1.0.0\n"),
        ];
        let here = scratch(&[fixed, files].concat());
        let report = check(here.path(), &path, &["."]);
        let findings = report["findings"].as_array().expect("a list").iter();
        let told = findings.filter(|finding| finding["rule"] == "NHI604" || finding["rule"] == "NHI905");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut forms: Vec<String> =
            told.map(|found| format!("{} {}", text(&found["form"]), text(&found["severity"]))).collect();
        forms.sort();
        forms
    };
    let values = ("mill/values.yaml", "account: ''\nenv: ''\nrepo: ''\n");
    assert_eq!(forms(&[values]), ["unresolved info", "unset info"], "whoever deploys it sets both");
    let deployer = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mill, namespace: argocd}\nspec:\n  destination: {namespace: shop}\n  source: {repoURL: 'https://git.example/acme/mill', path: mill}\n";
    assert_eq!(
        forms(&[values, ("apps/mill.yaml", deployer)]),
        ["malformed error", "unrendered error"],
        "somebody deploys it so"
    );
}

#[test]
fn values_of_a_chart_that_renders_name_no_accounts() {
    let Some(path) = with(Engine::Helm) else { return };
    let application = |name: &str, chart: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  destination: {{namespace: shop}}\n  source:\n    repoURL: https://git.example/acme/mill\n    {chart}\n    helm:\n      values: |\n        press:\n          serviceAccount:\n            annotations: {{eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/press'}}\n"
        )
    };
    let shared = |chart: &str, template: &str| {
        let [mill, saw] = ["mill", "saw"].map(|name| application(name, chart));
        let files =
            [("apps/mill.yaml", &*mill), ("apps/saw.yaml", &*saw), ("mill/templates/a.yaml", template)];
        let here = scratch(&[&[CHART][..], &files].concat());
        let report = check(here.path(), &path, &["."]);
        let findings = report["findings"].as_array().expect("a list").iter();
        findings.filter(|finding| finding["rule"] == "NHI602").count()
    };
    let template = account(OF_RELEASE);
    assert_eq!(shared("path: mill", &template), 0, "nothing of the chart takes the value");
    let uses = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: '{{ .Release.Name }}'\n  annotations: {{ toYaml .Values.press.serviceAccount.annotations | nindent 4 }}\n";
    assert!(shared("path: mill", uses) > 0, "two accounts that the chart makes");
    assert!(shared("chart: mill\n    targetRevision: 1.0.0", &template) > 0, "a chart that is elsewhere");
}

#[test]
fn a_change_of_an_object_for_several_clusters_is_listed_once() {
    let Some(path) = with(Engine::Helm) else { return };
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: mill, namespace: s}\nstringData: {API_KEY: '{{ .Values.key }}'}\n";
    let here = scratch(&[
        CHART,
        ("mill/values.yaml", "key: t5Rk0pQz81\nsize: 1\n"),
        ("mill/values-dev.yaml", "size: 2\n"),
        ("mill/values-prod.yaml", "size: 3\n"),
        ("mill/templates/secret.yaml", secret),
    ]);
    let report = check(here.path(), &path, &[".", "--select", "NHI203"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["clusters"], serde_json::json!(["dev", "prod"]), "{report}");
    let changes = finding["fixes"][0]["changes"].as_array().expect("a list");
    assert!(!changes.is_empty(), "{report}");
    for change in changes {
        assert_eq!(changes.iter().filter(|other| *other == change).count(), 1, "{changes:?}");
    }
}
