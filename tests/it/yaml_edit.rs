//! Edits of YAML and JSON text: what a reviewer sees before and after.

use std::sync::Arc;

use nhilint::source::{FileId, SourceMap, Span};
use nhilint::yaml::edit::{
    Edit, Overlap, Refusal, append_document, apply, insert, remove, rename, set, set_at,
};
use nhilint::yaml::{Document, Path, documents};

mod cases;
mod generated;
mod texts;

fn file() -> FileId {
    SourceMap::default().add("test.yaml", "")
}

fn read(text: &str) -> Vec<Document> {
    documents(file(), &Arc::from(text))
}

fn path(text: &str) -> Path {
    text.parse().expect("a path")
}

/// What is done in a case.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// Sets the value at a path.
    Set(&'static str, &'static str),
    /// Sets the value at a path, which may be missing.
    SetAt(&'static str, &'static str),
    /// Inserts into the collection at a path.
    Insert(&'static str, &'static str),
    Remove(&'static str),
    /// Renames a key of the mapping at a path.
    Rename(&'static str, &'static str, &'static str),
    Append(&'static str),
}

/// Edits the last document of a text.
fn edit(text: &str, what: Do) -> Result<Edit, Refusal> {
    if let Do::Append(document) = what {
        return Ok(append_document(text, file(), document));
    }
    let documents = read(text);
    let root = documents.last().and_then(|document| document.doc().root()).expect("a document with a value");
    let node = |at: &str| path(at).resolve(root).expect("a place in the document");
    match what {
        Do::Set(at, value) => set(text, node(at), value),
        Do::SetAt(at, value) => set_at(text, root, &path(at), value),
        Do::Insert(at, entry) => insert(text, node(at), entry),
        Do::Remove(at) => remove(text, root, &path(at)),
        Do::Rename(at, key, to) => rename(text, node(at).entry(key).expect("a key").key, to),
        Do::Append(_) => unreachable!("done above"),
    }
}

fn edited(text: &str, what: Do) -> Result<String, Refusal> {
    Ok(apply(text, &[edit(text, what)?]).expect("one edit overlaps nothing"))
}

#[track_caller]
fn check(cases: &[(&str, Do, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(before, what, after)| {
            let found = edited(before, *what);
            (found.as_deref() != Ok(*after))
                .then(|| format!("{what:?}\n  of    {before:?}\n  gives {found:?}\n  not   {after:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn check_refused(cases: &[(&str, Do, Refusal)]) {
    for (before, what, refusal) in cases {
        assert_eq!(edited(before, *what), Err(*refusal), "{what:?} of {before:?}");
        let sentence = refusal.to_string();
        assert!(!sentence.is_empty() && !sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn what_is_not_certain_is_refused() {
    let shared = "a: &x\n  k: 1\nb: *x\n";
    let merged = "base: &x\n  k: 1\nuse:\n  <<: *x\n  own: 2\n";
    check_refused(&[
        (shared, Do::Set("/b/k", "2"), Refusal::Alias),
        (shared, Do::Set("/b", "2"), Refusal::Alias),
        (shared, Do::Set("/a/k", "2"), Refusal::Shared),
        (shared, Do::Insert("/a", "l: 2"), Refusal::Shared),
        (shared, Do::Remove("/a"), Refusal::Shared),
        (shared, Do::Rename("/a", "k", "l"), Refusal::Shared),
        (merged, Do::Set("/use/k", "2"), Refusal::Merge),
        (merged, Do::Remove("/use/k"), Refusal::Merge),
        ("a: 1\n", Do::Set("/a", "b: *x"), Refusal::Unusable),
        ("a: 1\n", Do::Set("/a", "!!str 5"), Refusal::Unusable),
        ("a: 1\n", Do::Set("/a", "1\n---\n2"), Refusal::Unusable),
        ("a: 1\n", Do::Insert("", "b"), Refusal::Unusable),
        ("a: 1\n", Do::Insert("", "a: 2"), Refusal::Exists),
        ("a: 1\n", Do::Insert("/a", "b: 2"), Refusal::OtherType),
        ("a: 1\n", Do::SetAt("/a/b", "2"), Refusal::OtherType),
        ("a: [x]\n", Do::SetAt("/a/3", "2"), Refusal::Missing),
        ("a: 1\n", Do::Remove("/b"), Refusal::Missing),
        ("a: 1\n", Do::Remove(""), Refusal::Missing),
        ("a: 1\nb: 2\n", Do::Rename("", "a", "b"), Refusal::Exists),
        ("a: 1\na: 2\n", Do::Remove("/a"), Refusal::Twice),
        ("a: 1\n:\n- {\n", Do::Set("/a", "2"), Refusal::Broken),
        ("a: !!map\n  b: 1\n", Do::Set("/a", "- c"), Refusal::Layout),
        ("? a\n: b: 1\n", Do::Insert("/a", "c: 2"), Refusal::Layout),
    ]);
}

#[test]
fn an_alias_can_go_and_its_anchor_stays() {
    check(&[
        ("a: &x\n  k: 1\nb: *x\nc: 2\n", Do::Remove("/b"), "a: &x\n  k: 1\nc: 2\n"),
        ("a: &x 1\nb: *x\nc: 2\n", Do::Set("/c", "3"), "a: &x 1\nb: *x\nc: 3\n"),
        ("a: &x 1\n", Do::Set("/a", "2"), "a: &x 2\n"),
        ("a: !!str 1 # c\n", Do::Set("/a", "2"), "a: 2 # c\n"),
        ("b: &x\n  k: 1\nu:\n  <<: *x\n", Do::Insert("/u", "l: 2"), "b: &x\n  k: 1\nu:\n  <<: *x\n  l: 2\n"),
    ]);
}

#[test]
fn a_value_that_holds_yaml_is_not_the_file() {
    let text = "patch: |\n  a: 1\n";
    let documents = read(text);
    let root = documents[0].doc().root().expect("a value");
    let embedded = root.get("patch").expect("it is there").embedded();
    let inner = embedded[0].root().expect("a value").get("a").expect("it is there");
    assert_eq!(set(text, inner, "2"), Err(Refusal::OtherText));
    assert_eq!(set("patch: 1\n", root, "2"), Err(Refusal::OtherText));
}

#[test]
fn edits_are_applied_in_order_once_and_never_over_each_other() {
    let edit = |start, end, text: &str| Edit { span: Span::new(file(), start, end), text: text.to_owned() };
    let all = [edit(4, 4, "x"), edit(0, 1, "A"), edit(4, 4, "y"), edit(0, 1, "A"), edit(4, 5, "E")];
    assert_eq!(apply("abcdef", &all), Ok("AbcdxyEf".to_owned()));
    assert_eq!(apply("abcdef", &[edit(0, 3, ""), edit(2, 4, "")]), Err(Overlap(0, 1)));
    assert_eq!(apply("abcdef", &[edit(2, 4, "x"), edit(2, 4, "y")]), Err(Overlap(0, 1)));
    assert_eq!(apply("é", &[edit(1, 1, "x")]), Err(Overlap(0, 0)));
    assert_eq!(apply("é", &[edit(9, 9, "x")]), Err(Overlap(0, 0)));
    assert_eq!(apply("é", &[]), Ok("é".to_owned()));
}

#[test]
fn inserts_at_one_place_stay_in_order() {
    let text = "m:\n  a: 1 # c\nl: [x]\n";
    let edits: Vec<Edit> = [
        Do::Insert("/m", "b: 2"),
        Do::Insert("/l", "y"),
        Do::Insert("/m", "c: 3"),
        Do::Insert("/l", "z"),
        Do::Insert("/m", "b: 2"),
    ]
    .iter()
    .map(|what| edit(text, *what).expect("no reason to refuse"))
    .collect();
    let after = "m:\n  a: 1 # c\n  b: 2\n  c: 3\nl: [x, y, z]\n";
    assert_eq!(apply(text, &edits), Ok(after.to_owned()));
}
