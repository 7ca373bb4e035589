//! What the cards say, for people: `explain`, `rules`, the README's table and the rule book.

use crate::catalog::{Card, Catalog};

use super::Style;

/// Everything about one rule, for `nhilint explain`.
#[must_use]
pub fn explain(card: &Card, style: &Style) -> String {
    let _ = style;
    format!("{} {}\n", card.id, card.name)
}

/// One line a rule, for `nhilint rules`.
#[must_use]
pub fn list(catalog: &Catalog, style: &Style) -> String {
    let _ = (catalog, style);
    String::new()
}

/// The Markdown table of the README.
#[must_use]
pub fn table(catalog: &Catalog) -> String {
    let _ = catalog;
    String::new()
}

/// The rule book, `rules/README.md`.
#[must_use]
pub fn book(catalog: &Catalog) -> String {
    let _ = catalog;
    String::new()
}
