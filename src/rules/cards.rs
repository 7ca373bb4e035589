//! The cards of all rules, as `build.rs` packs them.

use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

use flate2::bufread::ZlibDecoder;
use serde::Deserialize;

use crate::catalog::{Catalog, Example};
use crate::finding::RuleId;

/// All cards without their examples.
const CARDS: &str = include_str!(concat!(env!("OUT_DIR"), "/cards.yaml"));
/// Their examples, in the same order.
const EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.yaml.zlib"));

/// Every card, for all to read.
///
/// # Panics
///
/// When a card is not well-formed; each is tested.
#[must_use]
pub fn catalog() -> Catalog {
    Catalog::parse(parts(CARDS)).expect("the built-in cards are tested").with_examples(examples)
}

/// Each card ends at a NUL, and so do the examples of each.
fn parts(packed: &str) -> impl Iterator<Item = &str> {
    packed.split_terminator('\0')
}

/// The examples of a rule.
fn examples(rule: RuleId) -> Vec<Example> {
    #[derive(Deserialize)]
    struct Part {
        examples: Vec<Example>,
    }
    static UNPACKED: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
        let mut text = String::new();
        ZlibDecoder::new(EXAMPLES).read_to_string(&mut text).expect("`build.rs` packed it");
        let firsts = parts(CARDS).filter_map(|card| card.lines().next());
        firsts.zip(parts(&text).map(str::to_owned)).collect()
    });
    let part = UNPACKED.get(&*format!("id: {rule}")).expect("a rule has a card");
    serde_yaml::from_str::<Part>(part).expect("the built-in cards are tested").examples
}
