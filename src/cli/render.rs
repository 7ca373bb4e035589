//! `render`: what is linted, as a YAML stream, as lines with their origins, or as objects. Also the flags of rendering,
//! for every command that reads manifests.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::Outcome;
use super::arguments::RenderCommand;
use super::output::{complain, print};
use super::settings::{Chosen, Found};
use super::shared_flags::RenderFlags;
use crate::catalog::Catalog;
use crate::config::{NEWEST_KUBERNETES, Settings};
use crate::lint::{PolicyChange, Request, Run};
use crate::load::Files;
use crate::render::child::{self, Cache};
use crate::render::jobs::NamedValues;
use crate::render::{Options, Session, Setup};
use crate::report::rendered;
use crate::secrets::add_formats;

/// What a command reads, as its flags have it.
pub(super) struct Input<'f> {
    files: &'f Files,
    settings: Settings,
    largest_file: u64,
    render: Option<(Session, Options)>,
    /// What of the settings is not as it was at the base.
    policy: Vec<PolicyChange>,
}

impl<'f> Input<'f> {
    pub(super) fn new(files: &'f Files, chosen: Chosen, flags: &RenderFlags) -> Result<Self, String> {
        let Chosen { found, settings } = chosen;
        add_formats(found.file.token_formats.clone());
        let options = Options {
            values: values(&found.value_sets(&flags.helm_values), files)?,
            repositories: found.repositories(),
            clusters: found.file.clusters.clone(),
            kubernetes_minor: settings.kubernetes_minor,
        };
        let render = if flags.no_render { None } else { Some((session(flags), options)) };
        Ok(Self { files, settings, largest_file: flags.limits.largest_file(), render, policy: Vec::new() })
    }

    /// The same, with what of the settings is not as it was at the base.
    pub(super) fn changed(self, policy: Option<Vec<PolicyChange>>) -> Self {
        Self { policy: policy.unwrap_or_default(), ..self }
    }

    /// Reads and renders what `paths` name.
    pub(super) fn run<'r>(&'r self, paths: &'r [String]) -> Run<'r> {
        Run::new(self.request(paths), &mut std::io::stdin().lock())
    }

    /// What the user asked for.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What is to be read.
    pub(super) fn request<'r>(&'r self, paths: &'r [String]) -> Request<'r> {
        let render = self.render.as_ref().map(|(session, options)| Setup { session, options });
        let Self { files, settings, largest_file, policy, .. } = self;
        Request { files, paths, largest_file: *largest_file, render, settings, policy, before: None }
    }
}

fn session(flags: &RenderFlags) -> Session {
    let folder = if flags.no_cache { None } else { flags.cache_dir.clone().or_else(Cache::default_folder) };
    let cache = folder.map_or_else(Cache::none, Cache::at);
    let limits = child::Limits {
        wall: Duration::from_secs(flags.render_timeout),
        allow_network: flags.allow_network,
        ..child::Limits::default()
    };
    let path = std::env::var_os("PATH");
    // Without itself as a keeper a killed run may leave something behind, and works all the same.
    Session::new(path.as_deref(), cache, limits, std::env::current_exe().ok())
}

/// What a command that runs no rule is to go by.
pub(super) fn chosen(files: &Files, flags: &RenderFlags, catalog: &Catalog) -> Result<Chosen, String> {
    let found = Found::read(files, &flags.settings, catalog)?;
    let mut settings = found.settings(catalog, None, Timestamp::now());
    settings.kubernetes_minor = minor(flags, &found)?;
    Ok(Chosen { found, settings })
}

/// The minor version of the cluster, where it is known.
pub(super) fn minor(flags: &RenderFlags, found: &Found) -> Result<Option<u32>, String> {
    let (text, name) = match (&flags.kubernetes_version, &found.file.kubernetes_version) {
        (Some(text), _) => (text, "--kubernetes-version"),
        (None, Some(text)) => (text, "kubernetesVersion:"),
        (None, None) => return Ok(None),
    };
    let number = text.trim_start_matches('v').strip_prefix("1.").and_then(|rest| rest.split('.').next());
    number
        .and_then(|number| number.parse().ok())
        .map(Some)
        .ok_or_else(|| format!("`{name} {text}` is no version of Kubernetes; write 1.{NEWEST_KUBERNETES}"))
}

/// `CHART=FILE,FILE`: each file as it stands seen from the chart, else from the working directory.
fn values(named: &[String], files: &Files) -> Result<Vec<NamedValues>, String> {
    let read = |text: &String| {
        let (chart, named) = text
            .split_once('=')
            .ok_or_else(|| format!("`--helm-values {text}` names no files; write CHART=FILE,FILE"))?;
        let chart = chart.trim_start_matches("./").trim_end_matches('/');
        let chart = if chart == "." { "" } else { chart };
        if !files.is_file(&Path::new(chart).join("Chart.yaml")) {
            return Err(format!("`--helm-values {text}`: the folder `{chart}` holds no chart"));
        }
        let find = |file: &str| {
            let inside = if chart.is_empty() { file.to_owned() } else { format!("{chart}/{file}") };
            let mut places = [inside, file.to_owned()].into_iter();
            places.find(|place| files.is_file(Path::new(place))).ok_or_else(|| {
                format!("`--helm-values {text}`: there is no file `{file}` in `{chart}` or in the working directory")
            })
        };
        Ok((chart.to_owned(), named.split(',').map(find).collect::<Result<_, String>>()?))
    };
    named.iter().map(read).collect()
}

pub(super) fn run(flags: &RenderCommand, files: &Files, chosen: Chosen) -> Result<Outcome, String> {
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(&flags.paths);
    let text = if flags.origins {
        rendered::origins(run.rendered(), &run.provenance())
    } else if flags.objects {
        rendered::by_root(run.rendered())
    } else {
        rendered::stream(run.rendered())
    };
    let complete = complain(&run.errors());
    print(&run.rendered().shown(&text))?;
    Ok(complete)
}
