//! `roots`: what would be rendered as a whole, and what cannot be.

use super::Outcome;
use super::arguments::{ListFormat, RootsFlags};
use super::output::{complain, show};
use crate::load::{self, Files, Tree};
use crate::render::roots::{Known, Named, find};
use crate::report::roots::{json, text};

pub(super) fn run(flags: &RootsFlags, files: &Files) -> Result<Outcome, String> {
    let tree = Tree::of(files, &flags.paths);
    let mut read = load::read(&tree, &flags.paths, flags.limits.largest_file(), &mut std::io::stdin().lock());
    let mut named = Named::of(&read, &tree);
    let roots = find(&read, &tree, &mut named, &Known::default());
    read.errors.append(&mut named.errors);
    let complete = complain(&read.errors);
    let texts = named.texts;
    show(&match flags.format {
        ListFormat::Text => text(&roots, texts.sources()),
        ListFormat::Json => json(&roots, texts.sources()),
    })?;
    Ok(complete)
}
