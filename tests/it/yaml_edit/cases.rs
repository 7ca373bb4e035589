//! Before and after, by what is done.

use super::{Do, check};

#[test]
fn scalars() {
    check(&[
        ("a: 1 # why\nb: 2\n", Do::Set("/a", "3"), "a: 3 # why\nb: 2\n"),
        ("a: 'x'   # why\n", Do::Set("/a", "z"), "a: 'z'   # why\n"),
        ("a: \"x\"\n", Do::Set("/a", "it's"), "a: \"it's\"\n"),
        ("a: 'x'\n", Do::Set("/a", "it's"), "a: 'it''s'\n"),
        ("a: 'x'\n", Do::Set("/a", "true"), "a: true\n"),
        ("a: x\n", Do::Set("/a", "\"true\""), "a: \"true\"\n"),
        ("a: x", Do::Set("/a", "y"), "a: y"),
        ("a:\n", Do::Set("/a", "y"), "a: y\n"),
        ("a: # c\nb: 1\n", Do::Set("/a", "y"), "a: y # c\nb: 1\n"),
        ("a:\n  x\n", Do::Set("/a", "y"), "a:\n  y\n"),
        ("a: one\n  two\nb: 1\n", Do::Set("/a", "y"), "a: y\nb: 1\n"),
        ("- x # c\n- y\n", Do::Set("/0", "z"), "- z # c\n- y\n"),
        ("-\n- y\n", Do::Set("/0", "z"), "- z\n- y\n"),
        ("a: ~\n", Do::Set("/a", "''"), "a: ''\n"),
        ("a: !!int 1 # c\n", Do::Set("/a", "2"), "a: !!int 2 # c\n"),
        ("a: !!str 1\n", Do::Set("/a", "2"), "a: 2\n"),
        ("a: 1\n", Do::Set("/a", ""), "a: null\n"),
        ("\u{feff}a: 1\r\nb: 2\r\n", Do::Set("/a", "3"), "\u{feff}a: 3\r\nb: 2\r\n"),
        ("---\na: 1\n---\nb: 2 \n...\n", Do::Set("/b", "3"), "---\na: 1\n---\nb: 3 \n...\n"),
    ]);
}

#[test]
fn block_scalars() {
    check(&[
        ("a: |\n  x\n  y\nb: 1\n", Do::Set("/a", "z"), "a: z\nb: 1\n"),
        ("a: | # c\n  x\nb: 1\n", Do::Set("/a", "z"), "a: z # c\nb: 1\n"),
        ("a: old # c\nb: 1\n", Do::Set("/a", "|\n  x\n  y"), "a: | # c\n  x\n  y\nb: 1\n"),
        ("a:\n    b: old\n", Do::Set("/a/b", "|-\n  x\n\n   y"), "a:\n    b: |-\n        x\n\n         y\n"),
        ("a: old\n  # c\nb: 1\n", Do::Set("/a", "|\n  x\n"), "a: \"x\\n\"\n  # c\nb: 1\n"),
        ("a: {b: old}\n", Do::Set("/a/b", "|\n  x\n"), "a: {b: \"x\\n\"}\n"),
        ("a: |+\n  x\n\nb: 1\n", Do::Insert("", "c: 2"), "a: |+\n  x\n\nb: 1\nc: 2\n"),
        ("b: 1\na: |+\n  x\n\n", Do::Insert("", "c: 2"), "b: 1\na: |+\n  x\n\nc: 2\n"),
        ("a: |\n  x", Do::Insert("", "c: 2"), "a: |\n  x\nc: 2"),
        ("a: |\n  x\nb: 1\n  # c\nd: 2\n", Do::Remove("/b"), "a: |\n  x\n# c\nd: 2\n"),
    ]);
}

