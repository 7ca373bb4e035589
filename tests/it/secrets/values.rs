//! Values under names: what a form says, what a name says, and what an entry of a Secret is.

use nhilint::secrets::{SecretVerdict, Strength, engine};

use super::{ALNUM, HEX, fill, named};

#[test]
fn forms_that_are_no_secret_under_any_name() {
    let sealed = format!("Ag{}", fill(ALNUM, 200));
    let age = format!("age1{}", fill("abcdefgh0123", 58));
    let hex = format!("sha256:{}", fill(HEX, 64));
    for value in [
        // Nothing.
        "",
        "  ",
        "true",
        "None",
        "123",
        "30s",
        "1h30m",
        "xxxxxxxx",
        "XXXX-XXXX",
        "********",
        "...",
        "---",
        "0000",
        "00000000-0000-0000-0000-000000000000",
        "not set",
        "{}",
        // References.
        "$(VAR)",
        "${VAR}",
        "${VAR:-x}",
        "$VAR",
        "$$(VAR)",
        "{{ .Values.x }}",
        "%VAR%",
        "#{x}",
        "__X__",
        "@x@",
        "<password>",
        "[password]",
        "{password}",
        "((pw))",
        "vault:secret/x#y",
        "secretref+vault://x",
        "ref+awssecrets://x",
        "op://a/b/c",
        "bws://x",
        "doppler://x/y/z",
        "<path:kv/x#y>",
        "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "projects/p/secrets/s",
        "https://x.vault.azure.net/secrets/y",
        "file:/x",
        "env:X",
        "k8s:ns/x",
        "/run/secrets/x",
        "./x.txt",
        "~/.ssh/x",
        "$secret-name:key",
        "pre-${VAR}-post",
        "a$(VAR)",
        "**SOPS**",
        "!env_var SONARR_KEY",
        "%%env_TOKEN%%",
        "g",
        // Encrypted and public.
        "ENC[AES256_GCM,data:x,iv:y]",
        "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)",
        &sealed,
        &age,
        "-----BEGIN CERTIFICATE-----\nabc",
        "-----BEGIN PUBLIC KEY-----\nabc",
        "-----BEGIN PGP MESSAGE-----\nabc",
        "ssh-rsa AAAAB3x",
        "ecdsa-sha2-nistp256 AAAA",
        // Identifiers.
        &hex,
        "someone@example.com",
        "1.2.3",
        "v1.2.3-rc.1",
        "registry.io/a/b:1.2",
        "db.shop.svc:5432",
        "10.0.0.1",
        "512Mi",
        "arn:aws:iam::1:role/x",
        "https://example.com/login?x=y",
        "keys/client.pem",
        "key.json",
        // Prose.
        "the token is made by the operator at first start",
    ] {
        for name in ["DB_PASSWORD", "token", "CLIENT_SECRET", "API_KEY"] {
            assert_eq!(named(name, value), None, "{name}={value}");
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn literals_under_telling_names() {
    let strength = |value: &str| named("DB_PASSWORD", value).map(|hit| hit.strength);
    for value in [
        "c-krit",
        "sst",
        "mysql8x",
        "S3cure!",
        "a b c",
        "pa$$word-x",
        "YourStrong(!)Pa55",
        "mypet",
        "123456x",
        "/9j4AAQSkZJRgABAQEAYABgAAD",
        "9d3c2a1e-1111-4222-8333-abcdefabcdef",
        "db",
        "a.b",
        "yourself",
        "Passw0rd!",
        "Passw0rd2024!",
        "base64:Yk3hT8sQ0mWv5b2Rk9ZpL7xN4cF1gHdJuEtAyiOoPq4=",
        "Password123!",
        "Admin1",
        "password2024",
        "missing-horse",
        "redis123",
        "mongo123",
        "postgres1",
        "my-grafana-12",
        "value1931",
        "Tr0ub4dor...",
        "hunter31...",
        "x7-EXAMPLEKEY",
    ] {
        assert_eq!(strength(value), Some(Strength::Named), "{value}");
    }
    for value in [
        "changeme",
        "change-me",
        "CHANGE_ME",
        "please-change-me",
        "password",
        "Passw0rd",
        "secret",
        "admin",
        "root",
        "guest",
        "minioadmin",
        "postgres",
        "mysql",
        "rancher",
        "letmein",
        "123456",
        "hunter2",
        "example",
        "my-secret-pw",
        "mysecretpassword",
        "test-password",
        "yourpassword",
        "value",
        "foo",
        "foobar",
        "my-secret-value",
        "1234",
        "Y2hhbmdlbWU=",
    ] {
        assert_eq!(strength(value), Some(Strength::DefaultWord), "{value}");
    }
    for value in [
        "REPLACE_ME",
        "INSERT_TOKEN_HERE",
        "UPDATE_AWS_KEY",
        "YOUR_PASSWORD",
        "your-token",
        "DB_PASSWORD_VAL",
        "TODO",
        "put_your_key_here",
        "ADMIN_PASSWORD",
        "YourApiToken",
        "***REMOVED***",
        "base64-encoded-token",
        "injected-by-vault",
        "filled_by_ci",
        "override_me",
        "dummy_private_key",
        "dummy",
        "MISSING",
        "sk-no-key-required",
        "not-needed",
        "ask-the-platform-team",
        "from-vault",
        "injected-at-runtime",
        "not-a-real-key",
        "override-in-production",
        "test-key-do-not-use",
        "sk-your-key",
        "ssl-cert-snakeoil",
        "EMPTY",
        "empty",
        "sk-...",
        "ghp_…",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "sk-xxxx",
        "to-be-set",
    ] {
        assert_eq!(strength(value), Some(Strength::TemplateWord), "{value}");
    }
    for value in
        ["$2y$05$abcdefghijklmnopqrstuv", "admin:$apr1$abcdefgh$abcdefghij", "{SSHA}abcdefghijklmnopqrst"]
    {
        assert_eq!(strength(value), Some(Strength::PublicOrHash), "{value}");
        assert!(named("ANYTHING", value).is_some(), "{value} is a hash under any name");
    }
}

#[test]
fn names_decide_between_a_secret_and_its_name() {
    for (name, value) in [
        ("JGROUPS_ENCRYPT_SECRET", "eap-app-secret"),
        ("GIT_TOKEN", "team/git-token"),
        ("http-password-secret-key", "token"),
        ("REGISTRY_SECRET_KEY", "password"),
        ("TLS_SECRET", "ingress"),
        ("existing.BASIC_AUTH_PASS", "BASIC_AUTH_PASS"),
        ("DB_PASSWORD_FILE", "hunter3"),
        ("ALLOW_EMPTY_PASSWORD", "perhaps"),
        ("SENTRY_DSN", "https://abc@sentry.example/1"),
        ("BLAH", "secretsquirrels"),
    ] {
        assert_eq!(named(name, value), None, "{name}={value}");
    }
    for (name, value) in [
        ("DB_PASSWORD", "eap-app-secret"),
        ("SECRET_BLAH", "secretsquirrels"),
        ("DB_PASS_BD_2", "passx"),
        ("SENTRY_DSN", "https://abc:x7-y@sentry.example/1"),
        ("SSO_SECRET", "BqkTUqJt"),
    ] {
        assert!(named(name, value).is_some(), "{name}={value}");
    }
}

#[test]
fn a_browser_key_under_a_telling_name_is_a_secret() {
    let key = ["AI", "za", &fill(ALNUM, 35)].concat();
    assert_eq!(named("MAPS_ID", &key).map(|hit| hit.strength), Some(Strength::PublicOrHash));
    let hit = named("GOOGLE_API_KEY", &key).expect("a key");
    assert_eq!((hit.kind, hit.strength), ("google-api-key", Strength::Named));
}

fn verdict(key: &str, value: &str) -> String {
    match engine().secret_entry(key, value) {
        SecretVerdict::Plain(hit) => format!("Plain {} {:?}", hit.kind, hit.strength),
        other => format!("{other:?}"),
    }
}

#[test]
fn entries_of_secrets() {
    let key =
        ["-----BEGIN PRIVATE", " KEY-----\n", &fill(ALNUM, 80), "\n-----END PRIVATE", " KEY-----"].concat();
    for (name, value, expected) in [
        ("password", "", "Empty"),
        ("certificate-authority-data", "\n", "Empty"),
        ("x", "{}", "Empty"),
        ("htpasswd", "# one user a line\n# PASSWORD=x7-y\n", "Empty"),
        ("password", "op://vault/item/field", "Reference"),
        ("password", "<path:kv/x#y>", "Reference"),
        ("app.yaml", "url: ${URL}\npassword: ${PW}\n", "Reference"),
        ("password", "<password>", "Template"),
        ("password", "REPLACE_ME", "Template"),
        ("password", "XXXXXXXX", "Template"),
        ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nXXXX\n-----END", "Template"),
        ("tls.crt", "-----BEGIN CERTIFICATE-----\nabc", "Public"),
        ("ca.crt", "-----BEGIN CERTIFICATE-----\nabc", "Public"),
        ("username", "admin", "Public"),
        ("azurestorageaccountname", "shop", "Public"),
        ("auth.username_in", "shop", "Public"),
        ("url", "git@github.com:a/b", "Public"),
        ("port", "5432", "Public"),
        ("enabled", "true", "Public"),
        ("log.properties", "level=debug\nfile=x\n", "Public"),
        ("nginx.conf", "server { listen 80; }", "Public"),
        ("admin.conf", "hunter3x", "Plain secret-entry Named"),
        ("nginx.conf", "server {\n  listen 80;\n}\n", "Public"),
        ("run.sh", "#!/bin/sh\nexec app --config /etc/app\n", "Public"),
        ("run.sh", "#!/bin/sh\nmysql -px7-y\n", "Plain sensitive-name Named"),
        ("config", "{\"tlsClientConfig\": {\"insecure\": false}}", "Public"),
        ("noProxy", "a,b", "Public"),
        ("v.yaml", "a: b\ntag: 3f1c0d9be27a54816f0c2b7d9e3a6f418b5c7d20\n", "Public"),
        ("v.yaml", "a: b\nseal: 3f1c0d9be27a54816f0c2b7d9e3a6f418b5c7d20\n", "Plain secret-entry Named"),
        ("password", "ENC[AES256_GCM,data:x,iv:y]", "Encrypted"),
        ("token", "{\n \"data\": \"ENC[AES256_GCM,data:x]\",\n \"sops\": {}\n}", "Encrypted"),
        ("password", "S3cure!", "Plain sensitive-name Named"),
        ("password", "changeme", "Plain sensitive-name DefaultWord"),
        ("bearerToken", "my-token", "Template"),
        ("key1", "example-secret-1", "Template"),
        ("key2", "value1", "Template"),
        ("data", "foo", "Template"),
        ("foo", "label", "Template"),
        ("message", "hello secret", "Template"),
        ("foo", "hunter31", "Plain secret-entry Named"),
        ("foo", "Swordfish", "Plain secret-entry Named"),
        ("password_foo", "label", "Plain sensitive-name Named"),
        ("note", "plain", "Plain secret-entry Named"),
        ("ssh-privatekey", "Hello, world\n", "Template"),
        ("ssh-privatekey", "hunter31", "Plain sensitive-name Named"),
        ("tls.key", "not a key", "Template"),
        ("tls.key", "hunter31", "Plain secret-entry Named"),
        ("password", "my-password", "Plain sensitive-name DefaultWord"),
        ("password", "value1", "Plain sensitive-name Named"),
        ("secret", "value", "Plain sensitive-name DefaultWord"),
        ("api-token", "value", "Plain sensitive-name DefaultWord"),
        ("seal", "my-horse-battery", "Plain secret-entry Named"),
        ("seal", "value1931-x7", "Plain secret-entry Named"),
        ("seal", "my-1234", "Plain secret-entry Named"),
        ("clientSecret", "9d3c2a1e-1111-4222-8333-abcdefabcdef", "Plain sensitive-name Named"),
        ("anything", "x7-y", "Plain secret-entry Named"),
        ("tls.key", &key, "Plain private-key Vendor"),
        ("bundle.pem", &format!("-----BEGIN CERTIFICATE-----\nabc\n{key}"), "Plain private-key Vendor"),
        ("app.yaml", "db:\n  password: x7-y\n", "Plain sensitive-name Named"),
        ("users.properties", "ruben=x7-y\n", "Plain sensitive-name Named"),
        ("my.cnf", "[client]\nuser=a\npassword=password\n", "Plain sensitive-name DefaultWord"),
        ("feature-flag", "x7-y", "Public"),
        ("db", "DATABASE_URL", "Public"),
        ("creds", "machine a login b password x7-y", "Plain sensitive-name Named"),
        (".netrc", "machine git.example login bot password x7-y\n", "Plain sensitive-name Named"),
        ("hint", "the machine asks for a login and a password", "Public"),
        ("auth", "admin:$2y$05$abcdefghijklmnopqrstuv", "Plain password-hash PublicOrHash"),
    ] {
        assert_eq!(verdict(name, value), expected, "{name}: {value}");
    }
}

#[test]
fn logins_hold_the_password_behind_the_user() {
    for (name, value, password) in [
        ("NEO4J_AUTH", "neo4j/plum-31", "plum-31"),
        ("BASIC_AUTH", "shop:plum-31", "plum-31"),
        ("FLOWER_BASIC_AUTH", "me@shop.example:plum:31", "plum:31"),
        ("basic-auth", "shop:admin", "admin"),
    ] {
        let hit = named(name, value).expect(value);
        assert_eq!(&value[hit.range], password, "{name}={value}");
    }
    for (name, value) in [
        ("NEO4J_AUTH", "none"),
        ("NEO4J_AUTH", "neo4j/$(PASSWORD)"),
        ("BASIC_AUTH", "https://login.example/a"),
        ("BASIC_AUTH", "auth:4180"),
        ("BASIC_AUTH", "$USER:$PASSWORD"),
        ("BASIC_AUTH", "shop:<password>"),
        ("AUTH_HOST", "shop:plum-31"),
        ("OAUTH", "shop:plum-31"),
    ] {
        assert_eq!(named(name, value), None, "{name}={value}");
    }
}

#[test]
fn a_value_that_calls_itself_a_good_secret_is_no_name_of_one() {
    let hit = |name: &str, value: &str| engine().named(name, value, &|_| false).map(|hit| hit.strength);
    for (name, value) in [("JWT_SECRET", "super-secret-key"), ("SESSION_SECRET", "my-super-secret-key")] {
        assert_eq!(hit(name, value), Some(Strength::DefaultWord), "{value}");
    }
    assert_eq!(hit("JGROUPS_ENCRYPT_SECRET", "eap-app-secret"), None);
}

#[test]
fn names_of_several_words_mean_secrets() {
    let is_found = |name: &str, value: &str| engine().named(name, value, &|_| false).is_some();
    for (name, value) in [
        ("RABBITMQ_ERLANG_COOKIE", "SWQOKODSQALRPCLNMEQG"),
        ("DB_PASS_PHRASE", "t5Rk0pQz81"),
        ("VAULT_DEV_ROOT_TOKEN_ID", "root"),
    ] {
        assert!(is_found(name, value), "{name}");
    }
    for (name, value) in
        [("TOKEN_ID", "t5Rk0pQz81"), ("SESSION_COOKIE", "shop"), ("CATCH_PHRASE", "t5Rk0pQz81")]
    {
        assert!(!is_found(name, value), "{name}");
    }
}

#[test]
fn what_carries_a_message_is_no_secret_of_a_secret() {
    let entry = engine().secret_entry("AIRFLOW__EMAIL__EMAIL_BACKEND", "airflow.utils.email.send_email_smtp");
    assert_eq!(entry, SecretVerdict::Public);
    let entry = engine().secret_entry("EMAIL_SENDER_KEY", "t5Rk0pQz81");
    assert!(matches!(entry, SecretVerdict::Plain(_)));
}
