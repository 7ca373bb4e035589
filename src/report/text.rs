//! All that is known of each finding: at a terminal with boxes and colours, in a log with the place first on each line.
//!
//! Each finding says what, where, why and what to do; why and the link stand once for each rule, so that the hundredth
//! finding is as short as it can be. The only module that names miette, which draws the excerpts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use crate::catalog::Catalog;
use crate::finding::{Applicability, BY_HAND, Finding, Fix, Label, Report, RuleId, Severity};
use crate::source::{FileId, SourceMap, Span};

use super::Style;
use super::excerpt::Excerpt;
use super::head::{at, head, line, sentence};
use super::hunk::hunks;
use super::layout::{Paint, block, counted, escaped, link, one_line, paint, prose};
use super::overview::errors;
use super::phrases;
use super::picture::{CONTEXT, Mark, Picture};

/// Places shown for one finding; the rest are counted.
const PLACES: usize = 6;
/// Ways to mend a finding that are shown.
const FIXES: usize = 2;
/// NHI102 is found once a workload and read once an identity.
const SHARED_IDENTITY: RuleId = RuleId(102);

/// Writes the report as text.
pub(super) fn render(report: &Report, catalog: &Catalog, sources: &SourceMap, style: &Style) -> String {
    let mut page = Page {
        report,
        catalog,
        sources,
        style,
        explained: BTreeSet::new(),
        helped: BTreeSet::new(),
        out: String::new(),
    };
    let mut groups = BTreeMap::<_, Vec<&Finding>>::new();
    for finding in report.active().filter(|finding| finding.rule == SHARED_IDENTITY) {
        groups.entry(group_key(finding)).or_default().push(finding);
    }
    for finding in report.active().filter(|finding| !phrases::is_counted_only(finding)) {
        if finding.rule != SHARED_IDENTITY || finding.identity.is_none() {
            page.finding(finding, &[]);
        } else if let Some(group) = groups.remove(&group_key(finding)) {
            page.finding(finding, &group[1..]);
        }
    }
    page.end();
    page.out
}

/// One identity; where its namespace is unknown (`?/app`) only within a file, as two such are never the same.
fn group_key(finding: &Finding) -> (Option<String>, &[String], Option<FileId>) {
    let identity = finding.identity.as_ref();
    let unknown = identity.is_some_and(|identity| identity.namespace().is_none());
    (identity.map(ToString::to_string), &finding.clusters, unknown.then_some(finding.span.file))
}

struct Page<'r> {
    report: &'r Report,
    catalog: &'r Catalog,
    sources: &'r SourceMap,
    style: &'r Style,
    /// Rules whose `why` has been written.
    explained: BTreeSet<RuleId>,
    /// The remedies that were shown, by rule.
    helped: BTreeSet<(RuleId, String)>,
    out: String,
}

