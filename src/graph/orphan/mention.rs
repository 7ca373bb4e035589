//! Names that texts of manifests give accounts, beside pod templates and bindings: custom resources, arguments,
//! variables, configuration.
//!
//! A name too many hides an account that nothing uses; a name too few reports one that is used.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use regex::Regex;

use super::Orphans;
use crate::graph::place::{ObjectId, Placed};
use crate::k8s::binding::{binding, is_role};
use crate::k8s::templates::workloads;
use crate::k8s::{Object, objects};

/// How many of the words after `serviceAccount` may be a name: `serviceAccountRef: {kind: X, name: Y}`.
const WORDS: usize = 5;
/// How many bytes after `serviceAccount` are searched.
const REACH: usize = 200;

/// A text that names an account: its namespace, and whether that is the only one it can mean.
#[derive(Debug)]
struct Mention {
    namespace: Option<String>,
    here_only: bool,
}

/// Names of accounts in texts.
#[derive(Debug, Default)]
pub(super) struct Mentions(HashMap<String, Vec<Mention>>);

impl Mentions {
    /// Whether some text may name an account of a namespace.
    pub(super) fn has(&self, namespace: Option<&str>, name: &str) -> bool {
        let fits = |mention: &Mention| {
            !mention.here_only
                || namespace.is_none()
                || mention.namespace.as_deref().is_none_or(|of| Some(of) == namespace)
        };
        self.0.get(name).into_iter().flatten().any(fits)
    }

    fn add(&mut self, object: &Object<'_>, namespace: Option<&str>, here_only: bool) {
        let text = object.node.doc().text.get(object.node.span().range()).unwrap_or_default();
        for found in word().find_iter(text) {
            let rest = &text[found.end()..];
            let rest = &rest[..rest.floor_char_boundary(REACH)];
            // `automountServiceAccountToken` names none.
            if rest.starts_with("Token") {
                continue;
            }
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            for name in rest.split(|c: char| !is_part(c)).filter(|name| !name.is_empty()).take(WORDS) {
                let mentions = self.0.entry(name.to_owned()).or_default();
                let same = |mention: &Mention| {
                    mention.here_only == here_only && mention.namespace.as_deref() == namespace
                };
                if !mentions.last().is_some_and(same) {
                    mentions.push(Mention { namespace: namespace.map(str::to_owned), here_only });
                }
            }
        }
    }
}

fn word() -> &'static Regex {
    static WORD: OnceLock<Regex> = OnceLock::new();
    WORD.get_or_init(|| Regex::new("(?i)service[-_ ]?accounts?").expect("it is written here"))
}

impl Orphans<'_> {
    /// The names of accounts in the texts of objects; bindings and what gives accounts cloud identities do not count.
    pub(super) fn find_mentions(&self) -> Mentions {
        let mut mentions = Mentions::default();
        let runs: HashSet<ObjectId> = self.places.runners.iter().map(|runner| runner.object).collect();
        let equips: HashSet<ObjectId> =
            self.cloud.identities().iter().map(|identity| identity.object).collect();
        for placed in &self.places.objects {
            let runs = runs.contains(&placed.id);
            if !is_grant(placed) && (runs || !equips.contains(&placed.id)) {
                mentions.add(&placed.object, placed.namespace.as_deref(), runs);
            }
        }
        // Tests of a chart run as accounts, though they are not linted.
        let documents = self.places.input.documents.iter();
        let all = documents.flat_map(|parsed| {
            let objects = objects(parsed.doc, parsed.document.helm_source());
            objects.into_iter().map(move |object| (object, parsed.source))
        });
        for (mut object, source) in all.filter(|(object, _)| object.is_helm_test()) {
            object.forget(&self.places.input.sources[source].assumed.namespaces);
            if !workloads(&object).is_empty() {
                mentions.add(&object, object.namespace.as_deref(), true);
            }
        }
        mentions
    }
}

/// Whether an object names accounts to give them something, or is one.
fn is_grant(placed: &Placed<'_>) -> bool {
    let object = &placed.object;
    matches!(&*object.kind, "ServiceAccount" | "SecurityContextConstraints" | "PodSecurityPolicy")
        || binding(object).is_some()
        || is_role(object)
        || object.is("", "Secret") && object.has_token_type()
}
