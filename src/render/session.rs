//! Runs the jobs: each with the program that Argo CD, Flux and people would use, or from the cache.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

use crate::finding::Engine;

use super::child::{Cache, Key, Limits, Output, Program, Programs, Runner, Scratch};
use super::generated::{Chance, Generated, chance};
use super::helm::{Release, WholeChart};
use super::inputs::Inputs;
use super::job::{Job, Task};
use super::kustomize::WholeKustomization;
use super::kustomize_error::of_components;
use super::marked::Marked;
use super::replay::{Inflations, replay};
use super::roots::{Changes, ValueSet};
use super::{FileIndex, Renderer};

/// The programs, the cache and the scratch folder of a run.
pub struct Session {
    scratch: Scratch,
    limits: Limits,
    cache: Cache,
    programs: Programs,
    /// What was rendered so far: runs over nearly the same tree share a session, and their texts.
    rendered: Mutex<HashMap<Key, Outcome>>,
    /// How many folders were made for what is rendered.
    folders: AtomicUsize,
}

/// A rendered text.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    pub(super) text: Arc<str>,
    pub(super) by: Engine,
    /// Dependencies that the chart was rendered without.
    pub(super) missing: Vec<String>,
    /// The values that the chart made.
    pub(super) generated: Generated,
}

impl Printed {
    fn new(text: Arc<str>, by: Engine) -> Self {
        Self { text, by, missing: Vec::new(), generated: Generated::default() }
    }
}

/// What a program printed, or the message with which it refused.
type Outcome = Result<Arc<str>, String>;

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// There is no program that could render it.
    NoProgram(Engine),
    /// The program refused it or was stopped; its message.
    Failed(String),
    /// The same of what a release changes in what Helm printed: which of its post renderers, and the message.
    PostRenderer(usize, String),
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoProgram(program) => write!(f, "`{}` is not installed", program.word()),
            Self::Failed(message) | Self::PostRenderer(_, message) => f.write_str(message),
        }
    }
}

/// The first byte of an entry in the cache: what follows is what the program printed, or its error message.
const PRINTED: u8 = b'+';
const REFUSED: u8 = b'-';

impl Session {
    /// A session that looks for programs in the folders of `path`, as the variable `PATH` has them. `watchdog` is this
    /// program, see [`Scratch::new`]. Starts nothing.
    #[must_use]
    pub fn new(
        path: Option<&std::ffi::OsStr>,
        cache: Cache,
        limits: Limits,
        watchdog: Option<PathBuf>,
    ) -> Self {
        Self {
            scratch: Scratch::new(watchdog),
            limits,
            cache,
            programs: Programs::find(path),
            rendered: Mutex::default(),
            folders: AtomicUsize::new(0),
        }
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(&self.scratch, self.limits)
    }

    /// The programs that rendered something in this run, or whose output was in the cache.
    pub(super) fn renderers(&self, used: &BTreeSet<Engine>) -> Vec<Renderer> {
        let programs = self.programs.helm.iter().chain(&self.programs.kustomize);
        // What was built without a program was built by this one.
        let own = used
            .contains(&Engine::Replay)
            .then(|| Renderer { engine: Engine::Replay, version: env!("CARGO_PKG_VERSION").into() });
        let programs = programs.filter(|program| used.contains(&program.engine)).map(|program| {
            let version =
                program.version(&self.runner(), &self.cache).map_or_else(|_| "unknown".into(), Into::into);
            Renderer { engine: program.engine, version }
        });
        programs.chain(own).collect()
    }

    /// Renders every job; `None` for jobs of files, which need no rendering.
    pub(super) fn run(
        &self,
        jobs: &[&Job],
        inputs: &Inputs<'_>,
    ) -> Vec<Option<Result<Printed, RenderError>>> {
        let one = |job: &&Job| match &job.task {
            Task::Files(_) | Task::PostRender(..) => None,
            Task::Kustomize(changes) => Some(self.kustomize(job, changes, inputs)),
            Task::Helm(values) | Task::Inflate(values) => Some(self.helm(job, values, inputs)),
        };
        // One job at a time for each thread: children take long, and some much longer than others.
        jobs.par_iter().with_max_len(1).map(one).collect()
    }

    fn kustomize(&self, job: &Job, changes: &Changes, inputs: &Inputs<'_>) -> Result<Printed, RenderError> {
        let Some(program) = &self.programs.kustomize else {
            let charts = inputs.inflations(job).map_err(RenderError::Failed)?;
            let whole = replay(job.folder(inputs.roots), changes, &charts, &inputs.index).whole();
            return replayed(whole);
        };
        let whole = WholeKustomization::new(job, changes, inputs).map_err(RenderError::Failed)?;
        self.built(program, &whole, inputs.here())
    }

    fn built(
        &self,
        program: &Program,
        whole: &WholeKustomization<'_>,
        here: &Path,
    ) -> Result<Printed, RenderError> {
        let prepare = |name: &str| {
            let folder =
                if whole.as_it_stands { here.to_path_buf() } else { whole.copy(&self.scratch, name)? };
            Ok((vec![program.verb().to_owned(), whole.argument()], folder))
        };
        let read = |output, name: &str| checked(program, output, name, here);
        let text = self.rendered(program, &whole.key(), prepare, read)?.map_err(RenderError::Failed)?;
        Ok(Printed::new(text, program.engine))
    }

