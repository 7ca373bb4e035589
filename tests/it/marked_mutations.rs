//! The gate of marked rendering: what is claimed to make a line is edited, and that line must change, no other.
//!
//! A text check could not see a place that is right by its text and wrong by its effect. Letters are put into the
//! template text, the value or the key that lines name as their origin; the chart is rendered again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nhilint::finding::Origin;
use nhilint::render::Trail;
use nhilint::source::{FileId, SourceMap, Span};

use crate::marked_bench::{Bench, copy, helm};
use crate::marked_corpus::{by_name, charts, folder, prepared, working_values};

/// What came of the mutations of some charts.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) tried: usize,
    /// The chart did not render, or another number of lines.
    pub(crate) void: usize,
    pub(crate) confirmed: usize,
    /// Lines that changed and were mapped to an action that prints them, no deeper.
    pub(crate) coarse: usize,
    pub(crate) refuted: Vec<String>,
}

const LETTERS: &str = "zq";

/// The exact places of each line that hold letters, by line.
fn claims(clean: &str, trail: &Trail) -> Vec<BTreeSet<Span>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in clean.split('\n') {
        let indent = line.len() - line.trim_start().len();
        let offsets =
            (indent..line.len()).filter(|_| !line.starts_with("---") && !line.starts_with("# Source:"));
        let places = offsets.filter_map(|offset| trail.at((at + offset) as u32));
        found.push(places.filter(|place| place.origin == Origin::Exact).map(|place| place.span).collect());
        at += line.len() + 1;
    }
    found
}

/// Where letters go in a place so that it stays what it is: into a word of text, a key or a string.
fn wound(text: &str, is_template: bool) -> Option<usize> {
    let is_word = |text: &str| text.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    if is_template {
        let fixed = ["apiVersion", "kind", "metadata", "\"kind", "{{", "}}", "---", "#", "items", "name"];
        let content = text.trim_start_matches("- ");
        if text.contains("{{") || fixed.iter().any(|fixed| content.starts_with(fixed)) {
            return None;
        }
        return text.find(|c: char| c.is_ascii_alphabetic()).filter(|at| !text[..*at].ends_with('\\'));
    }
    let inner = text.trim_matches(['"', '\'']);
    let typed = ["true", "false", "null", "yes", "no", "on", "off"];
    let one_line = !text.contains('\n') && is_word(inner) && !typed.contains(&inner.to_lowercase().as_str());
    // Behind the last letter or digit: names may not end otherwise.
    one_line.then(|| text.rfind(|c: char| c.is_ascii_alphanumeric()).map(|at| at + 1)).flatten()
}

/// Where the value of a key would be written that has none: the key is shown then.
fn empty_value(text: &str, key: Span) -> Option<usize> {
    let rest = text[key.range().end..].strip_prefix(':')?;
    let mut lines = rest.split('\n');
    let own = lines.next().unwrap_or_default().trim();
    let column = key.range().start - text[..key.range().start].rfind('\n').map_or(0, |at| at + 1);
    let next =
        lines.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).unwrap_or_default();
    let indent = next.len() - next.trim_start().len();
    let is_empty =
        (own.is_empty() || own.starts_with('#')) && indent <= column && !next.trim_start().starts_with("- ");
    is_empty.then_some(key.range().end + 1)
}

/// Mutates up to `most` template texts and as many values of a chart.
pub(crate) fn mutate(bench: &Bench, most: usize, verdict: &mut Verdict) {
    let Ok(outputs) = bench.run() else { return };
    let (trail, _) = bench.trail(&outputs);
    let lines = claims(&outputs.clean, &trail);
    let mut by_place: BTreeMap<Span, BTreeSet<usize>> = BTreeMap::new();
    for (number, places) in lines.iter().enumerate() {
        for place in places {
            by_place.entry(*place).or_default().insert(number);
        }
    }
    let is_template = |span: &Span| bench.texts.sources().file(span.file).path().contains("templates/");
    for template in [true, false] {
        let usable = |span: &&Span| {
            is_template(span) == template && wound(bench.texts.sources().text(**span), template).is_some()
        };
        let places: Vec<&Span> = by_place.keys().filter(usable).collect();
        let step = places.len().div_ceil(most.max(1)).max(1);
        for place in places.into_iter().step_by(step) {
            try_one(bench, &outputs.clean, *place, template, &by_place[place], &lines, verdict);
        }
    }
}

