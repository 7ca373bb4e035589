//! Other values and other keys in the place of those that are there.

use super::given::{Given, Shape};
use super::proof::{Change, Draft, first_proved};
use super::site::Site;
use super::style::Style;
use super::write::{Writer, quoted_like};
use super::{Edit, Refusal};
use crate::yaml::cook;
use crate::yaml::node::Node;
use crate::yaml::plain;
use crate::yaml::tree::{Kind, RawNode, flag};

/// Another value in the place of `node`; `text` is the whole file, and `value` the YAML of the new value.
///
/// A string gets the quotes of the one that it replaces. The comment behind the old value stays.
///
/// # Errors
///
/// See [`Refusal`].
pub fn set(text: &str, node: Node<'_>, value: &str) -> Result<Edit, Refusal> {
    let site = Site::of(text, node)?;
    if site.is_key(node.index) {
        return Err(Refusal::OtherType);
    }
    let mut given = Given::read(value)?;
    // A list stays one of lines.
    if let Shape::Seq { rows, flow } = &mut given.shape
        && node.is_seq()
        && site.raw(node.index).flags & flag::FLOW == 0
    {
        *flow &= rows.is_empty();
    }
    put(site, node.index, &given)
}

/// Another name for a key of a mapping.
///
/// # Errors
///
/// See [`Refusal`].
pub fn rename(text: &str, key: Node<'_>, to: &str) -> Result<Edit, Refusal> {
    let site = Site::of(text, key)?;
    let raw = site.raw(key.index);
    let parent = site.parent(key.index).filter(|_| site.is_key(key.index)).ok_or(Refusal::OtherType)?;
    if raw.flags & flag::MERGE != 0 {
        return Err(Refusal::Merge);
    }
    if site.raw(parent).flags & flag::DUPLICATES != 0 {
        return Err(Refusal::Twice);
    }
    if key.key() != to && Node::plain(site.doc, parent).get(to).is_some() {
        return Err(Refusal::Exists);
    }
    site.own(key.index, raw.skip, true)?;
    let double = serde_json::Value::from(to).to_string();
    let single =
        if to.contains(char::is_control) { double.clone() } else { format!("'{}'", to.replace('\'', "''")) };
    let new = match raw.kind {
        Kind::Single => single.clone(),
        Kind::Plain => plain(to),
        _ => double.clone(),
    };
    let range = raw.start as usize..raw.end as usize;
    let drafts = [new, double, single].map(|new| (range.clone(), new));
    first_proved(site, &site.steps(key.index), Change::Rename(to), drafts)
}

/// A given value in the place of a node.
pub(super) fn put(site: Site<'_>, index: u32, given: &Given) -> Result<Edit, Refusal> {
    site.own(index, site.raw(index).skip, true)?;
    let given = &with_comments(site, index, given);
    let style = Style::of(site);
    let put =
        |quote| Put { site, index, raw: site.raw(index), given, write: Writer { style: &style, quote } };
    let mut drafts = vec![put(false).draft()?, put(true).draft()?];
    if index == 0 {
        // Behind `{}` at the head of a file, kubectl takes no comment in the same line.
        let (range, new) = drafts[0].clone();
        drafts.push((range, new + style.newline));
    }
    // A tag stays where the new value is of its type.
    let (range, new) = drafts[0].clone();
    let old = &site.text[range.clone()];
    let tag = old.split_whitespace().next().filter(|tag| tag.starts_with('!'));
    if let Some(tag) = tag.filter(|_| matches!(given.shape, Shape::Scalar(_))) {
        drafts.insert(0, (range, format!("{tag} {new}")));
    }
    first_proved(site, &site.steps(index), Change::Put(given.to_json()), drafts)
}

