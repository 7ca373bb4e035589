//! What an expression of a template is made of, as far as a cluster, a revision, time or chance decide it.

use std::collections::BTreeMap;
use std::rc::Rc;

/// What is asked, each a bit.
pub(super) type Questions = u16;

pub(super) const LOOKUP: Questions = 1;
pub(super) const UPGRADE: Questions = 1 << 1;
pub(super) const REVISION: Questions = 1 << 2;
pub(super) const SERVED: Questions = 1 << 3;
pub(super) const VERSION: Questions = 1 << 4;
pub(super) const HELM: Questions = 1 << 5;
pub(super) const CHANCE: Questions = 1 << 6;
pub(super) const MADE: Questions = 1 << 7;
/// A list that comes in any order.
pub(super) const ORDER: Questions = 1 << 8;
/// Not asked: it is a number, which may be zero.
pub(super) const NUMBER: Questions = 1 << 9;
/// Not asked: it is the minor version of Kubernetes alone.
pub(super) const MINOR: Questions = 1 << 10;
/// What whoever deploys it knows.
pub(super) const NAMED: Questions = 1 << 11;

/// The questions that cannot be answered another way here, with what people call them.
pub(super) const OPEN: [(Questions, &str); 8] = [
    (LOOKUP, "`lookup`"),
    (REVISION, "`.Release.Revision`"),
    (SERVED, API_VERSION),
    (VERSION, EXACT_VERSION),
    (HELM, "the version of Helm"),
    (CHANCE, TIME_OR_CHANCE),
    (MADE, PUT_TOGETHER),
    (NAMED, RELEASE_NAME),
];

/// What is asked of a cluster by whoever learns what it serves.
pub const API_VERSION: &str = "an API version that is not written out";
/// And which version it is.
pub const EXACT_VERSION: &str = "the exact version of Kubernetes";
/// What is asked where there is no cluster, too.
pub const TIME_OR_CHANCE: &str = "time or chance";
/// Asked only of a chart that nobody deploys.
pub const RELEASE_NAME: &str = "the name or the namespace of its release";
/// So is a text that is no template before somebody puts it together.
pub const PUT_TOGETHER: &str = "a template that is put together";

/// What Helm hands to templates, each a bit: a value may be one of several.
pub(super) type Context = u8;

/// All of it (`$`).
pub(super) const ROOT: Context = 1;
pub(super) const RELEASE: Context = 1 << 1;
pub(super) const CAPABILITIES: Context = 1 << 2;
/// `.Capabilities.KubeVersion`
pub(super) const KUBE: Context = 1 << 3;
/// `.Capabilities.APIVersions`
pub(super) const VERSIONS: Context = 1 << 4;
/// What people wrote, and what is below it: no question, whatever the names of its fields.
pub(super) const WRITTEN: Context = 1 << 5;

/// Deeper fields are one value with what is around them.
const DEEPEST: usize = 4;

/// So are more.
const MOST: usize = 1_000;

/// What is known of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// What decides it.
    pub(super) asked: Questions,
    /// What decides whether it is this text or another, where the others only show in it.
    pub(super) chosen: Questions,
    pub(super) context: Context,
    /// Of what a template made: `dict` and `list`.
    pub(super) fields: Rc<BTreeMap<String, Value>>,
    /// Its text, where that stands in the template.
    pub(super) literal: Option<Rc<str>>,
}

impl Value {
    pub(super) fn of(asked: Questions) -> Self {
        Self { asked, ..Self::default() }
    }

    pub(super) fn in_context(context: Context) -> Self {
        Self { context, ..Self::default() }
    }

    pub(super) fn text(text: &str) -> Self {
        Self { literal: Some(text.into()), context: WRITTEN, ..Self::default() }
    }

    /// What a template makes of others: a `dict` or a `list`.
    pub(super) fn made(fields: BTreeMap<String, Self>) -> Self {
        Self { fields: Rc::new(fields), ..Self::default() }.bounded()
    }

    /// How much is known of it.
    fn size(&self) -> usize {
        self.fields.values().fold(1, |size, field| size + field.size())
    }

    /// The same; as one value where it is too much.
    fn bounded(self) -> Self {
        if self.size() <= MOST {
            return self;
        }
        Self { asked: self.all(), chosen: self.all_chosen(), fields: Rc::default(), ..self }
    }

