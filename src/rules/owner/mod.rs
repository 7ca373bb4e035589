//! Who answers for an identity.

mod gap;
pub(super) mod missing_owner;
