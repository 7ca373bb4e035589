//! `--rules`: the cards of users, read from files and folders; `rules test` and `rules export`.

use std::fmt::Write as _;
use std::path::Path;

use super::Outcome;
use super::output::{note, print};
use crate::catalog::own::read;
use crate::catalog::{Card, Catalog, Mistake};
use crate::lint::example;
use crate::load::{EntryKind, Files};
use crate::report::vap;

/// A card is no larger.
const LARGEST: u64 = 1024 * 1024;

/// Folders of rules are no deeper.
const DEEPEST: usize = 8;

/// There are no more rules of users.
const MOST: usize = 1000;

/// The catalogue with the cards of users.
pub(super) fn with_own(folders: &[String], files: &Files, catalog: Catalog) -> Result<Catalog, String> {
    if folders.is_empty() {
        return Ok(catalog);
    }
    let cards = cards(folders, files)?;
    catalog.with_own(cards).map_err(|mistakes| complaint(&mistakes))
}

/// The cards in folders and files, in the order of their paths.
fn cards(folders: &[String], files: &Files) -> Result<Vec<Card>, String> {
    let found = listed(folders, files)?;
    let (mut cards, mut mistakes) = (Vec::new(), Vec::new());
    for file in &found {
        let path = Path::new(file);
        let size = files.size(path).map_err(|error| format!("{file}: {error}"))?;
        if size > LARGEST {
            return Err(format!("{file}: a card has at most {LARGEST} bytes"));
        }
        let bytes = files.bytes(path).map_err(|error| format!("{file}: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{file}: it is no text in UTF-8"))?;
        match read(file, &text) {
            Ok(card) => cards.push(card),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() { Ok(cards) } else { Err(complaint(&mistakes)) }
}

/// The files of cards in folders, in the order of their paths.
pub(super) fn listed(folders: &[String], files: &Files) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for folder in folders {
        match files.kind(Path::new(folder)) {
            Some(EntryKind::Folder) => {
                let before = found.len();
                list(folder, files, DEEPEST, &mut found);
                if found.len() == before {
                    return Err(format!("rules in `{folder}`: the folder holds no `.yaml` or `.yml` files"));
                }
            }
            Some(EntryKind::File) => found.push(folder.clone()),
            _ => return Err(format!("rules in `{folder}`: there is no such folder or file")),
        }
        if found.len() > MOST {
            return Err(format!("rules in `{folder}`: there are more than {MOST} files"));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Hidden files and links to folders are left out.
fn list(folder: &str, files: &Files, depth: usize, found: &mut Vec<String>) {
    let mut entries = files.entries(Path::new(folder));
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, kind) in entries.into_iter().filter(|(name, _)| !name.starts_with('.')) {
        let path = format!("{}/{name}", folder.trim_end_matches('/'));
        let extension = Path::new(&name).extension().and_then(|extension| extension.to_str());
        let is_card = matches!(extension, Some("yaml" | "yml"));
        match kind {
            EntryKind::Folder if depth > 0 => list(&path, files, depth - 1, found),
            EntryKind::File if is_card => found.push(path),
            EntryKind::Link if is_card && files.is_file(Path::new(&path)) => found.push(path),
            _ => {}
        }
    }
}

/// Shows every mistake with its line, and says how many there are.
fn complaint(mistakes: &[Mistake]) -> String {
    let (last, others) = mistakes.split_last().expect("there is a mistake");
    for mistake in others {
        note(&format!(
            "error: {}\n{}",
            crate::report::message_for_log(&mistake.to_string()),
            mistake.excerpt()
        ));
    }
    note(&format!("error: {}\n{}", crate::report::message_for_log(&last.to_string()), last.excerpt()));
    match mistakes.len() {
        1 => "one mistake in the rules; nothing was judged".to_owned(),
        count => format!("{count} mistakes in the rules; nothing was judged"),
    }
}

/// `rules test`.
pub(super) fn test(folders: &[String], catalog: Catalog, files: &Files) -> Result<Outcome, String> {
    let cards = cards(folders, files)?;
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let catalog = catalog.with_own(cards).map_err(|mistakes| complaint(&mistakes))?;
    let (mut out, mut failed) = (String::new(), 0);
    for card in catalog.cards().iter().filter(|card| ids.contains(&card.id)) {
        let mut wrong = Vec::new();
        for example in card.examples.iter() {
            wrong.extend(example::hold(card, example, &catalog));
        }
        if card.examples.is_empty() {
            wrong.push(format!("{}: the card has no examples, so nothing shows that it works", card.id));
        }
        let word = if wrong.is_empty() { "ok" } else { "failed" };
        failed += usize::from(!wrong.is_empty());
        let count = match card.examples.len() {
            1 => "1 example".to_owned(),
            more => format!("{more} examples"),
        };
        let _ = writeln!(out, "{} {}: {word}, {count}", card.id, card.name);
        for one in wrong {
            let _ = writeln!(out, "  {}", one.replace('\n', "\n  "));
        }
    }
    let count = ids.len();
    let _ = match failed {
        0 if count == 1 => writeln!(out, "1 rule holds"),
        0 => writeln!(out, "{count} rules hold"),
        failed => writeln!(out, "{failed} of {count} rules do not hold"),
    };
    print(&crate::report::for_log(&out))?;
    Ok(if failed == 0 { Outcome::Clean } else { Outcome::Findings })
}

/// `rules export`.
pub(super) fn export(folders: &[String], files: &Files) -> Result<Outcome, String> {
    let cards = cards(folders, files)?;
    let (mut texts, mut refused) = (Vec::new(), 0);
    for card in &cards {
        match vap::policy(card) {
            Ok(text) => texts.push(text),
            Err(mistake) => {
                refused += 1;
                note(&format!(
                    "error: {}\n{}",
                    crate::report::message_for_log(&mistake.to_string()),
                    mistake.excerpt()
                ));
            }
        }
    }
    print(&texts.join("---\n"))?;
    match refused {
        0 => Ok(Outcome::Clean),
        count => Err(format!("{count} of {} rules cannot be exported", cards.len())),
    }
}
