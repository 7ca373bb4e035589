//! `sets.*`: lists taken as sets.

use super::{Function, global};
use crate::cel::arguments::Call;
use crate::cel::compare::equal;
use crate::cel::fault::Failure;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    global("sets.contains", 2..=2, |call| Ok(Value::Bool(contains(call, 0, 1)?))),
    global("sets.equivalent", 2..=2, |call| Ok(Value::Bool(contains(call, 0, 1)? && contains(call, 1, 0)?))),
    global("sets.intersects", 2..=2, intersects),
];

fn has(items: &[Value], wanted: &Value, call: &mut Call<'_>) -> Result<bool, Failure> {
    for item in items {
        if equal(item, wanted, call.budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn contains(call: &mut Call<'_>, all: usize, some: usize) -> Result<bool, Failure> {
    let (all, some) = (call.list(all)?, call.list(some)?);
    for wanted in some.iter() {
        if !has(all, wanted, call)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn intersects(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (one, other) = (call.list(0)?, call.list(1)?);
    for wanted in other.iter() {
        if has(one, wanted, call)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}
