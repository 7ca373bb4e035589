//! `check`: the main job.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum as _;

use super::Outcome;
use super::arguments::CheckFlags;
use super::base::Base;
use super::baseline;
use super::clock::now;
use super::gate::{Gate, PresetChoice};
use super::output::{append_summary, complain, is_step_summary, note, print, style, write};
use super::passthrough;
use super::paths::Paths;
use super::render::{Input, minor};
use super::settings::{self, Chosen, Found};
use crate::catalog::{Catalog, Preset};
use crate::finding::{Report, RuleId, RunError};
use crate::lint::{PolicyChange, Request, Run, fix};
use crate::load::Files;
use crate::report::{Detail, Format, Shown, Style, exit_reason, render};
use crate::source::SourceMap;

/// `before`: the files of the last commit, where the index is judged.
pub(super) fn run(
    flags: &CheckFlags,
    files: &Files,
    before: Option<Files>,
    catalog: &Catalog,
) -> Result<Outcome, String> {
    // Fixes are tried over the tree as it was read, and written over it as it is.
    let fixed = flags.fixing.wanted();
    let disk = files;
    let files = &if fixed.is_some() { disk.remembering() } else { disk.clone() };
    let chosen = chosen(flags, files, catalog)?;
    let gate = gate(flags, &chosen)?;
    let baseline = flags.baseline.clone().or_else(|| chosen.found.baseline(flags.write_baseline.is_some()));
    let (base, policy) = base(flags, files, before, &chosen, baseline.as_deref())?;
    let input = Input::new(files, chosen, &flags.render)?.changed(policy);
    let outputs = flags.written.files()?;
    let baseline = baseline.as_deref().map(|path| baseline::read(path, files)).transpose()?;
    work_with(flags.threads)?;
    let watch = Watch::start();
    let past = base.as_ref().map(|base| base.run(&input, &flags.paths));
    let past_documents = past.as_ref().map(Run::documents).unwrap_or_default();
    let past_known = past.as_ref().map(|past| past.known(&past_documents));
    let accounts = past_known.as_ref().map(|known| known.graph.places.declared_accounts());
    let request = Request { before: accounts.as_ref(), ..input.request(&flags.paths) };
    let given = passthrough::read(flags)?;
    let run = Run::new(request, &mut *passthrough::stdin(given.as_deref()));
    let documents = run.documents();
    let known = run.known(&documents);
    let mut report = run.report_of(&known, input.settings(), catalog);
    if let Some(baseline) = &baseline {
        run.compare(&mut report, catalog, baseline);
    }
    let past = base.as_ref().zip(past.as_ref().zip(past_known.as_ref()));
    let compared = past.map(|(base, past)| (base, base.compare(&mut report, past, (&run, &known), catalog)));
    let mut fixed = fixed.map(|wanted| fix(request, catalog, baseline.as_ref(), (&run, &report), wanted));
    drop(watch);
    let mut sources = run.sources();
    if let Some(fixed) = &mut fixed {
        note(&super::fix::summary(fixed, flags.fixing.diff));
        if flags.fixing.diff {
            report.errors.extend(super::fix::show(fixed)?);
            return Ok(outcome(gate, &report));
        }
        let mut failed = super::fix::write(fixed, disk);
        failed.extend(super::fix::untried(fixed));
        report = std::mem::take(&mut fixed.report);
        report.errors.extend(failed);
        sources = &fixed.sources;
        if let Some((base, compared)) = &compared {
            base.compare_mended(&mut report, (sources, run.sources()), files, compared);
        }
    }
    report.errors.extend(nothing(flags, &report));
    let record = |path: &String| baseline::record(path, &run, &report, sources, (input.settings(), catalog));
    let recorded = flags.write_baseline.as_ref().map(record).transpose()?;
    let shown = Shown { fails_at: gate.lowest(), ..shown(flags) };
    report_to_all(flags, files, catalog, (&report, sources), (&outputs, shown, recorded.is_some()))?;
    conclude(gate, &report, recorded, given.as_deref())
}

/// How the run ended; what was recorded is no failure.
fn conclude(
    gate: Gate,
    report: &Report,
    recorded: Option<String>,
    given: Option<&[u8]>,
) -> Result<Outcome, String> {
    let Some(words) = recorded else { return passthrough::pass(outcome(gate, report), given) };
    note(&words);
    Ok(if report.errors.is_empty() { Outcome::Clean } else { Outcome::Incomplete })
}

/// What the run is held against, and what of the settings is not as it was there.
fn base(
    flags: &CheckFlags,
    files: &Files,
    before: Option<Files>,
    chosen: &Chosen,
    baseline: Option<&str>,
) -> Result<(Option<Base>, Option<Vec<PolicyChange>>), String> {
    let open = |revision| Base::of_flag(files, revision);
    let base = match before {
        Some(before) => Some(Base::head(before)),
        None => flags.base.base.as_deref().map(open).transpose()?,
    };
    let rules = rules_folders(flags, files);
    let policy = base.as_ref().map(|base| base.policy(files, chosen, &rules, baseline));
    Ok((base, policy))
}

/// Reports that nothing is staged that could matter, which takes neither settings nor rules.
pub(super) fn nothing_staged(
    flags: &CheckFlags,
    files: &Files,
    catalog: &Catalog,
) -> Result<Outcome, String> {
    if flags.written.format()? == Format::Text {
        note("nothing is staged that nhilint judges\n");
    }
    let (report, outputs) = (Report::default(), flags.written.files()?);
    let shown = (&outputs[..], shown(flags), flags.written.format()? == Format::Text);
    report_to_all(flags, files, catalog, (&report, &SourceMap::default()), shown)?;
    Ok(Outcome::Clean)
}

