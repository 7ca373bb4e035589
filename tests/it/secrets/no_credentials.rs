//! What stands beside credentials or in their place, and what only resembles it.

use nhilint::secrets::{SecretVerdict, Strength, engine};

use super::{ALNUM, fill, named};

fn is_plain(key: &str, value: &str) -> bool {
    matches!(engine().secret_entry(key, value), SecretVerdict::Plain(_))
}

#[test]
fn a_secret_also_says_what_stands_beside_its_credential() {
    let public = r#"{"keys":[{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"t4Kx81bPq0Zr7wVn2sD","e":"AQAB"}]}"#;
    let entries = [
        ("sslmode", "require"),
        ("timezone", "Europe/Berlin"),
        ("driver", "com.mysql.cj.jdbc.Driver"),
        ("engine", "postgres"),
        ("audience", "shop"),
        ("fingerprint", "SHA256:uNiVztksCsDhcc0u9e8BrQXVXUpKZIDTMczCvj3tD2s"),
        ("public_key", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwJ"),
        ("schema", "orders_v2"),
        ("sender", "Shop <noreply@example.com>"),
        ("brokers", "kafka-0.kafka:9092,kafka-1.kafka:9092"),
        ("bind-dn", "cn=admin,dc=example,dc=com"),
        ("mechanism", "SCRAM-SHA-512"),
        ("node_env", "production"),
        ("admin.passwordMtime", "2024-01-01T00:00:00Z"),
        ("since", "2024-01-01 08:15:00.250+02:00"),
        ("renewal", "2024-01-01"),
        ("jwks.json", public),
    ];
    for (key, value) in entries {
        assert!(!is_plain(key, value), "{key}: {value}");
    }
}

#[test]
fn a_credential_hides_under_no_such_key() {
    let token = format!("ghp_{}", fill(ALNUM, 36));
    let private =
        r#"{"kty":"RSA","n":"t4Kx81bPq0Zr7wVn2sD","e":"AQAB","d":"x81bPq0Zr7wVn2sDt4Kx81bPq0Zr7wVn2sDt4K"}"#;
    let entries = [
        ("engine", token.as_str()),
        ("engine", "hJ7kLm2Qp9xZ"),
        ("sslmode", "Sommer7xRegen"),
        ("size", "Sommer7xRegen"),
        ("login", "Sommer7xRegen"),
        ("sslmode", "postgres://app:Margay65@db/shop"),
        ("sslmode-password", "require"),
        ("brokers", "amqp://app:Margay65@queue:5672"),
        ("password", "2024-01-01T00:00:00Z"),
        ("since", "2024-01-01Tx7y"),
        ("admin", "2024-plum-01"),
        ("jwks.json", private),
        ("password-superuser", "Margay65"),
    ];
    for (key, value) in entries {
        assert!(is_plain(key, value), "{key}: {value}");
    }
}

#[test]
fn words_that_no_issuer_gives_are_no_credential() {
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SECRET_ACCESS_KEY", "localstack"),
        ("AWS_SESSION_TOKEN", "fake-session-token"),
        ("OPENAI_API_KEY", "lm-studio"),
        ("OPENAI_API_KEY", "sk-proj-..."),
        ("VLLM_API_KEY", "token-abc123"),
        ("DB_PASSWORD", "SuperSecretPlaceholder"),
        ("DB_PASSWORD", "32_character_string_is_required_"),
    ] {
        let strength = named(name, value).map(|hit| hit.strength);
        assert!(strength.is_none_or(|strength| strength == Strength::TemplateWord), "{name}={value}");
    }
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", "minioadmin"),
        ("AWS_SECRET_ACCESS_KEY", "testing-plum7"),
        ("DB_PASSWORD", "localstack"),
        ("DB_PASSWORD", "fake-password"),
        ("DB_PASSWORD", "Placeholder7Plum"),
        ("VLLM_API_KEY", "token-abc1234"),
    ] {
        let strength = named(name, value).map(|hit| hit.strength);
        assert!(strength.is_some_and(|strength| strength < Strength::TemplateWord), "{name}={value}");
    }
}

#[test]
fn patterns_and_names_of_secrets_are_none() {
    let grok = r#"grok { match => { "message" => "password=%{DATA:password} token=%{WORD:token}" } }"#;
    assert_eq!(engine().config(grok, &|_| false), []);
    let filled = r#"grok { match => { "message" => "password=Margay65 token=%{WORD:token}" } }"#;
    assert_eq!(engine().config(filled, &|_| false).len(), 1);
    for (command, found) in [
        ("gcloud secrets versions access latest --secret=db-password", 0),
        (
            "gcloud auth print-access-token | docker login -u oauth2accesstoken --password-stdin https://gcr.io",
            0,
        ),
        ("app --secret=Margay65", 1),
        ("gcloud sql users set-password app --password=Margay65", 1),
    ] {
        assert_eq!(engine().arguments(&["sh", "-c", command], &|_| false).len(), found, "{command}");
    }
}
