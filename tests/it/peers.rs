//! Defects that other linters have, each with a manifest on which it shows: we do not share them.

use nhilint::catalog::Preset;

use crate::bench::{catalog, lint_files, settings};
use crate::reach::{may, runs};

/// A defect: whose, the manifests, a rule, and how many findings of it are right.
type Case = (&'static str, String, &'static str, usize);

fn pod(spec: &str) -> String {
    format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: app, namespace: shop}}\nspec: {spec}\n")
}

fn bound(kind: &str, space: &str, role_kind: &str, role: &str, subject: &str) -> String {
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: bound{space}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {role}}}\nsubjects: [{subject}]\n"
    )
}

fn role(name: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules: {rules}\n"
    )
}

const SPACE: &str = ", namespace: shop";
const APP: &str = "{kind: ServiceAccount, name: app, namespace: shop}";
const IMAGE: &str = "image: \"registry.example/app:1\"";

fn env(entry: &str) -> String {
    pod(&format!("{{serviceAccountName: app, containers: [{{name: app, {IMAGE}, env: [{entry}]}}]}}"))
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn rbac() -> Vec<Case> {
    let secrets = role("reader", "[{apiGroups: [\"\"], resources: [secrets], verbs: [list]}]");
    let everything = role("all", "[{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}]");
    let named_only_first = "[{apiGroups: [\"\"], resources: [secrets], resourceNames: [a], verbs: [get]}, \
        {apiGroups: [\"\"], resources: [secrets], verbs: [list]}]";
    vec![
        (
            "kube-linter: roleRef.kind is ignored",
            secrets.clone() + &bound("RoleBinding", SPACE, "ClusterRole", "reader", APP),
            "NHI504",
            1,
        ),
        (
            "kube-linter: apiGroups are ignored",
            may("shop/app", None, &[("list", "acme.example", "secrets")]),
            "NHI504",
            0,
        ),
        (
            "kube-linter: RoleBinding to cluster-admin",
            bound("RoleBinding", SPACE, "ClusterRole", "cluster-admin", APP),
            "NHI501",
            1,
        ),
        (
            "kube-linter: a role of another name is everything",
            everything + &bound("ClusterRoleBinding", "", "ClusterRole", "all", APP),
            "NHI501",
            1,
        ),
        (
            "kube-linter: wildcards in apiGroups",
            may("shop/app", None, &[("get", "*", "widgets")]),
            "NHI502",
            1,
        ),
        (
            "kube-linter: wildcards in nonResourceURLs",
            role("urls", "[{nonResourceURLs: [\"*\"], verbs: [get]}]")
                + &bound("ClusterRoleBinding", "", "ClusterRole", "urls", APP),
            "NHI502",
            1,
        ),
        (
            "Polaris: a binding named cluster-admin is passed over",
            bound("ClusterRoleBinding", "", "ClusterRole", "cluster-admin", APP)
                .replace("name: bound", "name: cluster-admin"),
            "NHI501",
            1,
        ),
        (
            "Polaris: a binding named system:x is passed over",
            bound("ClusterRoleBinding", "", "ClusterRole", "cluster-admin", APP)
                .replace("name: bound", "name: \"system:x\""),
            "NHI501",
            1,
        ),
        (
            "Polaris: a built-in role without exec is taken for one with it",
            bound("ClusterRoleBinding", "", "ClusterRole", "view", APP),
            "NHI506",
            0,
        ),
        (
            "Checkov: only the first rule is looked at",
            may("shop/app", None, &[("get", "", "pods"), ("\"*\"", "", "configmaps")]),
            "NHI502",
            1,
        ),
        (
            "Checkov: `bind` is looked for on bindings",
            may("shop/app", None, &[("bind", "rbac.authorization.k8s.io", "clusterroles")]),
            "NHI503",
            1,
        ),
        (
            "Checkov: `bind` on bindings grants nothing",
            may("shop/app", None, &[("bind", "rbac.authorization.k8s.io", "clusterrolebindings")]),
            "NHI503",
            0,
        ),
        (
            "Checkov: names in one rule excuse the others",
            role("reader", named_only_first) + &bound("ClusterRoleBinding", "", "ClusterRole", "reader", APP),
            "NHI504",
            1,
        ),
        (
            "Checkov: accounts are told by their names alone",
            may("dev/app", Some("dev"), &[("list", "", "secrets")]) + &runs("shop/app"),
            "NHI504",
            1,
        ),
        (
            "Trivy: subresources are not told apart",
            may("shop/app", None, &[("patch", "apps", "deployments/scale")]),
            "NHI505",
            0,
        ),
        (
            "Trivy: roles that nobody holds count as much",
            role("reader", "[{apiGroups: [\"\"], resources: [secrets], verbs: [list]}]"),
            "NHI504",
            0,
        ),
        (
            "Kubescape: cluster-admin must be in the input",
            bound("ClusterRoleBinding", "", "ClusterRole", "cluster-admin", APP),
            "NHI501",
            1,
        ),
        (
            "Kubescape: a subject without namespace is nobody",
            secrets
                + &bound("RoleBinding", SPACE, "ClusterRole", "reader", "{kind: ServiceAccount, name: app}"),
            "NHI504",
            1,
        ),
        (
            "KICS: the default account in a ClusterRoleBinding",
            bound(
                "ClusterRoleBinding",
                "",
                "ClusterRole",
                "view",
                "{kind: ServiceAccount, name: default, namespace: shop}",
            ),
            "NHI105",
            1,
        ),
        (
            "KICS: resources `*` do not escalate",
            may("shop/app", None, &[("escalate", "*", "\"*\"")]),
            "NHI503",
            1,
        ),
        (
            "Kyverno: the verb `*` is not `escalate`",
            may("shop/app", None, &[("\"*\"", "rbac.authorization.k8s.io", "clusterroles")]),
            "NHI503",
            1,
        ),
        (
            "Kyverno: impersonate on roles",
            may("shop/app", None, &[("impersonate", "rbac.authorization.k8s.io", "clusterroles")]),
            "NHI503",
            0,
        ),
        (
            "Kyverno: the verb `*` does not read secrets",
            may("shop/app", None, &[("\"*\"", "", "secrets")]),
            "NHI504",
            1,
        ),
        ("subresources by wildcard", may("shop/app", None, &[("create", "", "\"*/token\"")]), "NHI503", 1),
        ("`pods/*` is nothing", may("shop/app", None, &[("create", "", "pods/*")]), "NHI506", 0),
    ]
}

fn pods() -> Vec<Case> {
    let secret = "valueFrom: {secretKeyRef: {name: db, key: password}}";
    let shared = |a: &str, b: &str| runs(a) + &runs(b);
    let token = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app, namespace: shop}\nautomountServiceAccountToken: false\n";
    vec![
        ("kube-linter, Trivy: PASSWORD, TOKEN and API_KEY", env("{name: DB_PASSWORD, value: hunter2-and-more}, {name: API_KEY, value: k3y-0f-th3-k1ngd0m}"), "NHI201", 2),
        ("kube-linter, Polaris: a path is no secret", env("{name: SECRETS_DIR, value: /run/secrets}, {name: DB_PASSWORD, value: $(OTHER)}"), "NHI201", 0),
        ("Trivy, Kubescape: `key` and `pass` within words", env("{name: KEYCLOAK_URL, value: \"https://id.example\"}, {name: MONKEY, value: business}, {name: COMPASS, value: north-by-west}"), "NHI201", 0),
        ("kube-linter, Kyverno: init containers", pod(&format!("{{serviceAccountName: app, initContainers: [{{name: init, {IMAGE}, env: [{{name: A, {secret}}}]}}], containers: [{{name: app, {IMAGE}}}]}}")), "NHI204", 1),
        ("Kyverno: ephemeral containers", pod(&format!("{{serviceAccountName: app, ephemeralContainers: [{{name: debug, {IMAGE}, env: [{{name: A, {secret}}}]}}], containers: [{{name: app, {IMAGE}}}]}}")), "NHI204", 1),
        ("kube-linter: envFrom", pod(&format!("{{serviceAccountName: app, containers: [{{name: app, {IMAGE}, envFrom: [{{secretRef: {{name: db}}}}]}}]}}")), "NHI204", 1),
        ("kubesec: an account called default", pod(&format!("{{serviceAccountName: default, containers: [{{name: app, {IMAGE}}}]}}")), "NHI101", 1),
        ("kubesec: jobs are passed over", format!("apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: app, namespace: shop}}\nspec: {{jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: app, {IMAGE}}}]}}}}}}}}}}\n"), "NHI101", 1),
        ("Checkov: the account says no to tokens", token.to_owned() + &pod(&format!("{{serviceAccountName: app, containers: [{{name: app, {IMAGE}}}]}}")), "NHI404", 0),
        ("Trivy: the template of a Deployment", runs("shop/app"), "NHI404", 1),
        ("KICS: one name in two namespaces is no shared account", shared("shop/app", "dev/app"), "NHI102", 0),
        ("KICS: a missing account of a Deployment", "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other, namespace: shop}\n".to_owned() + &runs("shop/app").replace("kind: ServiceAccount\nmetadata: {name: app,", "kind: ConfigMap\nmetadata: {name: app,"), "NHI103", 1),
        ("gitleaks: kind after data, and stringData", "stringData: {password: hunter2-and-more}\nkind: Secret\napiVersion: v1\nmetadata: {name: db, namespace: shop}\n".to_owned(), "NHI203", 1),
        ("gitleaks: a Secret in JSON", "{\"data\": {\"password\": \"aHVudGVyMi1hbmQtbW9yZQ==\"}, \"kind\": \"Secret\", \"apiVersion\": \"v1\", \"metadata\": {\"name\": \"db\"}}\n".to_owned(), "NHI203", 1),
        ("gitleaks: a SealedSecret is no secret", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec: {encryptedData: {password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq}}\n".to_owned(), "NHI203", 0),
    ]
}

#[test]
fn defects_of_others_are_not_ours() {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Strict);
    let mut wrong = Vec::new();
    for (defect, text, rule, right) in rbac().into_iter().chain(pods()) {
        let (report, _) = lint_files(&[("all.yaml", &text)], &settings, &catalog);
        assert!(report.errors.is_empty(), "{defect}: {:?}", report.errors);
        let broken = report.findings.iter().any(|finding| finding.rule.to_string() == "NHI905");
        // A permission that nobody holds may be told, and counts for nothing.
        let counts = |form: &str| !matches!(form, "dormant");
        let of_rule = report
            .findings
            .iter()
            .filter(|finding| finding.rule.to_string() == rule && counts(finding.form.0));
        let found = of_rule.count();
        if found != right || broken {
            wrong.push(format!(
                "{defect}: {found} of {rule}, {right} wanted{}",
                if broken { ", and the manifest is broken" } else { "" }
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
