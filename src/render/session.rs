//! Runs the jobs: each with the program that Argo CD, Flux and people would use, or from the cache.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::finding::Engine;

use super::child::{Cache, Key, Limits, Output, Program, Programs, Runner, Scratch};
use super::helm::{Release, Versions, WholeChart};
use super::jobs::{Job, Task};
use super::kustomize::WholeKustomization;
use super::marked::Marked;
use super::materials::Materials;
use super::replay::replay;
use super::roots::Changes;
use super::{Renderer, Shelf};

/// The programs, the cache and the scratch folder of a run.
pub struct Session {
    scratch: Scratch,
    limits: Limits,
    cache: Cache,
    programs: Programs,
    /// How many folders were made for what is rendered.
    folders: AtomicUsize,
}

/// A rendered text.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) by: Engine,
    /// Dependencies that the chart was rendered without.
    pub(super) missing: Vec<String>,
}

/// What a program answered.
pub(super) enum Answer {
    /// On standard output.
    Output(String),
    /// Why it printed nothing.
    Error(String),
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// There is no program that could render it.
    NoProgram(Engine),
    /// The program refused it, or was stopped; in its words.
    Failed(String),
}

impl std::fmt::Display for RenderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoProgram(program) => write!(f, "`{}` is not installed", program.word()),
            Self::Failed(message) => f.write_str(message),
        }
    }
}

/// What a text in the cache begins with: whether the program printed it or complained.
const PRINTED: u8 = b'+';
const COMPLAINED: u8 = b'-';

impl Session {
    /// A session that looks for programs in the folders of `path`, as the variable `PATH` has them. `keeper` is this
    /// program, see [`Scratch::new`]. Starts nothing.
    #[must_use]
    pub fn new(
        path: Option<&std::ffi::OsStr>,
        cache: Cache,
        limits: Limits,
        keeper: Option<std::path::PathBuf>,
    ) -> Self {
        Self {
            scratch: Scratch::new(keeper),
            limits,
            cache,
            programs: Programs::find(path),
            folders: AtomicUsize::new(0),
        }
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(&self.scratch, self.limits)
    }

