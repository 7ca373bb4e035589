//! Which pull request a run of GitHub Actions is about, from the file that `GITHUB_EVENT_PATH` names.

use serde_json::Value;

use super::report::Trust;

/// A pull request and the commit that was linted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub number: u64,
    /// The newest commit that it had when it was linted.
    pub head: String,
}

/// The pull request of an event. `number` is the text of the file in which the first of two workflows left it, as the
/// event of the second does not name it for forks: it counts only if [`super::github`] finds the commit there that GitHub
/// itself says the first one ran for.
///
/// # Errors
///
/// What is wrong and what to do, in words; nothing of the event is quoted.
pub fn target(event: &[u8], trust: Trust, number: Option<&str>) -> Result<Option<Target>, String> {
    let event: Value =
        serde_json::from_slice(event).map_err(|_| "the file of GITHUB_EVENT_PATH is no JSON".to_owned())?;
    let run = &event["workflow_run"];
    let (head, number) = match (trust, run.is_object()) {
        (Trust::Own, true) => {
            return Err("another run wrote the report, and a stranger may have changed it: give --untrusted"
                .to_owned());
        }
        (Trust::Stranger, false) => {
            return Err("--untrusted is for workflows that `workflow_run` starts".to_owned());
        }
        (Trust::Stranger, true) if run["event"] != "pull_request" => return Ok(None),
        (Trust::Stranger, true) => {
            let number = number.ok_or("give --pull-request FILE, the file with its number")?;
            let known = number.trim().parse().ok().filter(|known| *known > 0);
            let known: u64 = known.ok_or("the file of --pull-request holds something else than a number")?;
            (&run["head_sha"], Some(known))
        }
        (Trust::Own, false) => {
            (&event["pull_request"]["head"]["sha"], event["pull_request"]["number"].as_u64())
        }
    };
    let head = head.as_str().filter(|head| is_commit(head));
    Ok(number.zip(head).map(|(number, head)| Target { number, head: head.to_owned() }))
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn event(kind: &str) -> String {
        match kind {
            "pull" => format!(r#"{{"pull_request": {{"number": 7, "head": {{"sha": "{HEAD}"}}}}}}"#),
            "push" => format!(r#"{{"after": "{HEAD}", "ref": "refs/heads/main"}}"#),
            event => format!(r#"{{"workflow_run": {{"event": "{event}", "head_sha": "{HEAD}"}}}}"#),
        }
    }

    #[test]
    fn the_pull_request_is_that_of_the_event() {
        let target = |kind: &str, trust, number| super::target(event(kind).as_bytes(), trust, number);
        let known = |number| Ok(Some(Target { number, head: HEAD.to_owned() }));
        assert_eq!(target("pull", Trust::Own, None), known(7));
        assert_eq!(target("push", Trust::Own, None), Ok(None));
        assert_eq!(target("pull_request", Trust::Stranger, Some("9\n")), known(9));
        assert_eq!(target("push", Trust::Stranger, Some("9")), Ok(None));
        for (kind, trust, number) in [
            ("pull_request", Trust::Own, None),
            ("pull", Trust::Stranger, Some("9")),
            ("pull_request", Trust::Stranger, None),
            ("pull_request", Trust::Stranger, Some("0")),
            ("pull_request", Trust::Stranger, Some("9/../8")),
            ("pull_request", Trust::Stranger, Some("-1")),
        ] {
            assert!(target(kind, trust, number).is_err(), "{kind} {number:?}");
        }
        let odd = event("pull").replace(HEAD, "0123456789abcdef/../23456789abcdef01234567");
        assert_eq!(super::target(odd.as_bytes(), Trust::Own, None), Ok(None));
        assert!(super::target(b"{", Trust::Own, None).is_err());
    }
}
