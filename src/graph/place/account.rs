//! Which account each workload runs as, and who else does.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{BySource, ObjectId, Placed, Places, Runner, SourceId};
use crate::finding::IdentityName;
use crate::k8s::binding::Subject;
use crate::k8s::container::Container;
use crate::k8s::workload::{Account, Shape};
use crate::yaml::{Entry, Node};

/// The account that a workload's pods get.
#[derive(Clone, Debug)]
pub enum AccountUse<'a> {
    /// A named one, other than `default`.
    Named {
        /// Its name.
        name: Cow<'a, str>,
        /// The entry that names it.
        entry: Entry<'a>,
    },
    /// `default`: nothing is named, or just that.
    Default {
        /// The entry that names it, if one does.
        entry: Option<Entry<'a>>,
    },
    /// Somebody else decides, or the template that decides is not in the run.
    Unknown,
}

impl<'a> AccountUse<'a> {
    /// The account's name, if it is known.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named { name, .. } => Some(name),
            Self::Default { .. } => Some("default"),
            Self::Unknown => None,
        }
    }

    /// The entry that names it, if one does.
    #[must_use]
    pub fn entry(&self) -> Option<Entry<'a>> {
        match self {
            Self::Named { entry, .. } => Some(*entry),
            Self::Default { entry } => *entry,
            Self::Unknown => None,
        }
    }
}

/// The account of a workflow that refers to a template and names none itself.
fn of_template<'a>(template: &Runner<'a>) -> AccountUse<'a> {
    match &template.workload.account {
        Account::Named { name, entry } if name != "default" => {
            AccountUse::Named { name: name.clone(), entry: *entry }
        }
        Account::Named { .. } | Account::Unset => AccountUse::Default { entry: None },
        _ => AccountUse::Unknown,
    }
}

/// Namespace, folder where the namespace is not known, and name.
type AccountKey<'k> = (Option<&'k str>, Option<&'k str>, &'k str);

impl<'a> Places<'a> {
    /// Decides every runner's account; Argo workflows may take it from a template.
    pub(super) fn resolve_accounts(&mut self) {
        let defaults = self.controller_defaults();
        let accounts: Vec<AccountUse<'a>> =
            self.runners.iter().map(|runner| self.resolve_account(runner, &defaults)).collect();
        for (runner, account) in self.runners.iter_mut().zip(accounts) {
            runner.account = account;
        }
        self.clear_library_templates();
        for runner in &self.runners {
            let at = &self.objects[runner.object.position()];
            let folder = self.folder_of_unplaced(at);
            // A cluster-wide template runs in the namespaces of those that refer to it.
            if let Some(name) = runner.account.name().filter(|_| at.runs_here()) {
                self.used_names.insert(name.to_owned());
                self.users.entry(at.namespace.as_deref(), name).push(at.source, runner.id);
                if at.namespace.is_none() {
                    let unplaced = self.unplaced_users.entry((folder, name.to_owned())).or_default();
                    unplaced.push(at.source, runner.id);
                }
            }
        }
    }

    fn resolve_account(&self, runner: &Runner<'a>, defaults: &[(Shape, SourceId)]) -> AccountUse<'a> {
        match &runner.workload.account {
            // A name that something fills in later: Kubernetes accepts none of these characters.
            Account::Named { name, .. } if name.contains(['$', '{', '<']) => AccountUse::Unknown,
            Account::Named { name, entry } if name == "default" => {
                AccountUse::Default { entry: Some(*entry) }
            }
            Account::Named { name, entry } => AccountUse::Named { name: name.clone(), entry: *entry },
            Account::Unset if self.controller_decides(runner, defaults) => AccountUse::Unknown,
            Account::Unset => AccountUse::Default { entry: None },
            Account::Unknown => AccountUse::Unknown,
            Account::Template { name, cluster_scope } => {
                let at = &self[runner.object];
                let (kind, namespace) = if *cluster_scope {
                    ("ClusterWorkflowTemplate", None)
                } else {
                    ("WorkflowTemplate", at.namespace.as_deref())
                };
                let templates = self.lookup(at.source, kind, namespace, name);
                let first = templates.iter().filter_map(|&template| self.runners_of(template).first());
                let accounts: Vec<AccountUse<'a>> = first.map(|template| of_template(template)).collect();
                // Of several templates the one counts that leaves the workflow to the account of all.
                let default = accounts.iter().find(|account| matches!(account, AccountUse::Default { .. }));
                default.or(accounts.first()).cloned().unwrap_or(AccountUse::Unknown)
            }
        }
    }

    /// Whether the settings of a controller in the run choose the account of workflows and runs that name none.
    fn controller_decides(&self, runner: &Runner<'_>, defaults: &[(Shape, SourceId)]) -> bool {
        let from = self[runner.object].source;
        let mut decided = defaults.iter().filter(|(shape, _)| *shape == runner.workload.shape);
        decided.any(|&(_, source)| self.sources.may_share(source, from))
    }

    /// Settings of controllers that give an account to what names none: Argo's `workflowDefaults`, Tekton's
    /// `default-service-account`.
    fn controller_defaults(&self) -> Vec<(Shape, SourceId)> {
        let text = |placed: &Placed<'a>, path: &[&str]| placed.object.node.at(path).and_then(Node::text);
        let default_of = |placed: &Placed<'a>| match (&*placed.object.kind, &*placed.object.name) {
            ("ConfigMap", "config-defaults") => text(placed, &["data", "default-service-account"])
                .filter(|name| name != "default")
                .map(|_| Shape::Tekton),
            ("TektonConfig", _) => text(placed, &["spec", "pipeline", "default-service-account"])
                .filter(|name| name != "default")
                .map(|_| Shape::Tekton),
            ("ConfigMap", "workflow-controller-configmap") => ["workflowDefaults", "config"]
                .iter()
                .filter_map(|key| text(placed, &["data", key]))
                .any(|text| text.contains("serviceAccountName"))
                .then_some(Shape::Workflow),
            _ => None,
        };
        self.objects.iter().filter_map(|placed| Some((default_of(placed)?, placed.source))).collect()
    }