#[test]
fn collections_in_the_place_of_values() {
    check(&[
        ("a: 1 # c\nb: 2\n", Do::Set("/a", "x: 1\ny:\n- z"), "a: # c\n  x: 1\n  y:\n  - z\nb: 2\n"),
        ("a:\n  x: 1\n  y: 2\nb: 3\n", Do::Set("/a", "z: 1"), "a:\n  z: 1\nb: 3\n"),
        ("a:\n  x: 1\n  y: 2 # c\nb: 3\n", Do::Set("/a", "5"), "a: 5 # c\nb: 3\n"),
        ("a: # c\n  # d\n  x: 1 # e\nb: 3\n", Do::Set("/a", "5"), "a: 5 # c\n  # d\n # e\nb: 3\n"),
        ("a:\n- x\n- y\n", Do::Set("/a", "k: 1"), "a:\n  k: 1\n"),
        ("a:\n  k: 1\nb:\n  - x\n", Do::Set("/a", "- y"), "a:\n  - y\nb:\n  - x\n"),
        ("a:\n- x\n- y\n", Do::Set("/a", "[]"), "a: []\n"),
        ("a:\n  - x # c\nb: 1\n", Do::Set("/a", "[k, l]"), "a:\n  - k\n  - l # c\nb: 1\n"),
        ("a: [x]\n", Do::Set("/a", "[k, l]"), "a: [k, l]\n"),
        ("a: {x: 1}\n", Do::Set("/a", "k: 1\nl: 2"), "a:\n  k: 1\n  l: 2\n"),
        ("a: [1, {b: 2}]\n", Do::Set("/a/1", "k: 1\nl:\n- x"), "a: [1, {k: 1, l: [x]}]\n"),
        ("- a # c\n- b\n", Do::Set("/0", "k: 1\nl: 2"), "- k: 1\n  l: 2 # c\n- b\n"),
        ("- k: 1\n  l: 2\n- b\n", Do::Set("/0", "a"), "- a\n- b\n"),
        ("a: 1\n", Do::Set("", "b: 2\nc: 3"), "b: 2\nc: 3\n"),
        ("---\n# c\na: 1\n", Do::Set("", "{}"), "---\n# c\n{}\n"),
    ]);
}

#[test]
fn new_entries() {
    check(&[
        ("a: 1 # c\n", Do::Insert("", "b: 2"), "a: 1 # c\nb: 2\n"),
        ("a: 1", Do::Insert("", "b: 2"), "a: 1\nb: 2"),
        ("a: 1\r\n", Do::Insert("", "b:\n- x"), "a: 1\r\nb:\r\n- x\r\n"),
        ("m:\n  a: 1\n  # end\nn: 2\n", Do::Insert("/m", "b: 2"), "m:\n  a: 1\n  b: 2\n  # end\nn: 2\n"),
        (
            "m:\n    a:\n        b: 1\n",
            Do::Insert("/m", "c:\n  d: 1"),
            "m:\n    a:\n        b: 1\n    c:\n        d: 1\n",
        ),
        ("m:\n  l:\n    - x\n", Do::Insert("/m", "n:\n- y"), "m:\n  l:\n    - x\n  n:\n    - y\n"),
        ("m: {}\n", Do::Insert("/m", "a: 1\nb: 2"), "m:\n  a: 1\n  b: 2\n"),
        ("m:\nn: 1\n", Do::Insert("/m", "a: 1"), "m:\n  a: 1\nn: 1\n"),
        ("m: # c\n  # d\nn: 1\n", Do::Insert("/m", "a: 1"), "m: # c\n  a: 1\n  # d\nn: 1\n"),
        ("m: null # c\n", Do::Insert("/m", "a: 1"), "m: # c\n  a: 1\n"),
        ("- name: x\n- name: y\n", Do::Insert("/0", "b: 1"), "- name: x\n  b: 1\n- name: y\n"),
        ("m: {a: 1}\n", Do::Insert("/m", "b:\n  c: 1"), "m: {a: 1, b: {c: 1}}\n"),
        ("m: {a: 1, }\n", Do::Insert("/m", "b: 2"), "m: {a: 1, b: 2, }\n"),
        ("m: {\n  a: 1, # c\n}\n", Do::Insert("/m", "b: 2"), "m: {\n  a: 1, # c\n  b: 2,\n}\n"),
        ("m: {\n  a: 1 # c\n}\n", Do::Insert("/m", "b: 2"), "m: {\n  a: 1, # c\n  b: 2\n}\n"),
        ("a: 1\n", Do::Insert("", "# why\nb: 2 # c\nc: 3"), "a: 1\n# why\nb: 2 # c\nc: 3\n"),
        ("a: 1\n...\n", Do::Insert("", "b: 2"), "a: 1\nb: 2\n...\n"),
    ]);
}

#[test]
fn new_items() {
    check(&[
        ("l:\n- a # c\n", Do::Insert("/l", "b"), "l:\n- a # c\n- b\n"),
        ("l:\n  - a\nm: 1\n", Do::Insert("/l", "b"), "l:\n  - a\n  - b\nm: 1\n"),
        (
            "l:\n- name: a\n  value: b\n",
            Do::Insert("/l", "name: c\nvalue: d"),
            "l:\n- name: a\n  value: b\n- name: c\n  value: d\n",
        ),
        ("l:\n-   k: 1\n", Do::Insert("/l", "k: 2\nm: 3"), "l:\n-   k: 1\n-   k: 2\n    m: 3\n"),
        ("env: []\n", Do::Insert("/env", "name: x"), "env:\n- name: x\n"),
        ("env:\n", Do::Insert("/env", "- name: x"), "env:\n- name: x\n"),
        ("l: [a, b]\n", Do::Insert("/l", "c"), "l: [a, b, c]\n"),
        ("l: [a, b,]\n", Do::Insert("/l", "c"), "l: [a, b, c,]\n"),
        ("l: [\n  a,\n  b\n]\n", Do::Insert("/l", "k: 1"), "l: [\n  a,\n  b,\n  {k: 1}\n]\n"),
        ("l: [ # c\n]\n", Do::Insert("/l", "a"), "l: [a # c\n]\n"),
        ("- - a\n- b\n", Do::Insert("/0", "c"), "- - a\n  - c\n- b\n"),
    ]);
}

