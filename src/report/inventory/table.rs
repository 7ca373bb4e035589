//! The inventory for people: a table that fits the terminal, the strongest first.

use super::cells::{findings, first_workload, lifetime, name, owner, strongest_first, summary, tier};
use crate::finding::Severity;
use crate::graph::record::Tier;
use crate::inventory::record::Record;
use crate::report::Style;
use crate::report::layout::{Paint, one_line, paint};

const TITLES: [&str; 7] = ["REACHES", "IDENTITY", "OWNER", "ENV", "RUNS AS IT", "CREDENTIAL", "FINDINGS"];

/// Without a terminal a line stays whole for those who search, unless a narrower width is asked for.
const LOG: usize = 100;
/// No column becomes narrower than that to make the table fit.
const NARROW: usize = 8;
/// Columns that are left out where even narrow ones do not fit, the first of them first.
const LESS: [usize; 3] = [3, 5, 4];
/// Between two columns.
const GAP: usize = 2;

/// Writes it.
pub(super) fn render(records: &[Record], style: &Style) -> String {
    let arrow = if style.unicode { "→" } else { "->" };
    let all = strongest_first(records);
    let rows: Vec<[String; 7]> = all.iter().map(|record| row(record, arrow)).collect();
    let longest = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([TITLES[at].len()]).max().unwrap_or_default()
    };
    let mut columns: Vec<(usize, usize)> = (0..TITLES.len()).map(|at| (at, longest(at))).collect();
    if style.unicode || style.width < LOG {
        fit(&mut columns, style.width);
    }
    let mut out = String::new();
    if !rows.is_empty() {
        line(&mut out, &TITLES.map(str::to_owned), &columns, style, |_| Some(Paint::Faint));
    }
    for (row, record) in rows.iter().zip(all) {
        line(&mut out, row, &columns, style, |at| tone(record, at));
    }
    out.push_str(&summary(records));
    out.push('\n');
    out
}

fn row(record: &Record, arrow: &str) -> [String; 7] {
    let or = |text: &str, other: &str| one_line(if text.is_empty() { other } else { text });
    [
        tier(record, arrow),
        one_line(&name(record)),
        or(owner(record), "nobody"),
        or(record.environment.as_deref().unwrap_or_default(), "-"),
        or(&first_workload(record), "nothing"),
        or(&lifetime(record), "-"),
        or(&findings(record), "-"),
    ]
}

fn tone(record: &Record, column: usize) -> Option<Paint> {
    match (column, record.tier.reachable) {
        (0, Tier::T0) => Some(Paint::Error),
        (0, Tier::T1) => Some(Paint::Warning),
        (0, _) => Some(Paint::Faint),
        (1, _) => Some(Paint::Strong),
        (2, _) if record.owner.is_none() => Some(Paint::Warning),
        (6, _) if super::cells::count(record, Severity::Error) > 0 => Some(Paint::Error),
        _ => None,
    }
}

/// Takes columns away, and then from the widest, until all of them fit.
fn fit(columns: &mut Vec<(usize, usize)>, width: usize) {
    let needed = |columns: &[(usize, usize)], most: usize| {
        let cells: usize = columns.iter().map(|(_, width)| *width.min(&most)).sum();
        cells + GAP * (columns.len() - 1)
    };
    for less in LESS {
        if needed(columns, NARROW) > width {
            columns.retain(|(at, _)| *at != less);
        }
    }
    while needed(columns, usize::MAX) > width {
        let widest = columns.iter_mut().max_by_key(|(_, width)| *width);
        let Some((_, widest)) = widest.filter(|(_, width)| *width > NARROW) else {
            return;
        };
        *widest -= 1;
    }
}

fn line(
    out: &mut String,
    cells: &[String; 7],
    columns: &[(usize, usize)],
    style: &Style,
    tone: impl Fn(usize) -> Option<Paint>,
) {
    let start = out.len();
    for (at, width) in columns {
        let cell = cut(&cells[*at], *width, style);
        let blanks = width + GAP - cell.chars().count();
        out.push_str(&tone(*at).map_or_else(|| cell.clone(), |tone| paint(style, tone, &cell)));
        out.extend(std::iter::repeat_n(' ', blanks));
    }
    let end = start + out[start..].trim_end().len();
    out.truncate(end);
    out.push('\n');
}

/// The start of a text that is too long.
fn cut(text: &str, width: usize, style: &Style) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let more = if style.unicode { '…' } else { '~' };
    text.chars().take(width.saturating_sub(1)).chain([more]).collect()
}
