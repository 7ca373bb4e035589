//! The remedy for a Secret in plain text: an `ExternalSecret` that makes the same one from a store.

use std::fmt::Write as _;

use crate::graph::{Placed, Stored};
use crate::yaml::Node;

/// Its manifest; the store's name is for its reader to fill in. Where the Secret stays, with what its chart computes, the
/// keys are added to it (external-secrets.io, "creationPolicy").
pub(super) fn external_secret(placed: &Placed<'_>, entries: &[&Stored<'_>], stays: bool) -> String {
    let name = &placed.object.name;
    let kind = placed.object.node.get("type").and_then(Node::text).unwrap_or_default();
    let mut text =
        format!("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {name}\n");
    if let Some(namespace) = &placed.namespace {
        let _ = writeln!(text, "  namespace: {namespace}");
    }
    let _ = write!(
        text,
        "spec:\n  refreshInterval: 1h\n  secretStoreRef:\n    kind: ClusterSecretStore\n    name: your-store\n  target:\n    name: {name}\n"
    );
    if stays {
        text.push_str("    creationPolicy: Merge\n");
    } else if !kind.is_empty() && kind != "Opaque" {
        let _ = write!(text, "    template:\n      type: {kind}\n");
    }
    text.push_str("  data:");
    for stored in entries {
        let key = stored.entry.key.text().unwrap_or_default();
        let _ = write!(
            text,
            "\n    - secretKey: {key}\n      remoteRef:\n        key: {name}\n        property: {key}"
        );
    }
    text
}
