//! What a chart prints only where a cluster, a revision, time or chance say so, in whatever words it asks.

use nhilint::finding::Engine;
use nhilint::render::marked::asks;

use crate::cli::scratch;
use crate::rendering::{check, outline};
use crate::rendering_hostile::with;

/// What nobody answers in a template, with a value that may be printed as a template.
fn open(template: &str, value: &str) -> Vec<&'static str> {
    let values = format!("text: {value}\n");
    let found = asks(&[("shop/templates/a.yaml", template), ("shop/values.yaml", &values)]);
    found.open.into_iter().map(|(_, _, what)| what).collect()
}

#[test]
fn what_chooses_is_a_question_whatever_function_it_goes_through() {
    for template in [
        "{{ index (list `a` `b` `c`) (int .Release.Revision) }}",
        "{{ get (dict `1` `a` `2` `b`) (randNumeric 1) }}",
        "{{ dig (toString .Release.Revision) `a` (dict `2` `b`) }}",
        "{{ ternary `a` `b` (eq .Release.Revision 1) }}",
        "{{ and (gt .Release.Revision 1) `a` | default `b` }}",
        "{{ coalesce (regexFind `^a2$` (printf `a%d` .Release.Revision)) `b` }}",
        "{{ define `x-1` }}a{{ end }}{{ include (printf `x-%d` .Release.Revision) . }}",
        "{{ range until (int .Release.Revision) }}a{{ end }}",
        "{{ with eq .Release.Revision 2 }}a{{ end }}",
        "{{ if .Values.a }}{{ else if gt .Release.Revision 1 }}a{{ end }}",
        "{{ $r := .Release.Revision }}{{ $is := gt $r 1 }}{{ if $is }}a{{ end }}",
        "{{ repeat (int (sub .Release.Revision 1)) `cluster-` }}admin",
        "{{ regexReplaceAll `^[2-9]$` (toString .Release.Revision) `cluster-admin` }}",
        "{{ printf `cluster-admin-%d` .Release.Revision | trimSuffix `-2` }}",
        "{{ substr 0 (int (mul 13 .Release.Revision)) `cluster-admin-viewer` }}",
        "{{ slice (list `a` `b`) (int (sub .Release.Revision 1)) | first }}",
        "{{ if contains `Revision: 2` (toYaml $) }}a{{ end }}",
        "{{ if gt (index . `Release` (printf `%s%s` `Rev` `ision`)) 1 }}a{{ end }}",
        "{{ if gt (get .Release `Revision`) 1 }}a{{ end }}",
        "{{ range $k, $v := .Release }}{{ if and (eq $k `Revision`) (eq (toString $v) `2`) }}a{{ end }}{{ end }}",
        "{{ if contains `monitoring` (toJson .Capabilities) }}a{{ end }}",
        "{{ range .Capabilities.APIVersions }}{{ if hasPrefix `x` . }}a{{ end }}{{ end }}",
        "{{ define `h` }}{{ if gt .n 1 }}a{{ end }}{{ end }}{{ include `h` (dict `n` .Release.Revision) }}",
        "{{ define `h` }}{{ if gt (index . 0) 1 }}a{{ end }}{{ end }}{{ include `h` (list .Release.Revision) }}",
        "{{ define `h` }}{{ toJson . }}{{ end }}{{ if contains `2` (include `h` .) }}a{{ end }}",
        "{{ block `b` .Release.Revision }}{{ if gt . 1 }}a{{ end }}{{ end }}",
        "{{ $_ := set .Values `n` .Release.Revision }}{{ if gt .Values.n 1 }}a{{ end }}",
        "automountServiceAccountToken: {{ gt .Release.Revision 1 }}",
        "{{ keys (dict `a` 1 `b` 2) | first }}",
        "{{ if randInt 0 2 }}a{{ end }}",
        "{{ index (list `a` `b`) (mod (now | unixEpoch | int) 2) }}",
        "{{ $l := lookup `v1` `ConfigMap` `a` `b` }}{{ $l.data.role }}",
        "{{ tpl `{{ if gt .Release.Revision 1 }}a{{ end }}` . }}",
        "{{ tpl (b64dec .Values.text) . }}",
        "{{ tpl (.Values.text | replace `[[` `{{` | replace `]]` `}}`) . }}",
        "{{ tpl (printf `{{ if eq .Release.Revis%s 2 }}a{{ end }}` `ion`) . }}",
        "{{ semverCompare .Values.text .Capabilities.KubeVersion.Version }}",
    ] {
        assert!(!open(template, "a").is_empty(), "{template}");
    }
    let printer = "{{ tpl .Values.text . }}";
    assert_eq!(open(printer, "'{{ if gt .Release.Revision 1 }}a{{ end }}'"), ["`.Release.Revision`"]);
    assert_eq!(open(printer, "'{{ if gt .Release.Revision 1 }}a{{ end }} {{ half'"), ["`.Release.Revision`"]);
}

