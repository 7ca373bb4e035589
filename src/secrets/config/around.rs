//! Values whose own names say nothing: what stands around them says that they are credentials.

use super::scan::is_name;
use super::{Pair, are_of_one};
use crate::secrets::is_secret_of_field;
use crate::secrets::names::{Sort, words};

/// How far back the name of a mapping is looked for.
const FAR: usize = 2_000;
/// The shortest private part of a web key, in base64: 128 bits.
const SHORTEST_PART: usize = 22;
/// Kinds of tokens that agents of Consul are given ("`acl.tokens`").
const OF_CONSUL: [&str; 6] =
    ["agent", "agent_recovery", "default", "initial_management", "managed_service_provider", "replication"];
/// Schemes before a token in a header.
const SCHEMES: [&str; 4] = ["Bearer ", "bearer ", "Token ", "token "];

/// Names what the readers found anew, where something around it says more than its own name.
pub(super) fn read<'a>(text: &'a str, pairs: &mut Vec<Pair<'a>>) {
    let mut found = Vec::new();
    let has_web_key = text.contains("kty");
    let is_oct = has_web_key && text.contains("oct");
    let has_json_data = text.contains("secureJsonData");
    let is_consul = text.contains("acl");
    for (at, pair) in pairs.iter().enumerate() {
        let value = &text[pair.value.clone()];
        if has_web_key && is_private_part(pair.name, value, is_oct)
            || pair.name == "encrypt" && is_gossip_key(value)
            || pair.name == "key" && is_beside_algorithm(text, pairs, at)
        {
            found.push(Pair { name: "secret_key", ..pair.clone() });
        } else if Sort::of(pair.name).is_none()
            && (has_json_data || is_asked(pair.name))
            && let Some(parent) = parent_of(text, pair)
            && let Some(name) = name_by(parent, pair.name, value, is_consul)
        {
            let scheme = SCHEMES.iter().find(|scheme| value.starts_with(**scheme)).map_or(0, |one| one.len());
            found.push(Pair { name, value: pair.value.start + scheme..pair.value.end, quoted: pair.quoted });
        }
    }
    pairs.extend(found);
}

/// `d` and its kin of a JSON web key, and `k` of one that both sides have (RFC 7518, 6.2.2, 6.3.2, 6.4.1).
fn is_private_part(name: &str, value: &str, is_oct: bool) -> bool {
    let is_part = ["d", "p", "q", "dp", "dq", "qi"].contains(&name) || is_oct && name == "k";
    is_part
        && value.len() >= SHORTEST_PART
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The key with which agents of Consul and Nomad encrypt: 16 or 32 bytes in base64.
fn is_gossip_key(value: &str) -> bool {
    [(24, "=="), (44, "=")].iter().any(|(length, end)| value.len() == *length && value.ends_with(end))
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// `{"type": "HS256", "key": "x"}`: with these algorithms both sides have the key (RFC 7518, 3.2).
fn is_beside_algorithm(text: &str, pairs: &[Pair<'_>], at: usize) -> bool {
    let (before, after) = (at.checked_sub(1).and_then(|at| pairs.get(at)), pairs.get(at + 1));
    let is_shared = |pair: &Pair<'_>| {
        ["type", "alg", "algorithm"].contains(&pair.name)
            && ["HS256", "HS384", "HS512"].contains(&&text[pair.value.clone()])
    };
    before.is_some_and(|pair| is_shared(pair) && are_of_one(text, pair, &pairs[at]))
        || after.is_some_and(|pair| is_shared(pair) && are_of_one(text, &pairs[at], pair))
}

/// What a value is called by the mapping that it stands in.
fn name_by<'a>(parent: &'a str, name: &str, value: &str, is_consul: bool) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    let is_value = ["value", "plaintext"].contains(&lower.as_str());
    match (parent, lower.as_str()) {
        // Grafana encrypts all that stands there.
        ("secureJsonData", _) => Some("token"),
        // Kong, "Key Authentication".
        ("keyauth_credentials", "key") => Some("secret_key"),
        ("tokens", name) if is_consul && OF_CONSUL.contains(&name) => {
            is_secret_of_field("token", value).then_some("token")
        }
        ("password_config", "pepper") => Some("secret"),
        (_, "key") if is_of_signing(parent) && is_secret_of_field("secret_key", value) => Some("secret_key"),
        _ => {
            let sort = Sort::of(parent).filter(|_| is_value)?;
            (!matches!(sort, Sort::Secret | Sort::Connection) && is_secret_of_field(parent, value))
                .then_some(parent)
        }
    }
}

/// Whether a mapping is about what signs or encrypts: `"Jwt": {"Key": "x"}`.
fn is_of_signing(parent: &str) -> bool {
    let words = words(parent);
    words
        .last()
        .is_some_and(|last| ["encryption", "fernet", "hmac", "jwt", "signing"].contains(&last.as_str()))
}

/// Whether a name says so little that what stands around it is asked.
fn is_asked(name: &str) -> bool {
    let is = |asked: &&str| asked.eq_ignore_ascii_case(name);
    ["key", "pepper", "plaintext", "value"].iter().any(is) || OF_CONSUL.contains(&name)
}

/// The name of the mapping in which a pair stands: before the brace that is open there, or on the line above that is
/// indented less.
fn parent_of<'a>(text: &'a str, pair: &Pair<'a>) -> Option<&'a str> {
    // Some names are constants of readers.
    let at =
        (pair.name.as_ptr() as usize).checked_sub(text.as_ptr() as usize).filter(|at| *at < text.len())?;
    let start = text.ceil_char_boundary(at.saturating_sub(FAR));
    let mut depth = 0_usize;
    for (place, byte) in text.as_bytes()[start..at].iter().enumerate().rev() {
        match byte {
            b'}' => depth += 1,
            b'{' if depth == 0 => return name_before(&text[start..start + place]),
            b'{' => depth -= 1,
            _ => {}
        }
    }
    let (above, line) = text[start..at].rsplit_once('\n')?;
    let column = line.len();
    let above = above.lines().rev();
    let name_column = |line: &str| line.len() - line.trim_start_matches(['-', ' ', '"', '\'']).len();
    let mut above = above.filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let line = above.find(|line| name_column(line) < column)?;
    line.trim_end().ends_with(':').then(|| name_before(line))?
}

/// The name that a text ends in, before the sign that gives it a value.
fn name_before(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "[:=\"'\\".contains(c));
    let start = text.bytes().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    text.get(start..).filter(|name| !name.is_empty())
}
