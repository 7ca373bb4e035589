//! Values of a chart that put a Secret into the environment, for NHI204.

use crate::graph::Reference;
use crate::rules::{Context, Draft, Emit};

/// Values of charts that no rendered text shows.
pub(crate) fn values(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let names = context.settings.patterns(context.rule, "allowNames");
    for text in context.graph.credentials.value_texts() {
        let mut emit = Emit::values(context.rule, text, drafts);
        for Reference { node, span, variable, secret } in &text.references {
            let (form, message) = match variable {
                Some(name) if names.has(name) => continue,
                Some(name) => ("key", format!("`{name}` is a secret in the environment")),
                None => (
                    "whole",
                    format!("`envFrom` injects every key of Secret `{secret}` into the environment"),
                ),
            };
            let draft = emit.part(form, *node, *span, message);
            draft.label(format!("Secret `{secret}`, given to a chart that is not rendered"));
            draft.subject(format!("{} {secret}", variable.as_deref().unwrap_or_default()));
        }
    }
}
