//! `check --fix` and `--diff`: what was fixed in memory is written into the files, or shown.

use std::fmt::Write as _;
use std::path::Path;

use super::output::{complain, print, replace};
use crate::finding::RunError;
use crate::lint::{Fixed, FixedFile};
use crate::load::Files;
use crate::report::{Side, counted, hunks};

/// Lines around a change, as git shows them.
const CONTEXT: usize = 3;

/// Prints the changes, and returns what keeps them from being all.
pub(super) fn show(fixed: &Fixed) -> Result<Option<RunError>, String> {
    print(&diff(fixed))?;
    let untried = untried(fixed);
    complain(untried.as_slice());
    Ok(untried)
}

/// The changes as a unified diff, secrets masked.
fn diff(fixed: &Fixed) -> String {
    let mut out = String::new();
    for (path, file) in &fixed.files {
        let old = file.before.as_ref().map_or("/dev/null".to_owned(), |_| format!("a/{path}"));
        let new = if file.is_gone() { "/dev/null".to_owned() } else { format!("b/{path}") };
        let _ = writeln!(out, "--- {old}\n+++ {new}");
        let side = |text, shown| Side { text, shown, above: 0 };
        let before = side(file.before.as_deref().unwrap_or_default(), &file.shown.0);
        out.push_str(&hunks(before, side(&file.after, &file.shown.1), CONTEXT));
    }
    out
}

/// That some fixes were not tried, where there were too many.
pub(super) fn untried(fixed: &Fixed) -> Option<RunError> {
    let count = counted(fixed.untried, "finding");
    let message = format!(
        "fixes of {count} were not tried, as others took too many tries; fix a part of the tree first"
    );
    (fixed.untried > 0).then_some(RunError { file: None, line: None, message })
}

/// Writes the files. Each is the old one or the new one at any moment; one that somebody else changed meanwhile stays.
pub(super) fn write(fixed: &Fixed, files: &Files) -> Vec<RunError> {
    let failed = fixed.files.iter().filter_map(|(path, file)| {
        let message = write_one(Path::new(path), file, files).err()?;
        Some(RunError { file: Some(path.clone()), line: None, message })
    });
    failed.collect()
}

fn write_one(path: &Path, file: &FixedFile, files: &Files) -> Result<(), String> {
    let real = files.writable(path)?;
    let now = files.bytes(&real).ok();
    if now.as_deref() != file.before.as_deref().map(str::as_bytes) {
        return Err("It was changed since it was read, and is left as it is.".into());
    }
    if file.is_gone() {
        return std::fs::remove_file(&real).map_err(|error| format!("It cannot be taken away: {error}."));
    }
    replace(&real, &file.after, &scratch(&real, files))
        .map_err(|error| format!("It cannot be written: {error}."))
}

/// Where a text stands until it takes the place of a file: in git's own folder, so that a run that is killed leaves nothing
/// in the tree, else beside the file.
fn scratch(real: &Path, files: &Files) -> std::path::PathBuf {
    let name = format!(".nhilint.{}", std::process::id());
    let git = real.ancestors().map(|above| above.join(".git")).find(|git| files.is_folder(git));
    git.unwrap_or_else(|| real.parent().unwrap_or(real).to_owned()).join(name)
}

/// What was done, and what was not and why: for people, beside the report.
pub(super) fn summary(fixed: &Fixed, would: bool) -> String {
    let mut out = String::new();
    for done in &fixed.done {
        let _ = writeln!(out, "{}: {}: {}", done.place, done.rule, done.title);
    }
    for (done, reason) in &fixed.refused {
        let _ = writeln!(out, "{}: {}: not fixed ({}). {reason}", done.place, done.rule, done.title);
    }
    let verb = if would { "would fix" } else { "fixed" };
    let (fixes, files) = (counted(fixed.done.len(), "finding"), counted(fixed.files.len(), "file"));
    let _ = writeln!(out, "{verb} {fixes} in {files}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_changed_meanwhile_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path().canonicalize().expect("a path");
        let files = Files::disk(&here);
        let file = |before: Option<&str>| FixedFile {
            before: before.map(str::to_owned),
            after: "a: 2\n".to_owned(),
            shown: (String::new(), String::new()),
        };
        let text = || std::fs::read_to_string(here.join("a.yaml")).unwrap_or_default();
        std::fs::write(here.join("a.yaml"), "a: 1 # mine\n").expect("a file");
        assert!(write_one(Path::new("a.yaml"), &file(Some("a: 1\n")), &files).is_err());
        assert!(write_one(Path::new("a.yaml"), &file(None), &files).is_err(), "it is there already");
        assert_eq!(text(), "a: 1 # mine\n");
        write_one(Path::new("a.yaml"), &file(Some("a: 1 # mine\n")), &files).expect("it is written");
        assert_eq!(text(), "a: 2\n");
        let gone = FixedFile { after: String::new(), ..file(Some("a: 2\n")) };
        std::fs::write(here.join("b.yaml"), "a: 2 # mine\n").expect("a file");
        assert!(write_one(Path::new("b.yaml"), &gone, &files).is_err());
        write_one(Path::new("a.yaml"), &gone, &files).expect("it is taken away");
        assert!(!here.join("a.yaml").exists());
        assert_eq!(std::fs::read_dir(&here).expect("a folder").count(), 1, "nothing else is left");
    }
}
