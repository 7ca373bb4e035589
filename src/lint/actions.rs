//! What of a place in a template may be a secret: the text beside its actions, and the texts in quotes in them. The names of
//! values and functions are none.

use std::ops::Range;

use crate::render::paths::is_in_templates;
use crate::source::{SourceMap, Span};

/// Functions whose next text is a name, or a message for people.
const NAMED: &str = "include template required fail tpl printf lookup toYaml";
/// Functions that take a key behind what holds it.
const KEYED: &str = "get index hasKey dig pluck";

/// The parts of a written place that may be what is hidden.
pub(super) fn of_secret(span: Span, sources: &SourceMap) -> Vec<Span> {
    let text = sources.text(span);
    if !is_in_templates(sources.file(span.file).path()) || !text.contains("{{") {
        return vec![span];
    }
    let (beside, quoted) = parts(text);
    let is_text = |range: &Range<usize>| !text[range.clone()].trim().trim_matches('"').is_empty();
    let mut found: Vec<_> = beside.into_iter().chain(quoted).filter(is_text).collect();
    found.sort_by_key(|range| range.start);
    found.into_iter().map(|range| part(span, &range)).collect()
}

/// The texts in quotes in the actions of the line of a template around a place: what it prints, or would print otherwise.
pub(super) fn texts_of_line(span: Span, sources: &SourceMap) -> Vec<Span> {
    let file = sources.file(span.file);
    let number = file.position(span.start).line;
    if !is_in_templates(file.path()) {
        return Vec::new();
    }
    let start = file.line_starts()[number as usize - 1] as usize;
    let line = Span::new(span.file, start, start + file.line(number).len());
    parts(sources.text(line))
        .1
        .iter()
        .filter(|range| !range.is_empty())
        .map(|range| part(line, range))
        .collect()
}

fn part(span: Span, range: &Range<usize>) -> Span {
    Span::new(span.file, span.start as usize + range.start, span.start as usize + range.end)
}

/// The parts of a text beside its actions, and the texts in quotes in them.
fn parts(text: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut beside, mut quoted) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|open| at + open) {
        let close = text[open..].find("}}").map_or(text.len(), |close| open + close + 2);
        beside.push(at..open);
        quoted.extend(texts_in(&text[open..close]).into_iter().map(|(start, end)| open + start..open + end));
        at = close;
    }
    beside.push(at..text.len());
    (beside, quoted)
}

/// The texts in quotes in an action that are no names.
fn texts_in(action: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = action[at..].find(['"', '`']).map(|open| at + open) {
        let quote = &action[open..=open];
        let Some(end) = action[open + 1..].find(quote).map(|end| open + 1 + end) else { break };
        let mut before = action[..open].split([' ', '(', '|']).rev().filter(|word| !word.is_empty());
        let (last, second) = (before.next().unwrap_or_default(), before.next().unwrap_or_default());
        let is_in = |list: &str, word: &str| list.split(' ').any(|one| one == word);
        let is_name = is_in(NAMED, last) || last.starts_with(['.', '$']) && is_in(KEYED, second);
        if !is_name {
            found.push((open + 1, end));
        }
        at = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::of_secret;
    use crate::source::{SourceMap, Span};

    #[test]
    fn of_an_action_only_its_texts_are_hidden() {
        let shown = |text: &str| {
            let mut sources = SourceMap::default();
            let file = sources.add("templates/a.yaml", text);
            let spans = of_secret(Span::new(file, 0, text.len()), &sources);
            spans.into_iter().map(|span| sources.text(span).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown("{{ .Values.db.password | b64enc | quote }}"), Vec::<String>::new());
        assert_eq!(shown(r#"{{ default "plum-31" $store.password | quote }}"#), ["plum-31"]);
        assert_eq!(shown(r#"{{ get $store "password" | b64enc }}"#), Vec::<String>::new());
        assert_eq!(shown(r#"x{{ include "a.b" . }}y"#), ["x", "y"]);
        assert_eq!(shown("plum-31"), ["plum-31"]);
    }
}
