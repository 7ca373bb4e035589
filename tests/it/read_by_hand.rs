//! What a reader of findings over real repositories, and an attacker, found false, misplaced or missing: one test for each kind.

use serde_json::Value;

use crate::cli::{given, scratch};

/// `RULE form severity line message` of each finding of some rules.
pub(crate) fn found(text: &str, rules: &str, more: &[&str]) -> Vec<String> {
    let here = scratch(&[]);
    let arguments = [&["check", "-", "--format", "json", "--select", rules, "--no-cache"], more].concat();
    let (_, out, words) = given(here.path(), &arguments, text);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("no report: {words}"));
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let line = |one: &Value| {
        let (rule, form) = (word(&one["rule"]), word(&one["form"]));
        let (severity, line) = (word(&one["severity"]), &one["location"]["line"]);
        format!("{rule} {form} {severity} {line} {}", word(&one["message"]))
    };
    findings.map(line).collect()
}

const GONE: &str = "\
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: gone}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}, subjects: [{kind: ServiceAccount, name: gone, namespace: cd}]}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: restart, namespace: cd}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: restart, namespace: cd}, rules: [{apiGroups: [apps], resources: [deployments], verbs: [create, patch]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: restart, namespace: cd}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: restart}, subjects: [{kind: ServiceAccount, name: restart, namespace: cd}]}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: restart, namespace: cd}, spec: {template: {spec: {serviceAccountName: restart, restartPolicy: Never, containers: [{name: m, image: \"registry.example/web:1\"}]}}}}
";

#[test]
fn a_way_through_an_account_that_nobody_declares_is_only_possible() {
    let way = found(GONE, "NHI512", &[]);
    assert!(way.len() == 1 && way[0].starts_with("NHI512 possible warning"), "{way:?}");
    let declared = format!(
        "{GONE}---\n{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: gone, namespace: cd}}}}\n"
    );
    let way = found(&declared, "NHI512", &[]);
    assert!(way.len() == 1 && way[0].starts_with("NHI512 cluster-admin error"), "{way:?}");
}

#[test]
fn reading_an_exec_runs_commands_in_old_clusters_only() {
    let read = "\
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: a, namespace: shop}, rules: [{apiGroups: [\"\"], resources: [pods/exec], verbs: [get]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a, namespace: shop}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}, subjects: [{kind: ServiceAccount, name: a, namespace: shop}]}
";
    let unknown = found(read, "NHI506", &[]);
    assert_eq!(unknown.len(), 1);
    assert!(
        unknown[0].starts_with("NHI506 old-cluster info 1") && unknown[0].ends_with("before Kubernetes 1.35"),
        "{unknown:?}"
    );
    let old = found(read, "NHI506", &["--kubernetes-version", "1.34"]);
    assert!(old[0].starts_with("NHI506 namespace warning"), "{old:?}");
    assert_eq!(found(read, "NHI506", &["--kubernetes-version", "1.35"]), Vec::<String>::new());
    // What works everywhere is not hidden behind it.
    let both = read.replace("[get]", "[get, create]");
    assert!(found(&both, "NHI506", &[])[0].starts_with("NHI506 namespace warning"));
    let worse =
        read.replace("[pods/exec]", "[pods/exec, pods/ephemeralcontainers]").replace("[get]", "[get, patch]");
    assert!(found(&worse, "NHI506", &[])[0].starts_with("NHI506 namespace warning"));
}

