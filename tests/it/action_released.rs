//! The GitHub Action in a closed network: programs come from a mirror, by the checksums that the action holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use sha2::{Digest as _, Sha256};

use crate::action::{Outcome, Runner};

const PROGRAM: &str = "#!/bin/sh\necho \"nhilint 0.0.0\"\n";

/// What Rust and the archives of helm call this machine; none where the action has no archive for it.
fn platform() -> Option<(&'static str, &'static str)> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some(("x86_64-unknown-linux-musl", "linux-amd64")),
        ("linux", "aarch64") => Some(("aarch64-unknown-linux-musl", "linux-arm64")),
        ("macos", "x86_64") => Some(("x86_64-apple-darwin", "darwin-amd64")),
        ("macos", "aarch64") => Some(("aarch64-apple-darwin", "darwin-arm64")),
        _ => None,
    }
}

fn archive(path: &str) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let mut header = tar::Header::new_gnu();
    header.set_size(PROGRAM.len() as u64);
    header.set_mode(0o755);
    tar.append_data(&mut header, path, PROGRAM.as_bytes()).expect("memory takes it");
    tar.into_inner().and_then(flate2::write::GzEncoder::finish).expect("memory takes it")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Serves files by name, for as long as the tests run, and returns its address.
fn mirror(files: BTreeMap<String, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let name = request.split(' ').nth(1).unwrap_or_default().trim_start_matches("/nhi/");
            let (status, body) = files.get(name).map_or(("404 Not Found", &[][..]), |body| ("200 OK", body));
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    format!("http://{address}/nhi/")
}

/// The archive of nhilint, its name, and the line of `checksums.txt` with a checksum.
fn release(target: &str) -> (String, Vec<u8>) {
    (format!("nhilint-v{}-{target}.tar.gz", env!("CARGO_PKG_VERSION")), archive("nhilint"))
}

/// A run of the step `find` where nothing is installed but what a shell has, with a mirror.
fn find(runner: &Runner, mirror: &str, renderers: &str) -> Outcome {
    let path = format!("{}:/usr/bin:/bin", runner.path("programs").display());
    runner.run("find", &path, &[("INPUT_MIRROR", mirror), ("INPUT_INSTALL_RENDERERS", renderers)])
}

#[test]
fn the_released_one_comes_from_the_mirror_by_its_checksum() {
    let Some((target, _)) = platform() else { return };
    let (name, bytes) = release(target);
    let runner = Runner::new();
    runner.program("cargo", "#!/bin/sh\n: >\"$RECORD\"\nexit 1\n");
    let line = format!("{}  other.tar.gz\n{}  {name}\n", "0".repeat(64), sha256(&bytes));
    runner.write("action/.github/action/checksums.txt", &line);
    let address = mirror(BTreeMap::from([(name, bytes)]));
    let found = find(&runner, &address, "false");
    let binary = runner.path("temp/nhilint/nhilint");
    let ends = format!("\nbinary={}\n", binary.display());
    assert!(found.code == 0 && found.outputs.ends_with(&ends), "{}{}", found.log, found.outputs);
    assert!(!runner.path("record").exists(), "cargo was called");
    assert_eq!(std::fs::read(binary).expect("it is there"), PROGRAM.as_bytes());
}

/// Not even by building: somebody may be in between.
#[test]
fn another_checksum_ends_the_run() {
    let Some((target, _)) = platform() else { return };
    let (name, bytes) = release(target);
    let runner = Runner::new();
    runner.program("cargo", "#!/bin/sh\n: >\"$RECORD\"\nexit 1\n");
    runner.write("action/.github/action/checksums.txt", &format!("{}  {name}\n", "0".repeat(64)));
    let address = mirror(BTreeMap::from([(name, bytes)]));
    let found = find(&runner, &address, "false");
    assert_eq!((found.code, found.outputs.as_str()), (2, ""));
    assert!(found.log.contains("it was not used") && !runner.path("record").exists(), "{}", found.log);
    assert!(!runner.path("temp/nhilint/nhilint").exists());
}

/// The checksums are those of another version after the version was raised, and the mirror may lag behind.
#[test]
fn what_is_not_released_or_not_mirrored_is_built() {
    let Some((target, _)) = platform() else { return };
    let (name, bytes) = release(target);
    for (listed, warned) in [(name.replace(env!("CARGO_PKG_VERSION"), "0.0.1"), false), (name, true)] {
        let runner = Runner::new();
        runner.program("cargo", "#!/bin/sh\n: >\"$RECORD\"\nexit 1\n");
        runner.write("action/.github/action/checksums.txt", &format!("{}  {listed}\n", sha256(&bytes)));
        let found = find(&runner, &mirror(BTreeMap::new()), "false");
        assert!(found.code == 2 && found.log.contains("building nhilint failed"), "{}", found.log);
        assert!(runner.path("record").exists(), "cargo was not called");
        assert_eq!(found.log.contains("cannot be fetched, so nhilint is built"), warned, "{}", found.log);
    }
}

