//! Rules that users write: for everything that such a rule looks at, its expression must be true.
//!
//! One rule works through the run from the start to its end on one thread, as far as its budget goes, so that the same
//! input has the same findings on every machine. A rule that cannot be evaluated somewhere makes the run incomplete.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Context;
use super::emit::{Draft, Emit};
use crate::catalog::own::{Found, Mistake};
use crate::catalog::{Card, Catalog, LooksAt, Own};
use crate::cel::{Budget, Fault, Program, Value, from_json};
use crate::finding::{ObjectName, RunError};
use crate::graph::reach::{IdentityId, Standing};
use crate::graph::record::{Recorder, Variables};
use crate::graph::{Placed, Runner};
use crate::render::Provenance;

/// What one evaluation may cost: as much as a call may in the API server.
const ONE: u64 = 1_000_000;

/// What a rule may cost in all, beside [`EACH`] for everything that it looks at; see [`WHOLE`].
const ALL: u64 = 20_000_000;

/// See [`ALL`].
const EACH: u64 = 5_000;

/// Of more rules each gets less, so that together they cost no more than so many.
const WHOLE: u64 = 64;

/// What each workload, permission and step of an identity costs that an expression may look at: accounts that share what
/// they hold share no description of it.
const PART: u64 = 100;

/// A message has at most so many characters; the rest is cut.
const LONGEST_MESSAGE: usize = 300;

/// What the rules of users found, and why some of them could not be evaluated.
pub(super) fn run(
    context: &Context<'_>,
    catalog: &Catalog,
    is_on: &dyn Fn(&Card) -> bool,
) -> (Vec<Draft>, Vec<RunError>) {
    let on = |card: &&Card| card.own.is_some() && is_on(card);
    let cards: Vec<&Card> = catalog.cards().iter().filter(on).collect();
    let runs = cards.par_iter().filter_map(|card| {
        let own = card.own.as_ref()?;
        let share = (cards.len() as u64).div_ceil(WHOLE).max(1);
        let mut run = OwnRun::new(card, own, Context { rule: card.id, ..*context }, share);
        run.all();
        Some((run.drafts, run.failed))
    });
    let runs: Vec<(Vec<Draft>, Option<Failed>)> = runs.collect();
    let (drafts, failed): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    (drafts.into_iter().flatten().collect(), failed.into_iter().flatten().map(Failed::error).collect())
}

/// Where a rule could not be evaluated.
struct Failed {
    rule: String,
    first: String,
    mistake: Mistake,
    count: usize,
    is_spent: bool,
}

impl Failed {
    fn error(self) -> RunError {
        let Self { rule, first, mistake, count, is_spent } = self;
        let more = match count {
            _ if is_spent => ", and nothing after it was judged by this rule".to_owned(),
            1 => String::new(),
            more => format!(" and {} more", more - 1),
        };
        let Mistake { file, line, column, message, .. } = mistake;
        let message = format!("{rule} cannot be evaluated, column {column}: {message} (for {first}{more})");
        RunError { file: Some(file), line: Some(line), message }
    }
}

/// What is evaluated, and how people know it.
struct Subject<'s, 'a> {
    /// The object that the finding stands on.
    at: &'s Placed<'a>,
    runner: Option<&'s Runner<'a>>,
    identity: Option<&'s Standing>,
}

/// One rule over everything that it looks at.
struct OwnRun<'r> {
    card: &'r Card,
    own: &'r Own,
    context: Context<'r>,
    levels: Vec<&'r str>,
    /// For this rule alone.
    left: u64,
    /// What is added for everything that it looks at.
    each: u64,
    /// What was made of identities; workloads may share one.
    identities: HashMap<IdentityId, Value>,
    drafts: Vec<Draft>,
    failed: Option<Failed>,
}

impl<'r> OwnRun<'r> {
    fn new(card: &'r Card, own: &'r Own, context: Context<'r>, share: u64) -> Self {
        let levels = context.settings.list(crate::finding::RuleId(301), "acceptLevels");
        Self {
            card,
            own,
            context,
            levels,
            left: ALL / share,
            each: EACH / share,
            identities: HashMap::new(),
            drafts: Vec::new(),
            failed: None,
        }
    }

    fn all(&mut self) {
        let (places, reach) = (&self.context.graph.places, self.context.reach);
        match self.own.looks_at {
            LooksAt::Workload => {
                for runner in &places.runners {
                    let at = places.object_of(runner);
                    let identity = reach.standing(at, runner.account.name().unwrap_or_default());
                    self.one(&Subject { at, runner: Some(runner), identity });
                }
            }
            LooksAt::Identity => {
                for standing in &reach.standings {
                    if let Some((at, runner)) = self.place_of(standing) {
                        self.one(&Subject { at, runner, identity: Some(standing) });
                    }
                }
            }
            _ => {
                for at in &places.objects {
                    self.one(&Subject { at, runner: None, identity: None });
                }
            }
        }
    }

