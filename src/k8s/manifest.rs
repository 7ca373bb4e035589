//! Whether a document is meant for the API server at all.

use crate::load::may_be_manifest;
use crate::yaml::Doc;

/// Whether a document has `apiVersion` and `kind`; of one that cannot be read, whether it may have them.
#[must_use]
pub fn is_manifest(doc: &Doc) -> bool {
    let has = |key: &str| doc.root().is_some_and(|root| root.get(key).is_some());
    has("apiVersion") && has("kind") || doc.broken && may_be_manifest(&doc.text[doc.span.range()])
}
