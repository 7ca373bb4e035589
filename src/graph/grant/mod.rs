//! Who is granted what: bindings by subject, the rules of roles, and what an API server would answer.

mod lists;
mod roles;

mod held;

mod subjects;

mod groups;

mod controllers;
mod followers;

pub mod authorizer;

mod binders;

pub mod unowned;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

pub use binders::Signers;
pub(super) use groups::{BindingsTo, OfGroups};
pub use held::{Held, RoleUse};
pub use roles::{RoleFound, RoleRules};
pub use subjects::Grant;

use self::followers::Followers;
use self::groups::{AccountKey, OfGroupsByView};
use self::held::{HeldByList, Named};
use self::lists::Roles;
use self::roles::Meanings;
use self::subjects::Subjects;
use crate::finding::{Form, Notice};
use crate::graph::place::{BindingId, ObjectId, Places, SourceId};
use crate::graph::tables::tier::Tier;

/// Who is granted what.
#[derive(Debug)]
pub struct Grants<'a> {
    pub(super) places: Arc<Places<'a>>,
    /// Bindings by subject.
    subjects: Subjects,
    /// Names of accounts that some binding names, in whatever namespace.
    bound_names: HashSet<String>,
    /// Bindings by the role that they name.
    named: Named,
    /// What roles grant, aggregation included.
    roles: Roles<'a>,
    /// What bindings mean.
    meanings: Meanings,
    /// What accounts hold by the groups that they are in.
    of_groups: OfGroupsByView,
    /// Whether roles reach outside of namespaces, by who asks and their rules.
    outside: Mutex<HashMap<(SourceId, usize), Option<bool>>>,
    /// The bindings that hold each list of aggregated rules.
    held_by_list: OnceLock<Vec<Vec<HeldByList>>>,
    /// The role objects that are held through more bindings than are followed.
    held_by_too_many: OnceLock<BTreeSet<ObjectId>>,
    /// By row of the table of controllers, the bindings that name its accounts.
    controller_bindings: OnceLock<Vec<Vec<BindingId>>>,
    /// What the power of controllers is worth, by row and by the source that asks.
    tiers: OnceLock<Vec<OnceLock<Tier>>>,
    /// Whether accounts are allowed more than every account is.
    beyond_floor: OnceLock<HashMap<AccountKey, Option<bool>>>,
    /// By which binding accounts may change workloads beside them.
    deploying: Mutex<HashMap<AccountKey, Option<(BindingId, usize)>>>,
    /// Whether accounts certainly may do everything.
    everything: Mutex<HashMap<AccountKey, bool>>,
    /// Accounts that follow objects of every namespace.
    followers: OnceLock<Followers>,
    /// Namespaced roles by name.
    namesakes: OnceLock<HashMap<String, Vec<ObjectId>>>,
}

impl<'a> Grants<'a> {
    /// Joins the bindings of a run with whom they bind, and reads the rules of its roles.
    pub(super) fn of(places: &Arc<Places<'a>>) -> Self {
        let mut roles = Roles::read(places);
        let mut grants = Self {
            places: Arc::clone(places),
            meanings: Meanings::of(places, &mut roles),
            of_groups: OfGroupsByView::default(),
            outside: Mutex::default(),
            subjects: Subjects::default(),
            bound_names: HashSet::new(),
            named: Named::default(),
            held_by_too_many: OnceLock::new(),
            roles,
            held_by_list: OnceLock::new(),
            controller_bindings: OnceLock::new(),
            tiers: OnceLock::new(),
            beyond_floor: OnceLock::new(),
            deploying: Mutex::default(),
            everything: Mutex::default(),
            followers: OnceLock::new(),
            namesakes: OnceLock::new(),
        };
        for placed in &places.bindings {
            grants.join(placed);
        }
        grants.file_by_role();
        grants
    }

    /// What there is too much of to be followed.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let of = |role: &ObjectId, message: &str| {
            let object = &self.places[*role].object;
            Notice {
                form: Form::TOO_LARGE,
                span: object.name_node().unwrap_or(object.node).span(),
                message: message.to_owned(),
                notes: Vec::new(),
                related: Vec::new(),
                subject: String::new(),
                missing: None,
            }
        };
        let aggregated = "more roles are aggregated than are followed: what it grants is not known";
        let held = "more bindings give this role than are followed: not all who hold it are known";
        let cut = self.roles.cut.iter().map(|role| of(role, aggregated));
        cut.chain(self.held_by_too_many().iter().map(|role| of(role, held))).collect()
    }
}
