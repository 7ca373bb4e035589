//! A server that answers as GitHub and GitLab do, and remembers: pull requests with their files, comments and notes.
//!
//! It takes comments on lines of hunks only and refuses a review whole, in GitHub's words. The addresses of further pages
//! lead nowhere, as the token must not follow them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

pub(super) const TOKEN: &str = "ghs_notARealTokenButLongEnough0123456789";
pub(super) const BOT: &str = "github-actions[bot]";
pub(super) const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) token: String,
    pub(super) body: Value,
}

/// An answer that is given once, to the first request that it is for.
pub(super) struct Scripted {
    pub(super) method: &'static str,
    /// What the path ends with, without its query.
    pub(super) path: &'static str,
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
    /// Whether the request is done all the same: the answer was lost.
    pub(super) is_done: bool,
    /// Another commit is pushed meanwhile.
    pub(super) new_head: Option<&'static str>,
}

impl Scripted {
    pub(super) fn new(method: &'static str, path: &'static str, status: u16) -> Self {
        let body = json!({"message": "scripted"});
        Self { method, path, status, headers: Vec::new(), body, is_done: false, new_head: None }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) head: String,
    /// Names and patches.
    pub(super) files: Vec<(String, Option<String>)>,
    /// Lines that are refused though a hunk shows them.
    pub(super) refused: Vec<(String, u64)>,
    pub(super) comments: Vec<Value>,
    pub(super) issue_comments: Vec<Value>,
    pub(super) script: VecDeque<Scripted>,
    pub(super) asked: Vec<Asked>,
    next: u64,
}

