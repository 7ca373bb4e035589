//! NHI202: a credential stands in a config map, in an annotation, or anywhere in an object by its own form.

use super::literal_secret_in_pod_spec::report;
use crate::graph::{Literal, Placed};
use crate::rules::{Context, Emit};

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for literal in context.graph.credentials.in_config(placed) {
        report(literal, None, remedy(literal, placed), context, emit);
    }
}

/// What helps where no program reads a file of its own.
fn remedy(literal: &Literal<'_>, placed: &Placed<'_>) -> Option<&'static str> {
    let is_custom = placed.object.group.contains('.') && !placed.object.group.ends_with(".k8s.io");
    if literal.place.starts_with("annotation `") {
        Some("rotate the credential, and name a Secret where the reader of the annotation takes one.")
    } else if is_custom {
        Some(
            "rotate the credential, keep it in a Secret that a store fills, and name that Secret where the kind takes a \
             reference; where it takes none, let its controller make the credential.",
        )
    } else {
        None
    }
}
