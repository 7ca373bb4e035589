//! GitHub's endpoints that a review needs, as its REST API of 2022-11-28 describes them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::http::Method;

use super::client::{Client, Failure};
use super::hunks::{Hunk, hunks};
use super::place::{Anchor, Comment};
use super::plan::Known;
use super::text::{SUMMARY, key_of};

/// GitHub lists at most 3,000 files of a pull request, a hundred a page.
const FILE_PAGES: usize = 30;
/// More comments than ten thousand are not searched for ours.
const COMMENT_PAGES: usize = 100;

/// A pull request of a repository.
pub(super) struct PullRequest<'p> {
    pub(super) client: Client<'p>,
    /// `/repos/owner/name`.
    pub(super) repository: String,
    pub(super) number: u64,
    /// Whose comments are ours: `github-actions[bot]`.
    pub(super) login: &'p str,
}

/// The state of a pull request.
#[derive(Debug, Deserialize)]
pub(super) struct Pull {
    pub(super) head: Head,
}

#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) sha: String,
}

#[derive(Deserialize)]
struct ChangedFile {
    filename: String,
    /// Absent for files that are large or no text.
    patch: Option<String>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct ReviewComment {
    id: u64,
    body: String,
    user: Option<User>,
    line: Option<u32>,
    start_line: Option<u32>,
    in_reply_to_id: Option<u64>,
}

#[derive(Deserialize)]
struct IssueComment {
    id: u64,
    body: Option<String>,
    user: Option<User>,
}

impl PullRequest<'_> {
    fn pulls(&self) -> String {
        format!("{}/pulls/{}", self.repository, self.number)
    }

    fn issue_comments(&self) -> String {
        format!("{}/issues/{}/comments", self.repository, self.number)
    }

    pub(super) fn pull(&self) -> Result<Pull, Failure> {
        read(self.client.get(&self.pulls())?.body)
    }

    /// The hunks of those files that are asked for and have some.
    pub(super) fn hunks(&self, wanted: &BTreeSet<&str>) -> Result<BTreeMap<String, Vec<Hunk>>, Failure> {
        let files: Vec<ChangedFile> = self.all(&format!("{}/files", self.pulls()), FILE_PAGES)?;
        let files = files.into_iter().filter(|file| wanted.contains(file.filename.as_str()));
        let with_patch = files.filter_map(|file| Some((file.filename, hunks(&file.patch?))));
        Ok(with_patch.collect())
    }

    /// Our comments on lines.
    pub(super) fn known(&self) -> Result<Vec<Known>, Failure> {
        let all: Vec<ReviewComment> = self.all(&format!("{}/comments", self.pulls()), COMMENT_PAGES)?;
        let answered: BTreeSet<u64> = all.iter().filter_map(|comment| comment.in_reply_to_id).collect();
        let ours = all.into_iter().filter_map(|comment| {
            let is_first = comment.in_reply_to_id.is_none();
            let key = key_of(&comment.body).filter(|key| is_first && key.starts_with("fp="))?.to_owned();
            comment.user.filter(|user| user.login == self.login)?;
            let lines = comment.line.map(|line| (comment.start_line.unwrap_or(line), line));
            let is_answered = answered.contains(&comment.id);
            Some(Known { id: comment.id, key, body: comment.body, lines, is_answered })
        });
        Ok(ours.collect())
    }

    /// Our summaries: one, unless two runs wrote at the same time.
    pub(super) fn summaries(&self) -> Result<Vec<(u64, String)>, Failure> {
        let all: Vec<IssueComment> = self.all(&self.issue_comments(), COMMENT_PAGES)?;
        let ours = all.into_iter().filter_map(|comment| {
            comment.user.filter(|user| user.login == self.login)?;
            let body = comment.body.filter(|body| key_of(body) == Some(SUMMARY))?;
            Some((comment.id, body))
        });
        Ok(ours.collect())
    }

    /// Adds all comments at once: either all of them are there afterwards, or none.
    pub(super) fn review(
        &self,
        head: &str,
        body: &str,
        added: &[(&Comment, &Anchor)],
    ) -> Result<(), Failure> {
        let comments: Vec<Value> = added.iter().map(|(comment, anchor)| anchored(comment, anchor)).collect();
        let review = json!({"commit_id": head, "event": "COMMENT", "body": body, "comments": comments});
        self.client.write(&Method::POST, &format!("{}/reviews", self.pulls()), Some(&review)).map(drop)
    }

    pub(super) fn comment(&self, head: &str, comment: &Comment, anchor: &Anchor) -> Result<(), Failure> {
        let mut body = anchored(comment, anchor);
        body["commit_id"] = head.into();
        self.client.write(&Method::POST, &format!("{}/comments", self.pulls()), Some(&body)).map(drop)
    }

    /// One that is gone meanwhile needs no edit.
    pub(super) fn edit(&self, id: u64, body: &str) -> Result<(), Failure> {
        let path = format!("{}/pulls/comments/{id}", self.repository);
        unless_gone(self.client.write(&Method::PATCH, &path, Some(&json!({"body": body}))).map(drop))
    }

    pub(super) fn remove(&self, id: u64) -> Result<(), Failure> {
        let path = format!("{}/pulls/comments/{id}", self.repository);
        unless_gone(self.client.write(&Method::DELETE, &path, None).map(drop))
    }

    pub(super) fn add_summary(&self, body: &str) -> Result<(), Failure> {
        self.client.write(&Method::POST, &self.issue_comments(), Some(&json!({"body": body}))).map(drop)
    }

    pub(super) fn edit_summary(&self, id: u64, body: &str) -> Result<(), Failure> {
        let path = format!("{}/issues/comments/{id}", self.repository);
        unless_gone(self.client.write(&Method::PATCH, &path, Some(&json!({"body": body}))).map(drop))
    }

    pub(super) fn remove_summary(&self, id: u64) -> Result<(), Failure> {
        let path = format!("{}/issues/comments/{id}", self.repository);
        unless_gone(self.client.write(&Method::DELETE, &path, None).map(drop))
    }

    /// All pages of a list. The addresses that the server names for them are not used: the token goes to none of them.
    fn all<T: DeserializeOwned>(&self, path: &str, pages: usize) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let answer = self.client.get(&format!("{path}?per_page=100&page={page}"))?;
            all.append(&mut read(answer.body)?);
            let link = answer.headers.get("link").and_then(|link| link.to_str().ok()).unwrap_or_default();
            if !link.contains("rel=\"next\"") {
                break;
            }
        }
        Ok(all)
    }
}

fn unless_gone(done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Err(Failure::Missing) => Ok(()),
        done => done,
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Failure> {
    let reason = "it says something else than its description promises";
    serde_json::from_value(body).map_err(|_| Failure::Down(reason.to_owned()))
}

/// A comment with its lines; one line is given alone, as GitHub asks for it.
fn anchored(comment: &Comment, anchor: &Anchor) -> Value {
    let mut value = json!({"path": anchor.path, "body": comment.body, "line": anchor.last, "side": "RIGHT"});
    if anchor.first < anchor.last {
        value["start_line"] = anchor.first.into();
        value["start_side"] = "RIGHT".into();
    }
    value
}
