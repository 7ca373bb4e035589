//! Child processes: what they get, what they may do, and what is left of them.
//!
//! The programs are scripts of our own that behave badly in one way each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nhilint::render::child::{Failure, Limits, Output, Program, Runner, Scratch};

/// A folder with a program `helm` in it.
struct Fake {
    folder: tempfile::TempDir,
    program: Program,
}

/// A script for `/bin/sh`.
fn fake(script: &str) -> Fake {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = write_program(folder.path(), "helm", script);
    let program = Program::at("helm", path).expect("a program that can be run");
    Fake { folder, program }
}

fn write_program(folder: &Path, name: &str, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    // Written by another process: a file that this one has open for writing could not be run by a parallel test's child.
    std::fs::write(folder.join("script"), format!("#!/bin/sh\n{script}\n")).expect("a script");
    let copied = std::process::Command::new("/bin/cp").arg(folder.join("script")).arg(&path).status();
    assert!(copied.expect("cp").success());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    path
}

fn limits() -> Limits {
    Limits { wall: Duration::from_secs(2), output: 1 << 20, ..Limits::default() }
}

impl Fake {
    fn run(&self) -> Result<Output, Failure> {
        let scratch = Scratch::new(None);
        let arguments: [&str; 0] = [];
        Runner::new(&scratch, limits()).run(&self.program, &arguments, self.folder.path())
    }
}

#[test]
fn what_a_program_says_is_handed_on() {
    let ended = fake("echo said; echo complained >&2; exit 3").run().expect("it runs");
    assert_eq!(
        (ended.stdout.as_slice(), ended.stderr.as_str(), ended.code),
        (&b"said\n"[..], "complained\n", 3)
    );
    assert!(!ended.success());
}
