//! The fix that takes an exception away which nothing needs: an entry of a list, an annotation, a comment.

use super::written::{Reach, Written};
use crate::finding::{Applicability, Edit, Finding, Fix};
use crate::load::Texts;
use crate::source::Span;
use crate::yaml::edit::{Refusal, remove, remove_comment, without_comment};
use crate::yaml::{self, Doc};

/// What it is called.
pub(super) const TITLE: &str = "remove the exception";

/// The fix that takes an exception away. `place` is where an annotation stands, with its own fix.
pub(super) fn removal(written: &Written, place: Option<&Finding>, texts: &Texts) -> Option<Fix> {
    let edit = match &written.reach {
        Reach::Object(_) => return place?.fixes.first().cloned(),
        Reach::Selected { .. } => of_entry(written.at, texts)?,
        Reach::Line { is_template: true, .. } => of_template(written.at, texts),
        Reach::Line { is_template: false, .. } => {
            let doc = document(written.at, texts)?;
            remove_comment(&doc.text, doc, written.at).map_err(|refusal| refusal.to_string())
        }
    };
    let edits = edit.map(|edit| vec![Edit::Text(edit)]);
    Some(Fix { edits, ..Fix::new(TITLE.into(), Applicability::Safe, Vec::new()) })
}

/// The same where so many go that not each removal can be proved.
pub(super) fn too_many() -> Fix {
    let why =
        "More exceptions are to go than can be proved in one run: remove others first, then run it again.";
    Fix { edits: Err(why.into()), ..Fix::new(TITLE.into(), Applicability::Safe, Vec::new()) }
}

/// The document that a place is in.
fn document(at: Span, texts: &Texts) -> Option<&Doc> {
    let around = |span: Span| span.start <= at.start && at.end <= span.end;
    texts.documents(at.file).iter().find(|document| around(document.span())).map(yaml::Document::doc)
}

fn of_entry(at: Span, texts: &Texts) -> Option<Result<yaml::Edit, String>> {
    let doc = document(at, texts)?;
    let root = doc.root()?;
    let around = |span: Span| span.start <= at.start && at.end <= span.end;
    let entry = root.get("items")?.items().find(|item| around(item.span()))?;
    let removed = remove(&doc.text, root, &entry.path_from(root)?);
    Some(removed.map_err(|refusal: Refusal| refusal.to_string()))
}

/// Of a template, which is no YAML: that it prints the same is proved by rendering it.
fn of_template(at: Span, texts: &Texts) -> Result<yaml::Edit, String> {
    let text = texts.sources().file(at.file).text();
    let comment = texts.sources().text(at);
    if comment.starts_with("{{-") || comment.ends_with("-}}") {
        return Err("The comment takes line breaks of its template away, so it is removed by hand.".into());
    }
    Ok(without_comment(text, at))
}
