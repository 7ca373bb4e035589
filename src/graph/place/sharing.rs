//! Who else runs as a workload's account, counted as people count: a canary, a manual run of a scheduled job, and what
//! a controller made of a workload are that workload.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::memos::{OwnName, OwnNames};
use super::owner::{Owner, OwnerKeys};
use super::{AccountUse, Placed, Places, Runner, RunnerId, environment};
use crate::k8s::Object;
use crate::k8s::workload::Shape;
use crate::render::paths::folder_of;
use crate::source::SourceId;
use crate::yaml::Node;

/// At most this many users of an account are compared with each other.
pub const MOST: usize = 128;

/// At most this many of them are asked for their owner: finding one takes many searches.
const ASKED: usize = 32;

impl<'a> Places<'a> {
    /// The folder of plain files whose namespace is unknown: nobody says that two folders are applied to one namespace.
    pub(super) fn folder_of_unplaced(&self, at: &Placed<'_>) -> Option<&'a str> {
        let is_unplaced = at.namespace.is_none() && !self.sources.is_render(at.source);
        is_unplaced.then(|| folder_of(self.path(at.file)))
    }

    /// Whether two accounts of one name may be one: their places are one namespace, as far as that is known.
    pub(super) fn share_accounts(&self, a: &Placed<'_>, b: &Placed<'_>) -> bool {
        self.same_namespace(a, b) && self.folder_of_unplaced(a) == self.folder_of_unplaced(b)
    }

    /// The other workloads that run as the same account, each once; none for what another of them made.
    #[must_use]
    pub fn sharers<'g>(&'g self, runner: &'g Runner<'a>) -> Vec<&'g Runner<'a>> {
        let all: Vec<&Runner<'a>> = self.others_with_account(runner).take(MOST).collect();
        let family = |runner: &Runner<'a>| self.families()[runner.id.position()];
        let mut families = vec![family(runner)];
        if all.iter().all(|other| family(other) == families[0]) {
            return Vec::new();
        }
        let object = |runner: &Runner<'a>| &self[runner.object].object;
        let named: HashSet<(&str, &str)> = std::iter::once(runner)
            .chain(all.iter().copied())
            .map(|user| (&*object(user).kind, &*object(user).name))
            .collect();
        let is_made = |user: &Runner<'a>| {
            let mut owners = owners(object(user));
            owners.any(|(kind, name)| named.contains(&(&*kind, &*name)))
        };
        if is_made(runner) {
            return Vec::new();
        }
        let own = self.accounts_of(runner);
        // What two sources declare is two accounts, unless they are certainly for one cluster.
        let is_same = |other: &Runner<'a>| {
            let sources = (self[other.object].source, self[runner.object].source);
            own.is_empty() || self.sources.stand_together(sources.0, sources.1) || {
                let theirs = self.accounts_of(other);
                theirs.is_empty() || theirs.iter().any(|account| own.contains(account))
            }
        };
        let again = self.rendered_again(runner, &all);
        let is_beside = |other: &Runner<'a>| !again.contains(&self[other.object].source);
        let others = all.into_iter().filter(|other| {
            !is_made(other) && !self.are_same_job(runner, other) && is_same(other) && is_beside(other)
        });
        let is_first = |other: &&Runner<'a>| {
            let is_known = families.contains(&family(other));
            families.push(family(other));
            !is_known
        };
        others.filter(is_first).collect()
    }

    /// The other committed renders of its chart that have the workload too, with the same account, and are not known to be
    /// for its cluster: examples, or other environments. Who shares the account there is told of the workload there.
    fn rendered_again(&self, runner: &Runner<'a>, all: &[&Runner<'a>]) -> HashSet<SourceId> {
        let chart = |user: &Runner<'a>| self[user.object].object.helm_source?.split('/').next();
        let (own, own_chart) = (&self[runner.object], chart(runner));
        if own_chart.is_none() || own.partial {
            return HashSet::new();
        }
        let is_again = |user: &&&Runner<'a>| {
            let at = &self[user.object];
            let is_named = (&at.object.kind, &at.object.name) == (&own.object.kind, &own.object.name);
            let is_apart = self.sources.are_unrelated_renders(at.source, own.source);
            is_named && is_apart && !at.partial && chart(user) == own_chart
        };
        all.iter().filter(is_again).map(|user| self[user.object].source).collect()
    }

    /// By runner, the first of its family.
    fn families(&self) -> &[RunnerId] {
        self.memos.families.get_or_init(|| {
            let mut firsts = HashMap::new();
            let first = |runner: &Runner<'a>| *firsts.entry(self.family(runner)).or_insert(runner.id);
            self.runners.iter().map(first).collect()
        })
    }

    /// What a workload is one of: runs of one template are one, and so are variants of one name.
    fn family<'g>(&'g self, runner: &Runner<'a>) -> (&'g str, Cow<'g, str>) {
        let object = &self[runner.object].object;
        let spec = runner.workload.spec.value;
        let runs = |reference: &'static str| Some((reference, spec.at(&[reference, "name"])?.text()?));
        let template = match runner.workload.shape {
            Shape::Workflow => runs("workflowTemplateRef"),
            Shape::Tekton => runs("pipelineRef").or_else(|| runs("taskRef")),
            Shape::PodSpec | Shape::Other => None,
        };
        template.unwrap_or_else(|| {
            if &*object.kind == "WorkflowTemplate" {
                return ("workflowTemplateRef", Cow::Borrowed(&*object.name));
            }
            let name = self[runner.object].plain_name();
            (&*object.kind, Cow::Borrowed(environment::without_variant(name)))
        })
    }

    /// Whether a Job is a run of a `CronJob`, started by hand: it was made from it, or has the same pods.
    fn are_same_job(&self, one: &Runner<'a>, other: &Runner<'a>) -> bool {
        let kind = |runner: &Runner<'a>| self[runner.object].object.kind.clone();
        let started = matches!((&*kind(one), &*kind(other)), ("Job", "CronJob") | ("CronJob", "Job"));
        let by_hand = |runner: &Runner<'a>| {
            let object = &self[runner.object].object;
            object.annotation("cronjob.kubernetes.io/instantiate").is_some()
        };
        started
            && (by_hand(one)
                || by_hand(other)
                || one.workload.spec.value.content_eq(other.workload.spec.value))
    }

    /// Whether the workloads are parts of one installation: all carry the same `app.kubernetes.io/instance`.
    #[must_use]
    pub fn are_one_instance(&self, runner: &Runner<'a>, others: &[&Runner<'a>]) -> bool {
        let instance = |runner: &Runner<'a>| {
            let object = &self[runner.object].object;
            object.label("app.kubernetes.io/instance").and_then(Node::text)
        };
        instance(runner).is_some_and(|own| others.iter().all(|other| instance(other).as_ref() == Some(&own)))
    }

    /// Whether others beside it that run alike would give an account of their own the same name: the API server ends
    /// both names (`generateName`), or only their kinds differ. Runs of one template are one.
    #[must_use]
    pub fn has_namesakes(&self, at: &Placed<'_>) -> bool {
        let key = |runner: &Runner<'_>| {
            let at = &self[runner.object];
            let is_render = self.sources.is_render(at.source);
            OwnName {
                home: if is_render { Ok(at.source) } else { Err(folder_of(self.path(at.file)).to_owned()) },
                namespace: at.namespace.as_deref().map(str::to_owned),
                run: runner.workload.run.word(),
                name: at.plain_name().to_owned(),
            }
        };
        let all = self.memos.own_names.get_or_init(|| {
            let mut all = OwnNames::new();
            for runner in self.runners.iter().filter(|runner| self.lacks_account(runner)) {
                let first = self.families()[runner.id.position()];
                let is_generated = self[runner.object].object.name.ends_with('*');
                let counts = if is_generated { runner.object } else { self.runners[first.position()].object };
                all.entry(key(runner)).or_default().insert((is_generated, counts));
            }
            all
        });
        let mut keys = self.runners_of(at.id).iter().map(key);
        keys.any(|key| all.get(&key).is_some_and(|workloads| workloads.len() > 1))
    }

    /// Whether a workload has no account of its own: it runs as `default`, or as one that others run as.
    fn lacks_account(&self, runner: &Runner<'a>) -> bool {
        match &runner.account {
            AccountUse::Default { .. } => true,
            AccountUse::Named { .. } => self.others_with_account(runner).next().is_some(),
            AccountUse::Unknown => false,
        }
    }

    /// Two owners that workloads answer to, if they differ. What CODEOWNERS says is compared with its like only: a team
    /// has other names there than in annotations.
    #[must_use]
    pub fn owners_apart(
        &self,
        runner: &Runner<'_>,
        others: &[&Runner<'_>],
        keys: OwnerKeys<'_>,
    ) -> Option<(String, String)> {
        let owner = |runner: &Runner<'_>| self.owners_of(runner, keys).into_iter().next();
        let own = owner(runner)?;
        let differs = |other: &Owner| own.span.is_some() == other.span.is_some() && own.value != other.value;
        let mut owners = others.iter().take(ASKED).filter_map(|other| owner(other));
        let other = owners.find(differs)?;
        Some((own.value, other.value))
    }
}

/// Kind and name of what made an object.
fn owners<'a>(object: &Object<'a>) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
    let references = object.node.at(&["metadata", "ownerReferences"]);
    let items = references.into_iter().flat_map(Node::items);
    items.filter_map(|owner| Some((owner.get("kind")?.text()?, owner.get("name")?.text()?)))
}
