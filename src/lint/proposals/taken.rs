//! The lines of a proposal that repeat fields of other objects.

use crate::finding::Change;
use crate::lint::edits::{Editor, Written};

/// Stands for such a line, with its number, while names are looked for in the others.
const MARK: char = '\u{e000}';

/// What such a line becomes; none where nobody knows.
pub(super) struct Line {
    what: String,
    rendered: String,
    text: Option<Vec<String>>,
}

impl Line {
    /// A title that names what the line says, as people wrote it.
    pub(super) fn in_title(&self, title: &str) -> String {
        let written = self.text.iter().flatten().next().map_or(self.rendered.as_str(), String::as_str);
        title.replace(&format!("`{}`", self.rendered), &format!("`{written}`"))
    }
}

/// Takes such lines out of the text of a change.
pub(super) fn take(change: &mut Change, editor: &Editor<'_>) -> Vec<Line> {
    let (copied, at) = (std::mem::take(&mut change.copied), change.at);
    let (Some(text), Some(at)) = (change.operation.text_mut(), at) else { return Vec::new() };
    let mut taken = Vec::new();
    for one in copied {
        let key = one.line.find(':').map_or("", |end| &one.line[..=end]);
        let line = match editor.written(one.from, at) {
            Written::Same => Some(vec![one.line.clone()]),
            Written::As(value, openers) => {
                let count = openers.len();
                let line = openers.into_iter().chain([format!("{key} {value}").trim_start().to_owned()]);
                Some(line.chain(vec!["{{- end }}".to_owned(); count]).collect())
            }
            Written::Given => Some(Vec::new()),
            Written::Unknown => None,
        };
        let is_it = |line: &str| line.trim_start() == one.line;
        if text.lines().any(is_it) {
            let mark = |line: &str| {
                let indent = &line[..line.len() - line.trim_start().len()];
                if is_it(line) { format!("{indent}{MARK}{}", taken.len()) } else { line.to_owned() }
            };
            *text = text.lines().map(mark).collect::<Vec<_>>().join("\n");
            taken.push(Line { what: one.what, rendered: one.line, text: line });
        }
    }
    taken
}

/// Writes such lines as people wrote them. Returns what is left out, as nobody knows how it was written.
pub(super) fn put_back(change: &mut Change, taken: Vec<Line>) -> Option<String> {
    let text = change.operation.text_mut().filter(|_| !taken.is_empty())?;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let number = line.trim_start().strip_prefix(MARK).and_then(|number| number.parse::<usize>().ok());
        let Some(known) = number.and_then(|number| taken.get(number)) else {
            lines.push(line.to_owned());
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let own = known.text.iter().flatten();
        lines.extend(
            own.map(|line| if line.starts_with("{{-") { line.clone() } else { format!("{indent}{line}") }),
        );
    }
    // A key whose lines are all left out says nothing.
    let is_empty = |at: usize, line: &str| {
        let below = lines.get(at + 1).map_or("", String::as_str);
        let indent = |line: &str| line.len() - line.trim_start().len();
        ["annotations:", "imagePullSecrets:"].contains(&line.trim())
            && !below.starts_with("{{-")
            && indent(below) <= indent(line)
    };
    let kept = lines.iter().enumerate().filter(|(at, line)| !is_empty(*at, line));
    *text = kept.map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
    // What would add nothing at all is no fix.
    let is_empty = text.is_empty();
    taken.into_iter().find(|line| is_empty || line.text.is_none()).map(|line| line.what)
}
