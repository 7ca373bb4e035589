//! `size`, and from one type to another.

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::duration;
use crate::cel::fault::Failure;
use crate::cel::number::double_text;
use crate::cel::value::{Other, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("size", 1..=1, size),
    method("size", 1..=1, size),
    global("string", 1..=1, string),
    global("int", 1..=1, int),
    global("uint", 1..=1, uint),
    global("double", 1..=1, double),
    global("bool", 1..=1, boolean),
    global("bytes", 1..=1, bytes),
    global("dyn", 1..=1, |call| call.value(0).cloned()),
    global("type", 1..=1, |call| Ok(Value::Type(call.value(0)?.type_name()))),
];

fn size(call: &mut Call<'_>) -> Result<Value, Failure> {
    let length = match call.value(0)? {
        Value::Text(text) => {
            call.budget.pay_text(text.len())?;
            text.chars().count()
        }
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::count(length))
}

fn string(call: &mut Call<'_>) -> Result<Value, Failure> {
    let value = call.value(0)?;
    if let Value::Bytes(bytes) = value {
        call.budget.pay_text(bytes.len())?;
        let text = std::str::from_utf8(bytes).map_err(|_| "these bytes are no UTF-8")?;
        return Ok(Value::text(text));
    }
    match value {
        Value::Text(_) => Ok(value.clone()),
        _ => text_of(value).map(Value::text).ok_or(Failure::NoOverload),
    }
}

/// What `string()` makes of a value that is short.
pub(super) fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => double_text(*number),
        Value::Duration(nanoseconds) => duration::text(*nanoseconds),
        Value::Timestamp(moment) => moment.to_string(),
        Value::Other(other) => match &**other {
            Other::Ip(address) => address.to_string(),
            Other::Cidr(address, bits) => format!("{address}/{bits}"),
            _ => return None,
        },
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn int(call: &mut Call<'_>) -> Result<Value, Failure> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let range = || Failure::from("this is no int of 64 bits");
    Ok(Value::Int(match call.value(0)? {
        Value::Int(number) => *number,
        Value::Uint(number) => i64::try_from(*number).map_err(|_| range())?,
        Value::Double(number) if *number > -LIMIT && *number < LIMIT => *number as i64,
        Value::Double(_) => return Err(range()),
        Value::Text(text) => text.parse().map_err(|_| range())?,
        Value::Timestamp(moment) => moment.as_second(),
        Value::Duration(nanoseconds) => *nanoseconds,
        _ => return Err(Failure::NoOverload),
    }))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn uint(call: &mut Call<'_>) -> Result<Value, Failure> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    let range = || Failure::from("this is no uint of 64 bits");
    Ok(Value::Uint(match call.value(0)? {
        Value::Uint(number) => *number,
        Value::Int(number) => u64::try_from(*number).map_err(|_| range())?,
        Value::Double(number) if *number >= 0.0 && *number < LIMIT => *number as u64,
        Value::Double(_) => return Err(range()),
        Value::Text(text) => text.parse().map_err(|_| range())?,
        _ => return Err(Failure::NoOverload),
    }))
}

#[expect(clippy::cast_precision_loss, reason = "that is what the language says")]
fn double(call: &mut Call<'_>) -> Result<Value, Failure> {
    Ok(Value::Double(match call.value(0)? {
        Value::Double(number) => *number,
        Value::Int(number) => *number as f64,
        Value::Uint(number) => *number as f64,
        Value::Text(text) => text.parse().map_err(|_| Failure::from("this string is no number"))?,
        _ => return Err(Failure::NoOverload),
    }))
}

fn boolean(call: &mut Call<'_>) -> Result<Value, Failure> {
    match call.value(0)? {
        value @ Value::Bool(_) => Ok(value.clone()),
        Value::Text(text) => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
            _ => Err("this string is no bool".into()),
        },
        _ => Err(Failure::NoOverload),
    }
}

fn bytes(call: &mut Call<'_>) -> Result<Value, Failure> {
    match call.value(0)? {
        value @ Value::Bytes(_) => Ok(value.clone()),
        Value::Text(text) => {
            call.budget.pay_text(text.len())?;
            Ok(Value::Bytes(text.as_bytes().into()))
        }
        _ => Err(Failure::NoOverload),
    }
}