#[test]
fn what_only_shows_asks_nothing() {
    for template in [
        "revision: {{ .Release.Revision | quote }}",
        "name: {{ printf `a-%d` .Release.Revision | trunc 63 | trimSuffix `-` }}",
        "checksum: {{ toJson . | sha256sum }}",
        "version: {{ .Capabilities.KubeVersion.Version | trimPrefix `v` | replace `+` `_` }}",
        "password: {{ default (randAlphaNum 10) .Values.password | b64enc }}",
        "{{ $ca := genCA `a` 10 }}ca: {{ $ca.Cert | replace \"\\n\" ` ` | b64enc }}",
        "{{ range $k, $v := dict `a` (randAlphaNum 9) }}{{ $k }}: {{ $v }}{{ end }}",
        "{{ define `l` }}{{ if .Values.a }}{{ toYaml .Values.a }}{{ end }}{{ end }}{{ include `l` . }}",
        "{{ define `r` }}{{ if typeIs `string` .value }}{{ tpl .value .context }}{{ end }}{{ end }}{{ include `r` (dict `value` .Values.text `context` $) }}",
        "{{ tpl (cat `{{ with $.x }}` .Values.text `{{ end }}`) (dict `x` 1) }}",
        "sum: {{ include (print $.Template.BasePath `/a.yaml`) . | sha256sum }}",
        "{{ if semverCompare `>=1.30-0` .Capabilities.KubeVersion.Version }}a{{ end }}",
        "{{ if gt (int .Capabilities.KubeVersion.Minor) 30 }}a{{ end }}",
        "{{ range keys .Values.a | sortAlpha }}{{ . }}{{ end }}",
        "{{ with .Values.Revision }}a{{ end }}",
    ] {
        assert_eq!(open(template, "a"), [""; 0], "{template}");
    }
}

#[test]
fn what_another_version_of_kubernetes_prints_is_judged() {
    let Some(path) = with(Engine::Helm) else { return };
    let admin = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: a, namespace: shop}]\n";
    let found = |condition: &str, arguments: &[&str]| {
        let template = format!("{{{{ if {condition} }}}}\n{admin}{{{{ end }}}}\n");
        let chart = "apiVersion: v2\nname: mill\nversion: 1.0.0\n";
        let here = scratch(&[("mill/Chart.yaml", chart), ("mill/templates/a.yaml", &template)]);
        let report = check(here.path(), &path, &[&["."], arguments].concat());
        !outline(&report, &["NHI501"]).is_empty()
    };
    for condition in [
        "semverCompare `<1.30-0` .Capabilities.KubeVersion.Version",
        "semverCompare `>=1.36-0` .Capabilities.KubeVersion.GitVersion",
        "lt (int .Capabilities.KubeVersion.Minor) 31",
        "and (semverCompare `<1.30-0` .Capabilities.KubeVersion.Version) .Release.IsUpgrade",
        ".Capabilities.APIVersions.Has `flowcontrol.apiserver.k8s.io/v1beta3`",
    ] {
        assert!(found(condition, &[]), "{condition}");
    }
    let older = "semverCompare `<1.30-0` .Capabilities.KubeVersion.Version";
    assert!(!found(older, &["--kubernetes-version", "1.33"]), "the version is known");
    assert!(found(older, &["--kubernetes-version", "1.29"]));
}

#[test]
fn what_a_deployer_gives_may_ask_too() {
    let Some(path) = with(Engine::Helm) else { return };
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mill, namespace: argocd}\nspec:\n  destination: {namespace: shop, server: 'https://kubernetes.default.svc'}\n  source:\n    repoURL: 'https://git.example/acme/mill'\n    path: mill\n    helm: {valuesObject: {text: VALUE}}\n";
    let told = |value: &str| {
        let here = scratch(&[
            ("mill/Chart.yaml", "apiVersion: v2\nname: mill\nversion: 1.0.0\n"),
            ("mill/templates/a.yaml", "a: {{ tpl .Values.text . }}\n"),
            ("app.yaml", &application.replace("VALUE", value)),
        ]);
        check(here.path(), &path, &["."]).to_string().contains("`.Release.Revision`")
    };
    assert!(told("'{{ if eq (toString .Release.Revision) \"2\" }}b{{ end }}'"));
    assert!(told("\"\\x7b{ if gt .Release.Rev\\u0069sion 1 }}b{{ end }}\""), "escapes hide nothing");
    assert!(!told("'{{ .Release.Revision }}'"));
}

