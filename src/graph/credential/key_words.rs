//! What is known of a cloud's key by names alone: that it is a key, and of which cloud.

use super::key_kinds::part_of;
use super::static_keys::{StaticKey, Surface};

impl StaticKey<'_> {
    /// What it is called where only its name is known, which is no key's.
    #[must_use]
    pub fn opaque(&self) -> Option<&str> {
        let file = self.entry.value.text().filter(|_| self.surface == Surface::File).unwrap_or_default();
        let says_key = |name: &str| {
            let name = name.to_ascii_uppercase();
            ["KEY", "SERVICE_ACCOUNT", "_SA_"].iter().any(|word| name.contains(word))
        };
        let is_key = says_key(&self.name) || file.rsplit('/').next().is_some_and(says_key);
        self.kind.opaque.as_deref().filter(|_| self.surface != Surface::Literal && !is_key)
    }

    /// The clouds that the variables are for which name one file, where they are several.
    #[must_use]
    pub fn clouds(&self) -> Vec<&str> {
        let others = self.again.iter().filter_map(|(_, name)| Some(&*part_of(name)?.0.cloud));
        let mut clouds: Vec<&str> = [&*self.kind.cloud].into_iter().chain(others).collect();
        clouds.dedup();
        clouds
    }
}
