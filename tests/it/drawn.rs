//! What readers of many findings stumbled over: the object that makes it grave is the one that is named, one flaw is one
//! finding, and words say what is so.

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::rendering_hostile::with;

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n");

/// The findings of a rule, without rendering.
fn plain(files: &[(&str, &str)], rule: &str) -> Vec<Value> {
    of(&check(scratch(files).path(), "", &["."]), rule)
}

/// The findings of a rule on a chart.
fn of_chart(files: &[(&str, &str)], rule: &str) -> Option<Vec<Value>> {
    let path = with(Engine::Helm)?;
    Some(of(&check(scratch(&[&[CHART], files].concat()).path(), &path, &["."]), rule))
}

fn of(report: &Value, rule: &str) -> Vec<Value> {
    let findings = report["findings"].as_array().expect("a list").iter();
    findings.filter(|finding| finding["rule"] == rule).cloned().collect()
}

fn text<'v>(finding: &'v Value, key: &str) -> &'v str {
    finding[key].as_str().unwrap_or_default()
}

fn place(finding: &Value) -> String {
    let location = &finding["location"];
    format!("{}:{}", text(location, "file"), location["line"])
}

fn related(finding: &Value) -> Vec<String> {
    let places = finding["related"].as_array().into_iter().flatten();
    places.map(|label| format!("{} {}", place(label), text(label, "message"))).collect()
}

fn notes(finding: &Value) -> Vec<&str> {
    finding["notes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn workload(kind: &str, name: &str, account: &str, pod: &str) -> String {
    let group = if kind == "Job" { "batch" } else { "apps" };
    format!(
        "---\napiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{template: {{spec: {{serviceAccountName: {account}, {pod}containers: [{{name: a, image: 'registry.example/a:1'}}]}}}}}}\n"
    )
}

const NEVER: &str = "restartPolicy: Never, ";

#[test]
fn what_nobody_answers_for_stands_on_the_first_job() {
    let both = workload("Deployment", "web", "web", "")
        + &workload("DaemonSet", "node", "web", "")
        + &workload("Job", "migrate", "web", NEVER);
    let found = plain(&[("all.yaml", &both)], "NHI301");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((text(&found[0], "severity"), &*place(&found[0])), ("error", "all.yaml:14"));
    assert_eq!(found[0]["object"]["kind"], "Job");
    let none = workload("Deployment", "web", "web", "") + &workload("DaemonSet", "node", "web", "");
    let found = plain(&[("all.yaml", &none)], "NHI301");
    assert_eq!((text(&found[0], "severity"), &*place(&found[0])), ("warning", "all.yaml:4"));
}

#[test]
fn who_may_do_everything_is_named_and_comes_before_other_services() {
    let all = workload("Deployment", "web", "web", "")
        + &workload("Deployment", "chief", "chief", "")
        + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: chief, annotations: {owner: team-a}}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: chief, namespace: shop}]\n";
    let found = plain(&[("all.yaml", &all)], "NHI301");
    assert_eq!((text(&found[0], "severity"), &*place(&found[0])), ("error", "all.yaml:9"));
    let reason =
        "The identity `shop/chief` may do everything in the cluster, so somebody has to answer for it.";
    assert!(notes(&found[0]).contains(&reason), "{found:?}");
}

#[test]
fn a_file_that_is_one_template_is_one_finding() {
    let document = |name: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {{{{ .ns }}}}}}\n")
    };
    let two = format!("{}---\n{}", document("a"), document("b"));
    let three = format!("{two}---\n{}", document("c"));
    let fingerprints: Vec<Value> = [two, three]
        .iter()
        .enumerate()
        .map(|(more, text)| {
            let found = plain(&[("all.yaml", text), ("other.yaml", &document("a"))], "NHI905");
            let places: Vec<String> = found.iter().map(place).collect();
            assert_eq!(places, ["all.yaml:3", "other.yaml:3"]);
            assert_eq!(related(&found[0]).len(), 1 + more, "{found:?}");
            found[0]["fingerprint"].clone()
        })
        .collect();
    assert_ne!(fingerprints[0], fingerprints[1], "one more is news");
}

fn rendered(kind: &str, name: &str) -> String {
    format!(
        "---\n# Source: col/templates/{}.yaml\n{}",
        kind.to_lowercase(),
        &workload(kind, name, "col", "")[4..]
    )
}

