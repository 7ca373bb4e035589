//! Where things stand in YAML: the exact bytes of keys and values, paths, aliases, and what is equal.

use nhilint::source::{FileId, SourceMap};
use nhilint::yaml::{Doc, Node, parse, to_json};
use serde_json::json;

fn file() -> FileId {
    SourceMap::default().add("test.yaml", "")
}

fn doc(text: &str) -> Doc {
    let (doc, notices) = parse(file(), text, 0..text.len());
    assert_eq!(notices, [], "{text}");
    doc
}

fn root(doc: &Doc) -> Node<'_> {
    doc.root().expect("the document holds a value")
}

/// The text under a node.
fn written(node: Node<'_>) -> &str {
    &node.doc().text[node.span().range()]
}

#[test]
fn scalars_span_what_is_written() {
    let text =
        "plain: one two # no\nsingle: 'it''s'\ndouble: \"a\\n\"\n'key' : 1\nmulti: one\n  two\n\nlast: x\n";
    let doc = doc(text);
    let root = root(&doc);
    let spans: Vec<(&str, &str)> =
        root.entries().map(|entry| (written(entry.key), written(entry.value))).collect();
    let expected = [
        ("plain", "one two"),
        ("single", "'it''s'"),
        ("double", "\"a\\n\""),
        ("'key'", "1"),
        ("multi", "one\n  two"),
        ("last", "x"),
    ];
    assert_eq!(spans, expected);
}

#[test]
fn block_scalars_span_from_their_mark_to_their_last_word() {
    let text = "a: |\n  one\n  two\n\n# c\nb: &x !!str >-  # why\n   three\n\nc:\n- |+\n  four\n\n- |\n- >2-\n    five\n# end\nd: |\r\n  six\r\n";
    let doc = doc(text);
    let root = root(&doc);
    let scalar = |path: &[&str]| root.at(path).map(written);
    assert_eq!(scalar(&["a"]), Some("|\n  one\n  two"));
    assert_eq!(scalar(&["b"]), Some(">-  # why\n   three"));
    assert_eq!(scalar(&["d"]), Some("|\r\n  six"));
    let items: Vec<_> = root.get("c").expect("c is there").items().map(written).collect();
    assert_eq!(items, ["|+\n  four", "|", ">2-\n    five"]);
    assert_eq!(to_json(root)["c"], json!(["four\n\n", "", "  five"]));
}

#[test]
fn collections_span_their_children() {
    let text = "map:\n  a: 1\n  b: 2 # c\n\nlist:\n- x\n-   y: 1\n    z: 2\n\n\nflow: { a: [1, 2 ] }\nempty: []\nnested:\n  - - p\n    - q\n";
    let doc = doc(text);
    let root = root(&doc);
    let value = |key: &str| root.get(key).map(written);
    assert_eq!(value("map"), Some("a: 1\n  b: 2"));
    assert_eq!(value("list"), Some("x\n-   y: 1\n    z: 2"));
    assert_eq!(value("flow"), Some("{ a: [1, 2 ] }"));
    assert_eq!(value("empty"), Some("[]"));
    assert_eq!(value("nested"), Some("p\n    - q"));
    assert_eq!(written(root), text.trim_end());
}

#[test]
fn what_is_not_written_stands_behind_its_key() {
    let text = "a:\nb: # c\n  # d\nc: !!null\nd: {e: , f}\ng:\n-\n- # h\n- 1\n";
    let doc = doc(text);
    let root = root(&doc);
    let behind = |node: Node<'_>| {
        let span = node.span();
        assert!(node.is_null() && span.start == span.end, "{node:?}");
        text[..span.start as usize].rsplit('\n').next().map(str::to_owned)
    };
    let places: Vec<_> = ["a", "b", "c"].into_iter().filter_map(|key| behind(root.get(key)?)).collect();
    assert_eq!(places, ["a:", "b:", "c:"]);
    assert_eq!(root.at(&["d", "e"]).and_then(behind).as_deref(), Some("d: {e:"));
    assert_eq!(root.at(&["d", "f"]).and_then(behind).as_deref(), Some("d: {e: , f"));
    let items: Vec<_> = root.get("g").expect("g is there").items().take(2).filter_map(behind).collect();
    assert_eq!(items, ["-", "- # h"]);
}

