//! Where objects stand and what belongs to them: sources, namespaces, workloads, accounts, bindings, deployers, owners.

mod apart;
mod by_name;
mod cuts;
mod identifier;
mod same_pods;

mod owned;
mod views;

mod sources;

mod by_source;

mod deployer;
mod elsewhere;
mod index;
mod remark;
mod resources;
mod written;

mod memos;

pub mod account;

mod inside;
mod patches;

mod build;

pub mod environment;
mod existence;

mod claims;
mod policies;

pub mod owner;

pub mod sharing;

use std::collections::{HashMap, HashSet};

pub use account::AccountUse;
pub use existence::{DeclaredAccounts, Existence, OUTSIDE_ACCOUNTS, References};
pub use identifier::{BindingId, ObjectId, RunnerId};
pub use sources::Sources;

pub use crate::source::SourceId;

pub(super) use by_name::ByName;
pub(super) use by_source::BySource;
pub(super) use identifier::identifier;

use self::deployer::Deployer;
use self::elsewhere::Elsewhere;
use self::index::Index;
use self::memos::Memos;
use self::resources::Defined;
use crate::config::{CustomWorkload, Folder, OwnerMap};
use crate::finding::{IdentityName, Notice, ObjectName};
use crate::k8s::Object;
use crate::k8s::binding::Binding;
use crate::k8s::restriction::restriction;
use crate::k8s::workload::Workload;
use crate::load::{Codeowners, OwnersFiles, Source, Texts};
use crate::render::{Generated, LeftValues};
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{Doc, Document};

/// How many definitions of one object are compared that stand in other sources than what refers to it. Of more, the
/// strongest count.
const MOST_DEFINITIONS: usize = 64;

/// One document that is linted, with what it is applied together with.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// The document.
    pub document: &'a Document,
    /// Its tree.
    pub doc: &'a Doc,
    /// Index into [`Input::sources`].
    pub source: usize,
}

/// What the graph is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Every document.
    pub documents: &'a [Parsed<'a>],
    /// What was read or rendered together.
    pub sources: &'a [Source],
    /// The texts.
    pub texts: &'a SourceMap,
    /// Who answers for which path.
    pub codeowners: &'a [Codeowners],
    /// Who approves changes below which folder.
    pub owners_files: &'a OwnersFiles,
    /// Prefix of our annotations.
    pub prefix: &'a str,
    /// Custom resources that run pods, by the settings.
    pub workloads: &'a [CustomWorkload],
    /// Who owns what, by the settings.
    pub owners: &'a OwnerMap,
    /// The folder that paths of the settings start at.
    pub folder: &'a Folder,
    /// Values of charts that no document shows.
    pub left_values: &'a [LeftValues],
    /// Values in deployers whose charts were rendered with them, in the order of files.
    pub shown_values: &'a [Span],
    /// The documents of their files.
    pub values: &'a Texts,
    /// Values that charts made at rendering.
    pub generated: &'a Generated,
}

/// An object and where it lives.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// The view.
    pub object: Object<'a>,
    /// Names it in [`Places`].
    pub id: ObjectId,
    /// The file that it stands in.
    pub file: FileId,
    /// The source that it is applied with.
    pub source: SourceId,
    /// Its namespace as resolved; `None` where it is unknown or the kind has none.
    pub namespace: Option<String>,
    /// Whether that namespace is written nowhere, and only taken from what the subjects of its file agree on.
    pub assumed: bool,
    /// Whether it is only part of an object, such as a kustomize patch: nothing is missing from it.
    pub partial: bool,
    /// Whether a controller made it of another object of the run: who answers for that answers for it.
    pub is_owned: bool,
    /// Where the object stands that deploys it, where its text was rendered for one.
    deployer: Option<Span>,
    /// Equal for definitions that are equal.
    content: u64,
}

impl Placed<'_> {
    /// The name that findings carry.
    #[must_use]
    pub fn named(&self) -> ObjectName {
        self.object.named(self.namespace.as_deref())
    }

    /// The name without what the API server appends to it.
    #[must_use]
    pub fn plain_name(&self) -> &str {
        self.object.name.trim_end_matches('*').trim_end_matches('-')
    }

    /// Equal for definitions that say the same.
    pub(crate) fn content(&self) -> u64 {
        self.content
    }

    /// The name of the identity of a workload of this object.
    pub(crate) fn identity(&self, runner: &Runner<'_>) -> Option<IdentityName> {
        let name = runner.account.name()?;
        Some(IdentityName::account(self.namespace.as_deref(), name))
    }

    /// Whether its pods run in its namespace: a part of an object runs nothing, and a cluster-wide template runs where
    /// it is referred to.
    #[must_use]
    pub fn runs_here(&self) -> bool {
        !self.partial && !self.object.is_cluster_scoped()
    }
}

