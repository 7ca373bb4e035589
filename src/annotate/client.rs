//! Requests to one server, one after another. The token goes to that server and nowhere else: no redirect is followed.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{RootCerts, TlsConfig};

use super::pace::Pace;

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A server and what it is asked with.
pub struct Server {
    /// Without a slash at its end: `https://api.github.com`.
    url: String,
    /// The name and the value of the header with the token.
    secret: (&'static str, String),
}

impl Server {
    /// `header` is the name of the header, `token` its whole value.
    ///
    /// # Errors
    ///
    /// Where a token would be sent in the clear, in words.
    pub fn new(url: &str, header: &'static str, token: String) -> Result<Self, String> {
        let url = url.trim().trim_end_matches('/');
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err("the address of the API is none; it begins with https://".to_owned());
        };
        if rest.contains('@') {
            return Err("the address of the API must hold no login: the token is for that".to_owned());
        }
        if scheme != "https" && !(scheme == "http" && is_loopback(rest)) {
            return Err("the token is sent over https only; set the address of the API to one".to_owned());
        }
        Ok(Self { url: url.to_owned(), secret: (header, token) })
    }
}

fn is_loopback(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

impl fmt::Debug for Server {
    /// Never prints the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// 401, 403: the token may not; with the permission that GitHub says would do.
    Forbidden(String),
    /// 404 and 410: not there, or hidden from the token.
    Missing,
    /// 422 and 400: what was sent does not fit what is there.
    Unfit(String),
    /// The server asks to wait, for longer than a run waits.
    Limited,
    /// It leads elsewhere, where the token must not go.
    Elsewhere,
    /// It did not answer, or not as it should, in words.
    Down(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(needed) if needed.is_empty() => f.write_str("the token may not do it"),
            Self::Forbidden(needed) => write!(f, "the token may not do it; it needs {needed}"),
            Self::Missing => f.write_str("it is not there, or the token may not see it"),
            Self::Unfit(reason) => write!(f, "the server refused what was sent: {reason}"),
            Self::Limited => {
                f.write_str("the server limits the rate of requests, for longer than a run waits")
            }
            Self::Elsewhere => f.write_str("the server redirects, and the token is not sent elsewhere"),
            Self::Down(reason) => write!(f, "the server does not answer as it should: {reason}"),
        }
    }
}

/// An answer that says yes.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Value,
    pub(super) headers: HeaderMap,
}

/// Asks a server, at the pace that it wants.
pub(super) struct Client<'p> {
    agent: ureq::Agent,
    server: &'p Server,
    accept: &'static str,
    pace: &'p Pace,
    has_written: Cell<bool>,
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

impl<'p> Client<'p> {
    pub(super) fn new(server: &'p Server, accept: &'static str, pace: &'p Pace) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("nhilint/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        // A server of this machine is asked directly.
        let config = if server.url.starts_with("http://") { config.proxy(None) } else { config };
        Self { agent: config.build().into(), server, accept, pace, has_written: Cell::new(false) }
    }

