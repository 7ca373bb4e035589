//! Semantic versions: `semver('1.2.3')`.

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::value::{Other, Value, Version};

pub(super) const FUNCTIONS: &[Function] = &[
    global("semver", 1..=2, semver),
    global("isSemver", 1..=2, |call| Ok(Value::Bool(read(call)?.is_some()))),
    method("major", 1..=1, |call| number(call, 0)),
    method("minor", 1..=1, |call| number(call, 1)),
    method("patch", 1..=1, |call| number(call, 2)),
];

/// The version of the first argument; the second says whether a `v`, missing numbers and leading zeros are forgiven.
fn read(call: &mut Call<'_>) -> Result<Option<Version>, Failure> {
    let text = call.text(0)?;
    call.budget.pay_text(text.len())?;
    let forgives = call.has(1) && call.flag(1)?;
    Ok(if forgives { parse(&normal(text)) } else { parse(text) })
}

fn normal(text: &str) -> String {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let mut numbers: Vec<&str> = numbers
        .split('.')
        .map(|number| {
            let short = number.trim_start_matches('0');
            if short.is_empty() && !number.is_empty() { "0" } else { short }
        })
        .collect();
    while numbers.len() < 3 {
        numbers.push("0");
    }
    format!("{}{rest}", numbers.join("."))
}

fn parse(text: &str) -> Option<Version> {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (numbers, pre) = text.split_once('-').map_or((text, None), |(text, pre)| (text, Some(pre)));
    let plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let short = |word: &str| word == "0" || !word.starts_with('0');
    let number = |word: &str| {
        if is_number(word) && short(word) { word.parse::<u64>().ok() } else { None }
    };
    let numbers: Option<Vec<u64>> = numbers.split('.').map(number).collect();
    let numbers = <[u64; 3]>::try_from(numbers?).ok()?;
    let words = |words: Option<&str>| -> Vec<String> {
        words.map(|words| words.split('.').map(str::to_owned).collect()).unwrap_or_default()
    };
    let (pre, build) = (words(pre), words(build));
    let fits = pre.iter().all(|word| plain(word) && (!is_number(word) || short(word)));
    (fits && build.iter().all(|word| plain(word))).then_some(Version { numbers, pre })
}

fn semver(call: &mut Call<'_>) -> Result<Value, Failure> {
    let version = read(call)?.ok_or("this string is no semantic version")?;
    Ok(Value::other(Other::Version(version)))
}

fn number(call: &mut Call<'_>, at: usize) -> Result<Value, Failure> {
    match call.other(0)? {
        Other::Version(version) => Ok(Value::Int(version.numbers[at].try_into().unwrap_or(i64::MAX))),
        _ => Err(Failure::NoOverload),
    }
}
