//! `roots`: what would be rendered as a whole, and what cannot be.

use super::Outcome;
use super::arguments::{ListFormat, RootsFlags};
use super::output::{complain, print};
use crate::load::{Tree, load};
use crate::render::roots::{Known, find, reach_out};
use crate::report::roots::{json, text};

pub(super) fn run(flags: &RootsFlags) -> Result<Outcome, String> {
    let largest = flags.limits.largest_file();
    let mut loaded = load(&flags.paths, largest, &mut std::io::stdin().lock());
    let tree = Tree::of(&flags.paths);
    reach_out(&mut loaded, &tree);
    let roots = find(&loaded, &tree, &Known::default());
    let complete = complain(&loaded.errors);
    print(&match flags.format {
        ListFormat::Text => text(&roots, &loaded.sources),
        ListFormat::Json => json(&roots, &loaded.sources),
    })?;
    Ok(complete)
}
