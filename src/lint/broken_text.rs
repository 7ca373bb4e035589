//! What is hidden of a text that could not be read as a tree: its values. Its keys and its signs stay, as they show what
//! is broken.
//!
//! It reads words, not YAML. What could be a password is taken for one.

use std::ops::Range;

use crate::secrets::{looks_random, sensitive_name};

/// Keys whose values name something.
const NAMES: &str =
    "apiVersion kind name namespace type image serviceAccountName secretName claimName key chart path";

/// Signs between words.
const SIGNS: &[char] = &[',', '[', ']', '{', '}', '"', '\'', '#', '&', '*', '|', '>', '!', '%', '@', '`'];

/// The values in a text. In a Secret every word is one, elsewhere words that look like names are shown.
pub(super) fn values(text: &str, is_secret: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        Line { text, at: start, end: start + line.len(), key: "", may_be_key: true, is_secret }
            .read(&mut found);
        start += line.len();
    }
    found
}

/// Whether a text seems to hold a Secret.
pub(super) fn is_secret(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut named = words.filter(|word| !word.is_empty()).skip_while(|word| *word != "kind");
    std::iter::from_fn(|| {
        let kind = named.find(|word| *word == "kind")?;
        Some((kind, named.next()))
    })
    .any(|(_, next)| matches!(next, Some("Secret" | "SecretList")))
}

struct Line<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    /// The key before the words that follow.
    key: &'t str,
    /// Whether a key may stand next.
    may_be_key: bool,
    is_secret: bool,
}

impl Line<'_> {
    fn read(mut self, found: &mut Vec<Range<usize>>) {
        let mut depth = 0;
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let first = rest.chars().next().expect("the line goes on");
            if first.is_whitespace() || SIGNS.contains(&first) || first == ':' {
                match first {
                    '{' | '[' => depth += 1,
                    '}' | ']' => depth -= 1,
                    _ => {}
                }
                self.may_be_key |= first == '{' || first == ',' && depth > 0;
                self.at += first.len_utf8();
                continue;
            }
            let word = Self::word(rest);
            if ["-", "?", "---", "..."].contains(&word) {
                self.at += word.len();
                continue;
            }
            let range = self.at..self.at + word.len();
            let is_key = self.may_be_key && self.is_before_colon(range.end);
            self.may_be_key = false;
            self.at = range.end;
            if is_key {
                self.key = &self.text[range];
            } else if !self.is_shown(word) {
                found.push(range);
            }
        }
    }

    /// The word at the start of a text: to a blank, a sign, or a colon that ends a key.
    fn word(rest: &str) -> &str {
        let ends = |at: usize, c: char| {
            let after = rest[at + c.len_utf8()..].chars().next();
            c.is_whitespace()
                || SIGNS.contains(&c)
                || c == ':' && after.is_none_or(|next| next.is_whitespace() || SIGNS.contains(&next))
        };
        let end = rest.char_indices().find(|(at, c)| *at > 0 && ends(*at, *c));
        &rest[..end.map_or(rest.len(), |(at, _)| at)]
    }

    fn is_before_colon(&self, at: usize) -> bool {
        self.text[at..self.end].trim_start_matches(['"', '\'', ' ']).starts_with(':')
    }

    fn is_shown(&self, word: &str) -> bool {
        let is_name = NAMES.split_ascii_whitespace().any(|name| name == self.key);
        is_plain(word) && if self.is_secret { is_name } else { is_name || !sensitive_name(self.key) }
    }
}

/// A word, a small number, a name made of them, an image: nothing that a machine made up.
fn is_plain(word: &str) -> bool {
    let is_word = |part: &str| {
        let bytes = part.as_bytes();
        let changes = |test: fn(&[u8]) -> bool| bytes.windows(2).filter(|pair| test(pair)).count();
        let rises = changes(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
        let turns = changes(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
        let is_short = bytes.len() <= 8 && !bytes.iter().any(u8::is_ascii_uppercase);
        part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && rises <= 2
            && turns <= if is_short { 2 } else { 1 }
    };
    word.len() <= 63 && word.split(|c: char| "./:_-=+()$;".contains(c)).all(is_word) && !looks_random(word)
}

#[cfg(test)]
mod tests {
    use super::{is_secret, values};

    fn masked(text: &str, is_secret: bool) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for range in values(text, is_secret) {
            bytes[range].fill(b'*');
        }
        String::from_utf8(bytes).expect("words end between characters")
    }

    #[test]
    fn values_of_a_secret_are_hidden_and_its_keys_shown() {
        for (text, expected) in [
            ("kind: Secret\ndata:\n  a: Zq7\n\tb: 'x y': z", "kind: Secret\ndata:\n  a: ***\n\tb: '* *': *"),
            (
                r#"{"kind":"Secret","data":{"a":"plain" "b":"x:y"}}"#,
                r#"{"kind":"Secret","data":{"a":"*****" "*":"***"}}"#,
            ),
            ("  b: [word, Zq7\n  - é|ü", "  b: [****, ***\n  - **|**"),
            ("data: {a: b, c: d", "data: {a: *, c: *"),
            ("a: b, c: d", "a: *, *: *"),
        ] {
            assert_eq!(masked(text, true), expected);
        }
    }

    #[test]
    fn elsewhere_names_are_shown() {
        let text = "name: web-1\nimage: example.org/a:1.2\nargs: [--token=Zq7xT9pLm2, --level=info]\npassword: plain\nb: x: y";
        let shown = "name: web-1\nimage: example.org/a:1.2\nargs: [******************, --level=info]\npassword: *****\nb: x: y";
        assert_eq!(masked(text, false), shown);
    }

    #[test]
    fn a_secret_is_known_by_its_kind() {
        assert!(is_secret("a: b\nkind: Secret\n") && is_secret(r#"{"kind" : "SecretList""#));
        assert!(!is_secret("kind: ConfigMap\nname: Secret") && !is_secret("Secret"));
    }
}