    /// The programs whose answers were used in this run, asked now or before.
    pub(super) fn renderers(&self, used: &[Engine]) -> Vec<Renderer> {
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

    /// Renders every job, those of files excepted.
    pub(super) fn run(
        &self,
        jobs: &[&Job],
        materials: &Materials<'_>,
        shelf: &Shelf<'_>,
        versions: &Versions,
    ) -> Vec<Option<Result<Printed, RenderError>>> {
        let one = |job: &&Job| match &job.task {
            Task::Files(_) => None,
            Task::Kustomize(changes) => Some(self.kustomize(job, changes, materials, shelf)),
            Task::Helm(values) => {
                let deployer = job.deployer.map(|(deployer, _)| materials.root(deployer));
                let release = Release::new(values, deployer);
                let chart = WholeChart::new(materials.root(job.root), materials);
                Some(
                    chart
                        .map_err(RenderError::Failed)
                        .and_then(|chart| self.helm(&chart, &release, materials, versions)),
                )
            }
        };
        // One job at a time for each thread: children take long, and some much longer than others.
        jobs.par_iter().with_max_len(1).map(one).collect()
    }

    fn kustomize(
        &self,
        job: &Job,
        changes: &Changes,
        materials: &Materials<'_>,
        shelf: &Shelf<'_>,
    ) -> Result<Printed, RenderError> {
        let Some(program) = &self.programs.kustomize else {
            let whole = replay(&materials.root(job.root).path, &changes.list, shelf).whole();
            let printed = |text| Printed { text, by: Engine::Replay, missing: Vec::new() };
            return whole.map(printed).ok_or(RenderError::NoProgram(Engine::Kustomize));
        };
        let whole =
            WholeKustomization::new(job, &changes.list, materials, shelf).map_err(RenderError::Failed)?;
        let answer = self.remembered(program, &whole.key(), |runner, name| {
            let arguments = [program.verb().to_owned(), whole.argument()];
            let place = if whole.as_it_stands {
                materials.here().to_path_buf()
            } else {
                whole.copy(&self.scratch, &format!("{name}/copy")).map_err(failed)?
            };
            Ok(settled(
                program,
                runner.run(program, &arguments, &place).map_err(failed)?,
                name,
                materials.here(),
            ))
        })?;
        Ok(Printed { text: answer.printed()?, by: program.engine, missing: Vec::new() })
    }

    fn helm(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        materials: &Materials<'_>,
        versions: &Versions,
    ) -> Result<Printed, RenderError> {
        let Some(program) = &self.programs.helm else { return Err(RenderError::NoProgram(Engine::Helm)) };
        let parts = chart.key(release, versions, materials);
        let answer = self.remembered(program, &parts, |runner, name| {
            let folder = self.scratch.folder(name).map_err(failed)?;
            let place = match &chart.as_it_stands {
                Some(folder) => materials.absolute(folder),
                None => chart.copy(&self.scratch, &format!("{name}/copy"), &[], materials),
            };
            let arguments = release.arguments(&place.map_err(failed)?, versions, &folder, materials);
            let output =
                runner.run(program, &arguments.map_err(failed)?, materials.here()).map_err(failed)?;
            Ok(settled(program, output, name, materials.here()))
        })?;
        Ok(Printed { text: answer.printed()?, by: program.engine, missing: chart.missing.clone() })
    }

    /// What Helm says of the marked copy of a chart: every file, unparsed, or why it prints none.
    pub(super) fn raw(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        materials: &Materials<'_>,
        versions: &Versions,
        marked: &Marked<'_, '_>,
    ) -> Option<Answer> {
        let program = self.programs.helm.as_ref()?;
        let mut parts = vec![b"marked".to_vec()];
        for (path, text) in marked.files() {
            parts.extend([path.clone().into_bytes(), text.clone().into_bytes()]);
        }
        parts.extend(chart.key(release, versions, materials));
        let answer = self.remembered(program, &parts, |runner, name| {
            let folder = self.scratch.folder(name).map_err(failed)?;
            let place = chart.copy(&self.scratch, &format!("{name}/copy"), marked.files(), materials);
            let arguments = release.arguments(&place.map_err(failed)?, versions, &folder, materials);
            let mut arguments = arguments.map_err(failed)?;
            arguments.push("--debug".to_owned());
            let output = runner.run(program, &arguments, materials.here()).map_err(failed)?;
            // It ends in a complaint whatever it prints.
            Ok(if output.stdout.is_empty() {
                (COMPLAINED, output.stderr.into_bytes())
            } else {
                (PRINTED, output.stdout)
            })
        });
        answer.ok()
    }

    /// What a program says: from the cache where it is known, else asked and kept. `parts` is all that it depends on; `ask` gets the name of a folder in the scratch folder.
    fn remembered(
        &self,
        program: &Program,
        parts: &[Vec<u8>],
        ask: impl FnOnce(&Runner<'_>, &str) -> Result<(u8, Vec<u8>), RenderError>,
    ) -> Result<Answer, RenderError> {
        let runner = self.runner();
        let version = program.version(&runner, &self.cache).map_err(failed)?;
        let of_program = [
            vec![u8::from(self.limits.allow_network)],
            program.engine.word().as_bytes().to_vec(),
            version.as_bytes().to_vec(),
            program.size.to_le_bytes().to_vec(),
        ];
        let key = Key::of(of_program.iter().chain(parts));
        if let Some(answer) = self.cache.get(&key).and_then(|kept| Answer::read(&kept)) {
            return Ok(answer);
        }
        // A folder that nobody else writes to, as two roots may be the same to the byte; nobody needs it afterwards.
        let name = format!("root-{}", self.folders.fetch_add(1, Ordering::Relaxed));
        let answer = ask(&runner, &name);
        self.scratch.discard(&name);
        let (first, text) = answer?;
        let kept = [&[first], text.as_slice()].concat();
        // What could not be fetched may be there the next time.
        if first == PRINTED || !self.limits.allow_network {
            self.cache.put(&key, &kept);
        }
        Answer::read(&kept).ok_or_else(|| RenderError::Failed("it printed what is not UTF-8".into()))
    }
}

impl Answer {
    /// As it is kept; `None` where that is nothing of ours.
    fn read(kept: &[u8]) -> Option<Self> {
        let (first, text) = kept.split_first()?;
        let text = String::from_utf8(text.to_vec()).ok()?;
        match *first {
            PRINTED => Some(Self::Output(text)),
            COMPLAINED => Some(Self::Error(text)),
            _ => None,
        }
    }

    fn printed(self) -> Result<String, RenderError> {
        match self {
            Self::Output(text) => Ok(text),
            Self::Error(text) => Err(RenderError::Failed(text)),
        }
    }
}

fn failed(failure: impl std::fmt::Display) -> RenderError {
    RenderError::Failed(failure.to_string())
}

/// What is kept of an output. `folder` is its own in the scratch folder.
fn settled(program: &Program, output: Output, folder: &str, here: &Path) -> (u8, Vec<u8>) {
    if output.success() {
        return (PRINTED, output.stdout);
    }
    // Neither where the tree stands nor where a copy stood is of interest, and the same for the next run.
    let here = format!("{}/", here.display());
    let mut stderr = output.stderr.clone();
    for place in [format!("{folder}/copy/"), format!("{folder}/"), here] {
        if place.len() > 1 {
            stderr = stderr.replace(&place, "");
        }
    }
    let answer = complaint(&stderr);
    let answer = if output.panicked() {
        format!("`{}` crashed on it: {answer}", program.engine.word())
    } else {
        answer
    };
    (COMPLAINED, answer.into_bytes())
}

/// The sentence of a complaint that says what is wrong: the last, as what went before only leads there.
fn complaint(stderr: &str) -> String {
    const LONGEST: usize = 300;
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_reason = |line: &str| {
        !line.starts_with("Use --debug") && !line.starts_with("WARNING") && !line.starts_with('#')
    };
    let line = lines
        .filter(|line| is_reason(line))
        .find(|line| line.starts_with("Error:") || line.starts_with("panic:"));
    let line = line.or_else(|| stderr.lines().rev().find(|line| !line.trim().is_empty())).unwrap_or_default();
    let line = line.trim().trim_start_matches("Error:").trim();
    let end = line.floor_char_boundary(LONGEST);
    if end < line.len() { format!("{}…", &line[..end]) } else { line.to_owned() }
}
