//! From where workloads can be reached, what guards them, and what they are used for.

mod guards;
pub mod plane;
mod ways_in;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use ways_in::WayIn;

use self::ways_in::Routing;
use crate::graph::grant::Grants;
use crate::graph::place::{Places, SourceId};

/// What surrounds the workloads of a run.
#[derive(Debug)]
pub struct Exposure<'a> {
    places: Arc<Places<'a>>,
    grants: Arc<Grants<'a>>,
    /// What opens pods to the outside.
    routing: Routing,
    /// Sources with policies about pods.
    policed: BTreeSet<SourceId>,
    /// Sources with namespaces that are held to a pod security standard.
    enforcing: BTreeSet<SourceId>,
}

impl<'a> Exposure<'a> {
    pub(super) fn of(places: &Arc<Places<'a>>, grants: &Arc<Grants<'a>>) -> Self {
        Self {
            places: Arc::clone(places),
            grants: Arc::clone(grants),
            routing: Routing::of(places),
            policed: guards::policed(places),
            enforcing: guards::enforcing(places),
        }
    }
}
