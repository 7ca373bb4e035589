//! What several findings say together is said once.

use std::collections::HashMap;

use super::emit::{Draft, Granted};
use crate::finding::{Finding, Form, IdentityName, Label, RuleId};
use crate::source::SourceId;

/// Removes findings about a permission that a finding of another rule covers (`absorbs`). The place of a removed
/// finding becomes a related place of the one that covers it.
pub(super) fn absorb(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut absorbing: HashMap<Granted, Vec<RuleId>> = HashMap::new();
    for draft in &drafts {
        for granted in &draft.absorbs {
            absorbing.entry(granted.clone()).or_default().push(draft.finding.rule);
        }
    }
    if absorbing.is_empty() {
        return drafts;
    }
    let mut places: HashMap<Granted, Vec<Label>> = HashMap::new();
    let mut kept = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let absorbed = |granted: &&Granted| {
            absorbing.get(*granted).is_some_and(|by| by.iter().any(|by| *by != draft.finding.rule))
        };
        if let Some(granted) = draft.grants.as_ref().filter(absorbed) {
            let Finding { span, label, rule, .. } = draft.finding;
            let label = Label { span, message: format!("{label} ({rule})") };
            places.entry(granted.clone()).or_default().push(label);
        } else {
            kept.push(draft);
        }
    }
    for draft in &mut kept {
        let absorbed = draft.absorbs.iter().filter_map(|granted| places.get(granted));
        draft.finding.related.extend(absorbed.flatten().cloned());
    }
    kept
}

/// Of findings about one power of the same identities the first is kept; the other roles that give it become related
/// places. What is held in the whole cluster covers what is held in a namespace.
pub(super) fn one_for_each_power(drafts: Vec<Draft>) -> Vec<Draft> {
    type Key = (RuleId, Form, i8, Option<SourceId>, &'static str);
    let mut kept: Vec<Draft> = Vec::with_capacity(drafts.len());
    // What covers another holds all its identities: it is among those of whichever fewest have.
    let mut known: HashMap<(Key, Option<IdentityName>), Vec<usize>> = HashMap::new();
    for draft in drafts {
        let (Some(granted), Some(held)) = (&draft.grants, &draft.held) else {
            kept.push(draft);
            continue;
        };
        let key = (draft.finding.rule, draft.finding.form, draft.step, draft.source, granted.primitive);
        let of = |identity: &IdentityName| {
            known.get(&(key, Some(identity.clone()))).map_or(&[][..], Vec::as_slice)
        };
        let fewest = held.identities.iter().map(of).min_by_key(|alike| alike.len());
        let alike = fewest.unwrap_or_else(|| known.get(&(key, None)).map_or(&[][..], Vec::as_slice));
        let covers = |at: &&usize| kept[**at].held.as_ref().is_some_and(|other| other.covers(held));
        if let Some(&at) = alike.iter().find(covers) {
            let message = format!("{} gives the same to the same", draft.object);
            kept[at].finding.related.push(Label { span: draft.finding.span, message });
        } else {
            for identity in std::iter::once(None).chain(held.identities.iter().cloned().map(Some)) {
                known.entry((key, identity)).or_default().push(kept.len());
            }
            kept.push(draft);
        }
    }
    kept
}