    /// What a post renderer makes of what Helm printed, which `index` has as [`PRINTED`](super::roots::PRINTED). Without
    /// kustomize it is only replayed if all of that passes through the post renderer.
    pub(super) fn post_render(
        &self,
        printed: &str,
        is_all: bool,
        changes: &Changes,
        index: &FileIndex<'_>,
    ) -> Result<Printed, RenderError> {
        let Some(program) = &self.programs.kustomize else {
            let whole = is_all.then(|| replay("", changes, &Inflations::new(), index).whole()).flatten();
            return replayed(whole);
        };
        let whole = WholeKustomization::over(printed, changes, index).map_err(RenderError::Failed)?;
        self.built(program, &whole, index.tree.files().here())
    }

    fn helm(&self, job: &Job, values: &ValueSet, inputs: &Inputs<'_>) -> Result<Printed, RenderError> {
        let chart = WholeChart::new(&inputs.roots[job.root], inputs).map_err(RenderError::Failed)?;
        let mut chart = chart.installed_with(values, inputs);
        let release = Release::new(job, values).of(&chart, inputs);
        let Some(program) = &self.programs.helm else { return Err(RenderError::NoProgram(Engine::Helm)) };
        let prepare = |name: &str| self.helm_arguments(&chart, &release, inputs, name, None);
        let read = |output, name: &str| checked(program, output, name, inputs.here());
        let text = self.rendered(program, &chart.key(&release, inputs), prepare, read)?;
        let text = text.map_err(RenderError::Failed)?;
        let generated = self.generated(program, &mut chart, &release, inputs, &text);
        Ok(Printed { missing: chart.missing, generated, ..Printed::new(text, program.engine) })
    }

    /// The values that a chart makes, by a second rendering; none where it fails.
    fn generated(
        &self,
        program: &Program,
        chart: &mut WholeChart,
        release: &Release<'_>,
        inputs: &Inputs<'_>,
        text: &str,
    ) -> Generated {
        let Some(Chance { is_kept, is_of_time }) = chance(chart, inputs) else { return Generated::default() };
        let parts: Vec<_> = [b"again".to_vec()].into_iter().chain(chart.key(release, inputs)).collect();
        let prepare = |name: &str| {
            // The clock says the same until the next second.
            if is_of_time {
                thread::sleep(Duration::from_secs(1));
            }
            self.helm_arguments(chart, release, inputs, name, None)
        };
        let read = |output, name: &str| checked(program, output, name, inputs.here());
        let again = self.key(program, &parts).and_then(|key| self.cached(program, &key, prepare, read));
        match again {
            Ok(Ok(again)) => Generated::between(text, &again, is_kept),
            _ => Generated::default(),
        }
    }

    /// What Helm prints for the marked copy of a chart: every file, unparsed; or its whole error message.
    pub(super) fn render_marked(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        inputs: &Inputs<'_>,
        marked: &Marked<'_, '_>,
    ) -> Option<Outcome> {
        let program = self.programs.helm.as_ref()?;
        let mut parts = vec![b"marked".to_vec()];
        for (path, text) in marked.files() {
            parts.extend([path.clone().into_bytes(), text.clone().into_bytes()]);
        }
        parts.extend(chart.key(release, inputs));
        let prepare = |name: &str| {
            let (mut arguments, folder) =
                self.helm_arguments(chart, release, inputs, name, Some(marked.files()))?;
            // It is printed even where what it renders is no YAML.
            arguments.push("--debug".to_owned());
            Ok((arguments, folder))
        };
        // It exits with an error whatever it prints.
        let read = |output: Output, _: &str| {
            if output.stdout.is_empty() { Err(output.stderr) } else { Ok(output.stdout) }
        };
        let key = self.key(program, &parts).ok()?;
        self.cached(program, &key, prepare, read).ok()
    }

    /// The arguments and the working directory of Helm. A chart with `changed` texts is copied.
    fn helm_arguments(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        inputs: &Inputs<'_>,
        name: &str,
        changed: Option<&[(String, String)]>,
    ) -> io::Result<(Vec<String>, PathBuf)> {
        let folder = self.scratch.folder(name)?;
        let place = match &chart.as_it_stands {
            Some(folder) if changed.is_none() => inputs.absolute(folder),
            _ => chart.copy(&self.scratch, name, changed.unwrap_or_default(), inputs),
        };
        Ok((release.arguments(&place?, &folder, inputs)?, inputs.here().to_path_buf()))
    }

