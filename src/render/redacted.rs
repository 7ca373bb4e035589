//! What a program says of a failure, without the values that it was given: a template may fail with a password.
//!
//! Helm and kustomize quote what they stumble over, and what a template says itself (`fail`, `required`) is made of
//! anything. Of both only what somebody wrote into a template, or as a name, is shown. Where to draw the line is not
//! asked of the values: they can be encoded, cut and turned round before they are message.

use super::Shelf;
use super::materials::Charts;
use super::roots::{Kind, Root};
use crate::source::SourceMap;

/// Stands for what is not shown.
const HIDDEN: &str = "***";

/// What this program says itself stands in quotes too.
const PROGRAMS: [&str; 3] = ["helm", "kustomize", "kubectl"];

/// Helm says so where a template itself gave up (helm `pkg/engine`, `cleanupExecError`).
const GAVE_UP: &str = "execution error at (";

/// A template of more bytes is not searched for words.
const LARGEST_TEMPLATE: usize = 1 << 20;

/// A complaint with everything hidden that `is_quotable` does not know.
pub(super) fn redacted(message: &str, is_quotable: &dyn Fn(&str) -> bool) -> String {
    let own =
        message.find(GAVE_UP).and_then(|start| Some(start + message[start..].find("): ")? + "): ".len()));
    let (message, words) = message.split_at(own.unwrap_or(message.len()));
    let mut out = without_quoted(message, is_quotable);
    let shown = words.split(' ').map(|word| if word.is_empty() || is_quotable(word) { word } else { HIDDEN });
    let mut shown: Vec<&str> = shown.collect();
    shown.dedup_by(|next, before| next == before && *next == HIDDEN);
    out.push_str(&shown.join(" "));
    out
}

/// Hides what stands in quotes, in brackets, and what kustomize calls a literal source.
fn without_quoted(message: &str, is_quotable: &dyn Fn(&str) -> bool) -> String {
    const MARKS: [(&str, &str, bool); 4] =
        [("\"", "\"", false), ("`", "`", false), (" [", "]", true), ("literal source ", ", expected", true)];
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let first =
            MARKS.iter().filter_map(|mark| Some((rest.find(mark.0)?, mark))).min_by_key(|(at, _)| *at);
        let Some((at, (open, close, farthest))) = first else {
            out.push_str(rest);
            return out;
        };
        let (before, inside) = rest.split_at(at + open.len());
        let end = if *farthest { inside.rfind(close) } else { inside.find(close) };
        // What is not closed was cut.
        let end = end.unwrap_or(inside.len());
        out.push_str(before);
        out.push_str(if is_quotable(&inside[..end]) { &inside[..end] } else { HIDDEN });
        let close = if inside[end..].starts_with(close) { close } else { "" };
        out.push_str(close);
        rest = &inside[end + close.len()..];
    }
}

/// What may be message of a root although a program was given its values: the text of templates, and names.
pub(super) struct Quotable {
    paths: Vec<String>,
    templates: String,
    /// What a kustomization reads: of that only its keys.
    read: Vec<String>,
}

impl Quotable {
    pub(super) fn of(root: &Root, charts: &Charts, shelf: &Shelf<'_>, sources: &SourceMap) -> Self {
        let is_helm = root.kind == Kind::Helm;
        let read = root.reads.iter().filter(|_| !is_helm).map(|id| sources.file(*id));
        let below = if is_helm { charts.files_of(&root.path) } else { Vec::new() };
        let is_template = |below: &str| below.contains("templates/") || below == "Chart.yaml";
        let text = |(below, path): &(String, String)| {
            let text = shelf.text(path).filter(|_| is_template(below))?.1;
            (text.len() <= LARGEST_TEMPLATE).then_some(text)
        };
        let templates: Vec<&str> = below.iter().filter_map(text).collect();
        let paths = below.iter().map(|(below, _)| format!("/{below}"));
        Self {
            templates: templates.join("\n"),
            paths: paths.chain(read.clone().map(|file| file.path().to_owned())).collect(),
            read: read.map(|file| file.text().to_owned()).collect(),
        }
    }

    pub(super) fn holds(&self, piece: &str) -> bool {
        // Helm names files by the chart: `shop/templates/job.yaml`.
        let path = piece.split_once('/').map_or("", |(_, below)| below);
        piece.is_empty()
            || PROGRAMS.contains(&piece)
            || self.templates.contains(piece)
            || self.paths.iter().any(|known| {
                known.trim_start_matches('/') == path && !path.is_empty() || known.ends_with(piece)
            })
            // Kustomize names objects so, and places in them.
            || (!self.read.is_empty() && (piece.contains(".[no") || piece.starts_with('/')))
            || self.read.iter().any(|text| text.contains(&format!("{piece}:")))
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn only_what_is_written_in_the_open_is_said() {
        let open = ["password", "is", "too", "weak:", "a/templates/b.yaml", "shop.name"];
        let message = |text: &str| redacted(text, &|piece| open.contains(&piece));
        for (text, expected) in [
            (
                "execution error at (a/templates/b.yaml:1:3): password is too weak: hunter2 aHVudGVyMg== is",
                "execution error at (a/templates/b.yaml:1:3): password is too weak: *** is",
            ),
            (
                "template: a/templates/b.yaml:1:3: executing \"a/templates/b.yaml\" at <include \"shop.name\" .>: strconv.Atoi: parsing \"hunter2\": invalid",
                "template: a/templates/b.yaml:1:3: executing \"a/templates/b.yaml\" at <include \"shop.name\" .>: strconv.Atoi: parsing \"***\": invalid",
            ),
            ("cannot unmarshal !!str `hunter...` into map", "cannot unmarshal !!str `***` into map"),
            (
                "literal sources [hunter2]: invalid literal source hunter2, expected key=value",
                "literal sources [***]: invalid literal source ***, expected key=value",
            ),
            ("unable to parse patch from [a] hunter2]", "unable to parse patch from [***]"),
            ("it was cut: \"hunt…", "it was cut: \"***"),
            ("no more than this", "no more than this"),
        ] {
            assert!(
                message(text).starts_with(expected.split("[***]").next().unwrap_or_default()),
                "{}",
                message(text)
            );
            assert!(!message(text).contains("hunt") && !message(text).contains("aHVu"), "{}", message(text));
            if !expected.contains("sources [") {
                assert_eq!(message(text), expected);
            }
        }
    }
}
