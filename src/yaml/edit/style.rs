//! How a document is written: its indentation, its lists, its line breaks, and whether it is JSON.

use serde::de::IgnoredAny;

use super::site::Site;
use crate::yaml::tree::{Kind, flag};

pub(super) struct Style {
    /// Columns from a key to the keys below it.
    pub(super) step: usize,
    /// Columns from a key to the dashes below it.
    pub(super) dash: usize,
    /// Blanks behind a dash.
    pub(super) gap: usize,
    pub(super) newline: &'static str,
    pub(super) json: Option<Json>,
}

/// How JSON is written.
pub(super) struct Json {
    /// The white space of one level; none where all stands in one line.
    pub(super) unit: Option<String>,
    /// Is there nothing between `:` and a value?
    pub(super) compact: bool,
}

/// Counts widths of up to this many columns.
const WIDEST: usize = 9;

/// How often each width was seen.
#[derive(Default)]
struct Votes([usize; WIDEST + 1]);

impl Votes {
    fn add(&mut self, width: Option<usize>) {
        if let Some(count) = width.and_then(|width| self.0.get_mut(width)) {
            *count += 1;
        }
    }

    /// The most frequent one; of equally frequent ones the smallest.
    fn winner(&self) -> Option<usize> {
        let most = self.0.iter().max().filter(|most| **most > 0)?;
        self.0.iter().position(|count| count == most)
    }
}

impl Style {
    pub(super) fn of(site: Site<'_>) -> Self {
        let (mut steps, mut dashes, mut gaps) = (Votes::default(), Votes::default(), Votes::default());
        for index in 0..site.doc.tree.nodes.len() as u32 {
            if !site.is_block(index) || site.is_key(index) {
                continue;
            }
            let Ok(first) = site.first(index) else { continue };
            let is_list = site.raw(index).kind == Kind::Seq;
            if is_list && let Some(item) = site.doc.tree.children(index).next() {
                let gap = site.start(item).checked_sub(first + 1).filter(|gap| *gap > 0);
                gaps.add(
                    gap.filter(|gap| site.text[first + 1..first + 1 + gap].trim_matches(' ').is_empty()),
                );
            }
            if site.parent(index).is_none_or(|parent| site.raw(parent).kind != Kind::Map) {
                continue;
            }
            let key = site.start(site.doc.above().place(index));
            let width = site.column(first).ok().zip(site.column(key).ok());
            let width = width.and_then(|(column, key)| column.checked_sub(key));
            if is_list { dashes.add(width) } else { steps.add(width.filter(|width| *width > 0)) }
        }
        let dash = dashes.winner();
        let newline = match site.text.find('\n') {
            Some(at) if site.text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        Self {
            step: steps.winner().or(dash.filter(|dash| *dash > 0)).unwrap_or(2),
            dash: dash.unwrap_or(0),
            gap: gaps.winner().unwrap_or(1),
            newline,
            json: Json::of(site),
        }
    }
}

impl Json {
    /// `None` where the document is YAML that is no JSON.
    fn of(site: Site<'_>) -> Option<Self> {
        let root = site.doc.tree.nodes.first().filter(|root| root.flags & flag::FLOW != 0)?;
        let written = &site.text[root.start as usize..root.end as usize];
        serde_json::from_str::<IgnoredAny>(written).ok()?;
        let first = site.doc.tree.children(0).next().map(|first| site.start(first));
        let own_line = first.filter(|at| site.begins_line(*at));
        let unit = own_line.map(|at| site.text[site.line_start(at)..at].to_owned());
        let colon = site.doc.tree.nodes.iter().zip(0u32..).find(|(raw, _)| raw.flags & flag::KEY != 0);
        let colon = colon.and_then(|(_, key)| site.colon(key));
        let compact =
            colon.is_some_and(|at| site.byte(at + 1).is_some_and(|byte| !byte.is_ascii_whitespace()));
        Some(Self { unit, compact })
    }
}