/// What text shows; before a commit that is little.
fn shown(flags: &CheckFlags) -> Shown {
    let shown = flags.written.shown();
    if flags.base.staged && shown == Shown::default() {
        Shown { detail: Detail::Brief, ..shown }
    } else {
        shown
    }
}

/// The folders with rules of users.
fn rules_folders(flags: &CheckFlags, files: &Files) -> Vec<String> {
    let named = settings::rules_folders(files, &flags.render.settings);
    named.into_iter().chain(flags.own_rules.folders.iter().cloned()).collect()
}

/// Starts as many threads as the flag says.
fn work_with(threads: Option<usize>) -> Result<(), String> {
    let Some(threads) = threads.filter(|&threads| threads > 0) else { return Ok(()) };
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    built.map_err(|error| format!("cannot start {threads} threads: {error}"))
}

/// Writes the report to files, to standard output, and what matters beside it to standard error.
fn report_to_all(
    flags: &CheckFlags,
    files: &Files,
    catalog: &Catalog,
    (report, sources): (&Report, &SourceMap),
    (outputs, shown, is_recorded): (&[(Format, String)], Shown, bool),
) -> Result<(), String> {
    let workspace = std::env::var_os("GITHUB_WORKSPACE");
    let moved = Paths::of(files.here(), workspace.as_deref().map(Path::new))
        .map(|paths| paths.moved(report, sources));
    let written = |format: Format, style: &Style| match &moved {
        Some((report, sources)) if format != Format::Text => render(format, report, catalog, sources, style),
        _ => render(format, report, catalog, sources, style),
    };
    for (format, path) in outputs {
        let text = written(*format, &Style { shown, ..Style::plain() });
        if is_step_summary(path) { append_summary(path, &text)? } else { write(path, &text)? }
    }
    let format = flags.written.format()?;
    let shown = Shown { errors_elsewhere: true, ..shown };
    // The findings that were just accepted are no news.
    if format != Format::Text || !is_recorded {
        if flags.written.passthrough {
            note(&written(format, &Style { shown, ..Style::plain() }));
        } else {
            print(&written(format, &Style { shown, ..style(flags.color) }))?;
        }
    }
    let errors = report.errors.iter().map(|error| masked(error, report)).collect::<Vec<_>>();
    complain(&errors);
    if let Some(reason) =
        exit_reason(report, shown.fails_at).filter(|_| format != Format::Text && !is_recorded)
    {
        note(&format!("{reason}\n"));
    }
    Ok(())
}

fn masked(error: &RunError, report: &Report) -> RunError {
    RunError { message: report.masks.masked_text(&error.message).into_owned(), ..error.clone() }
}

/// What fails the run: by the flag, the settings, the preset.
fn gate(flags: &CheckFlags, chosen: &Chosen) -> Result<Gate, String> {
    let written = chosen.found.file.fail_on.as_deref().map(|word| Gate::from_str(word, false)).transpose()?;
    let is_lenient = chosen.settings.preset == Preset::Audit && !chosen.settings.fail_on_unjudged;
    let by_preset = if is_lenient { Gate::Never } else { Gate::Error };
    Ok(flags.fail_on.or(written).unwrap_or(by_preset))
}

fn outcome(gate: Gate, report: &Report) -> Outcome {
    if !report.errors.is_empty() {
        Outcome::Incomplete
    } else if gate.lowest().is_some_and(|gate| report.active().any(|finding| finding.severity >= gate)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    }
}

fn chosen(flags: &CheckFlags, files: &Files, catalog: &Catalog) -> Result<Chosen, String> {
    let found = Found::read(files, &flags.render.settings, catalog)?;
    let preset = flags.preset.map(|preset| match preset {
        PresetChoice::Baseline => Preset::Baseline,
        PresetChoice::Recommended => Preset::Recommended,
        PresetChoice::Strict => Preset::Strict,
        PresetChoice::Audit => Preset::Audit,
    });
    let mut settings = found.settings(catalog, preset, now(flags.now.as_deref())?);
    flags.excepting.choose(&mut settings);
    let select = if flags.select.is_empty() { None } else { Some(named(&flags.select, catalog)?) };
    settings.limit(select, named(&flags.ignore, catalog)?);
    settings.kubernetes_minor = minor(&flags.render, &found)?;
    settings.fail_on_unjudged = flags.fail_on_unjudged.unwrap_or(settings.fail_on_unjudged);
    Ok(Chosen { found, settings })
}

fn named(rules: &[String], catalog: &Catalog) -> Result<BTreeSet<RuleId>, String> {
    rules.iter().map(|rule| catalog.find(rule.trim()).map_err(|unknown| unknown.to_string())).collect()
}

/// That there is nothing to lint, where that is not accepted.
fn nothing(flags: &CheckFlags, report: &Report) -> Option<RunError> {
    let is_empty = report.summary.objects == 0 && report.errors.is_empty() && report.findings.is_empty();
    if !is_empty || flags.allow_empty || flags.base.staged {
        return None;
    }
    let looked = if report.summary.files == 0 {
        "there are no `.yaml`, `.yml` or `.json` files".to_owned()
    } else {
        format!(
            "no file of {} holds a Kubernetes object (apiVersion and kind) that is applied",
            report.summary.files
        )
    };
    let shown = flags.paths.join(" ");
    Some(RunError {
        file: None,
        line: None,
        message: format!("nothing to lint in `{shown}`: {looked}; --allow-empty accepts that"),
    })
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
