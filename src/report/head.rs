//! The line of a finding that starts with its place, as compilers write it.

use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report};
use crate::source::{SourceMap, Span};

use super::Style;
use super::layout::{Columns, Paint, link, one_line, paint, wrap};
use super::place::place;

/// Without a terminal a line stays whole for those who search logs, unless a narrower width is asked for.
const LOG: usize = 100;

/// `jobs/purge.yaml:15:9: error[NHI101 dedicated-service-account] runs as the `default` account`
pub(super) fn head(
    out: &mut String,
    report: &Report,
    catalog: &Catalog,
    sources: &SourceMap,
    style: &Style,
    finding: &Finding,
) {
    let card = catalog.card(finding.rule);
    let id = finding.rule.to_string();
    let at = at(sources, finding.span);
    let word = finding.severity.word();
    let tone = Paint::from(finding.severity);
    let code = paint(style, tone, &format!("{word}[{} {}]", link(style, &card.link(), &id), card.name));
    let used = format!("{at}: {word}[{id} {}]", card.name).chars().count();
    let message = one_line(&report.masks.masked_text(&finding.message));
    let _ = write!(out, "{at}: {code} ");
    sentence(out, style, used + 1, &message);
}

/// The end of a line that says what is wrong; `used` columns of it are written.
pub(super) fn sentence(out: &mut String, style: &Style, used: usize, text: &str) {
    if !style.unicode && style.width >= LOG {
        let _ = writeln!(out, "{text}");
        return;
    }
    let start = out.trim_end().len();
    wrap(out, style.width, Columns { used, indent: 4 }, text);
    for line in out.split_off(start).split_inclusive('\n') {
        let words = line.trim();
        let blank = &line[..line.len() - line.trim_start().len()];
        match words {
            "" => out.push_str(line),
            _ => {
                let _ = writeln!(out, "{blank}{}", paint(style, Paint::Strong, words));
            }
        }
    }
}

/// A line with its indentation: whole in a log, else wrapped.
pub(super) fn line(out: &mut String, style: &Style, tone: Option<Paint>, text: &str) {
    let indent = text.len() - text.trim_start().len();
    let width = if !style.unicode && style.width >= LOG { usize::MAX } else { style.width };
    let mut wrapped = text[..indent].to_owned();
    wrap(&mut wrapped, width, Columns { used: indent, indent: indent + 2 }, text);
    for line in wrapped.lines() {
        let words = line.trim_start();
        let blank = &line[..line.len() - words.len()];
        let _ = writeln!(out, "{blank}{}", tone.map_or(words.to_owned(), |tone| paint(style, tone, words)));
    }
}

/// `path:line:column`.
pub(super) fn at(sources: &SourceMap, span: Span) -> String {
    let place = place(sources, span);
    one_line(&format!("{}:{}:{}", place.path, place.line, place.column))
}
