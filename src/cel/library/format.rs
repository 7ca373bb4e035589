//! `'%s has %d'.format([name, count])`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::conversion::text_of;
use super::texts::quoted;
use super::{Function, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::key::Key;
use crate::cel::number::double_text;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[method("format", 2..=2, format)];

/// More decimals are refused.
const MOST_DECIMALS: usize = 100;

fn format(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (pattern, arguments) = (call.text(0)?, call.list(1)?);
    call.budget.pay_text(pattern.len())?;
    let (mut out, mut rest, mut next) = (String::new(), pattern, 0);
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (decimals, after) = decimals(rest)?;
        let verb = after.chars().next().ok_or("the format ends in `%`")?;
        let argument = arguments.get(next).ok_or("the format has more places than there are arguments")?;
        next += 1;
        let before = out.len();
        write(verb, decimals, argument, &mut out, call)?;
        call.budget.pay_text(out.len() - before)?;
        rest = &after[verb.len_utf8()..];
    }
    out.push_str(rest);
    Ok(Value::text(out))
}

/// The number after `%.`.
fn decimals(text: &str) -> Result<(Option<usize>, &str), Failure> {
    let Some(rest) = text.strip_prefix('.') else { return Ok((None, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest[..end].parse().ok().filter(|&number| number <= MOST_DECIMALS);
    let number = number.ok_or("the format wants a number of decimals up to 100 after `%.`")?;
    Ok((Some(number), &rest[end..]))
}

fn write(
    verb: char,
    decimals: Option<usize>,
    argument: &Value,
    out: &mut String,
    call: &mut Call<'_>,
) -> Result<(), Failure> {
    let wrong = || Failure::Wrong(format!("`%{verb}` takes no {}", argument.type_name()));
    match (verb, argument) {
        ('s', _) | ('d', Value::Int(_) | Value::Uint(_)) => shown(argument, false, out, call)?,
        ('f' | 'e', Value::Double(number)) if !number.is_finite() => out.push_str(word(*number)),
        ('f', Value::Double(number)) => add(out, format_args!("{number:.0$}", decimals.unwrap_or(6))),
        ('e', Value::Double(number)) => out.push_str(&scientific(*number)),
        ('b', Value::Bool(value)) => out.push(if *value { '1' } else { '0' }),
        ('x' | 'X', Value::Text(text)) => hex(text.as_bytes(), verb, out, call)?,
        ('x' | 'X', Value::Bytes(bytes)) => hex(bytes, verb, out, call)?,
        ('b' | 'o' | 'x' | 'X', Value::Int(number)) => {
            out.push_str(if *number < 0 { "-" } else { "" });
            out.push_str(&digits(verb, number.unsigned_abs()));
        }
        ('b' | 'o' | 'x' | 'X', Value::Uint(number)) => out.push_str(&digits(verb, *number)),
        ('d' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X', _) => return Err(wrong()),
        _ => return Err(Failure::Wrong(format!("the format has no `%{verb}`"))),
    }
    Ok(())
}

fn add(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}

fn word(number: f64) -> &'static str {
    match number {
        _ if number.is_nan() => "NaN",
        _ if number > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// As Kubernetes writes it, whatever decimals are asked for: `1.234500×10⁰³`.
fn scientific(number: f64) -> String {
    let text = format!("{number:.6e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = format!("{:02}", exponent.abs());
    let raised = digits.chars().filter_map(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit.to_digit(10)? as usize));
    format!("{mantissa}×10{}{}", if exponent < 0 { "⁻" } else { "" }, raised.collect::<String>())
}

fn digits(verb: char, number: u64) -> String {
    match verb {
        'b' => format!("{number:b}"),
        'o' => format!("{number:o}"),
        'x' => format!("{number:x}"),
        _ => format!("{number:X}"),
    }
}

fn hex(bytes: &[u8], verb: char, out: &mut String, call: &mut Call<'_>) -> Result<(), Failure> {
    call.budget.pay_text(2 * bytes.len())?;
    for byte in bytes {
        if verb == 'x' { add(out, format_args!("{byte:02x}")) } else { add(out, format_args!("{byte:02X}")) }
    }
    Ok(())
}

/// A value as `%s` shows it: within another one strings are quoted.
fn shown(value: &Value, is_inside: bool, out: &mut String, call: &mut Call<'_>) -> Result<(), Failure> {
    call.budget.pay(1)?;
    match value {
        Value::Null => out.push_str("null"),
        Value::Text(text) => {
            call.budget.pay_text(text.len())?;
            out.push_str(&if is_inside { quoted(text) } else { text.to_string() });
        }
        Value::Bytes(bytes) => {
            call.budget.pay_text(bytes.len())?;
            let text = String::from_utf8_lossy(bytes);
            out.push_str(if is_inside { "b" } else { "" });
            out.push_str(&if is_inside { quoted(&text) } else { text.into_owned() });
        }
        Value::Double(number) if !number.is_finite() => out.push_str(word(*number)),
        Value::Double(number) if is_inside => add(out, format_args!("{number:.6}")),
        Value::Double(number) => out.push_str(&double_text(*number)),
        Value::Type(name) => out.push_str(name),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                shown(item, true, out, call)?;
            }
            out.push(']');
        }
        Value::Map(entries) => map(entries, out, call)?,
        _ => {
            let text = text_of(value);
            let text = text.ok_or_else(|| Failure::Wrong(format!("`%s` takes no {}", value.type_name())))?;
            match value {
                Value::Duration(_) if is_inside => add(out, format_args!("duration({})", quoted(&text))),
                Value::Timestamp(_) if is_inside => add(out, format_args!("timestamp({})", quoted(&text))),
                _ => out.push_str(&text),
            }
        }
    }
    Ok(())
}

/// The entries of a map, by the text of their keys.
fn map(entries: &BTreeMap<Key, Value>, out: &mut String, call: &mut Call<'_>) -> Result<(), Failure> {
    let mut sorted: Vec<(String, &Value)> = Vec::new();
    for (key, value) in entries {
        let mut text = String::new();
        shown(&Value::from(key), true, &mut text, call)?;
        sorted.push((text, value));
    }
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    out.push('{');
    for (at, (key, value)) in sorted.into_iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        out.push_str(&key);
        out.push(':');
        shown(value, true, out, call)?;
    }
    out.push('}');
    Ok(())
}
