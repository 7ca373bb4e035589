//! NHI514: what is granted is not what it looks like: nothing, or not known.

use super::{dead_binding, dead_rule};
use crate::graph::Placed;
use crate::k8s::binding::is_role;
use crate::rules::{Context, Emit};

pub(crate) fn check(placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    if placed.partial {
        return;
    }
    if is_role(&placed.object) {
        dead_rule::check(placed, context.graph, emit);
        return;
    }
    for bound in context.graph.places.own_bindings(placed) {
        dead_binding::check(placed, bound, context.graph, emit);
    }
}
