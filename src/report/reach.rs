//! The identities of a run and what they can become, as a tree, as JSON, and as Graphviz and Mermaid drawings: what
//! `nhilint graph` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Style;
use super::access::{at, name_span};
use super::layout::{Paint, one_line, paint};
use crate::graph::Graph;
use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::reach::{Confidence, Identity, Node, NodeId, Power, Reach, Standing, Step, Via};
use crate::graph::tables::tier::{ADMIN, Scope, Tier};
use crate::source::SourceMap;

/// So many permissions of an identity are shown to people.
const SHOWN: usize = 4;

/// An identity that is shown, and its way to what was asked for.
#[derive(Clone, Debug)]
pub struct Shown<'g> {
    /// How strong it is.
    pub standing: &'g Standing,
    /// The way that is shown: to the strongest, or to what was asked for.
    pub path: Vec<Step>,
}

/// What is drawn, of which run.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a, 'g> {
    /// The run.
    pub graph: &'g Graph<'a>,
    /// Its closure.
    pub reach: &'g Reach,
    /// Its texts.
    pub sources: &'g SourceMap,
}

impl Picture<'_, '_> {
    /// For a terminal: the strongest first, each with what makes it so.
    #[must_use]
    pub fn text(&self, shown: &[Shown<'_>], style: &Style) -> String {
        let mut out = String::new();
        for shown in shown {
            self.identity_text(&mut out, shown, style);
        }
        let mut tiers: BTreeMap<Tier, usize> = BTreeMap::new();
        for shown in shown {
            *tiers.entry(shown.standing.reachable).or_default() += 1;
        }
        let tiers: Vec<String> = tiers.iter().map(|(tier, count)| format!("{tier} {count}")).collect();
        let count = match shown.len() {
            1 => "1 identity".to_owned(),
            count => format!("{count} identities"),
        };
        let _ = writeln!(out, "{count}{}{}", if tiers.is_empty() { "" } else { ": " }, tiers.join(", "));
        out
    }

    fn identity_text(&self, out: &mut String, shown: &Shown<'_>, style: &Style) {
        let standing = shown.standing;
        let identity = &self.reach.net.identities[standing.identity];
        let (last, step) = if style.unicode { ("└─ ", "→") } else { ("`- ", "->") };
        let tier = if standing.direct == standing.reachable {
            standing.direct.to_string()
        } else {
            format!("{} {step} {}", standing.direct, standing.reachable)
        };
        let colour = match standing.reachable {
            Tier::T0 => Paint::Error,
            Tier::T1 => Paint::Warning,
            _ => Paint::Faint,
        };
        let doubt = match standing.confidence {
            Confidence::Certain => String::new(),
            other => format!(" ({})", other.word()),
        };
        let name = paint(style, Paint::Strong, &one_line(&self.name_of(identity)));
        let _ = writeln!(
            out,
            "{}{doubt}  {name}  {}",
            paint(style, colour, &tier),
            one_line(&self.runs(identity))
        );
        let mut held = self.telling(standing.identity);
        let mut said = BTreeSet::new();
        held.retain(|power| said.insert(power.words()));
        let shown_powers: Vec<(String, String)> =
            held.iter().take(SHOWN).map(|power| (one_line(&power.words()), self.binding(power))).collect();
        for of_binding in shown_powers.chunk_by(|a, b| a.1 == b.1) {
            for (words, _) in of_binding {
                let _ = writeln!(out, "  {words}");
            }
            let _ = writeln!(out, "    {}", paint(style, Paint::Faint, &of_binding[0].1));
        }
        if held.len() > SHOWN {
            let _ = writeln!(out, "  and {} more", held.len() - SHOWN);
        }
        // One step is what it may do by itself, and said.
        let steps = if shown.path.len() > 1 || shown.path.first().is_some_and(|step| !self.reach.is_end(step))
        {
            &shown.path[..]
        } else {
            &[]
        };
        for (depth, step) in steps.iter().enumerate() {
            let indent = "   ".repeat(depth);
            let sure = if step.certain { "" } else { " (possible)" };
            let _ = writeln!(out, "  {indent}{last}{}{sure}", one_line(&self.step(step)));
            let _ = writeln!(out, "  {indent}   {}", paint(style, Paint::Faint, &self.cause(step)));
        }
        for (cloud, others) in self.clouds(identity) {
            let shared =
                if others.is_empty() { String::new() } else { format!(", as {}", others.join(" and ")) };
            let place = at(self.sources, cloud.span());
            let words = format!("is `{}` in {}{shared}", cloud.identity(), cloud.provider().word());
            let _ = writeln!(out, "  {}\n    {}", one_line(&words), paint(style, Paint::Faint, &place));
        }
        for &binding in &self.reach.net.unknown[standing.identity] {
            let binding = &self.graph.bindings[binding];
            let place = at(self.sources, binding.binding.role_node.span());
            let _ = writeln!(
                out,
                "  {} {} `{}` ({place}) is not in the input",
                paint(style, Paint::Warning, "not known:"),
                binding.binding.role_kind,
                one_line(&binding.binding.role_name)
            );
        }
    }

    /// What an identity is in clouds, each with the other accounts that are the same there.
    fn clouds(&self, identity: &Identity) -> Vec<(&CloudIdentity<'_>, Vec<String>)> {
        let from = identity.declared.or_else(|| Some(self.graph.runners[*identity.runners.first()?].object));
        let Some(from) = from.map(|at| &self.graph.objects[at]) else { return Vec::new() };
        let mut all = self.graph.cloud_of_account(from, identity.namespace.as_deref(), &identity.name);
        all.sort_by(|a, b| a.identity().cmp(b.identity()));
        all.dedup_by(|a, b| a.identity() == b.identity());
        let own = identity.shown();
        let others = |cloud: &CloudIdentity<'_>| {
            let holders: BTreeSet<String> =
                self.graph.cloud_holders(cloud).map(CloudIdentity::holder).collect();
            holders.into_iter().filter(|holder| *holder != own).map(|holder| format!("`{holder}`")).collect()
        };
        all.into_iter().map(|cloud| (cloud, others(cloud))).collect()
    }

