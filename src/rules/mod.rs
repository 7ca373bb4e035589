//! The table of rules: one card each, and the functions that check. This module hands them what they check.
//!
//! A rule takes `&`, returns nothing, and cannot fail, print, mutate or read files. It hands its findings to [`Emit`].

mod cards;
mod emit;

mod settle;
mod tiers;

mod own;

mod cloud;
mod copies;
mod governance;
mod identity;
mod owner;
mod rbac;
mod secret;
mod token;
mod workload;

use rayon::prelude::*;

pub use cards::catalog;
pub(crate) use emit::change;
pub use emit::{Draft, Emit};
use emit::{Granted, HeldBy, SHOWN};
use settle::{absorb, one_for_each_power};

use crate::catalog::{Card, Catalog};
use crate::config::Settings;
use crate::finding::{RuleId, RunError};
use crate::graph::place::owner::{KnownOwners, OwnerKeys};
use crate::graph::{DeclaredAccounts, Graph, Placed, Reach, Runner};
use crate::k8s::container::Container;
use crate::source::FileId;

/// What a check may read besides what it is handed.
#[derive(Clone, Copy, Debug)]
pub struct Context<'g> {
    /// The run.
    pub graph: &'g Graph<'g>,
    /// What every identity of it can become.
    pub reach: &'g Reach<'g>,
    /// What the user asked for.
    pub settings: &'g Settings,
    /// The rule that is running, whose parameters it may read.
    pub rule: RuleId,
    /// The accounts that were declared before a change, where the run is about one.
    pub before: Option<&'g DeclaredAccounts>,
    /// What was found of the owners of files.
    owners: &'g KnownOwners,
}

impl<'g> Context<'g> {
    /// The keys that name an owner, as the card of NHI301 lists them.
    fn owner_keys(&self) -> OwnerKeys<'g> {
        OwnerKeys {
            keys: self.settings.patterns(RuleId(301), "keys"),
            map: &self.settings.owners,
            known: self.owners,
        }
    }

    /// Registries that hold copies of published images, as the card of NHI701 lists them.
    fn mirrors(&self) -> Vec<&'g str> {
        self.settings.list(RuleId(701), "mirrors")
    }
}

