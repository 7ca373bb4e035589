//! Resources of rules that grant nothing: there are none of that name, or none where the role is bound.

use super::dead_rule::WrittenRule;
use crate::graph::tables::permission::{ALL, RESOURCE_VERBS, Request};
use crate::graph::tables::resource::{Scope, resource_meant, resources_named, resources_served};
use crate::graph::tables::void::{is_no_group, is_no_pattern, is_no_resource};
use crate::rules::{Draft, Emit};

impl WrittenRule<'_> {
    /// What is no API group.
    pub(super) fn groups(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        let has_core = self.rule.groups.iter().any(|group| group.is_empty() || group == ALL);
        for (item, group) in self.items("apiGroups").filter(|(_, group)| is_no_group(group)) {
            let meant = match group.split_once('/') {
                _ if group.contains('*') => "only `*` by itself is a pattern".to_owned(),
                Some((name, _)) => format!("without the version it is `{name}`"),
                None if group.to_lowercase() != group => "groups are in lower case".to_owned(),
                // The words for the core group do no harm beside it.
                None if has_core => continue,
                None => "the core group is the empty word".to_owned(),
            };
            let message = format!("`{group}` is no API group: {meant}");
            settle(emit.at("group", item, message).label("grants nothing").subject(&group));
        }
    }

    /// Resources that there are not, and patterns that match nothing.
    pub(super) fn resources(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        for (item, written) in self.items("resources") {
            if is_no_pattern(&written) {
                let plural = written.strip_suffix("/*").filter(|plural| *plural != ALL);
                let meant = plural.map_or("`*` is every resource".to_owned(), |plural| {
                    format!("list the subresources of `{plural}`")
                });
                let message = format!("`{written}` matches nothing: {meant}");
                let draft = emit.at("pattern", item, message);
                settle(draft.label("only `*` and `*/scale` are patterns").subject(&written));
                continue;
            }
            let plural = written.split('/').next().unwrap_or(&written);
            let served = resources_served(&self.groups, plural).next().is_some();
            if served || plural == ALL {
                continue;
            }
            if !self.has_own_groups {
                // Of what others serve only this is known.
                if is_no_resource(plural, self.groups.iter().copied()) {
                    let meant = resource_meant(plural).map(|known| known.plural);
                    let meant = meant.map_or("their names are in lower case".to_owned(), |plural| {
                        format!("`{plural}` is")
                    });
                    let draft = emit.at("resource", item, format!("`{written}` is no resource: {meant}"));
                    settle(draft.label("grants nothing").subject(&written));
                }
                continue;
            }
            let verb = self.rule.verbs.first().map_or("get", |verb| verb);
            let homes: Vec<&str> = resources_named(plural).map(|known| known.group).collect();
            let covered = |group: &&str| self.is_allowed_elsewhere(&Request::resource(verb, group, &written));
            let message = if let Some(home) = homes.first() {
                if homes.iter().any(covered) {
                    continue;
                }
                format!("`{plural}` are in `{}`, not in `{}`", shown(home), shown(&self.rule.groups[0]))
            } else if let Some(meant) =
                resource_meant(plural).filter(|known| self.groups.contains(known.group))
            {
                format!("`{written}` is no resource: `{}` is", meant.plural)
            } else {
                continue;
            };
            let draft = emit.at("resource", item, message);
            settle(draft.label("grants nothing").subject(&written));
        }
    }

    /// What stands outside namespaces, where the role is bound in some.
    pub(super) fn outside(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        let Some(form) = self.inert else { return };
        if let Some(entry) = self.node.entry("nonResourceURLs").filter(|_| !self.rule.urls.is_empty()) {
            let message = "paths stand outside namespaces: nothing bound in one gives them";
            settle(emit.key(form, entry, message).label("needs a ClusterRoleBinding"));
            return;
        }
        let has = |verbs: &[&str]| self.rule.verbs.iter().any(|verb| verbs.contains(&&**verb) || verb == ALL);
        // What is checked against the namespace of a pod or binding, such as `use` and `bind`, works.
        if !has(&RESOURCE_VERBS) && !has(&["impersonate", "escalate"]) {
            return;
        }
        let inert = |plural: &str| {
            // A request for a namespace stands in that namespace.
            let own = plural == "namespaces" && has(&["get", "update", "patch", "delete"]);
            let scopes = self.graph.places.scopes_of(self.placed.source, &self.groups, plural);
            let mut scopes = scopes.peekable();
            !own && scopes.peek().is_some() && scopes.all(|scope| scope == Scope::Cluster)
        };
        let outside = self.items("resources");
        let mut outside = outside.filter(|(_, written)| inert(written.split('/').next().unwrap_or(written)));
        let Some((item, written)) = outside.next() else { return };
        let by = if form == "inert" { "a Role" } else { "a RoleBinding" };
        let message = format!("`{written}` stand outside namespaces: {by} gives nothing on them");
        let draft = emit.at(form, item, message);
        draft.label("needs a ClusterRole and a ClusterRoleBinding").subject(&written);
        for (item, _) in outside {
            draft.related(item.span(), "neither on these");
        }
        settle(draft);
    }
}

fn shown(group: &str) -> &str {
    if group.is_empty() { "core" } else { group }
}
