//! Exceptions in annotations, which survive rendering: `nhilint.dev/except.NHI204` on an object or its pod template.
//!
//! They are for that object only. Where it is defined several times in what is applied together, each definition must
//! carry one: nobody knows which is applied last.

use std::collections::HashMap;

use super::inline;
use super::written::{Reach, Written, rules};
use crate::catalog::Catalog;
use crate::finding::{Applicability, ObjectName, Operation};
use crate::graph::{Graph, Placed, SourceId};
use crate::rules::change;
use crate::yaml::Node;

/// What the name of such an annotation begins with, after the prefix.
const EXCEPT: &str = "except.";

/// Which exceptions the objects of a run carry, by their positions in the list.
#[derive(Default)]
pub(super) struct Carried {
    /// For each definition of an object the positions.
    by_object: HashMap<(SourceId, ObjectName), Vec<Vec<usize>>>,
}

impl Carried {
    /// Reads the annotations of a run, and adds what they hold to `found`.
    pub(super) fn read(graph: &Graph<'_>, prefix: &str, catalog: &Catalog, found: &mut Vec<Written>) -> Self {
        let start = format!("{prefix}{EXCEPT}");
        let mut carried = Self::default();
        let first = found.len();
        for placed in graph.places.objects.iter().filter(|placed| !placed.partial) {
            let before = found.len();
            for metadata in all_metadata(placed, graph) {
                read_one(metadata, placed, &start, catalog, found);
            }
            let definitions = carried.by_object.entry((placed.source, placed.named())).or_default();
            definitions.push((before..found.len()).collect());
        }
        // Most runs have none.
        if found.len() == first { Self::default() } else { carried }
    }

    /// The exceptions that every definition of an object carries.
    pub(super) fn of(&self, source: SourceId, object: &ObjectName) -> Vec<usize> {
        let definitions = self.by_object.get(&(source, object.clone()));
        let definitions = definitions.map(Vec::as_slice).unwrap_or_default();
        if definitions.iter().all(|carried| !carried.is_empty()) { definitions.concat() } else { Vec::new() }
    }
}

/// The `metadata` of an object and of the templates of its pods.
fn all_metadata<'a>(placed: &Placed<'a>, graph: &Graph<'a>) -> Vec<Node<'a>> {
    let runners = graph.places.runners_of(placed.id).iter();
    let templates = runners.filter_map(|runner| runner.workload.pod_metadata());
    placed.object.metadata().into_iter().chain(templates).collect()
}

fn read_one(
    metadata: Node<'_>,
    placed: &Placed<'_>,
    start: &str,
    catalog: &Catalog,
    found: &mut Vec<Written>,
) {
    for entry in metadata.get("annotations").into_iter().flat_map(Node::entries) {
        let key = entry.key.key();
        let Some(rule) = key.strip_prefix(start) else { continue };
        let at = entry.key.span();
        let (rules, problems) = rules([(rule, at)], at, catalog);
        let terms = inline::annotation(&entry.value.text().unwrap_or_default(), at);
        let reach = Reach::Object(placed.named());
        // Other annotations of its pods let a workload start them anew.
        let is_own = placed.object.metadata() == Some(metadata);
        let trust = if is_own { Applicability::Safe } else { Applicability::Unsafe };
        let removal = change(placed, entry.value, Operation::Remove).map(|change| (trust, change));
        found.push(Written { id: None, at, rules, terms, reach, problems, removal });
    }
}
