//! Rooms: inside a folder of `src/` too, a file uses only those above it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::layers::sources;

/// Neighbours of a room that use each other and stay so: the room, both files, and the reason.
const CIRCLES: &[(&str, &str, &str, &str)] =
    &[("src/yaml", "doc", "node", "a node is a place in a document, and a document hands out its root")];

/// What is code of a file: without comments, and without the tests at its end.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The paths that start at `tree`, which may branch in braces, as lists of names.
fn branches(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim_start();
    if let Some(inside) = tree.strip_prefix('{') {
        let (mut depth, mut start, mut found) = (0, 0, Vec::new());
        for (at, letter) in inside.char_indices() {
            match letter {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    found.extend(branches(&inside[start..at]));
                    start = at + 1;
                    if letter == '}' {
                        break;
                    }
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        return found;
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    let (name, rest) = tree.split_at(end);
    let Some(rest) = rest.strip_prefix("::").filter(|_| !name.is_empty()) else {
        return vec![vec![name.to_owned()]];
    };
    let joined = |branch| [vec![name.to_owned()], branch].concat();
    branches(rest).into_iter().map(joined).collect()
}

/// The paths in a file from the root of the crate, as lists of names.
fn paths_of(path: &Path, code: &str) -> Vec<Vec<String>> {
    let inside = path.strip_prefix("src").expect("a path under src/").with_extension("");
    let mut module: Vec<String> = inside.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    module.retain(|name| name != "mod");
    let starts = ["super::", "crate::"].into_iter().flat_map(|start| code.match_indices(start));
    let outermost =
        starts.filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == ':'));
    let resolved = outermost.flat_map(|(at, _)| branches(&code[at..])).filter_map(|names| {
        let up = names.iter().take_while(|name| *name == "super").count();
        match names.split_first()? {
            (root, rest) if root == "crate" => Some(rest.to_vec()),
            _ => Some([&module[..module.len().checked_sub(up)?], &names[up..]].concat()),
        }
    });
    resolved.collect()
}

/// The file with the `mod` lines of a room.
fn door(folder: &str) -> String {
    let inside = format!("{folder}/mod.rs");
    if Path::new(&inside).is_file() { inside } else { format!("{folder}.rs") }
}

/// The files of a room in the order of their `mod` lines, and the siblings that each uses, with a place.
struct Room {
    folder: String,
    order: Vec<String>,
    uses: BTreeMap<(String, String), PathBuf>,
}

impl Room {
    fn read(folder: &str) -> Self {
        let door = code_of(&std::fs::read_to_string(door(folder)).expect("the `mod` lines of a room"));
        let order: Vec<String> = door
            .lines()
            .filter_map(|line| Some(line.strip_suffix(';')?.split_once("mod ")?.1.to_owned()))
            .collect();
        let known = |name: &String| order.contains(name);
        // What the room hands out of a file is that file's.
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (at, _) in door.match_indices("use ") {
            for names in branches(&door[at + "use ".len()..]) {
                if let (Some(first), Some(last)) = (names.first().filter(|name| known(name)), names.last()) {
                    owners.insert(last.clone(), first.clone());
                }
            }
        }
        let room: Vec<&str> = folder.split('/').skip(1).collect();
        let mut uses = BTreeMap::new();
        for (path, text) in sources(folder) {
            let inside = path.strip_prefix(folder).expect("a file of the room").with_extension("");
            let user = inside.iter().next().expect("a name").to_string_lossy().into_owned();
            for names in paths_of(&path, &code_of(&text)) {
                let is_here = names.len() > room.len() && room.iter().zip(&names).all(|(a, b)| a == b);
                let Some(used) = names.get(room.len()).filter(|_| is_here) else { continue };
                let used = owners.get(used).filter(|_| !known(used)).unwrap_or(used);
                if known(&user) && known(used) && *used != user {
                    uses.entry((user.clone(), used.clone())).or_insert_with(|| path.clone());
                }
            }
        }
        Self { folder: folder.to_owned(), order, uses }
    }

    /// May these two use each other?
    fn may(&self, a: &str, b: &str) -> bool {
        let is_this = |(room, one, other, _): &&(&str, &str, &str, &str)| {
            *room == self.folder && [(a, b), (b, a)].contains(&(*one, *other))
        };
        CIRCLES.iter().any(|circle| is_this(&circle))
    }

    /// The uses of a sibling that stands below, in words.
    fn upward(&self) -> Vec<String> {
        let level = |name: &String| self.order.iter().position(|other| other == name);
        let upward = self
            .uses
            .iter()
            .filter(|((user, used), _)| level(used) > level(user) && !self.may(user, used))
            .map(|((user, used), path)| {
                format!("{}: `{user}` uses `{used}`, which stands below it", path.display())
            });
        upward.collect()
    }

    fn circles_that_are_none(&self) -> Vec<String> {
        let uses = |a: &str, b: &str| self.uses.contains_key(&(a.to_owned(), b.to_owned()));
        let listed = CIRCLES.iter().filter(|(room, ..)| *room == self.folder);
        let none = listed.filter(|(_, one, other, _)| !uses(one, other) || !uses(other, one));
        let words = none.map(|(room, one, other, _)| {
            format!("{room}: `{one}` and `{other}` are no circle any more: take them out of CIRCLES")
        });
        words.collect()
    }

    /// The files in groups of which each uses only groups before it, and the uses that go in circles, in words.
    fn sorted(&self) -> (Vec<String>, Vec<String>) {
        let mut uses: BTreeSet<(&str, &str)> =
            self.uses.keys().map(|(user, used)| (user.as_str(), used.as_str())).collect();
        uses.retain(|(user, used)| !self.may(user, used));
        let mut left: Vec<&str> = self.order.iter().map(String::as_str).collect();
        left.sort_unstable();
        let mut groups = Vec::new();
        loop {
            let is_free = |name: &&str| !uses.iter().any(|(user, _)| user == name);
            let (group, rest): (Vec<&str>, _) = left.into_iter().partition(is_free);
            left = rest;
            if group.is_empty() {
                break;
            }
            uses.retain(|(_, used)| !group.contains(used));
            groups.push(group.join(", "));
        }
        // What only uses a circle is in none.
        loop {
            let before = uses.len();
            let used: BTreeSet<&str> = uses.iter().map(|(_, used)| *used).collect();
            uses.retain(|(user, _)| used.contains(user));
            if uses.len() == before {
                break;
            }
        }
        (groups, uses.into_iter().map(|(user, used)| format!("`{user}` uses `{used}`")).collect())
    }
}

/// Every folder below `src` is a room: a file in it uses only siblings whose `mod` line stands above its own.
///
/// The `mod` lines of a family of rules stand in the order of letters, so that each is found at once. Its files may
/// not use each other in circles.
#[test]
fn a_file_of_a_room_uses_only_siblings_above_it() {
    let files = sources("src").into_iter();
    let folders: BTreeSet<String> = files
        .map(|(path, _)| path.parent().expect("a folder").to_string_lossy().replace('\\', "/"))
        .filter(|folder| folder != "src")
        .collect();
    let mut wrong = Vec::new();
    for folder in &folders {
        let room = Room::read(folder);
        let upward = room.upward();
        let (groups, circles) = room.sorted();
        if !circles.is_empty() {
            wrong.push(format!(
                "{folder}: these use each other in circles: {}. Move what two of them need into the one that should \
                 stand above, or into a file above both, or hand it in as an argument. A pair that must stay goes into \
                 CIRCLES in tests/it/rooms.rs with its reason",
                circles.join(", ")
            ));
        } else if !upward.is_empty() && !folder.starts_with("src/rules/") {
            wrong.extend(upward);
            wrong.push(format!(
                "{}: let its `mod` lines stand in this order, with a blank line at each bar: {}. Where the old order \
                 was meant: move what both need into the upper file, or hand it in as an argument",
                door(folder),
                groups.join(" | ")
            ));
        }
        wrong.extend(room.circles_that_are_none());
    }
    let gone = CIRCLES.iter().filter(|(room, ..)| !folders.contains(*room));
    wrong.extend(
        gone.map(|(room, ..)| format!("{room} is gone: take it out of CIRCLES in tests/it/rooms.rs")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn paths_are_read() {
    let code =
        "use super::{a, b::{C, d}};\nuse crate::graph::place::{self, E};\nfn f() -> super::super::g::H {}";
    let paths: Vec<String> =
        paths_of(Path::new("src/graph/reach/net.rs"), code).iter().map(|names| names.join("::")).collect();
    let expected = [
        "graph::reach::a",
        "graph::reach::b::C",
        "graph::reach::b::d",
        "graph::g::H",
        "graph::place::self",
        "graph::place::E",
    ];
    assert_eq!(paths, expected);
}
