//! `check`: the main job.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::Outcome;
use super::arguments::CheckFlags;
use super::gate::{Gate, PresetChoice};
use super::output::{complain, note, print, style, write};
use super::paths::Paths;
use super::render::{Input, minor};
use crate::baseline::Baseline;
use crate::catalog::{Catalog, Preset};
use crate::config::Settings;
use crate::finding::{Applicability, Report, RuleId, RunError, Severity};
use crate::lint::{Wanted, fix};
use crate::load::Files;
use crate::report::{Format, Shown, Style, exit_reason, render};
use crate::source::SourceMap;

pub(super) fn run(flags: &CheckFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let input = Input::new(files, settings(flags, catalog)?, &flags.render)?;
    let outputs = flags.written.files()?;
    let baseline = flags.baseline.as_deref().map(read_baseline).transpose()?;
    if let Some(threads) = flags.threads.filter(|&threads| threads > 0) {
        let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
        built.map_err(|error| format!("cannot start {threads} threads: {error}"))?;
    }
    let watch = Watch::start();
    let run = input.run(&flags.paths);
    let mut report = run.report(catalog, baseline.as_ref());
    let mut fixed = None;
    if flags.fixing.fix || flags.fixing.diff {
        let most = if flags.fixing.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
        let request = input.request(&flags.paths);
        let wanted = Wanted { most, writes: flags.fixing.fix };
        fixed = Some(fix(request, catalog, baseline.as_ref(), (&run, &report), wanted));
    }
    drop(watch);
    let mut sources = run.sources();
    if let Some(fixed) = &mut fixed {
        note(&super::fix::summary(fixed, flags.fixing.diff));
        if flags.fixing.diff {
            print(&super::fix::diff(fixed))?;
            return Ok(outcome(flags, &report));
        }
        let failed = super::fix::write(fixed, files);
        report = std::mem::take(&mut fixed.report);
        report.errors.extend(failed);
        sources = &fixed.sources;
    }
    if report.summary.objects == 0
        && report.errors.is_empty()
        && report.findings.is_empty()
        && !flags.allow_empty
    {
        report.errors.push(nothing(flags, &report));
    }
    if let Some(path) = &flags.write_baseline {
        write(path, &Baseline::of(&report).text())?;
    }
    report_to_all(flags, files, catalog, (&report, sources), &outputs)?;
    Ok(outcome(flags, &report))
}

/// Writes the report to files, to standard output, and what matters beside it to standard error.
fn report_to_all(
    flags: &CheckFlags,
    files: &Files,
    catalog: &Catalog,
    (report, sources): (&Report, &SourceMap),
    outputs: &[(Format, String)],
) -> Result<(), String> {
    let workspace = std::env::var_os("GITHUB_WORKSPACE");
    let moved = Paths::of(files.here(), workspace.as_deref().map(Path::new))
        .map(|paths| paths.moved(report, sources));
    let written = |format: Format, style: &Style| match &moved {
        Some((report, sources)) if format != Format::Text => render(format, report, catalog, sources, style),
        _ => render(format, report, catalog, sources, style),
    };
    let shown = Shown { fails_at: fails_at(flags), ..flags.written.shown() };
    for (format, path) in outputs {
        write(path, &written(*format, &Style { shown, ..Style::plain() }))?;
    }
    let format: Format = flags.written.format.parse()?;
    let shown = Shown { errors_elsewhere: true, ..shown };
    print(&written(format, &Style { shown, ..style(flags.color) }))?;
    let errors = report.errors.iter().map(|error| masked(error, report)).collect::<Vec<_>>();
    complain(&errors);
    if let Some(reason) = exit_reason(report, shown.fails_at).filter(|_| format != Format::Text) {
        note(&format!("{reason}\n"));
    }
    Ok(())
}

fn masked(error: &RunError, report: &Report) -> RunError {
    RunError { message: report.masks.masked_text(&error.message).into_owned(), ..error.clone() }
}

/// The lowest severity that fails the run.
fn fails_at(flags: &CheckFlags) -> Option<Severity> {
    let is_lenient = flags.preset == PresetChoice::Audit && flags.fail_on_unjudged != Some(true);
    match flags.fail_on.unwrap_or(if is_lenient { Gate::Never } else { Gate::Error }) {
        Gate::Error => Some(Severity::Error),
        Gate::Warning => Some(Severity::Warning),
        Gate::Info => Some(Severity::Info),
        Gate::Never => None,
    }
}

fn outcome(flags: &CheckFlags, report: &Report) -> Outcome {
    if !report.errors.is_empty() {
        Outcome::Incomplete
    } else if fails_at(flags).is_some_and(|gate| report.active().any(|finding| finding.severity >= gate)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

fn settings(flags: &CheckFlags, catalog: &Catalog) -> Result<Settings, String> {
    let preset = match flags.preset {
        PresetChoice::Baseline => Preset::Baseline,
        PresetChoice::Recommended => Preset::Recommended,
        PresetChoice::Strict => Preset::Strict,
        PresetChoice::Audit => Preset::Audit,
    };
    let now = flags.now.as_deref().map_or(Ok(Timestamp::now()), moment)?;
    let mut settings = Settings::new(catalog, preset, now);
    settings.select = if flags.select.is_empty() { None } else { Some(named(&flags.select, catalog)?) };
    settings.ignore = named(&flags.ignore, catalog)?;
    settings.kubernetes_minor = minor(&flags.render)?;
    settings.fail_on_unjudged = flags.fail_on_unjudged.unwrap_or(settings.fail_on_unjudged);
    Ok(settings)
}

fn named(rules: &[String], catalog: &Catalog) -> Result<BTreeSet<RuleId>, String> {
    rules.iter().map(|rule| catalog.find(rule.trim()).map_err(|unknown| unknown.to_string())).collect()
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let date = || {
        let date: Date = text.parse().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse()
        .ok()
        .or_else(date)
        .ok_or_else(|| format!("`--now {text}` is no moment; write 2027-01-31 or 2027-01-31T12:00:00Z"))
}

fn read_baseline(path: &str) -> Result<Baseline, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("baseline `{path}` cannot be read: {error}"))?;
    Baseline::parse(&text).map_err(|error| format!("baseline `{path}`: {error}"))
}

fn nothing(flags: &CheckFlags, report: &Report) -> RunError {
    let looked = if report.summary.files == 0 {
        "there are no `.yaml`, `.yml` or `.json` files".to_owned()
    } else {
        format!("no file of {} holds a Kubernetes object (apiVersion and kind)", report.summary.files)
    };
    let shown = flags.paths.join(" ");
    RunError {
        file: None,
        line: None,
        message: format!("nothing to lint in `{shown}`: {looked}; --allow-empty accepts that"),
    }
}

/// Says on a terminal that work goes on, once a run takes longer than a second.
struct Watch {
    done: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    fn start() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { done: None, thread: None };
        }
        let (done, waiting) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let mut seconds = 0;
            while waiting.recv_timeout(Duration::from_secs(1))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                seconds += 1;
                // Progress that cannot be shown is not worth failing for.
                let _ = write!(std::io::stderr(), "\rlinting, {seconds} s ");
            }
            if seconds > 0 {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self { done: Some(done), thread: Some(thread) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // The thread only prints; if it failed, there is nothing to clean up.
            let _ = thread.join();
        }
    }
}
