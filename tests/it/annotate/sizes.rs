//! Large pull requests, many findings, long texts: at each limit and one past it.

use nhilint::annotate::{LONGEST_COMMENT, LONGEST_SUMMARY};
use serde_json::Value;

use super::bench::{Run, finding, mendable, numbered};
use super::fake::Fake;

fn fake() -> Fake {
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(60));
    fake
}

fn in_file(name: &str) -> Value {
    let mut finding = finding(&name.replace('/', "."), 2);
    finding["location"]["file"] = name.into();
    finding
}

#[test]
fn a_pull_request_of_300_files_is_read_page_by_page() {
    let fake = Fake::start();
    for number in 1..=300 {
        fake.add_file(&format!("apps/{number}.yaml"), &numbered(3));
    }
    // Of what is large GitHub gives no patch.
    fake.state().files[99].1 = None;
    let names = ["apps/1.yaml", "apps/100.yaml", "apps/101.yaml", "apps/300.yaml"];
    Run::of(&names.map(in_file)).on(&fake);
    let asked: Vec<String> = fake.state().asked.iter().map(|asked| asked.path.clone()).collect();
    let pages: Vec<&String> = asked.iter().filter(|path| path.contains("/files")).collect();
    assert_eq!(pages.len(), 3, "{pages:?}");
    let comments = fake.state().comments.clone();
    let on: Vec<&str> = comments.iter().map(|comment| comment["path"].as_str().expect("a path")).collect();
    assert_eq!(on, [names[0], names[2], names[3]]);
    assert!(
        fake.summary().contains("3 on lines of the change, 1 elsewhere")
            && fake.summary().contains("apps/100.yaml:2")
    );
}

#[test]
fn comments_of_earlier_runs_are_found_on_every_page() {
    let fake = fake();
    for id in 1000..1250 {
        let talk = serde_json::json!({"id": id, "body": "hello", "user": {"login": "ann"}, "line": 1});
        fake.state().comments.push(talk.clone());
        fake.state().issue_comments.push(talk);
    }
    let run = Run::of(&[finding("aa", 3)]);
    assert_eq!(run.writes_on(&fake).len(), 2);
    assert_eq!(run.writes_on(&fake), [""; 0]);
}

#[test]
fn a_review_has_thirty_comments_and_the_summary_the_rest() {
    for (count, shown) in [(30, 30), (31, 30), (40, 30)] {
        let fake = fake();
        let findings: Vec<Value> = (1..=count).map(|line| finding(&format!("f{line}"), line)).collect();
        let run = Run::of(&findings);
        run.writes_on(&fake);
        assert_eq!(fake.bodies().len(), shown);
        let left = count as usize - shown;
        let says = fake.summary().contains(&format!("{left} more there, for which a review has no room"));
        assert_eq!(says, left > 0, "{}", fake.summary());
        assert!(fake.summary().contains(&format!("`a.yaml:{count}`")));
        // The next push does not bring the next thirty.
        assert_eq!(run.writes_on(&fake), [""; 0]);
    }
}

#[test]
fn a_comment_is_as_long_as_github_takes_it_and_no_longer() {
    let body = |length: usize| {
        let fake = fake();
        let after = format!("{}\n", "x".repeat(length));
        Run::of(&[mendable("aa", 3, (3, 3), "line 3\n", &after)]).writes_on(&fake);
        fake.bodies().remove(0)
    };
    let around = body(100).len() - 100;
    let longest = body(LONGEST_COMMENT - around);
    assert_eq!(longest.len(), LONGEST_COMMENT);
    assert!(longest.contains("```suggestion\n"));
    let cut = body(LONGEST_COMMENT - around + 1);
    assert!(!cut.contains("```") && cut.contains("The fix is too long for a comment"), "{cut}");
    assert!(cut.ends_with("fp=aa -->"));
}

#[test]
fn a_summary_is_cut_in_whole_rows() {
    let fake = fake();
    let findings: Vec<Value> = (1..=600).map(|line| finding(&format!("f{line}"), line)).collect();
    Run::of(&findings).writes_on(&fake);
    let summary = fake.summary();
    assert!((LONGEST_SUMMARY - 1000..=LONGEST_SUMMARY).contains(&summary.len()), "{}", summary.len());
    assert!(summary.contains(" more findings: `nhilint check --format json` has all of them.\n"));
    assert!(summary.ends_with("\n<!-- nhilint:v1 summary -->"));
}

#[test]
fn nothing_in_a_suggestion_ends_it() {
    let fake = fake();
    let after = "line: |\n  ```\n  ````suggestion\n  <!-- nhilint:v1 summary -->\n";
    Run::of(&[mendable("aa", 3, (3, 3), "line 3\n", after)]).writes_on(&fake);
    let body = fake.bodies().remove(0);
    assert!(body.contains(&format!("\n`````suggestion\n{after}`````\n")), "{body}");
}

#[test]
fn lines_that_end_as_on_windows_get_a_diff() {
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(20).replace('\n', "\r\n"));
    Run::of(&[mendable("aa", 3, (3, 3), "line 3\r\n", "LINE 3\r\n")]).writes_on(&fake);
    let body = fake.bodies().remove(0);
    assert!(!body.contains("```suggestion") && body.contains("<details><summary>A fix</summary>"), "{body}");
    assert_eq!(fake.state().comments[0]["line"], 3);
}

#[test]
fn a_fix_of_several_hunks_is_a_folded_diff() {
    let fake = Fake::start();
    let patch = "@@ -1,2 +1,3 @@\n line 1\n+line 2\n line 3\n@@ -20,2 +21,2 @@\n line 21\n+line 22";
    fake.state().files.push(("a.yaml".into(), Some(patch.into())));
    let far = mendable("aa", 2, (2, 22), "line 2\nline 22\n", "x\n");
    // The lines are not those that were linted.
    let other = mendable("bb", 3, (3, 3), "line three\n", "x\n");
    // A line goes.
    let gone = mendable("cc", 22, (22, 22), "line 22\n", "");
    // No lines, but a proposal.
    let mut words = mendable("dd", 21, (21, 21), "", "");
    words["fixes"][0]["lines"] = Value::Null;
    words["fixes"][0]["diff"] = Value::Null;
    words["fixes"][0]["applicability"] = "suggest".into();
    Run::of(&[far, other, gone, words]).writes_on(&fake);
    let bodies = fake.bodies();
    for body in &bodies[..2] {
        assert!(body.contains("\n```diff\n") && !body.contains("```suggestion"), "{body}");
        assert!(body.contains("`nhilint check --fix --unsafe-fixes` does it."));
    }
    assert!(bodies[2].contains("\n```suggestion\n```\n"), "{}", bodies[2]);
    assert!(
        bodies[3].contains("Fix: Give it an account of its own. A person has to decide it.\n"),
        "{}",
        bodies[3]
    );
    assert!(!bodies[3].contains("```"));
}
