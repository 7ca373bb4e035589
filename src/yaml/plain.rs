//! A string as YAML text, for what is proposed to people.

use super::scalar::{self, Typed};

/// A string as it is written in a mapping or a list: bare where every reader takes it for a string, else quoted.
#[must_use]
pub fn plain(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-._/@".contains(c);
    let bare = text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(safe);
    if bare && scalar::resolve(text) == Typed::Str {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_could_be_read_otherwise_is_quoted() {
        for bare in ["export", "team-payments", "a.b/c@d"] {
            assert_eq!(plain(bare), bare);
        }
        for (text, quoted) in
            [("yes", "\"yes\""), ("1e3", "\"1e3\""), ("a: b\n", "\"a: b\\n\""), ("", "\"\"")]
        {
            assert_eq!(plain(text), quoted);
        }
    }
}
