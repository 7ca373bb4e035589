//! Answers as the API server's RBAC authorizer would, were the run applied: allowed, not allowed, or not known.
//!
//! Follows `pkg/registry/rbac/validation/rule.go` for who is bound where, and the table of permissions for what a rule
//! matches. What an answer is worth is for the rules to say.

use std::collections::BTreeSet;
use std::fmt;

use super::subjects::{SubjectKey, groups_of_account};
use super::{Grant, Grants, RoleFound};
use crate::graph::place::{BySource, ObjectId, SourceId};
use crate::graph::tables::builtin::{self, builtin};
use crate::graph::tables::permission::{Request, Rule, Target, allowed};
use crate::k8s::binding::account_of_user;

/// The group that is authorized before RBAC is asked (kubernetes `pkg/kubeapiserver/authorizer/reload.go`).
const MASTERS: &str = "system:masters";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The user name; of an account `system:serviceaccount:<namespace>:<name>`.
    pub user: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
}

impl Caller {
    /// A `ServiceAccount`, in the groups that the API server puts every account in.
    #[must_use]
    pub fn account(namespace: &str, name: &str) -> Self {
        Self {
            user: format!("system:serviceaccount:{namespace}:{name}"),
            groups: groups_of_account(Some(namespace)).collect(),
        }
    }

    /// A user who has logged in; `system:serviceaccount:<namespace>:<name>` is that account.
    #[must_use]
    pub fn user(name: &str) -> Self {
        let plain = Self { user: name.to_owned(), groups: vec!["system:authenticated".to_owned()] };
        plain.as_account().map_or_else(|| plain.clone(), |(namespace, name)| Self::account(namespace, name))
    }

    /// Somebody of whom only one group is known.
    #[must_use]
    pub fn group(name: &str) -> Self {
        Self { user: String::new(), groups: vec![name.to_owned()] }
    }

    /// Namespace and name, where it is an account.
    #[must_use]
    pub fn as_account(&self) -> Option<(&str, &str)> {
        account_of_user(&self.user)
    }

    fn is(&self, subject: &builtin::Subject) -> bool {
        match subject.kind {
            "Group" => self.groups.iter().any(|group| group == subject.name),
            "User" => self.user == subject.name,
            _ => self.as_account() == subject.namespace.map(|namespace| (namespace, subject.name)),
        }
    }
}

impl fmt::Display for Caller {
    /// `namespace/account`, `user:NAME` or `group:NAME`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_account(), self.groups.first()) {
            (Some((namespace, name)), _) => write!(f, "{namespace}/{name}"),
            (None, Some(group)) if self.user.is_empty() => write!(f, "group:{group}"),
            _ => write!(f, "user:{}", self.user),
        }
    }
}

/// What gives a caller a permission, or may.
#[derive(Clone, Debug)]
pub enum Ground<'a, 'g> {
    /// A binding of the run.
    Bound {
        /// The binding and its role.
        grant: &'g Grant<'a, 'g>,
        /// Why it is not certain; nothing where it is.
        doubt: Option<Doubt>,
    },
    /// A binding that every API server makes for itself.
    BuiltIn(&'static builtin::Binding),
    /// The group `system:masters`, which is never refused anything.
    Masters,
}

/// Why a binding does not certainly give what it seems to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its role is neither in the run nor one that every API server has.
    RoleUnknown,
    /// Its role comes with a platform or an add-on, and is known by name only.
    RoleOf(&'static str),
    /// Variants of the role or of the binding differ, and which of them applies here is not known.
    Variants,
    /// The binding names no namespace, so it may be applied to any.
    Namespace,
}

impl Doubt {
    /// The doubt as the end of a sentence.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::RoleUnknown => "that role is not in the input".to_owned(),
            Self::RoleOf(platform) => {
                format!("that role is not in the input; {platform} brings one of that name")
            }
            Self::Variants => "variants differ, and which of them applies is not certain".to_owned(),
            Self::Namespace => "the binding names no namespace".to_owned(),
        }
    }
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Decision<'a, 'g> {
    /// Whether it is allowed; `None` where something that is not in the run decides.
    pub allowed: Option<bool>,
    /// What gives or may give it, what is certain first; empty where it is not allowed.
    pub grounds: Vec<Ground<'a, 'g>>,
}

/// What one binding has to do with one request.
enum Weight {
    /// It is about something else.
    Nothing,
    /// It allows it.
    Allows,
    /// It may allow it.
    Perhaps(Doubt),
}

/// All that binds one caller, as seen from one source.
#[derive(Debug)]
pub struct View<'a, 'g> {
    /// The source that it is seen from; none where nothing in the run names the caller.
    pub source: Option<SourceId>,
    /// The bindings of the caller and of its groups.
    pub grants: Vec<Grant<'a, 'g>>,
    all: &'g Grants<'a>,
    built_in: Vec<&'static builtin::Binding>,
    masters: bool,
}