    /// The object that an identity is shown on: its account, else a workload, a Secret or a binding that names it.
    fn place_of(&self, standing: &Standing) -> Option<(&'r Placed<'r>, Option<&'r Runner<'r>>)> {
        let (places, net) = (&self.context.graph.places, &self.context.reach.net);
        let identity = &net[standing.identity];
        if let Some(declared) = identity.declared {
            return Some((&places[declared], None));
        }
        if let Some(&runner) = identity.runners.first() {
            return Some((&places[places[runner].object], Some(&places[runner])));
        }
        let named = || {
            let binding = places.bindings.iter().find(|bound| {
                let around = places[bound.object].namespace.as_deref();
                let mut accounts =
                    bound.binding.subjects.iter().filter_map(|subject| subject.account_in(around));
                identity.sources.contains(&places[bound.object].source)
                    && accounts
                        .any(|account| account == (identity.namespace.as_deref(), identity.name.as_str()))
            });
            binding.map(|bound| bound.object)
        };
        let held = || Some(places[net[*net.held(standing.identity).first()?].binding].object);
        let object = identity.token_secrets.first().copied().or_else(named).or_else(held)?;
        Some((&places[object], None))
    }

    /// Whether the rule is about a kind: `Deployment`, or `Certificate.cert-manager.io`.
    fn is_of_kind(&self, at: &Placed<'_>) -> bool {
        let is_it = |kind: &String| match kind.split_once('.') {
            Some((kind, group)) => at.object.is(group, kind),
            None => *at.object.kind == **kind,
        };
        self.own.kinds.is_empty() || self.own.kinds.iter().any(is_it)
    }

    fn one(&mut self, subject: &Subject<'_, 'r>) {
        // Of part of an object nobody knows what is missing.
        let is_part = subject.at.partial && subject.identity.is_none();
        if is_part
            || !self.is_of_kind(subject.at)
            || self.failed.as_ref().is_some_and(|failed| failed.is_spent)
        {
            return;
        }
        let own = self.own;
        self.left = self.left.saturating_add(self.each);
        if !self.make_identity(subject) {
            let message = "what the expression looks at is more than it may cost".to_owned();
            let at = 0..own.validate.text().len();
            return self.fail("validate", Fault { at, message, is_spent: true, unknown: None }, subject);
        }
        let values = self.values(subject, false);
        let applies = match &own.when {
            Some(when) => self.flag("when", when, &values, subject),
            None => Some(true),
        };
        if applies == Some(true) && self.flag("validate", &own.validate, &values, subject) == Some(false) {
            let message = self.message(subject);
            self.report(subject, message);
        }
    }

    fn reads(&self, name: &str) -> bool {
        let own = self.own;
        let programs = [Some(&own.validate), own.when.as_ref(), own.message_expression.as_ref()];
        programs.into_iter().flatten().any(|program| program.first_use(name).is_some())
    }

    /// Makes the identity of a subject, if the rule asks for it; false where that costs more than is left.
    fn make_identity(&mut self, subject: &Subject<'_, 'r>) -> bool {
        let Some(standing) = subject.identity.filter(|_| self.reads("identity")) else { return true };
        if self.identities.contains_key(&standing.identity) {
            return true;
        }
        let (graph, reach) = (self.context.graph, self.context.reach);
        let identity = &reach.net[standing.identity];
        let parts =
            identity.runners.len() + reach.net.held(standing.identity).len() + reach.path(standing).len();
        let Some(left) = self.left.checked_sub(PART.saturating_mul(parts as u64)) else { return false };
        self.left = left;
        let provenance = Provenance::default();
        let recorder = Recorder::new(graph, graph.places.texts(), &provenance);
        let variables = Variables::new(graph, self.context.owner_keys(), &self.levels);
        let value = from_json(variables.identity(recorder, reach, standing));
        self.identities.insert(standing.identity, value);
        true
    }

