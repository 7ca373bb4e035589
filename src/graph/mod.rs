//! Identities and what they are joined to: workload → account → binding → role, tokens, owners.
//!
//! Rooms stand in dependency order: each uses only rooms above it, and this is the order to read them in.
//!
//! Facts are computed once, here, and read by every rule. It keeps clusters apart, and it knows what it does not know:
//! a join that could be completed by something outside the run is *unknown*, never *none*.

pub mod tables;

pub mod place;

pub mod grant;

pub mod credential;

pub mod cloud;

pub mod orphan;

pub mod exposure;

pub mod reach;

pub mod record;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, OnceLock};

pub use credential::literal::Literal;
pub use credential::secret_use::SecretUse;
pub use credential::stored::{AccountToken, Stored, account_tokens};
pub use grant::roles::{Held, RoleFound, RoleUse};
pub use grant::subjects::Grant;
pub use place::account::AccountUse;
pub use place::existence::{Existence, References};
pub use place::sources::{SourceId, Sources};

use crate::finding::{Notice, ObjectName};
use crate::k8s::binding::{Binding, binding, bundled_bindings};
use crate::k8s::workload::{Workload, workloads};
use crate::k8s::{Object, objects};
use crate::load::Codeowners;
use crate::source::{FileId, SourceMap, World};
use crate::yaml::Doc;

/// One document after parsing, with the pool of files that it came in.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// The tree.
    pub doc: Doc,
    /// Helm's path of the template that it was rendered from.
    pub helm_source: Option<&'a str>,
    /// Index into [`World::sources`].
    pub pool: usize,
}

/// What the graph is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Every document.
    pub documents: &'a [Parsed<'a>],
    /// Where they came from.
    pub world: &'a World,
    /// The texts.
    pub sources: &'a SourceMap,
    /// Who answers for which path.
    pub codeowners: &'a [Codeowners],
    /// Prefix of our annotations.
    pub prefix: &'a str,
}

/// An object and where it lives.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// The view.
    pub object: Object<'a>,
    /// Its position in [`Graph::objects`].
    pub position: usize,
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
    /// Credentials in its chart values.
    pub literals: Vec<Literal<'a>>,
    /// Its entries, where it is a Secret.
    pub stored: Vec<Stored<'a>>,
}

impl Placed<'_> {
    /// The name that findings carry.
    #[must_use]
    pub fn named(&self) -> ObjectName {
        self.object.named(self.namespace.as_deref())
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
    /// Index of its object in [`Graph::objects`].
    pub object: usize,
    /// The account that its pods get.
    pub account: AccountUse<'a>,
    /// Credentials in its pod spec.
    pub literals: Vec<Literal<'a>>,
}

/// A binding and where it stands.
#[derive(Clone, Debug)]
pub struct PlacedBinding<'a> {
    /// The view.
    pub binding: Binding<'a>,
    /// Index of its object in [`Graph::objects`].
    pub object: usize,
}

/// Facts that are found when first asked for.
#[derive(Debug, Default)]
struct Asked {
    /// Who lives where and who is spoken of.
    lives: OnceLock<orphan::left_over::Lives>,
    /// Workloads by namespace.
    hosts: OnceLock<HashMap<Option<String>, Vec<usize>>>,
    /// Sources with policies about pods.
    policed: OnceLock<std::collections::BTreeSet<SourceId>>,
    /// What opens pods to the outside.
    fronts: OnceLock<exposure::ways_in::Fronts>,
    /// Whether accounts are allowed more than every account is.
    beyond_floor: OnceLock<HashMap<grant::subjects::Seen, Option<bool>>>,
    /// Config maps that speak of the API token.
    telling: OnceLock<HashSet<usize>>,
    /// By row of the table of controllers, the bindings that name its accounts.
    engines: OnceLock<Vec<Vec<usize>>>,
    /// What the power of controllers is worth, by row and by the source that asks.
    tiers: Mutex<HashMap<(&'static str, SourceId), u8>>,
    /// Sources with namespaces that are held to a pod security standard.
    enforcing: OnceLock<Vec<SourceId>>,
    /// Custom resources that the run defines.
    defined: OnceLock<tables::resource::Defined>,
    /// What the run puts into each namespace.
    contents: OnceLock<tables::resource::Contents>,
    /// Accounts that follow objects of every namespace.
    followers: OnceLock<grant::followers::Followers>,
    /// Namespaced roles by name.
    namesakes: OnceLock<HashMap<String, Vec<usize>>>,
}

/// Everything that is known of a run.
#[derive(Debug)]
pub struct Graph<'a> {
    /// Every object that is linted, in file order.
    pub objects: Vec<Placed<'a>>,
    /// Every pod template.
    pub runners: Vec<Runner<'a>>,
    /// Every binding.
    pub bindings: Vec<PlacedBinding<'a>>,
    /// Which objects are applied together.
    pub sources: Sources,
    /// What building it noticed.
    pub notices: Vec<Notice>,
    /// What was left out, as (what, example).
    pub skipped: Vec<(&'static str, String)>,
    /// Documents that are no Kubernetes objects.
    pub foreign: usize,
    input: Input<'a>,
    /// By kind, namespace (none for cluster-scoped and for unknown) and name.
    index: HashMap<(String, Option<String>, String), Vec<usize>>,
    /// Runners by namespace and account name.
    users: HashMap<(Option<String>, String), Vec<usize>>,
    /// Places that read a Secret, and objects that make one.
    secret_readers: credential::secret_use::Uses,
    secret_makers: credential::secret_use::Uses,
    /// Argo CD Applications and Flux Kustomizations.
    applications: Vec<usize>,
    /// Names of accounts that some workload runs as, in whatever namespace.
    used_names: HashSet<String>,
    /// Names of accounts that some binding names, in whatever namespace.
    bound_names: HashSet<String>,
    /// What deploys a file or folder, by path.
    deployed: HashMap<String, Vec<place::deployer::Deployer<'a>>>,
    /// What only some rules ask for.
    asked: Asked,
    /// Folders with a kustomization, each with its final `/`.
    kustomized: HashSet<String>,
    /// Cloud identities and who holds them.
    cloud: cloud::identity::Cloud<'a>,
    /// What every identity can become; found when first asked for.
    reach: OnceLock<reach::Reach>,
    /// Bindings by subject, as (index into `bindings`, index of the subject).
    subjects: HashMap<grant::subjects::SubjectKey, Vec<(usize, usize)>>,
    /// What charts, operators and other repositories bring.
    elsewhere: place::elsewhere::Elsewhere,
    /// ServiceAccounts by name, whatever their namespace.
    accounts: HashMap<String, Vec<usize>>,
    /// Sources that define kinds of an API group.
    groups: HashMap<String, Vec<SourceId>>,
    /// Bindings by the name of the role they name.
    bound: HashMap<String, Vec<usize>>,
    /// What roles grant, aggregation included.
    roles: grant::roles::Roles<'a>,
}

impl<'a> Graph<'a> {
    /// Builds the graph of a run.
    #[must_use]
    pub fn build(input: Input<'a>) -> Self {
        let mut graph = place::build::place(input);
        for index in 0..graph.objects.len() {
            let object = graph.objects[index].object.clone();
            let around = graph.objects[index].namespace.clone();
            let bundled = bundled_bindings(&object, around.as_deref());
            let bindings = binding(&object).into_iter().chain(bundled);
            graph.bindings.extend(bindings.map(|binding| PlacedBinding { binding, object: index }));
            for workload in workloads(&object) {
                graph.runners.push(Runner {
                    workload,
                    object: index,
                    account: AccountUse::Unknown,
                    literals: Vec::new(),
                });
            }
        }
        graph.find_partial_workloads();
        graph.settle_accounts();
        graph.deployed = graph.find_deployed();
        graph.cloud = graph.find_cloud();
        graph.join_bindings();
        graph.join_secrets();
        graph.judge_secrets();
        graph.find_literals();
        graph
    }