    pub(super) fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.send(&Method::GET, path, None)
    }

    /// Sends something that changes something. What adds something is not tried again after a failure: it may be there.
    pub(super) fn write(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        if self.has_written.replace(true) {
            self.pace.pause(self.pace.between_writes);
        }
        self.send(method, path, body)
    }

    fn send(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let text = body.map(ToString::to_string);
        let mut pause = self.pace.first_retry;
        let mut limit = self.pace.unknown_limit;
        let mut last = Failure::Limited;
        for attempt in 1..=self.pace.tries {
            let (failure, wait) = match self.once(method, path, text.as_deref()) {
                Ok(answer) => return Ok(answer),
                Err(Tried::Limited(wait)) => {
                    let wait = wait.unwrap_or(limit);
                    limit *= 2;
                    (Failure::Limited, wait)
                }
                Err(Tried::Failed(failure @ Failure::Down(_))) if *method != Method::POST => {
                    let wait = pause;
                    pause *= 2;
                    (failure, wait)
                }
                Err(Tried::Failed(failure)) => return Err(failure),
            };
            last = failure;
            if attempt == self.pace.tries || !self.pace.endure(wait) {
                break;
            }
        }
        Err(last)
    }

    fn once(&self, method: &Method, path: &str, text: Option<&str>) -> Result<Answer, Tried> {
        let down = |reason: &str| Tried::Failed(Failure::Down(reason.to_owned()));
        let (header, token) = &self.server.secret;
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.url))
            .header(*header, token)
            .header("accept", self.accept)
            .header("content-type", "application/json");
        let request = if header.eq_ignore_ascii_case("authorization") {
            request.header("x-github-api-version", "2022-11-28")
        } else {
            request
        };
        let sent = match text {
            Some(text) => request.body(text).map(|request| self.agent.run(request)),
            None => request.body(()).map(|request| self.agent.run(request)),
        };
        // The texts of these errors may quote the request or the login of a proxy.
        let sent = sent.map_err(|_| down("the address or the token holds what no request can hold"))?;
        let mut answer = sent.map_err(|error| down(reason(&error)))?;
        let status = answer.status().as_u16();
        let read = answer.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec();
        let read = read.map_err(|error| down(reason(&error)))?;
        let body = serde_json::from_slice(&read);
        if (200..300).contains(&status) {
            let body = if read.is_empty() { Ok(Value::Null) } else { body };
            let body = body.map_err(|_| down("what it says is no JSON"))?;
            return Ok(Answer { body, headers: answer.headers().clone() });
        }
        Err(self.refusal(status, answer.headers(), &body.unwrap_or(Value::Null)))
    }

    fn refusal(&self, status: u16, headers: &HeaderMap, body: &Value) -> Tried {
        let message = body["message"].as_str().unwrap_or_default();
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        let seconds = |seconds: i64| Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        let asks_to_wait = number("retry-after").map(seconds);
        let is_used_up = number("x-ratelimit-remaining") == Some(0);
        if matches!(status, 403 | 429)
            && (status == 429
                || asks_to_wait.is_some()
                || is_used_up
                || message.to_lowercase().contains("rate limit"))
        {
            let reset = number("x-ratelimit-reset").filter(|_| is_used_up);
            // The clocks of both may differ by a second.
            let until = reset.map(|reset| seconds(reset.saturating_sub(self.pace.now()).saturating_add(1)));
            return Tried::Limited(asks_to_wait.or(until));
        }
        Tried::Failed(match status {
            300..400 => Failure::Elsewhere,
            401 | 403 => Failure::Forbidden(needed(headers)),
            404 | 410 => Failure::Missing,
            400 | 422 => Failure::Unfit(reasons(message, &body["errors"])),
            status => Failure::Down(format!("status {status}")),
        })
    }
}

/// How one try of a request ended.
enum Tried {
    /// The server asks to wait, for as long as it says.
    Limited(Option<Duration>),
    Failed(Failure),
}

/// What GitHub says that a token needs: `pull_requests=write`.
fn needed(headers: &HeaderMap) -> String {
    let needed = headers.get("x-accepted-github-permissions").and_then(|value| value.to_str().ok());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '=' | ',' | ';' | ' ');
    needed.unwrap_or_default().chars().filter(|c| is_plain(*c)).take(200).collect()
}

/// What a server says is wrong, on one short line.
fn reasons(message: &str, errors: &Value) -> String {
    let errors = errors.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = errors.iter().filter_map(|error| error.as_str().or_else(|| error["message"].as_str()));
    let all = std::iter::once(message).chain(texts).collect::<Vec<_>>().join("; ");
    all.chars().take(300).collect()
}

fn reason(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "it takes too long",
        ureq::Error::HostNotFound => "its name is not known",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "its certificate is not trusted; SSL_CERT_FILE names others"
        }
        ureq::Error::BodyExceedsLimit(_) => "it says too much",
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => {
            "the proxy does not connect to it"
        }
        _ => "the connection failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_over_https_or_to_this_machine() {
        let server = |url: &str| Server::new(url, "authorization", "Bearer hidden-word".into());
        for url in [
            "https://api.github.com",
            "https://ghe.example/api/v3/",
            "http://127.0.0.1:4010",
            "http://localhost/x",
            "http://[::1]:80",
        ] {
            let server = server(url).expect(url);
            assert!(!server.url.ends_with('/') && !format!("{server:?}").contains("hidden-word"));
        }
        for url in [
            "",
            "api.github.com",
            "http://api.github.com",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "http://evil.example/127.0.0.1",
            "file:///etc",
        ] {
            assert!(server(url).is_err(), "{url}");
        }
    }

    #[test]
    fn reasons_are_short() {
        let errors = serde_json::json!(["Line could not be resolved", {"message": "no"}, 7]);
        assert_eq!(reasons("Unprocessable", &errors), "Unprocessable; Line could not be resolved; no");
        assert_eq!(reasons(&"x".repeat(400), &Value::Null).len(), 300);
    }
}
