//! What a run leaves behind, however it ends: no process and no folder.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nhilint::finding::Engine;
use nhilint::render::child::{Limits, Program, Runner, Scratch};

use crate::child::{alive, copy, soon, write_program};

/// The variable that makes the next test's program loop: the folder where that says which processes it started.
const HOLD: &str = "NHILINT_TEST_HOLD";

/// A process whose run was killed before it could tell its keeper of it is found all the same.
#[test]
#[cfg(target_os = "linux")]
fn a_keeper_finds_what_it_was_not_told_of() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scratch = folder.path().join("nhilint-00112233445566778899aabbccddeeff");
    std::fs::create_dir_all(scratch.join("home")).expect("a folder");
    let sleep = |home: &Path| {
        let mut command = Command::new("/bin/sleep");
        command.arg("60").env_clear().env("HOME", home).process_group(0).spawn().expect("it starts")
    };
    let mut stray = sleep(&scratch.join("home"));
    let mut other = sleep(&folder.path().join("nhilint-00112233445566778899aabbccddeef/home"));
    let mut keeper = Command::new(env!("CARGO_BIN_EXE_nhilint"));
    let mut keeper = keeper.arg("keep").stdin(Stdio::piped()).spawn().expect("it starts");
    let mut pipe = keeper.stdin.take().expect("a pipe");
    write!(pipe, "folder {}\0", scratch.display()).expect("it reads");
    drop(pipe);
    assert!(keeper.wait().expect("it ends").success());
    assert!(!scratch.exists());
    soon("the stray is gone", || !alive(stray.id()));
    assert!(alive(other.id()), "another's is let be");
    other.kill().expect("it runs");
    let _ = (stray.wait(), other.wait());
}

/// A test of its own, and what the one below starts again and kills in the middle.
#[test]
fn a_run_that_ends_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (keeper, script) = match std::env::var_os(HOLD).map(PathBuf::from) {
        Some(hold) => {
            let pids = hold.join("pids");
            let script = format!(
                "trap '' INT TERM HUP; (while :; do :; done) & echo $! >>{0}; echo $$ >>{0}; while :; do :; done",
                pids.display()
            );
            (hold.join("keeper"), script)
        }
        None => (env!("CARGO_BIN_EXE_nhilint").into(), "echo said".to_owned()),
    };
    let program =
        Program::at(Engine::Helm, write_program(folder.path(), "helm", &script)).expect("a program");
    let scratch = Scratch::new(Some(keeper));
    let copy = scratch.folder("copy/templates").expect("a folder");
    std::fs::write(copy.join("a.yaml"), "a: 1\n").expect("a file");
    let runner = Runner::new(&scratch, Limits { wall: Duration::from_mins(1), ..Limits::default() });
    let arguments: [&str; 0] = [];
    let ended = runner.run(&program, &arguments, &copy).expect("it runs");
    assert_eq!(ended.stdout, b"said\n");
    let root = scratch.root().expect("it was made").to_owned();
    assert!(copy.starts_with(&root) && mode(&root) == 0o700, "{:o}", mode(&root));
    assert!(scratch.folder("../out").is_err() && scratch.folder("/out").is_err());
    drop(scratch);
    assert!(!root.exists());
}

#[test]
fn a_run_that_is_killed_leaves_nothing() {
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // By a name of its own, so that this keeper is told from those of other tests.
        let keeper = folder.path().join("keeper");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_nhilint"), &keeper).expect("a link");
        let mut run = interruptible(&std::env::current_exe().expect("this test"));
        run.args(["child_left::a_run_that_ends_leaves_nothing", "--exact"]).env(HOLD, folder.path());
        kill_in_the_middle(folder.path(), run, &keeper, signal);
    }
}

/// A signal that takes the watchdog with it, as far as the run knows that one.
const WITH_KEEPER: &str = "KILL with keeper";

#[test]
fn a_program_that_is_killed_leaves_nothing() {
    for signal in ["INT", "KILL", WITH_KEEPER] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keeper = folder.path().join("nhilint");
        // Not by a link, as the program starts itself by its own name.
        copy(Path::new(env!("CARGO_BIN_EXE_nhilint")), &keeper);
        let chart = folder.path().join("chart");
        std::fs::create_dir_all(chart.join("templates")).expect("a folder");
        std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: a\nversion: 1.0.0\n")
            .expect("a file");
        std::fs::write(chart.join("templates/a.yaml"), "kind: ConfigMap\n").expect("a file");
        let pids = folder.path().join("pids");
        let script = format!(
            "case $1 in version) echo v3.22.0; exit;; esac\n\
             (while :; do :; done) & echo $! >>{0}; echo $$ >>{0}; while :; do :; done",
            pids.display()
        );
        write_program(folder.path(), "helm", &script);
        let mut run = interruptible(&keeper);
        run.args(["render", "chart", "--no-cache"]).current_dir(folder.path()).env("PATH", folder.path());
        kill_in_the_middle(folder.path(), run, &keeper, signal);
    }
}

