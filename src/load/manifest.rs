//! Whether text that cannot be read was meant to be a manifest.

use memchr::memmem;

/// Whether text that is no YAML, or was not read whole, may be a manifest: whether `apiVersion` and `kind` are keys of
/// it, and one of them stands as far to the left as its first key.
///
/// It errs towards yes, as what kubectl reads must never pass for no manifest. A helmfile, a template of another language
/// or a file of another tool has no such keys, or has them deep inside.
#[must_use]
pub fn may_be_manifest(text: &str) -> bool {
    // To kubectl a line ends at these too, and a comment with it.
    let text = &text.replace('\0', "").replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n");
    hides_letters(text) || has_keys(text) || has_keys(&joined(text))
}

/// Whether letters are written so that only a parser of YAML reads them: escaped, or in base64.
fn hides_letters(text: &str) -> bool {
    let letter = |digits: Option<&str>| {
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.and_then(char::from_u32).is_some_and(|letter| letter.is_ascii_alphabetic())
    };
    let escaped = [("\\x", 2), ("\\u", 4), ("\\U", 8)].iter().any(|(escape, digits)| {
        let mut places = text.match_indices(escape).map(|(at, _)| at + escape.len());
        places.any(|at| letter(text.get(at..at + digits)))
    });
    escaped || text.contains('!') && text.contains("binary")
}

/// Text without ends of lines that a backslash takes away.
fn joined(text: &str) -> String {
    let mut lines = text.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |joined, line| joined + line.trim_start_matches([' ', '\t']))
}

fn has_keys(text: &str) -> bool {
    let Some(start) = start(text) else { return false };
    let [version, kind] = ["apiVersion", "kind"].map(|word| find_key(text, word, start));
    version.zip(kind).is_some_and(|(version, kind)| version || kind)
}

/// How far to the left keys stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// The first key begins its line after so many bytes.
    At(usize),
    /// Keys may stand anywhere.
    Anywhere,
}

/// Where the first key of a text stands; `None` for a text that is empty or a list.
fn start(text: &str) -> Option<Start> {
    let text = text.trim_start_matches('\u{feff}');
    let is_nothing = |line: &&str| {
        let line = line.trim();
        line.is_empty() || line.starts_with(['#', '%']) || line == "---"
    };
    let first = text.lines().find(|line| !is_nothing(line))?;
    let inside = first.trim_start();
    if inside == "-" || inside.starts_with("- ") {
        return None;
    }
    let is_key = inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '"' | '\''));
    Some(if is_key { Start::At(first.len() - inside.len()) } else { Start::Anywhere })
}

/// Finds a word that is a key; whether one of them stands at the start.
fn find_key(text: &str, word: &str, start: Start) -> Option<bool> {
    let finder = memmem::Finder::new(word);
    let mut found = None;
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let margin = line.len() - line.trim_start().len();
        let is_comment = line[margin..].starts_with('#');
        for at in finder.find_iter(line.as_bytes()).filter(|_| !is_comment) {
            if is_key(&line[..at], &text[line_start + at + word.len()..]) {
                let is_first = || line[margin..at].trim_matches(['"', '\'']).is_empty();
                if start == Start::Anywhere || start == Start::At(margin) && at <= margin + 1 && is_first() {
                    return Some(true);
                }
                found = Some(false);
            }
        }
        line_start += line.len();
    }
    found
}

/// Whether a word is a key, from what stands before it in its line and after it.
fn is_key(before: &str, after: &str) -> bool {
    /// What is farther away is not looked at.
    const NEAR: usize = 200;
    let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$');
    if before.ends_with(continues) || after.starts_with(continues) {
        return false;
    }
    // A name for it may be the key elsewhere.
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(NEAR))..];
    let marks = before.trim_end_matches(['"', '\'']).trim_end().rsplit(char::is_whitespace).next();
    if marks.is_some_and(|mark| mark.starts_with(['&', '!'])) {
        return true;
    }
    let near = &after[..after.floor_char_boundary(NEAR)];
    let mut rest = near.trim_start_matches(['"', '\'']).trim_start();
    while let Some(comment) = rest.strip_prefix('#') {
        rest = comment.find('\n').map_or("", |end| comment[end..].trim_start());
    }
    // A colon that is farther away is taken for granted.
    rest.starts_with(':') || rest.is_empty() && near.len() < after.len()
}

#[cfg(test)]
mod tests {
    use super::may_be_manifest;

    #[test]
    fn what_kubectl_may_read_may_be_a_manifest() {
        for text in [
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .name }}\n",
            "# a comment\n---\napiVersion: v1\n kind: Pod\n",
            "# a comment\u{2028}apiVersion: v1\u{85}kind: Pod\u{2029}",
            "metadata:\n  name: mast\n   namespace: mast\nkind: Pod\napiVersion: v1\n",
            "{{ if .on }}\n  apiVersion: v1\n  kind: Pod\n{{ end }}",
            "{\"metadata\": {}, \"kind\": \"Pod\", \"apiVersion\":\"v1\",",
            "  'kind' : Pod\n  'apiVersion' : v1\n\tx",
            "? kind # of it\n: Pod\n? apiVersion\n: v1\n\tx",
            "\"k\\x69nd\": Pod\napiVersion: v1\n",
            "\"ki\\\n  nd\": Pod\napiVersion: v1\n",
            "!!binary a2luZA==: Pod\napiVersion: v1\n",
            "x: &k kind\n*k : Pod\napiVersion: v1\n",
            "a\0p\0i\0V\0e\0r\0s\0i\0o\0n\0:\0v\0\nk\0i\0n\0d\0:\0 \0P\0",
            "--- {kind: Pod, apiVersion: v1\n",
        ] {
            assert!(may_be_manifest(text), "{text}");
        }
        let far = format!("kind{}: Pod\napiVersion: v1\n", " ".repeat(300));
        assert!(may_be_manifest(&far));
    }

    #[test]
    fn what_other_tools_read_is_no_manifest() {
        for text in [
            "",
            "---\n",
            "releases:\n- name: shop\n{{- if .x }}\n{{- end }}\n",
            "releases:\n- name: raw\n  resources:\n  - apiVersion: v1\n    kind: Pod\n{{ end }}\n",
            "name: {{ cluster }}\n{% if spot %}\nspot: true\n{% endif %}\n",
            "services:\n  a: 1\nservices:\n  b: 2\n",
            "// settings\n{\"kind\": 1,}\n",
            "- hosts: all\n  tasks:\n  - k8s: {apiVersion: v1, kind: Pod, name: {{ x }}}\n",
            "#apiVersion: v1\n#kind: Pod\nx: {{ y }}\n",
            "the apiVersion of this kind is: none: of these\n",
            "apiVersion: v2\nname: {{ shop }}\n",
            "path: C:\\users\\u\n\tx",
        ] {
            assert!(!may_be_manifest(text), "{text}");
        }
    }
}
