//! Formats of credentials: the table, and the search for them in a text.
//!
//! One pass finds every keyword; a pattern's expression is compiled when its keyword is first met, and tried only
//! there, on a window. So the cost is linear in the text, whatever it holds.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use super::base64::STANDARD;
use super::checks::{
    begins_word, is_comment, is_expression, is_filler, is_pattern, is_token, passes_variable, pem_end,
};
use super::commands::{Command, Position};
use super::forms::{Form, Place, form, is_base64};
use super::vocabulary::Vocabulary;
use super::{Hit, Strength, jwt};
use crate::config::TokenFormat;
use base64::Engine as _;

/// How far behind its keyword a pattern may look. The longest decides within 300 bytes.
const WINDOW: usize = 512;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    patterns: Vec<Entry>,
    commands: Vec<Command>,
    positions: Vec<Position>,
    default_words: Vec<String>,
    filler_words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    what: String,
    #[serde(default)]
    strength: Grade,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    before: usize,
    #[serde(default)]
    gap: bool,
    regex: String,
    #[serde(default)]
    check: Check,
    revoke: Option<String>,
}

impl Entry {
    fn of(format: &TokenFormat) -> Self {
        Self {
            id: "of-the-settings".to_owned(),
            what: format.what.clone(),
            strength: Grade::Vendor,
            keywords: format.prefixes.clone(),
            names: Vec::new(),
            before: 0,
            gap: false,
            regex: format.regex.clone(),
            check: Check::Token,
            revoke: None,
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    #[default]
    Vendor,
    Public,
}

/// What a match must still pass.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Check {
    /// It is no filler.
    #[default]
    Token,
    /// Its group is a literal by its form.
    Value,
    /// A key's body follows.
    Pem,
    /// It decodes as a token.
    Jwt,
    /// It decodes as `user:password`.
    Basic,
}

struct Pattern {
    id: &'static str,
    what: String,
    strength: Strength,
    names: Vec<String>,
    before: usize,
    gap: bool,
    check: Check,
    revoke: Option<&'static str>,
    source: String,
    regex: OnceLock<Regex>,
}

/// Keywords of patterns.
struct Keywords {
    search: AhoCorasick,
    /// The pattern of each keyword.
    owners: Vec<usize>,
}

impl Keywords {
    fn new(keywords: &[(usize, String)]) -> Self {
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(keywords.iter().map(|(_, word)| word))
            .expect("keywords are few and short");
        Self { search, owners: keywords.iter().map(|(owner, _)| *owner).collect() }
    }
}

/// The table, ready to search.
pub(super) struct Patterns {
    entries: Vec<Pattern>,
    all: Keywords,
    /// Those of forms that only tokens have, whatever stands around them.
    tokens: Keywords,
    /// The patterns that judge fields by their names.
    for_names: Vec<usize>,
    pub(super) commands: Vec<Command>,
    pub(super) positions: Vec<Position>,
    pub(super) vocabulary: Vocabulary,
}

impl Patterns {
    /// Reads the table that is built in, and puts what users add behind it.
    pub(super) fn with(further: &[TokenFormat]) -> Self {
        let mut table: Table = serde_yaml::from_str(include_str!("../../rules/tables/secret-patterns.yaml"))
            .expect("the built-in table is read by every test");
        table.patterns.extend(further.iter().map(Entry::of));
        let (mut all, mut tokens) = (Vec::new(), Vec::new());
        let mut patterns = Vec::new();
        for (number, entry) in table.patterns.into_iter().enumerate() {
            let keywords = entry.keywords.into_iter().map(|word| (number, word));
            all.extend(keywords.clone());
            if entry.strength == Grade::Vendor
                && matches!(entry.check, Check::Token | Check::Pem | Check::Jwt)
            {
                tokens.extend(keywords);
            }
            patterns.push(Pattern {
                id: leak(entry.id),
                what: entry.what,
                strength: match entry.strength {
                    Grade::Vendor => Strength::Vendor,
                    Grade::Public => Strength::PublicOrHash,
                },
                names: entry.names,
                before: entry.before,
                gap: entry.gap,
                check: entry.check,
                revoke: entry.revoke.map(leak),
                source: entry.regex,
                regex: OnceLock::new(),
            });
        }
        let for_names = (0..patterns.len()).filter(|number| !patterns[*number].names.is_empty()).collect();
        Self {
            entries: patterns,
            all: Keywords::new(&all),
            tokens: Keywords::new(&tokens),
            for_names,
            commands: table.commands,
            positions: table.positions,
            vocabulary: Vocabulary::new(table.default_words, table.filler_words),
        }
    }

