//! Whole small repositories under `testdata/repos/`: a run finds what is drawn in their own files, nothing less and
//! nothing more, in any order of arguments and on any number of threads. What is rendered is found where it was
//! written, once for all that it reaches.
//!
//! A new repository is a new folder. How expectations are drawn stands in `testdata/repos/payments/README.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use serde::Deserialize;

use crate::cli::no_cache_of_the_user;
use crate::marked_bench::copy;
use crate::recorded::{Programs, programs, recorders, settle};
use crate::reported::{Found, found};
use nhilint::catalog::drawing;

/// What a file says will be found. `columns` (first, one past the last) is absent where it could not be drawn.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    file: String,
    line: u64,
    columns: Option<(u64, u64)>,
    rule: String,
    words: String,
    /// It is a place beside another finding of that rule, with these words in its message.
    related: bool,
}

impl Expected {
    fn is(&self, found: &Found) -> bool {
        if self.related != found.related {
            return false;
        }
        let place = self.file == found.file
            && self.line == found.line
            && self.columns.is_none_or(|columns| columns == found.columns && found.end_line == self.line);
        let said = self.words.split_whitespace().find(|word| word.starts_with("on:"));
        let words = || self.words.split_whitespace().filter(|word| !word.starts_with("on:"));
        place
            && self.rule == found.rule
            && said == found.on.as_deref()
            && (found.on.is_none() || found.origin == "exact")
            && words().all(|word| {
                word == found.severity
                    || word == found.form
                    || found.name.contains(word)
                    || (!is_severity(word) && found.message.contains(word))
            })
    }
}

fn is_severity(word: &str) -> bool {
    matches!(word, "error" | "warning" | "info")
}

#[test]
fn every_repository_gives_what_is_drawn_in_it() {
    let mut differences = String::new();
    for repository in repositories() {
        let report = check(std::slice::from_ref(&repository), &[], &programs());
        differences += &compare(&expected(&repository), &found(&report));
    }
    assert!(
        differences.is_empty(),
        "{differences}\nto see the report: cargo run -- check testdata/repos/NAME"
    );
}

#[test]
fn recordings_are_what_the_programs_answer() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(programs) = recorders(folder.path()) else { return };
    for repository in repositories() {
        check(&[repository], &[], &programs);
    }
    settle(folder.path());
}

#[test]
fn neither_order_nor_threads_change_a_byte() {
    let programs = programs();
    for repository in repositories() {
        let one = check(std::slice::from_ref(&repository), &["--threads", "1"], &programs);
        let many = check(std::slice::from_ref(&repository), &["--threads", "8"], &programs);
        assert_eq!(one, many, "{repository}: 1 and 8 threads differ");

        let mut files = manifests(Path::new(&repository));
        let straight = check(&files, &[], &programs);
        let differences = compare(&expected(&repository), &found(&straight));
        assert!(differences.is_empty(), "given file by file:\n{differences}");
        for seed in 1..=3 {
            shuffle(&mut files, seed);
            assert_eq!(
                straight,
                check(&files, &["--threads", "8"], &programs),
                "{repository}: the order of arguments changes the report (seed {seed})"
            );
        }
    }
}

#[test]
fn drawings_lie_under_text() {
    for repository in repositories() {
        for expected in expected(&repository) {
            let text = fs::read_to_string(&expected.file).expect("the file was just listed");
            let line = text
                .lines()
                .nth(expected.line as usize - 1)
                .unwrap_or_else(|| panic!("{expected:?}: there is no such line"));
            let marked: String = match expected.columns {
                Some((start, end)) => {
                    line.chars().skip(start as usize - 1).take((end - start) as usize).collect()
                }
                None => line.trim().to_owned(),
            };
            let ends_here = expected.related
                || expected.columns.is_none_or(|(_, end)| {
                    line.chars()
                        .nth(end as usize - 1)
                        .is_none_or(|next| matches!(next, ':' | '=') || next.is_whitespace())
                });
            assert!(
                !marked.is_empty() && marked == marked.trim() && ends_here,
                "{expected:?} marks `{marked}` in `{line}`"
            );
        }
    }
}

