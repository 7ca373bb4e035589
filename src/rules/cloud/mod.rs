//! Rules about what workloads may do in a cloud, and how they prove who they are there.

mod kept_key;
pub(super) mod static_cloud_credential;
