//! The identities of a run: accounts that are declared, run or bound, each once for every cluster it is in.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{IdentityName, Principal};
use crate::graph::credential::mounted::Automount;
use crate::graph::credential::{Credentials, Stored, account_tokens};
use crate::graph::place::{BySource, ObjectId, Placed, Places, RunnerId, SourceId};
use crate::k8s::{Object, TOKEN_ACCOUNT};
use crate::source::FileId;

/// An account in one cluster.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its namespace; `None` where it is not known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The source whose cluster it is in.
    pub home: SourceId,
    /// The sources that name it.
    pub sources: Vec<SourceId>,
    /// The file that names it first: of accounts without a namespace, those of one file belong together.
    pub file: FileId,
    /// Its `ServiceAccount` object; none where it is only used or bound.
    pub declared: Option<ObjectId>,
    /// The workloads that run as it.
    pub runners: Vec<RunnerId>,
    /// Whether a pod of it holds its token; `None` where that is not known.
    pub mounted: Option<bool>,
    /// The Secrets that hold a token of it, of whatever namespace.
    pub token_secrets: Vec<ObjectId>,
}

impl Identity {
    /// The name that findings carry.
    #[must_use]
    pub fn named(&self) -> IdentityName {
        IdentityName::account(self.namespace.as_deref(), &self.name)
    }

    /// Whether somebody may hold its credential: a pod of it, or a Secret.
    #[must_use]
    pub fn has_credential(&self) -> bool {
        self.mounted != Some(false) && !self.runners.is_empty() || !self.token_secrets.is_empty()
    }
}

/// What names one account.
#[derive(Default)]
struct Found {
    files: BTreeSet<(SourceId, FileId)>,
    declared: BySource<ObjectId>,
    runners: BySource<RunnerId>,
    token_secrets: BySource<ObjectId>,
    sources: BTreeSet<SourceId>,
}

impl Found {
    fn add_place(&mut self, at: &Placed<'_>) {
        self.sources.insert(at.source);
        self.files.insert((at.source, at.file));
    }
}

/// Every identity, sorted by namespace and name.
pub(super) fn identities(places: &Places<'_>, credentials: &Credentials<'_>) -> Vec<Identity> {
    let mut found: BTreeMap<(Option<String>, String), Found> = BTreeMap::new();
    for placed in &places.objects {
        if placed.partial || placed.object.name.is_empty() {
            continue;
        }
        if placed.object.is("", "ServiceAccount") {
            let key = (placed.namespace.clone(), placed.object.name.to_string());
            let known = found.entry(key).or_default();
            known.declared.push(placed.source, placed.id);
            known.add_place(placed);
            continue;
        }
        let filled = token_account(&placed.object).map(|name| (placed.namespace.clone(), name));
        for account in filled.into_iter().chain(held_tokens(credentials.stored(placed))) {
            let known = found.entry(account).or_default();
            known.token_secrets.push(placed.source, placed.id);
            known.add_place(placed);
        }
    }
    for runner in &places.runners {
        let at = &places[runner.object];
        if let Some(name) = runner.account.name().filter(|_| at.runs_here()) {
            let known = found.entry((at.namespace.clone(), name.to_owned())).or_default();
            known.runners.push(at.source, runner.id);
            known.add_place(at);
        }
    }
    for bound in &places.bindings {
        let at = &places[bound.object];
        for subject in &bound.binding.subjects {
            if subject.is_refused(bound.binding.cluster_wide) {
                continue;
            }
            let account = match subject.account_in(at.namespace.as_deref()) {
                Some((namespace, name)) => (namespace.map(str::to_owned), name.to_owned()),
                None => match subject.name.strip_prefix("system:serviceaccounts:") {
                    // Every namespace has this one.
                    Some(namespace) if &*subject.kind == "Group" => {
                        let namespace = Some(namespace).filter(|namespace| !at.object.is_unknown(namespace));
                        (namespace.map(str::to_owned), "default".to_owned())
                    }
                    _ => continue,
                },
            };
            if !account.1.is_empty() {
                found.entry(account).or_default().add_place(at);
            }
        }
    }
    found
        .into_iter()
        .flat_map(|((namespace, name), found)| split(places, credentials, namespace.as_ref(), &name, &found))
        .collect()
}