#[test]
fn missing_parents() {
    check(&[
        ("spec:\n  a: 1\n", Do::SetAt("/spec/b/c", "2"), "spec:\n  a: 1\n  b:\n    c: 2\n"),
        ("a: 1\n", Do::SetAt("/a", "2"), "a: 2\n"),
        (
            "metadata:\nb: 1\n",
            Do::SetAt("/metadata/labels/x~1y", "z"),
            "metadata:\n  labels:\n    x/y: z\nb: 1\n",
        ),
        (
            "metadata:\n  annotations: {}\n",
            Do::SetAt("/metadata/annotations/a", "b"),
            "metadata:\n  annotations:\n    a: b\n",
        ),
        ("s: {t: {}}\n", Do::SetAt("/s/t/u/v", "1"), "s: {t: {u: {v: 1}}}\n"),
        (
            "containers:\n- name: a\n- name: b\n",
            Do::SetAt("/containers[name=a]/securityContext/runAsNonRoot", "true"),
            "containers:\n- name: a\n  securityContext:\n    runAsNonRoot: true\n- name: b\n",
        ),
        ("data:\n  a: 1\n", Do::SetAt("/data/80", "x"), "data:\n  a: 1\n  \"80\": x\n"),
    ]);
}

#[test]
fn removals() {
    check(&[
        ("a: 1\nb: 2 # c\nd: 3\n", Do::Remove("/b"), "a: 1\nd: 3\n"),
        ("a: 1\nb: 2", Do::Remove("/b"), "a: 1"),
        ("a: 1\r\nb: 2", Do::Remove("/b"), "a: 1"),
        ("a: 1\nb: 2", Do::Remove("/a"), "b: 2"),
        ("# top\na: 1\n# of b\nb: 2\nc: 3\n", Do::Remove("/b"), "# top\na: 1\n# of b\nc: 3\n"),
        ("\u{feff}a: 1\nb: 2\n", Do::Remove("/a"), "\u{feff}b: 2\n"),
        ("m:\n  a: 1\nn: 2\n", Do::Remove("/m/a"), "n: 2\n"),
        ("o:\n  m:\n    a: 1\n  p: 1\n", Do::Remove("/o/m/a"), "o:\n  p: 1\n"),
        ("a: 1\n", Do::Remove("/a"), "{}\n"),
        ("- a\n", Do::Remove("/0"), "[]\n"),
        ("l:\n- a\n# of b\n- b\n- c\n", Do::Remove("/l/1"), "l:\n- a\n# of b\n- c\n"),
        ("env:\n- name: x\n  value: y\nz: 1\n", Do::Remove("/env[name=x]"), "z: 1\n"),
        ("- name: x # c\n  value: y\n", Do::Remove("/0/name"), "- value: y\n"),
        ("- name: x\n  # of value\n  value: y\n", Do::Remove("/0/name"), "- # of value\n  value: y\n"),
        ("- name: x\n  value: y\n- b\n", Do::Remove("/0/value"), "- name: x\n- b\n"),
        ("- name: x\n- b\n", Do::Remove("/0/name"), "- {}\n- b\n"),
        ("- - a\n  - b\n", Do::Remove("/0/0"), "- - b\n"),
        ("m:\n  a: |\n    x\n\n  b: 1\n", Do::Remove("/m/a"), "m:\n\n  b: 1\n"),
        ("a: |+\n  x\nb: 1\n\nc: 2\n", Do::Remove("/b"), "a: |+\n  x\nc: 2\n"),
        ("m: {a: 1, b: 2, c: 3}\n", Do::Remove("/m/b"), "m: {a: 1, c: 3}\n"),
        ("m: {a: 1, b: 2}\n", Do::Remove("/m/a"), "m: {b: 2}\n"),
        ("m: {a: 1, b: 2}\n", Do::Remove("/m/b"), "m: {a: 1}\n"),
        ("m: {a: 1}\nn: 2\n", Do::Remove("/m/a"), "n: 2\n"),
        ("l: [\n  a, # c\n  b, # d\n  e\n]\n", Do::Remove("/l/1"), "l: [\n  a, # c\n  e\n]\n"),
        ("l: [\n  a, # c\n  b # d\n]\n", Do::Remove("/l/1"), "l: [\n  a # c\n]\n"),
        ("l: [\n  a,\n  b,\n]\n", Do::Remove("/l/1"), "l: [\n  a,\n]\n"),
        ("---\na: 1\n---\nb: 2\nc: 3\n", Do::Remove("/c"), "---\na: 1\n---\nb: 2\n"),
    ]);
}

