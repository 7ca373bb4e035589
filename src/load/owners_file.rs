//! OWNERS files: who approves changes below a folder. As Prow reads them (kubernetes-sigs/prow `pkg/repoowners`), and as
//! lists of addresses, which is the form of Chromium and Google.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use regex::Regex;
use serde::Deserialize;

use super::files::Files;
use super::owner_words::names_nobody;

/// How many patterns of one file are tried.
const MOST: usize = 100;

/// The OWNERS files that govern what was read.
#[derive(Clone, Debug, Default)]
pub struct OwnersFiles {
    /// By folder, as shown to people; empty for the working directory.
    folders: BTreeMap<String, Approvers>,
}

/// Who approves changes below one folder.
#[derive(Clone, Debug, Default)]
struct Approvers {
    names: Vec<String>,
    /// By patterns of paths below the folder.
    filtered: Vec<(Regex, Vec<String>)>,
    /// Whether the folders above do not count.
    ends: bool,
}

/// What is written in an OWNERS file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    approvers: Option<Vec<String>>,
    filters: Option<BTreeMap<String, Self>>,
    options: Options,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    no_parent_owners: bool,
}

/// What is written in an `OWNERS_ALIASES` file: teams by name.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Aliases {
    aliases: HashMap<String, Option<Vec<String>>>,
}

impl OwnersFiles {
    /// Reads the files, by the folders that they stand in.
    pub(super) fn read(
        files: &Files,
        owners: BTreeMap<String, PathBuf>,
        aliases: BTreeMap<String, PathBuf>,
    ) -> Self {
        let text = |path: &PathBuf| String::from_utf8(files.bytes(path).ok()?).ok();
        let texts = |paths: BTreeMap<String, PathBuf>| -> Vec<(String, String)> {
            paths.into_iter().filter_map(|(folder, path)| Some((folder, text(&path)?))).collect()
        };
        Self::parse(&texts(owners), &texts(aliases))
    }

    /// Reads the texts of OWNERS and `OWNERS_ALIASES` files, each with its folder.
    #[must_use]
    pub fn parse(owners: &[(String, String)], aliases: &[(String, String)]) -> Self {
        let teams: Vec<(&str, Aliases)> = aliases
            .iter()
            .map(|(folder, text)| (normal(folder), serde_yaml::from_str(text).unwrap_or_default()))
            .collect();
        let folders = owners.iter().map(|(folder, text)| {
            let folder = normal(folder);
            let above = teams.iter().filter(|(root, _)| below(folder, root).is_some());
            let known = above.max_by_key(|(root, _)| root.len()).map(|(_, aliases)| aliases);
            (folder.to_owned(), Approvers::parse(text, known))
        });
        Self { folders: folders.collect() }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// Who approves changes of a file: what the nearest folder says that names somebody.
    #[must_use]
    pub fn owner(&self, shown: &str) -> Option<String> {
        let above = shown.rmatch_indices('/').map(|(slash, _)| &shown[..slash]).chain([""]);
        let here = above.filter(|folder| !folder.is_empty() || !shown.starts_with(['/', '.']));
        for (folder, approvers) in here.filter_map(|folder| Some((folder, self.folders.get(folder)?))) {
            let named = approvers.of(below(shown, folder)?);
            if !named.is_empty() {
                return Some(named.join(" "));
            }
            if approvers.ends {
                return None;
            }
        }
        None
    }
}

/// The name of a folder without the word for the working directory.
fn normal(folder: &str) -> &str {
    if folder == "." { "" } else { folder }
}

/// The path of what stands below a folder, from there on.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() || path == folder {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

impl Approvers {
    fn parse(text: &str, aliases: Option<&Aliases>) -> Self {
        let Ok(written) = serde_yaml::from_str::<Written>(text) else {
            return Self::list(text);
        };
        let filters = written.filters.into_iter().flatten().take(MOST);
        let filtered = filters.filter_map(|(pattern, of)| {
            Some((Regex::new(&pattern).ok()?, somebody(of.approvers.unwrap_or_default(), aliases)))
        });
        Self {
            names: somebody(written.approvers.unwrap_or_default(), aliases),
            filtered: filtered.collect(),
            ends: written.options.no_parent_owners,
        }
    }

