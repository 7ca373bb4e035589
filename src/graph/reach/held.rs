//! What every identity holds: the permissions that its bindings give, by itself and by the groups that it is in.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::net::{Net, PowerId};
use super::powers::{self, Given, Power};
use crate::graph::grant::{BindingsTo, Grants, OfGroups};
use crate::graph::place::BindingId;
use crate::graph::tables::worth::Scope;

/// So much of what groups hold is followed for each account that is in them.
const FEW: usize = 256;

/// Where groups hold more, so much is followed in a run; beyond that, each account holds the strongest [`FEW`].
const MOST: usize = 1 << 18;

/// What is held by all who are in some groups.
struct Shared {
    held: Vec<PowerId>,
    unknown: Arc<[BindingId]>,
    /// The bindings that give some verbs on everything, each with whether it is certain.
    parts: Vec<(BindingId, bool)>,
}

/// Bindings, each with whether it is certain, the number of what groups hold, and whether that is certain.
type BoundBy = (Vec<(BindingId, bool)>, usize, bool);

struct Holder<'a, 'g> {
    grants: &'g Grants<'a>,
    given: Vec<Given>,
    /// By binding, its permissions.
    positions: Vec<Range<usize>>,
    /// What is not certain of a binding for some identity, made once for all of them.
    doubted: HashMap<BindingId, Range<usize>>,
    net: Net,
}

/// Adds to a net what its identities hold.
pub(super) fn hold(grants: &Grants<'_>, mut net: Net) -> Net {
    let mut given = powers::given(grants);
    let mut positions: Vec<Range<usize>> = Vec::with_capacity(given.len());
    for of_binding in &mut given {
        let start = net.powers.len();
        net.powers.append(&mut of_binding.powers);
        positions.push(start..net.powers.len());
    }
    let mut this = Holder { grants, given, positions, doubted: HashMap::new(), net };
    let mut shared: HashMap<usize, Shared> = HashMap::new();
    let mut cut: HashMap<usize, Shared> = HashMap::new();
    let mut effort = 0;
    // Whoever is bound by the same bindings holds the same.
    let mut known: HashMap<BoundBy, usize> = HashMap::new();
    for identity in this.net.all() {
        let subject = &this.net[identity];
        let BindingsTo { own, groups } =
            grants.bindings_to(subject.home, subject.namespace.as_deref(), &subject.name);
        let shared = &*shared.entry(groups.number).or_insert_with(|| this.shared(&groups));
        effort += if shared.len() > FEW { shared.len() } else { 0 };
        let is_cut = shared.len() > FEW && effort > MOST;
        let key = (own, groups.number, is_cut);
        let (held, unknown) = if let Some(&same) = known.get(&key) {
            (Arc::clone(&this.net.held[same]), this.net.unknown[same].clone())
        } else if is_cut {
            let strongest = cut.entry(groups.number).or_insert_with(|| this.strongest(shared));
            this.held(&key.0, strongest)
        } else {
            this.held(&key.0, shared)
        };
        this.net.held.push(held);
        this.net.unknown.push(unknown);
        known.entry(key).or_insert(identity.position());
    }
    this.net
}

impl Shared {
    fn len(&self) -> usize {
        self.held.len().max(self.parts.len())
    }
}

impl Holder<'_, '_> {
    fn shared(&mut self, groups: &OfGroups) -> Shared {
        let mut held = self.powers_of(&groups.bindings);
        without_repeats(&mut held, &self.net);
        Shared { held, unknown: self.unknown_of(&groups.bindings), parts: self.parts_of(&groups.bindings) }
    }

    /// The strongest of what groups hold; of the rest is kept that it is left out.
    fn strongest(&mut self, shared: &Shared) -> Shared {
        let mut held = shared.held.clone();
        held.sort_by_key(|&power| (self.net[power].tier(), self.net[power].doubt, power));
        let left_out =
            held.drain(FEW.min(held.len())..).map(|power| self.net.powers[power.position()].binding);
        self.net.cut.extend(left_out);
        let (parts, others) = shared.parts.split_at(FEW.min(shared.parts.len()));
        self.net.cut.extend(others.iter().map(|(binding, _)| *binding));
        Shared { held, unknown: Arc::clone(&shared.unknown), parts: parts.to_vec() }
    }

