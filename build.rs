//! Packs the rule cards of `rules/` for `src/rules/cards.rs`. What a run reads stands there as text. The examples, four
//! fifths of all, are asked for by `explain` and a few formats only: they are compressed.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=rules");
    let mut files = Vec::new();
    for family in fs::read_dir("rules")? {
        let family = family?.path();
        if family.is_dir() && !family.ends_with("tables") {
            files.extend(fs::read_dir(family)?.collect::<Result<Vec<_>, _>>()?);
        }
    }
    let mut paths: Vec<PathBuf> = files.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let (mut cards, mut examples) = (String::new(), String::new());
    for path in paths {
        let text = fs::read_to_string(path)?;
        let end = text.find("\nexamples:").map_or(text.len(), |at| at + 1);
        for (packed, part) in [(&mut cards, &text[..end]), (&mut examples, &text[end..])] {
            packed.push_str(part);
            packed.push('\0');
        }
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("cards.yaml"), cards)?;
    let mut packed = ZlibEncoder::new(fs::File::create(out.join("examples.yaml.zlib"))?, Compression::best());
    packed.write_all(examples.as_bytes())
}
