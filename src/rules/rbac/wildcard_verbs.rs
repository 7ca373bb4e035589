//! Which verbs a `*` takes in: those that make their holder more than it is, as far as the authorizer would allow them, and
//! those that objects have.

use crate::graph::tables::permission::{ALL, Request, Rule};
use crate::graph::tables::resource::{is_own_group, resource};

/// A verb by which a holder becomes more than it is, and what it is asked for: what a binding in a namespace gives, and
/// what needs one for the cluster.
struct Beyond {
    verb: &'static str,
    group: &'static str,
    within: &'static [&'static str],
    outside: &'static [&'static str],
}

const RBAC: &str = "rbac.authorization.k8s.io";

const BEYOND: [Beyond; 5] = [
    Beyond { verb: "escalate", group: RBAC, within: &["roles"], outside: &["clusterroles"] },
    Beyond { verb: "bind", group: RBAC, within: &["roles", "clusterroles"], outside: &[] },
    Beyond { verb: "impersonate", group: "", within: &["serviceaccounts"], outside: &["users", "groups"] },
    Beyond { verb: "approve", group: "certificates.k8s.io", within: &[], outside: &["signers"] },
    Beyond { verb: "sign", group: "certificates.k8s.io", within: &[], outside: &["signers"] },
];

/// How many of them a message names.
const MOST: usize = 2;

/// The verbs by which the holder of the rule becomes more than it is.
pub(super) fn beyond(rule: &Rule<'_>, cluster_wide: bool) -> Vec<&'static str> {
    let given = BEYOND.iter().filter(|row| {
        let outside = if cluster_wide { row.outside } else { &[] };
        let mut on = row.within.iter().chain(outside);
        on.any(|resource| rule.allows(&of_name(row.verb, row.group, resource, rule)))
    });
    given.map(|row| row.verb).take(MOST).collect()
}

/// The verbs that objects are served with (kubernetes.io, "Kubernetes API Concepts"). `deletecollection` is left out: a
/// program that deletes each object by its name never asks for it.
const OF_OBJECTS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

/// Groups whose resources are no objects: what is asked there is answered, and identities are impersonated.
const QUESTIONS: [&str; 2] = ["authentication.k8s.io", "authorization.k8s.io"];

/// Resources of other groups that are no objects, or that have verbs of their own.
const OTHERWISE: [&str; 6] =
    ["bindings", "componentstatuses", "groups", "podsecuritypolicies", "signers", "users"];

/// What a `*` in `verbs` stands for where the verbs of all resources of the rule are known, as YAML. `defines_groups`: all
/// its groups hold kinds that are defined in the input, whose objects have the same verbs.
pub(super) fn written_out(rule: &Rule<'_>, cluster_wide: bool, defines_groups: bool) -> Option<String> {
    let is_known = |plural: &str| {
        let of_group = |group: &&str| resource(group, plural).is_some() && !QUESTIONS.contains(group);
        !OTHERWISE.contains(&plural) && rule.groups.iter().any(|group| of_group(&&**group))
    };
    let are_known = !rule.groups.is_empty()
        && rule.groups.iter().all(|group| is_own_group(group))
        && rule.resources.iter().all(|plural| is_known(plural));
    let is_plain = |word: &str| !word.contains(['*', '/']);
    let is_usual = |verb: &str| verb == ALL || verb == "deletecollection" || OF_OBJECTS.contains(&verb);
    let is_certain = rule.urls.is_empty()
        && rule.names.is_empty()
        && !rule.resources.is_empty()
        && rule.resources.iter().all(|resource| is_plain(resource))
        && rule.verbs.iter().all(|verb| is_usual(verb))
        && (are_known || defines_groups)
        && beyond(rule, cluster_wide).is_empty();
    is_certain.then(|| format!("[{}]", OF_OBJECTS.join(", ")))
}

/// A request that the names of the rule do not keep out.
pub(super) fn of_name<'r>(
    verb: &'r str,
    group: &'r str,
    resource: &'r str,
    rule: &'r Rule<'_>,
) -> Request<'r> {
    let request = Request::resource(verb, group, resource);
    rule.names.first().map_or(request, |name| request.named(name))
}
