//! What the rules about permissions share: who holds a primitive through a role object, and how that is reported.

mod approving;
mod together;

mod held;
mod what;
mod words;

use self::{held::power, together::Together, words::report};

use crate::finding::{Form, IdentityName};
use crate::graph::tables::permission::{Rule, is_everything};
use crate::graph::tables::primitive::{Group, Primitive, Shown};
use crate::graph::{Held, Placed, Signers};
use crate::k8s::binding::{own_rules, rules};
use crate::rules::{Context, Emit};
use crate::yaml::Node;

/// The form of what clusters up to Kubernetes 1.34 allow, where nothing says of which version the cluster is.
pub(super) const OLD_CLUSTER: Form = Form("old-cluster");

/// What a rule asks of every role object.
pub(super) struct Question {
    /// What it looks for, the strongest first: one rule of a role makes one finding.
    pub(super) primitives: fn() -> Group,
    /// The field of a rule of the role that the finding points at.
    pub(super) axis: &'static str,
    /// The form of the card; nothing where it is to be passed over.
    pub(super) form: fn(&Power<'_>, &Context<'_>) -> Option<Form>,
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
    /// Who gets it.
    pub(super) identities: Vec<IdentityName>,
    /// The namespaces in which it is held; none for the whole cluster.
    pub(super) namespaces: Vec<&'p str>,
    pub(super) placed: &'p Placed<'p>,
    /// Other rules of the role that show it.
    elsewhere: Vec<Node<'p>>,
    /// What it makes together with another permission of the role.
    together: Option<Together<'p>>,
    /// For which signers its holder has the other permission, where it is one of the two that approving takes.
    pub(super) signers: Option<Signers>,
    /// Other definitions of the role.
    definitions: Vec<Node<'p>>,
}

impl Power<'_> {
    /// The form that most rules give it.
    pub(super) fn usual_form(&self) -> Form {
        Form(match self.reach {
            Reach::Cluster => "cluster",
            Reach::Namespace => "namespace",
            Reach::Dormant => "dormant",
        })
    }
}

/// Asks a question about a role object, or about what an operator's bundle lists for its accounts.
pub(super) fn ask(question: &Question, placed: &Placed<'_>, context: &Context<'_>, emit: &mut Emit<'_>) {
    let read = |node| (node, Rule::from_node(node));
    // What is written in an aggregated role is overwritten: its rules are judged where they come from.
    let written: Vec<(Node<'_>, Rule<'_>)> = own_rules(&placed.object).map(read).collect();
    ask_of(question, &written, || context.graph.grants.held_through(placed), placed, context, emit);
    for binding in context.graph.places.bindings_at(placed) {
        if let Some(item) = binding.binding.bundle {
            let written: Vec<(Node<'_>, Rule<'_>)> = rules(item).map(read).collect();
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
    context: &Context<'p>,
    emit: &mut Emit<'_>,
) {
    if written.is_empty() || is_everything(written.iter().map(|(_, rule)| rule)) {
        return;
    }
    let held = held();
    let found = (question.primitives)().iter().filter_map(|primitive| {
        let (at, power) = power(primitive, placed, written, &held, context)?;
        Some((at, (question.form)(&power, context)?, power))
    });
    let mut powers: Vec<(usize, Form, Power<'_>)> = found.collect();
    powers.sort_by_key(|(at, form, _)| {
        (*at, [Form::NAMED, OLD_CLUSTER].contains(form), *form == Form::WAITING)
    });
    for of_rule in powers.chunk_by(|a, b| a.0 == b.0) {
        let (at, form, power) = &of_rule[0];
        if let Some(entry) = written[*at].0.entry(question.axis) {
            let also = of_rule[1..].iter().filter(|(_, form, _)| *form != Form::WAITING);
            let also = also.map(|(_, form, power)| (*form, power));
            let resource = power.resource_in(written[*at].0);
            report(*form, entry, resource, power, also, emit);
        }
    }
}
