//! A credential that a template takes apart and puts together, so that the way back ends at the template: where the values
//! of the chart hold it as it is, that line is what is to be changed.

use crate::finding::{Engine, Finding, Label, RuleId};
use crate::load::Texts;
use crate::secrets::{decode_base64, sensitive_name};
use crate::source::Span;
use crate::yaml::Node;

/// Rules about credentials in text.
const ABOUT_CREDENTIALS: [RuleId; 3] = [RuleId(201), RuleId(202), RuleId(203)];

/// Deeper values are not written by people.
const DEPTH: usize = 40;

/// Moves a finding from the line of a template to the value that holds the text `secret`, under a name that means one.
/// `values` is the set of values that it was rendered with, `root` the chart.
pub(super) fn prefer_value(
    finding: &mut Finding,
    secret: &str,
    (root, values): (&str, Option<&str>),
    texts: &Texts,
) {
    let is_of_rule = ABOUT_CREDENTIALS.contains(&finding.rule);
    let by_helm = finding.rendered.as_ref().is_some_and(|rendered| rendered.by == Engine::Helm);
    let file = texts.sources().file(finding.span.file);
    let line = file.line(file.position(finding.span.start).line);
    let is_computed = file.path().contains("templates/") && line.contains("{{");
    if !is_of_rule || !by_helm || !is_computed {
        return;
    }
    let secret = secret.trim().trim_matches(['"', '\'']);
    let plain = decode_base64(secret).filter(|_| finding.rule == RuleId(203));
    let plain = plain.and_then(|bytes| String::from_utf8(bytes).ok());
    let secrets = [Some(secret), plain.as_deref()];
    let set = values.map(|values| values.split(" with ").next().unwrap_or(values));
    for name in set.into_iter().chain(["values.yaml"]) {
        let path = if root.is_empty() || root == "." { name.to_owned() } else { format!("{root}/{name}") };
        let mut files = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        let Some((file, _)) = files.find(|(_, file)| file.path() == path || file.path() == name) else {
            continue;
        };
        let mut found = Vec::new();
        for root in texts.documents(file).iter().filter_map(|document| document.doc().root()) {
            collect(root, &mut Vec::new(), &secrets, &mut found);
        }
        if !found.is_empty() {
            return move_to(finding, found);
        }
    }
}

/// The places of equal values, each with the keys that lead to it.
type Places = Vec<(Span, Vec<String>)>;

fn collect(node: Node<'_>, path: &mut Vec<String>, secrets: &[Option<&str>], found: &mut Places) {
    if path.len() > DEPTH || node.alias_span().is_some() {
        return;
    }
    for entry in node.written() {
        let key = entry.key.text().unwrap_or_default();
        let text = entry.value.text().filter(|text| sensitive_name(&key) && !text.is_empty());
        if text.is_some_and(|text| secrets.contains(&Some(&text))) {
            found.push((entry.value.span(), path.clone()));
        }
        path.push(key.into_owned());
        collect(entry.value, path, secrets, found);
        path.pop();
    }
    node.items().for_each(|item| collect(item, path, secrets, found));
}

/// Of equal values the one whose keys are in the name of the object is meant; else it may be any.
fn move_to(finding: &mut Finding, mut found: Places) {
    let name = finding.object.as_ref().map(|object| object.name.clone()).unwrap_or_default();
    let words: Vec<&str> = name.split(['-', '.']).collect();
    found.sort_by_key(|(_, path)| !path.iter().any(|key| words.contains(&key.as_str())));
    let mut places = found.into_iter().map(|(span, _)| span);
    let Some(first) = places.next() else { return };
    finding.related.push(Label { span: finding.span, message: "the template line that takes it".into() });
    finding.related.extend(places.map(|span| Label { span, message: "holds the same".into() }));
    finding.related.retain(|label| label.span != first);
    finding.span = first;
}
