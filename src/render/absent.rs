//! What a root wants and is not there, and what tells the reasons apart.

use super::paths::join;
use super::roots::{Reason, Refusal, Root};

/// The file or folder that a kustomization or chart wants and that is not there.
pub(super) fn missing(root: &Root, refusal: &Refusal) -> Option<String> {
    let is_missing = matches!(refusal.reason, Reason::MissingPath | Reason::MissingValues);
    let named = refusal.message.split('`').nth(1).filter(|_| is_missing && root.kind.is_folder())?;
    Some(join(&root.path, named))
}

/// What tells one reason of one root from all others, wherever it stands.
pub(super) fn subject(root: &Root, refusal: &Refusal) -> String {
    format!("{} {} {} {}", root.kind, root.path, refusal.reason, refusal.message)
}
