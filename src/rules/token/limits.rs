//! The fields that end a task, where its kind has them.

use crate::finding::{Applicability, Change, Operation};
use crate::graph::Placed;
use crate::k8s::task::{Limits, TIME_TO_LIVE, Task};
use crate::rules::Draft;
use crate::rules::emit::change;

/// Proposes fields of a task with these values.
pub(super) fn set(
    task: &Task<'_>,
    at: &Placed<'_>,
    fields: impl IntoIterator<Item = (&'static str, String)>,
    (trust, title): (Applicability, &str),
    draft: &mut Draft,
) {
    let spec = task.spec.value;
    // A Job that is deleted while others of its set run is made anew (kubernetes-sigs/jobset `createJobs`).
    let around = at.object.node.get("spec").filter(|_| &*at.object.kind == "JobSet");
    let place = match task.limits {
        Limits::In(key) => spec.get(key).ok_or(key),
        _ => Ok(spec),
    };
    let fields = fields.into_iter();
    let changes: Vec<Change> = match place {
        Ok(place) => {
            let set = |(key, value): (&str, String)| {
                let place = around.filter(|_| key == TIME_TO_LIVE).unwrap_or(place);
                match place.get(key) {
                    Some(written) => change(at, written, Operation::Set(value)),
                    None => change(at, place, Operation::Insert(format!("{key}: {value}"))),
                }
            };
            fields.filter_map(set).collect()
        }
        Err(around) => {
            let lines: Vec<String> = fields.map(|(key, value)| format!("  {key}: {value}")).collect();
            let entry = format!("{around}:\n{}", lines.join("\n"));
            change(at, spec, Operation::Insert(entry)).into_iter().collect()
        }
    };
    if task.limits == Limits::Unknown {
        draft.fix(trust, title, []);
        draft.without_edit(format!("Which fields of a {} do that is not known.", at.object.kind));
    } else {
        draft.fix(trust, title, changes);
    }
}
