//! Random files: YAML in many styles with comments, and JSON.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::Value;

/// Which texts are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Block mappings and lists, scalars in one line, comments.
    Plain,
    /// Brackets, block scalars and null values too.
    Mixed,
    /// Anchors, aliases and merge keys too.
    Anchored,
    Json,
    /// Files that nobody made for this test.
    Real,
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let odd =
        ["yes", "a: b", "it's", "# x", "one two", "a\nb\n", "a\n\n b", "x\n\n", "a, [b]", "<<", "0x1", ""];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9..99i64).prop_map(Value::from),
        "[a-c]{1,3}".prop_map(Value::from),
        prop::sample::select(odd.to_vec()).prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        let map = prop::collection::btree_map("[a-d]{1,2}|x/y|on|k l|env|[0-9]", inner.clone(), 0..4);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
            2 => map.prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-d]|spec", tree, 1..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// Random numbers, made before.
pub(super) struct Choices<'c>(std::iter::Cycle<std::slice::Iter<'c, u16>>);

impl<'c> Choices<'c> {
    pub(super) fn of(numbers: &'c [u16]) -> Self {
        Self(numbers.iter().cycle())
    }

    pub(super) fn below(&mut self, many: usize) -> usize {
        self.0.next().map_or(0, |choice| usize::from(*choice) % many)
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

struct Writer<'w, 'c> {
    out: String,
    choices: &'w mut Choices<'c>,
    kind: Kind,
    step: usize,
    dash: usize,
    comments: usize,
    /// Names of anchors, and whether a mapping has it.
    anchors: Vec<(String, bool)>,
    anchored: usize,
}

/// A file of some documents.
pub(super) fn text(values: &[Value], kind: Kind, choices: &mut Choices<'_>) -> String {
    let (step, dash) = ([2, 2, 4, 3][choices.below(4)], [0, 2][choices.below(2)]);
    let mut writer = Writer {
        out: String::new(),
        choices,
        kind,
        step,
        dash,
        comments: 0,
        anchors: Vec::new(),
        anchored: 0,
    };
    if kind == Kind::Json {
        let way = writer.choices.below(4);
        let texts: Vec<String> = values.iter().map(|value| json(value, way)).collect();
        let end = if writer.choices.one_in(2) { "\n" } else { "" };
        return texts.join("\n") + end;
    }
    for (at, value) in values.iter().enumerate() {
        if at > 0 || writer.choices.one_in(3) {
            writer.out.push_str(if writer.choices.one_in(3) { "--- # marker\n" } else { "---\n" });
        }
        writer.anchors.clear();
        writer.comment_line(0);
        writer.block(value, 0);
    }
    if writer.choices.one_in(6) {
        writer.out.push_str("# at the end\n");
    }
    let mut out = writer.out;
    if choices.one_in(3) {
        out.pop();
    } else if out.starts_with("---") && choices.one_in(2) {
        // Without the first marker, a document that becomes `{}` would be the head of a JSON stream.
        out.push_str("...\n");
    }
    if choices.one_in(4) {
        out = out.replace('\n', "\r\n");
    }
    if choices.one_in(5) {
        out.insert(0, '\u{feff}');
    }
    out
}

fn json(value: &Value, way: usize) -> String {
    let pretty = serde_json::to_string_pretty(value).expect("JSON");
    let lines = pretty.lines().map(|line| {
        let word = line.trim_start_matches(' ');
        "\t".repeat((line.len() - word.len()) / 2) + word
    });
    match way {
        0 => value.to_string(),
        1 => lines.collect::<Vec<_>>().join("\n"),
        _ => pretty,
    }
}

impl Writer<'_, '_> {
    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("strings take all");
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    /// Perhaps a comment in a line of its own.
    fn comment_line(&mut self, column: usize) {
        if self.choices.one_in(6) {
            self.pad(column);
            self.comments += 1;
            let number = self.comments;
            self.write(format_args!("# c{number}\n"));
        } else if self.choices.one_in(20) {
            self.out.push('\n');
        }
    }

    fn line_end(&mut self) {
        if self.choices.one_in(6) {
            self.comments += 1;
            let blanks = 1 + self.choices.below(2);
            self.pad(blanks);
            let number = self.comments;
            self.write(format_args!("# c{number}"));
        } else if self.choices.one_in(15) {
            self.out.push(' ');
        }
        self.out.push('\n');
    }

    /// A value whose first word stands at `column`.
    fn block(&mut self, value: &Value, column: usize) {
        let is_empty = match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        if self.is_block(is_empty) {
            self.rows(value, column);
        } else {
            self.inline(value, column);
            self.line_end();
        }
    }

    /// The entries or items of a block.
    fn rows(&mut self, value: &Value, column: usize) {
        for (at, (key, value)) in value.as_object().into_iter().flatten().enumerate() {
            if at > 0 {
                self.comment_line(column);
                self.pad(column);
            }
            self.key(key);
            self.value(value, column);
        }
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            if at > 0 {
                self.comment_line(column);
                self.pad(column);
            }
            self.out.push_str("- ");
            self.block(item, column + 2);
        }
        if value.is_object() {
            self.merge(column);
        }
    }

    fn is_block(&mut self, is_empty: bool) -> bool {
        !is_empty && (self.kind == Kind::Plain || !self.choices.one_in(5))
    }

    fn merge(&mut self, column: usize) {
        let maps: Vec<_> = self.anchors.iter().filter(|(_, is_map)| *is_map).cloned().collect();
        if !maps.is_empty() && self.choices.one_in(3) {
            self.pad(column);
            let at = self.choices.below(maps.len());
            self.write(format_args!("<<: *{}\n", maps[at].0));
        }
    }

    fn key(&mut self, key: &str) {
        match key {
            "on" => self.out.push_str("\"on\":"),
            _ if self.choices.one_in(8) => self.write(format_args!("'{key}':")),
            _ if self.choices.one_in(8) => self.write(format_args!("{key:?}:")),
            _ => self.write(format_args!("{key}:")),
        }
    }

    /// A value after its key, which stands at `column`.
    fn value(&mut self, value: &Value, column: usize) {
        let is_anchored = self.kind == Kind::Anchored;
        if is_anchored && !self.anchors.is_empty() && self.choices.one_in(5) {
            let at = self.choices.below(self.anchors.len());
            let name = self.anchors[at].0.clone();
            self.write(format_args!(" *{name}"));
            return self.line_end();
        }
        let anchor = (is_anchored && self.choices.one_in(4)).then(|| {
            self.anchored += 1;
            format!("x{}", self.anchored)
        });
        if let Some(name) = &anchor {
            self.write(format_args!(" &{name}"));
        }
        match value {
            Value::Object(map) if self.is_block(map.is_empty()) => {
                self.lines_below(value, column + self.step, column);
            }
            Value::Array(list) if self.is_block(list.is_empty()) => {
                self.lines_below(value, column + self.dash, column);
            }
            Value::String(text)
                if text.contains('\n') && self.kind != Kind::Plain && self.choices.one_in(2) =>
            {
                let keeps = if text.ends_with("\n\n") { "+" } else { "" };
                let chomp = if text.ends_with('\n') { keeps } else { "-" };
                self.write(format_args!(" |{chomp}"));
                self.line_end();
                for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                    self.pad(if line.is_empty() { 0 } else { column + self.step });
                    self.write(format_args!("{line}\n"));
                }
            }
            Value::Null if self.kind != Kind::Plain && anchor.is_none() && self.choices.one_in(2) => {
                self.line_end();
            }
            _ => {
                self.out.push(' ');
                self.inline(value, column);
                self.line_end();
            }
        }
        self.anchors.extend(anchor.map(|name| (name, value.is_object())));
    }

