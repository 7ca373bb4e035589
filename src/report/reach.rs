//! Identities and what they can become, as a tree, as JSON, and as Graphviz and Mermaid drawings: what `nhilint graph`
//! prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use super::Style;
use super::access::{at, binding_words};
use super::json::pretty;
use super::layout::{Paint, one_line, paint};
use crate::graph::record::{
    BindingRecord, CloudRecord, Confidence, IdentityRecord, NodeRecord, StepRecord, StepVia, Tier,
    WorkloadRecord,
};

/// So many permissions of an identity are shown to people.
const SHOWN: usize = 4;

/// The colour of each tier in drawings.
const COLOURS: [&str; 5] = ["#f4b6b6", "#f9dcae", "#fbf3c0", "#e8eef4", "#f4f4f4"];

/// For a terminal, in the order given: each identity with what makes it as strong as it is.
#[must_use]
pub fn text(identities: &[IdentityRecord], style: &Style) -> String {
    let mut out = String::new();
    for identity in identities {
        head(&mut out, identity, style);
        powers(&mut out, identity, style);
        path(&mut out, &identity.path, style);
        for cloud in &identity.cloud {
            let place = paint(style, Paint::Faint, &at(&cloud.location));
            let _ = writeln!(out, "  {}\n    {place}", one_line(&cloud_words(cloud)));
        }
        for unknown in &identity.unknown_roles {
            let _ = writeln!(
                out,
                "  {} {} `{}` ({}) is not in the input",
                paint(style, Paint::Warning, "not known:"),
                unknown.role_kind,
                one_line(&unknown.role),
                at(&unknown.location)
            );
        }
    }
    let mut tiers: BTreeMap<Tier, usize> = BTreeMap::new();
    for identity in identities {
        *tiers.entry(identity.tier.reachable).or_default() += 1;
    }
    let tiers: Vec<String> = tiers.iter().map(|(tier, count)| format!("{tier} {count}")).collect();
    let count = match identities.len() {
        1 => "1 identity".to_owned(),
        count => format!("{count} identities"),
    };
    let _ = writeln!(out, "{count}{}{}", if tiers.is_empty() { "" } else { ": " }, tiers.join(", "));
    out
}

/// The tiers, the name, and what runs as it.
fn head(out: &mut String, identity: &IdentityRecord, style: &Style) {
    let tier = &identity.tier;
    let arrow = if style.unicode { "→" } else { "->" };
    let words = if tier.direct == tier.reachable {
        tier.direct.to_string()
    } else {
        format!("{} {arrow} {}", tier.direct, tier.reachable)
    };
    let colour = match tier.reachable {
        Tier::T0 => Paint::Error,
        Tier::T1 => Paint::Warning,
        _ => Paint::Faint,
    };
    let doubt = match tier.confidence {
        Confidence::Certain => String::new(),
        other => format!(" ({})", other.word()),
    };
    let words = paint(style, colour, &words);
    let name = paint(style, Paint::Strong, &one_line(&identity.identity.to_string()));
    let _ = writeln!(out, "{words}{doubt}  {name}  {}", one_line(&runs(&identity.workloads)));
}

/// What runs as an identity.
fn runs(workloads: &[WorkloadRecord]) -> String {
    let objects: BTreeMap<_, &WorkloadRecord> =
        workloads.iter().map(|workload| (workload.object, workload)).collect();
    let first = objects.values().next().map(|first| format!("{}/{}", first.kind, first.name));
    match (first, objects.len()) {
        (None, _) => "nothing runs as it here".to_owned(),
        (Some(one), 1) => one,
        (Some(one), all) => format!("{one} and {} more", all - 1),
    }
}

/// What an identity may do itself, with the bindings below.
fn powers(out: &mut String, identity: &IdentityRecord, style: &Style) {
    let mut held = identity.main_powers();
    let mut known = BTreeSet::new();
    held.retain(|power| known.insert(&power.words));
    let shown: Vec<(String, String)> =
        held.iter().take(SHOWN).map(|power| (one_line(&power.words), bindings(&power.via))).collect();
    for of_binding in shown.chunk_by(|a, b| a.1 == b.1) {
        for (words, _) in of_binding {
            let _ = writeln!(out, "  {words}");
        }
        let _ = writeln!(out, "    {}", paint(style, Paint::Faint, &of_binding[0].1));
    }
    if held.len() > SHOWN {
        let _ = writeln!(out, "  and {} more", held.len() - SHOWN);
    }
}

fn bindings(all: &[BindingRecord]) -> String {
    one_line(&all.iter().map(binding_words).collect::<Vec<_>>().join(", and "))
}

