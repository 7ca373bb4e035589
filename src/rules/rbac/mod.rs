//! What identities are allowed to do.

pub(super) mod no_cluster_admin;
pub(super) mod wildcard_permissions;
