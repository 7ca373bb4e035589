//! Parameters of Helm (`--set`, `--set-string`) as texts of files: the arguments of a program can be read by everybody on the
//! machine, files in the scratch folder cannot.
//!
//! How they are read follows helm `pkg/strvals`.

use serde_json::{Map, Value};

/// Numbers from here on are printed with an exponent where they come from a file of values, as Helm reads those as floats.
const PRINTED_ALIKE: i64 = 1_000_000;

/// A parameter, as Helm is given it.
#[derive(Debug, PartialEq)]
pub(super) enum Parameter {
    /// As the text of a file of values.
    Values(String),
    /// The name of a value, and the text that is its value.
    Text(String, String),
    /// As this argument: it holds a number, and no text.
    Argument(String),
}

/// The parameter `name=value`; an item of a list each by itself, where that is to be changed. With `is_text` all values are
/// texts (`--set-string`).
pub(super) fn parameters(given: &str, is_text: bool) -> Vec<Parameter> {
    let argument = || vec![Parameter::Argument(given.to_owned())];
    let Some((name, value)) = split(given) else { return argument() };
    let value = match value.strip_prefix('{').and_then(|list| list.strip_suffix('}')) {
        Some(list) => {
            let items = unescaped(list, ',').into_iter().filter(|item| !item.is_empty());
            Value::Array(items.map(|item| typed(item, is_text)).collect())
        }
        None => typed(unescaped(value, '\0').concat(), is_text),
    };
    let is_large = value.as_i64().is_some_and(|number| number.abs() >= PRINTED_ALIKE);
    // An index changes an item of a list; a file of values would put another list in its place.
    if is_large || name.contains('[') {
        return match value {
            Value::Array(items) if !items.is_empty() => {
                let items = items.into_iter().enumerate();
                items.map(|(number, item)| changed(format!("{name}[{number}]"), item)).collect()
            }
            Value::Array(_) => argument(),
            value => vec![changed(name.to_owned(), value)],
        };
    }
    let keys = unescaped(name, '.').into_iter().rev();
    let nested = keys.fold(value, |value, key| Value::Object(Map::from_iter([(key, value)])));
    vec![Parameter::Values(nested.to_string())]
}

/// A value that is put into a list.
fn changed(name: String, value: Value) -> Parameter {
    match value {
        Value::String(text) => Parameter::Text(name, text),
        value => Parameter::Argument(format!("{name}={value}")),
    }
}

/// The name and the value, at the first `=` that no backslash stands before.
fn split(given: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, byte) in given.bytes().enumerate() {
        match byte {
            b'=' if !escaped => return Some((&given[..at], &given[at + 1..])),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    None
}

/// The parts between separators; what stands behind a backslash is taken as it is.
fn unescaped(text: &str, separator: char) -> Vec<String> {
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

/// A word as Helm types it (`typedVal`).
fn typed(word: String, is_text: bool) -> Value {
    match word.as_str() {
        _ if is_text => Value::String(word),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        "0" => Value::from(0),
        _ if word.starts_with('0') => Value::String(word),
        _ => word.parse::<i64>().map_or(Value::String(word), Value::from),
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameter, parameters};

    #[test]
    fn parameters_are_read_as_helm_reads_them() {
        let values = |text: &str| vec![Parameter::Values(text.to_owned())];
        let text = |name: &str, text: &str| Parameter::Text(name.into(), text.into());
        let argument = |text: &str| Parameter::Argument(text.into());
        for (given, is_text, expected) in [
            ("a.b=c", false, values(r#"{"a":{"b":"c"}}"#)),
            (r"a\.b.c=d\,e", false, values(r#"{"a.b":{"c":"d,e"}}"#)),
            ("a=7", false, values(r#"{"a":7}"#)),
            ("a=7", true, values(r#"{"a":"7"}"#)),
            ("a=007", false, values(r#"{"a":"007"}"#)),
            ("a=null", false, values(r#"{"a":null}"#)),
            ("a={x,7}", false, values(r#"{"a":["x",7]}"#)),
            ("a={}", false, values(r#"{"a":[]}"#)),
            ("a=b=c", false, values(r#"{"a":"b=c"}"#)),
            ("a[0].b=c", false, vec![text("a[0].b", "c")]),
            ("a[0]=7", false, vec![argument("a[0]=7")]),
            ("a[0]={x,7}", false, vec![text("a[0][0]", "x"), argument("a[0][1]=7")]),
            ("a=1000000", false, vec![argument("a=1000000")]),
            ("a=", false, values(r#"{"a":""}"#)),
        ] {
            assert_eq!(parameters(given, is_text), expected, "{given}");
        }
    }
}
