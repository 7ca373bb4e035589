//! What an exception is for: the keys of `match`, which must all fit.

use std::borrow::Cow;
use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};

use super::terms::{INCOMPLETE, MALFORMED, Problem, TOO_BROAD, Text, shown};
use crate::finding::{Finding, Principal, RuleId};
use crate::k8s::kinds;
use crate::source::Span;

/// The keys of `match`.
pub(super) const KEYS: [&str; 8] =
    ["identity", "kind", "name", "namespace", "env", "path", "container", "key"];

/// What stands for any text in a pattern.
const WILDCARDS: [char; 5] = ['*', '?', '[', '{', '!'];

/// How the identity of a namespace that nobody knows begins.
const UNKNOWN: &str = "?/";

/// What an exception is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    pub(super) identity: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) namespace: Option<Text>,
    pub(super) env: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) container: Option<Text>,
    pub(super) key: Option<Text>,
    /// Exactly one finding.
    pub(super) fingerprint: Option<Text>,
    /// Whether it is meant for all of a namespace.
    pub(super) whole_namespace: bool,
    glob: Option<Glob>,
    /// Made of it when it is first asked.
    matcher: OnceLock<GlobMatcher>,
}

/// A finding, with what is known of its place.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) finding: &'a Finding,
    pub(super) environment: Option<&'a str>,
    /// From the folder on that the paths of the exception begin at.
    pub(super) paths: &'a [String],
}

