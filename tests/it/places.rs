//! Where findings on rendered text stand, what switches it on, and how a program's own reason is shown.

use nhilint::finding::Engine;
use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::rendering_hostile::with;

const CHART: (&str, &str) = ("Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n");
const RIGHTS: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: mill}\nrules:\n  - apiGroups: [\"\"]\n    resources: [secrets]\n    verbs: [get, list]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mill}\nsubjects: [{kind: ServiceAccount, name: mill, namespace: mill}]\n";

/// The findings of a rule on a chart of these files.
fn found(files: &[(&str, &str)], rule: &str) -> Option<Vec<Value>> {
    let path = with(Engine::Helm)?;
    let folder = scratch(&[&[CHART], files].concat());
    let report = check(folder.path(), &path, &["."]);
    let findings = report["findings"].as_array().expect("a list").clone();
    Some(findings.into_iter().filter(|finding| finding["rule"] == rule).collect())
}

fn files(findings: &[Value]) -> Vec<&str> {
    findings.iter().map(|finding| finding["location"]["file"].as_str().unwrap_or_default()).collect()
}

#[test]
fn a_line_of_a_block_stands_in_the_values() {
    let template = "apiVersion: v1\nkind: Secret\nmetadata: {name: mill}\nstringData:\n  app.yaml: |-\n{{ index .Values.private \"app.yaml\" | indent 4 }}\n";
    let values = "private:\n  app.yaml: |-\n    redis:\n      password: t5Rk0pQz81\n";
    let Some(found) = found(&[("templates/secret.yaml", template), ("values.yaml", values)], "NHI203") else {
        return;
    };
    assert_eq!(files(&found), ["values.yaml"]);
}

/// What is rendered of a template, and what no output shows: both texts that it may print.
#[test]
fn a_text_of_an_action_stands_in_the_template() {
    let secret = |action: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: mill}}\nstringData:\n  password: {{{{ {action} | quote }}}}\n"
        )
    };
    for (action, values) in [
        (".Values.pw | default \"plum-tern-31\"", "pw:\n"),
        (".Values.pw | default \"plum-tern-31\"", "pw: ''\n"),
        ("coalesce .Values.a .Values.b \"plum-tern-31\"", "a: ''\nb:\n"),
        ("ternary \"plum-tern-31\" \"plum-tern-32\" .Values.prod", "prod: true\n"),
        ("ternary \"plum-tern-32\" \"plum-tern-31\" .Values.prod | b64enc | b64dec", "prod: false\n"),
    ] {
        let template = secret(action);
        let Some(found) = found(&[("templates/secret.yaml", &template), ("values.yaml", values)], "NHI203")
        else {
            return;
        };
        assert_eq!(files(&found), ["templates/secret.yaml"], "{action}");
        let shown = serde_json::to_string(&found).expect("findings");
        assert!(!shown.contains("plum-tern-3"), "{action}: {shown}");
    }
    let template = secret(".Values.pw | default \"plum-tern-31\"");
    let values = [("templates/secret.yaml", template.as_str()), ("values.yaml", "pw: correct-horse7\n")];
    let Some(found) = found(&values, "NHI203") else { return };
    assert_eq!(files(&found), ["values.yaml"]);
}

#[test]
fn a_line_of_a_mapping_of_values_stands_there() {
    let values = "config:\n  db:\n    user: a\n    password: t5Rk0pQz81\n  port: 80\n";
    for template in [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mill}\ndata:\n  c.json: {{ .Values.config | toJson | quote }}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: mill}\ndata:\n  c.yaml: {{ toYaml .Values.config | b64enc }}\n",
    ] {
        let tree = [("templates/a.yaml", template), ("values.yaml", values)];
        let rule = if template.contains("ConfigMap") { "NHI202" } else { "NHI203" };
        let Some(found) = found(&tree, rule) else { return };
        assert_eq!(files(&found), ["values.yaml"]);
        assert_eq!(found[0]["location"]["line"], 4, "{template}");
    }
}

#[test]
fn what_was_read_from_a_file_stands_there() {
    let helper = "{{- define \"patched\" -}}\n{{- range $doc := splitList \"\\n---\\n\" (.context.Files.Get .file) }}\n---\n{{ mergeOverwrite (fromYaml $doc) (dict) | toYaml }}\n{{- end }}\n{{- end }}\n";
    let all = "{{- include \"patched\" (dict \"file\" \"files/rights.yaml\" \"context\" .) -}}\n";
    let tree = [("files/rights.yaml", RIGHTS), ("templates/_h.tpl", helper), ("templates/all.yaml", all)];
    let Some(found) = found(&tree, "NHI504") else { return };
    assert_eq!(files(&found), ["files/rights.yaml"]);
    assert_eq!(found[0]["location"]["line"], 7);
}