#[test]
fn examples_of_one_chart_share_no_account() {
    let (web, agent) = (rendered("Deployment", "col"), rendered("DaemonSet", "col-agent"));
    let places =
        |files: &[(&str, &str)]| -> Vec<String> { plain(files, "NHI102").iter().map(place).collect() };
    let both = [
        ("examples/both/rendered/deployment.yaml", &*web),
        ("examples/both/rendered/daemonset.yaml", &*agent),
        ("examples/one/rendered/deployment.yaml", &*web),
    ];
    let shared = ["examples/both/rendered/daemonset.yaml:6"];
    assert_eq!(places(&both), shared, "in the one that has both");
    // What shares an account with it and is nowhere else told of is found.
    let apart = [
        ("examples/both/rendered/daemonset.yaml", &*agent),
        ("examples/one/rendered/deployment.yaml", &*web),
    ];
    assert_eq!(places(&apart), ["examples/both/rendered/daemonset.yaml:6"]);
    // Files that nobody rendered are applied together.
    let written = web.replace("# Source: col/templates/deployment.yaml\n", "");
    let mixed = [both[1], ("examples/one/rendered/deployment.yaml", &*written)];
    let related = related(&plain(&mixed, "NHI102")[0]);
    assert!(
        related.iter().any(|place| place.starts_with("examples/one/rendered/deployment.yaml:5")),
        "{related:?}"
    );
}

#[test]
fn the_call_by_which_a_name_is_shared_is_the_place() {
    let job = |name: &str, helper: &str| {
        workload("Job", name, "NAME", NEVER).replace("NAME", &format!("{{{{ include \"{helper}\" . }}}}"))
    };
    let all = job("mirror", "mill.account") + &job("drift", "mill.drift");
    let helpers = "{{- define \"mill.account\" -}}\n{{- printf \"mirror\" }}\n{{- end }}\n{{- define \"mill.drift\" -}}\n{{ include \"mill.account\" . }}\n{{- end }}\n";
    let files = [("templates/jobs.yaml", &*all), ("templates/_h.tpl", helpers)];
    let Some(found) = of_chart(&files, "NHI102") else { return };
    let named: Vec<String> =
        found.iter().map(|one| format!("{} {}", text(&one["object"], "name"), place(one))).collect();
    assert_eq!(named, ["drift templates/_h.tpl:5"], "{found:?}");
    assert!(related(&found[0]).contains(&"templates/_h.tpl:2 makes the name".to_owned()), "{found:?}");
}

