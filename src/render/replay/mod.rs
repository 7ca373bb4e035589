//! Does what kustomize does, on trees that know where they were written: for each rendered field the line that makes it.
//!
//! A place counts only where the replayed value equals that of the real build. The replay starts no process, reads only
//! the files that were read, and never fails: what it cannot do is a [`Doubt`].

mod budget;

mod tree;

mod objects;

mod field_specs;

mod print;

mod finish;

mod pair;

mod explain;

mod align;

mod reading;

mod changes;

mod charts;

mod generators;

mod select;

mod images;

mod json_patch;

mod layer;

mod merge;

mod metadata;

mod patch;

mod plugins;

mod references;

mod replacements;

use std::collections::{BTreeMap, HashMap};

use budget::Budget;
use field_specs::FieldSpec;
pub use field_specs::knows_pods_of;
use objects::Object;
use tree::Node;

use super::file_index::FileIndex;
use super::roots::Changes;
use super::trail::Trail;
use crate::source::{FileId, Span};
use crate::yaml::Doc;

/// The most doubts that are kept.
const DOUBTS: usize = 100;

/// What a kustomization makes, as far as it could be replayed.
#[derive(Debug)]
pub struct Replay {
    objects: Vec<Object>,
    doubts: Vec<Doubt>,
    budget: Budget,
    /// The first key of the kustomization.
    first_key: Option<Span>,
    top: Option<Node>,
    /// What brings objects that were not replayed.
    unreplayed: Vec<Span>,
    has_variables: bool,
}

/// Something that was not replayed, or not for sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// A message without a final stop.
    pub what: String,
    /// Where it is written.
    pub at: Span,
}

/// What charts rendered, by the folder of the kustomization that inflates them. A kustomization is in it that names
/// charts, also where none of them could be rendered.
pub type Inflations = BTreeMap<String, Vec<FileId>>;

/// The kustomization in `folder` with the changes of its deployer in it, as YAML; none where there is none that can be
/// read. Where it names charts, `charts` are the files of what they rendered: they become resources, and the charts are
/// taken out.
#[must_use]
pub fn changed(
    folder: &str,
    changes: &Changes,
    charts: Option<&[String]>,
    index: &FileIndex<'_>,
) -> Option<String> {
    let none = Inflations::new();
    let mut replayer = Replayer::new(changes, &none, index);
    let mut kustomization = replayer.kustomization(folder, None)?;
    if let Some(files) = charts {
        replayer.without_charts(folder, &mut kustomization, files);
    }
    Some(print::yaml(&kustomization))
}

/// What a chart rendered as a resource of a kustomization; empty where that is nothing.
#[must_use]
pub fn resource_of_chart(file: FileId, index: &FileIndex<'_>) -> String {
    let (changes, none) = (Changes::default(), Inflations::new());
    let objects = Replayer::new(&changes, &none, index).objects_of_chart(file);
    let documents: Vec<String> = objects.iter().map(|object| print::yaml(&object.tree)).collect();
    documents.join("---\n")
}

/// Replays the kustomization in `folder` forwards, with the changes of its deployer; reads only through `index`.
#[must_use]
pub fn replay(folder: &str, changes: &Changes, charts: &Inflations, index: &FileIndex<'_>) -> Replay {
    let mut replayer = Replayer::new(changes, charts, index);
    let mut objects = replayer.layer(folder, None, None, 0);
    let has_variables = !replayer.variables.is_empty();
    replayer.finish(&mut objects);
    if let Some(first_key) = replayer.first_key.filter(|_| replayer.budget.is_spent()) {
        replayer.doubts.push(Doubt { what: "more than is replayed".to_owned(), at: first_key });
        objects.clear();
    }
    let top = replayer.top.as_ref();
    let fields = ["resources", "bases", "helmCharts", "generators", "components"];
    let brings = |doubt: &&Doubt| {
        let within = |node: &Node| {
            node.at.file == doubt.at.file && node.at.start <= doubt.at.start && doubt.at.start < node.at.end
        };
        top.is_some_and(|top| {
            fields.iter().filter_map(|field| top.get(field)).any(|node| within(node) || node.key == doubt.at)
        })
    };
    let unreplayed = replayer.doubts.iter().filter(brings).map(|doubt| doubt.at).collect();
    Replay {
        objects,
        unreplayed,
        has_variables,
        doubts: replayer.doubts,
        // Laying the trail has a budget of its own.
        budget: if replayer.budget.is_spent() { replayer.budget } else { Budget::new() },
        first_key: replayer.first_key,
        top: replayer.top,
    }
}

impl Replay {
    /// Lays the trail of `rendered`: the documents that kustomize printed, parsed from a virtual file.
    ///
    /// Every key and every value has a step: exact where the replayed value equals it, else the nearest written
    /// ancestor (`File`), or what must bring the object (`Unknown`).
    #[must_use]
    pub fn trail(&self, rendered: &[&Doc]) -> Trail {
        align::lay(self, rendered)
    }

    /// The objects as YAML documents, in kustomize's order; `None` if anything was doubted.
    #[must_use]
    pub fn whole(&self) -> Option<String> {
        if !self.doubts.is_empty() || self.first_key.is_none() {
            return None;
        }
        let documents: Vec<String> = self.objects.iter().map(|object| print::yaml(&object.tree)).collect();
        Some(documents.join("---\n"))
    }

    /// What was not replayed, or not for sure.
    #[must_use]
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }
}

/// A replay that is running.
struct Replayer<'s, 'l> {
    /// What the deployer changes in the first kustomization.
    changes: &'s Changes,
    charts: &'s Inflations,
    index: &'s FileIndex<'l>,
    /// The texts that were read, for YAML that stands in their scalars.
    texts: HashMap<FileId, &'l str>,
    budget: Budget,
    doubts: Vec<Doubt>,
    patterns: HashMap<String, Option<regex::Regex>>,
    /// Paths of `configurations`, by field.
    custom: HashMap<&'static str, Vec<FieldSpec>>,
    /// Name references of `configurations`: group, kind, paths.
    references: Vec<(String, String, Vec<FieldSpec>)>,
    variables: Vec<Node>,
    first_key: Option<Span>,
    top: Option<Node>,
}

impl<'s, 'l> Replayer<'s, 'l> {
    fn new(changes: &'s Changes, charts: &'s Inflations, index: &'s FileIndex<'l>) -> Self {
        Self {
            changes,
            charts,
            index,
            texts: HashMap::new(),
            budget: Budget::new(),
            doubts: Vec::new(),
            patterns: HashMap::new(),
            custom: HashMap::new(),
            references: Vec::new(),
            variables: Vec::new(),
            first_key: None,
            top: None,
        }
    }

    fn doubt(&mut self, what: String, at: Span) {
        if self.doubts.len() < DOUBTS {
            self.doubts.push(Doubt { what, at });
        }
    }
}
