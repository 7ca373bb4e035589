//! What identities are allowed to do.

pub(super) mod broad_group_binding;
pub(super) mod broad_secret_read;
pub(super) mod control_plane_write;
pub(super) mod escalation_verbs;
pub(super) mod exec_or_node_access;
pub(super) mod no_cluster_admin;
mod power;
pub(super) mod wildcard_permissions;
pub(super) mod workload_write_escalation;
