//! Takes the words for namespaces that nobody knows out of what people read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::finding::{Fix, IdentityName, ObjectName, Principal, Strong, keep};
use crate::render::unknown::shown;
use crate::rules::Draft;

/// The words of a run.
pub(super) struct Words(pub(super) BTreeSet<String>);

impl Words {
    /// What a rule found, in words for people. What it proposes is left to them where it holds such a word.
    pub(super) fn hide(&self, draft: &mut Draft) {
        if self.0.is_empty() {
            return;
        }
        let finding = &mut draft.finding;
        keep(&mut finding.fixes, "Only whoever deploys it knows the namespace.", |fix| !self.is_in(fix));
        let changes = finding.fixes.iter_mut().flat_map(|fix| &mut fix.changes);
        changes.for_each(|change| self.name(&mut change.document.object));
        let related = finding.related.iter_mut().map(|label| &mut label.message);
        let texts = [&mut finding.message, &mut finding.label, &mut draft.subject];
        texts.into_iter().chain(&mut finding.notes).chain(related).for_each(|text| self.text(text));
        finding.identity.iter_mut().for_each(|identity| self.identity(identity));
        self.name(&mut draft.object);
    }

    /// The same for an identity of the summary.
    pub(super) fn hide_in(&self, strong: &mut Strong) {
        self.identity(&mut strong.identity);
        self.text(&mut strong.does);
    }

    fn text(&self, text: &mut String) {
        if let Cow::Owned(changed) = shown(text, &self.0) {
            *text = changed;
        }
    }

    fn name(&self, object: &mut ObjectName) {
        self.text(&mut object.name);
        object.namespace.iter_mut().for_each(|namespace| self.text(namespace));
    }

    fn identity(&self, identity: &mut IdentityName) {
        match &mut identity.principal {
            Principal::Account { namespace, name } => {
                namespace.iter_mut().chain([name]).for_each(|text| self.text(text));
            }
            Principal::Other(name) => self.text(name),
        }
    }

    fn is_in(&self, fix: &Fix) -> bool {
        let texts = fix.changes.iter().filter_map(|change| change.operation.text());
        texts.chain([fix.title.as_str()]).any(|text| matches!(shown(text, &self.0), Cow::Owned(_)))
    }
}
