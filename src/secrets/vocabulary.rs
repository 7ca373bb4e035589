//! Words that people put where a secret should be: defaults that everybody knows, and templates never filled in.

use std::collections::BTreeSet;

use super::names::{self, Sort};
use super::references::alternates;

/// Longer values are no words.
const LONGEST: usize = 64;

/// What asks to be changed and, unchanged, runs.
const CHANGE: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "changethis",
    "change-this",
    "change_this",
    "change this",
];

/// Whether a value in lower case says itself that somebody has to change it.
pub(super) fn asks_to_be_changed(lower: &str) -> bool {
    CHANGE.iter().any(|words| lower.contains(words))
}

/// The two lists of the table.
#[derive(Debug)]
pub(super) struct Vocabulary {
    defaults: BTreeSet<String>,
    fillers: BTreeSet<String>,
}

impl Vocabulary {
    pub(super) fn new(defaults: Vec<String>, fillers: Vec<String>) -> Self {
        Self { defaults: defaults.into_iter().collect(), fillers: fillers.into_iter().collect() }
    }

    /// A well-known default, with fillers around it: `changeme`, `my-secret-pw`. With digits behind it somebody chose it:
    /// `admin123` and `Password123!` are passwords.
    pub(super) fn is_default(&self, value: &str) -> bool {
        if value.len() > LONGEST || !value.is_ascii() {
            return false;
        }
        let lower = value.to_ascii_lowercase();
        let is_one_letter = lower.len() >= 4 && lower.bytes().all(|byte| byte == lower.as_bytes()[0]);
        if is_one_letter
            || "1234567890".starts_with(&lower)
            || asks_to_be_changed(&lower)
            || is_word_for_itself(value)
        {
            return true;
        }
        if let Some(inner) = decoded(value) {
            return self.is_default(&inner);
        }
        self.is_chain(&lower)
    }

    /// Whether a value in lower case is what products are installed with, or what most people choose: `minioadmin`, `123456`.
    /// Words such as `example` are guessed as easily, and are nobody's default.
    pub(super) fn is_well_known(&self, lower: &str) -> bool {
        const NOBODYS: &str = "bar baz demo example fake foo foobar insecure sample secret s3cr3t s3cret supersecret token value";
        lower.len() >= 3 && "1234567890".starts_with(lower)
            || self.defaults.contains(lower) && !names::contains(NOBODYS, lower)
    }

    /// Whether the whole text is words of the lists, glued or separated, at least one of them a default.
    fn is_chain(&self, text: &str) -> bool {
        // What is reachable at each byte: nothing, a chain of fillers, a chain with a default.
        const NO: u8 = 0;
        const FILLERS: u8 = 1;
        const DEFAULT: u8 = 2;
        let mut reached = vec![NO; text.len() + 1];
        reached[0] = FILLERS;
        for at in 0..text.len() {
            let so_far = reached[at];
            if so_far == NO {
                continue;
            }
            if b"-_. ".contains(&text.as_bytes()[at]) {
                reached[at + 1] = reached[at + 1].max(so_far);
            }
            for end in at + 1..=text.len().min(at + 16) {
                let word = &text[at..end];
                let kind = if self.defaults.contains(word) {
                    DEFAULT
                } else if self.fillers.contains(word) {
                    so_far
                } else {
                    continue;
                };
                reached[end] = reached[end].max(kind);
            }
        }
        reached[text.len()] == DEFAULT
    }
}

/// `jiraToken`, `grafanaPassword`: what it is for and what it is, in place of what it should be.
fn is_word_for_itself(value: &str) -> bool {
    let is_camel = value.bytes().all(|byte| byte.is_ascii_alphabetic())
        && value.starts_with(|c: char| c.is_ascii_lowercase());
    let words = names::words(value);
    is_camel && words.len() == 2 && ["password", "secret", "token"].contains(&words[1].as_str())
}

/// What says of itself that it is no credential: two words in a row.
const NONE: &[(&str, &str)] = &[
    ("a", "real"),
    ("ask", "the"),
    ("ask", "your"),
    ("auto", "generated"),
    ("be", "changed"),
    ("be", "defined"),
    ("be", "filled"),
    ("be", "replaced"),
    ("be", "set"),
    ("is", "required"),
    ("key", "required"),
    ("no", "auth"),
    ("no", "key"),
    ("no", "password"),
    ("no", "secret"),
    ("no", "token"),
    ("not", "needed"),
    ("not", "real"),
    ("not", "required"),
    ("not", "use"),
    ("not", "used"),
    ("override", "in"),
    ("override", "me"),
    ("override", "this"),
    ("overwrite", "me"),
    ("overwrite", "this"),
];

/// `REPLACE_ME`, `your-token`, `not-needed`, `<…>` without the brackets. A first word needs a separator behind it:
/// `mysql` does not begin with `my`, and `YourStrong@Passw0rd` is a password that runs.
pub(super) fn is_template(value: &str) -> bool {
    is_cut_short(value) || is_of_documentation(value) || is_words_of_template(value)
}

