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
