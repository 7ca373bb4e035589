//! The program as a job starts it: exit codes, what is printed, and what a proxy sees.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::bench::{finding, numbered, report};
use super::fake::{Fake, HEAD, TOKEN};
use crate::cli::{no_cache_of_the_user, run, scratch};

fn program(here: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nhilint"));
    command.current_dir(here).envs(no_cache_of_the_user()).env("GITHUB_REPOSITORY", "acme/shop");
    for name in ["GITHUB_TOKEN", "GITHUB_API_URL", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "GITLAB_TOKEN"]
    {
        command.env_remove(name);
    }
    command.env("GITHUB_EVENT_PATH", here.join("event.json"));
    command
}

/// The exit code and both outputs; the token is in none of them.
fn done(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (out, error) = (text(stdout), text(stderr));
    assert!(!out.contains(TOKEN) && !error.contains(TOKEN), "{out}{error}");
    (status.code(), out, error)
}

fn event() -> String {
    json!({"pull_request": {"number": 7, "head": {"sha": HEAD}}}).to_string()
}

fn folder(findings: &[Value]) -> tempfile::TempDir {
    scratch(&[
        ("report.json", &report(findings).to_string()),
        ("event.json", &event()),
        ("run.json", &json!({"workflow_run": {"event": "pull_request", "head_sha": HEAD}}).to_string()),
        ("push.json", &json!({"after": HEAD}).to_string()),
        ("number", "7\n"),
        ("a.yaml", &numbered(20)),
    ])
}

#[test]
fn a_job_comments_and_exits_with_0() {
    let here = folder(&[finding("aa", 3)]);
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(20));
    let annotate = |flags: &[&str]| {
        let mut command = program(here.path());
        command.args(["annotate", "--host", "github", "--report", "report.json"]).args(flags);
        command.env("GITHUB_API_URL", &fake.url).env("GITHUB_TOKEN", TOKEN);
        command
    };
    let (code, out, error) = done(&mut annotate(&[]));
    assert_eq!((code, out.as_str()), (Some(0), ""));
    assert_eq!(error, "1 comment added, 0 edited, 0 removed\nthe summary was added\n");
    assert_eq!(fake.bodies().len(), 1);
    let asked = fake.state().asked.clone();
    assert!(
        asked.iter().all(|asked| asked.token == format!("Bearer {TOKEN}") && !asked.path.contains(TOKEN))
    );

    // Of another workflow only with a flag, and of a push nothing.
    let of =
        |event: &str, flags: &[&str]| done(annotate(flags).env("GITHUB_EVENT_PATH", here.path().join(event)));
    let (code, _, error) = of("run.json", &[]);
    assert!(code == Some(2) && error.contains("--untrusted"), "{error}");
    let (code, _, error) = of("run.json", &["--untrusted", "--pull-request", "number"]);
    assert_eq!(
        (code, error.as_str()),
        (Some(0), "0 comments added, 1 edited, 0 removed\nthe summary was edited\n")
    );
    assert_eq!(of("run.json", &["--untrusted"]).0, Some(2), "without a number");
    assert_eq!(of("run.json", &["--untrusted", "--pull-request", "a.yaml"]).0, Some(2), "no number");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(here.path().join("a.yaml"), here.path().join("link")).expect("a link");
        let flags = ["--untrusted", "--pull-request", "number", "--diff", "link"];
        let (code, _, error) = of("run.json", &flags);
        assert!(code == Some(2) && error.contains("`link` is no ordinary file"), "{error}");
    }
    let (code, _, error) = of("push.json", &[]);
    assert_eq!((code, error.as_str()), (Some(0), "nothing was written: this run is about no pull request\n"));
}

#[test]
fn without_a_token_findings_are_annotations_and_a_summary_of_the_step() {
    let here = folder(&[finding("aa", 3)]);
    let summary = here.path().join("summary.md");
    let mut command = program(here.path());
    command.args(["annotate", "--report", "report.json"]);
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let (code, out, error) = done(&mut command);
    assert!(code == Some(0) && out.starts_with("::error file=a.yaml,line=3,"), "{out}{error}");
    assert!(error.starts_with("GITHUB_TOKEN is not set; "), "{error}");
    let text = std::fs::read_to_string(summary).expect("it was written");
    assert!(text.starts_with("## nhilint: 1 error\n"), "{text}");
}

#[test]
fn misuse_exits_with_2_and_says_what_to_do() {
    let here = folder(&[]);
    std::fs::write(here.path().join("text"), "no report").expect("a file");
    for (flags, variable, words) in [
        (&["--report", "missing.json", "--host", "github"][..], ("A", "b"), "cannot read `missing.json`"),
        (
            &["--report", "text", "--host", "github"],
            ("A", "b"),
            "write it with `nhilint check --output report.json`",
        ),
        (&["--report", "report.json"], ("A", "b"), "say with --host"),
        (
            &["--report", "report.json", "--host", "gitlab"],
            ("CI_MERGE_REQUEST_IID", "x"),
            "CI_PROJECT_ID is not set",
        ),
        (
            &["--report", "report.json", "--host", "github"],
            ("GITHUB_API_URL", "http://api.example"),
            "over https only",
        ),
        (
            &["--report", "report.json", "--host", "github"],
            ("GITHUB_REPOSITORY", "a/../b"),
            "no `owner/name`",
        ),
        (
            &["--report", "report.json", "--host", "github", "--diff", "report.json"],
            ("A", "b"),
            "it is no diff",
        ),
    ] {
        let mut command = program(here.path());
        command.arg("annotate").args(flags).env("GITHUB_TOKEN", TOKEN).env(variable.0, variable.1);
        let (code, _, error) = done(&mut command);
        assert!(code == Some(2) && error.contains(words), "{flags:?}: {error}");
    }
}

