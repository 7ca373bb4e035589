//! What deployers give to what is rendered: what of it is not known, and what is secret.

use std::collections::BTreeSet;

use super::jobs::Task;
use super::roots::{Given, Reason, Refusal};
use super::{Output, Rendered};
use crate::source::Span;

/// How many names one message tells.
const SHOWN: usize = 3;

impl Rendered {
    /// Says of deployers what could not be filled in, as far as something would have been.
    pub(super) fn note_unfilled(&mut self) {
        let mut found: Vec<(usize, Refusal)> = Vec::new();
        for output in &self.outputs {
            let Some((deployer, _)) = output.job.deployer else { continue };
            let Some(filled) = &output.filled else { continue };
            let at = self.roots[deployer].at;
            let of = |reason, message, at| (deployer, Refusal { reason, message, at, through: None });
            for (object, reason) in &filled.errors {
                let message = format!("Flux cannot fill in a placeholder of {object}: {reason}");
                found.push(of(Reason::Malformed, message, at));
            }
            let unknown = output.job.substitutes().map_or(&[][..], |given| &given.unknown);
            for (from, why) in unknown.iter().filter(|_| !filled.unknown.is_empty()) {
                let names: Vec<&str> = filled.unknown.iter().map(String::as_str).take(SHOWN).collect();
                let more = if filled.unknown.len() > SHOWN { " and others" } else { "" };
                let message = format!("{why}: `{}`{more}", names.join("`, `"));
                found.push(of(Reason::NeedsCluster, message, Some(*from)));
            }
        }
        for (deployer, refusal) in found {
            let unjudged = &mut self.roots[deployer].unjudged;
            if !unjudged.contains(&refusal) {
                unjudged.push(refusal);
            }
        }
    }

    /// The values that deployers took from Secrets, and gave to what was rendered.
    #[must_use]
    pub fn secret_values(&self) -> BTreeSet<String> {
        let mut secrets = BTreeSet::new();
        for output in &self.outputs {
            let filled = output.job.substitutes().into_iter().flat_map(|given| given.values.values());
            let filled = filled.filter(|(_, at)| self.is_in_secret(*at));
            secrets.extend(filled.map(|(text, _)| text.clone()));
            for text in self.texts_given(output) {
                match serde_yaml::from_str::<serde_json::Value>(text) {
                    Ok(values) => add_texts(&values, &mut secrets),
                    Err(_) => _ = secrets.insert(text.clone()),
                }
            }
        }
        secrets
    }

    /// The texts of Secrets that a chart got as values.
    fn texts_given<'o>(&self, output: &'o Output) -> Vec<&'o String> {
        let Task::Helm(set) = &output.job.task else { return Vec::new() };
        let texts = set.inline.iter().filter_map(|inline| match &inline.given {
            Given::Text(text) => self.is_in_secret(inline.at).then_some(text),
            Given::Values(_) | Given::File(..) | Given::Option(..) => None,
        });
        texts.collect()
    }

    fn is_in_secret(&self, at: Span) -> bool {
        let mut documents = self.texts.documents(at.file).iter();
        let around = documents.find(|one| one.span().start <= at.start && at.end <= one.span().end);
        let kind = around.and_then(|document| document.doc().root()?.get("kind")?.text());
        kind.is_some_and(|kind| kind == "Secret")
    }
}

/// The texts among some values, and their lines.
fn add_texts(values: &serde_json::Value, found: &mut BTreeSet<String>) {
    match values {
        serde_json::Value::String(text) => found.extend(text.lines().map(|line| line.trim().to_owned())),
        serde_json::Value::Array(items) => items.iter().for_each(|item| add_texts(item, found)),
        serde_json::Value::Object(entries) => entries.values().for_each(|value| add_texts(value, found)),
        serde_json::Value::Number(number) => _ = found.insert(number.to_string()),
        serde_json::Value::Null | serde_json::Value::Bool(_) => {}
    }
}
