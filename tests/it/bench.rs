//! The workbench of the other tests: lints texts as `check` would.

use std::path::Path;

use nhilint::catalog::{Catalog, Preset};
use nhilint::config::Settings;
use nhilint::finding::Report;
use nhilint::lint::{Reading, Request, lint};
use nhilint::load::LARGEST_FILE;
use nhilint::source::SourceMap;

/// The moment that tests run at.
pub(crate) const NOW: &str = "2026-11-22T00:00:00Z";

/// All cards.
pub(crate) fn catalog() -> Catalog {
    Catalog::parse(nhilint::rules::cards()).expect("every card is well-formed")
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

/// Lints a directory or file.
pub(crate) fn lint_path(path: &Path, settings: &Settings, catalog: &Catalog) -> (Report, SourceMap) {
    let paths = [path.to_string_lossy().into_owned()];
    let request = Request {
        reading: Reading { paths: &paths, largest_file: LARGEST_FILE, render: None },
        baseline: None,
    };
    lint(&request, settings, catalog, &mut std::io::empty())
}
