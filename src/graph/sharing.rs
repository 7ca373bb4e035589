//! Who else runs as a workload's account, counted as people count: a canary, a manual run of a scheduled job, and what
//! a controller made of a workload are that workload.

use std::borrow::Cow;
use std::collections::HashSet;

use super::owner::{Owner, OwnerKeys};
use super::{Graph, Runner, environment};
use crate::k8s::Object;
use crate::k8s::workload::Shape;
use crate::yaml::Node;

/// So many users of an account are compared with each; above that, nobody reads the list.
const MOST: usize = 256;

impl<'a> Graph<'a> {
    /// The other workloads that run as the same account, each once; none for what another of them made.
    #[must_use]
    pub fn sharers<'g>(&'g self, runner: &'g Runner<'a>) -> Vec<&'g Runner<'a>> {
        let all: Vec<&Runner<'a>> = self.others_with_account(runner).take(MOST).collect();
        let name_of = |runner: &Runner<'a>| {
            let object = &self.objects[runner.object].object;
            (object.kind.to_string(), object.name.to_string())
        };
        let named: HashSet<_> = all
            .iter()
            .map(|other| name_of(other))
            .chain([name_of(runner)])
            .collect();
        let is_made = |runner: &Runner<'a>| {
            let owners = owners(&self.objects[runner.object].object);
            owners.iter().any(|owner| named.contains(owner))
        };
        if is_made(runner) {
            return Vec::new();
        }
        let mut families = HashSet::from([self.family(runner)]);
        let others = all
            .into_iter()
            .filter(|other| !is_made(other) && !self.are_twins(runner, other));
        others
            .filter(|other| families.insert(self.family(other)))
            .collect()
    }

    /// What a workload is one of: runs of one template are one, and so are variants of one name.
    fn family(&self, runner: &Runner<'a>) -> (Cow<'a, str>, String) {
        let object = &self.objects[runner.object].object;
        let spec = runner.workload.spec.value;
        let runs = |reference: &'static str| {
            Some((
                reference.into(),
                spec.at(&[reference, "name"])?.text()?.into_owned(),
            ))
        };
        let template = match runner.workload.shape {
            Shape::Workflow => runs("workflowTemplateRef"),
            Shape::Tekton => runs("pipelineRef").or_else(|| runs("taskRef")),
            Shape::PodSpec | Shape::Other => None,
        };
        let own = || match &*object.kind {
            "WorkflowTemplate" => ("workflowTemplateRef".into(), object.name.to_string()),
            _ => {
                let name = object.name.trim_end_matches('*').trim_end_matches('-');
                (object.kind.clone(), environment::without_variant(name).to_owned())
            }
        };
        template.unwrap_or_else(own)
    }

    /// A Job that does what a CronJob does is that job, started by hand.
    fn are_twins(&self, one: &Runner<'a>, other: &Runner<'a>) -> bool {
        let kind = |runner: &Runner<'a>| self.objects[runner.object].object.kind.clone();
        let started = matches!(
            (&*kind(one), &*kind(other)),
            ("Job", "CronJob") | ("CronJob", "Job")
        );
        let by_hand = |runner: &Runner<'a>| {
            let object = &self.objects[runner.object].object;
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
            let object = &self.objects[runner.object].object;
            object.label("app.kubernetes.io/instance").and_then(Node::text)
        };
        instance(runner).is_some_and(|own| others.iter().all(|other| instance(other).as_ref() == Some(&own)))
    }

    /// Two owners that workloads answer to, if they differ. What CODEOWNERS says is compared with its like only: a team
    /// has other names there than in annotations.
    #[must_use]
    pub fn owners_apart(
        &self,
        runner: &Runner<'_>,
        others: &[&Runner<'_>],
        keys: &OwnerKeys<'_>,
    ) -> Option<(String, String)> {
        let owner = |runner: &Runner<'_>| self.owners_of(runner, keys).into_iter().next();
        let own = owner(runner)?;
        let differs = |other: &Owner| own.span.is_some() == other.span.is_some() && own.value != other.value;
        let mut owners = others.iter().filter_map(|other| owner(other));
        let other = owners.find(differs)?;
        Some((own.value, other.value))
    }

    /// Whether it is certain that an account is a name only: no binding of its own, no cloud role, no Secret.
    #[must_use]
    pub fn is_powerless(&self, runner: &Runner<'_>) -> bool {
        let at = &self.objects[runner.object];
        let accounts = self.accounts_of(runner);
        let has_secrets = |account: &usize| {
            let node = self.objects[*account].object.node;
            node.get("secrets")
                .is_some_and(|secrets| secrets.items().next().is_some())
        };
        let name = runner.account.name().unwrap_or_default();
        let grants = self.own_grants_to(at, at.namespace.as_deref(), name);
        !accounts.is_empty()
            && !self.sources.is_open(at.source)
            && !accounts.iter().any(has_secrets)
            && self.cloud_role(runner).is_none()
            && grants.is_empty()
    }
}

/// Kind and name of what made an object.
fn owners(object: &Object<'_>) -> Vec<(String, String)> {
    let references = object.node.at(&["metadata", "ownerReferences"]);
    let items = references.into_iter().flat_map(Node::items);
    items
        .filter_map(|owner| {
            let text = |key: &str| owner.get(key)?.text().map(Cow::into_owned);
            Some((text("kind")?, text("name")?))
        })
        .collect()
}
