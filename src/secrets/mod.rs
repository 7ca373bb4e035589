//! Is this string a credential? Patterns, names and forms, on plain strings.
//!
//! It must not know YAML or Kubernetes objects, and no value may leave it: a [`Hit`] says where a secret stands and
//! of what kind it is, never what it is.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use crate::config::TokenFormat;

use checks::is_expression;
use forms::{Form, Place, form};
use names::Sort;
use patterns::{Patterns, without_overlaps};

mod base64;
mod config;
mod identifiers;
mod names;
mod shell;

mod jwt;
mod vocabulary;

mod forms;

mod checks;

mod headers;
mod patterns;
mod stored;

mod arguments;

pub use base64::decode_base64;
pub use checks::{looks_random, random_words};
pub use jwt::{Jwt, jwt};
pub use names::{may_name_an_object, sensitive_name, stands_beside_a_secret};
pub use stored::SecretVerdict;

/// How sure it is that a string is a credential, and of what sort. The first is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// A vendor's token format, or a form that only credentials have.
    Vendor,
    /// A name that means a secret holds a literal.
    Named,
    /// A well-known default: it is the credential that will run.
    DefaultWord,
    /// A word of a template that was never filled in.
    TemplateWord,
    /// A password hash, a browser key, a test key, an id without its secret: worth knowing only.
    PublicOrHash,
}

/// A credential in a string. It holds no value on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Id in the pattern table (`github`, `url-password`), or `sensitive-name`, `password-hash`, `secret-entry`.
    pub kind: &'static str,
    /// For people: `a GitHub token`.
    pub what: String,
    /// How sure it is.
    pub strength: Strength,
    /// The bytes of the given value that are the secret, on character boundaries.
    pub range: Range<usize>,
    /// Where to revoke it: an address or a command.
    pub revoke: Option<&'static str>,
}

/// The names that a value may refer to: Secrets, config maps and volumes of the same namespace.
pub type Known<'a> = &'a dyn Fn(&str) -> bool;

/// The detection engine; see [`engine`].
pub struct Engine {
    patterns: Patterns,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The formats that users add.
static FURTHER: OnceLock<Vec<TokenFormat>> = OnceLock::new();

/// Adds formats of tokens to the table, before anything is judged: it is made once.
pub fn add_formats(formats: Vec<TokenFormat>) {
    // Whoever comes second has the formats of the first: one process judges by one settings file.
    let _ = FURTHER.set(formats);
}

/// The engine over the built-in table and what users added, made once.
#[must_use]
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine { patterns: Patterns::with(FURTHER.get().map_or(&[], Vec::as_slice)) })
}

impl Engine {
    /// Judges a named value: an environment variable, a key of a file. Of several credentials in it, the surest.
    #[must_use]
    pub fn named(&self, name: &str, value: &str, known: Known<'_>) -> Option<Hit> {
        self.judge(name, value, Place::Field, known).or_else(|| self.embedded(value, known))
    }

    /// Finds credentials in free text, by their formats: scripts and blobs. Comments count.
    #[must_use]
    pub fn text(&self, value: &str) -> Vec<Hit> {
        match self.patterns.wrapped(value) {
            Some(hit) => vec![hit],
            None => self.patterns.scan(value),
        }
    }

    /// Whether a credential that was found in a text is only an example there: in a comment.
    #[must_use]
    pub fn is_example(&self, text: &str, hit: &Hit) -> bool {
        self.patterns.is_example(text, hit)
    }

