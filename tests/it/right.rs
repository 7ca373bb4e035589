//! Errors that a platform engineer would not sign, by kind: what is said twice, at the wrong weight or in untrue words.

use std::path::Path;

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::rendering_hostile::with;

/// `RULE severity file:line message` of the findings of some rules, those of the worst two levels.
pub(crate) fn said(report: &Value, rules: &[&str]) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let wanted = findings.filter(|finding| rules.contains(&finding["rule"].as_str().unwrap_or_default()));
    let line = |finding: &Value| {
        let place = &finding["location"];
        let place = format!("{}:{}", word(&place["file"]), place["line"]);
        format!(
            "{} {} {place} {}",
            word(&finding["rule"]),
            word(&finding["severity"]),
            word(&finding["message"])
        )
    };
    wanted.map(line).collect()
}

/// All notes and words of related places of a report.
pub(crate) fn beside(report: &Value) -> String {
    let findings = report["findings"].as_array().expect("a list").iter();
    let all = findings.flat_map(|finding| {
        let notes = finding["notes"].as_array().into_iter().flatten();
        let related = finding["related"].as_array().into_iter().flatten().map(|label| &label["message"]);
        notes.chain(related).filter_map(Value::as_str)
    });
    all.collect::<Vec<_>>().join("\n")
}

pub(crate) fn of_files(path: &str, files: &[(&str, &str)]) -> Value {
    check(scratch(files).path(), path, &["."])
}

pub(crate) fn plain(files: &[(&str, &str)]) -> Value {
    check(scratch(files).path(), "", &[".", "--no-render"])
}

const LISTED: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app, namespace: shop}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: NAME, namespace: shop}\nspec:\n  template:\n    spec:\n      serviceAccountName: ACCOUNT\n      restartPolicy: Never\n      containers: [{name: a, image: 'registry.example/a:1'}]\n";

fn job(name: &str, account: &str) -> String {
    JOB.replace("NAME", name).replace("ACCOUNT", account)
}

#[test]
fn a_borrowed_account_is_reported_where_it_is_borrowed() {
    let both = |first: &str, second: &str, account: &str| {
        let files = [("a.yaml", job(first, account)), ("b.yaml", job(second, account))];
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        said(&plain(&files), &["NHI102"])
    };
    assert_eq!(
        both("orders", "orders-migrate", "orders"),
        ["NHI102 error b.yaml:7 `orders` is also the account of Job `orders`"]
    );
    assert_eq!(both("purge", "export", "batch").len(), 2, "it bears the name of neither");
}

#[test]
fn a_borrower_that_is_left_out_does_not_hide_who_lends() {
    let files = [
        ("a.yaml", job("orders", "orders")),
        ("old/b.yaml", job("orders-migrate", "orders")),
        ("nhilint.yaml", "exclude: [{path: 'old/**', reason: nobody mends what is old}]\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let here = scratch(&files);
    let report = check(here.path(), "", &[".", "--no-render", "--config", "nhilint.yaml"]);
    assert_eq!(said(&report, &["NHI102"]).len(), 1, "{report}");
}

#[test]
fn one_file_that_several_variables_name_is_one_file() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: backup, namespace: shop}\nspec:\n  serviceAccountName: backup\n  containers:\n    - name: a\n      image: registry.example/a:1\n      env:\n        - {name: AWS_SHARED_CREDENTIALS_FILE, value: /credentials/cloud}\n        - {name: GOOGLE_APPLICATION_CREDENTIALS, value: OTHER}\n      volumeMounts: [{name: keys, mountPath: /credentials}]\n  volumes: [{name: keys, secret: {secretName: cloud}}]\n";
    let words = |other: &str| beside(&plain(&[("a.yaml", &pod.replace("OTHER", other))]));
    let (same, another) = (words("/credentials/cloud"), words("/credentials/google"));
    assert!(same.contains("names the same file") && !same.contains("names a file beside it"), "{same}");
    assert!(
        another.contains("names a file beside it") && !another.contains("names the same file"),
        "{another}"
    );
}

#[test]
fn a_token_that_argo_workflows_reads_for_a_login_says_so() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: admin\n  namespace: argo\n  annotations: {workflows.argoproj.io/rbac-rule: 'true'MORE}\nLIST---\napiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: argo, annotations: {kubernetes.io/service-account.name: admin}}\ntype: kubernetes.io/service-account-token\n";
    let words = |more: &str, list: &str| {
        beside(&plain(&[("a.yaml", &account.replace("MORE", more).replace("LIST", list))]))
    };
    let says = "Argo Workflows reads it by its name";
    assert!(words(", workflows.argoproj.io/service-account-token.name: login", "").contains(says));
    assert!(words("", "secrets: [{name: login}]\n").contains(says));
    assert!(!words("", "").contains(says), "nothing leads to it");
    assert!(
        !words(", workflows.argoproj.io/service-account-token.name: login", "secrets: [{name: x}]\n")
            .contains(says)
    );
}

