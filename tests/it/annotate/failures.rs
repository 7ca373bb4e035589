//! What becomes of a run where the server refuses, limits, fails or leads elsewhere.

use serde_json::json;

use super::bench::{NOW, Run, finding, numbered};
use super::fake::{Fake, Scripted};

const REVIEWS: &str = "POST /repos/acme/shop/pulls/7/reviews";
const SUMMARY: &str = "POST /repos/acme/shop/issues/7/comments";

fn fake(script: impl IntoIterator<Item = Scripted>) -> Fake {
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(20));
    fake.state().script.extend(script);
    fake
}

#[test]
fn one_bad_line_does_not_keep_out_the_others() {
    let fake = fake([]);
    fake.state().refused.push(("a.yaml".to_owned(), 9));
    let run = Run::of(&[finding("aa", 3), finding("bb", 9), finding("cc", 11)]);
    let (done, pauses) = run.on(&fake);
    let single = "POST /repos/acme/shop/pulls/7/comments";
    assert_eq!(fake.writes(), [REVIEWS, REVIEWS, single, single, single, SUMMARY]);
    assert_eq!(done.notes[0], "2 comments added, 0 edited, 0 removed");
    assert_eq!(fake.bodies().len(), 2);
    assert!(fake.summary().contains("2 on lines of the change, 1 more there"), "{}", fake.summary());
    assert_eq!(pauses, [1; 5], "a second between writes");
}

#[test]
fn at_most_ten_are_sent_one_by_one() {
    let fake = fake([]);
    fake.state().refused.push(("a.yaml".to_owned(), 1));
    let findings: Vec<_> = (1..=15).map(|line| finding(&format!("f{line}"), line)).collect();
    Run::of(&findings).on(&fake);
    assert_eq!(fake.writes().len(), 2 + 10 + 1);
    assert!(fake.summary().contains("9 on lines of the change, 6 more there"), "{}", fake.summary());
}

#[test]
fn a_push_meanwhile_ends_the_run() {
    const NEXT: &str = "89abcdef0123456789abcdef0123456789abcdef";
    let moved = Scripted { new_head: Some(NEXT), ..Scripted::new("POST", "/pulls/7/reviews", 422) };
    let fake = fake([moved]);
    let (done, _) = Run::of(&[finding("aa", 3)]).on(&fake);
    assert_eq!((fake.writes(), done.fallback), (vec![REVIEWS.to_owned()], None));
    assert!(done.notes[0].contains("is not the newest commit of pull request 7"), "{:?}", done.notes);
}

#[test]
fn a_lost_answer_posts_nothing_twice() {
    for status in [502, 500] {
        let lost = Scripted { is_done: true, ..Scripted::new("POST", "/pulls/7/reviews", status) };
        let fake = fake([lost]);
        let writes = Run::of(&[finding("aa", 3)]).writes_on(&fake);
        assert_eq!((writes, fake.bodies().len()), (vec![REVIEWS.to_owned(), SUMMARY.to_owned()], 1));
    }
}

#[test]
fn a_token_that_may_only_read_shows_the_findings_elsewhere() {
    let refused = Scripted::new("POST", "/pulls/7/reviews", 403)
        .with("x-accepted-github-permissions", "pull_requests=write");
    let hidden = Scripted::new("GET", "/pulls/7", 404);
    for (script, reason) in [
        (refused, "comments cannot be written: the token may not do it; it needs pull_requests=write"),
        (hidden, "comments cannot be written: it is not there, or the token may not see it"),
    ] {
        let fake = fake([script]);
        let mut findings: Vec<_> = (1..=12).map(|line| finding(&format!("f{line}"), line)).collect();
        findings[11]["severity"] = "warning".into();
        findings[0]["message"] = "a 100% `default`\n::error::x ##[error]".into();
        let (done, _) = Run::of(&findings).on(&fake);
        assert_eq!(done.notes[0], reason);
        assert!(done.notes[1].contains("`pull-requests: write`"), "{:?}", done.notes);
        let fallback = done.fallback.expect("one");
        let lines: Vec<&str> = fallback.commands.lines().collect();
        assert_eq!(lines.len(), 9 + 1 + 1, "nine errors, the rest of them, a warning");
        assert!(lines[0].starts_with("::error file=a.yaml,line=1,col=1,endColumn=5,title=NHI101 "));
        assert!(lines[0].contains("100%25") && !lines[0].contains("##["), "{}", lines[0]);
        assert!(lines[9].contains("2 more errors") && lines[10].starts_with("::warning "));
        assert!(fallback.summary.starts_with("## nhilint: 11 errors, 1 warning\n"));
        assert!(fake.state().issue_comments.is_empty());
    }
}

