//! Paths, globs and standard input → texts, cut into documents. The only reader of the disk.
//!
//! It does not parse YAML beyond its document markers and judges nothing: what cannot be read is noticed or counted.

mod codeowners;
mod tree;
mod walk;

use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use codeowners::Codeowners;
pub use tree::{Below, Standing, Tree, is_below};

use crate::finding::{Form, Notice, RunError};
use crate::source::{Document, FileId, Gap, Source, SourceMap, Span, World};
use crate::yaml;

/// Files above this many bytes are not read unless a flag says so.
pub const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The texts.
    pub sources: SourceMap,
    /// The documents, by source.
    pub world: World,
    /// Documents that are not linted, only built on: bases and patches beside what the arguments name.
    pub beside: Vec<Document>,
    /// What is wrong with files as files.
    pub notices: Vec<Notice>,
    /// What was left out, as (what, example): `Helm templates`, `charts/shop/templates/job.yaml`.
    pub skipped: Vec<(&'static str, String)>,
    /// What could not be read.
    pub errors: Vec<RunError>,
    /// The CODEOWNERS files that govern what was read.
    pub codeowners: Vec<Codeowners>,
}

/// Reads what `paths` name: files, directories, globs, and `-` for standard input.
///
/// Nothing fails as a whole: what cannot be read stands in [`Loaded::errors`].
pub fn load(paths: &[String], largest_file: u64, stdin: &mut dyn Read) -> Loaded {
    let mut loaded = Loaded::default();
    let mut listed = walk::list(paths, &mut loaded);
    let texts: Vec<Result<Text, RunError>> =
        listed.files.par_iter().map(|file| read(&file.path, &file.shown, largest_file)).collect();
    let mut pools: Vec<Source> =
        listed.roots.drain(..).map(|root| Source { root, ..Source::default() }).collect();
    for (file, text) in listed.files.into_iter().zip(texts) {
        match text {
            Ok(text) => admit(&mut loaded, &mut pools[file.root], file.shown, text),
            Err(error) => {
                pools[file.root].gaps.push(Gap { what: "unreadable file".into(), example: file.shown });
                loaded.errors.push(error);
            }
        }
    }
    if listed.stdin {
        let mut bytes = Vec::new();
        let mut pool = Source { root: "-".into(), ..Source::default() };
        match stdin.read_to_end(&mut bytes) {
            Ok(_) => admit(&mut loaded, &mut pool, "-".into(), decode(bytes)),
            Err(error) => loaded.errors.push(RunError {
                file: Some("-".into()),
                line: None,
                message: format!("standard input cannot be read: {error}"),
            }),
        }
        pools.push(pool);
    }
    for (root, gap) in listed.gaps {
        pools[root].gaps.push(gap);
    }
    loaded.world.sources = pools;
    loaded
}

/// Reads a file of the tree that no argument names; whether that was one of text that was not read before.
pub fn read_beside(loaded: &mut Loaded, tree: &Tree, path: &str) -> bool {
    let Some(Text::Manifest(text, pieces)) = tree.bytes(path, LARGEST_FILE).map(decode) else { return false };
    let file = loaded.sources.add(path, text);
    loaded.beside.extend(pieces.into_iter().map(|piece| document(file, piece)));
    true
}

/// Bytes of a file, as text.
enum Text {
    /// Text, cut into documents.
    Manifest(String, Vec<yaml::Piece>),
    /// Encrypted as a whole by git-crypt: nothing in it is in the open.
    Encrypted,
    /// Not UTF-8; the offset of the first byte that is not.
    Binary(String, usize),
}

fn read(path: &Path, shown: &str, largest_file: u64) -> Result<Text, RunError> {
    let fail = |message: String| RunError { file: Some(shown.to_owned()), line: None, message };
    let size = std::fs::metadata(path).map_err(|error| fail(format!("cannot be read: {error}")))?.len();
    if size > largest_file {
        let limit = largest_file / (1024 * 1024);
        return Err(fail(format!(
            "larger than {limit} MiB and not read; raise the limit with --max-file-size"
        )));
    }
    let bytes = std::fs::read(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    Ok(decode(bytes))
}

fn decode(bytes: Vec<u8>) -> Text {
    // Files of git-crypt begin with this (its documentation, "File format").
    if bytes.starts_with(b"\0GITCRYPT\0") {
        return Text::Encrypted;
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            let pieces = yaml::split(&text);
            Text::Manifest(text, pieces)
        }
        Ok(text) => {
            let at = text.find('\0').unwrap_or_default();
            Text::Binary(text, at)
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Text::Binary(String::from_utf8_lossy(error.as_bytes()).into_owned(), at)
        }
    }
}

fn admit(loaded: &mut Loaded, pool: &mut Source, shown: String, text: Text) {
    match text {
        Text::Encrypted => loaded.skipped.push(("files encrypted by git-crypt", shown)),
        Text::Binary(text, at) => {
            pool.gaps.push(Gap { what: "file that is not text".into(), example: shown.clone() });
            let file = loaded.sources.add(shown, text);
            loaded.notices.push(Notice {
                form: Form::SYNTAX,
                span: Span::new(file, at, at),
                message: "the file is not UTF-8 text; save it as UTF-8 or leave it out".into(),
                related: Vec::new(),
            });
        }
        Text::Manifest(text, pieces) => {
            let file = loaded.sources.add(shown, text);
            pool.documents.extend(pieces.into_iter().map(|piece| document(file, piece)));
        }
    }
}

fn document(file: FileId, piece: yaml::Piece) -> Document {
    Document { span: Span::new(file, piece.start, piece.end), helm_source: piece.helm_source }
}

/// The path as people see it: relative to the working directory, with `/`, without `./`.
fn shown(path: &Path, working_directory: Option<&PathBuf>) -> String {
    let relative = working_directory.and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for component in relative.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir
                if parts.last().is_some_and(|last| last != ".." && !last.is_empty()) =>
            {
                parts.pop();
            }
            std::path::Component::RootDir => parts.push(String::new()),
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}
