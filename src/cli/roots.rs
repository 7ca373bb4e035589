//! `roots`: what would be rendered as a whole, and what cannot be.

use super::Outcome;
use super::arguments::{ListFormat, RootsFlags};
use super::output::{complain, print};
use crate::load::{self, Files, Tree};
use crate::render::roots::{Known, Search, find, read_bases};
use crate::report::roots::{json, text};

pub(super) fn run(flags: &RootsFlags, files: &Files) -> Result<Outcome, String> {
    let read = load::read(files, &flags.paths, flags.limits.largest_file(), &mut std::io::stdin().lock());
    let tree = Tree::of(files, &flags.paths);
    let (texts, bases) = read_bases(&read.texts, &tree);
    let search = Search { texts: &texts, sources: &read.sources, bases: &bases, tree: &tree };
    let roots = find(&search, &Known::default());
    let complete = complain(&read.errors);
    print(&match flags.format {
        ListFormat::Text => text(&roots, texts.sources()),
        ListFormat::Json => json(&roots, texts.sources()),
    })?;
    Ok(complete)
}
