pub(super) mod literal_secret_in_pod_spec;
pub(super) mod plaintext_secret_manifest;
pub(super) mod secret_env;
