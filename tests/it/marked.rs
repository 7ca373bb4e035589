//! Made charts, one for each trap of marked rendering, under `testdata/rendering/helm/`.
//!
//! `clean.txt` and `raw.txt` are what helm v3.22.0 printed; with helm on PATH (`NHILINT_REQUIRE_TOOLS=1`: it must be)
//! they are compared with what it prints now. `NHILINT_RECORD=1` writes them again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use nhilint::finding::Origin;
use nhilint::render::Written;
use nhilint::render::marked::{Tally, rewritten_plain};

use crate::marked_bench::{Bench, Outputs, copy, files, has_helm, helm, write};
use crate::marked_mutations::{Verdict, mutate};

const FOLDER: &str = "testdata/rendering/helm";

fn traps() -> Vec<String> {
    let entries = std::fs::read_dir(FOLDER).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The chart of a trap as it is rendered: dependencies in `packed/` are packed into its `charts/`.
fn bench(name: &str, scratch: &Path) -> Bench {
    let trap = Path::new(FOLDER).join(name);
    let chart = scratch.join(name);
    copy(&trap.join("chart"), &chart);
    let packed = trap.join("packed");
    for dependency in std::fs::read_dir(&packed).into_iter().flatten().flatten() {
        let folder = dependency.file_name().to_string_lossy().into_owned();
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        builder.append_dir_all(&folder, dependency.path()).expect("memory");
        let bytes = builder.into_inner().and_then(GzEncoder::finish).expect("memory");
        write(&chart.join(format!("charts/{folder}-1.0.0.tgz")), &bytes);
    }
    let values = trap.join("values");
    let values: Vec<PathBuf> = if values.is_dir() {
        files(&values).iter().map(|file| std::path::absolute(values.join(file)).expect("a path")).collect()
    } else {
        Vec::new()
    };
    Bench::new(&chart, &values)
}

fn recorded(name: &str) -> Outputs {
    let read = |file: &str| {
        let path = Path::new(FOLDER).join(name).join(file);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} is missing: NHILINT_RECORD=1", path.display()))
    };
    Outputs { clean: read("clean.txt"), raw: read("raw.txt"), unmarked: Vec::new() }
}

/// The blocks of a raw output: Helm prints them in any order.
fn blocks(raw: &str) -> Vec<&str> {
    let mut blocks: Vec<&str> = raw.split("---\n# Source: ").map(str::trim_end).collect();
    blocks.sort_unstable();
    blocks
}

/// Each line with the places that its parts are said to come from.
fn listing(bench: &Bench, outputs: &Outputs) -> (String, Tally) {
    let (trail, tally) = bench.trail(outputs);
    let mut out = String::new();
    let mut start = 0;
    for line in outputs.clean.split_inclusive('\n') {
        let content = line.trim_end();
        let is_random = content.trim_start().starts_with("password:");
        let shown = if is_random { "  password: …" } else { content };
        let mut before: Option<&Written> = None;
        let indent = content.len() - content.trim_start().len();
        let _ = writeln!(out, "{shown}");
        for column in (indent..content.len()).filter(|column| content.is_char_boundary(*column)) {
            let Some(found) = trail.at((start + column) as u32) else { continue };
            if before != Some(found) {
                let _ = writeln!(out, "{}^ {}", " ".repeat(column), place(bench, found));
                before = Some(found);
            }
        }
        start += line.len();
    }
    (out, tally)
}

fn place(bench: &Bench, found: &Written) -> String {
    let at = |span: nhilint::source::Span| {
        let file = bench.texts.sources().file(span.file);
        format!("{}:{} `{}`", file.path(), file.position(span.start).line, bench.texts.sources().text(span))
    };
    let mut out = at(found.span);
    if found.origin != Origin::Exact {
        let _ = write!(out, " ({})", found.origin.word());
    }
    for label in &found.also {
        let _ = write!(out, "; {} {}", label.message, at(label.span));
    }
    out.replace('\n', "\\n").replace('\r', "\\r")
}

#[test]
#[expect(clippy::print_stdout, reason = "recorded output proves less than helm itself")]
fn every_line_of_the_made_charts_is_traced() {
    let live = has_helm();
    if !live {
        println!("helm is not on PATH: only its recorded output was used");
    }
    let mut wrong = Vec::new();
    for name in traps() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let bench = bench(&name, scratch.path());
        if live && std::env::var_os("NHILINT_RECORD").is_some() {
            let outputs = bench.run().expect("helm renders it");
            let trap = Path::new(FOLDER).join(&name);
            write(&trap.join("clean.txt"), outputs.clean.as_bytes());
            write(&trap.join("raw.txt"), outputs.raw.as_bytes());
        }
        let outputs = recorded(&name);
        let (listed, tally) = listing(&bench, &outputs);
        assert!(tally.exact > 3, "{name} has lines");
        if (tally.aligned, tally.file) != (0, 0) {
            wrong.push(format!("{name}: {tally:?}"));
        }
        insta::assert_snapshot!(format!("marked_{name}"), listed);
        if live {
            let now = bench.run().expect("helm renders it");
            assert!(now.unmarked.is_empty(), "{name}: {:?}", now.unmarked);
            if name != "random" {
                assert_eq!(now.clean, outputs.clean, "{name}: helm prints something else than recorded");
                assert_eq!(blocks(&now.raw), blocks(&outputs.raw), "{name}: record the raw output again");
            }
            assert_eq!(listing(&bench, &now).0, listed, "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[expect(clippy::print_stdout, reason = "what was not proved is said")]
fn mutations_confirm_the_places_in_the_made_charts() {
    if !has_helm() {
        println!("helm is not on PATH: no place was proved by editing it");
        return;
    }
    let mut verdict = Verdict::default();
    for name in traps() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        mutate(&bench(&name, scratch.path()), 12, &mut verdict);
    }
    assert!(verdict.refuted.is_empty(), "{}", verdict.refuted.join("\n"));
    assert!(verdict.confirmed > 80, "{verdict:?}");
}

#[test]
#[expect(clippy::print_stdout, reason = "what was not proved is said")]
fn templates_written_again_render_the_same() {
    if !has_helm() {
        println!("helm is not on PATH: rewritten templates were not rendered");
        return;
    }
    for name in traps().iter().filter(|name| *name != "random") {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let bench = bench(name, scratch.path());
        let before = helm(&bench.folder, &bench.arguments(), false).expect("helm renders it");
        let templates = files(&bench.folder).into_iter().filter(|path| path.contains("templates/"));
        for path in templates {
            let text = std::fs::read_to_string(bench.folder.join(&path)).expect("a template");
            // The unmarked copies of files are what `rewritten_plain` has none of.
            let rewritten = rewritten_plain(&text).expect("it renders").replace(" \"@p\")", " \"\")");
            write(&bench.folder.join(&path), rewritten.as_bytes());
        }
        let after = helm(&bench.folder, &bench.arguments(), false).expect("helm renders it");
        assert_eq!(before, after, "{name}");
    }
}