/// A kustomization makes one text of a whole file: a line of the one is that line of the other.
#[test]
fn a_line_of_a_generators_file_stands_in_the_file() {
    let Some(path) = with(Engine::Kustomize) else { return };
    for (name, text, line) in [
        ("app.properties", "a=b\n\ndb.password=t5Rk0pQz81\n", 3),
        ("app.yaml", "a: b\ndb:\n  host: x\n  password: t5Rk0pQz81\n", 4),
        ("one.env", "DB_PASSWORD=t5Rk0pQz81\n", 1),
    ] {
        let kustomization = format!("namespace: mill\nconfigMapGenerator:\n- name: app\n  files: [{name}]\n");
        let folder = scratch(&[("kustomization.yaml", &kustomization), (name, text)]);
        let report = check(folder.path(), &path, &["."]);
        let all = report["findings"].as_array().expect("a list");
        let found =
            all.iter().find(|finding| finding["rule"] == "NHI202").unwrap_or_else(|| panic!("{report}"));
        assert_eq!(found["location"]["file"], name);
        assert_eq!(found["location"]["line"], line, "{name}");
    }
}

#[test]
fn the_value_that_switches_it_on_is_related() {
    let template = format!("{{{{- if .Values.rbac.create }}}}\n{RIGHTS}{{{{- end }}}}\n");
    let tree = [("templates/rights.yaml", template.as_str()), ("values.yaml", "rbac:\n  create: true\n")];
    let Some(found) = found(&tree, "NHI504") else { return };
    let related = found[0]["related"].as_array().expect("a list");
    let guard = related.iter().find(|place| place["message"] == "exists because `rbac.create` is true");
    let guard = guard.unwrap_or_else(|| panic!("{related:?}"));
    assert_eq!((&guard["location"]["file"], &guard["location"]["line"]), (&"values.yaml".into(), &2.into()));
}

/// That what a chart and its values say of a dependency is related as a guard.
fn is_guarded(switch: &str, values: &str, message: &str) {
    let chart = format!(
        "apiVersion: v2\nname: mill\nversion: 1.0.0\ndependencies: [{{name: part, version: 1.0.0, {switch}}}]\n"
    );
    let part = "apiVersion: v2\nname: part\nversion: 1.0.0\n";
    let tree = [
        ("Chart.yaml", chart.as_str()),
        ("values.yaml", values),
        ("charts/part/Chart.yaml", part),
        ("charts/part/templates/rights.yaml", RIGHTS),
    ];
    let Some(found) = found(&tree, "NHI504") else { return };
    let related = found[0]["related"].as_array().expect("a list");
    assert!(related.iter().any(|place| place["message"] == message), "{related:?}");
}

#[test]
fn the_condition_of_a_dependency_is_related() {
    let values = "part:\n  enabled: true\n";
    is_guarded("condition: part.enabled", values, "exists because `part.enabled` is true");
}

#[test]
fn the_tag_of_a_dependency_is_related() {
    let values = "tags:\n  slow: false\n  rights: true\n";
    is_guarded("tags: [slow, rights]", values, "exists because `tags.rights` is true");
}

