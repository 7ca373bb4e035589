//! What each binding gives, as primitives: the raw material of the closure.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::graph::grant::{Grants, RoleFound};
use crate::graph::place::{BindingId, PlacedBinding, SourceId};
use crate::graph::tables::controllers::{commands, controller_of};
use crate::graph::tables::permission::{ALL, Rule, is_everything};
use crate::graph::tables::primitive::{ADMIN, PRIMITIVES, Primitive, Primitives, SCC_USE, primitive};
use crate::graph::tables::tier::Tier;
use crate::graph::tables::worth::{Scope, tier_of};

/// A primitive that a binding gives.
#[derive(Clone, Debug)]
pub struct Power {
    /// Which.
    pub primitive: &'static Primitive,
    /// Where.
    pub scope: Scope,
    /// The `resourceNames` that limit it; none means every name.
    pub names: Arc<[String]>,
    /// How they limit it.
    limit: Limit,
    /// The resource that shows it, as `pods/exec`; empty where two permissions make it together.
    pub resource: &'static str,
    /// The binding.
    pub binding: BindingId,
    /// The second binding, where two permissions make it together.
    pub with: Option<BindingId>,
    /// Whether it is not certain: the role is a platform's, or role, binding and identity may be of several clusters.
    pub doubt: bool,
}

impl Power {
    /// The same, as far as it is not certain.
    pub(super) fn doubted(self) -> Self {
        Self { doubt: true, ..self }
    }

    /// Its tier by itself.
    #[must_use]
    pub fn tier(&self) -> Tier {
        self.limit.tier(self.primitive, &self.scope)
    }

    /// `may read every secret in the whole cluster`.
    #[must_use]
    pub fn words(&self) -> String {
        let what = self.primitive.what_of(&self.names);
        let place = match &self.scope {
            Scope::Cluster => "in the whole cluster".to_owned(),
            Scope::Namespace(Some(namespace)) => format!("in `{namespace}`"),
            Scope::Namespace(None) => "in its namespace".to_owned(),
        };
        format!("{} {what} {place}", self.primitive.does)
    }
}

/// Security context constraints that let pods do no more than any pod may (OpenShift, "Managing security context
/// constraints").
const HARMLESS_CONSTRAINTS: [&str; 5] =
    ["nonroot", "nonroot-v2", "restricted", "restricted-v2", "restricted-v3"];

/// How names limit a primitive.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// Every name, or one that is as good.
    Nothing,
    /// Some names.
    Names,
    /// Names that are worth nothing.
    Harmless,
}

impl Limit {
    /// That of the names; none is every name.
    fn of(primitive: &Primitive, names: &[String]) -> Self {
        let harmless = |name: &String| HARMLESS_CONSTRAINTS.contains(&name.as_str());
        if names.is_empty() {
            Self::Nothing
        } else if primitive.name == SCC_USE && names.iter().all(harmless) {
            Self::Harmless
        } else if names.iter().any(|name| name == "system:masters") {
            Self::Nothing
        } else {
            Self::Names
        }
    }

    fn tier(self, primitive: &Primitive, scope: &Scope) -> Tier {
        match self {
            Self::Harmless => Tier::T4,
            Self::Names => tier_of(primitive, scope, true),
            Self::Nothing => tier_of(primitive, scope, false),
        }
    }
}

/// Every primitive, and which of them a rule may show by the resources that it names.
struct Wanted {
    all: Vec<&'static Primitive>,
    /// Positions in `all` by resource; patterns are under [`ALL`].
    by_resource: HashMap<&'static str, Vec<usize>>,
}

fn wanted() -> &'static Wanted {
    static WANTED: OnceLock<Wanted> = OnceLock::new();
    WANTED.get_or_init(|| {
        let Primitives { escalation, secrets, workloads, intrusion, control_plane, writes, parts, .. } =
            *PRIMITIVES;
        let tables = [escalation, secrets, workloads, intrusion, control_plane, writes, commands(), parts];
        let all: Vec<&'static Primitive> = tables.into_iter().flatten().copied().collect();
        let mut by_resource: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (position, primitive) in all.iter().enumerate() {
            for &resource in primitive.on.iter().flat_map(|on| &on.resources) {
                let key = if resource.ends_with('*') { ALL } else { resource };
                let known = by_resource.entry(key).or_default();
                if known.last() != Some(&position) {
                    known.push(position);
                }
            }
        }
        Wanted { all, by_resource }
    })
}

/// The primitives that a rule may show, as positions in the list of all.
fn candidates(rule: &Rule<'_>, found: &mut Vec<usize>) {
    found.clear();
    if rule.resources.iter().any(|word| word.starts_with('*')) {
        found.extend(0..wanted().all.len());
        return;
    }
    for word in rule.resources.iter().map(AsRef::as_ref).chain([ALL]) {
        found.extend(wanted().by_resource.get(word).into_iter().flatten());
    }
    found.sort_unstable();
    found.dedup();
}

