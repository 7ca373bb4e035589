//! `annotate`: what `check` found, as comments on a change.

use std::io::Read as _;
use std::path::{Component, Path};

use jiff::Timestamp;

use super::Outcome;
use super::annotate_flags::{AnnotateFlags, Host};
use super::output::{append_summary, note, print};
use super::paths::Paths;
use crate::annotate::{Changes, Done, Job, Pace, Report, Server, Trust, github, gitlab, target};
use crate::catalog::Catalog;
use crate::load::Files;
use crate::report::message_for_log;

/// A larger file is not read to find out whether its lines moved, in bytes.
const LARGEST_LINTED: u64 = 16 * 1024 * 1024;

pub(super) fn run(flags: &AnnotateFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let trust = if flags.untrusted { Trust::Stranger } else { Trust::Own };
    let named = |path: &Path, reason: String| format!("`{}`: {reason}", path.display());
    let bytes = read(&flags.report, trust, trust.largest())?;
    let report = Report::read(&bytes, trust, catalog).map_err(|reason| named(&flags.report, reason))?;
    let diff = flags.diff.as_ref().map(|path| {
        let bytes = read(path, trust, trust.largest())?;
        Changes::read(&bytes, trust).map_err(|reason| named(path, reason))
    });
    let changes = diff.transpose()?;
    let linted = |path: &str| if flags.untrusted { None } else { linted(files.here(), path) };
    let job = Job { report: &report, changes: changes.as_ref(), trust, catalog, head: "", linted: &linted };
    let pace = Pace::new(std::thread::sleep, || Timestamp::now().as_second());
    let done = match host(flags)? {
        Host::Github => on_github(flags, job, &pace)?,
        Host::Gitlab => on_gitlab(job, &pace)?,
    };
    show(&done)
}

fn host(flags: &AnnotateFlags) -> Result<Host, String> {
    let is_set = |name: &str| variable(name).is_some_and(|value| value == "true");
    match flags.host {
        Some(host) => Ok(host),
        None if is_set("GITHUB_ACTIONS") => Ok(Host::Github),
        None if is_set("GITLAB_CI") => Ok(Host::Gitlab),
        None => Err("this is no job of GitHub or GitLab; say with --host which it is for".to_owned()),
    }
}

fn on_github(flags: &AnnotateFlags, job: Job<'_>, pace: &Pace) -> Result<Done, String> {
    let event = needed("GITHUB_EVENT_PATH")?;
    let event = read(Path::new(&event), Trust::Own, Trust::Own.largest())?;
    let number = flags.pull_request.as_ref().map(|path| read(path, job.trust, 100)).transpose()?;
    let number = number.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let Some(target) = target(&event, job.trust, number.as_deref())? else {
        return Ok(Done::nothing("this run is about no pull request"));
    };
    let job = Job { head: &target.head, ..job };
    let Some(token) = variable("GITHUB_TOKEN") else {
        let hint = "GITHUB_TOKEN is not set; give the step `env: GITHUB_TOKEN: ${{ github.token }}`";
        return Ok(Done::fallen_back(&job, vec![hint.to_owned()]));
    };
    let url = variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
    let server = Server::new(&url, "authorization", format!("Bearer {}", token.trim()))?;
    let repository = needed("GITHUB_REPOSITORY")?;
    let at = github::Place { server: &server, repository: &repository, target: &target, login: &flags.login };
    github::run(&job, &at, pace)
}

fn on_gitlab(job: Job<'_>, pace: &Pace) -> Result<Done, String> {
    if job.trust == Trust::Stranger {
        return Err("--untrusted is for GitHub: pipelines of forks run in the fork on GitLab".to_owned());
    }
    if variable("CI_MERGE_REQUEST_IID").is_none() {
        return Ok(Done::nothing("this pipeline is about no merge request"));
    }
    let number = |name: &str| needed(name)?.parse::<u64>().map_err(|_| format!("{name} is no number"));
    let (project, number) = (number("CI_PROJECT_ID")?, number("CI_MERGE_REQUEST_IID")?);
    let Some(token) = variable("GITLAB_TOKEN") else {
        let hint = "GITLAB_TOKEN is not set; the token of the job may not write notes";
        return Ok(Done::nothing(hint));
    };
    let head = variable("CI_COMMIT_SHA").unwrap_or_default();
    let job = Job { head: &head, ..job };
    let server = Server::new(&needed("CI_API_V4_URL")?, "private-token", token.trim().to_owned())?;
    Ok(gitlab::run(&job, &gitlab::Place { server: &server, project, number }, pace))
}

/// A variable of the environment that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn needed(name: &str) -> Result<String, String> {
    variable(name).ok_or_else(|| format!("{name} is not set: this is no job of the host that --host names"))
}

/// What was done, on standard error; what is shown instead of comments, on standard output and in the summary of the step.
fn show(done: &Done) -> Result<Outcome, String> {
    for line in &done.notes {
        note(&format!("{}\n", message_for_log(line)));
    }
    if let Some(fallback) = &done.fallback {
        print(&fallback.commands)?;
        if let Some(summary) = variable("GITHUB_STEP_SUMMARY") {
            append_summary(&summary, &fallback.summary)?;
        }
    }
    Ok(Outcome::Clean)
}

/// A file that is not larger than `most` bytes; of a larger one a byte more, so that its reader sees it. A stranger's
/// could be a link to what this machine keeps for itself.
fn read(path: &Path, trust: Trust, most: usize) -> Result<Vec<u8>, String> {
    let fail = |error: std::io::Error| format!("cannot read `{}`: {error}", path.display());
    if trust == Trust::Stranger && !path.symlink_metadata().map_err(fail)?.is_file() {
        return Err(format!("`{}` is no ordinary file: --untrusted reads nothing else", path.display()));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// The text of a file of the repository. It is compared and never shown.
fn linted(here: &Path, path: &str) -> Option<String> {
    let workspace = std::env::var_os("GITHUB_WORKSPACE");
    let root = Paths::root(here, workspace.as_deref().map(Path::new)).or_else(|| here.canonicalize().ok())?;
    let path = Path::new(path);
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_)));
    let real = root.join(path).canonicalize().ok().filter(|real| is_below && real.starts_with(&root))?;
    let file = std::fs::File::open(real).ok()?;
    let mut text = String::new();
    let size = file.take(LARGEST_LINTED + 1).read_to_string(&mut text).ok()?;
    (size as u64 <= LARGEST_LINTED).then_some(text)
}
