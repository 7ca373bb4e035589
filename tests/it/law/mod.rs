//! The law of the gate: what a deployer or an argument names is judged as it would be applied, or the run does not pass.
//!
//! A made repository binds an account to cluster-admin. Every deployer brings that object in every disguise, alone and two
//! at a time; the run must not end with 0. The same repository with a harmless role must, or the test would prove nothing.
//!
//! Of the pairs each deployer takes its share; `NHILINT_LAW_ALL=1` takes all of them, for some minutes.

mod deployers;
mod disguises;
mod made;

use std::io::Write as _;

use rayon::prelude::*;

use crate::helm_charts::programs;
use crate::rendering::run;
use deployers::{DEPLOYERS, Deployer};
use disguises::{DISGUISES, Disguise, place};
use made::Made;

/// Of so many pairs of disguises a deployer takes one.
const SHARE: usize = 5;

/// What a run over the repository ends with.
fn ends(deployer: &Deployer, worn: &[&Disguise], role: &str, path: &str) -> (Option<i32>, String) {
    let mut made = Made::new(role);
    for disguise in worn {
        (disguise.wear)(&mut made);
    }
    (deployer.write)(&mut made);
    let (place, text) = (place(&made), made.text.clone());
    made.add(place, text);
    for disguise in worn {
        (disguise.after)(&mut made, deployer);
    }
    let here = tempfile::tempdir().expect("a temporary folder");
    made.write(here.path());
    let argument = (deployer.argument)(&made);
    let (code, out, errors) = run(
        here.path(),
        path,
        &["check", &argument, "--no-cache", "--select", "no-cluster-admin,ungoverned-manifest"],
    );
    (code, format!("{out}{errors}"))
}

/// The disguises of the cases of one deployer, alone and in pairs.
fn worn(deployer: usize) -> Vec<Vec<&'static Disguise>> {
    let share = if std::env::var_os("NHILINT_LAW_ALL").is_some() { 1 } else { SHARE };
    let mut worn: Vec<Vec<&Disguise>> = DISGUISES.iter().map(|one| vec![one]).collect();
    let mut number = deployer;
    for (position, first) in DISGUISES.iter().enumerate().skip(1) {
        for second in &DISGUISES[position + 1..] {
            number += 1;
            if number.is_multiple_of(share) {
                worn.push(vec![first, second]);
            }
        }
    }
    worn.retain(|worn| worn.iter().all(|disguise| (disguise.fits)(&DEPLOYERS[deployer])));
    worn
}

#[test]
fn nothing_that_is_deployed_is_hidden() {
    let Some(programs) = programs() else { return };
    let of_deployer = |number| worn(number).into_iter().map(move |worn| (&DEPLOYERS[number], worn));
    let cases: Vec<(&Deployer, Vec<&Disguise>)> = (0..DEPLOYERS.len()).flat_map(of_deployer).collect();
    let passed: Vec<String> = cases
        .par_iter()
        .filter_map(|(deployer, worn)| {
            let (code, output) = ends(deployer, worn, "cluster-admin", &programs);
            let names: Vec<&str> = worn.iter().map(|disguise| disguise.name).collect();
            (!matches!(code, Some(1 | 2)))
                .then(|| format!("{} in {names:?}: {code:?} {output}", deployer.name))
        })
        .collect();
    // The harness would keep it from those who only see tests pass.
    writeln!(std::io::stderr(), "law of the gate: {} cases", cases.len()).expect("standard error is open");
    assert!(cases.len() > 300, "{} cases were tried", cases.len());
    assert!(passed.is_empty(), "{} of {} passed:\n{}", passed.len(), cases.len(), passed.join("\n"));
}

#[test]
fn what_is_harmless_passes_in_every_disguise() {
    let Some(programs) = programs() else { return };
    let cases = DEPLOYERS.iter().flat_map(|deployer| {
        let fitting = DISGUISES.iter().filter(move |disguise| (disguise.fits)(deployer));
        fitting.map(move |disguise| (deployer, disguise))
    });
    let refused: Vec<String> = cases
        .collect::<Vec<_>>()
        .par_iter()
        .filter_map(|(deployer, disguise)| {
            let (code, output) = ends(deployer, &[disguise], "view", &programs);
            (code != Some(0)).then(|| format!("{} in {}: {code:?} {output}", deployer.name, disguise.name))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
