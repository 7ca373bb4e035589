pub(super) mod short_token_expiry;
pub(super) mod static_token_secret;
pub(super) mod token_outlives_task;
pub(super) mod unneeded_token_mount;
