//! `render`: what is linted, as a YAML stream, as lines with their origins, or as objects. Also the flags of rendering,
//! for every command that reads manifests.

use std::path::Path;
use std::time::Duration;

use super::Outcome;
use super::arguments::{Limits, RenderCommand, RenderFlags};
use super::output::{complain, print};
use crate::config::NEWEST_KUBERNETES;
use crate::lint::{Reading, show};
use crate::render::child::{self, Cache};
use crate::render::jobs::NamedValues;
use crate::render::{Options, Session};
use crate::report::rendered;

/// What renders, as the flags have it.
pub(super) struct Setup {
    render: Option<(Session, Options)>,
}

impl Setup {
    pub(super) fn new(flags: &RenderFlags) -> Result<Self, String> {
        let options = Options { values: values(&flags.helm_values)?, kubernetes_minor: minor(flags)? };
        if flags.no_render {
            return Ok(Self { render: None });
        }
        let folder =
            if flags.no_cache { None } else { flags.cache_dir.clone().or_else(Cache::default_folder) };
        let cache = folder.map_or_else(Cache::none, Cache::at);
        let limits = child::Limits {
            wall: Duration::from_secs(flags.render_timeout),
            allow_network: flags.allow_network,
            ..child::Limits::default()
        };
        let path = std::env::var_os("PATH");
        // Without itself as a keeper a killed run may leave something behind, and works all the same.
        let session = Session::new(path.as_deref(), cache, limits, std::env::current_exe().ok());
        Ok(Self { render: Some((session, options)) })
    }

    pub(super) fn reading<'r>(&'r self, paths: &'r [String], limits: &Limits) -> Reading<'r> {
        let render = self.render.as_ref().map(|(session, options)| (session, options));
        Reading { paths, largest_file: limits.largest_file(), render }
    }
}

/// The minor version of the cluster.
pub(super) fn minor(flags: &RenderFlags) -> Result<u32, String> {
    let Some(text) = &flags.kubernetes_version else { return Ok(NEWEST_KUBERNETES) };
    let number = text.trim_start_matches('v').strip_prefix("1.").and_then(|rest| rest.split('.').next());
    number.and_then(|number| number.parse().ok()).ok_or_else(|| {
        format!("`--kubernetes-version {text}` is no version of Kubernetes; write 1.{NEWEST_KUBERNETES}")
    })
}

/// `CHART=FILE,FILE`: each file as it stands seen from the chart, else from the working directory.
fn values(named: &[String]) -> Result<Vec<NamedValues>, String> {
    let read = |text: &String| {
        let (chart, files) = text
            .split_once('=')
            .ok_or_else(|| format!("`--helm-values {text}` names no files; write CHART=FILE,FILE"))?;
        let chart = chart.trim_start_matches("./").trim_end_matches('/');
        let chart = if chart == "." { "" } else { chart };
        if !Path::new(chart).join("Chart.yaml").is_file() {
            return Err(format!("`--helm-values {text}`: the folder `{chart}` holds no chart"));
        }
        let find = |file: &str| {
            let inside = if chart.is_empty() { file.to_owned() } else { format!("{chart}/{file}") };
            let mut places = [inside, file.to_owned()].into_iter();
            places.find(|place| Path::new(place).is_file()).ok_or_else(|| {
                format!("`--helm-values {text}`: there is no file `{file}` in `{chart}` or in the working directory")
            })
        };
        Ok((chart.to_owned(), files.split(',').map(find).collect::<Result<_, String>>()?))
    };
    named.iter().map(read).collect()
}

pub(super) fn run(flags: &RenderCommand) -> Result<Outcome, String> {
    let setup = Setup::new(&flags.render)?;
    let reading = setup.reading(&flags.paths, &flags.limits);
    let (text, errors) = show(&reading, flags.origins, &mut std::io::stdin().lock(), |seen| {
        if flags.origins {
            rendered::origins(seen)
        } else if flags.objects {
            rendered::by_root(seen)
        } else {
            rendered::stream(seen)
        }
    });
    let complete = complain(&errors);
    print(&text)?;
    Ok(complete)
}
