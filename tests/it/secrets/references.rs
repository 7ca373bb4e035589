//! References: a form counts where it is whole, and what only begins like one is a password.

use nhilint::secrets::{engine, is_secret_of_field};

use super::named;

#[test]
fn whole_references_are_no_secrets() {
    for value in [
        ">>vault:secret/data/x#pw",
        "bao:kv/data/x#y",
        "op://My Vault/item/section/field",
        "gcp:secretmanager:projects/p/secrets/s/versions/3",
        "azure:keyvault:myvault/db-password",
        "aws:secretsmanager:shop/db",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf",
        "gcpsecretmanager:projects/acme/secrets/db/versions/latest",
        "awsssm:/shop/db/password",
        "azurekeyvault:shop/db-password",
        "aws-parameterstore:///shop/db",
        "%{DATA:password}",
        "sm://project/secret",
        "akeyless:/shop/db",
        "ssm:/shop/db/password",
        "conjur:shop/db/password",
        "projects/a/locations/eu/keyRings/r/cryptoKeys/k",
        "alias/shop",
        "file:///run/secrets/db",
        "env:DB_PASSWORD",
        "k8s:shop/db/password",
        "os.environ/DB_PASSWORD",
        "vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zo",
        "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/y)",
        "$(OAUTH2_CLIENT_SECRET)",
        "${S3_SECRET_KEY_1}",
        "${PW:-$OTHER}",
        "{{ lookup('env', 'X') }}",
        "{{ db_password }}",
        "$__file{/etc/secrets/pw}",
        "$__env{DB_PW}",
        "SECRET[backend.pw]",
        "SECRET[vault.shop/db-pw]",
        "<%= ENV[\"DB_PASSWORD\"] %>",
        "<%= ENV.fetch('DB_PASSWORD') -%>",
        "<%= @db_password %>",
    ] {
        assert_eq!(named("DB_PASSWORD", value), None, "{value}");
    }
}

#[test]
fn what_only_begins_like_a_reference_is_a_password() {
    for value in [
        "vault:Tr0ub4dor-x9K",
        "op://Tr0ub4dor-x9K",
        "op://a/Tr0ub4dor",
        "doppler://Tr0ub4dorX9K",
        "$Tr0ub4dorX9K",
        "$hunter22",
        "$(Tr0ub4dorX9K",
        "$(hunter22)",
        "${Tr0ub4dorX9K",
        "{{Tr0ub4dorX9K",
        "{{Tr0ub4dorX9K}}",
        "#{Tr0ub4dorX9K}",
        "@Tr0ub4dorX9K@",
        "%Tr0ub4dorX9K%",
        "__Tr0ub4dorX9K__",
        "<Tr0ub4dorX9K>",
        "[Tr0ub4dorX9K]",
        "/Tr0ub4dorX9K",
        "file:Tr0ub4dor-x9K",
        "file://Tr0ub4dorX9K",
        "env:Tr0ub4dor-x9K",
        "k8s:Tr0ub4dor-x9K",
        "gcp:Tr0ub4dorX9K",
        "arn:aws:secretsmanager:Tr0ub4dor-x9K",
        "ref+Tr0ub4dor-x9K",
        "ENC[Tr0ub4dor-x9K]",
        "ENC(Tr0ub4dor-x9K)",
        "ENC[AES256_GCM,Tr0ub4dor-x9K",
        "{cipher}Tr0ub4dor-x9K",
        "$__file{Tr0ub4dor-x9K}",
        "$__file{/Tr0ub4dorX9K}",
        "$__env{Tr0ub4dorX9K}",
        "$__env{DB_PW}Tr0ub4dor",
        "SECRET[Tr0ub4dor]",
        "SECRET[a.Tr0ub4dorX9K]",
        "<%= \"Tr0ub4dor\" %>",
        "<%= Tr0ub4dorX9K %>",
        "<%= ENV[\"PW\"] || \"Tr0ub4dor\" %>",
        "<%= ENV.fetch(\"PW\", \"Tr0ub4dor\") %>",
        "$ANSIBLE_VAULT;Tr0ub4dor-x9K",
    ] {
        assert_eq!(named("DB_PASSWORD", value).map(|hit| hit.range), Some(0..value.len()), "{value}");
    }
}

