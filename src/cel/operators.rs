//! What operators do with values.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::budget::Budget;
use super::compare::{are_numbers, equal, order};
use super::fault::Failure;
use super::key::Key;
use super::value::Value;

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

fn overflow() -> Failure {
    Failure::from("the number does not fit into 64 bits")
}

/// An operator other than `&&` and `||`.
pub(super) fn binary(
    operator: Operator,
    a: &Value,
    b: &Value,
    budget: &mut Budget,
) -> Result<Value, Failure> {
    Ok(Value::Bool(match operator {
        Operator::Add => return add(a, b, budget),
        Operator::Subtract => return subtract(a, b),
        Operator::Multiply | Operator::Divide | Operator::Remainder => return product(operator, a, b),
        Operator::Equal => equal(a, b, budget)?,
        Operator::Unequal => !equal(a, b, budget)?,
        Operator::In => contains(b, a, budget)?,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let Some(order) = order(a, b, budget)? else {
                return if are_numbers(a, b) { Ok(Value::Bool(false)) } else { Err(Failure::NoOverload) };
            };
            match operator {
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    }))
}

fn moved(moment: Timestamp, nanoseconds: i64) -> Result<Value, Failure> {
    let moved = moment.checked_add(SignedDuration::from_nanos(nanoseconds));
    moved.map(Value::Timestamp).map_err(|_| "the moment is out of range".into())
}

/// `a + b`.
pub(super) fn add(a: &Value, b: &Value, budget: &mut Budget) -> Result<Value, Failure> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int).ok_or_else(overflow),
        (Value::Uint(a), Value::Uint(b)) => a.checked_add(*b).map(Value::Uint).ok_or_else(overflow),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::Text(a), Value::Text(b)) => {
            budget.pay_text(2 * (a.len() + b.len()))?;
            Ok(Value::text([&**a, &**b].concat()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.pay_text(2 * (a.len() + b.len()))?;
            Ok(Value::Bytes([&**a, &**b].concat().into()))
        }
        (Value::List(a), Value::List(b)) => {
            budget.pay(a.len() + b.len())?;
            Ok(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            a.checked_add(*b).map(Value::Duration).ok_or_else(overflow)
        }
        (Value::Timestamp(moment), Value::Duration(length))
        | (Value::Duration(length), Value::Timestamp(moment)) => moved(*moment, *length),
        _ => Err(Failure::NoOverload),
    }
}

fn subtract(a: &Value, b: &Value) -> Result<Value, Failure> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.checked_sub(*b).map(Value::Int).ok_or_else(overflow),
        (Value::Uint(a), Value::Uint(b)) => a.checked_sub(*b).map(Value::Uint).ok_or_else(overflow),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
        (Value::Duration(a), Value::Duration(b)) => {
            a.checked_sub(*b).map(Value::Duration).ok_or_else(overflow)
        }
        (Value::Timestamp(moment), Value::Duration(length)) => {
            moved(*moment, length.checked_neg().ok_or_else(overflow)?)
        }
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            let nanoseconds = a.as_nanosecond() - b.as_nanosecond();
            i64::try_from(nanoseconds).map(Value::Duration).map_err(|_| overflow())
        }
        _ => Err(Failure::NoOverload),
    }
}

fn product(operator: Operator, a: &Value, b: &Value) -> Result<Value, Failure> {
    let is_zero = matches!(b, Value::Int(0) | Value::Uint(0)) && operator != Operator::Multiply;
    if is_zero && matches!(a, Value::Int(_) | Value::Uint(_)) {
        return Err("division by zero".into());
    }
    let whole = |number: Option<i64>| number.map(Value::Int).ok_or_else(overflow);
    let unsigned = |number: Option<u64>| number.map(Value::Uint).ok_or_else(overflow);
    match (operator, a, b) {
        (Operator::Multiply, Value::Int(a), Value::Int(b)) => whole(a.checked_mul(*b)),
        (Operator::Divide, Value::Int(a), Value::Int(b)) => whole(a.checked_div(*b)),
        (Operator::Remainder, Value::Int(a), Value::Int(b)) => whole(a.checked_rem(*b)),
        (Operator::Multiply, Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_mul(*b)),
        (Operator::Divide, Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_div(*b)),
        (Operator::Remainder, Value::Uint(a), Value::Uint(b)) => unsigned(a.checked_rem(*b)),
        (Operator::Multiply, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
        (Operator::Divide, Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
        _ => Err(Failure::NoOverload),
    }
}

/// `-a`.
pub(super) fn negate(value: &Value) -> Result<Value, Failure> {
    match value {
        Value::Int(number) => number.checked_neg().map(Value::Int).ok_or_else(overflow),
        Value::Double(number) => Ok(Value::Double(-number)),
        _ => Err(Failure::NoOverload),
    }
}

/// `wanted in all`.
fn contains(all: &Value, wanted: &Value, budget: &mut Budget) -> Result<bool, Failure> {
    match all {
        Value::List(items) => {
            for item in items.iter() {
                if equal(item, wanted, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Map(entries) => {
            budget.pay(1)?;
            Ok(wanted.key().is_some_and(|key| entries.contains_key(&key)))
        }
        _ => Err(Failure::NoOverload),
    }
}

/// The value under a key or at a place; none where there is none.
pub(super) fn index(of: &Value, at: &Value) -> Result<Option<Value>, Failure> {
    match of {
        Value::Map(entries) => Ok(at.key().and_then(|key| entries.get(&key).cloned())),
        Value::List(items) => match at.key() {
            Some(Key::Int(number)) => {
                Ok(usize::try_from(number).ok().and_then(|number| items.get(number).cloned()))
            }
            Some(Key::Uint(_)) => Ok(None),
            _ => Err(Failure::NoOverload),
        },
        _ => Err(Failure::NoOverload),
    }
}

/// The items that a loop goes over: with two variables the index or the key of each before it.
pub(super) fn items(range: &Value, has_two: bool, budget: &mut Budget) -> Result<Vec<[Value; 2]>, Failure> {
    match range {
        Value::List(items) => {
            budget.pay(items.len())?;
            Ok(items.iter().enumerate().map(|(at, item)| [Value::count(at), item.clone()]).collect())
        }
        Value::Map(entries) => {
            budget.pay(entries.len())?;
            let pair = |(key, value): (&Key, &Value)| {
                let key = Value::from(key);
                if has_two { [key, value.clone()] } else { [Value::Null, key] }
            };
            Ok(entries.iter().map(pair).collect())
        }
        _ => Err(Failure::Wrong(format!(
            "a loop goes over a list or a map, and this is {}",
            range.described()
        ))),
    }
}

/// Adds an entry that must be new.
pub(super) fn insert(entries: &mut BTreeMap<Key, Value>, key: &Value, value: Value) -> Result<(), Failure> {
    let key = key.key().ok_or_else(|| Failure::Wrong(format!("{} is no key of a map", key.described())))?;
    match entries.insert(key, value) {
        Some(_) => Err("this key stands twice in the map".into()),
        None => Ok(()),
    }
}

/// The entries of a map that is added to another.
pub(super) fn entries_of(value: &Value) -> Result<Arc<BTreeMap<Key, Value>>, Failure> {
    match value {
        Value::Map(entries) => Ok(Arc::clone(entries)),
        _ => Err(Failure::NoOverload),
    }
}