#[test]
fn limits_are_waited_for_as_the_server_asks() {
    let reset = (NOW + 29).to_string();
    let secondary = || {
        let mut limited = Scripted::new("POST", "/pulls/7/reviews", 403);
        limited.body = json!({"message": "You have exceeded a secondary rate limit."});
        limited
    };
    for (script, expected) in [
        (vec![Scripted::new("GET", "/pulls/7", 429).with("retry-after", "7")], &[7, 1][..]),
        (
            vec![
                Scripted::new("GET", "/pulls/7/files", 403)
                    .with("x-ratelimit-remaining", "0")
                    .with("x-ratelimit-reset", &reset),
            ],
            &[30, 1],
        ),
        (vec![secondary()], &[60, 1]),
    ] {
        let fake = fake(script);
        let (done, pauses) = Run::of(&[finding("aa", 3)]).on(&fake);
        assert_eq!((pauses.as_slice(), done.fallback, fake.bodies().len()), (expected, None, 1));
    }
    for (script, expected) in [
        (vec![secondary(), secondary()], &[60][..]),
        (vec![Scripted::new("POST", "/pulls/7/reviews", 429).with("retry-after", "3600")], &[]),
        (vec![Scripted::new("GET", "/pulls/7", 429).with("retry-after", "121")], &[]),
    ] {
        let fake = fake(script);
        let (done, pauses) = Run::of(&[finding("aa", 3)]).on(&fake);
        assert_eq!(pauses, expected);
        assert!(done.fallback.is_some() && fake.bodies().is_empty());
        assert!(done.notes[0].contains("limits the rate"), "{:?}", done.notes);
    }
}

#[test]
fn failures_of_the_server_are_tried_again() {
    let down = || Scripted::new("GET", "/pulls/7/files", 503);
    let fake = fake([down(), down()]);
    let (done, pauses) = Run::of(&[finding("aa", 3)]).on(&fake);
    assert_eq!((pauses, done.fallback), (vec![1, 2, 1], None));
    fake.state().script.extend([down(), down(), down()]);
    let (done, pauses) = Run::of(&[finding("aa", 3)]).on(&fake);
    assert_eq!(pauses, [1, 2]);
    assert_eq!(
        done.notes[0],
        "comments cannot be written: the server does not answer as it should: status 503"
    );
    assert!(done.fallback.is_some());
}

#[test]
fn the_token_goes_nowhere_else() {
    for status in [301, 302, 307, 308] {
        let other = Fake::start();
        let target = format!("{}/repos/acme/shop/pulls/7", other.url);
        let fake = fake([Scripted::new("GET", "/pulls/7", status).with("location", &target)]);
        let (done, _) = Run::of(&[finding("aa", 3)]).on(&fake);
        assert!(other.state().asked.is_empty() && done.fallback.is_some());
        assert!(done.notes[0].ends_with("the server redirects, and the token is not sent elsewhere"));
    }
}

#[test]
fn a_comment_that_is_gone_meanwhile_is_no_failure() {
    let fake = fake([]);
    Run::of(&[finding("aa", 3)]).on(&fake);
    fake.state().script.push_back(Scripted::new("DELETE", "/comments/1", 404));
    let (done, _) = Run::of(&[]).on(&fake);
    assert_eq!(done.fallback, None, "{:?}", done.notes);
}