    fn powers_of(&mut self, bindings: &[(BindingId, bool)]) -> Vec<PowerId> {
        let mut held = Vec::new();
        for &(binding, certain) in bindings {
            let given = self.positions[binding.position()].clone();
            let powers = if certain {
                given
            } else {
                let doubted =
                    self.doubted.entry(binding).or_insert_with(|| doubt(&mut self.net.powers, given));
                doubted.clone()
            };
            held.extend(powers.map(PowerId::new));
        }
        held
    }

    fn unknown_of(&self, bindings: &[(BindingId, bool)]) -> Arc<[BindingId]> {
        let unknown = bindings.iter().map(|(binding, _)| *binding);
        unknown.filter(|binding| self.given[binding.position()].role.unknown).collect()
    }

    /// Of bindings to roles with the same rules, two are enough.
    fn parts_of(&self, bindings: &[(BindingId, bool)]) -> Vec<(BindingId, bool)> {
        let mut known: HashMap<_, usize> = HashMap::new();
        let mut parts: Vec<(BindingId, bool)> = bindings.to_vec();
        parts.retain(|(binding, certain)| {
            if !self.given[binding.position()].role.part_of_everything {
                return false;
            }
            let role = self.grants.role_of(&self.grants.places[*binding]).key();
            let count = known.entry((role, *certain)).or_default();
            *count += 1;
            *count <= 2
        });
        parts
    }

    /// What an identity holds, the strongest first, and the bindings whose roles are not known.
    fn held(
        &mut self,
        own: &[(BindingId, bool)],
        shared: &Shared,
    ) -> (Arc<[PowerId]>, [Arc<[BindingId]>; 2]) {
        let named: HashSet<BindingId> = own.iter().map(|(binding, _)| *binding).collect();
        let mut held = self.powers_of(own);
        held.extend(shared.held.iter().filter(|power| !named.contains(&self.net[**power].binding)));
        held.sort_by_key(|&power| (self.net[power].binding, power));
        without_repeats(&mut held, &self.net);
        let powers: Vec<&Power> = held.iter().map(|&power| &self.net[power]).collect();
        let mut made = powers::together(&powers);
        let mut parts = self.parts_of(own);
        parts.extend(shared.parts.iter().filter(|(binding, _)| !named.contains(binding)));
        parts.sort_unstable();
        made.extend(powers::everything_together(self.grants, &parts, &self.given));
        let start = self.net.powers.len();
        self.net.powers.extend(made);
        held.extend((start..self.net.powers.len()).map(PowerId::new));
        held.sort_by_key(|&power| (self.net[power].tier(), self.net[power].doubt, power));
        (held.into(), [self.unknown_of(own), Arc::clone(&shared.unknown)])
    }
}

/// Adds permissions once more, as far as they are not certain.
fn doubt(powers: &mut Vec<Power>, given: Range<usize>) -> Range<usize> {
    let start = powers.len();
    let all: Vec<Power> = powers[given].iter().cloned().map(Power::doubted).collect();
    powers.extend(all);
    start..powers.len()
}

/// Of permissions that several bindings give alike, two: if one binding is taken away, the other still gives it.
fn without_repeats(held: &mut Vec<PowerId>, net: &Net) {
    let mut known: HashMap<(&str, &Scope, bool, usize), usize> = HashMap::new();
    held.retain(|&power| {
        let power = &net[power];
        // Bindings of one role share the list of names.
        let names = if power.names.is_empty() { 0 } else { power.names.as_ptr() as usize };
        let count = known.entry((power.primitive.name, &power.scope, power.doubt, names)).or_default();
        *count += 1;
        *count <= 2
    });
}
