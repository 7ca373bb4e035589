//! What the rules about permissions share: who holds a primitive through a role object, and how that is said.

use std::collections::HashSet;

use crate::graph::builtin::builtin;
use crate::graph::permission::{ALL, Rule, allowed, is_everything};
use crate::graph::primitive::{Primitive, Shown};
use crate::graph::{Held, Placed};
use crate::k8s::binding::{is_role, rules, rules_of};
use crate::rules::{Context, Emit};
use crate::yaml::{Entry, Node};

/// Related places of one finding; a role may be bound a thousand times.
const MOST_RELATED: usize = 12;

/// What a rule asks of every role object.
pub(super) struct Question {
    /// What it looks for, the strongest first: one rule of a role is said once.
    pub(super) primitives: &'static [&'static Primitive],
    /// The field of a role's rule under which it is said.
    pub(super) axis: &'static str,
    /// The form of the card; nothing where it is to be passed over.
    pub(super) form: fn(&Power<'_>, &Context<'_, '_>) -> Option<&'static str>,
}

/// How far the rules of a role are handed to identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Cluster,
    Namespace,
    Dormant,
}

/// A primitive that a role object gives to identities.
pub(super) struct Power<'p> {
    pub(super) primitive: &'static Primitive,
    pub(super) shown: Shown<'p>,
    /// The rule that shows it.
    pub(super) rule: &'p Rule<'p>,
    pub(super) reach: Reach,
    /// The bindings that hand it out, those for the whole cluster first.
    pub(super) held: Vec<Held<'p, 'p>>,
    /// Who gets it, as `namespace/account`.
    pub(super) identities: Vec<String>,
    /// The namespaces in which it is held; none for the whole cluster.
    pub(super) namespaces: Vec<&'p str>,
    pub(super) placed: &'p Placed<'p>,
    /// Other rules of the role that show it.
    elsewhere: Vec<Node<'p>>,
}

impl Power<'_> {
    /// The form that most rules give it.
    pub(super) fn usual_form(&self) -> &'static str {
        match self.reach {
            Reach::Cluster => "cluster",
            Reach::Namespace => "namespace",
            Reach::Dormant => "dormant",
        }
    }

    fn message(&self) -> String {
        let who = match self.identities.as_slice() {
            [] => "whoever is given this role".to_owned(),
            [one] => format!("`{one}`"),
            [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
        };
        let does = self.primitive.does;
        let what = match self.shown.names {
            [] => self.primitive.what.to_owned(),
            [one] => format!("`{one}`"),
            [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
        };
        let place = match (self.reach, self.namespaces.as_slice()) {
            (Reach::Dormant, _) => String::new(),
            (Reach::Cluster, _) => " in the whole cluster".to_owned(),
            (Reach::Namespace, [one]) => format!(" in `{one}`"),
            (Reach::Namespace, []) => " in its namespace".to_owned(),
            (Reach::Namespace, several) => format!(" in {} namespaces", several.len()),
        };
        format!("{who} {does} {what}{place}")
    }

    fn label(&self) -> String {
        format!("`{}` on `{}`", self.shown.verb(), self.shown.resource)
    }
}

/// Asks a question about a role object, or about what an operator's bundle lists for its accounts.
pub(super) fn ask(question: &Question, placed: &Placed<'_>, context: &Context<'_, '_>, emit: &mut Emit<'_>) {
    let read = |node| (node, Rule::from_node(node));
    let aggregation = || placed.object.node.get("aggregationRule");
    // What is written in an aggregated role is overwritten: its rules are judged where they come from.
    if is_role(&placed.object) && !aggregation().is_some_and(Node::is_map) {
        let written: Vec<(Node<'_>, Rule<'_>)> = rules(&placed.object).map(read).collect();
        ask_of(question, &written, || context.graph.held_through(placed), placed, context, emit);
    }
    for binding in context.graph.bindings_at(placed) {
        if let Some(item) = binding.binding.bundle {
            let written: Vec<(Node<'_>, Rule<'_>)> = rules_of(item).map(read).collect();
            let held = || vec![Held { binding, through: None, certain: true }];
            ask_of(question, &written, held, placed, context, emit);
        }
    }
}

fn ask_of<'p>(
    question: &Question,
    written: &[(Node<'p>, Rule<'p>)],
    held: impl FnOnce() -> Vec<Held<'p, 'p>>,
    placed: &Placed<'p>,
    context: &Context<'p, 'p>,
    emit: &mut Emit<'_>,
) {
    if written.is_empty() || is_everything(written.iter().map(|(_, rule)| rule)) {
        return;
    }
    let held = held();
    let mut powers: Vec<(usize, &'static str, Power<'_>)> = Vec::new();
    for primitive in question.primitives {
        let Some((at, power)) = power(primitive, placed, written, &held, context) else {
            continue;
        };
        if let Some(form) = (question.form)(&power, context) {
            powers.push((at, form, power));
        }
    }
    powers.sort_by_key(|(at, form, _)| (*at, *form == "named"));
    for said in powers.chunk_by(|a, b| a.0 == b.0) {
        let (at, form, power) = &said[0];
        if let Some(entry) = written[*at].0.entry(question.axis) {
            let also = said[1..].iter().map(|(_, _, power)| power);
            say(form, entry, power, also, emit);
        }
    }
}

