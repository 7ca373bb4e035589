//! What the templates of a chart ask a cluster, so that they print one thing or another by its answer.
//!
//! A value carries the questions that it came from: through variables, functions, and into and out of helpers. What only
//! shows them (a label with the revision, a password that is made) asks nothing. Where they decide, by a condition, as the
//! key of something or the name of a helper, by a comparison that is printed, there is a question.

mod value;

mod functions;

mod versions;

mod strings;

mod state;

mod region;

mod served;

mod files;

mod eval;

mod walk;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use files::{Reads, stands_aside};
pub use functions::is_of_chance;
pub use served::{Place, Served, places_of};
pub(in crate::render) use strings::unescaped;
pub use value::{API_VERSION, EXACT_VERSION, PUT_TOGETHER, RELEASE_NAME, TIME_OR_CHANCE};
pub use versions::{Named, OLDEST_ASKED, others};

use region::{Region, Text, names, tokens};
use served::served;
use state::State;
use strings::text_of;
use value::Value;
use walk::{Found, walk};

use crate::render::paths::is_in_templates;

/// Templates are read again while more becomes known of what they hand each other, at most this often.
const MOST_ROUNDS: usize = 20;

/// What a chart asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asks {
    /// The API versions that it asks for by `.Capabilities.APIVersions.Has`, or may.
    pub served: Served,
    /// Versions of Kubernetes that it compares with that of the cluster.
    pub versions: BTreeSet<Named>,
    /// Whether the release is an upgrade.
    pub upgrade: bool,
    /// What else decides what is printed: the position of the file, the place of the action, and the question in words.
    pub open: Vec<(usize, Range<usize>, &'static str)>,
}

/// Finds what templates ask; each with its path. Other files count where templates print texts as templates (`tpl`).
#[must_use]
pub fn asks(files: &[(&str, &str)]) -> Asks {
    let prints_texts = files.iter().any(|(path, text)| is_in_templates(path) && has_tpl(text));
    let counts = |path: &str| prints_texts || is_in_templates(path);
    if !files.iter().any(|(path, text)| counts(path) && may_ask(text)) {
        return Asks::default();
    }
    let mut texts: Vec<Text<'_>> = Vec::new();
    for (file, (path, text)) in files.iter().enumerate().filter(|(_, (path, _))| counts(path)) {
        texts.push(Text {
            file,
            content: Cow::Borrowed(text),
            place: None,
            is_plain: !is_in_templates(path),
        });
        if prints_texts {
            texts.extend(texts_in(file, text));
        }
    }
    let (mut printed, mut helpers) = (Vec::new(), BTreeMap::<String, Vec<Region<'_>>>::new());
    for text in &texts {
        for region in text.regions() {
            match &region.name {
                Some(name) => helpers.entry(name.clone()).or_default().push(region),
                None if text.place.is_some() || is_printed(files[text.file].0) => printed.push(region),
                None => {}
            }
        }
    }
    read(&printed, &helpers)
}

/// Reads what is printed, and the helpers that it calls. Which of several of one name Helm takes depends on its order of
/// files: all count.
fn read<'t>(printed: &'t [Region<'t>], helpers: &'t BTreeMap<String, Vec<Region<'t>>>) -> Asks {
    let mut state = State::of(helpers.keys().map(String::as_str));
    let mut variables: BTreeMap<usize, BTreeMap<&str, Value>> = BTreeMap::new();
    let mut found = Found::default();
    for _ in 0..MOST_ROUNDS {
        found = Found::default();
        let mut regions: Vec<&Region<'_>> = printed.iter().collect();
        let (mut next, mut called) = (0, 0);
        loop {
            let new = state.called.get(called..).unwrap_or_default();
            called = state.called.len();
            regions.extend(new.iter().flat_map(|name| &helpers[*name]));
            let Some(region) = regions.get(next).copied() else { break };
            walk(region, &mut state, variables.entry(next).or_default(), &mut found);
            next += 1;
        }
        if !state.has_grown() {
            break;
        }
    }
    found.open.sort_by_key(|(file, place, _)| (*file, place.start));
    let called = state.called.iter().flat_map(|name| &helpers[*name]);
    let run: Vec<&Region<'_>> = printed.iter().chain(called).collect();
    Asks {
        served: served(&run, found.indirect),
        versions: state.versions,
        upgrade: found.upgrade,
        open: found.open,
    }
}

fn has_tpl(text: &str) -> bool {
    let is_apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let bytes = text.as_bytes();
    let mut found = memchr::memmem::find_iter(bytes, b"tpl");
    found.any(|at| is_apart(bytes.get(at.wrapping_sub(1))) && is_apart(bytes.get(at + 3)))
}

/// The strings in a template that are templates themselves.
fn texts_in(file: usize, text: &str) -> Vec<Text<'static>> {
    let mut found = Vec::new();
    for token in tokens(text) {
        let strings = names(&text[token.body.clone()]).filter_map(text_of);
        for inner in strings.filter(|inner| inner.contains("{{")) {
            let place = Some(token.whole.clone());
            found.push(Text { file, content: Cow::Owned(inner.into_owned()), place, is_plain: true });
        }
    }
    found
}

/// Whether a text can ask anything at all.
fn may_ask(text: &str) -> bool {
    text.contains("{{")
}

/// Whether Helm prints a template: not the files of helpers, nor the notes.
fn is_printed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !name.starts_with('_') && name != "NOTES.txt"
}

#[cfg(test)]
mod tests;