#[test]
fn a_binding_stands_on_its_role_where_nobody_knows_the_namespace() {
    let template = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: mill}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {{ .Values.name }}\nrules: [{apiGroups: [\"\"], resources: [configmaps], verbs: [get, list]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: mill}\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {{ .Values.name }}\nsubjects:\n  - {kind: ServiceAccount, name: mill, namespace: {{ .Release.Namespace }}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mill}\nspec:\n  selector: {matchLabels: {app: mill}}\n  template:\n    metadata: {labels: {app: mill}}\n    spec:\n      serviceAccountName: mill\n      containers:\n        - {name: mill, image: 'registry.example/mill:1', args: ['--namespace={{ .Release.Namespace }}']}\n";
    let tree = [("templates/all.yaml", template), ("values.yaml", "name: mill\n")];
    let Some(found) = found(&tree, "NHI510") else { return };
    assert_eq!(files(&found), ["templates/all.yaml"]);
    assert_eq!(found[0]["location"]["line"], 17);
}

#[test]
fn the_missing_dependency_is_the_finding() {
    let chart = "apiVersion: v2\nname: mill\nversion: 1.0.0\ndependencies: [{name: store, version: 1.0.0, repository: 'https://charts.example'}]\n";
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mill}\ndata: {port: '{{ .Values.store.service.port }}'}\n";
    let Some(found) = found(&[("Chart.yaml", chart), ("templates/cm.yaml", template)], "NHI905") else {
        return;
    };
    assert_eq!(files(&found), ["Chart.yaml"]);
    // What is missing without a doubt is no matter of the dependency.
    let template = template.replace(".store.", ".own.");
    let Some(found) = self::found(&[("Chart.yaml", chart), ("templates/cm.yaml", &template)], "NHI905")
    else {
        return;
    };
    assert_eq!(files(&found), ["Chart.yaml", "templates/cm.yaml"]);
}

#[test]
fn the_reason_of_a_packed_chart_is_whole_and_stands_in_it() {
    let chart = "apiVersion: v2\nname: mill\nversion: 1.0.0\ndependencies: [{name: parts, version: 1.0.0, repository: 'file://../parts'}]\n";
    let part = "apiVersion: v2\nname: parts\nversion: 1.0.0\n";
    let template = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ required \"a name\" .Values.operatorOfTheMill.account.name }}\n";
    let Some(path) = with(Engine::Helm) else { return };
    let folder = scratch(&[
        ("mill/Chart.yaml", chart),
        ("parts/Chart.yaml", part),
        ("parts/templates/a.yaml", template),
    ]);
    let report = check(folder.path(), &path, &["."]);
    let found: Vec<&Value> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["form"] == "unrendered")
        .collect();
    assert!(found.iter().all(|one| one["location"]["file"] == "parts/templates/a.yaml"), "{found:?}");
    let message = found[0]["message"].as_str().expect("text");
    assert!(message.contains("operatorOfTheMill") && !message.contains("***"), "{message}");
}

