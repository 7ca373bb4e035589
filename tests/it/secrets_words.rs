//! Names that mean secrets, JSON web tokens, and base64.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use nhilint::finding::IdentityName;
use nhilint::secrets::{Strength, decode_base64, engine, jwt, sensitive_name};

#[test]
fn names_of_secrets() {
    for name in [
        "DB_PASSWORD",
        "db-password",
        "dbPassword",
        "spring.datasource.password",
        "PGPASSWORD",
        "MYSQL_PWD",
        "requirepass",
        "GITHUB_TOKEN",
        "githubToken2",
        "OAUTH2_CLIENT_SECRET",
        "Square_OAuth_Secret",
        "SLACK_BOT_TOKEN_VALUE",
        "TLS_KEY_PASS_B64",
        "tokenBase64",
        "AWS_SECRET_ACCESS_KEY",
        "APIKey",
        "API_KEY",
        "STRIPE_API_KEY_1",
        "FERNET_KEY",
        "SECRET_KEY_BASE",
        "node.session.auth.password_in",
        "SENTRY_DSN",
        "AZURE_STORAGE_CONNECTION_STRING",
        "AZURE_DEVOPS_PAT",
        "REGISTRY_CREDS",
        "DB_PASS_BD",
        "DB_PASS_BD_2",
        "SECRET_BLAH",
        "PASSWORD_PROD",
        "API_KEY_TEST",
        "KAFKA_CLIENT_PASSWORDS",
        "REDISCLI_AUTH",
        "SSHPASS",
        "PresharedKey",
        "MONGODB_REPLICA_SET_KEY",
    ] {
        assert!(sensitive_name(name), "{name}");
    }
}

#[test]
fn names_about_secrets() {
    for name in [
        "",
        "_",
        "PASSWORD_FILE",
        "DB_PASSWORD_PATH",
        "SECRET_NAME",
        "SECRET_KEY_REF",
        "TOKEN_URL",
        "TOKEN_TTL",
        "CLIENT_ID",
        "AWS_ACCESS_KEY_ID",
        "MAX_TOKENS",
        "SECRET_MANAGER",
        "SECRETS_DIR",
        "ALLOW_EMPTY_PASSWORD",
        "allowEmptyPassword",
        "nopassword",
        "REQUIRE_TOKEN",
        "USE_SECRET",
        "PUBLIC_KEY",
        "PUBLIC_API_KEY",
        "PARTITION_KEY",
        "existingSecret",
        "http-password-secret-key",
        "imagePullSecret",
        "--initial-cluster-token",
        "WEBHOOK_TLS_SECRET",
        "BYPASS",
        "COMPASS",
        "PATH",
        "SORT_KEY",
        "KEY",
        "TOKENIZER",
        "PASSWORD_POLICY",
    ] {
        assert!(!sensitive_name(name), "{name}");
    }
    assert!(!sensitive_name(&"password".repeat(1000)), "longer than any name");
}

fn token(header: &str, payload: &str, signature: &str) -> String {
    format!("{}.{}.{signature}", URL_SAFE.encode(header), URL_SAFE.encode(payload)).replace('=', "")
}

