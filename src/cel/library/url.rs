//! URLs: `url('https://example.com/a?b=c')`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Function, global, method};
use crate::cel::arguments::Call;
use crate::cel::fault::Failure;
use crate::cel::key::Key;
use crate::cel::value::{Other, Url, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    global("url", 1..=1, url),
    global("isURL", 1..=1, |call| Ok(Value::Bool(read(call)?.is_some()))),
    method("getScheme", 1..=1, |call| part(call, |url| &url.scheme)),
    method("getHost", 1..=1, |call| part(call, |url| &url.host)),
    method("getHostname", 1..=1, |call| part(call, |url| host_and_port(url).0)),
    method("getPort", 1..=1, |call| part(call, |url| host_and_port(url).1)),
    method("getEscapedPath", 1..=1, |call| part(call, |url| &url.path)),
    method("getQuery", 1..=1, query),
];

/// A URL as Go's `url.ParseRequestURI` reads it: absolute, or an absolute path.
pub(super) fn parse(text: &str) -> Option<Url> {
    if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return None;
    }
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
        _ if text.starts_with('/') => (String::new(), text),
        _ => return None,
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None if rest.starts_with('/') => ("", rest),
        // What follows the scheme of an opaque URL is no path.
        None => ("", ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (has_port, port) = port_of(host);
    let bad_port = has_port && !port.bytes().all(|byte| byte.is_ascii_digit());
    let bad_host = host.contains(['#', ' ', '<', '>', '"', '\\', '^', '`', '{', '}', '|']);
    if bad_port || bad_host || !escapes_are_right(path) || !escapes_are_right(host) {
        return None;
    }
    // What follows a `#` is checked as part of the rest, and then left out.
    let whole = |text: &str| text.split('#').next().unwrap_or_default().to_owned();
    let (query, path) =
        if path.contains('#') { (String::new(), whole(path)) } else { (whole(query), path.to_owned()) };
    let path = escaped(&path);
    Some(Url { text: text.to_owned(), scheme, host: host.to_owned(), path, query })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn escapes_are_right(text: &str) -> bool {
    let is_hex =
        |digits: &str| digits.get(..2).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.match_indices('%').all(|(at, _)| is_hex(&text[at + 1..]))
}

/// A path in which what may not stand in one is escaped.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@/%[]".contains(&byte);
        if is_plain {
            out.push(char::from(byte));
        } else {
            out.extend(["%".to_owned(), format!("{byte:02X}")]);
        }
    }
    out
}

/// Whether a host has a port, and which.
fn port_of(host: &str) -> (bool, &str) {
    let after = host.rfind(']').map_or(0, |at| at + 1);
    match host[after..].rfind(':') {
        Some(at) => (true, &host[after + at + 1..]),
        None => (false, ""),
    }
}

fn host_and_port(url: &Url) -> (&str, &str) {
    let (has_port, port) = port_of(&url.host);
    let name = if has_port { &url.host[..url.host.len() - port.len() - 1] } else { &url.host };
    (name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name), port)
}

fn read(call: &mut Call<'_>) -> Result<Option<Url>, Failure> {
    let text = call.text(0)?;
    call.budget.pay_text(4 * text.len())?;
    Ok(parse(text))
}

fn url(call: &mut Call<'_>) -> Result<Value, Failure> {
    Ok(Value::other(Other::Url(read(call)?.ok_or("this string is no URL")?)))
}

fn the_url<'c>(call: &Call<'c>) -> Result<&'c Url, Failure> {
    match call.other(0)? {
        Other::Url(url) => Ok(url),
        _ => Err(Failure::NoOverload),
    }
}

fn part(call: &mut Call<'_>, part: fn(&Url) -> &str) -> Result<Value, Failure> {
    let url = the_url(call)?;
    call.new_text(part(url))
}

fn query(call: &mut Call<'_>) -> Result<Value, Failure> {
    let url = the_url(call)?;
    call.budget.pay_text(8 * url.query.len())?;
    let mut found: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for pair in url.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let (Some(key), Some(value)) = (unescaped(key), unescaped(value)) {
            call.budget.pay(2)?;
            found.entry(Key::Text(Arc::from(key))).or_default().push(Value::text(value));
        }
    }
    Ok(Value::map(found.into_iter().map(|(key, values)| (key, Value::list(values))).collect()))
}

/// A word of a query, its escapes read.
fn unescaped(text: &str) -> Option<String> {
    if !escapes_are_right(text) {
        return None;
    }
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '+' => out.push(b' '),
            '%' => {
                out.push(u8::from_str_radix(&rest[..2], 16).ok()?);
                rest = &rest[2..];
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}