/// The way of an identity; one step that is only what it may do itself is among its permissions already.
fn path(out: &mut String, path: &[StepRecord], style: &Style) {
    if let [step] = path
        && step.is_end
    {
        return;
    }
    let last = if style.unicode { "└─ " } else { "`- " };
    for (depth, step) in path.iter().enumerate() {
        let indent = "   ".repeat(depth);
        let sure = if step.certain { "" } else { " (possible)" };
        let _ = writeln!(out, "  {indent}{last}{}{sure}", one_line(&step.words));
        let _ = writeln!(out, "  {indent}   {}", paint(style, Paint::Faint, &cause(&step.via)));
    }
}

fn cause(via: &StepVia) -> String {
    match &via.workload {
        Some((object, location)) => format!("{object} ({})", at(location)),
        None => bindings(&via.bindings),
    }
}

fn cloud_words(cloud: &CloudRecord) -> String {
    let others: Vec<String> = cloud.shared_with.iter().map(|other| format!("`{other}`")).collect();
    let shared = if others.is_empty() { String::new() } else { format!(", as {}", others.join(" and ")) };
    format!("is `{}` in {}{shared}", cloud.identity, cloud.provider)
}

/// For programs; version 1 of this format.
#[must_use]
pub fn json(identities: &[IdentityRecord]) -> String {
    pretty(&json!({"version": 1, "identities": identities}))
}

/// What is drawn: nodes by number, and edges with their words and whether they are certain.
struct Drawing<'r> {
    nodes: BTreeMap<usize, NodeRecord>,
    edges: BTreeSet<(usize, usize, &'r str, bool)>,
}

impl<'r> Drawing<'r> {
    fn of(identities: &'r [IdentityRecord]) -> Self {
        let steps = identities.iter().flat_map(|identity| &identity.path);
        Self::of_steps(identities.iter().map(IdentityRecord::node), steps)
    }

    fn of_steps(
        nodes: impl Iterator<Item = NodeRecord>,
        steps: impl Iterator<Item = &'r StepRecord> + Clone,
    ) -> Self {
        let ends = steps.clone().flat_map(|step| [step.from.clone(), step.to.clone()]);
        let nodes = nodes.chain(ends);
        let edges = steps.map(|step| (step.from.number, step.to.number, &*step.does, step.certain));
        Self { nodes: nodes.map(|node| (node.number, node)).collect(), edges: edges.collect() }
    }

    fn labels(&self) -> impl Iterator<Item = (usize, String, Tier)> {
        self.nodes.values().map(|node| (node.number, format!("{}\n{}", node.name, node.tier), node.tier))
    }
}

/// For Graphviz: the identities and their ways.
#[must_use]
pub fn dot(identities: &[IdentityRecord]) -> String {
    let drawing = Drawing::of(identities);
    let mut out = "digraph identities {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n".to_owned();
    for (number, label, tier) in drawing.labels() {
        let colour = COLOURS[tier as usize];
        let _ = writeln!(out, "  n{number} [label={}, fillcolor=\"{colour}\"];", quoted(&label));
    }
    for (from, to, label, certain) in &drawing.edges {
        let style = if *certain { "" } else { ", style=dashed" };
        let _ = writeln!(out, "  n{from} -> n{to} [label={}{style}];", quoted(label));
    }
    out + "}\n"
}

/// For Mermaid, which pull requests draw.
#[must_use]
pub fn mermaid(identities: &[IdentityRecord]) -> String {
    drawn(&Drawing::of(identities))
}

/// Some ways of one run, for Mermaid.
pub(super) fn drawn_ways(ways: &[&[StepRecord]]) -> String {
    let steps = ways.iter().flat_map(|way| way.iter());
    drawn(&Drawing::of_steps(std::iter::empty(), steps))
}

fn drawn(drawing: &Drawing<'_>) -> String {
    let mut out = "flowchart LR\n".to_owned();
    for (number, label, tier) in drawing.labels() {
        let _ = writeln!(out, "  n{number}[{}]:::{tier}", entities(&label));
    }
    for (from, to, label, certain) in &drawing.edges {
        let arrow = if *certain { "-->" } else { "-.->" };
        let _ = writeln!(out, "  n{from} {arrow}|{}| n{to}", entities(label));
    }
    for (tier, colour) in Tier::ALL.iter().zip(COLOURS) {
        let _ = writeln!(out, "  classDef {tier} fill:{colour},stroke:#666,color:#111");
    }
    out
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    format!("\"{}\"", lines.join("\n").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// A string of Mermaid, in which quotes and markup are entities.
fn entities(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(one_line).collect();
    let mut out = String::from("\"");
    for character in lines.join("\n").chars() {
        match character {
            '\n' => out.push_str("<br>"),
            '"' | '<' | '>' | '#' | '`' | '|' | '&' | ';' => {
                let _ = write!(out, "#{};", character as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
