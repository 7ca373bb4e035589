//! The house rules that a compiler does not keep: layer order, file sizes, and who may name what.

use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").expect("a path under src/");
    let first = inside.components().next().expect("a file").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn a_module_uses_only_modules_above_it() {
    let order: Vec<String> = std::fs::read_to_string("src/lib.rs")
        .expect("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect();
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let module = module_of(&path);
        let Some(level) = order.iter().position(|name| *name == module) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                if order.iter().position(|name| name == used).is_some_and(|other| other > level) {
                    wrong.push(format!(
                        "{}:{}: `{module}` uses `{used}`, which stands below it in src/lib.rs; move what both need up, \
                         or hand it in",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folders whose modules stand in dependency order in their `mod.rs`.
const ROOMS: [&str; 2] = ["src/render", "src/render/roots"];

#[test]
fn a_module_of_a_room_uses_only_modules_above_it() {
    let wrong: Vec<String> = ROOMS.into_iter().flat_map(upward_uses).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The places in a room that use a module which stands below their own in its `mod.rs`.
fn upward_uses(room: &str) -> Vec<String> {
    let list = std::fs::read_to_string(format!("{room}/mod.rs")).expect("the room's mod.rs");
    let module = |line: &str| line.strip_suffix(';')?.rsplit_once("mod ").map(|(_, name)| name.to_owned());
    let order: Vec<String> = list.lines().filter_map(module).collect();
    let level = |name: &str| order.iter().position(|module| module == name);
    // What `mod.rs` passes on belongs to the module that it comes from.
    let passed: Vec<(String, usize)> = list
        .split("use ")
        .skip(1)
        .filter_map(|rest| rest.split_once(';')?.0.split_once("::"))
        .filter_map(|(module, names)| Some((names, level(module)?)))
        .flat_map(|(names, level)| first_words(names).into_iter().map(move |name| (name, level)))
        .collect();
    let inside = format!("crate::{}::", room.trim_start_matches("src/").replace('/', "::"));
    let mut wrong = Vec::new();
    for (path, text) in sources(room) {
        let parts: Vec<_> = path.strip_prefix(room).expect("a path in the room").iter().collect();
        let own = parts[0].to_string_lossy();
        let Some(own) = level(own.trim_end_matches(".rs")) else { continue };
        let up = "super::".repeat(parts.len() - usize::from(parts.ends_with(&["mod.rs".as_ref()])));
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for prefix in [&inside, &up] {
            for (at, _) in code.match_indices(prefix.as_str()) {
                let rest = &code[at + prefix.len()..];
                if code[..at].ends_with("::") || rest.starts_with("super::") {
                    continue;
                }
                for name in first_words(rest) {
                    let passed = passed.iter().find(|(passed, _)| *passed == name).map(|(_, level)| *level);
                    if let Some(used) = passed.or_else(|| level(&name)).filter(|used| *used > own) {
                        let line = code[..at].lines().count();
                        let (path, own, used) = (path.display(), &order[own], &order[used]);
                        wrong.push(format!(
                            "{path}:{line}: `{own}` uses `{used}`, which stands below it in {room}/mod.rs"
                        ));
                    }
                }
            }
        }
    }
    wrong
}

/// The first word of a path, or of each path in braces.
fn first_words(paths: &str) -> Vec<String> {
    let word =
        |path: &str| path.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    let Some(group) = paths.strip_prefix('{') else { return word(paths).into_iter().collect() };
    let mut depth = 1;
    let end = group.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    let mut depth = 0;
    let items = group[..end.unwrap_or(group.len())].split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    items.filter_map(word).collect()
}

#[test]
fn files_keep_their_size() {
    let too_long = |(path, text): (PathBuf, String)| {
        // The engine stands in the folder itself, rules and what they share in those of their families.
        let rule_file = path.starts_with("src/rules") && path.components().count() > 3;
        let limit = if rule_file { 120 } else { 400 };
        let lines = text.lines().count();
        (lines > limit).then(|| {
            format!("{} has {lines} lines (limit {limit}): split it where it has two jobs", path.display())
        })
    };
    let wrong: Vec<String> =
        sources("src").into_iter().chain(sources("tests/it")).filter_map(too_long).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_those_who_may_name_what_reaches_outside() {
    let doors = [
        ("miette::", &["src/report/text.rs", "src/report/masked.rs"][..]),
        ("clap::", &["src/cli/"][..]),
        ("std::fs", &["src/load/", "src/cli/", "src/render/child/"][..]),
        ("std::process::Command", &["src/render/"][..]),
        ("TcpStream", &["src/annotate/"][..]),
        ("UdpSocket", &["src/annotate/"][..]),
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let shown = path.to_string_lossy().replace('\\', "/");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (name, allowed) in doors {
            let named = code.lines().any(|line| line.contains(name) && !line.trim_start().starts_with("//"));
            if named && !allowed.iter().any(|door| shown.starts_with(door)) {
                wrong.push(format!("{shown} names `{name}`, which only {allowed:?} may"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reports_read_records_only() {
    let names_more = |text: &str| {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        code.split("crate::graph").skip(1).any(|used| !used.starts_with("::record::"))
    };
    let wrong: Vec<String> = sources("src/report")
        .into_iter()
        .filter(|(_, text)| names_more(text))
        .map(|(path, _)| {
            format!("{} names more of `crate::graph` than its records: add to those", path.display())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
