//! The Applications that an ApplicationSet makes (Argo CD `applicationset/controllers/template`).
//!
//! Where a generator asks a cluster or a service, one Application stands for all that it would make: what does not depend
//! on the answer is judged.

use super::finder::Finder;
use super::generators::{Expansion, Unknown};
use super::own::Own;
use super::root::Reason;
use super::setting::Setting;
use super::template::{Filled, Reading, Style, placeholder_message};
use crate::source::Span;
use crate::yaml::{self, Node};

/// How many bytes of a template cost as much as a file.
const BYTES: usize = 64;

/// An Application costs as much as so many files: one run makes at most 25,000.
const APPLICATION: usize = 200;

/// An Application that is written or made.
pub(super) struct Made {
    /// Its `metadata` and `spec`.
    pub(super) whole: Setting,
    /// Why it stands for any number of Applications, or what in it depends on what is not known.
    pub(super) open: Option<Unknown>,
    /// What is not applied to it.
    pub(super) left: Option<Unknown>,
    /// The element of a list that it is made of.
    pub(super) element: Option<Span>,
}

/// The Applications of an ApplicationSet, or what is wrong with it.
pub(super) fn made<'a>(
    finder: &mut Finder<'a>,
    own: &Own,
    file: &'a str,
    spec: Node<'_>,
) -> Result<Vec<Made>, Unknown> {
    let style = Style::of(spec);
    let mut all = Vec::new();
    let Some(template) = spec.get("template") else { return Ok(all) };
    for generator in spec.get("generators").into_iter().flat_map(Node::items) {
        let sets = Expansion { finder, own, file, style }.of(generator)?;
        let mut kinds = generator.entries().map(|entry| entry.value);
        let special =
            kinds.find_map(|kind| kind.get("template").filter(|own| own.entries().next().is_some()));
        let cost = template.span().range().len() / BYTES + APPLICATION;
        for set in sets {
            if !finder.spend(cost) {
                let message = "too many Applications are generated in one run".to_owned();
                return Err((Reason::TooLarge, generator.span(), message));
            }
            let reading = match &set.open {
                Some(_) => Reading::Open(style, &set.parameters),
                // Argo CD fills nothing where there is no parameter.
                None if set.parameters.is_empty() => Reading::Written,
                None => Reading::Template(style, &set.parameters),
            };
            let mut whole = Setting::of(template, reading);
            if let Some(special) = special {
                let mut over = Setting::of(special, reading);
                over.complete(&whole);
                whole = over;
            }
            let patch = spec.get("templatePatch").filter(|patch| !patch.is_null());
            let left = patch.and_then(|patch| patched(&mut whole, patch, reading).err());
            all.push(Made { whole, open: set.open, left, element: set.element });
        }
    }
    if all.is_empty() {
        let at = spec.get("generators").unwrap_or(spec).span();
        return Err((Reason::MissingPath, at, "nothing in this tree makes an Application of it".into()));
    }
    Ok(all)
}

/// Applies `templatePatch`, which is a template of its own.
fn patched(whole: &mut Setting, patch: Node<'_>, reading: Reading<'_>) -> Result<(), Unknown> {
    let at = patch.span();
    let text = match reading.filled(&patch.text().unwrap_or_default()) {
        Filled::Whole(text) => text,
        Filled::Part(_) => return Err((Reason::Templated, at, placeholder_message("templatePatch"))),
    };
    if text.contains("$patch") {
        let message = "a directive in `templatePatch` is not applied here".to_owned();
        return Err((Reason::Overridden, at, message));
    }
    let length = text.len();
    let (doc, _) = yaml::parse(at.file, text, 0..length);
    match doc.root() {
        Some(root) if root.is_map() && !doc.broken => {
            whole.patch(&Setting::inside(root, at));
            Ok(())
        }
        None if !doc.broken => Ok(()),
        _ => Err((Reason::Malformed, at, "`templatePatch` is no YAML mapping once it is filled".into())),
    }
}