#[test]
fn places_count_from_the_start_of_the_file() {
    let text = "\u{feff}# ключ\n---\nключ: \"значение\"\nnext: [é, x]\n";
    let start = text.find("---").expect("it is there");
    let (doc, _) = parse(file(), text, start..text.len());
    let root = root(&doc);
    assert_eq!(root.get("ключ").map(written), Some("\"значение\""));
    assert_eq!(root.get("next").map(written), Some("[é, x]"));
}

#[test]
fn aliases_show_where_the_value_is_written_and_where_it_is_used() {
    let text = "base: &base\n  image: {name: x}\none: *base\ntwo:\n  <<: *base\n  own: 1\n";
    let doc = doc(text);
    let root = root(&doc);
    let name = |key: &str| root.at(&[key, "image", "name"]).expect("the name is there");
    let used = |node: Node<'_>| node.alias_span().map(|span| &text[span.range()]);
    assert_eq!(used(name("base")), None);
    assert_eq!(used(name("one")), Some("*base"));
    assert_eq!(used(name("two")), Some("<<"));
    assert_eq!(name("one").span(), name("base").span());
    assert_eq!(name("one"), name("two"));
    assert_eq!(used(root.at(&["two", "own"]).expect("own is there")), None);
    let keys: Vec<_> = root.get("two").into_iter().flat_map(Node::entries).map(|e| written(e.key)).collect();
    assert_eq!(keys, ["image", "own"]);
}

#[test]
fn entries_are_what_kubectl_sees() {
    let text = "base: &base {a: 1, b: 2}\nfirst: {a: 0, <<: *base}\nlast: {<<: *base, a: 9}\n";
    let doc = doc(text);
    let root = root(&doc);
    let pairs = |key: &str| -> Vec<(String, i64)> {
        root.get(key)
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|entry| Some((entry.key.as_str()?.into_owned(), entry.value.as_i64()?)))
            .collect()
    };
    assert_eq!(pairs("first"), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(pairs("last"), [("b".to_owned(), 2), ("a".to_owned(), 9)]);
    for key in ["first", "last"] {
        let map = root.get(key).expect("it is there");
        for entry in map.entries() {
            let key = entry.key.as_str().expect("keys are strings");
            assert_eq!(map.get(&key).map(Node::span), Some(entry.value.span()));
        }
    }
    let (doc, _) = parse(file(), "x: 1\ny: 2\nx: 3\n", 0..14);
    let values: Vec<_> =
        doc.root().into_iter().flat_map(Node::entries).filter_map(|e| e.value.as_i64()).collect();
    assert_eq!(values, [2, 3]);
}

#[test]
fn scalars_of_the_wrong_type_are_told_apart() {
    let doc = doc("a: yes\nb: 'yes'\nc: 8080\nd: 1.0\ne: text\nf: ~\ng: {}\non: 1\n");
    let root = root(&doc);
    let node = |key: &str| root.get(key).expect("the key is there");
    assert_eq!(
        (node("a").as_bool(), node("a").as_str(), node("a").text()),
        (Some(true), None, Some("yes".into()))
    );
    assert_eq!((node("b").as_bool(), node("b").as_str()), (None, Some("yes".into())));
    assert_eq!((node("c").as_i64(), node("c").text()), (Some(8080), Some("8080".into())));
    assert_eq!((node("d").as_i64(), node("d").text()), (Some(1), Some("1.0".into())));
    assert_eq!((node("f").is_null(), node("f").text(), node("f").is_scalar()), (true, None, true));
    assert_eq!((node("g").is_map(), node("g").text(), node("e").get("x")), (true, None, None));
    assert_eq!(root.get("true").and_then(Node::as_i64), Some(1));
    assert!(root.get("on").is_none());
}

