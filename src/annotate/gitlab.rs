//! The summary as a note on a merge request of GitLab. Its lines are shown by the Code Quality report (`--format gitlab`).

use serde_json::{Value, json};
use ureq::http::Method;

use super::client::{Answer, Client, Failure, Server};
use super::job::{Done, Job};
use super::pace::Pace;
use super::text::{SUMMARY, is_same, key_of};

/// More notes than ten thousand are not searched for ours.
const PAGES: usize = 100;

/// Where a merge request is.
#[derive(Debug)]
pub struct Place<'p> {
    /// The API, as `CI_API_V4_URL` names it.
    pub server: &'p Server,
    /// The number of the project.
    pub project: u64,
    /// The number of the merge request in it.
    pub number: u64,
}

/// Writes the summary, or brings it up to date.
#[must_use]
pub fn run(job: &Job<'_>, at: &Place<'_>, pace: &Pace) -> Done {
    let client = Client::new(at.server, "application/json", pace);
    let notes = format!("/projects/{}/merge_requests/{}/notes", at.project, at.number);
    match show(job, &client, &notes) {
        Ok(done) => Done { notes: vec![done.to_owned()], fallback: None },
        Err(failure) => {
            let mut notes = vec![format!("the summary cannot be written: {failure}")];
            if matches!(failure, Failure::Forbidden(_) | Failure::Missing) {
                notes.push("GITLAB_TOKEN needs the scope `api` and the role Reporter or more".to_owned());
            }
            Done { notes, fallback: None }
        }
    }
}

fn show(job: &Job<'_>, client: &Client<'_>, notes: &str) -> Result<&'static str, Failure> {
    let body = job.summary(None);
    let own = client.get("/user")?.body["id"].as_u64();
    let known = known(client, notes, own)?;
    let Some((first, others)) = known.split_first() else {
        if !job.needs_summary() {
            return Ok("there is nothing to say");
        }
        client.write(&Method::POST, notes, Some(&json!({"body": body})))?;
        return Ok("the summary was added");
    };
    for (id, _) in others {
        client.write(&Method::DELETE, &format!("{notes}/{id}"), None)?;
    }
    if is_same(&first.1, &body) {
        return Ok("the summary is up to date");
    }
    client.write(&Method::PUT, &format!("{notes}/{}", first.0), Some(&json!({"body": body})))?;
    Ok("the summary was edited")
}

/// Our notes: one, unless two jobs wrote at the same time.
fn known(client: &Client<'_>, notes: &str, own: Option<u64>) -> Result<Vec<(u64, String)>, Failure> {
    let mut known = Vec::new();
    for page in 1..=PAGES {
        let Answer { body, headers } = client.get(&format!("{notes}?per_page=100&sort=asc&page={page}"))?;
        let list: Vec<Value> = serde_json::from_value(body)
            .map_err(|_| Failure::Down("its list of notes is none".to_owned()))?;
        known.extend(list.into_iter().filter_map(|note| {
            let body = note["body"].as_str().filter(|body| key_of(body) == Some(SUMMARY))?;
            let is_ours = own.is_some() && note["author"]["id"].as_u64() == own;
            Some((note["id"].as_u64().filter(|_| is_ours)?, body.to_owned()))
        }));
        let next = headers.get("x-next-page").and_then(|next| next.to_str().ok()).unwrap_or_default();
        if next.trim().is_empty() {
            break;
        }
    }
    Ok(known)
}
