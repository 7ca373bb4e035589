//! Where credentials stand beside pod specs and config maps, and what only looks like one there: through the whole program.

use nhilint::finding::Engine;

use crate::cli::{run, scratch};
use crate::read_by_hand::found;
use crate::rendering::check;
use crate::rendering_hostile::with;
use crate::right::{beside, plain};

const X: &str = "Tr0ub4dor-x9K";

fn custom(version: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: shop}}\n{rest}")
}

#[test]
fn fields_of_custom_resources_hold_passwords() {
    for (version, kind, rest) in [
        (
            "grafana.integreatly.org/v1beta1",
            "GrafanaDatasource",
            "spec: {datasource: {secureJsonData: {httpHeaderValue1: X}}}\n",
        ),
        ("kafka.strimzi.io/v1beta2", "KafkaConnector", "spec: {config: {database.password: X}}\n"),
        ("infra.contrib.fluxcd.io/v1alpha2", "Terraform", "spec: {vars: [{name: db_password, value: X}]}\n"),
        (
            "app.terraform.io/v1alpha2",
            "Workspace",
            "spec: {terraformVariables: [{name: a, sensitive: true, value: X}]}\n",
        ),
        (
            "keda.sh/v1alpha1",
            "ScaledObject",
            "spec: {triggers: [{metadata: {host: \"amqp://app:X@mq/\"}}]}\n",
        ),
        (
            "external-secrets.io/v1",
            "ExternalSecret",
            "spec: {target: {template: {data: {app.ini: \"[db]\\npassword = X\\n\"}}}}\n",
        ),
        ("bitnami.com/v1alpha1", "SealedSecret", "spec: {template: {data: {password: X}}}\n"),
        (
            "bootstrap.cluster.x-k8s.io/v1beta1",
            "KubeadmConfig",
            "spec: {files: [{content: \"a: b\\npassword: X\\n\"}]}\n",
        ),
        ("acme.example.com/v1", "Widget", "spec: {args: [\"--db-password=X\"]}\n"),
        (
            "template.openshift.io/v1",
            "Template",
            "objects: [{apiVersion: v1, kind: Service, metadata: {name: a}}]\nparameters: [{name: DB_PASSWORD, value: X}]\n",
        ),
    ] {
        let text = custom(version, kind, &rest.replace('X', X));
        let found = found(&text, "NHI202", &[]);
        assert!(found.len() == 1 && found[0].contains(" error "), "{kind}: {found:?}");
    }
    let binary =
        custom("v1", "ConfigMap", "binaryData: {app.ini: W2RiXQpwYXNzd29yZCA9IFRyMHViNGRvci14OUsK}\n");
    assert_eq!(found(&binary, "NHI202", &[]).len(), 1);
    let annotated = |key: &str, value: &str| {
        let service =
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: shop\n  annotations:\n";
        found(&format!("{service}    {key}: '{value}'\nspec: {{}}\n"), "NHI202", &[]).len()
    };
    let applied = format!("{{\"spec\": {{\"env\": [{{\"name\": \"DB_PASSWORD\", \"value\": \"{X}\"}}]}}}}");
    assert_eq!(annotated("kubectl.kubernetes.io/last-applied-configuration", &applied), 1);
    assert_eq!(annotated("acme.example.com/api-token", X), 1);
    assert_eq!(annotated("x/configuration-snippet", &format!("proxy_set_header X-Api-Key \"{X}\";")), 1);
    assert_eq!(annotated("x/auth-secret", "basic-auth9"), 0);
}

#[test]
fn fields_of_custom_resources_that_name_something_hold_none() {
    for (version, kind, rest) in [
        (
            "acme.example.com/v1",
            "Widget",
            "spec: {passwordSecretRef: {name: x9Y8z7w6, key: p9}, secret: app-db-2024, token: shop-token-v2, password: required, secretName: Abc9def8}\n",
        ),
        ("acme.example.com/v1", "Widget", "spec: {description: the password is Abc9def8x when it starts}\n"),
        (
            "external-secrets.io/v1",
            "ExternalSecret",
            "spec: {data: [{secretKey: apiKey9Value, remoteRef: {key: shop/Db9, property: passWord9}}]}\n",
        ),
        (
            "apiextensions.crossplane.io/v1",
            "Composition",
            "spec: {x: [{name: password, fromConnectionSecretKey: passWord9x}]}\n",
        ),
        ("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{validate: {pattern: {password: '?*9xK'}}}]}\n"),
        (
            "kafka.strimzi.io/v1beta2",
            "KafkaConnector",
            "spec: {config: {b.password: \"${secrets:shop/db:password}\"}}\n",
        ),
    ] {
        assert_eq!(
            found(&custom(version, kind, rest), "NHI202", &[]),
            Vec::<String>::new(),
            "{kind}: {rest}"
        );
    }
}

