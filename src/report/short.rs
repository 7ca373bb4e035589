//! The report of many findings: what it comes to, then one line each in groups, the worst first.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report};
use crate::source::SourceMap;

use super::groups::{Group, Line, count, groups};
use super::head::head;
use super::layout::{Columns, Paint, counted, link, one_line, paint, words, wrap};
use super::phrases::counts;
use super::place::place;
use super::{GroupBy, Style, overview, phrases};

/// So many groups are shown.
const GROUPS: usize = 50;
/// So many lines of groups, whatever their number: about three screens.
const LINES: usize = 130;
/// So many lines of one group, where there are several.
const OF_A_GROUP: usize = 4;
/// Columns of severity and rule, with which a line begins.
const HEADING: usize = 17;
/// Blanks before what follows of a line on the next.
const INDENT: usize = 10;

/// Writes the report in groups.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut page = Page { report, catalog, sources, style, is_folded: false, out: String::new() };
    overview::write(&mut page.out, report, style);
    let findings = report.active().filter(|finding| !phrases::is_counted_only(finding));
    let by = style.shown.group_by.unwrap_or(GroupBy::Identity);
    let groups = groups(report, findings, catalog, sources, by);
    page.groups(&groups);
    page.end();
    page.out
}

/// Only what fails the run, one line each.
pub(super) fn failing(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut out = String::new();
    overview::errors(&mut out, report, style);
    let fails = |finding: &&Finding| style.shown.fails_at.is_some_and(|gate| finding.severity >= gate);
    for finding in report.active().filter(fails) {
        head(&mut out, report, catalog, sources, style, finding);
    }
    out
}

struct Page<'r> {
    report: &'r Report,
    catalog: &'r Catalog,
    sources: &'r SourceMap,
    style: &'r Style,
    /// Whether a line stands for several places.
    is_folded: bool,
    out: String,
}

impl Page<'_> {
    fn groups(&mut self, groups: &[Group<'_>]) {
        let all = self.style.shown.all;
        let (most, of_each) = if all { (usize::MAX, usize::MAX) } else { (GROUPS, of_each(groups.len())) };
        self.out.push('\n');
        let start = self.out.lines().count();
        let mut shown = 0;
        for group in groups.iter().take(most) {
            let before = self.out.len();
            self.group(group, of_each);
            let is_too_long = self.out.lines().count() - start > LINES;
            if is_too_long && !all && shown > 0 {
                self.out.truncate(before);
                break;
            }
            shown += 1;
        }
        let rest = &groups[shown..];
        if !rest.is_empty() {
            let lines = rest.iter().flat_map(|group| &group.lines);
            let findings: usize = lines.map(|line| line.findings).sum();
            let (rest, findings) = (counted(rest.len(), "more group"), counted(findings, "finding"));
            self.text(&format!("{rest} with {findings}: --all, or --statistics for counts"));
        }
    }

    /// A heading and its lines.
    fn group(&mut self, group: &Group<'_>, most: usize) {
        let (style, title) = (self.style, one_line(&group.title));
        self.out.push_str(&paint(style, Paint::Strong, &title));
        let mut facts = Vec::new();
        if let Some(strong) = group.strong {
            facts.push(format!("{}:", overview::tier(strong, style)));
        }
        facts.push(counts(|severity| count(&group.lines, severity)));
        let used = title.chars().count();
        self.out.push_str("  ");
        wrap(&mut self.out, style.width, Columns { used: used + 2, indent: 2 }, &facts.join(" "));
        let (shown, rest) = group.lines.split_at(group.lines.len().min(most));
        for line in shown {
            self.line(line, &group.title);
        }
        if !rest.is_empty() {
            let rules: BTreeSet<String> = rest.iter().map(|line| line.finding.rule.to_string()).collect();
            let rules: Vec<String> = rules.into_iter().collect();
            let more = counts(|severity| count(rest, severity));
            self.text(&format!("  and {more} of {}", rules.join(", ")));
        }
    }

    /// `  error   NHI501 may do everything  rbac.yaml:12 (+2)`; the group is named above.
    fn line(&mut self, line: &Line<'_>, group: &str) {
        let (finding, style) = (line.finding, self.style);
        let card = self.catalog.card(finding.rule);
        let word = format!("{:7}", finding.severity.word());
        let word = paint(style, Paint::from(finding.severity), &word);
        let id = link(style, &card.link(), &finding.rule.to_string());
        let _ = write!(self.out, "  {word} {id} ");
        let message = one_line(&self.report.masks.masked_text(&finding.message));
        let message = message.strip_prefix(&format!("`{group}` ")).unwrap_or(&message);
        self.is_folded |= line.further > 0;
        let further = match line.further {
            0 => String::new(),
            further => format!(" (+{further})"),
        };
        let place = place(self.sources, finding.span);
        let at = one_line(&format!("{}:{}", place.path, place.line));
        let used = words(&mut self.out, style.width, Columns { used: HEADING, indent: INDENT }, message);
        let place = format!("{at}{further}");
        if used + 2 + place.chars().count() <= style.width {
            let _ = writeln!(self.out, "  {}", paint(style, Paint::Faint, &place));
        } else {
            wrap(&mut self.out, style.width, Columns { used: style.width, indent: INDENT }, &place);
        }
    }

    fn end(&mut self) {
        let listed = self.report.active().filter(|finding| !phrases::is_counted_only(finding)).count();
        self.out.push('\n');
        if let Some(counted_only) = phrases::counted_only(self.report) {
            self.text(&counted_only);
        }
        if self.is_folded {
            self.text("(+N): the same in N other places");
        }
        if listed > 0 {
            self.text("`nhilint explain RULE` says why and what to do; --verbose shows excerpts and fixes");
        }
    }

    fn text(&mut self, text: &str) {
        overview::line(&mut self.out, self.style, text);
    }
}

/// The fewer groups there are, the more of each.
fn of_each(groups: usize) -> usize {
    (LINES / 2 / groups.max(1)).max(OF_A_GROUP)
}