/// The function of a rule, by what the engine hands to it.
#[derive(Clone, Copy)]
enum Check {
    /// Every object.
    Object(fn(&Placed<'_>, &Context<'_>, &mut Emit<'_>)),
    /// Every pod template.
    Workload(fn(&Runner<'_>, &Context<'_>, &mut Emit<'_>)),
    /// Every container of every pod template.
    Container(fn(&Container<'_>, &Runner<'_>, &Context<'_>, &mut Emit<'_>)),
    /// The run as a whole, once: the function makes an [`Emit`] for each object or workload that it reports.
    Graph(fn(&Context<'_>, &mut Vec<Draft>)),
}

/// One line of the table.
struct Entry {
    rule: RuleId,
    checks: &'static [Check],
}

macro_rules! rules {
    ($($number:literal $family:ident::$name:ident $($what:ident($check:ident)),*;)+) => {
        &[
            $(Entry {
                rule: RuleId($number),
                checks: &[$(Check::$what($family::$name::$check)),*],
            },)+
            Entry { rule: RuleId::EXCEPTION_EXPIRED, checks: &[] },
            Entry { rule: RuleId::EXCEPTION_INVALID, checks: &[] },
            Entry { rule: RuleId::EXCEPTION_UNUSED, checks: &[] },
            Entry {
                rule: RuleId(904),
                checks: &[Check::Object(governance::break_glass_unbounded::check)],
            },
            Entry { rule: RuleId::UNGOVERNED_MANIFEST, checks: &[] },
        ]
    };
}

/// Every rule, sorted by id: its module, and what each of its functions checks.
const RULES: &[Entry] = rules! {
    101 identity::dedicated_service_account Workload(check);
    102 identity::shared_service_account Workload(check);
    103 identity::unresolved_service_account Workload(field), Graph(undeclared);
    104 identity::cross_environment_identity Graph(check);
    105 identity::default_account_granted Object(check);
    106 identity::orphan_identity Object(ghosts), Graph(orphans);
    107 identity::duty_mixing Workload(itself), Graph(check);
    201 secret::literal_secret_in_pod_spec Object(values), Workload(pods), Graph(files);
    202 secret::literal_secret_in_config Object(check);
    203 secret::plaintext_secret_manifest Object(check);
    204 secret::secret_env Object(objects), Workload(workload), Graph(values);
    301 owner::missing_owner Graph(check);
    401 token::static_token_secret Object(check);
    402 token::short_token_expiry Object(object), Workload(workload);
    403 token::token_outlives_task Workload(check);
    404 token::unneeded_token_mount Graph(check);
    501 rbac::no_cluster_admin Object(check), Graph(together);
    502 rbac::wildcard_permissions Object(check);
    503 rbac::escalation_verbs Object(check);
    504 rbac::broad_secret_read Object(check);
    505 rbac::workload_write_escalation Object(check);
    506 rbac::exec_or_node_access Object(check);
    507 rbac::control_plane_write Object(check);
    508 rbac::broad_group_binding Object(check);
    509 rbac::builtin_role_to_workload Object(check);
    510 rbac::cluster_scope_unneeded Object(check);
    511 rbac::controller_mediated_escalation Object(check);
    512 rbac::effective_escalation_path Graph(check);
    513 rbac::permission_increase;
    514 rbac::ineffective_or_unresolved_rbac Object(check);
    601 cloud::static_cloud_credential Object(object), Container(container);
    602 cloud::shared_cloud_identity Graph(check);
    603 cloud::admin_cloud_identity Object(policies), Graph(names);
    604 cloud::broken_cloud_binding Object(retired), Workload(check), Graph(bindings);
    701 workload::host_access Workload(check);
    702 workload::powerful_exposed Workload(check);
    704 workload::ungoverned_placement Object(namespace), Workload(workload);
};

/// The rules of the table, each with the words for what it checks; a test compares them with `looks-at` of the cards.
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

/// Runs every rule that is on over a graph; `reach`: what its identities can become, `owners`: what is found of the
/// owners of files, `before`: the accounts that were declared before a change. The order of the result is that of the objects, whatever the threads do. The errors are those of rules that users
/// wrote and that cannot be evaluated.
#[must_use]
pub fn run(
    graph: &Graph<'_>,
    (reach, owners): (&Reach<'_>, &KnownOwners),
    before: Option<&DeclaredAccounts>,
    settings: &Settings,
    catalog: &Catalog,
) -> (Vec<Draft>, Vec<RunError>) {
    let tiers = tiers::Tiers::new(graph, settings);
    let (mut drafts, mut failed) = (Vec::new(), Vec::new());
    for group in settings.tiers_alike() {
        let settings = group[0].1;
        let is_on = |card: &Card| group.iter().any(|(_, tier)| tier.runs(card));
        let on = RULES.iter().filter(|entry| is_on(catalog.card(entry.rule)));
        let context = |rule| Context { graph, reach, settings, rule, before, owners };
        let on: Vec<(Context<'_>, &Check)> =
            on.flat_map(|entry| entry.checks.iter().map(move |check| (context(entry.rule), check))).collect();
        let mut found = check_all(graph, &on);
        let (of_users, errors) = own::run(&context(RuleId(0)), catalog, &is_on);
        found.extend(of_users);
        failed.extend(errors);
        drafts.extend(tiers.of_group(found, &group));
    }
    failed.sort();
    failed.dedup();
    (one_for_each_power(absorb(copies::once(drafts, graph))), failed)
}

/// The number of the tier that holds for the text of a file.
#[must_use]
pub fn tier_of_text(graph: &Graph<'_>, settings: &Settings, file: FileId) -> usize {
    if settings.has_tiers() { tiers::Tiers::new(graph, settings).of(None, file) } else { 0 }
}

/// The number of the tier that holds for an object.
#[must_use]
pub fn tier_of_object(graph: &Graph<'_>, settings: &Settings, at: &Placed<'_>) -> usize {
    if settings.has_tiers() { tiers::Tiers::new(graph, settings).of(Some(at.id), at.file) } else { 0 }
}

/// What some checks find in everything.
fn check_all(graph: &Graph<'_>, on: &[(Context<'_>, &Check)]) -> Vec<Draft> {
    let of_objects = graph.places.objects.par_iter().flat_map_iter(|placed| {
        let mut drafts = Vec::new();
        for (context, check) in on {
            if let Check::Object(check) = check {
                check(placed, context, &mut Emit::object(context.rule, placed, &mut drafts));
            }
        }
        drafts
    });
    let of_runners = graph.places.runners.par_iter().flat_map_iter(|runner| {
        let mut drafts = Vec::new();
        for (context, check) in on {
            let mut emit = Emit::workload(context.rule, graph, runner, &mut drafts);
            match check {
                Check::Workload(check) => check(runner, context, &mut emit),
                Check::Container(check) => {
                    let containers = runner.workload.containers.iter();
                    containers.for_each(|container| check(container, runner, context, &mut emit));
                }
                Check::Object(_) | Check::Graph(_) => {}
            }
        }
        drafts
    });
    let mut drafts: Vec<Draft> = of_objects.collect();
    drafts.par_extend(of_runners);
    for (context, check) in on {
        if let Check::Graph(check) = check {
            check(context, &mut drafts);
        }
    }
    drafts
}