fn try_one(
    bench: &Bench,
    clean: &str,
    place: Span,
    template: bool,
    claimed: &BTreeSet<usize>,
    lines: &[BTreeSet<Span>],
    verdict: &mut Verdict,
) {
    let file = bench.texts.sources().file(place.file);
    let text = bench.texts.sources().text(place);
    let mut at = place.start as usize + wound(text, template).expect("it was chosen for that");
    let mut letters = LETTERS.to_owned();
    if let Some(value) = empty_value(file.text(), place).filter(|_| !template) {
        at = value;
        // A number is taken by whatever reads it, letters by an `int` are not.
        " 47".clone_into(&mut letters);
    }
    let changed = format!("{}{letters}{}", &file.text()[..at], &file.text()[at..]);
    verdict.tried += 1;
    let Ok(mutated) = with_file(bench, place.file, &changed) else {
        verdict.void += 1;
        return;
    };
    let (before, after): (Vec<&str>, Vec<&str>) =
        (clean.split('\n').collect(), mutated.split('\n').collect());
    // Another order of documents (hooks, kinds) cannot be compared line by line.
    let heads = |lines: &[&str]| {
        lines.iter().filter(|line| line.starts_with("# Source:")).copied().collect::<String>()
    };
    if before.len() != after.len() || heads(&before) != heads(&after) {
        verdict.void += 1;
        return;
    }
    let shown = |line: usize| {
        let position = file.position(place.start);
        format!(
            "{}: {}:{} `{text}`, line {}: {} | {}",
            bench.folder.display(),
            file.path(),
            position.line,
            line + 1,
            before[line].trim(),
            after[line].trim()
        )
    };
    for line in 0..before.len() {
        let is_claimed = claimed.contains(&line);
        let has_changed = before[line] != after[line];
        if is_claimed && has_changed {
            verdict.confirmed += 1;
        } else if is_claimed {
            verdict.refuted.push(format!("does not change: {}", shown(line)));
        } else if has_changed
            && template
            && after[line].contains(LETTERS)
            && !before[line].starts_with("# Source")
        {
            // An action prints it, and nothing deeper is claimed: a value or the action itself.
            if lines[line].iter().any(|place| is_action(bench.texts.sources(), *place)) {
                verdict.coarse += 1;
            } else {
                verdict.refuted.push(format!("changes as well: {}", shown(line)));
            }
        }
    }
}

fn is_action(sources: &SourceMap, place: Span) -> bool {
    sources.text(place).starts_with("{{") || !sources.file(place.file).path().contains("templates/")
}

/// What helm prints when one file of the chart, or one value file, has another text.
fn with_file(bench: &Bench, file: FileId, text: &str) -> Result<String, String> {
    let path = bench.texts.sources().file(file).path();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let copied = scratch.path().join(bench.folder.file_name().expect("a name"));
    copy(&bench.folder, &copied);
    let mut arguments = bench.arguments();
    if let Some(name) = path.strip_prefix("../") {
        let changed = scratch.path().join(name);
        std::fs::write(&changed, text).expect("a file");
        for (argument, file) in arguments.iter_mut().skip(1).step_by(2).zip(&bench.values) {
            if file.file_name().is_some_and(|own| own.to_string_lossy() == name) {
                *argument = changed.to_string_lossy().into_owned();
            }
        }
    } else {
        std::fs::write(copied.join(path), text).expect("a file");
    }
    helm(&copied, &arguments, false)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are the other half of the result")]
fn what_is_named_as_origin_is_what_changes_the_line() {
    let Some(folder) = folder() else {
        println!("left out, as helm is not on PATH");
        return;
    };
    let most = std::env::var("NHILINT_RENDER_MUTATIONS").ok().and_then(|most| most.parse().ok()).unwrap_or(5);
    let only = std::env::var("NHILINT_RENDER_ONLY").unwrap_or_default();
    let charts = charts(&folder);
    let names = by_name(&charts);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let mut verdict = Verdict::default();
    let chosen = |chart: &Path| chart.to_string_lossy().contains(&only);
    for (number, chart) in charts.iter().enumerate().filter(|(_, chart)| chosen(chart)) {
        let copied = scratch.path().join(number.to_string()).join(chart.file_name().expect("a name"));
        prepared(chart, &names, &copied, 0);
        if let Some(values) = working_values(&copied) {
            mutate(&Bench::new(&copied, &values), most, &mut verdict);
        }
    }
    println!(
        "{} mutations, {} void, {} lines confirmed, {} coarse, {} refuted\n{}",
        verdict.tried,
        verdict.void,
        verdict.confirmed,
        verdict.coarse,
        verdict.refuted.len(),
        verdict.refuted.join("\n")
    );
    assert!(verdict.refuted.is_empty(), "{} places are refuted", verdict.refuted.len());
}
