//! Whose account a workload runs as.

mod account;
pub(super) mod cross_environment_identity;
mod crossing;
pub(super) mod dedicated_service_account;
pub(super) mod default_account_granted;
pub(super) mod duty_mixing;
mod leaving;
mod naming;
pub(super) mod orphan_identity;
pub(super) mod shared_service_account;
mod taken;
pub(super) mod unresolved_service_account;
mod workflow;
