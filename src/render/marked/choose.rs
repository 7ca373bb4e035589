//! Which place to name for a piece of output, and which beside it.
//!
//! A value that stands in a file comes first, then the text of a template, then the nearest call that a person would
//! look at: helpers that only pass on what they are given, and those of library charts, are named beside it.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::actions::Actions;
use super::chart::Place;
use super::expr::{NamedPath, Thing, paths};
use super::key_paths::{self, KeyPath};
use super::values::{Found, Key, Written as Value};
use crate::finding::{Label, Origin};
use crate::render::Written;
use crate::source::Span;

/// What is said of a place that calls a helper.
pub(crate) const CALLED: &str = "called here";

/// What is said of the alias by which a value comes to where it is used.
pub(crate) const ALIASED: &str = "used here, by its alias";

/// The most places that are named beside one.
const MOST_LABELS: usize = 8;

/// How a line that shows values was found, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ValueFound {
    /// Set in no file.
    Nowhere,
    /// Only what would hold the value.
    Parent,
    /// With its place.
    Value,
}

/// The places of a text, each with the byte where it begins.
pub(super) type Steps = Vec<(u32, Written)>;

/// A line of the clean output and the raw one that it was paired with.
pub(super) struct Line<'l> {
    pub(super) clean: &'l str,
    /// Byte of the clean output.
    pub(super) start: usize,
    /// Bytes of the raw text.
    pub(super) raw: Range<usize>,
    pub(super) below: &'l KeyPath,
    pub(super) origin: Origin,
    /// The break that its first character belongs to.
    pub(super) owner: u32,
}

/// Finds the places of lines.
pub(super) struct Chooser<'x, 'a, 's> {
    actions: &'x mut Actions<'a, 's>,
    /// The values that a break's action names.
    named: HashMap<u32, Named>,
    /// The best of the line, if it shows values.
    best: Option<ValueFound>,
    /// Kind and name of the object of the document.
    object: (&'x str, &'x str),
}

#[derive(Clone)]
struct Named {
    paths: Rc<Vec<NamedPath>>,
    file: Option<Rc<str>>,
}

impl<'x, 'a, 's> Chooser<'x, 'a, 's> {
    pub(super) fn new(actions: &'x mut Actions<'a, 's>, object: (&'x str, &'x str)) -> Self {
        Self { actions, named: HashMap::new(), best: None, object }
    }

    /// Adds the steps of a line: where it begins, and where another mark begins in it. Says how its values were found.
    pub(super) fn line(&mut self, line: &Line<'_>, steps: &mut Steps) -> Option<ValueFound> {
        self.best = None;
        let raw = self.actions.raw;
        let text = &raw.text[line.raw.clone()];
        // Where the two differ (random values), places behind the difference are unknown.
        let same = common(line.clean, text);
        let limit = if same == text.len() && same == line.clean.len() { usize::MAX } else { same };
        let first = text.len() - text.trim_start().len();
        let last = raw.owner(line.raw.end).unwrap_or(line.owner);
        for at in line.owner..=last.max(line.owner) {
            let offset = (raw.breaks[at as usize].0 as usize).saturating_sub(line.raw.start).max(first);
            let next = raw.breaks.get(at as usize + 1).filter(|_| at < last);
            // Of several marks at one place the innermost printed what follows; in a quoted text the helper's own.
            let covered = next.is_some_and(|(next, _)| {
                let next = (*next as usize).saturating_sub(line.raw.start);
                next.max(first) == offset
                    || (self.actions.mark(at).calls.is_some() && text.get(offset..next).is_some_and(is_quote))
            });
            if covered || offset > limit || offset > line.clean.len() {
                continue;
            }
            self.piece(at, line, (offset, first), steps);
        }
        self.best
    }

    /// Adds the steps of what one mark printed in a line, from `offset` on.
    fn piece(&mut self, at: u32, line: &Line<'_>, (offset, first): (usize, usize), steps: &mut Steps) {
        let is_text = self.actions.mark(at).is_text;
        let is_first = offset == first;
        let below: KeyPath = if is_first && !is_text { Rc::clone(line.below) } else { Rc::default() };
        let rest = &line.clean[offset.min(line.clean.len())..];
        let value_at = value_offset(rest);
        let printed = if is_first { &rest[value_at.unwrap_or(0).min(rest.len())..] } else { rest };
        let printed = printed.trim().trim_matches(['"', '\'']);
        let found = if is_text { None } else { self.value(at, &below, printed, line.clean.trim()) };
        // A quote in front of an action belongs to what it prints.
        let before = at.checked_sub(1).filter(|_| offset > first).map(|before| self.actions.mark(before));
        let start = |at: u32| self.actions.raw.breaks[at as usize].0;
        let by_call = before.is_some_and(|before| before.calls.is_some())
            && line.clean.get(offset - 1..offset).is_some_and(is_quote)
            && start(at - 1) + 1 == start(at);
        let quoted = by_call || (!is_text && offset > first && line.clean[..offset].ends_with(['"', '\'']));
        let start = line.start + offset - usize::from(quoted);
        let own = found.as_ref().and_then(|found| self.own_text(at, found, printed, &below));
        let (key, value) = self.written(at, line.origin, found, (!below.is_empty(), own));
        if let (Some(value), Some(inside)) = (value, value_at.filter(|_| is_first)) {
            steps.push(((line.start + offset + inside) as u32, value));
        }
        steps.extend(key.map(|key| (start as u32, key)));
    }

