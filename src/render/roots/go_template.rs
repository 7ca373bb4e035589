//! The Go templates of ApplicationSets: conditions, pipelines and the functions of sprig that names and paths are made
//! with. What is not understood has no answer, so that nothing is guessed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::render::marked::{Kind, Word, commands, inside, lex, string, words};

/// The parameters of one generated Application: names with dots → texts.
pub(super) type Parameters = BTreeMap<String, String>;

/// How deep parentheses and conditions may stand in each other.
const DEEPEST: usize = 20;

/// Longer than any name or path, and than what values hold; a template can make text longer than its own.
const LONGEST: usize = 1 << 20;

/// The text with everything in it answered; none where something is not understood or not known.
/// `strict`: a missing parameter is an error.
pub(super) fn fill(text: &str, parameters: &Parameters, strict: bool) -> Option<String> {
    let known = Known { parameters, strict };
    let mut filled = String::with_capacity(text.len());
    // Where the last printed value ends: only text is cut.
    let (mut end, mut cuts) = (0, false);
    let mut open: Vec<Condition> = Vec::new();
    for token in lex(text)? {
        let live = open.last().is_none_or(|condition| condition.live);
        let body = &text[token.body.clone()];
        if token.cuts_before {
            filled.truncate(filled.trim_end().len().max(end));
        }
        match (token.kind, token.word) {
            (Kind::Text, _) if live => filled.push_str(if cuts { body.trim_start() } else { body }),
            (Kind::Print, _) if live => {
                match pipeline(body, known, 0)? {
                    // As Go prints it.
                    Value::Null => filled.push_str("<no value>"),
                    value => filled.push_str(&printed(&value)?),
                }
                end = filled.len();
            }
            (Kind::Text | Kind::Print | Kind::Comment, _) => {}
            (Kind::Control, Word::If) if open.len() < DEEPEST => {
                let holds = live && is_true(&pipeline(body.strip_prefix("if")?, known, 0)?);
                open.push(Condition { around: live, met: holds, live: holds });
            }
            (Kind::Control, Word::Else) => {
                let condition = open.last_mut()?;
                let wanted = condition.around && !condition.met;
                let rest = body.strip_prefix("else")?.trim();
                let holds =
                    wanted && (rest.is_empty() || is_true(&pipeline(rest.strip_prefix("if")?, known, 0)?));
                (condition.live, condition.met) = (holds, condition.met || holds);
            }
            (Kind::Control, Word::End) => _ = open.pop()?,
            (Kind::Control, _) => return None,
        }
        cuts = token.cuts_after;
        if filled.len() > LONGEST {
            return None;
        }
    }
    open.is_empty().then_some(filled)
}

/// What a template may name.
#[derive(Clone, Copy)]
struct Known<'p> {
    parameters: &'p Parameters,
    strict: bool,
}

/// An `if` that is not at its end.
struct Condition {
    /// What stands around it counts.
    around: bool,
    /// One of its branches was taken.
    met: bool,
    /// This branch counts.
    live: bool,
}

fn pipeline(text: &str, known: Known<'_>, depth: usize) -> Option<Value> {
    let mut piped: Option<Value> = None;
    for command in commands(text) {
        let words = words(command);
        let (first, rest) = words.split_first()?;
        let mut arguments = Vec::with_capacity(rest.len() + 1);
        for word in rest {
            arguments.push(term(word, known, depth)?);
        }
        arguments.extend(piped.take());
        piped = Some(match term(first, known, depth) {
            Some(value) if arguments.is_empty() => value,
            Some(_) => return None,
            None => call(first, &arguments)?,
        });
    }
    piped
}

fn term(word: &str, known: Known<'_>, depth: usize) -> Option<Value> {
    if let Some(inner) = inside(word) {
        return (depth < DEEPEST).then(|| pipeline(inner, known, depth + 1)).flatten();
    }
    if let Some(path) = word.strip_prefix("$.").or_else(|| word.strip_prefix('.')) {
        return parameter(path, known);
    }
    match word {
        "true" | "false" => Some(Value::Bool(word == "true")),
        _ if word.starts_with('"') => serde_json::from_str(word).ok(),
        _ if word.starts_with('`') => string(word).map(Value::from),
        _ => word.parse::<i64>().ok().map(Value::from),
    }
}

