//! Who answers for an identity.

pub(super) mod missing_owner;
