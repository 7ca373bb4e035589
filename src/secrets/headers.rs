//! Credentials in HTTP headers, as probes and `curl -H` send them.

use super::checks::has_random_word;
use super::config::is_login_header;
use super::forms::Place;
use super::{Engine, Hit, SENSITIVE_NAME};

const SCHEMES: &[&str] = &["basic ", "bearer ", "token ", "apikey "];

impl Engine {
    /// Judges a header of an HTTP probe.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> Option<Hit> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("cookie") && !has_random_word(value) {
            // A probe's session id opens nothing.
            return None;
        }
        if !is_login_header(name) {
            return self.named(name, value, &|_| false);
        }
        let trimmed = value.trim_start();
        let is_start = |scheme: &&&str| {
            trimmed.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        let scheme = SCHEMES.iter().find(is_start).map_or("", |scheme| *scheme);
        let start = value.len() - trimmed.len() + scheme.len();
        let login = &value[start..];
        let mut hit = self.judge("token", login, Place::Field, &|_| false)?;
        if scheme == "basic " {
            hit.strength = self.patterns.basic(login)?;
        }
        if hit.kind == SENSITIVE_NAME {
            hit.kind = "auth-header";
            "a login".clone_into(&mut hit.what);
        }
        hit.range = hit.range.start + start..hit.range.end + start;
        Some(hit)
    }
}