/// A parameter, or the list of those with a number behind its name. One that is missing is nothing, where what it would
/// stand in is there.
fn parameter(path: &str, Known { parameters, strict }: Known<'_>) -> Option<Value> {
    if let Some(text) = parameters.get(path) {
        return Some(text.as_str().into());
    }
    let items = (0..).map_while(|at| parameters.get(&format!("{path}.{at}")));
    let items: Vec<Value> = items.map(|text| text.as_str().into()).collect();
    let is_there = |above: &str| {
        let above = format!("{above}.");
        parameters.range(above.clone()..).next().is_some_and(|(name, _)| name.starts_with(&above))
    };
    match path.rsplit_once('.') {
        _ if !items.is_empty() => Some(Value::Array(items)),
        _ if strict => None,
        Some((above, _)) if !is_there(above) => None,
        _ => Some(Value::Null),
    }
}

/// What a value prints; lists are not printed.
fn printed(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// The functions of Go's templates, sprig and Argo CD (`applicationset/utils/template_functions.go`).
fn call(name: &str, arguments: &[Value]) -> Option<Value> {
    let text = |at: usize| printed(arguments.get(at)?);
    let number = |at: usize| arguments.get(at)?.as_i64();
    let list = |at: usize| arguments.get(at)?.as_array();
    let value: Value = match (name, arguments.len()) {
        ("lower", 1) => text(0)?.to_lowercase().into(),
        ("upper", 1) => text(0)?.to_uppercase().into(),
        ("trim", 1) => text(0)?.trim().into(),
        ("toString" | "print", 1) => text(0)?.into(),
        ("quote", 1) => format!("{:?}", text(0)?).into(),
        ("squote", 1) => format!("'{}'", text(0)?).into(),
        ("nospace", 1) => text(0)?.split_whitespace().collect::<String>().into(),
        ("normalize", 1) => normalized(&text(0)?).into(),
        ("trimPrefix", 2) => text(1)?.strip_prefix(&*text(0)?).unwrap_or(&text(1)?).into(),
        ("trimSuffix", 2) => text(1)?.strip_suffix(&*text(0)?).unwrap_or(&text(1)?).into(),
        ("trimAll", 2) => text(1)?.trim_matches(|c| text(0).is_some_and(|all| all.contains(c))).into(),
        ("replace", 3) => replaced(&text(2)?, &text(0)?, &text(1)?)?.into(),
        ("trunc", 2) => truncated(&text(1)?, number(0)?)?.into(),
        ("default", 2) => arguments[usize::from(is_true(&arguments[1]))].clone(),
        ("coalesce", 1..) => arguments.iter().find(|value| is_true(value))?.clone(),
        ("ternary", 3) => arguments[usize::from(!is_true(&arguments[2]))].clone(),
        ("empty" | "not", 1) => (!is_true(&arguments[0])).into(),
        ("and", 1..) => arguments.iter().find(|value| !is_true(value)).or(arguments.last())?.clone(),
        ("or", 1..) => arguments.iter().find(|value| is_true(value)).or(arguments.last())?.clone(),
        ("eq", 2..) => arguments[1..].contains(&arguments[0]).into(),
        ("ne", 2) => (arguments[0] != arguments[1]).into(),
        ("contains", 2) => text(1)?.contains(&*text(0)?).into(),
        ("hasPrefix", 2) => text(1)?.starts_with(&*text(0)?).into(),
        ("hasSuffix", 2) => text(1)?.ends_with(&*text(0)?).into(),
        ("len", 1) => list(0).map(Vec::len).or_else(|| Some(text(0)?.len()))?.into(),
        ("index", 2) => list(0)?.get(usize::try_from(number(1)?).ok()?)?.clone(),
        ("first", 1) => list(0)?.first()?.clone(),
        ("last", 1) => list(0)?.last()?.clone(),
        ("initial", 1) => list(0)?.split_last()?.1.to_vec().into(),
        ("rest", 1) => list(0)?.split_first()?.1.to_vec().into(),
        ("list", _) => arguments.to_vec().into(),
        ("splitList", 2) => text(1)?.split(&*text(0)?).map(Value::from).collect(),
        ("join", 2) => list(1)?.iter().map(printed).collect::<Option<Vec<_>>>()?.join(&text(0)?).into(),
        ("base", 1) => text(0)?.trim_end_matches('/').rsplit('/').next()?.into(),
        ("dir", 1) => text(0)?.rsplit_once('/').map_or(".", |(folder, _)| folder).into(),
        ("printf", 1..) => formatted(&text(0)?, &arguments[1..])?.into(),
        _ => return None,
    };
    Some(value)
}

fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let most = text.len() + (text.len() + 1) * new.len();
    (most <= LONGEST).then(|| text.replace(old, new))
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
            _ => return None,
        }
        rest = &after[verb.len_utf8()..];
    }
    arguments.next().is_none().then(|| text + rest)
}
