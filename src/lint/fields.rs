//! What the API server does not know in the objects of a run, as notices.

use rayon::prelude::*;

use crate::finding::{Form, Notice};
use crate::graph::Graph;
use crate::k8s::custom_fields::Schemas;
use crate::k8s::fields::{Fault, faults};
use crate::source::Span;

/// Kinds, fields and types that are none, and what must not be shown of them: what stands in a Secret under a name that
/// is no field.
pub(super) fn notices(graph: &Graph<'_>) -> (Vec<Notice>, Vec<Span>) {
    let schemas = Schemas::of(graph.places.objects.iter().map(|placed| &placed.object));
    let objects = graph.places.objects.par_iter().filter(|placed| {
        // A controller fills in what stands inside of its objects.
        !placed.object.is_carried && !placed.object.node.doc().broken
    });
    let found: Vec<(bool, Fault)> = objects
        .flat_map_iter(|placed| {
            let is_secret = placed.object.is("", "Secret");
            let all = faults(&placed.object).into_iter().chain(schemas.faults(&placed.object));
            all.map(move |fault| (is_secret, fault))
        })
        .collect();
    let hidden = found.iter().filter(|(is_secret, _)| *is_secret).map(|(_, fault)| fault.value).collect();
    let notice = |(_, Fault { span, message, note, is_nowhere, .. })| Notice {
        form: if is_nowhere { Form::SYNTAX } else { Form::UNKNOWN_FIELD },
        span,
        message,
        notes: vec![note.to_owned()],
        related: Vec::new(),
        subject: String::new(),
        missing: None,
    };
    (found.into_iter().map(notice).collect(), hidden)
}