    /// The variables, in the order of their names; those that the rule may not use are null.
    fn values(&self, subject: &Subject<'_, 'r>, is_shown: bool) -> [Value; 3] {
        let graph = self.context.graph;
        let variables = Variables::new(graph, self.context.owner_keys(), &self.levels);
        let value = |name: &str, make: &dyn Fn() -> Option<serde_json::Value>| {
            let json = if self.reads(name) { make() } else { None };
            json.map_or(Value::Null, from_json)
        };
        let object =
            |at: &Placed<'_>| if is_shown { variables.shown_object(at) } else { variables.object(at) };
        let identity = subject.identity.and_then(|standing| self.identities.get(&standing.identity));
        [
            value("object", &|| Some(object(subject.at))),
            value("workload", &|| subject.runner.map(|runner| variables.workload(runner))),
            identity.cloned().unwrap_or(Value::Null),
        ]
    }

    fn evaluate(
        &mut self,
        key: &str,
        program: &Program,
        values: &[Value; 3],
        subject: &Subject<'_, 'r>,
    ) -> Option<Value> {
        let may = ONE.min(self.left);
        let mut budget = Budget::of(may);
        let value = program.evaluate(values, &mut budget);
        self.left -= may - budget.left();
        value.map_err(|fault| self.fail(key, fault, subject)).ok()
    }

    fn flag(
        &mut self,
        key: &str,
        program: &Program,
        values: &[Value; 3],
        subject: &Subject<'_, 'r>,
    ) -> Option<bool> {
        match self.evaluate(key, program, values, subject)? {
            Value::Bool(value) => Some(value),
            other => {
                let message = format!("`{key}` wants true or false, and this is {}", other.described());
                let fault = Fault { at: 0..program.text().len(), message, is_spent: false, unknown: None };
                self.fail(key, fault, subject);
                None
            }
        }
    }

    fn fail(&mut self, key: &str, fault: Fault, subject: &Subject<'_, 'r>) {
        if let Some(failed) = &mut self.failed {
            failed.count += 1;
            failed.is_spent |= fault.is_spent;
            return;
        }
        let mistake = self.own.mistake(key, &fault.at, fault.message);
        let first = self.named(subject);
        let rule = self.card.id.to_string();
        self.failed = Some(Failed { rule, first, mistake, count: 1, is_spent: fault.is_spent });
    }

    fn named(&self, subject: &Subject<'_, 'r>) -> String {
        match subject.identity.filter(|_| self.own.looks_at == LooksAt::Identity) {
            Some(standing) => format!("the identity {}", self.context.reach.net[standing.identity].named()),
            None => subject.at.named().to_string(),
        }
    }

    /// What is wrong, on one line.
    fn message(&mut self, subject: &Subject<'_, 'r>) -> String {
        let own = self.own;
        let made = own.message_expression.as_ref().and_then(|program| {
            let values = self.values(subject, true);
            match self.evaluate("messageExpression", program, &values, subject)? {
                Value::Text(text) => Some(text.to_string()),
                _ => None,
            }
        });
        // As in Kubernetes, the text stands in for an expression that fails or makes no text.
        let made = made.filter(|text| !text.trim().is_empty());
        let text = made.unwrap_or_else(|| own.message.clone());
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(LONGEST_MESSAGE) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    fn report(&mut self, subject: &Subject<'_, 'r>, message: String) {
        let (graph, own) = (self.context.graph, self.own);
        let mut emit = match subject.runner {
            Some(runner) => Emit::workload(self.card.id, graph, runner, &mut self.drafts),
            None => Emit::object(self.card.id, subject.at, &mut self.drafts),
        };
        let object = &subject.at.object;
        let found = own.at.as_ref().map_or(Found::Nothing, |field| field.find(object.node));
        let draft = match found {
            Found::Value(node) => emit.at(own.form, node, message),
            Found::Above(entry) => emit.key(own.form, entry, message),
            Found::Nothing => {
                let named = subject.runner.and_then(|runner| runner.account.entry());
                let named = named.filter(|_| own.looks_at == LooksAt::Identity).map(|entry| entry.value);
                let node = named.or_else(|| object.name_node()).or_else(|| object.node.get("kind"));
                emit.at(own.form, node.unwrap_or(object.node), message)
            }
        };
        if let Some(standing) = subject.identity.filter(|_| own.looks_at == LooksAt::Identity) {
            let identity = &self.context.reach.net[standing.identity];
            draft.identity(identity.named());
            draft.known_as(ObjectName {
                api_version: "v1".to_owned(),
                kind: "ServiceAccount".to_owned(),
                namespace: identity.namespace.clone(),
                name: identity.name.clone(),
            });
            let is_job = |runner: &&crate::graph::RunnerId| {
                graph.places[**runner].workload.run.class() == crate::catalog::Class::Job
            };
            if identity.runners.iter().any(|runner| is_job(&runner)) {
                draft.class(crate::catalog::Class::Job);
            }
        }
    }
}
