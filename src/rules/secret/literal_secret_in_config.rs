//! NHI202: a credential stands in a config map, in an annotation, or anywhere in an object by its own form.

use super::literal_secret_in_pod_spec::report;
use crate::graph::Placed;
use crate::rules::{Context, Emit};

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    for literal in context.graph.credentials.in_config(placed) {
        report(literal, None, context, emit);
    }
}
