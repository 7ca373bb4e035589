//! The table of rules: one card and one function each. The engine walks; a rule only looks.
//!
//! A rule takes `&`, returns nothing, and cannot fail, print, mutate or read files. What it finds it says to [`Emit`].

mod emit;

mod cloud;
mod identity;
mod owner;
mod rbac;
mod secret;
mod token;
mod workload;

use std::collections::HashMap;

use rayon::prelude::*;

use emit::Granted;
pub use emit::{Draft, Emit};

use crate::catalog::Catalog;
use crate::config::Settings;
use crate::finding::{Label, RuleId};
use crate::graph::{Graph, Placed, Reach, Runner};
use crate::k8s::container::Container;

/// What a check may look at besides what it is handed.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a, 'g> {
    /// The run.
    pub graph: &'g Graph<'a>,
    /// What every identity of it can become.
    pub reach: &'g Reach<'a>,
    /// What the user asked for.
    pub settings: &'g Settings,
    /// The rule that is running, whose parameters it may read.
    pub rule: RuleId,
}

/// The function of a rule, by what the engine hands to it.
#[derive(Clone, Copy)]
enum Check {
    /// Every object.
    Object(fn(&Placed<'_>, &Context<'_, '_>, &mut Emit<'_>)),
    /// Every pod template.
    Workload(fn(&Runner<'_>, &Context<'_, '_>, &mut Emit<'_>)),
    /// Every container of every pod template.
    Container(fn(&Container<'_>, &Runner<'_>, &Context<'_, '_>, &mut Emit<'_>)),
    /// The run as a whole, once: [`Emit::object`] and [`Emit::workload`] speak of its parts.
    Graph(fn(&Context<'_, '_>, &mut Vec<Draft>)),
}

/// One line of the table.
struct Entry {
    rule: RuleId,
    card: &'static str,
    checks: &'static [Check],
}

macro_rules! rule {
    ($number:literal, $family:ident, $name:ident, $card:literal) => {
        Entry {
            rule: RuleId($number),
            card: include_str!(concat!("../../rules/", stringify!($family), "/", $card, ".yaml")),
            checks: $family::$name::CHECKS,
        }
    };
}

/// Every rule, sorted by id.
const RULES: &[Entry] = &[
    rule!(101, identity, dedicated_service_account, "dedicated-service-account"),
    rule!(102, identity, shared_service_account, "shared-service-account"),
    rule!(103, identity, unresolved_service_account, "unresolved-service-account"),
    rule!(104, identity, cross_environment_identity, "cross-environment-identity"),
    rule!(105, identity, default_account_granted, "default-account-granted"),
    rule!(106, identity, orphan_identity, "orphan-identity"),
    rule!(107, identity, duty_mixing, "duty-mixing"),
    rule!(201, secret, literal_secret_in_pod_spec, "literal-secret-in-pod-spec"),
    rule!(203, secret, plaintext_secret_manifest, "plaintext-secret-manifest"),
    rule!(204, secret, secret_env, "secret-env"),
    rule!(301, owner, missing_owner, "missing-owner"),
    rule!(401, token, static_token_secret, "static-token-secret"),
    rule!(402, token, short_token_expiry, "short-token-expiry"),
    rule!(403, token, token_outlives_task, "token-outlives-task"),
    rule!(404, token, unneeded_token_mount, "unneeded-token-mount"),
    rule!(501, rbac, no_cluster_admin, "no-cluster-admin"),
    rule!(502, rbac, wildcard_permissions, "wildcard-permissions"),
    rule!(503, rbac, escalation_verbs, "escalation-verbs"),
    rule!(504, rbac, broad_secret_read, "broad-secret-read"),
    rule!(505, rbac, workload_write_escalation, "workload-write-escalation"),
    rule!(506, rbac, exec_or_node_access, "exec-or-node-access"),
    rule!(507, rbac, control_plane_write, "control-plane-write"),
    rule!(508, rbac, broad_group_binding, "broad-group-binding"),
    rule!(509, rbac, builtin_role_to_workload, "builtin-role-to-workload"),
    rule!(510, rbac, cluster_scope_unneeded, "cluster-scope-unneeded"),
    rule!(511, rbac, controller_mediated_escalation, "controller-mediated-escalation"),
    rule!(512, rbac, effective_escalation_path, "effective-escalation-path"),
    rule!(514, rbac, ineffective_or_unresolved_rbac, "ineffective-or-unresolved-rbac"),
    rule!(601, cloud, static_cloud_credential, "static-cloud-credential"),
    rule!(602, cloud, shared_cloud_identity, "shared-cloud-identity"),
    rule!(603, cloud, admin_cloud_identity, "admin-cloud-identity"),
    rule!(604, cloud, broken_cloud_binding, "broken-or-legacy-cloud-binding"),
    rule!(701, workload, host_access, "host-access-steals-identity"),
    rule!(702, workload, powerful_exposed, "powerful-identity-exposed"),
    rule!(704, workload, ungoverned_placement, "ungoverned-placement"),
    Entry {
        rule: RuleId::UNGOVERNED_MANIFEST,
        card: include_str!("../../rules/governance/ungoverned-manifest.yaml"),
        checks: &[],
    },
];

/// The texts of all cards, sorted by id.
pub fn cards() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|entry| entry.card)
}