#[test]
fn paths_name_items_by_their_merge_key() {
    let text = "spec:
  containers:
  - name: app
    env:
    - {name: X, value: 1}
    - {name: X, value: 2}
    ports: [{containerPort: 80}]
    volumeMounts: [{mountPath: /data, name: v}]
  - image: nameless
  imagePullSecrets: [{name: pull}]
rules: [{verbs: [get]}]
metadata: {annotations: {a.b/c~d: x}}
steps: [[{name: inner}]]
";
    let doc = doc(text);
    let root = root(&doc);
    let path = |part: &str| {
        let at = text.find(part).expect("the part is there") + part.len();
        let mut found = String::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if node.is_scalar() && node.span().end as usize == at {
                found = node.path_from(root).expect("it is below the root").to_string();
            }
            open.extend(node.entries().map(|entry| entry.value));
            open.extend(node.items());
        }
        found
    };
    assert_eq!(path("name: app"), "/spec/containers[name=app]/name");
    assert_eq!(path("value: 1"), "/spec/containers[name=app]/env[name=X]/value");
    assert_eq!(path("value: 2"), "/spec/containers[name=app]/env/1/value");
    assert_eq!(path("80"), "/spec/containers[name=app]/ports/0/containerPort");
    assert_eq!(path("name: v"), "/spec/containers[name=app]/volumeMounts[mountPath=/data]/name");
    assert_eq!(path("nameless"), "/spec/containers/1/image");
    assert_eq!(path("pull"), "/spec/imagePullSecrets[name=pull]/name");
    assert_eq!(path("[get"), "/rules/0/verbs/0");
    assert_eq!(path("d: x"), "/metadata/annotations/a.b~1c~0d");
    assert_eq!(path("inner"), "/steps/0/0/name");
    let spec = root.get("spec").expect("spec is there");
    let app = root.at(&["spec", "containers"]).and_then(|list| list.items().next()).expect("an item");
    assert_eq!(app.path_from(spec).map(|path| path.to_string()).as_deref(), Some("/containers[name=app]"));
    assert_eq!(spec.path_from(spec).map(|path| path.to_string()).as_deref(), Some(""));
    assert_eq!(spec.path_from(app), None);
}

#[test]
fn paths_lead_through_aliases_to_where_the_value_is_used() {
    let text = "base: &base\n  env: [{name: X, value: 1}]\none:\n  containers:\n  - {name: app, inner: &in {<<: *base, more: 1}}\ntwo: {deep: *in}\nthree: {<<: [{z: 1}, *in]}\n";
    let doc = doc(text);
    let root = root(&doc);
    let value = |path: &[&str]| {
        let env = root.at(path).and_then(|map| map.get("env")).expect("env is there");
        let item = env.items().next().expect("an item");
        item.get("value").and_then(|value| value.path_from(root)).expect("it is below the root").to_string()
    };
    assert_eq!(value(&["base"]), "/base/env[name=X]/value");
    assert_eq!(value(&["two", "deep"]), "/two/deep/env[name=X]/value");
    assert_eq!(value(&["three"]), "/three/env[name=X]/value");
    let one = root.at(&["one", "containers"]).and_then(|list| list.items().next()).expect("an item");
    let env = one.at(&["inner", "env"]).expect("env is there");
    assert_eq!(
        env.path_from(root).map(|path| path.to_string()).as_deref(),
        Some("/one/containers[name=app]/inner/env")
    );
    assert_eq!(env.path_from(one).map(|path| path.to_string()).as_deref(), Some("/inner/env"));
}

#[test]
fn equal_content_is_equal_however_it_is_written() {
    let one = doc("a: {x: 1, y: [yes, ~, 0x10]}\nb: 'text'\nc: |\n  one\n");
    let other = doc("c: \"one\\n\"\nb: text\nbase: &base {y: [true, null, 16.0]}\na:\n  <<: *base\n  x: 1\n");
    let (one, other) = (root(&one), root(&other));
    for key in ["a", "b", "c"] {
        let (one, other) = (one.get(key).expect("it is there"), other.get(key).expect("it is there"));
        assert!(one.content_eq(other), "{key}");
        assert_eq!(one.content_hash(), other.content_hash(), "{key}");
    }
    assert!(!one.content_eq(other));
    let odd = doc(
        "- 1\n- '1'\n- 1.5\n- [1]\n- [[1]]\n- {a: 1}\n- {a: '1'}\n- ~\n- []\n- {}\n- ''\n- [1, 2]\n- [2, 1]\n- -0.0\n- true\n",
    );
    let items: Vec<_> = root(&odd).items().collect();
    for (at, one) in items.iter().enumerate() {
        for (other_at, other) in items.iter().enumerate() {
            assert_eq!(one.content_eq(*other), at == other_at, "{one:?} {other:?}");
            assert_eq!(one.content_hash() == other.content_hash(), at == other_at, "{one:?} {other:?}");
        }
    }
    // Fingerprints rest on it: it must not change with the machine.
    assert_eq!(items[5].content_hash(), 17_251_216_268_665_531_373);
}
