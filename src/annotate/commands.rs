//! What is left where comments cannot be written: workflow commands, which GitHub Actions shows as annotations.

use crate::finding::Severity;
use crate::report::review::{command, more, sentence, severity_command};

use super::report::Finding;

/// So many of a kind the runner shows of each step (actions/runner, `ExecutionContext.cs`).
const MOST: usize = 10;

/// The worst of each level, and a line that counts the rest. The findings come ranked.
pub(super) fn commands(ranked: &[&Finding]) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let findings: Vec<&&Finding> = ranked.iter().filter(|finding| finding.severity == severity).collect();
        let room = if findings.len() > MOST { MOST - 1 } else { MOST };
        let shown = &findings[..findings.len().min(room)];
        out.extend(shown.iter().map(|finding| line(finding)));
        out.extend(more(severity, findings.len() - shown.len()));
    }
    out
}

fn line(finding: &Finding) -> String {
    let location = &finding.location;
    let mut properties = Vec::new();
    // Standard input is no file.
    if location.file != "-" {
        properties.extend([("file", location.file.clone()), ("line", location.line.to_string())]);
    }
    if location.file != "-" && location.line == location.end_line {
        properties.push(("col", location.column.to_string()));
        properties.push(("endColumn", location.end_column.to_string()));
    }
    properties.push(("title", format!("{} {}", finding.rule, finding.name)));
    let message = format!("{} {}", sentence(&finding.headline()), sentence(&finding.help));
    command(severity_command(finding.severity), &properties, &message)
}