#[test]
fn drawings_are_about_the_line_above_them() {
    let text = "spec:\n#^^^ NHI403 warning\n  a: b\n  #  ^ NHI201\n  # ^^ NHI999 too wide\n";
    let read: Vec<_> = drawn("f", text)
        .into_iter()
        .map(|expected| (expected.line, expected.columns, expected.rule + expected.words.as_str()))
        .collect();
    let words = str::to_owned;
    assert_eq!(
        read,
        [
            (1, Some((1, 5)), words("NHI403warning")),
            (3, Some((6, 7)), words("NHI201")),
            (3, Some((5, 7)), words("NHI999too wide")),
        ]
    );
}

#[test]
fn a_difference_names_both_sides_and_how_to_draw_it() {
    for (first, end) in [(1, 5), (2, 4), (3, 9), (12, 13)] {
        let found = Found {
            file: "f".to_owned(),
            line: 1,
            end_line: 1,
            columns: (first, end),
            rule: "NHI204".to_owned(),
            severity: "warning".to_owned(),
            form: "key".to_owned(),
            name: "secret-env".to_owned(),
            message: "`A` is a secret".to_owned(),
            on: None,
            origin: "written".to_owned(),
            related: false,
        };
        let right = drawn("f", &format!("a line\n{}\n", comment(&found)));
        let wrong = drawn("f", "a line\n# ^ NHI204 error\n");
        let found = [found];
        assert_eq!(compare(&right, &found), "");
        let difference = compare(&wrong, &found);
        assert!(
            difference.contains("f:1:3-3: drawn, not found: NHI204 error")
                && difference.contains("found, not drawn: NHI204 warning"),
            "{difference}"
        );
    }
}

/// The folders under `testdata/repos`, as they are given on the command line.
fn repositories() -> Vec<String> {
    let mut folders: Vec<_> = fs::read_dir("testdata/repos")
        .expect("tests run at the root of the package")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.is_dir())
        .map(|path| slashes(&path))
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "testdata/repos holds no repository");
    folders
}

/// Every manifest below a folder.
fn manifests(folder: &Path) -> Vec<String> {
    texts(folder, &["yaml", "yml", "json"])
}

/// Every file below a folder that ends in one of these ways, sorted; `expected.yaml` is none.
fn texts(folder: &Path, extensions: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is readable") {
            let path = entry.expect("the entry is readable").path();
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&extension) && !path.ends_with("expected.yaml") {
                files.push(slashes(&path));
            }
        }
    }
    files.sort();
    files
}

fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// What the files of a repository draw and what its `expected.yaml` lists.
fn expected(repository: &str) -> Vec<Expected> {
    let mut expected = listed(repository);
    for file in texts(Path::new(repository), &["yaml", "yml", "json", "tpl", "env"]) {
        let text = fs::read_to_string(&file).expect("fixtures with drawings are UTF-8");
        expected.extend(drawn(&file, &text));
    }
    expected
}

/// The findings drawn in one file.
fn drawn(file: &str, text: &str) -> Vec<Expected> {
    let (_, drawings) = drawing::read(text);
    drawings
        .iter()
        .map(|drawn| {
            // Drawings count lines without drawings; here they stay where they are.
            let above = drawings.iter().filter(|other| other.line < drawn.line);
            let (rule, words) = drawn.words.split_once(' ').unwrap_or((&drawn.words, ""));
            assert!(rule.starts_with("NHI"), "{file}: {drawn} names no rule");
            Expected {
                file: file.to_owned(),
                line: u64::from(drawn.line) + above.count() as u64,
                columns: Some((drawn.start.into(), drawn.end.into())),
                rule: rule.to_owned(),
                words: words.to_owned(),
                related: drawn.related,
            }
        })
        .collect()
}

