//! Removes values from the error messages of programs: a template may fail with a password.
//!
//! Helm and kustomize quote the input that they cannot use, and the message of a template (`fail`, `required`) can hold
//! any value. Of both only the text of templates and names are shown. The message is not compared with the values: it can
//! hold them encoded, cut or reversed.

use super::FileIndex;
use super::inputs::Charts;
use super::roots::{Kind, Root};
use crate::source::SourceMap;

/// Stands for what is not shown.
const HIDDEN: &str = "***";

/// The names of programs stand in quotes too.
const PROGRAMS: [&str; 3] = ["helm", "kustomize", "kubectl"];

/// How a message of Helm begins where a template itself failed (helm `pkg/engine`, `cleanupExecError`).
const TEMPLATE_FAILED: &str = "execution error at (";

/// A template of more bytes is not searched for words.
const LARGEST_TEMPLATE: usize = 1 << 20;

/// An error message without the pieces that may not be shown.
pub(super) fn redacted(message: &str, may_show: &dyn Fn(&str) -> bool) -> String {
    let own = message
        .find(TEMPLATE_FAILED)
        .and_then(|start| Some(start + message[start..].find("): ")? + "): ".len()));
    let (message, words) = message.split_at(own.unwrap_or(message.len()));
    let mut out = without_quoted(message, may_show);
    let shown = words.split(' ').map(|word| if word.is_empty() || may_show(word) { word } else { HIDDEN });
    let mut shown: Vec<&str> = shown.collect();
    shown.dedup_by(|next, before| next == before && *next == HIDDEN);
    out.push_str(&shown.join(" "));
    out
}

/// Hides what stands in quotes, in brackets, and what kustomize calls a literal source.
fn without_quoted(message: &str, may_show: &dyn Fn(&str) -> bool) -> String {
    const MARKS: [(&str, &str, bool); 4] =
        [("\"", "\"", false), ("`", "`", false), (" [", "]", true), ("literal source ", ", expected", true)];
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    loop {
        let first =
            MARKS.iter().filter_map(|mark| Some((rest.find(mark.0)?, mark))).min_by_key(|(at, _)| *at);
        let Some((at, (open, close, farthest))) = first else { return out + rest };
        let (before, inside) = rest.split_at(at + open.len());
        let end = if *farthest { inside.rfind(close) } else { inside.find(close) };
        // Without an end the message was cut.
        let (inside, after) = inside.split_at(end.unwrap_or(inside.len()));
        out.extend([before, if may_show(inside) { inside } else { HIDDEN }]);
        out.extend(after.strip_prefix(close).map(|_| *close));
        rest = after.strip_prefix(close).unwrap_or_default();
    }
}

/// What an error message may show of a root: the text of its templates, and names.
pub(super) struct Quotable {
    paths: Vec<String>,
    templates: String,
    /// What a kustomization reads: only its keys may be shown.
    read: Vec<String>,
}

impl Quotable {
    pub(super) fn of(root: &Root, charts: &Charts, index: &FileIndex<'_>, sources: &SourceMap) -> Self {
        let is_helm = root.kind == Kind::Helm;
        let read = root.reads.iter().filter(|_| !is_helm).map(|id| sources.file(*id));
        let below = if is_helm { charts.files_of(&root.path) } else { Vec::new() };
        let is_template = |below: &str| below.contains("templates/") || below == "Chart.yaml";
        let text = |(below, path): &(String, String)| {
            let text = index.text(path).filter(|_| is_template(below))?.1;
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
    fn only_what_is_public_is_shown() {
        let quotable = ["password", "is", "too", "weak:", "a/templates/b.yaml", "shop.name"];
        let shown = |text: &str| redacted(text, &|piece| quotable.contains(&piece));
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
                shown(text).starts_with(expected.split("[***]").next().unwrap_or_default()),
                "{}",
                shown(text)
            );
            assert!(!shown(text).contains("hunt") && !shown(text).contains("aHVu"), "{}", shown(text));
            if !expected.contains("sources [") {
                assert_eq!(shown(text), expected);
            }
        }
    }
}
