//! From text to trees: files that were read, and YAML that stands in a scalar.

use super::Replayer;
use super::tree::Node;
use crate::load::Standing;
use crate::render::paths::join;
use crate::source::{FileId, Span};
use crate::yaml::{Doc, Document, to_json};

/// What a path leads to.
pub(super) enum Found<'l> {
    Text(FileId, &'l str),
    /// A file that is not text.
    Binary,
    Folder(String),
    Nothing,
}

impl<'l> Replayer<'_, 'l> {
    /// Looks up a path as a kustomization in `folder` names it.
    pub(super) fn find(&mut self, folder: &str, path: &str) -> Found<'l> {
        let path = join(folder, path);
        let text = match self.index.text(&path) {
            Some(text) => Some(text),
            None => match self.index.at(&path) {
                Standing::Folder(real) => return Found::Folder(real),
                Standing::File(real) => self.index.text(&real),
                Standing::Absent | Standing::Outside | Standing::Special => return Found::Nothing,
            },
        };
        let Some((file, text)) = text else { return Found::Binary };
        self.texts.insert(file, text);
        Found::Text(file, text)
    }

    /// The documents of a file that a kustomization names at `named`.
    pub(super) fn documents(&mut self, folder: &str, path: &str, named: Span) -> Vec<Node> {
        if let Found::Text(file, text) = self.find(folder, path) {
            return self.read(file, text);
        }
        self.doubt(format!("`{path}` is no file that can be read"), named);
        Vec::new()
    }

    /// The documents of a file.
    pub(super) fn read(&mut self, file: FileId, text: &'l str) -> Vec<Node> {
        self.texts.insert(file, text);
        let index = self.index;
        self.trees(index.documents(file).iter().map(Document::doc), &|span| span)
    }

    /// The documents of YAML that stands in a scalar.
    pub(super) fn inline(&mut self, scalar: &Node) -> Vec<Node> {
        let text = scalar.text().unwrap_or_default().into_owned();
        let written = self.texts.get(&scalar.at.file).and_then(|text| text.get(scalar.at.range()));
        let lines = written.map_or_else(Vec::new, |written| lines_of(written, &text, scalar.at.start));
        let whole = scalar.at;
        let place = |span: Span| {
            let start = real(&lines, span.start);
            let end = real(&lines, span.end).filter(|end| Some(*end) >= start && *end <= whole.end);
            start.map_or(whole, |start| Span { file: whole.file, start, end: end.unwrap_or(start) })
        };
        let file = self.index.documents(whole.file);
        let after = file.partition_point(|document| document.span().start <= whole.start);
        let document = file[..after].last().map(Document::doc);
        // A patch that its deployer writes as a tree is handed on as text.
        let nodes = document.map(|doc| doc.nodes(whole)).unwrap_or_default();
        let is_same = |node: &crate::yaml::Node<'_>| serde_json::from_str(&text).ok() == Some(to_json(*node));
        let tree = nodes.into_iter().find(|node| !node.is_scalar() && is_same(node));
        if let Some(tree) = tree {
            return vec![Node::from_yaml(tree, None, &|span| span, &self.budget)];
        }
        let docs = document.map(|doc| doc.embedded(whole.start, &text));
        self.trees(docs.iter().flat_map(|docs| docs.iter()), &place)
    }

    fn trees<'d>(&mut self, docs: impl Iterator<Item = &'d Doc>, place: &dyn Fn(Span) -> Span) -> Vec<Node> {
        let mut trees = Vec::new();
        for doc in docs {
            let text = &doc.text[doc.span.range()];
            if !self.budget.spend(20 + text.len() / 16) {
                break;
            }
            if doc.broken {
                self.doubt("a document that is no valid YAML".into(), place(doc.span));
            }
            let Some(root) = doc.root() else { continue };
            if text.contains("<<") && overrides_before_merge(root, 0) {
                self.doubt("a merge key below what it would override".into(), place(root.span()));
            }
            if let Some(folded) = oddly_folded(root, 0) {
                self.doubt("folded text with indented lines, which kustomize breaks".into(), place(folded));
            }
            let node = Node::from_yaml(root, None, place, &self.budget);
            if !node.value.is_null() {
                trees.push(node);
            }
        }
        trees
    }
}

