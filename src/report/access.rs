//! What callers may do, in words: the answers of `nhilint can`.
//!
//! Says what the graph decided, with the binding and the role that decide it. Decides nothing itself.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::Style;
use super::layout::{Paint, one_line, paint};
use super::place::place;
use crate::graph::grant::authorizer::{Caller, Decision, Ground, View};
use crate::graph::tables::builtin::Binding as BuiltInBinding;
use crate::graph::tables::permission::Rule;
use crate::graph::{Grant, Graph, Placed, PlacedBinding, RoleFound};
use crate::source::{SourceMap, Span};

/// What a caller holds through one binding, or what such a binding may give.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'g> {
    /// Nothing is the whole cluster.
    namespace: Option<Cow<'g, str>>,
    verbs: &'g [Cow<'g, str>],
    api_groups: &'g [Cow<'g, str>],
    resources: &'g [Cow<'g, str>],
    resource_names: &'g [Cow<'g, str>],
    #[serde(rename = "nonResourceURLs")]
    urls: &'g [Cow<'g, str>],
    via: String,
}

/// One who may do what was asked, or may perhaps.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Who, as people are told.
    pub who: String,
    /// The same for programs.
    pub caller: Caller,
    /// Whether it is certain.
    pub allowed: Option<bool>,
    /// What gives it.
    pub why: String,
}

/// Everybody who may do something, for people.
#[must_use]
pub fn who_text(holders: &[Holder], style: &Style) -> String {
    let mut out = String::new();
    for holder in holders {
        let caller = paint(style, Paint::Strong, &one_line(&holder.who));
        let mark =
            if holder.allowed.is_none() { paint(style, Paint::Warning, " perhaps") } else { String::new() };
        let _ = writeln!(out, "{caller}{mark}\n  {}", paint(style, Paint::Faint, &one_line(&holder.why)));
    }
    if holders.is_empty() {
        out.push_str("nobody in the input\n");
    }
    out
}

/// The same for programs.
///
/// # Panics
///
/// Never: what is written is made of strings and lists.
#[must_use]
pub fn who_json(holders: &[Holder]) -> String {
    let holders: Vec<_> = holders
        .iter()
        .map(|holder| {
            let caller = &holder.caller;
            json!({"who": holder.who, "user": caller.user, "groups": caller.groups, "allowed": holder.allowed, "why": holder.why})
        })
        .collect();
    let report = json!({"version": 1, "holders": holders});
    serde_json::to_string_pretty(&report).expect("strings and lists are JSON") + "\n"
}

/// One sentence that says what gives a permission, or why it is not known whether something does.
#[must_use]
pub fn why(ground: &Ground<'_, '_>, graph: &Graph<'_>, sources: &SourceMap) -> String {
    match ground {
        Ground::Masters => "`system:masters` is never refused anything".to_owned(),
        Ground::BuiltIn(binding) => built_in_via(binding),
        Ground::Bound { grant, doubt: None } => via(grant, graph, sources),
        Ground::Bound { grant, doubt: Some(doubt) } => {
            format!("{}, but {}", via(grant, graph, sources), doubt.words())
        }
    }
}

/// Why a decision is what it is, as one sentence.
#[must_use]
pub fn reason(decision: &Decision<'_, '_>, graph: &Graph<'_>, sources: &SourceMap) -> String {
    match decision.grounds.as_slice() {
        [] => "no binding gives it".to_owned(),
        [first, ..] => why(first, graph, sources),
    }
}

fn built_in_via(binding: &BuiltInBinding) -> String {
    let kind = if binding.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
    format!(
        "{kind} `{}`, which every API server makes, gives {} `{}`",
        binding.name, binding.role.kind, binding.role.name
    )
}

fn via(grant: &Grant<'_, '_>, graph: &Graph<'_>, sources: &SourceMap) -> String {
    words_of(grant.binding, &grant.role, graph, sources)
}

/// What a binding of the run gives, and where both stand.
pub(super) fn binding_words(at: usize, graph: &Graph<'_>, sources: &SourceMap) -> String {
    let bound = &graph.bindings[at];
    words_of(bound, &graph.role_of(bound), graph, sources)
}

fn words_of(
    bound: &PlacedBinding<'_>,
    role: &RoleFound<'_>,
    graph: &Graph<'_>,
    sources: &SourceMap,
) -> String {
    let binding = &bound.binding;
    let object = &graph.objects[bound.object].object;
    if binding.bundle.is_some() {
        let place = at(sources, binding.role_node.span());
        return format!("{} `{}` lists it with the account ({place})", object.kind, one_line(&object.name));
    }
    let mut text = format!(
        "{} `{}` ({}) gives {} `{}`",
        object.kind,
        one_line(&object.name),
        at(sources, binding.role_node.span()),
        binding.role_kind,
        one_line(&binding.role_name)
    );
    if let RoleFound::Known { objects, .. } = role {
        let places: Vec<String> =
            objects.iter().map(|role| at(sources, name_span(&graph.objects[*role]))).collect();
        if !places.is_empty() {
            let _ = write!(text, " ({})", places.join(" or "));
        }
    }
    text
}

