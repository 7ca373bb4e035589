//! Reading YAML: against recordings of kubectl's own reader, beyond its limits, and cut off at every byte.

use std::time::Instant;

use nhilint::source::{FileId, SourceMap, Span};
use nhilint::yaml::{Doc, Node, Problem, ProblemKind, debug_lines, parse, split, to_json};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Recording {
    name: String,
    text: String,
    kubectl: Vec<Option<String>>,
}

fn recordings() -> Vec<Recording> {
    serde_yaml::from_str(include_str!("../../testdata/yaml/kubectl.yaml")).expect("the recordings are YAML")
}

fn file() -> FileId {
    SourceMap::default().add("test.yaml", "")
}

/// Every document of a text, empty ones included.
fn read(text: &str) -> Vec<(Doc, Vec<Problem>)> {
    split(text).into_iter().map(|piece| parse(file(), text, piece.start..piece.end)).collect()
}

/// The only document of a text.
fn one(text: &str) -> (Doc, Vec<Problem>) {
    let mut docs = read(text);
    assert_eq!(docs.len(), 1, "{text:?}");
    docs.remove(0)
}

fn json_of(text: &str) -> Value {
    one(text).0.root().map_or(Value::Null, to_json)
}

/// (kind, text of the place, text of the related place)
fn noticed(text: &str) -> Vec<(ProblemKind, &str, Option<&str>)> {
    let problems = read(text).into_iter().flat_map(|(_, problems)| problems);
    problems
        .map(|problem| {
            let related = problem.related.map(|(start, end, _)| &text[start..end]);
            (problem.kind, &text[problem.start..problem.end], related)
        })
        .collect()
}

/// The documents of a text as JSON; `None` is a document that is refused.
fn ours(text: &str) -> Vec<Option<Value>> {
    let lines = debug_lines("x", text);
    let line = |line| serde_json::from_str::<Value>(line).expect("each line is JSON");
    lines.lines().map(|text| line(text).get("json").cloned()).collect()
}

fn recorded(documents: &[Option<String>]) -> Vec<Option<Value>> {
    let json = |text: &String| serde_json::from_str(text).expect("recorded JSON");
    documents.iter().map(|document| document.as_ref().map(json)).collect()
}

