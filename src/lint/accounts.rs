//! What is said of an account that several workloads share: at which lines they name it, and what to do where one text
//! names it for all.

use std::collections::BTreeSet;

use super::brief;
use crate::finding::{Applicability, Engine, Finding, Fix, Label, RuleId};
use crate::render::marked::CALLED;
use crate::render::paths::is_in_templates;
use crate::source::{SourceMap, Span};

pub(super) const SHARED_ACCOUNT: RuleId = RuleId(102);

/// What the line of another workload's account is called, before the workload.
const USED: &str = "used here by ";

/// The field in which a pod names its account.
pub(super) const ACCOUNT: &str = "serviceAccountName";

/// What the line is called on which a workload names the account.
pub(super) fn used_by(kind: &str, name: &str) -> String {
    format!("{USED}{kind} `{name}`")
}

/// Takes out the calls on lines of which it is known who uses the account there.
pub(super) fn keep_users(finding: &mut Finding, sources: &SourceMap) {
    if finding.rule != SHARED_ACCOUNT {
        return;
    }
    let line = |span: Span| (span.file, sources.file(span.file).position(span.start).line);
    let used = finding.related.iter().filter(|label| label.message.starts_with(USED));
    let used: BTreeSet<_> = used.map(|label| line(label.span)).chain([line(finding.span)]).collect();
    finding.related.retain(|label| label.message != CALLED || !used.contains(&line(label.span)));
}

/// Says what is to be done where one text of a chart names the account of several workloads, and at which lines.
pub(super) fn propose_apart(finding: &mut Finding, others: usize, sources: &SourceMap) {
    let is_by_hand = finding.fixes.first().is_some_and(Fix::is_by_hand);
    let by_helm = finding.rendered.as_ref().is_some_and(|rendered| rendered.by == Engine::Helm);
    if finding.rule != SHARED_ACCOUNT || !is_by_hand || !by_helm {
        return;
    }
    let is_template = |span: &Span| is_in_templates(sources.file(span.file).path());
    let named = |label: &&Label| label.message == CALLED || label.message.starts_with(USED);
    let related = finding.related.iter().filter(named).map(|label| label.span);
    // Where the line is that of one template, the others name it for themselves.
    let names_it = sources.text(finding.span).starts_with(ACCOUNT);
    let mut lines: Vec<String> = Vec::new();
    for span in related.filter(|span| !names_it && is_template(span)).chain([finding.span]) {
        let file = sources.file(span.file);
        let line = format!("{}:{}", file.path(), file.position(span.start).line);
        if !lines.contains(&line) && (span != finding.span || lines.is_empty()) {
            lines.push(line);
        }
    }
    let title = match (lines.len(), others) {
        (1, 0) => "let the template name an account of its own for it, such as a value for this component",
        (1, _) => {
            "let the template name another account for each workload that it makes, such as a key of each item"
        }
        _ => "let each template name an account of its own, such as a value for each component",
    };
    let why = format!("The name is the same wherever it is used, at {}.", brief::listed(&lines));
    finding.fixes =
        vec![Fix { edits: Err(why), ..Fix::new(title.to_owned(), Applicability::Suggest, Vec::new()) }];
}