    /// What may be one value or the other.
    pub(super) fn or(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Adds what it may be, too; whether that is more than was known.
    pub(super) fn add(&mut self, other: &Self) -> bool {
        self.add_to(other, DEEPEST)
    }

    fn add_to(&mut self, other: &Self, deepest: usize) -> bool {
        let before = (self.asked, self.chosen, self.context);
        self.asked |= other.asked;
        self.chosen |= other.chosen;
        self.context |= other.context;
        let mut more = before != (self.asked, self.chosen, self.context);
        if self.literal != other.literal {
            self.literal = None;
        }
        if deepest == 0 {
            let (asked, chosen) = (self.asked | other.all(), self.chosen | other.all_chosen());
            more |= (asked, chosen) != (self.asked, self.chosen);
            (self.asked, self.chosen) = (asked, chosen);
        } else if !other.fields.is_empty() && !Rc::ptr_eq(&self.fields, &other.fields) {
            let missing = |(name, value): (&String, &Self)| match self.fields.get(name) {
                Some(known) => known.clone().add_to(value, deepest - 1),
                None => true,
            };
            if other.fields.iter().any(missing) {
                let fields = Rc::make_mut(&mut self.fields);
                for (name, value) in other.fields.iter() {
                    fields.entry(name.clone()).or_default().add_to(value, deepest - 1);
                }
                more = true;
                if self.size() > MOST {
                    *self = std::mem::take(self).bounded();
                }
            }
        }
        more
    }

    /// All that decides it, its fields included.
    pub(super) fn all(&self) -> Questions {
        let of = |context, questions| if self.context & context != 0 { questions } else { 0 };
        let whole = of(ROOT, UPGRADE | REVISION | SERVED | VERSION | HELM)
            | of(RELEASE, UPGRADE | REVISION)
            | of(CAPABILITIES, SERVED | VERSION | HELM)
            | of(KUBE, VERSION)
            | of(VERSIONS, SERVED);
        self.fields.values().fold(self.asked | whole, |all, field| all | field.all())
    }

    pub(super) fn all_chosen(&self) -> Questions {
        self.fields.values().fold(self.chosen, |all, field| all | field.all_chosen())
    }

    /// A field by its name. Helm's own names mean the same wherever they are handed on.
    pub(super) fn field(&self, name: &str) -> Self {
        let around = Self { asked: self.asked, chosen: self.chosen, ..Self::default() };
        if let Some(found) = self.fields.get(name) {
            return found.clone().or(&around);
        }
        if self.context == WRITTEN {
            return Self { context: WRITTEN, ..around };
        }
        let context = match name {
            "Release" => RELEASE,
            "Capabilities" => CAPABILITIES,
            "KubeVersion" => KUBE,
            "APIVersions" => VERSIONS,
            "Values" | "Chart" | "Template" | "Files" => WRITTEN,
            _ => 0,
        };
        let is_version = self.context & KUBE != 0 || self.asked & VERSION != 0;
        let asked = match name {
            "Revision" => REVISION,
            "IsUpgrade" | "IsInstall" => UPGRADE,
            "HelmVersion" => HELM,
            "Name" | "Namespace" if self.context & RELEASE != 0 => NAMED,
            "Minor" if is_version => VERSION | MINOR | NUMBER,
            // There is no other major version.
            "Major" if is_version => return Self::default(),
            "Version" | "GitVersion" if self.context & KUBE != 0 => VERSION,
            _ => 0,
        };
        Self { asked: around.asked | asked, context, ..around }
    }

    /// Any of its fields, by a key that is not known.
    pub(super) fn any(&self) -> Self {
        let context = self.context & (WRITTEN | VERSIONS);
        let around = Self { asked: self.all(), chosen: self.chosen, context, ..Self::default() };
        if self.fields.is_empty() {
            return around;
        }
        let around = Self { asked: self.asked, ..around };
        self.fields.values().fold(around, Value::or)
    }

    /// As a text: its parts are told apart no more.
    pub(super) fn flat(&self) -> Self {
        Self { asked: self.all(), chosen: self.all_chosen(), ..Self::default() }
    }
}