    /// A list of addresses, one a line.
    fn list(text: &str) -> Self {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let address = |line: &&str| line.contains('@') && !line.contains([' ', ':', '=']);
        let names = lines.clone().filter(address).map(str::to_owned).collect();
        let ends = lines.clone().any(|line| line == "set noparent");
        Self { names: somebody(names, None), filtered: Vec::new(), ends }
    }

    /// Who approves a file, by its path from the folder on.
    fn of(&self, path: &str) -> Vec<&str> {
        let fitting = self.filtered.iter().filter(|(pattern, _)| pattern.is_match(path));
        self.names.iter().chain(fitting.flat_map(|(_, names)| names)).map(String::as_str).collect()
    }
}

/// The names that mean somebody: no placeholders, and no aliases of nobody.
fn somebody(names: Vec<String>, aliases: Option<&Aliases>) -> Vec<String> {
    let is_somebody = |name: &String| {
        let team = aliases.and_then(|known| known.aliases.get(name));
        match team {
            Some(members) => members.iter().flatten().any(|member| !names_nobody(member)),
            None => !names_nobody(name),
        }
    };
    names.into_iter().filter(is_somebody).collect()
}

#[cfg(test)]
mod tests {
    use super::OwnersFiles;

    fn owners(files: &[(&str, &str)], aliases: &[(&str, &str)]) -> OwnersFiles {
        let owned = |texts: &[(&str, &str)]| -> Vec<(String, String)> {
            texts.iter().map(|&(folder, text)| (folder.to_owned(), text.to_owned())).collect()
        };
        OwnersFiles::parse(&owned(files), &owned(aliases))
    }

    #[test]
    fn the_nearest_folder_that_names_somebody_answers() {
        let files = owners(
            &[
                (".", "approvers: [root-team]\n"),
                ("apps", "reviewers: [bob]\n"),
                ("apps/shop", "approvers:\n- shop-team\n- alice\n"),
                ("apps/alone", "options: {no_parent_owners: true}\n"),
                ("apps/todo", "approvers: [TODO]\n"),
            ],
            &[],
        );
        assert_eq!(files.owner("apps/shop/job.yaml").as_deref(), Some("shop-team alice"));
        assert_eq!(files.owner("apps/other/job.yaml").as_deref(), Some("root-team"));
        assert_eq!(files.owner("apps/todo/job.yaml").as_deref(), Some("root-team"));
        assert_eq!(files.owner("apps/alone/job.yaml"), None);
        assert_eq!(files.owner("../job.yaml"), None);
    }

    #[test]
    fn patterns_are_of_paths_below_the_folder_and_aliases_are_teams() {
        let filters = "filters:\n  \"^a/.*\\\\.yaml$\": {approvers: [yaml-team]}\n  \"\\\\.md$\": {approvers: [words]}\n";
        let aliases = "aliases:\n  yaml-team: [alice]\n  ghosts: []\n";
        let files = owners(&[("apps", filters), ("b", "approvers: [ghosts]\n")], &[("", aliases)]);
        assert_eq!(files.owner("apps/a/job.yaml").as_deref(), Some("yaml-team"));
        assert_eq!(files.owner("apps/b/job.yaml"), None);
        assert_eq!(files.owner("b/job.yaml"), None, "nobody is in the team");
    }

    #[test]
    fn lists_of_addresses_are_owners_too_and_other_texts_are_not() {
        let list = "# comment\nset noparent\nalice@acme.org\nper-file *.md = bob@acme.org\n";
        let files = owners(&[("a", list), ("b", "approvers: [\n"), ("", "approvers: [root]")], &[]);
        assert_eq!(files.owner("a/job.yaml").as_deref(), Some("alice@acme.org"));
        assert_eq!(files.owner("b/job.yaml").as_deref(), Some("root"));
    }
}
