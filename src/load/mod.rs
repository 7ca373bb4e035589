//! Paths, globs and standard input → texts, cut into documents. The only reader of the tree.
//!
//! It judges nothing: what cannot be read is noticed or counted.

mod decoded;
mod entry;
mod git_config;
mod git_index;
mod manifest;
mod owner_index;
mod owner_words;
mod skipped;
mod texts;
mod walked;
mod world;

mod git;
mod revision;

mod disk;

mod files;
mod staged;

mod codeowners;
mod ignored;
mod writable;

mod listing;

mod tree;

mod owners_file;
mod walk;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Component, Path};

use rayon::prelude::*;

pub use codeowners::Codeowners;
pub use entry::EntryKind;
pub use files::Files;
pub use manifest::may_be_manifest;
pub use owner_words::names_nobody;
pub use owners_file::OwnersFiles;
pub use revision::{commit, merge_base};
pub use skipped::{SkipReason, Skipped};
pub use staged::Staged;
pub use texts::Texts;
pub use tree::{Below, Standing, Tree, is_below};
pub(crate) use walk::is_helmfile;
pub use walked::Walked;
pub use world::{Assumed, Deployed, Gap, GapReason, Source};

use crate::finding::{Form, Notice, RunError};
use crate::source::{FileId, Span};
use crate::yaml::Document;
use decoded::{Text, decode};
use walk::{List, Listed};

/// Files above this many bytes are not read unless a flag says so.
pub const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// So many bytes are read again because symbolic links lead to them: a hostile repository can have thousands of links to
/// one large file.
const MOST_LINKED: u64 = 16 * 1024 * 1024;

/// Everything that was read: the first stage of a run. No later stage changes it.
#[derive(Debug, Default)]
pub struct Read {
    /// The texts.
    pub texts: Texts,
    /// The documents that the arguments name, by what is applied together.
    pub sources: Vec<Source>,
    /// What is wrong with files as files.
    pub notices: Vec<Notice>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What could not be read.
    pub errors: Vec<RunError>,
    /// The CODEOWNERS files that govern what was read.
    pub codeowners: Vec<Codeowners>,
    /// The OWNERS files that do.
    pub owners_files: OwnersFiles,
    /// The documents of symbolic links to files that are read in their own place too. They count where something names
    /// the link or its folder.
    pub linked: Vec<Document>,
    /// The directories that were looked through.
    pub walked: Walked,
}

/// Reads what `paths` name: files, directories, globs, and `-` for standard input.
///
/// Nothing fails as a whole: what cannot be read stands in [`Read::errors`].
pub fn read(tree: &Tree, paths: &[String], largest_file: u64, stdin: &mut dyn std::io::Read) -> Read {
    read_into(Texts::default(), tree, paths, largest_file, stdin)
}

/// The same, with texts of an earlier run that may be there again: see [`Texts::again`].
pub fn read_into(
    texts: Texts,
    tree: &Tree,
    paths: &[String],
    largest_file: u64,
    stdin: &mut dyn std::io::Read,
) -> Read {
    let mut read = Read { texts, ..Read::default() };
    let list = walk::list(tree, paths);
    let takes_stdin = list.stdin;
    read.take(tree, list, largest_file);
    if takes_stdin {
        let mut bytes = Vec::new();
        read.sources.push(Source { root: "-".into(), ..Source::default() });
        let problem = match stdin.take(largest_file.saturating_add(1)).read_to_end(&mut bytes) {
            Ok(size) if size as u64 > largest_file => {
                format!("standard input has more than {largest_file} bytes, see --max-file-size")
            }
            Ok(_) => {
                read.admit(read.sources.len() - 1, "-".into(), decode(bytes, false));
                return read;
            }
            Err(error) => format!("standard input cannot be read: {error}"),
        };
        read.errors.push(RunError { file: Some("-".into()), line: None, message: problem });
    }
    read
}

/// Reads a file of the tree that no argument names; `None` where it is none of text.
pub fn add_file(texts: &mut Texts, tree: &Tree, path: &str) -> Option<FileId> {
    match tree.bytes(path, LARGEST_FILE).map(|bytes| decode(bytes, false))? {
        Text::Manifest(text) => Some(texts.add(path, text)),
        Text::Encrypted | Text::Elsewhere | Text::Binary(..) => None,
    }
}

/// Reads the manifests of a folder that no argument names, as if one did, but for those at `known` paths. The texts are
/// added to `texts`.
#[must_use]
pub fn read_folder(texts: Texts, tree: &Tree, folder: &str, known: &BTreeSet<String>) -> Read {
    let folder = if folder.is_empty() { "." } else { folder };
    let mut list = walk::list(tree, &[folder.to_owned()]);
    list.files.retain(|file| !known.contains(&file.shown));
    list.links.retain(|(link, _)| !known.contains(&link.shown));
    let mut read = Read { texts, ..Read::default() };
    read.take(tree, list, LARGEST_FILE);
    read
}

