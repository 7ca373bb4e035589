//! Markdown: the summary of a job, a note on a change. Also a run without findings says what was judged and what not.
//!
//! What a reader needs first stands first, and the table of findings, the worst first, is cut where a summary of GitHub
//! would be too long: GitHub drops such a summary whole. Everything of the input goes through [`super::markup`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report, RuleId, Strong, Unjudged};
use crate::source::SourceMap;

use super::Style;
use super::layout::counted;
use super::markup::{cell, code, prose};
use super::phrases::{self, counts, sentence, shortened};
use super::place::place;
use super::rank::ranked;

/// A summary has at most so many bytes; GitHub takes 1,048,576 of a step, and others may write to it too.
const BYTES: usize = 1_000_000;
/// So many of what kept the job from being done whole, of kinds of what was not judged, of the strongest identities.
const LISTED: usize = 20;
/// Characters of a message.
const MESSAGE: usize = 600;

/// Writes the report as Markdown.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut out = String::new();
    head(&mut out, report, style);
    problems(&mut out, report);
    not_judged(&mut out, report);
    strongest(&mut out, report);
    let findings = ranked(report);
    let remedies = remedies(catalog, &findings);
    let room = BYTES.saturating_sub(out.len() + remedies.len());
    let rows = findings.iter().map(|finding| row(report, catalog, sources, finding));
    table(&mut out, rows, "--format json", room);
    out.push_str(&remedies);
    out
}

/// What of a summary fits into some bytes: whole lines, and a last one that says that there was more. Nothing where that
/// is not much.
pub(super) fn fitting(markdown: &str, bytes: usize) -> String {
    const CUT: &str = "\nThe rest does not fit into the summary.\n";
    /// Less says nothing.
    const LEAST: usize = 1000;
    if markdown.len() <= bytes {
        return markdown.to_owned();
    }
    if bytes < LEAST {
        return String::new();
    }
    let kept = &markdown[..markdown.floor_char_boundary(bytes - CUT.len())];
    let end = kept.rfind('\n').map_or(0, |end| end + 1);
    format!("{}{CUT}", &kept[..end])
}

/// The counts, why the run fails, and what was judged.
fn head(out: &mut String, report: &Report, style: &Style) {
    let found = counts(|severity| report.count(severity));
    let found = if found.is_empty() { "no findings".to_owned() } else { found };
    let _ = writeln!(out, "## {}: {found}\n", env!("CARGO_PKG_NAME"));
    if let Some(reason) = phrases::exit(report, style.shown.fails_at) {
        let _ = writeln!(out, "{}\n", prose(&sentence(&reason)));
    }
    let summary = &report.summary;
    let (objects, files) = (counted(summary.objects, "object"), counted(summary.files, "file"));
    let identities = match summary.identities {
        1 => "1 identity".to_owned(),
        count => format!("{count} identities"),
    };
    let _ = writeln!(out, "- Judged: {objects} in {files}, {identities}.");
    if summary.skipped > 0 {
        let _ =
            writeln!(out, "- Skipped: {}.", counted(summary.skipped, "file or document that is no object"));
    }
    let programs: Vec<String> =
        report.renderers.iter().map(|(engine, version)| format!("{} {version}", engine.word())).collect();
    if !programs.is_empty() {
        let _ = writeln!(out, "- {}", prose(&format!("Rendered with {}.", programs.join(", "))));
    }
    let more = [phrases::suppressed(report), phrases::hidden(report), phrases::counted_only(report)];
    for text in more.into_iter().flatten() {
        let _ = writeln!(out, "- {}", prose(&sentence(&text)));
    }
}

fn problems(out: &mut String, report: &Report) {
    if report.errors.is_empty() {
        return;
    }
    out.push_str("\n### What kept the job from being done whole\n\n");
    for error in report.errors.iter().take(LISTED) {
        let (place, message) = (error.place(), report.masks.masked_text(&error.message));
        let place = code(place.trim_end_matches(": "));
        let joint = if place.is_empty() { "" } else { ": " };
        let _ = writeln!(out, "- {place}{joint}{}", prose(&sentence(&shortened(&message, MESSAGE))));
    }
    more(out, report.errors.len());
}

