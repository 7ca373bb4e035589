//! The house rules that a compiler does not keep: layer order, sizes, and who may name what.

use std::path::{Path, PathBuf};

/// A function has at most so many lines.
const LONGEST_FUNCTION: usize = 60;

pub(crate) fn sources(folder: &str) -> Vec<(PathBuf, String)> {
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
        ("miette::", &["src/report/text.rs"][..]),
        ("clap::", &["src/cli/"][..]),
        ("std::fs", &["src/load/", "src/cli/", "src/render/child/"][..]),
        ("Command::new", &["src/render/child/", "src/load/revision.rs"][..]),
        ("ureq::", &["src/annotate/"][..]),
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

/// The names and lengths of the functions of a file. rustfmt sets the closing brace below the first letter.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some((before, after)) = code.split_once("fn ") else { continue };
        let is_function = before.split(' ').all(|word| {
            ["", "async", "const", "extern", "\"C\"", "in"].contains(&word) || word.starts_with("pub")
        });
        if !is_function || code.ends_with('}') || code.ends_with(';') {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let length = lines[start..].iter().position(|line| *line == end).map_or(0, |at| at + 1);
        found.push((after.split(['(', '<']).next().unwrap_or_default(), length));
    }
    found
}

#[test]
fn functions_keep_their_size() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        for (name, length) in functions(&text).into_iter().filter(|(_, length)| *length > LONGEST_FUNCTION) {
            wrong.push(format!(
                "{}: `{name}` has {length} lines (limit {LONGEST_FUNCTION}): give each of its steps a function with \
                 a name",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn functions_are_measured() {
    let text = "impl A {\n    pub(super) const fn b<T>(\n        t: T,\n    ) -> T {\n        t\n    }\n}\n\nfn c() {}\n";
    assert_eq!(functions(text), [("b", 5)]);
}
