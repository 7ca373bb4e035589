//! NHI101 in a template that names an account under a condition: what is to be set is the value, and not a second field.

use crate::finding::{Applicability, Finding, Fix, Label, RuleId};
use crate::render::paths::is_in_templates;
use crate::source::{SourceMap, Span};

const FIELD: &str = "serviceAccountName:";

/// Says which condition of the template names the account, in the place of a proposal that would write the field twice.
pub(super) fn propose(finding: &mut Finding, sources: &SourceMap) {
    let file = sources.file(finding.span.file);
    if finding.rule != RuleId(101) || file.is_rendered() || !is_in_templates(file.path()) {
        return;
    }
    let Some(switch) = Switch::of(file.text(), finding.span.start as usize) else { return };
    let span = Span::new(finding.span.file, switch.at, switch.at + FIELD.len() - 1);
    let message = format!("the template names an account here, where `{}` holds", switch.condition);
    finding.related.push(Label { span, message });
    let title = format!(
        "set the values that make `{}` hold, so that the template names an account",
        switch.condition
    );
    finding.fixes = vec![Fix::new(title, Applicability::Suggest, Vec::new())];
}

/// A condition of a template under which a pod names its account.
struct Switch<'t> {
    condition: &'t str,
    /// Where the field stands.
    at: usize,
}

impl<'t> Switch<'t> {
    /// The one condition between the start of a pod's spec and the field, if it asks for a value of the chart.
    fn of(text: &'t str, spec: usize) -> Option<Self> {
        let line_start = text.get(..spec)?.rfind('\n').map_or(0, |end| end + 1);
        let indent_of = |line: &str| line.len() - line.trim_start().len();
        let mut lines = text[line_start..].split_inclusive('\n');
        let first = lines.next()?;
        let outer = indent_of(first);
        let mut at = line_start + first.len();
        let mut inner = None;
        let mut open: Vec<Option<&'t str>> = Vec::new();
        for line in lines {
            let words = line.trim();
            let indent = indent_of(line);
            if words.starts_with("{{") {
                step(words, &mut open)?;
            } else if !words.is_empty() && !words.starts_with('#') {
                if indent <= outer {
                    return None;
                }
                let inner = *inner.get_or_insert(indent);
                if indent == inner && words.starts_with(FIELD) {
                    let [condition] = open.as_slice() else { return None };
                    let condition = (*condition)?;
                    return condition.contains("Values.").then_some(Self { condition, at: at + indent });
                }
            }
            at += line.len();
        }
        None
    }
}

/// Follows an action that stands alone on its line; `None` where more is opened before the field than is known, or closed.
fn step<'t>(words: &'t str, open: &mut Vec<Option<&'t str>>) -> Option<()> {
    let action = words.strip_prefix("{{")?.split("}}").next()?.trim_matches('-').trim();
    let (word, rest) = action.split_once(' ').unwrap_or((action, ""));
    match word {
        "if" | "with" if !words.contains("end }}") && !words.contains("end -}}") => {
            open.push(Some(rest.trim()));
        }
        "range" | "define" | "block" => open.push(None),
        // What holds in the other branch is not one condition.
        "else" => *open.last_mut()? = None,
        "end" => {
            open.pop()?;
        }
        _ => {}
    }
    Some(())
}
