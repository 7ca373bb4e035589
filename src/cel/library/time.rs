//! Moments and lengths of time.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::duration::{self, SECOND};
use crate::cel::fault::Failure;
use crate::cel::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    global("timestamp", 1..=1, timestamp),
    global("duration", 1..=1, duration),
    method("getFullYear", 1..=2, |call| part(call, |at| at.year().into())),
    method("getMonth", 1..=2, |call| part(call, |at| i64::from(at.month()) - 1)),
    method("getDayOfYear", 1..=2, |call| part(call, |at| i64::from(at.day_of_year()) - 1)),
    method("getDate", 1..=2, |call| part(call, |at| at.day().into())),
    method("getDayOfMonth", 1..=2, |call| part(call, |at| i64::from(at.day()) - 1)),
    method("getDayOfWeek", 1..=2, |call| part(call, |at| at.weekday().to_sunday_zero_offset().into())),
    method("getHours", 1..=2, |call| clock(call, |at| at.hour().into(), 3600 * SECOND)),
    method("getMinutes", 1..=2, |call| clock(call, |at| at.minute().into(), 60 * SECOND)),
    method("getSeconds", 1..=2, |call| clock(call, |at| at.second().into(), SECOND)),
    method("getMilliseconds", 1..=2, milliseconds),
];

/// A moment as RFC 3339 writes it.
pub(in crate::cel) fn moment(text: &str) -> Option<Timestamp> {
    // jiff takes more than that: the letter and the zone must be there.
    let is_whole = text.len() >= 20 && text.is_ascii() && text.as_bytes()[10] == b'T' && !text.contains('[');
    let is_zoned = is_whole && (text.ends_with('Z') || text[19..].contains(['+', '-']));
    text.parse().ok().filter(|_| is_zoned)
}

fn timestamp(call: &mut Call<'_>) -> Result<Value, Failure> {
    match call.value(0)? {
        value @ Value::Timestamp(_) => Ok(value.clone()),
        Value::Int(seconds) => {
            let moment = Timestamp::from_second(*seconds).map_err(|_| "this moment is out of range")?;
            Ok(Value::Timestamp(moment))
        }
        Value::Text(text) => {
            let moment = moment(text).ok_or("this string is no moment; write 2027-01-31T12:00:00Z")?;
            Ok(Value::Timestamp(moment))
        }
        _ => Err(Failure::NoOverload),
    }
}

fn duration(call: &mut Call<'_>) -> Result<Value, Failure> {
    match call.value(0)? {
        value @ Value::Duration(_) => Ok(value.clone()),
        Value::Int(nanoseconds) => Ok(Value::Duration(*nanoseconds)),
        Value::Text(text) => {
            call.budget.pay_text(text.len())?;
            let nanoseconds = duration::parse(text).ok_or("this string is no duration; write 1h30m")?;
            Ok(Value::Duration(nanoseconds))
        }
        _ => Err(Failure::NoOverload),
    }
}

/// The zone of the last argument: UTC, or an offset. Zones by name need tables that are not built in.
fn zone(call: &Call<'_>) -> Result<TimeZone, Failure> {
    if !call.has(1) || matches!(call.text(1)?, "UTC" | "utc" | "") {
        return Ok(TimeZone::UTC);
    }
    let text = call.text(1)?;
    let wrong = || Failure::from("this is no time zone; write `UTC` or an offset as `+02:00`");
    let (negative, rest) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| digits.parse::<u8>().ok().filter(|_| digits.len() <= 2);
    let (hours, minutes) = (number(hours).ok_or_else(wrong)?, number(minutes).ok_or_else(wrong)?);
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let offset = Offset::from_seconds(if negative { -seconds } else { seconds }).map_err(|_| wrong())?;
    Ok(TimeZone::fixed(offset))
}

fn part(call: &mut Call<'_>, part: fn(&jiff::Zoned) -> i64) -> Result<Value, Failure> {
    match call.value(0)? {
        Value::Timestamp(moment) => Ok(Value::Int(part(&moment.to_zoned(zone(call)?)))),
        _ => Err(Failure::NoOverload),
    }
}

/// Part of the time of day, or how many of a unit a duration has.
fn clock(call: &mut Call<'_>, of: fn(&jiff::Zoned) -> i64, unit: i64) -> Result<Value, Failure> {
    match call.value(0)? {
        Value::Duration(nanoseconds) if !call.has(1) => Ok(Value::Int(nanoseconds / unit)),
        _ => part(call, of),
    }
}

fn milliseconds(call: &mut Call<'_>) -> Result<Value, Failure> {
    match call.value(0)? {
        Value::Duration(nanoseconds) if !call.has(1) => Ok(Value::Int(nanoseconds / 1_000_000)),
        _ => part(call, |at| i64::from(at.subsec_nanosecond()) / 1_000_000),
    }
}