/// A given mapping with the comments that stand behind old entries of the same keys. What stands behind the last line is
/// not replaced.
fn with_comments(site: Site<'_>, index: u32, given: &Given) -> Given {
    let mut given = given.clone();
    let Shape::Map { rows, flow: false } = &mut given.shape else { return given };
    if !site.is_block(index) || site.raw(index).kind != Kind::Map {
        return given;
    }
    let (old, end) = (site.children(index), site.end(index));
    let Some((_, rows)) = rows.split_last_mut() else { return given };
    for row in rows.iter_mut().filter(|row| !row.value.is_block() && row.value.beside.is_none()) {
        let is_same = |key: u32| {
            row.key.as_ref().is_some_and(|(name, _)| Node::plain(site.doc, key).key() == name.as_str())
        };
        let value = old.chunks_exact(2).find(|entry| is_same(entry[0])).map(|entry| entry[1]);
        let is_line =
            |value: &u32| matches!(site.raw(*value).kind, Kind::Plain | Kind::Single | Kind::Double);
        if let Some(at) = value.filter(is_line).map(|value| site.end(value)).filter(|at| *at < end) {
            let comment = site.text[at..site.line_end(at)].trim();
            row.value.beside = comment.starts_with('#').then(|| comment.to_owned());
        }
    }
    given
}

struct Put<'a> {
    site: Site<'a>,
    index: u32,
    raw: &'a RawNode,
    given: &'a Given,
    write: Writer<'a>,
}

