//! Who is granted what: bindings by subject, the rules of roles, and what an API server would answer.

mod lists;
mod roles;

mod held;

mod subjects;

mod controllers;
mod followers;

pub mod authorizer;

pub mod unowned;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

pub use held::{Held, RoleUse};
pub use roles::{RoleFound, RoleKey};
pub use subjects::Grant;

use self::followers::Followers;
use self::held::HeldByList;
use self::lists::Roles;
use self::subjects::{AccountKey, Subjects};
use crate::finding::{Form, Notice};
use crate::graph::place::{BindingId, ObjectId, Places};
use crate::graph::tables::tier::Tier;
use crate::k8s::binding::Subject;

/// Who is granted what.
#[derive(Debug)]
pub struct Grants<'a> {
    pub(super) places: Arc<Places<'a>>,
    /// Bindings by subject.
    subjects: Subjects,
    /// Names of accounts that some binding names, in whatever namespace.
    bound_names: HashSet<String>,
    /// Bindings by the name of the role they name.
    bound: HashMap<String, Vec<BindingId>>,
    /// What roles grant, aggregation included.
    roles: Roles<'a>,
    /// The bindings that hold each list of aggregated rules.
    held_by_list: OnceLock<Vec<Vec<HeldByList>>>,
    /// By row of the table of controllers, the bindings that name its accounts.
    controller_bindings: OnceLock<Vec<Vec<BindingId>>>,
    /// What the power of controllers is worth, by row and by the source that asks.
    tiers: OnceLock<Vec<OnceLock<Tier>>>,
    /// Whether accounts are allowed more than every account is.
    beyond_floor: OnceLock<HashMap<AccountKey, Option<bool>>>,
    /// Accounts that follow objects of every namespace.
    followers: OnceLock<Followers>,
    /// Namespaced roles by name.
    namesakes: OnceLock<HashMap<String, Vec<ObjectId>>>,
}

impl<'a> Grants<'a> {
    /// Joins the bindings of a run with whom they bind, and reads the rules of its roles.
    pub(super) fn of(places: &Arc<Places<'a>>) -> Self {
        let mut grants = Self {
            places: Arc::clone(places),
            subjects: Subjects::default(),
            bound_names: HashSet::new(),
            bound: HashMap::new(),
            roles: Roles::read(places),
            held_by_list: OnceLock::new(),
            controller_bindings: OnceLock::new(),
            tiers: OnceLock::new(),
            beyond_floor: OnceLock::new(),
            followers: OnceLock::new(),
            namesakes: OnceLock::new(),
        };
        for placed in &places.bindings {
            grants.join(placed);
        }
        #[expect(clippy::iter_over_hash_type, reason = "each list is sorted by itself")]
        for bindings in grants.bound.values_mut() {
            let machine = |id: &BindingId| places[*id].binding.subjects.iter().any(Subject::is_non_human);
            bindings.sort_by_cached_key(|id| (!machine(id), !places[*id].binding.cluster_wide));
        }
        grants
    }

    /// What could not be aggregated.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let of = |&role: &ObjectId| {
            let object = &self.places[role].object;
            let message = "more roles are aggregated than are followed: what it grants is not known";
            Notice {
                form: Form::TOO_LARGE,
                span: object.name_node().unwrap_or(object.node).span(),
                message: message.to_owned(),
                related: Vec::new(),
                subject: String::new(),
            }
        };
        self.roles.cut.iter().map(of).collect()
    }
}
