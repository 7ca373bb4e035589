//! Keeps out of proposals what only rendering knows: a name with a prefix, a release, the namespace of an overlay.
//!
//! A proposal changes text that a person wrote. It may repeat the names that stand in that file, and no others.

mod taken;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::edits::{Editor, without_actions};
use super::places::Places;
use crate::finding::{BY_HAND, Change, Finding, Fix, Operation, keep};
use crate::graph::{Graph, ObjectId, Placed};
use crate::source::{FileId, SourceId, SourceMap, Span};
use crate::yaml::Node;

/// The objects that proposals change, and the way back to where they were written.
pub(super) struct Proposals<'r> {
    /// By file and who deploys it, in the order of their places.
    objects: HashMap<(FileId, SourceId), Vec<&'r Placed<'r>>>,
    names: RefCell<HashMap<ObjectId, Rc<Names>>>,
    places: &'r Places,
    sources: &'r SourceMap,
    editor: &'r Editor<'r>,
}

/// The names in an object, by the word.
type Names = HashMap<String, Vec<Name>>;

/// A name in an object.
#[derive(Clone)]
struct Name {
    at: ObjectId,
    /// As it stands in the file of its object; `None` where it does not stand there.
    written: Option<String>,
    is_namespace: bool,
    /// Another file that writes it word by word: a patch.
    elsewhere: Option<FileId>,
}

impl<'r> Proposals<'r> {
    pub(super) fn new(graph: &'r Graph<'r>, places: &'r Places, editor: &'r Editor<'r>) -> Self {
        let mut all: Vec<&Placed<'_>> = graph.places.objects.iter().collect();
        all.sort_by_key(|placed| placed.object.node.span().start);
        let mut objects: HashMap<_, Vec<&Placed<'_>>> = HashMap::new();
        for placed in all {
            objects.entry((placed.file, placed.source)).or_default().push(placed);
        }
        Self { objects, names: RefCell::default(), places, sources: editor.sources(), editor }
    }

    /// Writes the names in the proposals of a finding as its file does, and drops a proposal where that cannot be done.
    /// The places of its changes are still those of the rendered text.
    pub(super) fn settle(&self, finding: &mut Finding) {
        if finding.fixes.is_empty() {
            return;
        }
        let own = self.editor.patch_of(finding).map(|patch| patch.at.file);
        let patch = finding.fixes.iter().find_map(|fix| self.patch_of(fix, own));
        let why = match patch {
            Some(file) => format!(
                "The name stands in `{}`, and the object in another file: change both.",
                self.sources.file(file).path()
            ),
            None => "What would stand there is known only once it is rendered.".to_owned(),
        };
        keep(&mut finding.fixes, &why, |fix| {
            let taken: Vec<_> =
                fix.changes.iter_mut().map(|change| taken::take(change, self.editor)).collect();
            fix.title = taken.iter().flatten().fold(fix.title.clone(), |title, line| line.in_title(&title));
            let is_kept = self.is_settled(fix, own);
            let both = fix.changes.iter_mut().zip(taken);
            let left: Vec<_> = both.filter_map(|(change, taken)| taken::put_back(change, taken)).collect();
            if let Some(what) = left.first() {
                let why = format!(
                    "It takes over a value, `{what}`, that is not written in the file of its object."
                );
                let is_nothing = |change: &Change| change.operation.text().is_some_and(str::is_empty);
                let why = fix.changes.iter().find_map(|change| self.editor.no_place(change)).unwrap_or(why);
                if fix.changes.iter().any(is_nothing) {
                    *fix = Fix::by_hand(&fix.title, &why);
                } else if fix.edits.is_ok() {
                    fix.edits = Err(why);
                }
            }
            is_kept
        });
        if finding.fixes.is_empty() && patch.is_some() {
            finding.fixes.push(Fix::by_hand(BY_HAND, &why));
        }
    }

    /// The patch that writes a name of a proposal, as the object's own file does not.
    fn patch_of(&self, fix: &Fix, own: Option<FileId>) -> Option<FileId> {
        let names = self.made_names(fix)?;
        let texts = fix.changes.iter().filter_map(|change| change.operation.text());
        let words = texts.chain([fix.title.as_str()]).flat_map(tokens);
        words.into_iter().find_map(|word| {
            let same = || names.iter().filter_map(|names| names.get(&word)).flatten();
            let first = same().find_map(|name| name.elsewhere)?;
            (!same().any(|name| name.is_kept(&word, own))).then_some(first)
        })
    }

