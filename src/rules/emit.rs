//! How a rule reports what it found. It decides neither severity, nor links, nor suppression.

use std::borrow::Cow;

use crate::catalog::Class;
use crate::finding::{
    Applicability, Change, Copied, Engine, Finding, Fix, Form, IdentityName, Label, ObjectName, Operation,
    Origin, Rendered, RuleId, Severity, Target,
};
use crate::graph::place::ObjectId;
use crate::graph::tables::primitive::Primitive;
use crate::graph::{Graph, Placed, Runner, ValueText};
use crate::source::{SourceId, Span};
use crate::yaml::{Entry, Node, Path, plain};

/// Most rules point at no more than so many other places of one kind.
pub(super) const SHOWN: usize = 8;

/// What a rule found, before the settings decide how severe it is.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The finding; its severity, clusters and fingerprint are not decided yet.
    pub(crate) finding: Finding,
    pub(crate) object: ObjectName,
    /// What stands for the object in the fingerprint, where one of several objects was taken to show it on.
    pub(crate) known_as: Option<ObjectName>,
    pub(crate) class: Class,
    pub(crate) step: i8,
    /// None for values, which are no part of any.
    pub(crate) source: Option<SourceId>,
    /// The object that it is about; none for values.
    pub(crate) at: Option<ObjectId>,
    /// The tier that the object is in, by its number in the settings.
    pub(crate) tier: usize,
    pub(crate) subject: String,
    pub(crate) grants: Option<Granted>,
    /// Who holds that primitive by it, and where.
    pub(crate) held: Option<HeldBy>,
    pub(crate) absorbs: Vec<Granted>,
}

/// A primitive that a role object gives. A finding about a whole path replaces those about its single primitives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Granted {
    /// The source of the role: another cluster's variant of it is another.
    pub(crate) source: SourceId,
    /// The role.
    pub(crate) role: ObjectName,
    /// [`Primitive::name`].
    pub(crate) primitive: &'static str,
}

/// Who holds a primitive, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldBy {
    pub(crate) identities: Vec<IdentityName>,
    /// None for the whole cluster.
    pub(crate) namespaces: Option<Vec<String>>,
}

impl HeldBy {
    /// Whether all of another is part of it.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let within = match (&self.namespaces, &other.namespaces) {
            (None, _) => true,
            (Some(_), None) => false,
            // A namespace that is not known is the same as no other.
            (Some(here), Some(there)) => {
                !there.is_empty() && there.iter().all(|namespace| here.contains(namespace))
            }
        };
        within && other.identities.iter().all(|identity| self.identities.contains(identity))
    }
}

/// Takes what one rule finds in one object.
pub struct Emit<'e> {
    rule: RuleId,
    about: About<'e>,
    /// The workload, where it is about one.
    runner: Option<&'e Runner<'e>>,
    drafts: &'e mut Vec<Draft>,
}

/// What is looked at.
#[derive(Clone, Copy)]
enum About<'e> {
    Object(&'e Placed<'e>),
    Values(&'e ValueText<'e>),
}

impl About<'_> {
    /// Where a node stands in it.
    fn path_to(self, node: Node<'_>) -> Option<Path> {
        match self {
            Self::Object(placed) => node.path_from(placed.object.node),
            Self::Values(values) => node.path_from(values.doc.root()?),
        }
    }
}

impl<'e> Emit<'e> {
    pub(super) fn object(rule: RuleId, placed: &'e Placed<'_>, drafts: &'e mut Vec<Draft>) -> Self {
        Self { rule, about: About::Object(placed), runner: None, drafts }
    }

    /// For values of a chart, as they are written.
    pub(super) fn values(rule: RuleId, values: &'e ValueText<'_>, drafts: &'e mut Vec<Draft>) -> Self {
        Self { rule, about: About::Values(values), runner: None, drafts }
    }

    pub(super) fn workload(
        rule: RuleId,
        graph: &'e Graph<'_>,
        runner: &'e Runner<'_>,
        drafts: &'e mut Vec<Draft>,
    ) -> Self {
        let about = About::Object(graph.places.object_of(runner));
        Self { rule, about, runner: Some(runner), drafts }
    }

