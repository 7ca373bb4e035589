//! No value of a literal or a Secret that the engine finds stands in any output.
//!
//! By default over `testdata/`, whose folder `redaction` has every surface; with `NHILINT_CORPUS` over that folder, which
//! must then be there and hold secrets. What a text search cannot tell (a password that is a word or a name) is looked
//! for where it stands: there it must be masked.

use std::collections::BTreeSet;
use std::path::PathBuf;

use aho_corasick::AhoCorasick;
use nhilint::catalog::Preset;
use nhilint::finding::Report;
use nhilint::graph::Literal;
use nhilint::report::{Detail, Format, Shown, Style, render};
use nhilint::secrets::{Hit, SecretVerdict, Strength, engine};
use nhilint::source::{FileId, SourceMap, Span};
use nhilint::yaml::{Document, Node};

use crate::bench::{catalog, files, lint_path, read, settings};

/// A secret of the input.
struct Secret {
    place: String,
    value: String,
    strength: Strength,
    /// What has to be masked, where the value stands in a place of its own.
    span: Option<Span>,
}

/// Lines of a long value that are shorter are not telling.
const LONG_LINE: usize = 16;
/// Shorter values are found in any text.
const SHORTEST: usize = 6;

/// The name of the text that has a line for each finding.
const IN_LINES: &str = "text in lines";

#[test]
fn no_output_holds_a_secret() {
    let folder = match std::env::var_os("NHILINT_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from("testdata"),
    };
    assert!(folder.is_dir(), "{} is no folder", folder.display());
    let (own, documents, secrets) = input(&folder);
    let catalog = catalog();
    let (report, sources) = lint_path(&folder, &settings(&catalog, Preset::Strict), &catalog);
    let mut leaks: Vec<String> = unmasked(&secrets, &report, &own, &sources);

    let public = public_text(&documents, &sources);
    let searched: Vec<(&str, String)> = secrets
        .iter()
        .filter(|secret| !matches!(secret.strength, Strength::DefaultWord | Strength::TemplateWord))
        .flat_map(|secret| pieces(&secret.value).map(|piece| (secret.place.as_str(), piece)))
        .filter(|(_, value)| !public.contains(value.as_str()))
        .collect();
    let values: BTreeSet<&str> = searched.iter().map(|(_, value)| value.as_str()).collect();
    assert!(values.len() >= 30, "only {} values to look for", values.len());
    let search = AhoCorasick::new(&values).expect("they are few");
    let values: Vec<&str> = values.into_iter().collect();
    for (name, output) in outputs(&report, &sources) {
        // Equal findings are one line there, and what exceeds a limit is counted.
        let is_short = name == IN_LINES || name == Format::Markdown.word();
        let expected = if is_short { report.findings.len() / 8 } else { report.findings.len() / 2 };
        assert!(
            report.findings.len() >= 30 && output.lines().count() > expected,
            "{name} says nothing of {} findings",
            report.findings.len()
        );
        for found in search.find_iter(&output) {
            let value = values[found.pattern().as_usize()];
            let place = searched.iter().find(|(_, of)| of == value).map(|(place, _)| *place);
            let line = output[..found.start()].lines().count();
            leaks.push(format!("{name}, line {line}: {}", place.unwrap_or_default()));
        }
        // What a vendor's token looks like must not stand there at all, whoever wrote it; our cards may show one.
        for line in output.lines() {
            for hit in engine().text(line) {
                if hit.strength == Strength::Vendor && !public.contains(&line[hit.range]) {
                    leaks.push(format!("{name}: {}", hit.what));
                }
            }
        }
    }
    leaks.sort();
    leaks.dedup();
    let shown = leaks.iter().take(40).cloned().collect::<Vec<_>>();
    assert!(leaks.is_empty(), "{} leaks, such as\n{}", leaks.len(), shown.join("\n"));
    #[expect(clippy::print_stdout, reason = "how much was looked at is the other half of the result")]
    {
        println!(
            "{}: {} secrets, {} values searched for in the outputs of {} findings",
            folder.display(),
            secrets.len(),
            values.len(),
            report.findings.len()
        );
    }
}

