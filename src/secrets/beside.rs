//! Names of what stands beside a secret: where a service is, who asks, and how. What they hold is none.

use super::names::{LAST, WHICH, contains, sensitive_name, words};

/// Last words of such names.
const BESIDE: &str = "account addr address arn audience backend brokers bucket channel channels cidr cidrs cluster created database \
    db dbname dn domain driver email enabled endpoint endpoints engine environment executor expiration feature features flag \
    flags format from group groups host hostname hosts id insecure instance interval issuer kind level locale mechanism \
    mechanisms mode mtime name namespace namespaces org organization owner path port prefix project protocol provider realm \
    recipient region registry repo repository resources role roles schema scheme scope scopes sender server servers service \
    shard site size sslmode subject team tenant timeout timezone topic ttl type tz user username version vhost workspace zone";
/// … and for what anybody may see: certificates, public keys, the keys of hosts.
const PUBLIC: &str =
    "ca cacert cert certificate certificates certs crt fingerprint pubkey publickey thumbprint";
/// … which are glued to what is before them: `PGHOST`.
const GLUED: &[&str] = &[
    "user", "username", "host", "hostname", "port", "bucket", "region", "endpoint", "database", "dbname",
    "jwks", "login",
];
/// Last words of names for what may hold a secret that is seen by its form.
const BY_FORM: &str = "broker cmd command file proxy uri url";
/// … and among other things, by its name there.
const MIXED: &str = "config connection dsn env ini json properties string toml xml yaml yml";

/// Of these, words whose values somebody chooses among few.
const CHOSEN: &str = "audience driver engine from group groups instance interval locale mechanism mechanisms org recipient roles schema \
    scheme sender site size sslmode team timeout timezone topic ttl vhost workspace";

/// Whether the key of an entry that is seen says what stands beside a credential: `username`, `username_in`,
/// `azurestorageaccountname`. A password under `engine` is none of few words.
pub(super) fn is_beside(key: &str, value: &str) -> bool {
    let words = words(key);
    let last = words.iter().rev().find(|word| !["in", "out"].contains(&word.as_str()));
    let is_word = |word: &String| {
        [BESIDE, PUBLIC, BY_FORM].iter().any(|list| contains(list, word))
            && !(contains(CHOSEN, word) && is_mixed(value))
            || word.ends_with("name")
    };
    last.is_some_and(is_word) || is_identifier(&words)
}

/// Whether a long part of a value has small and capital letters and digits, as passwords have.
fn is_mixed(value: &str) -> bool {
    const SHORTEST: usize = 8;
    let has = |part: &str, test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| {
        part.len() >= SHORTEST
            && has(part, u8::is_ascii_digit)
            && has(part, u8::is_ascii_uppercase)
            && has(part, u8::is_ascii_lowercase)
    })
}

/// Whether the value of a variable, from a key of a Secret, is no secret by both names: `DB_HOST`, `host`.
#[must_use]
pub fn stands_beside_a_secret(variable: &str, key: &str) -> bool {
    let last = |name: &str| words(name).pop().unwrap_or_default();
    let is_beside = |word: &String| {
        contains(BESIDE, word) || contains(PUBLIC, word) || GLUED.iter().any(|end| word.ends_with(end))
    };
    let both = [last(variable), last(key)];
    let is_credential = |name: &&str| {
        let words = words(name);
        sensitive_name(name) || is_login_by_another_name(&words) || is_key_of_certificate(&words)
    };
    ![variable, key].iter().any(is_credential)
        && (is_identifier(&words(variable))
            || ![MIXED, BY_FORM].iter().any(|list| contains(list, &both[0]))
                && (both.iter().any(is_beside) || is_identifier(&words(key))))
}

/// Words of a name without those at its end that say which of several it is.
fn without_which(words: &[String]) -> &[String] {
    let which = words.iter().rev().take_while(|word| contains(WHICH, word)).count();
    &words[..words.len() - which]
}

