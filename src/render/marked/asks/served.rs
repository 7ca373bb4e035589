//! The API versions that templates ask a cluster for (`.Capabilities.APIVersions.Has`): which they are, which of them are
//! asked for together so that one more may mean less, and where they stand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::lexer::Word;
use super::region::{Action, Region, is_api_version, name_places, names, tokens};
use super::strings::text_of;

/// A file, and a place in it.
pub type Place = (usize, Range<usize>);

/// What templates ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// The words for API versions.
    pub words: BTreeSet<String>,
    /// Those by which less may be printed where they are served, and where that is asked first: in an `else`, below `not`,
    /// in a helper. Of the others a cluster that serves all of them prints all.
    pub mixed: BTreeMap<String, Place>,
    /// Those that are handed to `Has` where they are written.
    pub handed: BTreeSet<String>,
    /// Those that are not, or not only.
    pub loose: BTreeSet<String>,
    /// Where a template asks for what is not written there.
    pub indirect: Vec<Place>,
}

/// The strings that a body hands to `Has`, with where they stand in it.
fn handed(body: &str) -> Vec<(Range<usize>, Cow<'_, str>)> {
    let mut found = Vec::new();
    let mut is_after = false;
    for place in name_places(body) {
        let name = &body[place.clone()];
        found.extend(text_of(name).filter(|_| is_after).map(|text| (place, text)));
        is_after = name.ends_with(".Has");
    }
    found
}

/// Where a template hands some words to `Has`: the places of the texts between the quotes.
#[must_use]
pub fn places_of(template: &str, words: &[String]) -> Vec<Range<usize>> {
    let places = tokens(template).into_iter().flat_map(|token| {
        let start = token.body.start;
        let found = handed(&template[token.body]).into_iter();
        let found = found.filter(|(_, text)| words.iter().any(|word| word == text));
        found.map(|(place, _)| start + place.start + 1..start + place.end - 1).collect::<Vec<_>>()
    });
    places.collect()
}

/// Whether a body names an API version.
pub(super) fn names_api(body: &str) -> bool {
    names(body).filter_map(text_of).any(|text| is_api_version(&text))
}

/// A scope that a question opened.
struct Open {
    words: Vec<String>,
    place: Place,
}

/// What the regions that are run ask for. `indirect` are the places of questions for what is not written there.
pub(super) fn served(regions: &[&Region<'_>], indirect: Vec<Place>) -> Served {
    let mut found = Served { indirect, ..Served::default() };
    let sets = ["set", "unset", "merge", "mergeOverwrite", "mustMerge", "mustMergeOverwrite"];
    let changes = |action: &Action<'_>| {
        (!action.sets.is_empty() && !action.declares) || names(action.body).any(|name| sets.contains(&name))
    };
    // What a helper sets by an answer, something else may ask for.
    let helpers_set =
        regions.iter().any(|region| region.name.is_some() && region.actions.iter().any(changes));
    let calls =
        |action: &Action<'_>| names(action.body).any(|name| matches!(name, "include" | "template" | "tpl"));
    // What a whole file prints may be asked for.
    let asks_for_file = |action: &Action<'_>| {
        action.body.contains("Template.") && (!action.sets.is_empty() || !matches!(action.word, Word::None))
    };
    let is_file_asked = regions.iter().any(|region| region.actions.iter().any(asks_for_file));
    for region in regions {
        let prints_all = region.name.is_none() && !region.is_text && !is_file_asked;
        let mut around: Vec<Open> = Vec::new();
        for action in &region.actions {
            if action.word == Word::End {
                around.pop();
                continue;
            }
            let place = || (region.file, action.whole.clone());
            let words: Vec<String> =
                handed(action.body).into_iter().map(|(_, text)| text.into_owned()).collect();
            if region.is_text && !words.is_empty() {
                found.loose.extend(words.iter().cloned());
                found.indirect.push(place());
            }
            found.add(action.body, &words);
            if action.is_else
                && let Some(open) = around.last()
            {
                found.mix(&open.words, &open.place);
            }
            if changes(action) || (helpers_set && calls(action)) {
                for open in &around {
                    found.mix(&open.words, &open.place);
                }
            }
            let is_plain =
                action.word == Word::If && !action.is_else && prints_all && is_monotone(action.body);
            if !is_plain {
                found.mix(&words, &place());
            }
            if matches!(action.word, Word::If | Word::With | Word::Range) && !action.is_else {
                around.push(Open { words, place: place() });
            }
        }
    }
    found.mix_loose();
    found
}

impl Served {
    /// Adds the words in a body; `handed` are those that `Has` gets there.
    fn add(&mut self, body: &str, handed: &[String]) {
        for text in names(body).filter_map(text_of) {
            let is_handed = handed.iter().any(|word| *word == *text);
            if is_handed {
                self.handed.insert(text.to_string());
            }
            if is_handed || is_api_version(&text) {
                self.words.insert(text.to_string());
            }
            if !is_handed && is_api_version(&text) {
                self.loose.insert(text.into_owned());
            }
        }
    }

    fn mix(&mut self, words: &[String], place: &Place) {
        for word in words {
            self.mixed.entry(word.clone()).or_insert_with(|| place.clone());
        }
    }

    /// Words that are not handed to `Has` where they are written may be anywhere.
    fn mix_loose(&mut self) {
        if let Some(place) = self.indirect.first().cloned() {
            let loose: Vec<String> = self.loose.iter().cloned().collect();
            self.mix(&loose, &place);
        }
    }
}

/// Whether a condition only becomes true by more that is served.
fn is_monotone(body: &str) -> bool {
    names(body).all(|name| matches!(name, "and" | "or") || name.starts_with(['.', '$', '"', '`']))
}
