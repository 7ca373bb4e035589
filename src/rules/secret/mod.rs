//! Where secrets are written down and how programs are given them.

use globset::Glob;

mod external_secret;
pub(super) mod literal_secret_in_pod_spec;
mod mounted;
pub(super) mod plaintext_secret_manifest;
pub(super) mod secret_env;
mod stored_form;

/// Whether one of a parameter's globs fits; `*` also crosses `/`. What is no glob fits nothing.
fn fits_any(globs: &[&str], text: &str) -> bool {
    globs.iter().filter_map(|glob| Glob::new(glob).ok()).any(|glob| glob.compile_matcher().is_match(text))
}
