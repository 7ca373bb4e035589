//! Approving a request for a certificate takes two permissions, which two roles may give: to write the approval, and
//! `approve` on the signer.

use super::Power;
use crate::finding::Form;
use crate::graph::tables::permission::Rule;
use crate::graph::tables::primitive::{CSR_APPROVE, Primitive, SECRET_READ, SIGNER_APPROVE};
use crate::graph::{Grants, Held, Signers};
use crate::yaml::Node;

/// For which signers those who hold one of the two have the other, too; nothing for other primitives. Of a role that nobody
/// is given, only itself is asked.
pub(super) fn signers(
    primitive: &'static Primitive,
    written: &[(Node<'_>, Rule<'_>)],
    held: &[Held<'_, '_>],
    grants: &Grants<'_>,
) -> Option<Signers> {
    match primitive.name {
        CSR_APPROVE => {
            let own = Signers::of(written.iter().map(|(_, rule)| rule));
            let others = held.iter().map(|held| grants.signers_of(held.binding));
            Some(others.fold(own, Signers::and))
        }
        SIGNER_APPROVE => {
            let both = held.is_empty() || held.iter().any(|held| grants.may_write_approvals(held.binding));
            Some(if both { Signers::Every } else { Signers::Nobody })
        }
        _ => None,
    }
}

impl Power<'_> {
    /// What requests it may approve, where the signers limit it.
    pub(super) fn requests(&self) -> Option<String> {
        match self.signers.as_ref().filter(|_| self.primitive.name == CSR_APPROVE)? {
            Signers::Every => None,
            Signers::Nobody => Some("certificates where another role adds `approve` on `signers`".to_owned()),
            Signers::Named(names) => {
                let more = match names.len() {
                    1 => String::new(),
                    count => format!(" and {} more", count - 1),
                };
                Some(format!("certificates of `{}`{more}", names.first()?))
            }
        }
    }

    /// What its holder lacks, so that it is worth nothing.
    pub(super) fn lacks(&self) -> &'static str {
        match self.primitive.name {
            CSR_APPROVE => "may approve no certificate: it lacks `approve` on `signers`",
            _ => "may approve no certificate: it lacks `update` on `certificatesigningrequests/approval`",
        }
    }

    /// Why it is more than it seems, or less.
    pub(super) fn because(&self, form: Form) -> &'static str {
        if form == Form::WAITING && self.signers.is_some() {
            return "The API server asks for both: to write the approval, and `approve` on the signer.";
        }
        if self.primitive.name == SECRET_READ && self.shown.verb() == "get" {
            return "Without `resourceNames`, `get` reads any secret whose name is guessed, and names can be.";
        }
        self.primitive.because
    }
}
