//! Verbs that grant nothing, and verbs that names make useless.

use super::dead_rule::WrittenRule;
use crate::finding::Operation;
use crate::graph::tables::permission::{ALL, Request};
use crate::graph::tables::void::{asked_of_others, is_known_verb, is_name, is_no_verb};
use crate::rules::emit::change;
use crate::rules::{Draft, Emit};

/// What is written for what is meant.
const MISTAKEN: [(&str, &str); 9] = [
    ("read", "`get`, `list` and `watch`"),
    ("view", "`get`, `list` and `watch`"),
    ("write", "`create`, `update` and `patch`"),
    ("edit", "`update` and `patch`"),
    ("modify", "`update` and `patch`"),
    ("put", "`update`"),
    ("post", "`create`"),
    ("remove", "`delete`"),
    ("all", "`*`"),
];

impl WrittenRule<'_> {
    pub(super) fn verbs(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        if !self.rule.urls.is_empty() || self.rule.verbs.iter().any(|verb| verb == ALL) {
            return;
        }
        for (item, verb) in self.items("verbs") {
            let lower = verb.to_lowercase();
            let resources = || self.rule.resources.iter().map(AsRef::as_ref);
            if self.has_own_groups
                && let Some(asked) = asked_of_others(&verb, resources())
            {
                let message =
                    format!("`{verb}` is asked of `{}`, not of these resources", asked.join("`, `"));
                settle(emit.at("verb", item, message).label("grants nothing").subject(&verb));
            }
            if !is_no_verb(&verb, self.has_own_groups) {
                continue;
            }
            let mistaken = MISTAKEN.iter().find(|(word, _)| *word == lower);
            let meant = match mistaken {
                _ if is_known_verb(&lower) => format!("`{lower}` is meant"),
                Some((_, meant)) => format!("{meant} may be meant"),
                None => "it grants nothing".to_owned(),
            };
            let draft = emit.at("verb", item, format!("`{verb}` is no verb of these resources: {meant}"));
            draft.label("the API server never asks for it").subject(&verb);
            if is_known_verb(&lower) {
                let set = change(self.placed, item, Operation::Set(lower));
                draft.suggest("write the verb in lower case", set);
            }
            settle(draft);
        }
    }

    /// A name is only in requests that have one (kubernetes `ResourceNameMatches`).
    pub(super) fn names(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        for (item, name) in self.items("resourceNames").filter(|(_, name)| name.contains('*')) {
            let message = format!("`{name}` is no pattern among names: it is an object called so");
            settle(emit.at("pattern", item, message).label("grants nothing").subject(&name));
        }
        if !self.rule.names.iter().any(|name| is_name(name)) {
            return;
        }
        for (item, verb) in
            self.items("verbs").filter(|(_, verb)| verb == "create" || verb == "deletecollection")
        {
            let whole =
                self.rule.resources.iter().filter(|written| !written.contains('/') && *written != ALL);
            let unmet = |plural: &str| {
                let group = self.rule.groups.first().map_or("", |group| group);
                !self.is_allowed_elsewhere(&Request::resource(&verb, group, plural))
            };
            let Some(plural) = whole.map(AsRef::as_ref).find(|plural| unmet(plural)) else {
                continue;
            };
            let message = if verb == "create" {
                format!("`create` of named `{plural}` works by apply or update only, not by a plain create")
            } else {
                format!("`deletecollection` of named `{plural}` is never allowed")
            };
            let draft = emit.at("named", item, message);
            draft.label("such requests carry no name").subject(&verb);
            if let Some(names) = self.node.entry("resourceNames") {
                draft.related(names.key.span(), "limited to these names");
            }
            settle(draft);
        }
    }
}
