//! Resource quantities: `quantity('500m')`.

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::compare::order_of_others;
use crate::cel::fault::Failure;
use crate::cel::value::{Other, Quantity, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("quantity", 1..=1, quantity),
    global("isQuantity", 1..=1, |call| Ok(Value::Bool(parse(call.text(0)?).is_some()))),
    global("sign", 1..=1, |call| Ok(Value::Int(the(call, 0)?.billionths.signum() as i64))),
    method("isInteger", 1..=1, |call| Ok(Value::Bool(whole(the(call, 0)?).is_some()))),
    method("asInteger", 1..=1, as_integer),
    method("asApproximateFloat", 1..=1, as_float),
    method("add", 2..=2, |call| combine(call, i128::checked_add)),
    method("sub", 2..=2, |call| combine(call, i128::checked_sub)),
    method("isLessThan", 2..=2, |call| Ok(Value::Bool(compare(call)?.is_lt()))),
    method("isGreaterThan", 2..=2, |call| Ok(Value::Bool(compare(call)?.is_gt()))),
    method("compareTo", 2..=2, |call| Ok(Value::Int(compare(call)? as i64))),
];

const UNIT: i128 = 1_000_000_000;

/// No quantity is larger: Kubernetes caps them at what fits into 64 bits.
const LARGEST: i128 = (i64::MAX as i128) * UNIT;

/// A quantity as `resource.ParseQuantity` reads it; what is finer than a billionth is rounded up.
fn parse(text: &str) -> Option<Quantity> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Without any digit it is nothing, and a quantity all the same.
    if fraction.contains('.') || number.len() > 1024 {
        return None;
    }
    let (base, exponent): (i128, i32) = match suffix {
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "" => (10, 0),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (2, 10),
        "Mi" => (2, 20),
        "Gi" => (2, 30),
        "Ti" => (2, 40),
        "Pi" => (2, 50),
        "Ei" => (2, 60),
        _ => (10, suffix.strip_prefix(['e', 'E']).filter(|digits| !digits.is_empty())?.parse().ok()?),
    };
    let billionths = scaled(whole, fraction, base, exponent);
    let is_whole = if base == 2 {
        fraction.is_empty()
    } else {
        usize::try_from(exponent).is_ok_and(|scale| scale >= fraction.len())
    };
    Some(Quantity { billionths: if negative { -billionths } else { billionths }, is_whole })
}

/// The digits times the scale, in billionths, at most [`LARGEST`].
fn scaled(whole: &str, fraction: &str, base: i128, exponent: i32) -> i128 {
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    // Below its point a decimal has as many places as its fraction.
    let (mut value, mut rest) = (0_i128, false);
    let mut places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    for (at, digit) in digits.bytes().enumerate() {
        if at < 25 {
            value = value * 10 + i128::from(digit - b'0');
        } else {
            places -= 1;
            rest |= digit != b'0';
        }
    }
    if value == 0 {
        return 0;
    }
    let mut power = 9 - places;
    if base == 2 {
        match value.checked_mul(1 << exponent) {
            Some(product) => value = product,
            None => return LARGEST,
        }
    } else {
        power += i64::from(exponent);
    }
    while power > 0 {
        value = match value.checked_mul(10) {
            Some(product) if product <= LARGEST => product,
            _ => return LARGEST,
        };
        power -= 1;
    }
    while power < 0 && value > 0 {
        rest |= value % 10 != 0;
        value /= 10;
        power += 1;
    }
    (value + i128::from(rest)).min(LARGEST)
}

fn quantity(call: &mut Call<'_>) -> Result<Value, Failure> {
    let text = call.text(0)?;
    call.budget.pay_text(text.len())?;
    let quantity = parse(text).ok_or("this string is no quantity")?;
    Ok(Value::other(Other::Quantity(quantity)))
}

fn the(call: &Call<'_>, at: usize) -> Result<Quantity, Failure> {
    match call.other(at)? {
        Other::Quantity(quantity) => Ok(*quantity),
        _ => Err(Failure::NoOverload),
    }
}

fn whole(quantity: Quantity) -> Option<i64> {
    // What was capped is no number that somebody wrote.
    let is_capped = quantity.billionths.abs() == LARGEST;
    i64::try_from(quantity.billionths / UNIT).ok().filter(|_| quantity.is_whole && !is_capped)
}

fn as_integer(call: &mut Call<'_>) -> Result<Value, Failure> {
    whole(the(call, 0)?).map(Value::Int).ok_or_else(|| "this quantity is no integer".into())
}

#[expect(clippy::cast_precision_loss, reason = "it is called approximate")]
fn as_float(call: &mut Call<'_>) -> Result<Value, Failure> {
    Ok(Value::Double(the(call, 0)?.billionths as f64 / UNIT as f64))
}

fn combine(call: &mut Call<'_>, operate: fn(i128, i128) -> Option<i128>) -> Result<Value, Failure> {
    let own = the(call, 0)?;
    let other = match call.value(1)? {
        Value::Int(number) => Quantity { billionths: i128::from(*number) * UNIT, is_whole: true },
        _ => the(call, 1)?,
    };
    let billionths = operate(own.billionths, other.billionths).ok_or("this quantity is too large")?;
    Ok(Value::other(Other::Quantity(Quantity { billionths, is_whole: own.is_whole && other.is_whole })))
}

/// Of quantities and of versions.
fn compare(call: &mut Call<'_>) -> Result<std::cmp::Ordering, Failure> {
    order_of_others(call.other(0)?, call.other(1)?).ok_or(Failure::NoOverload)
}