pub(super) struct Fake {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

type Answer = (u16, Vec<(&'static str, String)>, Value);

impl Fake {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = State { head: HEAD.to_owned(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up gets no answer.
                let _ = serve(stream, &shared);
            }
        });
        Self { url, state }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it is locked")
    }

    /// Adds a file all of whose lines are new.
    pub(super) fn add_file(&self, name: &str, text: &str) {
        let count = text.lines().count();
        let lines: String = text.split_inclusive('\n').flat_map(|line| ["+", line]).collect();
        let patch = format!("@@ -0,0 +1,{count} @@\n{}", lines.trim_end_matches('\n'));
        self.state().files.push((name.to_owned(), Some(patch)));
    }

    /// The requests that changed something, as `POST /reviews`, and forgets all.
    pub(super) fn writes(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.state().asked);
        let writes = asked.into_iter().filter(|asked| asked.method != "GET");
        writes.map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    pub(super) fn bodies(&self) -> Vec<String> {
        let text = |comment: &Value| comment["body"].as_str().expect("a text").to_owned();
        self.state().comments.iter().map(text).collect()
    }

    pub(super) fn summary(&self) -> String {
        let state = self.state();
        let [comment] = state.issue_comments.as_slice() else { panic!("{:?}", state.issue_comments) };
        comment["body"].as_str().expect("a text").to_owned()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().expect("a number"),
            "authorization" | "private-token" => value.clone_into(&mut token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    let asked = Asked { method: method.to_owned(), path: path.to_owned(), token, body };
    let (status, headers, answer) = state.lock().expect("no panic while it is locked").answer(&asked);
    let text = if answer.is_null() { String::new() } else { answer.to_string() };
    let headers: String =
        headers.iter().flat_map(|(name, value)| [*name, ": ", value.as_str(), "\r\n"]).collect();
    let length = text.len();
    write!(
        stream,
        "HTTP/1.1 {status} status\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{text}"
    )
}

impl State {
    fn answer(&mut self, asked: &Asked) -> Answer {
        self.asked.push(asked.clone());
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let is_for = |scripted: &Scripted| scripted.method == asked.method && path.ends_with(scripted.path);
        if let Some(at) = self.script.iter().position(is_for) {
            let scripted = self.script.remove(at).expect("it is there");
            if scripted.is_done {
                self.done(asked, path, query);
            }
            if let Some(head) = scripted.new_head {
                head.clone_into(&mut self.head);
            }
            return (scripted.status, scripted.headers, scripted.body);
        }
        self.done(asked, path, query)
    }

    fn done(&mut self, asked: &Asked, path: &str, query: &str) -> Answer {
        let Some(path) = path.strip_prefix("/repos/acme/shop") else { return self.gitlab(asked, path) };
        let body = &asked.body;
        match (asked.method.as_str(), path) {
            ("GET", "/pulls/7") => (200, vec![], json!({"number": 7, "head": {"sha": self.head}})),
            ("GET", "/pulls/7/files") => {
                let files: Vec<Value> =
                    self.files.iter().map(|(name, patch)| file(name, patch.as_deref())).collect();
                page(&files, query)
            }
            ("GET", "/pulls/7/comments") => page(&self.comments, query),
            ("GET", "/issues/7/comments") => page(&self.issue_comments, query),
            ("POST", "/pulls/7/reviews") => {
                let comments = body["comments"].as_array().expect("a list");
                let is_review = body["event"] == "COMMENT" && body["commit_id"] == self.head.as_str();
                if !is_review || comments.iter().any(|comment| !self.takes(comment)) {
                    return unfit();
                }
                for comment in comments {
                    self.store(comment);
                }
                (200, vec![], json!({"id": 80}))
            }
            ("POST", "/pulls/7/comments") if self.takes(body) => {
                self.store(body);
                (201, vec![], json!({"id": self.next}))
            }
            ("POST", "/pulls/7/comments") => unfit(),
            ("POST", "/issues/7/comments") => {
                self.next += 1;
                let comment = json!({"id": self.next, "body": body["body"], "user": {"login": BOT}});
                self.issue_comments.push(comment);
                (201, vec![], json!({"id": self.next}))
            }
            (method, path) => self.changed(method, path, body),
        }
    }

    /// PATCH and DELETE of a comment by its number.
    fn changed(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let (kind, id) = path.rsplit_once('/').expect("a path");
        let id: u64 = id.parse().expect("the number of a comment");
        let comments = match kind {
            "/pulls/comments" => &mut self.comments,
            "/issues/comments" => &mut self.issue_comments,
            _ => return (404, vec![], json!({"message": "Not Found"})),
        };
        let Some(at) = comments.iter().position(|comment| comment["id"] == id) else {
            return (404, vec![], json!({"message": "Not Found"}));
        };
        if method == "DELETE" {
            comments.remove(at);
            return (204, vec![], Value::Null);
        }
        comments[at]["body"] = body["body"].clone();
        (200, vec![], comments[at].clone())
    }

    fn gitlab(&mut self, asked: &Asked, path: &str) -> Answer {
        const NOTES: &str = "/api/v4/projects/5/merge_requests/3/notes";
        let body = &asked.body["body"];
        match (asked.method.as_str(), path) {
            ("GET", "/api/v4/user") => (200, vec![], json!({"id": 42})),
            ("GET", NOTES) => (200, vec![("x-next-page", String::new())], self.issue_comments.clone().into()),
            ("POST", NOTES) => {
                self.next += 1;
                self.issue_comments.push(json!({"id": self.next, "body": body, "author": {"id": 42}}));
                (201, vec![], json!({"id": self.next}))
            }
            ("PUT", path) if path.starts_with(NOTES) => {
                self.issue_comments[0]["body"] = body.clone();
                (200, vec![], json!({"id": 1}))
            }
            _ => (404, vec![], json!({"message": "404 Not Found"})),
        }
    }

    /// Whether all lines of a comment are shown by one hunk.
    fn takes(&self, comment: &Value) -> bool {
        let line = comment["line"].as_u64().expect("a line");
        let first = comment.get("start_line").map_or(line, |first| first.as_u64().expect("a line"));
        let path = comment["path"].as_str().expect("a path");
        let is_order = comment.get("start_line").is_none() || first < line;
        let is_short = (1..=65_536).contains(&comment["body"].as_str().expect("a text").chars().count());
        let patch = self.files.iter().find(|(name, _)| name == path).and_then(|(_, patch)| patch.as_deref());
        let is_shown = patch.is_some_and(|patch| {
            shown(patch).iter().any(|hunk| hunk.contains(&first) && hunk.contains(&line))
        });
        let is_refused = self.refused.contains(&(path.to_owned(), line));
        is_order && is_short && is_shown && !is_refused && comment["side"] == "RIGHT"
    }

    fn store(&mut self, comment: &Value) {
        self.next += 1;
        let mut stored = comment.clone();
        stored["id"] = self.next.into();
        stored["user"] = json!({"login": BOT});
        self.comments.push(stored);
    }
}

/// The lines on the right side, hunk by hunk.
fn shown(patch: &str) -> Vec<Vec<u64>> {
    let mut hunks: Vec<Vec<u64>> = Vec::new();
    let mut number = 0;
    for line in patch.lines() {
        if let Some((_, right)) = line.split_once(" +").filter(|_| line.starts_with("@@")) {
            let right = right.split([',', ' ']).next().expect("a number");
            number = right.parse().expect("a number");
            hunks.push(Vec::new());
        } else if line.starts_with([' ', '+']) {
            hunks.last_mut().expect("a header").push(number);
            number += 1;
        }
    }
    hunks
}

fn file(name: &str, patch: Option<&str>) -> Value {
    let mut file = json!({"sha": HEAD, "filename": name, "status": "modified"});
    if let Some(patch) = patch {
        file["patch"] = patch.into();
    }
    file
}

fn page(all: &[Value], query: &str) -> Answer {
    let number = |name: &str| -> Option<usize> {
        query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    let (size, page) = (number("per_page").unwrap_or(30), number("page").unwrap_or(1));
    let start = (size * (page - 1)).min(all.len());
    let end = (start + size).min(all.len());
    let next = format!("<http://elsewhere.invalid/?page={}>; rel=\"next\"", page + 1);
    let headers = if end < all.len() { vec![("link", next)] } else { vec![] };
    (200, headers, all[start..end].to_vec().into())
}

fn unfit() -> Answer {
    let errors = json!(["Line could not be resolved"]);
    (422, vec![], json!({"message": "Unprocessable Entity", "errors": errors}))
}
