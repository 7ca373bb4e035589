//! New entries and items.

use super::given::{Given, Row, Shape};
use super::proof::{Change, Draft, first_proved};
use super::set::{put, set};
use super::site::Site;
use super::style::Style;
use super::write::Writer;
use super::{Edit, Refusal};
use crate::yaml::node::Node;
use crate::yaml::path::Path;
use crate::yaml::tree::{Kind, flag};

/// A new entry, or several, of a mapping: scalars before its first long value, others at the end; or one item at the end
/// of a list.
///
/// `text` is the whole file. `entry` is YAML: `key: value` for a mapping, the item without its dash for a list. A value
/// that is null becomes a mapping if `entry` is one, and a list if `entry` is a list.
///
/// # Errors
///
/// See [`Refusal`].
pub fn insert(text: &str, into: Node<'_>, entry: &str) -> Result<Edit, Refusal> {
    let site = Site::of(text, into)?;
    if site.is_key(into.index) {
        return Err(Refusal::OtherType);
    }
    add(site, into.index, Given::read(entry)?)
}

/// The value at a path: another one where there is one, else a new entry with the mappings that are missing above it.
///
/// Items of lists are not made: a path through a missing one is refused.
///
/// # Errors
///
/// See [`Refusal`].
pub fn set_at(text: &str, root: Node<'_>, path: &Path, value: &str) -> Result<Edit, Refusal> {
    let (node, missing) = path.missing(root);
    if missing.is_empty() {
        return set(text, node, value);
    }
    let site = Site::of(text, node)?;
    let names: Vec<String> = missing.into_iter().collect::<Option<_>>().ok_or(Refusal::Missing)?;
    if node.is_seq() {
        return Err(Refusal::OtherType);
    }
    let given = names.iter().rev().fold(Given::read(value)?, |given, name| given.under(name));
    add(site, node.index, given)
}

fn add(site: Site<'_>, index: u32, given: Given) -> Result<Edit, Refusal> {
    let raw = site.raw(index);
    site.own(index, raw.skip, false)?;
    let is_empty = raw.skip == index + 1;
    // Comments between the brackets would be lost.
    let is_bare = || !site.text[raw.start as usize..raw.end as usize].contains('#');
    match raw.kind {
        Kind::Map => {
            let Shape::Map { rows, .. } = given.shape else { return Err(Refusal::Unusable) };
            let map = Node::plain(site.doc, index);
            let name = |row: &Row| row.key.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
            if rows.is_empty() {
                return Err(Refusal::Unusable);
            }
            if map.written().any(|entry| rows.iter().any(|row| entry.key.key() == name(row))) {
                return Err(Refusal::Exists);
            }
            if is_empty && is_bare() {
                return put(site, index, &Given::of(Shape::Map { rows, flow: false }));
            }
            rows_at_end(site, index, &rows)
        }
        Kind::Seq if is_empty && is_bare() => put(site, index, &given.into_list()),
        Kind::Seq => rows_at_end(site, index, given.into_list().rows()),
        _ if !Node::plain(site.doc, index).is_null() => Err(Refusal::OtherType),
        _ => match given.shape {
            Shape::Map { rows, .. } => put(site, index, &Given::of(Shape::Map { rows, flow: false })),
            Shape::Seq { rows, .. } => put(site, index, &Given::of(Shape::Seq { rows, flow: false })),
            Shape::Scalar(_) => Err(Refusal::Unusable),
        },
    }
}

fn rows_at_end(site: Site<'_>, index: u32, rows: &[Row]) -> Result<Edit, Refusal> {
    let style = Style::of(site);
    let is_flow = site.raw(index).flags & flag::FLOW != 0;
    let draft = |quote| {
        let write = Writer { style: &style, quote };
        if is_flow { bracketed(site, index, rows, write) } else { block(site, index, rows, write) }
    };
    let mut drafts = Vec::new();
    if let Some(at) = before_blocks(site, index, rows) {
        drafts.extend([
            above(site, index, at, rows, &style, false)?,
            above(site, index, at, rows, &style, true)?,
        ]);
    }
    drafts.extend([draft(false)?, draft(true)?]);
    let name = |row: &'_ Row| row.key.as_ref().map(|(name, _)| name.clone());
    let names: Vec<Option<String>> = rows.iter().map(name).collect();
    let values = rows.iter().map(|row| row.value.to_json());
    let added = names.iter().map(Option::as_deref).zip(values).collect();
    first_proved(site, &site.steps(index), Change::Add(added), drafts)
}

