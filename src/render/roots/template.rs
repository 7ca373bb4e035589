//! The placeholders of ApplicationSets and of the build environment: what still holds one is not resolved.

use super::go_functions::printed;
use super::go_template::{self, Missing, Parameters, UNKNOWN};
use crate::yaml::Node;

/// How the texts of an Application are read.
#[derive(Clone, Copy)]
pub(super) enum Reading<'p> {
    /// As they stand.
    Written,
    /// As templates, with these parameters.
    Template(Style, &'p Parameters),
    /// The same, where further parameters are not known here.
    Open(Style, &'p Parameters),
}

/// A text with what is known in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// All of it.
    Whole(String),
    /// Some of it is not known: then [`UNKNOWN`] stands there, or nothing of the text can be told.
    Part(Option<String>),
}

/// The kinds of templates of an ApplicationSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With `{{name}}` replaced; names that are not known stay.
    Simple,
    /// Go templates (`goTemplate: true`).
    Go,
    /// Go templates in which a missing parameter is an error.
    Strict,
}

impl Style {
    /// That of an ApplicationSet.
    pub(super) fn of(spec: Node<'_>) -> Self {
        let is_go = spec.get("goTemplate").and_then(Node::as_bool) == Some(true);
        let mut options = spec.get("goTemplateOptions").into_iter().flat_map(Node::items);
        match options.any(|option| option.text().is_some_and(|option| option == "missingkey=error")) {
            _ if !is_go => Self::Simple,
            true => Self::Strict,
            false => Self::Go,
        }
    }
}

impl Reading<'_> {
    /// The text with the known parameters in it, or as it stands.
    pub(super) fn fill(self, text: &str) -> String {
        match self.filled(text) {
            Filled::Whole(filled) => filled,
            Filled::Part(_) => text.to_owned(),
        }
    }

    /// The text with the known parameters in it.
    pub(super) fn filled(self, text: &str) -> Filled {
        let (style, parameters, is_open) = match self {
            Self::Written => return Filled::Whole(text.to_owned()),
            Self::Template(style, parameters) => (style, parameters, false),
            Self::Open(style, parameters) => (style, parameters, true),
        };
        if style == Style::Simple {
            let filled = replaced(text, parameters, is_open);
            // Argo CD leaves names that are no parameters as they stand.
            return if filled.contains(UNKNOWN) { Filled::Part(Some(filled)) } else { Filled::Whole(filled) };
        }
        let missing = match style {
            _ if is_open => Missing::Unknown,
            Style::Strict => Missing::Error,
            _ => Missing::Nothing,
        };
        match go_template::fill(text, parameters, missing) {
            Some(filled) if !filled.contains(UNKNOWN) => Filled::Whole(filled),
            Some(filled) => Filled::Part(Some(filled)),
            None => Filled::Part(go_template::fill(text, parameters, Missing::Unknown)),
        }
    }
}

/// The text with `{{name}}` replaced (`valyala/fasttemplate`). Where further names are not known yet, [`UNKNOWN`] stands
/// for what can be one of them.
fn replaced(text: &str, parameters: &Parameters, is_open: bool) -> String {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/[]".contains(c))
    };
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, left)) = after.split_once("}}") else { break };
        filled.push_str(before);
        match parameters.get(inside.trim()).and_then(printed) {
            Some(value) => filled.push_str(&value),
            None if is_open && is_name(inside.trim()) => filled.push(UNKNOWN),
            None => filled.extend(["{{", inside, "}}"]),
        }
        rest = left;
    }
    filled + rest
}

/// Whether only something else than this run can say what a text means: a template, a variable, a token that a program or a
/// person replaces (`<CLUSTER_NAME>`).
pub(super) fn has_placeholder(text: &str) -> bool {
    text.contains("{{") || text.contains("${") || has_token(text)
}

/// `<WORD>`: no address, path or name holds these signs.
fn has_token(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_-. ".contains(c);
    text.split('<').skip(1).any(|rest| {
        rest.split_once('>').is_some_and(|(word, _)| !word.trim().is_empty() && word.chars().all(is_word))
    })
}

/// The text with `$name` and `${name}` replaced as Argo CD does it in some fields (Go `os.Expand`): names that it does
/// not give are nothing, `$$` is `$`. None where only a running Argo CD knows what a name stands for.
pub(super) fn expand(text: &str, environment: &[(&str, String)]) -> Option<String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let braced = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let name;
        (name, rest) = braced.unwrap_or_else(|| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            // One sign that is no letter can be a name too.
            after.split_at(if end == 0 && after.starts_with('$') { 1 } else { end })
        });
        match environment.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => expanded.push_str(value),
            None if name == "$" => expanded.push('$'),
            None if name.starts_with("ARGOCD_") || name.starts_with("KUBE_") => return None,
            None => {}
        }
    }
    Some(expanded + rest)
}

/// The message for a text with a placeholder that is left.
pub(super) fn placeholder_message(what: &str) -> String {
    format!("`{what}` holds a placeholder that nothing here fills")
}
