//! Lists: Kubernetes' own functions, and `ext.Lists` version 3.

use std::cmp::Ordering;

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::compare::{are_numbers, equal, order};
use crate::cel::fault::Failure;
use crate::cel::operators::add;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    method("isSorted", 1..=1, is_sorted),
    method("sum", 1..=1, sum),
    method("min", 1..=1, |call| extreme(call, Ordering::Less)),
    method("max", 1..=1, |call| extreme(call, Ordering::Greater)),
    method("indexOf", 2..=2, |call| index_of(call, false)),
    method("lastIndexOf", 2..=2, |call| index_of(call, true)),
    method("slice", 3..=3, slice),
    method("flatten", 1..=2, flatten),
    method("distinct", 1..=1, distinct),
    method("reverse", 1..=1, reverse),
    method("sort", 1..=1, sort),
    method("first", 1..=1, |call| Ok(Value::Optional(call.list(0)?.first().cloned().map(Into::into)))),
    method("last", 1..=1, |call| Ok(Value::Optional(call.list(0)?.last().cloned().map(Into::into)))),
    global("lists.range", 1..=1, range),
];

/// The order of two items.
pub(super) fn ordered(a: &Value, b: &Value, call: &mut Call<'_>) -> Result<Ordering, Failure> {
    call.budget.pay(1)?;
    match order(a, b, call.budget)? {
        Some(order) => Ok(order),
        None if are_numbers(a, b) => Err("a number that is none has no order".into()),
        None => Err(Failure::NoOverload),
    }
}

fn is_sorted(call: &mut Call<'_>) -> Result<Value, Failure> {
    let items = call.list(0)?;
    for pair in items.windows(2) {
        if ordered(&pair[0], &pair[1], call)?.is_gt() {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn sum(call: &mut Call<'_>) -> Result<Value, Failure> {
    let items = call.list(0)?;
    let Some(first) = items.first() else { return Ok(Value::Int(0)) };
    if !matches!(first, Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Duration(_)) {
        return Err(Failure::NoOverload);
    }
    let mut sum = first.clone();
    for item in &items[1..] {
        call.budget.pay(1)?;
        sum = add(&sum, item, call.budget)?;
    }
    Ok(sum)
}

fn extreme(call: &mut Call<'_>, wanted: Ordering) -> Result<Value, Failure> {
    let items = call.list(0)?;
    let Some(mut found) = items.first() else { return Err("an empty list has no least or greatest".into()) };
    for item in &items[1..] {
        if ordered(item, found, call)? == wanted {
            found = item;
        }
    }
    Ok(found.clone())
}

fn index_of(call: &mut Call<'_>, is_last: bool) -> Result<Value, Failure> {
    let (items, wanted) = (call.list(0)?, call.value(1)?);
    let mut found = Value::Int(-1);
    for (at, item) in items.iter().enumerate() {
        if equal(item, wanted, call.budget)? {
            found = Value::count(at);
            if !is_last {
                break;
            }
        }
    }
    Ok(found)
}

fn slice(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (items, from, to) = (call.list(0)?, call.int(1)?, call.int(2)?);
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let part = range.and_then(|(from, to)| items.get(from..to));
    let part = part.ok_or("the slice is out of range")?;
    call.budget.pay(part.len())?;
    Ok(Value::list(part.to_vec()))
}

fn flatten(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (items, depth) = (call.list(0)?, call.int_or(1, 1)?);
    if depth < 0 {
        return Err("the depth is not negative".into());
    }
    let mut flat = Vec::new();
    flatten_into(items, depth, &mut flat, call)?;
    Ok(Value::list(flat))
}

fn flatten_into(
    items: &[Value],
    depth: i64,
    flat: &mut Vec<Value>,
    call: &mut Call<'_>,
) -> Result<(), Failure> {
    for item in items {
        call.budget.pay(1)?;
        match item {
            Value::List(inner) if depth > 0 => flatten_into(inner, depth - 1, flat, call)?,
            _ => flat.push(item.clone()),
        }
    }
    Ok(())
}

fn distinct(call: &mut Call<'_>) -> Result<Value, Failure> {
    let mut found: Vec<Value> = Vec::new();
    'items: for item in call.list(0)?.iter() {
        for known in &found {
            if equal(known, item, call.budget)? {
                continue 'items;
            }
        }
        call.budget.pay(1)?;
        found.push(item.clone());
    }
    Ok(Value::list(found))
}

fn reverse(call: &mut Call<'_>) -> Result<Value, Failure> {
    let items = call.list(0)?;
    call.budget.pay(items.len())?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

fn sort(call: &mut Call<'_>) -> Result<Value, Failure> {
    let items = call.list(0)?;
    let keys: Vec<(Value, Value)> = items.iter().map(|item| (item.clone(), item.clone())).collect();
    sorted(keys, call)
}

/// The second of each pair, in the order of the first.
pub(in crate::cel) fn sorted(mut pairs: Vec<(Value, Value)>, call: &mut Call<'_>) -> Result<Value, Failure> {
    call.budget.pay(pairs.len())?;
    let mut failed = None;
    pairs.sort_by(|(a, _), (b, _)| {
        if failed.is_some() {
            return Ordering::Equal;
        }
        ordered(a, b, call).unwrap_or_else(|failure| {
            failed = Some(failure);
            Ordering::Equal
        })
    });
    match failed {
        Some(failure) => Err(failure),
        None => Ok(Value::list(pairs.into_iter().map(|(_, item)| item).collect())),
    }
}

fn range(call: &mut Call<'_>) -> Result<Value, Failure> {
    let count = call.int(0)?;
    call.budget.pay(usize::try_from(count).unwrap_or(0))?;
    Ok(Value::list((0..count).map(Value::Int).collect()))
}
