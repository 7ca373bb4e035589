//! The tokens that identities prove themselves with.

mod listed;
pub(super) mod static_token_secret;
mod text;
