//! What kubectl refuses or silently drops in a document that parses: duplicate keys, keys and tags that it cannot
//! read, aliases that grow without bound.

use super::build::Problem;
use super::tree::Tree;

/// Looks over a document and sets the flags that the views rely on.
pub(super) fn check(_text: &str, _tree: &mut Tree, _end: usize, _problems: &mut Vec<Problem>) {}
