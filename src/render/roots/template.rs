//! The placeholders of ApplicationSets and of the build environment: what still holds one is not resolved.

use serde_json::Value;

use super::go_template::{self, Parameters};
use crate::yaml::Node;

/// How the texts of an Application are read.
#[derive(Clone, Copy)]
pub(super) enum Reading<'p> {
    /// As they stand.
    Written,
    /// As templates, with these parameters.
    Template(Style, &'p Parameters),
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
    /// The text with the known parameters in it.
    pub(super) fn fill(self, text: &str) -> String {
        self.filled(text).unwrap_or_else(|| text.to_owned())
    }

    /// The same; none where Argo CD would say something that is not known here.
    pub(super) fn filled(self, text: &str) -> Option<String> {
        let parameters = match self {
            Self::Written => return Some(text.to_owned()),
            Self::Template(Style::Simple, parameters) => parameters,
            Self::Template(style, parameters) => {
                return go_template::fill(text, parameters, style == Style::Strict);
            }
        };
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, left)) = after.split_once("}}") else { break };
            filled.push_str(before);
            match parameters.get(inside.trim()) {
                Some(value) => filled.push_str(value),
                None => filled.extend(["{{", inside, "}}"]),
            }
            rest = left;
        }
        Some(filled + rest)
    }

    /// The same for the texts in a value.
    pub(super) fn filled_value(self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::String(text) => self.filled(text)?.into(),
            Value::Array(items) => items.iter().map(|item| self.filled_value(item)).collect::<Option<_>>()?,
            Value::Object(entries) => {
                let entry = |(key, value): (&String, _)| Some((key.clone(), self.filled_value(value)?));
                Value::Object(entries.iter().map(entry).collect::<Option<_>>()?)
            }
            value => value.clone(),
        })
    }
}

/// Whether only something else than this run can say what a text means.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.contains("{{") || text.contains("${")
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
