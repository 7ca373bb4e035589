//! What stands above many findings: the counts, who is strongest, and what was not judged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::finding::{Report, Strong, Unjudged};

use super::Style;
use super::layout::{Columns, Paint, counted, one_line, paint, wrap};
use super::phrases;

/// So many of the strongest identities are named.
const STRONGEST: usize = 5;
/// So many kinds of what was not judged are named.
const UNJUDGED: usize = 5;
/// From here on what makes an identity strong stands beside its name.
const NAME: usize = 44;

/// Writes it.
pub(super) fn write(out: &mut String, report: &Report, style: &Style) {
    errors(out, report, style);
    line(out, style, &phrases::summary(report));
    for text in [phrases::suppressed(report), phrases::hidden(report)].into_iter().flatten() {
        line(out, style, &one_line(&text));
    }
    strongest(out, report, style);
    unjudged(out, report, style);
}

/// What kept the job from being done whole, unless that is shown elsewhere.
pub(super) fn errors(out: &mut String, report: &Report, style: &Style) {
    for error in report.errors.iter().filter(|_| !style.shown.errors_elsewhere) {
        let text = format!("{}{}", error.place(), report.masks.masked_text(&error.message));
        let _ = writeln!(out, "{}: {}", paint(style, Paint::Error, "error"), one_line(&text));
    }
}

/// A line with its indentation, wrapped.
pub(super) fn line(out: &mut String, style: &Style, text: &str) {
    let indent = text.len() - text.trim_start().len();
    out.push_str(&text[..indent]);
    wrap(out, style.width, Columns { used: indent, indent: indent + 2 }, text);
}

/// Each name once, whatever the number of clusters and copies that have it.
fn strongest(out: &mut String, report: &Report, style: &Style) {
    let mut names: BTreeMap<String, (usize, &Strong)> = BTreeMap::new();
    for (at, strong) in report.summary.strongest.iter().enumerate() {
        names.entry(strong.identity.clone().in_cluster(None).to_string()).or_insert((at, strong));
    }
    if names.is_empty() {
        return;
    }
    let mut known: Vec<(usize, &Strong, String)> =
        names.into_iter().map(|(name, (at, strong))| (at, strong, name)).collect();
    known.sort_unstable_by_key(|(at, ..)| *at);
    let of_tier = |tier: u8| known.iter().filter(|(_, strong, _)| strong.reachable == tier).count();
    out.push('\n');
    let meaning = [(0, "T0, as good as cluster-admin"), (1, "T1, much of the cluster or all of a namespace")];
    let counts = meaning.iter().map(|(tier, words)| (of_tier(*tier), words)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, words)| format!("{count} can reach {words}")).collect();
    line(out, style, &format!("Strongest identities: {}", counts.join("; ")));
    for (_, strong, name) in known.iter().take(STRONGEST) {
        one(out, style, report, strong, &one_line(name));
    }
    if known.len() > STRONGEST {
        let more = format!("  and {} more: nhilint graph --tier T0,T1", known.len() - STRONGEST);
        line(out, style, &more);
    }
}

/// `  T2 -> T0  shop/ci  may …`
fn one(out: &mut String, style: &Style, report: &Report, strong: &Strong, name: &str) {
    let tier = tier(strong, style);
    let indent = format!("  {tier:8}  ").chars().count();
    let shown = paint(style, tone(strong), &format!("{tier:8}"));
    let mut used = indent + name.chars().count();
    let name = paint(style, Paint::Strong, name);
    let _ = if used > style.width {
        used = style.width;
        write!(out, "  {}\n  {name}", paint(style, tone(strong), &tier))
    } else {
        write!(out, "  {shown}  {name}")
    };
    let does = one_line(&report.masks.masked_text(&strong.does));
    let doubt = if strong.is_certain { "" } else { " (possible)" };
    let pad = NAME.min(style.width / 2).saturating_sub(used).max(2);
    let does = format!("{does}{doubt}");
    if used + pad + does.chars().count() > style.width {
        let _ = write!(out, "\n{:indent$}", "");
        wrap(out, style.width, Columns { used: indent, indent }, &does);
    } else {
        let _ = writeln!(out, "{:pad$}{does}", "");
    }
}

/// `T2 -> T0`: by itself, and by becoming others.
pub(super) fn tier(strong: &Strong, style: &Style) -> String {
    let arrow = if style.unicode { "→" } else { "->" };
    let (direct, reachable) = (strong.direct, strong.reachable);
    if direct == reachable { format!("T{direct}") } else { format!("T{direct} {arrow} T{reachable}") }
}

/// The colour of a tier.
pub(super) fn tone(strong: &Strong) -> Paint {
    if strong.reachable == 0 { Paint::Error } else { Paint::Warning }
}

/// What somebody named first, and most of it first.
fn unjudged(out: &mut String, report: &Report, style: &Style) {
    let mut all: Vec<&Unjudged> = report.summary.unjudged.iter().collect();
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|unjudged| (!unjudged.named, std::cmp::Reverse(unjudged.count), &unjudged.what));
    out.push_str("\nNot judged\n");
    for unjudged in all.iter().take(UNJUDGED) {
        let heading = format!("  {:>5}  ", unjudged.count);
        out.push_str(&heading);
        let columns = heading.len();
        let text = one_line(&unjudged.what);
        wrap(out, style.width, Columns { used: columns, indent: columns }, &text);
    }
    if let Some(rest @ [_, ..]) = all.get(UNJUDGED..) {
        let (kinds, count) = (rest.len(), rest.iter().map(|unjudged| unjudged.count).sum::<usize>());
        let text =
            format!("  {count:>5}  of {}: --verbose has an example of each", counted(kinds, "other kind"));
        line(out, style, &text);
    }
}