    /// Every credential in a text, in order, none overlapping another.
    pub(super) fn scan(&self, text: &str) -> Vec<Hit> {
        self.scan_for(&self.all, text)
    }

    /// The tokens in a text: credentials by their own form.
    pub(super) fn tokens(&self, text: &str) -> Vec<Hit> {
        let mut hits = self.scan_for(&self.tokens, text);
        hits.retain(|hit| hit.strength == Strength::Vendor);
        hits
    }

    fn scan_for(&self, keywords: &Keywords, text: &str) -> Vec<Hit> {
        let mut found: Vec<(usize, Hit)> = Vec::new();
        // Where each pattern's last match ended: made only for the few texts that hold a keyword.
        let mut done: Vec<usize> = Vec::new();
        for keyword in keywords.search.find_overlapping_iter(text) {
            let number = keywords.owners[keyword.pattern().as_usize()];
            done.resize(self.entries.len(), 0);
            let pattern = &self.entries[number];
            let Some(start) = keyword.start().checked_sub(pattern.before) else {
                continue;
            };
            let is_inside = pattern.before == 0 && !begins_word(text, start);
            if start < done[number] || !text.is_char_boundary(start) || is_inside {
                continue;
            }
            if let Some((end, hit)) = self.match_at(pattern, text, start, keyword.end()) {
                done[number] = end;
                found.extend(hit.map(|hit| (number, hit)));
            } else if pattern.gap {
                // It skips over no end of a line.
                let end = text.floor_char_boundary(start + WINDOW / 2);
                done[number] =
                    memchr::memchr(b'\n', &text.as_bytes()[start..end]).map_or(end, |at| start + at);
            }
        }
        without_overlaps(found)
    }

    /// The whole value of a field, by the patterns for fields of that name.
    pub(super) fn whole(&self, name: &str, value: &str) -> Option<Hit> {
        let trimmed = value.trim();
        if trimmed.len() > WINDOW {
            return None;
        }
        let start = value.len() - value.trim_start().len();
        let holds = |word: &String| {
            name.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        };
        self.for_names.iter().map(|number| &self.entries[*number]).find_map(|pattern| {
            let found = pattern.names.iter().any(holds).then(|| pattern.regex().find(trimmed))??;
            (found.end() == trimmed.len())
                .then(|| pattern.hit(start, start + trimmed.len(), pattern.strength))
        })
    }

    /// Where a match ends, and the hit that it is, unless its form says that it is none.
    fn match_at(
        &self,
        pattern: &Pattern,
        text: &str,
        start: usize,
        keyword_end: usize,
    ) -> Option<(usize, Option<Hit>)> {
        let window_end = text.floor_char_boundary(keyword_end + WINDOW);
        let captures = pattern.regex().captures(&text[start..window_end])?;
        let whole = captures.get(0).expect("a match has a whole");
        let secret = captures.iter().skip(1).flatten().next().unwrap_or(whole);
        let (from, mut to) = (start + secret.start(), start + secret.end());
        if to == window_end {
            to += text[to..].bytes().take_while(|byte| is_token(*byte)).count();
        }
        let hit = self.checked(pattern, text, from, to, &captures);
        Some(((start + whole.end()).max(to), hit))
    }

