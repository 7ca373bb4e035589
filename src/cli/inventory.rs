//! `inventory`: every identity of a run, with all that is known of it.

use super::Outcome;
use super::clock::now;
use super::inventory_flags::{InventoryFlags, InventoryFormat};
use super::output::{complain, print, style, write};
use super::render::{self, Input};
use crate::catalog::Catalog;
use crate::graph::record::Recorder;
use crate::inventory::Inventory;
use crate::load::Files;
use crate::report::{Style, for_log, inventory};

pub(super) fn run(flags: &InventoryFlags, files: &Files, catalog: &Catalog) -> Result<Outcome, String> {
    let outputs = flags.files()?;
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
    let masked = |text: &str| run.rendered().shown(&report.masks.masked_text(text)).into_owned();
    let written = |format: InventoryFormat, style: &Style| match format {
        InventoryFormat::Text => for_log(&masked(&inventory::text(&records, style))),
        InventoryFormat::Jsonl => for_log(&masked(&inventory::json_lines(&records))),
        InventoryFormat::Csv => for_log(&masked(&inventory::csv(&records))),
        InventoryFormat::Markdown => for_log(&masked(&inventory::markdown(&records))),
        // The rest of the page is ours, and its policy names its very bytes.
        InventoryFormat::Html => inventory::html(&for_log(&masked(&inventory::json_lines(&records)))),
    };
    for (format, path) in outputs {
        write(path, &written(format, &Style::plain()))?;
    }
    print(&written(flags.format, &style(flags.color)))?;
    Ok(complete)
}
