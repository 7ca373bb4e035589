//! Rules of roles that grant nothing, or less than they say: the walk, verbs and names.

use crate::finding::Operation;
use crate::graph::permission::{ALL, ESCALATION_VERBS, RESOURCE_VERBS, Request, Rule, allowed};
use crate::graph::resource::is_own_group;
use crate::graph::{Graph, Placed, RoleUse};
use crate::k8s::binding::rules;
use crate::rules::{Draft, Emit};
use crate::yaml::Node;

/// Verbs that some API of Kubernetes asks for besides those of requests.
const OTHER_VERBS: [&str; 5] = ["use", "approve", "sign", "attest", "*"];

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

/// Rules of a role that one is compared with; roles may be made to be slow.
const MOST_RULES: usize = 1000;

/// One rule of a role that is looked at.
pub(super) struct Look<'l> {
    pub(super) placed: &'l Placed<'l>,
    pub(super) graph: &'l Graph<'l>,
    pub(super) node: Node<'l>,
    pub(super) rule: &'l Rule<'l>,
    /// Every rule of the role.
    written: &'l [(Node<'l>, Rule<'l>)],
    /// The form for what stands outside namespaces, where no binding reaches that.
    pub(super) inert: Option<&'static str>,
}

pub(super) fn look<'a>(placed: &Placed<'a>, graph: &Graph<'a>, emit: &mut Emit<'_>) {
    let written: Vec<(Node<'_>, Rule<'_>)> =
        rules(&placed.object).map(|node| (node, Rule::from_node(node))).collect();
    let dormant = graph.role_use(placed) == RoleUse::Dormant;
    let settle = |draft: &mut Draft| {
        if dormant {
            draft.step(-1, "No binding in the input gives this role to an identity.");
        }
    };
    let aggregated = placed.object.node.get("aggregationRule").is_some_and(Node::is_map);
    if aggregated && placed.object.is_cluster_scoped() {
        if let Some(entry) = placed.object.node.entry("rules").filter(|_| !written.is_empty()) {
            let message = "what is written here is overwritten by the roles that are aggregated";
            settle(emit.key("overwritten", entry, message).label("`aggregationRule` fills it"));
        }
        return;
    }
    let mut bindings = graph.bindings_of(placed).peekable();
    let inert = match placed.object.is_cluster_scoped() {
        false => Some("inert"),
        true if bindings.peek().is_some() && bindings.all(|bound| !bound.binding.cluster_wide) => {
            Some("inert-here")
        }
        true => None,
    };
    for (node, rule) in &written {
        let look = Look { placed, graph, node: *node, rule, written: &written, inert };
        look.verbs(emit, &settle);
        look.names(emit, &settle);
        look.resources(emit, &settle);
        look.outside(emit, &settle);
    }
}

impl<'l> Look<'l> {
    pub(super) fn items(&self, field: &str) -> impl Iterator<Item = (Node<'l>, String)> + use<'l> {
        let items = self.node.get(field).into_iter().flat_map(Node::items);
        items.filter_map(|item| Some((item, item.as_str()?.into_owned())))
    }

    pub(super) fn has_own_groups(&self) -> bool {
        !self.rule.groups.is_empty() && self.rule.groups.iter().all(|group| is_own_group(group))
    }

    /// Whether another rule of the role allows what this one seems to.
    pub(super) fn is_allowed_elsewhere(&self, request: &Request<'_>) -> bool {
        let others = self.written.iter().take(MOST_RULES).map(|(_, rule)| rule);
        allowed(others.filter(|rule| !std::ptr::eq(*rule, self.rule)), request)
    }

    fn verbs(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        if !self.rule.urls.is_empty() || self.rule.verbs.iter().any(|verb| verb == ALL) {
            return;
        }
        let known = |verb: &str| {
            RESOURCE_VERBS.contains(&verb) || ESCALATION_VERBS.contains(&verb) || OTHER_VERBS.contains(&verb)
        };
        for (item, verb) in self.items("verbs") {
            let lower = verb.to_lowercase();
            // APIs of others have verbs of their own, and so will Kubernetes: with a colon or a dash.
            let own = self.has_own_groups() && !verb.contains([':', '-', '/']);
            if known(&verb) || !(own || known(&lower)) {
                continue;
            }
            let mistaken = MISTAKEN.iter().find(|(word, _)| *word == lower);
            let meant = match mistaken {
                _ if known(&lower) => format!("`{lower}` is meant"),
                Some((_, meant)) => format!("{meant} may be meant"),
                None => "it grants nothing".to_owned(),
            };
            let draft = emit.at("verb", item, format!("`{verb}` is no verb of these resources: {meant}"));
            draft.label("the API server never asks for it").subject(&verb);
            if known(&lower) {
                let path = draft.path.clone().unwrap_or_default();
                draft.suggest("write the verb in lower case", [(path, Operation::Set(lower))]);
            }
            settle(draft);
        }
    }

    /// A name is only in requests that have one (kubernetes `ResourceNameMatches`).
    fn names(&self, emit: &mut Emit<'_>, settle: &impl Fn(&mut Draft)) {
        if self.rule.names.is_empty() {
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
