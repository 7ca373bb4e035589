//! `explain` and `rules`.

use super::Outcome;
use super::arguments::{ExplainFlags, RulesFlags};
use super::output::{print, style};
use super::own_rule_flags::{ExportFormat, RulesWhat};
use super::own_rules;
use crate::catalog::Catalog;
use crate::load::Files;
use crate::report::rules;

pub(super) fn explain(flags: &ExplainFlags, catalog: &Catalog) -> Result<Outcome, String> {
    let rule = catalog.find(&flags.rule).map_err(|unknown| unknown.to_string())?;
    print(&rules::explain(catalog.card(rule), &style(flags.color), flags.full))
}

pub(super) fn run(flags: &RulesFlags, files: &Files, catalog: Catalog) -> Result<Outcome, String> {
    match &flags.what {
        Some(RulesWhat::Test { folders }) => own_rules::test(folders, catalog, files),
        Some(RulesWhat::Export { format: ExportFormat::Vap, folders }) => own_rules::export(folders, files),
        None => {
            let catalog = own_rules::with_own(&flags.own_rules.folders, files, catalog)?;
            print(&rules::list(&catalog, &style(flags.color)))
        }
    }
}