#[test]
fn a_name_for_all_workloads_of_a_chart_is_taken_apart_at_named_lines() {
    let lines = |name: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  template:\n    spec:\n      serviceAccountName: {{{{ .Values.account }}}}\n      containers: [{{name: a, image: 'registry.example/a:1'}}]\n"
        )
    };
    let files = [
        ("templates/web.yaml", lines("web")),
        ("templates/worker.yaml", lines("worker")),
        ("values.yaml", "account: shared\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let Some(found) = of_chart(&files, "NHI102") else { return };
    assert_eq!((found.len(), &*place(&found[0])), (1, "values.yaml:1"), "{found:?}");
    let fix = &found[0]["fixes"][0];
    assert_eq!(
        text(fix, "title"),
        "let each template name an account of its own, such as a value for each component"
    );
    let why = text(fix, "refused");
    assert!(why.contains("templates/web.yaml:7") && why.contains("templates/worker.yaml:7"), "{why}");
    for line in [
        "templates/web.yaml:7 used here by Deployment `web`",
        "templates/worker.yaml:7 used here by Deployment `worker`",
    ] {
        assert!(related(&found[0]).contains(&line.to_owned()), "{found:?}");
    }
    // One template that makes several is told to tell them apart itself.
    let looped = "{{- range $name, $x := .Values.workers }}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ $name }}, namespace: shop}\nspec:\n  template:\n    spec:\n      serviceAccountName: {{ $.Release.Name }}-all\n      containers: [{name: a, image: 'registry.example/a:1'}]\n{{- end }}\n";
    let files = [("templates/all.yaml", looped), ("values.yaml", "workers:\n  saw: {}\n  mill: {}\n")];
    let Some(found) = of_chart(&files, "NHI102") else { return };
    let title = text(&found[0]["fixes"][0], "title");
    assert!(title.starts_with("let the template name another account for each workload"), "{found:?}");
    assert!(!related(&found[0]).iter().any(|one| one.starts_with("values.yaml:2")), "{found:?}");
}

#[test]
fn what_a_chart_computes_stays_with_the_chart() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ntype: Opaque\ndata:\n  password: {{ .Values.db.password | b64enc }}\n  token: {{ .Values.api.token | b64enc }}\n  host: {{ printf \"%s-db\" .Release.Name | b64enc }}\n";
    let values = "db:\n  password: plum-ladder-31\napi:\n  token: gravel-teapot-58\n";
    let Some(found) = of_chart(&[("templates/db.yaml", template), ("values.yaml", values)], "NHI203") else {
        return;
    };
    assert_eq!((found.len(), &*place(&found[0])), (1, "values.yaml:2"), "{found:?}");
    assert!(related(&found[0]).contains(&"values.yaml:4 `token` holds a token".to_owned()), "{found:?}");
    let changes = found[0]["fixes"][0]["changes"].to_string();
    assert!(changes.contains("secretKey: password") && changes.contains("secretKey: token"), "{changes}");
    assert!(changes.contains("creationPolicy: Merge") && !changes.contains("secretKey: host"), "{changes}");
    // A file around the value is none that a store has.
    let whole = template
        .replace(".Values.db.password", "(printf \"[db]\\npassword=%s\\n\" .Values.db.password)")
        .replace("password: {{", "app.ini: {{");
    let whole = whole.replace("  token: {{ .Values.api.token | b64enc }}\n", "");
    let Some(found) = of_chart(&[("templates/db.yaml", &whole), ("values.yaml", values)], "NHI203") else {
        return;
    };
    assert_eq!(found[0]["fixes"][0]["changes"], serde_json::json!([]), "{found:?}");
}

#[test]
fn a_value_that_a_template_takes_apart_stands_in_the_values() {
    let helper = "{{- define \"stores\" -}}\n{{- .Values.stores | toYaml -}}\n{{- end -}}\n";
    let template = "{{- range $name, $store := (include \"stores\" . | fromYaml) }}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ $name }}-store, namespace: shop}\ndata:\n  password: {{ default \"\" $store.password | b64enc | quote }}\n{{- end }}\n";
    let values = "stores:\n  main:\n    password: plum-ladder-31\n  search:\n    password: plum-ladder-31\n";
    let files = [("templates/_h.tpl", helper), ("templates/s.yaml", template), ("values.yaml", values)];
    let Some(found) = of_chart(&files, "NHI203") else { return };
    let places: Vec<String> = found.iter().map(place).collect();
    assert_eq!(places, ["values.yaml:3", "values.yaml:5"], "{found:?}");
    let path = with(Engine::Helm).expect("helm");
    let folder = scratch(&[&[CHART], &files[..]].concat());
    let (_, shown, _) = crate::rendering::run(folder.path(), &path, &["check", ".", "--verbose"]);
    assert!(shown.contains("password: {{ default \"\" $store.password | b64enc | quote }}"), "{shown}");
    assert!(!shown.contains("plum-ladder-31"), "{shown}");
}

#[test]
fn broken_values_are_shown_where_they_break() {
    let chart = ("templates/a.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n");
    for (line, words) in [
        (
            "<ISSUER>",
            "not rendered: `values.yaml` cannot be read: a placeholder stands here that is not filled in",
        ),
        (
            "issuer internal",
            "not rendered: `values.yaml` cannot be read: this line should be a `key: value`; the `:` is missing",
        ),
    ] {
        let values =
            format!("ingress:\n  annotations:\n    {line}\n    {line}\n    example.com/upstream: \"true\"\n");
        let Some(found) = of_chart(&[("values.yaml", &values), chart], "NHI905") else { return };
        assert_eq!((&*place(&found[0]), text(&found[0], "message")), ("values.yaml:3", words));
    }
}

#[test]
fn what_switches_something_on_is_what_is_asked() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: {{ .Values.password | quote }}\n";
    for (condition, values, words) in [
        ("if not .Values.a", "a: ~", Some("`a` is empty")),
        ("if not (or .Values.a .Values.b)", "a: {}\nb: []", Some("`b` is empty")),
        ("if or .Values.a .Values.b", "a: {}\nb: {c: d}", Some("`b` is set")),
        ("if .Values.a }}{{ else", "a: []", Some("`a` is empty")),
        ("if .Values.a }}{{ else", "a: false", Some("`a` is false")),
        ("if eq .Values.a \"CronJob\"", "a: CronJob", Some("`a` is `CronJob`")),
        ("if ne .Values.a \"CronJob\"", "a: Job", Some("`a` is not `CronJob`")),
        (
            "if eq .Values.accessKey \"Zq7xT9pLm2\"",
            "accessKey: Zq7xT9pLm2",
            Some("of the value of `accessKey`"),
        ),
        ("if hasKey .Values.a \"b\"", "a: {b: ~}", Some("of the value of `a`")),
        ("if .Values.a", "a: {b: c}", Some("`a` is set")),
    ] {
        let template = format!("{{{{ {condition} }}}}\n{secret}{{{{ end }}}}\n");
        let values = format!("password: t5Rk0pQz81\n{values}\n");
        let Some(found) = of_chart(&[("templates/s.yaml", &template), ("values.yaml", &values)], "NHI203")
        else {
            return;
        };
        let related = related(&found[0]);
        let told =
            related.iter().filter_map(|place| place.split_once("exists because ")).map(|(_, words)| words);
        let told: Vec<&str> = told.collect();
        assert_eq!(told.last().copied(), words, "{condition}: {related:?}");
        assert!(!told.contains(&"`a` is set") || words == Some("`a` is set"), "{condition}: {related:?}");
    }
}

#[test]
fn a_role_that_is_no_cluster_role_is_told_so() {
    let binder = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: binder}\nrules:\n  - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}\n  - {apiGroups: [rbac.authorization.k8s.io], resources: [RESOURCES], verbs: [bind]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: binder}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: binder}\nsubjects: [{kind: ServiceAccount, name: b, namespace: shop}]\n";
    for (resources, words) in [
        ("roles", "`shop/b` may hand out every Role (no ClusterRole) in the whole cluster"),
        ("clusterroles", "`shop/b` may hand out every ClusterRole in the whole cluster"),
        ("roles, clusterroles", "`shop/b` may hand out every role in the whole cluster"),
    ] {
        let found = plain(&[("all.yaml", &binder.replace("RESOURCES", resources))], "NHI503");
        assert_eq!(text(&found[0], "message"), words);
    }
}

