//! The pair that a line is: YAML, properties, INI, environment files, files of words.

use std::ops::Range;

use super::Pair;
use super::scan::is_comment;
use crate::secrets::is_secret_of_field;

/// Words before a name that say only how it is set.
const BEFORE: [&str; 12] = [
    "- ",
    "export ",
    "set ",
    "ENV ",
    "ARG ",
    "local ",
    "let ",
    "var ",
    "const ",
    "readonly ",
    "env ",
    "declare ",
];

/// `name: value`, `name = value`, `export name=value`, `name value`, and a value that stands on the next line.
pub(super) fn read(text: &str, line: Range<usize>) -> Option<Pair<'_>> {
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let end = line.end;
    let whole = &text[line];
    if is_comment(whole) {
        return None;
    }
    let mut rest = whole.trim();
    for word in BEFORE {
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    if rest.starts_with('<') {
        return None; // markup
    }
    rest = rest.strip_prefix(['\'', '"', '$', '@', ':']).unwrap_or(rest);
    // Properties have names such as `address."A.#".size`.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-\"#*[]/".contains(c);
    let (name, rest) = rest.split_at(rest.find(|c| !is_name(c))?);
    let rest = rest.strip_prefix('\'').unwrap_or(rest);
    let name = name.trim_end_matches('"');
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
        return None;
    }
    let after = rest.trim_start();
    let value = if let Some(value) = ["=>", ":=", "+=", "="].iter().find_map(|sign| after.strip_prefix(sign))
    {
        value
    } else if let Some(value) = after.strip_prefix(':') {
        // `http://…` is no pair.
        value
            .strip_prefix([' ', '\t', '"', '\''])
            .map_or(value, |_| value)
            .strip_prefix("//")
            .map_or(Some(value), |_| None)?
    } else {
        // `requirepass x`, `password "x y";`
        let is_one = |value: &str| {
            !value.contains(char::is_whitespace)
                || value.starts_with('"') && value.trim_end_matches(';').ends_with('"')
        };
        Some(after).filter(|value| after.len() < rest.len() && is_one(value))?
    };
    let value = without_tags(value.trim());
    let value = if is_only_comment(value) { &value[..0] } else { value };
    if let Some(block) = below(text, whole, value, end) {
        return Some(Pair { name, value: block, quoted: false });
    }
    if let Some(inside) = in_three(text, value) {
        return Some(Pair { name, value: inside, quoted: true });
    }
    if value.is_empty() && after.starts_with(':') {
        let word = word_below(text, whole, end).filter(|word| is_secret_of_field(name, &text[word.clone()]));
        if let Some(word) = word {
            return Some(Pair { name, value: word, quoted: false });
        }
    }
    Some(unquoted(name, value, offset))
}

/// Whether nothing stands before the comment: `api_key = ; none yet`.
fn is_only_comment(value: &str) -> bool {
    let after = [";", "#", "//"].iter().find_map(|sign| value.strip_prefix(sign));
    after.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// A value without YAML's anchor and type before it.
fn without_tags(mut value: &str) -> &str {
    while let Some((tag, rest)) = value.split_once(' ')
        && (tag.starts_with("!!") || tag.starts_with('&') && tag.len() > 1)
    {
        value = rest.trim_start();
    }
    value
}

/// A value that stands below its name alone: a block of YAML with one line, a property that is continued.
fn below(text: &str, line: &str, value: &str, end: usize) -> Option<Range<usize>> {
    let is_block =
        value.starts_with(['|', '>']) && value[1..].bytes().all(|byte| b"+-123456789".contains(&byte));
    if !is_block && value != "\\" {
        return None;
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text[end..].split_inclusive('\n').filter(|line| !line.trim().is_empty());
    let first = lines.next().filter(|first| value == "\\" || indent(first) > indent(line))?;
    let goes_on = lines.next().is_some_and(|next| is_block && indent(next) > indent(line));
    let content = first.trim();
    let start = content.as_ptr() as usize - text.as_ptr() as usize;
    (!goes_on).then_some(start..start + content.len())
}

/// The inside of three quotes (TOML, "String"; ini files of Go): a break may stand behind the first of them.
fn in_three(text: &str, value: &str) -> Option<Range<usize>> {
    /// Longer ones are documentation.
    const LONGEST: usize = 200;
    ["\"\"\"", "'''"].into_iter().find_map(|quotes| {
        let start = value.strip_prefix(quotes)?.as_ptr() as usize - text.as_ptr() as usize;
        let rest = text.get(start..text.floor_char_boundary(start + LONGEST))?;
        let whole = &rest[..rest.find(quotes)?];
        let inside = whole.trim();
        // Words on lines of their own are documentation.
        let is_word =
            !inside.contains(if whole.contains('\n') { char::is_whitespace } else { |c| c == '\n' });
        let start = inside.as_ptr() as usize - text.as_ptr() as usize;
        (!inside.is_empty() && is_word).then_some(start..start + inside.len())
    })
}

/// The one word on the line below a key of YAML, which is its value.
fn word_below(text: &str, line: &str, end: usize) -> Option<Range<usize>> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text[end..].lines();
    let first = lines.next().filter(|first| indent(first) > indent(line))?;
    let goes_on = lines.next().is_some_and(|next| !next.trim().is_empty() && indent(next) > indent(line));
    let word = first.trim();
    let is_word = !word.contains(|c: char| c.is_whitespace() || "\"'<>{}".contains(c))
        && !word.ends_with([':', '.', ',', ';', '|'])
        && !word.starts_with(['-', '#', '|', '&', '*', '!', '[', '/', '@']);
    let start = word.as_ptr() as usize - text.as_ptr() as usize;
    (is_word && !goes_on && !word.is_empty()).then_some(start..start + word.len())
}

fn unquoted<'a>(name: &'a str, value: &'a str, offset: impl Fn(&str) -> usize) -> Pair<'a> {
    let start = offset(value);
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote)
            && let Some(length) = inner.find(quote)
        {
            return Pair { name, value: start + 1..start + 1 + length, quoted: true };
        }
    }
    let comment = [" #", " ;", " //", "\t#"].iter().filter_map(|sign| value.find(sign)).min();
    let mut bare = value[..comment.unwrap_or(value.len())].trim_end_matches([',', ';', ' ', '\t']);
    // The end of a mapping that began above.
    while bare.ends_with(['}', ']']) && !bare.contains(['{', '[']) {
        bare = bare[..bare.len() - 1].trim_end_matches([' ', ',']);
    }
    Pair { name, value: start..start + bare.len(), quoted: false }
}
