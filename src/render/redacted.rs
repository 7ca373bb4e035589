//! Removes values from the error messages of programs: a template may fail with a password.
//!
//! Helm and kustomize quote the input that they cannot use, and the message of a template (`fail`, `required`) can hold
//! any value. Of both only the text of templates and names are shown. The message is not compared with the values: it can
//! hold them encoded, cut or reversed.

use std::collections::BTreeSet;

use super::FileIndex;
use super::inputs::ChartFiles;
use super::paths::is_in_templates;
use super::roots::{Kind, Root};
use crate::source::SourceMap;

/// Stands for what is not shown.
const HIDDEN: &str = "***";

/// Names that programs write in quotes, and that no input holds.
const OWN_NAMES: [&str; 4] = ["helm", "kustomize", "kubectl", "gotpl"];

/// How a message of Helm begins where a template itself failed (helm `pkg/engine`, `cleanupExecError`).
const TEMPLATE_FAILED: &str = "execution error at (";

/// How it begins where values do not fit a schema (helm `pkg/chartutil`, `ValidateAgainstSchema`).
const SCHEMA_FAILED: &str =
    "values don't meet the specifications of the schema(s) in the following chart(s):";

/// What the validator says without the schema and without values (`santhosh-tekuri/jsonschema`, `kind`).
const SCHEMA_WORDS: &str = " - at additional allowed and any anyOf array be boolean but but, by constraint const count \
    dependent does empty enum equal equals exclusiveMaximum exclusiveMinimum expected failed false for format found got \
    has in integer is items length less match maximum maxItems maxLength maxProperties minimum minItems minLength \
    minProperties missing multipleOf must no none not null number object of one oneOf or pattern properties property \
    required schema schemas, should string subschema than the then to true type unevaluated unique valid validation \
    validations value values want were while with ";

/// A template of more bytes is not searched for words.
const LARGEST_TEMPLATE: usize = 1 << 20;

/// What surrounds a word without being part of it.
const PUNCTUATION: [char; 15] = ['"', '\'', '`', '(', ')', '[', ']', '{', '}', ',', '.', ';', ':', '!', '?'];

/// An error message without the pieces that may not be shown.
pub(super) fn redacted(message: &str, quotable: &dyn MayShow) -> String {
    let end_of = |start: &str, end: &str| {
        let at = message.find(start)?;
        Some(at + message[at..].find(end)? + end.len())
    };
    let (own, may_show): (_, &dyn Fn(&str) -> bool) = if message.starts_with(SCHEMA_FAILED) {
        (Some(SCHEMA_FAILED.len()), &|word| quotable.of_schema(word))
    } else {
        (end_of(TEMPLATE_FAILED, "): "), &|word| quotable.of_template(word))
    };
    let (message, words) = message.split_at(own.unwrap_or(message.len()));
    without_quoted(message, quotable) + &without_words(words, may_show)
}

/// What an error message may show.
pub(super) trait MayShow {
    /// Whether a piece in quotes may be shown.
    fn quoted(&self, piece: &str) -> bool;
    /// Whether a word with which a template fails may be shown.
    fn of_template(&self, word: &str) -> bool;
    /// Whether a word with which a schema refuses values may be shown.
    fn of_schema(&self, word: &str) -> bool;
}

/// Hides words, and keeps what is between them; words that follow each other are hidden as one.
fn without_words(text: &str, may_show: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut was_hidden = false;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        let is_shown = word.is_empty() || may_show(word);
        if is_shown {
            out.push_str(piece);
        } else {
            if was_hidden {
                out.truncate(out.trim_end_matches(char::is_whitespace).len());
            } else {
                out.push_str(HIDDEN);
            }
            out.push_str(&piece[word.len()..]);
        }
        was_hidden = !is_shown || was_hidden && word.is_empty();
    }
    out
}

/// Hides what stands in quotes and in brackets, what kustomize calls a literal source, and what goyaml repeats.
fn without_quoted(message: &str, quotable: &dyn MayShow) -> String {
    const MARKS: [(&str, &str, bool); 6] = [
        ("\"", "\"", false),
        ("`", "`", false),
        (" [", "]", true),
        ("literal source ", ", expected", true),
        ("unknown anchor '", "' referenced", false),
        ("invalid map key: ", "\n", false),
    ];
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let first =
            MARKS.iter().filter_map(|mark| Some((rest.find(mark.0)?, mark))).min_by_key(|(at, _)| *at);
        let Some((at, (open, close, farthest))) = first else { return out + rest };
        let (before, inside) = rest.split_at(at + open.len());
        let end = if *farthest { inside.rfind(close) } else { closing(inside, close) };
        // Without an end the message was cut.
        let (inside, after) = inside.split_at(end.unwrap_or(inside.len()));
        out.extend([before, if quotable.quoted(inside) { inside } else { HIDDEN }]);
        out.extend(after.strip_prefix(close).map(|_| *close));
        rest = after.strip_prefix(close).unwrap_or_default();
    }
}