/// An entry of `expected.yaml`: what cannot be drawn. The file is relative to the repository.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    file: String,
    line: u64,
    rule: String,
    #[serde(default)]
    words: String,
}

fn listed(repository: &str) -> Vec<Expected> {
    let path = PathBuf::from(repository).join("expected.yaml");
    let Ok(text) = fs::read_to_string(path) else {
        return Vec::new();
    };
    let entries: Vec<Listed> =
        serde_yaml::from_str(&text).expect("expected.yaml is a list of file, line, rule, words");
    entries
        .into_iter()
        .map(|entry| Expected {
            file: format!("{repository}/{}", entry.file),
            line: entry.line,
            columns: None,
            rule: entry.rule,
            words: entry.words,
            related: false,
        })
        .collect()
}

/// Runs `nhilint check` and gives its JSON report with the time taken out.
/// Runs on a copy outside of git: the remotes of whoever cloned this project are no addresses of these repositories.
fn check(paths: &[String], flags: &[&str], programs: &Programs) -> String {
    let here = tempfile::tempdir().expect("a temporary folder");
    copy(Path::new("testdata/repos"), &here.path().join("testdata/repos"));
    let output = Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .current_dir(here.path())
        .args(["check", "--format", "json", "--fail-on", "never", "--no-cache"])
        .env("PATH", &programs.path)
        .envs(no_cache_of_the_user())
        .args(flags)
        .args(paths)
        .output()
        .expect("the binary starts");
    let report = String::from_utf8(output.stdout).expect("reports are UTF-8");
    assert!(
        output.status.success(),
        "nhilint check {paths:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Regex::new(r#""milliseconds": *\d+"#)
        .expect("it compiles")
        .replace(&report, r#""milliseconds": 0"#)
        .into_owned()
}

/// Every difference, in the order of files and lines, so that a place drawn wrongly stands beside the place found.
fn compare(expected: &[Expected], found: &[Found]) -> String {
    let mut open: Vec<&Found> = found.iter().collect();
    let mut differences: BTreeMap<(&str, u64), String> = BTreeMap::new();
    for expected in expected {
        if let Some(index) = open.iter().position(|found| expected.is(found)) {
            // A place may stand beside several findings.
            if !expected.related {
                open.swap_remove(index);
            }
            continue;
        }
        let Expected { file, line, columns, rule, words, .. } = expected;
        let place = columns.map_or(String::new(), |(first, end)| format!(":{first}-{}", end - 1));
        let text = differences.entry((file, *line)).or_default();
        let _ = writeln!(text, "{file}:{line}{place}: drawn, not found: {rule} {words}");
    }
    // Places beside a finding need not be drawn.
    for found in open.into_iter().filter(|found| !found.related) {
        let Found { file, line, columns: (first, end), rule, severity, form, name, message, .. } = found;
        let text = differences.entry((file, *line)).or_default();
        let _ = writeln!(
            text,
            "{file}:{line}:{first}-{}: found, not drawn: {rule} {severity} {name} ({form}): {message}\n  if it is right, draw: {}",
            end.saturating_sub(1),
            comment(found)
        );
    }
    differences.into_values().collect()
}

/// The comment that would draw a finding.
fn comment(found: &Found) -> String {
    let (first, end) = (found.columns.0 as usize, found.columns.1 as usize);
    let width = end.saturating_sub(first).max(1);
    let run = if first > 2 {
        format!("{}# {}", " ".repeat(first - 3), "^".repeat(width))
    } else {
        format!("{}#{}", " ".repeat(first.saturating_sub(1)), "^".repeat(width - 1))
    };
    let on = found.on.as_ref().map_or(String::new(), |on| format!(" {on}"));
    format!("{run} {} {} {}{on}", found.rule, found.severity, found.name)
}

/// The same shuffle for the same seed, on every machine.
fn shuffle(files: &mut [String], seed: u64) {
    let mut state = seed;
    for index in (1..files.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        files.swap(index, (state >> 33) as usize % (index + 1));
    }
}
