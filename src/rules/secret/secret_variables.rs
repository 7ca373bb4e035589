//! Which Secrets a workload is given as environment variables, for NHI204: by Secret, with what is no secret apart.

use std::collections::{HashMap, HashSet};

use super::listed::listed;
use super::token_addresses::Tokens;
use crate::k8s::container::{Container, EnvVar, is_optional};
use crate::rules::Context;
use crate::secrets::{sensitive_name, stands_beside_a_secret};
use crate::yaml::{Entry, Node};

/// A variable that is filled from a Secret, or all that one Secret makes.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) container: Container<'a>,
    /// The `secretKeyRef:` or `secretRef:`.
    pub(super) reference: Entry<'a>,
    /// None where every key becomes a variable.
    pub(super) variable: Option<EnvVar<'a>>,
}

impl Given<'_> {
    pub(super) fn text(&self, field: &str) -> String {
        self.reference.value.get(field).and_then(Node::text).unwrap_or_default().into_owned()
    }

    /// `VARIABLE`, or nothing.
    pub(super) fn name(&self) -> String {
        self.variable.map(|variable| variable.name().into_owned()).unwrap_or_default()
    }

    /// For a label: what it is, and who is given it.
    pub(super) fn words(&self) -> String {
        let container = self.container.name();
        let to =
            if container.is_empty() { String::new() } else { format!(", given to container `{container}`") };
        match self.variable {
            Some(_) => format!("key `{}` of Secret `{}`{to}", self.text("key"), self.text("name")),
            None => format!("all that it holds now and later{to}"),
        }
    }

    pub(super) fn is_optional(&self) -> bool {
        is_optional(self.reference.value)
    }
}

/// What a workload is given.
#[derive(Default)]
pub(super) struct SecretVariables<'a> {
    /// By Secret, in the order of writing.
    pub(super) secrets: Vec<(String, Vec<Given<'a>>)>,
    /// The position of each Secret among them.
    positions: HashMap<String, usize>,
    /// What comes from a Secret and is none by its name.
    pub(super) others: Vec<Given<'a>>,
}

impl<'a> SecretVariables<'a> {
    pub(super) fn of(containers: &[Container<'a>], context: &Context<'_>) -> Self {
        let names = context.settings.patterns(context.rule, "allowNames");
        let mut found = Self::default();
        for &container in containers {
            if context.settings.lists(context.rule, "allowImages", &container.image()) {
                continue;
            }
            let variables = container.env().filter(|variable| !names.has(&variable.name()));
            let given = variables.filter_map(|variable| {
                let reference = variable.secret_key_ref()?;
                Some(Given { container, reference, variable: Some(variable) })
            });
            let whole = container.env_from_secrets();
            let whole = whole.map(|reference| Given { container, reference, variable: None });
            given.chain(whole).for_each(|given| found.add(given));
        }
        found.set_addresses_apart();
        found
    }

    /// An address may hold a login; beside a user and a password of the same Secret, or its token, it is one alone.
    fn set_addresses_apart(&mut self) {
        let is_called = |given: &Given<'_>, ends: &[&str]| {
            let name = given.name().to_ascii_lowercase();
            given.variable.is_some() && ends.iter().any(|end| name.ends_with(end))
        };
        let users = self.others.iter().filter(|given| is_called(given, &["user", "username", "login"]));
        let with_user: HashSet<String> = users.map(|given| given.text("name")).collect();
        for (secret, all) in &mut self.secrets {
            let has_password = all.iter().any(|given| is_called(given, &["password", "passwd"]));
            if has_password && with_user.contains(secret) {
                let addresses = all.extract_if(.., |given| is_called(given, &["_url", "_uri", "_endpoint"]));
                self.others.extend(addresses);
            }
            let tokens = Tokens::of(all.iter().map(Given::name));
            self.others.extend(all.extract_if(.., |given| tokens.stand_beside(&given.name())));
            all.sort_by_key(|given| given.variable.is_some_and(|variable| !sensitive_name(&variable.name())));
        }
    }

    fn add(&mut self, given: Given<'a>) {
        if given.variable.is_some() && stands_beside_a_secret(&given.name(), &given.text("key")) {
            self.others.push(given);
            return;
        }
        let secret = given.text("name");
        if let Some(&at) = self.positions.get(&secret) {
            self.secrets[at].1.push(given);
        } else {
            self.positions.insert(secret.clone(), self.secrets.len());
            self.secrets.push((secret, vec![given]));
        }
    }
}

/// What several variables of one Secret are.
pub(super) fn headline(all: &[Given<'_>]) -> String {
    let names = listed(all.iter().map(Given::name));
    let is_one = all.iter().all(|given| given.name() == all[0].name());
    format!("{names} {} in the environment", if is_one { "is a secret" } else { "are secrets" })
}
