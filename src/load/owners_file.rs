//! OWNERS files: who approves changes below a folder. As Prow reads them (kubernetes-sigs/prow `pkg/repoowners`), and as
//! lists of addresses, which is the form of Chromium and Google.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use regex::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::files::Files;
use super::owner_words::names_nobody;
use super::{is_below, shown};

/// How many patterns of one file are tried, and how much memory they may take together: files may be made to be slow.
const MOST: usize = 50;
const LARGEST: usize = 1 << 20;

/// The OWNERS files that govern what was read.
#[derive(Clone, Debug, Default)]
pub struct OwnersFiles {
    /// The working directory.
    here: PathBuf,
    /// By the whole path of the folder.
    folders: BTreeMap<String, Approvers>,
}

/// Who approves changes below one folder.
#[derive(Clone, Debug, Default)]
struct Approvers {
    names: Vec<String>,
    /// By patterns of paths below the folder.
    filtered: Vec<(String, Vec<String>)>,
    /// The patterns; made when a path is first asked for.
    patterns: OnceLock<RegexSet>,
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
        owners: &BTreeMap<String, PathBuf>,
        aliases: &BTreeMap<String, PathBuf>,
    ) -> Self {
        let text = |path: &PathBuf| String::from_utf8(files.bytes(path).ok()?).ok();
        let texts = |paths: &BTreeMap<String, PathBuf>| -> Vec<(String, String)> {
            paths.iter().filter_map(|(folder, path)| Some((folder.clone(), text(path)?))).collect()
        };
        Self::parse(files.here(), &texts(owners), &texts(aliases))
    }

    /// Reads the texts of OWNERS and `OWNERS_ALIASES` files, each with its folder as seen from `here`.
    #[must_use]
    pub fn parse(here: &Path, owners: &[(String, String)], aliases: &[(String, String)]) -> Self {
        let whole = |folder: &str| shown(&here.join(folder), None);
        let teams: Vec<(String, Aliases)> = aliases
            .iter()
            .map(|(folder, text)| (whole(folder), serde_yaml::from_str(text).unwrap_or_default()))
            .collect();
        let folders = owners.iter().map(|(folder, text)| {
            let folder = whole(folder);
            let above = teams.iter().filter(|(root, _)| is_below(&folder, root.trim_start_matches('.')));
            let known = above.max_by_key(|(root, _)| root.len()).map(|(_, aliases)| aliases);
            let approvers = Approvers::parse(text, known);
            (folder, approvers)
        });
        Self { here: here.to_path_buf(), folders: folders.collect() }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// Who approves changes of a file: what the nearest folder says that names somebody.
    #[must_use]
    pub fn owner(&self, file: &str) -> Option<String> {
        let path = shown(&self.here.join(file), None);
        let above = path.rmatch_indices('/').map(|(slash, _)| (&path[..slash], &path[slash + 1..]));
        let top = Some((".", &*path)).filter(|_| !path.starts_with("../"));
        for (folder, inside) in above.chain(top) {
            let Some(approvers) = self.folders.get(folder) else { continue };
            let named = approvers.of(inside);
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

impl Approvers {
    fn parse(text: &str, aliases: Option<&Aliases>) -> Self {
        let Ok(written) = serde_yaml::from_str::<Written>(text) else {
            return Self::list(text);
        };
        let filters = written.filters.into_iter().flatten().take(MOST);
        let filtered = filters.filter_map(|(pattern, of)| {
            let names = somebody(of.approvers.unwrap_or_default(), aliases);
            (!names.is_empty()).then_some((pattern, names))
        });
        Self {
            names: somebody(written.approvers.unwrap_or_default(), aliases),
            filtered: filtered.collect(),
            patterns: OnceLock::new(),
            ends: written.options.no_parent_owners,
        }
    }

    /// A list of addresses, one a line.
    fn list(text: &str) -> Self {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        let address = |line: &&str| line.contains('@') && !line.contains([' ', ':', '=']);
        let names = lines.clone().filter(address).map(str::to_owned).collect();
        let ends = lines.clone().any(|line| line == "set noparent");
        Self { names: somebody(names, None), ends, ..Self::default() }
    }

    /// Who approves a file, by its path from the folder on.
    fn of(&self, path: &str) -> Vec<&str> {
        let patterns = self.patterns.get_or_init(|| {
            let written = self.filtered.iter().map(|(pattern, _)| pattern);
            RegexSetBuilder::new(written).size_limit(LARGEST).build().unwrap_or_default()
        });
        let fitting = patterns.matches(path).into_iter().flat_map(|at| &self.filtered[at].1);
        self.names.iter().chain(fitting).map(String::as_str).collect()
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
    use std::path::Path;

    use super::OwnersFiles;

    fn owners(files: &[(&str, &str)], aliases: &[(&str, &str)]) -> OwnersFiles {
        let owned = |texts: &[(&str, &str)]| -> Vec<(String, String)> {
            texts.iter().map(|&(folder, text)| (folder.to_owned(), text.to_owned())).collect()
        };
        OwnersFiles::parse(Path::new(""), &owned(files), &owned(aliases))
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
        let files = owners(&[("a", list), ("b", "approvers: [\n"), ("", "approvers: [carol]")], &[]);
        assert_eq!(files.owner("a/job.yaml").as_deref(), Some("alice@acme.org"));
        assert_eq!(files.owner("b/job.yaml").as_deref(), Some("carol"));
    }
}
