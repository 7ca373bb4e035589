//! Private keys by the names that promise them: what stands there may be none.

use super::names::{ENCODINGS, words};

/// Whether a value stands under a name that promises a private key, and is none.
pub(super) fn is_no_private_key(name: &str, value: &str) -> bool {
    is_private_key(name) && !may_be_private_key(value)
}

/// Whether a name promises a private key itself: `ssh-privatekey`, `tls.key`, `TLS_PRIVATE_KEY`.
fn is_private_key(name: &str) -> bool {
    let words = words(name);
    let is_encoding = |word: &&String| ENCODINGS.contains(&word.as_str());
    let mut last = words.iter().rev().skip_while(is_encoding).map(String::as_str);
    match (last.next(), last.next()) {
        (Some("key"), Some("ca" | "private" | "rsa" | "ssh" | "tls")) => true,
        (Some(last), _) => last.ends_with("privatekey"),
        (None, _) => false,
    }
}

/// Whether a value has the head of a key, is one word, or holds a long word as keys are made of. A few words are no key.
fn may_be_private_key(value: &str) -> bool {
    /// The shortest private keys, of elliptic curves, have 32 bytes: as many signs or more in every spelling.
    const SHORTEST: usize = 32;
    let value = value.trim();
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c);
    !value.contains(char::is_whitespace)
        || value.contains("-----BEGIN ")
        || value.split(|c| !is_part(c)).any(|word| word.len() >= SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::is_no_private_key;

    #[test]
    fn words_are_no_private_key_where_a_name_promises_one() {
        let long = "a1B2".repeat(16);
        for name in ["ssh-privatekey", "tls.key", "TLS_PRIVATE_KEY_B64"] {
            assert!(is_no_private_key(name, "Hello, world\n"), "{name}");
            assert!(!is_no_private_key(name, "plum-ladder-31"), "{name}: a word may be one");
            assert!(!is_no_private_key(name, &format!("{long}\n{long}")), "{name}: a key without its head");
            assert!(!is_no_private_key(name, "-----BEGIN ANY KEY-----\nx\n-----END"), "{name}");
        }
        assert!(!is_no_private_key("password", "Hello, world"), "a password may be any words");
    }
}