/// `SECRET_ID` is the password of a role (Vault, "approle auth method"), and who knows the address of a webhook may post
/// to it (Slack "Incoming webhooks").
fn is_login_by_another_name(words: &[String]) -> bool {
    match without_which(words) {
        [.., before, last] if before == "secret" => last == "id",
        [before @ .., last] => {
            ["address", "addr", "endpoint", "uri", "url"].contains(&last.as_str())
                && before.iter().any(|word| ["webhook", "webhooks"].contains(&word.as_str()))
        }
        [] => false,
    }
}

/// `tls.key`, `client-key`: the private part beside a certificate.
fn is_key_of_certificate(words: &[String]) -> bool {
    let known = ["known", "pub", "public"];
    matches!(words, [before @ .., last] if last == "key" && !before.iter().any(|word| known.contains(&word.as_str())))
        && !words.iter().any(|word| ["api", "project"].contains(&word.as_str()))
}

/// Last words of names of addresses in which nobody logs in, and of the stage that a program runs in.
const PLACES: &[(&str, &str)] = &[
    ("api", "url"),
    ("base", "url"),
    ("provider", "uri"),
    ("app", "env"),
    ("node", "env"),
    ("rack", "env"),
    ("rails", "env"),
];

/// Names of numbers, kinds, projects and addresses of services: `ACCOUNT_NUMBER`, `SEARCH_API_URL`, `PROJECT_ID_STAGING`.
/// Beside a word for a secret they say nothing.
fn is_identifier(words: &[String]) -> bool {
    let holds_secret = words.iter().any(|word| LAST.contains(&word.as_str()));
    let pair = |pair: &[String]| pair[0] == "project" && pair[1] == "id";
    let is_public = |pair: &[String]| ["pub", "public"].contains(&pair[0].as_str()) && pair[1] == "key";
    !holds_secret
        && match without_which(words) {
            words if words.windows(2).next_back().is_some_and(is_public) => true,
            [.., last] if ["number", "type"].contains(&last.as_str()) => true,
            [.., before, last] if PLACES.contains(&(before.as_str(), last.as_str())) => true,
            words => words.windows(2).any(pair) && words.last().is_none_or(|last| last != "key"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_stand_beside_secrets() {
        for (variable, key) in [
            ("DB_HOST", "host"),
            ("ACCOUNT_NUMBER", "account"),
            ("STORE_TYPE", "store"),
            ("SEARCH_API_URL", "search"),
            ("LOGIN_PROVIDER_URI", "login"),
            ("GOOGLE_PROJECT_ID_STAGING", "project"),
            ("BIGQUERY_ENDPOINT", "bigquery"),
            ("OIDC_ISSUER", "issuer"),
            ("SMTP_FROM", "from"),
            ("MAIL_SENDER", "sender"),
            ("SLACK_CHANNEL", "channel"),
            ("FEATURE_FLAGS", "flags"),
            ("NODE_ENV", "node_env"),
            ("KAFKA_BROKERS", "brokers"),
            ("ARN", "role-arn"),
            ("BASE_URL", "base_url"),
        ] {
            assert!(stands_beside_a_secret(variable, key), "{variable}: {key}");
        }
        for (variable, key) in [
            ("VAULT_SECRET_ID", "secret-id"),
            ("ROLE", "secret_id"),
            ("SLACK_WEBHOOK_ENDPOINT", "endpoint"),
            ("SLACK_WEBHOOK_URL", "slack"),
            ("SLACK", "webhook-url"),
            ("CARD_NUMBER", "password"),
            ("TOKEN_NUMBER", "x"),
            ("DATABASE_URL", "database"),
            ("PROJECT_ID_KEY", "x"),
            ("CELERY_BROKER", "broker"),
            ("HTTP_PROXY", "proxy"),
            ("QUEUE_URL", "queue-url"),
            ("SSLMODE_PASSWORD", "sslmode"),
        ] {
            assert!(!stands_beside_a_secret(variable, key), "{variable}: {key}");
        }
    }
}
