//! Archives of charts (`charts/*.tgz`), unpacked in memory.
//!
//! Their content is hostile: sizes are bounded, and only regular files with plain names come out.

use std::io::Read as _;

/// Archives inside archives are unpacked so deep.
const DEEPEST: usize = 5;
/// Entries of all archives together.
const MOST_ENTRIES: usize = 20_000;

/// The regular files in a `.tgz`, by their paths; archives below `charts/` are unpacked where they stand.
///
/// # Errors
///
/// In a sentence, when it is no archive, holds an absolute or climbing path, or more than `limit` bytes.
pub fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    let mut rest = Rest { bytes: limit, entries: MOST_ENTRIES };
    inside(bytes, "", 0, &mut rest, &mut files)?;
    Ok(files)
}

struct Rest {
    bytes: usize,
    entries: usize,
}

fn inside(
    bytes: &[u8],
    folder: &str,
    depth: usize,
    rest: &mut Rest,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), String> {
    let too_large = || "the archive holds more than is unpacked".to_owned();
    // Headers and padding count as well, so that an archive of nothing but headers ends.
    let allowed = rest.bytes as u64 + 1024 * rest.entries as u64;
    let decoder = flate2::read::GzDecoder::new(bytes).take(allowed);
    let mut archive = tar::Archive::new(decoder);
    let entries = archive.entries().map_err(|error| format!("no archive: {error}"))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| format!("no archive: {error}"))?;
        rest.entries = rest.entries.checked_sub(1).ok_or_else(too_large)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path_bytes();
        let path = std::str::from_utf8(&path).map_err(|_| "a path in the archive is not UTF-8".to_owned())?;
        let path = plain(path).ok_or_else(|| format!("the path `{path}` leads out of the archive"))?;
        let mut content = Vec::new();
        let read = (&mut entry).take(rest.bytes as u64 + 1).read_to_end(&mut content);
        read.map_err(|error| format!("no archive: {error}"))?;
        rest.bytes = rest.bytes.checked_sub(content.len()).ok_or_else(too_large)?;
        let path = format!("{folder}{path}");
        let inner =
            path.strip_suffix(".tgz").and_then(|stem| stem.rsplit_once('/')).map(|(folder, _)| folder);
        match inner.filter(|folder| folder.ends_with("/charts") && depth < DEEPEST) {
            Some(folder) => inside(&content, &format!("{folder}/"), depth + 1, rest, files)?,
            None => files.push((path, content)),
        }
    }
    Ok(())
}

/// The path with its parts only, if it stays inside.
fn plain(path: &str) -> Option<String> {
    let is_plain = |part: &&str| *part != ".." && !part.contains(['\\', ':', '\0']);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!path.starts_with('/') && !parts.is_empty() && parts.iter().all(is_plain)).then(|| parts.join("/"))
}
