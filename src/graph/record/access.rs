//! Who may do what, and why: the answers of the authorizer as records.

use std::borrow::Cow;

use serde::Serialize;

use super::{BindingRecord, Recorder};
use crate::graph::grant::authorizer::{Caller, Decision, Doubt, Ground, View};
use crate::graph::grant::{Grant, RoleFound};
use crate::graph::tables::permission::{Request, Rule};

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionRecord {
    /// Whether it is allowed; none where something outside the input decides.
    pub allowed: Option<bool>,
    /// Why.
    pub why: Reason,
}

/// Why a request is answered as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// No binding gives the permission.
    NoBinding,
    /// The caller is in `system:masters`, which is never refused anything.
    Masters,
    /// A binding gives the permission, or may.
    Binding {
        /// The binding.
        binding: Box<BindingRecord>,
        /// Why it is not certain, as the end of a sentence; none where it is.
        doubt: Option<String>,
    },
    /// Variants of the caller differ: two roots, and the reason in each.
    Variants(Box<[(String, Reason); 2]>),
}

/// A caller who may do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HolderRecord {
    /// `namespace/account`, `user:NAME` or `group:NAME`, with the root where variants of it differ.
    pub who: String,
    /// The user name.
    pub user: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// Whether it is certain.
    #[serde(flatten)]
    pub decision: DecisionRecord,
}

/// All that a caller may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldRecord {
    /// The user name.
    pub user: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// What it may do, once for each variant of it.
    pub views: Vec<ViewRecord>,
}

/// What a caller may do, as seen from one root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewRecord {
    /// The root; none where nothing in the input names the caller.
    pub root: Option<String>,
    /// The cluster of the root, where it is known.
    pub cluster: Option<String>,
    /// What the caller certainly holds, sorted by namespace.
    pub rules: Vec<GrantRecord>,
    /// The bindings whose roles are not in the input.
    pub unknown: Vec<BindingRecord>,
}

/// One rule of a role that a caller holds through a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantRecord {
    /// Where it holds: none is the whole cluster, `?` a namespace that is not known.
    pub namespace: Option<String>,
    /// `verbs`.
    pub verbs: Vec<String>,
    /// `apiGroups`.
    pub api_groups: Vec<String>,
    /// `resources`.
    pub resources: Vec<String>,
    /// `resourceNames`; none means every name.
    pub resource_names: Vec<String>,
    /// `nonResourceURLs`.
    #[serde(rename = "nonResourceURLs")]
    pub non_resource_urls: Vec<String>,
    /// What gives it.
    pub via: BindingRecord,
}

impl GrantRecord {
    fn new(rule: &Rule<'_>, namespace: Option<&str>, via: &BindingRecord) -> Self {
        let owned = |words: &[Cow<'_, str>]| words.iter().map(ToString::to_string).collect();
        Self {
            namespace: namespace.map(str::to_owned),
            verbs: owned(&rule.verbs),
            api_groups: owned(&rule.groups),
            resources: owned(&rule.resources),
            resource_names: owned(&rule.names),
            non_resource_urls: owned(&rule.urls),
            via: via.clone(),
        }
    }

    /// `get, list secrets`, `get, list deployments.apps named web`.
    #[must_use]
    pub fn words(&self) -> String {
        let verbs = self.verbs.join(", ");
        if self.resources.is_empty() {
            return format!("{verbs} {}", self.non_resource_urls.join(", "));
        }
        let groups: Vec<&str> =
            self.api_groups.iter().map(|group| if group.is_empty() { "core" } else { group }).collect();
        let of = match groups.as_slice() {
            ["core"] => String::new(),
            ["*"] => " of every API group".to_owned(),
            groups => format!(" of {}", groups.join(", ")),
        };
        let named = if self.resource_names.is_empty() {
            String::new()
        } else {
            format!(" named {}", self.resource_names.join(", "))
        };
        format!("{verbs} {}{of}{named}", self.resources.join(", "))
    }
}

impl Recorder<'_, '_> {
    /// One answer for all views of a caller; where variants of the caller differ it is not known.
    #[must_use]
    pub fn decision(&self, views: &[View<'_, '_>], request: &Request<'_>) -> DecisionRecord {
        let decisions: Vec<Decision<'_, '_>> = views.iter().map(|view| view.decide(request)).collect();
        self.joined(views, &decisions)
    }

