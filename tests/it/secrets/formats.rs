//! Every pattern of the table: what it finds, and what it must not.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nhilint::secrets::{Strength, engine};

use super::{ALNUM, DIGITS, HEX, LETTERS, UPPER, fill, named};

fn pem(kind: &str) -> String {
    let (begin, end) = (["-----BEGIN ", kind, "-----"].concat(), ["-----END ", kind, "-----"].concat());
    format!("{begin}\n{}\n{end}", fill(ALNUM, 80))
}

/// Every pattern for text: its id, a text that it finds, and one that it must not.
#[expect(clippy::too_many_lines, reason = "a table")]
fn formats() -> Vec<(&'static str, String, String)> {
    let token = |id, prefix: &[&str], alphabet, length: usize| {
        let prefix = prefix.concat();
        (id, prefix.clone() + &fill(alphabet, length), prefix + &fill(alphabet, length - 1))
    };
    let after = |id, before: &str, secret: &str, none: &str| {
        (id, before.to_owned() + secret, before.to_owned() + none)
    };
    let header = STANDARD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = STANDARD.encode(r#"{"iss":"someone","exp":1}"#);
    let jwt = [&header, ".", &claims, ".", &fill(ALNUM, 20)].concat().replace('=', "");
    let key = ["PRIVATE", " KEY"].concat();
    let login = STANDARD.encode("user:hunter-3-x");
    let openai = fill(ALNUM, 20);
    let google = |body: String| format!(r#"{{"private_key": "{}"}}"#, body.replace('\n', "\\n"));
    vec![
        ("google-service-account", google(pem(&key)), google(pem("CERTIFICATE"))),
        (
            "private-key",
            pem(&format!("RSA {key}")),
            pem(&format!("RSA {key}")).replace(&fill(ALNUM, 80), "..."),
        ),
        after("aws-secret-access-key", "secret_access_key = ", &fill(ALNUM, 40), &fill(ALNUM, 41)),
        token("aws-access-key-id", &["AK", "IA"], UPPER, 16),
        token("aws-bedrock-key", &["AB", "SK"], ALNUM, 109),
        token("github", &["gh", "p_"], ALNUM, 36),
        token("github", &["github", "_pat_"], ALNUM, 82),
        token("gitlab", &["gl", "pat-"], ALNUM, 20),
        token("gitlab", &["gl", "rtr-"], ALNUM, 20),
        token("sonarqube", &["sq", "u_"], HEX, 40),
        token("groq", &["gs", "k_"], ALNUM, 52),
        token("openrouter", &["sk-", "or-v1-"], HEX, 64),
        token("nvidia", &["nv", "api-"], ALNUM, 64),
        token("perplexity", &["pp", "lx-"], ALNUM, 48),
        token("figma", &["fi", "gd_"], ALNUM, 40),
        token("tailscale", &["ts", "key-auth-kAbCdE1CNTRL-"], ALNUM, 16),
        token("planetscale", &["pscale", "_tkn_"], ALNUM, 32),
        token("contentful", &["CF", "PAT-"], ALNUM, 43),
        token("slack", &["xo", "xb-"], ALNUM, 10),
        token("slack", &["xa", "pp-1-A1-2-"], HEX, 1),
        token("slack-webhook", &["https://hooks.slack", ".com/services/T0/"], ALNUM, 17),
        after(
            "teams-webhook",
            &["https://x.webhook.office", ".com/webhookb2/"].concat(),
            &format!("{0}@{0}/Incoming", fill(HEX, 36)),
            "x",
        ),
        token(
            "discord-webhook",
            &["https://discord", ".com/api/webhooks/", &fill(DIGITS, 18), "/"],
            ALNUM,
            60,
        ),
        token("google-api-key", &["AI", "za"], ALNUM, 35),
        token("google-oauth", &["ya", "29."], ALNUM, 20),
        token("google-oauth", &["GOC", "SPX-"], ALNUM, 28),
        token("stripe", &["sk_", "live_"], ALNUM, 10),
        token("stripe-test", &["rk_", "test_"], ALNUM, 10),
        ("jwt", jwt.clone(), jwt.replace("ey", "xy")),
        token("npm", &["np", "m_"], ALNUM, 36),
        token("pypi", &["pypi-", "AgEIcHlwaS5vcmc"], ALNUM, 50),
        token("hugging-face", &["h", "f_"], LETTERS, 34),
        token("anthropic", &["sk-", "ant-api03-"], ALNUM, 80),
        after(
            "openai",
            "sk-",
            &[&openai, "T3Blbk", "FJ", &openai].concat(),
            &[&openai, "T3Blbk", "Fj", &openai].concat(),
        ),
        token("private-key", &["LS0tLS1CRUdJTi", "BQUklWQVRFIEtFWS"], ALNUM, 60),
        token("azure-client-secret", &["abc1", "Q~"], ALNUM, 31),
        after("azure-storage-key", "AccountName=x;AccountKey=", &(fill(ALNUM, 86) + "=="), &fill(ALNUM, 86)),
        after(
            "azure-shared-key",
            "Endpoint=sb://x/;SharedAccessKey=",
            &(fill(ALNUM, 43) + "="),
            &fill(ALNUM, 43),
        ),
        token("vault", &["hv", "s."], ALNUM, 24),
        token("terraform-cloud", &[&fill(ALNUM, 14), ".atlas", "v1."], ALNUM, 60),
        token("databricks", &["da", "pi"], HEX, 32),
        token("digitalocean", &["do", "p_v1_"], HEX, 64),
        token("grafana", &["gl", "sa_", &fill(ALNUM, 32), "_"], HEX, 8),
        token("sendgrid", &["S", "G.", &fill(ALNUM, 22), "."], ALNUM, 16),
        token("twilio", &["TWILIO_KEY=S", "K"], HEX, 32),
        token("doppler", &["dp.", "pt."], ALNUM, 40),
        token("onepassword", &["ops", "_eyJ"], ALNUM, 250),
        token("age", &["AGE-SECRET", "-KEY-1"], UPPER, 58),
        token("openshift", &["sha256", "~"], ALNUM, 43),
        token("docker-hub", &["dckr", "_pat_"], ALNUM, 27),
        token("sentry", &["sntr", "yu_"], HEX, 40),
        token("new-relic", &["NR", "AK-"], UPPER, 27),
        token("atlassian", &["ATA", "TT3"], ALNUM, 180),
        token("artifactory", &["AK", "Cp"], ALNUM, 69),
        token("shopify", &["shp", "at_"], HEX, 32),
        token("postman", &["PM", "AK-", &fill(HEX, 24), "-"], HEX, 34),
        token("linear", &["lin", "_api_"], ALNUM, 40),
        token("telegram", &[&fill(DIGITS, 9), ":A", "A"], ALNUM, 33),
        token("facebook", &["EAACEd", "Eose0cBA"], ALNUM, 10),
        token("square", &["sq0", "csp-"], ALNUM, 43),
        token("braintree", &["access_token$", "production$", &fill(HEX, 16), "$"], HEX, 32),
        (
            "docker-auth",
            format!(r#"{{"auth": "{login}"}}"#),
            format!(r#"{{"auth": "{}"}}"#, STANDARD.encode("user:")),
        ),
        after("auth-header", "Authorization: Basic ", &login, "${LOGIN_BASE64}"),
        after("auth-header", "authorization: bearer ", &fill(ALNUM, 12), "$TOKEN"),
        after("ingestion-key", "x-honeycomb-team=", &fill(ALNUM, 16), "${KEY_OF_THE_TEAM}"),
        after("plain-password", "ann:{PLAIN}", "x7-y", "${PW}"),
        after("url-password", "postgres://app:", "x7-secret-y@db/x", "$(PW)@db/x"),
        after("url-query", "/ready?full=1&token=", "x7-y", "$TOKEN"),
        after("kv-password", "Server=db;User=sa;Password=", "x7-y;", "${PW};"),
        after("curl-user", "curl -k -u admin:", "x7-y http://x", "$PW http://x"),
        after("sql-password", "CREATE USER a IDENTIFIED BY '", "x7-y'", "$PW'"),
        after("quoted-password", "db = { password = '", "x7-y'", "$PW'"),
        after("npm-login", "registry=x\n_auth=", &login, "${LOGIN_BASE64}"),
        after("redis-user", "user app on >", "x7-y ~* +@all", "${PW} ~* +@all"),
        after("mongo-login", "db.auth('admin', '", "x7-y')", "$PW')"),
        after(
            "piped-password",
            "echo ",
            "x7-y | docker login --password-stdin",
            "$PW | docker login --password-stdin",
        ),
        after("chpasswd", "echo root:", "x7-y | chpasswd", "x7-y | cat"),
    ]
}

#[test]
fn every_pattern_finds_its_format_and_no_near_miss() {
    for (id, text, near) in formats() {
        for (text, before) in [(text.clone(), 0), (format!("é \"{text}\" é"), 4)] {
            let hits = engine().text(&text);
            assert_eq!(hits.iter().map(|hit| hit.kind).collect::<Vec<_>>(), [id], "{id}");
            assert!(hits[0].range.start >= before && hits[0].range.end <= text.len() - before, "{id}");
        }
        assert_eq!(engine().text(&near), [], "near miss of {id}");
        assert_eq!(named("ANYTHING", &text).map(|hit| hit.kind), Some(id), "{id} under any name");
    }
}

#[test]
fn every_pattern_of_the_table_has_a_test() {
    let table = include_str!("../../../rules/tables/secret-patterns.yaml");
    let ids = table.lines().filter_map(|line| line.strip_prefix("  - id: "));
    let by_name = ["okta", "plex", "qase", "bootstrap-token"];
    let tested: BTreeSet<&str> = formats().into_iter().map(|(id, ..)| id).chain(by_name).collect();
    assert_eq!(ids.filter(|id| !tested.contains(id)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn some_formats_need_a_name() {
    for (id, name, value) in [
        ("okta", "OKTA_CLIENT", format!("00{}", fill(ALNUM, 40))),
        ("plex", "PLEX_CLAIM", format!("claim-{}", fill(ALNUM, 20))),
        ("qase", "qase_testops_run", fill(HEX, 40)),
        ("twilio", "TWILIO_SID", format!("SK{}", fill(HEX, 32))),
        ("bootstrap-token", "--token", format!("{}.{}", fill(HEX, 6), fill(HEX, 16))),
    ] {
        assert_eq!(named(name, &value).map(|hit| hit.kind), Some(id));
        assert_eq!(named("OTHER", &value), None, "{id} without its name");
    }
}

#[test]
fn examples_and_ids_are_not_alarming() {
    let strength = |value: &str| engine().text(value).first().map(|hit| hit.strength);
    assert_eq!(strength(&["gh", "p_", &"x".repeat(36)].concat()), Some(Strength::TemplateWord));
    assert_eq!(strength(&["AKIA", "IOSFODNN7", "EXAMPLE"].concat()), Some(Strength::TemplateWord));
    assert_eq!(strength(&["AK", "IA", &fill(UPPER, 16)].concat()), Some(Strength::PublicOrHash));
    assert_eq!(strength(&["sk_", "test_", &fill(ALNUM, 20)].concat()), Some(Strength::PublicOrHash));
    let unsigned =
        [STANDARD.encode(r#"{"alg":"none"}"#), STANDARD.encode(r#"{"sub":"someone"}"#), String::new()];
    assert_eq!(strength(&unsigned.join(".").replace('=', "")), Some(Strength::PublicOrHash));
    let comment = "# postgres://app:secret-x7@db";
    assert_eq!(named("X", comment), None, "a comment shows an example");
    assert_eq!(strength(comment), Some(Strength::Vendor), "which outputs hide all the same");
    assert_eq!(strength("docker://alpine:latest@sha256:abc"), None);
}

#[test]
fn hits_name_the_secret_only() {
    for (value, secret) in [
        ("postgres://app:x7-y@db:5432/x", "x7-y"),
        ("jdbc:postgresql://db/x?user=app&password=x7-y", "x7-y"),
        ("Data Source=db;Password=x7-y;Encrypt=true", "x7-y"),
        ("-Xmx1g -Djavax.net.ssl.keyStorePassword=x7-y -Da=b", "x7-y"),
        ("{\"user\": \"a\", \"password\": \"x7-y\"}", "x7-y"),
        (" x7-y\n", "x7-y"),
    ] {
        let name = if value.starts_with(' ') { "DB_PASSWORD" } else { "SETTINGS" };
        let hit = named(name, value).expect(value);
        assert_eq!(&value[hit.range.clone()], secret, "{value}");
        assert!(!format!("{hit:?}").contains("x7-y"), "a hit shows no value");
    }
}

#[test]
fn double_base64_hides_no_token() {
    let token = ["gl", "pat-", &fill(ALNUM, 20)].concat();
    let hit = named("X", &STANDARD.encode(&token)).expect("a token");
    assert_eq!((hit.kind, hit.what.as_str()), ("gitlab", "a GitLab token in base64"));
    assert_eq!(named("X", &STANDARD.encode("nothing to see in this text")), None);
}

#[test]
fn headers() {
    let login = STANDARD.encode("user:x7-yz");
    let range = |name: &str, value: &str| engine().header(name, value).map(|hit| value[hit.range].to_owned());
    assert_eq!(range("Authorization", &format!("Basic {login}")), Some(login));
    assert_eq!(range("X-Api-Key", "x7-yz").as_deref(), Some("x7-yz"));
    assert_eq!(range("X-Vault-Token", "x7-yz").as_deref(), Some("x7-yz"));
    for (name, value) in
        [("Authorization", "Bearer $(TOKEN)"), ("Cookie", "id=probe"), ("Accept", "x7-yz"), ("Host", "x")]
    {
        assert_eq!(range(name, value), None, "{name}: {value}");
    }
}