#[test]
fn what_controllers_read_from_a_secret_is_to_be_kept() {
    let of = |metadata: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: shop, {metadata}}}\nstringData: {{password: {X}}}\n"
        );
        beside(&plain(&[("a.yaml", &text)]))
    };
    let kept = "Keep `tekton.dev/docker-0` in `target.template.metadata`";
    assert!(of("annotations: {tekton.dev/docker-0: 'https://registry.example'}").contains(kept));
    assert!(
        of("labels: {argocd.argoproj.io/secret-type: cluster}").contains("`argocd.argoproj.io/secret-type`")
    );
    assert!(!of("labels: {app.kubernetes.io/name: a, app: a}").contains("Keep "));
    assert!(!of("annotations: {argocd.argoproj.io/sync-wave: '1'}").contains("Keep "));
}

#[test]
fn a_variable_that_is_not_declared_is_left_as_it_is() {
    let pod = |variables: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec:\n  serviceAccountName: a\n  containers: [{{name: a, image: \"registry.example/a:1\", env: [{variables}]}}]\n"
        )
    };
    let password = "{name: DB_PASSWORD, value: $(correcthorse)}";
    assert_eq!(found(&pod(password), "NHI201", &[]).len(), 1);
    let declared = format!("{{name: correcthorse, value: a}}, {password}");
    assert_eq!(found(&pod(&declared), "NHI201", &[]), Vec::<String>::new());
}

/// Whoever adds a comment beside a password has not taken it out.
#[test]
fn no_comment_makes_a_value_a_placeholder() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  serviceAccountName: a\n  containers:\n  - name: a\n    image: registry.example/a:1\n    env:\n    - name: ACCESS_KEY # replace with your access key\n      value: 83123g-5678-abcd\n";
    assert!(found(text, "NHI201", &[]).concat().contains(" error "));
}

#[test]
fn what_anybody_may_see_comes_from_a_secret_and_is_none() {
    let job = |name: &str, key: &str| {
        let text = format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, namespace: shop}}\nspec:\n  template:\n    spec:\n      serviceAccountName: a\n      containers:\n      - name: a\n        image: registry.example/a:1\n        env:\n        - name: {name}\n          valueFrom: {{secretKeyRef: {{name: x, key: {key}}}}}\n"
        );
        found(&text, "NHI204", &[]).concat().contains("NHI204 key error")
    };
    for (name, key) in [
        ("CA_CERT", "ca.crt"),
        ("TLS_CERT", "tls.crt"),
        ("JWT_PUBLIC_KEY", "public"),
        ("JWKS", "jwks"),
        ("SSH_KNOWN_HOSTS", "known_hosts"),
    ] {
        assert!(!job(name, key), "{name} {key}");
    }
    for (name, key) in [("CLIENT_CERT", "tls.key"), ("TLS_KEY", "tls.key"), ("CERT_PASSWORD", "ca.crt")] {
        assert!(job(name, key), "{name} {key}");
    }
}