    /// A finding about a value that is there: `form` is a key of the card's `forms`.
    pub fn at<'m>(
        &'m mut self,
        form: impl Into<Form>,
        node: Node<'_>,
        message: impl Into<String>,
    ) -> &'m mut Draft {
        self.part(form, node, node.span(), message)
    }

    /// A finding about a field, shown on its key: the field should not be there, or something is missing in it.
    pub fn key<'m>(
        &'m mut self,
        form: impl Into<Form>,
        entry: Entry<'_>,
        message: impl Into<String>,
    ) -> &'m mut Draft {
        let path = self.about.path_to(entry.value);
        let draft = self.draft(form.into(), entry.key.span(), path, message.into());
        draft.through(entry.key);
        draft
    }

    /// A finding about part of a value.
    pub fn part<'m>(
        &'m mut self,
        form: impl Into<Form>,
        node: Node<'_>,
        span: Span,
        message: impl Into<String>,
    ) -> &'m mut Draft {
        let path = self.about.path_to(node);
        let draft = self.draft(form.into(), span, path, message.into());
        draft.through(node);
        draft
    }

    fn draft(&mut self, form: Form, span: Span, path: Option<Path>, message: String) -> &mut Draft {
        let placed = match self.about {
            About::Object(placed) => Some(placed),
            About::Values(_) => None,
        };
        let class = match self.runner {
            Some(runner) => runner.workload.run.class(),
            None if placed.is_some_and(|placed| placed.object.is_hook()) => Class::Job,
            None => Class::Service,
        };
        let helm = placed.and_then(|placed| placed.object.helm_source);
        let object = match self.about {
            About::Object(placed) => placed.named(),
            About::Values(values) => values.named(),
        };
        self.drafts.push(Draft {
            finding: Finding {
                identity: self.runner.and_then(|runner| placed?.identity(runner)),
                path,
                origin: if helm.is_some() { Origin::Unknown } else { Origin::Written },
                rendered: helm.map(|root| Rendered {
                    by: Engine::Helm,
                    roots: vec![root.to_owned()],
                    values: Vec::new(),
                    line: None,
                }),
                ..Finding::new(self.rule, form, Severity::Info, span, message)
            },
            object,
            known_as: None,
            class,
            step: 0,
            source: placed.map(|placed| placed.source),
            at: placed.map(|placed| placed.id),
            tier: 0,
            subject: String::new(),
            grants: None,
            held: None,
            absorbs: Vec::new(),
        });
        self.drafts.last_mut().expect("it was just pushed")
    }
}

impl Draft {
    /// A value that is reached through an alias is written elsewhere: points at the alias too.
    fn through(&mut self, node: Node<'_>) {
        if let Some(alias) = node.alias_span() {
            self.related(alias, "used here");
        }
    }

