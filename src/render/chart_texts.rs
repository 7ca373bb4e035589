//! The texts of a chart, and of what is given to it, that Helm may print as templates.

use std::collections::BTreeSet;

use super::helm::WholeChart;
use super::inputs::Inputs;
use super::marked::{Reads, stands_aside};
use super::paths::is_in_templates;
use super::readable::readable;
use super::roots::{Given, ValueSet};

/// A path, and the text that stands there.
type PathText = (String, String);

/// All of them: the files of the chart with their paths, those of archives below them, then what deployers give.
pub(super) fn texts(whole: &WholeChart, sets: &[&ValueSet], inputs: &Inputs<'_>) -> Vec<PathText> {
    let files = |is_aside: bool| {
        let own = whole.files.iter().filter(move |(below, _)| is_aside == stands_aside(below));
        let own = own.filter_map(|(below, path)| Some((below, text(below, path, &inputs.bytes(path)?)?)));
        let packed = whole.archives.iter().flat_map(|archive| &archive.files);
        let packed = packed.filter(move |(below, _)| is_aside == stands_aside(below));
        own.chain(packed.filter_map(|(below, bytes)| Some((below, text(below, below, bytes)?))))
    };
    let mut texts: Vec<PathText> = files(false).map(|(_, text)| text).collect();
    texts.extend(given_texts(sets, inputs));
    // What stands aside counts where a template prints texts as templates only, and is long.
    if texts.iter().any(|(_, text)| text.contains("tpl")) {
        let aside: Vec<(&String, PathText)> = files(true).collect();
        let all = texts.iter().chain(aside.iter().map(|(_, text)| text));
        let reads = Reads::of(all.map(|(_, text)| text.as_str()));
        texts.extend(aside.into_iter().filter(|(below, _)| reads.may_read(below)).map(|(_, text)| text));
    }
    let decoded: Vec<_> =
        texts.iter().filter_map(|(path, text)| Some((path.clone(), decoded(path, text)?))).collect();
    texts.extend(decoded);
    texts
}

/// A file that may hold a template, or a value that is one.
fn text(below: &str, path: &str, bytes: &[u8]) -> Option<PathText> {
    let is_template = memchr::memmem::find(bytes, b"{{").is_some();
    let may_hold = is_template || (is_values(below) && bytes.contains(&b'\\'));
    may_hold.then(|| (path.to_owned(), readable(bytes)))
}

fn is_values(path: &str) -> bool {
    path.is_empty() || [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

/// The strings of a value file that are written otherwise than they are: with escapes, or over several lines.
fn decoded(path: &str, text: &str) -> Option<String> {
    if !is_values(path) || is_in_templates(path) {
        return None;
    }
    let value: serde_json::Value = serde_yaml::from_str(text).ok()?;
    let (mut waiting, mut found) = (vec![value], Vec::new());
    while let Some(value) = waiting.pop() {
        match value {
            serde_json::Value::String(one) => found.push(one),
            serde_json::Value::Array(items) => waiting.extend(items),
            serde_json::Value::Object(fields) => {
                for (key, value) in fields {
                    found.push(key);
                    waiting.push(value);
                }
            }
            _ => {}
        }
    }
    found.retain(|one| one.contains("{{") && !text.contains(one.as_str()));
    (!found.is_empty()).then(|| found.join("\n"))
}

/// What deployers give to a chart, which it may print as templates.
fn given_texts(sets: &[&ValueSet], inputs: &Inputs<'_>) -> Vec<PathText> {
    let mut texts = BTreeSet::new();
    let read = |path: &str| Some(readable(&inputs.bytes(path)?));
    for set in sets {
        texts.extend(set.files.iter().filter_map(|path| Some((path.clone(), read(path)?))));
        texts.extend(set.inline.iter().filter_map(|inline| match &inline.given {
            Given::Text(text) => Some((String::new(), text.clone())),
            Given::Option(_, argument) => Some((String::new(), argument.clone())),
            Given::Values(path) | Given::File(_, path) => Some((path.clone(), read(path)?)),
        }));
    }
    texts.into_iter().collect()
}
