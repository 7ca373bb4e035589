//! Child processes: what they get, what they may do, and that nothing of them is left.
//!
//! The programs are scripts of our own that behave badly in one way each.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nhilint::finding::Engine;
use nhilint::render::child::{Cache, Cause, Failure, Limits, Output, Program, Programs, Runner, Scratch};

/// A folder with a program `helm` in it.
struct Fake {
    folder: tempfile::TempDir,
    program: Program,
}

/// A script for `/bin/sh`, which finds no other program but by its whole path.
fn fake(script: &str) -> Fake {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = write_program(folder.path(), "helm", script);
    let program = Program::at(Engine::Helm, path).expect("a program that can be run");
    Fake { folder, program }
}

/// Writes a script that can be run.
pub(crate) fn write_program(folder: &Path, name: &str, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let (path, text) = (folder.join(name), folder.join(format!("{name}.text")));
    std::fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&text, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    copy(&text, &path);
    path
}

/// Copies a program by another process: what this one has open for writing, a child of a parallel test holds open too as
/// long as it has not become its program, and a file that is open for writing cannot be run.
pub(crate) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("/bin/cp").arg("-p").arg(from).arg(to).status();
    assert!(copied.expect("cp").success());
}

fn limits() -> Limits {
    Limits { wall: Duration::from_secs(20), output: 1 << 20, ..Limits::default() }
}

impl Fake {
    fn run(&self, limits: Limits) -> Result<Output, Failure> {
        let scratch = Scratch::new(None);
        let folder = self.folder.path().canonicalize().expect("it is there");
        Runner::new(&scratch, limits).run(&self.program, &["one", "two three"], &folder)
    }

    /// Processes that the script named in the file `pids`.
    fn started(&self) -> Vec<u32> {
        let text = std::fs::read_to_string(self.folder.path().join("pids")).expect("the script wrote it");
        text.lines().map(|line| line.parse().expect("a number")).collect()
    }
}

/// Whether the process runs; one that nobody has waited for yet does not.
pub(crate) fn alive(process: u32) -> bool {
    let state = if Path::new("/proc/self").exists() {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().unwrap_or_default().to_owned()
    } else {
        let shown = Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output();
        String::from_utf8_lossy(&shown.expect("ps").stdout).into_owned()
    };
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// Waits until it is so, as what was killed takes a moment to be gone.
pub(crate) fn soon(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_a_program_says_is_handed_on() {
    let script = r#"echo "$#" "$1" "$2"; pwd; printf '\033[31mno\n' >&2; exit 3"#;
    let fake = fake(script);
    let ended = fake.run(limits()).expect("it runs");
    let folder = fake.folder.path().canonicalize().expect("it is there");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), format!("2 one two three\n{}\n", folder.display()));
    assert_eq!((ended.stderr.as_str(), ended.code, ended.success()), ("no\n", 3, false));
    assert!(ended.wall < Duration::from_secs(20));
}

#[test]
fn much_output_on_both_sides_is_read_at_once() {
    // Each more than a pipe holds: who reads one after the other would wait for ever.
    let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789012345678;\
                  echo 0123456789012345678901234567890123456789012345678 >&2; i=$((i+1)); done";
    let ended = fake(script).run(limits()).expect("within limits");
    assert_eq!((ended.stdout.len(), ended.success()), (150_000, true));
    assert!(ended.stderr.len() < 70_000, "kept for people: {}", ended.stderr.len());
}

#[test]
fn a_program_that_loops_is_ended_with_all_it_started() {
    let script = "trap '' TERM INT HUP\n\
                  (trap '' TERM INT HUP; while :; do :; done) &\n\
                  echo $! >>pids; echo $$ >>pids; while :; do :; done";
    let fake = fake(script);
    let wall = Duration::from_secs(1);
    let begun = Instant::now();
    let failure = fake.run(Limits { wall, ..limits() }).expect_err("it never ends");
    assert_eq!(failure, Failure { program: "helm", cause: Cause::TimedOut(wall) });
    assert_eq!(failure.to_string(), "`helm` did not end within 1 s");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    let started = fake.started();
    assert_eq!(started.len(), 2);
    soon("both are gone", || !started.iter().any(|process| alive(*process)));
}

#[test]
fn a_program_that_closes_its_output_and_goes_on_is_ended() {
    let fake = fake("exec >&- 2>&-; echo $$ >>pids; while :; do :; done");
    let failure = fake.run(Limits { wall: Duration::from_secs(1), ..limits() }).expect_err("it never ends");
    assert!(matches!(failure.cause, Cause::TimedOut(_)), "{failure}");
    soon("it is gone", || !fake.started().iter().any(|process| alive(*process)));
}