#[test]
fn names_of_keys() {
    check(&[
        ("a: 1 # c\nb: 2\n", Do::Rename("", "a", "c"), "c: 1 # c\nb: 2\n"),
        ("'a': 1\n", Do::Rename("", "a", "c"), "'c': 1\n"),
        ("a: 1\n", Do::Rename("", "a", "yes"), "\"yes\": 1\n"),
        ("m: {a: 1, b: 2}\n", Do::Rename("/m", "b", "c"), "m: {a: 1, c: 2}\n"),
        ("{\"a\": 1}\n", Do::Rename("", "a", "c"), "{\"c\": 1}\n"),
        ("- a:\n  - x\n", Do::Rename("/0", "a", "longer"), "- longer:\n  - x\n"),
    ]);
}

#[test]
fn json() {
    let list = "{\n  \"a\": [\n    1\n  ]\n}\n";
    check(&[
        ("{\"a\": 1}", Do::Set("/a", "x"), "{\"a\": \"x\"}"),
        ("{\"a\": 1}", Do::Insert("", "b:\n- yes\n- 'c'"), "{\"a\": 1, \"b\": [true, \"c\"]}"),
        ("{\"a\":1}", Do::Insert("", "b: {c: 1, d: 2}"), "{\"a\":1,\"b\":{\"c\":1,\"d\":2}}"),
        ("{\n  \"a\": 1\n}\n", Do::Insert("", "b: 2"), "{\n  \"a\": 1,\n  \"b\": 2\n}\n"),
        (
            "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n",
            Do::Insert("/a", "c:\n  d: x"),
            "{\n\t\"a\": {\n\t\t\"b\": 1,\n\t\t\"c\": {\n\t\t\t\"d\": \"x\"\n\t\t}\n\t}\n}\n",
        ),
        (list, Do::Insert("/a", "2"), "{\n  \"a\": [\n    1,\n    2\n  ]\n}\n"),
        ("{\n  \"a\": {}\n}\n", Do::Insert("/a", "b: 1"), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"),
        ("{\n  \"a\": null\n}\n", Do::SetAt("/a/b", "c"), "{\n  \"a\": {\n    \"b\": \"c\"\n  }\n}\n"),
        ("{\"a\": 1, \"b\": 2}\n", Do::Remove("/b"), "{\"a\": 1}\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", Do::Remove("/b"), "{\n  \"a\": 1\n}\n"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", Do::Remove("/a"), "{\n  \"b\": 2\n}\n"),
        ("{\"a\": 1}\n{\"b\": 2}\n", Do::Insert("", "c: 3"), "{\"a\": 1}\n{\"b\": 2, \"c\": 3}\n"),
        ("{\"a\": 1}\r\n", Do::Set("/a", "|\n  x\n"), "{\"a\": \"x\\n\"}\r\n"),
    ]);
}

#[test]
fn new_documents() {
    check(&[
        ("a: 1\n", Do::Append("b: 2\n"), "a: 1\n---\nb: 2\n"),
        ("a: 1", Do::Append("b: 2\n"), "a: 1\n---\nb: 2"),
        ("a: 1\r\n", Do::Append("b:\n  c: 2"), "a: 1\r\n---\r\nb:\r\n  c: 2\r\n"),
        ("a: 1\n", Do::Append("---\nb: 2"), "a: 1\n---\nb: 2\n"),
        ("", Do::Append("b: 2\n"), "b: 2\n"),
        ("a: 1\n...\n", Do::Append("b: 2\n"), "a: 1\n...\n---\nb: 2\n"),
        ("a: 1\n---\n", Do::Append("b: 2\n"), "a: 1\n---\nb: 2\n---\n"),
        ("a: 1\r\n---\r\n\r\n", Do::Append("b: 2"), "a: 1\r\n---\r\nb: 2\r\n---\r\n\r\n"),
        ("a: 1\n--- # end", Do::Append("b: 2"), "a: 1\n---\nb: 2\n--- # end"),
        ("---\n", Do::Append("b: 2"), "---\nb: 2\n---\n"),
        ("a: 1\n---\n# end\n", Do::Append("b: 2"), "a: 1\n---\n# end\n---\nb: 2\n"),
        ("a: |\n  ---\n", Do::Append("b: 2"), "a: |\n  ---\n---\nb: 2\n"),
    ]);
}
