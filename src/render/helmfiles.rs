//! Helmfiles that cannot be read as what they are: nobody knows what they release.

use super::Rendered;
use super::roots::{Kind, Tool};
use crate::load::{SkipReason, Skipped};

/// Counts them where something here is deployed, or may be.
pub(super) fn add(rendered: &mut Rendered) {
    if rendered.roots.iter().all(|root| root.kind == Kind::Files) {
        return;
    }
    let written = rendered.texts.sources().files().filter(|(_, file)| !file.is_rendered());
    let named = written.filter(|(_, file)| Tool::of(file.path()) == Some(Tool::Helmfile));
    let broken = named.filter(|(id, _)| rendered.texts.documents(*id).iter().any(|one| one.doc().broken));
    let left: Vec<_> = broken.map(|(_, file)| Skipped::new(SkipReason::Helmfile, file.path())).collect();
    rendered.skipped.extend(left);
}