    /// Finds the tokens in a text that have a form of their own, in one pass: for texts of whole documents.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<Hit> {
        self.patterns.tokens(text)
    }

    /// Finds credentials in the text of a configuration file, by their names and their formats. Formats count in
    /// comments too.
    #[must_use]
    pub fn config(&self, text: &str, known: Known<'_>) -> Vec<Hit> {
        let mut scanned = self.patterns.scan(text);
        scanned.retain(|hit| hit.strength == Strength::Vendor || !known(&text[hit.range.clone()]));
        let mut found = numbered(1, scanned);
        for pair in config::pairs(text) {
            if !pair.quoted && is_expression(&text[pair.value.clone()]) {
                continue;
            }
            if let Some(mut hit) = self.judge(pair.name, &text[pair.value.clone()], Place::Field, known) {
                hit.range = hit.range.start + pair.value.start..hit.range.end + pair.value.start;
                found.push((0, hit));
            }
        }
        without_overlaps(found)
    }

    /// Finds credentials in an argument list; each hit with the index of its argument. Options, `NAME=value`, URLs,
    /// headers, and the scripts that a shell is given.
    #[must_use]
    pub fn arguments<S: AsRef<str>>(&self, arguments: &[S], known: Known<'_>) -> Vec<(usize, Hit)> {
        let mut search = arguments::Search::new(self, known);
        search.list(arguments);
        let mut by_argument = search.found;
        by_argument.sort_by_key(|(argument, _)| *argument);
        let mut by_argument = by_argument.into_iter().peekable();
        let mut all = Vec::new();
        for (number, argument) in arguments.iter().enumerate() {
            let mut scanned = self.text(argument.as_ref());
            scanned.retain(|hit| self.is_used(argument.as_ref(), hit, known));
            let mut found = numbered(1, scanned);
            while let Some((_, hit)) = by_argument.next_if(|(argument, _)| *argument == number) {
                found.push((0, hit));
            }
            all.extend(without_overlaps(found).into_iter().map(|hit| (number, hit)));
        }
        all
    }

    /// B.3, B.2, B.4 of the rules: form, formats, name.
    fn judge(&self, name: &str, value: &str, place: Place, known: Known<'_>) -> Option<Hit> {
        let format = self.best_format(name, value, known);
        let sort = Sort::of(name);
        if format.is_none() && sort.is_none() && !forms::is_password_hash(value) {
            // Whatever its form: most values end here.
            return None;
        }
        // An object of that name anywhere beside it must not hide what is called a password.
        let may_be_name = |value: &str| match sort {
            Some(Sort::Password | Sort::Token | Sort::Key) => {
                identifiers::is_object_name(value) && known(value)
            }
            Some(Sort::Secret | Sort::Connection) | None => known(value),
        };
        let strength = match form(value, place, &may_be_name, &self.patterns.vocabulary) {
            Form::Nothing if sort == Some(Sort::Password) && is_pin(value.trim()) => {
                Some(Strength::DefaultWord)
            }
            Form::Nothing | Form::Reference | Form::Bracketed | Form::Encrypted | Form::Known => return None,
            Form::PasswordHash => {
                return Some(whole("password-hash", "a password hash", Strength::PublicOrHash, value));
            }
            Form::Literal | Form::Uuid => Some(Strength::Named),
            Form::DefaultWord => Some(Strength::DefaultWord),
            Form::TemplateWord => Some(Strength::TemplateWord),
            Form::Composed | Form::Public | Form::Identifier | Form::Prose => None,
        };
        if format.as_ref().is_some_and(|hit| hit.strength == Strength::Vendor) {
            return format;
        }
        let sort = sort.filter(|sort| match sort {
            // A connection string is one only with a credential in it, and that has a format.
            Sort::Connection => false,
            // `TOKEN: TOKEN` maps a key to a variable.
            _ if strength == Some(Strength::TemplateWord) => !is_own_name(name, value),
            Sort::Secret | Sort::Token => !identifiers::is_object_name(value.trim()),
            // The key of a Secret under which the key stands.
            Sort::Key => !is_pointer(value.trim()),
            Sort::Password => true,
        });
        let named = sort.zip(strength).filter(|_| !is_document(value));
        match (format, named) {
            (Some(mut hit), Some((_, strength))) => {
                hit.strength = hit.strength.min(strength);
                Some(hit)
            }
            (None, Some((sort, strength))) => Some(whole(SENSITIVE_NAME, sort.words(), strength, value)),
            (format, None) => format,
        }
    }

    /// The surest of the formats in a value.
    fn best_format(&self, name: &str, value: &str, known: Known<'_>) -> Option<Hit> {
        let scanned = self.patterns.scan(value).into_iter();
        let all = scanned.chain(self.patterns.whole(name, value)).chain(self.patterns.wrapped(value));
        all.filter(|hit| self.is_used(value, hit, known)).min_by_key(|hit| (hit.strength, hit.range.start))
    }

    /// Whether a hit by format is neither a name in the namespace nor an example in a comment.
    fn is_used(&self, text: &str, hit: &Hit, known: Known<'_>) -> bool {
        let is_name = hit.strength != Strength::Vendor && known(&text[hit.range.clone()]);
        !is_name && !self.patterns.is_example(text, hit)
    }

    /// Credentials in a value that is itself a configuration file or a list of options (`JAVA_OPTS`).
    fn embedded(&self, value: &str, known: Known<'_>) -> Option<Hit> {
        let trimmed = value.trim_start();
        let hits = if is_document(value) {
            self.config(value, known)
        } else if trimmed.contains(char::is_whitespace) || trimmed.starts_with('-') {
            let mut search = arguments::Search::new(self, known);
            search.text(value);
            search.found.into_iter().map(|(_, hit)| hit).collect()
        } else {
            return None;
        };
        let used = hits.into_iter().filter(|hit| !self.patterns.is_example(value, hit));
        used.min_by_key(|hit| (hit.strength, hit.range.start))
    }
}

const SENSITIVE_NAME: &str = "sensitive-name";

/// A hit on a whole value, without the blanks around it.
fn whole(kind: &'static str, what: &str, strength: Strength, value: &str) -> Hit {
    let start = value.len() - value.trim_start().len();
    let range = start..start + value.trim().len();
    Hit { kind, what: what.to_owned(), strength, range, revoke: None }
}

fn numbered(number: usize, hits: Vec<Hit>) -> Vec<(usize, Hit)> {
    hits.into_iter().map(|hit| (number, hit)).collect()
}

/// A number too small for a secret, but too odd for a switch: as a password it runs.
fn is_pin(value: &str) -> bool {
    (4..=5).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) && value != "0000"
}

fn is_own_name(name: &str, value: &str) -> bool {
    name.rsplit('.').next() == Some(value.trim())
}

/// What a default word is, for people.
#[must_use]
pub fn default_word(value: &str) -> &'static str {
    let lower = value.to_ascii_lowercase();
    match (lower.contains("test"), lower.contains("pass")) {
        (true, true) => "a guessable test password",
        (true, false) => "a guessable test value",
        _ => "a default credential that everybody knows",
    }
}

/// `token`, `user.name`: where in a Secret the key stands.
fn is_pointer(value: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || b".-_".contains(&byte);
    value.bytes().all(allowed) && (["user", "username"].contains(&value) || Sort::of(value).is_some())
}

/// Whether a value is a file rather than a word: several lines, or JSON.
fn is_document(value: &str) -> bool {
    let value = value.trim();
    value.contains('\n') || value.starts_with('{') && value.contains('"')
}
