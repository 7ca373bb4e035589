//! Fixes of charts: by the chart's own conventions, and none that cannot hold.

use crate::cli::{run, scratch};
use crate::fixes_accounts::APPLICATION;
use crate::helm_charts::programs;

const HELPERS: &str = "{{- define \"shop.fullname\" -}}\n{{ .Release.Name }}-shop\n{{- end }}\n{{- define \"shop.labels\" -}}\napp.kubernetes.io/name: shop\n{{- end }}\n";

const ACCOUNT: &str = "{{- if .Values.serviceAccount.create -}}\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ include \"shop.fullname\" . }}\n  annotations: {nhilint.dev/owner: team-shop}\nautomountServiceAccountToken: false\n{{- end }}\n";

fn job(name: &str, metadata: &str, spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n{metadata}  annotations: {{nhilint.dev/owner: team-shop}}\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 300\n  template:\n    spec:\n{spec}"
    )
}

const POD: &str = "      restartPolicy: Never\n      containers:\n        - name: report\n          image: registry.example/shop/report:1\n";

/// The diff of `--unsafe-fixes` for a chart that is deployed, and what is said of it.
fn proposed(files: &[(&str, &str)]) -> (String, String) {
    let chart: Vec<(String, &str)> =
        files.iter().map(|(name, text)| (format!("chart/{name}"), *text)).collect();
    let mut all: Vec<(&str, &str)> = chart.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    all.extend([
        ("shop.yaml", APPLICATION),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ]);
    let folder = scratch(&all);
    let (_, diff, errors) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    let (_, report, _) = run(folder.path(), &["check", "."]);
    let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!errors.contains("not fixed"), "what is shown holds: {errors}");
    (diff, report)
}

#[test]
fn a_new_account_has_the_labels_of_its_workload_and_the_guard_of_the_others() {
    if programs().is_none() {
        return;
    }
    let metadata = "  labels:\n    {{- include \"shop.labels\" . | nindent 4 }}\n    part: report\n";
    let job = job("{{ include \"shop.fullname\" . }}-report", metadata, POD);
    let files = |create: &'static str| {
        let (diff, report) = proposed(&[
            ("values.yaml", create),
            ("templates/_helpers.tpl", HELPERS),
            ("templates/account.yaml", ACCOUNT),
            ("templates/report.yaml", &job),
        ]);
        format!("{diff}{}", if diff.is_empty() { report } else { String::new() })
    };
    insta::assert_snapshot!(files("serviceAccount:\n  create: true\n"));
    let why = "The chart makes no accounts here, as its `serviceAccount.create` is not true.";
    let refused = files("serviceAccount:\n  create: false\n");
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn values_that_a_schema_forbids_are_not_proposed() {
    if programs().is_none() {
        return;
    }
    let job = job("report", "", "      {{- toYaml .Values.pod | nindent 6 }}\n");
    let values = "pod:\n  restartPolicy: Never\n  containers: [{name: report, image: 'registry.example/shop/report:1'}]\n";
    let schema = |more: &str| {
        format!(
            "{{\"properties\": {{\"pod\": {{\"additionalProperties\": false, \"properties\": {{{more}\"restartPolicy\": {{}}, \"containers\": {{}}}}}}}}}}\n"
        )
    };
    for (more, is_mended) in [("", false), ("\"serviceAccountName\": {}, ", true)] {
        let schema = schema(more);
        let files =
            [("values.yaml", values), ("values.schema.json", &schema), ("templates/report.yaml", &job)];
        let (diff, report) = proposed(&files);
        assert_eq!(diff.contains("+  serviceAccountName: report\n"), is_mended, "{diff}\n{report}");
        let why = "`chart/values.schema.json` does not allow it: allow it there first.";
        assert_eq!(report.contains(why), !is_mended, "{report}");
    }
}

#[test]
fn a_value_that_an_expression_leaves_empty_gets_no_text_before_it() {
    if programs().is_none() {
        return;
    }
    let spec = format!("      serviceAccountName: {{{{ .Values.account }}}}\n{POD}");
    let files = [
        ("values.yaml", "account:\n"),
        ("templates/report.yaml", &job("{{ .Release.Name }}-report", "", &spec)),
    ];
    let (diff, report) = proposed(&files);
    assert_eq!(diff, "");
    assert!(report.contains("and gives nothing here"), "{report}");
}

