//! Does a name mean that its value is a secret? A test on words, as one large regular expression could not be read.

/// A name that ends in one of these words holds a secret.
const LAST: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apisecret",
    "authtoken",
    "bearer",
    "clientsecret",
    "connectionstring",
    "connstr",
    "credential",
    "credentials",
    "creds",
    "dsn",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pat",
    "privatekey",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "token",
];

/// … or in `key` after one of these.
const BEFORE_KEY: &[&str] = &[
    "access",
    "account",
    "api",
    "app",
    "auth",
    "deploy",
    "encryption",
    "fernet",
    "hmac",
    "jwt",
    "license",
    "master",
    "private",
    "secret",
    "service",
    "session",
    "shared",
    "signing",
    "storage",
    "webhook",
];

/// … or in one of these pairs.
const LAST_TWO: &[(&str, &str)] = &[
    ("conn", "str"),
    ("conn", "string"),
    ("connection", "string"),
    ("sas", "url"),
];

/// Words that turn a name into a switch or a count, wherever they stand before the end.
const EARLIER: &[&str] = &[
    "allow", "disable", "disabled", "enable", "enabled", "has", "hide", "is", "max", "min", "no", "pub",
    "public", "random", "require", "required", "requires", "show", "skip", "use", "uses", "without",
];

/// Endings that say how the value is written, not what it is.
const ENCODINGS: &[&str] = &["b64", "base64", "plain", "plaintext", "raw", "val", "value"];

/// Whether a name (variable, flag, key, header) means that its value is a credential. The end decides, so that
/// `DB_PASSWORD_FILE`, `TOKEN_URL` and `MAX_TOKENS` are none without a list of exceptions.
#[must_use]
pub fn sensitive_name(name: &str) -> bool {
    let mut words = words(name);
    while words
        .last()
        .is_some_and(|word| ENCODINGS.contains(&word.as_str()))
    {
        words.pop();
    }
    let Some((last, before)) = words.split_last() else {
        return false;
    };
    let previous = before.last().map_or("", String::as_str);
    let ends = LAST.contains(&last.as_str())
        || last == "key" && BEFORE_KEY.contains(&previous)
        || LAST_TWO.contains(&(previous, last));
    ends && !before.iter().any(|word| EARLIER.contains(&word.as_str()))
}

/// Lower-case words of a name: cut at what is no letter or digit, and where camelCase rises; final digits dropped.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for piece in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let bytes = piece.as_bytes();
        let mut start = 0;
        for at in 1..bytes.len() {
            let (before, here) = (bytes[at - 1], bytes[at]);
            let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            let rises = here.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || before.is_ascii_digit() || next_is_lower);
            if rises {
                push(&mut words, &piece[start..at]);
                start = at;
            }
        }
        push(&mut words, &piece[start..]);
    }
    words
}

fn push(words: &mut Vec<String>, word: &str) {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if !word.is_empty() {
        words.push(word.to_ascii_lowercase());
    }
}
