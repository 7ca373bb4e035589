//! A credential that stands in a manifest as text; reported by a rule and hidden in every output.

use std::borrow::Cow;
use std::ops::Range;

use crate::k8s::container::{Container, EnvVar};
use crate::secrets::{Hit, Known, engine};
use crate::source::Span;
use crate::yaml::Node;

/// A credential in a scalar.
#[derive(Clone, Debug)]
pub struct Literal<'a> {
    /// The scalar that holds it.
    pub node: Node<'a>,
    /// What it is; its range counts bytes of the scalar's text.
    pub hit: Hit,
    /// Where it is given to the process, for people: ``environment variable `X` ``.
    pub place: String,
    /// The variable, where it is the value of one.
    pub variable: Option<EnvVar<'a>>,
    /// The container that is given it, if it is one container only.
    pub container: Option<Container<'a>>,
}

impl<'a> Literal<'a> {
    pub(super) fn new(node: Node<'a>, hit: Hit, place: impl Into<String>) -> Self {
        Self { node, hit, place: place.into(), variable: None, container: None }
    }

    /// The bytes that hold the secret; the whole scalar where they cannot be told apart.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.part(&self.hit.range)
    }
}

/// Credentials in an argument list: the argument, what it holds, and the option that it is the value of.
pub(super) fn in_arguments<'a>(words: &[Node<'a>], known: Known<'_>) -> Vec<(Node<'a>, Hit, Option<String>)> {
    let texts: Vec<Cow<'a, str>> = words.iter().map(|word| word.text().unwrap_or_default()).collect();
    let hits = engine().arguments(&texts, known);
    hits.into_iter()
        .map(|(index, hit)| {
            let before = index.checked_sub(1).map(|before| &*texts[before]);
            let option = option_of(&texts[index], &hit.range, before);
            (words[index], hit, option)
        })
        .collect()
}

/// The option or name that a part of an argument belongs to.
fn option_of(argument: &str, range: &Range<usize>, before: Option<&str>) -> Option<String> {
    let is_name = |name: &&str| {
        name.len() <= 60
            && name.contains(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let own = argument.get(..range.start)?.trim_end_matches(['"', '\'']);
    if own.is_empty() {
        return before.filter(|before| before.starts_with('-')).filter(is_name).map(str::to_owned);
    }
    let name = own.strip_suffix('=').or(own.starts_with('-').then_some(own))?;
    Some(name).filter(is_name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::option_of;

    #[test]
    fn an_option_is_named_and_a_script_is_not() {
        let cases = [
            ("--db-password=hunter22", 14, None, Some("--db-password")),
            ("-phunter22", 2, None, Some("-p")),
            ("hunter22", 0, Some("--password"), Some("--password")),
            ("hunter22", 0, Some("echo it"), None),
            ("PGPASSWORD='hunter22'", 12, None, Some("PGPASSWORD")),
            ("curl -u me:hunter22 https://x", 11, Some("-c"), None),
            ("Authorization: Bearer hunter22", 22, Some("-H"), None),
        ];
        for (argument, start, before, option) in cases {
            let found = option_of(argument, &(start..argument.len()), before);
            assert_eq!(found.as_deref(), option, "{argument}");
        }
    }
}
