//! Which verbs behind a `*` make their holder more than it is: those that the authorizer would allow.

use crate::graph::tables::permission::{Request, Rule};

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
