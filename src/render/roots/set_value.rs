//! One value at a path into values, as Helm reads `--set` (helm `pkg/strvals/parser.go`).

use serde_json::{Map, Value};

use crate::render::strvals::{listed, typed, unescaped};

/// Longer lists are not made (helm `pkg/strvals`, `MaxIndex`).
const LONGEST_LIST: usize = 65_536;

/// A step of a path.
enum Step {
    Key(String),
    Item(usize),
}

/// Sets a value at a path such as `a.b[0]`: quoted text stays text, anything else is typed by how it looks. Returns the
/// first key of the path; nothing where it is no path.
pub(super) fn set_value(values: &mut Value, path: &str, text: &str, is_literal: bool) -> Option<String> {
    let steps = steps(path)?;
    let Some(Step::Key(first)) = steps.first() else { return None };
    let first = first.clone();
    let quoted = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    let value = if is_literal {
        text.into()
    } else if quoted('\'') || quoted('"') {
        text.trim_matches(['\'', '"']).into()
    } else {
        read(text)
    };
    let mut place = values;
    for step in steps {
        place = match step {
            Step::Key(key) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut()?.entry(key).or_insert(Value::Null)
            }
            Step::Item(item) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let list = place.as_array_mut()?;
                if list.len() <= item {
                    list.resize(item + 1, Value::Null);
                }
                list.get_mut(item)?
            }
        };
    }
    *place = value;
    Some(first)
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut signs = path.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => key.push(signs.next()?),
            '.' if key.is_empty() => {}
            '.' => steps.push(Step::Key(std::mem::take(&mut key))),
            '[' => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                }
                let (item, rest) = signs.as_str().split_once(']')?;
                steps.push(Step::Item(item.parse().ok().filter(|item| *item < LONGEST_LIST)?));
                signs = rest.chars();
            }
            sign => key.push(sign),
        }
    }
    if !key.is_empty() {
        steps.push(Step::Key(key));
    }
    Some(steps)
}

/// A value that is not quoted: `{a,b}` is a list, else it ends at the first comma.
fn read(text: &str) -> Value {
    match listed(text) {
        Some(words) => words.into_iter().map(typed).collect(),
        None => typed(unescaped(text, ',').swap_remove(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_set_as_helm_sets_them() {
        let mut values = json!({"a": {"b": 1, "list": [{"x": 1}, 2]}});
        for (path, text, is_literal) in [
            ("a.c", "true", false),
            ("a.d", "'true'", false),
            ("a.e", "07", false),
            ("a.f", "7,g=8", false),
            ("a.g", "{x,1}", false),
            ("a.list[0].x", "null", false),
            ("a.list[2]", "new", false),
            ("a.h\\.i", "a,b", true),
        ] {
            assert_eq!(set_value(&mut values, path, text, is_literal).as_deref(), Some("a"), "{path}");
        }
        let expected = json!({"a": {
            "b": 1, "list": [{"x": null}, 2, "new"], "c": true, "d": "true", "e": "07", "f": 7, "g": ["x", 1],
            "h.i": "a,b",
        }});
        assert_eq!(values, expected);
        assert_eq!(set_value(&mut values, "[0]", "x", false), None);
        assert_eq!(set_value(&mut values, "a[99999999]", "x", false), None);
    }
}
