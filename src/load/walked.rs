//! Which folders were looked through as a whole.

use std::collections::BTreeSet;

/// Folders of which everything was read that belongs to the tree. Paths are as those of the files of a run; the working
/// directory is empty.
#[derive(Clone, Debug, Default)]
pub struct Walked(BTreeSet<String>);

impl Walked {
    /// Adds a folder; `false` where it is covered already.
    pub fn add(&mut self, folder: &str) -> bool {
        !self.covers(folder) && self.0.insert(folder.to_owned())
    }

    /// Whether a folder is one of them, or stands in one.
    #[must_use]
    pub fn covers(&self, folder: &str) -> bool {
        let is_here = !folder.starts_with('/') && !folder.starts_with("../") && folder != "..";
        // The first slash of an absolute path ends no name.
        let mut above =
            folder.match_indices('/').map(|(slash, _)| &folder[..slash]).filter(|up| !up.is_empty());
        self.0.contains(folder) || (is_here && self.0.contains("")) || above.any(|up| self.0.contains(up))
    }
}

#[cfg(test)]
mod tests {
    use super::Walked;

    #[test]
    fn a_folder_covers_what_stands_in_it() {
        let mut walked = Walked::default();
        assert!(walked.add("apps/web") && !walked.add("apps/web/prod"));
        assert!(walked.covers("apps/web") && !walked.covers("apps/webs") && !walked.covers("apps"));
        assert!(
            walked.add("") && walked.covers("apps") && !walked.covers("../apps") && !walked.covers("/apps")
        );
        assert!(walked.add("/srv") && walked.covers("/srv/apps"));
    }
}
