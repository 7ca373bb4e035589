//! Every output format, on reports made by hand.

mod fixture;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use fixture::{Run, SECRET, busy, catalog};
use nhilint::finding::{Label, Severity};
use nhilint::report::{Format, Style, render, rules};
use nhilint::source::{SourceMap, Span};
use proptest::prelude::*;

/// A terminal without colours, so that snapshots are legible.
fn terminal() -> Style {
    Style { unicode: true, ..Style::plain() }
}

fn styles() -> Vec<Style> {
    let colourful = Style { color: true, links: true, ..terminal() };
    let bare = Style { snippets: false, ..Style::plain() };
    vec![Style::plain(), terminal(), colourful, bare]
}

fn write(run: &Run, format: Format, style: &Style) -> String {
    render(format, &run.report, &run.catalog, &run.sources, style)
}

/// Snapshots of all modules stand beside each other.
fn snapshot(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}

#[test]
fn formats_are_named_by_their_words() {
    for (format, word) in Format::ALL.into_iter().zip(Format::WORDS) {
        assert_eq!(word.parse(), Ok(format));
        assert_eq!(format.word(), word);
    }
    let message = "xml".parse::<Format>().expect_err("there is no such format");
    assert_eq!(
        message,
        "`xml` is no format; there are text, json, sarif, github, markdown, gitlab, junit, rdjson, html"
    );
}

#[test]
fn no_format_shows_a_secret_or_commands_the_runner() {
    let run = busy();
    for format in Format::ALL {
        for style in styles() {
            let text = write(&run, format, &style);
            assert!(!text.contains(SECRET), "{format:?} shows the secret:\n{text}");
            assert!(!text.contains("##["), "{format:?} lets the runner obey:\n{text}");
        }
    }
}

/// What a person could follow: the same places in all formats, in the order of each.
#[test]
fn every_format_points_at_the_same_lines() {
    let run = busy();
    let mut text: Vec<String> = write(&run, Format::Text, &Style::plain())
        .lines()
        .filter(|line| line.contains("[NHI"))
        .filter_map(|line| line.split(": ").next().map(str::to_owned))
        .collect();
    text.sort();
    let mut sarif = sarif::places(&write(&run, Format::Sarif, &Style::plain()));
    sarif.sort();
    let mut json = json::places(&write(&run, Format::Json, &Style::plain()));
    json.sort();
    let mut github = github::places(&write(&run, Format::Github, &Style::plain()));
    github.sort();
    assert_eq!(text.len(), run.report.active().count());
    assert_eq!(sarif, text);
    assert_eq!(json, text);
    let in_files: Vec<String> = text.into_iter().filter(|place| !place.starts_with('-')).collect();
    assert_eq!(github, in_files);
}

#[test]
fn what_the_cards_say() {
    let catalog = catalog();
    snapshot("explain", &rules::explain(&catalog.cards()[0], &Style::plain(), true));
    insta::assert_snapshot!("explain_parameters", rules::explain(&catalog.cards()[1], &Style::plain(), true));
    snapshot("rules", &rules::list(&catalog, &Style::plain()));
    snapshot("table", &rules::table(&catalog));
    snapshot("book", &rules::book(&catalog));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text, any span: a place is shown, and nothing is read past the end.
    #[test]
    fn any_place_can_be_shown(
        text in "([a-zé🔑 :\t\u{1b}\u{202e}]{0,400}(\n|\r\n|\r)?){0,8}",
        start in 0..700_usize, length in 0..300_usize, other in 0..700_usize,
    ) {
        let mut sources = SourceMap::default();
        let file = sources.add("a.yaml", text.clone());
        let clamp = |offset: usize| text.floor_char_boundary(offset.min(text.len()));
        let span = |start, end| Span::new(file, clamp(start), clamp(end).max(clamp(start)));
        let mut run = fixture::clean();
        let mut finding = fixture::finding(101, Severity::Error, span(start, start + length), "odd");
        finding.label = "here".to_owned();
        finding.related = vec![Label { span: span(other, other + 9), message: "there".to_owned() }];
        run.report.findings = vec![finding];
        run.sources = sources;
        for format in Format::ALL {
            for style in styles() {
                let shown = write(&run, format, &style);
                prop_assert!(shown.contains("odd"));
                let turned = shown.contains('\u{202e}');
                prop_assert!(!turned, "direction marks reach the reader");
            }
        }
    }
}
