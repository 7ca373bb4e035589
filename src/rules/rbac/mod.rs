//! What identities are allowed to do.

pub(super) mod broad_group_binding;
pub(super) mod broad_secret_read;
pub(super) mod builtin_role_to_workload;
pub(super) mod cluster_scope_unneeded;
pub(super) mod control_plane_write;
pub(super) mod controller_mediated_escalation;
mod dead_binding;
mod dead_resource;
mod dead_rule;
mod dead_subject;
mod dead_verb;
pub(super) mod effective_escalation_path;
mod engine;
pub(super) mod escalation_verbs;
pub(super) mod exec_or_node_access;
mod first_step;
pub(super) mod ineffective_or_unresolved_rbac;
pub(super) mod no_cluster_admin;
mod one_namespace;
mod power;
mod refused_rule;
mod system_role;
pub(super) mod wildcard_permissions;
mod wildcard_verbs;
mod wildcard_words;
pub(super) mod workload_write_escalation;