    fn joined(&self, views: &[View<'_, '_>], decisions: &[Decision<'_, '_>]) -> DecisionRecord {
        let Some(first) = decisions.first() else {
            return DecisionRecord { allowed: None, why: Reason::NoBinding };
        };
        match decisions.iter().position(|decision| decision.allowed != first.allowed) {
            None => DecisionRecord { allowed: first.allowed, why: self.reason(first) },
            Some(other) => {
                let root =
                    |at: usize| views[at].source.map_or("", |source| self.graph.places.sources.root(source));
                let of = |at: usize| (root(at).to_owned(), self.reason(&decisions[at]));
                DecisionRecord { allowed: None, why: Reason::Variants(Box::new([of(0), of(other)])) }
            }
        }
    }

    fn reason(&self, decision: &Decision<'_, '_>) -> Reason {
        match decision.grounds.first() {
            None => Reason::NoBinding,
            Some(Ground::Masters) => Reason::Masters,
            Some(Ground::BuiltIn(binding)) => {
                Reason::Binding { binding: Box::new((*binding).into()), doubt: None }
            }
            Some(Ground::Bound { grant, doubt }) => {
                Reason::Binding { binding: Box::new(self.via(grant)), doubt: doubt.map(Doubt::words) }
            }
        }
    }

    fn via(&self, grant: &Grant<'_, '_>) -> BindingRecord {
        self.binding(grant.binding, &grant.role)
    }

    /// Everybody who may do something, or may perhaps.
    #[must_use]
    pub fn holders(&self, request: &Request<'_>) -> Vec<HolderRecord> {
        self.graph.grants.callers().iter().flat_map(|caller| self.holder(caller, request)).collect()
    }

    /// Variants of a caller that agree are one holder; of those that differ, each is one with its root.
    fn holder(&self, caller: &Caller, request: &Request<'_>) -> Vec<HolderRecord> {
        let record = |who: String, decision: DecisionRecord| HolderRecord {
            who,
            user: caller.user.clone(),
            groups: caller.groups.clone(),
            decision,
        };
        let views = self.graph.grants.views_of(caller);
        let decisions: Vec<Decision<'_, '_>> = views.iter().map(|view| view.decide(request)).collect();
        let joined = self.joined(&views, &decisions);
        match joined.allowed {
            Some(true) => return vec![record(caller.to_string(), joined)],
            Some(false) => return Vec::new(),
            None => {}
        }
        let answers = views.iter().zip(&decisions).filter(|(_, decision)| decision.allowed != Some(false));
        let each = answers.map(|(view, decision)| {
            let root =
                view.source.filter(|_| views.len() > 1).map(|source| self.graph.places.sources.root(source));
            let place = root.map(|root| format!(" in {root}")).unwrap_or_default();
            let decision = DecisionRecord { allowed: decision.allowed, why: self.reason(decision) };
            record(format!("{caller}{place}"), decision)
        });
        each.collect()
    }

    /// All that a caller may do.
    #[must_use]
    pub fn held(&self, caller: &Caller, views: &[View<'_, '_>]) -> HeldRecord {
        HeldRecord {
            user: caller.user.clone(),
            groups: caller.groups.clone(),
            views: views.iter().map(|view| self.view(view)).collect(),
        }
    }

    /// What a caller certainly holds, sorted by namespace.
    #[must_use]
    pub fn rules_of(&self, view: &View<'_, '_>) -> Vec<GrantRecord> {
        self.view(view).rules
    }

    fn view(&self, view: &View<'_, '_>) -> ViewRecord {
        let (certain, unknown): (Vec<_>, Vec<_>) = view
            .grants
            .iter()
            .partition(|grant| matches!(grant.role, RoleFound::Known { platform: None, .. }));
        let mut rules = Vec::new();
        for grant in certain {
            let binding = grant.binding;
            let namespace = self.graph.places[binding.object].namespace.as_deref().unwrap_or("?");
            let namespace = (!binding.binding.cluster_wide).then_some(namespace);
            let via = self.via(grant);
            rules.extend(grant.role.rules().map(|rule| GrantRecord::new(rule, namespace, &via)));
        }
        for binding in view.built_in() {
            let via = binding.into();
            let of_role = view.built_in_rules(binding).into_iter();
            rules.extend(of_role.map(|rule| GrantRecord::new(rule, binding.metadata.namespace, &via)));
        }
        rules.sort_by(|a, b| a.namespace.cmp(&b.namespace));
        let sources = &self.graph.places.sources;
        ViewRecord {
            root: view.source.map(|source| sources.root(source).to_owned()),
            cluster: view.source.and_then(|source| sources.cluster(source)).map(str::to_owned),
            rules,
            unknown: unknown.into_iter().map(|grant| self.via(grant)).collect(),
        }
    }
}