/// Where an object says its name, else the object.
pub(super) fn name_span(placed: &Placed<'_>) -> Span {
    placed.object.name_node().unwrap_or(placed.object.node).span()
}

/// `file:line`.
pub(super) fn at(sources: &SourceMap, span: Span) -> String {
    let place = place(sources, span);
    format!("{}:{}", place.path, place.line)
}

/// Everything that a caller may do, for people.
#[must_use]
pub fn held_text(
    caller: &str,
    views: &[View<'_, '_>],
    graph: &Graph<'_>,
    sources: &SourceMap,
    style: &Style,
) -> String {
    let mut out = String::new();
    for view in views {
        let seen = view.source.filter(|_| views.len() > 1);
        let place = seen.map(|source| format!(" in {}", graph.sources.root(source))).unwrap_or_default();
        let _ = writeln!(out, "{}{}", paint(style, Paint::Strong, &one_line(caller)), one_line(&place));
        let lines = lines(view, graph, sources);
        if lines.is_empty() {
            out.push_str("  nothing in the input gives it anything\n");
        }
        let mut scope: Option<&Option<Cow<'_, str>>> = None;
        for line in &lines {
            if scope != Some(&line.namespace) {
                let _ = match &line.namespace {
                    None => writeln!(out, "  in the whole cluster"),
                    Some(namespace) => writeln!(out, "  in `{}`", one_line(namespace)),
                };
                scope = Some(&line.namespace);
            }
            let _ = writeln!(
                out,
                "    {}\n      {}",
                one_line(&allowance(line)),
                paint(style, Paint::Faint, &line.via)
            );
        }
        for unknown in unknowns(view, graph, sources) {
            let _ = writeln!(out, "  {} {unknown}", paint(style, Paint::Warning, "not known:"));
        }
    }
    out
}

/// The same for programs.
///
/// # Panics
///
/// Never: what is written is made of strings and lists.
#[must_use]
pub fn held_json(caller: &Caller, views: &[View<'_, '_>], graph: &Graph<'_>, sources: &SourceMap) -> String {
    let views: Vec<_> = views
        .iter()
        .map(|view| {
            json!({
                "root": view.source.map(|source| graph.sources.root(source)),
                "cluster": view.source.and_then(|source| graph.sources.cluster(source)),
                "rules": lines(view, graph, sources),
                "unknown": unknowns(view, graph, sources),
            })
        })
        .collect();
    let report = json!({"version": 1, "user": caller.user, "groups": caller.groups, "views": views});
    serde_json::to_string_pretty(&report).expect("strings and lists are JSON") + "\n"
}

fn lines<'g>(view: &'g View<'_, 'g>, graph: &'g Graph<'_>, sources: &SourceMap) -> Vec<Line<'g>> {
    let mut lines = Vec::new();
    for grant in view.grants.iter().filter(|grant| is_certain(&grant.role)) {
        let namespace = graph.objects[grant.binding.object].namespace.as_deref().unwrap_or("?");
        let namespace = (!grant.binding.binding.cluster_wide).then_some(Cow::Borrowed(namespace));
        let via = via(grant, graph, sources);
        lines.extend(grant.role.rules().map(|rule| line(rule, namespace.clone(), &via)));
    }
    for binding in view.built_in() {
        let via = built_in_via(binding);
        let rules = view.built_in_rules(binding);
        lines.extend(rules.into_iter().map(|rule| line(rule, binding.namespace.map(Cow::Borrowed), &via)));
    }
    lines.sort_by(|a, b| a.namespace.cmp(&b.namespace));
    lines
}

fn line<'g>(rule: &'g Rule<'g>, namespace: Option<Cow<'g, str>>, via: &str) -> Line<'g> {
    Line {
        namespace,
        verbs: &rule.verbs,
        api_groups: &rule.groups,
        resources: &rule.resources,
        resource_names: &rule.names,
        urls: &rule.urls,
        via: via.to_owned(),
    }
}

fn is_certain(role: &RoleFound<'_>) -> bool {
    matches!(role, RoleFound::Known { platform: None, .. })
}

fn unknowns(view: &View<'_, '_>, graph: &Graph<'_>, sources: &SourceMap) -> Vec<String> {
    let unknown = view.grants.iter().filter(|grant| !is_certain(&grant.role));
    unknown.map(|grant| format!("{}, which is not in the input", via(grant, graph, sources))).collect()
}

/// `get, list secrets`, `get, list deployments.apps named web`.
fn allowance(line: &Line<'_>) -> String {
    let verbs = line.verbs.join(", ");
    if line.resources.is_empty() {
        return format!("{verbs} {}", line.urls.join(", "));
    }
    let groups: Vec<&str> =
        line.api_groups.iter().map(|group| if group.is_empty() { "core" } else { group }).collect();
    let of = match groups.as_slice() {
        ["core"] => String::new(),
        ["*"] => " of every API group".to_owned(),
        groups => format!(" of {}", groups.join(", ")),
    };
    let named = if line.resource_names.is_empty() {
        String::new()
    } else {
        format!(" named {}", line.resource_names.join(", "))
    };
    format!("{verbs} {}{of}{named}", line.resources.join(", "))
}
