//! `graph`: the identities of a run and what they can become.

use std::collections::HashSet;

use super::Outcome;
use super::arguments::{GraphFlags, GraphFormat};
use super::output::{complain, show, style};
use super::render::Input;
use super::settings::Chosen;
use crate::catalog::pattern::Patterns;
use crate::graph::Graph;
use crate::graph::reach::Standing;
use crate::graph::record::{IdentityRecord, Recorder};
use crate::graph::tables::tier::Tier;
use crate::load::Files;
use crate::report::reach;

pub(super) fn run(flags: &GraphFlags, files: &Files, chosen: Chosen) -> Result<Outcome, String> {
    let tiers = tiers(&flags.tier)?;
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(&flags.paths);
    let documents = run.documents();
    let graph = run.graph(&documents);
    let provenance = run.provenance();
    let identities = select(flags, &tiers, &graph, Recorder::new(&graph, run.sources(), &provenance));
    let complete = complain(&run.errors());
    let identities = identities?;
    let text = match flags.format {
        GraphFormat::Text => reach::text(&identities, &style(flags.color)),
        GraphFormat::Json => reach::json(&identities),
        GraphFormat::Dot => reach::dot(&identities),
        GraphFormat::Mermaid => reach::mermaid(&identities),
    };
    show(&run.rendered().shown(&text))?;
    Ok(complete)
}

fn tiers(words: &[String]) -> Result<Vec<Tier>, String> {
    let read = |word: &String| {
        let number = word.trim().trim_start_matches(['T', 't']).parse::<u8>().ok();
        number
            .and_then(|number| Tier::try_from(number).ok())
            .ok_or_else(|| format!("`{word}` is no tier; there are T0 to T4"))
    };
    words.iter().map(read).collect()
}

/// What is asked for, the strongest first.
fn select(
    flags: &GraphFlags,
    tiers: &[Tier],
    graph: &Graph<'_>,
    recorder: Recorder<'_, '_>,
) -> Result<Vec<IdentityRecord>, String> {
    let reach = &graph.reach();
    let name = |standing: &Standing| reach.net[standing.identity].named().to_string();
    let patterns = Patterns::new(&flags.identity);
    let wanted = |standing: &&Standing| {
        (patterns.is_empty() || patterns.has(&name(standing)))
            && (tiers.is_empty() || tiers.contains(&standing.reachable))
    };
    let mut found: Vec<&Standing> = reach.standings.iter().filter(wanted).collect();
    if found.is_empty() && !flags.identity.is_empty() {
        let all = reach.standings.iter().map(name);
        let near = crate::catalog::nearest(&flags.identity[0], all);
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("no identity of the input is `{}`{hint}", flags.identity.join("`, `")));
    }
    found.sort_by_key(|standing| {
        (standing.reachable, standing.direct, reach.path(standing).len(), standing.identity)
    });
    let with_its_path = |standing: &Standing| recorder.identity(reach, standing, reach.path(standing).iter());
    let Some(target) = &flags.path_to else {
        return Ok(found.into_iter().map(with_its_path).collect());
    };
    let pattern = Patterns::new([target]);
    if let Ok(tier) = self::tiers(std::slice::from_ref(target)) {
        found.retain(|standing| standing.reachable <= tier[0]);
        return Ok(found.into_iter().map(with_its_path).collect());
    }
    let targets: HashSet<_> = reach
        .standings
        .iter()
        .filter(|standing| pattern.has(&name(standing)))
        .map(|standing| standing.identity)
        .collect();
    if targets.is_empty() {
        return Err(format!("no identity of the input is `{target}`; write NAMESPACE/ACCOUNT or a tier"));
    }
    found.retain(|standing| !targets.contains(&standing.identity));
    let identities: Vec<_> = found.iter().map(|standing| standing.identity).collect();
    let ways = found.into_iter().zip(reach.ways_to(&identities, &targets));
    Ok(ways.filter_map(|(standing, path)| Some(recorder.identity(reach, standing, path?.iter()))).collect())
}
