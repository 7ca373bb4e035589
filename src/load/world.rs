//! What is applied together, and what could not be looked at.

use crate::source::Span;
use crate::yaml::Document;

/// Part of a source that could not be looked at; what is said to be missing may be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Why.
    pub reason: GapReason,
    /// The file or directory.
    pub example: String,
}

/// Why part of a source could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// A template of Helm, which is no YAML before it is rendered.
    HelmTemplate,
    /// A file that cannot be read.
    Unreadable,
    /// A file that is not text.
    NotText,
    /// A chart or kustomization that could not be rendered.
    NotRendered,
}

/// Who brings a source to its cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deployed {
    /// Nobody that is known: its path may say which cluster it is for.
    #[default]
    ByNobody,
    /// A deployer, to the cluster that [`Source::cluster`] names, or to one that is unknown.
    Elsewhere,
    /// A deployer, to the cluster that it runs in itself.
    Here,
}

/// What is assumed of rendered documents, as nobody says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The words in them that stand for namespaces that nobody knows, as that of a release; that of their own is the last.
    pub namespaces: Vec<String>,
    /// Which of several possible values a chart was rendered with, as chart and answer. Documents of two answers never
    /// stand in one cluster.
    pub choices: Vec<(String, String)>,
    /// Whether a chart that nobody deploys gave only its own values: what they leave empty is for others to set.
    pub own_values: bool,
}

/// Documents that are applied together: a directory, a rendered file, standard input.
///
/// See "clusters" in the README: references are resolved inside a source first.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The argument or directory that it stands for, as shown to people.
    pub root: String,
    /// The cluster that it is known to be for, where something says so.
    pub cluster: Option<String>,
    /// Who brings it there.
    pub deployed: Deployed,
    /// Where the object stands that deploys it.
    pub deployer: Option<Span>,
    /// Whether who applies it runs the tests of Helm: it knows no hooks and applies them like everything else, or is asked to.
    pub applies_helm_tests: bool,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// What is assumed of it, as nobody says it.
    pub assumed: Assumed,
    /// Whether it is a source as it stands, which is never cut: what one deployer brings.
    pub whole: bool,
    /// Its documents, in order.
    pub documents: Vec<Document>,
    /// What could not be judged in it.
    pub gaps: Vec<Gap>,
}