/// The rule that shows a primitive best, and who holds it.
fn power<'p>(
    primitive: &'static Primitive,
    placed: &'p Placed<'p>,
    written: &'p [(Node<'p>, Rule<'p>)],
    held: &[Held<'p, 'p>],
    context: &Context<'p, 'p>,
) -> Option<(usize, Power<'p>)> {
    let wide = |held: &Held<'_, '_>| held.binding.binding.cluster_wide;
    let cluster_wide =
        if held.is_empty() { placed.object.is_cluster_scoped() } else { held.iter().any(wide) };
    let shown = written.iter().enumerate().filter_map(|(at, (_, rule))| {
        let wildcard = |words: &[std::borrow::Cow<'_, str>]| words.iter().any(|word| word == ALL);
        // Every verb on every resource is said as that.
        if wildcard(&rule.verbs) && wildcard(&rule.resources) {
            return None;
        }
        Some((at, primitive.shown_by(rule, cluster_wide)?))
    });
    let mut shown: Vec<(usize, Shown<'_>)> = shown.collect();
    shown.sort_by_key(|(at, shown)| (!shown.names.is_empty(), *at));
    let elsewhere = shown.iter().skip(1).map(|(at, _)| written[*at].0).collect();
    let &(at, shown) = shown.first()?;
    let adds = |held: &&Held<'_, '_>| {
        let before = held.through.and_then(|name| builtin().rules(name));
        !before.is_some_and(|rules| allowed(rules, &shown.request))
    };
    let mut adding: Vec<Held<'_, '_>> = held.iter().filter(adds).copied().collect();
    // It is held, but by those who have it anyway.
    if adding.is_empty() && !held.is_empty() {
        return None;
    }
    let held = &mut adding;
    held.sort_by_key(|held| !wide(held));
    let reach = match held.first() {
        Some(first) if wide(first) => Reach::Cluster,
        Some(_) => Reach::Namespace,
        None => Reach::Dormant,
    };
    let (mut identities, mut namespaces) = (Vec::new(), Vec::new());
    for held in held.iter().take_while(|held| reach != Reach::Cluster || wide(held)) {
        let around = context.graph.objects[held.binding.object].namespace.as_deref();
        namespaces.extend(around.filter(|_| reach == Reach::Namespace));
        let machines = held.binding.binding.subjects.iter();
        identities
            .extend(machines.filter(|subject| subject.is_non_human()).map(|subject| subject.shown(around)));
    }
    namespaces.sort_unstable();
    namespaces.dedup();
    let mut seen = HashSet::new();
    identities.retain(|identity| seen.insert(identity.clone()));
    Some((
        at,
        Power {
            primitive,
            shown,
            rule: &written[at].1,
            reach,
            held: adding,
            identities,
            namespaces,
            placed,
            elsewhere,
        },
    ))
}

fn say<'p>(
    form: &'static str,
    entry: Entry<'_>,
    power: &Power<'_>,
    also: impl Iterator<Item = &'p Power<'p>>,
    emit: &mut Emit<'_>,
) {
    let draft = emit.key(form, entry, power.message());
    draft.label(power.label()).subject(power.primitive.name).note(power.primitive.because);
    if let Some(first) = power.identities.first() {
        draft.identity(first);
    }
    for other in also {
        let primitive = other.primitive;
        draft.note(format!("{} shows that it also {} {}.", other.label(), primitive.does, primitive.what));
    }
    for rule in power.elsewhere.iter().take(MOST_RELATED) {
        draft.related(rule.span(), "this rule grants it too");
    }
    for held in power.held.iter().take(MOST_RELATED) {
        let binding = &held.binding.binding;
        let place = if binding.cluster_wide { "in the whole cluster" } else { "in a namespace" };
        let through = match held.through {
            Some(name) => format!("`{name}`, which takes this role in, is bound here {place}"),
            None => format!("bound here {place}"),
        };
        draft.related(binding.role_node.span(), through);
        let machines = binding.subjects.iter().filter(|subject| subject.is_non_human());
        for subject in machines.take(MOST_RELATED) {
            draft.related(subject.name_node.span(), "who gets it");
        }
    }
    if power.reach == Reach::Dormant {
        draft.note("No binding in the input gives this role to an identity.");
    } else if power.held.iter().all(|held| !held.certain) {
        draft.step(-1, "Variants of this role differ, and which of them the bindings meet is not certain.");
    }
}