#[test]
fn places_of_one_kind_are_counted_after_ten() {
    let template = "{{- range $i := until 14 }}\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: 'job-{{ $i }}', namespace: shop}\nspec:\n  ttlSecondsAfterFinished: 60\n  template:\n    spec:\n      serviceAccountName: web\n      restartPolicy: Never\n      containers:\n        - {name: a, image: 'registry.example/a:1', env: [{name: API_PASSWORD, value: t5Rk0pQz81}]}\n{{- end }}\n";
    let Some(found) = of_chart(&[("templates/jobs.yaml", template)], "NHI201") else { return };
    assert_eq!(found.len(), 1, "{found:?}");
    let made: Vec<&str> =
        notes(&found[0]).into_iter().filter(|note| note.starts_with("A change here also changes")).collect();
    assert_eq!(made.len(), 1, "{found:?}");
    assert!(made[0].ends_with(" and 3 more, and all else that is made from it."), "{made:?}");
}

#[test]
fn of_twins_the_graver_is_shown() {
    let spec = "spec:\n          serviceAccountName: web\n          restartPolicy: Always\n          containers:\n            - name: a\n              image: registry.example/a:1\n              env: {{ toYaml .Values.env | nindent 16 }}\n";
    let web = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a-web}}\nspec:\n      template:\n        {spec}"
    );
    let job = format!("---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: b-job}}\nspec:\n      template:\n        {spec}").replace("Always", "Never");
    let values = "env:\n  - name: DB_PASSWORD\n    valueFrom: {secretKeyRef: {name: db, key: password}}\n";
    let all = web + &job;
    let Some(found) = of_chart(&[("templates/all.yaml", &all), ("values.yaml", values)], "NHI204") else {
        return;
    };
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (text(&found[0], "severity"), text(&found[0]["object"], "kind")),
        ("error", "Job"),
        "{found:?}"
    );
    assert!(
        notes(&found[0]).iter().any(|note| note.starts_with("A change here also changes Deployment")),
        "{found:?}"
    );
}