    /// What stands at the place, shown under it.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.finding.label = label.into();
        self
    }

    /// The value that a finding on a key is about. It may be written in another file than its key.
    pub fn about(&mut self, value: Node<'_>) -> &mut Self {
        self.finding.value = Some(value.span());
        self
    }

    /// Leaves it out where another finding of its rule says the same at the place that is to be changed.
    pub fn yields(&mut self) -> &mut Self {
        self.finding.yields = true;
        self
    }

    /// Another place that belongs to it.
    pub fn related(&mut self, span: Span, message: impl Into<String>) -> &mut Self {
        self.finding.related.push(Label { span, message: message.into() });
        self
    }

    /// A fact that helps to judge it, as a sentence.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.finding.notes.push(note.into());
        self
    }

    /// A credential of a vendor, which works for whoever reads it until it is revoked.
    pub(super) fn revoked_at(&mut self, revoke: &str) -> &mut Self {
        self.finding.is_live = true;
        self.note(format!("It is revoked at {revoke}."))
    }

    /// The identity that it is about, where that is not the workload's.
    pub fn identity(&mut self, identity: IdentityName) -> &mut Self {
        self.finding.identity = Some(identity);
        self
    }

    /// Part of the fingerprint: tells it from others of the same rule, form, object and field. Never a secret.
    pub fn subject(&mut self, subject: impl Into<String>) -> &mut Self {
        self.subject = subject.into();
        self
    }

    /// The primitive that it is about, given by the role object.
    pub(super) fn grants(&mut self, primitive: &Primitive) -> &mut Self {
        let granted = |source| Granted { source, role: self.object.clone(), primitive: primitive.name };
        self.grants = self.source.map(granted);
        self.subject(primitive.name)
    }

    /// What it is about where its object is one of several: it stays the same finding when another of them is shown.
    pub(super) fn known_as(&mut self, object: ObjectName) -> &mut Self {
        self.known_as = Some(object);
        self
    }

    /// Who holds the primitive that it is about.
    pub(super) fn held_by(&mut self, held: HeldBy) -> &mut Self {
        self.held = Some(held);
        self
    }

    /// The class whose levels apply, where that is not the object's own.
    pub fn class(&mut self, class: Class) -> &mut Self {
        self.class = class;
        self
    }

    /// One severity up or down, with the reason, which becomes a note.
    pub fn step(&mut self, step: i8, reason: impl Into<String>) -> &mut Self {
        self.step = step;
        self.note(reason)
    }

    /// Findings of other rules about these are removed from the report; their places become related places of this one.
    pub(super) fn absorb(&mut self, findings: Vec<Granted>) -> &mut Self {
        self.absorbs = findings;
        self
    }

    /// A proposal that a person must decide on: `title` is an order.
    pub fn suggest(
        &mut self,
        title: impl Into<String>,
        changes: impl IntoIterator<Item = Change>,
    ) -> &mut Self {
        self.fix(Applicability::Suggest, title, changes)
    }

    /// A fix: `title` is an order.
    pub fn fix(
        &mut self,
        applicability: Applicability,
        title: impl Into<String>,
        changes: impl IntoIterator<Item = Change>,
    ) -> &mut Self {
        let changes = changes.into_iter().collect();
        self.finding.fixes.push(Fix::new(title.into(), applicability, changes));
        self
    }

    /// Why the last fix has no edit, as a sentence.
    pub(super) fn without_edit(&mut self, why: impl Into<String>) -> &mut Self {
        if let Some(fix) = self.finding.fixes.last_mut() {
            fix.edits = Err(why.into());
        }
        self
    }
}

/// The document of an object, as a change names it. Of which cluster it is, `lint` adds.
pub(super) fn target(at: &Placed<'_>) -> Target {
    Target { source: at.source, cluster: None, object: at.named() }
}

/// A change of the value at `node`; `None` where that is not part of the object. What stands inside of another object has
/// its accounts and bindings elsewhere, and its controller may fill it in.
pub(crate) fn change(at: &Placed<'_>, node: Node<'_>, operation: Operation) -> Option<Change> {
    if at.object.is_carried {
        return None;
    }
    let path = node.path_from(at.object.node)?;
    Some(Change { document: target(at), path, at: Some(node.span()), operation, copied: Vec::new() })
}

/// A document that is added to the file of an object, in the namespace of the object.
pub(super) fn new_document(at: &Placed<'_>, text: String, graph: &Graph<'_>) -> Option<Change> {
    let file = graph.places.path(at.file).to_owned();
    let mut change = change(at, at.object.node, Operation::NewDocument { file, text })?;
    change.copied.extend(namespace_of(at).map(|(entry, name)| {
        Copied::new(format!("namespace: {}", plain(&name)), "namespace", entry.key.span())
    }));
    Some(change)
}

/// The field that gives an object its namespace, and what a document beside it has in that field: where nobody knows the
/// namespace, a mark that the text of the field takes the place of.
pub(super) fn namespace_of<'a>(at: &'a Placed<'_>) -> Option<(Entry<'a>, Cow<'a, str>)> {
    let entry = at.object.metadata()?.entry("namespace")?;
    Some((entry, at.namespace.as_deref().map_or("?".into(), Cow::Borrowed)))
}
