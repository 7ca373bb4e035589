//! The values that Applications of Argo CD give to charts: files, what they hold themselves, parameters.

use super::application::Application;
use super::finder::Finder;
use super::helm::{value_file, value_file_in_repository};
use super::root::{Given, Inline, Installation, Reason, ValueSet};
use super::setting::Setting;
use super::template::{expand, has_placeholder, placeholder_message};
use crate::render::paths::without_secrets;
use crate::source::Span;

impl Application<'_, '_> {
    /// The release and its values; `chart` is the one in this tree with its folder.
    pub(super) fn values(
        &self,
        finder: &mut Finder<'_>,
        source: &Setting,
        chart: Option<(usize, &str)>,
        at: Span,
        number: usize,
    ) {
        let helm = source.get("helm");
        let installation = self.installation(finder, helm, at);
        let mut set = ValueSet { installation, by: Some((self.index, at)), ..ValueSet::default() };
        let Some(helm) = helm else { return finder.add_values(chart, set, number) };
        let folder = chart.map(|(_, folder)| folder);
        let lenient = helm.is_true("ignoreMissingValueFiles");
        for node in helm.list("valueFiles") {
            match self.value_file(finder, node.text().unwrap_or_default(), folder) {
                Some(Ok(file)) => set.files.push(file),
                Some(Err((Reason::MissingValues, _))) if lenient => {}
                Some(Err(why)) => set.partial |= self.without(finder, node.span(), why),
                // Inside a chart that is not here.
                None => {}
            }
        }
        self.inline(finder, helm, &mut set);
        self.parameters(finder, helm, &mut set);
        self.files(finder, helm, folder, &mut set);
        finder.add_values(chart, set, number);
    }

    /// Says why some of the values are not there. What only is not known leaves the others: `true`. Else nothing is
    /// rendered.
    fn without(&self, finder: &mut Finder<'_>, at: Span, (reason, message): (Reason, String)) -> bool {
        let is_unknown = matches!(reason, Reason::Templated | Reason::RemoteBase);
        if is_unknown {
            self.leave(finder, reason, at, message);
        } else {
            finder.refuse(self.index, reason, at, message);
        }
        is_unknown
    }

    fn installation(&self, finder: &Finder<'_>, helm: Option<&Setting>, at: Span) -> Installation {
        let text = |key: &str| helm.and_then(|helm| helm.field(key)).map(|(text, _)| text.to_owned());
        let is_true = |key: &str| helm.is_some_and(|helm| helm.is_true(key));
        let api = helm.into_iter().flat_map(|helm| helm.list("apiVersions"));
        let named = || Some(self.name.to_owned()).filter(|name| !name.is_empty());
        let is_known = |name: &String| !has_placeholder(name);
        Installation {
            release: text("releaseName").or_else(named).filter(is_known),
            namespace: text("namespace")
                .and_then(|name| finder.known_namespace(at.file, &name))
                .filter(is_known),
            skip_crds: is_true("skipCrds"),
            skip_tests: is_true("skipTests"),
            skip_schema: is_true("skipSchemaValidation"),
            kubernetes: text("kubeVersion").filter(is_known),
            api: api.filter_map(Setting::text).map(str::to_owned).filter(is_known).collect(),
            ..Installation::default()
        }
    }

    /// The values that the Application holds itself; of two kinds the object wins.
    fn inline(&self, finder: &mut Finder<'_>, helm: &Setting, set: &mut ValueSet) {
        let written = |field: &'static str| helm.get(field).filter(|value| !value.is_null());
        let values = written("valuesObject").map(|value| ("valuesObject", value));
        let values = values.or_else(|| written("values").map(|value| ("values", value)));
        let Some((field, value)) = values else { return };
        if value.is_open() {
            let why = (Reason::Templated, placeholder_message(field));
            set.partial |= self.without(finder, value.span(), why);
        }
        if let Some(text) = value.known_values() {
            set.inline.push(Inline { field, at: value.span(), given: Given::Text(text) });
        }
    }

    /// The parameters, those that are strings after the others.
    fn parameters(&self, finder: &mut Finder<'_>, helm: &Setting, set: &mut ValueSet) {
        let is_forced = |item: &&Setting| item.is_true("forceString");
        let (forced, plain): (Vec<_>, Vec<_>) = helm.list("parameters").partition(is_forced);
        let options = plain.into_iter().map(|item| (item, "--set"));
        for (item, option) in options.chain(forced.into_iter().map(|item| (item, "--set-string"))) {
            let Some(((name, _), value)) = item.field("name").zip(item.get("value")) else { continue };
            let Some(text) = value.text() else { continue };
            if item.is_open() {
                let why = (Reason::Templated, placeholder_message(text));
                set.partial |= self.without(finder, value.span(), why);
                continue;
            }
            let text = expand(text, &self.environment).unwrap_or_else(|| text.to_owned());
            // A comma would begin the next parameter, unless it stands in a list.
            let is_list = text.starts_with('{') && text.ends_with('}');
            let text = if is_list { text } else { text.replace("\\,", ",").replace(',', "\\,") };
            let given = Given::Option(option, format!("{name}={text}"));
            set.inline.push(Inline { field: "parameters", at: value.span(), given });
        }
    }

    /// Values that are the text of a file; the path is seen from the chart.
    fn files(&self, finder: &mut Finder<'_>, helm: &Setting, folder: Option<&str>, set: &mut ValueSet) {
        for item in helm.list("fileParameters") {
            let Some(((name, _), (path, at))) = item.field("name").zip(item.field("path")) else { continue };
            // Either would begin a parameter that nobody looked at.
            if name.contains(['=', ',']) {
                let message = "the name of a parameter holds `=` or `,`";
                finder.refuse(self.index, Reason::Malformed, at, message);
                continue;
            }
            match self.value_file(finder, path, folder) {
                Some(Ok(file)) => {
                    let given = Given::File(name.to_owned(), file);
                    set.inline.push(Inline { field: "fileParameters", at, given });
                }
                Some(Err((reason, message))) => {
                    let message = message.replace("the value file", "the file");
                    set.partial |= self.without(finder, at, (reason, message));
                }
                None => {}
            }
        }
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
            self.all.iter().find(|source| source.get("ref").and_then(Setting::text) == Some(name))
        });
        if let Some(lender) = lender {
            if has_placeholder(rest) {
                return Some(Err((Reason::Templated, placeholder_message(written))));
            }
            let address = lender.field("repoURL").map_or("", |(text, _)| text);
            if !self.own.is_ours(address) {
                let from = without_secrets(address);
                let message = format!("the value file `{rest}` is in `{from}`, which is not this tree");
                return Some(Err((Reason::RemoteBase, message)));
            }
            let tops = self.own.tops(self.file, address).into_iter();
            let mut found = tops.map(|top| value_file(finder, top, top, rest));
            let near = || value_file_in_repository(finder, self.file, rest);
            return Some(found.find(Result::is_ok).unwrap_or_else(near));
        }
        if let Some(name) = lent {
            let message = format!("no source of the Application lends its files as `{name}`");
            return Some(Err((Reason::Malformed, message)));
        }
        let Some(path) = expand(written, &self.environment).filter(|path| !has_placeholder(path)) else {
            return Some(Err((Reason::Templated, placeholder_message(written))));
        };
        Some(value_file(finder, finder.index.tree.repository(self.file), folder?, &path))
    }
}