    /// The permissions that tell what an identity is worth: where one is everything, that alone.
    fn telling(&self, identity: usize) -> Vec<&Power> {
        let net = &self.reach.net;
        let held: Vec<&Power> = net.held[identity].iter().map(|&power| &net.powers[power]).collect();
        let everything: Vec<&Scope> = held
            .iter()
            .filter(|power| power.primitive.name == ADMIN.name)
            .map(|power| &power.scope)
            .collect();
        let said = |power: &&Power| {
            let within = everything.contains(&&power.scope) || everything.contains(&&Scope::Cluster);
            power.tier() < Tier::T4 && (!within || power.primitive.name == ADMIN.name)
        };
        held.iter().copied().filter(said).collect()
    }

    /// `cluster:namespace/name`; the cluster only where the run has several.
    fn name_of(&self, identity: &Identity) -> String {
        let several = self.graph.sources.clusters() > 1;
        match self.graph.sources.cluster(identity.home).filter(|_| several) {
            Some(cluster) => format!("{cluster}:{}", identity.shown()),
            None => identity.shown(),
        }
    }

    /// What runs as it.
    fn runs(&self, identity: &Identity) -> String {
        let objects: BTreeSet<usize> =
            identity.runners.iter().map(|&at| self.graph.runners[at].object).collect();
        let mut names = objects.iter().map(|&at| {
            let object = &self.graph.objects[at].object;
            format!("{}/{}", object.kind, object.name)
        });
        match (names.next(), objects.len()) {
            (None, _) => "nothing runs as it here".to_owned(),
            (Some(one), 1) => one,
            (Some(one), more) => format!("{one} and {} more", more - 1),
        }
    }

