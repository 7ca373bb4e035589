//! Where secrets are written down and how programs are given them.

mod env_in_objects;
mod env_in_values;
mod external_secret;
mod hindrances;
mod listed;
mod literal_form;
pub(super) mod literal_secret_in_config;
pub(super) mod literal_secret_in_pod_spec;
mod mount_places;
mod mounted;
mod mounts;
pub(super) mod plaintext_secret_manifest;
pub(super) mod secret_env;
mod secret_variables;
mod stored_form;
mod stored_remedy;
mod token_addresses;
