//! Where a workload names its account.

use crate::finding::{Change, Operation};
use crate::graph::Runner;
use crate::rules::Context;
use crate::rules::emit::change;
use crate::yaml::{Entry, plain};

/// The changes that make a workload name an account of its own; `written` is what names one now. None where what it is called
/// stands elsewhere: a workflow may take it from its template.
pub(super) fn own(
    runner: &Runner<'_>,
    written: Option<Entry<'_>>,
    name: &str,
    context: &Context<'_>,
) -> Option<Vec<Change>> {
    let at = context.graph.places.object_of(runner);
    let spec = runner.workload.spec.value;
    let line = format!("serviceAccountName: {}", plain(name));
    let run = &*at.object.kind == "PipelineRun" && at.object.api_version != "tekton.dev/v1beta1";
    let (place, operation) = match (written, spec.get("taskRunTemplate")) {
        (Some(written), _) => (written.value, Operation::Set(plain(name))),
        (None, Some(template)) if run => (template, Operation::Insert(line)),
        (None, None) if run => (spec, Operation::Insert(format!("taskRunTemplate:\n  {line}"))),
        (None, _) => (spec, Operation::Insert(line)),
    };
    let named = change(at, place, operation).filter(|_| !name.is_empty())?;
    // The retired field would name another account beside it.
    let retired =
        spec.get("serviceAccount").filter(|field| written.is_none_or(|entry| entry.value != *field));
    let removed = retired.and_then(|field| change(at, field, Operation::Remove));
    Some([named].into_iter().chain(removed).collect())
}
