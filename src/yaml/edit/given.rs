//! YAML that the caller gives, taken apart so that it can be written in the style of another document.

use std::sync::Arc;

use super::Refusal;
use crate::source::FileId;
use crate::yaml::doc::Doc;
use crate::yaml::node::Node;
use crate::yaml::parse::read;
use crate::yaml::tree::{Kind, flag};
use crate::yaml::{plain, split, to_json};

/// A value to be written.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) shape: Shape,
    /// The comment behind it in its line.
    pub(super) beside: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Scalar(Scalar),
    Map { rows: Vec<Row>, flow: bool },
    Seq { rows: Vec<Row>, flow: bool },
}

/// An entry or an item.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The comments in the lines above it.
    pub(super) above: Vec<String>,
    /// The key and how it is written; none for an item.
    pub(super) key: Option<(String, String)>,
    pub(super) value: Given,
}

impl Row {
    /// Whether it is a scalar without comments.
    pub(super) fn is_short(&self) -> bool {
        self.above.is_empty() && matches!(self.value.shape, Shape::Scalar(_))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Scalar {
    /// As it was given; a string of several lines is quoted.
    pub(super) written: String,
    pub(super) json: serde_json::Value,
    pub(super) kind: Kind,
}

impl Given {
    /// Reads one value. Anchors, aliases and tags are refused.
    pub(super) fn read(text: &str) -> Result<Self, Refusal> {
        let shared: Arc<str> = text.into();
        let (doc, problems) = read(FileId::default(), &shared, 0..text.len());
        let is_odd = |kind, flags: u8| kind == Kind::Alias || flags & flag::TAG != 0;
        if !problems.is_empty()
            || split(text).len() > 1
            || doc.tree.nodes.iter().any(|raw| is_odd(raw.kind, raw.flags))
        {
            return Err(Refusal::Unusable);
        }
        let Some(root) = doc.root() else {
            return Ok(Self { shape: Shape::Scalar(Scalar::null()), beside: None });
        };
        let mut reader = Reader { doc: &doc, next: 0 };
        let above = reader.above(root.index);
        let mut given = reader.value(root);
        if let Shape::Map { rows, .. } | Shape::Seq { rows, .. } = &mut given.shape
            && let Some(first) = rows.first_mut()
        {
            first.above.splice(0..0, above);
        }
        Ok(given)
    }

    /// A mapping that holds this under one key.
    pub(super) fn under(self, key: &str) -> Self {
        let row = Row { above: Vec::new(), key: Some((key.to_owned(), plain(key))), value: self };
        Self::of(Shape::Map { rows: vec![row], flow: false })
    }

    /// A list with this as its item.
    pub(super) fn into_list(self) -> Self {
        Self::of(Shape::Seq { rows: vec![Row { above: Vec::new(), key: None, value: self }], flow: false })
    }

    pub(super) fn of(shape: Shape) -> Self {
        Self { shape, beside: None }
    }

    pub(super) fn rows(&self) -> &[Row] {
        match &self.shape {
            Shape::Map { rows, .. } | Shape::Seq { rows, .. } => rows,
            Shape::Scalar(_) => &[],
        }
    }

    /// Is it written in lines of its own: a collection that is neither empty nor in brackets?
    pub(super) fn is_block(&self) -> bool {
        match &self.shape {
            Shape::Map { rows, flow } | Shape::Seq { rows, flow } => !flow && !rows.is_empty(),
            Shape::Scalar(_) => false,
        }
    }

    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.shape {
            Shape::Scalar(scalar) => scalar.json.clone(),
            Shape::Seq { rows, .. } => rows.iter().map(|row| row.value.to_json()).collect(),
            Shape::Map { rows, .. } => {
                let name = |row: &Row| row.key.as_ref().map(|(name, _)| name.clone()).unwrap_or_default();
                serde_json::Value::Object(rows.iter().map(|row| (name(row), row.value.to_json())).collect())
            }
        }
    }
}

impl Scalar {
    fn null() -> Self {
        Self { written: String::new(), json: serde_json::Value::Null, kind: Kind::Empty }
    }
}

/// Goes through a given document and its comments together.
struct Reader<'d> {
    doc: &'d Doc,
    /// The next comment that has no place yet.
    next: usize,
}

impl Reader<'_> {
    /// The comments before a node.
    fn above(&mut self, index: u32) -> Vec<String> {
        let start = self.doc.tree.node(index).start;
        let mut found = Vec::new();
        while let Some(&(from, to)) = self.doc.tree.comments.get(self.next).filter(|(from, _)| *from < start)
        {
            found.push(self.doc.text[from as usize..to as usize].trim_end().to_owned());
            self.next += 1;
        }
        found
    }

    /// The comment behind `end` in the same line.
    fn beside(&mut self, end: u32) -> Option<String> {
        let &(from, to) = self.doc.tree.comments.get(self.next)?;
        let is_here = self.doc.text.get(end as usize..from as usize)?.trim_matches([' ', '\t']).is_empty();
        self.next += usize::from(is_here);
        is_here.then(|| self.doc.text[from as usize..to as usize].trim_end().to_owned())
    }

    fn value(&mut self, node: Node<'_>) -> Given {
        let raw = *node.raw();
        let flow = raw.flags & flag::FLOW != 0;
        let shape = match raw.kind {
            Kind::Map => {
                let entries = node.written().map(|entry| (Some(entry.key), entry.value));
                Shape::Map { rows: self.rows(entries), flow }
            }
            Kind::Seq => Shape::Seq { rows: self.rows(node.items().map(|item| (None, item))), flow },
            kind => Shape::Scalar(Scalar { written: written(node), json: to_json(node), kind }),
        };
        let beside = if node.is_scalar() || flow { self.beside(raw.end) } else { None };
        Given { shape, beside }
    }

    fn rows<'n>(&mut self, children: impl Iterator<Item = (Option<Node<'n>>, Node<'n>)>) -> Vec<Row> {
        let row = |(key, value): (Option<Node<'n>>, Node<'n>)| {
            let mut above = self.above(key.unwrap_or(value).index);
            // A comment between a key and its block stays with the entry.
            if key.is_some() && !value.is_scalar() {
                above.extend(self.above(value.index));
            }
            let key = key.map(|key| (key.key().into_owned(), written(key)));
            Row { above, key, value: self.value(value) }
        };
        children.map(row).collect()
    }
}

/// A scalar in one line.
fn written(node: Node<'_>) -> String {
    let text = &node.doc.text[node.span().range()];
    if text.contains(['\n', '\r']) || matches!(node.raw().kind, Kind::Literal | Kind::Folded) {
        serde_json::Value::from(node.cooked()).to_string()
    } else {
        text.to_owned()
    }
}
