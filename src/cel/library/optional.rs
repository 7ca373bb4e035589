//! Values that may be missing.

use std::sync::Arc;

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    global("optional.of", 1..=1, |call| Ok(Value::some(call.value(0)?.clone()))),
    global("optional.none", 0..=0, |_| Ok(Value::Optional(None))),
    global("optional.ofNonZeroValue", 1..=1, of_non_zero),
    global("optional.unwrap", 1..=1, unwrap),
    method("unwrapOpt", 1..=1, unwrap),
    method("hasValue", 1..=1, |call| Ok(Value::Bool(inner(call)?.is_some()))),
    method("value", 1..=1, value),
    method("or", 2..=2, or),
    method("orValue", 2..=2, or_value),
];

fn inner<'c>(call: &Call<'c>) -> Result<Option<&'c Arc<Value>>, Failure> {
    match call.value(0)? {
        Value::Optional(inner) => Ok(inner.as_ref()),
        _ => Err(Failure::NoOverload),
    }
}

fn of_non_zero(call: &mut Call<'_>) -> Result<Value, Failure> {
    let value = call.value(0)?;
    Ok(if value.is_zero() { Value::Optional(None) } else { Value::some(value.clone()) })
}

fn value(call: &mut Call<'_>) -> Result<Value, Failure> {
    inner(call)?.map(|value| (**value).clone()).ok_or_else(|| "this optional has no value".into())
}

fn or(call: &mut Call<'_>) -> Result<Value, Failure> {
    match (inner(call)?, call.value(1)?) {
        (Some(_), Value::Optional(_)) => call.value(0).cloned(),
        (None, other @ Value::Optional(_)) => Ok(other.clone()),
        _ => Err(Failure::NoOverload),
    }
}

fn or_value(call: &mut Call<'_>) -> Result<Value, Failure> {
    let other = call.value(1)?;
    Ok(inner(call)?.map_or_else(|| other.clone(), |value| (**value).clone()))
}

/// The values that are there, of a list of optionals.
fn unwrap(call: &mut Call<'_>) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for item in call.list(0)?.iter() {
        call.budget.pay(1)?;
        match item {
            Value::Optional(inner) => found.extend(inner.as_ref().map(|value| (**value).clone())),
            _ => return Err(Failure::NoOverload),
        }
    }
    Ok(Value::list(found))
}
