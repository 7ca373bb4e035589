//! What a baseline did, for programs.

use serde::Serialize;

use crate::finding::{self, Accepted};

/// What a baseline did in a run.
#[derive(Serialize)]
pub(super) struct BaselineUse<'r> {
    accepted: usize,
    gone: Vec<Entry<'r>>,
}

#[derive(Serialize)]
struct Entry<'r> {
    rule: String,
    form: &'r str,
    object: &'r str,
    field: &'r str,
    file: &'r str,
    message: &'r str,
    since: String,
    fingerprint: &'r str,
}

impl<'r> BaselineUse<'r> {
    pub(super) fn of(used: &'r finding::BaselineUse) -> Self {
        let entry = |entry: &'r Accepted| Entry {
            rule: entry.rule.to_string(),
            form: &entry.form,
            object: &entry.object,
            field: &entry.field,
            file: &entry.file,
            message: &entry.message,
            since: entry.since.to_string(),
            fingerprint: &entry.fingerprint,
        };
        Self { accepted: used.accepted, gone: used.gone.iter().map(entry).collect() }
    }
}