/// What exceptions are searched by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sought<'a> {
    Identity(Cow<'a, str>),
    Name(&'a str),
    Namespace(&'a str),
    /// A path that is no pattern, from the folder of the exception on.
    Path(&'a str),
    /// It alone decides.
    Fingerprint(&'a str),
}

impl<'a> Sought<'a> {
    /// What exceptions may be searched by that are for a finding; its fingerprint is not known yet.
    pub(super) fn by(finding: &'a Finding, paths: &'a [String]) -> impl Iterator<Item = Self> {
        let object = finding.object.as_ref();
        let identities = identities(finding).map(|name| Self::Identity(name.into()));
        let name = object.map(|object| Self::Name(&object.name));
        let namespace = object.and_then(|object| object.namespace.as_deref()).map(Self::Namespace);
        let paths = paths.iter().map(|path| Self::Path(path));
        identities.chain(name).chain(namespace).chain(paths)
    }
}

impl Selector {
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Option<Text>> {
        Some(match key {
            "identity" => &mut self.identity,
            "kind" => &mut self.kind,
            "name" => &mut self.name,
            "namespace" => &mut self.namespace,
            "env" => &mut self.env,
            "path" => &mut self.path,
            "container" => &mut self.container,
            "key" => &mut self.key,
            _ => return None,
        })
    }

    /// Reads the pattern, and finds what is wrong with it all.
    pub(super) fn problems(&mut self, at: Span, rules: &[RuleId]) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(path) = &self.path {
            match GlobBuilder::new(&path.text).literal_separator(true).build() {
                Ok(glob) => self.glob = Some(glob),
                Err(error) => {
                    let message = format!("`{}` is no pattern: {}", shown(&path.text), error.kind());
                    problems.push(Problem::new(MALFORMED, path.at, message));
                }
            }
        }
        let exact = [
            (&self.identity, "identity"),
            (&self.kind, "kind"),
            (&self.name, "name"),
            (&self.namespace, "namespace"),
            (&self.container, "container"),
            (&self.key, "key"),
        ];
        for (text, key) in exact.iter().filter_map(|(text, key)| Some((text.as_ref()?, key))) {
            if text.text.trim().is_empty() {
                problems.push(Problem::new(INCOMPLETE, text.at, format!("`{key}` is empty")));
            } else if *key != "key" && text.text.trim_start_matches(UNKNOWN).contains(WILDCARDS) {
                let message = format!("`{key}` takes no pattern such as `{}`; name one", shown(&text.text));
                problems.push(Problem::new(TOO_BROAD, text.at, message));
            }
        }
        if let Some(text) = self.fingerprint.as_ref().filter(|text| !is_fingerprint(&text.text)) {
            let message = format!("`{}` is no fingerprint; `--format json` shows them", shown(&text.text));
            problems.push(Problem::new(MALFORMED, text.at, message));
        }
        if !self.is_narrow(rules) {
            let message =
                "it is for more than one thing; name an `identity`, or `kind`, `name` and `namespace`";
            problems.push(Problem::new(TOO_BROAD, at, message));
        }
        problems
    }

    /// Whether it is for one identity, one object or one finding; of a root that cannot be rendered, for one file.
    fn is_narrow(&self, rules: &[RuleId]) -> bool {
        let is_object = self.kind.as_ref().is_some_and(|kind| {
            // A kind without namespaces has nothing more to name.
            let is_placed = self.namespace.is_some() || kinds::is_cluster_scoped_kind(&kind.text);
            self.name.is_some() && is_placed
        });
        let one_file = self.path.as_ref().is_some_and(|path| !path.text.contains(WILDCARDS));
        let is_of_texts = !rules.is_empty() && rules.iter().all(|rule| *rule == RuleId::UNGOVERNED_MANIFEST);
        self.fingerprint.is_some()
            || self.identity.is_some()
            || is_object
            || (one_file && is_of_texts)
            || (self.whole_namespace && self.namespace.is_some())
    }

    /// Whether a finding is what it is for; its fingerprint is compared by whoever knows it.
    pub(super) fn fits(&self, subject: Subject<'_>) -> bool {
        let finding = subject.finding;
        let is = |wanted: &Option<Text>, found: Option<&str>| {
            wanted.as_ref().is_none_or(|wanted| found == Some(wanted.text.as_str()))
        };
        let object = finding.object.as_ref();
        let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
        self.identity.as_ref().is_none_or(|wanted| identities(finding).any(|name| name == wanted.text))
            && is(&self.kind, object.map(|object| object.kind.as_str()))
            && is(&self.name, object.map(|object| object.name.as_str()))
            && is(&self.namespace, object.and_then(|object| object.namespace.as_deref()))
            && is(&self.env, subject.environment)
            && self.container.as_ref().is_none_or(|wanted| is_in_container(&path, &wanted.text))
            && self.key.as_ref().is_none_or(|wanted| is_key(&path, &wanted.text))
            && self.glob.as_ref().is_none_or(|glob| {
                let matcher = self.matcher.get_or_init(|| glob.compile_matcher());
                subject.paths.iter().any(|path| matcher.is_match(path))
            })
    }

    /// What a finding must have to fit, as far as it can be searched by; none where every finding may.
    pub(super) fn sought(&self) -> Option<Sought<'_>> {
        let literal = |text: &&Text| !text.text.contains(WILDCARDS) && !text.text.contains(['\\', ']', '}']);
        let named = self.identity.as_ref().map(|text| Sought::Identity(text.text.as_str().into()));
        let named = named.or_else(|| self.name.as_ref().map(|text| Sought::Name(&text.text)));
        let placed = || self.namespace.as_ref().map(|text| Sought::Namespace(&text.text));
        let filed = || self.path.as_ref().filter(literal).map(|text| Sought::Path(&text.text));
        let by_print = || self.fingerprint.as_ref().map(|text| Sought::Fingerprint(&text.text));
        let is_free = self.env.is_none()
            && self.path.is_none()
            && self.container.is_none()
            && self.kind.is_none()
            && self.key.is_none();
        named.or_else(placed).or_else(filed).or_else(|| by_print().filter(|_| is_free))
    }

    /// What it is for, in words.
    pub(super) fn words(&self) -> String {
        let keys = KEYS.iter().zip([
            &self.identity,
            &self.kind,
            &self.name,
            &self.namespace,
            &self.env,
            &self.path,
            &self.container,
            &self.key,
        ]);
        let finding = self.fingerprint.iter().map(|text| format!("finding {}", text.text));
        let named = keys.filter_map(|(key, text)| Some(format!("{key} {}", text.as_ref()?.text)));
        finding.chain(named).collect::<Vec<_>>().join(", ")
    }
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// The identities that a finding is about, by each name that they have: it says so, or its object is that account. With
/// and without its cluster.
fn identities(finding: &Finding) -> impl Iterator<Item = String> {
    let of_finding = finding.identity.iter().flat_map(|identity| {
        let bare = match &identity.principal {
            Principal::Account { namespace, name } => {
                format!("{}/{name}", namespace.as_deref().unwrap_or("?"))
            }
            Principal::Other(name) => name.clone(),
        };
        [bare, identity.to_string()]
    });
    let of_object = finding.object.iter().filter(|object| object.kind == "ServiceAccount");
    of_finding.chain(of_object.map(|object| {
        let namespace = object.namespace.as_deref().unwrap_or("?");
        format!("{namespace}/{}", object.name)
    }))
}

fn is_in_container(path: &str, wanted: &str) -> bool {
    ["/containers", "/initContainers", "/ephemeralContainers"].iter().any(|list| {
        let step = format!("{list}[name={wanted}]");
        path.match_indices(&step)
            .any(|(at, _)| matches!(path[at + step.len()..].bytes().next(), None | Some(b'/')))
    })
}

/// Whether a path leads to or into a variable or key of that name.
fn is_key(path: &str, wanted: &str) -> bool {
    let escaped = wanted.replace('~', "~0").replace('/', "~1");
    let ends = [format!("/env[name={wanted}]"), format!("/data/{escaped}"), format!("/stringData/{escaped}")];
    let leads = ends.iter().any(|end| {
        path.match_indices(end)
            .any(|(at, _)| matches!(path[at + end.len()..].bytes().next(), None | Some(b'/')))
    });
    leads || path.rsplit('/').next() == Some(escaped.as_str())
}
