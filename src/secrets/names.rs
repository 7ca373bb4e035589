//! Does a name mean that its value is a secret? A test on words, as one large regular expression could not be read.

/// Longer names are not names: nobody writes them, and reading them costs.
const LONGEST: usize = 256;

/// A name that ends in one of these words holds a secret. Glued spellings (`PGPASSWORD`) end in one of them too,
/// except those in [`ALONE`].
pub(super) const LAST: &[&str] = &[
    "accesskey",
    "apikey",
    "apisecret",
    "authkey",
    "authtok",
    "bearer",
    "connectionstring",
    "connstr",
    "credential",
    "credentials",
    "creds",
    "dsn",
    "licensekey",
    "masterauth",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pat",
    "privatekey",
    "psk",
    "pw",
    "pwd",
    "requirepass",
    "secret",
    "secretkey",
    "token",
];

/// Too short to be found at the end of a longer word: `bypass`, `pattern` and its kin.
const ALONE: &[&str] = &["bearer", "creds", "dsn", "pass", "pat", "psk", "pw", "pwd"];

/// … and glued spellings of those that are common enough to name.
const GLUED: &[&str] = &[
    "adminpass",
    "adminpw",
    "bindpass",
    "bindpw",
    "dbpass",
    "dbpw",
    "dbpwd",
    "keypass",
    "mysqlpwd",
    "pgpass",
    "pgpw",
    "rootpass",
    "rootpw",
    "sshpass",
    "storepass",
    "userpass",
    "userpw",
];

/// A name also holds a secret if it ends in `pin` after one of these: of a security module, not of a chip.
const BEFORE_PIN: &str = "card hsm login partition piv pkcs slot so softhsm token user yubikey";

/// A name also holds a secret if it ends in `key` after one of these.
pub(super) const BEFORE_KEY: &str = "access account api app auth cookie crypto decryption deploy encrypt encryption fernet hmac \
    integration jwt license master preshared private routing sec secret service session shared signing storage subscription webhook";

/// … or in one of these pairs.
const LAST_TWO: &[(&str, &str)] =
    &[("conn", "str"), ("conn", "string"), ("connection", "string"), ("sas", "url")];

/// Words that turn a name into a switch, a count or a pointer, wherever they stand before the end.
const EARLIER: &[&str] = &[
    "allow", "disable", "disabled", "enable", "enabled", "existing", "has", "hide", "is", "max", "min", "no",
    "pub", "public", "random", "require", "required", "requires", "show", "skip", "use", "uses", "without",
];

/// `tlsSecret` is the name of an object, not its content.
const NAMED_BY: &[&str] =
    &["ca", "cert", "certificate", "image", "k8s", "kube", "kubernetes", "pull", "registry", "ssl", "tls"];

/// `tokenSecretKey` names the key of a Secret where the token is.
const POINTED_AT: &[&str] = &["password", "token", "user", "username"];

/// Endings that say how the value is written, not what it is.
pub(super) const ENCODINGS: &[&str] = &["b64", "base64", "plain", "plaintext", "raw", "val", "value"];

/// Endings that say which secret of several it is: `DB_PASS_PROD`. A closed list, because most other endings
/// (`_FILE`, `_NAME`, `_TTL`, `_POLICY`) say something about the secret instead.
pub(super) const WHICH: &str = "admin backup bar bd blah ci db default dev foo in main master new old out primary prod production qa root \
    secondary stage staging test uat";

/// Whether a name (variable, flag, key, header) means that its value is a credential. The end decides, so that
/// `DB_PASSWORD_FILE`, `TOKEN_URL` and `MAX_TOKENS` are none without a list of exceptions.
#[must_use]
pub fn sensitive_name(name: &str) -> bool {
    Sort::of(name).is_some()
}

/// Words before `secret` that say that the value itself is meant: `clientSecret: x`.
pub(super) const ITSELF: &str = "api app application client consumer cookie csrf encryption hmac jwt master oauth oidc saml \
    session shared signing state webhook";

/// Whether a field of chart values or parameters holds the name of a Secret rather than its content: `secret: registry`,
/// `loginSecret: books-login`. A name is made of words; known defaults are none.
#[must_use]
pub fn may_name_an_object(field: &str, value: &str) -> bool {
    let words = words(field);
    let (Some(last), before) = (words.last(), words.len().checked_sub(2).map_or("", |at| &words[at])) else {
        return false;
    };
    ["secret", "secrets", "creds", "credentials"].contains(&last.as_str())
        && !contains(ITSELF, before)
        && value.len() <= 63
        && is_made_of_words(value)
        && !["changeme", "secret", "password", "test", "admin"].contains(&value)
}

