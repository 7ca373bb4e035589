//! Which account holds which cloud identity, by whatever way: annotations, associations, federation, variables.
//!
//! Every place that names one is read once. Cloud identities are one in all clusters; accounts are kept apart as
//! everywhere.

use std::collections::HashMap;

use crate::graph::{Graph, Placed, Runner};
use crate::k8s::cloud::{
    Holder, NamedIdentity, Provider, Via, of_annotations, of_container, of_object, of_pod,
};
use crate::source::Span;

/// A cloud identity and who holds it.
#[derive(Clone, Debug)]
pub struct CloudIdentity<'a> {
    /// What the manifest says.
    pub named: NamedIdentity<'a>,
    /// Index of the object that says so in [`Graph::objects`].
    pub object: usize,
    /// Namespace and name of the account; `None` where a pattern stands for several. A namespace is `None` where it is
    /// unknown.
    pub account: Option<(Option<String>, String)>,
}

impl CloudIdentity<'_> {
    /// Whose cloud it is of.
    #[must_use]
    pub fn provider(&self) -> Provider {
        self.named.provider
    }

    /// Its name: an ARN, an address, a client id.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.named.identity
    }

    /// How the account comes by it.
    #[must_use]
    pub fn via(&self) -> Via {
        self.named.via
    }

    /// The account or project in the cloud that it belongs to, where the name says so.
    #[must_use]
    pub fn cloud_account(&self) -> Option<&str> {
        crate::k8s::cloud::account_of(self.named.provider, &self.named.identity)
    }

    /// Where it is named.
    #[must_use]
    pub fn span(&self) -> Span {
        self.named.span()
    }

    /// `namespace/account`, with `?` for a namespace that is unknown, or what the pattern stands for.
    #[must_use]
    pub fn holder(&self) -> String {
        match (&self.account, &self.named.holder) {
            (Some((namespace, name)), _) => format!("{}/{name}", namespace.as_deref().unwrap_or("?")),
            (None, Holder::Pattern(pattern)) => pattern.clone(),
            (None, _) => "?".to_owned(),
        }
    }
}

/// Every cloud identity of a run, and where to find it.
#[derive(Debug, Default)]
pub(in crate::graph) struct Cloud<'a> {
    all: Vec<CloudIdentity<'a>>,
    by_account: HashMap<(Option<String>, String), Vec<usize>>,
    by_identity: HashMap<(Provider, String), Vec<usize>>,
}

impl<'a> Graph<'a> {
    /// Every place that gives an account a cloud identity, in file order. An account may stand there more than once.
    #[must_use]
    pub fn cloud_identities(&self) -> &[CloudIdentity<'a>] {
        &self.cloud.all
    }

    /// The cloud identities of an account of the namespace of `at`, seen from there.
    #[must_use]
    pub fn cloud_of(&self, at: &Placed<'_>, account: &str) -> Vec<&CloudIdentity<'a>> {
        self.cloud_of_account(at, at.namespace.as_deref(), account)
    }

    /// The cloud identities of an account of any namespace, seen from where `at` stands.
    #[must_use]
    pub fn cloud_of_account(
        &self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        account: &str,
    ) -> Vec<&CloudIdentity<'a>> {
        let cloud = &self.cloud;
        let known = cloud.by_account.get(&(namespace.map(str::to_owned), account.to_owned()));
        let all = known.into_iter().flatten().map(|&index| &cloud.all[index]);
        all.filter(|identity| self.is_near(at, namespace, identity)).collect()
    }

    /// Every place that gives somebody this identity, itself among them, wherever in the run: an identity is the same
    /// in all clusters. Names that something fills in later are the same within one file only.
    pub fn cloud_holders<'g>(
        &'g self,
        identity: &CloudIdentity<'_>,
    ) -> impl Iterator<Item = &'g CloudIdentity<'a>> + use<'a, 'g> {
        let cloud = &self.cloud;
        let file = identity.named.is_unfilled().then(|| self.objects[identity.object].file);
        let same = cloud.by_identity.get(&(identity.provider(), identity.identity().to_owned()));
        let all = same.into_iter().flatten().map(move |&index| &cloud.all[index]);
        all.filter(move |other| file.is_none_or(|file| self.objects[other.object].file == file))
    }

    fn is_near(&self, at: &Placed<'_>, namespace: Option<&str>, identity: &CloudIdentity<'_>) -> bool {
        let other = &self.objects[identity.object];
        if namespace.is_none() {
            other.source == at.source
        } else {
            self.sources.may_share(other.source, at.source)
        }
    }

    /// Collects them, once accounts are settled.
    pub(in crate::graph) fn find_cloud(&self) -> Cloud<'a> {
        let mut cloud = Cloud::default();
        let mut runners = self.runners.iter().peekable();
        for (index, placed) in self.objects.iter().enumerate() {
            let own = placed.object.is("", "ServiceAccount");
            let annotations = placed.object.node.at(&["metadata", "annotations"]).filter(|_| own);
            let named = annotations.into_iter().flat_map(of_annotations).chain(of_object(&placed.object));
            for named in named {
                cloud.add(self.held(index, named, Some(&placed.object.name)));
            }
            while let Some(runner) = runners.next_if(|runner| runner.object == index) {
                self.of_runner(runner, &mut cloud);
            }
        }
        cloud
    }

    fn of_runner(&self, runner: &Runner<'a>, cloud: &mut Cloud<'a>) {
        let pod = runner.workload.pod_annotations().and_then(of_pod);
        let containers = runner.workload.containers.iter().copied().filter_map(of_container);
        for named in pod.into_iter().chain(containers) {
            cloud.add(self.held(runner.object, named, runner.account.name()));
        }
    }

    /// Joins a name with its account; `own` is the account where the name is written on it, or on what runs as it.
    fn held(&self, object: usize, named: NamedIdentity<'a>, own: Option<&str>) -> CloudIdentity<'a> {
        let here = &self.objects[object].namespace;
        let account = match &named.holder {
            Holder::Own => own.map(|own| (here.clone(), own.to_owned())),
            Holder::Account { namespace, name } => {
                let namespace = namespace.clone().filter(|namespace| !namespace.is_empty());
                Some((namespace.or_else(|| here.clone()), name.clone()))
            }
            Holder::Pattern(_) => None,
        };
        CloudIdentity { named, object, account }
    }
}

impl<'a> Cloud<'a> {
    fn add(&mut self, identity: CloudIdentity<'a>) {
        let index = self.all.len();
        if let Some(account) = &identity.account {
            self.by_account.entry(account.clone()).or_default().push(index);
        }
        let key = (identity.named.provider, identity.named.identity.clone());
        self.by_identity.entry(key).or_default().push(index);
        self.all.push(identity);
    }
}
