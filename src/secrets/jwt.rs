//! The claims of a JSON web token. Signatures are not checked: anyone may read a token.

use base64::Engine as _;
use serde_json::Value;

use super::base64::URL_SAFE;
use crate::finding::IdentityName;

/// The claims of a token that rules use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwt {
    /// The Kubernetes account it is for, if it is for one.
    pub service_account: Option<IdentityName>,
    /// The `iss` claim.
    pub issuer: Option<String>,
    /// The `exp` claim, in seconds since 1970; `None` is a token that never expires.
    pub expires: Option<i64>,
    /// Whether it carries no signature (`alg: none`), so that it proves nothing.
    pub unsigned: bool,
}

/// Reads a token's header and payload; `None` for what is no token.
#[must_use]
pub fn jwt(token: &str) -> Option<Jwt> {
    let mut parts = token.trim().split('.');
    let (header, payload) = (part(parts.next()?)?, part(parts.next()?)?);
    let signature = parts.next()?;
    if parts.next().is_some() {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    Some(Jwt {
        service_account: service_account(&payload),
        issuer: payload.get("iss").and_then(text),
        expires: payload.get("exp").and_then(seconds),
        unsigned: signature.is_empty() || algorithm.eq_ignore_ascii_case("none"),
    })
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

/// The claim is a number of seconds, with a fraction in some issuers' tokens.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

/// Bound tokens nest their claims, legacy tokens spell them flat, and both name the account in `sub`
/// (pkg/serviceaccount/claims.go and legacy.go).
fn service_account(payload: &Value) -> Option<IdentityName> {
    let bound = &payload["kubernetes.io"];
    let pair = |namespace: &Value, name: &Value| {
        Some(IdentityName::account(Some(namespace.as_str()?), name.as_str()?))
    };
    pair(&bound["namespace"], &bound["serviceaccount"]["name"])
        .or_else(|| {
            pair(
                &payload["kubernetes.io/serviceaccount/namespace"],
                &payload["kubernetes.io/serviceaccount/service-account.name"],
            )
        })
        .or_else(|| {
            let subject = payload["sub"].as_str()?;
            let account = subject.strip_prefix("system:serviceaccount:")?;
            Some(match account.split_once(':') {
                Some((namespace, name)) => IdentityName::account(Some(namespace), name),
                None => IdentityName::other(account),
            })
        })
}
