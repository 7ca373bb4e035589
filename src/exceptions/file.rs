//! Files of exceptions: `.nhi/exceptions.yaml` of each repository, or those that are named.
//!
//! What is no list of exceptions at all is an error of the run. What is wrong with one of them is a finding about it.

use std::collections::BTreeSet;
use std::path::Path;

use super::selector::{self, Selector};
use super::terms::{self, MALFORMED, Problem, Terms, Text, shown, unknown_key};
use super::written::{Reach, Written, rules};
use crate::catalog::Catalog;
use crate::config::ANNOTATION_PREFIX;
use crate::finding::RunError;
use crate::k8s::EXCEPTION_LIST;
use crate::load::{Standing, Texts, Tree};
use crate::source::{FileId, Span};
use crate::yaml::Node;

/// Where the exceptions of a repository stand, from its root on.
pub const EXCEPTIONS: &str = ".nhi/exceptions.yaml";

/// A larger file is no list that people wrote.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The keys of an item.
const ITEM: [&str; 13] = [
    "id",
    "rules",
    "match",
    "reason",
    "owner",
    "approver",
    "ticket",
    "created",
    "until",
    "compensating",
    "fingerprint",
    "renewals",
    "scope",
];

/// A file of exceptions that was read.
#[derive(Clone, Debug)]
pub struct ExceptionFile {
    /// The file.
    pub file: FileId,
    /// The folder that its paths begin at, as it is shown.
    pub folder: String,
    /// Whether the run looks at all that it is for.
    pub covers: bool,
}

/// The files of exceptions of a run; their texts are added to `texts`.
pub fn read(texts: &mut Texts, tree: &Tree, named: Option<&[String]>) -> (Vec<ExceptionFile>, Vec<RunError>) {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    let repositories = tree.repositories();
    let Some(named) = named else {
        for (folder, covers) in repositories {
            let path =
                if folder.is_empty() { EXCEPTIONS.to_owned() } else { format!("{folder}/{EXCEPTIONS}") };
            match tree.at(&path) {
                Standing::Absent => {}
                Standing::File(_) => match add(texts, &path, || tree.bytes(&path, LARGEST)) {
                    Some(file) => files.push(ExceptionFile { file, folder: folder.to_owned(), covers }),
                    None => errors.push(unreadable(&path)),
                },
                _ => errors.push(unreadable(&path)),
            }
        }
        return (files, errors);
    };
    let (folder, covers) = match repositories.as_slice() {
        [(folder, covers)] => ((*folder).to_owned(), *covers),
        _ => (String::new(), false),
    };
    for path in named {
        let of_disk = || {
            let path = Path::new(path);
            let files = tree.files();
            if files.size(path).ok()? > LARGEST { None } else { files.bytes(path).ok() }
        };
        match add(texts, path, of_disk) {
            Some(file) => files.push(ExceptionFile { file, folder: folder.clone(), covers }),
            None => errors.push(unreadable(path)),
        }
    }
    (files, errors)
}

fn unreadable(path: &str) -> RunError {
    let message = "it cannot be read as a file of exceptions: it is no text file of the repository";
    RunError { file: Some(path.to_owned()), line: None, message: message.into() }
}

/// The file at a path, read now if it was not.
fn add(texts: &mut Texts, path: &str, bytes: impl Fn() -> Option<Vec<u8>>) -> Option<FileId> {
    let mut written = texts.sources().files().filter(|(_, file)| !file.is_rendered());
    let known = written.find(|(_, file)| file.path() == path).map(|(file, _)| file);
    if known.is_some() {
        return known;
    }
    drop(written);
    let text = String::from_utf8(bytes()?).ok()?;
    Some(texts.add(path, text))
}

/// Reads exceptions, one after the other.
pub(super) struct Reader<'r> {
    pub(super) texts: &'r Texts,
    pub(super) catalog: &'r Catalog,
    /// Ids that were read.
    pub(super) ids: BTreeSet<String>,
    pub(super) found: Vec<Written>,
    pub(super) errors: Vec<RunError>,
}

