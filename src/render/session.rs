//! Runs the jobs: each with the program that Argo CD, Flux and people would use, or from the cache.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::child::{Cache, Key, Limits, Program, Programs, Runner, Scratch};
use super::helm::{Release, Versions, WholeChart};
use super::jobs::{Job, Task};
use super::marked::Marked;
use super::materials::Materials;
use super::replay::replay;
use super::{Renderer, Shelf};

/// The programs, the cache and the scratch folder of a run.
pub struct Session {
    scratch: Scratch,
    limits: Limits,
    cache: Cache,
    programs: Programs,
    /// How many folders were made for charts.
    folders: AtomicUsize,
}

/// A rendered text.
#[derive(Clone, Debug)]
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) by: &'static str,
    /// Dependencies that the chart was rendered without.
    pub(super) missing: Vec<String>,
}

/// What Helm said of the marked copy of a chart.
pub(super) enum Raw {
    /// Every file, unparsed.
    Printed(String),
    /// Why it printed nothing.
    Blamed(String),
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// There is no program that could render it.
    NoProgram(&'static str),
    /// The program refused it, or was stopped; in its words.
    Failed(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoProgram(program) => write!(f, "`{program}` is not installed"),
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

    /// A name for a folder that nobody else writes to: two charts may be the same to the byte.
    fn folder(&self) -> String {
        format!("chart-{}", self.folders.fetch_add(1, Ordering::Relaxed))
    }

    fn runner(&self) -> Runner<'_> {
        Runner::new(&self.scratch, self.limits)
    }

    /// The programs that said something in this run, or were remembered to.
    pub(super) fn renderers(&self, used: &[&'static str]) -> Vec<Renderer> {
        let programs = self.programs.helm.iter().chain(&self.programs.kustomize);
        // What was built without a program was built by this one.
        let own = used
            .contains(&"replay")
            .then(|| Renderer { name: "replay", version: env!("CARGO_PKG_VERSION").into() });
        let programs = programs.filter(|program| used.contains(&program.name)).map(|program| {
            let version =
                program.version(&self.runner(), &self.cache).map_or_else(|_| "unknown".into(), Into::into);
            Renderer { name: program.name, version }
        });
        programs.chain(own).collect()
    }

    /// Renders every job, those of files excepted.
    pub(super) fn run(
        &self,
        jobs: &[Job],
        materials: &Materials<'_>,
        shelf: &Shelf<'_>,
        versions: &Versions,
    ) -> Vec<Option<Result<Printed, Broken>>> {
        let one = |job: &Job| match &job.task {
            Task::Files(_) => None,
            Task::Kustomize => Some(self.kustomize(job.root, materials, shelf)),
            Task::Helm(values) => {
                let deployer = job.deployer.map(|(deployer, _)| materials.root(deployer));
                let release = Release::new(values, deployer);
                let chart = WholeChart::new(materials.root(job.root), materials);
                Some(
                    chart
                        .map_err(Broken::Failed)
                        .and_then(|chart| self.helm(&chart, &release, materials, versions)),
                )
            }
        };
        // One job at a time for each thread: children take long, and some much longer than others.
        jobs.par_iter().with_max_len(1).map(one).collect()
    }

    fn kustomize(
        &self,
        root: usize,
        materials: &Materials<'_>,
        shelf: &Shelf<'_>,
    ) -> Result<Printed, Broken> {
        let folder = &materials.root(root).path;
        let Some(program) = &self.programs.kustomize else {
            let whole = replay(folder, shelf).whole();
            let printed = |text| Printed { text, by: "replay", missing: Vec::new() };
            return whole.map(printed).ok_or(Broken::NoProgram("kustomize"));
        };
        let parts = [folder.as_bytes().to_vec(), materials.of_kustomization(root).to_vec()];
        self.ask(program, &parts, (Vec::new(), ""), || {
            // A name that begins with a dash is no option.
            let folder = Path::new(".").join(folder).to_string_lossy().into_owned();
            Ok(vec![program.verb().to_owned(), folder])
        })
    }

    fn helm(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        materials: &Materials<'_>,
        versions: &Versions,
    ) -> Result<Printed, Broken> {
        let Some(program) = &self.programs.helm else { return Err(Broken::NoProgram("helm")) };
        let parts = chart.key(release, versions, materials);
        let name = self.folder();
        self.ask(program, &parts, (chart.missing.clone(), &name), || {
            let folder = self.scratch.folder(&name)?;
            let place = match &chart.as_it_stands {
                Some(folder) => std::path::absolute(folder)?,
                None => chart.copy(&self.scratch, &format!("{name}/chart"), &[], materials)?,
            };
            release.arguments(&place, versions, &folder, materials)
        })
    }

    /// What Helm prints of the marked copy of a chart, unparsed; nothing where it prints nothing.
    pub(super) fn raw(
        &self,
        chart: &WholeChart,
        release: &Release<'_>,
        materials: &Materials<'_>,
        versions: &Versions,
        marked: &Marked<'_, '_>,
    ) -> Option<Raw> {
        let program = self.programs.helm.as_ref()?;
        let runner = self.runner();
        let version = program.version(&runner, &self.cache).ok()?;
        let mut parts =
            vec![b"marked".to_vec(), version.as_bytes().to_vec(), program.size.to_le_bytes().to_vec()];
        parts.extend(
            marked
                .files()
                .iter()
                .flat_map(|(path, text)| [path.clone().into_bytes(), text.clone().into_bytes()]),
        );
        parts.extend(chart.key(release, versions, materials));
        let key = Key::of(&parts);
        let known = self.cache.get(&key);
        let kept = known.filter(|known| !known.is_empty()).map_or_else(
            || {
                let name = self.folder();
                let folder = self.scratch.folder(&name).ok()?;
                let copied = chart.copy(&self.scratch, &format!("{name}/chart"), marked.files(), materials);
                let mut arguments = release.arguments(&copied.ok()?, versions, &folder, materials).ok()?;
                arguments.push("--debug".to_owned());
                let output = runner.run(program, &arguments, Path::new(".")).ok()?;
                let (first, said) = if output.stdout.is_empty() {
                    (COMPLAINED, output.stderr.into_bytes())
                } else {
                    (PRINTED, output.stdout)
                };
                let kept = [&[first], said.as_slice()].concat();
                self.cache.put(&key, &kept);
                Some(kept)
            },
            Some,
        )?;
        let (first, said) = kept.split_first()?;
        let said = String::from_utf8(said.to_vec()).ok()?;
        Some(if *first == PRINTED { Raw::Printed(said) } else { Raw::Blamed(said) })
    }

    /// What a program prints, from the cache where it is known. `parts` is all that it depends on.
    fn ask(
        &self,
        program: &Program,
        parts: &[Vec<u8>],
        (missing, folder): (Vec<String>, &str),
        arguments: impl FnOnce() -> std::io::Result<Vec<String>>,
    ) -> Result<Printed, Broken> {
        let failed = |failure: &dyn std::fmt::Display| Broken::Failed(failure.to_string());
        let runner = self.runner();
        let version = program.version(&runner, &self.cache).map_err(|failure| failed(&failure))?;
        let network = [u8::from(self.limits.allow_network)];
        let of_program = [
            network.to_vec(),
            program.name.as_bytes().to_vec(),
            version.as_bytes().to_vec(),
            program.size.to_le_bytes().to_vec(),
        ];
        let key = Key::of(of_program.iter().chain(parts));
        if let Some(answer) = self.cache.get(&key).and_then(|known| answer(&known)) {
            return answer.map(|text| Printed { text, by: program.name, missing });
        }
        let arguments = arguments().map_err(|error| failed(&error))?;
        let output = runner.run(program, &arguments, Path::new(".")).map_err(|failure| failed(&failure))?;
        // Neither where the tree stands nor where a copy stood is of interest, and the same for the next run.
        let here = std::env::current_dir().map(|here| format!("{}/", here.display())).unwrap_or_default();
        let mut stderr = output.stderr.clone();
        for place in [format!("{folder}/chart/"), format!("{folder}/"), here] {
            if place.len() > 1 {
                stderr = stderr.replace(&place, "");
            }
        }
        let (first, said) = if output.success() {
            (PRINTED, output.stdout)
        } else if output.panicked() {
            (COMPLAINED, format!("`{}` crashed on it: {}", program.name, complaint(&stderr)).into_bytes())
        } else {
            (COMPLAINED, complaint(&stderr).into_bytes())
        };
        let mut kept = vec![first];
        kept.extend(said);
        // What could not be fetched may be there the next time.
        if first == PRINTED || !self.limits.allow_network {
            self.cache.put(&key, &kept);
        }
        let answer =
            answer(&kept).unwrap_or_else(|| Err(Broken::Failed("it printed what is not UTF-8".into())));
        answer.map(|text| Printed { text, by: program.name, missing })
    }
}

/// An answer as it was kept; `None` where that is nothing of ours.
fn answer(kept: &[u8]) -> Option<Result<String, Broken>> {
    let (first, text) = kept.split_first()?;
    let text = String::from_utf8(text.to_vec()).ok()?;
    match *first {
        PRINTED => Some(Ok(text)),
        COMPLAINED => Some(Err(Broken::Failed(text))),
        _ => None,
    }
}

/// The sentence of a complaint that says what is wrong: the last, as what went before only leads there.
fn complaint(stderr: &str) -> String {
    const LONGEST: usize = 300;
    let lines = stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let told = |line: &str| {
        !line.starts_with("Use --debug") && !line.starts_with("WARNING") && !line.starts_with('#')
    };
    let line =
        lines.filter(|line| told(line)).find(|line| line.starts_with("Error:") || line.starts_with("panic:"));
    let line = line.or_else(|| stderr.lines().rev().find(|line| !line.trim().is_empty())).unwrap_or_default();
    let line = line.trim().trim_start_matches("Error:").trim();
    let end = line.floor_char_boundary(LONGEST);
    if end < line.len() { format!("{}…", &line[..end]) } else { line.to_owned() }
}
