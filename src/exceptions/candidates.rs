//! Which exceptions may be for which finding, before it is known which of them hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::selector::{Sought, Subject};
use super::written::{Reach, Written};
use crate::finding::{Finding, Origin, RuleId, Severity};
use crate::load::from_folder;
use crate::source::{FileId, SourceMap};

/// Of more exceptions for one finding the rest is not tried.
const MOST: usize = 64;

/// The exceptions that may be for a finding. One that stands for several objects has a part for each: it is excepted
/// where each of them is.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    pub(super) parts: Vec<Part>,
}

/// What a finding is before it is joined with its likes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Positions in the list of exceptions.
    pub(super) fits: BTreeSet<usize>,
    pub(super) environment: Option<String>,
    pub(super) severity: Severity,
}

impl Candidates {
    /// Adds those of a finding that is joined with this one.
    pub fn join(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }
}

/// Finds exceptions by what they are for.
pub(super) struct Finder<'l> {
    list: &'l [Written],
    /// By the folder that their paths begin at.
    folders: BTreeMap<&'l str, Selected<'l>>,
    lines: HashMap<(FileId, u32), Vec<usize>>,
}

/// Exceptions that select what they are for.
#[derive(Default)]
struct Selected<'l> {
    sought: HashMap<(RuleId, Sought<'l>), Vec<usize>>,
    /// Those that can be searched by nothing else.
    others: HashMap<RuleId, Vec<usize>>,
}

impl<'l> Finder<'l> {
    pub(super) fn of(list: &'l [Written]) -> Self {
        let mut finder = Self { list, folders: BTreeMap::new(), lines: HashMap::new() };
        for (at, written) in list.iter().enumerate() {
            match &written.reach {
                Reach::Selected { selector, folder, .. } => {
                    let selected = finder.folders.entry(folder).or_default();
                    for rule in &written.rules {
                        match selector.sought() {
                            // See `Judge`.
                            Some(Sought::Fingerprint(_)) => {}
                            Some(sought) => selected.sought.entry((*rule, sought)).or_default().push(at),
                            None => selected.others.entry(*rule).or_default().push(at),
                        }
                    }
                }
                Reach::Line { file, line: Some(line), .. } => {
                    finder.lines.entry((*file, *line)).or_default().push(at);
                }
                Reach::Line { line: None, .. } | Reach::Object(_) => {}
            }
        }
        finder
    }

    /// Adds to a part of a finding what selects it and what stands on or above its line. `false` where that is more than is
    /// tried.
    #[must_use]
    pub(super) fn add(&self, finding: &Finding, part: &mut Part, sources: &SourceMap, here: &Path) -> bool {
        for (folder, selected) in &self.folders {
            let written = sources.file(finding.span.file).path();
            let roots = finding.rendered.iter().flat_map(|rendered| &rendered.roots).map(String::as_str);
            let paths: Vec<String> = std::iter::once(written)
                .chain(roots)
                .filter_map(|path| from_folder(here, folder, path))
                .collect();
            let subject = Subject { finding, environment: part.environment.as_deref(), paths: &paths };
            let sought =
                Sought::by(finding, &paths).filter_map(|by| selected.sought.get(&(finding.rule, by)));
            for at in sought.chain(selected.others.get(&finding.rule)).flatten() {
                let Reach::Selected { selector, .. } = &self.list[*at].reach else { continue };
                if selector.fits(subject) {
                    part.fits.insert(*at);
                }
                if part.fits.len() > MOST {
                    return false;
                }
            }
        }
        if self.lines.is_empty() || !is_on_its_line(finding) {
            return true;
        }
        let line = sources.positions(finding.span).0.line;
        let here = self.lines.get(&(finding.span.file, line)).into_iter().flatten();
        part.fits.extend(here.filter(|at| self.list[**at].rules.contains(&finding.rule)));
        true
    }
}

/// Whether what a finding is about is written on the line where it stands. Elsewhere the place is that of a whole object or
/// root, and a comment there would hide what its author never saw.
fn is_on_its_line(finding: &Finding) -> bool {
    match finding.origin {
        Origin::Written | Origin::Exact | Origin::Aligned => true,
        Origin::File => false,
        Origin::Unknown => finding.rendered.as_ref().is_some_and(|rendered| rendered.line.is_none()),
    }
}
