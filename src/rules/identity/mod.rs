//! Whose account a workload runs as.

pub(super) mod dedicated_service_account;
