//! Fixes through kustomizations, charts and deployers: a small repository of each kind becomes clean, and its diff is one that
//! a reviewer would merge.

use std::path::Path;

use crate::cli::{run, scratch};
use crate::fixes_accounts::APPLICATION;
use crate::helm_charts::programs;

const ACCOUNT: &str =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: api\nautomountServiceAccountToken: false\n";

const POD: &str = "          restartPolicy: Never
          containers:
            - name: report
              image: registry.example/shop/report:1.0.0
";

fn job(name: &str, more: &str) -> String {
    format!(
        "# Sums up the day.\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {name}\n  annotations:\n    nhilint.dev/owner: team-books\nspec:\n  \
         schedule: \"0 5 * * *\"\n  jobTemplate:\n    spec:\n      activeDeadlineSeconds: 600\n      ttlSecondsAfterFinished: 300\n      template:\n        \
         spec:\n{more}{POD}"
    )
}

/// Fixes a tree and returns the diff; the run afterwards is clean and a second one changes nothing.
fn fixed(files: &[(&str, &str)]) -> String {
    let folder = scratch(files);
    let (_, diff, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    for (name, text) in files {
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).ok().as_deref(), Some(*text), "{name}");
    }
    let (code, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    assert_eq!(code, Some(0), "{errors}\n{report}");
    let (_, again, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert_eq!(again, "", "a second run changes nothing");
    no_leftover(folder.path());
    diff
}

fn no_leftover(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        assert!(!entry.file_name().to_string_lossy().contains(".nhilint."), "{}", entry.path().display());
    }
}

#[test]
fn a_kustomization_is_fixed_in_its_base_and_in_the_patch_of_an_overlay() {
    if programs().is_none() {
        return;
    }
    let job = job("report", "");
    let patch = "\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: report
spec:
  jobTemplate:
    spec:
      template:
        spec:
          volumes:
            - name: login
              projected:
                sources:
                  - serviceAccountToken:
                      audience: vault
                      expirationSeconds: 86400 # a day
                      path: token
";
    insta::assert_snapshot!(fixed(&[
        ("base/kustomization.yaml", "resources:\n  - report.yaml\n"),
        ("base/report.yaml", &job),
        (
            "overlays/dev/kustomization.yaml",
            "namespace: shop-dev\nnamePrefix: dev-\nresources: [../../base]\n"
        ),
        (
            "overlays/prod/kustomization.yaml",
            "namespace: shop\nnamePrefix: prod-\nresources:\n  - ../../base\npatches:\n  - path: login.yaml\n"
        ),
        ("overlays/prod/login.yaml", patch),
    ]));
}

#[test]
fn a_chart_is_fixed_in_its_templates_and_values() {
    if programs().is_none() {
        return;
    }
    let named = job("{{ .Release.Name }}-report", "");
    let named = format!("{{{{- if .Values.report.enabled }}}}\n{named}{{{{- end }}}}\n");
    let token = "          volumes:\n            - name: login\n              projected:\n                sources:\n                  - serviceAccountToken:\n                      \
                 audience: vault\n                      expirationSeconds: {{ .Values.tokenTTL }}\n                      path: token\n";
    let api =
        job("{{ include \"shop.fullname\" . }}", &format!("          serviceAccountName: api\n{token}"));
    insta::assert_snapshot!(fixed(&[
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("values.yaml", "# Of all environments.\ntokenTTL: 86400 # seconds\nreport:\n  enabled: true\n"),
        (
            "templates/_helpers.tpl",
            "{{- define \"shop.fullname\" -}}\n{{ .Release.Name }}-shop\n{{- end }}\n"
        ),
        ("templates/report.yaml", &named),
        ("templates/api.yaml", &api),
        ("templates/account.yaml", ACCOUNT),
    ]));
}

#[test]
fn an_application_is_fixed_where_it_gives_the_value() {
    if programs().is_none() {
        return;
    }
    let application = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: argocd
spec:
  project: shop
  destination: {server: 'https://kubernetes.default.svc', namespace: shop}
  source:
    repoURL: https://git.example/acme/shop.git
    path: chart
    helm:
      valuesObject:
        tokenTTL: 43200
";
    let token = "          serviceAccountName: api\n          volumes:\n            - name: login\n              projected:\n                sources:\n                  \
                 - serviceAccountToken: {audience: vault, expirationSeconds: {{ .Values.tokenTTL }}, path: token}\n";
    let api = job("api", token);
    insta::assert_snapshot!(fixed(&[
        ("apps/shop.yaml", application),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "tokenTTL: 600\n"),
        ("chart/templates/api.yaml", &api),
        ("chart/templates/account.yaml", ACCOUNT),
    ]));
}

#[test]
fn what_flux_deploys_is_fixed_where_it_is_written() {
    if programs().is_none() {
        return;
    }
    let flux = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: shop
  namespace: flux-system
spec:
  interval: 10m
  path: ./shop
  prune: true
  targetNamespace: shop
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute:
      ttl: \"86400\"
";
    let report = job("report", "");
    let token = "          serviceAccountName: api\n          volumes:\n            - name: login\n              projected:\n                sources:\n                  \
                 - serviceAccountToken: {audience: vault, expirationSeconds: 7200, path: token}\n";
    let api = job("api", token);
    insta::assert_snapshot!(fixed(&[
        ("clusters/shop.yaml", flux),
        ("shop/report.yaml", &report),
        ("shop/api.yaml", &api),
        ("shop/account.yaml", ACCOUNT),
    ]));
}