#[test]
fn reads_accounts_in_all_three_spellings() {
    for payload in [
        r#"{"kubernetes.io":{"namespace":"shop","serviceaccount":{"name":"ci"}},"exp":1800000000}"#,
        r#"{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"shop",
            "kubernetes.io/serviceaccount/service-account.name":"ci"}"#,
        r#"{"sub":"system:serviceaccount:shop:ci"}"#,
    ] {
        let read = jwt(&token(r#"{"alg":"RS256"}"#, payload, "c2ln")).expect("a token");
        assert_eq!(read.service_account, Some(IdentityName::account(Some("shop"), "ci")), "{payload}");
        assert!(!read.unsigned);
    }
}

#[test]
fn reads_expiry_and_missing_signature() {
    let read = jwt(&token(r#"{"alg":"none"}"#, r#"{"exp":17.9,"iss":"me"}"#, "")).expect("a token");
    assert_eq!((read.expires, read.unsigned), (Some(17), true));
    assert_eq!(read.issuer.as_deref(), Some("me"));
    assert_eq!(read.service_account, None);
}

#[test]
fn refuses_what_is_no_token() {
    for text in ["", "a.b", "a.b.c", "e30.e30", "W10.W10.x", "e30.e30.a.b"] {
        assert_eq!(jwt(text), None, "{text}");
    }
}

#[test]
fn reads_what_secret_data_may_hold() {
    for (text, bytes) in [
        ("aGVsbG8=", b"hello".as_slice()),
        ("aGVsbG8", b"hello"),
        (" aGVs\n  bG8=\n", b"hello"),
        ("", b""),
        ("/+8=", &[0xff, 0xef]),
    ] {
        assert_eq!(decode_base64(text).as_deref(), Some(bytes), "{text:?}");
    }
    for text in ["hello world!", "a", "aGVsb*8="] {
        assert_eq!(decode_base64(text), None, "{text:?}");
    }
}

#[test]
fn nothing_beside_a_password_takes_it_away() {
    let known = |name: &str| name == "app-secret";
    for name in ["API_TOKEN", "DB_PASSWORD"] {
        let found = engine().named(name, "app-secret", &known);
        assert!(found.is_some(), "{name}: whoever adds a Secret of that name hides no credential");
    }
    for (name, value) in
        [("DB_PASSWORD", "admin123"), ("DB_PASSWORD", "password123"), ("PASSWORD", "redis-password1")]
    {
        let found = engine().named(name, value, &|_| false).map(|hit| hit.strength);
        assert_eq!(found, Some(Strength::Named), "{value}: with digits somebody chose it");
    }
    for value in ["TODO-Xk29fLq0Zr7w", "Xk29fLq0Zr7w-placeholder", "xxx-Xk29fLq0Zr7w"] {
        let found = engine().named("DB_PASSWORD", value, &|_| false).map(|hit| hit.strength);
        assert_eq!(
            found,
            Some(Strength::Named),
            "{value}: a word beside a password makes no placeholder of it"
        );
    }
}

#[test]
fn what_is_public_in_a_value_hides_no_secret_beside_it() {
    let id = ["AK", "IA", "Q4ZT7NPLM3X2WVRB"].concat();
    let files = [
        format!(r#"{{"conn_type":"aws","login":"{id}","password":"Margay65/x"}}"#),
        format!(
            "[default]\naws_access_key_id={id}\naws_secret_access_key=hB9x/Kq2LmT5vWc8yRzN1pJd4fGs7aEuXoYiQk3C\n"
        ),
    ];
    for file in files {
        let hit = engine().named("AIRFLOW_CONN_AWS", &file, &|_| false);
        assert!(hit.is_some_and(|hit| hit.strength < Strength::PublicOrHash), "{file}");
    }
}

#[test]
fn words_of_a_framework_are_the_secret_itself() {
    let finds = |name: &str, value: &str| engine().named(name, value, &|_| false).is_some();
    for (name, value) in [
        ("NEXTAUTH_SECRET", "acme-shop-nextauth-secret"),
        ("AUTH_SECRET", "acme-shop-secret"),
        ("JWT_SECRET", "my-32-character-ultra-secure-secret"),
        ("REDISCLI_AUTH", "Otter-52"),
        ("NEO4J_AUTH", "neo4j/Petrel-51\n"),
        ("WP_EXTRA", "define('WP_REDIS_PASSWORD', 'Yak-96-milk');"),
        ("HASURA_GRAPHQL_JWT_SECRET", "{\"type\":\"HS256\",\"key\":\"Puma-66-long-enough\"}"),
    ] {
        assert!(finds(name, value), "{name}");
    }
    for (name, value) in [
        ("REGISTRY_AUTH_SECRET", "registry-auth-secret"),
        ("GITHUB_AUTH_SECRET", "acme-shop-secret"),
        ("TLS_SECRET", "shop-2-secret"),
        ("NEO4J_AUTH", "none\n"),
        ("WP_EXTRA", "define('WP_DEBUG', true);"),
        ("HASURA_GRAPHQL_JWT_SECRET", "{\"type\":\"RS256\",\"key\":\"$(PUBLIC_KEY)\"}"),
    ] {
        assert!(!finds(name, value), "{name}");
    }
}