impl<'a> Grants<'a> {
    /// What binds a caller, once for each source that names it: variants of one account are never joined.
    #[must_use]
    pub fn views_of<'g>(&'g self, caller: &Caller) -> Vec<View<'a, 'g>> {
        let mut sources = self.sources_of(caller);
        sources.sort_unstable();
        sources.dedup();
        let sources = self.places.sources.uncontested(&sources);
        // Of sources that see the same, one stands for all.
        let mut views: Vec<View<'a, 'g>> = Vec::new();
        for source in sources {
            let view = self.view_from(caller, Some(source));
            let place = |grant: &Grant<'_, '_>| grant.binding.object;
            let alike =
                |known: &View<'_, '_>| known.grants.iter().map(place).eq(view.grants.iter().map(place));
            if !views.iter().any(alike) {
                views.push(view);
            }
        }
        if views.is_empty() {
            views.push(self.view_from(caller, None));
        }
        views
    }

    /// What binds a caller in the cluster that a source describes.
    #[must_use]
    pub fn view_from<'g>(&'g self, caller: &Caller, source: Option<SourceId>) -> View<'a, 'g> {
        let mut grants = Vec::new();
        if let Some(source) = source {
            for key in keys(caller) {
                grants.extend(self.grants_of(key, source, false));
            }
            // Who applies a binding without a namespace may apply it in this account's.
            if let Some((_, name)) = caller.as_account() {
                grants.extend(self.grants_of(SubjectKey::Account(None, name), source, false));
            }
        }
        let own = builtin();
        let built_in = own.cluster_role_bindings.iter().chain(&own.role_bindings);
        View {
            source,
            grants,
            all: self,
            built_in: built_in.filter(|binding| binding.subjects.iter().any(|who| caller.is(who))).collect(),
            masters: caller.groups.iter().any(|group| group == MASTERS),
        }
    }

    /// Everybody whom the run declares, runs or binds, sorted: accounts, users, groups.
    #[must_use]
    pub fn callers(&self) -> Vec<Caller> {
        let mut accounts: BTreeSet<(&str, &str)> = BTreeSet::new();
        let (mut users, mut groups) = (BTreeSet::new(), BTreeSet::new());
        for at in self
            .places
            .objects
            .iter()
            .filter(|at| at.object.is("", "ServiceAccount") && !at.object.name.is_empty())
        {
            accounts.extend(at.namespace.as_deref().map(|namespace| (namespace, &*at.object.name)));
        }
        accounts.extend(self.places.used_accounts());
        for key in self.subjects.all() {
            match key {
                SubjectKey::Account(Some(namespace), name) => drop(accounts.insert((namespace, name))),
                SubjectKey::Account(None, _) => {}
                SubjectKey::User(name) => drop(users.insert(name)),
                SubjectKey::Group(name) => drop(groups.insert(name)),
            }
        }
        let accounts = accounts.into_iter().map(|(namespace, name)| Caller::account(namespace, name));
        let users = users.into_iter().map(Caller::user);
        accounts.chain(users).chain(groups.into_iter().map(Caller::group)).collect()
    }

    /// The sources that declare, run or bind a caller itself; else those that bind a group it is in.
    fn sources_of(&self, caller: &Caller) -> Vec<SourceId> {
        let mut sources = Vec::new();
        if let Some((namespace, name)) = caller.as_account() {
            let declared = self.places.accounts_named(name);
            sources
                .extend(declared.filter(|at| at.namespace.as_deref() == Some(namespace)).map(|at| at.source));
            let users = self.places.users(Some(namespace), name);
            sources.extend(users.map(|user| self.places.object_of(user).source));
        }
        let bound = |key: SubjectKey<'_>| {
            let bound = self.subjects.bound(key).into_iter().flat_map(BySource::iter);
            bound.map(|&(binding, _)| self.places[self.places[binding].object].source)
        };
        let mut keys = keys(caller);
        if let Some(own) = keys.next() {
            sources.extend(bound(own));
        }
        if sources.is_empty() {
            sources.extend(keys.flat_map(bound));
        }
        sources
    }
}

/// How bindings may name a caller: itself first, then its groups.
fn keys(caller: &Caller) -> impl Iterator<Item = SubjectKey<'_>> {
    let own = SubjectKey::user(&caller.user);
    std::iter::once(own).chain(caller.groups.iter().map(|group| SubjectKey::Group(group)))
}

