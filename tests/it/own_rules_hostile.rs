//! Rules of users as somebody would write them who wants the run to hang, to leak or to pass.

use std::time::{Duration, Instant};

use crate::cli::{run, scratch};
use crate::own_rules::card;

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: correct-horse-battery}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: web, image: web, env: [{name: PASSWORD, value: staple-battery-horse}]}]}\n";

#[test]
fn hostile_expressions_end_and_fail_the_run() {
    let mut nested = "true".to_owned();
    for depth in 0..12 {
        nested = format!("[1,2,3,4,5,6,7,8,9].all(x{depth}, {nested})");
    }
    let grown = format!("['aaaaaaaaaaaaaaaa']{}.size() > 0", ".map(x, x + x)".repeat(60));
    let long = format!("'{}' == object.kind", "a".repeat(100_000));
    for (text, words) in [
        (nested.as_str(), "costs more than it may"),
        (&grown, "costs more than it may"),
        ("lists.range(9223372036854775807).size() > 0", "costs more than it may"),
        (&long, "at most 16384 bytes"),
        (&("(".repeat(5000) + "true" + &")".repeat(5000)), "brackets stand in each other"),
        (&("!".repeat(10_000) + "true"), "nested deeper"),
    ] {
        let cel = format!("  validate: {}", serde_json::Value::from(text));
        let folder = scratch(&[("a.yaml", &card("ACME001", "object", &cel)), ("pod.yaml", SECRET)]);
        let started = Instant::now();
        let (code, out, errors) = run(
            folder.path(),
            &["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001", "--fail-on", "never"],
        );
        assert_eq!(code, Some(2), "{words}: {out}{errors}");
        assert!(out.contains(words) || errors.contains(words), "{words}: {out}{errors}");
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    }
}

#[test]
fn long_ways_of_many_identities_are_paid_for() {
    let rbac = "---\napiVersion: rbac.authorization.k8s.io/v1\n";
    let one = |at: usize| {
        format!(
            "{rbac}kind: ClusterRole\nmetadata: {{name: r{at}}}\nrules: [{{apiGroups: [''], \
             resources: [serviceaccounts/token], verbs: [create], resourceNames: [a{}]}}]\n{rbac}\
             kind: ClusterRoleBinding\nmetadata: {{name: r{at}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r{at}}}\n\
             subjects: [{{kind: ServiceAccount, name: a{at}, namespace: shop}}]\n",
            at + 1
        )
    };
    let last = |count: usize| {
        format!(
            "{rbac}kind: ClusterRoleBinding\nmetadata: {{name: last}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}}\n\
             subjects: [{{kind: ServiceAccount, name: a{count}, namespace: shop}}]\n"
        )
    };
    let card = card("ACME001", "identity", "  validate: identity.reach.size() < 100000");
    for (count, code) in [(40, 0), (800, 2)] {
        let text = (0..count).map(one).collect::<String>() + &last(count);
        let folder = scratch(&[("a.yaml", card.as_str()), ("roles.yaml", &text)]);
        let checked =
            run(folder.path(), &["check", "roles.yaml", "--rules", "a.yaml", "--select", "ACME001"]);
        assert_eq!(checked.0, Some(code), "{count}: {}{}", checked.1, checked.2);
        let is_said = checked.2.contains("what the expression looks at is more than it may cost");
        assert_eq!(is_said, code == 2, "{}", checked.2);
    }
}

#[test]
fn a_card_of_many_aliases_or_bytes_is_refused() {
    let bomb = (0..30).fold("a0: &a0 [x]\n".to_owned(), |text, number| {
        let before = format!("*a{number}");
        text + &format!("a{}: &a{} [{before}, {before}, {before}]\n", number + 1, number + 1)
    });
    let large = "#".repeat(2 * 1024 * 1024);
    for text in [bomb.as_str(), large.as_str()] {
        let folder = scratch(&[("a.yaml", text), ("pod.yaml", SECRET)]);
        let (code, ..) = run(folder.path(), &["check", "pod.yaml", "--rules", "a.yaml"]);
        assert_eq!(code, Some(2));
    }
}

#[test]
fn no_message_shows_a_secret() {
    for says in [
        "string(object)",
        "'%s'.format([object])",
        "object.?stringData.?password.orValue('none')",
        "'%x'.format([object.?stringData.?password.orValue('none')])",
        "object.kind == 'Pod' ? object.spec.containers[0].env[0].value : 'none'",
        "object.kind == 'Pod' ? '%x'.format([object.spec.containers[0].env[0].value]) : 'none'",
    ] {
        let cel = format!("  validate: \"false\"\n  messageExpression: {}", serde_json::Value::from(says));
        let folder = scratch(&[("a.yaml", &card("ACME001", "object", &cel)), ("pod.yaml", SECRET)]);
        for format in ["text", "json", "sarif", "github", "rdjson"] {
            let (_, out, errors) = run(
                folder.path(),
                &["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001", "--format", format],
            );
            assert!(out.contains("ACME001"), "{out}");
            // The second words are how hexadecimal digits write the first.
            for secret in ["correct-horse", "staple-battery", "636f72726563", "737461706c65"] {
                assert!(!out.contains(secret) && !errors.contains(secret), "{format} {says}: {out}{errors}");
            }
        }
    }
    let cel = "  validate: int(object.?stringData.?password.orValue('1')) > 0";
    let folder = scratch(&[("a.yaml", &card("ACME001", "object", cel)), ("pod.yaml", SECRET)]);
    let (code, out, errors) = run(folder.path(), &["check", "pod.yaml", "--rules", "a.yaml"]);
    assert_eq!(code, Some(2));
    assert!(!out.contains("correct-horse") && !errors.contains("correct-horse"), "{out}{errors}");
}

#[test]
fn messages_are_one_short_line() {
    let cel = "  validate: \"false\"\n  messageExpression: \"'::error::a\\\\nb\\\\x1b[31m ' + lists.range(900).map(x, 'long').join(' ')\"";
    let folder = scratch(&[("a.yaml", &card("ACME001", "object", cel)), ("pod.yaml", SECRET)]);
    for format in ["text", "github"] {
        let (_, out, _) = run(
            folder.path(),
            &["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001", "--format", format],
        );
        assert!(!out.contains('\u{1b}') && !out.lines().any(|line| line.starts_with("::error::a")), "{out}");
        assert!(out.matches("long").count() < 200, "{out}");
    }
}

#[test]
fn the_same_input_has_the_same_report_on_any_number_of_threads() {
    let check = |threads: &str| {
        let arguments = [
            "check",
            "testdata/repos/payments",
            "--rules",
            "testdata/own-rules",
            "--format",
            "sarif",
            "--threads",
            threads,
            "--now",
            "2026-11-22",
        ];
        run(std::path::Path::new("."), &arguments).1
    };
    assert_eq!(check("1"), check("4"));
}
