//! Which values are names: what stands in a field that names something, or is a key itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::near::shown;
use crate::finding::Finding;
use crate::secrets::sensitive_name;
use crate::source::{SourceMap, Values};

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

/// Those of `values` that are the name of something that the findings show.
pub(super) fn names_among<'v>(
    values: &'v BTreeSet<String>,
    findings: &[Finding],
    sources: &SourceMap,
) -> HashSet<&'v String> {
    let mut search = NameSearch::new(values.iter().filter(|value| may_be_name(value)).collect());
    if search.values.is_empty() {
        return search.names;
    }
    let texts = shown(findings.iter(), sources);
    #[expect(clippy::iter_over_hash_type, reason = "a set is collected")]
    for (file, ranges) in &texts {
        let text = sources.file(*file).text();
        for range in ranges {
            search.text(text, range.clone());
        }
    }
    // What the words of a finding say may be named in any file.
    let in_words = findings.iter().flat_map(words).flat_map(|words| search.found(words));
    let in_words = in_words.filter(|value| !search.names.contains(value)).collect();
    let mut further = NameSearch::new(in_words);
    if !further.values.is_empty() {
        sources.files().for_each(|(_, file)| further.text(file.text(), 0..file.text().len()));
    }
    search.names.extend(further.names);
    search.names
}

/// The texts of a finding.
fn words(finding: &Finding) -> Vec<&str> {
    let mut words = vec![finding.message.as_str(), finding.label.as_str()];
    words.extend(finding.notes.iter().map(String::as_str));
    words.extend(finding.related.iter().map(|label| label.message.as_str()));
    for fix in &finding.fixes {
        words.push(&fix.title);
        words.extend(fix.changes.iter().filter_map(|change| change.operation.text()));
    }
    words
}

/// A search for values, and which of them are names.
struct NameSearch<'v> {
    values: HashMap<&'v str, &'v String>,
    search: Values,
    names: HashSet<&'v String>,
}

impl<'v> NameSearch<'v> {
    fn new(values: Vec<&'v String>) -> Self {
        let search = Values::of(values.iter().copied().cloned().collect());
        Self {
            values: values.into_iter().map(|value| (value.as_str(), value)).collect(),
            search,
            names: HashSet::new(),
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        let start = range.start;
        for found in self.search.found(text.get(range).unwrap_or_default()) {
            let (start, end) = (start + found.start, start + found.end);
            let value = self.values[&text[start..end]];
            if !self.names.contains(value) && is_name(text, start, end) {
                self.names.insert(value);
            }
        }
    }

    /// The values that stand in a text.
    fn found(&self, text: &str) -> Vec<&'v String> {
        self.search.found(text).map(|found| self.values[&text[found]]).collect()
    }
}

/// The longest names are those of subdomains (RFC 1123).
fn may_be_name(value: &str) -> bool {
    (6..=253).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
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
    let last = field.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    is_field_of_names(last)
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
            ("passéname: plum", true),
            ("passé: plum", false),
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