/// The diff of a tree that is not clean afterwards.
fn proposed(files: &[(&str, &str)]) -> String {
    let folder = scratch(files);
    let (_, diff, errors) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    let (_, _, more) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let (_, again, _) = run(folder.path(), &["check", ".", "--diff", "--unsafe-fixes"]);
    assert_eq!(again, "", "a second run changes nothing: {more}");
    format!("{diff}{errors}")
}

#[test]
fn what_a_template_computes_is_written_into_templates_only() {
    if programs().is_none() {
        return;
    }
    let template = job("{{ .Release.Name }}-report", "          serviceAccountName: report\n");
    let release = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: shop}
spec:
  interval: 1h
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: shop}}}
  postRenderers:
    - kustomize:
        patches:
          - target: {kind: CronJob}
            patch: |
              - op: replace
                path: /spec/jobTemplate/spec/template/spec/serviceAccountName
                value: default
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shop, namespace: shop}
spec: {interval: 1h, url: 'https://git.example/acme/shop.git', ref: {branch: main}}
";
    let folder = scratch(&[
        ("release.yaml", release),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/templates/report.yaml", &template),
    ]);
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes", "--verbose"]);
    let after = std::fs::read_to_string(folder.path().join("release.yaml")).expect("a file");
    assert_eq!(after, release, "{errors}\n{report}");
    assert!(report.contains("The name is computed by a template."), "{report}");
}

#[test]
fn an_object_in_the_namespace_of_its_release_is_fixed() {
    if programs().is_none() {
        return;
    }
    let whole = job("report", "");
    let template = whole.replace("metadata:\n", "metadata:\n  namespace: {{ .Release.Namespace }}\n");
    let account = ("templates/account.yaml", ACCOUNT);
    let chart = ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    let folder = scratch(&[chart, ("values.yaml", "x: 1\n"), account, ("templates/report.yaml", &template)]);
    let (_, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let fixed = std::fs::read_to_string(folder.path().join("templates/report.yaml")).expect("a file");
    assert!(fixed.contains("serviceAccountName: report"), "{errors}\n{fixed}");
}

#[test]
fn an_item_of_a_list_is_added_where_a_template_writes_the_others() {
    if programs().is_none() {
        return;
    }
    let one = job("report", "          serviceAccountName: report\n");
    let two = job("mail", "          serviceAccountName: report\n");
    let account = ACCOUNT.replace("name: api", "name: report");
    let binding = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: report
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: report
subjects:
  # Who reads the orders.
  - kind: ServiceAccount
    name: report
    namespace: {{ .Release.Namespace }}
";
    let role = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: report
rules:
  - apiGroups: [shop.example]
    resources: [orders]
    verbs: [get]
";
    insta::assert_snapshot!(proposed(&[
        ("shop.yaml", APPLICATION),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/values.yaml", "x: 1\n"),
        ("chart/templates/report.yaml", &one),
        ("chart/templates/mail.yaml", &two),
        ("chart/templates/account.yaml", &account),
        ("chart/templates/binding.yaml", binding),
        ("chart/templates/role.yaml", role),
    ]));
}

#[test]
fn a_helper_is_edited_where_one_template_asks_for_it_and_once() {
    if programs().is_none() {
        return;
    }
    let whole = job("report", "");
    let (head, spec) = whole.split_once("        spec:\n").expect("a pod");
    let helpers = |name: &str| {
        let lines: String = spec.split_inclusive('\n').map(|line| &line[10..]).collect();
        format!("{{{{- define \"{name}\" -}}}}\n{lines}{{{{- end }}}}\n")
    };
    let asks =
        |name: &str| format!("{head}        spec:\n          {{{{- include \"{name}\" . | nindent 10 }}}}\n");
    let chart = ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    let (helper, report) = (helpers("shop.pod"), asks("shop.pod"));
    let helper = helper.replacen("restartPolicy", "dnsPolicy: Default\nrestartPolicy", 1);
    let once =
        [chart, ("values.yaml", ""), ("templates/_pod.tpl", &helper), ("templates/report.yaml", &report)];
    let mail = report.replace("name: report", "name: mail");
    let twice = [&once[..], &[("templates/mail.yaml", &mail)]].concat();
    insta::assert_snapshot!(format!("{}\n\n{}", proposed(&once), proposed(&twice)));
}

/// Parameters of Argo CD and substitutes of Flux are texts, whatever they are rendered to.
#[test]
fn a_number_stays_a_text_where_it_is_written_as_one() {
    if programs().is_none() {
        return;
    }
    let token = |seconds: &str| {
        format!(
            "          serviceAccountName: api\n          volumes:\n            - name: login\n              projected:\n                sources:\n                  \
                 - serviceAccountToken:\n                      audience: vault\n                      expirationSeconds: {seconds}\n                      path: token\n"
        )
    };
    let flux = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: books, namespace: flux-system}
spec:
  interval: 10m
  path: ./books
  prune: true
  targetNamespace: books
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild:
    substitute:
      ttl: '86400' # a day
";
    let (chart, books) = (job("api", &token("{{ .Values.ttl }}")), job("api", &token("${ttl}")));
    insta::assert_snapshot!(proposed(&[
        ("shop.yaml", APPLICATION),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/.argocd-source.yaml", "helm:\n  parameters:\n    - name: ttl\n      value: \"86400\"\n"),
        ("chart/values.yaml", "ttl: 600\n"),
        ("chart/templates/api.yaml", &chart),
        ("chart/templates/account.yaml", ACCOUNT),
        ("books.yaml", flux),
        ("books/api.yaml", &books),
        ("books/account.yaml", ACCOUNT),
    ]));
}