impl Page<'_> {
    /// One block; `also` are findings about the same thing, which are only named.
    fn finding(&mut self, finding: &Finding, also: &[&Finding]) {
        self.head(finding);
        let subject = one_line(&phrases::subject(finding));
        if !subject.is_empty() {
            line(&mut self.out, self.style, Some(Paint::Faint), &format!("  {subject}"));
        }
        self.places(finding, also);
        for note in phrases::notes(self.report, finding) {
            self.remark("note", Paint::Strong, &note);
        }
        self.remedy(finding);
        for other in also {
            self.also(other);
        }
        self.out.push('\n');
    }

    /// The line that says what is wrong; in a log it starts with the place, as compilers write it.
    fn head(&mut self, finding: &Finding) {
        if !self.style.unicode {
            head(&mut self.out, self.report, self.catalog, self.sources, self.style, finding);
            return;
        }
        let card = self.catalog.card(finding.rule);
        let (word, id) = (finding.severity.word(), finding.rule.to_string());
        let code = format!("{word}[{}]", link(self.style, &card.link(), &id));
        let code = paint(self.style, Paint::from(finding.severity), &code);
        let _ = write!(self.out, "{code} {}: ", card.name);
        let used = format!("{word}[{id}] {}: ", card.name).chars().count();
        let message = self.masked(&finding.message);
        sentence(&mut self.out, self.style, used, &message);
    }

    /// A finding of the same group, in one line.
    fn also(&mut self, finding: &Finding) {
        if self.style.unicode {
            let mut text = format!("{} at {}", finding.severity.word(), self.at(finding.span));
            if let Some(object) = &finding.object {
                let _ = write!(text, ", {object}");
            }
            self.remark("also", Paint::from(finding.severity), &text);
        } else {
            self.head(finding);
        }
    }

    fn at(&self, span: Span) -> String {
        at(self.sources, span)
    }

    /// Excerpts, or lines that name the places where none are wanted.
    fn places(&mut self, finding: &Finding, also: &[&Finding]) {
        let elsewhere = |span: Span| also.iter().any(|other| other.span == span);
        let related: Vec<_> = finding.related.iter().filter(|label| !elsewhere(label.span)).collect();
        if self.style.snippets {
            self.pictures(finding, &related);
        } else {
            for label in related.iter().take(PLACES) {
                let text = format!("{}: {}", self.at(label.span), self.masked(&label.message));
                self.remark("see", Paint::Strong, &text);
            }
        }
        if related.len() > PLACES {
            let text = format!("and {}", counted(related.len() - PLACES, "more place"));
            self.remark("note", Paint::Strong, &text);
        }
    }

    fn pictures(&mut self, finding: &Finding, related: &[&Label]) {
        let picture = |span, words, primary| {
            let words = self.masked(words);
            Picture::new(self.sources, Mark { span, words, primary })
        };
        let mut pictures = vec![picture(finding.span, &finding.label, true)];
        for label in related.iter().take(PLACES) {
            let other = picture(label.span, &label.message, false);
            if !pictures.iter_mut().any(|known| known.join(self.sources, &other)) {
                pictures.push(other);
            }
        }
        for (index, picture) in pictures.iter().enumerate() {
            let named = index > 0 || self.style.unicode;
            let drawn = draw(self, picture, finding.severity, named);
            self.out.push_str(&drawn);
        }
    }

    fn masked(&self, text: &str) -> String {
        one_line(&self.report.masks.masked_text(text))
    }

    /// Why it matters, once a rule, and what to do.
    fn remedy(&mut self, finding: &Finding) {
        let card = self.catalog.card(finding.rule);
        let first = self.explained.insert(finding.rule);
        if first {
            self.remark("why", Paint::Strong, &card.why);
        }
        let remedy = card.remedy_for(finding);
        if self.helped.insert((finding.rule, remedy.to_owned()))
            || finding.fixes.iter().all(|fix| *fix.title == *BY_HAND)
        {
            self.remark("help", Paint::Good, remedy);
        }
        for fix in finding.fixes.iter().take(FIXES) {
            self.fix(finding, fix);
        }
        if first && !self.style.links {
            self.remark("see", Paint::Strong, &card.link());
        }
    }

    fn fix(&mut self, finding: &Finding, fix: &Fix) {
        let mut title = self.masked(&fix.title);
        if fix.applicability == Applicability::Unsafe {
            title.push_str(" (may change what runs or what is granted)");
        }
        self.remark("fix", Paint::Good, &title);
        match phrases::edits(fix, &self.report.masks) {
            Ok([]) => self.changes(finding, fix),
            Ok(edits) => {
                let hunks = hunks(edits, &self.report.masks, self.sources);
                block(&mut self.out, 6, &escaped(&hunks));
            }
            Err(reason) => {
                self.changes(finding, fix);
                self.remark("note", Paint::Strong, &format!("no edit is offered. {}", self.masked(reason)));
            }
        }
    }

    /// What a fix does, by meaning.
    fn changes(&mut self, finding: &Finding, fix: &Fix) {
        let mut seen = BTreeSet::new();
        for change in &fix.changes {
            // One text may make several objects: it is changed once.
            let (order, yaml) = phrases::order(self.report, finding, change);
            if !seen.insert((change.at, order.clone(), yaml.clone())) {
                continue;
            }
            let end = if yaml.is_some() { ":" } else { "" };
            let _ = writeln!(self.out, "      {}{end}", one_line(&order));
            if let Some(yaml) = yaml {
                block(&mut self.out, 8, &escaped(&yaml));
            }
        }
    }

    fn remark(&mut self, word: &str, tone: Paint, text: &str) {
        let heading = format!("  = {}: ", paint(self.style, tone, word));
        let text = one_line(text);
        prose(&mut self.out, self.style, &heading, word.len() + 6, &text);
    }

    /// What kept the job from being done whole, the counts, and what was not judged.
    fn end(&mut self) {
        errors(&mut self.out, self.report, self.style);
        let worst = self.report.active().map(|finding| finding.severity).max();
        let tone = worst.map_or(Paint::Good, Paint::from);
        line(&mut self.out, self.style, Some(tone), &phrases::summary(self.report));
        let unjudged = self.report.summary.unjudged.iter();
        let unjudged = unjudged.map(|unjudged| format!("not judged: {}", phrases::unjudged(unjudged)));
        let before = [phrases::suppressed(self.report), phrases::hidden(self.report)];
        let all = before.into_iter().flatten().chain(unjudged).chain(phrases::counted_only(self.report));
        for text in all {
            line(&mut self.out, self.style, None, &one_line(&text));
        }
    }
}