/// The start of the line where short entries stand before the first long one, as people write them: before the first
/// collection without brackets, and the comments that belong to it. `None` where they stand at the end.
fn before_blocks(site: Site<'_>, index: u32, rows: &[Row]) -> Option<usize> {
    if !site.is_block(index) || site.raw(index).kind != Kind::Map || rows.iter().any(|row| !row.is_short()) {
        return None;
    }
    let children = site.children(index);
    let long = children.chunks_exact(2).find(|pair| site.is_block(pair[1]))?;
    let start = site.start(long[0]);
    let mut at = site.line_start(start);
    if !site.text[at..start].bytes().all(|byte| byte == b' ') {
        return None;
    }
    while at > site.doc.span.start as usize {
        let before = site.line_start(at - 1);
        if !site.text[before..at].trim_start().starts_with('#') {
            break;
        }
        at = before;
    }
    Some(at)
}

/// On lines of their own, at the start of a line.
fn above(
    site: Site<'_>,
    index: u32,
    at: usize,
    rows: &[Row],
    style: &Style,
    quote: bool,
) -> Result<Draft, Refusal> {
    let column = site.common_column(index)?;
    let mut new = " ".repeat(column);
    Writer { style, quote }.rows(&mut new, rows, column);
    new.push_str(style.newline);
    Ok((at..at, new))
}

/// Below the last line of a block.
fn block(site: Site<'_>, index: u32, rows: &[Row], write: Writer<'_>) -> Result<Draft, Refusal> {
    let column = site.common_column(index)?;
    let at = site.below(index)?;
    let mut new = String::new();
    write.line(&mut new, column);
    write.rows(&mut new, rows, column);
    Ok((at..at, new))
}

/// Before the closing bracket.
fn bracketed(site: Site<'_>, index: u32, rows: &[Row], write: Writer<'_>) -> Result<Draft, Refusal> {
    let raw = site.raw(index);
    if !matches!(site.byte(raw.start as usize), Some(b'{' | b'[')) {
        return Err(Refusal::Layout);
    }
    let children = site.children(index);
    let Some(&last) = children.last() else {
        let at = raw.start as usize + 1;
        return Ok((
            at..at,
            rows.iter().map(|row| write.bracketed(row, None)).collect::<Vec<_>>().join(", "),
        ));
    };
    let start = match raw.kind {
        Kind::Map => site.start(children[children.len() - 2]),
        _ => site.start(last),
    };
    let end = site.end(last);
    let next = site.token(end);
    let comma = (site.byte(next) == Some(b',')).then_some(next);
    let indent = site.begins_line(start).then(|| &site.text[site.line_start(start)..start]);
    let new: Vec<String> = rows.iter().map(|row| write.bracketed(row, indent)).collect();
    let is_compact = write.style.json.as_ref().is_some_and(|json| json.compact);
    let between = match indent {
        Some(indent) => format!(",{}{indent}", write.style.newline),
        None => if is_compact { "," } else { ", " }.to_owned(),
    };
    let new = new.join(&between);
    let rest_of = |at: usize| &site.text[at..site.line_end(at)];
    let is_blank = |rest: &str| matches!(rest.trim_start().bytes().next(), None | Some(b'#'));
    Ok(match comma {
        Some(comma) => {
            let behind = comma + 1;
            let at =
                if is_blank(rest_of(behind)) && indent.is_some() { site.line_end(behind) } else { behind };
            (at..at, format!("{}{new},", &between[1..]))
        }
        None if indent.is_some() && is_blank(rest_of(end)) => {
            let rest = rest_of(end).trim_end();
            (end..end + rest.len(), format!(",{rest}{}{new}", &between[1..]))
        }
        None => (end..end, format!("{between}{new}")),
    })
}
