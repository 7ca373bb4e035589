//! Findings from what rules and readers hand over: severity by card and settings, and what each is known by.

use crate::catalog::{Catalog, Class, Preset};
use crate::config::Settings;
use crate::finding::{Finding, Form, Notice, RuleId, Severity, fingerprint};
use crate::graph::Graph;
use crate::rules::Draft;

/// What a reader noticed, where the settings want it.
pub(super) fn from_notice(
    notice: &Notice,
    tier: usize,
    settings: &Settings,
    catalog: &Catalog,
) -> Option<Finding> {
    let fail_on_unjudged = settings.fail_on_unjudged;
    let settings = settings.tier(tier);
    let card = catalog.card(RuleId::UNGOVERNED_MANIFEST);
    let severity = settings.severity(card, notice.form.0, Class::Service)?;
    let must_judge = fail_on_unjudged && matches!(notice.form, Form::UNRENDERED | Form::UNRESOLVED);
    let severity = if must_judge { Severity::Error } else { severity };
    let finding = Finding::new(card.id, notice.form, severity, notice.span, notice.message.clone());
    let fingerprint = match notice.subject.as_str() {
        "" => String::new(),
        subject => fingerprint(&[&card.id.to_string(), notice.form.0, subject]),
    };
    let (notes, related) = (notice.notes.clone(), notice.related.clone());
    Some(Finding { notes, tier, related, fingerprint, missing: notice.missing.clone(), ..finding })
}

/// What a rule found, where the settings want it.
pub(super) fn from_draft(
    draft: Draft,
    graph: &Graph<'_>,
    settings: &Settings,
    catalog: &Catalog,
) -> Option<Finding> {
    let settings = settings.tier(draft.tier);
    let Draft { mut finding, object, .. } = draft;
    let severity = settings.severity(catalog.card(finding.rule), finding.form.0, draft.class)?;
    let is_audit = settings.preset == Preset::Audit;
    finding.severity = if is_audit { severity } else { severity.stepped(draft.step) };
    let sources = &graph.places.sources;
    let cluster = draft.source.and_then(|source| sources.cluster(source)).filter(|_| sources.clusters() > 1);
    for change in finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes) {
        change.document.cluster = sources.cluster(change.document.source).map(str::to_owned);
    }
    finding.notes.dedup();
    // Nobody knows what the `?` of an identity without a namespace means.
    finding.message = finding.message.replace("`?/", "account `");
    finding.tier = draft.tier;
    let known = draft.known_as.as_ref().unwrap_or(&object);
    finding.fingerprint = fingerprint(&[
        &finding.rule.to_string(),
        finding.form.0,
        &known.kind,
        known.namespace.as_deref().unwrap_or_default(),
        &known.name,
        &finding.path.as_ref().map(ToString::to_string).unwrap_or_default(),
        &draft.subject,
        cluster.unwrap_or_default(),
    ]);
    finding.object = Some(object);
    finding.identity = finding.identity.map(|identity| identity.in_cluster(cluster));
    finding.clusters = cluster.map(str::to_owned).into_iter().collect();
    let choice = || draft.source.and_then(|source| graph.places.name_of_choice(source));
    finding.unnamed = if cluster.is_none() && sources.clusters() > 1 { choice() } else { None };
    Some(finding)
}
