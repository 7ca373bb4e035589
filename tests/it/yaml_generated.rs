//! YAML written in many styles is read as what was meant, and each place holds its value.

use std::fmt::Write as _;

use nhilint::source::{FileId, SourceMap};
use nhilint::yaml::{Node, parse, to_json};
use proptest::prelude::*;
use serde_json::Value;

fn file() -> FileId {
    SourceMap::default().add("test.yaml", "")
}

/// The text under a node.
fn written(node: Node<'_>) -> &str {
    &node.doc().text[node.span().range()]
}

/// A JSON value whose strings are hard to write.
fn value() -> impl Strategy<Value = Value> {
    let odd = [
        "yes", "~", "0x10", "1e3", "- a", "a: b", "<<", "é # x", " a", "a\n b\n", "\na", "a\n\n", "\n",
        "a\tb",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-c:#' \"\\\\\n-]{0,8}".prop_map(Value::from),
        prop::sample::select(odd.to_vec()).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = "[a-z ]{1,4}|[0-9]{1,2}|on|<<|é";
        let map = prop::collection::btree_map(key, inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            map.prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Writes YAML; the choices say in which style.
struct Writer<'c> {
    out: String,
    choices: std::iter::Cycle<std::slice::Iter<'c, u8>>,
}

impl Writer<'_> {
    fn one_in(&mut self, many: u8) -> bool {
        self.choices.next().is_none_or(|choice| choice % many == 0)
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).expect("strings take all");
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    /// A value whose first word stands at `column`.
    fn block(&mut self, value: &Value, column: usize) {
        match value {
            Value::Object(map) if !map.is_empty() && !self.one_in(5) => {
                for (at, (key, value)) in map.iter().enumerate() {
                    self.pad(if at > 0 { column } else { 0 });
                    self.write(format_args!("{key:?}:"));
                    self.value(value, column);
                }
            }
            Value::Array(list) if !list.is_empty() && !self.one_in(5) => {
                for (at, item) in list.iter().enumerate() {
                    self.pad(if at > 0 { column } else { 0 });
                    self.out.push_str("- ");
                    self.block(item, column + 2);
                }
            }
            _ => {
                self.inline(value);
                self.out.push('\n');
            }
        }
    }

    /// A value after its key, which stands at `column`.
    fn value(&mut self, value: &Value, column: usize) {
        match value {
            Value::Object(_) | Value::Array(_) if !self.one_in(3) => {
                let deeper = column + 1 + usize::from(self.one_in(2));
                let line_break = if self.one_in(2) { "\n" } else { " # c\n\n" };
                self.out.push_str(line_break);
                self.pad(deeper);
                self.block(value, deeper);
            }
            Value::String(text) if !text.is_empty() && self.one_in(2) => {
                let keeps = if text.ends_with("\n\n") || text == "\n" { "+" } else { "" };
                let chomp = if text.ends_with('\n') { keeps } else { "-" };
                self.write(format_args!(" |2{chomp}\n"));
                for line in text.split_terminator('\n') {
                    self.pad(if line.is_empty() { 0 } else { column + 2 });
                    self.write(format_args!("{line}\n"));
                }
            }
            _ => {
                self.out.push(' ');
                self.inline(value);
                self.out.push('\n');
            }
        }
    }

    fn inline(&mut self, value: &Value) {
        match value {
            Value::String(text) if !text.contains('\n') && self.one_in(2) => {
                self.write(format_args!("'{}'", text.replace('\'', "''")));
            }
            _ => self.out.push_str(&value.to_string()),
        }
    }
}

/// A document that holds just what is written at `node`, at the same column.
fn alone(node: Node<'_>, key: Option<Node<'_>>) -> String {
    let text = &node.doc().text;
    let start = node.span().start as usize;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..start];
    let mut prefix: Vec<char> = before.chars().map(|_| ' ').collect();
    let words = written(node);
    // Empty lines behind a block scalar may belong to its value.
    let rest = &text[node.span().end as usize..];
    let breaks = &rest[..rest.len() - rest.trim_start_matches('\n').len()];
    if words.starts_with('|') {
        let column = key.map_or(0, |key| key.span().start as usize - line);
        return format!("{}k: {words}{breaks}", " ".repeat(column));
    }
    // As many dashes as lists begin here.
    let (mut lists, mut list) = (0, node);
    while let Some(item) = list.items().next().filter(|item| item.span().start as usize == start) {
        (lists, list) = (lists + 1, item);
    }
    for (dash, _) in before.char_indices().rev().filter(|&(_, char)| char == '-').take(lists) {
        prefix[before[..dash].chars().count()] = '-';
    }
    format!("{}{words}{breaks}", prefix.iter().collect::<String>())
}

fn check_alone(node: Node<'_>, key: Option<Node<'_>>) -> Result<(), TestCaseError> {
    let text = alone(node, key);
    let (doc, notices) = parse(file(), text.as_str(), 0..text.len());
    prop_assert_eq!(notices, [], "{:?} of {:?}", text, node.doc().text);
    let root = doc.root().expect("it holds the node");
    let copy = if written(node).starts_with('|') { root.get("k").expect("it was written") } else { root };
    prop_assert!(copy.content_eq(node), "{:?} of {:?}", text, node.doc().text);
    for entry in node.entries() {
        prop_assert_eq!(
            entry.key.as_str(),
            serde_json::from_str::<String>(written(entry.key)).ok().map(Into::into)
        );
        check_alone(entry.value, Some(entry.key))?;
    }
    node.items().try_for_each(|item| check_alone(item, None))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_and_every_place_holds_its_value(
        value in value(),
        choices in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let mut writer = Writer { out: String::new(), choices: choices.iter().cycle() };
        writer.block(&value, 0);
        let text = writer.out;
        let (doc, notices) = parse(file(), text.as_str(), 0..text.len());
        prop_assert_eq!(notices, [], "{}", text);
        let Some(root) = doc.root() else {
            prop_assert_eq!(value, Value::Null);
            return Ok(());
        };
        prop_assert_eq!(to_json(root), value, "{}", text);
        check_alone(root, None)?;
    }
}
