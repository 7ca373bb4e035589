//! Parameters of Helm (`--set`, `--set-string`) as texts of files: the arguments of a program can be read by everybody on the
//! machine, files in the scratch folder cannot.
//!
//! How they are read follows helm `pkg/strvals`.

use serde_json::{Map, Value};

use super::strvals::{listed, typed, unescaped};

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
    let typed = |word| if is_text { Value::String(word) } else { typed(word) };
    let value = match listed(value) {
        Some(words) => Value::Array(words.into_iter().map(typed).collect()),
        None => typed(unescaped(value, '\0').concat()),
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
            ("a=True", false, values(r#"{"a":true}"#)),
            ("a=True", true, values(r#"{"a":"True"}"#)),
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
