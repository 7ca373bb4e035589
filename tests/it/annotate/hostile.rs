//! An artifact that a stranger wrote: what of it reaches the pull request, and what does not.

use nhilint::annotate::{Changes, Report, Trust};
use serde_json::{Value, json};

use super::bench::{Run, catalog, finding, mendable, numbered, report};
use super::fake::Fake;

const EVIL: &str =
    "EVIL @acme/security [approve](https://evil.example) <img src=x> <!-- nhilint:v1 summary -->\n/close ```";

fn fake() -> Fake {
    let fake = Fake::start();
    fake.add_file("a.yaml", &numbered(20));
    fake
}

/// A line of Markdown without its code spans.
fn without_code(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let from = &rest[at..];
        let text = from.trim_start_matches('`');
        let fence = &from[..from.len() - text.len()];
        shown.push_str(&rest[..at]);
        // It ends at a run of the same length.
        let mut end = 0;
        rest = loop {
            let Some(next) = text[end..].find('`') else { break text };
            let run = text[end + next..].len() - text[end + next..].trim_start_matches('`').len();
            end += next + run;
            if run == fence.len() {
                break &text[end..];
            }
        };
    }
    shown + rest
}

/// A finding of which every text is hostile.
fn hostile() -> Value {
    let mut finding = mendable("aa", 3, (3, 3), "line 3\n", &format!("{EVIL}\n"));
    for name in ["message", "help", "name", "label", "form"] {
        finding[name] = EVIL.into();
    }
    finding["notes"] = json!([EVIL, EVIL]);
    finding["object"] = json!({"apiVersion": EVIL, "kind": EVIL, "namespace": EVIL, "name": EVIL});
    finding["fixes"][0]["title"] = EVIL.into();
    finding["fixes"][0]["diff"] = EVIL.into();
    finding
}

#[test]
fn only_rules_places_and_names_of_a_stranger_are_taken_over() {
    let fake = fake();
    let mut named = finding("bb", 4);
    named["object"]["name"] = "bb".into();
    let mut unknown = hostile();
    (unknown["rule"], unknown["fingerprint"]) = ("ACME001".into(), "cc".into());
    unknown["location"]["line"] = 5.into();
    let mut run = Run { trust: Trust::Stranger, ..Run::of(&[hostile(), named, unknown]) };
    run.report["errors"] = json!([{"file": EVIL, "line": 1, "message": EVIL}]);
    run.report["summary"]["unjudged"] = json!([{"what": EVIL, "count": 3, "example": EVIL}]);
    run.writes_on(&fake);
    let bodies = fake.bodies();
    assert!(
        bodies[0].contains("A workload that runs as the `default` account of its namespace.\n"),
        "{}",
        bodies[0]
    );
    assert!(bodies[0].contains("[NHI101](https://") && !bodies[0].contains("```"));
    assert!(bodies[1].contains("Job shop/bb: a workload that runs as"), "{}", bodies[1]);
    assert!(bodies[2].contains("ACME001 own-rule"), "{}", bodies[2]);
    for body in bodies {
        assert!(!body.contains("EVIL") && body.matches("<!--").count() == 1, "{body}");
    }
    let summary = fake.summary();
    assert!(summary.contains("what it does not say proves nothing"), "{summary}");
    assert_eq!(summary.matches("EVIL").count(), 1, "the name of a file, as code\n{summary}");
    assert_eq!(summary.matches("\n<!-- nhilint:v1 summary -->").count(), 1);
    assert!(summary.contains("- 3 × things of several kinds"));
}

#[test]
fn texts_of_our_own_runs_do_nothing_either() {
    let fake = fake();
    let mut run = Run {
        diff: Some("{\"verdict\": \"equal\", \"rows\": [{\"a\": \"@acme <b>\"}]}"),
        ..Run::of(&[hostile()])
    };
    run.report["errors"] = json!([{"file": EVIL, "line": 1, "message": EVIL}]);
    run.report["summary"]["unjudged"] = json!([{"what": EVIL, "count": 3, "example": EVIL}]);
    run.writes_on(&fake);
    let [body] = fake.bodies().try_into().expect("one comment");
    // What a reviewer may take over is shown as it is, within a fence that it cannot end.
    let outside = body.split("````suggestion").next().expect("a text").to_owned() + &fake.summary();
    for line in outside.lines().filter(|line| !line.starts_with("<!--")) {
        let shown = without_code(line);
        for order in ["@acme", "](https://evil", "<img", "<!--", "<b>"] {
            assert!(!shown.contains(order), "{line}");
        }
        assert!(!line.starts_with('/'), "{line}");
    }
}

