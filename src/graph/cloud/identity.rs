//! Which account holds which cloud identity, by whatever way: annotations, associations, federation, variables.
//!
//! Every place that names one is read once. Cloud identities are one in all clusters; accounts are kept apart as
//! everywhere.

use std::collections::HashMap;
use std::sync::Arc;

use super::Cloud;
use crate::finding::IdentityName;
use crate::graph::place::{ByName, ObjectId, Placed, Places};
use crate::k8s::cloud::{Holder, NamedIdentity, of_annotations, of_container, of_object, of_pod};
use crate::source::Span;

/// A cloud identity and who holds it.
#[derive(Clone, Debug)]
pub struct CloudIdentity<'a> {
    /// The identity.
    pub named: NamedIdentity<'a>,
    /// The object that names it.
    pub object: ObjectId,
    /// Namespace and name of the account; `None` where a pattern means several. A namespace is `None` where it is
    /// unknown.
    pub account: Option<(Option<String>, String)>,
}

impl CloudIdentity<'_> {
    /// The name of the account, or of what the pattern means.
    #[must_use]
    pub fn holder(&self) -> IdentityName {
        match (&self.account, &self.named.holder) {
            (Some((namespace, name)), _) => IdentityName::account(namespace.as_deref(), name),
            (None, Holder::Pattern(pattern)) => IdentityName::other(pattern),
            (None, _) => IdentityName::other("?"),
        }
    }
}

impl<'a> Cloud<'a> {
    /// Every place that gives an account a cloud identity, in file order. An account may be listed more than once.
    #[must_use]
    pub fn identities(&self) -> &[CloudIdentity<'a>] {
        &self.all
    }

    /// The cloud identities of an account of the namespace of `at`.
    #[must_use]
    pub fn of(&self, at: &Placed<'_>, account: &str) -> Vec<&CloudIdentity<'a>> {
        self.of_account(at, at.namespace.as_deref(), account)
    }

    /// The cloud identities of an account of any namespace of the cluster of `at`.
    #[must_use]
    pub fn of_account(
        &self,
        at: &Placed<'_>,
        namespace: Option<&str>,
        account: &str,
    ) -> Vec<&CloudIdentity<'a>> {
        let known = self.by_account.get(namespace, account);
        let all = known.into_iter().flatten().map(|&index| &self.all[index]);
        let source = |identity: &CloudIdentity<'_>| self.places[identity.object].source;
        let near = |source| self.places.sources.may_share_namespace(namespace, source, at.source);
        all.filter(|identity| near(source(identity))).collect()
    }

    /// Every place that gives somebody this identity, itself among them, wherever in the run: an identity is the same
    /// in all clusters. Names that something fills in later are the same within one file only.
    pub fn holders<'g>(
        &'g self,
        identity: &CloudIdentity<'_>,
    ) -> impl Iterator<Item = &'g CloudIdentity<'a>> + use<'a, 'g> {
        let file = identity.named.is_unfilled().then(|| self.places[identity.object].file);
        let same = self.by_identity.get(&(identity.named.provider, identity.named.identity.clone()));
        let all = same.into_iter().flatten().map(move |&index| &self.all[index]);
        all.filter(move |other| file.is_none_or(|file| self.places[other.object].file == file))
    }

    /// Collects them.
    pub(in crate::graph) fn of_run(places: &Arc<Places<'a>>) -> Self {
        let places = Arc::clone(places);
        let mut cloud =
            Self { places, all: Vec::new(), by_account: ByName::default(), by_identity: HashMap::new() };
        let places = Arc::clone(&cloud.places);
        for placed in &places.objects {
            let own = placed.object.is("", "ServiceAccount");
            let annotations = placed.object.node.at(&["metadata", "annotations"]).filter(|_| own);
            let named = annotations.into_iter().flat_map(of_annotations).chain(of_object(&placed.object));
            for named in named.filter(|named| !is_shown(places.input.shown_values, named.node.span())) {
                cloud.add(held(placed, named, Some(&placed.object.name)));
            }
            for runner in places.runners_of(placed.id) {
                let pod = runner.workload.pod_annotations().and_then(of_pod);
                let containers = runner.workload.containers.iter().copied().filter_map(of_container);
                for named in pod.into_iter().chain(containers) {
                    cloud.add(held(placed, named, runner.account.name()));
                }
            }
        }
        cloud
    }
}

/// Whether a name stands in values of a chart that is rendered with them: the chart may leave them unused, and the accounts
/// that it makes have names of their own.
fn is_shown(shown: &[Span], name: Span) -> bool {
    let before = shown.partition_point(|values| (values.file, values.start) <= (name.file, name.start));
    let around = before.checked_sub(1).map(|at| shown[at]);
    around.is_some_and(|values| values.file == name.file && name.end <= values.end)
}

/// Joins a name with its account; `own` is the account where the name is written on it, or on what runs as it.
fn held<'a>(at: &Placed<'_>, named: NamedIdentity<'a>, own: Option<&str>) -> CloudIdentity<'a> {
    let here = &at.namespace;
    let account = match &named.holder {
        Holder::Own => own.map(|own| (here.clone(), own.to_owned())),
        Holder::Account { namespace, name } => {
            let namespace = namespace.clone().filter(|namespace| !namespace.is_empty());
            let namespace = namespace.or_else(|| here.clone());
            let namespace = namespace.filter(|namespace| !at.object.is_unknown(namespace));
            Some((namespace, name.clone()))
        }
        Holder::Pattern(_) => None,
    };
    CloudIdentity { named, object: at.id, account }
}

impl<'a> Cloud<'a> {
    fn add(&mut self, identity: CloudIdentity<'a>) {
        let index = self.all.len();
        if let Some(account) = &identity.account {
            self.by_account.entry(account.0.as_deref(), &account.1).push(index);
        }
        let key = (identity.named.provider, identity.named.identity.clone());
        self.by_identity.entry(key).or_default().push(index);
        self.all.push(identity);
    }
}
