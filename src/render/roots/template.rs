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
        match name {
            "$" => expanded.push('$'),
            name if environment.iter().any(|(known, _)| *known == name) => {
                let values = environment.iter().filter(|(known, _)| *known == name);
                expanded.extend(values.map(|(_, value)| value.as_str()));
            }
            name if name.starts_with("ARGOCD_") || name.starts_with("KUBE_") => return None,
            _ => {}
        }
    }
    Some(expanded + rest)
}

/// What is said of a text with a placeholder that is left.
pub(super) fn unfilled(what: &str) -> String {
    format!("`{what}` holds a placeholder that nothing here fills")
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Reading, expand, is_open};

    #[test]
    fn names_of_the_build_environment_are_replaced() {
        let cases = [
            ("a-$ARGOCD_APP_NAME.yaml", Some("a-shop.yaml")),
            ("${ARGOCD_APP_NAME}$other/${more}x$$y$", Some("shop/x$y")),
            ("$ARGOCD_APP_REVISION", None),
            ("plain", Some("plain")),
        ];
        for (text, expected) in cases {
            assert_eq!(
                expand(text, &[("ARGOCD_APP_NAME", "shop".to_owned())]).as_deref(),
                expected,
                "{text}"
            );
        }
    }

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
