//! Credentials in a text that stands in a scalar: a value, a file of configuration, a script, a program.

use crate::secrets::{Hit, Known, engine, may_name_an_object, sensitive_name};

/// Larger texts are programs, styles and drawings.
const LARGEST: usize = 256 * 1024;
/// A longer line was written by a program for a program.
const LONGEST_LINE: usize = 5_000;
/// Endings of files in which quotes make a value.
const PROGRAMS: &str =
    "go gql graphql graphqls java js jsonnet jsx libsonnet lua mjs php pl proto py rb rs ts tsx";
/// Endings of files in which names and values are not a configuration.
const PAGES: &str = "css html md rst svg wasm xsl";

enum TextKind {
    /// One value under a name.
    Value,
    /// Names and values.
    Config,
    Script,
    Program,
    /// Only tokens are told from other text in it.
    Page,
}

/// Words in the names of what holds labels for people.
const OF_PEOPLE: [&str; 5] = ["i18n", "locale", "locales", "translation", "translations"];
/// Languages that files of labels are called by.
const LANGUAGES: &str = "ar bg cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nb nl nn pl pt ro ru sk sl sr sv \
                         th tr uk vi zh";

/// Whether a name says that what it names holds labels for people in a language: `translations`, `de.json`.
pub(super) fn is_of_labels(name: &str) -> bool {
    let stem = name.split_once('.').map_or("", |(stem, _)| stem);
    let language = stem.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.split_ascii_whitespace().any(|known| known == language) && stem.len() <= "zh-Hant".len()
        || name.split(['-', '_', '.']).any(|word| OF_PEOPLE.contains(&word))
}

/// Whether a text is of words alone, as labels are: passwords of that form stand in no file of labels.
pub(super) fn is_label(text: &str) -> bool {
    text.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || ".,:!?'’…*()-".contains(c))
}

/// The credentials in a text by the key that it stands under.
pub(super) fn hits_in(key: &str, text: &str, known: Known<'_>) -> Vec<Hit> {
    match kind_of(key, text) {
        TextKind::Value if may_name_an_object(key, text) => engine().tokens(text),
        TextKind::Value => {
            let hit = engine().named(key, text, known);
            // A file of one line.
            let within = || if sensitive_name(key) { Vec::new() } else { engine().file(key, text, known) };
            hit.map_or_else(within, |hit| vec![hit])
        }
        TextKind::Config => engine().file(key, text, known),
        TextKind::Script => {
            let hits = engine().arguments(&["sh", "-c", text], known);
            hits.into_iter().filter(|(at, _)| *at == 2).map(|(_, hit)| hit).collect()
        }
        TextKind::Program => engine().program(text, known),
        TextKind::Page => engine().tokens(text),
    }
}

fn kind_of(key: &str, text: &str) -> TextKind {
    let ending = key.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_document = text.trim().contains('\n') || text.trim_start().starts_with('{');
    let is_dashboard = text.contains("\"panels\"") && text.contains("\"schemaVersion\"");
    let is_minified = || text.lines().any(|line| line.len() > LONGEST_LINE);
    let is_of = |list: &str| list.split(' ').any(|word| word == ending);
    if !is_document {
        return TextKind::Value;
    }
    // Labels for people stand under the names of fields.
    let is_of_people =
        ["i18n", "lang", "locale", "messages", "translation"].iter().any(|start| key.starts_with(start));
    if is_of(PAGES) || is_of_people || is_dashboard || text.len() > LARGEST || is_minified() {
        return TextKind::Page;
    }
    if is_of(PROGRAMS) {
        return TextKind::Program;
    }
    match text.strip_prefix("#!") {
        Some(rest) if !rest.lines().next().is_some_and(|line| line.contains("sh")) => TextKind::Program,
        Some(_) => TextKind::Script,
        None if ["sh", "bash"].contains(&ending) => TextKind::Script,
        None => TextKind::Config,
    }
}