    /// The object of a runner.
    #[must_use]
    pub fn object_of(&self, runner: &Runner<'_>) -> &Placed<'a> {
        &self.objects[runner.object]
    }

    /// The path of a file, as shown to people.
    #[must_use]
    pub fn path(&self, file: FileId) -> &'a str {
        self.input.sources.file(file).path()
    }

    /// Objects of a kind, namespace and name that may live in the same cluster as `from`, its own source first.
    pub fn lookup(&self, from: SourceId, kind: &str, namespace: Option<&str>, name: &str) -> Vec<usize> {
        let key = (kind.to_owned(), namespace.map(str::to_owned), name.to_owned());
        let near = |index: &&usize| {
            let at = &self.objects[**index];
            // A namespace that is unknown is the same only within one source.
            let unknown = namespace.is_none() && !at.object.is_cluster_scoped();
            if unknown { at.source == from } else { self.sources.may_share(at.source, from) }
        };
        let mut found: Vec<usize> =
            self.index.get(&key).into_iter().flatten().filter(near).copied().collect();
        if let Some(&own) = found.iter().rev().find(|&&index| self.objects[index].source == from) {
            // The last of several in one source is the one that is applied last.
            found = vec![own];
        }
        found
    }

    /// Whether the run defines kinds of an API group beside `from`.
    #[must_use]
    pub fn defines_group(&self, from: SourceId, group: &str) -> bool {
        let defined = self.groups.get(group).into_iter().flatten();
        !group.is_empty() && defined.into_iter().any(|&source| self.sources.may_share(source, from))
    }

    /// Whether an account of that name stands in a known namespace.
    #[must_use]
    pub fn has_home(&self, at: &Placed<'_>, account: &str) -> bool {
        let accounts = self.accounts.get(account).into_iter().flatten().map(|&index| &self.objects[index]);
        let mut near = accounts.filter(|account| self.sources.may_share(account.source, at.source));
        near.any(|account| account.namespace.is_some())
    }

    /// Whether a kustomization stands beside or above it, and may give it what it leaves out.
    #[must_use]
    pub fn is_kustomized(&self, at: &Placed<'_>) -> bool {
        let path = self.path(at.file);
        if self.input.sources.file(at.file).is_rendered() {
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
            folders.iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/{folder}")));
        at.object.is_static_pod() || (placed && at.object.is("", "Pod"))
    }

    /// Whether two places may be one namespace of one cluster.
    #[must_use]
    pub fn same_namespace(&self, a: &Placed<'_>, b: &Placed<'_>) -> bool {
        match (&a.namespace, &b.namespace) {
            (Some(a_name), Some(b_name)) => a_name == b_name && self.sources.may_share(a.source, b.source),
            (None, None) => a.source == b.source,
            _ => false,
        }
    }
}

/// The objects of every document, with the position of the document.
fn objects_of<'a>(documents: &'a [Parsed<'a>]) -> impl Iterator<Item = (usize, Object<'a>)> {
    documents.iter().enumerate().flat_map(|(index, parsed)| {
        objects(&parsed.doc, parsed.helm_source).into_iter().map(move |object| (index, object))
    })
}