#[test]
fn machines_are_given_paths_from_the_root_of_the_repository() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: mill, namespace: mill}\nspec:\n  hostPID: true\n  containers: [{name: mill, image: 'registry.example/mill:1'}]\n";
    let folder = scratch(&[(".git/HEAD", "ref: refs/heads/main\n"), ("infra/tasks/pod.yaml", pod)]);
    let here = folder.path().join("infra/tasks");
    let report = check(&here, "", &["."]);
    let found: Vec<Value> = report["findings"].as_array().expect("a list").clone();
    assert!(
        !found.is_empty() && files(&found).iter().all(|file| *file == "infra/tasks/pod.yaml"),
        "{found:?}"
    );
    let (_, text, _) = crate::rendering::run(&here, "", &["check", "."]);
    assert!(text.contains("\npod.yaml:5:"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_linked_library_is_reported_once_where_git_tracks_it() {
    let Some(path) = with(Engine::Helm) else { return };
    let chart = |name: &str| {
        format!(
            "apiVersion: v2\nname: {name}\nversion: 0.1.0\ndependencies: [{{name: library, version: 0.1.0}}]\n"
        )
    };
    let (one, two) = (chart("one"), chart("two"));
    let helper = format!("{{{{- define \"rights\" }}}}\n{RIGHTS}{{{{- end }}}}\n");
    let call = "{{ include \"rights\" . }}\n";
    let folder = scratch(&[
        ("one/Chart.yaml", &one),
        ("one/templates/all.yaml", call),
        ("two/Chart.yaml", &two),
        ("two/templates/all.yaml", call),
        ("library/Chart.yaml", "apiVersion: v2\nname: library\nversion: 0.1.0\n"),
        ("library/templates/_rights.tpl", &helper),
    ]);
    for chart in ["one", "two"] {
        std::fs::create_dir(folder.path().join(chart).join("charts")).expect("a folder");
        let link = folder.path().join(chart).join("charts/library");
        std::os::unix::fs::symlink("../../library", link).expect("a link");
    }
    let report = check(folder.path(), &path, &["."]);
    let findings = report["findings"].as_array().expect("a list");
    let found: Vec<Value> = findings.iter().filter(|finding| finding["rule"] == "NHI504").cloned().collect();
    assert_eq!(files(&found), ["library/templates/_rights.tpl"]);
}

#[test]
fn what_switches_a_turn_of_a_loop_on_is_of_that_turn() {
    let template = "{{- range .Values.secrets }}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .name }}}\nstringData:\n{{- if .keys }}\n{{- range $key, $value := .keys }}\n  {{ $key }}: {{ $value }}\n{{- end }}\n{{- end }}\n{{- end }}\n";
    let values = "secrets:\n  - name: one\n    keys:\n      password: t5Rk0pQz81\n  - name: two\n    keys:\n      password: u6Sl1qRa92\n";
    let Some(found) = found(&[("templates/all.yaml", template), ("values.yaml", values)], "NHI203") else {
        return;
    };
    let lines: Vec<(&Value, Vec<&Value>)> = found
        .iter()
        .map(|finding| {
            let related = finding["related"].as_array().expect("a list").iter();
            let guards =
                related.filter(|place| place["message"].as_str().is_some_and(|text| text.contains(".keys")));
            (&finding["location"]["line"], guards.map(|place| &place["location"]["line"]).collect())
        })
        .collect();
    assert_eq!(lines, [(&4.into(), vec![&3.into()]), (&7.into(), vec![&6.into()])]);
}

#[test]
fn a_name_that_a_chart_makes_stands_where_it_is_asked_for() {
    let helper =
        "{{- define \"account\" -}}\n{{- default .Release.Name .Values.serviceAccount.name }}\n{{- end }}\n";
    let pod = |name: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      serviceAccountName: {{{{ include \"account\" . }}}}\n      restartPolicy: Never\n      containers: [{{name: a, image: 'registry.example/{name}:1'}}]\n"
        )
    };
    let (one, two) = (pod("mill"), pod("saw"));
    let tree = [
        ("templates/_h.tpl", helper),
        ("templates/one.yaml", one.as_str()),
        ("templates/two.yaml", two.as_str()),
        ("values.yaml", "serviceAccount:\n  name:\n"),
    ];
    let Some(found) = found(&tree, "NHI102") else { return };
    assert_eq!(files(&found), ["templates/one.yaml", "templates/two.yaml"]);
    assert_eq!(found[0]["location"]["line"], 7);
    let chosen = [("values.yaml", "serviceAccount:\n  name: shared\n")];
    let Some(found) = self::found(&[&tree[..3], &chosen].concat(), "NHI102") else { return };
    assert_eq!(files(&found), ["values.yaml"], "a name that somebody chose is theirs to change");
}

/// What a template encodes stands elsewhere as it is.
#[test]
fn a_password_of_a_login_that_a_template_encodes_is_masked_in_the_values() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = "{{- if .Values.users }}\napiVersion: v1\nkind: Pod\nmetadata: {name: mill, namespace: mill}\nspec:\n  containers:\n    - name: a\n      image: 'registry.example/a:1'\n      readinessProbe:\n        httpGet:\n          port: 80\n          httpHeaders:\n            - name: Authorization\n              value: Basic {{ printf \"job:%s\" .Values.users.job | b64enc }}\n{{- end }}\n";
    let folder =
        scratch(&[CHART, ("values.yaml", "users:\n  job: A7ERGdgwLHnY\n"), ("templates/a.yaml", template)]);
    let (_, out, errors) = crate::rendering::run(folder.path(), &path, &["check", "."]);
    assert!(out.contains("NHI201") && !out.contains("A7ERGdgwLHnY"), "{out}{errors}");
    assert!(out.contains("values.yaml:2"), "it stands on the value: {out}");
}

#[test]
fn a_value_that_a_chart_refuses_stands_where_it_is_written() {
    let Some(path) = with(Engine::Helm) else { return };
    let place = |values: &str, own: &str| {
        let here = scratch(&[
            (
                "mill/Chart.yaml",
                "apiVersion: v2\nname: mill\nversion: 1.0.0\ndependencies:\n  - {name: cache, version: 1.0.0}\n",
            ),
            ("mill/values.yaml", values),
            ("mill/values.schema.json", r#"{"properties": {"size": {"type": "integer"}}}"#),
            ("mill/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
            ("mill/charts/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n"),
            ("mill/charts/cache/values.yaml", own),
            ("mill/charts/cache/values.schema.json", r#"{"properties": {"port": {"type": "integer"}}}"#),
        ]);
        let report = check(here.path(), &path, &["mill", "--select", "NHI905"]);
        let found = report["findings"].as_array().expect("a list").iter();
        let errors = found.filter(|one| one["severity"] == "error");
        let line = |one: &serde_json::Value| {
            let location = &one["location"];
            format!("{}:{} {}", location["file"], location["line"], one["message"]).replace('"', "")
        };
        errors.map(line).collect::<Vec<_>>()
    };
    let port = "port: 1\n";
    let found = place("a: 1\ncache: gone\n", port);
    assert_eq!(
        found,
        [
            "mill/values.yaml:2 not rendered: `cache` holds the values of the dependency `cache`, and must be a mapping"
        ]
    );
    let found = place("size: 1\ncache:\n  port: many\n", port);
    assert!(
        found.len() == 1 && found[0].starts_with("mill/values.yaml:3 not rendered: the values"),
        "{found:?}"
    );
    let found = place("a: 1\nsize: many\n", port);
    assert!(
        found.len() == 1 && found[0].starts_with("mill/values.yaml:2 not rendered: the values"),
        "{found:?}"
    );
}
