//! The functions of Go's templates, of sprig and of Argo CD that names, paths and values are made with
//! (`applicationset/utils/template_functions.go`). What is not here has no answer.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::{Map, Value};

/// Longer than any name or path, and than what values hold; a template can make text longer than its own.
pub(super) const LONGEST: usize = 1 << 20;

/// What a value prints; lists and mappings are not printed.
pub(super) fn printed(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a condition makes of it.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// The answer of a function.
pub(super) fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    logic(name, arguments)
        .or_else(|| of_texts(name, arguments))
        .or_else(|| of_lists(name, arguments))
        .or_else(|| of_mappings(name, arguments))
}

fn logic(name: &str, arguments: &[Value]) -> Option<Value> {
    let order = || {
        let number = |at: usize| arguments.get(at)?.as_f64();
        number(0)?.partial_cmp(&number(1)?)
    };
    let value: Value = match (name, arguments.len()) {
        ("default", 2) => arguments[usize::from(is_true(&arguments[1]))].clone(),
        ("coalesce", 1..) => arguments.iter().find(|value| is_true(value))?.clone(),
        ("ternary", 3) => arguments[usize::from(!is_true(&arguments[2]))].clone(),
        ("empty" | "not", 1) => (!is_true(&arguments[0])).into(),
        ("and", 1..) => arguments.iter().find(|value| !is_true(value)).or(arguments.last())?.clone(),
        ("or", 1..) => arguments.iter().find(|value| is_true(value)).or(arguments.last())?.clone(),
        ("eq", 2..) => arguments[1..].contains(&arguments[0]).into(),
        ("ne", 2) => (arguments[0] != arguments[1]).into(),
        ("lt", 2) => order()?.is_lt().into(),
        ("le", 2) => order()?.is_le().into(),
        ("gt", 2) => order()?.is_gt().into(),
        ("ge", 2) => order()?.is_ge().into(),
        _ => return None,
    };
    Some(value)
}

fn of_texts(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |at: usize| printed(arguments.get(at)?);
    let number = |at: usize| arguments.get(at)?.as_i64();
    let value: Value = match (name, arguments.len()) {
        ("lower", 1) => text(0)?.to_lowercase().into(),
        ("upper", 1) => text(0)?.to_uppercase().into(),
        ("trim", 1) => text(0)?.trim().into(),
        ("toString" | "print", 1) => text(0)?.into(),
        ("int" | "int64" | "atoi", 1) => text(0)?.parse::<i64>().ok()?.into(),
        ("quote", 1) => format!("{:?}", text(0)?).into(),
        ("squote", 1) => format!("'{}'", text(0)?).into(),
        ("nospace", 1) => text(0)?.split_whitespace().collect::<String>().into(),
        ("normalize", 1) => normalized(&text(0)?).into(),
        ("trimPrefix", 2) => text(1)?.strip_prefix(&*text(0)?).unwrap_or(&text(1)?).into(),
        ("trimSuffix", 2) => text(1)?.strip_suffix(&*text(0)?).unwrap_or(&text(1)?).into(),
        ("trimAll", 2) => text(1)?.trim_matches(|c| text(0).is_some_and(|all| all.contains(c))).into(),
        ("replace", 3) => replaced(&text(2)?, &text(0)?, &text(1)?)?.into(),
        ("regexReplaceAll", 3) => regex_replaced(&text(0)?, &text(1)?, &text(2)?)?.into(),
        ("cat", 1..) => arguments.iter().map(printed).collect::<Option<Vec<_>>>()?.join(" ").into(),
        ("substr", 3) => part(&text(2)?, number(0)?, number(1)?)?.into(),
        ("b64enc", 1) => STANDARD.encode(&*text(0)?).into(),
        ("b64dec", 1) => String::from_utf8(STANDARD.decode(&*text(0)?).ok()?).ok()?.into(),
        ("trunc", 2) => truncated(&text(1)?, number(0)?)?.into(),
        ("contains", 2) => text(1)?.contains(&*text(0)?).into(),
        ("hasPrefix", 2) => text(1)?.starts_with(&*text(0)?).into(),
        ("hasSuffix", 2) => text(1)?.ends_with(&*text(0)?).into(),
        ("splitList", 2) => text(1)?.split(&*text(0)?).map(Value::from).collect(),
        ("base", 1) => text(0)?.trim_end_matches('/').rsplit('/').next()?.into(),
        ("dir", 1) => text(0)?.rsplit_once('/').map_or(".", |(folder, _)| folder).into(),
        ("printf", 1..) => formatted(&text(0)?, &arguments[1..])?.into(),
        ("indent", 2) => indented(&text(1)?, number(0)?)?.into(),
        ("nindent", 2) => format!("\n{}", indented(&text(1)?, number(0)?)?).into(),
        // JSON is YAML too.
        ("toJson" | "toRawJson" | "toYaml", 1) => arguments[0].to_string().into(),
        ("fromJson", 1) => serde_json::from_str(&text(0)?).ok()?,
        ("fromYaml", 1) => serde_yaml::from_str(&text(0)?).ok()?,
        _ => return None,
    };
    Some(value)
}

