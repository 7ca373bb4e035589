//! Credentials: Secrets and who reads them, literals, tokens, logins, long-lived keys.

mod secret_use;
mod stored;

mod literal;

mod values;

mod scan;

mod references;

mod left;

mod texts;

mod custom;

mod config;

pub mod file_variables;
pub mod key_kinds;
mod keys_in_secrets;
pub mod static_keys;

mod key_words;

pub mod api_server;
pub mod token;

mod injection;
pub mod mounted;
pub mod needless;

mod token_reader;

pub mod logins;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};

pub use left::ValueText;
pub use literal::Literal;
pub use references::Reference;
pub use secret_use::SecretUse;
pub use stored::{AccountToken, Stored, account_tokens};

use self::secret_use::Uses;
use crate::graph::grant::Grants;
use crate::graph::place::{ObjectId, Placed, Places, Runner};
use crate::render::Made;
use crate::secrets::decode_base64;

/// The credentials of a run.
#[derive(Debug)]
pub struct Credentials<'a> {
    places: Arc<Places<'a>>,
    grants: Arc<Grants<'a>>,
    /// Places that read a Secret.
    secret_readers: Uses,
    /// Objects that make one.
    secret_makers: Uses,
    /// By object, its entries where it is a Secret.
    stored: Vec<Vec<Stored<'a>>>,
    /// By object, the credentials in its chart values.
    in_objects: Vec<Vec<Literal<'a>>>,
    /// By runner, the credentials in its pod spec.
    in_runners: Vec<Vec<Literal<'a>>>,
    /// By object, the credentials in it beside those.
    in_config: Vec<Vec<Literal<'a>>>,
    /// The values of charts that no rendered text shows.
    value_texts: Vec<ValueText<'a>>,
    /// Config maps whose texts name the path of the API token; found when first needed.
    client_config_maps: OnceLock<HashSet<ObjectId>>,
    /// By Secret, the long-lived keys in it, as far as somebody asked.
    keys_in_secrets: Mutex<HashMap<ObjectId, Arc<[keys_in_secrets::InSecret]>>>,
}

impl<'a> Credentials<'a> {
    /// Collects them, on all threads.
    pub(super) fn of(places: &Arc<Places<'a>>, grants: &Arc<Grants<'a>>) -> Self {
        let (secret_readers, secret_makers) = secret_use::uses(places);
        let (in_objects, in_runners) = (scan::in_objects(places), scan::in_runners(places));
        let in_config = config::in_config(places, &[&in_objects, &in_runners]);
        Self {
            places: Arc::clone(places),
            grants: Arc::clone(grants),
            secret_readers,
            secret_makers,
            stored: stored::stored(places),
            in_objects,
            in_runners,
            in_config,
            value_texts: left::value_texts(places),
            client_config_maps: OnceLock::new(),
            keys_in_secrets: Mutex::default(),
        }
    }

    /// The entries of a Secret; none of another object.
    #[must_use]
    pub fn stored(&self, placed: &Placed<'_>) -> &[Stored<'a>] {
        &self.stored[placed.id.position()]
    }

    /// Every literal of the run.
    pub fn literals(&self) -> impl Iterator<Item = &Literal<'a>> {
        let in_values = self.value_texts.iter().flat_map(|text| &text.literals);
        self.in_objects.iter().chain(&self.in_runners).chain(&self.in_config).flatten().chain(in_values)
    }

    /// The values of charts that no rendered text shows.
    #[must_use]
    pub fn value_texts(&self) -> &[ValueText<'a>] {
        &self.value_texts
    }

    /// The credentials in the chart values of an object.
    #[must_use]
    pub fn in_object(&self, placed: &Placed<'_>) -> &[Literal<'a>] {
        &self.in_objects[placed.id.position()]
    }

    /// The credentials in a config map, in annotations, and tokens wherever they stand in an object.
    #[must_use]
    pub fn in_config(&self, placed: &Placed<'_>) -> &[Literal<'a>] {
        &self.in_config[placed.id.position()]
    }

    /// The credentials in a pod spec.
    #[must_use]
    pub fn in_runner(&self, runner: &Runner<'_>) -> &[Literal<'a>] {
        &self.in_runners[runner.id.position()]
    }

    /// Whether a chart made the credential at `range` of a text, which then stands in no file; and whether a cluster
    /// keeps it from then on. `text` is that of a scalar, `encoded` says that the range counts bytes of what its base64
    /// holds.
    #[must_use]
    pub fn made(&self, text: &str, range: &Range<usize>, encoded: bool) -> Option<&'a Made> {
        let made = self.places.input.generated.get(text)?;
        let plain = |text: &str| {
            decode_base64(text).filter(|_| encoded).and_then(|bytes| String::from_utf8(bytes).ok())
        };
        let (first, again) = (plain(text), plain(&made.again));
        let value = first.as_deref().unwrap_or(text).get(range.clone())?;
        // A file may hold a password of somebody's beside one that was made.
        Made::is_by_chance(value, again.as_deref().unwrap_or(&made.again)).then_some(made)
    }

    /// Whether it is certain that an account is a name only: no binding of its own, no cloud role, no Secret.
    #[must_use]
    pub fn is_powerless(&self, runner: &Runner<'_>) -> bool {
        let at = &self.places[runner.object];
        let accounts = self.places.accounts_of(runner);
        let has_secrets = |account: &ObjectId| {
            let node = self.places[*account].object.node;
            node.get("secrets").is_some_and(|secrets| secrets.items().next().is_some())
        };
        let name = runner.account.name().unwrap_or_default();
        let mut grants = self.grants.own_grants_to(at, at.namespace.as_deref(), name);
        !accounts.is_empty()
            && !self.places.sources.is_open(at.source)
            && !accounts.iter().any(has_secrets)
            && self.cloud_role(runner).is_none()
            && grants.next().is_none()
    }
}
