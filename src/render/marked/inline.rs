//! What a template prints on a line, without the variables that only this template knows.

use std::ops::Range;

use super::lexer::{self, Kind, Word};
use super::parts::Parts;

/// A piece of a template (`{{ $name }}-cache`) with each variable replaced by what the template sets it to, once and
/// outside of loops and helpers. `None` where a variable is set in another way. `$` itself stays: it is the same everywhere.
#[must_use]
pub fn without_variables(text: &str, piece: &str) -> Option<String> {
    let tokens = lexer::lex(piece)?;
    let mut parts = None;
    let mut out = String::new();
    for token in &tokens {
        let body = &piece[token.body.clone()];
        let variables = variables(body)?;
        if token.kind == Kind::Text || variables.is_empty() {
            out.push_str(&piece[token.whole.clone()]);
            continue;
        }
        if token.kind != Kind::Print {
            return None;
        }
        if parts.is_none() {
            parts = Some(Parts::read(text)?);
        }
        let values = variables.iter().map(|at| value_of(parts.as_ref()?, &body[at.clone()]));
        let values = values.collect::<Option<Vec<&str>>>()?;
        let is_whole = variables.first() == Some(&(0..body.len()));
        let (mut inside, mut from) = (String::new(), 0);
        for (at, value) in variables.into_iter().zip(values) {
            inside.push_str(&body[from..at.start]);
            let (open, close) = if is_whole { ("", "") } else { ("(", ")") };
            inside.extend([open, value, close]);
            from = at.end;
        }
        inside.push_str(&body[from..]);
        out.extend(["{{ ", &inside, " }}"]);
    }
    Some(out)
}

/// The variables with a name in an action; `None` where a text in it may hold one.
fn variables(body: &str) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    for (at, _) in body.match_indices('$') {
        let name = &body[at + 1..];
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
        if body[..at].matches(['"', '`']).count() % 2 == 1 {
            return None;
        }
        if end > 0 {
            found.push(at..at + 1 + end);
        }
    }
    Some(found)
}

/// What the template's own text sets a variable to.
fn value_of<'s>(parts: &Parts<'s>, name: &str) -> Option<&'s str> {
    let mut value = None;
    for &token in &parts.regions.first()?.tokens {
        if parts.tokens[token as usize].kind != Kind::Control {
            continue;
        }
        let body = parts.body(token);
        let Some(set) = body.find('$').and_then(|at| lexer::assignment(&body[at..])) else { continue };
        if !set.names.contains(&name) {
            continue;
        }
        let is_plain = body.starts_with('$') && set.names.len() == 1;
        let is_top = parts
            .branches(token)
            .all(|(opener, holds)| holds && parts.tokens[opener as usize].word == Word::If);
        if value.is_some() || !is_plain || !is_top || !variables(set.value)?.is_empty() {
            return None;
        }
        value = Some(set.value);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::without_variables;

    #[test]
    fn a_variable_is_what_the_template_sets_it_to() {
        let once =
            "{{ if .Values.on }}\n{{- $name := include \"shop.fullname\" . -}}\nname: {{ $name }}{{ end }}";
        let of = |piece: &str| without_variables(once, piece);
        assert_eq!(of("{{ $name }}-cache").as_deref(), Some("{{ include \"shop.fullname\" . }}-cache"));
        assert_eq!(of("{{ $name | quote }}").as_deref(), Some("{{ (include \"shop.fullname\" .) | quote }}"));
        assert_eq!(of("{{ $.Release.Name }}").as_deref(), Some("{{ $.Release.Name }}"));
        assert_eq!(of("{{ $other }}"), None);
        assert_eq!(of("{{ printf \"$name\" }}"), None);
    }

    #[test]
    fn a_variable_that_is_set_twice_or_in_a_loop_stays() {
        for text in [
            "{{ $name := \"a\" }}{{ $name = \"b\" }}",
            "{{ range .Values.all }}{{ $name := .name }}{{ end }}",
            "{{ range $name := .Values.all }}{{ end }}",
            "{{ range $at, $name := .Values.all }}{{ end }}",
            "{{ with $name := .Values.a }}{{ end }}",
            "{{ if .Values.a }}{{ else }}{{ $name := \"a\" }}{{ end }}",
            "{{ define \"x\" }}{{ $name := \"a\" }}{{ end }}",
            "{{ $first := \"a\" }}{{ $name := $first }}",
        ] {
            assert_eq!(without_variables(text, "{{ $name }}"), None, "{text}");
        }
    }
}