const BOUND: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}\nsubjects: [{kind: ServiceAccount, name: a, namespace: shop}]\n";

fn role(rules: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a, namespace: shop}}\nrules: {rules}\n{BOUND}"
    )
}

#[test]
fn who_creates_and_reads_secrets_has_tokens_of_every_account() {
    let words = |rules: &str| beside(&plain(&[("a.yaml", &role(rules))]));
    let says = "may have tokens made of every account there";
    let secrets = "apiGroups: [''], resources: [secrets]";
    assert!(words(&format!("[{{{secrets}, verbs: [get, list, create]}}]")).contains(says));
    let apart = words(&format!("[{{{secrets}, verbs: [list]}}, {{{secrets}, verbs: [create]}}]"));
    assert!(apart.contains(says) && apart.contains("this rule lets it create secrets"), "{apart}");
    assert!(!words(&format!("[{{{secrets}, verbs: [get, list, update, patch]}}]")).contains(says));
}

#[test]
fn no_resource_of_any_group_has_a_capital() {
    let of = |group: &str, resource: &str| {
        let rules = format!("[{{apiGroups: ['{group}'], resources: [{resource}], verbs: [get]}}]");
        said(&plain(&[("a.yaml", &role(&rules))]), &["NHI514"])
    };
    assert_eq!(of("*", "Pods"), ["NHI514 warning a.yaml:4 `Pods` is no resource: `pods` is"]);
    assert_eq!(
        of("*", "Widgets"),
        ["NHI514 warning a.yaml:4 `Widgets` is no resource: their names are in lower case"]
    );
    assert_eq!(of("*", "pod"), Vec::<String>::new(), "some API may have it");
}

#[test]
fn what_is_asked_of_roles_gives_nothing_on_bindings() {
    let of = |resources: &str, verbs: &str| {
        let rules = format!(
            "[{{apiGroups: [rbac.authorization.k8s.io], resources: [{resources}], verbs: [{verbs}]}}]"
        );
        said(&plain(&[("a.yaml", &role(&rules))]), &["NHI503", "NHI514"])
    };
    let message = "is asked of `roles`, `clusterroles`, not of these resources";
    assert_eq!(
        of("rolebindings", "bind, escalate"),
        [
            format!("NHI514 warning a.yaml:4 `bind` {message}"),
            format!("NHI514 warning a.yaml:4 `escalate` {message}")
        ]
    );
    for resources in ["roles", "rolebindings, clusterroles", "'*'"] {
        let said = of(resources, "bind, escalate");
        assert!(said.iter().any(|line| line.starts_with("NHI503")), "{resources}: {said:?}");
        assert!(!said.iter().any(|line| line.contains(message)), "{resources}: {said:?}");
    }
}

#[test]
fn a_file_that_the_kustomization_beside_it_does_not_list_says_so() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let list = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n";
    let (old, listed) = (job("old", "default"), job("new", "default"));
    let files = [
        ("app/kustomization.yaml", list),
        ("app/a.yaml", listed.as_str()),
        ("app/b.yaml", old.as_str()),
        ("alone/c.yaml", LISTED),
        // Its user cannot be built.
        (
            "part/kustomization.yaml",
            &list.replace("v1beta1", "v1alpha1").replace("Kustomization", "Component"),
        ),
        ("part/a.yaml", &job("part", "default")),
        ("user/kustomization.yaml", "resources: [missing.yaml]\ncomponents: [../part]\n"),
    ];
    let report = of_files(&path, &files);
    let all = said(&report, &["NHI101"]);
    assert_eq!(all.len(), 3, "all are judged: {all:?}");
    let notes = beside(&report);
    assert_eq!(
        notes.matches("`kustomization.yaml` beside it does not list this file").count(),
        notes.matches("beside it does not list").count()
    );
    let of_old = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["notes"].to_string().contains("beside it does not list this file"));
    let files: Vec<&str> = of_old.filter_map(|finding| finding["location"]["file"].as_str()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| *file == "app/b.yaml"), "{files:?}");
}