#[test]
fn assertions_of_tests_are_not_deployed() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: [{name: a, image: \"registry.example/a:1\", env: [{name: DB_PASSWORD, value: Tr0ub4dor-x9K}]}]}\n";
    let suite = "apiVersion: kuttl.dev/v1beta1\nkind: TestSuite\ntestDirs: [e2e]\n";
    let files = [("kuttl-test.yaml", suite), ("e2e/a/00-assert.yaml", pod), ("e2e/a/01-errors.yaml", pod)];
    let count = |files: &[(&str, &str)]| {
        let here = scratch(files);
        let (_, out, _) =
            run(here.path(), &["check", ".", "--format", "json", "--no-cache", "--select", "NHI201,NHI301"]);
        let report: serde_json::Value = serde_json::from_str(&out).expect("a report");
        report["findings"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count(&files), 0);
    assert!(count(&[("kuttl-test.yaml", suite), ("e2e/a/00-install.yaml", pod)]) > 0, "a step is applied");
    assert!(count(&files[1..]) > 0, "without a suite it is a manifest");
}

#[test]
fn an_owner_that_nothing_fills_in_is_nobody() {
    let job = |owner: &str| {
        let text = format!(
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: a, namespace: shop, annotations: {{owner: \"{owner}\"}}}}\nspec: {{schedule: \"@daily\", jobTemplate: {{spec: {{template: {{spec: {{serviceAccountName: a, containers: [{{name: a, image: \"registry.example/a:1\"}}]}}}}}}}}}}\n"
        );
        found(&text, "NHI301", &[]).len()
    };
    for nobody in ["${OWNER}", "{{ owner }}", "$OWNER", "<owner>", "$(OWNER)"] {
        assert_eq!(job(nobody), 1, "{nobody}");
    }
    assert_eq!(job("team-shop"), 0);
}

#[test]
fn stores_that_are_asked_at_run_time_need_the_token() {
    let pod = |annotation: &str| {
        let text = format!(
            "{{apiVersion: v1, kind: ServiceAccount, metadata: {{name: a, namespace: shop}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop, annotations: {{{annotation}}}}}\nspec: {{serviceAccountName: a, containers: [{{name: a, image: \"registry.example/a:1\"}}]}}\n"
        );
        found(&text, "NHI404", &[]).len()
    };
    for annotation in [
        "conjur.org/authn-identity: a",
        "akeyless/enabled: \"true\"",
        "org.infisical.com/inject-mode: init",
        "operator.1password.io/inject: a",
    ] {
        assert_eq!(pod(annotation), 0, "{annotation}");
    }
    assert_eq!(pod("akeyless/enabled: \"false\""), 1);
    assert_eq!(pod("a: b"), 1);
}

#[test]
fn what_nobody_filled_in_is_no_key_of_a_cloud() {
    let job = |value: &str| {
        let text = format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: a, namespace: shop}}\nspec: {{template: {{spec: {{serviceAccountName: a, containers: [{{name: a, image: \"registry.example/a:1\", env: [{{name: AWS_SECRET_ACCESS_KEY, value: \"{value}\"}}]}}]}}}}}}\n"
        );
        found(&text, "NHI601", &[]).len()
    };
    assert_eq!(job("dummy-secret-key"), 0);
    for key in ["Tr0ub4dor-x9K", "dummy-Tr0ub4dorX9K", "changeme"] {
        assert_eq!(job(key), 1, "{key}");
    }
}

/// YAML takes a password that begins with `!` or `&` for a tag or an anchor.
#[test]
fn no_output_holds_a_tag_or_an_anchor_before_a_secret() {
    let secret = |entries: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: shop}}\nstringData:\n{entries}"
        )
    };
    let pod = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec:\n  serviceAccountName: a\n  containers:\n  - name: a\n    image: registry.example/a:1\n    env:\n    - name: A_PASSWORD\n      value: correct-horse\n    - name: DB_PASSWORD\n      value: {value}\n"
        )
    };
    for text in [
        secret("  password: !Tr0ub4dorX9K x\n"),
        secret("  password: &Tr0ub4dorX9K x\n"),
        secret("  password: !Tr0ub4dorX9K |\n    hunter31\n"),
        pod("!Tr0ub4dorX9K x"),
        pod("&Tr0ub4dorX9K x"),
    ] {
        let here = scratch(&[("a.yaml", text.as_str())]);
        for format in ["text", "json", "sarif"] {
            let arguments = ["check", ".", "--format", format, "--preset", "strict", "--no-cache"];
            let (_, out, err) = run(here.path(), &arguments);
            assert!(out.contains("a.yaml"), "{out}{err}");
            assert!(!(out + &err).contains("Tr0ub4dor"), "{format} of {text}");
        }
    }
}

/// What a user of a kubeconfig logs in with is shown beside no finding, whatever it holds.
#[test]
fn a_kubeconfig_shows_nothing_that_logs_in() {
    let file = "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {token: t5Rk0pQz81, client-key-data: Q0FOQVJZcTdadA==}\n";
    let here = scratch(&[("a.yaml", file)]);
    for format in ["text", "json", "sarif", "github"] {
        let (_, out, errors) = run(here.path(), &["check", ".", "--format", format]);
        assert!(out.contains("NHI401") && !out.contains("Q0FOQVJZcTdadA"), "{format}: {out}{errors}");
    }
}

/// The places and the help of each finding of a rule.
fn helped(text: &str, rule: &str) -> Vec<(String, String)> {
    let here = scratch(&[("a.yaml", text)]);
    let report = crate::rendering::check(here.path(), "", &[".", "--select", rule]);
    let findings = report["findings"].as_array().expect("a list").iter();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings.map(|one| (word(&one["message"]), word(&one["help"]))).collect()
}

#[test]
fn what_helps_fits_where_a_credential_stands() {
    let header = "{httpGet: {port: 80, path: /, httpHeaders: [{name: Authorization, value: Bearer X}]}}"
        .replace('X', X);
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\nspec:\n  containers:\n    - name: a\n      image: registry.example/a:1\n      startupProbe: {header}\n      lifecycle: {{preStop: {header}}}\n"
    );
    let found = helped(&pod, "NHI201");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].0.starts_with("header `Authorization` of `startupProbe` holds"), "{found:?}");
    assert!(found[1].0.starts_with("header `Authorization` of `preStop` holds"), "{found:?}");
    assert!(found[0].1.contains("tcpSocket") && found[1].1.contains("let `exec` make the call"), "{found:?}");
    let client = format!("spec: {{client: {{clientId: shop, secret: {X}}}}}\n");
    let found = helped(&custom("keycloak.org/v1alpha1", "KeycloakClient", &client), "NHI202");
    assert!(
        found.len() == 1 && found[0].1.contains("name that Secret where the kind takes a reference"),
        "{found:?}"
    );
}

#[test]
fn labels_in_a_language_are_no_passwords() {
    let map = |name: &str, key: &str, value: &str| {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata:\n  {key}: |\n    login: Anmelden\n    password: {value}\n    token: {value}\n"
        );
        found(&text, "NHI202", &[]).len()
    };
    for (name, key) in [("a", "de.yaml"), ("a", "pt_BR.properties"), ("shop-translations", "app.yaml")] {
        assert_eq!(map(name, key, "Passwort"), 0, "{name} {key}");
        assert_eq!(map(name, key, "Wort31-x"), 2, "{name} {key}: what is no word is a password");
    }
    assert_eq!(map("a", "app.yaml", "Passwort"), 2);
    let flat = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: i18n-fr, namespace: shop}\ndata:\n  login.password: Mot de passe\n";
    assert_eq!(found(flat, "NHI202", &[]), Vec::<String>::new());
}

