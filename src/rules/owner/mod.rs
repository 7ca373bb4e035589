//! Who answers for an identity.

mod count;
mod gap;
pub(super) mod missing_owner;