#[test]
fn what_is_no_report_is_refused_without_a_word_of_it() {
    let catalog = catalog();
    let read = |text: &str, trust| Report::read(text.as_bytes(), trust, &catalog).map(drop);
    let good = report(&[hostile()]);
    let with = |pointer: &str, value: Value| {
        let mut report = good.clone();
        *report.pointer_mut(pointer).expect("a field") = value;
        report.to_string()
    };
    for trust in [Trust::Own, Trust::Stranger] {
        assert_eq!(read(&good.to_string(), trust), Ok(()));
        for wrong in [
            String::new(),
            "EVIL".to_owned(),
            "[]".to_owned(),
            "[".repeat(100_000),
            with("/version", 2.into()),
            with("/tool/name", "EVIL".into()),
            with("/findings", json!({})),
            with("/findings/0/rule", "EVIL".into()),
            with("/findings/0/severity", "EVIL".into()),
            with("/findings/0/fingerprint", "a --> EVIL".into()),
            with("/findings/0/fingerprint", "".into()),
            with("/findings/0/location/line", (-1).into()),
            with("/findings/0/location/line", 5_000_000_000_u64.into()),
        ] {
            let reason = read(&wrong, trust).expect_err(&wrong);
            assert!(!reason.contains("EVIL") && reason.len() < 200, "{reason}");
        }
    }
    let size = |length: usize, trust| {
        let text = good.to_string();
        let padded = text + &" ".repeat(length.saturating_sub(good.to_string().len()));
        read(&padded, trust)
    };
    let largest = Trust::Stranger.largest();
    assert_eq!(size(largest, Trust::Stranger), Ok(()));
    assert!(size(largest + 1, Trust::Stranger).expect_err("too large").contains("8 MiB"));
    assert_eq!(size(largest + 1, Trust::Own), Ok(()));
}

#[test]
fn lines_that_nobody_has_are_no_place() {
    let fake = fake();
    let mut findings: Vec<Value> =
        [0, 21, u32::MAX].iter().map(|line| finding(&format!("f{line}"), *line)).collect();
    for path in ["../../etc/passwd", "/etc/passwd", "a.yaml/../a.yaml", ""] {
        let mut finding = finding("p", 1);
        finding["fingerprint"] = format!("p{}", findings.len()).into();
        finding["location"]["file"] = path.into();
        findings.push(finding);
    }
    for trust in [Trust::Own, Trust::Stranger] {
        Run { trust, ..Run::of(&findings) }.on(&fake);
        assert!(fake.bodies().is_empty());
    }
    let mut odd = mendable("aa", 3, (4, 2), "line 4\n", "x\n");
    odd["fixes"][0]["lines"]["end"] = 2.into();
    Run::of(&[odd]).on(&fake);
    assert!(!fake.bodies()[0].contains("```suggestion"));
}

#[test]
fn an_empty_artifact_removes_nothing() {
    let fake = fake();
    Run::of(&[finding("aa", 3)]).on(&fake);
    let emptied = Run { trust: Trust::Stranger, ..Run::of(&[]) };
    emptied.on(&fake);
    assert!(fake.bodies()[0].starts_with("What this comment was about is no longer reported."));
    assert!(fake.summary().contains("what it does not say proves nothing"));
}

#[test]
fn a_number_of_another_pull_request_posts_nothing() {
    let fake = fake();
    // The run was about a commit that is not the newest of the pull request that the artifact names.
    let run = Run { head: "f".repeat(40).leak(), trust: Trust::Stranger, ..Run::of(&[finding("aa", 3)]) };
    let (done, _) = run.on(&fake);
    assert_eq!((fake.writes(), done.fallback), (vec![], None));
}

#[test]
fn a_diff_of_a_stranger_is_text() {
    let fake = fake();
    let run = Run { trust: Trust::Stranger, diff: Some(EVIL), ..Run::of(&[]) };
    run.writes_on(&fake);
    assert!(fake.summary().contains(&format!("\n````text\n{EVIL}\n````\n")), "{}", fake.summary());
    assert!(Changes::read(b"{}", Trust::Stranger).is_err());
}