/// Starts the run with its scratch folder in `folder`, kills it with all of its group as a terminal does it, once the
/// file `pids` names two processes, and holds that all is gone.
fn kill_in_the_middle(folder: &Path, mut run: Command, keeper: &Path, signal: &str) {
    let mut run =
        run.env("TMPDIR", folder).process_group(0).stdout(Stdio::null()).spawn().expect("it starts");
    let pids = || -> Vec<u32> {
        let text = std::fs::read_to_string(folder.join("pids")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    };
    soon("its program runs", || pids().len() == 2);
    let pids = pids();
    assert!(pids.iter().all(|process| alive(*process)), "{signal}");
    assert_eq!(scratch_folders(folder), 1);
    assert!(running(keeper), "the name by which it is known");
    let mut killed = vec![format!("-{}", run.id())];
    if signal == WITH_KEEPER {
        killed.extend(first_keepers(run.id()));
        assert!(killed.len() > 1, "the keeper is a child of the run");
    }
    let name = signal.split(' ').next().unwrap_or_default();
    let killed = Command::new("/bin/kill").args(["-s", name, "--"]).args(killed).status();
    assert!(killed.expect("kill").success(), "{signal}");
    assert!(!run.wait().expect("it ends").success(), "{signal}");
    soon(&format!("{signal}: no process"), || !pids.iter().any(|process| alive(*process)));
    soon(&format!("{signal}: no folder"), || scratch_folders(folder) == 0);
    soon(&format!("{signal}: no keeper"), || !running(keeper));
}

/// The command for a program that a terminal can interrupt, also where these tests run in the background or by `nohup`, which
/// let all that they start ignore it.
fn interruptible(program: &Path) -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    // Interrupt is signal 2, the second bit.
    if ignored & 0b10 == 0 {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/bin/env");
    command.arg("--default-signal=INT").arg(program);
    command
}

/// The numbers of the watchdogs that a run started itself.
fn first_keepers(run: u32) -> Vec<String> {
    let listed = Command::new("ps").args(["-eo", "pid=,ppid=,args="]).output().expect("ps");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let lines = listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let keepers = lines.filter(|words| words.get(1) == Some(&run.to_string().as_str()));
    let keepers = keepers.filter(|words| words.last() == Some(&"keep"));
    keepers.map(|words| words[0].to_owned()).collect()
}

#[test]
fn a_run_removes_what_dead_ones_left() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = |number: u32| folder.path().join(format!("nhilint-{number:032x}"));
    for number in 0..3 {
        std::fs::create_dir(place(number)).expect("a folder");
    }
    for number in [0, 1] {
        std::fs::write(place(number).join("lock"), "").expect("a file");
    }
    let alive = std::fs::File::open(place(1).join("lock")).expect("a file");
    alive.lock().expect("a lock");
    std::fs::create_dir(folder.path().join("chart")).expect("a folder");
    std::fs::write(folder.path().join("chart/Chart.yaml"), "apiVersion: v2\nname: a\nversion: 1.0.0\n")
        .expect("a file");
    write_program(folder.path(), "helm", "echo v3.22.0");
    let mut run = Command::new(env!("CARGO_BIN_EXE_nhilint"));
    run.args(["render", "chart", "--no-cache"]).current_dir(folder.path());
    let ended = run.env("PATH", folder.path()).env("TMPDIR", folder.path()).output().expect("it runs");
    let left = [0, 1, 2].map(|number| place(number).exists());
    assert_eq!(left, [false, true, true], "a run without a lock may just begin: {ended:?}");
    assert_eq!(scratch_folders(folder.path()), 2, "its own is gone, too");
}

fn scratch_folders(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("the folder").flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("nhilint-")).count()
}

/// Whether a process was started by this path.
fn running(program: &Path) -> bool {
    let program = program.display().to_string();
    let Ok(processes) = std::fs::read_dir("/proc") else {
        let listed = Command::new("ps").args(["-eo", "args="]).output().expect("ps");
        return String::from_utf8_lossy(&listed.stdout).contains(&program);
    };
    let lines = processes.flatten().filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).starts_with(&program))
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().expect("it is there").permissions().mode() & 0o777
}
