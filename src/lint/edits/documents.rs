//! Where a new object goes: where people would put it.
//!
//! Beside its workload in plain files; in a file of its own that the kustomization names; in a template of its own, printed
//! under the same conditions as the workload.

use crate::finding::{Change, Edit, Operation};
use crate::render::marked::{Scope, scopes_around};
use crate::source::{File, FileId, Span};
use crate::yaml::{self, Node};

use super::conventions::labelled;
use super::patched::Patch;
use super::{Editor, Refused, declares_account, no_action, refusal};

impl Editor<'_> {
    /// The edits that add a document beside the object of a node.
    pub(super) fn add_document(
        &self,
        node: Node<'_>,
        text: &str,
        patch: Option<&Patch>,
    ) -> Result<Vec<Edit>, Refused> {
        let at = self.kind_of(node)?;
        if let Some(kind) = template_around(node) {
            return Err(format!(
                "The object stands in a {kind}: what belongs to it is added there, in the language of that."
            ));
        }
        if !self.homes.is_tree(at.file) {
            return self.add_template(at, node, text);
        }
        no_action(text)?;
        // What only an overlay brings, its kustomization declares.
        let beside = patch.and_then(|patch| Some((patch.at.file, self.resources_beside(patch.at.file)?)));
        let file = self.homes.sources().file(beside.map_or(at.file, |(file, _)| file));
        let Some(list) = beside.map(|(_, list)| list).or_else(|| self.resources_with(file.path())) else {
            // JSON holds one document.
            if file.text().starts_with(['{', '[']) {
                let path = self.free_path(file.path(), text)?;
                return Ok(vec![Edit::NewFile { text: as_beside(text, file), path }]);
            }
            return Ok(vec![Edit::Text(yaml::edit::append_document(file.text(), at.file, text))]);
        };
        if !self.homes.is_rendered(node) {
            let kustomization = self.homes.sources().file(list.span().file).path();
            return Err(format!(
                "`{kustomization}` was not rendered, so it is not known what it makes of it."
            ));
        }
        let path = self.free_path(file.path(), text)?;
        let name = path.rsplit('/').next().unwrap_or(&path);
        self.count(list)?;
        let named = yaml::edit::insert(&list.doc().text, list, name).map_err(refusal)?;
        Ok(vec![Edit::Text(named), Edit::NewFile { text: as_beside(text, file), path }])
    }

    /// The edits that take away the document of an object. A file that holds nothing else is emptied, which takes it away.
    pub(super) fn remove_document(&self, node: Node<'_>) -> Result<Vec<Edit>, Refused> {
        let at = self.kind_of(node)?;
        let text = self.homes.sources().file(at.file).text();
        if !self.homes.is_tree(at.file) {
            return Err("An object of a template is taken away by hand.".into());
        }
        if self.homes.texts.documents(at.file).len() < 2 {
            return self.remove_file(at);
        }
        let mut known = self.markers.borrow_mut();
        let markers = known.entry(at.file).or_insert_with(|| markers(text));
        let start = at.start as usize;
        let before = markers[..markers.partition_point(|(marker, _)| *marker < start)].last();
        let after = markers.get(markers.partition_point(|(marker, _)| *marker <= start));
        let (start, end) = match (before, after) {
            (Some((start, _)), after) => (*start, after.map_or(text.len(), |(start, _)| *start)),
            (None, Some((_, end))) => (0, *end),
            (None, None) => return Err("It is not known where the object ends.".into()),
        };
        Ok(vec![Edit::Text(yaml::Edit { span: Span::new(at.file, start, end), text: String::new() })])
    }

    /// The edits that take away a file, and its name in the kustomization of its folder.
    fn remove_file(&self, at: Span) -> Result<Vec<Edit>, Refused> {
        let file = self.homes.sources().file(at.file);
        let (folder, name) = file.path().rsplit_once('/').unwrap_or(("", file.path()));
        let is_named =
            |kustomization: &FileId| self.homes.sources().file(*kustomization).text().contains(name);
        let own = self.kustomizations.get(folder).copied();
        if self.kustomizations.values().any(|one| Some(*one) != own && is_named(one)) {
            return Err("Another kustomization names a file like that.".into());
        }
        let whole = Span::new(at.file, 0, file.text().len());
        let mut edits = vec![Edit::Text(yaml::Edit { span: whole, text: String::new() })];
        if let Some(list) = self.resources_with(file.path()) {
            let root = list.doc().root().unwrap_or(list);
            let item = list.items().find(|item| is_file(*item, name));
            let path = item.and_then(|item| item.path_from(root)).ok_or("Its name is not found.")?;
            self.count(list)?;
            edits.push(Edit::Text(yaml::edit::remove(&list.doc().text, root, &path).map_err(refusal)?));
        } else if own.as_ref().is_some_and(is_named) {
            return Err("The kustomization of its folder names it elsewhere than among the resources.".into());
        }
        Ok(edits)
    }

    /// Where a person wrote the kind of an object.
    pub(super) fn kind_of(&self, node: Node<'_>) -> Result<Span, Refused> {
        let root = node.doc().root().unwrap_or(node);
        let kind = root.entry("kind").map(|entry| entry.key.span());
        let place = match kind {
            Some(kind) if self.homes.is_rendered(node) => {
                self.homes.places.narrow(kind, self.homes.sources())
            }
            kind => kind,
        };
        place.ok_or_else(|| "It is not known where the object was written.".into())
    }

    /// Why no template can hold a new object of a change; none where one can, or none is asked for.
    pub(in crate::lint) fn no_place(&self, change: &Change) -> Option<Refused> {
        let Operation::NewDocument { .. } = change.operation else { return None };
        let at = self.kind_of(self.homes.node(change)?).ok().filter(|at| !self.homes.is_tree(at.file))?;
        conditions(self.homes.sources().file(at.file), at).err()
    }

    /// A template of its own for a document, printed when the object at a place of another is.
    fn add_template(&self, at: Span, beside: Node<'_>, text: &str) -> Result<Vec<Edit>, Refused> {
        let file = self.homes.sources().file(at.file);
        let scopes = conditions(file, at)?;
        let guard = if declares_account(text) { self.account_guard(at, beside)? } else { None };
        let openers: Vec<&str> = scopes.iter().map(|scope| scope.opener).chain(guard).collect();
        let ends = "{{- end }}\n".repeat(openers.len());
        let begins: String = openers.iter().flat_map(|opener| [opener, "\n"]).collect();
        let document = labelled(text.trim_end(), file.text(), at.start as usize);
        let whole = format!("{begins}{document}\n{ends}");
        Ok(vec![Edit::NewFile { path: self.free_path(file.path(), text)?, text: as_beside(&whole, file) }])
    }

    /// The list of resources that names a file, in the kustomization of its folder.
    fn resources_with(&self, path: &str) -> Option<Node<'_>> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let kustomization = *self.kustomizations.get(folder)?;
        let root = self.homes.root(kustomization)?;
        let list = root.get("resources")?;
        list.items().any(|item| is_file(item, name)).then_some(list)
    }

    /// A path for a document beside a file, which nothing has yet: named after the object, or after the file where the
    /// name is computed.
    fn free_path(&self, beside: &str, document: &str) -> Result<String, Refused> {
        let folder = beside.rfind('/').map_or("", |slash| &beside[..=slash]);
        let stem = beside[folder.len()..].split('.').next().unwrap_or_default();
        let field = |key: &str| document.lines().find_map(|line| line.strip_prefix(key));
        let kind = field("kind: ").unwrap_or("object").to_lowercase();
        let name =
            field("  name: ").filter(|name| !name.contains(['{', '/', '"', '\'', ':'])).unwrap_or(stem);
        let paths = (1..10).map(|number| match number {
            1 => format!("{folder}{name}-{kind}.yaml"),
            number => format!("{folder}{name}-{kind}-{number}.yaml"),
        });
        let mut free = paths.filter(|path| self.homes.file(path).is_none());
        free.next().ok_or_else(|| "Files with the names that it could have are there already.".into())
    }
}