    /// `may run pods as every account in `shop`: shop/argocd-sync`.
    fn step(&self, step: &Step) -> String {
        format!("{}: {}", self.reach.does(step), self.node(step.to))
    }

    fn node(&self, node: NodeId) -> String {
        match &self.reach.net.nodes[node] {
            Node::Identity(identity) => self.name_of(&self.reach.net.identities[*identity]),
            _ => self.reach.name_of(node),
        }
    }

    fn cause(&self, step: &Step) -> String {
        match step.via {
            Via::Power(power) => self.binding(&self.reach.net.powers[power]),
            Via::Host(runner) => {
                let placed = &self.graph.objects[self.graph.runners[runner].object];
                format!("{} ({})", placed.named(), at(self.sources, name_span(placed)))
            }
            Via::There => String::new(),
        }
    }

    fn binding(&self, power: &Power) -> String {
        let all = [Some(power.binding), power.with];
        let each =
            all.into_iter().flatten().map(|at| super::access::binding_words(at, self.graph, self.sources));
        one_line(&each.collect::<Vec<_>>().join(", and "))
    }

    /// For programs; version 1 of this format.
    ///
    /// # Panics
    ///
    /// Never: what is written is made of strings and lists.
    #[must_use]
    pub fn json(&self, shown: &[Shown<'_>]) -> String {
        let identities: Vec<Value> = shown.iter().map(|shown| self.identity_json(shown)).collect();
        let report = json!({"version": 1, "identities": identities});
        serde_json::to_string_pretty(&report).expect("strings and lists are JSON") + "\n"
    }

    fn identity_json(&self, shown: &Shown<'_>) -> Value {
        let (net, standing) = (&self.reach.net, shown.standing);
        let identity = &net.identities[standing.identity];
        let place = |span| {
            let place = super::place::place(self.sources, span);
            json!({"file": place.path, "line": place.line})
        };
        let workloads = identity.runners.iter().map(|&at| {
            let placed = &self.graph.objects[self.graph.runners[at].object];
            json!({"kind": placed.object.kind, "name": placed.object.name, "location": place(name_span(placed))})
        });
        let powers = net.held[standing.identity].iter().map(|&at| {
            let power = &net.powers[at];
            let (scope, namespace) = match &power.scope {
                Scope::Cluster => ("cluster", None),
                Scope::Namespace(namespace) => ("namespace", namespace.as_deref()),
            };
            json!({
                "primitive": power.primitive.name, "tier": power.tier().to_string(), "scope": scope, "namespace": namespace,
                "names": power.names, "words": power.words(), "certain": !power.doubt,
                "via": self.binding_json(power),
            })
        });
        let path = shown.path.iter().map(|step| {
            let via = match step.via {
                Via::Power(at) => json!({"primitive": net.powers[at].primitive.name, "bindings": self.binding_json(&net.powers[at])}),
                Via::Host(_) | Via::There => json!({"primitive": "host", "bindings": []}),
            };
            json!({"from": self.name_of(&net.identities[step.from]), "to": self.node(step.to), "words": self.step(step), "via": via, "certain": step.certain})
        });
        let clouds = self.clouds(identity).into_iter().map(|(cloud, others)| {
            let others: Vec<&str> = others.iter().map(|other| other.trim_matches('`')).collect();
            json!({"provider": cloud.provider().word(), "identity": cloud.identity(), "sharedWith": others, "location": place(cloud.span())})
        });
        let clouds: Vec<Value> = clouds.collect();
        let unknown = net.unknown[standing.identity].iter().map(|&at| {
            let binding = &self.graph.bindings[at].binding;
            json!({"roleKind": binding.role_kind, "role": binding.role_name, "location": place(binding.role_node.span())})
        });
        json!({
            "identity": self.name_of(identity), "cluster": self.graph.sources.cluster(identity.home),
            "root": self.graph.sources.root(identity.home), "namespace": identity.namespace, "name": identity.name,
            "declared": identity.declared.map(|at| place(name_span(&self.graph.objects[at]))),
            "workloads": workloads.collect::<Vec<_>>(), "tokenMounted": identity.mounted,
            "tier": {"direct": standing.direct.to_string(), "reachable": standing.reachable.to_string(), "confidence": standing.confidence.word()},
            "powers": powers.collect::<Vec<_>>(), "path": path.collect::<Vec<_>>(), "cloud": clouds, "unknownRoles": unknown.collect::<Vec<_>>(),
        })
    }

    fn binding_json(&self, power: &Power) -> Value {
        let each = [Some(power.binding), power.with].into_iter().flatten().map(|at| {
            let bound = &self.graph.bindings[at];
            let object = &self.graph.objects[bound.object];
            let place = super::place::place(self.sources, bound.binding.role_node.span());
            json!({
                "kind": object.object.kind, "namespace": object.namespace, "name": object.object.name,
                "roleKind": bound.binding.role_kind, "role": bound.binding.role_name,
                "location": {"file": place.path, "line": place.line},
            })
        });
        Value::Array(each.collect())
    }

    /// For Graphviz: the identities and their ways.
    #[must_use]
    pub fn dot(&self, shown: &[Shown<'_>]) -> String {
        let (nodes, edges) = self.drawing(shown);
        let mut out = "digraph identities {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n".to_owned();
        for (number, (label, tier)) in &nodes {
            let colour = ["#f4b6b6", "#f9dcae", "#fbf3c0", "#e8eef4", "#f4f4f4"][*tier as usize];
            let _ = writeln!(out, "  n{number} [label={}, fillcolor=\"{colour}\"];", quoted(label));
        }
        for (from, to, label, certain) in &edges {
            let style = if *certain { "" } else { ", style=dashed" };
            let _ = writeln!(out, "  n{from} -> n{to} [label={}{style}];", quoted(label));
        }
        out + "}\n"
    }

    /// For Mermaid, which pull requests draw.
    #[must_use]
    pub fn mermaid(&self, shown: &[Shown<'_>]) -> String {
        let (nodes, edges) = self.drawing(shown);
        let mut out = "flowchart LR\n".to_owned();
        for (number, (label, tier)) in &nodes {
            let _ = writeln!(out, "  n{number}[{}]:::{tier}", entities(label));
        }
        for (from, to, label, certain) in &edges {
            let arrow = if *certain { "-->" } else { "-.->" };
            let _ = writeln!(out, "  n{from} {arrow}|{}| n{to}", entities(label));
        }
        for (tier, colour) in Tier::ALL.iter().zip(["#f4b6b6", "#f9dcae", "#fbf3c0", "#e8eef4", "#f4f4f4"]) {
            let _ = writeln!(out, "  classDef {tier} fill:{colour},stroke:#666,color:#111");
        }
        out
    }

    /// What is drawn: nodes by number with label and tier, and edges.
    #[expect(clippy::type_complexity, reason = "two lists, read once below each format")]
    fn drawing(
        &self,
        shown: &[Shown<'_>],
    ) -> (BTreeMap<NodeId, (String, Tier)>, BTreeSet<(NodeId, NodeId, String, bool)>) {
        let net = &self.reach.net;
        let label = |node: NodeId| match &net.nodes[node] {
            Node::Identity(at) => {
                let tier = self.reach.standings[*at].reachable;
                (format!("{}\n{tier}", self.name_of(&net.identities[*at])), tier)
            }
            Node::Strong(what, tier) => (format!("{what}\n{tier}"), *tier),
            Node::Control(..) | Node::Machine(_) => (String::new(), Tier::T4),
        };
        let (mut nodes, mut edges) = (BTreeMap::new(), BTreeSet::new());
        for shown in shown {
            let own = shown.standing.identity;
            nodes.insert(own, label(own));
            for step in &shown.path {
                nodes.insert(step.from, label(step.from));
                nodes.insert(step.to, label(step.to));
                edges.insert((step.from, step.to, self.reach.does(step), step.certain));
            }
        }
        (nodes, edges)
    }
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