/// The rules of the table, with the names of what each looks at; for the test that holds cards against it.
pub fn table() -> impl Iterator<Item = (RuleId, Vec<&'static str>)> {
    RULES.iter().map(|entry| {
        let word = |check: &Check| match check {
            Check::Object(_) => "object",
            Check::Workload(_) => "workload",
            Check::Container(_) => "container",
            Check::Graph(_) => "graph",
        };
        (entry.rule, entry.checks.iter().map(word).collect())
    })
}

/// Runs every rule that is on over a graph. The order of the result is that of the objects, whatever the threads do.
#[must_use]
pub fn run(graph: &Graph<'_>, settings: &Settings, catalog: &Catalog) -> Vec<Draft> {
    let on: Vec<&Entry> = RULES.iter().filter(|entry| settings.runs(catalog.card(entry.rule))).collect();
    let reach = &graph.reach();
    let of_objects = graph.places.objects.par_iter().flat_map_iter(|placed| {
        let mut drafts = Vec::new();
        for entry in &on {
            let context = Context { graph, reach, settings, rule: entry.rule };
            let mut emit = Emit::object(entry.rule, placed, &mut drafts);
            for check in entry.checks {
                if let Check::Object(check) = check {
                    check(placed, &context, &mut emit);
                }
            }
        }
        drafts
    });
    let of_runners = graph.places.runners.par_iter().flat_map_iter(|runner| {
        let mut drafts = Vec::new();
        for entry in &on {
            let context = Context { graph, reach, settings, rule: entry.rule };
            let mut emit = Emit::workload(entry.rule, graph, runner, &mut drafts);
            for check in entry.checks {
                match check {
                    Check::Workload(check) => check(runner, &context, &mut emit),
                    Check::Container(check) => {
                        for container in &runner.workload.containers {
                            check(container, runner, &context, &mut emit);
                        }
                    }
                    Check::Object(_) | Check::Graph(_) => {}
                }
            }
        }
        drafts
    });
    let mut drafts: Vec<Draft> = of_objects.collect();
    drafts.extend(of_runners.collect::<Vec<_>>());
    for entry in &on {
        let context = Context { graph, reach, settings, rule: entry.rule };
        for check in entry.checks {
            if let Check::Graph(check) = check {
                check(&context, &mut drafts);
            }
        }
    }
    absorb(drafts)
}

/// Takes out what other findings show in full, and keeps the places as related ones of those.
fn absorb(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut absorbing: HashMap<Granted, Vec<RuleId>> = HashMap::new();
    for draft in &drafts {
        for granted in &draft.absorbs {
            absorbing.entry(granted.clone()).or_default().push(draft.rule);
        }
    }
    if absorbing.is_empty() {
        return drafts;
    }
    let mut places: HashMap<Granted, Vec<Label>> = HashMap::new();
    let mut kept = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let absorbed = |granted: &&Granted| {
            absorbing.get(*granted).is_some_and(|by| by.iter().any(|by| *by != draft.rule))
        };
        if let Some(granted) = draft.grants.as_ref().filter(absorbed) {
            let label = Label { span: draft.span, message: format!("{} of {}", draft.label, draft.rule) };
            places.entry(granted.clone()).or_default().push(label);
        } else {
            kept.push(draft);
        }
    }
    for draft in &mut kept {
        draft
            .related
            .extend(draft.absorbs.iter().filter_map(|granted| places.get(granted)).flatten().cloned());
    }
    kept
}
