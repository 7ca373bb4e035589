//! Names that kustomize gives to accounts: it writes them into the kinds that it knows, and into no others.

use crate::finding::{Change, Operation};
use crate::render::replay::knows_pods_of;
use crate::yaml::Node;

use super::{Editor, Refused, With};
use crate::lint::accounts::ACCOUNT;

impl Editor<'_> {
    /// Refuses to name an account that is declared beside its workload where it gets another name and the workload does not
    /// follow it.
    pub(super) fn follows_its_account(
        &self,
        node: Node<'_>,
        change: &Change,
        with: With<'_>,
    ) -> Result<(), Refused> {
        let homes = &self.homes;
        let names = match &change.operation {
            Operation::Insert(entry) => entry.contains(ACCOUNT),
            _ => change.path.to_string().ends_with(ACCOUNT),
        };
        let kind = &change.document.object.kind;
        let is_of_tree = homes.object_file(node).is_some_and(|file| homes.is_tree(file));
        if !with.makes_account || !names || knows_pods_of(kind) || !homes.is_rendered(node) || !is_of_tree {
            return Ok(());
        }
        let root = node.doc().root().unwrap_or(node);
        let Some(name) = root.at(&["metadata", "name"]) else { return Ok(()) };
        let written = homes.places.narrow(name.span(), homes.sources());
        let is_same = written.is_none_or(|at| homes.sources().text(at) == homes.sources().text(name.span()));
        let is_configured = || {
            let mut roots = self.kustomizations.values().filter_map(|file| homes.root(*file));
            roots.any(|root| root.get("configurations").is_some())
        };
        if is_same || is_configured() {
            return Ok(());
        }
        Err(format!(
            "Kustomize gives the account another name here, and writes it into no {kind}: tell it the field by \
             `nameReference` in a file under `configurations` first."
        ))
    }
}
