//! What is cached is never older than what is read: every file of every made root is edited, and the run with the cache of
//! before says what a run without one says.

use std::path::Path;

use rayon::prelude::*;

use crate::marked_bench::{copy, files};
use crate::rendering::run;

/// A kustomization with every kind of file that kustomize reads and no field of it names: the files of its plugins.
const PLUGINS: [(&str, &str); 13] = [
    (
        "kustomization.yaml",
        "resources: [account.yaml, berth.yaml]\ncrds: [crd.json]\nopenapi: {path: schema.json}\nconfigurations: [names.yaml]\n\
         generators: [made.yaml, more]\ntransformers:\n- change.yaml\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  \
         metadata: {name: inline}\n  path: inline.json\n  target: {kind: ServiceAccount}\nvalidators: [names-only.yaml]\n",
    ),
    ("account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: crane}\n"),
    (
        "berth.yaml",
        "apiVersion: harbour.example/v1\nkind: Berth\nmetadata: {name: north}\nspec: {crane: crane}\n",
    ),
    (
        "crd.json",
        "{\"harbour.example/v1.Berth\": {\"Schema\": {\"properties\": {\"spec\": {\"properties\": {\"crane\": {\
         \"x-kubernetes-object-ref-kind\": \"ServiceAccount\"}}}}}}}\n",
    ),
    (
        "schema.json",
        "{\"definitions\": {\"v1.Berth\": {\"properties\": {}, \"x-kubernetes-group-version-kind\": [{\"group\": \
                     \"harbour.example\", \"kind\": \"Berth\", \"version\": \"v1\"}]}}}\n",
    ),
    ("names.yaml", "namePrefix:\n- {path: metadata/name, kind: Berth}\n"),
    (
        "made.yaml",
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: tide}\nfiles: [tide=tide.txt]\nenvs: [tide.env]\n",
    ),
    ("tide.txt", "high\n"),
    ("tide.env", "TIDE=low\n"),
    ("more/kustomization.yaml", "resources: []\n"),
    (
        "change.yaml",
        "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: owner}\npath: change.json\ntarget: {kind: ServiceAccount}\n",
    ),
    ("change.json", "[{\"op\": \"add\", \"path\": \"/metadata/labels\", \"value\": {\"team\": \"quay\"}}]\n"),
    (
        "inline.json",
        "[{\"op\": \"add\", \"path\": \"/metadata/annotations\", \"value\": {\"berth\": \"two\"}}]\n",
    ),
];
const VALIDATOR: &str = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: nothing}\npatch: '[]'\ntarget: {kind: Berth}\n";

/// The made roots, each in a folder of its own.
fn roots() -> Vec<(String, tempfile::TempDir)> {
    let mut roots = Vec::new();
    for kind in ["kustomize", "helm"] {
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rendering").join(kind);
        for entry in
            std::fs::read_dir(made).expect("the made roots").flatten().filter(|entry| entry.path().is_dir())
        {
            let folder = tempfile::tempdir().expect("a temporary folder");
            copy(&entry.path(), &folder.path().join("tree"));
            roots.push((entry.file_name().to_string_lossy().into_owned(), folder));
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in PLUGINS.iter().chain([&("names-only.yaml", VALIDATOR)]) {
        let path = folder.path().join("tree").join(name);
        std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    roots.push(("files of plugins".into(), folder));
    roots
}

/// The file with its last letter or digit changed.
fn edited(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match bytes.iter_mut().rev().find(|byte| byte.is_ascii_alphanumeric()) {
        Some(byte) => *byte = if *byte == b'x' { b'y' } else { b'x' },
        None => bytes.push(b'x'),
    }
    bytes
}

/// How many edits of a root were tried, and how many of them changed what is rendered.
fn edit_all(name: &str, folder: &Path) -> (usize, usize) {
    let path = std::env::var("PATH").unwrap_or_default();
    let (tree, cache) = (folder.join("tree"), folder.join("cache").display().to_string());
    let rendered = |cached: bool| {
        let cache = format!("--cache-dir={cache}");
        run(&tree, &path, &["render", ".", if cached { &cache } else { "--no-cache" }])
    };
    if rendered(false) != rendered(false) {
        assert_eq!(name, "random", "only this chart asks for chance");
        return (0, 0);
    }
    let before = rendered(true);
    assert_eq!(before, rendered(true), "{name}: from the cache");
    let mut changed = 0;
    let all = files(&tree);
    for file in all.iter().map(|file| tree.join(file)) {
        let bytes = std::fs::read(&file).expect("a file");
        std::fs::write(&file, edited(&bytes)).expect("a file");
        let (with, without) = (rendered(true), rendered(false));
        assert_eq!(with, without, "{name}: {} was edited", file.display());
        changed += usize::from(without != before);
        std::fs::write(file, bytes).expect("a file");
    }
    (all.len(), changed)
}

#[test]
fn an_edit_of_any_file_is_seen_through_the_cache() {
    let counts: Vec<(usize, usize)> =
        roots().par_iter().map(|(name, folder)| edit_all(name, folder.path())).collect();
    let (edits, changed) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(edits > 200, "{edits} files were edited");
    assert!(changed * 2 > edits, "{changed} of {edits} edits changed what is rendered");
}
