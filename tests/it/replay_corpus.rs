//! The replay over a corpus of real kustomizations, given by `NHILINT_RENDER_CORPUS`; the made traps without one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::prelude::*;

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
fn every_scalar_of_the_corpus_has_its_line() {
    let Some(corpus) = std::env::var_os("NHILINT_RENDER_CORPUS").map(PathBuf::from) else { return };
    let program = kustomize().expect("kustomize or kubectl is on PATH");
    let roots = corpus_roots(&corpus);
    let folder = Folder::read(&corpus);
    let results: Vec<(&PathBuf, Option<Result>)> =
        roots.par_iter().map(|root| (root, look(&folder, &program, root))).collect();
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
    assert!(others.is_empty() && differ.is_empty());
}

fn look(folder: &Folder, program: &[&str], root: &Path) -> Option<Result> {
    let start = Instant::now();
    let text = build(program, root).ok()?;
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