impl Reader<'_> {
    pub(super) fn file(&mut self, file: &ExceptionFile) {
        for document in self.texts.documents(file.file) {
            for problem in document.problems() {
                self.error(Span::new(file.file, problem.start, problem.end), problem.message.clone());
            }
            if document.problems().is_empty()
                && let Some(root) = document.doc().root()
            {
                self.document(root, file);
            }
        }
    }

    fn error(&mut self, at: Span, message: String) {
        let source = self.texts.sources().file(at.file);
        let line = source.position(at.start).line;
        self.errors.push(RunError { file: Some(source.path().to_owned()), line: Some(line), message });
    }

    fn document(&mut self, root: Node<'_>, file: &ExceptionFile) {
        let version = format!("{ANNOTATION_PREFIX}v1alpha1");
        let is = |key: &str, wanted: &str| {
            root.get(key).and_then(Node::as_str).is_some_and(|found| found == wanted)
        };
        if !is("apiVersion", &version) || !is("kind", EXCEPTION_LIST) {
            let message = format!(
                "this is no list of exceptions; it begins with `apiVersion: {version}` and `kind: {EXCEPTION_LIST}`"
            );
            return self.error(root.span(), message);
        }
        for entry in root.entries() {
            let key = entry.key.key();
            if !["apiVersion", "kind", "metadata", "items"].contains(&&*key) {
                let problem = unknown_key(&key, &["apiVersion", "kind", "items"], entry.key.span());
                self.error(problem.at, problem.message);
            }
        }
        match root.get("items") {
            Some(items) if items.is_seq() => {
                for item in items.items() {
                    self.item(item, file);
                }
            }
            None => {}
            Some(items) if items.is_null() => {}
            Some(items) => self.error(items.span(), "`items` is a list of exceptions".into()),
        }
    }

    fn item(&mut self, item: Node<'_>, file: &ExceptionFile) {
        let mut problems = Vec::new();
        let (mut terms, mut selector) = (Terms::default(), Selector::default());
        let (mut id, mut listed) = (None, Vec::new());
        if !item.is_map() {
            problems.push(Problem::new(
                MALFORMED,
                item.span(),
                "an exception is a mapping with `rules`, `match`, `owner`, `until` and `reason`",
            ));
        }
        for entry in item.entries() {
            let (key, value) = (entry.key.key(), entry.value);
            match &*key {
                "id" => id = text(value, "id", &mut problems),
                "rules" => listed = list(value, "rules", &mut problems),
                "match" => read_match(value, &mut selector, &mut problems),
                "fingerprint" => selector.fingerprint = text(value, "fingerprint", &mut problems),
                "renewals" => terms.renewals = list(value, "renewals", &mut problems),
                "scope" => {
                    let scope = text(value, "scope", &mut problems);
                    selector.whole_namespace = scope.as_ref().is_some_and(|scope| scope.text == "namespace");
                    if let Some(scope) = scope.filter(|_| !selector.whole_namespace) {
                        let message = format!("`{}` is no scope; there is `namespace`", shown(&scope.text));
                        problems.push(Problem::new(MALFORMED, scope.at, message));
                    }
                }
                known if terms::KEYS.contains(&known) => {
                    let read = text(value, known, &mut problems);
                    *terms.slot(known).expect("it is one of the keys") = read;
                }
                other => problems.push(unknown_key(other, &ITEM, entry.key.span())),
            }
        }
        // The first line of the item: its dash and first key.
        let at = item.entries().next().map_or(item.span(), |entry| entry.key.span());
        let words = listed.iter().map(|rule| (rule.text.as_str(), rule.at));
        let (rules, wrong) = rules(words, at, self.catalog);
        problems.extend(wrong);
        problems.extend(selector.problems(at, &rules));
        if let Some(id) = id.as_ref().filter(|id| !self.ids.insert(id.text.clone())) {
            let message = format!("`{}` is the id of another exception, too", shown(&id.text));
            problems.push(Problem::new(MALFORMED, id.at, message));
        }
        let at = id.as_ref().map_or(at, |id| id.at);
        let (folder, covers) = (file.folder.clone(), file.covers);
        let reach = Reach::Selected { selector: Box::new(selector), folder, covers };
        let id = id.map(|id| id.text);
        self.found.push(Written { id, at, rules, terms, reach, problems, removal: None });
    }
}

fn read_match(value: Node<'_>, selector: &mut Selector, problems: &mut Vec<Problem>) {
    if !value.is_map() {
        let message = format!("`match` is a mapping of {}", selector::KEYS.join(", "));
        return problems.push(Problem::new(MALFORMED, value.span(), message));
    }
    for entry in value.entries() {
        let key = entry.key.key();
        match selector.slot(&key) {
            Some(slot) => *slot = text(entry.value, &key, problems),
            None => problems.push(unknown_key(&key, &selector::KEYS, entry.key.span())),
        }
    }
}

fn text(value: Node<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<Text> {
    match value.text() {
        Some(text) => Some(Text { text: text.into_owned(), at: value.span() }),
        None if value.is_null() => Some(Text { text: String::new(), at: value.span() }),
        None => {
            problems.push(Problem::new(MALFORMED, value.span(), format!("`{key}` is a text")));
            None
        }
    }
}

fn list(value: Node<'_>, key: &str, problems: &mut Vec<Problem>) -> Vec<Text> {
    if !value.is_seq() {
        problems.push(Problem::new(MALFORMED, value.span(), format!("`{key}` is a list")));
    }
    value.items().filter_map(|item| text(item, key, problems)).collect()
}
