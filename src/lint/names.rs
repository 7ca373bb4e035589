//! Which values are names: what stands in a field that names something, or is a key itself.

use std::collections::{BTreeSet, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::secrets::sensitive_name;
use crate::source::SourceMap;

/// Last words of fields that name something: an object, a key in one, a chart.
const FIELDS: &[&str] = &[
    "name",
    "namespace",
    "key",
    "chart",
    "class",
    "kind",
    "account",
    "ref",
    "issuer",
    "release",
    "image",
    "digest",
];

/// How far before a value its field is looked for.
const FIELD: usize = 64;

/// Those of `values` that are the name of something in a text.
pub(super) fn names_among<'v>(values: &'v BTreeSet<String>, sources: &SourceMap) -> HashSet<&'v String> {
    let values: Vec<&String> = values.iter().filter(|value| may_be_name(value)).collect();
    let mut names = HashSet::new();
    if values.is_empty() {
        return names;
    }
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&values);
    let search = search.expect("the values of a run are far below the limit of two thousand million bytes");
    for (_, file) in sources.files() {
        let text = file.text();
        for found in search.find_iter(text) {
            let value = values[found.pattern().as_usize()];
            if !names.contains(value) && is_name(text, found.start(), found.end()) {
                names.insert(value);
            }
        }
    }
    names
}

/// The longest names are those of subdomains (RFC 1123).
fn may_be_name(value: &str) -> bool {
    value.len() <= 253 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
}

/// Whether `start..end` is the whole of a key, or of the value of a field that names something.
fn is_name(text: &str, start: usize, end: usize) -> bool {
    let blanks: &[char] = &[' ', '"', '\''];
    let after = text[end..].trim_start_matches(['"', '\'']);
    let ends = after.chars().next().is_none_or(|next| next.is_whitespace() || ",]}:#".contains(next));
    let from = text.ceil_char_boundary(start.saturating_sub(FIELD));
    let before = text[from..start].trim_end_matches(blanks);
    let begins = before.len() < start - from || before.ends_with(['\n', '{', ',', '[']) || start == 0;
    if !ends || !begins {
        return false;
    }
    if after.trim_start_matches(' ').starts_with(':') && !before.ends_with(':') {
        return true;
    }
    let Some(field) = before.strip_suffix(':') else { return false };
    let field = field.trim_end_matches(blanks);
    let at = field.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    is_field_of_names(&field[at..])
}

/// Whether a field names something: `secretName`, `key`, but not `secretKey`.
pub(super) fn is_field_of_names(field: &str) -> bool {
    let lower = field.to_ascii_lowercase();
    FIELDS.iter().any(|end| lower.ends_with(end)) && !sensitive_name(field)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_is_a_key_or_stands_in_a_field_of_names() {
        for (text, name) in [
            ("name: plum", true),
            ("{secretName: \"plum\", a: b}", true),
            ("\"key\":\"plum\"", true),
            ("  plum: x", true),
            ("chart: plum\n", true),
            ("password: plum", false),
            ("secretKey: plum", false),
            ("name: plum-2", false),
            ("name: a-plum", false),
            ("a: plum: x", false),
        ] {
            let start = text.find("plum").expect("it is there");
            assert_eq!(is_name(text, start, start + 4), name, "{text}");
        }
    }
}
