//! Rules about what workloads may do in a cloud, and how they prove who they are there.

pub(super) mod admin_cloud_identity;
mod azure;
pub(super) mod broken_cloud_binding;
mod kept_key;
mod key_words;
mod pods;
pub(super) mod shared_cloud_identity;
pub(super) mod static_cloud_credential;
