//! Texts of several lines: configuration, data, programs.

use super::checks::{is_code, is_code_in_data, is_kind_of_value, is_pattern, names_only, passes_variable};
use super::forms::Place;
use super::names::{Sort, contains, words};
use super::patterns::without_overlaps;
use super::{Engine, Hit, Known, Strength, arguments, config, numbered};

impl Engine {
    /// Finds credentials in the text of a configuration file, by their names and their formats. Formats count in
    /// comments too.
    #[must_use]
    pub fn config(&self, text: &str, known: Known<'_>) -> Vec<Hit> {
        self.pairs(text, known, is_code)
    }

    /// The same for a file by its name: where that ends as data does, `summer.Rain9` is no path of a program.
    #[must_use]
    pub fn file(&self, name: &str, text: &str, known: Known<'_>) -> Vec<Hit> {
        const DATA: &str = "acl cfg cnf conf env ini properties yaml yml";
        let ending = name.rsplit_once('.').map_or(name, |(_, ending)| ending).to_ascii_lowercase();
        self.pairs(text, known, if contains(DATA, &ending) { is_code_in_data } else { is_code })
    }

    fn pairs(&self, text: &str, known: Known<'_>, is_code: fn(&str) -> bool) -> Vec<Hit> {
        let mut found = numbered(1, self.patterns.scan(text));
        found.extend(numbered(1, arguments::Search::new(self, known).in_lines(text)));
        for pair in config::pairs(text) {
            let value = &text[pair.value.clone()];
            let in_call =
                || text[..pair.value.start].rsplit('\n').next().is_some_and(|line| line.contains('('));
            let is_none = !pair.quoted
                && (is_code(value)
                    || is_pattern(value)
                    || names_only(value)
                    || is_kind_of_value(value)
                    || in_call() && passes_variable(text, &pair.value));
            let hit = match (is_none, config::is_login_header(pair.name)) {
                (true, _) => None,
                (false, true) => self.header(pair.name, value).filter(|_| pair.quoted),
                (false, false) => self.judge(pair.name, value, Place::Field, known),
            };
            found.extend(hit.map(|hit| (0, hit.moved(pair.value.start))));
        }
        without_overlaps(found)
    }

    /// Finds credentials in the text of a program: tokens, and what is in quotes under a name that means a secret.
    #[must_use]
    pub fn program(&self, text: &str, known: Known<'_>) -> Vec<Hit> {
        let mut scanned = self.patterns.scan(text);
        scanned.retain(|hit| hit.strength == Strength::Vendor && hit.kind != "kv-password");
        let mut found = numbered(1, scanned);
        for pair in config::constants(text) {
            let value = &text[pair.value.clone()];
            let hit = self.judge(pair.name, value, Place::Field, known);
            // Labels and names of fields stand under such names too.
            let is_chosen = |hit: &Hit| hit.strength == Strength::Vendor || is_chosen(pair.name, value);
            found.extend(hit.filter(is_chosen).map(|hit| (0, hit.moved(pair.value.start))));
        }
        without_overlaps(found)
    }
}

/// Whether a quoted text of a program is one that somebody chose: one word, which has more than letters or is no word of
/// its name.
fn is_chosen(name: &str, value: &str) -> bool {
    let is_word = !value.is_empty() && !value.contains(char::is_whitespace) && value.is_ascii();
    let mixed = value.bytes().any(|byte| byte.is_ascii_digit() || b"!@#%^&*+=?~".contains(&byte));
    let is_password = Sort::of(name) == Some(Sort::Password);
    let named = words(name);
    is_word && (mixed || is_password && !words(value).iter().any(|word| named.contains(word)))
}
