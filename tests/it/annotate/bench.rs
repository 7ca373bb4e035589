//! Reports, and runs against the fake whose pauses are written down and not waited.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use nhilint::annotate::{Changes, Done, Job, Pace, Report, Server, Target, Trust, github};
use nhilint::catalog::Catalog;
use serde_json::{Value, json};

use super::fake::{BOT, Fake, HEAD, TOKEN};

/// The moment of every run, in seconds since 1970.
pub(super) const NOW: i64 = 1_800_000_000;

pub(super) fn catalog() -> Catalog {
    nhilint::rules::catalog()
}

/// What a run needs besides the server.
pub(super) struct Run<'r> {
    pub(super) report: Value,
    pub(super) head: &'r str,
    pub(super) trust: Trust,
    pub(super) diff: Option<&'r str>,
    /// The text of every file as it was linted.
    pub(super) linted: Option<&'r str>,
}

impl Run<'_> {
    pub(super) fn of(findings: &[Value]) -> Self {
        Self { report: report(findings), head: HEAD, trust: Trust::Own, diff: None, linted: None }
    }

    /// How it ended, and what it paused for, in seconds.
    pub(super) fn on(&self, fake: &Fake) -> (Done, Vec<u64>) {
        let pauses = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&pauses);
        let pace = Pace::new(move |pause: Duration| seen.borrow_mut().push(pause.as_secs()), || NOW);
        let catalog = catalog();
        let report = Report::read(self.report.to_string().as_bytes(), self.trust, &catalog);
        let report = report.expect("a report");
        let changes = self.diff.map(|text| Changes::read(text.as_bytes(), self.trust).expect("a diff"));
        let linted = |_: &str| self.linted.map(str::to_owned);
        let job = Job {
            report: &report,
            changes: changes.as_ref(),
            trust: self.trust,
            catalog: &catalog,
            head: self.head,
            linted: &linted,
        };
        let server = Server::new(&fake.url, "authorization", format!("Bearer {TOKEN}")).expect("an address");
        let target = Target { number: 7, head: self.head.to_owned() };
        let at = github::Place { server: &server, repository: "acme/shop", target: &target, login: BOT };
        let done = github::run(&job, &at, &pace).expect("a repository");
        for asked in &fake.state().asked {
            assert_eq!(asked.token, format!("Bearer {TOKEN}"));
            assert!(!asked.path.contains(TOKEN) && !asked.body.to_string().contains(TOKEN));
        }
        let pauses = pauses.borrow().clone();
        (done, pauses)
    }

    /// Of a run that writes what it should.
    pub(super) fn writes_on(&self, fake: &Fake) -> Vec<String> {
        fake.state().asked.clear();
        let (done, _) = self.on(fake);
        assert_eq!(done.fallback, None, "{:?}", done.notes);
        fake.writes()
    }
}

pub(super) fn report(findings: &[Value]) -> Value {
    let count = |word: &str| findings.iter().filter(|finding| finding["severity"] == word).count();
    json!({
        "version": 1,
        "tool": {"name": "nhilint", "version": "0.1.0", "renderers": []},
        "summary": {
            "error": count("error"), "warning": count("warning"), "info": count("info"), "suppressed": 0, "files": 2,
            "skipped": 0, "documents": 3, "objects": 3, "identities": 1, "unjudged": [], "milliseconds": 1
        },
        "findings": findings,
        "errors": [],
        "baseline": null
    })
}

/// A finding that is known by a word, on a line of `a.yaml`.
pub(super) fn finding(known_as: &str, line: u32) -> Value {
    json!({
        "rule": "NHI101", "name": "dedicated-service-account", "form": "job", "severity": "error",
        "message": "runs as the `default` account", "help": "give it an account of its own.", "notes": [],
        "object": {"apiVersion": "batch/v1", "kind": "Job", "namespace": "shop", "name": known_as},
        "identity": "shop/default", "clusters": [],
        "location": {"file": "a.yaml", "line": line, "column": 1, "endLine": line, "endColumn": 5},
        "label": "", "path": null, "origin": "written", "rendered": null, "related": [], "fixes": [],
        "fingerprint": known_as, "suppressed": null
    })
}

/// The same with a fix that replaces lines of `a.yaml`.
pub(super) fn mendable(
    known_as: &str,
    line: u32,
    (start, end): (u32, u32),
    before: &str,
    after: &str,
) -> Value {
    let mut finding = finding(known_as, line);
    finding["fixes"] = json!([{
        "title": "give it an account of its own", "applicability": "unsafe", "edits": [], "refused": null, "changes": [],
        "diff": format!("--- a.yaml\n+++ a.yaml\n@@ -{start} +{start} @@\n-{before}+{after}"),
        "lines": {"file": "a.yaml", "start": start, "end": end, "before": before, "after": after}
    }]);
    finding
}

/// A text of numbered lines.
pub(super) fn numbered(count: u32) -> String {
    (1..=count).flat_map(|line| ["line ".to_owned(), line.to_string(), "\n".to_owned()]).collect()
}
