//! What stands in the manifests of Secrets: each entry, after base64, judged once.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::finding::IdentityName;
use crate::graph::place::{Placed, Places};
use crate::k8s::Object;
use crate::secrets::{Hit, SecretVerdict, Strength, decode_base64, engine, jwt};
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// Binary data above this many bytes is no key: an image, an archive.
const LARGEST_BINARY: usize = 4096;

/// One entry of `data` or `stringData`.
#[derive(Clone, Debug)]
pub struct Stored<'a> {
    /// Its key and value.
    pub entry: Entry<'a>,
    /// Whether it stands in `data`, so that its text is base64.
    pub encoded: bool,
    /// What it holds; a hit's range counts bytes of [`plain`](Self::plain).
    pub verdict: SecretVerdict,
}

impl Stored<'_> {
    /// The value as the cluster hands it out; the text as it is written where that is no text or no base64.
    #[must_use]
    pub fn plain(&self) -> Cow<'_, str> {
        let text = self.entry.value.text().unwrap_or_default();
        let decoded = decode_base64(&text).filter(|_| self.encoded);
        match decoded.map(String::from_utf8) {
            Some(Ok(plain)) => Cow::Owned(plain),
            _ => text,
        }
    }

    /// Whether the credential is all of it, and not part of a text around it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let SecretVerdict::Plain(hit) = &self.verdict else { return true };
        // Of what is no text the range counts the base64.
        self.plain().get(hit.range.clone()).is_none_or(|part| part.trim() == self.plain().trim())
            || hit.range.len() >= self.plain().trim().len()
    }

    /// Where a credential stands in a text of several lines that is written as it is; its first line is that of the entry.
    #[must_use]
    pub fn place_within(&self) -> Option<Span> {
        let SecretVerdict::Plain(hit) = &self.verdict else { return None };
        let text = self.entry.value.text().filter(|_| !self.encoded)?;
        let is_further_down = text.get(..hit.range.start)?.contains('\n');
        is_further_down.then(|| self.entry.value.part(&hit.range))
    }
}

/// A token of an account in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountToken {
    /// Its bytes.
    pub range: Range<usize>,
    /// The account.
    pub account: IdentityName,
    /// Seconds since 1970; `None` never.
    pub expires: Option<i64>,
}

/// The tokens of accounts in a text, such as a kubeconfig.
pub fn account_tokens(text: &str) -> impl Iterator<Item = AccountToken> {
    let hits = engine().text(text).into_iter();
    hits.filter(|hit| hit.kind == "jwt").filter_map(|hit| {
        let token = jwt(text.get(hit.range.clone())?)?;
        Some(AccountToken { range: hit.range, account: token.service_account?, expires: token.expires })
    })
}

/// By object of the run, its entries where it is a Secret, each judged.
pub(super) fn stored<'a>(places: &Places<'a>) -> Vec<Vec<Stored<'a>>> {
    let of_object = |placed: &Placed<'a>| {
        if placed.object.is("", "Secret") { entries(&placed.object) } else { Vec::new() }
    };
    places.objects.par_iter().map(of_object).collect()
}

fn entries<'a>(object: &Object<'a>) -> Vec<Stored<'a>> {
    let lists = [("data", true), ("stringData", false)];
    let entries = lists.into_iter().flat_map(|(list, encoded)| {
        let list = object.node.get(list).into_iter();
        list.flat_map(Node::entries).map(move |entry| (entry, encoded))
    });
    entries
        .filter(|(entry, _)| entry.value.is_scalar())
        .map(|(entry, encoded)| {
            let text = entry.value.text().unwrap_or_default();
            // `true` and `12` are no base64: the API server refuses them.
            let is_encoded = encoded && entry.value.as_str().is_some();
            let verdict = judge(&entry.key.text().unwrap_or_default(), &text, is_encoded);
            Stored { entry, encoded: is_encoded, verdict }
        })
        .collect()
}

fn judge(key: &str, text: &str, encoded: bool) -> SecretVerdict {
    let Some(bytes) = decode_base64(text).filter(|_| encoded) else {
        return engine().secret_entry(key, text);
    };
    let bytes = match String::from_utf8(bytes) {
        Ok(plain) => return engine().secret_entry(key, &plain),
        Err(error) => error.into_bytes(),
    };
    // `BASE64_OF_PASSWORD` and `changeme` are base64 too, of no text.
    let as_written = engine().secret_entry(key, text);
    let unfilled = match &as_written {
        SecretVerdict::Plain(hit) => hit.strength == Strength::DefaultWord,
        SecretVerdict::Template | SecretVerdict::Reference | SecretVerdict::Encrypted => true,
        SecretVerdict::Empty | SecretVerdict::Public => false,
    };
    if unfilled {
        return as_written;
    }
    let is_store =
        [".jks", ".p12", ".pfx", ".keystore", ".keytab", ".kdbx"].iter().any(|end| key.ends_with(end));
    if bytes.len() > LARGEST_BINARY && !is_store {
        return SecretVerdict::Public;
    }
    let what = if is_store { "a key store" } else { "a binary key" };
    SecretVerdict::Plain(Hit {
        kind: "secret-entry",
        what: what.to_owned(),
        strength: Strength::Named,
        range: 0..text.len(),
        revoke: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_opened_before_it_is_judged() {
        for (key, text, encoded, what) in [
            ("password", "aHVudGVyMjI=", true, Some("a password")),
            ("password", "aHVudGVyMjI=", false, Some("a password")),
            // The reference `<path:kv/shop#key>`, encoded and as it is.
            ("password", "PHBhdGg6a3Yvc2hvcCNrZXk+", true, None),
            ("password", "<path:kv/shop#key>", true, None),
            ("session", "3q2+7wECAwQFBgcICQoLDA==", true, Some("a binary key")),
            ("ca.crt", "", true, None),
        ] {
            let found = match judge(key, text, encoded) {
                SecretVerdict::Plain(hit) => Some(hit.what),
                _ => None,
            };
            assert_eq!(found.as_deref(), what, "{key}: {text}");
        }
    }

    #[test]
    fn large_binaries_are_data_unless_they_are_key_stores() {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode([0xfe; 5000]);
        assert_eq!(judge("logo", &text, true), SecretVerdict::Public);
        assert!(matches!(judge("kafka.jks", &text, true), SecretVerdict::Plain(_)));
    }
}