#[test]
fn openshift_binds_a_cluster_role_where_no_namespace_is_named() {
    let bound = |role: &str, subjects: &str| {
        format!(
            "{{apiVersion: authorization.openshift.io/v1, kind: Role, metadata: {{name: reader, namespace: shop}}, rules: [{{apiGroups: [\"\"], resources: [secrets], verbs: [get, list]}}]}}\n---\n\
             {{apiVersion: authorization.openshift.io/v1, kind: RoleBinding, metadata: {{name: bound, namespace: shop}}, roleRef: {{{role}}}, {subjects}}}\n"
        )
    };
    let rules = "NHI501,NHI504,NHI509";
    let account = "subjects: [{kind: ServiceAccount, name: app, namespace: shop}]";
    let nobody = found(&bound("name: reader", account), rules, &[]);
    assert!(
        nobody.len() == 1 && nobody[0].starts_with("NHI504 dormant info"),
        "no such ClusterRole: {nobody:?}"
    );
    let own = found(&bound("name: reader, namespace: shop", account), rules, &[]);
    assert!(own.len() == 1 && own[0].starts_with("NHI504"), "{own:?}");
    let everything = found(&bound("name: cluster-admin", account), rules, &[]);
    assert!(everything.iter().any(|one| one.starts_with("NHI501")), "{everything:?}");
    assert!(found(&bound("name: admin", account), rules, &[]).iter().any(|one| one.starts_with("NHI509")));
    // Names alone, and kinds of their own for names that begin with `system:`.
    for subjects in [
        "userNames: [\"system:serviceaccount:shop:app\"]",
        "subjects: [{kind: SystemUser, name: \"system:serviceaccount:shop:app\"}]",
    ] {
        let everything = found(&bound("name: cluster-admin", subjects), rules, &[]);
        assert!(everything.iter().any(|one| one.starts_with("NHI501")), "{subjects}: {everything:?}");
    }
}

#[test]
fn a_password_in_a_file_of_a_secret_stands_on_its_line() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: broker, namespace: shop}\nstringData:\n  broker.properties: |\n    \
                  clusterUser=cluster-user\n    clusterPassword=Xk3vQ9pLm2aB\n";
    let found = found(secret, "NHI203", &[]);
    assert!(found.len() == 1 && found[0].contains(" error 7 "), "{found:?}");
}

#[test]
fn a_word_for_itself_is_a_default_and_no_secret_of_somebody() {
    let of = |value: &str| {
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: shop}}\nstringData: {{password: {value}}}\n"
        );
        found(&secret, "NHI203", &[]).first().map(|one| one.split(' ').nth(2).unwrap_or_default().to_owned())
    };
    for word in ["jiraToken", "grafanaPassword", "aaaaaaa"] {
        assert_eq!(of(word).as_deref(), Some("warning"), "{word}");
    }
    for real in ["jiraTokenX9", "aaaaaab", "Jira_Token7", "correctHorseBattery"] {
        assert_eq!(of(real).as_deref(), Some("error"), "{real}");
    }
}

#[test]
fn an_address_beside_a_user_and_a_password_is_an_address() {
    let variable = |name: &str, key: &str| {
        format!(
            "        - name: {name}\n          valueFrom: {{secretKeyRef: {{name: search, key: {key}}}}}\n"
        )
    };
    let pod = |variables: &[String]| {
        let head = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: index, namespace: shop}\nspec:\n  template:\n    spec:\n      \
                    serviceAccountName: index\n      containers:\n      - name: index\n        image: registry.example/index:1\n        env:\n";
        format!("{head}{}", variables.concat())
    };
    let (url, user, password) = (
        variable("SEARCH_URL", "url"),
        variable("SEARCH_USERNAME", "username"),
        variable("SEARCH_PASSWORD", "password"),
    );
    let whole = found(&pod(&[url.clone(), user, password.clone()]), "NHI204", &[]);
    let errors: Vec<&String> = whole.iter().filter(|one| one.contains(" error ")).collect();
    assert!(
        errors.len() == 1 && errors[0].ends_with("`SEARCH_PASSWORD` is a secret in the environment"),
        "{whole:?}"
    );
    assert!(errors[0].contains(" error 17 "), "on the password's line: {whole:?}");
    // Without a user the address may hold the login.
    let without = found(&pod(&[url, password]), "NHI204", &[]);
    assert!(without[0].contains("`SEARCH_PASSWORD` and `SEARCH_URL` are secrets"), "{without:?}");
}

