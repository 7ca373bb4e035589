//! Whatever a file holds, it is reported and never panics.

use std::path::{Path, PathBuf};

use nhilint::catalog::Preset;
use nhilint::finding::Report;
use nhilint::source::SourceMap;

use crate::bench::{catalog, lint_files, lint_path, settings};
use nhilint::catalog::drawing;

/// Texts of every manifest under `testdata/` and of every example.
fn texts() -> Vec<String> {
    let mut found: Vec<String> = catalog()
        .cards()
        .iter()
        .flat_map(|card| card.examples.iter())
        .flat_map(|example| {
            example.bad.texts().into_iter().map(|(_, text)| drawing::read(text).0).collect::<Vec<_>>()
        })
        .collect();
    let mut folders = vec![PathBuf::from("testdata/repos")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of testdata").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                found.push(text);
            }
        }
    }
    found.sort();
    found
}

/// Every span ends inside its file and on character boundaries, and every position can be computed.
fn sound(report: &Report, sources: &SourceMap) {
    for finding in &report.findings {
        let labels = finding.related.iter().map(|label| label.span);
        for span in std::iter::once(finding.span).chain(labels) {
            let text = sources.file(span.file).text();
            assert!(text.get(span.range()).is_some(), "{} {:?} of {} bytes", finding.rule, span, text.len());
            let (start, end) = sources.positions(span);
            assert!(start <= end && start.line >= 1 && start.column >= 1);
        }
    }
}

/// Lints the variants, some at a time: they all define the same objects, each in its own way.
fn lint_variants(variants: &[(String, String)]) {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Strict);
    for some in variants.chunks(100) {
        let files: Vec<(&str, &str)> =
            some.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (report, sources) = lint_files(&files, &settings, &catalog);
        sound(&report, &sources);
        assert_eq!(report.summary.files, files.len(), "every file is read");
    }
}

#[test]
fn truncations_are_reported_and_never_panic() {
    let mut variants = Vec::new();
    for (index, text) in texts().iter().enumerate() {
        let step = (text.len() / 24).max(1);
        for at in (0..text.len()).step_by(step).filter(|&at| text.is_char_boundary(at)) {
            variants.push((format!("{index}/{at}.yaml"), text[..at].to_owned()));
        }
    }
    lint_variants(&variants);
}

#[test]
fn mutations_are_reported_and_never_panic() {
    let junk = [
        "\t", "\n", ": ", "- ", "{", "]", "*x", "&x ", "<<: ", "|", "null", "7", "\u{0}", "é", "\"", "'",
        "---\n", "#", "[]",
    ];
    // A fixed linear congruential sequence (Knuth's MMIX constants): the same mutants on every machine.
    let mut state: u64 = 20_261_122;
    let mut next = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit.max(1)
    };
    let mut variants = Vec::new();
    for (index, text) in texts().iter().enumerate() {
        for mutant in 0..24 {
            let mut changed = text.clone();
            for _ in 0..=next(3) {
                let at = next(changed.len());
                if changed.is_char_boundary(at) {
                    let end = (at + next(4)).min(changed.len());
                    let end = if changed.is_char_boundary(end) { end } else { at };
                    changed.replace_range(at..end, junk[next(junk.len())]);
                }
            }
            variants.push((format!("{index}/{mutant}.yaml"), changed));
        }
    }
    lint_variants(&variants);
}

/// Every field that a rule reads, with a value of the wrong type: nothing panics, and the neighbour is still linted.
#[test]
fn wrong_types_are_survived() {
    let sound_job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: sound, namespace: shop}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n";
    let fields = [
        "metadata",
        "spec",
        "containers",
        "initContainers",
        "env",
        "envFrom",
        "valueFrom",
        "secretKeyRef",
        "volumes",
        "projected",
        "sources",
        "serviceAccountToken",
        "expirationSeconds",
        "serviceAccountName",
        "rules",
        "verbs",
        "resources",
        "apiGroups",
        "subjects",
        "roleRef",
        "name",
        "namespace",
        "kind",
        "data",
        "stringData",
        "labels",
        "annotations",
        "template",
        "jobTemplate",
        "command",
        "args",
        "type",
        "automountServiceAccountToken",
        "items",
        "aggregationRule",
        "clusterRoleSelectors",
        "matchLabels",
        "value",
        "image",
        "secrets",
        "ttlSecondsAfterFinished",
    ];
    let values =
        ["7", "null", "[]", "{}", "[7, null, [], {}]", "true", "\"\"", "{a: {b: [c]}}", "1e400", "*nowhere"];
    let mut variants = Vec::new();
    let sources: Vec<String> = texts().into_iter().filter(|text| text.contains("apiVersion")).collect();
    for (index, text) in sources.iter().enumerate() {
        for field in fields {
            let Some(line) = text
                .lines()
                .find(|line| line.trim_start_matches([' ', '-']).starts_with(&format!("{field}:")))
            else {
                continue;
            };
            let at = line.find(field).expect("the line was found by it");
            // Three of the values in turn: with all texts together every field meets each of them.
            for value in values.iter().cycle().skip(variants.len() % values.len()).take(3) {
                // What was nested below the field goes with it where it is indented deeper.
                let mut changed = text.replacen(line, &format!("{}{field}: {value}", &line[..at]), 1);
                changed.push_str(sound_job);
                variants.push((format!("{index}/{field}-{}.yaml", variants.len()), changed));
            }
        }
    }
    assert!(variants.len() > 500, "only {} variants", variants.len());
    lint_variants(&variants);
}

