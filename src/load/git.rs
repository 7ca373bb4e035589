//! What git keeps of a repository on the disk, beside its files: where that stands, what is tracked,
//! and the addresses of its remotes.
//!
//! The files of git are read here, and no program is asked: git refuses repositories of other users
//! (`safe.directory`), which is what a container sees.

use std::path::{Path, PathBuf};

use super::git_config::values;
use super::git_index::{Index, Stored};

/// No file of git that is read here is larger.
const LARGEST: u64 = 1 << 30;

/// The folders that git keeps for one working tree (gitrepository-layout(5)).
#[derive(Debug)]
pub(super) struct GitFolder {
    /// What belongs to this working tree alone: its index.
    own: PathBuf,
    /// What all working trees of the repository share: settings, exclusions.
    common: PathBuf,
}

impl GitFolder {
    /// Those of the working tree with this top folder; `None` where there is no repository.
    pub(super) fn of(top: &Path) -> Option<Self> {
        let git = top.join(".git");
        let own = if git.is_dir() {
            git
        } else {
            // In submodules and further working trees a file says where the folder is.
            top.join(text(&git)?.strip_prefix("gitdir:")?.trim())
        };
        let shared = text(&own.join("commondir"));
        let common = shared.map_or_else(|| own.clone(), |shared| own.join(shared.trim()));
        Some(Self { own, common })
    }

    /// The addresses of all remotes, as written, without user names and passwords.
    pub(super) fn remotes(&self) -> Vec<String> {
        let files = [self.common.join("config"), self.own.join("config.worktree")];
        let texts = files.iter().filter_map(|file| text(file));
        let addresses = texts.flat_map(|text| values(&text, "remote", "url"));
        addresses.map(|address| without_user(&address)).collect()
    }

    /// What git tracks; `None` where that cannot be known.
    pub(super) fn index(&self) -> Option<Index> {
        let settings = text(&self.common.join("config")).unwrap_or_default();
        let formats = values(&settings, "extensions", "objectformat");
        let is_sha256 = formats.iter().any(|format| format.eq_ignore_ascii_case("sha256"));
        let read = |name: &str| Stored::read(&bytes(&self.own.join(name))?, if is_sha256 { 32 } else { 20 });
        let Stored { index, shared } = read("index")?;
        match shared {
            Some(hash) => Some(index.with(read(&format!("sharedindex.{hash}"))?.index)),
            None => Some(index),
        }
    }

    /// The patterns that are kept beside the repository, as those of a `.gitignore` at its top.
    pub(super) fn exclude(&self) -> String {
        text(&self.common.join("info/exclude")).unwrap_or_default()
    }
}

/// `https://user:token@host/path` → `https://host/path`. In `git@host:path` there is no secret.
fn without_user(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}{path}")
}

/// The text of a regular file.
fn text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(path)?).into_owned())
}

fn bytes(path: &Path) -> Option<Vec<u8>> {
    let known = std::fs::metadata(path).ok()?;
    if known.is_file() && known.len() <= LARGEST { std::fs::read(path).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::without_user;

    #[test]
    fn addresses_are_told_without_users_and_passwords() {
        for (address, told) in [
            ("https://ci:t0ken@git.example.com/a/b.git", "https://git.example.com/a/b.git"),
            ("https://to@ken@git.example.com", "https://git.example.com"),
            ("ssh://git@git.example.com:22/a@b", "ssh://git.example.com:22/a@b"),
            ("git@git.example.com:a/b", "git@git.example.com:a/b"),
            ("/srv/git/a", "/srv/git/a"),
        ] {
            assert_eq!(without_user(address), told);
        }
    }
}
