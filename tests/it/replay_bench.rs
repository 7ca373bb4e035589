//! The workbench of the tests of the replay: folders as shelves, the real kustomize, and rendered scalars with their
//! places.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nhilint::finding::Origin;
use nhilint::load::{Files, Texts, Tree};
use nhilint::render::FileIndex;
use nhilint::render::replay::{Inflations, Replay, replay};
use nhilint::render::roots::Changes;
use nhilint::source::{FileId, SourceMap, Span};
use nhilint::yaml::{Doc, Node, parse, split};

/// Everything that stands in a folder.
pub(crate) struct Folder {
    pub(crate) texts: Texts,
    tree: Tree,
}

impl Folder {
    pub(crate) fn read(path: &Path) -> Self {
        let mut texts = Texts::default();
        let mut files = Vec::new();
        collect(path, &mut files);
        files.sort();
        for file in files {
            let bytes = std::fs::read(&file).expect("a file that was just listed");
            if let Ok(text) = String::from_utf8(bytes) {
                texts.add(file.to_string_lossy(), text);
            }
        }
        let disk = Files::disk(Path::new(""));
        Self { texts, tree: Tree::of(&disk, &[path.to_string_lossy().into_owned()]) }
    }

    pub(crate) fn replay(&self, root: &Path) -> Replay {
        let (unchanged, no_charts) = (Changes::default(), Inflations::new());
        replay(&root.to_string_lossy(), &unchanged, &no_charts, &FileIndex::new(&self.texts, &self.tree))
    }

    /// `file:line` of a place.
    pub(crate) fn shown(&self, span: Span, below: &Path) -> String {
        let file = self.texts.sources().file(span.file);
        let path = Path::new(file.path());
        let path = path.strip_prefix(below).unwrap_or(path).to_string_lossy();
        format!("{path}:{}", file.position(span.start).line)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with(".git");
        if path.is_dir() && !is_hidden && !path.is_symlink() {
            collect(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

/// A scalar that was rendered.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// The document's number and the keys, `/` between them.
    pub(crate) path: String,
    /// As kustomize means it; null is `None`.
    pub(crate) text: Option<String>,
    pub(crate) span: Span,
}

/// What was rendered, in a virtual file.
pub(crate) struct Rendered {
    pub(crate) sources: SourceMap,
    file: FileId,
}

impl Rendered {
    pub(crate) fn new(text: &str) -> Self {
        let mut sources = SourceMap::default();
        let file = sources.add("rendered.yaml", text);
        Self { sources, file }
    }

    pub(crate) fn docs(&self) -> Vec<Doc> {
        let text = self.sources.file(self.file).text();
        let pieces = split(text).into_iter();
        pieces.map(|piece| parse(self.file, text, piece.start..piece.end).0).collect()
    }

    pub(crate) fn text(&self) -> &str {
        self.sources.file(self.file).text()
    }
}

/// All scalars, in order.
pub(crate) fn scalars(docs: &[Doc]) -> Vec<Scalar> {
    let mut found = Vec::new();
    for (index, root) in docs.iter().filter_map(Doc::root).enumerate() {
        scalars_of(root, &index.to_string(), &mut found);
    }
    found
}

fn scalars_of(node: Node<'_>, path: &str, found: &mut Vec<Scalar>) {
    if node.is_scalar() {
        found.push(Scalar {
            path: path.to_owned(),
            text: node.text().map(std::borrow::Cow::into_owned),
            span: node.span(),
        });
    }
    for entry in node.entries() {
        let key = entry.key.text().unwrap_or_default().replace('/', "~1");
        scalars_of(entry.value, &format!("{path}/{key}"), found);
    }
    for (index, item) in node.items().enumerate() {
        scalars_of(item, &format!("{path}/{index}"), found);
    }
}

/// The program and its first arguments, if it can be started.
pub(crate) fn kustomize() -> Option<Vec<&'static str>> {
    let starts = |program: &[&str]| {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if starts(&["kustomize", "version"]) {
        return Some(vec!["kustomize", "build"]);
    }
    starts(&["kubectl", "kustomize", "--help"]).then(|| vec!["kubectl", "kustomize"])
}

/// What the real kustomize prints.
pub(crate) fn build(program: &[&str], root: &Path) -> Result<String, String> {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(root).stdin(Stdio::null());
    for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(proxy, "http://127.0.0.1:9");
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// The roots under a corpus that its index says to render.
pub(crate) fn corpus_roots(corpus: &Path) -> Vec<PathBuf> {
    let index = corpus.join("_rendered/index-kustomize.json");
    let text = std::fs::read_to_string(&index).unwrap_or_else(|error| panic!("{}: {error}", index.display()));
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).expect("the index is JSON");
    let good = entries.iter().filter(|entry| entry["rc"] == 0);
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let mut roots: Vec<PathBuf> =
        good.map(|entry| corpus.join(text(&entry["corpus"])).join(text(&entry["root"]))).collect();
    roots.sort();
    roots
}

/// How many scalars have which origin.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    pub(crate) exact: usize,
    pub(crate) others: Vec<String>,
}

impl Shares {
    pub(crate) fn of(root: &Path, replay: &Replay, rendered: &Rendered) -> Self {
        let docs = rendered.docs();
        let trail = replay.trail(&docs.iter().collect::<Vec<_>>());
        let mut shares = Self::default();
        for scalar in scalars(&docs) {
            match trail.at(scalar.span.start) {
                Some(written) if written.origin == Origin::Exact => shares.exact += 1,
                other => shares.others.push(format!(
                    "{} {} = {:.60} ({})",
                    root.display(),
                    scalar.path,
                    scalar.text.unwrap_or_default(),
                    other.map_or("no step", |written| written.origin.word())
                )),
            }
        }
        shares
    }
}