#[test]
fn a_proxy_is_asked_and_sees_no_token() {
    let here = folder(&[finding("aa", 3)]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("its address"));
    let seen = std::thread::spawn(move || {
        let mut seen = String::new();
        for stream in listener.incoming().flatten().take(3) {
            let mut stream = stream;
            let (mut head, mut bytes) = (Vec::new(), [0; 4096]);
            // The head of a request comes in several pieces.
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read(&mut bytes) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => head.extend_from_slice(&bytes[..length]),
                }
            }
            seen.push_str(&String::from_utf8_lossy(&head));
            let _ = stream.write_all(b"HTTP/1.1 502 no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        seen
    });
    let mut command = program(here.path());
    for name in ["ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    command.args(["annotate", "--host", "github", "--report", "report.json"]);
    command
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_API_URL", "https://api.invalid")
        .env("HTTPS_PROXY", &proxy);
    let (code, out, error) = done(&mut command);
    assert!(code == Some(0) && out.starts_with("::error file=a.yaml,"), "{out}{error}");
    let seen = seen.join().expect("it ends");
    assert!(seen.starts_with("CONNECT api.invalid:443 ") && !seen.contains(TOKEN), "{seen}");
}

#[test]
fn a_note_on_a_merge_request_is_kept_up_to_date() {
    let here = folder(&[finding("aa", 3)]);
    let fake = Fake::start();
    let annotate = |report: &str| {
        let mut command = program(here.path());
        command.args(["annotate", "--report", report]).env("GITLAB_CI", "true").env("GITLAB_TOKEN", TOKEN);
        command.env("CI_API_V4_URL", format!("{}/api/v4", fake.url)).env("CI_PROJECT_ID", "5");
        command.env("CI_MERGE_REQUEST_IID", "3").env("CI_COMMIT_SHA", HEAD);
        done(&mut command)
    };
    let talk = json!({"id": 9, "body": "x\n<!-- nhilint:v1 summary -->", "author": {"id": 7}});
    fake.state().issue_comments.push(talk.clone());
    assert_eq!(annotate("report.json"), (Some(0), String::new(), "the summary was added\n".to_owned()));
    fake.state().issue_comments.remove(0);
    assert!(fake.summary().starts_with("## nhilint: 1 error\n"), "{}", fake.summary());
    assert_eq!(annotate("report.json").2, "the summary is up to date\n");
    std::fs::write(here.path().join("clean.json"), report(&[]).to_string()).expect("a file");
    assert_eq!(annotate("clean.json").2, "the summary was edited\n");
    assert!(fake.summary().starts_with("## nhilint: no findings\n"));
    assert!(fake.state().asked.iter().all(|asked| asked.token == TOKEN));
}

const CHANGE: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: purge
  namespace: shop
  annotations: {nhilint.dev/owner: team-shop}
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      ttlSecondsAfterFinished: 60
      activeDeadlineSeconds: 600
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: purge
              image: registry.acme.example/purge@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
";

#[test]
fn suggestions_taken_over_by_hand_make_the_run_clean() {
    let here = scratch(&[("a.yaml", CHANGE), ("event.json", &event())]);
    let check =
        |flags: &[&str]| run(here.path(), &[&["check", "a.yaml", "--fail-on", "info"], flags].concat());
    let (code, ..) = check(&["--output", "report.json"]);
    assert_eq!(code, Some(1));
    let fake = Fake::start();
    fake.add_file("a.yaml", CHANGE);
    let mut command = program(here.path());
    command.args(["annotate", "--host", "github", "--report", "report.json"]);
    command.env("GITHUB_API_URL", &fake.url).env("GITHUB_TOKEN", TOKEN);
    assert_eq!(done(&mut command).0, Some(0));
    let comments = fake.state().comments.clone();
    assert!(!comments.is_empty());
    let mut lines: Vec<String> = CHANGE.lines().map(str::to_owned).collect();
    // From below, so that lines keep their numbers.
    let mut suggested: Vec<(usize, usize, String)> = comments.iter().filter_map(suggestion).collect();
    suggested.sort();
    for (first, last, text) in suggested.into_iter().rev() {
        lines.splice(first - 1..last, text.lines().map(str::to_owned));
    }
    std::fs::write(here.path().join("a.yaml"), lines.join("\n") + "\n").expect("a file");
    let (code, out, error) = check(&[]);
    assert_eq!(code, Some(0), "{out}{error}\n{}\n{comments:#?}", lines.join("\n"));
}

/// The lines that a comment stands on, and what it suggests for them.
fn suggestion(comment: &Value) -> Option<(usize, usize, String)> {
    let (_, after) = comment["body"].as_str()?.split_once("```suggestion\n")?;
    let (text, _) = after.split_once("```\n")?;
    let line = comment["line"].as_u64()? as usize;
    let first = comment["start_line"].as_u64().map_or(line, |first| first as usize);
    Some((first, line, text.to_owned()))
}
