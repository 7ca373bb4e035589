//! The report for people.

use nhilint::finding::{Finding, IdentityName, Label, Severity};
use nhilint::report::{Format, Style};
use nhilint::source::Span;

use super::fixture::{busy, clean, finding};
use super::{snapshot, terminal, write};

#[test]
fn at_a_terminal() {
    snapshot("text_at_a_terminal", &write(&busy(), Format::Text, &terminal()));
}

#[test]
fn in_a_log() {
    snapshot("text_in_a_log", &write(&busy(), Format::Text, &Style::plain()));
}

#[test]
fn without_excerpts() {
    let style = Style { snippets: false, ..Style::plain() };
    snapshot("text_without_excerpts", &write(&busy(), Format::Text, &style));
}

/// Colours and links add codes and take nothing away; the address moves from its line into the link.
#[test]
fn colours_and_links_say_the_same() {
    let run = busy();
    let colourful = Style { color: true, ..terminal() };
    let text = write(&run, Format::Text, &colourful);
    assert!(text.contains("\u{1b}[1;31merror[NHI101]\u{1b}[0m"));
    assert_eq!(without_codes(&text), write(&run, Format::Text, &terminal()));
    let linked = Style { links: true, ..terminal() };
    let text = write(&run, Format::Text, &linked);
    let address = run.catalog.cards()[0].link();
    assert!(text.contains(&format!("error[\u{1b}]8;;{address}\u{1b}\\NHI101\u{1b}]8;;\u{1b}\\]")));
    assert!(!text.contains("= see: https"));
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn a_clean_run_says_so_in_one_line() {
    let mut run = clean();
    let text = |run: &_| write(run, Format::Text, &Style::plain());
    assert_eq!(text(&run), "no findings in 12 objects (14 files, 120 ms)\n");
    run.report.summary.objects = 1;
    run.report.summary.files = 1;
    run.report.summary.milliseconds = 61_250;
    assert_eq!(text(&run), "no findings in 1 object (1 file, 61.2 s)\n");
}

/// A program on one line of a rendered manifest must not fill the screen, nor may a thousand related places.
#[test]
fn one_finding_stays_readable() {
    let mut run = clean();
    let long = format!("a: {}KEY{}\n", "x".repeat(5000), "y".repeat(500_000));
    let many = "other: 1\n".repeat(1000);
    let file = run.sources.add("a.json", long + &many);
    let mut finding = finding(101, Severity::Error, Span::new(file, 5003, 5006), "long");
    finding.related = (0..1000)
        .map(|line| Label {
            span: Span::new(file, 505_007 + line * 9, 505_012 + line * 9),
            message: "too".to_owned(),
        })
        .collect();
    run.report.findings = vec![finding];
    let text = write(&run, Format::Text, &terminal());
    assert!(text.contains("...xxx") && text.contains("xxxKEYyyy") && text.contains("yyy..."), "{text}");
    assert!(text.contains("= note: and 994 more places"), "{text}");
    assert!(text.len() < 4000, "{} bytes", text.len());
}

/// One block an identity, unless nobody knows that it is one: two accounts in unknown namespaces are two.
#[test]
fn workloads_of_one_identity_share_a_block() {
    let mut run = clean();
    let text = "serviceAccountName: app\n";
    let files = [run.sources.add("a.yaml", text), run.sources.add("b.yaml", text)];
    let blocks = |run: &mut super::Run, namespace: Option<&str>| {
        let found = files.map(|file| Finding {
            identity: Some(IdentityName::account(namespace, "app")),
            ..finding(102, Severity::Warning, Span::new(file, 20, 23), "shared")
        });
        run.report.findings = found.to_vec();
        let text = write(run, Format::Text, &terminal());
        (text.matches("warning[NHI102]").count(), text.matches("= also: warning at b.yaml:1:21").count())
    };
    assert_eq!(blocks(&mut run, Some("shop")), (1, 1));
    assert_eq!(blocks(&mut run, None), (2, 0));
}