/// What somebody named first, and most of it first.
fn not_judged(out: &mut String, report: &Report) {
    let mut all: Vec<&Unjudged> = report.summary.unjudged.iter().collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|unjudged| (!unjudged.named, std::cmp::Reverse(unjudged.count), &unjudged.what));
    out.push_str("\n### Not judged\n\n");
    for unjudged in all.iter().take(LISTED) {
        let example = match unjudged.example.as_str() {
            "" => String::new(),
            example => format!(", for example {}", code(example)),
        };
        let _ = writeln!(out, "- {} × {}{example}", unjudged.count, prose(&unjudged.what));
    }
    more(out, all.len());
}

/// Each name once, whatever the number of clusters that have it.
fn strongest(out: &mut String, report: &Report) {
    let mut seen = BTreeSet::new();
    let known: Vec<(&Strong, String)> = report
        .summary
        .strongest
        .iter()
        .map(|strong| (strong, strong.identity.clone().in_cluster(None).to_string()))
        .filter(|(_, name)| seen.insert(name.clone()))
        .collect();
    if known.is_empty() {
        return;
    }
    out.push_str("\n### Strongest identities\n\n");
    out.push_str("T0 is as good as cluster-admin, T1 is much of the cluster or all of a namespace.\n\n");
    out.push_str("| Tier | Identity | What it does |\n| --- | --- | --- |\n");
    for (strong, name) in known.iter().take(LISTED) {
        let (direct, reachable) = (strong.direct, strong.reachable);
        let tier =
            if direct == reachable { format!("T{direct}") } else { format!("T{direct} → T{reachable}") };
        let doubt = if strong.is_certain { "" } else { " (possible)" };
        let does = prose(&shortened(&report.masks.masked_text(&strong.does), MESSAGE));
        let _ = writeln!(out, "| {tier} | {} | {}{doubt} |", cell(&code(name)), cell(&does));
    }
    more(out, known.len());
}

fn more(out: &mut String, count: usize) {
    if count > LISTED {
        let _ = writeln!(out, "\nand {} more", count - LISTED);
    }
}

/// A table of findings, as many rows as there is room for, in bytes. `all` is where the rest stands.
pub(crate) fn table(out: &mut String, rows: impl ExactSizeIterator<Item = String>, all: &str, room: usize) {
    /// For the heading, and for the line that counts what does not fit.
    const AROUND: usize = 300;
    let count = rows.len();
    if count == 0 {
        return;
    }
    let end = out.len() + room.saturating_sub(AROUND);
    out.push_str("\n### Findings\n\n| | Rule | What | Where |\n| --- | --- | --- | --- |\n");
    for (index, row) in rows.enumerate() {
        if out.len() + row.len() > end {
            let rest = counted(count - index, "more finding");
            let _ = writeln!(out, "\n{rest}: `{all}` has all of them.");
            return;
        }
        out.push_str(&row);
    }
}

fn row(report: &Report, catalog: &Catalog, sources: &SourceMap, finding: &Finding) -> String {
    let card = catalog.card(finding.rule);
    let place = place(sources, finding.span);
    let mut what = prose(&shortened(&report.masks.masked_text(&finding.message), MESSAGE));
    let object = finding.object.as_ref().map(ToString::to_string);
    let subject = object.unwrap_or_else(|| phrases::subject(finding));
    if !subject.is_empty() {
        what = format!("{}: {what}", code(&subject));
    }
    let at = code(&format!("{}:{}", place.path, place.line));
    let rule = format!("[{}]({}) {}", card.id, card.link(), card.name);
    format!("| {} | {rule} | {} | {} |\n", finding.severity.word(), cell(&what), cell(&at))
}

/// What to do, once for each rule.
fn remedies(catalog: &Catalog, findings: &[&Finding]) -> String {
    let rules: BTreeMap<RuleId, usize> = findings.iter().fold(BTreeMap::new(), |mut rules, finding| {
        *rules.entry(finding.rule).or_default() += 1;
        rules
    });
    if rules.is_empty() {
        return String::new();
    }
    let mut out = "\n### What to do\n\n".to_owned();
    for (rule, count) in rules {
        let remedy = prose(&sentence(&catalog.card(rule).remedy));
        let _ = writeln!(out, "- **{rule}** ({count}): {remedy}");
    }
    out.push_str(
        "\n`nhilint explain RULE` says why. `nhilint check --fix` mends what can be mended safely.\n",
    );
    out
}
