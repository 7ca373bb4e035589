//! Accounts that nothing uses, and subjects that are nobody.

mod mention;

mod unused;

use std::sync::{Arc, OnceLock};

pub use unused::{Orphan, USED_BY};

use self::unused::Usage;
use crate::graph::cloud::Cloud;
use crate::graph::grant::Grants;
use crate::graph::place::Places;

/// Who uses which accounts, beside workloads; found when first asked for.
#[derive(Debug)]
pub struct Orphans<'a> {
    places: Arc<Places<'a>>,
    grants: Arc<Grants<'a>>,
    cloud: Arc<Cloud<'a>>,
    usage: OnceLock<Usage>,
}

impl<'a> Orphans<'a> {
    pub(super) fn of(places: &Arc<Places<'a>>, grants: &Arc<Grants<'a>>, cloud: &Arc<Cloud<'a>>) -> Self {
        Self {
            places: Arc::clone(places),
            grants: Arc::clone(grants),
            cloud: Arc::clone(cloud),
            usage: OnceLock::new(),
        }
    }
}
