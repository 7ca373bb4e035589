//! How often a task runs.

use crate::graph::Placed;
use crate::graph::credential::token::DEFAULT_LIFETIME;
use crate::k8s::duration::cron_period;
use crate::yaml::Node;

/// How often it runs, in seconds.
pub(super) fn period(at: &Placed<'_>) -> i64 {
    let schedule = at.object.node.at(&["spec", "schedule"]).and_then(Node::text);
    schedule.and_then(|schedule| cron_period(&schedule)).unwrap_or(DEFAULT_LIFETIME)
}