#[test]
fn the_default_of_a_reference_is_a_password() {
    for value in [
        "${PW:-Tr0ub4dor}",
        "${PW:=Tr0ub4dor}",
        "${DB_PASSWORD:Tr0ub4dor}",
        "{{ env \"PW\" | default \"Tr0ub4dor\" }}",
        "{{ \"Tr0ub4dor\" }}",
        "$(echo Tr0ub4dor | rev)",
    ] {
        let hit = named("DB_PASSWORD", value).expect(value);
        assert_eq!(&value[hit.range], "Tr0ub4dor", "{value}");
    }
}

#[test]
fn names_of_secrets_are_many() {
    let names = [
        "DB_PW",
        "PGPW",
        "HSM_PIN",
        "TS_AUTHKEY",
        "licenseKey",
        "ROUTING_KEY",
        "rootpw",
        "psk",
        "ldap_default_authtok",
    ];
    for name in names {
        assert!(named(name, "Tr0ub4dorX9K").is_some(), "{name}");
    }
    for name in ["GPIO_PIN", "RAW", "MPW", "spin", "TRASK"] {
        assert_eq!(named(name, "Tr0ub4dorX9K"), None, "{name}");
    }
    assert!(engine().named("DATABASE_URL", "app:Tr0ub4dor@tcp(db:3306)/shop", &|_| false).is_some());
}

#[test]
fn fields_of_custom_resources_name_objects_too() {
    for (name, value) in
        [("password", "correcthorse"), ("token", "Tr0ub4dor-x9K"), ("apiKey", "a9f3c2e1d4b5")]
    {
        assert!(is_secret_of_field(name, value), "{name}: {value}");
    }
    for (name, value) in [
        ("token", "shop-token-v2"),
        ("secret", "app-db-2024"),
        ("password", "required"),
        ("credentials", "minio-creds"),
        ("secretKey", "token"),
        ("passwordPolicy", "Tr0ub4dor-x9K"),
    ] {
        assert!(!is_secret_of_field(name, value), "{name}: {value}");
    }
}

#[test]
fn a_variable_holds_what_it_is_called() {
    for (name, value) in [
        ("SECRET_KEY_BASE", "development-secret-key-base"),
        ("ENCRYPTION_KEY", "my-encryption-key"),
        ("encryptionKey", "my-encryption-key"),
        ("API_TOKEN", "app-secret"),
        ("adminToken", "admin-token"),
        ("JWT_SECRET", "shop-jwt-secret"),
    ] {
        assert!(named(name, value).is_some(), "{name}={value}: a variable holds what it is called");
    }
    for (name, value) in [
        ("token", "github-token"),
        ("secretKey", "postgres-password"),
        ("accessKey", "app-access-key"),
        ("clientSecret", "grafana-client-secret"),
        ("WEBHOOK_TLS_SECRET", "webhook-secret"),
        ("WEBHOOK_SECRET", "shop-webhook-secret"),
        ("ROUTING_KEY", "order-routing-key"),
        ("STORAGE_KEY", "blob-storage-key"),
        ("NEXT_TOKEN", "page-token"),
        ("ENCRYPTION_KEY", "encryption.key"),
        ("ENCRYPTION_KEY", "encryption-key"),
    ] {
        assert_eq!(named(name, value), None, "{name}={value}");
    }
    let known = |name: &str| name == "app-secret";
    assert_eq!(
        engine().named("JGROUPS_SECRET", "app-secret", &known),
        None,
        "a Secret of that name is there"
    );
}