/// The account that a token Secret is filled for.
fn token_account(object: &Object<'_>) -> Option<String> {
    let filled = object.is("", "Secret") && object.has_token_type();
    object.annotation(TOKEN_ACCOUNT).filter(|_| filled)?.text().map(Cow::into_owned)
}

/// The accounts whose tokens are written in the values of a Secret, such as a kubeconfig.
fn held_tokens(secret: &[Stored<'_>]) -> Vec<(Option<String>, String)> {
    let mut accounts = Vec::new();
    for stored in secret {
        let plain = stored.plain();
        // Every token begins with the same bytes: `{"` in base64.
        if !plain.contains("eyJ") {
            continue;
        }
        for token in account_tokens(&plain) {
            if let Principal::Account { namespace, name } = token.account.principal {
                accounts.push((namespace, name));
            }
        }
    }
    accounts.sort();
    accounts.dedup();
    accounts
}

/// One identity for each group of sources that may all be one cluster.
fn split(
    places: &Places<'_>,
    credentials: &Credentials<'_>,
    namespace: Option<&String>,
    name: &str,
    found: &Found,
) -> Vec<Identity> {
    let sources: Vec<SourceId> = found.sources.iter().copied().collect();
    let share = |a, b| places.sources.may_share_namespace(namespace.map(String::as_str), a, b);
    let all = places.sources.uncontested(&sources);
    let mut groups: Vec<Group> = Vec::new();
    let mut by_first: BySource<usize> = BySource::default();
    for &source in &all {
        let view = places.sources.with_same_namespaces(source);
        let takes = |group: &&usize| groups[**group].views.values().all(|&member| share(member, source));
        let near = by_first.around(&places.sources, source, namespace.is_none()).find(takes).copied();
        if let Some(at) = near {
            let group = &mut groups[at];
            group.views.entry(view).or_insert(source);
            group.sources.push(source);
        } else {
            by_first.push(source, groups.len());
            groups.push(Group { sources: vec![source], views: BTreeMap::from([(view, source)]) });
        }
    }
    // Sources and files are in order, and each source has a file.
    let file = |first: SourceId| {
        let mut from_first = found.files.range((first, FileId::default())..);
        from_first.next().map_or(FileId::default(), |(_, file)| *file)
    };
    let identity = |Group { sources: group, views }: Group| {
        let near = |source: SourceId| views.values().any(|&member| share(member, source));
        let members: Vec<SourceId> = views.values().copied().collect();
        let object = |object: &ObjectId| near(places[*object].source);
        let runner = |runner: &RunnerId| near(places.object_of(&places[*runner]).source);
        let declared = around(places, &found.declared, &members).into_iter().rfind(object);
        let mut runners = around(places, &found.runners, &members);
        runners.retain(runner);
        let mut token_secrets = around(places, &found.token_secrets, &members);
        token_secrets.retain(object);
        let home = declared.map_or(group[0], |at| places[at].source);
        Identity {
            namespace: namespace.cloned(),
            name: name.to_owned(),
            file: declared.map_or_else(|| file(group[0]), |at| places[at].file),
            // Where the account itself is beside several variants, its variant is where the rest is.
            home: if group.contains(&home) { home } else { group[0] },
            declared,
            mounted: mounted(places, credentials, &runners),
            runners,
            token_secrets,
            sources: group,
        }
    };
    groups.into_iter().map(identity).collect()
}

/// What stands in sources that may share a cluster with some, and maybe more.
fn around<T: Copy>(places: &Places<'_>, all: &BySource<T>, members: &[SourceId]) -> Vec<T> {
    match all.few_around(&places.sources, members) {
        Some(few) => few.into_iter().copied().collect(),
        None => all.iter().copied().collect(),
    }
}

/// Sources that may all be one cluster.
struct Group {
    sources: Vec<SourceId>,
    /// One of those that may share a namespace with the same others: what holds of it holds of all.
    views: BTreeMap<(SourceId, bool), SourceId>,
}

fn mounted(places: &Places<'_>, credentials: &Credentials<'_>, runners: &[RunnerId]) -> Option<bool> {
    let mut known = Some(false);
    for runner in runners.iter().map(|&runner| &places[runner]) {
        match credentials.automount(runner) {
            Automount::On => return Some(true),
            _ if credentials.holds_other_token(runner) => return Some(true),
            Automount::Unknown => known = None,
            Automount::Off => {}
        }
    }
    known
}
