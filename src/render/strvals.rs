//! The texts that Helm takes for values (helm `pkg/strvals/parser.go`): what is escaped, listed and typed in them.

use serde_json::Value;

/// The parts between separators; what stands behind a backslash is taken as it is.
pub(super) fn unescaped(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let part = parts.last_mut().expect("there is always one");
        match character {
            '\\' => part.extend(characters.next()),
            _ if character == separator => parts.push(String::new()),
            _ => part.push(character),
        }
    }
    parts
}

/// The words of `{a,b}`; none where a text is no list.
pub(super) fn listed(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    Some(if inside.is_empty() { Vec::new() } else { unescaped(inside, ',') })
}

/// A word as Helm types it (`typedVal`).
pub(super) fn typed(word: String) -> Value {
    match word.as_str() {
        "0" => Value::from(0),
        _ if word.starts_with('0') => Value::String(word),
        _ if word.eq_ignore_ascii_case("true") => Value::Bool(true),
        _ if word.eq_ignore_ascii_case("false") => Value::Bool(false),
        _ if word.eq_ignore_ascii_case("null") => Value::Null,
        _ => word.parse::<i64>().map_or(Value::String(word), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, typed};
    use serde_json::json;

    #[test]
    fn words_are_typed_as_helm_types_them() {
        for (list, expected) in [
            ("{True,FALSE,Null}", json!([true, false, null])),
            ("{0,7,-7,007,0x1}", json!([0, 7, -7, "007", "0x1"])),
            (r"{a\,b,,c}", json!(["a,b", "", "c"])),
            ("{}", json!([])),
        ] {
            let words = listed(list).expect("a list");
            assert_eq!(words.into_iter().map(typed).collect::<serde_json::Value>(), expected, "{list}");
        }
        assert_eq!(listed("a,b"), None);
    }
}
