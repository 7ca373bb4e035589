//! What a scalar's text means to kubectl: YAML 1.1 as `goyaml.v2` resolves it (`go.yaml.in/yaml/v2` `resolve.go`).
//!
//! Pure functions of the text; it must not know where the text stands.

use super::tree::Tag;

/// A typed scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Typed {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str,
}

/// The type of an untagged plain scalar.
pub(super) fn resolve(text: &str) -> Typed {
    let Some(first) = text.bytes().next() else {
        return Typed::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' | b'+' | b'-' | b'0'..=b'9' => match special_float(text) {
            Some(float) => Typed::Float(float),
            None if first == b'.' => float(text).map_or(Typed::Str, Typed::Float),
            None => number(text),
        },
        _ => Typed::Str,
    }
}

/// The type of a tagged scalar; `None` where kubectl refuses the pair.
///
/// `!!binary` is a string here, its decoding is the caller's.
pub(super) fn resolve_tagged(tag: Tag, text: &str) -> Option<Typed> {
    let typed = match tag {
        Tag::Str | Tag::Binary | Tag::Merge | Tag::Other => return Some(Typed::Str),
        _ => resolve(text),
    };
    match (tag, typed) {
        (Tag::Int, Typed::Int(_) | Typed::Uint(_))
        | (Tag::Float, Typed::Float(_))
        | (Tag::Bool, Typed::Bool(_))
        | (Tag::Null, Typed::Null) => Some(typed),
        (Tag::Float, Typed::Int(int)) => Some(Typed::Float(as_float(int))),
        (Tag::Timestamp, Typed::Str) if looks_like_date(text) => Some(Typed::Str),
        _ => None,
    }
}

/// A mapping key's text in JSON; `None` for the types that kubectl refuses (null and what only fits unsigned).
pub(super) fn key_text(typed: Typed) -> Option<String> {
    match typed {
        Typed::Null | Typed::Uint(_) | Typed::Str => None,
        Typed::Bool(bool) => Some(bool.to_string()),
        Typed::Int(int) => Some(int.to_string()),
        Typed::Float(float) => Some(go_float32(float)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what Go's float64(int) does")]
fn as_float(int: i64) -> f64 {
    int as f64
}

fn word(text: &str) -> Typed {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Typed::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Typed::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Typed::Null,
        _ => Typed::Str,
    }
}

fn special_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Text that starts with a sign or a digit.
fn number(text: &str) -> Typed {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    if let Some(int) = go_int(plain) {
        return int;
    }
    if let Some(float) = float(plain) {
        return Typed::Float(float);
    }
    // What Go's own prefixes do not take: a sign between the prefix and the digits.
    let binary = plain.strip_prefix("0b").and_then(|digits| i64::from_str_radix(digits, 2).ok());
    binary.map_or(Typed::Str, Typed::Int)
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`: `0x`, `0o`, `0b` and leading-zero octals.
fn go_int(text: &str) -> Option<Typed> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match i64::try_from(magnitude) {
        Ok(int) => Some(Typed::Int(if negative { -int } else { int })),
        Err(_) if negative => (magnitude == 1 << 63).then_some(Typed::Int(i64::MIN)),
        Err(_) => (!signed).then_some(Typed::Uint(magnitude)),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; what is too large for a float stays a string.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !mantissa_fits || !exponent_fits {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

/// `2001-`: what Go would try to read as a time.
fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// `strconv.FormatFloat(f, 'g', -1, 32)`, which is how keys that are floats become text.
fn go_float32(float: f64) -> String {
    let single = float as f32;
    if single.is_nan() {
        return ".nan".to_owned();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // `g` without a precision decides as if it were 6.
    if (-4..6).contains(&exponent) {
        return format!("{single}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
