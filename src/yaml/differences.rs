//! Where two values differ.

use super::node::Node;
use super::path::{Path, merge_key};

impl Node<'_> {
    /// The paths at which another value says something else to kubectl: the smallest that differ. What only one of the two
    /// has is named by where it stands there.
    #[must_use]
    pub fn differences(self, other: Node<'_>) -> Vec<Path> {
        let mut found = Vec::new();
        add(self, other, &Path::default(), None, &mut found);
        found
    }
}

/// Adds those below a path; `key` is the field that names the items, where the values are lists of such.
fn add(one: Node<'_>, other: Node<'_>, path: &Path, key: Option<&'static str>, found: &mut Vec<Path>) {
    if one.is_map() && other.is_map() {
        for entry in one.entries() {
            let name = entry.key.key();
            let path = path.clone().key(&name);
            match other.get(&name) {
                Some(other) => add(entry.value, other, &path, merge_key(&name), found),
                None => found.push(path),
            }
        }
        let new = other.entries().map(|entry| entry.key.key()).filter(|name| one.get(name).is_none());
        found.extend(new.map(|name| path.clone().key(&name)));
    } else if one.is_seq() && other.is_seq() {
        add_of_lists(one, other, path, key, found);
    } else if !one.content_eq(other) {
        found.push(path.clone());
    }
}

fn add_of_lists(
    one: Node<'_>,
    other: Node<'_>,
    path: &Path,
    key: Option<&'static str>,
    found: &mut Vec<Path>,
) {
    let place = |list: Node<'_>, index: usize, item: Node<'_>| path.clone().item(list, index, item, key);
    if one.items().count() == other.items().count() {
        for (index, (item, other)) in one.items().zip(other.items()).enumerate() {
            add(item, other, &place(one, index, item), None, found);
        }
        return;
    }
    // Items that have a name are the same item wherever they stand.
    let places = |list: Node<'_>| -> Vec<Path> {
        list.items().enumerate().map(|(index, item)| place(list, index, item)).collect()
    };
    let (known, new) = (places(one), places(other));
    if known.iter().chain(&new).any(Path::ends_in_index) {
        found.push(path.clone());
        return;
    }
    for (item, place) in one.items().zip(&known) {
        match new.iter().position(|new| new == place).and_then(|at| other.items().nth(at)) {
            Some(other) => add(item, other, place, None, found),
            None => found.push(place.clone()),
        }
    }
    found.extend(new.into_iter().filter(|place| !known.contains(place)));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::source::FileId;
    use crate::yaml::documents;

    fn differences(one: &str, other: &str) -> Vec<String> {
        let read = |text: &str| documents(FileId::default(), &Arc::from(text)).remove(0);
        let (one, other) = (read(one), read(other));
        let [one, other] = [&one, &other].map(|document| document.doc().root().expect("a value"));
        one.differences(other).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_smallest_values_that_differ_are_named() {
        assert_eq!(differences("{a: 1, b: {c: 2}}", "{b: {c: 2}, a: 1}"), [""; 0]);
        assert_eq!(differences("{a: 1, b: {c: 2, d: 3}}", "{a: 1, b: {c: 4, d: 3}, e: 5}"), ["/b/c", "/e"]);
        assert_eq!(differences("{a: 1, b: 2}", "{a: [1]}"), ["/a", "/b"]);
        assert_eq!(differences("[1, 2, 3]", "[1, 4, 3]"), ["/1"]);
        assert_eq!(differences("a: [1, 2, 3]", "a: [1, 2]"), ["/a"]);
        let env = "env: [{name: A, value: 1}, {name: B, value: 2}, {name: C, value: 3}]";
        let fewer = "env: [{name: A, value: 1}, {name: C, value: 4}]";
        assert_eq!(differences(env, fewer), ["/env[name=B]", "/env[name=C]/value"]);
        assert_eq!(differences(fewer, env), ["/env[name=C]/value", "/env[name=B]"]);
    }
}