fn of_lists(name: &str, arguments: &[Value]) -> Option<Value> {
    let list = |at: usize| arguments.get(at)?.as_array();
    let value: Value = match (name, arguments.len()) {
        ("len", 1) => match &arguments[0] {
            Value::Array(items) => items.len().into(),
            Value::Object(entries) => entries.len().into(),
            value => printed(value)?.len().into(),
        },
        ("first", 1) => list(0)?.first()?.clone(),
        ("last", 1) => list(0)?.last()?.clone(),
        ("initial", 1) => list(0)?.split_last()?.1.to_vec().into(),
        ("rest", 1) => list(0)?.split_first()?.1.to_vec().into(),
        ("list", _) => arguments.to_vec().into(),
        ("has", 2) => list(1)?.contains(&arguments[0]).into(),
        ("append", 2) => [list(0)?.as_slice(), &arguments[1..]].concat().into(),
        ("concat", 1..) => {
            let lists = arguments.iter().map(|list| list.as_array().map(Vec::as_slice));
            lists.collect::<Option<Vec<_>>>()?.concat().into()
        }
        ("join", 2) => {
            let items = list(1)?.iter().map(printed).collect::<Option<Vec<_>>>()?;
            items.join(&printed(&arguments[0])?).into()
        }
        _ => return None,
    };
    Some(value)
}

fn of_mappings(name: &str, arguments: &[Value]) -> Option<Value> {
    let map = |at: usize| arguments.get(at)?.as_object();
    let value: Value = match (name, arguments.len()) {
        ("index", 2..) => arguments[1..].iter().try_fold(&arguments[0], index)?.clone(),
        // What is not there is an empty text to sprig.
        ("get", 2) => map(0)?.get(&*printed(&arguments[1])?).cloned().unwrap_or_else(|| "".into()),
        ("hasKey", 2) => map(0)?.contains_key(&*printed(&arguments[1])?).into(),
        ("dict", _) => {
            let pairs = arguments.chunks(2).map(|pair| {
                let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
                Some((printed(&pair[0])?.into_owned(), value))
            });
            Value::Object(pairs.collect::<Option<Map<_, _>>>()?)
        }
        ("dig", 3..) => {
            let (path, rest) = arguments.split_at(arguments.len() - 2);
            let found = path.iter().try_fold(&rest[1], |at, key| at.as_object()?.get(key.as_str()?));
            found.unwrap_or(&rest[0]).clone()
        }
        _ => return None,
    };
    Some(value)
}

/// An item of a list or an entry of a mapping.
fn index<'v>(of: &'v Value, at: &Value) -> Option<&'v Value> {
    match of {
        Value::Array(items) => items.get(usize::try_from(at.as_i64()?).ok()?),
        Value::Object(entries) => entries.get(at.as_str()?),
        _ => None,
    }
}

fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let most = text.len() + (text.len() + 1) * new.len();
    (most <= LONGEST).then(|| text.replace(old, new))
}

/// `$1` means the same to Go and to this crate.
fn regex_replaced(pattern: &str, text: &str, new: &str) -> Option<String> {
    let pattern = Regex::new(pattern).ok()?;
    let most = text.len() + (text.len() + 1) * (text.len() + new.len());
    (most <= LONGEST).then(|| pattern.replace_all(text, new).into_owned())
}

/// From one byte to another; a negative start or end is that of the text.
fn part(text: &str, start: i64, end: i64) -> Option<&str> {
    let start = usize::try_from(start).unwrap_or(0);
    let end = usize::try_from(end).map_or(text.len(), |end| end.min(text.len()));
    text.get(start..end)
}

fn indented(text: &str, by: i64) -> Option<String> {
    let by = usize::try_from(by).ok()?;
    let lines = text.split('\n').count();
    (by <= LONGEST && text.len() + lines * by <= LONGEST).then(|| {
        let blanks = " ".repeat(by);
        format!("{blanks}{}", text.replace('\n', &format!("\n{blanks}")))
    })
}

/// From the start, or for a negative length from the end; in bytes, as sprig counts.
fn truncated(text: &str, length: i64) -> Option<&str> {
    let bytes = usize::try_from(length.unsigned_abs()).ok()?;
    if bytes >= text.len() {
        return Some(text);
    }
    if length < 0 { text.get(text.len() - bytes..) } else { text.get(..bytes) }
}

/// A name that Kubernetes takes (`SanitizeName`).
pub(super) fn normalized(text: &str) -> String {
    const LONGEST_NAME: usize = 253;
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let mut name = text.to_lowercase().replace(|c| !is_known(c), "-");
    name.truncate(LONGEST_NAME);
    name.trim_matches(['-', '.']).to_owned()
}

/// Go's `fmt`, with plain verbs only.
fn formatted(format: &str, arguments: &[Value]) -> Option<String> {
    let mut arguments = arguments.iter();
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let verb = after.chars().next()?;
        match verb {
            '%' => text.push('%'),
            's' => text.push_str(arguments.next()?.as_str()?),
            'v' => text.push_str(&printed(arguments.next()?)?),
            'd' => text.push_str(&arguments.next()?.as_i64()?.to_string()),
            'q' => write!(text, "{:?}", arguments.next()?.as_str()?).ok()?,
            _ => return None,
        }
        rest = &after[verb.len_utf8()..];
    }
    arguments.next().is_none().then(|| text + rest)
}

#[cfg(test)]
mod tests {
    use super::formatted;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        let quoted = formatted("%q-%s", &["it's \"here\"".into(), "x".into()]);
        assert_eq!(quoted.as_deref(), Some(r#""it's \"here\""-x"#));
    }
}
