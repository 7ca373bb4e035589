//! The workbench of the other tests: lints texts as `check` would.

use std::path::Path;

use nhilint::catalog::{Catalog, Preset};
use nhilint::config::Settings;
use nhilint::finding::Report;
use nhilint::lint::{Request, Run};
use nhilint::load::{Files, LARGEST_FILE};
use nhilint::source::SourceMap;

/// The moment that tests run at.
pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";

/// All cards.
pub(crate) fn catalog() -> Catalog {
    nhilint::rules::catalog()
}

/// The settings of a preset, at [`NOW`].
pub(crate) fn settings(catalog: &Catalog, preset: Preset) -> Settings {
    Settings::new(catalog, preset, NOW.parse().expect("a moment"))
}

/// Writes `files` into a new directory and lints it. File names of the result are relative to that directory.
pub(crate) fn lint_files(
    files: &[(&str, &str)],
    settings: &Settings,
    catalog: &Catalog,
) -> (Report, SourceMap) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is inside the directory")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    lint_path(directory.path(), settings, catalog)
}

/// The disk, seen from the working directory of the tests.
pub(crate) fn files() -> Files {
    Files::disk(&std::env::current_dir().expect("a working directory"))
}

/// Reads what `paths` name, and renders nothing.
pub(crate) fn read<'r>(files: &'r Files, paths: &'r [String], settings: &'r Settings) -> Run<'r> {
    let request = Request {
        files,
        paths,
        largest_file: LARGEST_FILE,
        render: None,
        settings,
        policy: &[],
        before: None,
    };
    Run::new(request, &mut std::io::empty())
}

/// Lints a directory or file.
pub(crate) fn lint_path(path: &Path, settings: &Settings, catalog: &Catalog) -> (Report, SourceMap) {
    let paths = [path.to_string_lossy().into_owned()];
    let files = files();
    let run = read(&files, &paths, settings);
    (run.report(catalog, None), run.sources().clone())
}