#[test]
fn reads_what_kubectl_reads() {
    let mut failures = Vec::new();
    for Recording { name, text, kubectl } in recordings() {
        let (ours, theirs) = (ours(&text), recorded(&kubectl));
        if ours != theirs {
            failures.push(format!("{name}\n  kubectl: {theirs:?}\n  ours:    {ours:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[derive(Deserialize)]
struct Construct {
    name: String,
    text: String,
    why: String,
    kubectl: Vec<Option<String>>,
    nhilint: Vec<Option<String>>,
}

#[test]
fn known_differences_from_kubectl_are_as_reviewed() {
    let constructs: Vec<Construct> =
        serde_yaml::from_str(include_str!("../../testdata/yaml/differences.yaml")).expect("the list is YAML");
    for Construct { name, text, why, kubectl, nhilint } in constructs {
        assert!(kubectl != nhilint && !why.is_empty(), "{name}: no difference, or no reason");
        assert_eq!(ours(&text), recorded(&nhilint), "{name}");
    }
}

#[test]
fn json_escapes_are_read_although_they_are_no_yaml() {
    assert_eq!(json_of(r#"{"a": "\ud83d\ude00 \/"}"#), json!({"a": "😀 /"}));
}

#[test]
fn a_refused_document_is_broken_and_says_where() {
    let cases = [
        ("a: 1\nb: 'x\n", "'"),
        ("a:\n\tb: 1\n", "\t"),
        ("a: *b\n", "*b"),
        ("a: &x.y 1\n", "&x.y"),
        ("a: &x [*x]\n", "*x"),
        ("a: !!int x\n", "x"),
        ("a: .inf\n", ".inf"),
        ("~: 1\n", "~"),
        ("a: {<<: text}\n", "text"),
        ("a: [:80]\n", ":80"),
        ("a: 1\n\0\n", "\0"),
        ("%YAML 1.1\n---\na: 1\n", "%YAML 1.1"),
        ("--- {a: 1}\n", "--- {a: 1}"),
        ("-----\n", "-----"),
        ("a: {{ .Values.x }}\n", "{ .Values.x }"),
    ];
    for (text, place) in cases {
        let (doc, notices) = one(text);
        assert!(doc.broken, "{text:?}");
        assert_eq!(&text[notices[0].start..notices[0].end], place, "{text:?} {notices:?}");
        assert_eq!(notices[0].kind, ProblemKind::Syntax, "{text:?}");
    }
}

#[test]
fn templates_are_told_from_other_mistakes() {
    for text in [
        "a: {{ .Values.x }}\n",
        "{{- if .x }}\na: 1\n{{- end }}\n",
        "a: 1\n{{ include \"x\" . | indent 2 }}\n",
    ] {
        let notices = one(text).1;
        assert!(notices[0].message.starts_with("a template"), "{text}: {notices:?}");
    }
    let often = "a: {{ .Values.x }}\nb: {{ .Values.y }}\nc: &x.y 1\nd: {{ .Values.z }}\n";
    let token = "kind: Pod\nmetadata:\n  annotations:\n    a: b\n    <ISSUER>\nspec: {}\n";
    assert_eq!(one(token).1[0].message, "a placeholder stands here that is not filled in");
    let messages: Vec<String> = one(often).1.into_iter().map(|problem| problem.message).collect();
    let of_template = messages.iter().filter(|message| message.starts_with("a template")).count();
    assert_eq!(
        (of_template, messages.len()),
        (1, 2),
        "one of the template, and the other mistake: {messages:?}"
    );
    assert_eq!(noticed("a: '{{ .Values.x }}'\nb: |\n  {{ y }}\n"), []);
}

#[test]
fn what_was_read_before_a_syntax_error_stays() {
    let (doc, _) = one("kind: Job\nspec:\n  a: 1\n  b: [\n");
    let root = doc.root().expect("the first keys were read");
    assert_eq!(root.get("kind").and_then(Node::as_str).as_deref(), Some("Job"));
    assert_eq!(root.at(&["spec", "a"]).and_then(Node::as_i64), Some(1));
}

#[test]
fn duplicate_keys_are_noticed_with_their_first_place() {
    let text = "metadata: {name: a}\nspec:\n  x: 1\n  'x': 2\nmetadata: {}\n";
    let expected = [("'x'", Some("x")), ("metadata", Some("metadata"))]
        .map(|(place, first)| (ProblemKind::DuplicateKey, place, first));
    assert_eq!(noticed(text), expected);
    assert!(!one(text).0.broken);
    // What a merge brings may be overridden.
    assert!(noticed("a: &a {x: 1}\nb: {<<: *a, x: 2}\n").is_empty());
    // What cannot be read by anyone is not told in full.
    let text = "k: 1\n".repeat(5000);
    let notices = one(&text).1;
    assert_eq!(notices.len(), 1000);
    assert!(notices[999].message.ends_with("and 3999 more in this document"), "{}", notices[999].message);
    // Many keys take another way.
    let many: Vec<_> = (0..40).map(|key| format!("k{}: 1\n", key % 39)).collect();
    let many = many.concat();
    assert_eq!(noticed(&many), [(ProblemKind::DuplicateKey, "k0", Some("k0"))]);
}

#[test]
fn what_kubectl_drops_is_noticed_and_not_broken() {
    let text = "a: 1\n...\nb: 2\n";
    assert_eq!(noticed(text), [(ProblemKind::Syntax, "b", None)]);
    let (doc, _) = one(text);
    assert!(!doc.broken);
    assert_eq!(doc.root().map(to_json), Some(json!({"a": 1})));
    assert!(noticed("a: 1\n...\n# end\n").is_empty());
}

#[test]
fn comments_are_kept() {
    let text = "# head\n---\n# one\na: 1 # two\nb: |\n  # text\n# three\n";
    let docs = read(text);
    let comments: Vec<Vec<&str>> =
        docs.iter().map(|(doc, _)| doc.comments().map(|(_, text)| text).collect()).collect();
    assert_eq!(comments, [vec!["# head"], vec!["# one", "# two", "# three"]]);
    for (doc, _) in &docs {
        for (span, comment) in doc.comments() {
            assert_eq!(&text[span.range()], comment);
        }
    }
    assert!(docs[0].0.root().is_none());
}

#[test]
fn depth_is_limited() {
    let blocks = |depth: usize| {
        let levels: Vec<_> = (0..depth)
            .map(|level| {
                format!(
                    "{}k:
",
                    " ".repeat(level)
                )
            })
            .collect();
        levels.concat()
    };
    let brackets = |depth: usize| format!("a: {}1{}\n", "[".repeat(depth), "]".repeat(depth));
    let both = |depth: usize| format!("{}{}{}", blocks(depth), " ".repeat(depth), brackets(depth));
    for text in [blocks(400), brackets(400), both(200)] {
        assert_eq!(noticed(&text), []);
    }
    for text in [blocks(600), brackets(600), both(300), "[".repeat(100_000), "- ".repeat(100_000)] {
        let kinds: Vec<_> = noticed(&text).into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(kinds, [ProblemKind::TooLarge]);
        let (doc, _) = one(&text);
        assert!(doc.broken);
        // Walks stay within the stack.
        let Some(root) = doc.root() else { continue };
        assert!(root.content_eq(root));
        assert_eq!(root.content_hash(), root.content_hash());
    }
}

#[test]
fn aliases_cannot_grow_without_bound() {
    use std::fmt::Write as _;
    let mut wide = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut deep = String::from("a0: &a0 [x]\n");
    let mut merged = String::from("a0: &a0 {k0: x}\n");
    for level in 1..1000 {
        let before = level - 1;
        let ten = format!("*a{before}, ").repeat(10);
        if level < 30 {
            writeln!(wide, "a{level}: &a{level} [{ten}]").expect("strings take all");
            writeln!(merged, "a{level}: &a{level} {{<<: [{ten}], k{level}: x}}").expect("strings take all");
        }
        writeln!(deep, "a{level}: &a{level} [*a{before}]").expect("strings take all");
    }
    let start = Instant::now();
    for text in [wide, deep, merged] {
        let (doc, notices) = one(&text);
        assert_eq!(notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [ProblemKind::TooLarge]);
        assert!(text[notices[0].start..].starts_with('*'));
        assert!(doc.broken);
        let root = doc.root().expect("it was read");
        let _ = (to_json(root), root.content_hash());
        assert!(root.get("k0").is_none());
    }
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}

#[test]
fn embedded_text_is_read_once_document_by_document() {
    let (doc, _) = one("a: |\n\n  ---\n  # patch\n  spec: {a: yes}\n  ---\n  spec: 2\nb: ''\nc: 'a: ['\n");
    let scalar = |key: &str| doc.root().and_then(|root| root.get(key)).expect("it is there");
    let docs = scalar("a").embedded();
    let values: Vec<_> = docs.iter().filter_map(Doc::root).map(to_json).collect();
    assert_eq!(values, [json!({"spec": {"a": true}}), json!({"spec": 2})]);
    assert!(std::sync::Arc::ptr_eq(&docs, &scalar("a").embedded()));
    assert!(scalar("b").embedded().is_empty());
    assert!(scalar("c").embedded()[0].broken);
    // What a patch made of the scalar is another text.
    let changed = doc.embedded(scalar("a").span().start, "spec: 3");
    assert_eq!(changed[0].root().map(to_json), Some(json!({"spec": 3})));
}

#[test]
fn debug_prints_no_value() {
    let (doc, _) = one("password: hunter2\n");
    let root = doc.root().expect("a mapping");
    let entry = root.entry("password").expect("the key is there");
    for printed in [format!("{doc:?}"), format!("{root:?}"), format!("{entry:?}")] {
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

/// Everything that can be asked of a document, and every place inside its text.
fn ask_everything(text: &str) {
    for (doc, notices) in read(text) {
        let inside = |span: Span| {
            let range = span.range();
            assert!(
                doc.span.range().contains(&range.start) || range.start == doc.span.range().end,
                "{text:?}"
            );
            assert!(text.get(range).is_some(), "{span:?} in {text:?}");
        };
        for notice in &notices {
            inside(Span::new(doc.file, notice.start, notice.end));
        }
        doc.comments().for_each(|(span, _)| inside(span));
        let Some(root) = doc.root() else { continue };
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            inside(node.span());
            node.alias_span().into_iter().for_each(inside);
            assert!(node.path_from(root).is_some(), "{node:?} in {text:?}");
            let _ = (node.value(), node.text(), node.content_hash());
            for entry in node.entries() {
                inside(entry.key.span());
                assert!(entry.key.path_from(root).is_some(), "{:?} in {text:?}", entry.key);
                open.push(entry.value);
            }
            open.extend(node.items());
        }
        let _ = (to_json(root), debug_lines("x", text));
    }
}

#[test]
fn every_prefix_of_every_recording_can_be_read() {
    for Recording { text, .. } in recordings().into_iter().filter(|recording| recording.text.len() < 700) {
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            ask_everything(&text[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_odd(pieces in prop::collection::vec(piece(), 0..40)) {
        ask_everything(&pieces.concat());
    }
}

/// Scraps of YAML, so that their mixtures are nearly YAML.
fn piece() -> impl Strategy<Value = String> {
    let scraps = [
        "a: ",
        "b:\n",
        "- ",
        "  ",
        "    ",
        "\n",
        "\r\n",
        "\t",
        " #c\n",
        "'",
        "\"",
        "\\",
        "|",
        ">-",
        "|2+\n",
        "&a ",
        "*a",
        "<<: ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "? ",
        ": ",
        "!!int ",
        "!x ",
        "\n---\n",
        "\n...\n",
        "%YAML 1.1\n",
        "1",
        "yes",
        "text ",
        "é",
        "\u{feff}",
        "\u{2028}",
        "\0",
        "~",
        "k: &b\n",
    ];
    prop_oneof![20 => prop::sample::select(scraps.map(str::to_owned).to_vec()), 1 => any::<String>()]
}
