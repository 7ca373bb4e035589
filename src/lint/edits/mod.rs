//! From a change by meaning to the edits of the texts that people wrote.
//!
//! A field of rendered text is followed to the key that wrote it: in a manifest, a base, a patch or a values file that key
//! is a node of a tree, in a chart's template a line. What is not certain has no edit, and a sentence that says why.

mod elements;

mod home;

mod template;

mod chance;
mod conventions;
mod operations;
mod renamed;
mod schema;

mod patched;

mod documents;

mod copied;

pub(super) use copied::Written;
pub(super) use template::without_actions;

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use home::{Home, Homes};
use operations::PatchOperation;
use patched::Patch;
use schema::New;

use super::accounts::{ACCOUNT, SHARED_ACCOUNT};
use super::places::Places;
use crate::finding::{Applicability, Change, Edit, Finding, Fix, ObjectName, Operation};
use crate::load::Texts;
use crate::render::kustomization::is_kustomization_file;
use crate::render::paths::folder_of;
use crate::source::{FileId, SourceMap, Span};
use crate::yaml::{self, Node, Path};

/// Edits of one file that are made in one run: each is proved by reading the file again.
const MOST: usize = 64;
/// In larger files nothing is edited, in bytes.
const LARGEST: usize = 512 * 1024;

/// Makes the edits of fixes.
pub(super) struct Editor<'r> {
    homes: Homes<'r>,
    /// How many edits each file has.
    counts: RefCell<HashMap<FileId, usize>>,
    /// The lines of files that begin documents.
    markers: RefCell<HashMap<FileId, Vec<(usize, usize)>>>,
    /// The kustomization of each folder.
    kustomizations: HashMap<&'r str, FileId>,
    /// The operations of all JSON patches.
    operations: OnceCell<Vec<PatchOperation>>,
    /// Whether a chart makes its accounts under a condition of its own: see `makes_accounts`.
    conventions: RefCell<HashMap<OfChart<'r>, Option<bool>>>,
    /// By name, whether a helper makes something by chance, as far as that was asked.
    helpers_of_chance: RefCell<HashMap<String, bool>>,
}

/// Each edit once, those of a file in the order in which they are done: whoever shows or does them one after the other
/// gets the same text.
fn arranged(edits: Vec<Edit>) -> Vec<Edit> {
    let mut files: Vec<FileId> = Vec::new();
    let mut kept: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        if let Edit::Text(edit) = &edit
            && !files.contains(&edit.span.file)
        {
            files.push(edit.span.file);
        }
        if !kept.contains(&edit) {
            kept.push(edit);
        }
    }
    kept.sort_by_cached_key(|edit| match edit {
        Edit::Text(edit) => {
            let file = files.iter().position(|file| *file == edit.span.file);
            (false, file.map(|file| (file, edit.rank())))
        }
        Edit::NewFile { .. } => (true, None),
    });
    kept
}

fn makes_account(change: &Change) -> bool {
    matches!(&change.operation, Operation::NewDocument { text, .. } if declares_account(text))
}

/// Whether a new document is an account.
fn declares_account(text: &str) -> bool {
    text.lines().any(|line| line == "kind: ServiceAccount")
}

/// Whether a value names the account of a pod.
fn is_account(value: Node<'_>) -> bool {
    home::entry_of(value).is_some_and(|entry| entry.key.key() == ACCOUNT)
}

/// What a change is made with.
#[derive(Clone, Copy)]
struct With<'f> {
    /// The patch that brings what the finding is about, and the object of that.
    patch: Option<&'f Patch>,
    about: Option<&'f ObjectName>,
    /// Whether the fix declares an account, too.
    makes_account: bool,
    /// Whether it gives one of several workloads another account than the others have.
    parts_account: bool,
}

/// The folder of a chart, and of what was rendered of it.
type OfChart<'r> = (&'r str, Option<&'r str>);

/// What cannot be edited, and why: a sentence.
type Refused = String;

impl<'r> Editor<'r> {
    pub(super) fn new(texts: &'r Texts, places: &'r Places) -> Self {
        let mut this = Self {
            homes: Homes { texts, places, files: HashMap::new(), uses: RefCell::default() },
            counts: RefCell::default(),
            markers: RefCell::default(),
            kustomizations: HashMap::new(),
            operations: OnceCell::new(),
            conventions: RefCell::default(),
            helpers_of_chance: RefCell::default(),
        };
        for (id, file) in texts.sources().files().filter(|(_, file)| !file.is_rendered()) {
            this.homes.files.insert(file.path(), id);
            if is_kustomization_file(file.path()) {
                let folder = folder_of(file.path());
                this.kustomizations.insert(folder, id);
            }
        }
        this
    }

