//! Finds and reads the settings file, and says what is wrong in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::catalog::{Catalog, Preset};
use crate::config::{File, Folder, SETTINGS_FILE, Settings};
use crate::load::{Files, Texts};
use crate::report::mistakes;

/// Where the settings are.
#[derive(Args, Debug, Default)]
pub(super) struct SettingsFlags {
    /// Take the settings of FILE [default: `.nhilint.yaml` in the working directory or above, within the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<String>,

    /// Take no settings file
    #[arg(long)]
    pub(super) no_config: bool,
}

/// The settings file of a run, or none.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) file: File,
    pub(super) folder: Folder,
    /// Whether a settings file is looked for where the flags name none.
    looks_for_it: bool,
    /// The settings file that the flags name.
    named: Option<PathBuf>,
}

/// The settings file of a run with what the command line chose.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) found: Found,
    pub(super) settings: Settings,
}

impl Found {
    /// Reads the settings file that the flags name, or that stands in the working directory or above it.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or something in it is wrong: each mistake is written to standard error first.
    pub(super) fn read(files: &Files, flags: &SettingsFlags, catalog: &Catalog) -> Result<Self, String> {
        let here = files.here();
        let found = Self::of(files, flags);
        let Some(path) = found.path(files) else { return Ok(found) };
        let folder = Self::folder_of(&path, files);
        let shown = shown(&path, here);
        let fail = |reason: String| format!("the settings `{shown}` cannot be read: {reason}");
        let bytes = files.bytes(&path).map_err(|error| fail(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| fail("it is no text in UTF-8".to_owned()))?;
        let mut texts = Texts::default();
        let file = texts.add(shown.clone(), text.clone());
        let (settings, wrong) = File::read(file, &text, catalog);
        if wrong.is_empty() {
            return Ok(Self { file: settings, folder, ..found });
        }
        // Where even standard error is closed nobody reads it.
        let _ = write!(std::io::stderr(), "{}", mistakes::text(&wrong, texts.sources()));
        Err(format!("the settings `{shown}` are wrong in {}", crate::report::counted(wrong.len(), "place")))
    }

    /// What the flags say, before a file is read.
    fn of(files: &Files, flags: &SettingsFlags) -> Self {
        let here = files.here();
        let folder = Folder::new(here.to_path_buf(), here.to_path_buf());
        let named = flags.config.as_ref().map(|path| here.join(path));
        Self { file: File::default(), folder, looks_for_it: !flags.no_config, named }
    }

    fn folder_of(path: &Path, files: &Files) -> Folder {
        let here = files.here();
        Folder::new(path.parent().unwrap_or(here).to_path_buf(), here.to_path_buf())
    }

    /// No settings file, whether there is one or not.
    pub(super) fn without_file(folder: Folder) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Where the settings file stands among some files.
    pub(super) fn path(&self, files: &Files) -> Option<PathBuf> {
        let above = || if self.looks_for_it { above(files) } else { None };
        self.named.clone().or_else(above)
    }

    /// The sets of value files of the settings and of the flags, as the flags write them.
    pub(super) fn value_sets(&self, flags: &[String]) -> Vec<String> {
        let seen = |(chart, files): &(String, Vec<String>)| {
            format!("{}={}", self.folder.from_here(chart), files.join(","))
        };
        self.file.value_sets.iter().map(seen).chain(flags.iter().cloned()).collect()
    }

    /// The baseline of the settings, where none is written now.
    pub(super) fn baseline(&self, is_written: bool) -> Option<String> {
        let path = self.file.baseline.as_ref().filter(|_| !is_written)?;
        Some(self.folder.from_here(path))
    }

    /// Addresses that are this repository, with the folders that their paths start at.
    pub(super) fn repositories(&self) -> Vec<(String, String)> {
        let seen = |(url, path): &(String, String)| (url.clone(), self.folder.from_here(path));
        self.file.repositories.iter().map(seen).collect()
    }

    /// The settings with what the command line chose of them.
    pub(super) fn settings(&self, catalog: &Catalog, preset: Option<Preset>, now: Timestamp) -> Settings {
        Settings::of_file(catalog, &self.file, self.folder.clone(), preset, now)
    }
}

/// The folders with rules of users that the settings name. What is wrong in the settings is said when they are read whole,
/// by the rules that there are then.
pub(super) fn rules_folders(files: &Files, flags: &SettingsFlags) -> Vec<String> {
    let found = Found::of(files, flags);
    let Some(path) = found.path(files) else { return Vec::new() };
    let text = files.bytes(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let folder = Found::folder_of(&path, files);
    File::rules_folders(&text).iter().map(|named| folder.from_here(named)).collect()
}

/// The settings file of the working directory, or of a folder above it up to the top of the repository.
fn above(files: &Files) -> Option<PathBuf> {
    let here = files.here();
    // Without a repository only the working directory counts: what stands above it belongs to somebody else.
    let top = top(files).unwrap_or(here);
    let mut folders = here.ancestors().take_while(|folder| folder.starts_with(top));
    folders.find_map(|folder| Some(folder.join(SETTINGS_FILE)).filter(|path| files.is_file(path)))
}

/// The top of the repository that holds the working directory.
pub(super) fn top(files: &Files) -> Option<&Path> {
    files.here().ancestors().find(|folder| files.is_repository(folder))
}

/// A path as it is shown: from the working directory, where it is below.
pub(super) fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
