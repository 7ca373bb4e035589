//! Who answers for an identity, what it is for, when it was reviewed, and how strictly it is judged.

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::record::{Owner, Review};
use super::{Inventory, Subject};
use crate::finding::RuleId;
use crate::graph::place::owner::{Level, OwnerKeys};
use crate::graph::record::Recorder;
use crate::rules;
use crate::yaml::Node;

/// What others call the purpose of an object (a8r.io, Kubernetes' own well-known annotations).
const PURPOSES: [&str; 2] = ["a8r.io/description", "kubernetes.io/description"];

impl<'a> Inventory<'_, 'a> {
    /// The nearest owner: that of the account, else that of a workload.
    pub(super) fn owner(&self, subject: &Subject<'_, 'a>, recorder: Recorder<'_, 'a>) -> Option<Owner> {
        let places = &self.graph.places;
        let keys = OwnerKeys {
            keys: self.settings.patterns(RuleId(301), "keys"),
            map: &self.settings.owners,
            known: &self.owners,
        };
        let of_account = subject.declared.map(|at| places.owners_of_object(at, Level::ServiceAccount, keys));
        let of_workloads = subject.runners.iter().flat_map(|runner| places.owners_of(runner, keys));
        let mut all: Vec<_> = of_account.into_iter().flatten().chain(of_workloads).collect();
        // What is said of the identity itself says more than what is said of all around it.
        all.sort_by_key(|owner| owner.level);
        all.into_iter().next().map(|owner| Owner {
            level: owner.level.word(),
            location: owner.span.map(|span| recorder.location(span)),
            value: owner.value,
        })
    }

    /// The first of some annotations that the account, one of its workloads or its pods carry.
    fn annotation<'s>(&self, subject: &Subject<'s, 'a>, keys: &[&str]) -> Option<Cow<'a, str>> {
        let objects = subject.runners.iter().map(|runner| self.graph.places.object_of(runner));
        let all = subject.declared.into_iter().chain(objects);
        let own = all.map(|at| at.object.metadata().and_then(|metadata| metadata.get("annotations")));
        let pods = subject.runners.iter().map(|runner| runner.workload.pod_annotations());
        let mut all = own.chain(pods).flatten();
        all.find_map(|annotations: Node<'a>| {
            let named = keys.iter().find_map(|key| annotations.get(key)?.text());
            named.filter(|text| !text.trim().is_empty())
        })
    }

    fn own_annotation(&self, subject: &Subject<'_, 'a>, key: &str) -> Option<Cow<'a, str>> {
        self.annotation(subject, &[&format!("{}{key}", self.settings.prefix)])
    }

    pub(super) fn purpose(&self, subject: &Subject<'_, 'a>) -> Option<String> {
        let own = self.own_annotation(subject, "purpose");
        own.or_else(|| self.annotation(subject, &PURPOSES)).map(Cow::into_owned)
    }

    pub(super) fn dependencies(&self, subject: &Subject<'_, 'a>) -> Vec<String> {
        let listed = self.own_annotation(subject, "dependencies").unwrap_or_default();
        let all = listed.split(',').map(str::trim).filter(|name| !name.is_empty());
        all.map(str::to_owned).collect()
    }

    pub(super) fn is_for_emergencies(&self, subject: &Subject<'_, 'a>) -> bool {
        let key = format!("{}break-glass", self.settings.prefix);
        let marks = subject.declared.map(|at| [at.object.label(&key), at.object.annotation(&key)]);
        marks.into_iter().flatten().flatten().any(|mark| mark.text().as_deref() == Some("true"))
    }

    pub(super) fn review(&self, subject: &Subject<'_, 'a>) -> Option<Review> {
        let last = self.own_annotation(subject, "reviewed");
        let by = self.own_annotation(subject, "review-by");
        let today = self.settings.now.to_zoned(TimeZone::UTC).date();
        let overdue = by.as_deref().and_then(|day| Some(day.trim().parse::<Date>().ok()? < today));
        (last.is_some() || by.is_some()).then(|| Review {
            last: last.map(Cow::into_owned),
            by: by.map(Cow::into_owned),
            overdue,
        })
    }

    /// The tier of the settings that it is judged in.
    pub(super) fn tier_of(&self, subject: &Subject<'_, 'a>) -> Option<String> {
        let at = subject.home.filter(|_| self.settings.has_tiers())?;
        let tier = rules::tier_of_object(self.graph, self.settings, at);
        self.settings.tier_name(tier).map(str::to_owned)
    }
}
