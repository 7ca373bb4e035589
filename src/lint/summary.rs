//! What a run says of itself as a whole: the counts, and the identities that are worth the most.

use std::collections::BTreeSet;

use super::Run;
use super::unknown::Words;
use crate::finding::{Strong, Summary, Unjudged};
use crate::graph::reach::{Confidence, Standing};
use crate::graph::tables::tier::Tier;
use crate::graph::{Graph, Parsed, Reach};
use crate::k8s::applied;

impl Run<'_> {
    pub(super) fn summary(
        &self,
        documents: &[Parsed<'_>],
        graph: &Graph<'_>,
        unjudged: Vec<Unjudged>,
        strongest: Vec<Strong>,
    ) -> Summary {
        let is_read = |parsed: &&Parsed<'_>| parsed.doc.root().is_some() || parsed.doc.broken;
        Summary {
            files: self.sources().files().filter(|(_, file)| !file.is_rendered()).count(),
            skipped: graph.places.foreign + self.rendered.skipped.len(),
            documents: documents.iter().filter(is_read).count(),
            objects: graph.places.objects.len(),
            identities: graph.places.identities(),
            unjudged,
            strongest,
            hidden: self.hidden(documents),
            milliseconds: self.started.elapsed().as_millis(),
        }
    }

    /// The files with objects that are judged for themselves and stand in a hidden folder, or are hidden themselves.
    fn hidden(&self, documents: &[Parsed<'_>]) -> Option<(usize, String)> {
        let mut files = BTreeSet::new();
        for parsed in documents {
            let source = &self.rendered.sources[parsed.source];
            let path = self.sources().file(parsed.doc.file).path();
            let root = if source.root == "." { "" } else { &source.root };
            let inside = path.strip_prefix(root).unwrap_or(path);
            let is_hidden = inside.split('/').any(|name| name.starts_with('.') && name != "..");
            if is_hidden && !source.whole && !applied(parsed.doc).is_empty() {
                files.insert(path);
            }
        }
        Some((files.len(), (*files.first()?).to_owned()))
    }
}

/// Who reaches [`Tier::T0`] or [`Tier::T1`], the strongest first.
pub(super) fn strongest(graph: &Graph<'_>, reach: &Reach<'_>, words: &Words) -> Vec<Strong> {
    let sources = &graph.places.sources;
    let mut standings: Vec<&Standing> =
        reach.standings.iter().filter(|standing| standing.reachable <= Tier::T1).collect();
    standings.sort_by_key(|standing| {
        let is_certain = standing.confidence == Confidence::Certain;
        (standing.reachable, !is_certain, standing.direct, reach.path(standing).len(), standing.identity)
    });
    let strong = |standing: &Standing| {
        let identity = &reach.net[standing.identity];
        let cluster = sources.cluster(identity.home).filter(|_| sources.clusters() > 1);
        let path = reach.path(standing);
        let does = path.first().map(|step| match (path.len(), reach.is_end(step)) {
            (1, true) => reach.does(step),
            _ => format!("{}: {}", reach.does(step), reach.name_of(step.to)),
        });
        let mut strong = Strong {
            identity: identity.named().in_cluster(cluster),
            direct: standing.direct as u8,
            reachable: standing.reachable as u8,
            is_certain: standing.confidence == Confidence::Certain,
            does: does.unwrap_or_default(),
        };
        words.hide_in(&mut strong);
        strong
    };
    standings.into_iter().map(strong).collect()
}
