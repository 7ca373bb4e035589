//! What callers may do, in words: the answers of `nhilint can`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Style;
use super::json::pretty;
use super::layout::{Paint, one_line, paint};
use crate::graph::record::{BindingRecord, GrantRecord, HeldRecord, HolderRecord, Location, Reason};

/// Everybody who may do something, for people.
#[must_use]
pub fn who_text(holders: &[HolderRecord], style: &Style) -> String {
    let mut out = String::new();
    for holder in holders {
        let caller = paint(style, Paint::Strong, &one_line(&holder.who));
        let unsure = if holder.decision.allowed.is_none() { " perhaps" } else { "" };
        let unsure = paint(style, Paint::Warning, unsure);
        let why = one_line(&why(&holder.decision.why));
        let _ = writeln!(out, "{caller}{unsure}\n  {}", paint(style, Paint::Faint, &why));
    }
    if holders.is_empty() {
        out.push_str("nobody in the input\n");
    }
    out
}

/// The same for programs.
#[must_use]
pub fn who_json(holders: &[HolderRecord]) -> String {
    let holder = |holder: &HolderRecord| {
        let mut value = json!(holder);
        value["why"] = why(&holder.decision.why).into();
        value
    };
    let holders: Vec<Value> = holders.iter().map(holder).collect();
    pretty(&json!({"version": 1, "holders": holders}))
}

/// One sentence that says what gives a permission, or why it is not known whether something does.
#[must_use]
pub fn why(reason: &Reason) -> String {
    match reason {
        Reason::NoBinding => "no binding gives it".to_owned(),
        Reason::Masters => "`system:masters` is never refused anything".to_owned(),
        Reason::Binding { binding, doubt: None } => binding_words(binding),
        Reason::Binding { binding, doubt: Some(doubt) } => format!("{}, but {doubt}", binding_words(binding)),
        Reason::Variants(both) => {
            let [(first, one), (second, other)] = &**both;
            format!("variants differ: in {first}, {}; in {second}, {}", why(one), why(other))
        }
    }
}

/// What a binding gives, and where it and the role stand.
pub(super) fn binding_words(binding: &BindingRecord) -> String {
    let (kind, name) = (&binding.kind, one_line(&binding.name));
    let place = match &binding.location {
        None => ", which every API server makes,".to_owned(),
        Some(place) if binding.bundled => {
            return format!("{kind} `{name}` lists it with the account ({})", at(place));
        }
        Some(place) => format!(" ({})", at(place)),
    };
    let mut text =
        format!("{kind} `{name}`{place} gives {} `{}`", binding.role_kind, one_line(&binding.role));
    let declared: Vec<String> = binding.role_locations.iter().map(at).collect();
    if !declared.is_empty() {
        let _ = write!(text, " ({})", declared.join(" or "));
    }
    text
}

/// `file:line`.
pub(super) fn at(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

/// Everything that a caller may do, for people.
#[must_use]
pub fn held_text(caller: &str, held: &HeldRecord, style: &Style) -> String {
    let mut out = String::new();
    for view in &held.views {
        let root = view.root.as_ref().filter(|_| held.views.len() > 1);
        let place = root.map(|root| format!(" in {root}")).unwrap_or_default();
        let _ = writeln!(out, "{}{}", paint(style, Paint::Strong, &one_line(caller)), one_line(&place));
        if view.rules.is_empty() {
            out.push_str("  nothing in the input gives it anything\n");
        }
        for of_namespace in view.rules.chunk_by(|a, b| a.namespace == b.namespace) {
            let _ = match &of_namespace[0].namespace {
                None => writeln!(out, "  in the whole cluster"),
                Some(namespace) => writeln!(out, "  in `{}`", one_line(namespace)),
            };
            for grant in of_namespace {
                let via = paint(style, Paint::Faint, &binding_words(&grant.via));
                let _ = writeln!(out, "    {}\n      {via}", one_line(&grant.words()));
            }
        }
        for binding in &view.unknown {
            let _ = writeln!(out, "  {} {}", paint(style, Paint::Warning, "not known:"), missing(binding));
        }
    }
    out
}

/// The same for programs.
#[must_use]
pub fn held_json(held: &HeldRecord) -> String {
    let mut report = json!({"version": 1, "user": held.user, "groups": held.groups});
    let rule = |grant: &GrantRecord| {
        let mut value = json!(grant);
        value["via"] = binding_words(&grant.via).into();
        value
    };
    let views = held.views.iter().map(|view| {
        json!({
            "root": view.root,
            "cluster": view.cluster,
            "rules": view.rules.iter().map(rule).collect::<Vec<_>>(),
            "unknown": view.unknown.iter().map(missing).collect::<Vec<_>>(),
        })
    });
    report["views"] = views.collect();
    format!("{report:#}\n")
}

fn missing(binding: &BindingRecord) -> String {
    format!("{}, which is not in the input", binding_words(binding))
}
