//! A binding for the whole cluster that becomes one of the namespace where all whom it binds work.

use crate::finding::{Applicability, Change, Operation};
use crate::graph::{Placed, PlacedBinding};
use crate::k8s::restriction::Restriction;
use crate::rules::emit::change;
use crate::rules::{Context, Draft};
use crate::yaml::{Node, plain};

/// Proposes a RoleBinding: as an edit where all who are bound work in one namespace, which is known.
pub(super) fn mend(
    form: &str,
    (placed, home): (&Placed<'_>, Option<&str>),
    restriction: Option<&Restriction<'_>>,
    context: &Context<'_>,
    draft: &mut Draft,
) {
    let kind = placed.object.node.get("kind");
    let set = kind.and_then(|kind| change(placed, kind, Operation::Set("RoleBinding".to_owned())));
    match form {
        "split" => {
            let title = "bind what is in namespaces with a RoleBinding in each, and the rest for the cluster";
            draft.suggest(title, set)
        }
        "unneeded" if let Some(within) = within(placed, home, restriction, context) => {
            let title = "bind it with a RoleBinding in the namespace where it works";
            draft.fix(Applicability::Unsafe, title, set.into_iter().chain(within))
        }
        _ => draft.suggest("bind it with a RoleBinding in the namespaces where it works", set),
    };
}

/// The namespace of all whom a binding binds, if it is one.
pub(super) fn home_of<'b>(bound: &'b PlacedBinding<'_>) -> Option<&'b str> {
    let mut accounts = bound.binding.subjects.iter().map(|subject| subject.account()?.0);
    let namespace = accounts.next()??;
    accounts.all(|other| other == Some(namespace)).then_some(namespace)
}

/// What puts the binding into the namespace of all whom it binds: nothing where it stands there, as the field of a
/// ClusterRoleBinding is ignored. None where that is not one namespace, or not known where the text was written.
fn within(
    placed: &Placed<'_>,
    home: Option<&str>,
    restriction: Option<&Restriction<'_>>,
    context: &Context<'_>,
) -> Option<Vec<Change>> {
    let namespace = home?;
    let works_there = |restriction: &Restriction<'_>| {
        restriction.node.text().is_some_and(|text| text.rsplit('=').next() == Some(namespace))
    };
    if !restriction.is_none_or(works_there) {
        return None;
    }
    let metadata = placed.object.node.get("metadata")?;
    match metadata.get("namespace").and_then(Node::text) {
        Some(written) => (written == namespace).then(Vec::new),
        None if context.graph.places.is_rendered_file(metadata.span().file) => None,
        None => {
            let entry = format!("namespace: {}", plain(namespace));
            Some(vec![change(placed, metadata, Operation::Insert(entry))?])
        }
    }
}