/// A workload and the account that it runs as.
#[derive(Clone, Debug)]
pub struct Runner<'a> {
    /// The view.
    pub workload: Workload<'a>,
    /// Names it in [`Places`].
    pub id: RunnerId,
    /// Its object.
    pub object: ObjectId,
    /// The account that its pods get.
    pub account: AccountUse<'a>,
}

/// A binding and where it stands.
#[derive(Clone, Debug)]
pub struct PlacedBinding<'a> {
    /// The view.
    pub binding: Binding<'a>,
    /// Names it in [`Places`].
    pub id: BindingId,
    /// Its object.
    pub object: ObjectId,
}

/// The objects of a run, each in its place.
#[derive(Debug)]
pub struct Places<'a> {
    /// Every object that is linted, in file order.
    pub objects: Vec<Placed<'a>>,
    /// Every pod template, in the order of their objects.
    pub runners: Vec<Runner<'a>>,
    /// Every binding, in the order of their objects.
    pub bindings: Vec<PlacedBinding<'a>>,
    /// Which objects are applied together.
    pub sources: Sources,
    /// What building it noticed.
    pub notices: Vec<Notice>,
    /// What was left out, as (what, example).
    pub skipped: Vec<(&'static str, String)>,
    /// Manifests inside of other objects that are not judged, as examples; notices say so.
    pub inside: Vec<String>,
    /// Documents that are no Kubernetes objects.
    pub foreign: usize,
    pub(super) input: Input<'a>,
    index: Index<'a>,
    /// Runners by namespace and account name.
    users: ByName<BySource<RunnerId>>,
    /// Of those whose namespace is not known, by folder and account name.
    unplaced_users: HashMap<(Option<&'a str>, String), BySource<RunnerId>>,
    /// Names of accounts that some workload runs as, in whatever namespace.
    used_names: HashSet<String>,
    /// What deploys a file or folder, by path.
    deployed: HashMap<String, Vec<Deployer<'a>>>,
    /// Folders with a kustomization, each with its final `/`.
    kustomized: HashSet<&'a str>,
    /// Owners that Backstage's catalog names, by folder.
    catalogs: HashMap<String, String>,
    /// What charts, operators and other repositories bring.
    pub(super) elsewhere: Elsewhere,
    /// Sources that define kinds of an API group.
    groups: HashMap<String, Vec<SourceId>>,
    /// Scopes of custom resources by plural and group, as the sources of the run define them.
    defined: Defined,
    memos: Memos,
}

impl<'a> Places<'a> {
    /// The object of a runner.
    #[must_use]
    pub fn object_of(&self, runner: &Runner<'_>) -> &Placed<'a> {
        &self[runner.object]
    }

    /// Whether a runner is limited to namespaces.
    #[must_use]
    pub fn is_restricted(&self, runner: &Runner<'_>) -> bool {
        let restricted = self.memos.restricted.get_or_init(|| {
            self.runners.iter().map(|runner| restriction(&runner.workload).is_some()).collect()
        });
        restricted[runner.id.position()]
    }

    /// Whether an object runs pods, as far as its kind is known.
    #[must_use]
    pub fn runs_pods(&self, placed: &Placed<'_>) -> bool {
        !self.runners_of(placed.id).is_empty()
    }

    /// The runners of an object.
    #[must_use]
    pub fn runners_of(&self, object: ObjectId) -> &[Runner<'a>] {
        let start = self.runners.partition_point(|runner| runner.object < object);
        let rest = &self.runners[start..];
        &rest[..rest.partition_point(|runner| runner.object == object)]
    }

    /// The bindings that an object holds: one, or all of an object that lists several. Without those of an operator's bundle.
    pub fn own_bindings<'p>(
        &'p self,
        placed: &Placed<'_>,
    ) -> impl Iterator<Item = &'p PlacedBinding<'a>> + use<'p, 'a> {
        self.bindings_at(placed).iter().filter(|bound| bound.binding.bundle.is_none())
    }

    /// The binding that an object is, or those that an operator's bundle makes.
    #[must_use]
    pub fn bindings_at(&self, placed: &Placed<'_>) -> &[PlacedBinding<'a>] {
        let start = self.bindings.partition_point(|bound| bound.object < placed.id);
        let rest = &self.bindings[start..];
        &rest[..rest.partition_point(|bound| bound.object == placed.id)]
    }

    /// The texts of the run.
    #[must_use]
    pub fn texts(&self) -> &'a SourceMap {
        self.input.texts
    }

    /// The path of a file, as shown to people.
    #[must_use]
    pub fn path(&self, file: FileId) -> &'a str {
        self.input.texts.file(file).path()
    }

    /// Whether a renderer wrote its text.
    #[must_use]
    pub fn is_rendered(&self, at: &Placed<'_>) -> bool {
        self.is_rendered_file(at.file)
    }

    /// Whether a renderer wrote a file.
    pub(crate) fn is_rendered_file(&self, file: FileId) -> bool {
        self.input.texts.file(file).is_rendered()
    }

    /// The definitions of an object that may be the one that is applied beside `from`: of its own source, the last first,
    /// and then of all others that are not of another cluster. Of equal ones the first, and at most `MOST_DEFINITIONS`
    /// of other sources.
    pub fn lookup(&self, from: SourceId, kind: &str, namespace: Option<&str>, name: &str) -> Vec<ObjectId> {
        self.definitions(from, kind, namespace, name).collect()
    }

    /// What [`lookup`](Self::lookup) finds, one after the other.
    pub fn definitions(
        &self,
        from: SourceId,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = ObjectId> + use<'_, 'a> {
        // A namespace that is unknown is the same only within one source.
        let is_known = namespace.is_some();
        let near = move |id: &ObjectId| {
            let at = &self[*id];
            (is_known || at.object.is_cluster_scoped()) && self.sources.may_define(at.source, from)
        };
        let all = self.index.definitions(kind, namespace, name).into_iter();
        let found = all.flat_map(move |all| {
            let others = all.others(from, &self.objects).filter(near).take(MOST_DEFINITIONS);
            all.own(from, &self.objects).chain(others)
        });
        let mut known = HashSet::new();
        found.filter(move |id| known.insert(self[*id].content))
    }

    /// Whether the run defines kinds of an API group beside `from`.
    #[must_use]
    pub fn defines_group(&self, from: SourceId, group: &str) -> bool {
        let mut defined = self.groups.get(group).into_iter().flatten();
        !group.is_empty() && defined.any(|&source| self.sources.may_share(source, from))
    }

    /// The API groups of which the run holds objects or definitions.
    pub(super) fn groups(&self) -> HashSet<&str> {
        let defined = self.groups.keys().map(String::as_str);
        self.objects.iter().map(|at| at.object.group.as_str()).chain(defined).collect()
    }

    /// The `ServiceAccount` objects of a name, whatever their namespace.
    pub(super) fn accounts_named(&self, name: &str) -> impl Iterator<Item = &Placed<'a>> {
        self.index.accounts_named(name).iter().map(|&id| &self[id])
    }

    /// Whether a kustomization may give a subject its namespace: one of the run, or one that is not in it where the account
    /// is nowhere written with a namespace, either. Helm gives none.
    #[must_use]
    pub fn may_be_given_namespace(&self, at: &Placed<'_>, account: &str) -> bool {
        let near = || {
            let named = self.accounts_named(account);
            named.filter(|account| self.sources.may_share(account.source, at.source))
        };
        let unplaced = || near().next().is_some() && near().all(|account| account.namespace.is_none());
        self.is_kustomized(at) || at.object.helm_source.is_none() && unplaced()
    }

    /// Whether a kustomization stands beside or above it, and may give it what it leaves out.
    #[must_use]
    pub fn is_kustomized(&self, at: &Placed<'_>) -> bool {
        let path = self.path(at.file);
        if self.is_rendered(at) {
            return false;
        }
        let above = path.match_indices('/').map(|(slash, _)| &path[..=slash]);
        above.chain([""]).any(|folder| self.kustomized.contains(folder))
    }

    /// Whether the kubelet runs it from a file: it stands where the kubelet looks, or says so.
    #[must_use]
    pub fn is_static_pod(&self, at: &Placed<'_>) -> bool {
        let folders = ["etc/kubernetes/manifests/", "static-pods/", "staticpods/"];
        let path = self.path(at.file);
        let placed =
            || folders.iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")));
        at.object.is_static_pod() || (at.object.is("", "Pod") && placed())
    }

    /// Whether two places may be one namespace of one cluster.
    #[must_use]
    pub fn same_namespace(&self, a: &Placed<'_>, b: &Placed<'_>) -> bool {
        let namespace = a.namespace.as_deref();
        // What the sources say costs less than to compare names.
        self.sources.may_share_namespace(namespace, a.source, b.source) && namespace == b.namespace.as_deref()
    }
}
