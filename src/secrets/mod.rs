//! Is this string a credential? Patterns, names and forms, on plain strings.
//!
//! It must not know YAML or Kubernetes objects, and no value may leave it: a [`Hit`] says where a secret stands and
//! of what kind it is, never what it is.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use crate::config::TokenFormat;

use checks::praises_itself;
use forms::{Form, Place, form};
use names::Sort;
use patterns::{Patterns, without_overlaps};
use private_keys::is_no_private_key;
use references::default_in;

mod base64;
mod identifiers;
mod names;
mod shell;

mod beside;
mod key_names;

mod config;
mod references;

mod jwt;
mod vocabulary;

mod forms;

mod checks;
mod private_keys;

mod default_words;
mod headers;
mod logins;

mod commands;
mod patterns;
mod program_words;
mod stored;

mod arguments;

mod texts;

pub use base64::decode_base64;
pub use beside::stands_beside_a_secret;
pub use checks::{looks_random, random_words};
pub use config::is_login_header;
pub use default_words::default_word;
pub use jwt::{Jwt, jwt};
pub use names::{may_name_an_object, sensitive_name};
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
        let judged = self.judge(name, value, Place::Field, known);
        // What is public or a hash says nothing of what stands beside it.
        if judged.as_ref().is_some_and(|hit| hit.strength != Strength::PublicOrHash) {
            return judged;
        }
        judged.into_iter().chain(self.embedded(value, known)).min_by_key(|hit| hit.strength)
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
            scanned.retain(|hit| !self.patterns.is_example(argument.as_ref(), hit));
            let mut found = numbered(1, scanned);
            while let Some((_, hit)) = by_argument.next_if(|(argument, _)| *argument == number) {
                found.push((0, hit));
            }
            all.extend(without_overlaps(found).into_iter().map(|hit| (number, hit)));
        }
        all
    }

    /// Judges what a reference gives where nothing fills it in, and then the value.
    fn judge(&self, name: &str, value: &str, place: Place, known: Known<'_>) -> Option<Hit> {
        let trimmed = value.trim_start();
        let of_default = default_in(trimmed.trim_end()).and_then(|range| {
            let hit = self.judge_whole(name, &trimmed[range.clone()], place, known)?;
            Some(hit.moved(range.start + value.len() - trimmed.len()))
        });
        let of_whole = || self.judge_whole(name, value, place, known);
        of_default.or_else(of_whole).or_else(|| self.login(name, value, place, known))
    }

    /// B.3, B.2, B.4 of the rules: form, formats, name.
    fn judge_whole(&self, name: &str, value: &str, place: Place, known: Known<'_>) -> Option<Hit> {
        let format = self.best_format(name, value);
        let sort = Sort::of(name);
        if format.is_none() && sort.is_none() && !forms::is_password_hash(value) {
            // Whatever its form: most values end here.
            return None;
        }
        // Whoever adds an object of that name must not hide what is called a password.
        let may_be_name = |value: &str| match sort {
            Some(Sort::Password | Sort::Token | Sort::Key) => false,
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
            Form::Literal if is_no_private_key(name, value) => Some(Strength::TemplateWord),
            Form::Literal | Form::DefaultWord if key_names::is_stand_in(name, value.trim()) => {
                Some(Strength::TemplateWord)
            }
            Form::Literal | Form::Uuid => Some(Strength::Named),
            Form::DefaultWord => Some(Strength::DefaultWord),
            Form::TemplateWord => Some(Strength::TemplateWord),
            Form::Composed | Form::Public | Form::Identifier | Form::Prose => None,
        };
        if format.as_ref().is_some_and(|hit| hit.strength == Strength::Vendor) {
            return format;
        }
        let sort = sort.filter(|&sort| match sort {
            // A connection string is one only with a credential in it, and that has a format.
            Sort::Connection => false,
            // `TOKEN: TOKEN` maps a key to a variable.
            _ if strength == Some(Strength::TemplateWord) => !is_own_name(name, value),
            _ if strength == Some(Strength::DefaultWord) && praises_itself(value) => true,
            _ if key_names::is_weak_credential(name, sort, value.trim()) => !is_bare_sample(sort, value),
            Sort::Secret if identifiers::is_mode_of_request(name, value.trim()) => false,
            Sort::Secret | Sort::Token => !identifiers::is_object_name(value.trim()),
            // The key of a Secret under which the key stands.
            Sort::Key => !key_names::is_of_name(name, value.trim()),
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

    /// The surest of the formats in a value, where it is no example in a comment.
    fn best_format(&self, name: &str, value: &str) -> Option<Hit> {
        let scanned = self.patterns.scan(value).into_iter();
        let all = scanned.chain(self.patterns.whole(name, value)).chain(self.patterns.wrapped(value));
        all.filter(|hit| !self.patterns.is_example(value, hit))
            .min_by_key(|hit| (hit.strength, hit.range.start))
    }

    /// Credentials in a value that is itself a configuration file or a list of options (`JAVA_OPTS`).
    fn embedded(&self, value: &str, known: Known<'_>) -> Option<Hit> {
        let trimmed = value.trim_start();
        let hits = if is_document(value) || config::is_address(value) || config::is_statement(value) {
            self.config(value, known)
        } else if trimmed.contains(char::is_whitespace) || trimmed.starts_with('-') {
            let mut search = arguments::Search::new(self, known);
            search.text(value);
            search.found.into_iter().map(|(_, hit)| hit).collect()
        } else {
            // `api-key=x`
            let (name, inner) = value.split_once('=').filter(|(name, _)| Sort::of(name).is_some())?;
            let hit = self.judge(name, inner, Place::Field, known)?;
            vec![hit.moved(name.len() + 1)]
        };
        let used = hits.into_iter().filter(|hit| !self.patterns.is_example(value, hit));
        used.min_by_key(|hit| (hit.strength, hit.range.start))
    }
}

impl Hit {
    /// The same in a text in which the value begins at a byte.
    #[must_use]
    pub(crate) fn moved(mut self, by: usize) -> Self {
        self.range = self.range.start + by..self.range.end + by;
        self
    }
}

/// Whether a value under a name that means a secret is one where names of objects, keys and kinds stand under such names
/// too: in fields of custom resources. A password may be any word; a token, a key or a secret is none that names are made of.
#[must_use]
pub fn is_secret_of_field(name: &str, value: &str) -> bool {
    const WORDS: &str = "any auto basic boolean default generate generated hidden hide internal md number object optional \
        plain plaintext prompt random required scram show str string text";
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let is_kind = || {
        WORDS
            .split_ascii_whitespace()
            .any(|word| names::words(&lower).first().is_some_and(|first| first == word))
    };
    let is_dns = || {
        value.contains(['-', '.'])
            && value
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-./".contains(&byte))
            && !references::is_made_up(value)
    };
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    match Sort::of(name) {
        Some(Sort::Password) => !value.contains(' ') && (!is_kind() || has(u8::is_ascii_digit)),
        Some(_) => {
            !value.contains(char::is_whitespace)
                && value.len() >= 8
                && has(u8::is_ascii_digit)
                && has(u8::is_ascii_alphabetic)
                && !is_dns()
        }
        None => false,
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

/// `my-token`: what stands for a token in examples, and for nothing that signs.
fn is_bare_sample(sort: Sort, value: &str) -> bool {
    sort == Sort::Token && vocabulary::is_sample(value.trim())
}

/// Whether a value is a file rather than a word: several lines, or JSON.
fn is_document(value: &str) -> bool {
    let value = value.trim();
    value.contains('\n') || value.starts_with('{') && value.contains('"')
}
