//! The secret engine from outside. Tokens are put together here, so that none stands in a file.

use nhilint::secrets::{Hit, engine};

mod arguments;
mod formats;
mod hostile;
mod no_credentials;
mod references;
mod texts;
mod values;

pub(super) const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
pub(super) const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const HEX: &str = "0123456789abcdef";
pub(super) const DIGITS: &str = "0123456789";

/// Text of a length over an alphabet, the same in every run.
fn fill(alphabet: &str, length: usize) -> String {
    let letters = alphabet.as_bytes();
    (0..length).map(|at| char::from(letters[(at * 7 + 3) % letters.len()])).collect()
}

fn unknown(_: &str) -> bool {
    false
}

fn named(name: &str, value: &str) -> Option<Hit> {
    engine().named(name, value, &unknown)
}