    /// A workflow template that names no account runs as the account of the workflows that refer to it. Without an
    /// entrypoint it runs in no other way.
    fn clear_library_templates(&mut self) {
        let specs = self.runners.iter().filter_map(|runner| self[runner.object].object.node.get("spec"));
        let referred: HashSet<String> = specs
            .filter_map(|spec| {
                let spec = spec.get("workflowSpec").unwrap_or(spec);
                spec.at(&["workflowTemplateRef", "name"])?.as_str().map(Cow::into_owned)
            })
            .collect();
        for runner in &mut self.runners {
            let object = &self.objects[runner.object.position()].object;
            let template = matches!(&*object.kind, "WorkflowTemplate" | "ClusterWorkflowTemplate");
            let runs = runner.workload.spec.value.get("entrypoint").is_some();
            if template
                && matches!(runner.workload.account, Account::Unset)
                && (!runs || referred.contains(&*object.name))
            {
                runner.account = AccountUse::Unknown;
            }
        }
    }

    /// The other workloads that run as the same account: same namespace, same cluster.
    pub fn others_with_account<'g>(
        &'g self,
        runner: &'g Runner<'_>,
    ) -> impl Iterator<Item = &'g Runner<'a>> + use<'a, 'g> {
        let at = &self[runner.object];
        let name = runner.account.name();
        let users = name.and_then(|name| match &at.namespace {
            Some(namespace) => self.users.get(Some(namespace), name),
            None => self.unplaced_users.get(&(self.folder_of_unplaced(at), name.to_owned())),
        });
        let (from, alone) = (at.source, at.namespace.is_none());
        let near = users.into_iter().flat_map(move |users| users.around(&self.sources, from, alone));
        near.map(|&user| &self[user]).filter(move |other| {
            other.object != runner.object && self.share_accounts(at, &self[other.object])
        })
    }

    /// The workloads that run as an account of that namespace and name, whatever their cluster.
    pub(in crate::graph) fn users(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = &Runner<'a>> + use<'_, 'a> {
        let users = self.users.get(namespace, name);
        users.into_iter().flat_map(BySource::iter).map(|&user| &self[user])
    }

    /// The accounts that workloads run as, as far as their namespaces are known, in no order.
    pub(in crate::graph) fn used_accounts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.users.names()
    }

    /// The workloads that run as an account, seen from where `at` stands.
    #[must_use]
    pub fn users_of(&self, at: &Placed<'_>, namespace: Option<&str>, name: &str) -> Vec<&Runner<'a>> {
        self.users_near(at, namespace, name).collect()
    }

    /// Whether all that runs as an account is known for what its name says, and something does run as it. Of a patch
    /// without images nothing is known, and it changes nothing.
    pub fn is_run_only_by(
        &self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
        is_known: impl Fn(&Container<'_>) -> bool,
    ) -> bool {
        // Of pods without a namespace nobody says that they are other pods.
        let is_known_place = namespace.is_some();
        let unplaced = self
            .users(None, name)
            .filter(|user| is_known_place && self.sources.may_share(at.source, self[user.object].source));
        let users = self.users_near(at, namespace, name).chain(unplaced);
        let mut whole =
            users.filter(|user| user.workload.has_image() || !self[user.object].partial).peekable();
        whole.peek().is_some()
            && whole.all(|user| {
                let containers = &user.workload.containers;
                !containers.is_empty() && containers.iter().all(&is_known)
            })
    }

    /// Whether Operator Lifecycle Manager installs a package of Red Hat's catalog beside an object, as the input says, and
    /// no catalog of the input bears that name.
    #[must_use]
    pub fn installs_package(&self, at: &Placed<'_>, package: &str) -> bool {
        let near = |object: &&Placed<'_>| self.sources.may_share(object.source, at.source);
        let of_kind = |kind: &'static str| {
            let all =
                self.objects.iter().filter(move |placed| placed.object.is("operators.coreos.com", kind));
            all.filter(near)
        };
        let says = |one: &Placed<'_>, key: &str, wanted: &str| {
            let word = one.object.node.at(&["spec", key]).and_then(Node::text);
            word.is_some_and(|word| word == wanted)
        };
        let is_shadowed = of_kind("CatalogSource").any(|one| one.object.name == "redhat-operators");
        !is_shadowed
            && of_kind("Subscription").any(|one| {
                says(one, "name", package)
                    && says(one, "source", "redhat-operators")
                    && says(one, "sourceNamespace", "openshift-marketplace")
            })
    }

    fn users_near(
        &self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = &Runner<'a>> {
        let (from, alone) = (at.source, namespace.is_none());
        let users = self.users.get(namespace, name).into_iter();
        let near = users.flat_map(move |users| users.around(&self.sources, from, alone));
        near.map(|&user| &self[user]).filter(move |runner| {
            let other = self[runner.object].source;
            if alone { other == from } else { self.sources.may_share(from, other) }
        })
    }

    /// The workloads of the run by the identity that they run as, each group in file order; workloads whose account is
    /// unknown are in none.
    #[must_use]
    pub fn by_identity(&self) -> Vec<Vec<&Runner<'a>>> {
        let mut groups: Vec<Vec<&Runner<'a>>> = Vec::new();
        let mut known: HashMap<AccountKey<'_>, BySource<usize>> = HashMap::new();
        for runner in &self.runners {
            let at = &self[runner.object];
            let Some(name) = runner.account.name().filter(|_| at.runs_here()) else {
                continue;
            };
            // The same name may stand for several identities, one in each cluster.
            let key = (at.namespace.as_deref(), self.folder_of_unplaced(at), name);
            let same_name = known.entry(key).or_default();
            let same = |group: &&usize| self.share_accounts(at, &self[groups[**group][0].object]);
            let known =
                same_name.around(&self.sources, at.source, at.namespace.is_none()).find(same).copied();
            if let Some(group) = known {
                groups[group].push(runner);
            } else {
                same_name.push(at.source, groups.len());
                groups.push(vec![runner]);
            }
        }
        groups
    }

    /// Whether a workload of the run runs as a `ServiceAccount` object, or may: where one of their namespaces is
    /// unknown, the name decides.
    #[must_use]
    pub fn is_used(&self, account: &Placed<'_>) -> bool {
        let name = account.object.name.as_ref();
        match &account.namespace {
            None => self.used_names.contains(name),
            Some(namespace) => [Some(namespace.as_str()), None]
                .into_iter()
                .any(|namespace| self.users(namespace, name).next().is_some()),
        }
    }

    /// Whether a subject is an account that the run neither declares nor uses.
    #[must_use]
    pub fn is_stranger(&self, binding: &Placed<'_>, subject: &Subject<'_>) -> bool {
        let Some((namespace, name)) = subject.account_in(binding.namespace.as_deref()) else {
            return false;
        };
        self.definitions(binding.source, "ServiceAccount", namespace, name).next().is_none()
            && self.users_near(binding, namespace, name).next().is_none()
    }

    /// Whether no other object has the kind, namespace and name of this one.
    #[must_use]
    pub fn is_alone(&self, placed: &Placed<'_>) -> bool {
        let object = &placed.object;
        self.index.named(&object.kind, placed.namespace.as_deref(), &object.name).len() <= 1
    }

    /// The `ServiceAccount` objects of a runner's account.
    #[must_use]
    pub fn accounts_of(&self, runner: &Runner<'_>) -> Vec<ObjectId> {
        let at = &self[runner.object];
        let Some(name) = runner.account.name() else {
            return Vec::new();
        };
        self.lookup(at.source, "ServiceAccount", at.namespace.as_deref(), name)
    }

    /// How findings name a runner's identity; see `Placed::identity`.
    #[must_use]
    pub fn identity_of(&self, runner: &Runner<'_>) -> Option<IdentityName> {
        self.object_of(runner).identity(runner)
    }

    /// How many identities the run declares or uses, each once a cluster.
    #[must_use]
    pub fn identities(&self) -> usize {
        let declared = self
            .objects
            .iter()
            .filter(|placed| placed.object.is("", "ServiceAccount"))
            .map(|placed| (placed, placed.object.name.to_string()));
        let used = self
            .runners
            .iter()
            .filter_map(|runner| Some((&self[runner.object], runner.account.name()?.to_owned())));
        let place = |at: &Placed<'_>| match &at.namespace {
            Some(namespace) => {
                (self.sources.cluster(at.source).map(str::to_owned), Some(namespace.clone()), None)
            }
            None => (None, None, Some(at.source)),
        };
        let all: std::collections::BTreeSet<_> =
            declared.chain(used).map(|(at, name)| (place(at), name)).collect();
        all.len()
    }
}