#[test]
fn one_value_of_a_chart_is_reported_once() {
    let Some(path) = with(Engine::Helm) else { return };
    let files = [
        ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
        ("mill/values.yaml", "password: plum-ladder-31\n"),
        (
            "mill/templates/a.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: mill}\nstringData: {password: {{ .Values.password }}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: mill}\ndata: {password: {{ .Values.password }}}\n",
        ),
    ];
    let report = of_files(&path, &files);
    assert_eq!(
        said(&report, &["NHI201", "NHI202", "NHI203"]),
        ["NHI203 error mill/values.yaml:1 `password` holds a password in plain text"]
    );
    assert!(beside(&report).contains("(NHI202)"), "the other place is there: {report}");
}

#[test]
fn two_values_on_one_line_are_two() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: a, containers: [{name: a, image: 'registry.example/a:1', env: [{name: A_PASSWORD, value: plum-ladder-31}, {name: B_PASSWORD, value: copper-kettle-61}]}]}\n";
    assert_eq!(said(&plain(&[("a.yaml", pod)]), &["NHI201"]).len(), 2);
}

#[test]
fn an_exception_for_one_rule_does_not_hide_what_another_says_of_the_value() {
    let Some(path) = with(Engine::Helm) else { return };
    let here = scratch(&[
        ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
        ("mill/values.yaml", "password: plum-ladder-31\n"),
        (
            "mill/templates/a.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: mill, annotations: {nhilint.dev/except.NHI203: 'owner=team-mill; until=2026-03-31; approver=security; reason=it is replaced by a store this month; ticket=M-1'}}\nstringData: {password: {{ .Values.password }}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: mill}\ndata: {password: {{ .Values.password }}}\n",
        ),
    ]);
    let report = check(Path::new(here.path()), &path, &[".", "--now", "2026-03-01"]);
    let open = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["suppressed"].is_null() && finding["rule"] == "NHI202");
    assert_eq!(open.count(), 1, "{report}");
}

#[test]
fn a_resource_that_a_list_of_the_values_holds_is_found_there() {
    let Some(path) = with(Engine::Helm) else { return };
    let of = |list: &str, template: &str| {
        let text = role("[{apiGroups: [''], resources: LIST, verbs: [list]}]").replace("LIST", template);
        let report = of_files(
            &path,
            &[
                ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
                ("mill/values.yaml", list),
                ("mill/templates/a.yaml", &text),
            ],
        );
        said(&report, &["NHI504"])
    };
    let says = "`shop/a` may read every secret in `shop`";
    for template in ["{{ toJson .Values.of }}", "[{{ range .Values.of }}{{ . }}, {{ end }}]"] {
        let found = of("of:\n  - pods\n  - secrets\n", template);
        assert_eq!(found, [format!("NHI504 warning mill/values.yaml:3 {says}")], "{template}");
    }
    let own = of("of: []\n", "[secrets]");
    assert_eq!(own, [format!("NHI504 warning mill/templates/a.yaml:4 {says}")]);
}

#[test]
fn the_item_of_a_list_that_switches_a_rule_on_is_a_related_place() {
    let Some(path) = with(Engine::Helm) else { return };
    let rules = "{{ if has \"secrets\" .Values.of }}[{apiGroups: [''], resources: [secrets], verbs: [list]}]{{ else }}[]{{ end }}";
    let report = of_files(
        &path,
        &[
            ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
            ("mill/values.yaml", "of:\n  - pods\n  - secrets\n"),
            ("mill/templates/a.yaml", &role(rules)),
        ],
    );
    assert_eq!(said(&report, &["NHI504"]).len(), 1);
    assert!(beside(&report).contains("exists because `of` has `secrets`"), "{report}");
}

#[test]
fn wildcards_of_one_rule_are_one_error() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: wide}\nrules:\n  - apiGroups: ['*']\n    resources: ['*']\n    verbs: [get]\n";
    let binding = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: wide}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: wide}\nsubjects: [{kind: ServiceAccount, name: app, namespace: shop}]\n";
    let bound = format!("{role}{binding}");
    let report = plain(&[("role.yaml", &bound), ("account.yaml", LISTED)]);
    let found = said(&report, &["NHI502"]);
    assert!(found.len() == 1 && found[0].starts_with("NHI502 error role.yaml:6 "), "{found:?}");
    assert!(beside(&report).contains("in every API group"), "{report}");
}

#[test]
fn a_token_is_an_error_where_it_is_made_and_a_note_where_it_is_listed() {
    let token = "apiVersion: v1\nkind: Secret\nmetadata: {name: app-token, namespace: shop, annotations: {kubernetes.io/service-account.name: app}}\ntype: kubernetes.io/service-account-token\n";
    let lists = format!("{LISTED}secrets: [{{name: app-token}}]\n");
    let report = plain(&[("account.yaml", &lists), ("token.yaml", token)]);
    let mut found = said(&report, &["NHI401"]);
    found.sort();
    let places: Vec<&str> = found.iter().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(places, ["token.yaml:4", "account.yaml:4"], "{found:?}");
    assert!(found[0].starts_with("NHI401 error ") && found[1].starts_with("NHI401 info "), "{found:?}");
}

