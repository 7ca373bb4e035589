//! What two permissions of one role make, which no single rule of it shows.

use super::Reach;
use crate::graph::tables::permission::Rule;
use crate::graph::tables::primitive::{
    PRIMITIVES, Primitive, SECRET_CREATE, SECRET_READ, Shown, TOKEN_FORGE, primitive as make,
};
use crate::yaml::Node;

/// What two permissions of a role make.
#[derive(Clone, Copy)]
pub(super) struct Together<'p> {
    pub(super) makes: &'static Primitive,
    /// The rule that adds the other one, where it is not the same.
    pub(super) by: Option<Node<'p>>,
}

/// What a role that may read every secret gives where it may also create them: tokens of every account. It stands in no
/// single rule.
pub(super) fn together<'p>(
    primitive: &'static Primitive,
    shown: &Shown<'_>,
    written: &'p [(Node<'p>, Rule<'p>)],
    at: usize,
    reach: Reach,
) -> Option<Together<'p>> {
    if primitive.name != SECRET_READ || !shown.names.is_empty() || reach == Reach::Dormant {
        return None;
    }
    let create = PRIMITIVES.parts.iter().find(|part| part.name == SECRET_CREATE)?;
    let creates = |rule: &'p Rule<'p>| create.shown_by(rule, false).filter(|shown| shown.names.is_empty());
    let by_itself = creates(&written[at].1).map(|_| at);
    let by = by_itself.or_else(|| written.iter().position(|(_, rule)| creates(rule).is_some()))?;
    Some(Together { makes: make(TOKEN_FORGE), by: (by != at).then_some(written[by].0) })
}