    fn checked(
        &self,
        pattern: &Pattern,
        text: &str,
        from: usize,
        to: usize,
        captures: &Captures<'_>,
    ) -> Option<Hit> {
        let secret = &text[from..to];
        match pattern.check {
            Check::Token => {
                let strength = if is_filler(secret) { Strength::TemplateWord } else { pattern.strength };
                Some(pattern.hit(from, to, strength))
            }
            Check::Value => {
                // `docker://alpine:3.20@sha256:…` has no login.
                let is_image = text[to..].starts_with("@sha256:");
                // `{password=[^&]*}{password=***}` of a layout that hides passwords.
                let braced = text[..from - secret_offset(captures)].ends_with('{');
                let (secret, to) = match secret.strip_suffix('}').filter(|_| braced) {
                    Some(inner) => (inner, to - 1),
                    None => (secret, to),
                };
                if is_pattern(secret) {
                    return None;
                }
                let code = captures[0].contains(' ') || captures[0].contains('=');
                let is_passed_on = code && passes_variable(text, &(from..to));
                let strength = self.strength(secret, code).filter(|_| !is_image && !is_passed_on)?;
                Some(pattern.hit(from, to, strength))
            }
            Check::Pem => pem_end(text, to).map(|end| pattern.hit(from, end, pattern.strength)),
            Check::Jwt => jwt(secret).map(|token| {
                let strength = if token.unsigned { Strength::PublicOrHash } else { pattern.strength };
                let mut hit = pattern.hit(from, to, strength);
                if token.service_account.is_some() {
                    "a Kubernetes service account token".clone_into(&mut hit.what);
                }
                hit
            }),
            Check::Basic => {
                let strength = self.basic(secret)?;
                Some(pattern.hit(from, to, strength))
            }
        }
    }

    /// Whether a hit is only an example: in a comment, what is no vendor's token is shown rather than used.
    pub(super) fn is_example(&self, text: &str, hit: &Hit) -> bool {
        let by_value =
            |entry: &Pattern| entry.id == hit.kind && matches!(entry.check, Check::Value | Check::Basic);
        self.entries.iter().any(by_value) && is_comment(text, hit.range.start)
    }

    /// How sure a captured value is a credential; `None` if its form says that it is none.
    pub(super) fn strength(&self, value: &str, code: bool) -> Option<Strength> {
        if code && is_expression(value) {
            return None;
        }
        match form(value, Place::Script, &|_| false, &self.vocabulary) {
            Form::Literal => Some(Strength::Vendor),
            // `https://bot:token@host` shows where one goes.
            Form::DefaultWord if value == "token" => Some(Strength::TemplateWord),
            Form::DefaultWord => Some(Strength::DefaultWord),
            Form::TemplateWord => Some(Strength::TemplateWord),
            _ => None,
        }
    }

    /// How sure `user:password` in base64 is a credential; `None` without a password.
    pub(super) fn basic(&self, login: &str) -> Option<Strength> {
        let login = String::from_utf8(STANDARD.decode(login.trim()).ok()?).ok()?;
        self.strength(login.split_once(':')?.1, false)
    }

    /// A whole value that is base64 of a text with a vendor's token in it.
    pub(super) fn wrapped(&self, value: &str) -> Option<Hit> {
        let trimmed = value.trim();
        if !(24..=64 * 1024).contains(&trimmed.len()) || !trimmed.bytes().all(is_base64) {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(trimmed).ok()?).ok()?;
        let mut hit = self.scan(&text).into_iter().find(|hit| hit.strength == Strength::Vendor)?;
        let start = value.len() - value.trim_start().len();
        hit.range = start..start + trimmed.len();
        hit.what += " in base64";
        Some(hit)
    }
}

impl Pattern {
    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            RegexBuilder::new(&format!(r"\A(?:{})", self.source))
                .build()
                .expect("every expression has a test")
        })
    }

    fn hit(&self, from: usize, to: usize, strength: Strength) -> Hit {
        Hit { kind: self.id, what: self.what.clone(), strength, range: from..to, revoke: self.revoke }
    }
}

/// How far into a match its secret begins.
fn secret_offset(captures: &Captures<'_>) -> usize {
    captures.iter().skip(1).flatten().next().map_or(0, |secret| secret.start())
}

/// The table is read once and lives as long as the process.
fn leak(text: String) -> &'static str {
    text.leak()
}

/// Of overlapping hits keeps the surer, then the one whose pattern stands first in the table.
pub(super) fn without_overlaps(mut found: Vec<(usize, Hit)>) -> Vec<Hit> {
    found.sort_by_key(|(number, hit)| (hit.range.start, *number));
    let mut kept: Vec<(usize, Hit)> = Vec::with_capacity(found.len());
    for (number, hit) in found {
        match kept.last_mut() {
            Some((before, last)) if hit.range.start < last.range.end => {
                if (hit.strength, number) < (last.strength, *before) {
                    (*before, *last) = (number, hit);
                }
            }
            _ => kept.push((number, hit)),
        }
    }
    kept.into_iter().map(|(_, hit)| hit).collect()
}
