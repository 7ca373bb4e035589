//! The cards in Markdown: the README's table, the rule book, and the help that code scanning shows.

use std::fmt::Write as _;

use crate::catalog::{Card, Catalog, Class, Example, Files, Form, Levels, Preset};
use crate::finding::{Applicability, Severity};

use super::phrases::sentence;

/// The Markdown table of the README.
#[must_use]
pub fn table(catalog: &Catalog) -> String {
    let mut out = String::from("| Rule | Finds | baseline | recommended | strict |\n|---|---|---|---|---|\n");
    for card in catalog.cards() {
        let _ = writeln!(
            out,
            "| [{id}](rules/README.md#{anchor}) `{name}` | {finds} | {baseline} | {recommended} | {strict} |",
            id = card.id,
            anchor = card.anchor(),
            name = card.name,
            finds = cell(&card.finds),
            baseline = levels(card, |form| form.baseline),
            recommended = levels(card, |form| form.recommended),
            strict = levels(card, |form| form.strict),
        );
    }
    out
}

/// The rule book, `rules/README.md`: one section a rule.
#[must_use]
pub fn book(catalog: &Catalog) -> String {
    let mut out = String::from(
        "# Rules\n\nMade from the cards beside this file; a test says how to bring it up to date. \
         `nhilint explain RULE` shows the same at a terminal.\n\n",
    );
    for card in catalog.cards() {
        let _ = writeln!(out, "- [{} {}](#{}): {}", card.id, card.name, card.anchor(), card.finds.trim());
    }
    for card in catalog.cards() {
        let _ = writeln!(out, "\n## {} {}\n", card.id, card.name);
        let _ = writeln!(out, "Finds {}.\n", card.finds.trim().trim_end_matches('.'));
        out.push_str("| Form | baseline | recommended | strict |\n|---|---|---|---|\n");
        for (name, form) in &card.forms {
            let _ =
                writeln!(out, "| `{name}` | {} | {} | {} |", form.baseline, form.recommended, form.strict);
        }
        out.push('\n');
        out.push_str(&body(card, &card.examples));
        let _ = writeln!(out, "\nSince {}; {}.", card.since, fixes(card));
    }
    out
}

/// Why, what to do, settings, the given examples, standards and references.
pub(super) fn body(card: &Card, examples: &[Example]) -> String {
    let mut out =
        format!("**Why.** {}\n\n**Do.** {}\n", flowing(&card.why), sentence(&flowing(&card.remedy)));
    for (form, remedy) in &card.remedies {
        let _ = writeln!(out, "\nFor `{form}`: {}", sentence(&flowing(remedy)));
    }
    if !card.params.is_empty() {
        out.push_str("\n| Setting | Default | strict | Meaning |\n|---|---|---|---|\n");
        for (name, param) in &card.params {
            let strict = param.strict.as_ref().unwrap_or(&param.default);
            let (default, meaning) = (&param.default, cell(&param.meaning));
            let _ = writeln!(out, "| `{name}` | `{default}` | `{strict}` | {meaning} |");
        }
    }
    for example in examples {
        let _ = writeln!(out, "\n**Example: {}**", example.title.trim());
        if let Some(before) = &example.before {
            manifests(&mut out, "Before", before);
        }
        manifests(&mut out, "Bad", &example.bad);
        if let Some(good) = &example.good {
            manifests(&mut out, "Good", good);
        }
        if let Some(silent) = &example.silent {
            manifests(&mut out, "Silent", silent);
        }
    }
    if !card.standards.is_empty() {
        let standards: Vec<String> = card.standards.iter().map(|text| standard(text)).collect();
        let _ = writeln!(out, "\nStandards: {}.", standards.join(", "));
    }
    if !card.references.is_empty() {
        out.push_str("\nReferences:\n\n");
        for reference in &card.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}

fn manifests(out: &mut String, word: &str, files: &Files) {
    for (name, text) in files.texts() {
        let name = match files {
            Files::One(_) => String::new(),
            Files::Many(_) => format!(", `{name}`"),
        };
        let fence = "`".repeat(longest_run_of_backticks(text).max(2) + 1);
        let _ = writeln!(out, "\n{word}{name}:\n\n{fence}yaml\n{}\n{fence}", text.trim_end());
    }
}

fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// Text on one line, as a folded scalar may be broken where it was indented.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    flowing(text).replace('|', "\\|")
}

/// What a rule offers as a fix, in words.
pub(super) fn fixes(card: &Card) -> &'static str {
    // The safest comes first.
    match card.forms.keys().filter_map(|form| card.fix.of(form)).min() {
        None => "offers no fix",
        Some(Applicability::Suggest) => "suggests what to write",
        Some(Applicability::Unsafe) => "can be fixed with `--fix --unsafe-fixes`",
        Some(Applicability::Safe) => "can be fixed with `--fix`",
    }
}

/// The highest level of all forms in one preset, in the words of [`Levels`]; the rule book tells the forms apart.
pub(super) fn levels(card: &Card, preset: impl Fn(&Form) -> Levels) -> String {
    let highest = |class| card.forms.values().filter_map(|form| preset(form).of(class)).max();
    let word = |level: Option<Severity>| level.map_or("off", Severity::word);
    let (job, service) = (highest(Class::Job), highest(Class::Service));
    if job == service { word(job).to_owned() } else { format!("{} (jobs), {}", word(job), word(service)) }
}

/// The highest level of a rule in a preset.
pub(super) fn level_of(card: &Card, preset: Preset) -> Option<Severity> {
    card.forms
        .values()
        .flat_map(|form| [form.level(preset, Class::Job), form.level(preset, Class::Service)])
        .max()
        .flatten()
}

/// A standard as people write it: `OWASP-NHI-2025/NHI9` is `NHI9:2025`, `CIS-K8S-1.12/5.1.5` is `CIS K8S 1.12 5.1.5`.
///
/// The year stands with OWASP's numbers because they move between editions, and `NHI9` alone reads like a rule of ours.
pub(super) fn standard(stored: &str) -> String {
    let Some((framework, number)) = stored.split_once('/') else {
        return stored.to_owned();
    };
    match framework.rsplit_once('-') {
        Some((family, year)) if family.starts_with("OWASP") => format!("{number}:{year}"),
        _ => format!("{} {number}", framework.replace('-', " ")),
    }
}
