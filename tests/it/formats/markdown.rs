//! Markdown for summaries of jobs and notes on changes.

use nhilint::finding::{IdentityName, ObjectName, Severity, Strong};
use nhilint::report::{Format, Shown, Style, fitting_summary};
use nhilint::source::Span;

use super::fixture::{Run, busy, clean, finding};
use super::{snapshot, write};

fn markdown(run: &Run) -> String {
    let shown = Shown { fails_at: Some(Severity::Error), ..Shown::default() };
    write(run, Format::Markdown, &Style { shown, ..Style::plain() })
}

#[test]
fn a_summary_has_what_a_reader_needs_first() {
    let mut run = busy();
    run.report.summary.strongest = vec![Strong {
        identity: IdentityName::account(Some("shop"), "default"),
        direct: 2,
        reachable: 0,
        is_certain: false,
        does: "may read every secret".to_owned(),
    }];
    snapshot("markdown", &markdown(&run));
}

#[test]
fn a_clean_run_says_what_was_judged() {
    assert_eq!(
        markdown(&clean()),
        "## nhilint: no findings\n\n- Judged: 12 objects in 14 files, 0 identities.\n"
    );
}

/// Nothing of the input is a link, a picture, HTML, a cell of its own, or mentions somebody.
#[test]
fn text_of_the_input_stays_text() {
    let hostile =
        "@acme/team <img src=x> [a](https://evil.example) www.evil.example | ![b](c) `d` e`f \\| #12\n## x";
    let mut run = clean();
    let file = run.sources.add("a|b`c/@d.yaml", "a: 1\n");
    let name = "<script>`|@acme".to_owned();
    for message in [hostile.to_owned(), hostile.replace("e`f", "ef"), hostile.replace('`', "")] {
        let mut one = finding(101, Severity::Error, Span::new(file, 0, 1), &message);
        one.object = Some(ObjectName {
            api_version: "v1".into(),
            kind: "Pod".into(),
            namespace: None,
            name: name.clone(),
        });
        run.report.findings.push(one);
    }
    let text = markdown(&run);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| error ")).collect();
    assert_eq!(rows.len(), 3, "{text}");
    for row in rows {
        let outside = outside_code(row);
        for sign in ["@", "<", "![", "evil", "#12", "## "] {
            assert!(!outside.contains(sign), "{sign} does something:\n{outside}\n{row}");
        }
        assert_eq!(outside.matches("](").count(), 1, "only our link is one: {outside}");
        let bars = row.replace("\\\\", "").replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
    }
}

/// What a reader of Markdown takes for text: a code span ends at a run of backticks as long as the one that began it.
fn outside_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let length = rest[start..].chars().take_while(|character| *character == '`').count();
        let body = &rest[start + length..];
        let mut at = 0;
        let end = loop {
            let Some(next) = body[at..].find('`') else { break None };
            let run = body[at + next..].chars().take_while(|character| *character == '`').count();
            if run == length {
                break Some(at + next + run);
            }
            at += next + run;
        };
        let Some(end) = end else {
            out.push_str(&rest[start..]);
            return out;
        };
        rest = &body[end..];
    }
    out + rest
}

#[test]
fn a_summary_is_never_too_long() {
    let mut run = clean();
    let file = run.sources.add("a.yaml", "a: 1\n");
    let one = finding(101, Severity::Warning, Span::new(file, 0, 1), &"long ".repeat(100));
    run.report.findings = vec![one; 3000];
    run.report.findings.push(finding(101, Severity::Error, Span::new(file, 0, 1), "worst"));
    let text = markdown(&run);
    assert!((990_000..=1_000_000).contains(&text.len()), "{}", text.len());
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(rows[0].starts_with("| error ") && rows.iter().all(|row| row.ends_with(" |")));
    let rest = format!("\n{} more findings: `--format json` has all of them.\n", 3001 - rows.len());
    assert!(text.contains(&rest) && text.contains("### What to do"), "{rest}");
}

#[test]
fn what_fits_is_kept_in_whole_lines() {
    let text = "line\n".repeat(1000);
    assert_eq!(fitting_summary(&text, 5000), text);
    let cut = fitting_summary(&text, 4999);
    assert!(cut.len() <= 4999 && cut.ends_with("line\n\nThe rest does not fit into the summary.\n"), "{cut}");
    assert_eq!(fitting_summary(&text, 999), "");
}
