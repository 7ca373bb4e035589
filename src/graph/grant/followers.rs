//! Which accounts follow objects of every namespace, or may: they are made for all of them.

use std::collections::HashSet;

use crate::graph::grant::Grants;

/// By namespace and name. Clusters are not kept apart: an account that follows in one is made to follow.
pub(super) type Followers = HashSet<(String, String)>;

impl Grants<'_> {
    /// Whether a binding for the whole cluster lets an account list or watch, or gives it what is not known.
    #[must_use]
    pub fn follows_every_namespace(&self, namespace: &str, name: &str) -> bool {
        let followers = self.followers.get_or_init(|| self.find_followers());
        followers.contains(&(namespace.to_owned(), name.to_owned()))
    }

    fn find_followers(&self) -> Followers {
        let mut followers = Followers::new();
        for bound in self.places.bindings.iter().filter(|bound| bound.binding.cluster_wide) {
            let role = self.role_of(bound);
            if role.is_complete() && !role.follows() {
                continue;
            }
            let accounts = bound.binding.subjects.iter().filter_map(|subject| subject.account());
            followers.extend(
                accounts.filter_map(|(namespace, name)| Some((namespace?.to_owned(), name.to_owned()))),
            );
        }
        followers
    }
}
