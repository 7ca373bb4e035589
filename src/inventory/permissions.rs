//! What an identity may do, at the API server and in clouds.

use std::collections::BTreeSet;

use super::record::{Cloud, Permissions};
use super::{Inventory, Subject};
use crate::finding::fingerprint as hash;
use crate::graph::grant::authorizer::Caller;
use crate::graph::record::{CloudRecord, GrantRecord, IdentityRecord, Recorder};

/// What every authenticated caller may do: it tells identities not apart (kubernetes
/// `plugin/pkg/auth/authorizer/rbac/bootstrappolicy`).
const OF_ALL: [&str; 4] = [
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

impl<'a> Inventory<'_, 'a> {
    pub(super) fn permissions(
        &self,
        subject: &Subject<'_, 'a>,
        known: &IdentityRecord,
        recorder: Recorder<'_, 'a>,
    ) -> Permissions {
        let identity = subject.identity;
        let caller = Caller::account(identity.namespace.as_deref().unwrap_or_default(), &identity.name);
        let view = self.graph.grants.view_from(&caller, Some(identity.home));
        let mut rules = recorder.rules_of(&view);
        rules.retain(|rule| rule.via.location.is_some() || !OF_ALL.contains(&rule.via.role.as_str()));
        rules.sort_by_cached_key(|rule| (rule.namespace.clone(), normal(rule), via(rule)));
        rules.dedup();
        Permissions { rules, primitives: known.powers.clone(), unknown: known.unknown_roles.clone() }
    }
}

pub(super) fn clouds(known: &IdentityRecord) -> Vec<Cloud> {
    known.cloud.iter().map(cloud).collect()
}

fn cloud(record: &CloudRecord) -> Cloud {
    Cloud {
        provider: record.provider,
        account: account_of(&record.identity),
        identity: record.identity.clone(),
        via: record.via,
        shared_with: record.shared_with.iter().map(ToString::to_string).collect(),
        location: record.location.clone(),
    }
}

/// The account of an ARN, the project of a Google service account.
fn account_of(identity: &str) -> Option<String> {
    let arn =
        || Some(identity.strip_prefix("arn:")?.split(':').nth(3)?).filter(|account| !account.is_empty());
    let project = || identity.split_once('@')?.1.strip_suffix(".iam.gserviceaccount.com");
    arn().or_else(project).map(str::to_owned)
}

/// What a rule allows, in any order of its words.
fn normal(rule: &GrantRecord) -> String {
    let lists =
        [&rule.verbs, &rule.api_groups, &rule.resources, &rule.resource_names, &rule.non_resource_urls];
    let lists = lists.map(|list| {
        let sorted: BTreeSet<&str> = list.iter().map(String::as_str).collect();
        sorted.into_iter().collect::<Vec<_>>().join(",")
    });
    lists.join(" ")
}

fn via(rule: &GrantRecord) -> String {
    format!("{}/{} {}/{}", rule.via.kind, rule.via.name, rule.via.role_kind, rule.via.role)
}

/// A hash of an id and of what it may do, whoever gives it and wherever that is written.
pub(super) fn fingerprint(id: &str, permissions: &Permissions, cloud: &[Cloud]) -> String {
    let place = |rule: &GrantRecord| rule.namespace.clone().unwrap_or_else(|| "*".to_owned());
    let rules = permissions.rules.iter().map(|rule| format!("{} {}", place(rule), normal(rule)));
    let unknown = permissions.unknown.iter().map(|role| format!("{}/{}", role.role_kind, role.role));
    let cloud = cloud.iter().map(|cloud| format!("{} {}", cloud.provider, cloud.identity));
    let all: BTreeSet<String> = rules.chain(unknown).chain(cloud).collect();
    let parts: Vec<&str> = std::iter::once(id).chain(all.iter().map(String::as_str)).collect();
    hash(&parts)
}

#[cfg(test)]
mod tests {
    use super::account_of;

    #[test]
    fn the_account_is_part_of_the_name_of_a_cloud_identity() {
        for (identity, account) in [
            ("arn:aws:iam::123456789012:role/export", Some("123456789012")),
            ("arn:aws:iam:::role/export", None),
            ("export@acme-prod.iam.gserviceaccount.com", Some("acme-prod")),
            ("9f2c1f0e-0000-4000-8000-000000000000", None),
        ] {
            assert_eq!(account_of(identity).as_deref(), account, "{identity}");
        }
    }
}
