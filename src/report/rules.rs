//! The cards at a terminal: `explain RULE` and `rules`. The same in Markdown is `book`.

use std::fmt::Write as _;

use crate::catalog::{Card, Catalog, Example, Files, Own, Preset};

use super::Style;
use super::book::{fixes, level_of, levels, standard};
use super::layout::{Paint, block, counted, link, paint, prose};
use super::phrases::sentence;

pub use super::book::{book, table};

/// A screen has so many lines.
const SCREEN: usize = 38;
/// So many forms of a rule are listed on one.
const FORMS: usize = 8;

/// What there is to know of one rule, for `nhilint explain`: on one screen, or everything.
#[must_use]
pub fn explain(card: &Card, style: &Style, full: bool) -> String {
    let mut out = String::new();
    let id = link(style, &card.link(), &card.id.to_string());
    let _ = writeln!(out, "{} {}", paint(style, Paint::Strong, &id), card.name);
    prose(&mut out, style, "", 0, &format!("Finds {}.", card.finds.trim().trim_end_matches('.')));
    section(&mut out, style, "Why");
    prose(&mut out, style, "  ", 2, &card.why);
    section(&mut out, style, "Do");
    prose(&mut out, style, "  ", 2, &sentence(&card.remedy));
    for (form, remedy) in &card.remedies {
        prose(&mut out, style, "  ", 2, &format!("For `{form}`: {}", sentence(remedy)));
    }
    if let Some(own) = &card.own {
        expression(&mut out, style, own);
    }
    section(&mut out, style, "Severity");
    severities(&mut out, card, if full { usize::MAX } else { FORMS });
    if full {
        everything(&mut out, card, style);
    } else {
        screen(&mut out, card, style);
    }
    out
}

/// The rest of a screen: an example that fits, and where there is more.
fn screen(out: &mut String, card: &Card, style: &Style) {
    let room = SCREEN.saturating_sub(out.lines().count() + 5);
    let lines =
        |files: &Files| files.texts().iter().map(|(_, text)| text.trim_end().lines().count() + 1).sum();
    let size =
        |example: &Example| -> usize { lines(&example.bad) + example.before.as_ref().map_or(0, &lines) };
    if let Some(example) =
        card.examples.iter().min_by_key(|example| size(example)).filter(|one| size(one) <= room)
    {
        section(out, style, &format!("Example: {}", example.title));
        before(out, style, example);
        manifests(out, style, ("bad", Paint::Error), &example.bad);
        let left = room - size(example);
        if let Some(good) = example.good.as_ref().filter(|good| lines(good) <= left) {
            manifests(out, style, ("good", Paint::Good), good);
        }
    }
    let settings = match card.params.len() {
        0 => String::new(),
        count => format!("{}, ", counted(count, "setting")),
    };
    let examples = counted(card.examples.len(), "example");
    out.push('\n');
    let more = format!("`nhilint explain {} --full`: {settings}{examples}, standards, references.", card.id);
    prose(out, style, "", 0, &more);
    let _ = writeln!(out, "{}", link(style, &card.link(), &card.link()));
}

/// What was there before, where the rule compares two revisions.
fn before(out: &mut String, style: &Style, example: &Example) {
    if let Some(before) = &example.before {
        manifests(out, style, ("before", Paint::Faint), before);
    }
}

fn everything(out: &mut String, card: &Card, style: &Style) {
    if !card.params.is_empty() {
        section(out, style, "Settings");
        for (name, param) in &card.params {
            let strict = match &param.strict {
                Some(value) => format!("; {value} in strict"),
                None => String::new(),
            };
            let _ = writeln!(out, "  {name}: {}{strict}", param.default);
            prose(out, style, "      ", 6, &sentence(&param.meaning));
        }
    }
    for example in card.examples.iter() {
        section(out, style, &format!("Example: {}", example.title));
        before(out, style, example);
        manifests(out, style, ("bad", Paint::Error), &example.bad);
        if let Some(good) = &example.good {
            manifests(out, style, ("good", Paint::Good), good);
        }
        if let Some(silent) = &example.silent {
            manifests(out, style, ("silent", Paint::Good), silent);
        }
    }
    if !card.standards.is_empty() {
        section(out, style, "Standards");
        let standards: Vec<String> = card.standards.iter().map(|text| standard(text)).collect();
        prose(out, style, "  ", 2, &standards.join(", "));
    }
    section(out, style, "More");
    for reference in std::iter::once(&card.link()).chain(&card.references) {
        let _ = writeln!(out, "  {}", link(style, reference, reference));
    }
    let _ = match &card.own {
        Some(own) => writeln!(out, "\nA rule of your own, in {}.", own.file),
        None => writeln!(out, "\nSince {}; {}.", card.since, fixes(card)),
    };
}

/// What a rule of a user checks.
fn expression(out: &mut String, style: &Style, own: &Own) {
    section(out, style, "Must be true");
    block(out, 2, own.validate.text());
    if let Some(when) = &own.when {
        section(out, style, "Where this is true");
        block(out, 2, when.text());
    }
    if !own.kinds.is_empty() {
        section(out, style, "Of these kinds");
        prose(out, style, "  ", 2, &own.kinds.join(", "));
    }
}

fn section(out: &mut String, style: &Style, title: &str) {
    let _ = writeln!(out, "\n{}", paint(style, Paint::Strong, title));
}

fn severities(out: &mut String, card: &Card, most: usize) {
    let mut rows = vec![["form", "baseline", "recommended", "strict"].map(str::to_owned)];
    for (name, form) in card.forms.iter().take(most) {
        let levels = [form.baseline, form.recommended, form.strict].map(|levels| levels.to_string());
        let [baseline, recommended, strict] = levels;
        rows.push([name.clone(), baseline, recommended, strict]);
    }
    let widths = [0, 1, 2].map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
    for [form, baseline, recommended, strict] in &rows {
        let [first, second, third] = widths;
        let _ = writeln!(out, "  {form:first$}  {baseline:second$}  {recommended:third$}  {strict}");
    }
    if card.forms.len() > most {
        let _ = writeln!(out, "  and {}", counted(card.forms.len() - most, "more form"));
    }
}

fn manifests(out: &mut String, style: &Style, (word, tone): (&str, Paint), files: &Files) {
    for (name, text) in files.texts() {
        let name = match files {
            Files::One(_) => String::new(),
            Files::Many(_) => format!(" ({name})"),
        };
        let _ = writeln!(out, "  {}{name}:", paint(style, tone, word));
        block(out, 4, text);
    }
}

/// One line a rule, for `nhilint rules`.
#[must_use]
pub fn list(catalog: &Catalog, style: &Style) -> String {
    let mut out = String::new();
    let names = catalog.cards().iter().map(|card| card.name.len());
    let name_width = names.max().unwrap_or(0);
    let levels: Vec<String> =
        catalog.cards().iter().map(|card| levels(card, |form| form.recommended)).collect();
    let id_width = catalog.cards().iter().map(|card| card.id.to_string().len()).max().unwrap_or(0);
    let level_width = levels.iter().map(String::len).max().unwrap_or(0);
    for (card, level) in catalog.cards().iter().zip(&levels) {
        let gap = " ".repeat(id_width - card.id.to_string().len());
        let id = link(style, &card.link(), &card.id.to_string());
        let tone = level_of(card, Preset::Recommended).map_or(Paint::Faint, Paint::from);
        let level = paint(style, tone, &format!("{level:level_width$}"));
        let name = &card.name;
        let _ = writeln!(out, "{id}{gap}  {name:name_width$}  {level}  {}", card.finds.trim());
    }
    out
}
