//! Passwords that stand behind the name of who logs in.

use super::forms::Place;
use super::{Engine, Hit, Known, names};

impl Engine {
    /// `user:password` under a name for both: `BASIC_AUTH`, and `NEO4J_AUTH`, which has a slash between them (Neo4j,
    /// "Docker: set an initial password").
    pub(super) fn login(&self, name: &str, value: &str, place: Place, known: Known<'_>) -> Option<Hit> {
        let words = names::words(name);
        let start = value.len() - value.trim_start().len();
        let value = value.trim();
        if words.last().is_none_or(|last| last != "auth") || value.contains(char::is_whitespace) {
            return None;
        }
        let sign = if name.to_ascii_lowercase().contains("neo4j") { '/' } else { ':' };
        let (user, password) = value.split_once(sign)?;
        let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(&byte);
        let is_port = password.len() <= 5 && password.bytes().all(|byte| byte.is_ascii_digit());
        // What begins with a slash is an address.
        if is_port || user.is_empty() || !user.bytes().all(is_user) || password.starts_with('/') {
            return None;
        }
        Some(self.judge_whole("password", password, place, known)?.moved(start + user.len() + 1))
    }
}