#[test]
fn names_of_files_are_shown() {
    let here = crate::cli::scratch(&[(
        "kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nsecretGenerator:\n  - name: users\n    files: [htpasswd=files/users.htpasswd]\n    literals: [password=Zq7xT9pLm2]\n",
    )]);
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"))
        .args(["check", ".", "--format", "text"])
        .current_dir(here.path())
        .output()
        .expect("nhilint runs");
    let shown = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(shown.contains("files/users.htpasswd"), "{shown}");
    assert!(!shown.contains("Zq7xT9pLm2"), "{shown}");
}

#[test]
fn the_fixture_has_every_surface() {
    let (.., secrets) = input(&PathBuf::from("testdata/redaction"));
    for surface in [
        "environment variable",
        "argument",
        "a command",
        "the `script`",
        "the `source`",
        "header",
        "parameter",
        "chart value",
        "kubeconfig entry",
        "Secret entry",
        "text",
    ] {
        assert!(
            secrets.iter().any(|secret| secret.place.starts_with(surface)),
            "testdata/redaction has no {surface} with a secret"
        );
    }
}

/// All secrets of the fixture look alike (`plum-ladder-31`), so that this test needs no engine to know them.
#[test]
fn no_output_holds_what_the_fixture_made_up() {
    let folder = PathBuf::from("testdata/redaction");
    let made_up = regex::Regex::new(r"\b[a-z]+-[a-z]+-[0-9]{2}\b").expect("it compiles");
    let catalog = catalog();
    let (report, sources) = lint_path(&folder, &settings(&catalog, Preset::Strict), &catalog);
    let cards: String = crate::cards::card_files().concat();
    let written: BTreeSet<&str> = sources
        .files()
        .flat_map(|(_, file)| made_up.find_iter(file.text()))
        .map(|found| found.as_str())
        .collect();
    assert!(written.len() >= 20, "{} are written there", written.len());
    for (name, output) in outputs(&report, &sources) {
        let shown: Vec<&str> = made_up
            .find_iter(&output)
            .map(|found| found.as_str())
            .filter(|found| written.contains(found) && !cards.contains(found))
            .collect();
        assert!(shown.is_empty(), "{name} shows {shown:?}");
    }
}

/// Annotations are ten of a kind: all of them are those of parts of the report.
fn ten_at_a_time(report: &Report, sources: &SourceMap) -> String {
    let catalog = catalog();
    let mut part = report.clone();
    let mut out = String::new();
    for findings in report.findings.chunks(10) {
        part.findings = findings.to_vec();
        out += &render(Format::Github, &part, &catalog, sources, &Style::plain());
        // The first part has them.
        part.errors.clear();
        part.summary.unjudged.clear();
    }
    out
}

/// What the engine finds in a folder, found anew: not by way of the masks that are tested.
fn input(folder: &std::path::Path) -> (SourceMap, Vec<Document>, Vec<Secret>) {
    let paths = [folder.to_string_lossy().into_owned()];
    let (files, settings) = (files(), settings(&catalog(), Preset::Recommended));
    let run = read(&files, &paths, &settings);
    let documents = run.documents();
    let mut secrets = Vec::new();
    for root in documents.iter().filter_map(|parsed| parsed.doc.root()) {
        vendor_tokens(root, 0, &mut secrets);
    }
    let graph = run.graph(&documents);
    secrets.extend(graph.credentials.literals().map(literal_secret));
    for placed in &graph.places.objects {
        for stored in graph.credentials.stored(placed) {
            let place = format!("Secret entry of {}", placed.named());
            let span = Some(stored.entry.value.span());
            let SecretVerdict::Plain(hit) = &stored.verdict else {
                secrets.push(Secret { place, value: String::new(), strength: Strength::TemplateWord, span });
                continue;
            };
            let plain = stored.plain();
            let written = stored.entry.value.text().unwrap_or_default();
            for value in [&plain[hit.range.clone()], written.trim()] {
                // What surrounds a hit in a file is no secret.
                if value.len() <= hit.range.len() || stored.encoded {
                    secrets.push(Secret {
                        place: place.clone(),
                        value: value.to_owned(),
                        strength: hit.strength,
                        span,
                    });
                }
            }
        }
    }
    let linted = run.rendered().sources.iter().flat_map(|source| source.documents.clone());
    (run.sources().clone(), linted.collect(), secrets)
}