#[test]
fn what_a_program_leaves_running_goes_with_it() {
    // The loop holds the output open: the run must neither wait for it nor lose what was said.
    let fake = fake("(while :; do :; done) & echo $! >>pids; echo said");
    let ended = fake.run(limits()).expect("it ends well");
    assert_eq!((ended.stdout.as_slice(), ended.code), (&b"said\n"[..], 0));
    assert!(ended.wall < Duration::from_secs(10));
    soon("it is gone", || !fake.started().iter().any(|process| alive(*process)));
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_may_not_be_whole_is_none() {
    // Out of its group, it outlives the child and may yet write.
    let fake = fake("/usr/bin/setsid /bin/sleep 5 & /bin/sleep 0.5; echo said");
    let failure = fake.run(limits()).expect_err("nobody knows whether that was all");
    assert_eq!(failure, Failure { program: "helm", cause: Cause::LeftOpen });
}

#[test]
fn a_program_that_writes_without_end_is_ended() {
    for script in ["while :; do echo yes yes yes yes yes yes yes yes; done", "exec /usr/bin/yes >&2"] {
        let begun = Instant::now();
        let failure = fake(script).run(limits()).expect_err("it never ends");
        assert_eq!(failure, Failure { program: "helm", cause: Cause::TooMuchOutput(1 << 20) }, "{script}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{script}: {:?}", begun.elapsed());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_eats_memory_ends() {
    // It doubles what it has: without a limit it takes all there is before the time is over.
    let fake = fake("x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done");
    let ended = fake.run(Limits { memory: 256 << 20, ..limits() });
    match ended {
        Ok(output) => assert!(!output.success() && !output.stderr.is_empty(), "{output:?}"),
        // Shells differ in what they make of it.
        Err(failure) => assert!(!matches!(failure.cause, Cause::TimedOut(_)), "{failure}"),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_limits_are_the_systems() {
    let limit = Limits { memory: 1 << 30, output: 3 << 20, ..limits() };
    // By the time that the shell has read its first line they stand.
    let ended =
        fake("/bin/sleep 0.2; ulimit -v; ulimit -f; ulimit -c; ulimit -t").run(limit).expect("it runs");
    let said = String::from_utf8(ended.stdout).expect("numbers");
    let [memory, file, core, processor] = said.lines().collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert_eq!((memory, file, core), ("1048576", "6144", "0"));
    assert!(processor.parse::<u64>().is_ok_and(|seconds| seconds >= 42), "{processor}");
}

#[test]
fn a_child_has_no_environment_but_ours() {
    let script = "/usr/bin/env | /usr/bin/sort; /bin/cat; type git ssh curl cat >&2";
    let ended = fake(script).run(limits()).expect("it runs");
    // The shell sets some by itself.
    let own = |line: &&str| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name));
    let said = String::from_utf8(ended.stdout).expect("text");
    let home = said.lines().find_map(|line| line.strip_prefix("HOME=")).expect("a home");
    let scratch = home.strip_suffix("/home").expect("in the scratch folder").to_owned();
    assert!(!Path::new(&scratch).exists(), "it went with the run");
    let said: String = said.lines().filter(own).fold(String::new(), |all, line| all + line + "\n");
    insta::assert_snapshot!(said.replace(&scratch, "SCRATCH"));
    assert_eq!(ended.stderr.matches("not found").count(), 4, "{}", ended.stderr);
}

#[test]
fn a_child_that_may_fetch_gets_the_way_out_and_no_credentials() {
    let ended = fake("/usr/bin/env").run(Limits { allow_network: true, ..limits() }).expect("it runs");
    let said = String::from_utf8(ended.stdout).expect("text");
    let path = format!("PATH={}", std::env::var("PATH").expect("a path"));
    assert!(said.lines().any(|line| line == path), "{said}");
    assert!(!said.contains("127.0.0.1:9") && !said.contains("GIT_ALLOW_PROTOCOL"), "{said}");
    assert!(!said.contains(&format!("HOME={}\n", std::env::var("HOME").expect("a home"))), "{said}");
}

#[test]
fn what_cannot_be_started_says_why() {
    let gone = fake("exit 0");
    std::fs::remove_file(gone.folder.path().join("helm")).expect("it was there");
    let failure = gone.run(limits()).expect_err("it is gone");
    assert!(failure.to_string().starts_with("`helm` cannot be started: No such file"), "{failure}");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = folder.path().join("helm");
    assert!(Program::at(Engine::Helm, text.clone()).is_none(), "missing");
    std::fs::write(&text, "#!/bin/sh\n").expect("a file");
    assert!(Program::at(Engine::Helm, text).is_none(), "not a program");
    std::fs::create_dir(folder.path().join("kustomize")).expect("a folder");
    assert!(Program::at(Engine::Kustomize, folder.path().join("kustomize")).is_none(), "a folder");
}

#[test]
fn a_panic_is_told_from_a_complaint() {
    let panicked = "printf 'panic: boom\\n\\ngoroutine 1 [running]:\\n' >&2; exit 2";
    assert!(fake(panicked).run(limits()).expect("it runs").panicked());
    assert!(!fake("echo 'Error: no panic: here' >&2; exit 1").run(limits()).expect("it runs").panicked());
    let full = fake("echo 'Error: write /x: no space left on device' >&2; exit 1").run(limits());
    assert_eq!(
        full.expect_err("not the input's").to_string(),
        "`helm` could not do its work: no space left on device"
    );
    let signal = fake("kill -SEGV $$").run(limits()).expect_err("it is killed");
    assert_eq!(signal, Failure { program: "helm", cause: Cause::Killed(Some(11)) });
    let kernel = fake("kill -KILL $$").run(limits()).expect_err("it is killed");
    assert_eq!(kernel, Failure { program: "helm", cause: Cause::OutOfMemory });
}

#[test]
fn programs_are_found_in_the_order_of_the_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = |name: &str| {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).expect("a folder");
        place
    };
    let (first, second) = (place("first"), place("second"));
    write_program(&first, "kubectl", "");
    write_program(&second, "kustomize", "");
    write_program(&second, "helm", "");
    std::fs::write(first.join("helm"), "no program").expect("a file");
    let path = |places: &[&Path]| std::env::join_paths(places).expect("no colon in them");
    let found = Programs::find(Some(&path(&[&first, &second])));
    assert_eq!(found.helm.expect("helm").path, second.join("helm"));
    let kustomize = found.kustomize.expect("kustomize");
    assert_eq!((kustomize.engine, kustomize.verb()), (Engine::Kustomize, "build"));
    let kubectl = Programs::find(Some(&path(&[&first]))).kustomize.expect("kubectl");
    assert_eq!((kubectl.engine, kubectl.verb()), (Engine::Kubectl, "kustomize"));
    assert!(Programs::find(None).helm.is_none());
    // What is linted could put a program into the working directory.
    let here = Program::find(Engine::Kubectl, &path(&[Path::new("."), Path::new("src"), Path::new("")]));
    assert!(here.is_none(), "{here:?}");
}

#[test]
fn a_version_is_asked_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("asked");
    let path =
        write_program(folder.path(), "kustomize", &format!("echo asked >>{}; echo v5.8.2", log.display()));
    let asked = || std::fs::read_to_string(&log).map_or(0, |log| log.lines().count());
    let version = |cache: &Cache| {
        let scratch = Scratch::new(None);
        let program = Program::at(Engine::Kustomize, path.clone()).expect("a program");
        let runner = Runner::new(&scratch, limits());
        let version = program.version(&runner, cache).expect("a version").to_owned();
        assert_eq!(program.version(&runner, cache).expect("known"), version);
        version
    };
    let cache = Cache::at(folder.path().join("cache"));
    assert_eq!((version(&cache), version(&cache), asked()), ("v5.8.2".to_owned(), "v5.8.2".to_owned(), 1));
    version(&Cache::none());
    assert_eq!(asked(), 2);
    // Another build at the same place is asked again.
    write_program(folder.path(), "kustomize", &format!("echo asked >>{}; echo v5.9.0  ", log.display()));
    assert_eq!((version(&cache), asked()), ("v5.9.0".to_owned(), 3));

    let launcher = fake("echo no settings >&2; exit 1");
    let scratch = Scratch::new(None);
    let failure = launcher.program.version(&Runner::new(&scratch, limits()), &cache).expect_err("none");
    let path = launcher.program.path.display();
    assert_eq!(
        failure.to_string(),
        format!(
            "`helm` cannot be started: `{path}` does not say its version (`no settings`): it is a launcher that needs \
             the user's environment; put the program itself on the PATH"
        )
    );
}
