//! `explain` and `rules`.

use super::Outcome;
use super::arguments::{ExplainFlags, RulesFlags};
use super::output::{print, style};
use crate::catalog::Catalog;
use crate::report::rules;

pub(super) fn explain(flags: &ExplainFlags, catalog: &Catalog) -> Result<Outcome, String> {
    let rule = catalog.find(&flags.rule).map_err(|unknown| unknown.to_string())?;
    print(&rules::explain(catalog.card(rule), &style(flags.color), flags.full))
}

pub(super) fn list(flags: &RulesFlags, catalog: &Catalog) -> Result<Outcome, String> {
    print(&rules::list(catalog, &style(flags.color)))
}