#[test]
fn a_job_that_is_deployed_is_not_deleted_without_a_word() {
    let job = workload("Job", "migrate", "web", NEVER);
    let role = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n";
    let told = |job: &str| {
        let found = plain(&[("all.yaml", &format!("{job}{role}"))], "NHI403");
        let told = notes(&found[0]).iter().any(|note| note.contains("argocd.argoproj.io/hook: Sync"));
        (told, text(&found[0]["fixes"][0], "applicability").to_owned())
    };
    assert_eq!(told(&job), (true, "suggest".to_owned()));
    let hook =
        job.replace("namespace: shop}", "namespace: shop, annotations: {argocd.argoproj.io/hook: Sync}}");
    assert_eq!(told(&hook), (false, "unsafe".to_owned()));
}

#[test]
fn who_reads_a_token_by_its_name_is_told() {
    let files = |rule: &str| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: reader, namespace: argo, annotations: {{{rule}: 'true'}}}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: reader.service-account-token, namespace: argo, annotations: {{kubernetes.io/service-account.name: reader}}}}\ntype: kubernetes.io/service-account-token\n"
        )
    };
    for (rule, told) in [("workflows.argoproj.io/rbac-rule", true), ("example.com/rule", false)] {
        let found = plain(&[("all.yaml", &files(rule))], "NHI401");
        assert_eq!(notes(&found[0]).iter().any(|note| note.contains("Argo Workflows")), told, "{found:?}");
    }
}

#[test]
fn the_alias_of_a_value_is_related_through_an_app_of_apps_too() {
    let Some(path) = with(Engine::Helm) else { return };
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: shop}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: a\n          image: 'registry.example/a:1'\n          env:\n            {{- toYaml .Values.env | nindent 12 }}\n";
    let values = "base:\n  env: &env\n    - name: API_PASSWORD\n      value: t5Rk0pQz81\n";
    let alone = format!("{values}env: *env\n");
    let found = of_chart(&[("templates/job.yaml", job), ("values.yaml", &alone)], "NHI201");
    let found = found.expect("helm");
    assert_eq!(found.len(), 1, "{found:?}");
    let is_aliased =
        |found: &Value, line: &str| related(found).contains(&format!("{line} used here, by its alias"));
    assert!(is_aliased(&found[0], "values.yaml:5"), "{:?}", related(&found[0]));
    let apps = format!("{values}apps:\n  - name: web\n    values:\n      env: *env\n");
    let application = "{{- range .Values.apps }}\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: '{{ .name }}', namespace: argocd}\nspec:\n  project: default\n  destination: {namespace: shop, server: 'https://kubernetes.default.svc'}\n  source:\n    repoURL: 'https://git.example/acme/mill'\n    path: mill\n    helm:\n      values: |\n        {{- .values | toYaml | nindent 8 }}\n{{- end }}\n";
    let here = scratch(&[
        ("apps/Chart.yaml", "apiVersion: v2\nname: apps\nversion: 1.0.0\n"),
        ("apps/values.yaml", &apps),
        ("apps/templates/apps.yaml", application),
        ("mill/Chart.yaml", CHART.1),
        ("mill/templates/job.yaml", job),
    ]);
    let found = of(&check(here.path(), &path, &["."]), "NHI201");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(place(&found[0]), "apps/values.yaml:4");
    assert!(is_aliased(&found[0], "apps/values.yaml:8"), "{:?}", related(&found[0]));
}

#[test]
fn what_reading_an_exec_also_gives_is_of_old_clusters() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: [''], resources: [pods/exec, pods/ephemeralcontainers], verbs: [get, patch]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}\nsubjects: [{kind: ServiceAccount, name: a, namespace: shop}]\n";
    let found = plain(&[("all.yaml", role)], "NHI506");
    let note = "By `get` on `pods/exec` it also may run commands in every pod, before Kubernetes 1.35.";
    assert!(notes(&found[0]).contains(&note), "{found:?}");
}
