//! Strings: the language's own, `ext.Strings` version 2, and Kubernetes' regular expressions.

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::pattern;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    method("contains", 2..=2, |call| test(call, |text, part| text.contains(part))),
    method("startsWith", 2..=2, |call| test(call, |text, part| text.starts_with(part))),
    method("endsWith", 2..=2, |call| test(call, |text, part| text.ends_with(part))),
    method("matches", 2..=2, matches),
    global("matches", 2..=2, matches),
    method("find", 2..=2, find),
    method("findAll", 2..=3, find_all),
    method("charAt", 2..=2, char_at),
    method("indexOf", 2..=3, index_of),
    method("lastIndexOf", 2..=3, last_index_of),
    method("lowerAscii", 1..=1, |call| map(call, str::to_ascii_lowercase)),
    method("upperAscii", 1..=1, |call| map(call, str::to_ascii_uppercase)),
    method("trim", 1..=1, |call| map(call, |text| text.trim().to_owned())),
    global("strings.quote", 1..=1, |call| map(call, quoted)),
    method("replace", 3..=4, replace),
    method("split", 2..=3, split),
    method("join", 1..=2, join),
    method("substring", 2..=3, substring),
];

fn test(call: &mut Call<'_>, is_so: fn(&str, &str) -> bool) -> Result<Value, Failure> {
    let (text, part) = (call.text(0)?, call.text(1)?);
    call.budget.pay_text(text.len() + part.len())?;
    Ok(Value::Bool(is_so(text, part)))
}

fn map(call: &mut Call<'_>, change: impl Fn(&str) -> String) -> Result<Value, Failure> {
    let text = call.text(0)?;
    call.budget.pay_text(2 * text.len())?;
    Ok(Value::text(change(text)))
}

/// Between double quotes, with escapes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

fn matches(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    let compiled = call.patterns.get(pattern, call.budget)?;
    pattern::pay(pattern, text, call.budget)?;
    Ok(Value::Bool(compiled.is_match(text)))
}

fn find(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, pattern) = (call.text(0)?, call.text(1)?);
    let compiled = call.patterns.get(pattern, call.budget)?;
    pattern::pay(pattern, text, call.budget)?;
    call.new_text(compiled.find(text).map_or("", |found| found.as_str()))
}

fn find_all(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, pattern, limit) = (call.text(0)?, call.text(1)?, call.int_or(2, -1)?);
    let compiled = call.patterns.get(pattern, call.budget)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    // Each of many matches may read the text to its end.
    pattern::pay(pattern, text, call.budget)?;
    for part in compiled.find_iter(text).take(limit) {
        call.budget.pay(2)?;
        call.budget.pay_text(part.len())?;
        found.push(Value::text(part.as_str()));
    }
    Ok(Value::list(found))
}

/// Where the character with this number begins, and the length for the number after the last.
fn offset(text: &str, number: i64) -> Result<usize, Failure> {
    let beyond = || Failure::from("the index is out of range");
    let number = usize::try_from(number).map_err(|_| beyond())?;
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.nth(number).ok_or_else(beyond)
}

/// As [`offset`]; none beyond the end.
fn within(text: &str, number: i64) -> Result<Option<usize>, Failure> {
    if number < 0 { offset(text, number).map(Some) } else { Ok(offset(text, number).ok()) }
}

fn char_at(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, number) = (call.text(0)?, call.int(1)?);
    call.budget.pay_text(text.len())?;
    let rest = &text[offset(text, number)?..];
    Ok(Value::text(rest.chars().next().map(String::from).unwrap_or_default()))
}

fn number_of(text: &str, at: Option<usize>) -> Value {
    at.map_or(Value::Int(-1), |at| Value::count(text[..at].chars().count()))
}

fn index_of(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, part, from) = (call.text(0)?, call.text(1)?, call.int_or(2, 0)?);
    call.budget.pay_text(2 * text.len() + part.len())?;
    if part.is_empty() {
        return Ok(Value::Int(from));
    }
    let Some(from) = within(text, from)? else { return Ok(Value::Int(-1)) };
    Ok(number_of(text, text[from..].find(part).map(|at| from + at)))
}

fn last_index_of(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, part) = (call.text(0)?, call.text(1)?);
    call.budget.pay_text(3 * text.len() + part.len())?;
    let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let last = call.int_or(2, count)?;
    if part.is_empty() {
        return Ok(Value::Int(last));
    }
    // It may begin there at the latest.
    let Some(latest) = within(text, last)? else { return Ok(Value::Int(-1)) };
    let end = (latest + part.len()).min(text.len());
    let end = (end..=text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
    let found = text[..end].rfind(part).filter(|&at| at <= latest);
    Ok(number_of(text, found))
}

fn replace(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let limit = usize::try_from(call.int_or(3, -1)?).unwrap_or(usize::MAX);
    call.budget.pay_text(text.len())?;
    let count = text.matches(from).count().min(limit);
    call.budget.pay_text(text.len().saturating_add(count.saturating_mul(to.len())))?;
    Ok(Value::text(text.replacen(from, to, limit)))
}

fn split(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, by, limit) = (call.text(0)?, call.text(1)?, call.int_or(2, -1)?);
    call.budget.pay_text(text.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if limit == 0 {
        return Ok(Value::list(parts));
    }
    // An empty separator stands between all characters, and not around them.
    let mut rest = text;
    while parts.len() + 1 < limit {
        let end = if by.is_empty() { rest.char_indices().nth(1).map(|(at, _)| at) } else { rest.find(by) };
        let Some(end) = end else { break };
        call.budget.pay(2)?;
        call.budget.pay_text(end)?;
        parts.push(Value::text(&rest[..end]));
        rest = &rest[end + by.len()..];
    }
    if !(by.is_empty() && rest.is_empty()) {
        call.budget.pay_text(rest.len())?;
        parts.push(Value::text(rest));
    }
    Ok(Value::list(parts))
}

fn join(call: &mut Call<'_>) -> Result<Value, Failure> {
    let items = call.list(0)?;
    let by = if call.has(1) { call.text(1)? } else { "" };
    let mut out = String::new();
    for (number, item) in items.iter().enumerate() {
        let Value::Text(text) = item else { return Err("a list that is joined holds strings".into()) };
        call.budget.pay_text(text.len() + by.len())?;
        if number > 0 {
            out.push_str(by);
        }
        out.push_str(text);
    }
    Ok(Value::text(out))
}

fn substring(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (text, from) = (call.text(0)?, call.int(1)?);
    call.budget.pay_text(2 * text.len())?;
    let from = offset(text, from)?;
    let to = if call.has(2) { offset(text, call.int(2)?)? } else { text.len() };
    match text.get(from..to) {
        Some(part) => call.new_text(part),
        None => Err("the index is out of range".into()),
    }
}
