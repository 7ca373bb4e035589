//! The placeholders of ApplicationSets, as far as they only name a parameter.
//!
//! Functions and pipes stay as they are: what still holds a placeholder is not resolved.

use std::collections::BTreeMap;

/// The parameters of one generated Application: names with dots → texts.
pub(super) type Parameters = BTreeMap<String, String>;

/// How the texts of an Application are read.
#[derive(Clone, Copy)]
pub(super) enum Reading<'p> {
    /// As they stand.
    Written,
    /// With `{{name}}` replaced.
    Simple(&'p Parameters),
    /// With `{{ .name }}` replaced (`goTemplate: true`).
    Go(&'p Parameters),
}

impl Reading<'_> {
    /// The text with the known parameters in it.
    pub(super) fn fill(self, text: &str) -> String {
        let (parameters, go) = match self {
            Self::Written => return text.to_owned(),
            Self::Simple(parameters) => (parameters, false),
            Self::Go(parameters) => (parameters, true),
        };
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inside, left)) = after.split_once("}}") else { break };
            filled.push_str(before);
            let name = if go { go_name(inside) } else { Some(inside.trim().to_owned()) };
            match name.and_then(|name| parameters.get(&name)) {
                Some(value) => filled.push_str(value),
                None => filled.extend(["{{", inside, "}}"]),
            }
            rest = left;
        }
        filled + rest
    }
}

/// `.path.basename` and `index .path.segments 1` as names.
fn go_name(inside: &str) -> Option<String> {
    let inside = inside.trim_matches('-').trim();
    match inside.split_whitespace().collect::<Vec<_>>()[..] {
        ["index", list, at] => Some(format!("{}.{}", list.strip_prefix('.')?, at.trim_matches('"'))),
        [name] => name.strip_prefix('.').map(str::to_owned),
        _ => None,
    }
}

/// Whether only something else than this run can say what a text means.
pub(super) fn is_open(text: &str) -> bool {
    text.contains("{{") || text.contains("${")
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Reading, is_open};

    #[test]
    fn only_plain_names_are_replaced() {
        let known = [("path", "apps/shop"), ("path.basename", "shop"), ("path.segments.1", "shop")];
        let known: Parameters =
            known.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(Reading::Simple(&known).fill("{{path}}/{{ path.basename }}/x"), "apps/shop/shop/x");
        assert_eq!(Reading::Go(&known).fill("{{.path.basename}}-{{index .path.segments 1}}"), "shop-shop");
        let open = Reading::Go(&known).fill("{{ .path.basename | upper }}");
        assert!(is_open(&open) && is_open(&Reading::Simple(&known).fill("{{name}} {{")));
        assert_eq!(Reading::Written.fill("{{path}}"), "{{path}}");
    }
}
