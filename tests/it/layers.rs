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