/// Reads texts that are no manifests and that nobody has read: templates, and what config maps are made from.
pub fn add_files(texts: &mut Texts, tree: &Tree, mut paths: BTreeSet<String>) {
    for (_, file) in texts.sources().files().filter(|(_, file)| !file.is_rendered()) {
        paths.remove(file.path());
    }
    for path in paths {
        let bytes = tree.bytes(&path, LARGEST_FILE);
        if let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            texts.add(path, text);
        }
    }
}

fn read_file(files: &Files, file: &Listed, largest_file: u64) -> Result<Text, RunError> {
    let (path, real) = (&*file.path, file.real.as_deref());
    if let Some((size, text)) = files.known_text(path, real)
        && size <= largest_file
    {
        return Ok(text);
    }
    let fail = |message: String| RunError { file: Some(file.shown.clone()), line: None, message };
    let size = files.size(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    if size > largest_file {
        let limit = largest_file / (1024 * 1024);
        return Err(fail(format!(
            "larger than {limit} MiB and not read; raise the limit with --max-file-size"
        )));
    }
    let bytes = files.bytes(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    let text = decode(bytes, true);
    files.keep_text(path, real, (size, &text));
    Ok(text)
}

impl Read {
    /// Reads what is listed.
    fn take(&mut self, tree: &Tree, list: List, largest_file: u64) {
        let files = tree.files();
        let List { files: listed, links, walked, roots, gaps, owners, skipped, errors, stdin: _ } = list;
        let read_one = |file: &Listed| read_file(files, file, largest_file);
        let texts: Vec<Result<Text, RunError>> = listed.par_iter().map(read_one).collect();
        self.owners_files = OwnersFiles::read(files, &owners.approvers, &owners.aliases);
        let codeowners = owners.codeowners.into_iter();
        self.codeowners =
            codeowners.filter_map(|(root, path)| Codeowners::read(files, root, &path)).collect();
        (self.walked, self.skipped, self.errors) = (walked, skipped, errors);
        self.sources = roots.into_iter().map(|root| Source { root, ..Source::default() }).collect();
        for (file, text) in listed.into_iter().zip(texts) {
            match text {
                Ok(text) => self.admit(file.root, file.shown, text),
                Err(error) => {
                    let gap = Gap { reason: GapReason::Unreadable, example: file.shown };
                    self.sources[file.root].gaps.push(gap);
                    self.errors.push(error);
                }
            }
        }
        let mut left = MOST_LINKED;
        for (link, target) in links {
            let Some(rest) = left.checked_sub(files.size(&link.path).unwrap_or_default()) else {
                let message =
                    "not read: symbolic links lead to more than 16 MiB of text that is read already";
                self.errors.push(RunError { file: Some(link.shown), line: None, message: message.into() });
                break;
            };
            left = rest;
            if let Some(file) = add_file(&mut self.texts, tree, &link.shown) {
                self.texts.add_link(&link.shown, target);
                self.linked.extend_from_slice(self.texts.documents(file));
            }
        }
        for (root, gap) in gaps {
            self.sources[root].gaps.push(gap);
        }
    }

    fn admit(&mut self, source: usize, shown: String, text: Text) {
        match text {
            Text::Encrypted => self.skipped.push(Skipped::new(SkipReason::GitCrypt, shown)),
            Text::Elsewhere => self.skipped.push(Skipped::new(SkipReason::GitLfs, shown)),
            Text::Binary(text, _) if !may_be_manifest(&text) => {
                self.texts.add(shown.clone(), text);
                self.skipped.push(Skipped::new(SkipReason::NotText, shown));
            }
            Text::Binary(text, at) => {
                let gap = Gap { reason: GapReason::NotText, example: shown.clone() };
                self.sources[source].gaps.push(gap);
                let file = self.texts.add(shown, text);
                self.notices.push(Notice {
                    form: Form::SYNTAX,
                    span: Span::new(file, at, at),
                    message: "the file is not UTF-8 text; save it as UTF-8 or leave it out".into(),
                    notes: Vec::new(),
                    related: Vec::new(),
                    subject: String::new(),
                    missing: None,
                });
            }
            Text::Manifest(text) => {
                let file = self.texts.add(shown, text);
                self.sources[source].documents.extend_from_slice(self.texts.documents(file));
            }
        }
    }
}

/// The path of a file from a folder above it on, both as shown from `here`: a folder may be above that.
pub(crate) fn from_folder(here: &Path, folder: &str, path: &str) -> Option<String> {
    let whole = |path: &str| shown(&here.join(path), None);
    let (folder, path) = (whole(folder), whole(path));
    if folder == "." {
        return Some(path).filter(|path| !path.starts_with("../") && !path.starts_with('/'));
    }
    Some(path.strip_prefix(&folder)?.strip_prefix('/')?.to_owned())
}

/// The path as people see it: relative to the working directory, with `/`, without `./`.
pub(crate) fn shown(path: &Path, working_directory: Option<&Path>) -> String {
    let relative = working_directory.and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for component in relative.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if parts.last().is_some_and(|last| last != ".." && !last.is_empty()) => {
                parts.pop();
            }
            Component::RootDir => parts.push(String::new()),
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
