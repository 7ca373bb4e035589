//! The values that Applications of Argo CD give to charts: files, what they hold themselves, parameters.

use super::application::Application;
use super::finder::Finder;
use super::helm::{value_file, value_file_in_repository};
use super::root::{Given, Inline, Installation, Reason, ValueSet};
use super::template::{expand, has_placeholder, placeholder_message};
use crate::source::Span;
use crate::yaml::{Node, to_json};

impl Application<'_, '_> {
    /// The release and its values; `chart` is the one in this tree with its folder.
    pub(super) fn values(
        &self,
        finder: &mut Finder<'_>,
        source: Node<'_>,
        chart: Option<(usize, &str)>,
        at: Span,
        number: usize,
    ) {
        let helm = source.get("helm");
        let installation = self.installation(finder, helm, at);
        let mut set = ValueSet { installation, by: Some((self.index, at)), ..ValueSet::default() };
        let Some(helm) = helm else { return finder.add_values(chart, set, number) };
        let lenient = helm.get("ignoreMissingValueFiles").and_then(Node::as_bool) == Some(true);
        for node in helm.get("valueFiles").into_iter().flat_map(Node::items) {
            let written = node.text().map(|text| self.reading.fill(&text)).unwrap_or_default();
            match self.value_file(finder, &written, chart.map(|(_, folder)| folder)) {
                Some(Ok(file)) => set.files.push(file),
                Some(Err((Reason::MissingValues, _))) if lenient => {}
                Some(Err((reason, message))) => finder.refuse(self.index, reason, node.span(), message),
                // Inside a chart that is not here.
                None => {}
            }
        }
        set.inline = self.inline(finder, helm);
        set.inline.extend(self.files(finder, helm, chart.map(|(_, folder)| folder)));
        finder.add_values(chart, set, number);
    }

    fn installation(&self, finder: &Finder<'_>, helm: Option<Node<'_>>, at: Span) -> Installation {
        let text = |key: &str| helm.and_then(|helm| self.text(helm, key)).map(|(text, _)| text);
        let is_true = |key: &str| helm.and_then(|helm| helm.get(key)?.as_bool()) == Some(true);
        let api = helm.and_then(|helm| helm.get("apiVersions")).into_iter().flat_map(Node::items);
        let named = || Some(self.name.to_owned()).filter(|name| !name.is_empty() && !has_placeholder(name));
        Installation {
            release: text("releaseName").or_else(named),
            namespace: text("namespace").and_then(|name| finder.known_namespace(at.file, &name)),
            skip_crds: is_true("skipCrds"),
            skip_tests: is_true("skipTests"),
            bare: false,
            kubernetes: text("kubeVersion"),
            api: api.filter_map(Node::text).map(|version| self.reading.fill(&version)).collect(),
            ..Installation::default()
        }
    }

    /// What the Application gives itself: values (of two kinds the object wins), then parameters, those that are
    /// strings after the others.
    fn inline(&self, finder: &mut Finder<'_>, helm: Node<'_>) -> Vec<Inline> {
        let written = |field: &'static str| helm.get(field).filter(|value| !value.is_null());
        let values = written("valuesObject").map(|value| ("valuesObject", value));
        let values = values.or_else(|| written("values").map(|value| ("values", value)));
        let mut inline: Vec<Inline> = values
            .map(|(field, value)| {
                let filled = match value.as_str() {
                    Some(text) => self.reading.filled(&text),
                    None => self.reading.filled_value(&to_json(value)).map(|value| value.to_string()),
                };
                if filled.is_none() {
                    finder.refuse(self.index, Reason::Templated, value.span(), placeholder_message(field));
                }
                Inline { field, at: value.span(), given: Given::Text(filled.unwrap_or_default()) }
            })
            .into_iter()
            .collect();
        let parameter = |item: Node<'_>, option: &'static str| {
            let (name, _) = self.text(item, "name")?;
            let value = item.get("value").and_then(Node::text).map(|text| self.reading.fill(&text))?;
            let value = expand(&value, &self.environment).unwrap_or(value);
            // A comma would begin the next parameter, unless it stands in a list.
            let is_list = value.starts_with('{') && value.ends_with('}');
            let value = if is_list { value } else { value.replace("\\,", ",").replace(',', "\\,") };
            let at = item.get("value").unwrap_or(item).span();
            Some(Inline { field: "parameters", at, given: Given::Option(option, format!("{name}={value}")) })
        };
        let is_forced = |item: &Node<'_>| item.get("forceString").and_then(Node::as_bool) == Some(true);
        let items = helm.get("parameters").into_iter().flat_map(Node::items);
        let (forced, plain): (Vec<_>, Vec<_>) = items.partition(is_forced);
        inline.extend(plain.into_iter().filter_map(|item| parameter(item, "--set")));
        inline.extend(forced.into_iter().filter_map(|item| parameter(item, "--set-string")));
        inline
    }

    /// Values that are the text of a file; the path is seen from the chart.
    fn files(&self, finder: &mut Finder<'_>, helm: Node<'_>, folder: Option<&str>) -> Vec<Inline> {
        let mut files = Vec::new();
        for item in helm.get("fileParameters").into_iter().flat_map(Node::items) {
            let (Some((name, _)), Some((path, at))) = (self.text(item, "name"), self.text(item, "path"))
            else {
                continue;
            };
            // Either would begin a parameter that nobody looked at.
            if name.contains(['=', ',']) {
                let message = "the name of a parameter holds `=` or `,`";
                finder.refuse(self.index, Reason::Malformed, at, message);
                continue;
            }
            match self.value_file(finder, &path, folder) {
                Some(Ok(file)) => {
                    files.push(Inline { field: "fileParameters", at, given: Given::File(name, file) });
                }
                Some(Err((reason, message))) => {
                    let message = message.replace("the value file", "the file");
                    finder.refuse(self.index, reason, at, message);
                }
                None => {}
            }
        }
        files
    }

    fn value_file(
        &self,
        finder: &Finder<'_>,
        written: &str,
        folder: Option<&str>,
    ) -> Option<Result<String, (Reason, String)>> {
        let (first, rest) = written.split_once('/').unwrap_or((written, ""));
        let lent = first.strip_prefix('$').filter(|_| self.all.len() > 1);
        let lender = lent.and_then(|name| {
            self.all.iter().find(|source| source.get("ref").and_then(Node::text).as_deref() == Some(name))
        });
        if let (Some(name), None) = (lent, lender) {
            let message = format!("no source of the Application lends its files as `{name}`");
            return Some(Err((Reason::Malformed, message)));
        }
        if lender.is_some() {
            return Some(value_file_in_repository(finder, self.file, rest));
        }
        let Some(path) = expand(written, &self.environment).filter(|path| !has_placeholder(path)) else {
            return Some(Err((Reason::Templated, placeholder_message(written))));
        };
        Some(value_file(finder, finder.index.tree.repository(self.file), folder?, &path))
    }
}