    /// The outcome of a program whose text the run keeps: from memory where another run had it, else as
    /// [`Self::cached`]. `parts` is all that it depends on.
    fn rendered(
        &self,
        program: &Program,
        parts: &[Vec<u8>],
        prepare: impl FnOnce(&str) -> io::Result<(Vec<String>, PathBuf)>,
        read: impl FnOnce(Output, &str) -> Result<Vec<u8>, String>,
    ) -> Result<Outcome, RenderError> {
        let key = self.key(program, parts)?;
        let memory = || self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory().get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let outcome = self.cached(program, &key, prepare, read)?;
        // What could not be fetched may be there the next time.
        if outcome.is_ok() || !self.limits.allow_network {
            memory().insert(key, outcome.clone());
        }
        Ok(outcome)
    }

    /// What the outcome of a program is found by; `parts` is all that it depends on beside the program.
    fn key(&self, program: &Program, parts: &[Vec<u8>]) -> Result<Key, RenderError> {
        let version = program.version(&self.runner(), &self.cache).map_err(failed)?;
        let of_program = [
            vec![u8::from(self.limits.allow_network)],
            program.engine.word().as_bytes().to_vec(),
            version.as_bytes().to_vec(),
            program.size.to_le_bytes().to_vec(),
        ];
        Ok(Key::of(of_program.iter().chain(parts)))
    }

    /// The outcome of a program: from the cache where it is known, else of a run, which is kept. `prepare` gets the name of
    /// a folder in the scratch folder and gives arguments and working directory.
    fn cached(
        &self,
        program: &Program,
        key: &Key,
        prepare: impl FnOnce(&str) -> io::Result<(Vec<String>, PathBuf)>,
        read: impl FnOnce(Output, &str) -> Result<Vec<u8>, String>,
    ) -> Result<Outcome, RenderError> {
        let runner = self.runner();
        if let Some(outcome) = self.cache.get(key).and_then(from_cache) {
            return Ok(outcome);
        }
        // A folder that nobody else writes to, as two roots may be the same to the byte; nobody needs it afterwards.
        let name = format!("root-{}", self.folders.fetch_add(1, Ordering::Relaxed));
        let run = || {
            let (arguments, folder) = prepare(&name).map_err(failed)?;
            runner.run(program, &arguments, &folder).map_err(failed)
        };
        let output = run();
        self.scratch.discard(&name);
        let (first, text) = match read(output?, &name) {
            Ok(printed) => (PRINTED, printed),
            Err(message) => (REFUSED, message.into_bytes()),
        };
        let entry = [&[first], text.as_slice()].concat();
        // What could not be fetched may be there the next time.
        if first == PRINTED || !self.limits.allow_network {
            self.cache.put(key, &entry);
        }
        from_cache(entry).ok_or_else(|| RenderError::Failed("it printed what is not UTF-8".into()))
    }
}

/// What was replayed where there is no kustomize, if that is certain.
fn replayed(whole: Option<String>) -> Result<Printed, RenderError> {
    whole
        .map(|text| Printed::new(text.into(), Engine::Replay))
        .ok_or(RenderError::NoProgram(Engine::Kustomize))
}

/// An entry of the cache as an outcome; `None` where it is damaged.
fn from_cache(mut entry: Vec<u8>) -> Option<Outcome> {
    let first = *entry.first()?;
    let text = String::from_utf8(entry.split_off(1)).ok()?;
    match first {
        PRINTED => Some(Ok(text.into())),
        REFUSED => Some(Err(text)),
        _ => None,
    }
}

fn failed(failure: impl std::fmt::Display) -> RenderError {
    RenderError::Failed(failure.to_string())
}

/// What a program printed if it ended well, else its error message. `folder` is its own in the scratch folder.
fn checked(program: &Program, output: Output, folder: &str, here: &Path) -> Result<Vec<u8>, String> {
    if output.success() {
        return Ok(output.stdout);
    }
    // Without the paths of the tree and of the copy: they differ from run to run.
    let here = format!("{}/", here.display());
    let mut stderr = output.stderr.clone();
    for place in [format!("{folder}/copy/"), format!("{folder}/"), here] {
        if place.len() > 1 {
            stderr = stderr.replace(&place, "");
        }
    }
    let message = error_message(&stderr, program.engine);
    let program = program.engine.word();
    Err(if output.panicked() { format!("`{program}` crashed on it: {message}") } else { message })
}

/// The error message in standard error, else its last line.
fn error_message(stderr: &str, engine: Engine) -> String {
    const LONGEST: usize = 1000;
    let lines = || stderr.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let is_start = |line: &&str| line.starts_with("Error:") || line.starts_with("panic:");
    let last = lines().next_back().unwrap_or_default();
    let mut message = lines().find(is_start).unwrap_or(last).trim_start_matches("Error:").trim().to_owned();
    match engine {
        // Helm goes on, as with a line for each reason of a schema, up to an empty line.
        Engine::Helm => {
            let after = stderr.lines().skip_while(|line| !is_start(line)).skip(1);
            for line in after.take_while(|line| !line.trim().is_empty()) {
                message.extend(["\n", line]);
            }
        }
        // Kustomize quotes what it cannot use, on several lines, before it says why.
        _ if message.ends_with('`') && last.starts_with("`: ") => message += last,
        _ => message = of_components(message),
    }
    let end = message.floor_char_boundary(LONGEST);
    if end < message.len() { format!("{}…", &message[..end]) } else { message }
}