/// The conditions of an object in a template, which another template can repeat.
fn conditions(file: &File, at: Span) -> Result<Vec<Scope<'_>>, Refused> {
    let scopes = scopes_around(file.text(), at.start as usize)
        .ok_or("The object is written in a helper, which others may use.")?;
    if scopes.iter().any(|scope| !scope.is_condition || scope.opener.contains('$')) {
        return Err("The object is printed in a loop, or with variables of its template.".into());
    }
    Ok(scopes)
}

/// The text of a file, with lines that end as those of a file beside it.
fn as_beside(text: &str, file: &File) -> String {
    let text = format!("{}\n", text.trim_end());
    if file.text().contains("\r\n") { text.replace('\n', "\r\n") } else { text }
}

/// The kind of the object that an object stands in, where that is more than a list.
fn template_around(node: Node<'_>) -> Option<String> {
    let root = node.doc().root().filter(|root| *root != node)?;
    let kind = root.get("kind")?.text()?;
    (!kind.ends_with("List")).then(|| kind.into_owned())
}

/// Whether an item names a file of the folder of its kustomization.
fn is_file(item: Node<'_>, name: &str) -> bool {
    item.text().is_some_and(|item| item.trim_start_matches("./") == name)
}

/// The lines that begin documents: where each begins and ends.
fn markers(text: &str) -> Vec<(usize, usize)> {
    let is_marker = |line: &str| line.trim_end() == "---" || line.starts_with("--- ");
    let lines = text.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((*end - line.len(), line))
    });
    lines.filter(|(_, line)| is_marker(line)).map(|(start, line)| (start, start + line.len())).collect()
}
