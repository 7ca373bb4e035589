//! A review and a summary on a pull request of GitHub, kept up to date from push to push.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::counted;

use super::api::PullRequest;
use super::client::{Client, Failure, Server};
use super::event::Target;
use super::job::{Done, Job};
use super::pace::Pace;
use super::place::{Anchor, Comment, Shows, place};
use super::plan::plan;
use super::summary::Counts;
use super::text::is_same;

/// GitHub documents no limit; more comments nobody reads.
const MOST_COMMENTS: usize = 30;
/// So many are sent one by one where GitHub refuses all of them at once.
const MOST_SINGLE: usize = 10;

/// Where a pull request is, and who writes there.
#[derive(Debug)]
pub struct Place<'p> {
    /// The API.
    pub server: &'p Server,
    /// `owner/name`.
    pub repository: &'p str,
    /// The pull request, and the commit that was linted.
    pub target: &'p Target,
    /// Whose comments are ours: `github-actions[bot]`.
    pub login: &'p str,
}

/// Why nothing more is done.
enum Stop {
    /// The pull request has another commit now, which another run is about.
    Moved,
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Shows a report on a pull request.
///
/// # Errors
///
/// Where `repository` is no name of one, in words.
pub fn run(job: &Job<'_>, at: &Place<'_>, pace: &Pace) -> Result<Done, String> {
    if !is_repository(at.repository) {
        return Err("GITHUB_REPOSITORY is no `owner/name`".to_owned());
    }
    let pull = PullRequest {
        client: Client::new(at.server, "application/vnd.github+json", pace),
        repository: format!("/repos/{}", at.repository),
        number: at.target.number,
        login: at.login,
    };
    let mut notes = Vec::new();
    Ok(match show(job, &pull, &mut notes) {
        Ok(()) => Done { notes, fallback: None },
        Err(Stop::Moved) => {
            let head = &job.head[..job.head.len().min(10)];
            notes.push(format!(
                "nothing more was written: {head} is not the newest commit of pull request {}",
                pull.number
            ));
            Done { notes, fallback: None }
        }
        Err(Stop::Failed(failure)) => {
            notes.push(format!("comments cannot be written: {failure}"));
            if matches!(failure, Failure::Forbidden(_) | Failure::Missing) {
                notes.push(
                    "give the job `pull-requests: write`; for pull requests from forks use two workflows (docs/annotate.md)"
                        .to_owned(),
                );
            }
            Done::fallen_back(job, notes)
        }
    })
}

fn is_repository(text: &str) -> bool {
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        !name.is_empty() && name.bytes().all(is_plain) && name.bytes().any(|byte| byte != b'.')
    };
    text.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name))
}

fn show(job: &Job<'_>, pull: &PullRequest<'_>, notes: &mut Vec<String>) -> Result<(), Stop> {
    stop_if_moved(job, pull)?;
    let counts = comments(job, pull, notes)?;
    summary(job, pull, counts, notes)
}

fn stop_if_moved(job: &Job<'_>, pull: &PullRequest<'_>) -> Result<(), Stop> {
    if pull.pull()?.head.sha.eq_ignore_ascii_case(job.head) { Ok(()) } else { Err(Stop::Moved) }
}

/// Adds what is new, then brings what is there up to date.
fn comments(job: &Job<'_>, pull: &PullRequest<'_>, notes: &mut Vec<String>) -> Result<Counts, Stop> {
    let mut has_failed = false;
    loop {
        let wanted = wanted(job, pull)?;
        let plan = plan(&pull.known()?, &wanted, MOST_COMMENTS, job.trust);
        let mut counts = Counts { on_lines: plan.shown.len(), left_out: plan.left_out };
        let mut added = plan.added.len();
        let sent = if plan.added.is_empty() {
            Ok(())
        } else {
            let body = format!("nhilint: {} on lines of this change.", counted(plan.added.len(), "finding"));
            pull.review(job.head, &body, &plan.added)
        };
        match sent {
            Ok(()) => {}
            // What is there may have changed, or all of it may be there and the answer was lost: both are seen anew.
            Err(Failure::Unfit(_) | Failure::Down(_)) if !has_failed => {
                has_failed = true;
                stop_if_moved(job, pull)?;
                continue;
            }
            Err(Failure::Unfit(_)) => {
                added = one_by_one(job, pull, &plan.added)?;
                let refused = plan.added.len() - added;
                counts = Counts { on_lines: counts.on_lines - refused, left_out: counts.left_out + refused };
            }
            Err(failure) => return Err(failure.into()),
        }
        for (id, body) in &plan.edited {
            pull.edit(*id, body)?;
        }
        for id in &plan.removed {
            pull.remove(*id)?;
        }
        let (edited, removed) = (plan.edited.len(), plan.removed.len());
        notes.push(format!("{} added, {edited} edited, {removed} removed", counted(added, "comment")));
        return Ok(counts);
    }
}

/// The comment about each finding, the worst first.
fn wanted(job: &Job<'_>, pull: &PullRequest<'_>) -> Result<Vec<Comment>, Failure> {
    let ranked = job.ranked();
    let own = ranked.iter().map(|(finding, _)| &finding.location.file);
    let of_fixes = ranked.iter().flat_map(|(finding, _)| &finding.fixes).filter_map(|fix| fix.lines.as_ref());
    let files: BTreeSet<&str> = own.chain(of_fixes.map(|lines| &lines.file)).map(String::as_str).collect();
    let hunks = if files.is_empty() { BTreeMap::new() } else { pull.hunks(&files)? };
    let lines_of = |text: String| text.lines().map(str::to_owned).collect();
    let linted = hunks.keys().map(|file| (file.as_str(), (job.linted)(file).map(lines_of)));
    let linted: BTreeMap<&str, Option<Vec<String>>> = linted.collect();
    let file = |path: &str| Shows {
        hunks: hunks.get(path).map(Vec::as_slice).unwrap_or_default(),
        linted: linted.get(path).and_then(|lines| lines.as_deref()),
    };
    let comments = ranked.into_iter().map(|(finding, key)| place(finding, key, job.catalog, &file));
    Ok(comments.collect())
}

/// Adds a few comments each by itself, as one that does not fit keeps out all of a review. How many were taken.
fn one_by_one(job: &Job<'_>, pull: &PullRequest<'_>, added: &[(&Comment, &Anchor)]) -> Result<usize, Stop> {
    let mut taken = 0;
    for (comment, anchor) in added.iter().take(MOST_SINGLE) {
        match pull.comment(job.head, comment, anchor) {
            Ok(()) => taken += 1,
            Err(Failure::Unfit(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(taken)
}

/// Writes the summary where there is something to say or one to correct.
fn summary(
    job: &Job<'_>,
    pull: &PullRequest<'_>,
    counts: Counts,
    notes: &mut Vec<String>,
) -> Result<(), Stop> {
    let known = pull.summaries()?;
    let body = job.summary(Some(counts));
    let Some((first, others)) = known.split_first() else {
        if job.needs_summary() {
            pull.add_summary(&body)?;
            notes.push("the summary was added".to_owned());
        }
        return Ok(());
    };
    if !is_same(&first.1, &body) {
        pull.edit_summary(first.0, &body)?;
        notes.push("the summary was edited".to_owned());
    }
    for (id, _) in others {
        pull.remove_summary(*id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for (text, expected) in [
            ("acme/shop", true),
            ("acme/.github", true),
            ("acme", false),
            ("acme/shop/pulls", false),
            ("acme/..", false),
            ("acme/shop?x", false),
            ("/shop", false),
        ] {
            assert_eq!(is_repository(text), expected, "{text}");
        }
    }
}
