//! Equality and order of values, of every number type with every other.

use std::cmp::Ordering;

use super::budget::Budget;
use super::fault::Failure;
use super::value::{Other, Value, Version};

/// Whether two values are equal; values of different types are not. It pays for what it visits.
pub(super) fn equal(a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, Failure> {
    budget.pay(1)?;
    Ok(match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => {
            budget.pay_text(a.len().min(b.len()))?;
            a == b
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.pay_text(a.len().min(b.len()))?;
            a == b
        }
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Other(a), Value::Other(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(a, b, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for ((key_a, a), (key_b, b)) in a.iter().zip(b.iter()) {
                budget.pay(1)?;
                if key_a != key_b || !equal(a, b, budget)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Optional(a), Value::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(a, b, budget)?,
            (None, None) => true,
            _ => false,
        },
        _ => numbers(a, b) == Numbers::Ordered(Ordering::Equal),
    })
}

/// The order of two values; none where their types have none together, and none inside for a number that is none.
pub(super) fn order(a: &Value, b: &Value, budget: &mut Budget) -> Result<Option<Ordering>, Failure> {
    Ok(Some(match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => {
            budget.pay_text(a.len().min(b.len()))?;
            a.cmp(b)
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            budget.pay_text(a.len().min(b.len()))?;
            a.cmp(b)
        }
        (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        _ => {
            return Ok(match numbers(a, b) {
                Numbers::Ordered(order) => Some(order),
                Numbers::NoOrder | Numbers::None => None,
            });
        }
    }))
}

/// What two values are as numbers.
#[derive(PartialEq, Eq)]
enum Numbers {
    /// They have an order.
    Ordered(Ordering),
    /// One of them is `NaN`.
    NoOrder,
    /// They are not both numbers.
    None,
}

#[expect(clippy::cast_precision_loss, reason = "so does Go where it compares numbers of two types")]
fn numbers(a: &Value, b: &Value) -> Numbers {
    let whole = |value: &Value| match value {
        Value::Int(number) => Some(i128::from(*number)),
        Value::Uint(number) => Some(i128::from(*number)),
        _ => None,
    };
    let order = match (a, b, whole(a), whole(b)) {
        (_, _, Some(a), Some(b)) => Some(a.cmp(&b)),
        (Value::Double(a), Value::Double(b), ..) => a.partial_cmp(b),
        (Value::Double(a), _, _, Some(b)) => a.partial_cmp(&(b as f64)),
        (_, Value::Double(b), Some(a), _) => (a as f64).partial_cmp(b),
        _ => return Numbers::None,
    };
    order.map_or(Numbers::NoOrder, Numbers::Ordered)
}

/// Whether two values are numbers: without an order one of them is `NaN`.
pub(super) fn are_numbers(a: &Value, b: &Value) -> bool {
    numbers(a, b) != Numbers::None
}

/// The order of quantities and versions.
pub(super) fn order_of_others(a: &Other, b: &Other) -> Option<Ordering> {
    match (a, b) {
        (Other::Quantity(a), Other::Quantity(b)) => Some(a.billionths.cmp(&b.billionths)),
        (Other::Version(a), Other::Version(b)) => Some(versions(a, b)),
        _ => None,
    }
}

/// As semver.org orders: a version before its release is less, numbers are less than words.
fn versions(a: &Version, b: &Version) -> Ordering {
    let words = || {
        for (a, b) in a.pre.iter().zip(&b.pre) {
            let order = match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            };
            if order.is_ne() {
                return order;
            }
        }
        match (a.pre.is_empty(), b.pre.is_empty()) {
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => a.pre.len().cmp(&b.pre.len()),
        }
    };
    a.numbers.cmp(&b.numbers).then_with(words)
}
