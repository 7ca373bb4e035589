//! A rule of a user as a ValidatingAdmissionPolicy with its binding, for the API server to enforce.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::book::level_of;
use crate::catalog::own::VARIABLES;
use crate::catalog::{Card, LooksAt, Mistake, Own, Preset};
use crate::config::ANNOTATION_PREFIX;
use crate::finding::Severity;
use crate::graph::record::resources;
use crate::yaml::plain;

/// The policy and its binding, as YAML.
///
/// # Errors
///
/// What the API server could not know: variables beside `object`, and kinds without a group.
pub fn policy(card: &Card) -> Result<String, Mistake> {
    let own = card.own.as_ref().ok_or_else(|| no_own(card))?;
    let programs = [
        ("validate", Some(&own.validate)),
        ("when", own.when.as_ref()),
        ("messageExpression", own.message_expression.as_ref()),
    ];
    for (key, program) in programs {
        for (name, _) in VARIABLES.iter().filter(|(name, _)| *name != "object") {
            if let Some(place) = program.and_then(|program| program.first_use(name)) {
                let message = format!(
                    "`{name}` is known to nhilint and not to the API server: a rule that uses more than `object` cannot be exported"
                );
                return Err(own.mistake(key, &place, message));
            }
        }
    }
    let name = format!("{}-{}", card.id.to_string().to_lowercase(), card.name);
    let mut out = String::new();
    head(&mut out, "ValidatingAdmissionPolicy", &name, card);
    out.push_str("spec:\n  failurePolicy: Fail\n  matchConstraints:\n    resourceRules:\n");
    for (groups, plurals) in resource_rules(own)? {
        let _ = writeln!(out, "    - apiGroups: [{groups}]\n      apiVersions: [\"*\"]");
        let _ = writeln!(out, "      operations: [CREATE, UPDATE]\n      resources: [{plurals}]");
    }
    if let Some(when) = &own.when {
        out.push_str("  matchConditions:\n  - name: when\n");
        scalar(&mut out, "    expression", when.text());
    }
    out.push_str("  validations:\n  -");
    let mut validation = String::new();
    scalar(&mut validation, "    expression", own.validate.text());
    scalar(&mut validation, "    message", &own.message.split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(says) = &own.message_expression {
        scalar(&mut validation, "    messageExpression", says.text());
    }
    out.push_str(&validation[3..]);
    out.push_str("---\n");
    head(&mut out, "ValidatingAdmissionPolicyBinding", &name, card);
    let level = level_of(card, Preset::Recommended).or_else(|| level_of(card, Preset::Strict));
    let action = match level {
        Some(Severity::Warning) => "Warn",
        Some(Severity::Info) => "Audit",
        Some(Severity::Error) | None => "Deny",
    };
    let _ = writeln!(out, "spec:\n  policyName: {name}\n  validationActions: [{action}]");
    Ok(out)
}

fn no_own(card: &Card) -> Mistake {
    let message = format!("{} is a rule of nhilint, and no expression", card.id);
    Mistake { file: String::new(), line: 1, column: 1, width: 1, message, source: String::new() }
}

fn head(out: &mut String, kind: &str, name: &str, card: &Card) {
    let _ =
        writeln!(out, "apiVersion: admissionregistration.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}");
    let _ = writeln!(out, "  annotations:\n    {ANNOTATION_PREFIX}rule: {}", card.id);
}

/// The API groups and the resources of each resource rule, as items of lists.
fn resource_rules(own: &Own) -> Result<Vec<(String, String)>, Mistake> {
    if own.kinds.is_empty() && own.looks_at != LooksAt::Workload {
        return Ok(vec![("\"*\"".to_owned(), "\"*\"".to_owned())]);
    }
    let mut found = if own.kinds.is_empty() { resources::of_workloads() } else { Vec::new() };
    for kind in &own.kinds {
        let known = resources::of_kind(kind);
        if known.is_empty() {
            let message =
                format!("`{kind}` is no kind of Kubernetes' own; write `{kind}.` and its API group");
            return Err(own.mistake("kinds", &(0..1), message));
        }
        found.extend(known);
    }
    Ok(grouped(found.into_iter().map(|(group, plural)| (plain(&group), plain(&plural)))))
}

/// One rule for each group.
fn grouped(found: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let all: BTreeSet<(String, String)> = found.collect();
    let groups: BTreeSet<&String> = all.iter().map(|(group, _)| group).collect();
    let plurals = |wanted: &String| {
        let of_group = all.iter().filter(|(group, _)| group == wanted);
        of_group.map(|(_, plural)| plural.as_str()).collect::<Vec<_>>().join(", ")
    };
    groups.into_iter().map(|group| (group.clone(), plurals(group))).collect()
}

/// A key and a string: on one line, or as a block where it has several.
fn scalar(out: &mut String, key: &str, text: &str) {
    let text = text.trim_end();
    let is_block = text.contains('\n') && !text.starts_with([' ', '\t', '\n']) && !text.contains('\r');
    if !is_block {
        let _ = writeln!(out, "{key}: {}", serde_json::Value::from(text));
        return;
    }
    let indent = key.len() - key.trim_start().len() + 2;
    let _ = writeln!(out, "{key}: |-");
    for line in text.lines() {
        let line = format!("{:indent$}{line}", "");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
