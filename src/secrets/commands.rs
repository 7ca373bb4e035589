//! Commands that take a password by a short option or by its place, as the table names them.

use serde::Deserialize;

/// A command whose short option takes a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    pub(super) names: Vec<String>,
    pub(super) option: String,
    /// The value stands behind the option without a blank.
    #[serde(default)]
    pub(super) glued: bool,
    /// The value is `user:password`.
    #[serde(default)]
    pub(super) login: bool,
    /// What stands between user and password.
    #[serde(default = "colon")]
    pub(super) sign: char,
    /// A word that must stand on the same line.
    pub(super) with: Option<String>,
    /// What stands before the password in the value.
    #[serde(default)]
    pub(super) prefix: String,
}

fn colon() -> char {
    ':'
}

/// A command that takes a password by its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Position {
    pub(super) names: Vec<String>,
    /// The word behind which the others are counted; without it the last is the password.
    pub(super) after: Option<String>,
    #[serde(default)]
    pub(super) skip: usize,
    /// A letter of a short option that must be there.
    pub(super) flag: Option<char>,
    /// What stands between the user and the password.
    pub(super) sign: Option<char>,
}
