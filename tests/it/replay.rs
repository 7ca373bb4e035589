//! One made root for every trap that kustomize sets: each rendered scalar comes from the line that makes it.
//!
//! `.rendered.yaml` is what kustomize 5.8.2 printed. Where kustomize is on PATH the roots are built anew and compared;
//! with `NHILINT_REQUIRE_TOOLS` it has to be.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use nhilint::finding::Origin;

use crate::replay_bench::{Folder, Rendered, Shares, build, kustomize, scalars};
use crate::replay_corpus::same_objects;

pub(crate) const TRAPS: &str = "testdata/rendering/kustomize";

/// Kustomize panics on it, and so there is nothing recorded.
const PANICS: &str = "04-annotations-that-make-it-panic";

/// What the replay alone cannot make.
const IN_DOUBT: [&str; 3] =
    ["05-options-of-the-root", "08-merge-keys-of-custom-resources", "15-files-that-are-not-text"];

pub(crate) fn traps() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(TRAPS).expect("the traps");
    let mut traps: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    traps.retain(|trap| !trap.ends_with(PANICS));
    traps.sort();
    traps
}

pub(crate) fn recorded(trap: &Path) -> Rendered {
    let path = trap.join(".rendered.yaml");
    Rendered::new(
        &std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

#[test]
fn every_scalar_of_every_trap_has_its_line() {
    let mut unmapped = Vec::new();
    for trap in traps() {
        let folder = Folder::read(&trap);
        let shares = Shares::of(&trap, &folder.replay(&trap), &recorded(&trap));
        assert!(shares.exact > 0, "{} has no scalars", trap.display());
        unmapped.extend(shares.others);
    }
    assert!(unmapped.is_empty(), "{}", unmapped.join("\n"));
}

#[test]
fn places_of_the_traps() {
    for trap in traps() {
        let folder = Folder::read(&trap);
        let rendered = recorded(&trap);
        let docs = rendered.docs();
        let trail = folder.replay(&trap).trail(&docs.iter().collect::<Vec<_>>());
        let mut listing = String::new();
        let lines = rendered.text().lines().count();
        let mut by_line = vec![String::new(); lines + 1];
        let file = rendered.sources.files().next().expect("there is one").1;
        for scalar in scalars(&docs) {
            let written = trail.at(scalar.span.start).expect("every scalar has a step");
            let line = file.position(scalar.span.start).line as usize;
            let mut place = folder.shown(written.span, &trap);
            if written.origin != Origin::Exact {
                let _ = write!(place, " ({})", written.origin.word());
            }
            for label in &written.also {
                let _ = write!(place, "; {} {}", folder.shown(label.span, &trap), label.message);
            }
            by_line[line] = place;
        }
        for (text, place) in rendered.text().lines().zip(&by_line[1..]) {
            let arrow = if place.is_empty() { "" } else { "  <- " };
            let _ = writeln!(listing, "{text}{arrow}{place}");
        }
        let name = trap.file_name().expect("a folder").to_string_lossy().into_owned();
        insta::assert_snapshot!(name, listing);
    }
}

#[test]
fn the_replay_alone_is_the_build_or_says_why_not() {
    for trap in traps() {
        let name = trap.file_name().expect("a folder").to_string_lossy().into_owned();
        let replay = Folder::read(&trap).replay(&trap);
        let whole = replay.whole();
        assert_eq!(whole.is_none(), IN_DOUBT.contains(&name.as_str()), "{name}: {:?}", replay.doubts());
        if let Some(whole) = whole {
            assert!(same_objects(&Rendered::new(&whole), &recorded(&trap)), "{name} differs:\n{whole}");
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "which kustomize ran is the other half of the result")]
fn what_was_recorded_is_what_kustomize_prints() {
    let required = std::env::var_os("NHILINT_REQUIRE_TOOLS").is_some();
    let Some(program) = kustomize() else {
        assert!(!required, "kustomize is required and is not on PATH");
        return println!("no kustomize on PATH: only recorded renderings were used");
    };
    let mut refused = Vec::new();
    for trap in traps() {
        match build(&program, &trap) {
            Ok(text) => {
                let is_same = same_objects(&Rendered::new(&text), &recorded(&trap));
                // The label of the manager holds the version.
                let is_versioned = trap.ends_with("05-options-of-the-root") && program[0] == "kubectl";
                assert!(is_same || is_versioned, "{} prints\n{text}", trap.display());
            }
            Err(error) => refused.push(format!("{}: {:.200}", trap.display(), error)),
        }
    }
    println!("{} built {} traps, refused {refused:?}", program.join(" "), traps().len() - refused.len());
    assert!(refused.is_empty() || program[0] == "kubectl", "{refused:?}");
}

#[test]
fn what_makes_kustomize_panic_is_survived() {
    let trap = Path::new(TRAPS).join(PANICS);
    let replay = Folder::read(&trap).replay(&trap);
    let rendered = Rendered::new("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: eu-settings\n");
    let shares = Shares::of(&trap, &replay, &rendered);
    assert_eq!((shares.exact, shares.others.len()), (3, 0));
}
