//! One rendering: of what, for whom, with which changes or values.

use std::collections::BTreeSet;

use crate::load::Assumed;
use crate::source::FileId;

use super::roots::{Changes, How, Reason, Root, Substitutes, ValueSet};
use super::unknown;

/// One rendering, or files that are deployed as they stand.
#[derive(Clone, Debug)]
pub struct Job {
    /// Position of the kustomization or chart; of the deployer for [`Task::Files`].
    pub root: usize,
    /// Position of the Application or the object of Flux that brings it, and which of its sources this is, from 1.
    pub deployer: Option<(usize, usize)>,
    /// The cluster that it is known to be for.
    pub cluster: Option<String>,
    /// The namespace of what names none.
    pub namespace: Option<String>,
    /// What is assumed of it.
    pub assumed: Assumed,
    /// What people call its values, where a chart that nobody deploys is rendered with several sets of them.
    pub set: Option<String>,
    /// Whether it is what a chart prints by another answer of a cluster than usual.
    pub is_other_answer: bool,
    /// What is done.
    pub task: Task,
}

impl Job {
    /// The deployer.
    pub(super) fn deployed_by<'r>(&self, roots: &'r [Root]) -> Option<&'r Root> {
        self.deployer.map(|(deployer, _)| &roots[deployer])
    }

    /// Adds the word of its release, where that is a chart and nobody says the namespace.
    pub(super) fn with_word(mut self, roots: &[Root]) -> Self {
        if let Task::Helm(set) = &self.task
            && set.installation.namespace.as_ref().or(self.namespace.as_ref()).is_none()
        {
            let deployer = self.deployed_by(roots).map(|deployer| (deployer.kind, &deployer.name));
            let number = self.deployer.map(|(_, number)| number);
            let release = (&roots[self.root].path, deployer, number, &self.cluster, &set.files);
            self.assumed.namespaces.push(unknown::word(&release));
        }
        self
    }

    /// What Flux fills in after it was built.
    pub(super) fn substitutes(&self) -> Option<&Substitutes> {
        match &self.task {
            Task::Kustomize(changes) => changes.substitutes.as_ref(),
            Task::Helm(_) | Task::Inflate(_) | Task::PostRender(..) | Task::Files(_) => None,
        }
    }

    /// The folder of the kustomization or chart.
    pub(super) fn folder<'r>(&'r self, roots: &'r [Root]) -> &'r str {
        match &self.task {
            Task::Kustomize(Changes { folder: Some(folder), .. }) => folder,
            _ => &roots[self.root].path,
        }
    }

    /// The roots that it is rendered from, sorted.
    pub(super) fn parts(&self, roots: &[Root]) -> BTreeSet<usize> {
        let added = match &self.task {
            Task::Kustomize(changes) => &changes.parts[..],
            Task::Helm(_) | Task::Inflate(_) | Task::PostRender(..) | Task::Files(_) => &[],
        };
        added.iter().chain([&self.root]).flat_map(|root| closure(roots, *root)).collect()
    }
}

/// A root and everything that it builds on, sorted.
fn closure(roots: &[Root], root: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(index) = open.pop() {
        let kind = roots[index].kind;
        let uses = roots[index].uses.iter().filter(|used| matches!(used.how, How::Builds | How::Packs));
        let of_kind = uses.map(|used| used.root).filter(|other| roots[*other].kind == kind);
        open.extend(of_kind.filter(|other| found.insert(*other)));
    }
    found
}

/// What a [`Job`] does.
#[derive(Clone, Debug)]
pub enum Task {
    /// Builds the kustomization, changed like this.
    Kustomize(Changes),
    /// Renders the chart with these values.
    Helm(ValueSet),
    /// Renders the chart with these values for the kustomizations that inflate it: `deployer` is the kustomization that
    /// names it, with the number of the chart there, from 0.
    Inflate(ValueSet),
    /// Changes the text that Helm printed, or that an earlier one of these made.
    PostRender(Changes, FileId),
    /// Takes these files.
    Files(Vec<FileId>),
}

impl Task {
    /// The values that a chart is rendered with.
    pub(super) fn values(&self) -> Option<&ValueSet> {
        match self {
            Self::Helm(set) | Self::Inflate(set) => Some(set),
            Self::Kustomize(_) | Self::PostRender(..) | Self::Files(_) => None,
        }
    }
}

/// Whether a root can be rendered. A missing dependency is no obstacle: the chart is rendered without it.
#[must_use]
pub fn can_render(root: &Root) -> bool {
    root.refusal.as_ref().is_none_or(|refusal| refusal.reason == Reason::MissingDependency)
}
