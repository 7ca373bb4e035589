//! The replay beside the real kustomize: over the made traps, or with `NHILINT_RENDER_CORPUS` over that corpus, which
//! must then be there. Without kustomize on PATH the traps' recorded renderings are used.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::replay::{TRAPS, recorded, traps};
use crate::replay_bench::{Folder, Rendered, Shares, build, corpus_roots, kustomize};

/// What was found out about one root.
struct Result {
    objects: usize,
    shares: Shares,
    whole: Option<bool>,
    doubts: Vec<String>,
    replayed: Duration,
    built: Duration,
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was looked at is the other half of the result")]
fn every_scalar_has_its_line() {
    let (top, roots) = match std::env::var_os("NHILINT_RENDER_CORPUS").map(PathBuf::from) {
        Some(corpus) => (corpus.clone(), corpus_roots(&corpus)),
        None => (PathBuf::from(TRAPS), traps()),
    };
    let program = kustomize();
    let is_recorded = top == Path::new(TRAPS) && program.is_none();
    let required = std::env::var_os("NHILINT_REQUIRE_TOOLS").is_some();
    assert!(program.is_some() || (is_recorded && !required), "kustomize is required and is not on PATH");
    let folder = Folder::read(&top);
    let results: Vec<(&PathBuf, Option<Result>)> =
        roots.par_iter().map(|root| (root, look(&folder, program.as_deref(), root))).collect();
    let (mut objects, mut exact, mut others, mut whole, mut differ) = (0, 0, Vec::new(), 0, Vec::new());
    let (mut rendered, mut replayed, mut built) = (0, Duration::ZERO, Duration::ZERO);
    for (root, result) in results {
        let Some(result) = result else {
            println!("not rendered: {}", root.display());
            continue;
        };
        rendered += 1;
        objects += result.objects;
        exact += result.shares.exact;
        others.extend(result.shares.others);
        replayed += result.replayed;
        built += result.built;
        match result.whole {
            Some(true) => whole += 1,
            Some(false) => differ.push(root),
            None => println!("doubts about {}: {:?}", root.display(), result.doubts),
        }
    }
    let unmapped = others.iter().take(200).cloned().collect::<Vec<_>>().join(
        "
",
    );
    println!("{rendered} roots, {objects} objects, {exact} scalars exact, {} not", others.len());
    println!("the replay alone equals the build in {whole} roots, differs in {differ:?}");
    println!("builds {built:?}, replays {replayed:?}");
    println!("{unmapped}");
    assert!(rendered > 0 && others.is_empty() && differ.is_empty());
}

fn look(folder: &Folder, program: Option<&[&str]>, root: &Path) -> Option<Result> {
    let start = Instant::now();
    let text = match program {
        Some(program) => build(program, root).ok()?,
        None => recorded(root).text().to_owned(),
    };
    let built = start.elapsed();
    let rendered = Rendered::new(&text);
    let start = Instant::now();
    let replay = folder.replay(root);
    let shares = Shares::of(root, &replay, &rendered);
    let replayed = start.elapsed();
    let docs = rendered.docs();
    let whole = replay.whole().map(|whole| same_objects(&Rendered::new(&whole), &rendered));
    let doubts = replay.doubts().iter().map(|doubt| doubt.what.clone()).collect();
    Some(Result { objects: docs.len(), shares, whole, doubts, replayed, built })
}

/// Do both hold the same objects, in any order?
pub(crate) fn same_objects(one: &Rendered, other: &Rendered) -> bool {
    let hashes = |rendered: &Rendered| {
        let docs = rendered.docs();
        let mut hashes: Vec<u64> = docs.iter().filter_map(|doc| Some(doc.root()?.content_hash())).collect();
        hashes.sort_unstable();
        hashes
    };
    hashes(one) == hashes(other)
}
