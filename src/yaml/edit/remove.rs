//! Entries and items that go away.

use std::ops::Range;

use serde_json::Value as Json;

use super::given::{Given, Shape};
use super::proof::{Change, Draft, does, first_proved};
use super::set::put;
use super::site::{Site, reached};
use super::style::Style;
use super::{Edit, Refusal};
use crate::source::Span;
use crate::yaml::doc::Doc;
use crate::yaml::node::Node;
use crate::yaml::path::Path;
use crate::yaml::to_json;
use crate::yaml::tree::{Kind, flag};

/// Removes the entry or item at a path, with the comments in and behind it; comments in the lines above it stay.
///
/// A collection that would be left empty is removed with its key, and so on upwards. The root and items of lists stay, as
/// `{}` or `[]`. To keep an empty collection under a key, use [`set`](super::set()) on it instead.
///
/// # Errors
///
/// See [`Refusal`].
pub fn remove(text: &str, root: Node<'_>, path: &Path) -> Result<Edit, Refusal> {
    let parent = path.parent().and_then(|parent| parent.resolve(root)).ok_or(Refusal::Missing)?;
    let site = Site::of(text, parent)?;
    let child = path.last_in(parent).ok_or(Refusal::Missing)?;
    reached(child)?;
    let mut target = child.index;
    loop {
        let Some(collection) = site.parent(target) else { return Err(Refusal::Missing) };
        let raw = site.raw(collection);
        if raw.flags & flag::DUPLICATES != 0 {
            return Err(Refusal::Twice);
        }
        let is_map = raw.kind == Kind::Map;
        let count = site.doc.tree.children(collection).count();
        if count > 1 + usize::from(is_map) {
            break;
        }
        if site.parent(collection).is_some_and(|above| site.raw(above).kind == Kind::Map) {
            target = site.doc.above().place(collection);
            continue;
        }
        let rows = Vec::new();
        let empty = if is_map { Shape::Map { rows, flow: true } } else { Shape::Seq { rows, flow: true } };
        return put(site, collection, &Given::of(empty));
    }
    let value = if site.is_key(target) { site.raw(target).skip } else { target };
    site.own(target, site.raw(value).skip, true)?;
    let gone = Gone { site, target, value };
    let drafts = if site.in_flow(target) { gone.bracketed() } else { gone.block()? };
    first_proved(site, &site.steps(target), Change::Remove, drafts)
}

/// Removes a comment, with its line where nothing else stands on it.
///
/// # Errors
///
/// See [`Refusal`].
pub fn remove_comment(text: &str, doc: &Doc, at: Span) -> Result<Edit, Refusal> {
    let site = Site::of_doc(text, doc)?;
    if !doc.comments().any(|(span, _)| span == at) {
        return Err(Refusal::Missing);
    }
    let Edit { span, text } = without_comment(text, at);
    let keeps = doc.root().map_or(Json::Null, to_json);
    if does(site, &span.range(), &text, &keeps) { Ok(Edit { span, text }) } else { Err(Refusal::Layout) }
}

/// The same of a text that is no YAML, such as a template: nothing is proved.
#[must_use]
pub fn without_comment(text: &str, at: Span) -> Edit {
    let Range { start, end } = at.range();
    let line = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let next = text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1);
    let before = text[line..start].trim_end();
    let is_alone = before.is_empty() && text[end..next].trim().is_empty();
    let (from, to) = if is_alone { (line, next) } else { (line + before.len(), end) };
    Edit { span: Span::new(at.file, from, to), text: String::new() }
}

/// An entry or item that has neighbours.
struct Gone<'a> {
    site: Site<'a>,
    /// The key or the item.
    target: u32,
    /// The value or the item.
    value: u32,
}

impl Gone<'_> {
    /// Where a key or an item with its dash begins.
    fn sign(&self, index: u32) -> Result<usize, Refusal> {
        if self.site.is_key(index) { Ok(self.site.start(index)) } else { self.site.dash(index) }
    }

    /// From a block: whole lines.
    fn block(&self) -> Result<Vec<Draft>, Refusal> {
        let site = self.site;
        let start = self.sign(self.target)?;
        let end = site.below(self.value)?;
        if !site.begins_line(start) {
            // The first of an item: the next one takes its place behind the dash.
            let next = self.sign(site.raw(self.value).skip)?;
            let blanks = &site.text[end..next];
            let comment = end + (blanks.len() - blanks.trim_start().len());
            return Ok(vec![(start..comment, String::new())]);
        }
        let line = site.line_start(start);
        let next = site.next_line(end);
        if next == end || !site.text[end..next].ends_with('\n') {
            // The file goes on to end without a line break, unless a block scalar above needs it.
            let before = site.text[..line].trim_end().len();
            let one =
                site.text[..line].strip_suffix('\n').map_or(line, |text| text.trim_end_matches('\r').len());
            return Ok([before.max(site.doc.span.start as usize), one, line]
                .map(|from| (from..end, String::new()))
                .into());
        }
        let mut drafts = vec![(line..next, String::new())];
        let rest = &site.text[next..site.doc.span.end as usize];
        let word = rest.len() - rest.trim_start().len();
        let blank_lines = rest[..word].rfind('\n').map_or(0, |newline| newline + 1);
        drafts.push((line..next + blank_lines, String::new()));
        // A block scalar above would take the comments that follow: they move to the column of the entry.
        let column = site.column(start)?;
        let newline = Style::of(site).newline;
        let mut moved = String::new();
        let mut at = next;
        while site.text[at..site.line_end(at)].trim_start().starts_with('#') && at < site.next_line(at) {
            moved.extend(std::iter::repeat_n(' ', column));
            moved.push_str(site.text[at..site.line_end(at)].trim_start());
            at = site.next_line(at);
            moved.push_str(if site.text[..at].ends_with('\n') { newline } else { "" });
        }
        drafts.push((line..at, moved));
        Ok(drafts)
    }

    /// From brackets: with one comma.
    fn bracketed(&self) -> Vec<Draft> {
        let site = self.site;
        let (start, end) = (site.start(self.target), site.end(self.value));
        let rest_of = |at: usize| &site.text[at..site.line_end(at)];
        let is_blank = |rest: &str| matches!(rest.trim_start().bytes().next(), None | Some(b'#'));
        let own_line = site.begins_line(start);
        let comma = site.token(end);
        if site.byte(comma) == Some(b',') {
            let behind = comma + 1;
            if own_line && is_blank(rest_of(behind)) {
                return vec![(site.line_start(start)..site.next_line(behind), String::new())];
            }
            let blanks = rest_of(behind).len() - rest_of(behind).trim_start().len();
            return vec![(start..behind + blanks, String::new()), (start..behind, String::new())];
        }
        let Some(parent) = site.parent(self.target) else { return Vec::new() };
        let before = site.doc.tree.children(parent).take_while(|&child| child < self.target).last();
        let Some(before) = before.map(|before| site.end(before)) else { return Vec::new() };
        let comments = site.text[before..start].replacen(',', "", 1);
        let kept = if comments.contains('#') { comments.trim_end() } else { "" };
        let mut drafts = Vec::new();
        if own_line && is_blank(rest_of(end)) {
            drafts.push((before..site.line_end(end), kept.to_owned()));
        }
        drafts.push((before..end, kept.to_owned()));
        drafts
    }
}
