//! `inventory`: every identity of a run, with all that is known of it.

use super::Outcome;
use super::clock::now;
use super::inventory_flags::{InventoryFlags, InventoryFormat};
use super::output::{complain, show};
use super::render::{self, Input};
use crate::catalog::Catalog;
use crate::graph::record::Recorder;
use crate::inventory::Inventory;
use crate::load::Files;
use crate::report::inventory;

pub(super) fn run(flags: &InventoryFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let mut chosen = render::chosen(files, &flags.render, catalog)?;
    chosen.settings.set_now(now(flags.now.as_deref())?);
    let input = Input::new(files, chosen, &flags.render)?;
    let run = input.run(&flags.paths);
    let documents = run.documents();
    let known = run.known(&documents);
    let report = run.report_of(&known, run.settings(), catalog);
    let provenance = run.provenance();
    let repository = flags.repository.clone().or_else(|| run.repository().map(str::to_owned));
    let of = (&known.graph, &known.reach);
    let records = Inventory::new(of, run.settings(), (&report, run.sources()), repository)
        .records(Recorder::new(&known.graph, run.sources(), &provenance));
    let complete = complain(&report.errors);
    let text = match flags.format {
        InventoryFormat::Jsonl => inventory::json_lines(&records, &report.masks),
    };
    show(&run.rendered().shown(&text))?;
    Ok(complete)
}