/// `sk-...`, `ghp_…`: what a token begins with, and no more of it.
fn is_cut_short(value: &str) -> bool {
    const LONGEST_START: usize = 8;
    let start = value.strip_suffix("...").or_else(|| value.strip_suffix('…'));
    start.is_some_and(|start| {
        start.len() <= LONGEST_START
            && start.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte))
    })
}

/// The keys of the examples of AWS: `AKIA…EXAMPLE`, and a secret key that ends in `EXAMPLEKEY`.
fn is_of_documentation(value: &str) -> bool {
    let is_id = value.len() == 20 && value.starts_with('A') && value.ends_with("EXAMPLE");
    is_id || value.len() == 40 && value.ends_with("EXAMPLEKEY")
}

fn is_words_of_template(value: &str) -> bool {
    const FIRST: &str = "add enter fill insert put provide replace set specify update your";
    const ANYWHERE: &str = "bogus dummy fillme fixme masked notneeded notused overrideme overwriteme placeholder redacted \
        removed replaceme replacethis replacewith setme snakeoil tbd todo unneeded unused updateme your";
    const GIVEN: &str = "comes created filled generated given injected loaded managed provided provisioned set supplied synced taken";
    const ENCODED: &str = "encode encoded encoding of string";
    // What programs take where a key has to be something.
    const ALONE: &str = "EMPTY IGNORED MISSING REQUIRED anything autogenerated empty ignored lm-studio missing ollama token-abc123";
    // Where it is read: `see-values-prod`.
    const SEEN: &str = "above below docs readme secret secrets sops values vault wiki";
    if value.len() > 2 * LONGEST || !value.is_ascii() || value.contains('\n') {
        return false;
    }
    // `TODO-` before a password makes no placeholder of it.
    if value.split(['-', '_', '.', ' ', ':', '!']).any(|word| word.len() >= 8 && alternates(word)) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(['-', '_', '.', ' ', '/', ':', '!', '*']).filter(|word| !word.is_empty()).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    // `injected-by-vault`
    let is_given =
        names::contains(GIVEN, first) && words.get(1).is_some_and(|word| ["at", "by", "from"].contains(word));
    let is_none = |pair: &[&str]| NONE.contains(&(pair[0], pair[1]));
    let is_crossed_out = |word: &&str| word.len() >= 3 && word.bytes().all(|byte| byte == b'x');
    words.iter().any(is_crossed_out)
        || words.iter().any(|word| names::contains(ANYWHERE, word) && (words.len() > 1 || *word != "your"))
        || words.windows(2).any(is_none)
        || is_given
        || ["from", "see"].contains(first) && words.get(1).is_some_and(|word| names::contains(SEEN, word))
        || names::contains(ALONE, value)
        || words.len() >= 2 && (names::contains(FIRST, first) || *last == "here")
        // Not `base64:` before what is encoded.
        || *first == "base64" && words.get(1).is_some_and(|word| names::contains(ENCODED, word))
        // `YourApiToken`
        || value.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && lower.starts_with("your")
            && names::words(value).first().is_some_and(|word| word == "your")
        // `SecretPlaceholder`
        || value.bytes().all(|byte| byte.is_ascii_alphabetic())
            && names::words(value).iter().any(|word| word == "placeholder")
        || is_shouted(value) && (Sort::of(value).is_some() || *last == "val" || *last == "value")
}

/// `my-token`, `example-secret-1`, `value1`, `foo`: what examples put where something has to stand, and words for it alone.
/// Nobody issues such a token; as a password that somebody chose, it runs.
pub(super) fn is_sample(value: &str) -> bool {
    const ALONE: &str = "bar baz foo foobar value";
    const OWNER: &str = "example fake my our sample some your";
    const NOUN: &str = "access api app auth bearer client data id key name password secret session text token user username value";
    if value.len() > LONGEST {
        return false;
    }
    let is_number = |word: &str| word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let words: Vec<&str> = value.split(['-', '_', '.', ' ']).collect();
    match words.as_slice() {
        [one] => {
            names::contains(ALONE, one.trim_end_matches(|c: char| c.is_ascii_digit())) && value.len() <= 8
        }
        [first, rest @ ..] => {
            let is_noun = |word: &&str| names::contains(NOUN, word) || is_number(word);
            names::contains(OWNER, first)
                && rest.iter().all(is_noun)
                && !rest.iter().all(|word| is_number(word))
        }
        [] => false,
    }
}

/// Base64 of a short text, which hides nothing.
fn decoded(value: &str) -> Option<String> {
    if value.len() < 8 || !value.ends_with('=') {
        return None;
    }
    let text = String::from_utf8(super::decode_base64(value)?).ok()?;
    (text.len() < value.len() && !text.contains(char::is_control)).then_some(text)
}

/// `DB_PASSWORD`, `TOKEN`: the name of a variable where its value should stand.
fn is_shouted(value: &str) -> bool {
    (value.contains('_') || value.len() >= 5)
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
