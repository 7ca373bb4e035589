//! `init`: writes a settings file that fits what is found, with what each choice would leave.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::Outcome;
use super::arguments::InitFlags;
use super::output::{complain, note, print, write};
use super::render::Input;
use super::settings::{Chosen, Found};
use crate::catalog::{Catalog, Preset};
use crate::config::{File, Folder, SCHEMA, SETTINGS_FILE, Settings};
use crate::finding::{Report, RuleId, Severity};
use crate::load::{Files, Texts};
use crate::report::counted;

/// Rules that the file proposes to weaken, at most.
const MOST_RULES: usize = 5;

pub(super) fn run(flags: &InitFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let path = files.here().join(SETTINGS_FILE);
    if files.is_file(&path) && !flags.force && !flags.print {
        return Err(format!("`{SETTINGS_FILE}` is there already; --force replaces it, --print only prints"));
    }
    let here = files.here().to_path_buf();
    let folder = Folder::new(here.clone(), here);
    let found = Found::without_file(folder.clone());
    let now = Timestamp::now();
    let with = |text: &str| {
        let (file, mistakes) = File::read(Texts::default().add(SETTINGS_FILE, text), text, catalog);
        debug_assert!(mistakes.is_empty(), "{text}: {mistakes:?}");
        Settings::of_file(catalog, &file, folder.clone(), None, now)
    };
    let chosen = Chosen { found, settings: with("") };
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(&flags.paths);
    let complete = complain(&run.errors());
    let count = |settings: &Settings| Count::of(&run.report_by(settings, catalog));
    let whole = run.report(catalog, None);
    let today = Count::of(&whole);
    let of_preset = |preset| {
        let mut settings = Settings::new(catalog, preset, now);
        settings.fail_on_unjudged = false;
        (preset, count(&settings))
    };
    let presets = [of_preset(Preset::Baseline), (Preset::Recommended, today), of_preset(Preset::Strict)];
    let choices = choices(&whole, catalog).into_iter().map(|mut choice| {
        choice.left = count(&with(&choice.lines));
        choice
    });
    let choices: Vec<Choice> = choices.filter(|choice| choice.left.errors != today.errors).collect();
    let text = text(&presets, today, &choices);
    if flags.print {
        print(&text)?;
        return Ok(complete);
    }
    write(&path.to_string_lossy(), &text)?;
    note(&format!("wrote {SETTINGS_FILE}; `nhilint check` takes it from now on\n"));
    Ok(complete)
}

/// What counts in a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    errors: usize,
    warnings: usize,
    infos: usize,
}

impl Count {
    fn of(report: &Report) -> Self {
        Self {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
        }
    }
}

/// Something that the user may choose, with what it would leave.
struct Choice {
    /// Why one would.
    about: String,
    /// The lines of the settings.
    lines: String,
    left: Count,
}

impl Choice {
    fn new(about: impl Into<String>, lines: impl Into<String>) -> Self {
        Self { about: about.into(), lines: lines.into(), left: Count::default() }
    }
}

/// The kinds of files that may be left out, and why.
const FILES: [(&str, &str, &str); 4] = [
    ("vendored-charts", "charts of others below `charts/`", "the vendor does not take changes"),
    ("examples", "examples and demos", "nobody deploys them"),
    ("tests", "files of tests", "nobody deploys them"),
    ("chart-tests", "tests and test values of charts", "nobody deploys them"),
];

/// The choices that fit what was found.
fn choices(report: &Report, catalog: &Catalog) -> Vec<Choice> {
    let mut choices = vec![Choice::new(
        "Production strictly. The environment is known by the path, the namespace or a label.",
        "assign:\n  - {environment: prod, tier: restricted}\n",
    )];
    for (kind, about, reason) in FILES {
        let lines = format!("exclude:\n  - {{files: {kind}, reason: {reason}}}\n");
        choices.push(Choice::new(format!("Without {about}."), lines));
    }
    let mut by_rule: BTreeMap<RuleId, usize> = BTreeMap::new();
    for finding in report.active().filter(|finding| finding.severity == Severity::Error) {
        *by_rule.entry(finding.rule).or_default() += 1;
    }
    let mut rules: Vec<(RuleId, usize)> = by_rule.into_iter().collect();
    rules.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    for (rule, count) in rules.into_iter().take(MOST_RULES) {
        let name = &catalog.card(rule).name;
        let about = format!("{} of {rule}, {name}.", counted(count, "error"));
        choices.push(Choice::new(about, format!("rules:\n  {rule}: warning\n")));
    }
    choices
}

fn text(presets: &[(Preset, Count)], today: Count, choices: &[Choice]) -> String {
    let mut out = format!(
        "# Settings of nhilint. Each key is explained by `nhilint schema settings`. A key may stand once: what several\n\
         # choices below put under one key belongs into one list.\n\
         # yaml-language-server: $schema={SCHEMA}\n\n\
         # What each preset finds here today:\n#   preset       errors  warnings  infos\n"
    );
    for (preset, count) in presets {
        let Count { errors, warnings, infos } = count;
        let _ = writeln!(out, "#   {:<11} {errors:>7} {warnings:>9} {infos:>6}", preset.word());
    }
    out.push_str("preset: recommended\n");
    if today.errors > 0 {
        let _ = write!(
            out,
            "\n# To begin with what is there today and fail on what is new:\n\
             #   nhilint check . --write-baseline .nhi/baseline.yaml\n\
             # leaves 0 errors. Then switch this on:\n# baseline: .nhi/baseline.yaml\n"
        );
    }
    for Choice { about, lines, left } in choices {
        let word = counted(left.errors, "error");
        let _ = write!(out, "\n# {about} Leaves {word} and {}:\n", counted(left.warnings, "warning"));
        for line in lines.lines() {
            let _ = writeln!(out, "# {line}");
        }
    }
    out
}
