//! Named formats: `format.dns1123Label().validate(name)` is an optional list of what is wrong.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use regex::Regex;

use super::{Function, global, method, time, url};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::value::{Other, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("format.named", 1..=1, named),
    global("format.dns1123Label", 0..=0, |_| of("dns1123Label")),
    global("format.dns1123Subdomain", 0..=0, |_| of("dns1123Subdomain")),
    global("format.dns1035Label", 0..=0, |_| of("dns1035Label")),
    global("format.qualifiedName", 0..=0, |_| of("qualifiedName")),
    global("format.dns1123LabelPrefix", 0..=0, |_| of("dns1123LabelPrefix")),
    global("format.dns1123SubdomainPrefix", 0..=0, |_| of("dns1123SubdomainPrefix")),
    global("format.dns1035LabelPrefix", 0..=0, |_| of("dns1035LabelPrefix")),
    global("format.labelValue", 0..=0, |_| of("labelValue")),
    global("format.uri", 0..=0, |_| of("uri")),
    global("format.uuid", 0..=0, |_| of("uuid")),
    global("format.byte", 0..=0, |_| of("byte")),
    global("format.date", 0..=0, |_| of("date")),
    global("format.datetime", 0..=0, |_| of("datetime")),
    method("validate", 2..=2, validate),
];

#[expect(clippy::unnecessary_wraps, reason = "functions of the library may fail")]
fn of(name: &'static str) -> Result<Value, Failure> {
    Ok(Value::other(Other::Format(name)))
}

fn named(call: &mut Call<'_>) -> Result<Value, Failure> {
    let wanted = call.text(0)?;
    let names = FUNCTIONS.iter().filter_map(|function| function.name.strip_prefix("format."));
    let mut known = names.filter(|name| *name != "named");
    let found = known.find(|name| *name == wanted);
    Ok(Value::Optional(found.map(|name| Value::other(Other::Format(name)).into())))
}

static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"));
static LABEL_1035: LazyLock<Regex> = LazyLock::new(|| pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$"));
static SUBDOMAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"));
static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern("(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file, which the tests compile")
}

/// What is wrong with a text, in words; nothing where it has the format.
fn wrong(format: &str, text: &str) -> Vec<&'static str> {
    const LABEL_WORDS: &str =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'";
    const DOMAIN_WORDS: &str =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";
    const LABEL_1035_WORDS: &str =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-'";
    const NAME_WORDS: &str = "name part must consist of alphanumeric characters, '-', '_' or '.'";
    const VALUE_WORDS: &str = "a valid label must be an empty string or consist of alphanumeric characters";
    // Of what is only the start of a name, a hyphen at its end is no mistake.
    let whole = |text: &str| match text.strip_suffix('-') {
        Some(start) => format!("{start}a"),
        None => text.to_owned(),
    };
    let check = |is_right: bool, words: &'static str, length: usize, limit: usize| {
        let long = match limit {
            63 => "must be no more than 63 characters",
            _ => "must be no more than 253 characters",
        };
        let too_long = (length > limit).then_some(long);
        too_long.into_iter().chain((!is_right).then_some(words)).collect::<Vec<_>>()
    };
    let single = |is_right: bool, words| if is_right { Vec::new() } else { vec![words] };
    match format {
        "dns1123Label" => check(LABEL.is_match(text), LABEL_WORDS, text.len(), 63),
        "dns1123LabelPrefix" => check(LABEL.is_match(&whole(text)), LABEL_WORDS, text.len(), 63),
        "dns1123Subdomain" => check(SUBDOMAIN.is_match(text), DOMAIN_WORDS, text.len(), 253),
        "dns1123SubdomainPrefix" => check(SUBDOMAIN.is_match(&whole(text)), DOMAIN_WORDS, text.len(), 253),
        "dns1035Label" => check(LABEL_1035.is_match(text), LABEL_1035_WORDS, text.len(), 63),
        "dns1035LabelPrefix" => check(LABEL_1035.is_match(&whole(text)), LABEL_1035_WORDS, text.len(), 63),
        "labelValue" => check(text.is_empty() || NAME.is_match(text), VALUE_WORDS, text.len(), 63),
        "qualifiedName" => {
            let (prefix, name) =
                text.rsplit_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
            let prefix =
                prefix.map(|prefix| check(SUBDOMAIN.is_match(prefix), DOMAIN_WORDS, prefix.len(), 253));
            let mut all = prefix.unwrap_or_default();
            all.extend(check(NAME.is_match(name), NAME_WORDS, name.len(), 63));
            all
        }
        "uri" => single(url::parse(text).is_some(), "invalid URI for request"),
        "uuid" => single(UUID.is_match(text), "does not match the UUID format"),
        "byte" => single(!text.is_empty() && STANDARD.decode(text).is_ok(), "invalid base64"),
        "date" => single(text.len() == 10 && text.parse::<Date>().is_ok(), "invalid date"),
        _ => single(time::moment(text).is_some(), "invalid datetime"),
    }
}

fn validate(call: &mut Call<'_>) -> Result<Value, Failure> {
    let (Other::Format(format), text) = (call.other(0)?, call.text(1)?) else {
        return Err(Failure::NoOverload);
    };
    call.budget.pay_text(16 * text.len())?;
    let wrong = wrong(format, text);
    if wrong.is_empty() {
        return Ok(Value::Optional(None));
    }
    Ok(Value::some(Value::list(wrong.into_iter().map(Value::text).collect())))
}