const CHART: &str = "apiVersion: v2\nname: mill\nversion: 1.0.0\n";
const ADMIN: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: ServiceAccount, name: a, namespace: shop}]\n";
const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: mill, namespace: argocd}\nspec:\n  destination: {namespace: shop, server: 'https://kubernetes.default.svc'}\n  source: {repoURL: 'https://git.example/acme/mill', path: PATH}\n";
const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: mill, namespace: shop}\nspec:\n  chart: {spec: {chart: ./mill, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}\n";

/// Whether the binding of a chart is found, and what is counted as not judged, with files beside it.
fn judged(files: &[(&str, &str)], path: &str) -> (bool, String) {
    let chart = [("mill/Chart.yaml", CHART)];
    let here = scratch(&[&chart, files].concat());
    let report = check(here.path(), path, &["."]);
    (!outline(&report, &["NHI501"]).is_empty(), report["summary"]["unjudged"].to_string())
}

#[test]
fn what_helm_reads_may_ask_whatever_file_it_is() {
    let Some(path) = with(Engine::Helm) else { return };
    let asking = format!("{{{{ if .Release.IsUpgrade }}}}\n{ADMIN}{{{{ end }}}}\n");
    for (file, call) in [
        ("notes.md", "tpl (.Files.Get `notes.md`) ."),
        ("README", "tpl (.Files.Get .Values.file) ."),
        (
            "art/a.svg",
            "range $name, $_ := .Files.Glob `art/*` }}{{ tpl ($.Files.Get $name) $ }}{{ end }}{{ with 0",
        ),
        ("crds/a.txt", "tpl (.Files.Get `crds/a.txt`) ."),
    ] {
        let with_end = if call.contains("with 0") { "{{ end }}" } else { "" };
        let template = format!("{{{{ {call} }}}}{with_end}\n");
        let own = format!("mill/{file}");
        let files = [
            ("mill/templates/a.yaml", template.as_str()),
            (&own, &asking),
            ("mill/values.yaml", "file: README\n"),
        ];
        assert!(judged(&files, &path).0, "{file}");
        let silent =
            [("mill/templates/a.yaml", "a: 1\n"), (&own, &asking), ("mill/values.yaml", "file: README\n")];
        assert!(!judged(&silent, &path).0, "nobody prints {file}");
    }
    let here = scratch(&[("mill/Chart.yaml", CHART)]);
    std::fs::create_dir_all(here.path().join("mill/templates")).expect("a folder");
    let template = [b"{{/* caf\xe9 */}}", asking.as_bytes()].concat();
    std::fs::write(here.path().join("mill/templates/a.yaml"), template).expect("a template");
    assert!(!outline(&check(here.path(), &path, &["."]), &["NHI501"]).is_empty(), "a byte that is no text");
    for word in ["a.\\u0069o/v1", "a.io/stable", "a.io/v1/Kind"] {
        let template =
            format!("{{{{ if .Capabilities.APIVersions.Has \"{word}\" }}}}\n{ADMIN}{{{{ end }}}}\n");
        assert!(judged(&[("mill/templates/a.yaml", &template)], &path).0, "{word}");
    }
}

#[test]
fn a_cluster_may_serve_one_thing_without_another() {
    let Some(path) = with(Engine::Helm) else { return };
    let has = |word: &str| format!(".Capabilities.APIVersions.Has `{word}.example/v1`");
    let (a, b) = (has("a"), has("b"));
    for condition in [
        format!("{{{{ if {a} }}}}{{{{ else if {b} }}}}\n{ADMIN}{{{{ end }}}}\n"),
        format!("{{{{ if and ({a}) (not ({b})) }}}}\n{ADMIN}{{{{ end }}}}\n"),
        format!("{{{{ if {b} }}}}{{{{ if not ({a}) }}}}\n{ADMIN}{{{{ end }}}}{{{{ end }}}}\n"),
        format!(
            "{{{{ $b := {b} }}}}{{{{ if and ({a}) (not $b) .Release.IsInstall }}}}\n{ADMIN}{{{{ end }}}}\n"
        ),
    ] {
        let application = APPLICATION.replace("PATH", "mill");
        for deployer in ["a: 1\n", &application, RELEASE] {
            let files = [("mill/templates/a.yaml", condition.as_str()), ("deployer.yaml", deployer)];
            assert!(judged(&files, &path).0, "{condition} {deployer}");
        }
    }
    let many: Vec<String> = ["b", "c", "d", "e"].map(|word| format!("(not ({}))", has(word))).into();
    let of_many = format!("{{{{ if and ({a}) ({}) {} }}}}\n{ADMIN}{{{{ end }}}}\n", has("f"), many.join(" "));
    let (is_found, unjudged) = judged(&[("mill/templates/a.yaml", &of_many)], &path);
    assert!(!is_found && unjudged.contains("serve some without the others"), "{unjudged}");
}

#[test]
fn what_no_cluster_serves_is_not_served_although_helm_says_so() {
    let Some(path) = with(Engine::Helm) else { return };
    let application = APPLICATION.replace("PATH", "mill");
    for condition in [
        "if not (.Capabilities.APIVersions.Has \"apps/v1beta1\")",
        "if .Capabilities.APIVersions.Has \"extensions/v1beta1\" }}{{ else",
        "if and .Release.IsUpgrade (not (.Capabilities.APIVersions.Has `policy/v1beta1`))",
        "if not ($.Capabilities.APIVersions.Has \"apps/v1beta\\u0032\")",
    ] {
        let template = format!("{{{{ {condition} }}}}\n{ADMIN}{{{{ end }}}}\n");
        let deployed =
            |deployer: &str| judged(&[("mill/templates/a.yaml", &template), ("d.yaml", deployer)], &path).0;
        assert!(deployed("a: 1\n") && deployed(RELEASE), "{condition}");
        assert!(!deployed(&application), "Argo CD asks Helm: {condition}");
    }
    let loose = format!(
        "{{{{ range list `apps/v1beta1` }}}}{{{{ if not ($.Capabilities.APIVersions.Has .) }}}}\n{ADMIN}{{{{ end }}}}{{{{ end }}}}\n"
    );
    let (is_found, unjudged) = judged(&[("mill/templates/a.yaml", &loose)], &path);
    assert!(!is_found && unjudged.contains("Helm takes for served"), "{unjudged}");
}

#[test]
fn charts_of_kustomizations_get_the_answers_of_argo_cds_cluster() {
    let Some(path) = with(Engine::Helm) else { return };
    let application = APPLICATION.replace("PATH", "k");
    let kustomization = "helmGlobals: {chartHome: ..}\nhelmCharts: [{name: mill, releaseName: mill}]\n";
    for condition in [
        ".Capabilities.APIVersions.Has `a.example/v1`",
        ".Capabilities.APIVersions.Has `policy/v1/PodDisruptionBudget`",
        "semverCompare `<1.30-0` .Capabilities.KubeVersion.Version",
    ] {
        let template = format!("{{{{ if {condition} }}}}\n{ADMIN}{{{{ end }}}}\n");
        let deployed = |deployer: &str| {
            let files = [
                ("mill/templates/a.yaml", template.as_str()),
                ("k/kustomization.yaml", kustomization),
                ("d.yaml", deployer),
            ];
            judged(&files, &path).0
        };
        assert!(deployed(&application), "{condition}");
        assert!(!deployed("a: 1\n"), "kustomize asks no cluster: {condition}");
    }
}

#[test]
fn what_stands_in_crds_is_created_whatever_it_is() {
    let Some(path) = with(Engine::Helm) else { return };
    let template = ("mill/templates/a.yaml", "a: 1\n");
    assert!(judged(&[template, ("mill/crds/a.yaml", ADMIN)], &path).0);
    assert!(
        judged(
            &[
                template,
                ("mill/charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.0\n"),
                ("mill/charts/b/crds/a.yaml", ADMIN)
            ],
            &path
        )
        .0
    );
    assert!(!judged(&[template, ("mill/crds/a.txt", ADMIN)], &path).0, "Helm reads manifests");
    let here = scratch(&[("mill/Chart.yaml", CHART), template, ("mill/crds/a.yaml", ADMIN)]);
    assert!(!outline(&check(here.path(), &path, &["mill"]), &["NHI501"]).is_empty(), "named by an argument");
}
