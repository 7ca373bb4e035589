//! Manifests inside of other objects that nobody judges: what is said of them.

use rayon::prelude::*;

use super::Placed;
use crate::finding::{Form, Notice};
use crate::k8s::inside::{Unjudged, is_deployer, unjudged};

/// A notice for each, with its object.
pub(super) fn notices(objects: &[Placed<'_>]) -> Vec<(Notice, String)> {
    let all = objects.par_iter().flat_map_iter(|placed| {
        let found = unjudged(&placed.object).into_iter().map(move |one| notice(placed, &one));
        found.chain(deployer(placed))
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

/// A deployer inside of another object: what it names is not rendered.
fn deployer(placed: &Placed<'_>) -> Option<(Notice, String)> {
    let object = &placed.object;
    if !object.is_carried || !is_deployer(&object.group, &object.kind) {
        return None;
    }
    let kind = &object.kind;
    let notice = Notice {
        form: Form::UNRESOLVED,
        span: object.node.get("kind").unwrap_or(object.node).span(),
        message: format!("what the `{kind}` inside of another object deploys is not judged"),
        notes: vec!["Give what it names to nhilint, to have it judged.".to_owned()],
        related: Vec::new(),
        subject: format!("inside {}", placed.named()),
        missing: None,
    };
    Some((notice, format!("what {} deploys", placed.named())))
}