#[test]
fn variables_of_a_custom_resource_are_found_where_they_stand() {
    let proxy = "apiVersion: models.example.com/v1\nkind: ModelProxy\nmetadata: {name: proxy, namespace: shop}\nspec:\n  image: registry.example/proxy:1\n  \
                 env:\n  - name: MASTER_KEY\n    valueFrom: {secretKeyRef: {name: proxy, key: master-key}}\n";
    let found = found(proxy, "NHI204", &[]);
    assert!(found.len() == 1 && found[0].starts_with("NHI204 unknown-kind"), "{found:?}");
}

#[test]
fn roles_of_kubernetes_itself_are_found_where_a_stranger_gets_them() {
    let bound = |role: &str, account: &str| {
        format!(
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: a}}, roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \"{role}\"}}, subjects: [{{kind: ServiceAccount, {account}}}]}}\n"
        )
    };
    let stranger = "name: crane, namespace: dock";
    for role in [
        "system:kube-controller-manager",
        "system:controller:clusterrole-aggregation-controller",
        "system:node",
        "system:controller:job-controller",
        "system:controller:namespace-controller",
        "system:kubelet-api-admin",
        "sudoer",
    ] {
        let found = found(&bound(role, stranger), "NHI509", &[]);
        assert!(found.len() == 1 && found[0].starts_with("NHI509 system error 1"), "{role}: {found:?}");
    }
    for harmless in ["system:auth-delegator", "system:discovery", "system:basic-user", "system:monitoring"] {
        assert_eq!(found(&bound(harmless, stranger), "NHI509", &[]), Vec::<String>::new(), "{harmless}");
    }
    let own = bound("system:controller:job-controller", "name: job-controller, namespace: kube-system");
    assert_eq!(found(&own, "NHI509", &[]), Vec::<String>::new(), "the API server binds it so");
}

#[test]
fn an_object_with_the_name_of_a_password_does_not_hide_it() {
    let pod = |volume: &str, variable: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec:\n  serviceAccountName: a\n  volumes: [{{name: {volume}, emptyDir: {{}}}}]\n  \
             containers: [{{name: a, image: \"registry.example/a:1\", env: [{{name: {variable}, value: {volume}}}]}}]\n"
        )
    };
    let hidden = found(&pod("k9xw2lq7vb4n", "DB_PASSWORD"), "NHI201", &[]);
    assert!(hidden.len() == 1 && hidden[0].contains(" error "), "{hidden:?}");
    assert_eq!(found(&pod("shop-secret", "SHOP_SECRET"), "NHI201", &[]), Vec::<String>::new(), "a name");
}

#[test]
fn an_owner_in_brackets_or_a_bare_word_for_one_is_nobody() {
    let job = |owner: &str| {
        format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: a, namespace: shop, annotations: {{owner: \"{owner}\"}}}}\nspec: {{schedule: \"@daily\", jobTemplate: {{spec: {{template: {{spec: {{serviceAccountName: a, containers: [{{name: a, image: \"registry.example/a:1\"}}]}}}}}}}}}}\n"
        )
    };
    for nobody in ["<team>", "[owner]", "team", "@team"] {
        assert_eq!(found(&job(nobody), "NHI301", &[]).len(), 1, "{nobody}");
    }
    assert_eq!(found(&job("team-shop"), "NHI301", &[]), Vec::<String>::new());
}

#[test]
fn an_object_says_its_environment_by_our_own_annotation() {
    let pod = |name: &str, environment: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, annotations: {{nhilint.dev/environment: {environment}}}}}\nspec: {{serviceAccountName: shop, containers: [{{name: a, image: \"registry.example/a:1\"}}]}}\n"
        )
    };
    let both = format!("{}{}", pod("a", "dev"), pod("b", "prod"));
    assert_eq!(found(&both, "NHI104", &[]).len(), 1, "one account in two environments");
    let same = format!("{}{}", pod("a", "prod"), pod("b", "prod"));
    assert_eq!(found(&same, "NHI104", &[]), Vec::<String>::new());
}