#[test]
fn what_is_no_manifest_gets_a_clear_word_and_spares_the_rest() {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Recommended);
    let directory = tempfile::tempdir().expect("a scratch directory");
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(directory.path().join(name), bytes).expect("a file");
    write("binary.yaml", b"\x00\x01\xff\xfe binary");
    write("latin.yaml", b"apiVersion: v1\nkind: Caf\xe9\n");
    write("encrypted.yaml", b"\0GITCRYPT\0\x12\x34");
    write("empty.yaml", b"");
    write("comment.yaml", b"# nothing here\n");
    write("values.yaml", b"image: {tag: 1}\n");
    write("data.yaml", b"a: [1, 2\n");
    write(
        "broken.yaml",
        b"apiVersion: v1\nkind: [1, 2\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: fine}\n",
    );
    write(
        "job.yaml",
        b"apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {template: {spec: {containers: []}}}\n",
    );
    let (report, sources) = lint_path(directory.path(), &settings, &catalog);
    sound(&report, &sources);
    assert_eq!(report.errors, []);
    let syntax: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.form.0 == "syntax")
        .map(|finding| sources.file(finding.span.file).path().rsplit('/').next().unwrap_or_default())
        .collect();
    assert_eq!(syntax, ["broken.yaml", "latin.yaml"]);
    assert_eq!(report.summary.objects, 2, "the rest is still read");
    for (words, example) in [("git-crypt", "encrypted"), ("nor text", "binary"), ("nor YAML", "data")] {
        let mut kinds = report.summary.unjudged.iter().filter(|kind| kind.what.contains(words));
        assert!(kinds.any(|kind| kind.example.ends_with(&format!("{example}.yaml"))), "{words}");
    }
}

#[test]
fn what_is_unread_of_a_broken_deployer_is_no_finding() {
    let found = |path: &str| {
        let here = crate::cli::scratch(&[(
            "app.yaml",
            &format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n  source:\n    repoURL: https://git.example/acme/shop\n    {path}\n"
            ),
        )]);
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"))
            .args(["check", ".", "--format", "json"])
            .current_dir(here.path())
            .output()
            .expect("nhilint runs");
        let report: serde_json::Value = serde_json::from_slice(&run.stdout).expect("a report");
        let findings = report["findings"].as_array().expect("a list").iter();
        let ungoverned = findings.filter(|finding| finding["rule"] == "NHI905");
        ungoverned.map(|finding| finding["form"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("path: {{.Path}}"), ["syntax"]);
    assert_eq!(found("targetRevision: HEAD"), ["unrendered"]);
}

#[test]
fn a_large_file_is_refused_by_size_only() {
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Recommended);
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("many.yaml");
    let one = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {namespace: shop, name: account}\n";
    std::fs::write(&path, one.repeat(20_000)).expect("a file");
    let paths = [directory.path().to_string_lossy().into_owned()];
    let lint = |largest_file| {
        let files = crate::bench::files();
        let request = nhilint::lint::Request {
            files: &files,
            paths: &paths,
            largest_file,
            render: None,
            settings: &settings,
            policy: &[],
            before: None,
        };
        nhilint::lint::Run::new(request, &mut std::io::empty()).report(&catalog, None)
    };
    assert_eq!(lint(u64::MAX).summary.objects, 20_000);
    let refused = lint(1024);
    assert_eq!(refused.summary.files, 0);
    assert!(refused.errors[0].message.contains("--max-file-size"), "{:?}", refused.errors);
    assert!(Path::new(refused.errors[0].file.as_deref().expect("it names the file")).ends_with("many.yaml"));
}