/// What rules give where they are bound, each primitive once: without limit, or with the names of all rules.
pub(super) fn primitives<'r>(
    rules: impl Iterator<Item = &'r Rule<'r>> + Clone,
    cluster_wide: bool,
) -> Vec<(&'static Primitive, &'static str, Vec<String>)> {
    let mut shown: HashMap<usize, (&'static str, Option<Vec<String>>)> = HashMap::new();
    let mut maybe = Vec::new();
    for rule in rules.clone() {
        candidates(rule, &mut maybe);
        for &position in &maybe {
            let Some(found) = wanted().all[position].shown_by(rule, cluster_wide) else { continue };
            let names = found.names.iter().map(ToString::to_string);
            let entry = shown.entry(position).or_insert((found.resource, Some(Vec::new())));
            match &mut entry.1 {
                _ if found.names.is_empty() => *entry = (found.resource, None),
                Some(known) => known.extend(names),
                None => {}
            }
        }
    }
    let mut positions: Vec<_> = shown.into_iter().collect();
    positions.sort_by_key(|(position, _)| *position);
    let everything = is_everything(rules).then(|| (primitive(ADMIN), ALL, Vec::new()));
    let found = positions
        .into_iter()
        .map(|(position, (resource, names))| (wanted().all[position], resource, names.unwrap_or_default()));
    everything.into_iter().chain(found).collect()
}

/// What one binding gives.
pub(super) struct Given {
    /// The primitives.
    pub(super) powers: Vec<Power>,
    /// What is to be known of its role.
    pub(super) role: Content,
}

/// What is to be known of a role where it is bound.
#[derive(Clone, Copy)]
pub(super) struct Content {
    /// Whether it is not known.
    pub(super) unknown: bool,
    /// Whether it gives, in the whole cluster, some verbs on everything.
    pub(super) part_of_everything: bool,
    /// Whether it allows everything.
    everything: bool,
}

/// What each binding of the run gives, in the order of bindings.
pub(super) fn given(grants: &Grants<'_>) -> Vec<Given> {
    // Controllers of these groups are likely to run.
    let groups = grants.places.groups();
    let mut known: HashMap<(Option<(usize, bool)>, bool), usize> = HashMap::new();
    let mut firsts: Vec<&PlacedBinding<'_>> = Vec::new();
    let of_binding = |placed| {
        let key = (grants.role_of(placed).key(), placed.binding.cluster_wide);
        *known.entry(key).or_insert_with(|| {
            firsts.push(placed);
            firsts.len() - 1
        })
    };
    let positions: Vec<usize> = grants.places.bindings.iter().map(of_binding).collect();
    let shown: Vec<ShownByRole> = firsts.par_iter().map(|placed| shown_by(grants, placed, &groups)).collect();
    let bindings = grants.places.bindings.iter().zip(positions);
    bindings.map(|(placed, position)| shown[position].given_by(grants, placed)).collect()
}

/// A primitive with the resource that shows it, and the names that limit it.
type Gives = (&'static Primitive, &'static str, Arc<[String]>, Limit);

/// What a role shows where it is bound, whoever binds it.
struct ShownByRole {
    primitives: Vec<Gives>,
    doubt: bool,
    role: Content,
}

impl ShownByRole {
    fn given_by(&self, grants: &Grants<'_>, placed: &PlacedBinding<'_>) -> Given {
        let wide = placed.binding.cluster_wide;
        let namespace = grants.places[placed.object].namespace.clone();
        let scope = if wide { Scope::Cluster } else { Scope::Namespace(namespace) };
        let power = |(primitive, resource, names, limit): &Gives| Power {
            primitive,
            scope: scope.clone(),
            names: Arc::clone(names),
            limit: *limit,
            resource,
            binding: placed.id,
            with: None,
            doubt: self.doubt,
        };
        Given { powers: self.primitives.iter().map(power).collect(), role: self.role }
    }
}

fn shown_by(grants: &Grants<'_>, placed: &PlacedBinding<'_>, groups: &HashSet<&str>) -> ShownByRole {
    let role = grants.role_of(placed);
    let wide = placed.binding.cluster_wide;
    let doubt = match &role {
        RoleFound::Known { certain, platform, .. } => !certain || platform.is_some(),
        RoleFound::Unknown => true,
    };
    let rules: Vec<&Rule<'_>> = role.rules().collect();
    let named: HashSet<&str> = rules.iter().flat_map(|rule| &rule.groups).map(AsRef::as_ref).collect();
    // Every API group is not that of a controller that nothing shows to be there.
    let speculative = |primitive: &Primitive| {
        let is_there = |group: &str| match group.strip_prefix('*') {
            Some(ending) => groups.iter().chain(&named).any(|known| known.ends_with(ending)),
            None => groups.contains(group) || named.contains(group),
        };
        controller_of(primitive).is_some() && !primitive.on.iter().any(|on| is_there(on.group))
    };
    let part = |rule: &&Rule<'_>| {
        let all = |words: &[Cow<'_, str>]| words.iter().any(|word| word == ALL);
        rule.names.is_empty() && all(&rule.groups) && all(&rule.resources)
    };
    let shown = primitives(rules.iter().copied(), wide).into_iter();
    ShownByRole {
        primitives: shown
            .filter(|(primitive, ..)| !speculative(primitive))
            .map(|(primitive, resource, names)| {
                let limit = Limit::of(primitive, &names);
                (primitive, resource, names.into(), limit)
            })
            .collect(),
        doubt,
        role: Content {
            unknown: matches!(role, RoleFound::Unknown),
            part_of_everything: wide && rules.iter().any(part),
            everything: role.is_everything(),
        },
    }
}

/// What permissions that are held together make: in one place, or one of them everywhere.
///
/// Two of each are enough: if one binding is taken away, the other still makes it, or none does.
pub(super) fn together(held: &[&Power]) -> Vec<Power> {
    let mut made: Vec<Power> = Vec::new();
    let pairs = PRIMITIVES.derived.iter().flat_map(|&made| made.made_of.iter().map(move |pair| (made, pair)));
    for (makes, [first, second]) in pairs {
        let (firsts, seconds) = (by_scope(held, first), by_scope(held, second));
        let mut scopes: Vec<&Scope> = firsts.order.iter().chain(&seconds.order).copied().collect();
        let mut known = HashSet::new();
        scopes.retain(|scope| known.insert(*scope));
        for scope in scopes {
            for one in firsts.counting_in(scope) {
                for other in seconds.counting_in(scope) {
                    made.push(Power {
                        primitive: makes,
                        scope: scope.clone(),
                        names: Arc::default(),
                        limit: Limit::Nothing,
                        resource: "",
                        binding: one.binding,
                        with: (other.binding != one.binding).then_some(other.binding),
                        doubt: one.doubt || other.doubt,
                    });
                }
            }
        }
    }
    made
}

/// The permissions of one kind that no name limits: up to two for each place, what is certain first.
struct ByScope<'p> {
    order: Vec<&'p Scope>,
    known: HashMap<&'p Scope, Vec<&'p Power>>,
}

