//! Values of a chart that put a Secret into the environment, for NHI204.

use super::listed::listed;
use crate::graph::Reference;
use crate::rules::emit::SHOWN;
use crate::rules::{Context, Draft, Emit};
use crate::secrets::stands_beside_a_secret;

/// Values of charts that no rendered text shows: one finding for each Secret that a file names.
pub(crate) fn values(context: &Context<'_>, drafts: &mut Vec<Draft>) {
    let names = context.settings.patterns(context.rule, "allowNames");
    for text in context.graph.credentials.value_texts() {
        let mut emit = Emit::values(context.rule, text, drafts);
        let mut secrets: Vec<Vec<&Reference<'_>>> = Vec::new();
        let is_secret = |reference: &&Reference<'_>| {
            let name = reference.variable.as_deref();
            !name.is_some_and(|name| names.has(name) || stands_beside_a_secret(name, ""))
        };
        for reference in text.references.iter().filter(is_secret) {
            match secrets.iter_mut().find(|all| all[0].secret == reference.secret) {
                Some(all) => all.push(reference),
                None => secrets.push(vec![reference]),
            }
        }
        for all in secrets {
            let first = all.iter().find(|one| one.variable.is_none()).unwrap_or(&all[0]);
            let secret = &first.secret;
            let (form, message) = if first.variable.is_some() {
                let variables = listed(all.iter().filter_map(|one| one.variable.clone()));
                let are = if all.len() == 1 { "is a secret" } else { "are secrets" };
                ("key", format!("{variables} {are} in the environment"))
            } else {
                ("whole", format!("`envFrom` injects every key of Secret `{secret}` into the environment"))
            };
            let draft = emit.part(form, first.node, first.span, message);
            draft.label(format!("Secret `{secret}`, given to a chart that is not rendered"));
            draft.subject(secret.clone());
            for other in all.iter().filter(|other| other.span != first.span).take(SHOWN) {
                draft.related(other.span, format!("`{}`", other.variable.as_deref().unwrap_or("envFrom")));
            }
        }
    }
}
