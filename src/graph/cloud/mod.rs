//! Cloud identities, who holds them and who shares them.

pub mod identity;
pub mod sharing;

use std::collections::HashMap;
use std::sync::Arc;

use self::identity::CloudIdentity;
use crate::graph::place::{ByName, Places};
use crate::k8s::cloud::Provider;

/// Every cloud identity of a run, and where to find it.
#[derive(Debug)]
pub struct Cloud<'a> {
    places: Arc<Places<'a>>,
    all: Vec<CloudIdentity<'a>>,
    /// Positions in `all` by account.
    by_account: ByName<Vec<usize>>,
    /// Positions in `all` by the identity's name.
    by_identity: HashMap<(Provider, String), Vec<usize>>,
}
