//! A credential that a template takes apart and puts together, so that the way back ends at the template: where the values
//! or a file of the chart hold it as it is, that line is what is to be changed.

use crate::finding::{Engine, Finding, Label, RuleId};
use crate::load::{Texts, is_below};
use crate::render::paths::is_in_templates;
use crate::secrets::{SecretVerdict, decode_base64, engine, sensitive_name};
use crate::source::{File, SourceMap, Span};
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
    let is_computed = is_in_templates(file.path()) && line.contains("{{");
    if !is_of_rule || !by_helm || !is_computed {
        return;
    }
    let secret = secret.trim().trim_matches(['"', '\'']);
    let plain = decode_base64(secret).and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(span) = plain.as_deref().and_then(|plain| in_file(plain, root, texts.sources())) {
        return move_to(finding, vec![(span, Vec::new())]);
    }
    // The login of HTTP: whatever the password stands under, as the name of a user (RFC 7617).
    let password = plain.as_deref().and_then(|login| login.split_once(':')).map(|(_, password)| password);
    let wanted = Wanted { whole: [Some(secret), plain.as_deref()], password };
    // Renderings by other answers of a cluster add to the name of their set.
    let of_set = |values| [" where ", " with "].iter().fold(values, |name: &str, sign| before(name, sign));
    let set = values.map(of_set);
    for name in set.into_iter().chain(["values.yaml"]) {
        let path = if root.is_empty() || root == "." { name.to_owned() } else { format!("{root}/{name}") };
        let mut files = texts.sources().files().filter(|(_, file)| !file.is_rendered());
        let Some((file, _)) = files.find(|(_, file)| file.path() == path || file.path() == name) else {
            continue;
        };
        let mut found = Vec::new();
        for root in texts.documents(file).iter().filter_map(|document| document.doc().root()) {
            collect(root, &mut Vec::new(), &wanted, &mut found);
        }
        if !found.is_empty() {
            return move_to(finding, found);
        }
    }
}

/// Where the credential stands in the file of a chart that is the whole of a text: `Files.Get` and `AsSecrets` take it.
fn in_file(text: &str, root: &str, sources: &SourceMap) -> Option<Span> {
    let is_inside = |path: &str| root.is_empty() || root == "." || is_below(path, root);
    let is_it = |file: &File| !file.is_rendered() && file.text() == text && is_inside(file.path());
    let (id, file) = sources.files().find(|(_, file)| is_it(file))?;
    let name = file.path().rsplit('/').next().unwrap_or_default();
    match engine().secret_entry(name, text) {
        SecretVerdict::Plain(hit) => Some(Span::new(id, hit.range.start, hit.range.end)),
        _ => None,
    }
}

fn before<'t>(text: &'t str, sign: &str) -> &'t str {
    text.split(sign).next().unwrap_or(text)
}

/// What is looked for.
struct Wanted<'w> {
    /// Under a name that means a secret.
    whole: [Option<&'w str>; 2],
    /// Under any name.
    password: Option<&'w str>,
}

impl Wanted<'_> {
    fn is(&self, key: &str, text: &str) -> bool {
        /// A shorter word may stand anywhere.
        const SHORTEST: usize = 6;
        !text.is_empty() && self.whole.contains(&Some(text)) && sensitive_name(key)
            || text.len() >= SHORTEST && self.password == Some(text)
    }
}

/// The places of equal values, each with the keys that lead to it.
type Places = Vec<(Span, Vec<String>)>;

fn collect(node: Node<'_>, path: &mut Vec<String>, wanted: &Wanted<'_>, found: &mut Places) {
    if path.len() > DEPTH || node.alias_span().is_some() {
        return;
    }
    for entry in node.written() {
        let key = entry.key.text().unwrap_or_default();
        if entry.value.text().is_some_and(|text| wanted.is(&key, &text)) {
            found.push((entry.value.span(), path.clone()));
        }
        path.push(key.into_owned());
        collect(entry.value, path, wanted, found);
        path.pop();
    }
    node.items().for_each(|item| collect(item, path, wanted, found));
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
