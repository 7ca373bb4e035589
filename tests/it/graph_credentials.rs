//! Keys of clouds and tokens that pods are given.

use nhilint::graph::credential::file_variables::file_variable;
use nhilint::graph::credential::key_kinds::key_kind;
use nhilint::graph::credential::static_keys::other_endpoint;
use nhilint::graph::credential::token::created_tokens;
use nhilint::k8s::container::{Container, Role};
use nhilint::source::SourceMap;
use nhilint::yaml::parse;
use serde::Deserialize;

#[test]
fn variables_speak_of_keys_by_their_end() {
    for (name, cloud) in [
        ("AWS_SECRET_ACCESS_KEY", Some("AWS")),
        ("BACKUP_AWS_SECRET_ACCESS_KEY", Some("AWS")),
        ("aws-secret-access-key", Some("AWS")),
        ("GOOGLE_BIGQUERY_CREDENTIALS", Some("Google Cloud")),
        ("BIGQUERY_PRIVATE_KEY", Some("Google Cloud")),
        ("ARM_CLIENT_SECRET", Some("Azure")),
        ("CF_API_TOKEN", Some("Cloudflare")),
        ("AWS_ACCESS_KEY_ID", None),
        ("AWS_REGION", None),
        ("GOOGLE_API_KEY", None),
        ("GOOGLE_CLIENT_SECRET", None),
        ("LAWS_SECRET_KEY", None),
        ("OAUTH_CLIENT_SECRET", None),
    ] {
        assert_eq!(key_kind(name).map(|kind| &*kind.cloud), cloud, "{name}");
    }
}

#[test]
fn what_speaks_s3_elsewhere_is_told_by_its_address() {
    for (text, elsewhere) in [
        ("env: [{name: AWS_ENDPOINT_URL, value: 'http://minio.shop.svc:9000'}]", true),
        ("env: [{name: S3_ENDPOINT, valueFrom: {configMapKeyRef: {name: a, key: b}}}]", true),
        ("env: [{name: S3_ENDPOINT, value: 's3.eu-west-1.amazonaws.com'}]", false),
        ("env: [{name: AWS_EC2_ENDPOINT, valueFrom: {configMapKeyRef: {name: a, key: b}}}]", false),
        ("env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://otel:4317'}]", false),
        ("args: ['--endpoint-url=https://ceph.example']", true),
        ("args: ['--bucket=a']", false),
    ] {
        let mut sources = SourceMap::default();
        let file = sources.add("c.yaml", text);
        let (doc, _) = parse(file, text, 0..text.len());
        let container = Container { node: doc.root().expect("a mapping"), role: Role::Main };
        assert_eq!(other_endpoint(&container).is_some(), elsewhere, "{text}");
    }
}

#[test]
fn tokens_are_made_in_arguments_and_in_scripts() {
    for (text, expected) in [
        ("args: [kubectl, create, token, ci, --duration=24h]", "24h"),
        ("args: [kubectl, create, token, ci, --duration, 48h]", "48h"),
        ("command: [sh, -c, 'T=$(kubectl -n ci create token ci --duration \"8h\"); use $T']", "8h"),
        ("script: |\n  kubectl create token ci \\\n    --duration=2h\n", "2h"),
        ("script: |\n  kubectl create token ci\n  vault write --duration=2h\n", ""),
        ("args: ['kubectl create token ci; sleep --duration=2h']", ""),
        ("args: [vault, token, create, --duration=2h]", ""),
    ] {
        let mut sources = SourceMap::default();
        let file = sources.add("c.yaml", text);
        let (doc, _) = parse(file, text, 0..text.len());
        let node = doc.root().expect("a mapping");
        let container = Container { node, role: Role::Main };
        let found: Vec<&str> = created_tokens(&container)
            .iter()
            .filter_map(|token| text.get(token.number_span()?.range()))
            .collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

#[test]
fn the_table_of_file_variables_says_where_it_is_written() {
    #[derive(Deserialize)]
    struct Entry {
        variables: Vec<String>,
        source: String,
    }
    let text = include_str!("../../rules/tables/file-variables.yaml");
    let entries: Vec<Entry> = serde_yaml::from_str(text).expect("entries");
    for Entry { variables, source } in entries {
        assert!(source.starts_with("https://"), "{variables:?}");
        assert!(variables.iter().all(|name| name.matches('*').count() <= 1), "{variables:?}");
    }
}

#[test]
fn images_are_known_by_the_end_of_their_repository() {
    for (image, variable, name) in [
        ("postgres", "POSTGRES_PASSWORD", Some("POSTGRES_PASSWORD_FILE")),
        ("docker.io/library/postgres:17@sha256:00", "POSTGRES_USER", Some("POSTGRES_USER_FILE")),
        ("registry:5000/postgres", "POSTGRES_DB", Some("POSTGRES_DB_FILE")),
        ("postgres", "PGPASSWORD", None),
        ("acme/mypostgres", "POSTGRES_PASSWORD", None),
        ("public.ecr.aws/bitnami/mariadb:11", "MARIADB_ROOT_PASSWORD", Some("MARIADB_ROOT_PASSWORD_FILE")),
        ("grafana/grafana:12", "GF_SECURITY_ADMIN_PASSWORD", Some("GF_SECURITY_ADMIN_PASSWORD__FILE")),
        ("grafana/grafana", "GF_SECURITY_ADMIN_PASSWORD__FILE", None),
        ("", "POSTGRES_PASSWORD", None),
    ] {
        let found = file_variable(image, variable, &[]).map(|found| found.name);
        assert_eq!(found.as_deref(), name, "{image} {variable}");
    }
}

#[test]
fn each_secret_with_a_key_of_a_cloud_is_a_key_of_its_own() {
    let variable = |name: &str, secret: &str, key: &str| {
        format!(
            "            - {{name: {name}, valueFrom: {{secretKeyRef: {{name: {secret}, key: {key}}}}}}}\n"
        )
    };
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: search, namespace: shop}\nspec:\n  template:\n    spec:\n      \
                serviceAccountName: search\n      containers:\n        - name: search\n          image: registry.example/search:1\n          env:\n"
        .to_owned()
        + &variable("GOOGLE_CLIENT_EMAIL", "analytics", "email")
        + &variable("GOOGLE_PRIVATE_KEY", "analytics", "key")
        + &variable("GOOGLE_BIGQUERY_CREDENTIALS", "bigquery", "credentials");
    let directory = crate::cli::scratch(&[("a.yaml", &text)]);
    let arguments = ["check", ".", "--select", "NHI601", "--format", "json", "--no-cache"];
    let (_, out, _) = crate::cli::run(directory.path(), &arguments);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    let shown = findings.map(|one| {
        (one["location"]["line"].as_u64(), one["related"].to_string().contains("GOOGLE_CLIENT_EMAIL"))
    });
    assert_eq!(shown.collect::<Vec<_>>(), [(Some(13), true), (Some(14), false)]);
}