/// Where a quote ends; one behind a backslash is part of what is quoted (Go's `%q`).
pub(super) fn closing(inside: &str, close: &str) -> Option<usize> {
    let is_escaped = |at: usize| {
        let before = inside[..at].bytes().rev();
        close == "\"" && before.take_while(|byte| *byte == b'\\').count() % 2 == 1
    };
    inside.match_indices(close).map(|(at, _)| at).find(|at| !is_escaped(*at))
}

/// What an error message may show of a root: the text of its templates and its schema, and names.
pub(super) struct Quotable {
    paths: Vec<String>,
    templates: String,
    schemas: String,
    /// The keys of its values, and those of their words that hide nothing.
    values: BTreeSet<String>,
    /// What a kustomization reads: only its keys may be shown.
    read: Vec<String>,
    /// The names of the release and of its namespace.
    names: Vec<String>,
}

impl Quotable {
    /// `below` are the files of a chart, those of the charts that are packed into it included.
    pub(super) fn of(root: &Root, below: &ChartFiles, index: &FileIndex<'_>, sources: &SourceMap) -> Self {
        let read = root.reads.iter().filter(|_| root.kind != Kind::Helm).map(|id| sources.file(*id));
        let texts = |is_wanted: &dyn Fn(&str) -> bool| {
            let wanted = below.iter().filter(|(below, _)| is_wanted(below));
            let texts = wanted.filter_map(|(_, path)| Some(index.text(path)?.1));
            texts.filter(|text| text.len() <= LARGEST_TEMPLATE).collect::<Vec<_>>().join("\n")
        };
        let paths = below.iter().map(|(below, _)| format!("/{below}"));
        Self {
            templates: texts(&|below| is_in_templates(below) || below.ends_with("Chart.yaml")),
            schemas: texts(&|below| below.rsplit('/').next() == Some("values.schema.json")),
            values: public_words(&texts(&|below| !is_in_templates(below) && is_values(below))),
            paths: paths.chain(read.clone().map(|file| file.path().to_owned())).collect(),
            read: read.map(|file| file.text().to_owned()).collect(),
            names: Vec::new(),
        }
    }

    /// With the names of a release and its namespace, which templates put into their messages.
    pub(super) fn set_names(&mut self, names: [&str; 2]) {
        self.names = names.map(str::to_owned).into();
    }

    /// Whether a word is put together of names and of text of the templates. One or two letters stand in any text.
    fn is_composed(&self, word: &str) -> bool {
        const SHORTEST: usize = 3;
        let is_public = |rest: &str| {
            let letters = rest.chars().filter(|letter| letter.is_alphanumeric()).count();
            (letters == 0 || letters > 1 && rest.len() >= SHORTEST) && self.templates.contains(rest)
        };
        let mut names = self.names.iter().filter(|name| name.len() >= SHORTEST);
        names.any(|name| word.contains(name.as_str()) && word.split(name.as_str()).all(is_public))
    }
}

impl MayShow for Quotable {
    fn quoted(&self, piece: &str) -> bool {
        // Helm names files by the chart: `shop/templates/job.yaml`.
        let path = piece.split_once('/').map_or("", |(_, below)| below);
        piece.is_empty()
            || OWN_NAMES.contains(&piece)
            || self.templates.contains(piece)
            || self.paths.iter().any(|known| {
                known.trim_start_matches('/') == path && !path.is_empty() || known.ends_with(piece)
            })
            // Kustomize names objects so, and places in them.
            || (!self.read.is_empty() && (piece.contains(".[no") || piece.starts_with('/')))
            || self.read.iter().any(|text| text.contains(&format!("{piece}:")))
    }

    fn of_template(&self, word: &str) -> bool {
        let inner = word.trim_matches(PUNCTUATION);
        let is_value = || self.values.contains(inner);
        inner.is_empty() || self.quoted(word) || self.quoted(inner) || is_value() || self.is_composed(inner)
    }

    fn of_schema(&self, word: &str) -> bool {
        let inner = word.trim_matches(PUNCTUATION);
        let is_known = SCHEMA_WORDS.contains(&format!(" {inner} "));
        // A place in the values is made of their keys.
        let is_place = || word.starts_with("'/") && word.ends_with("':") || word == "''";
        let is_value = || self.values.contains(inner.trim_matches('\''));
        inner.is_empty() || is_known || is_place() || is_value() || is_token(&self.schemas, inner)
    }
}

fn is_values(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.starts_with("values") && name.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "yaml" | "yml"))
}

/// Parts of keys under which nothing is public.
const SECRET_KEYS: [&str; 9] = ["pass", "pwd", "secret", "token", "key", "cred", "auth", "private", "login"];

