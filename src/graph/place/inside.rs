//! Manifests inside of other objects that nobody judges: what is said of them.

use rayon::prelude::*;

use super::Placed;
use crate::finding::{Form, Notice};
use crate::k8s::inside::{Unjudged, deploys_elsewhere, is_deployer, unjudged};

/// A notice for each, with its object.
pub(super) fn notices(objects: &[Placed<'_>]) -> Vec<(Notice, String)> {
    let all = objects.par_iter().flat_map_iter(|placed| {
        let inside = unjudged(&placed.object);
        let deployer = deployer(placed, inside.is_empty());
        inside.into_iter().map(move |one| notice(placed, &one)).chain(deployer)
    });
    all.collect()
}

fn notice(placed: &Placed<'_>, one: &Unjudged<'_>) -> (Notice, String) {
    let (object, kind) = (placed.named(), &one.kind);
    let message = format!("the manifest of a `{kind}` inside of `{}` is not judged", object.kind);
    let note = if one.is_applied {
        "Its controller applies it. Apply it by itself, or give it to nhilint as a file, to have it judged."
    } else {
        "Nobody here knows whether something applies it. If so, give it to nhilint as a file, too."
    };
    let span = one.node.get("kind").unwrap_or(one.node).span();
    let notice = Notice {
        form: Form::UNRESOLVED,
        span,
        message,
        notes: vec![note.to_owned()],
        related: Vec::new(),
        subject: format!("inside {object} {kind}"),
        missing: None,
    };
    (notice, format!("{kind} in {object}"))
}

/// A deployer inside of another object, or of a kind that is not followed and does not hold itself what it deploys: what it
/// names is not rendered.
fn deployer(placed: &Placed<'_>, holds_nothing: bool) -> Option<(Notice, String)> {
    let object = &placed.object;
    let (kind, is_inside) = (&object.kind, object.is_carried && is_deployer(&object.group, &object.kind));
    let is_elsewhere = holds_nothing && deploys_elsewhere(&object.group, kind);
    if placed.partial || !is_inside && !is_elsewhere {
        return None;
    }
    let inside = if is_inside { " inside of another object" } else { "" };
    let notice = Notice {
        form: Form::UNRESOLVED,
        span: object.node.get("kind").unwrap_or(object.node).span(),
        message: format!("what the `{kind}`{inside} deploys is not judged"),
        notes: vec!["Give what it names to nhilint, to have it judged.".to_owned()],
        related: Vec::new(),
        subject: format!("inside {}", placed.named()),
        missing: None,
    };
    Some((notice, format!("what {} deploys", placed.named())))
}