    pub(super) fn sources(&self) -> &'r SourceMap {
        self.homes.sources()
    }

    /// Makes the edits of all fixes of a finding. The places of their changes are still those of the rendered text.
    pub(super) fn edit(&self, finding: &mut Finding) {
        // A rule may know a reason against it.
        let is_open = |fix: &Fix| fix.applicability != Applicability::Suggest && fix.edits.is_ok();
        if !finding.fixes.iter().any(is_open) {
            return;
        }
        let patch = self.patch_of(finding);
        for fix in &mut finding.fixes {
            if is_open(fix) {
                let makes_account = fix.changes.iter().any(makes_account);
                let with = With {
                    patch: patch.as_ref(),
                    about: finding.object.as_ref(),
                    makes_account,
                    parts_account: finding.rule == SHARED_ACCOUNT,
                };
                let edits = fix.changes.iter().map(|change| self.edits_of(change, with));
                let edits = edits.collect::<Result<Vec<_>, _>>();
                fix.edits = edits.map(|lists| arranged(lists.concat()));
            }
        }
    }

    fn edits_of(&self, change: &Change, with: With<'_>) -> Result<Vec<Edit>, Refused> {
        let node = self.homes.node(change).ok_or("It is not known where this was written.")?;
        self.spared_by_patches(node, change)?;
        self.follows_its_account(node, change, with)?;
        let one = |edit: yaml::Edit| vec![Edit::Text(edit)];
        let written = |edit: Result<yaml::Edit, Refused>| self.in_its_language(edit?).map(one);
        // What else it changes has a patch of its own, or none.
        let with = With { patch: with.patch.filter(|_| with.about == Some(&change.document.object)), ..with };
        match &change.operation {
            Operation::Set(value) => {
                let patch = with.patch.filter(|_| !node.is_scalar());
                let in_patch = patch.and_then(|patch| self.set_in_patch(patch, &change.path, value));
                written(in_patch.map_or_else(|| self.set(node, value, with), Ok))
            }
            Operation::Insert(entry) => written(self.insert((node, &change.path), entry, with)),
            Operation::Remove if node.doc().root() == Some(node) => self.remove_document(node),
            Operation::Remove => self.remove(node).map(one),
            Operation::Rename(key) => self.rename(node, key).map(one),
            Operation::NewDocument { text, .. } => self.add_document(node, text, with.patch),
        }
    }

    /// An edit, where its text may stand in its file: only templates compute.
    fn in_its_language(&self, edit: yaml::Edit) -> Result<yaml::Edit, Refused> {
        let path = self.homes.sources().file(edit.span.file).path();
        let is_template = path.starts_with("templates/") || path.contains("/templates/");
        if is_template { Ok(edit) } else { no_action(&edit.text).map(|()| edit) }
    }

    /// Counts an edit of the file that a node stands in, which is read again to prove it.
    fn count(&self, node: Node<'_>) -> Result<(), Refused> {
        let mut counts = self.counts.borrow_mut();
        let count = counts.entry(node.span().file).or_default();
        *count += 1;
        if *count > MOST || node.doc().text.len() > LARGEST {
            return Err("The file is large, or has many fixes: mend some of it first.".into());
        }
        Ok(())
    }

    fn set(&self, node: Node<'_>, value: &str, with: With<'_>) -> Result<yaml::Edit, Refused> {
        let home = self.homes.of(node);
        // What gives the name to several workloads stays for the others.
        let stays = home.is_err() || with.parts_account;
        if stays && let Some(span) = self.own_expression(node).filter(|_| is_account(node)) {
            return self.set_bytes(span, node, value, with);
        }
        match home? {
            Home::Node(home) => {
                no_action(value)?;
                self.allowed_by_schema(node, home, New::Value(value))?;
                self.count(home)?;
                let is_elsewhere = self.homes.is_rendered(node);
                // Parameters and substitutes are texts, whatever they are rendered to.
                let is_text = is_elsewhere && home.as_str().is_some() && !is_string(value);
                let quoted = is_text.then(|| serde_json::Value::from(value.trim()).to_string());
                let value = quoted.as_deref().unwrap_or(value);
                yaml::edit::set(&home.doc().text, home, value).map_err(refusal)
            }
            Home::Bytes(span) => self.set_bytes(span, node, value, with),
            Home::Lines(key) => {
                self.set_bytes(template::lines_of(&self.homes, key, node)?, node, value, with)
            }
            Home::Item(_) => Err("A list of a template is set by hand.".into()),
        }
    }

    /// Other text in a template, where that can mean the same as elsewhere in it.
    fn set_bytes(
        &self,
        span: Span,
        node: Node<'_>,
        value: &str,
        with: With<'_>,
    ) -> Result<yaml::Edit, Refused> {
        if span.range().is_empty() {
            return Err("An expression of the template gives this value, and gives nothing here.".into());
        }
        let file = self.homes.sources().file(span.file);
        let guard =
            if with.makes_account && is_account(node) { self.account_guard(span, node)? } else { None };
        let guarded = guard.map(|guard| {
            let before = self.homes.sources().text(span);
            format!("{}{value}{{{{ else }}}}{before}{{{{ end }}}}", guard.replace("{{-", "{{"))
        });
        let text = template::below(file, span, guarded.as_deref().unwrap_or(value));
        if text.contains("{{") {
            template::is_top(file, span)?;
        }
        Ok(yaml::Edit { span, text })
    }

    fn insert(
        &self,
        (into, path): (Node<'_>, &Path),
        entry: &str,
        with: With<'_>,
    ) -> Result<yaml::Edit, Refused> {
        let entry = if into.is_seq() { item_text(entry) } else { entry.to_owned() };
        if let Some(patch) = with.patch {
            no_action(&entry)?;
            return self.insert_in_patch(patch, (into, path), &entry);
        }
        let is_long = entry.contains('\n');
        match self.homes.place_in(into, is_long)? {
            Home::Node(home) => {
                no_action(&entry)?;
                if let Some((key, _)) = entry.split_once(':').filter(|_| into.is_map()) {
                    self.allowed_by_schema(into, home, New::Entry(key))?;
                }
                self.count(home)?;
                yaml::edit::insert(&home.doc().text, home, &entry).map_err(refusal)
            }
            Home::Bytes(key) => {
                let is_name = with.makes_account && entry.starts_with(ACCOUNT);
                let guard = if is_name { self.account_guard(key, into)? } else { None };
                let guarded = guard.map(|guard| format!("{guard}\n{entry}\n{{{{- end }}}}"));
                template::insert_line(&self.homes, key, guarded.as_deref().unwrap_or(&entry))
            }
            Home::Item(key) | Home::Lines(key) => template::insert_item(&self.homes, key, &entry),
        }
    }

    fn remove(&self, node: Node<'_>) -> Result<yaml::Edit, Refused> {
        let home = match self.homes.of_entry(node)? {
            Home::Node(home) => home,
            Home::Bytes(key) | Home::Item(key) | Home::Lines(key) => {
                return template::remove_line(&self.homes, key, node);
            }
        };
        let root = home.doc().root().unwrap_or(home);
        let path = home.path_from(root).filter(|path| !path.is_root());
        let path = path.ok_or("It is not known where this is written.")?;
        self.count(home)?;
        yaml::edit::remove(&home.doc().text, root, &path).map_err(refusal)
    }

    fn rename(&self, node: Node<'_>, name: &str) -> Result<yaml::Edit, Refused> {
        match self.homes.key_of(node)? {
            Home::Node(key) => {
                self.count(key)?;
                yaml::edit::rename(&key.doc().text, key, name).map_err(refusal)
            }
            Home::Bytes(span) | Home::Item(span) | Home::Lines(span) => {
                Ok(yaml::Edit { span, text: name.to_owned() })
            }
        }
    }
}

fn refusal(refusal: yaml::edit::Refusal) -> Refused {
    refusal.to_string()
}

/// Whether YAML on one line is a string, a list or a mapping, and no number, truth value or null.
fn is_string(value: &str) -> bool {
    let value = value.trim();
    value.parse::<f64>().is_err() && !matches!(value, "true" | "false" | "null" | "~" | "")
}

/// What only a template can compute stands in no other text.
fn no_action(text: &str) -> Result<(), Refused> {
    if text.contains("{{") { Err("The name is computed by a template.".into()) } else { Ok(()) }
}

/// The YAML of an item: proposals may write it with its dash.
fn item_text(item: &str) -> String {
    match item.strip_prefix("- ") {
        Some(first) => {
            first.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
        }
        None => item.to_owned(),
    }
}
