//! Namespaces that nobody knows: what stands for them while charts are rendered, and what people see of them.
//!
//! Helm always asks for the namespace of a release. Where no deployer says it, the chart is rendered with a word of its
//! own, so that the objects of the release can be told to share a namespace, and two releases never share one by
//! accident. What reads the rendered text takes the word for a namespace that is not known.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Debug;

use sha2::{Digest, Sha256};

/// How every such word begins.
const START: &str = "release-ns-";

/// How many letters follow.
const LETTERS: usize = 10;

/// What people see in the place of such a word, where it is part of a longer name.
const SHOWN: &str = "RELEASE-NAMESPACE";

/// The word of a release: a name that Kubernetes would take for a namespace, the same in every run. `release` tells it
/// from all others.
pub(super) fn word(release: &impl Debug) -> String {
    let digest = Sha256::digest(format!("{release:?}"));
    // Letters alone: nothing takes them for a number or a key.
    let letters = digest.iter().take(LETTERS).map(|byte| char::from(b'a' + byte % 16));
    START.chars().chain(letters).collect()
}

/// A text as people see it.
#[must_use]
pub fn shown<'t>(text: &'t str, words: &BTreeSet<String>) -> Cow<'t, str> {
    let (mut out, mut copied) = (String::new(), 0);
    for (at, _) in text.match_indices(START) {
        let end = at + START.len() + LETTERS;
        if text.get(at..end).is_some_and(|word| words.contains(word)) {
            out.push_str(&text[copied..at]);
            out.push_str(SHOWN);
            copied = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{shown, word};

    #[test]
    fn only_words_of_the_run_are_replaced() {
        let one = word(&"charts/mill");
        let words = [one.clone()].into();
        let text = format!("`{one}/mill` {one}-r release-ns-x release-ns-aaaaaaaaaa {one}");
        let expected = "`RELEASE-NAMESPACE/mill` RELEASE-NAMESPACE-r release-ns-x release-ns-aaaaaaaaaa RELEASE-NAMESPACE";
        assert_eq!(shown(&text, &words), expected);
        assert_ne!(one, word(&"charts/press"), "two releases have two words");
    }
}
