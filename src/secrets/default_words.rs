//! What a value that everybody may guess is called, for people.

use super::engine;
use super::vocabulary::asks_to_be_changed;

/// What a default word is, for people.
#[must_use]
pub fn default_word(value: &str) -> &'static str {
    let lower = value.trim().to_ascii_lowercase();
    match (lower.contains("test"), lower.contains("pass")) {
        _ if asks_to_be_changed(&lower) => "a placeholder, which is the credential until it is changed",
        (true, true) => "a guessable test password",
        (true, false) => "a guessable test value",
        _ if engine().patterns.vocabulary.is_well_known(&lower) => {
            "a default credential that everybody knows"
        }
        (_, true) => "a password that is easily guessed",
        _ => "a credential that is easily guessed",
    }
}

#[cfg(test)]
mod tests {
    use super::default_word;

    #[test]
    fn a_guessable_value_is_called_what_it_is() {
        for (value, what) in [
            ("CHANGE_ME", "a placeholder, which is the credential until it is changed"),
            ("please-changeme", "a placeholder, which is the credential until it is changed"),
            ("minioadmin", "a default credential that everybody knows"),
            ("123456", "a default credential that everybody knows"),
            ("super-secret-password", "a password that is easily guessed"),
            ("my-secret-token", "a credential that is easily guessed"),
            ("example", "a credential that is easily guessed"),
            ("test-pass", "a guessable test password"),
        ] {
            assert_eq!(default_word(value), what, "{value}");
        }
    }
}