impl<'a, 'g> View<'a, 'g> {
    /// Decides a request.
    #[must_use]
    pub fn decide(&'g self, request: &Request<'_>) -> Decision<'a, 'g> {
        if self.masters {
            return Decision { allowed: Some(true), grounds: vec![Ground::Masters] };
        }
        let mut grounds: Vec<Ground<'a, 'g>> = self
            .built_in
            .iter()
            .filter(|binding| self.built_in_allows(binding, request))
            .map(|b| Ground::BuiltIn(b))
            .collect();
        for grant in &self.grants {
            match self.weigh(grant, request) {
                Weight::Nothing => {}
                Weight::Allows => grounds.push(Ground::Bound { grant, doubt: None }),
                Weight::Perhaps(doubt) => grounds.push(Ground::Bound { grant, doubt: Some(doubt) }),
            }
        }
        let certain = |ground: &Ground<'_, '_>| !matches!(ground, Ground::Bound { doubt: Some(_), .. });
        grounds.sort_by_key(|ground| !certain(ground));
        let allowed = match grounds.first() {
            None => Some(false),
            Some(ground) => certain(ground).then_some(true),
        };
        Decision { allowed, grounds }
    }

    /// The bindings of every API server that bind the caller.
    pub fn built_in(&self) -> impl Iterator<Item = &'static builtin::Binding> + use<'_> {
        self.built_in.iter().copied()
    }

    /// What such a binding gives in this cluster, where files may redefine the role that it names.
    #[must_use]
    pub fn built_in_rules(&self, binding: &builtin::Binding) -> Vec<&'g Rule<'g>> {
        let role = binding.role_ref;
        let rules = match (role.kind, binding.metadata.namespace, self.source) {
            ("Role", Some(namespace), _) => {
                builtin().role(namespace, role.name).map(|role| role.rules.iter().collect())
            }
            (_, _, Some(source)) => self.all.applied_role(source, role.name),
            (_, _, None) => builtin().rules(role.name),
        };
        rules.unwrap_or_default()
    }

    fn built_in_allows(&self, binding: &builtin::Binding, request: &Request<'_>) -> bool {
        reaches(binding.metadata.namespace.is_none(), binding.metadata.namespace, request)
            && allowed(self.built_in_rules(binding), request)
    }

    /// What a binding has to do with a request.
    fn weigh(&self, grant: &Grant<'a, 'g>, request: &Request<'_>) -> Weight {
        let binding = &grant.binding.binding;
        if !binding.names_a_role() {
            return Weight::Nothing;
        }
        let at = &self.all.places[grant.binding.object];
        let namespace_unknown = !binding.cluster_wide && (at.namespace.is_none() || at.assumed);
        let namespace =
            at.namespace.as_deref().or_else(|| namespace_unknown.then(|| namespace_of(request)).flatten());
        if !reaches(binding.cluster_wide, namespace, request) {
            return Weight::Nothing;
        }
        let gives = allowed(grant.role.rules(), request);
        match &grant.role {
            RoleFound::Unknown => Weight::Perhaps(Doubt::RoleUnknown),
            RoleFound::Known { platform: Some(platform), complete, .. } if gives || !complete => {
                Weight::Perhaps(Doubt::RoleOf(platform))
            }
            _ if !gives => Weight::Nothing,
            RoleFound::Known { objects, .. } if !self.applied_allows(objects, at.source, request) => {
                Weight::Perhaps(Doubt::Variants)
            }
            _ if namespace_unknown => Weight::Perhaps(Doubt::Namespace),
            _ if self.source.is_some_and(|view| self.all.places.sources.is_contested(at.source, view)) => {
                Weight::Perhaps(Doubt::Variants)
            }
            RoleFound::Known { .. } => Weight::Allows,
        }
    }

    /// Whether a role allows a request, whichever of its definitions is applied: of those beside the binding the last one
    /// is, as they are applied in order.
    fn applied_allows(&self, objects: &[ObjectId], from: SourceId, request: &Request<'_>) -> bool {
        let of_source = objects.first().is_some_and(|first| self.all.places[*first].source == from);
        let mut may_apply = objects.iter().take(if of_source { 1 } else { objects.len() });
        may_apply.all(|object| allowed(self.all.rules_at(*object), request))
    }
}

/// Whether a binding applies in the place that a request is about.
fn reaches(cluster_wide: bool, namespace: Option<&str>, request: &Request<'_>) -> bool {
    cluster_wide || namespace_of(request).is_some_and(|asked| namespace == Some(asked))
}

fn namespace_of<'r>(request: &Request<'r>) -> Option<&'r str> {
    match request.target {
        Target::Resource { namespace, .. } => Some(namespace).filter(|namespace| !namespace.is_empty()),
        Target::Path(_) => None,
    }
}