#[test]
fn a_hook_of_failed_syncs_is_kept_until_the_next_one_fails() {
    let hook = |phase: &str| {
        let annotated = format!("namespace: shop, annotations: {{argocd.argoproj.io/hook: '{phase}'}}}}");
        let text = job("undo", "undo").replace("namespace: shop}", &annotated);
        let account = LISTED.replace("app", "undo");
        let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: undo, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: undo, namespace: shop}]\n";
        let files = [("a.yaml", text.as_str()), ("account.yaml", &account), ("binding.yaml", binding)];
        said(&plain(&files), &["NHI403"]).join("\n")
    };
    assert!(hook("SyncFail").contains("until the next sync that fails"), "{}", hook("SyncFail"));
    let both = hook("PostSync, SyncFail");
    assert!(both.contains("until the next sync") && !both.contains("that fails"), "{both}");
}

#[test]
fn of_two_equal_values_the_one_that_is_called_a_password_is_shown() {
    let Some(path) = with(Engine::Helm) else { return };
    let of = |values: &str| {
        let template = "apiVersion: v1\nkind: Pod\nmetadata: {name: mill, namespace: shop}\nspec:\n  serviceAccountName: mill\n  containers:\n    - name: a\n      image: registry.example/a:1\n      command: [serve, '{{ printf \"postgresql://%s:%s@db:5432/mill\" .Values.db.login .Values.db.password }}']\n";
        let files = [
            ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
            ("mill/values.yaml", values),
            ("mill/templates/a.yaml", template),
        ];
        said(&of_files(&path, &files), &["NHI201"])
    };
    let places = |values: &str| {
        of(values).iter().filter_map(|line| Some(line.split(' ').nth(2)?.to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(places("db:\n  password: plum31ladder\n  login: plum31ladder\n"), ["mill/values.yaml:2"]);
    assert_eq!(places("db:\n  login: plum31ladder\n  password: plum31ladder\n"), ["mill/values.yaml:3"]);
    let apart = "db:\n  login: mill\n  password: plum31ladder\nother:\n  password: mill\n";
    assert_eq!(places(apart), ["mill/values.yaml:3"]);
}

#[test]
fn an_account_that_a_template_names_under_a_condition_is_a_value_to_set() {
    let Some(path) = with(Engine::Helm) else { return };
    let of = |before: &str, field: &str| {
        let template = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: mill, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n{before}    spec:\n{field}      containers:\n        - name: a\n          image: registry.example/a:1\n"
        );
        let files = [
            ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
            ("mill/values.yaml", "account: ''\n"),
            ("mill/templates/a.yaml", &template),
        ];
        let report = of_files(&path, &files);
        let all = report["findings"].as_array().expect("a list");
        let found: Vec<&Value> = all.iter().filter(|finding| finding["rule"] == "NHI101").collect();
        assert_eq!(found.len(), 1, "{report}");
        found[0]["fixes"][0]["title"].as_str().unwrap_or_default().to_owned()
    };
    let field = "      serviceAccountName: {{ .Values.account }}\n";
    let switched = format!("      {{{{- if .Values.account }}}}\n{field}      {{{{- end }}}}\n");
    let says = "set the values that make `.Values.account` hold, so that the template names an account";
    assert_eq!(of("", &switched), says);
    let other = switched.replace("{{- end }}", "{{- else }}\n      hostNetwork: false\n      {{- end }}");
    assert_eq!(of("", &other), says, "the field stands in the first branch");
    let own = "give it an account of its own";
    assert_eq!(of("", ""), own);
    let negative = format!(
        "      {{{{- if not .Values.account }}}}\n      hostNetwork: false\n      {{{{- else }}}}\n{field}      {{{{- end }}}}\n"
    );
    assert_eq!(of("", &negative), own, "which value it takes is not one condition");
}

#[test]
fn a_key_that_is_only_the_word_of_its_name_says_where_a_key_stands() {
    let of = |value: &str| {
        let text = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: a, namespace: shop}}\nspec: {{values: {{{value}}}}}\n"
        );
        said(&plain(&[("a.yaml", &text)]), &["NHI201"]).len()
    };
    assert_eq!(of("authKey: auth"), 0);
    for other in
        ["authKey: plum31ladder", "authKey: auth123", "minioSecretKey: minio123", "millSecretKey: mill"]
    {
        assert_eq!(of(other), 1, "{other}");
    }
    assert_eq!(of("authPassword: auth"), 1, "a password may be any word");
}