    /// The names in the objects that a proposal changes, where one of them is not what stands in its file.
    fn made_names(&self, fix: &Fix) -> Option<Vec<Rc<Names>>> {
        let mut targets: Vec<&Placed<'_>> = fix.changes.iter().filter_map(|one| self.target(one)).collect();
        targets.dedup_by_key(|target| target.id);
        let is_made = |target: &&Placed<'_>| {
            self.sources.file(target.file).is_rendered() || given_namespace(target).is_some()
        };
        let names = |target| self.names(target);
        targets.iter().any(is_made).then(|| targets.into_iter().map(names).collect())
    }

    /// `own` is the patch that the changes belong into, where they do.
    fn is_settled(&self, fix: &mut Fix, own: Option<FileId>) -> bool {
        let Some(names) = self.made_names(fix) else { return true };
        let named = |word: &str| -> Vec<Name> {
            names.iter().filter_map(|names| names.get(word)).flatten().cloned().collect()
        };
        let is_open = |word: &str| {
            let same = named(word);
            !same.is_empty() && !same.iter().any(|name| name.is_kept(word, own))
        };
        if tokens(&fix.title).iter().any(|word| is_open(word)) {
            return false;
        }
        fix.changes.iter_mut().all(|change| {
            let target = self.target(change).map(|target| target.id);
            let is_document = matches!(change.operation, Operation::NewDocument { .. });
            let Some(text) = change.operation.text_mut() else { return true };
            tokens(text).iter().all(|word| {
                let same = named(word);
                let is_kept =
                    |name: &Name| name.is_kept(word, own) && (!name.is_namespace || Some(name.at) == target);
                if same.is_empty() || !has_word(text, word) || same.iter().any(is_kept) {
                    return true;
                }
                if same.iter().any(|name| name.is_namespace) && is_document {
                    *text = without_namespace(text, word);
                } else if let Some(written) = same.iter().find_map(|name| name.written.as_deref()) {
                    *text = with_word(text, word, written);
                }
                !has_word(text, word)
            })
        })
    }

    /// The object that a change is about.
    fn target(&self, change: &Change) -> Option<&'r Placed<'r>> {
        let at = change.at?;
        let known = self.objects.get(&(at.file, change.document.source))?;
        let after = known.partition_point(|placed| placed.object.node.span().start <= at.start);
        // What begins before it is the object around it, or one that ends before: objects are seldom in others.
        let mut before = known[..after].iter().rev().copied();
        before.find(|placed| at.end <= placed.object.node.span().end)
    }

    fn names(&self, at: &Placed<'_>) -> Rc<Names> {
        if let Some(known) = self.names.borrow().get(&at.id) {
            return Rc::clone(known);
        }
        let mut found = Names::new();
        collect(at.object.node, &mut |key, node, word| {
            let written = self.written(at, key, node.span(), &word);
            let elsewhere = self.elsewhere(at, node.span(), &word);
            let name = Name { at: at.id, written, is_namespace: key.key() == "namespace", elsewhere };
            found.entry(word).or_default().push(name);
        });
        if let Some(word) = given_namespace(at) {
            let name = Name { at: at.id, written: None, is_namespace: true, elsewhere: None };
            found.entry(word.to_owned()).or_default().push(name);
        }
        let found = Rc::new(found);
        self.names.borrow_mut().insert(at.id, Rc::clone(&found));
        found
    }

    /// The file in which a rendered name stands word by word, where that is not the one of its object and no template.
    fn elsewhere(&self, at: &Placed<'_>, span: Span, word: &str) -> Option<FileId> {
        let kind = at.object.node.get("kind").unwrap_or(at.object.node);
        let home = self.places.written(kind.span()).first()?.file;
        let place = self.places.narrow(span, self.sources)?;
        let is_plain = |file: FileId| !self.sources.file(file).text().contains("{{");
        let is_patch = place.file != home && is_plain(place.file);
        (is_patch && has_word(self.sources.text(place), word)).then_some(place.file)
    }

    /// A rendered name as it stands in the file of its object: as an expression where that is a template.
    fn written(&self, at: &Placed<'_>, key: Node<'_>, span: Span, word: &str) -> Option<String> {
        if !self.sources.file(span.file).is_rendered() {
            return Some(word.to_owned());
        }
        let kind = at.object.node.get("kind").unwrap_or(at.object.node);
        let home = self.places.written(kind.span()).first()?.file;
        let computed = || self.expression(key.span(), home);
        if let Some(computed) = self.editor.unfilled(key.span(), home).or_else(computed) {
            return Some(computed);
        }
        let place = self.places.narrow(span, self.sources).filter(|place| place.file == home)?;
        let text = without_actions(self.sources.text(place));
        let is_name = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        };
        let bare = text.trim().trim_matches(['"', '\'']);
        if has_word(&text, word) {
            Some(word.to_owned())
        } else {
            (is_name(bare) && word.contains(bare)).then(|| bare.to_owned())
        }
    }
}

