//! `can`: who may do what, were the input applied.

use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Outcome;
use super::arguments::{CanFlags, ListFormat};
use super::output::{complain, show, style};
use super::render::Input;
use super::settings::Chosen;
use crate::catalog::nearest;
use crate::graph::Graph;
use crate::graph::grant::authorizer::{Caller, View};
use crate::graph::record::Recorder;
use crate::graph::tables::builtin::groups_of;
use crate::graph::tables::permission::{Request, Target};
use crate::load::Files;
use crate::report::access;

pub(super) fn run(flags: &CanFlags, files: &Files, chosen: Chosen) -> Result<Outcome, String> {
    let question = Question::read(flags)?;
    let paths = if question.paths.is_empty() { &[".".to_owned()][..] } else { question.paths };
    if flags.requests.as_deref() == Some("-") && paths.iter().any(|path| path == "-") {
        return Err("`--requests -` and the path `-` cannot both read standard input".to_owned());
    }
    let requests = flags.requests.as_deref().map(read_requests).transpose()?;
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(paths);
    let documents = run.documents();
    let graph = run.graph(&documents);
    let provenance = run.provenance();
    let ask = Ask { graph: &graph, recorder: Recorder::new(&graph, run.sources(), &provenance), flags };
    let answer = match (&requests, &question.identity) {
        (Some(requests), _) => Ok(ask.each(requests)),
        (None, Some(identity)) => match &flags.may {
            Some(wanted) => ask.may(identity, wanted),
            None => ask.everything(identity),
        },
        (None, None) => ask.who(flags.who.as_deref().unwrap_or_default()),
    };
    let complete = complain(&run.errors());
    let (text, outcome) = answer?;
    show(&run.rendered().shown(&text))?;
    Ok(complete.max(outcome))
}

/// What is asked, of which files.
struct Question<'f> {
    identity: Option<String>,
    paths: &'f [String],
}

impl<'f> Question<'f> {
    fn read(flags: &'f CanFlags) -> Result<Self, String> {
        if flags.who.is_some() || flags.requests.is_some() {
            return Ok(Self { identity: None, paths: &flags.words });
        }
        match flags.words.split_first() {
            Some((identity, paths)) => Ok(Self { identity: Some(identity.clone()), paths }),
            None => {
                Err("say whom to ask about, as NAMESPACE/ACCOUNT, or ask `--who VERB RESOURCE`".to_owned())
            }
        }
    }
}

/// Reads the lines of a file of requests, each with its number.
fn read_requests(path: &str) -> Result<Vec<String>, String> {
    let lines = |input: &mut dyn Read| BufReader::new(input).lines().collect::<Result<Vec<_>, _>>();
    let read = if path == "-" {
        lines(&mut std::io::stdin().lock())
    } else {
        std::fs::File::open(path).and_then(|mut file| lines(&mut file))
    };
    read.map_err(|error| format!("requests `{path}` cannot be read: {error}"))
}

/// A line of `--requests`, as the API server's `SubjectAccessReview` asks.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestLine {
    user: String,
    groups: Option<Vec<String>>,
    verb: String,
    #[serde(rename = "apiGroup")]
    group: String,
    resource: String,
    subresource: String,
    name: String,
    namespace: String,
    path: String,
}

impl RequestLine {
    fn caller(&self) -> Caller {
        let mut caller = Caller::user(&self.user);
        if let Some(groups) = &self.groups {
            caller.groups.clone_from(groups);
        }
        caller
    }

    fn request(&self) -> Request<'_> {
        let target = if self.path.is_empty() {
            Target::Resource {
                group: &self.group,
                resource: &self.resource,
                subresource: &self.subresource,
                name: &self.name,
                namespace: &self.namespace,
            }
        } else {
            Target::Path(&self.path)
        };
        Request { verb: &self.verb, target }
    }
}

/// A caller by name: `namespace/account`, `system:serviceaccount:namespace:account`, `user:NAME`, `group:NAME`.
fn caller(name: &str) -> Option<Caller> {
    if let Some(group) = name.strip_prefix("group:") {
        return Some(Caller::group(group));
    }
    let user = name.strip_prefix("user:");
    if let Some(user) = user.or_else(|| name.starts_with("system:").then_some(name)) {
        return Some(Caller::user(user));
    }
    let (namespace, name) = name.split_once('/')?;
    Some(Caller::account(namespace, name))
}

struct Ask<'a, 'g> {
    graph: &'g Graph<'a>,
    recorder: Recorder<'g, 'a>,
    flags: &'g CanFlags,
}