#[test]
fn a_name_of_chance_is_not_repeated() {
    if programs().is_none() {
        return;
    }
    let helper = "{{ define \"shop.name\" }}{{ include \"shop.end\" . }}{{ end }}\n{{ define \"shop.end\" }}{{ randAlpha 5 | lower }}{{ end }}\n";
    for name in ["report-{{ randAlphaNum 5 | lower }}", "report-{{ include \"shop.name\" . }}"] {
        let job = job(name, "", POD);
        let (diff, report) = proposed(&[
            ("values.yaml", "{}\n"),
            ("templates/_names.tpl", helper),
            ("templates/report.yaml", &job),
        ]);
        assert_eq!(diff, "", "{report}");
        assert!(report.contains("What would stand there is known only once it is rendered."), "{report}");
    }
}

#[test]
fn a_variable_of_a_template_becomes_a_file() {
    if programs().is_none() {
        return;
    }
    let pod = "      serviceAccountName: db\n      restartPolicy: Never\n      containers:\n        - name: db\n          image: docker.io/library/postgres:16.2\n          env:\n            - name: POSTGRES_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: {{ include \"shop.fullname\" . }}-login\n                  key: password\n            - name: POSTGRES_DB\n              value: {{ .Values.database | quote }}\n";
    let job = job("db", "", pod)
        + "---\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: db\n  annotations: {nhilint.dev/owner: team-shop}\nautomountServiceAccountToken: false\n";
    let (diff, _) = proposed(&[
        ("values.yaml", "database: shop\n"),
        ("templates/_helpers.tpl", HELPERS),
        ("templates/db.yaml", &job),
    ]);
    insta::assert_snapshot!(diff);
}

/// A slip is named as its template would write it, and never as it is rendered.
#[test]
fn a_name_that_may_be_meant_is_that_of_the_template() {
    if programs().is_none() {
        return;
    }
    let pod = format!("      serviceAccountName: {{{{ include \"shop.fullname\" . }}}}-repor\n{POD}");
    let job = job("{{ include \"shop.fullname\" . }}-report", "", &pod);
    let account = ACCOUNT.replace("\"shop.fullname\" . }}", "\"shop.fullname\" . }}-report");
    let (_, report) = proposed(&[
        ("values.yaml", "serviceAccount: {create: true}\n"),
        ("templates/_helpers.tpl", HELPERS),
        ("templates/account.yaml", &account),
        ("templates/report.yaml", &job),
    ]);
    assert!(report.contains("name `{{ include \"shop.fullname\" . }}-report`, if that is meant"), "{report}");
}

/// What stands under a condition is no place for what is always needed.
#[test]
fn nothing_is_added_under_a_condition_of_its_own() {
    if programs().is_none() {
        return;
    }
    let pod = format!(
        "      {{{{- with .Values.secrets }}}}\n      imagePullSecrets: [{{name: {{{{ . }}}}}}]\n      {{{{- end }}}}\n{POD}"
    );
    let job = job("report", "", &pod);
    let (diff, report) = proposed(&[("values.yaml", "secrets: registry\n"), ("templates/report.yaml", &job)]);
    assert!(
        diff.contains("       {{- end }}\n+      serviceAccountName: report\n       restartPolicy"),
        "{report}\n{diff}"
    );
}

/// The template of one workload names its account, and the helper goes on to name that of the others.
#[test]
fn an_account_that_a_helper_names_is_parted_in_one_template() {
    if programs().is_none() {
        return;
    }
    let helpers = format!(
        "{HELPERS}{{{{- define \"shop.account\" -}}}}\n{{{{ include \"shop.fullname\" . }}}}\n{{{{- end }}}}\n"
    );
    let pod = format!("      serviceAccountName: {{{{ include \"shop.account\" . }}}}\n{POD}");
    let (one, two) = (
        job("{{ include \"shop.fullname\" . }}", "", &pod),
        job("{{ include \"shop.fullname\" . }}-mail", "", &pod),
    );
    let (diff, report) = proposed(&[
        ("values.yaml", "serviceAccount: {create: true}\n"),
        ("templates/_helpers.tpl", &helpers),
        ("templates/account.yaml", ACCOUNT),
        ("templates/one.yaml", &one),
        ("templates/two.yaml", &two),
    ]);
    let line = "+      serviceAccountName: {{ if .Values.serviceAccount.create }}{{ include \"shop.fullname\" . }}-mail{{ else }}{{ include \"shop.account\" . }}{{ end }}\n";
    assert!(diff.contains(line) && !diff.contains("a/chart/templates/one.yaml"), "{report}\n{diff}");
}
