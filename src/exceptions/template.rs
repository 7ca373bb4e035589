//! The comments of Helm templates, which are no YAML before they are rendered.

use std::ops::Range;

/// The comments of a template with their marks: lines that begin with `#`, ends of lines, and `{{/* … */}}` on one line.
/// What is text of a block scalar is none.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // Column of the key whose block scalar the lines are part of, and whether a comment of the template is open.
    let (mut scalar, mut is_open) = (None, false);
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end();
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let at = start + indent;
        start += whole.len();
        if is_open {
            is_open = !line.contains("*/");
            continue;
        }
        if is_action_comment(code) {
            if code.contains("*/") {
                found.push(at..at + code.len());
            } else {
                is_open = true;
            }
            continue;
        }
        // An action by itself neither is text nor ends it.
        if code.is_empty() || code.starts_with("{{") && code.ends_with("}}") {
            continue;
        }
        if scalar.is_some_and(|key| indent > key) {
            continue;
        }
        scalar = None;
        if code.starts_with('#') {
            found.push(at..at + code.len());
            continue;
        }
        let end = end_of_code(code);
        if end < code.len() {
            found.push(at + end..at + code.len());
        }
        if opens_scalar(code[..end].trim_end()) {
            scalar = Some(indent + dashes(code));
        }
    }
    found
}

fn is_action_comment(code: &str) -> bool {
    code.strip_prefix("{{").is_some_and(|code| code.trim_start_matches(['-', ' ']).starts_with("/*"))
}

/// Where the comment at the end of a line begins: after a blank, outside of quotes and of actions.
fn end_of_code(code: &str) -> usize {
    let (mut quote, mut is_action, mut before) = (None, false, ' ');
    for (at, letter) in code.char_indices() {
        match (quote, letter) {
            (None, '#') if !is_action && before.is_whitespace() => return at,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter && before != '\\' => quote = None,
            (None, '{') if before == '{' => is_action = true,
            (None, '}') if before == '}' => is_action = false,
            _ => {}
        }
        before = letter;
    }
    code.len()
}

/// Whether a block scalar begins at the end of a line: `key: |`, `- >-`.
fn opens_scalar(code: &str) -> bool {
    let head = code.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let Some(head) = head.strip_suffix(['|', '>']) else { return false };
    head.ends_with([' ', '\t']) && matches!(head.trim_end().bytes().next_back(), Some(b':' | b'-'))
}

/// The width of the dashes before a key: it is the key that its text is deeper than.
fn dashes(code: &str) -> usize {
    let rest = code.trim_start_matches(['-', ' ']);
    let is_list = code.starts_with("- ") && !rest.is_empty() && !rest.starts_with(['|', '>']);
    if is_list { code.len() - rest.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_text_is_no_comment() {
        let template = "\
# one
kind: Job # two
{{- if .Values.a }}
  text: |
    # not this
{{ include \"x\" . }}
    nor # this
  env: # three
  - name: \"a # b\"
    value: 'c # d' # four
  - script: >-
      # nor this
    other: {{ printf \" # \" }} # five
{{/* six */}}
{{- /* open
# nor this
*/ -}}
  list:
    - |
      # nor this
    # seven
url: http://host/#place
";
        let found: Vec<&str> = comments(template).into_iter().map(|range| &template[range]).collect();
        let expected = ["# one", "# two", "# three", "# four", "# five", "{{/* six */}}", "# seven"];
        assert_eq!(found, expected);
    }
}
