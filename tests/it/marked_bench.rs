//! The workbench of the tests of marked rendering: charts on the disk, helm, and both outputs of a chart.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nhilint::load::{Files, Texts, Tree};
use nhilint::render::marked::{Archive, Chart, Marked, Tally, Values, mark, unpack};
use nhilint::render::{FileIndex, Trail};

/// All files below a folder, by their paths below it, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder").flatten() {
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                let inside = path.strip_prefix(folder).expect("it is inside");
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Copies the regular files of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(&file);
        std::fs::create_dir_all(target.parent().expect("it is inside")).expect("a folder");
        std::fs::copy(from.join(&file), target).expect("a copy");
    }
}

/// A chart in a folder that is read, with value files beside or in it.
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) texts: Texts,
    pub(crate) archives: Vec<Archive>,
    pub(crate) values: Vec<PathBuf>,
}

/// The outputs of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outputs {
    pub(crate) clean: String,
    pub(crate) raw: String,
    /// Templates that had to stay unmarked.
    pub(crate) unmarked: Vec<String>,
}

impl Bench {
    pub(crate) fn new(folder: &Path, values: &[PathBuf]) -> Self {
        let mut texts = Texts::default();
        let mut archives = Vec::new();
        for path in files(folder) {
            let bytes = std::fs::read(folder.join(&path)).expect("a file");
            if path.starts_with("charts/") && path.strip_suffix(".tgz").is_some() {
                let files = unpack(&bytes, 1 << 24).expect("an archive");
                archives.push(Archive { path, files });
            } else if let Ok(text) = String::from_utf8(bytes) {
                texts.add(path, text);
            }
        }
        for file in values {
            let text = std::fs::read_to_string(file).expect("a value file");
            texts.add(format!("../{}", file.file_name().expect("a name").to_string_lossy()), text);
        }
        Self { folder: folder.to_path_buf(), texts, archives, values: values.to_vec() }
    }

    /// What `work` makes of the chart and its values.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&Chart<'_>, &Values<'_>) -> R) -> R {
        let tree = Tree::of(&Files::disk(Path::new("")), &[]);
        let read = FileIndex::new(&self.texts, &tree);
        let chart = Chart::new("", &read, &self.archives);
        let mut values = Values::of(&chart);
        for file in &self.values {
            let name = format!("../{}", file.file_name().expect("a name").to_string_lossy());
            let (id, _) = read.text(&name).expect("a value file");
            values.file(read.documents(id));
        }
        work(&chart, &values)
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        self.values.iter().flat_map(|file| ["-f".to_owned(), file.to_string_lossy().into_owned()]).collect()
    }

    /// Runs helm on the chart and on its marked copy, with up to five files left unmarked.
    pub(crate) fn run(&self) -> Result<Outputs, String> {
        let clean = helm(&self.folder, &self.arguments(), false)?;
        let mut unmarked: Vec<String> = Vec::new();
        for _ in 0..=5 {
            let (raw, error, blamed) = self.with(|chart, _| {
                let marked = mark(chart, &clean, &unmarked);
                let (raw, error) = self.run_marked(&marked);
                let blamed = marked.blamed(&error);
                (raw, error, blamed)
            });
            if raw.contains("# Source: ") {
                return Ok(Outputs { clean, raw, unmarked });
            }
            if clean.is_empty() || blamed.is_empty() {
                return if clean.trim().is_empty() {
                    Ok(Outputs { clean, raw, unmarked })
                } else {
                    Err(error)
                };
            }
            unmarked.extend(blamed);
        }
        Err(format!("marked in vain, {unmarked:?} left out"))
    }

    fn run_marked(&self, marked: &Marked<'_, '_>) -> (String, String) {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let copied = scratch.path().join(self.folder.file_name().expect("a name"));
        copy(&self.folder, &copied);
        for archive in &self.archives {
            std::fs::remove_file(copied.join(&archive.path)).expect("an archive");
            for (name, bytes) in &archive.files {
                write(&copied.join(archive.folder()).join(name), bytes);
            }
        }
        for (name, text) in marked.files() {
            write(&copied.join(name), text.as_bytes());
        }
        let (_, raw, error) = output(&copied, &self.arguments(), true);
        (raw, error)
    }

    /// The trail of the clean output.
    pub(crate) fn trail(&self, outputs: &Outputs) -> (Trail, Tally) {
        self.with(|chart, values| {
            let marked = mark(chart, &outputs.clean, &outputs.unmarked);
            marked.trail(&outputs.clean, &outputs.raw, values)
        })
    }
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a folder");
    std::fs::write(path, bytes).expect("a file");
}

/// What helm prints of a chart.
pub(crate) fn helm(chart: &Path, arguments: &[String], debug: bool) -> Result<String, String> {
    match output(chart, arguments, debug) {
        (true, out, _) => Ok(out),
        (false, _, error) => Err(error),
    }
}

fn output(chart: &Path, arguments: &[String], debug: bool) -> (bool, String, String) {
    let home = tempfile::tempdir().expect("a scratch folder");
    let mut command = Command::new("helm");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for name in ["HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(name, home.path());
    }
    command.args(["template", "r"]).arg(chart).args(["-n", "default", "--kube-version", "1.34.0"]);
    command.args(arguments).args(debug.then_some("--debug")).stdin(Stdio::null());
    let found = command.output().expect("helm runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (found.status.success(), text(&found.stdout), text(&found.stderr))
}

/// Whether helm can be run. With `NHILINT_REQUIRE_TOOLS=1` it must.
pub(crate) fn has_helm() -> bool {
    let found = Command::new("helm").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    let required = std::env::var_os("NHILINT_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(found || !required, "NHILINT_REQUIRE_TOOLS is set and helm is not on PATH");
    found
}
