//! `helm` and `kustomize` for whole repositories of ours: the real ones where they are installed, else what they
//! answered when `NHILINT_RECORD=1 cargo test --test it repos` ran where they are.
//!
//! Answers stand under `testdata/recorded/<program>/<key>/`: `code`, `stdout` and, of what a failing program said, the
//! lines that say why. A key is the folder of a kustomization, or the name of a chart with that of its release;
//! `.marked` is the second rendering of a chart, whose templates print marks. Where the programs are installed
//! every answer is compared with its record, so that a record cannot grow old unseen.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use nhilint::finding::Engine;
use nhilint::render::child::Program;

use crate::child::write_program;

/// What is replaced by records where it is missing.
const PROGRAMS: [&str; 2] = ["helm", "kustomize"];

/// The key of the answer to a command line, and the way to answer.
///
/// It is started as the real program would be: with an empty folder as its `PATH`.
const SCRIPT: &str = r#"
empty=$PATH
PATH=/usr/bin:/bin
case $1 in
version)
    key=version ;;
build)
    key=$(echo "$2" | sed 's|^\./||; s|^testdata/repos/||; s|/|-|g') ;;
template)
    key=$(sed -n 's/^name: *//p' "$3/Chart.yaml")-$2
    for word in "$@"; do
        if [ "$word" = --debug ]; then key=$key.marked; fi
    done ;;
esac
answer=@FOLDER@/$key
if [ -n "@REAL@" ]; then
    mkdir -p "$answer"
    code=0
    PATH=$empty "@REAL@" "$@" >"$answer/stdout" 2>"$answer/said" || code=$?
    echo $code >"$answer/code"
    if [ $code != 0 ]; then grep '^Error' "$answer/said" >"$answer/stderr"; fi
    rm "$answer/said"
fi
if [ ! -f "$answer/code" ]; then
    echo "Error: there is no record of $key; NHILINT_RECORD=1 cargo test --test it repos makes it" >&2
    exit 1
fi
cat "$answer/stdout"
if [ -f "$answer/stderr" ]; then cat "$answer/stderr" >&2; fi
exit "$(cat "$answer/code")"
"#;

/// The programs of a run: live, replayed or recorded.
pub(crate) struct Programs {
    /// What `PATH` is to be.
    pub(crate) path: OsString,
    /// Holds the scripts as long as they are needed.
    _scripts: tempfile::TempDir,
}

fn installed(name: &str) -> Option<PathBuf> {
    let engine = [Engine::Helm, Engine::Kustomize].into_iter().find(|engine| engine.word() == name)?;
    Program::find(engine, &std::env::var_os("PATH").unwrap_or_default()).map(|program| program.path)
}

fn records(name: &str) -> PathBuf {
    std::env::current_dir().expect("tests run somewhere").join("testdata/recorded").join(name)
}

/// The programs as they are installed; those that are missing answer from their records.
///
/// # Panics
///
/// Where one is missing and `NHILINT_REQUIRE_TOOLS=1` says that none may be.
pub(crate) fn programs() -> Programs {
    let missing: Vec<_> = PROGRAMS.into_iter().filter(|name| installed(name).is_none()).collect();
    let required = std::env::var_os("NHILINT_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(missing.is_empty() || !required, "not on the PATH: {missing:?}");
    let scripts = tempfile::tempdir().expect("a temporary folder");
    for name in &missing {
        script(scripts.path(), name, &records(name), None);
    }
    if !missing.is_empty() {
        tell(&format!("recorded answers stand in for what is not on the PATH: {}", missing.join(", ")));
    }
    Programs { path: first(scripts.path()), _scripts: scripts }
}

/// The programs, each answer of which is written to a folder of its own below `folder`; `None` where one is missing.
pub(crate) fn recorders(folder: &Path) -> Option<Programs> {
    let scripts = tempfile::tempdir().expect("a temporary folder");
    for name in PROGRAMS {
        script(scripts.path(), name, &folder.join(name), Some(&installed(name)?));
    }
    Some(Programs { path: first(scripts.path()), _scripts: scripts })
}

fn script(folder: &Path, name: &str, answers: &Path, real: Option<&Path>) {
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    let text = SCRIPT.replace("@FOLDER@", &format!("'{}'", shown(answers)));
    write_program(folder, name, &text.replace("@REAL@", &real.map(shown).unwrap_or_default()));
}

fn first(folder: &Path) -> OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).expect("folders that were joined before")
}

/// Tells it once, past the harness, which would show it for failing tests only.
fn tell(what: &str) {
    static TOLD: std::sync::Once = std::sync::Once::new();
    TOLD.call_once(|| writeln!(std::io::stderr(), "{what}").expect("standard error is open"));
}

/// Compares what was recorded in `folder` with the records of the repository, or puts it in their place.
pub(crate) fn settle(folder: &Path) {
    let update = std::env::var_os("NHILINT_RECORD").is_some();
    for name in PROGRAMS {
        let (new, kept) = (folder.join(name), records(name));
        if update {
            fs::remove_dir_all(&kept)
                .or_else(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                })
                .expect("records can be removed");
            for (path, text) in answers(&new) {
                let path = kept.join(path);
                fs::create_dir_all(path.parent().expect("below the records")).expect("a folder");
                fs::write(path, text).expect("a record");
            }
        }
        let (new, kept) = (answers(&new), answers(&kept));
        let names = |all: &[(String, String)]| all.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        assert_eq!(names(&new), names(&kept), "{name} was asked for other things than when it was recorded");
        for ((path, new), (_, kept)) in new.iter().zip(&kept) {
            let is_version = path.starts_with("version/");
            assert!(
                is_version || new == kept,
                "{name} answers otherwise than in testdata/recorded/{name}/{path}; if that is right: \
                 NHILINT_RECORD=1 cargo test --test it repos\n{new}"
            );
        }
    }
}

/// What Helm prints raw, with the templates in order: it prints them in any. What is printed twice keeps its order.
fn in_order(text: &str) -> String {
    const START: &str = "---\n# Source: ";
    let (before, rest) = text.split_once(START).unwrap_or((text, ""));
    let mut templates: Vec<&str> = rest.split(START).filter(|template| !template.is_empty()).collect();
    templates.sort_by_key(|template| template.lines().next());
    std::iter::once(before.to_owned())
        .chain(templates.into_iter().map(|template| format!("{START}{}\n", template.trim_end())))
        .collect()
}

/// The files of recorded answers, by path below the folder.
fn answers(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for answer in fs::read_dir(folder).into_iter().flatten() {
        let answer = answer.expect("the folder is readable");
        for file in fs::read_dir(answer.path()).expect("a folder for each answer") {
            let file = file.expect("the folder is readable");
            let name = format!("{}/{}", answer.file_name().display(), file.file_name().display());
            let text = fs::read_to_string(file.path()).expect("records are UTF-8");
            found.push((name, if answer.path().extension().is_some() { in_order(&text) } else { text }));
        }
    }
    found.sort();
    found
}