type Answer = Result<(String, Outcome), String>;

impl Ask<'_, '_> {
    /// A line a line; a line that cannot be read is answered too, and makes the run incomplete.
    fn each(&self, lines: &[String]) -> (String, Outcome) {
        let mut out = String::new();
        let mut outcome = Outcome::Clean;
        let mut known: Option<(Caller, Vec<View<'_, '_>>)> = None;
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // What cannot be read is not repeated, and its answer says why.
            let mut answer: Map<String, Value> = serde_json::from_str(line).unwrap_or_default();
            let request = serde_json::from_str::<RequestLine>(line);
            let decided = request.as_ref().map(|request| {
                let caller = request.caller();
                if known.as_ref().is_none_or(|(before, _)| *before != caller) {
                    let views = self.graph.grants.views_of(&caller);
                    known = Some((caller, views));
                }
                let views = known.as_ref().map_or(&[][..], |(_, views)| views);
                self.recorder.decision(views, &request.request())
            });
            let (allowed, why) = match decided {
                Ok(decision) => (decision.allowed, access::why(&decision.why)),
                Err(error) => {
                    outcome = Outcome::Incomplete;
                    (None, format!("line {} is no request: {error}", number + 1))
                }
            };
            answer.insert("allowed".into(), allowed.into());
            answer.insert("why".into(), why.into());
            out.push_str(&Value::Object(answer).to_string());
            out.push('\n');
        }
        (out, outcome)
    }

    fn everything(&self, identity: &str) -> Answer {
        let (caller, views) = self.find(identity)?;
        let held = self.recorder.held(&caller, &views);
        let text = match self.flags.format {
            ListFormat::Text => access::held_text(identity, &held, &style(self.flags.color)),
            ListFormat::Json => access::held_json(&held),
        };
        Ok((text, Outcome::Clean))
    }

    fn may(&self, identity: &str, wanted: &[String]) -> Answer {
        let (_, views) = self.find(identity)?;
        let [verb, resource] = wanted else { return Err("`--may` takes a verb and a resource".to_owned()) };
        let request = self.request(verb, resource)?;
        let decision = self.recorder.decision(&views, &request);
        let (word, outcome) = match decision.allowed {
            Some(true) => ("yes", Outcome::Clean),
            Some(false) => ("no", Outcome::Findings),
            None => ("not known", Outcome::Incomplete),
        };
        Ok((format!("{word}: {}\n", access::why(&decision.why)), outcome))
    }

    fn who(&self, wanted: &[String]) -> Answer {
        let [verb, resource] = wanted else { return Err("`--who` takes a verb and a resource".to_owned()) };
        let request = self.request(verb, resource)?;
        let holders = self.recorder.holders(&request);
        let text = match self.flags.format {
            ListFormat::Text => access::who_text(&holders, &style(self.flags.color)),
            ListFormat::Json => access::who_json(&holders),
        };
        Ok((text, Outcome::Clean))
    }

    fn find(&self, identity: &str) -> Result<(Caller, Vec<View<'_, '_>>), String> {
        let caller = caller(identity).ok_or_else(|| {
            format!("`{identity}` is no identity; write NAMESPACE/ACCOUNT, user:NAME or group:NAME")
        })?;
        let views = self.graph.grants.views_of(&caller);
        if views.iter().all(|view| view.source.is_none()) {
            let known: Vec<String> = self.graph.grants.callers().iter().map(ToString::to_string).collect();
            let near = nearest(identity, known);
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("nothing in the input speaks of `{identity}`{hint}"));
        }
        Ok((caller, views))
    }

    /// `get secrets`, `create pods/exec`, `patch deployments.apps`, `get /metrics`.
    fn request<'r>(&'r self, verb: &'r str, resource: &'r str) -> Result<Request<'r>, String> {
        if resource.starts_with('/') {
            return Ok(Request::path(verb, resource));
        }
        let (full, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let (plain, group) = match full.split_once('.') {
            Some((plain, group)) => (plain, group),
            None if full == "*" => (full, "*"),
            None => (
                full,
                *groups_of(full).first().ok_or_else(|| {
                    format!("which API group `{full}` is of is not known; write {full}.GROUP")
                })?,
            ),
        };
        let name = self.flags.name.as_deref().unwrap_or_default();
        let namespace = self.flags.namespace.as_deref().unwrap_or_default();
        let target = Target::Resource { group, resource: plain, subresource, name, namespace };
        Ok(Request { verb, target })
    }
}