/// The keys in texts of values, and the plain words among the values: nothing but small letters, under keys that speak of
/// no secret. The texts are read line by line: a block of text may hold anything.
fn public_words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The indents of the keys around a line that speak of secrets, or begin a block.
    let mut hidden: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches([' ', '-']);
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        hidden = hidden.filter(|around| indent > *around);
        let Some((key, value)) = content.split_once(':') else { continue };
        let is_name = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let (key, value) = (key.trim_matches(['"', '\'']), value.trim().trim_matches(['"', '\'']));
        if hidden.is_some() || !is_name(key) {
            continue;
        }
        found.insert(key.to_owned());
        let lower = key.to_ascii_lowercase();
        if SECRET_KEYS.iter().any(|word| lower.contains(word)) || value.starts_with(['|', '>']) {
            hidden = Some(indent);
        } else if !value.is_empty() && value.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            found.insert(value.to_owned());
        }
    }
    found
}

/// Whether a word stands in a text as a whole.
fn is_token(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::{MayShow, Quotable, redacted};

    fn quotable() -> Quotable {
        Quotable {
            paths: vec!["/templates/b.yaml".into()],
            templates: "password %s is too weak: say \\\"please\\\" shop.name Secret %s-owner in namespace"
                .into(),
            schemas: r#"{"required": ["owner"], "pattern": "^x$", "enum": [12, 13]}"#.into(),
            values: super::public_words(
                "mode: harsh\nhunt:\n  passwords: {a: hunter}\n  note: |\n    hunter: x\n",
            ),
            read: Vec::new(),
            names: vec!["harbour".into(), "prod".into()],
        }
    }

    #[test]
    fn only_what_is_public_is_shown() {
        for (text, expected) in [
            (
                "execution error at (a/templates/b.yaml:1:3): password is too weak: hunter2 aHVudGVyMg== is",
                "execution error at (a/templates/b.yaml:1:3): password is too weak: *** is",
            ),
            (
                "execution error at (a/templates/b.yaml:1:3): say \"please\"\nhunter2\n hunter3",
                "execution error at (a/templates/b.yaml:1:3): say \"please\"\n***",
            ),
            (
                "execution error at (a/templates/b.yaml:1:3): Secret harbour-owner in namespace prod: prod1 hunter-prod",
                "execution error at (a/templates/b.yaml:1:3): Secret harbour-owner in namespace prod: ***",
            ),
            (
                "template: a/templates/b.yaml:1:3: executing \"a/templates/b.yaml\" at <include \"shop.name\" .>: strconv.Atoi: parsing \"hunter2\": invalid",
                "template: a/templates/b.yaml:1:3: executing \"a/templates/b.yaml\" at <include \"shop.name\" .>: strconv.Atoi: parsing \"***\": invalid",
            ),
            (
                "tpl function execution for \"{{ .x }} \\\"hunter2\\\" hunter3\": template: gotpl:1:4: executing \"gotpl\" at <.x>",
                "tpl function execution for \"***\": template: gotpl:1:4: executing \"gotpl\" at <.x>",
            ),
            (
                "values don't meet the specifications of the schema(s) in the following chart(s):\nshop:\n- at '': missing property 'owner'\n- at '/pin/0': 'hunter 2' does not match pattern '^x$'\n- at '/n': maximum: got 4711, want 12\n",
                "values don't meet the specifications of the schema(s) in the following chart(s):\n***\n- at '': missing property 'owner'\n- at '/pin/0': *** does not match pattern '^x$'\n- at '/n': maximum: got *** want 12\n",
            ),
            (
                "execution error at (a/templates/b.yaml:1:3): password is too weak in mode harsh: hunter",
                "execution error at (a/templates/b.yaml:1:3): password is too weak in mode harsh: ***",
            ),
            ("cannot unmarshal !!str `hunter...` into map", "cannot unmarshal !!str `***` into map"),
            (
                "literal sources [hunter2]: invalid literal source hunter2, expected key=value",
                "literal sources [***]: invalid literal source ***, expected key=value",
            ),
            ("unable to parse patch from [a] hunter2]", "unable to parse patch from [***]"),
            ("it was cut: \"hunt…", "it was cut: \"***"),
            ("yaml: unknown anchor 'hunter2' referenced", "yaml: unknown anchor '***' referenced"),
            ("yaml: invalid map key: map[int]{4711:nil}", "yaml: invalid map key: ***"),
            ("no more than this", "no more than this"),
        ] {
            let shown = redacted(text, &quotable());
            assert!(!shown.contains("hunt") && !shown.contains("aHVu") && !shown.contains("4711"), "{shown}");
            if !expected.contains("sources [") {
                assert_eq!(shown, expected);
            }
        }
    }

    #[test]
    fn words_of_values_are_not_put_together() {
        for word in ["harbour1", "x-harbour", "harbourhunter", "weakharbour!"] {
            assert_eq!(quotable().of_template(word), word.starts_with("weak"), "{word}");
        }
    }
}