fn literal_secret(literal: &Literal<'_>) -> Secret {
    let text = literal.node.text().expect("literals stand in scalars");
    Secret {
        place: literal.place.clone(),
        value: text[literal.hit.range.clone()].to_owned(),
        strength: literal.hit.strength,
        span: Some(literal.span()),
    }
}

/// Formats that are tokens wherever they stand, in any scalar of any document.
fn vendor_tokens(node: Node<'_>, depth: usize, secrets: &mut Vec<Secret>) {
    if node.alias_span().is_some() || depth > 200 {
        return;
    }
    if let Some(text) = node.text() {
        let is_vendor = |hit: &Hit| hit.strength == Strength::Vendor;
        for hit in engine().text(&text).into_iter().filter(is_vendor) {
            secrets.push(Secret {
                place: "text".to_owned(),
                value: text[hit.range].to_owned(),
                strength: hit.strength,
                span: None,
            });
        }
    }
    for entry in node.entries() {
        vendor_tokens(entry.value, depth + 1, secrets);
    }
    for item in node.items() {
        vendor_tokens(item, depth + 1, secrets);
    }
}

/// The places where a secret's text can be read through the masks of the report.
fn unmasked(secrets: &[Secret], report: &Report, own: &SourceMap, linted: &SourceMap) -> Vec<String> {
    let ids: Vec<FileId> = linted.files().map(|(id, _)| id).collect();
    let mut leaks = Vec::new();
    for secret in secrets {
        let Some(span) = secret.span else { continue };
        let id = ids[span.file.index()];
        let (file, text) = (linted.file(id), linted.file(id).text());
        assert_eq!(file.path(), own.file(span.file).path(), "both runs read the same files");
        let masked = report.masks.masked(id, text, span.start as usize, span.end as usize);
        if masked.chars().any(|c| c != '*' && !c.is_whitespace()) {
            let (start, _) = linted.positions(span);
            leaks.push(format!("{}:{} can be read: {}", file.path(), start.line, secret.place));
        }
    }
    leaks
}

/// What may be shown: paths, names of objects, and what the rules say.
fn public_text(documents: &[Document], sources: &SourceMap) -> String {
    let mut public: Vec<String> = sources.files().map(|(_, file)| file.path().to_owned()).collect();
    public.extend(crate::cards::card_files());
    for document in documents {
        let text = document.text();
        let named = |line: &&str| {
            let line = line.trim_start_matches([' ', '-']);
            line.starts_with("name:") || line.starts_with("namespace:")
        };
        public.extend(text.lines().filter(named).map(str::to_owned));
    }
    public.join("\n")
}

/// What of a value is looked for: its long lines, in each way that a format may write them.
fn pieces(value: &str) -> impl Iterator<Item = String> {
    let is_block = value.contains('\n');
    let lines = value.lines().map(str::trim).filter(move |line| {
        line.len() >= if is_block { LONG_LINE } else { SHORTEST } && !line.starts_with("-----")
    });
    lines.flat_map(|line| {
        let json = serde_json::to_string(line).expect("a string");
        BTreeSet::from([line.to_owned(), json[1..json.len() - 1].to_owned()])
    })
}

fn outputs(report: &Report, sources: &SourceMap) -> Vec<(String, String)> {
    let catalog = catalog();
    let whole = Style { shown: Shown { detail: Detail::Whole, ..Shown::default() }, ..Style::plain() };
    let lines = Style { shown: Shown { all: true, ..Shown::default() }, ..Style::plain() };
    let terminal = Style { unicode: true, color: true, ..whole };
    let mut outputs: Vec<(String, String)> = Format::ALL
        .into_iter()
        .map(|format| {
            let text = match format {
                Format::Github => ten_at_a_time(report, sources),
                _ => render(format, report, &catalog, sources, &whole),
            };
            (format.word().to_owned(), text)
        })
        .collect();
    let text = render(Format::Text, report, &catalog, sources, &terminal);
    outputs.push(("text for a terminal".to_owned(), text));
    let text = render(Format::Text, report, &catalog, sources, &lines);
    outputs.push((IN_LINES.to_owned(), text));
    outputs
}