/// What is on the `PATH` stays, and what is fetched stands behind it.
#[test]
fn programs_that_render_come_from_the_mirror_where_they_are_missing() {
    let Some((_, system)) = platform() else { return };
    if ["/usr/bin/helm", "/bin/helm"].iter().any(|path| std::path::Path::new(path).exists()) {
        return;
    }
    let runner = Runner::new();
    runner.program("nhilint", PROGRAM);
    runner.program("kustomize", PROGRAM);
    let name = format!("helm-v1.2.3-{system}.tar.gz");
    let bytes = archive(&format!("{system}/helm"));
    let list = format!("{}  https://helm.example/{name}\n", sha256(&bytes));
    runner.write("action/.github/action/programs.txt", &list);
    let found = find(&runner, &mirror(BTreeMap::from([(name, bytes)])), "true");
    assert_eq!(found.code, 0, "{}", found.log);
    assert!(runner.path("temp/nhilint/helm").exists() && !runner.path("temp/nhilint/kustomize").exists());
    let path = found.outputs.lines().next().expect("the path comes first");
    assert!(path.ends_with(&format!(":{}", runner.path("temp/nhilint").display())), "{path}");

    let runner = Runner::new();
    runner.program("nhilint", PROGRAM);
    runner.program("kustomize", PROGRAM);
    let found = find(&runner, "", "true");
    assert_eq!(found.code, 0, "{}", found.log);
    assert!(found.log.contains("::warning title=nhilint::helm is not on the PATH"), "{}", found.log);
}

/// Checksums are those of versions that are named in each address, one for each system.
#[test]
fn every_program_is_listed_with_a_checksum() {
    let list = std::fs::read_to_string(".github/action/programs.txt").expect("the list of programs");
    let mut names = std::collections::BTreeSet::new();
    for line in list.lines() {
        let (sum, address) = line.split_once("  ").expect("two columns");
        assert!(sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
        assert!(address.starts_with("https://") && names.insert(address), "{line}");
    }
    assert_eq!(names.len(), 7);
}

/// Says what each command of nhilint was called with; `OLD` is how it answers `diff --help` and `annotate --help`.
const FAKE: &str = r#"#!/bin/sh
echo "$1 token=${GITHUB_TOKEN:-}${INPUT_TOKEN:-}" >>"$RECORD"
if [ "$2" = --help ]; then exit "$OLD"; fi
for argument in "$@"; do
  case $argument in
    --output=json=*) echo '{}' >"${argument#--output=json=}" ;;
    --format=json) printf '{\n  "version": 1,\n  "verdict": "%s"\n}\n' "$SAY" ;;
    --format=markdown) echo '## diff' ;;
    --format=text | --format=github) echo "$argument" ;;
    --report=*) if [ -f "${argument#--report=}" ]; then echo "::error::annotated"; fi ;;
    --diff=*) echo "with the diff" ;;
  esac
done
if [ "$1" != annotate ]; then exit 1; fi
"#;

/// A check of a pull request: its outcome, its summary, and the commands of nhilint that were run.
fn pull_request(variables: &[(&str, &str)]) -> (Outcome, String, String) {
    let runner = Runner::new();
    runner.program("nhilint", FAKE);
    runner.write("summary.md", "");
    let summary = runner.path("summary.md").display().to_string();
    let all = [
        &[
            ("GITHUB_STEP_SUMMARY", &*summary),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("INPUT_TOKEN", "secret"),
            ("OLD", "0"),
        ],
        variables,
    ]
    .concat();
    let outcome = runner.run("check", "/usr/bin:/bin", &all);
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap_or_default();
    let record = read(&runner.path("record"));
    (outcome, read(summary.as_ref()), record)
}

const BASE: (&str, &str) = ("BASE_SHA", "0123456789012345678901234567890123456789");

/// `nhilint diff` is asked where there is a base, and only words that it has become an output.
#[test]
fn a_pull_request_has_a_verdict() {
    let on = ("INPUT_DIFF", "true");
    let ask = |variables: &[(&str, &str)]| {
        let (outcome, summary, _) = pull_request(variables);
        (outcome.outputs, summary)
    };
    let known = ("exit-code=1\nverdict=increased\n".to_owned(), "## diff\n".to_owned());
    assert_eq!(ask(&[on, BASE, ("SAY", "increased")]), known);
    let unknown = ("exit-code=1\nverdict=unknown\n".to_owned(), String::new());
    assert_eq!(ask(&[on, BASE, ("SAY", "better")]), unknown);
    let none = ("exit-code=1\n".to_owned(), String::new());
    for variables in [&[BASE][..], &[on], &[on, BASE, ("OLD", "2")]] {
        assert_eq!(ask(variables), none, "{variables:?}");
    }
}

/// Comments are written once, with the token, by the one command that needs it; else the lines are annotated.
#[test]
fn a_pull_request_has_comments_where_it_is_asked_for() {
    let (own, fork) = (("PULL_REQUEST_FROM", "acme/shop"), ("PULL_REQUEST_FROM", "stranger/shop"));
    for (annotate, from, old, comments) in [
        ("true", own, "0", true),
        ("true", fork, "0", true),
        ("auto", own, "0", true),
        ("auto", fork, "0", false),
        ("auto", ("PULL_REQUEST_FROM", ""), "0", false),
        ("true", ("PULL_REQUEST_FROM", ""), "0", false),
        ("false", own, "0", false),
        ("true", own, "2", false),
    ] {
        let asked = [
            ("INPUT_ANNOTATE", annotate),
            from,
            ("OLD", old),
            BASE,
            ("INPUT_DIFF", "true"),
            ("SAY", "equal"),
        ];
        let (outcome, _, record) = pull_request(&asked);
        assert_eq!(outcome.code, 1, "{asked:?}: {}", outcome.log);
        assert_eq!(outcome.log.contains("::error::annotated"), comments, "{asked:?}: {}", outcome.log);
        assert_eq!(outcome.log.contains("--format=github"), !comments, "{asked:?}: {}", outcome.log);
        assert_eq!(outcome.log.contains("with the diff"), comments, "{asked:?}: {}", outcome.log);
        let with_token: Vec<&str> = record.lines().filter(|line| line.ends_with("token=secret")).collect();
        assert_eq!(with_token, vec!["annotate token=secret"; usize::from(comments)], "{asked:?}: {record}");
    }
}