/// Whether a name is made of words, each with up to three digits behind it: `redis-master2`.
pub(super) fn is_made_of_words(value: &str) -> bool {
    value.split(['-', '.']).all(|part| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.len() - letters.len() <= 3
            && !letters.is_empty()
            && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

/// Whether a word is in a list of words.
pub(super) fn contains(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|entry| entry == word)
}

/// What a sensitive name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Password,
    Token,
    Key,
    /// `secret`, `credentials`: may also be the *name* of a Secret.
    Secret,
    /// Holds a credential among other things.
    Connection,
}

impl Sort {
    /// What a name promises; `None` for a name that is not sensitive.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        let mut words = words(name);
        while words.last().is_some_and(|word| ENCODINGS.contains(&word.as_str())) {
            words.pop();
        }
        let whole = Self::of_words(&words);
        let is_which = |word: &String| contains(WHICH, word);
        if whole.is_some() || !words.last().is_some_and(is_which) {
            return whole;
        }
        while words.last().is_some_and(is_which) {
            words.pop();
        }
        Self::of_words(&words)
    }

    fn of_words(words: &[String]) -> Option<Self> {
        let (last, before) = words.split_last()?;
        if before.iter().any(|word| EARLIER.contains(&word.as_str())) {
            return None;
        }
        let previous = before.last().map_or("", String::as_str);
        let ends = |end: &[&str]| words.len() >= end.len() && words[words.len() - end.len()..] == *end;
        if ends(&["initial", "cluster", "token"]) {
            return None; // etcd's: it tells clusters apart
        }
        if last == "secret" && NAMED_BY.contains(&previous) {
            return None;
        }
        if ends(&["secret", "key"])
            && before.len() >= 2
            && POINTED_AT.contains(&before[before.len() - 2].as_str())
        {
            return None;
        }
        if LAST_TWO.contains(&(previous, last)) {
            return Some(Self::Connection);
        }
        // Rails; RabbitMQ and MongoDB, where whoever has it is a node of the cluster.
        let keys: [&[&str]; 3] =
            [&["secret", "key", "base"], &["erlang", "cookie"], &["replica", "set", "key"]];
        if keys.into_iter().any(ends) {
            return Some(Self::Key);
        }
        if ends(&["root", "token", "id"]) {
            return Some(Self::Token); // Vault's development server
        }
        if ends(&["pass", "phrase"]) || ends(&["rediscli", "auth"]) {
            return Some(Self::Password);
        }
        if last == "key" && contains(BEFORE_KEY, previous) {
            return Some(Self::Key);
        }
        if last == "pin" && contains(BEFORE_PIN, previous) {
            return Some(Self::Password);
        }
        if GLUED.contains(&last.as_str()) {
            return Some(Self::Password);
        }
        let word = LAST.iter().find(|word| {
            last.strip_suffix(**word).is_some_and(|rest| {
                rest.is_empty()
                    || !ALONE.contains(word) && !EARLIER.iter().any(|earlier| rest.starts_with(earlier))
            })
        })?;
        Some(match *word {
            "authtok" | "pass" | "passcode" | "passphrase" | "passwd" | "password" | "psk" | "pw" | "pwd"
            | "requirepass" | "masterauth" => Self::Password,
            "token" | "bearer" | "pat" => Self::Token,
            "accesskey" | "apikey" | "authkey" | "licensekey" | "privatekey" | "secretkey" => Self::Key,
            "connectionstring" | "connstr" | "dsn" => Self::Connection,
            _ => Self::Secret,
        })
    }

    /// For people, with its article.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Password => "a password",
            Self::Token => "a token",
            Self::Key => "a secret key",
            Self::Secret => "a secret",
            Self::Connection => "a connection string with a credential",
        }
    }
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
    let mut lower = word.to_ascii_lowercase();
    if !matches!(lower.as_str(), "b64" | "base64") {
        lower.truncate(lower.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    if !lower.is_empty() {
        words.push(lower);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        assert_eq!(words("AWSSecretKey2"), ["aws", "secret", "key"]);
        assert_eq!(words("s3.SecretKey"), ["s", "secret", "key"]);
        assert_eq!(words("é-Token"), ["token"]);
    }
}
