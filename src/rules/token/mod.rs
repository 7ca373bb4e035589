//! The tokens that identities prove themselves with.

mod api_server_expiry;
mod deployed_job;
mod limits;
mod listed;
mod period;
pub(super) mod short_token_expiry;
pub(super) mod static_token_secret;
mod text;
pub(super) mod token_outlives_task;
pub(super) mod unneeded_token_mount;
mod vault_token;