/// Draws an excerpt with its marks; `named` puts path, line and column above it.
fn draw(page: &Page<'_>, picture: &Picture, severity: Severity, named: bool) -> String {
    let hidden = &page.report.masks;
    let excerpt = Excerpt::new(page.sources, hidden, picture.file, &picture.span, CONTEXT);
    let shown = excerpt.range();
    let marks = picture.marks.iter();
    let marks: Vec<&Mark> = marks.filter(|mark| mark.span.start as usize <= shown.end).collect();
    let label = |mark: &&Mark| {
        let range = SourceSpan::from(mark.span.start as usize..(mark.span.end as usize).min(shown.end));
        let words = (!mark.words.is_empty()).then(|| mark.words.clone());
        if mark.primary {
            LabeledSpan::new_primary_with_span(words, range)
        } else {
            LabeledSpan::new_with_span(words, range)
        }
    };
    let source = MaskedSource {
        path: named.then(|| one_line(excerpt.path())),
        labels: marks.iter().map(label).collect(),
        excerpt,
    };
    let mut drawn = String::new();
    handler(page.style, severity, &marks, named)
        .render_report(&mut drawn, &source)
        .expect("a String takes every write, and MaskedSource reads every span");
    // The first line is miette's headline, which is empty: ours stands above.
    let lines = drawn.lines().skip(1);
    lines.fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn handler(style: &Style, severity: Severity, marks: &[&Mark], named: bool) -> GraphicalReportHandler {
    let mut theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    if style.color {
        let styles = &theme.styles;
        let primary = match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Info => styles.advice,
        };
        let tone = |mark: &&Mark| if mark.primary { primary } else { styles.advice };
        // miette takes them in turn, in the order of the labels.
        theme.styles.highlights = marks.iter().map(tone).collect();
    }
    let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(CONTEXT).with_links(false);
    if named { handler } else { handler.without_primary_span_start() }
}

/// What miette may see of a file: an excerpt, with spans as in the file. It never scans, as lines are known.
struct MaskedSource<'s> {
    excerpt: Excerpt<'s>,
    path: Option<String>,
    labels: Vec<LabeledSpan>,
}

impl SourceCode for MaskedSource<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let lines = self.excerpt.lines(&(span.offset()..span.offset() + span.len()), before);
        let column = match before {
            0 => self.excerpt.column(span.offset()),
            _ => 0,
        };
        let data = lines.text.as_bytes();
        let shown = SourceSpan::from((lines.start, data.len()));
        Ok(Box::new(match &self.path {
            Some(path) => {
                MietteSpanContents::new_named(path.clone(), data, shown, lines.first, column, lines.count)
            }
            None => MietteSpanContents::new(data, shown, lines.first, column, lines.count),
        }))
    }
}

impl Diagnostic for MaskedSource<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl std::error::Error for MaskedSource<'_> {}

impl fmt::Display for MaskedSource<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for MaskedSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MaskedSource").finish_non_exhaustive()
    }
}