    fn lines_below(&mut self, value: &Value, deeper: usize, column: usize) {
        self.line_end();
        self.comment_line(column);
        self.pad(deeper);
        self.rows(value, deeper);
    }

    fn inline(&mut self, value: &Value, column: usize) {
        let (open, close, rows): (_, _, Vec<(Option<&String>, &Value)>) = match value {
            Value::Object(map) => ('{', '}', map.iter().map(|(key, value)| (Some(key), value)).collect()),
            Value::Array(list) => ('[', ']', list.iter().map(|item| (None, item)).collect()),
            _ => return self.scalar(value),
        };
        self.out.push(open);
        let lines = !rows.is_empty() && self.choices.one_in(3);
        for (at, (key, value)) in rows.iter().enumerate() {
            if lines {
                self.line_end();
                self.pad(column + self.step);
            }
            if let Some(key) = key {
                self.key(key);
                self.out.push(' ');
            }
            self.inline(value, column + self.step);
            if at + 1 < rows.len() || self.choices.one_in(4) {
                self.out.push_str(if lines { "," } else { ", " });
            }
        }
        if lines {
            self.line_end();
            self.pad(column + 1);
        }
        self.out.push(close);
    }

    fn scalar(&mut self, value: &Value) {
        let is_word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && !text.contains([':', ',', '\n', '\''])
                && text != "yes"
        };
        match value {
            Value::String(text) if is_word(text) && self.choices.one_in(2) => self.out.push_str(text),
            Value::String(text) if !text.contains('\n') && self.choices.one_in(2) => {
                self.write(format_args!("'{}'", text.replace('\'', "''")));
            }
            _ => self.out.push_str(&value.to_string()),
        }
    }
}
