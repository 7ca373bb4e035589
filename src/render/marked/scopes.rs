//! The conditions and loops around a place in a template.

use super::lexer::Word;
use super::parts::Parts;

/// A condition or loop around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope<'s> {
    /// The action that opens it, delimiters included: `{{- if .Values.rbac.create }}`.
    pub opener: &'s str,
    /// Whether what stands in it is printed for one condition and nothing else: an `if`, before its `else`.
    pub is_condition: bool,
}

/// The conditions and loops around a byte of a template, from the outside in; `None` where the template cannot be read,
/// or where the place is in an action or in a helper, which is printed wherever somebody asks for it.
#[must_use]
pub fn scopes_around(text: &str, at: usize) -> Option<Vec<Scope<'_>>> {
    let parts = Parts::read(text)?;
    let index = parts.tokens.partition_point(|token| token.whole.end <= at);
    let token = u32::try_from(index).ok()?;
    let is_text = parts.tokens.get(index).is_none_or(|token| token.word == Word::None);
    if !is_text || !parts.regions[0].tokens.contains(&token) {
        return None;
    }
    let mut scopes: Vec<Scope<'_>> = parts.around(token).map(|opener| scope(&parts, opener, token)).collect();
    scopes.reverse();
    Some(scopes)
}

/// The name of the helper that a byte of a template stands in.
#[must_use]
pub fn helper_around(text: &str, at: usize) -> Option<String> {
    let parts = Parts::read(text)?;
    let token = u32::try_from(parts.tokens.partition_point(|token| token.whole.end <= at)).ok()?;
    let region = parts.regions.iter().find(|region| region.tokens.contains(&token))?;
    region.name.clone()
}

fn scope<'s>(parts: &Parts<'s>, opener: u32, at: u32) -> Scope<'s> {
    let action = &parts.tokens[opener as usize];
    let is_else = |token: u32| {
        parts.tokens[token as usize].word == Word::Else && parts.around(token).next() == Some(opener)
    };
    let is_condition = action.word == Word::If && !(opener..at).any(is_else);
    Scope { opener: &parts.text[action.whole.clone()], is_condition }
}

#[cfg(test)]
mod tests {
    use super::{helper_around, scopes_around};

    #[test]
    fn a_place_knows_its_helper() {
        let text = "{{ define \"x\" }}h{{ if .a }}i{{ end }}{{ end }}a";
        let of = |letter: &str| helper_around(text, text.find(&format!("}}{letter}")).expect("a letter") + 1);
        assert_eq!([of("h"), of("i"), of("a")], [Some("x".to_owned()), Some("x".to_owned()), None]);
    }

    #[test]
    fn a_place_knows_what_it_is_printed_for() {
        let text = "{{ define \"x\" }}h{{ end }}a{{ if .b }}c{{ range .d }}e{{ end }}{{ else }}f{{ end }}";
        let around = |letter: &str| {
            let at = text.find(&format!("}}{letter}{{")).expect("a letter") + 1;
            let scopes = scopes_around(text, at)?;
            Some(
                scopes
                    .into_iter()
                    .map(|scope| (scope.opener.to_owned(), scope.is_condition))
                    .collect::<Vec<_>>(),
            )
        };
        let condition = ("{{ if .b }}".to_owned(), true);
        assert_eq!(around("h"), None);
        assert_eq!(around("a"), Some(vec![]));
        assert_eq!(around("c"), Some(vec![condition.clone()]));
        assert_eq!(around("e"), Some(vec![condition, ("{{ range .d }}".to_owned(), false)]));
        assert_eq!(around("f"), Some(vec![("{{ if .b }}".to_owned(), false)]));
    }
}
