//! What Flux puts in the place of `${name}` in rendered text (`postBuild.substitute`).
//!
//! As `fluxcd/pkg/envsubst` with the functions that have a default; others are left as they stand.

use std::collections::BTreeMap;

/// A text in which placeholders were filled, and the way back to the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) text: String,
    /// The text before.
    pub(super) before: String,
    /// Where pieces begin, in the text before and in this one, sorted.
    pieces: Vec<(usize, usize)>,
}

impl Filled {
    /// The byte of this text that was made from a byte of the text before.
    pub(super) fn after(&self, offset: usize) -> usize {
        let next = self.pieces.partition_point(|(start, _)| *start <= offset);
        let Some(&(start, filled)) = next.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return offset;
        };
        // What was filled in may be shorter than the placeholder.
        let end = self.pieces.get(next).map_or(usize::MAX, |(_, filled)| *filled);
        (filled + (offset - start)).min(end.saturating_sub(1)).max(filled)
    }
}

/// Fills the placeholders of a text. An unknown name without a default becomes nothing, as with Flux; `$${name}` stays
/// as `${name}`.
pub(super) fn substitute(text: &str, values: &BTreeMap<String, String>) -> Filled {
    let mut filled =
        Filled { text: String::with_capacity(text.len()), before: text.to_owned(), pieces: vec![(0, 0)] };
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        let escaped = text[..start].ends_with('$');
        filled.text.push_str(&text[at..start - usize::from(escaped)]);
        let end = text[start..].find('}').map(|length| start + length + 1);
        let (value, end) = match end {
            Some(end) if escaped => (Some(text[start..end].to_owned()), end),
            Some(end) => (expand(&text[start + 2..end - 1], values), end),
            None => (None, text.len()),
        };
        filled.pieces.push((start, filled.text.len()));
        match value {
            Some(value) => filled.text.push_str(&value),
            None => filled.text.push_str(&text[start..end]),
        }
        filled.pieces.push((end, filled.text.len()));
        at = end;
    }
    filled.text.push_str(&text[at..]);
    filled
}

/// `name`, `name:=default`, `name:-default`, `name=default`, `name-default`.
fn expand(inside: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let known = values.get(name);
    let default = [":=", ":-", "=", "-"]
        .into_iter()
        .find_map(|operator| Some((operator, rest.strip_prefix(operator)?)));
    match default {
        Some((operator, default)) => {
            let counts = |value: &&String| !operator.starts_with(':') || !value.is_empty();
            Some(known.filter(counts).cloned().unwrap_or_else(|| default.to_owned()))
        }
        None if rest.is_empty() => Some(known.cloned().unwrap_or_default()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::substitute;

    #[test]
    fn placeholders_are_filled_and_the_way_back_is_kept() {
        let values = [("env", "prod"), ("none", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let text = "a: ${env}\nb: ${none:=x}-${gone}\nc: $${env} ${env^^} ${open";
        let filled = substitute(text, &values.into_iter().collect());
        assert_eq!(filled.text, "a: prod\nb: x-\nc: ${env} ${env^^} ${open");
        let after = |found: &str| filled.after(text.find(found).expect("it is there"));
        assert_eq!((filled.after(0), &filled.text[after("${env}")..][..4]), (0, "prod"));
        assert_eq!((&filled.text[after("b:")..][..2], &filled.text[after("c:")..][..2]), ("b:", "c:"));
    }
}