/// Does an entry that a `<<` brought come after one that was written? Kubectl and kustomize differ there.
fn overrides_before_merge(node: crate::yaml::Node<'_>, depth: usize) -> bool {
    if depth > 64 || node.alias_span().is_some() {
        return false;
    }
    let mut first_written = u32::MAX;
    for entry in node.entries() {
        match entry.key.alias_span() {
            Some(merge) if merge.start > first_written => return true,
            None => first_written = first_written.min(entry.key.span().start),
            Some(_) => {}
        }
        if overrides_before_merge(entry.value, depth + 1) {
            return true;
        }
    }
    node.items().any(|item| overrides_before_merge(item, depth + 1))
}

/// A folded scalar that kustomize does not print as it read it.
fn oddly_folded(node: crate::yaml::Node<'_>, depth: usize) -> Option<Span> {
    if depth > 64 || node.alias_span().is_some() {
        return None;
    }
    let span = node.span();
    if node.is_scalar() {
        let is_folded = node.doc().text.as_bytes().get(span.start as usize) == Some(&b'>');
        return (is_folded && node.text().is_some_and(|text| text.contains("\n ") || text.contains("\n\t")))
            .then_some(span);
    }
    let below = |node| oddly_folded(node, depth + 1);
    node.entries().find_map(|entry| below(entry.value)).or_else(|| node.items().find_map(below))
}

/// Where the lines of a scalar's text stand in the file: (offset in the text, offset in the file), by offset.
/// None where they cannot be told apart: folded text, escapes.
fn lines_of(written: &str, text: &str, start: u32) -> Vec<(u32, u32)> {
    let quoted = written.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    if quoted == Some(text) {
        return vec![(0, start + 1)];
    }
    if written == text {
        return vec![(0, start)];
    }
    if !written.starts_with('|') {
        return Vec::new();
    }
    let Some(header) = written.find('\n') else { return Vec::new() };
    let raw: Vec<&str> = written[header + 1..].split('\n').collect();
    let cooked: Vec<&str> = text.split('\n').collect();
    let plain = |line: &str| line.trim_end_matches('\r').len();
    let full = raw.iter().zip(&cooked).find(|(_, cooked)| !cooked.trim().is_empty());
    let Some(indent) = full.and_then(|(raw, cooked)| plain(raw).checked_sub(plain(cooked))) else {
        return Vec::new();
    };
    let (mut in_text, mut in_file) = (0, start + header as u32 + 1);
    let mut lines = Vec::with_capacity(raw.len());
    for (raw, cooked) in raw.iter().zip(&cooked) {
        lines.push((in_text, in_file + indent.min(plain(raw)) as u32));
        in_text += cooked.len() as u32 + 1;
        in_file += raw.len() as u32 + 1;
    }
    lines
}

fn real(lines: &[(u32, u32)], offset: u32) -> Option<u32> {
    let line = lines.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
    let (start, at) = lines[line];
    Some(at + (offset - start))
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{lines_of, real};

    #[test]
    fn lines_of_a_literal_block_are_found_in_its_file() {
        let lines = lines_of("|-\r\n    - op: add\r\n\r\n      path: /a", "- op: add\n\n  path: /a", 10);
        assert_eq!(real(&lines, 0), Some(18));
        assert_eq!(real(&lines, 2), Some(20));
        // `path`, two blanks into the third line.
        assert_eq!(real(&lines, 13), Some(10 + 4 + 15 + 2 + 4 + 2));
        assert_eq!(lines_of("'a: b'", "a: b", 7), [(0, 8)]);
        assert!(lines_of("\"a:\\n b\"", "a:\n b", 7).is_empty());
        assert!(lines_of(">\n  a\n  b", "a b\n", 7).is_empty());
    }
}
