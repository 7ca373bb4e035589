//! What is on the pull request after the first push, and after others.

use serde_json::{Value, json};

use super::bench::{Run, finding, mendable, numbered};
use super::fake::Fake;

const NEXT: &str = "89abcdef0123456789abcdef0123456789abcdef";

fn fake() -> Fake {
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(20));
    fake
}

/// The push of another commit, after which comments stand on other lines, or on none.
fn push(fake: &Fake, lines: &[Option<u64>]) {
    let mut state = fake.state();
    NEXT.clone_into(&mut state.head);
    for (comment, line) in state.comments.iter_mut().zip(lines) {
        comment["line"] = (*line).into();
        comment["start_line"] = Value::Null;
    }
}

#[test]
fn the_first_push_gets_one_review_and_a_summary() {
    let fake = fake();
    let elsewhere = {
        let mut finding = finding("other", 3);
        finding["location"]["file"] = "b.yaml".into();
        finding
    };
    let run = Run {
        diff: Some(r#"{"verdict": "increased", "rows": [{"identity": "shop/purge", "after": "T0"}]}"#),
        ..Run::of(&[
            mendable("aa", 3, (3, 4), "line 3\nline 4\n", "LINE 3\nLINE 4\nmore\n"),
            finding("bb", 9),
            elsewhere,
        ])
    };
    assert_eq!(
        run.writes_on(&fake),
        ["POST /repos/acme/shop/pulls/7/reviews", "POST /repos/acme/shop/issues/7/comments"]
    );
    let comments = fake.state().comments.clone();
    let place =
        |comment: &Value| json!([comment["path"], comment["start_line"], comment["line"], comment["side"]]);
    assert_eq!(
        comments.iter().map(place).collect::<Vec<_>>(),
        [json!(["a.yaml", 3, 4, "RIGHT"]), json!(["a.yaml", null, 9, "RIGHT"])]
    );
    let bodies = fake.bodies();
    assert!(bodies[0].contains("\n```suggestion\nLINE 3\nLINE 4\nmore\n```\n"), "{}", bodies[0]);
    assert!(bodies[0].contains("It may change what runs or what is granted."));
    assert!(bodies[0].ends_with("\n<!-- nhilint:v1 fp=aa -->") && bodies[1].ends_with("fp=bb -->"));
    assert!(
        bodies[1].contains("Job shop/bb: runs as the `default` account.\n\nGive it an account of its own.\n")
    );
    let summary = fake.summary();
    for part in [
        "## nhilint: 3 errors\n",
        "- Judged at `0123456789`: 3 objects in 2 files, 1 identity.\n",
        "- Findings: 2 on lines of the change, 1 elsewhere.\n",
        "**Privilege increased**",
        "| `shop/purge` | `T0` |",
        "`b.yaml:3`",
    ] {
        assert!(summary.contains(part), "{part}\n{summary}");
    }
    assert!(summary.ends_with("<!-- nhilint:v1 summary -->"));
    assert_eq!(run.writes_on(&fake), [""; 0], "the same again");
}

#[test]
fn a_second_push_removes_what_is_mended_and_leaves_what_moved() {
    let fake = fake();
    Run::of(&[finding("aa", 3), finding("bb", 9)]).writes_on(&fake);
    push(&fake, &[None, Some(11)]);
    let second = Run { head: NEXT, ..Run::of(&[finding("bb", 11)]) };
    assert_eq!(
        second.writes_on(&fake),
        ["DELETE /repos/acme/shop/pulls/comments/1", "PATCH /repos/acme/shop/issues/comments/3"]
    );
    assert_eq!(fake.bodies().len(), 1);
    assert!(fake.bodies()[0].ends_with("fp=bb -->"));
    assert!(fake.summary().starts_with("## nhilint: 1 error\n"));
    let clean = Run { head: NEXT, ..Run::of(&[]) };
    clean.writes_on(&fake);
    assert!(fake.bodies().is_empty() && fake.summary().starts_with("## nhilint: no findings\n"));
}

#[test]
fn a_force_push_posts_nothing_twice_and_takes_suggestions_from_outdated_comments() {
    let fake = fake();
    let finding = mendable("aa", 3, (3, 3), "line 3\n", "LINE 3\n");
    Run::of(std::slice::from_ref(&finding)).writes_on(&fake);
    assert!(fake.bodies()[0].contains("```suggestion"));
    push(&fake, &[None]);
    let second = Run { head: NEXT, ..Run::of(&[finding]) };
    assert_eq!(
        second.writes_on(&fake),
        ["PATCH /repos/acme/shop/pulls/comments/1", "PATCH /repos/acme/shop/issues/comments/2"]
    );
    let body = &fake.bodies()[0];
    assert!(
        !body.contains("```suggestion") && body.contains("```diff") && body.ends_with("fp=aa -->"),
        "{body}"
    );
    assert_eq!(second.writes_on(&fake), [""; 0]);
}

#[test]
fn a_suggestion_stays_only_on_the_lines_it_replaces() {
    let fake = fake();
    Run::of(&[mendable("aa", 3, (3, 3), "line 3\n", "LINE 3\n")]).writes_on(&fake);
    // The fix replaces two lines now, and the comment stands on one.
    let wider = Run::of(&[mendable("aa", 3, (3, 4), "line 3\nline 4\n", "LINE\n")]);
    assert_eq!(wider.writes_on(&fake), ["PATCH /repos/acme/shop/pulls/comments/1"]);
    assert!(!fake.bodies()[0].contains("```suggestion"));
}

#[test]
fn a_thread_that_somebody_resolved_or_answered_is_not_opened_again() {
    let fake = fake();
    Run::of(&[finding("aa", 3), finding("bb", 9)]).writes_on(&fake);
    {
        let mut state = fake.state();
        // GitHub gives no line for what is resolved on older lines, and does not say that it is.
        state.comments[0]["line"] = Value::Null;
        let answer =
            json!({"id": 90, "body": "no", "user": {"login": "ann"}, "line": 9, "in_reply_to_id": 2});
        state.comments.push(answer);
    }
    assert_eq!(Run::of(&[finding("aa", 3), finding("bb", 9)]).writes_on(&fake), [""; 0]);
    // What somebody answered is closed in words, and opened again if it comes back.
    let gone = Run::of(&[finding("aa", 3)]);
    assert_eq!(gone.writes_on(&fake)[0], "PATCH /repos/acme/shop/pulls/comments/2");
    assert!(fake.bodies()[1].starts_with("What this comment was about is no longer reported."));
    assert_eq!(gone.writes_on(&fake), [""; 0]);
    Run::of(&[finding("aa", 3), finding("bb", 9)]).writes_on(&fake);
    assert!(fake.bodies()[1].starts_with("**error**"), "{}", fake.bodies()[1]);
}

#[test]
fn comments_of_others_are_let_be() {
    let fake = fake();
    {
        let mut state = fake.state();
        let copied = "x\n<!-- nhilint:v1 fp=aa -->";
        state.comments.push(json!({"id": 70, "body": copied, "user": {"login": "mallory"}, "line": 3}));
        state.comments.push(json!({"id": 71, "body": copied, "user": null, "line": 3}));
        let summary = "x\n<!-- nhilint:v1 summary -->";
        state.issue_comments.push(json!({"id": 72, "body": summary, "user": {"login": "mallory"}}));
    }
    let run = Run::of(&[finding("aa", 3)]);
    assert_eq!(
        run.writes_on(&fake),
        ["POST /repos/acme/shop/pulls/7/reviews", "POST /repos/acme/shop/issues/7/comments"]
    );
}

#[test]
fn a_clean_change_gets_no_comment_and_what_was_not_done_gets_one() {
    let fake = fake();
    let mut run = Run::of(&[]);
    assert_eq!(run.writes_on(&fake), [""; 0]);
    run.report["errors"] = json!([{"file": "c.yaml", "line": 2, "message": "`helm` is not on the PATH"}]);
    run.report["summary"]["unjudged"] = json!([{"what": "remote charts", "count": 3, "example": "x"}]);
    assert_eq!(run.writes_on(&fake), ["POST /repos/acme/shop/issues/7/comments"]);
    let summary = fake.summary();
    assert!(
        summary.contains("kept the job from being done whole\n\n- `c.yaml:2`: `helm` is not on the PATH.")
    );
    assert!(summary.contains("- 3 × remote charts, for example `x`\n"), "{summary}");
}

#[test]
fn lines_of_a_merge_are_found_in_the_pull_request() {
    let fake = fake();
    // What was linted has two lines more above, which came from the base.
    let linted = format!("base\nbase\n{}", numbered(20));
    let run = |findings: &[Value]| Run { linted: Some(&linted), ..Run::of(findings) };
    run(&[finding("aa", 5), mendable("bb", 7, (7, 8), "line 5\nline 6\n", "x\n"), finding("cc", 1)])
        .on(&fake);
    let comments = fake.state().comments.clone();
    let lines: Vec<_> = comments.iter().map(|comment| (&comment["start_line"], &comment["line"])).collect();
    assert_eq!(lines, [(&Value::Null, &json!(3)), (&json!(5), &json!(6))]);
    assert!(fake.summary().contains("2 on lines of the change, 1 elsewhere"), "{}", fake.summary());
}

#[test]
fn what_is_no_longer_the_newest_commit_is_let_be() {
    let fake = fake();
    let run = Run { head: NEXT, ..Run::of(&[finding("aa", 3)]) };
    let (done, _) = run.on(&fake);
    assert_eq!((fake.writes(), done.fallback), (vec![], None));
    assert!(done.notes[0].contains("89abcdef01 is not the newest commit"), "{:?}", done.notes);
}