#[test]
fn neighbours_of_a_finding_are_masked_as_findings_are() {
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata:\n  app.ini: |\n    # old password: gravel-teapot-58\n    password = plum-ladder-31\n    ; token: willow-basket-77\n";
    let env = "user=a\nDB_PASS=plum-ladder-32\n# was DB_PASS=copper-kettle-61\n";
    let template = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  hostPID: true\n  containers:\n    - name: a\n      env:\n        {{- if .Values.never }}\n        - name: NEVER_PASSWORD\n          value: copper-kettle-62 {{- end }}\n        - {name: DB_PASSWORD, value: plum-ladder-33}\n        - name: MQ_PASSWORD\n          value: plum-ladder-340\n      image: registry.example/a:1\n";
    let here = scratch(&[
        ("a.yaml", map),
        ("k/kustomization.yaml", "configMapGenerator: [{name: b, envs: [b.env]}]\n"),
        ("k/b.env", env),
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("chart/templates/a.yaml", template),
    ]);
    let (_, shown, _) = crate::rendering::run(
        here.path(),
        &std::env::var("PATH").unwrap_or_default(),
        &["check", ".", "--verbose"],
    );
    for hidden in ["gravel-teapot", "plum-ladder", "willow-basket", "copper-kettle"] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
    assert!(shown.contains("          value: ***************\n"), "a key is no secret: {shown}");
    assert!(
        shown.contains("          value: ****") && shown.contains("old password"),
        "names are shown: {shown}"
    );
}

#[test]
fn what_a_kustomization_copies_from_a_secret_must_go_first() {
    let Some(path) = with(Engine::Kustomize) else { return };
    let secret = custom("v1", "Secret", &format!("stringData: {{password: {X}}}\n"));
    let taker = custom("acme.example.com/v1", "Widget", "spec: {password: here}\n");
    let replacement = "source: {kind: Secret, name: a, fieldPath: stringData.password}\n";
    let inline = "targets: [{select: {kind: Widget}, fieldPaths: [spec.password]}]}\n";
    let inline = format!("replacements:\n  - {{{}, {inline}", replacement.trim_end());
    let apart =
        format!("{replacement}targets: [{{select: {{kind: Widget}}, fieldPaths: [spec.password]}}]\n");
    for (more, is_copied) in
        [("", false), (inline.as_str(), true), ("replacements: [{path: copy.yaml}]\n", true)]
    {
        let kustomization = format!("resources: [secret.yaml, widget.yaml]\n{more}");
        let files = [
            ("kustomization.yaml", kustomization.as_str()),
            ("secret.yaml", &secret),
            ("widget.yaml", &taker),
            ("copy.yaml", &apart),
        ];
        let report = check(scratch(&files).path(), &path, &["."]);
        let all = report["findings"].as_array().expect("a list");
        let finding = all.iter().find(|one| one["rule"] == "NHI203").expect("it is in plain text");
        assert_eq!(finding.to_string().contains("Kustomize copies its data"), is_copied, "{more}: {finding}");
        assert_eq!(finding.to_string().contains("its data is copied here"), is_copied, "{more}: {finding}");
    }
}