impl Put<'_> {
    fn draft(&self) -> Result<Draft, Refusal> {
        if self.write.style.json.is_some() || self.site.in_flow(self.index) {
            self.between_brackets()
        } else if self.given.is_block() {
            self.block()
        } else if self.site.is_block(self.index) {
            self.block_to_line()
        } else {
            self.line()
        }
    }

    /// In JSON, and within `{}` and `[]`.
    fn between_brackets(&self) -> Result<Draft, Refusal> {
        let Self { site, index, raw, given, write } = self;
        let (start, end) = (raw.start as usize, raw.end as usize);
        let value = match &write.style.json {
            Some(style) => {
                let line = &site.text[site.line_start(start)..start];
                let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
                write.json(&given.to_json(), style, Some(indent))
            }
            None => quoted_like(given, raw.kind).unwrap_or_else(|| write.flow(given)),
        };
        if raw.kind == Kind::Empty {
            let is_pair = site.parent(*index).is_some_and(|parent| site.raw(parent).kind == Kind::Map);
            let key = site.doc.above().place(*index);
            return match site.colon(key) {
                Some(colon) => Ok((colon..colon + 1, format!(": {value}"))),
                None if is_pair => Ok((start..end, format!(": {value}"))),
                None => Err(Refusal::Layout),
            };
        }
        if raw.flags & flag::TAG != 0 {
            return Err(Refusal::Layout);
        }
        Ok((start..end, value))
    }

    /// The column of the key or dash above the value; the root has none.
    fn column(&self) -> Result<usize, Refusal> {
        match self.site.parent(self.index) {
            None => Ok(0),
            Some(parent) if self.site.raw(parent).kind == Kind::Map => {
                self.site.column(self.site.start(self.site.doc.above().place(self.index)))
            }
            Some(_) => self.site.column(self.site.dash(self.index)?),
        }
    }

    /// The comments between the sign that announces the value and `start`; without anchors and tags.
    fn comments_before(&self, head: usize, start: usize) -> String {
        let mut gap = self.site.text[head..start].to_owned();
        for (from, to) in self.site.past_properties(head).1.into_iter().rev() {
            if to <= start {
                gap.replace_range(from - head..to - head, "");
            }
        }
        let marker = self.site.parent(self.index).is_none();
        if marker || !gap.contains('#') { String::new() } else { gap.trim_end().to_owned() }
    }

    /// The value in one line; null is written out.
    fn inline(&self) -> String {
        match &self.given.shape {
            Shape::Scalar(scalar) if scalar.kind == Kind::Empty => "null".to_owned(),
            _ => self.write.inline(self.given),
        }
    }

    /// One line in the place of a block collection.
    fn block_to_line(&self) -> Result<Draft, Refusal> {
        let (site, end) = (self.site, self.raw.end as usize);
        let start = site.first(self.index)?;
        let value = self.inline();
        if site.parent(self.index).is_none() {
            return Ok((start..end, value));
        }
        let head = site.head(self.index)?;
        let gap = self.comments_before(head, start);
        let column = self.column()?;
        let mut new = format!(" {value}");
        let literal = self.write.literal(self.given, &gap, column, column + self.write.style.step);
        if let Some(literal) = literal.filter(|_| !gap.contains('\n')) {
            return Ok((head..end, format!(" {literal}")));
        }
        new.push_str(&gap);
        let has_comment = site.text[end..site.line_end(end)].trim_start().starts_with('#');
        if has_comment && !gap.is_empty() {
            self.write.line(&mut new, column);
        }
        Ok((head..end, new))
    }

    /// One line, or a block scalar, in the place of another.
    fn line(&self) -> Result<Draft, Refusal> {
        let Self { site, index, raw, given, write } = self;
        let (mut start, mut end) = (raw.start as usize, raw.end as usize);
        let mut before = String::new();
        if raw.kind == Kind::Empty {
            // Together with its sign, so that two such edits overlap.
            start = site.head(*index)? - 1;
            before = format!("{} ", &site.text[start..end]);
        } else if raw.flags & flag::TAG != 0 {
            let (at, properties) = site.past_properties(site.head(*index)?);
            if at != start {
                return Err(Refusal::Layout);
            }
            for (from, to) in properties.into_iter().rev() {
                start = from;
                if site.byte(from) == Some(b'&') {
                    before.insert_str(0, &format!("{} ", &site.text[from..to]));
                }
            }
        }
        let column = self.column()?;
        let mut beside = site.text[end..site.line_end(end)].trim_end();
        if matches!(raw.kind, Kind::Literal | Kind::Folded) {
            let header = cook::header(site.text, start, site.doc.span.end as usize);
            beside = site.text[header.indicators_end..header.end].trim_end();
        }
        let is_literal = matches!(raw.kind, Kind::Literal | Kind::Folded);
        if let Some(literal) = write.literal(given, beside, column, column + write.style.step) {
            end = if is_literal { end } else { site.line_end(end) };
            return Ok((start..end, before + &literal));
        }
        let written = quoted_like(given, raw.kind).unwrap_or_else(|| self.inline());
        let beside = if is_literal { beside } else { "" };
        Ok((start..end, before + &written + beside))
    }

    /// A block collection.
    fn block(&self) -> Result<Draft, Refusal> {
        let Self { site, index, raw, given, write } = self;
        let end = raw.end as usize;
        let is_list = matches!(given.shape, Shape::Seq { .. });
        let parent = site.parent(*index).map(|parent| site.raw(parent).kind);
        let old_start = if site.is_block(*index) { site.first(*index)? } else { raw.start as usize };
        if parent != Some(Kind::Map) {
            // Behind its dash, or at the root.
            let is_empty = raw.kind == Kind::Empty;
            let start = if is_empty { site.head(*index)? - 1 } else { old_start };
            let mut new = String::from(if is_empty { "- " } else { "" });
            let column = site.column(start)? + new.len();
            write.rows(&mut new, given.rows(), column);
            return Ok((start..end, new));
        }
        if site.is_block(*index) && raw.flags & flag::TAG != 0 {
            return Err(Refusal::Layout);
        }
        let above = self.column()?;
        let mut column = above + if is_list { write.style.dash } else { write.style.step };
        if site.is_block(*index) && is_list == (raw.kind == Kind::Seq) {
            column = site.column(old_start)?;
        }
        let mut new = String::new();
        if site.is_block(*index) {
            if !site.begins_line(old_start) {
                return Err(Refusal::Layout);
            }
            new.extend(std::iter::repeat_n(' ', column));
            write.rows(&mut new, given.rows(), column);
            return Ok((site.line_start(old_start)..end, new));
        }
        let head = site.head(*index)?;
        new.push(':');
        new.push_str(&self.comments_before(head, old_start.max(head)));
        let beside = site.text[end..site.line_end(end)].trim_end();
        match beside.trim_start() {
            "" => {}
            _ if new.len() == 1 => new.push_str(beside),
            comment => {
                write.line(&mut new, column);
                new.push_str(comment);
            }
        }
        write.line(&mut new, column);
        write.rows(&mut new, given.rows(), column);
        Ok((head - 1..site.line_end(end), new))
    }
}