    /// What a value has to do with a text that is the template's own: of one that is left empty nothing is printed, and
    /// others choose between texts that stand in the action.
    fn own_text(&self, at: u32, found: &Found, printed: &str, below: &KeyPath) -> Option<&'static str> {
        let text = found.text.as_deref()?;
        if text.is_empty() && !printed.is_empty() {
            return Some("left empty, so that the template's own is printed");
        }
        let is_here = || {
            let action = self.actions.template(at).parts.body(self.actions.mark(at).token);
            let mut texts = action.split(['"', '`']).skip(1).step_by(2);
            texts.any(|text| text == printed || STANDARD.encode(text) == printed)
        };
        let is_chosen = below.is_empty() && text != printed && is_here();
        is_chosen.then_some("chooses the text that is printed")
    }

    /// The value that an action prints in a line.
    fn value(&mut self, at: u32, below: &KeyPath, printed: &str, line: &str) -> Option<Found> {
        let named = self.named(at);
        let mut best: Option<(usize, Found)> = None;
        for (path, is_key) in named.paths.iter() {
            let mut full = path.to_vec();
            full.extend(below.iter().map(|key| Key::Name(key.to_string())));
            if full.is_empty() {
                continue;
            }
            self.best = self.best.max(Some(ValueFound::Nowhere));
            let Some(mut found) = self.actions.values.find(&self.actions.scope, &full, printed) else {
                continue;
            };
            self.best = self.best.max(Some(if found.missing <= below.len() {
                ValueFound::Value
            } else {
                ValueFound::Parent
            }));
            if *is_key {
                if let Some(key) = key_of(&found) {
                    best = Some((2, key));
                }
                continue;
            }
            if let Some(inside) = self.actions.values.line_inside(&found, line) {
                found.at = inside;
                found.missing = 0;
                best = Some((0, found));
                break;
            }
            // KeyPath the path of the action may lie what a function made of the value; only a scalar can be that.
            if found.missing > 0 && (found.missing > below.len() || found.text.is_none()) {
                continue;
            }
            let rank = match found.text.as_deref() {
                _ if found.missing > 0 => 5,
                Some(text) if text == printed && !text.is_empty() => 0,
                Some(text) if !text.is_empty() && printed.contains(text) => 1,
                Some("") => 4,
                None if below.is_empty() => 3,
                _ => 2,
            };
            if best.as_ref().is_none_or(|(before, _)| rank < *before) {
                best = Some((rank, found));
            }
        }
        match (best, named.file) {
            (Some((_, found)), _) => Some(found),
            (None, Some(file)) => {
                let line = self.actions.line_of_file(&file, below, line);
                line.or_else(|| self.actions.part_of_file(&file, below, self.object))
            }
            (None, None) => None,
        }
    }

    fn named(&mut self, at: u32) -> Named {
        if let Some(known) = self.named.get(&at) {
            return known.clone();
        }
        let mark = self.actions.mark(at);
        // What a marked helper prints has marks of its own.
        let things = if mark.is_text || mark.calls.is_some() {
            Rc::default()
        } else {
            self.actions.read(at, self.actions.template(at).parts.body(mark.token))
        };
        let file = things.iter().find_map(|thing| match thing {
            Thing::File(name) => Some(Rc::clone(name)),
            _ => None,
        });
        let named = Named { paths: Rc::new(paths(&things)), file };
        self.named.insert(at, named.clone());
        named
    }

    /// The place of a break, and that of the value behind a key that an action printed with it.
    fn written(
        &mut self,
        at: u32,
        origin: Origin,
        found: Option<Found>,
        (in_block, own): (bool, Option<&str>),
    ) -> (Option<Written>, Option<Written>) {
        let chain = self.actions.chain(at);
        let mut also = self.actions.guards(at);
        match (found.map(|found| (found.at, (found.replaced, found.alias))), own) {
            (Some((Value::Here { key, .. }, _)), Some(own)) => {
                also.push(Label { span: key, message: own.to_owned() });
                (self.template(&chain, origin, also), None)
            }
            (Some((Value::Here { key, value, .. }, (replaced, alias))), None) => {
                also.extend(alias.map(|span| Label { span, message: ALIASED.to_owned() }));
                let is_helper = self.actions.mark(chain[0]).region > 0;
                let printer =
                    if is_helper { "printed by this helper" } else { "the template line that prints it" };
                also.extend(self.printed_by(chain[0], printer));
                also.extend(self.calls(&chain[1..]));
                let by = "the default, which a value file replaces";
                also.extend(replaced.into_iter().map(|span| Label { span, message: by.to_owned() }));
                also.truncate(MOST_LABELS);
                let short = if value.start < value.end { value } else { key };
                let first = if in_block { key } else { short };
                let inner = in_block.then(|| Written { span: short, origin, also: also.clone() });
                (Some(Written { span: first, origin, also }), inner)
            }
            (Some((Value::Packed { archive, path, line }, _)), _) => {
                let message = format!("the default stands in `{archive}`, in `{path}`, line {line}");
                let span = self.actions.marked.chart.dependency_at(&path);
                also.extend(span.map(|span| Label { span, message }));
                (self.template(&chain, origin, also), None)
            }
            (None, _) => (self.template(&chain, origin, also), None),
        }
    }

    /// The template's place: the innermost that says something of its own.
    fn template(&mut self, chain: &[u32], origin: Origin, mut also: Vec<Label>) -> Option<Written> {
        let mut index = 0;
        while index + 1 < chain.len() && (self.span(chain[index]).is_none() || self.is_generic(chain[index]))
        {
            index += 1;
        }
        // Nothing on the way can be edited: the dependency is what was written.
        let Some(span) = self.span(chain[index]) else {
            let span = self.actions.marked.chart.dependency_at(self.actions.template(chain[0]).path)?;
            also.extend(self.packed(chain[0]));
            return Some(Written { span, origin: Origin::File, also });
        };
        if index > 0 {
            also.extend(self.printed_by(chain[0], "printed by this helper"));
        }
        also.extend(self.calls(&chain[index + 1..]));
        also.truncate(MOST_LABELS);
        Some(Written { span, origin, also })
    }

    /// The action that printed something; in an archive, its dependency.
    fn printed_by(&self, at: u32, message: &str) -> Option<Label> {
        let label = self.span(at).map(|span| Label { span, message: message.to_owned() });
        label.or_else(|| self.packed(at))
    }

    fn calls(&self, chain: &[u32]) -> Vec<Label> {
        let mut spans: Vec<Span> = chain.iter().filter_map(|at| self.span(*at)).collect();
        // A helper that calls itself is named once.
        spans.dedup();
        spans.into_iter().map(|span| Label { span, message: CALLED.to_owned() }).collect()
    }

    /// A helper in an archive, named at the dependency.
    fn packed(&self, at: u32) -> Option<Label> {
        let template = self.actions.template(at);
        let file = self.actions.marked.chart.files.get(template.path)?;
        let Place::Packed(archive) = file.place else { return None };
        let line = template.parts.text[..self.actions.mark(at).start as usize].matches('\n').count() + 1;
        let span = self.actions.marked.chart.dependency_at(template.path)?;
        Some(Label { span, message: format!("printed by `{}`, line {line}, in `{archive}`", template.path) })
    }

    /// Where a mark's text stands, if a person can edit it.
    fn span(&self, at: u32) -> Option<Span> {
        let mark = self.actions.mark(at);
        match self.actions.marked.chart.files.get(self.actions.template(at).path)?.place {
            Place::File(id, _) => Some(Span::new(id, mark.start as usize, mark.end as usize)),
            Place::Packed(_) => None,
        }
    }

    /// Does an action only print what its helper was given, or does it stand in a library chart?
    fn is_generic(&mut self, at: u32) -> bool {
        let mark = self.actions.mark(at);
        if mark.is_text || mark.region == 0 {
            return false;
        }
        let part = self.actions.marked.chart.part_of(self.actions.template(at).path);
        let is_library = part.is_some_and(|part| part.is_library);
        is_library || !self.actions.dot(at).contains(&Thing::Root)
    }
}

/// A key among the values, if that is what was printed and not the number of an item.
fn key_of(found: &Found) -> Option<Found> {
    match &found.at {
        Value::Here { key, value, .. } if found.missing == 0 && key != value => Some(Found::elsewhere(*key)),
        _ => None,
    }
}

fn is_quote(text: &str) -> bool {
    matches!(text, "\"" | "'")
}

/// How many bytes two lines have in common.
fn common(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| one.is_char_boundary(*at)).unwrap_or(0)
}

/// Where the value begins in a line that begins with a key, dashes before it left out.
fn value_offset(text: &str) -> Option<usize> {
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix("- ") {
        rest = inner.trim_start_matches(' ');
    }
    let key = key_paths::key(rest)?;
    let quotes = if rest.starts_with(['"', '\'']) { 2 } else { 0 };
    let behind = &rest[key.len() + quotes + 1..];
    let value = behind.trim_start_matches([' ', '\t']);
    (!value.is_empty()).then_some(text.len() - value.len())
}