impl Proposals<'_> {
    /// What stands behind a key on its line in a template, where that is computed.
    fn expression(&self, key: Span, home: FileId) -> Option<String> {
        let key = self.places.narrow(key, self.sources).filter(|key| key.file == home)?;
        self.editor.expression(key)
    }
}

impl Name {
    /// Whether its file writes it just so, or the patch that is changed.
    fn is_kept(&self, word: &str, patch: Option<FileId>) -> bool {
        self.written.as_deref() == Some(word) || (patch.is_some() && self.elsewhere == patch)
    }
}

/// The namespace that whoever deploys an object gives to it.
fn given_namespace<'p>(at: &'p Placed<'_>) -> Option<&'p str> {
    at.namespace.as_deref().filter(|_| at.object.namespace.is_none())
}

/// The names in a value: what stands under `name`, `namespace` and keys that end so. A document is not nested without
/// end, so this may recurse.
fn collect<'a>(node: Node<'a>, found: &mut impl FnMut(Node<'a>, Node<'a>, String)) {
    for entry in node.entries() {
        let key = entry.key.key();
        let is_name = key.to_ascii_lowercase().ends_with("name") || key == "namespace";
        match entry.value.as_str().filter(|_| is_name) {
            Some(word) => {
                let word = word.trim_end_matches('-');
                if !word.is_empty() {
                    found(entry.key, entry.value, word.to_owned());
                }
            }
            None => collect(entry.value, found),
        }
    }
    node.items().for_each(|item| collect(item, found));
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._".contains(c)
}

/// The words of a text, each once.
fn tokens(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Where a word stands in a text, and not as a part of another.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> {
    let places = text.match_indices(word).map(|(at, _)| at);
    places.filter(move |at| !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

/// A key is no name: what stands before a colon does not count.
fn has_word(text: &str, word: &str) -> bool {
    words(text, word).any(|at| !text[at + word.len()..].starts_with(':'))
}

/// Another word in the place of one. As a part of a longer value it has no quotes.
fn with_word(text: &str, word: &str, other: &str) -> String {
    let bare = other.trim_matches(['"', '\'']).replace(" | quote }}", " }}").replace(" | squote }}", " }}");
    let (mut out, mut from) = (String::new(), 0);
    for at in words(text, word) {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let begins = before.is_empty() || before.ends_with([' ', '\n', '`']);
        let ends = after.is_empty() || after.starts_with([' ', '\n', ',', '}', ']', '`']);
        out.extend([&text[from..at], if begins && ends { other } else { &bare }]);
        from = at + word.len();
    }
    out + &text[from..]
}

/// Documents without a namespace that their deployer gives them. What a binding of that namespace names without one is of
/// the same.
fn without_namespace(text: &str, namespace: &str) -> String {
    let (own, any) = (format!("  namespace: {namespace}"), format!("namespace: {namespace}"));
    let lines: Vec<&str> = text.lines().collect();
    let documents = lines.split_inclusive(|line| *line == "---");
    let kept = documents.flat_map(|document| {
        let is_given = document.contains(&own.as_str());
        document.iter().copied().filter(|line| !is_given || line.trim() != any).collect::<Vec<_>>()
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{has_word, with_word};

    #[test]
    fn words_stand_alone() {
        assert!(has_word("name: a-b\n", "a-b") && !has_word("name: a-b\n", "b") && !has_word("a: x", "a"));
        assert_eq!(with_word("{name: a-b, of: a-b-c}", "a-b", "b"), "{name: b, of: a-b-c}");
        for other in ["{{ .x | quote }}", "\"{{ .x }}\""] {
            assert_eq!(
                with_word("{a: b, c: /d/b/e}", "b", other),
                format!("{{a: {other}, c: /d/{{{{ .x }}}}/e}}")
            );
        }
    }
}
