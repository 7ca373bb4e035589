//! Cutting a file into documents, writing scalars, and parts of values.

use nhilint::source::SourceMap;
use nhilint::yaml::{parse, plain, split};

fn texts(text: &str) -> Vec<&str> {
    split(text).iter().map(|piece| &text[piece.start..piece.end]).collect()
}

#[test]
fn cuts_at_markers_only() {
    assert_eq!(texts("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
    assert_eq!(texts("---\na: 1\n---\n---\nb: 2"), ["---\na: 1\n", "---\n", "---\nb: 2"]);
    assert_eq!(texts("a: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "---\r\nb: 2\r\n"]);
    assert_eq!(texts("a: |\n  x\n ---\n  ---\n----\n"), ["a: |\n  x\n ---\n  ---\n----\n"]);
    assert_eq!(texts("\u{feff}---\na: 1\n---"), ["\u{feff}---\na: 1\n", "---"]);
    assert!(texts("").is_empty());
}

#[test]
fn comments_stay_where_they_stand_and_directives_with_their_document() {
    assert_eq!(
        texts("# head\n---\na: 1\n# tail\n---\nb: 2\n"),
        ["# head\n", "---\na: 1\n# tail\n", "---\nb: 2\n"]
    );
    assert_eq!(texts("# x\n%YAML 1.1\n---\na: 1\n"), ["# x\n%YAML 1.1\n---\na: 1\n"]);
}

#[test]
fn helm_source_is_read_from_the_head_of_a_document() {
    let text = "---\n# Source: app/templates/job.yaml\nkind: Job\n---\nkind: Job\n# Source: no\n";
    let sources: Vec<_> = split(text).into_iter().map(|piece| piece.helm_source).collect();
    assert_eq!(sources, [Some("app/templates/job.yaml".to_owned()), None]);
}

#[test]
fn what_could_be_read_otherwise_is_quoted() {
    for bare in ["export", "team-payments", "a.b/c@d"] {
        assert_eq!(plain(bare), bare);
    }
    for (text, quoted) in [("yes", "\"yes\""), ("1e3", "\"1e3\""), ("a: b\n", "\"a: b\\n\""), ("", "\"\"")] {
        assert_eq!(plain(text), quoted);
    }
}

#[test]
fn finds_the_part_in_every_style() {
    let mut sources = SourceMap::default();
    let cases = [
        ("a: --password=password", "--password=", "password", "password"),
        ("a: 'it''s=it''s-me'", "it's=", "it's-me", "it''s-me"),
        (r#"a: "say=\"quoted\\\u0021x\"y""#, "say=\"", "quoted\\!x", r"quoted\\\u0021x"),
        ("a: \"one \\\n  two three\"", "one ", "two", "two"),
        ("a: plain\n  goes on=here", "plain goes on=", "here", "here"),
        ("a: |\n  one\n    two = three\n\n  four\n", "one\n  two = ", "three", "three"),
        ("a: >-\n  one\n  two\n\n  three=four\n", "one two\nthree=", "four", "four"),
        ("a: |\n  k: one\n  two\n", "k: ", "one\ntwo", "one\n  two"),
    ];
    for (text, before, part, written) in cases {
        let file = sources.add("f", text);
        let (doc, _) = parse(file, text, 0..text.len());
        let node = doc.root().and_then(|root| root.get("a")).expect("it has an `a`");
        let cooked = node.text().expect("a scalar");
        assert!(cooked.starts_with(&format!("{before}{part}")), "{cooked:?}");
        let span = node.part(&(before.len()..before.len() + part.len()));
        assert_eq!(sources.text(span), written, "{text}");
    }
}

#[test]
fn points_at_the_whole_where_there_is_no_such_part() {
    let text = "a: \"b c\"";
    let mut sources = SourceMap::default();
    let file = sources.add("f", text);
    let (doc, _) = parse(file, text, 0..text.len());
    let node = doc.root().and_then(|root| root.get("a")).expect("it has an `a`");
    for range in [1..2, 0..9, 3..3, 7..9] {
        assert_eq!(sources.text(node.part(&range)), "\"b c\"", "{range:?}");
    }
}