fn by_scope<'p>(held: &[&'p Power], name: &str) -> ByScope<'p> {
    let mut this = ByScope { order: Vec::new(), known: HashMap::new() };
    for doubt in [false, true] {
        let of_name = held
            .iter()
            .filter(|power| power.primitive.name == name && power.names.is_empty() && power.doubt == doubt);
        for power in of_name {
            let known = this.known.entry(&power.scope).or_default();
            if known.is_empty() {
                this.order.push(&power.scope);
            }
            if known.len() < 2 && known.iter().all(|other| other.binding != power.binding) {
                known.push(power);
            }
        }
    }
    this
}

impl<'p> ByScope<'p> {
    /// What counts in a place: what is held there, else what is held everywhere.
    fn counting_in(&self, scope: &Scope) -> Vec<&'p Power> {
        let of = |scope: &Scope| self.known.get(scope).into_iter().flatten();
        let mut found: Vec<&Power> = of(scope).copied().collect();
        if *scope != Scope::Cluster {
            found.extend(of(&Scope::Cluster).copied());
        }
        found.sort_by_key(|power| power.doubt);
        found.truncate(2);
        found
    }
}

/// Whether bindings that each give some verbs on everything in the whole cluster give everything together, and none of
/// them does by itself: the first two of them.
pub(super) fn everything_together(
    grants: &Grants<'_>,
    parts: &[(BindingId, bool)],
    given: &[Given],
) -> Option<Power> {
    if parts.len() < 2 || parts.iter().any(|(at, _)| given[at.position()].role.everything) {
        return None;
    }
    let is_certain = parts.iter().all(|(_, certain)| *certain);
    let parts: Vec<(BindingId, RoleFound<'_>)> =
        parts.iter().map(|&(at, _)| (at, grants.role_of(&grants.places[at]))).collect();
    if !is_everything(parts.iter().flat_map(|(_, role)| role.rules())) {
        return None;
    }
    let doubt = !is_certain || parts.iter().any(|(_, role)| !role.is_certain() || !role.is_complete());
    Some(Power {
        primitive: primitive(ADMIN),
        scope: Scope::Cluster,
        names: Arc::default(),
        limit: Limit::Nothing,
        resource: ALL,
        binding: parts[0].0,
        with: Some(parts[1].0),
        doubt,
    })
}

/// The tier of whoever binds a `ClusterRole` in a place.
pub(super) fn tier_of_role(grants: &Grants<'_>, from: SourceId, name: &str, scope: &Scope) -> Option<Tier> {
    let rules = grants.cluster_role(from, name)?;
    let shown = primitives(rules.into_iter(), *scope == Scope::Cluster);
    let tiers =
        shown.into_iter().map(|(primitive, _, names)| Limit::of(primitive, &names).tier(primitive, scope));
    Some(tiers.min().unwrap_or(Tier::T4))
}
