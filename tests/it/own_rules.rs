//! Rules that users write: they hold their examples, work in every output, and tell their authors what is wrong.

use std::path::Path;

use nhilint::catalog::own::read;
use serde_json::{Value, json};

use crate::cli::{run, scratch};

const RULES: &str = "testdata/own-rules";

fn here() -> &'static Path {
    Path::new(".")
}

/// A card with one expression.
pub(crate) fn card(id: &str, looks_at: &str, cel: &str) -> String {
    format!(
        "id: {id}\nname: {}\nfinds: something\nlooks-at: {looks_at}\ncel:\n{cel}\nwhy: It is so.\ndo: Do it.\n",
        id.to_lowercase()
    )
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  serviceAccountName: web\n  containers: [{name: web, image: web}]\n";

#[test]
fn the_rules_of_testdata_hold() {
    let (code, out, errors) = run(here(), &["rules", "test", RULES]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("ACME003 strong-identities-have-owners: ok, 1 example\n"), "{out}");
    assert!(out.ends_with("6 rules hold\n"), "{out}");
}

#[test]
fn an_example_that_does_not_hold_is_shown() {
    let bad = |drawn: &str| {
        format!(
            "examples:\n- title: a pod\n  bad: |\n    kind: Pod\n    apiVersion: v1\n    metadata: {{name: web}}\n{drawn}    spec: {{containers: [{{name: a, image: b}}]}}\n"
        )
    };
    let text = card("ACME001", "object", "  validate: object.kind != 'Pod'\n  message: no pods");
    let folder = scratch(&[
        ("right/a.yaml", &(text.clone() + &bad("    #                ^^^ no pods\n"))),
        ("wrong/a.yaml", &(text.clone() + &bad("    #          ^^^^^^^^^ no pods\n"))),
        ("undrawn/a.yaml", &(text.clone() + &bad(""))),
        ("silent/a.yaml", &(text.replace("!=", "==") + &bad("    #                ^^^ no pods\n"))),
        ("none/a.yaml", &text),
        (
            "good/a.yaml",
            &(text.clone()
                + &bad("    #                ^^^ no pods\n")
                + "  good: |\n    {apiVersion: v1, kind: Pod, metadata: {name: web}}\n"),
        ),
        ("fails/a.yaml", &(text.replace("object.kind", "object.kindd") + &bad(""))),
    ]);
    for (name, wanted) in [
        ("right", "1 rule holds"),
        ("wrong", "found, but not drawn"),
        ("undrawn", "drawn, it is:\n  metadata: {name: web}\n  #                ^^^ no pods"),
        ("silent", "nothing was found where this is drawn"),
        ("none", "no examples"),
        ("good", "good: line 1 column"),
        ("fails", "there is no `kindd` here"),
    ] {
        let (code, out, errors) = run(folder.path(), &["rules", "test", name]);
        assert!(out.contains(wanted), "{name}: {out}{errors}");
        assert_eq!(code, Some(i32::from(name != "right")), "{name}: {out}");
    }
}

#[test]
fn a_rule_of_a_user_works_in_every_output() {
    let text = card(
        "ACME001",
        "object",
        "  validate: object.kind != 'Pod'\n  messageExpression: \"'no ' + object.kind\"\n  at: spec.containers",
    );
    let folder = scratch(&[("rules/deep/a.yml", &text), ("rules/notes.txt", "no card"), ("pod.yaml", POD)]);
    let check = |more: &[&str]| {
        let all = [&["check", "pod.yaml", "--rules", "rules"][..], more].concat();
        run(folder.path(), &all)
    };
    let (code, out, _) = check(&["--format", "json"]);
    assert_eq!(code, Some(1));
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let schema = serde_json::from_str(nhilint::report::JSON_SCHEMA).expect("the schema");
    let validator = jsonschema::validator_for(&schema).expect("the schema can be used");
    assert!(validator.is_valid(&report), "{out}");
    let own: Vec<&Value> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["rule"] == "ACME001")
        .collect();
    assert_eq!(own.len(), 1, "{out}");
    assert_eq!(own[0]["message"], "no Pod");
    assert_eq!(own[0]["form"], "wrong");
    assert_eq!(own[0]["severity"], "error");
    assert_eq!(own[0]["path"], "/spec/containers");
    assert_eq!(own[0]["location"]["line"], 6);
    assert_eq!(own[0]["object"]["kind"], "Pod");
    for format in ["text", "sarif", "github", "rdjson"] {
        let (code, out, _) = check(&["--format", format]);
        assert!(code == Some(1) && out.contains("ACME001") && out.contains("no Pod"), "{format}: {out}");
    }
    let ids = |more: &[&str]| check(&[&["--format", "json"], more].concat()).1.matches("\"ACME001\"").count();
    assert_eq!(ids(&["--ignore", "acme001"]), 0);
    assert_eq!(ids(&["--select", "NHI101"]), 0);
    assert_eq!(ids(&["--select", "ACME001"]), 1);
    let (_, out, _) = check(&["--preset", "audit", "--format", "json", "--select", "ACME001"]);
    assert!(out.contains("\"info\""), "{out}");
    let (code, ..) = check(&["--select", "acme001", "--write-baseline", "known.json", "--fail-on", "never"]);
    assert_eq!(code, Some(0));
    assert_eq!(check(&["--select", "acme001", "--baseline", "known.json"]).0, Some(0));
    let (_, out, _) = run(folder.path(), &["explain", "ACME001", "--rules", "rules", "--full"]);
    assert!(out.contains("object.kind != 'Pod'") && out.contains("rules/deep/a.yml"), "{out}");
    let (_, out, _) = run(folder.path(), &["rules", "--rules", "rules"]);
    assert!(out.contains("ACME001  acme001") && out.contains("NHI101 "), "{out}");
    let (code, _, errors) = run(folder.path(), &["check", "pod.yaml", "--select", "ACME001"]);
    assert!(code == Some(2) && errors.contains("unknown rule"), "{errors}");
}

/// What is wrong with a card: its line, the marked part, and the words.
fn mistakes(text: &str) -> Vec<(u32, String, String)> {
    let wrong = read("a.yaml", text).expect_err("it is wrong");
    let part = |line: &str, from: u32, width: u32| -> String {
        line.chars().skip(from as usize - 1).take(width as usize).collect()
    };
    wrong.into_iter().map(|one| (one.line, part(&one.source, one.column, one.width), one.message)).collect()
}

#[test]
fn mistakes_point_into_the_card() {
    for (cel, line, part, words) in [
        ("  validate: siz(object) > 0", 6, "siz", "did you mean `size`?"),
        ("  validate: 'size(objec) > 0'", 6, "objec", "did you mean `object`?"),
        ("  validate: \"\\u0073iz(object) > 0\"", 6, "\\u0073iz", "unknown function `siz`"),
        ("  validate: |\n    true &&\n      (object.kind ==)", 8, ")", "where a value should be"),
        ("  validate: >-\n    true &&\n    object.kind == 'a' 'b'", 8, "'b'", "a string stands"),
        ("  validate: object.kind + 'x'", 6, "object.kind + 'x'", ""),
        ("  validate: identity.tier == 'T0'", 6, "identity", "write `looks-at: identity`"),
        ("  validate: \"'x' + 'y'\"", 6, "+", "`validate` wants a bool"),
        ("  validate: true", 6, "true", "put quotes around it"),
        ("  validate: \"true\"\n  messageExpression: 1 + 1", 7, "+", "wants a string"),
        ("  validate: \"true\"\n  at: spec..x", 7, "..x", "a name is missing"),
        ("  validate: \"true\"\n  kind: [Pod]", 7, "[Pod]", "did you mean `kinds`?"),
        ("  when: \"true\"", 6, "when: \"true\"", "`validate` is missing"),
        ("  validate: object.kind.matches('(')", 6, "'('", "no regular expression"),
    ] {
        if words.is_empty() {
            // What an object holds has any type.
            read("a.yaml", &card("ACME001", "object", cel)).expect("it is right");
            continue;
        }
        let found = mistakes(&card("ACME001", "object", cel));
        assert_eq!(found.len(), 1, "{cel}: {found:?}");
        let is_part = found[0].1 == part || part.starts_with(&found[0].1);
        assert!(found[0].0 == line && is_part && found[0].2.contains(words), "{cel}: {found:?}");
    }
    for (text, words) in [
        (card("NHI101", "object", "  validate: 'true'"), "take letters of your own"),
        (card("ACME1", "object", "  validate: 'true'"), "is no rule id"),
        (card("ACME001", "container", "  validate: 'true'"), "one of object, workload, identity"),
        (card("ACME001", "identity", "  validate: 'true'\n  kinds: [Pod]"), "identities have no kind"),
        (
            card("ACME001", "object", "  validate: 'true'").replace("name: acme001", "name: A b"),
            "small letters",
        ),
        (card("ACME001", "object", "  validate: 'true'") + "forms: {a: {}, b: {}}\n", "has one form"),
        (card("ACME001", "object", "  validate: 'true'") + "parms: {}\n", "unknown field `parms`"),
        (
            card("ACME001", "object", "  validate: 'true'")
                .replace("cel:", "# cel:")
                .replace("  validate", "# v"),
            "`cel` is missing",
        ),
        (String::new(), "missing field `id`"),
        (": [".to_owned(), ""),
    ] {
        let found = mistakes(&text);
        assert!(found.iter().any(|(.., message)| message.contains(words)), "{text}: {found:?}");
    }
    assert!(
        read("a.yaml", &card("ACME001", "object", "  validate: 'true'").replace("cel:\n  validate:", "cel:"))
            .is_ok()
    );
}

#[test]
fn a_run_with_wrong_rules_judges_nothing() {
    let folder = scratch(&[
        ("rules/a.yaml", &card("ACME001", "object", "  validate: siz(object) > 0")),
        ("rules/b.yaml", &card("ACME002", "object", "  validate: objec.kind == 'x'")),
        ("twice/a.yaml", &card("ACME001", "object", "  validate: 'true'")),
        ("twice/b.yaml", &card("acme001", "object", "  validate: 'true'")),
        (
            "ours.yaml",
            &card("ACME001", "object", "  validate: 'true'").replace("acme001", "no-cluster-admin"),
        ),
        ("empty/x.txt", ""),
        ("pod.yaml", POD),
    ]);
    let check = |rules: &str| run(folder.path(), &["check", "pod.yaml", "--rules", rules]);
    let (code, out, errors) = check("rules");
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let shown = "error: rules/a.yaml:6:13: unknown function `siz`; did you mean `size`?\n  | validate: siz(object) > 0\n  |           ^^^\n";
    assert!(errors.starts_with(shown), "{errors}");
    assert!(errors.contains("rules/b.yaml:6:13: ") && errors.contains("2 mistakes"), "{errors}");
    for (rules, words) in [
        ("twice", "twice/b.yaml:1:5: this id is that of the rule in twice/a.yaml"),
        ("ours.yaml", "ours.yaml:2:7: this name is that of NHI501 no-cluster-admin"),
        ("empty", "holds no `.yaml`"),
        ("missing", "no such folder"),
    ] {
        let (code, out, errors) = check(rules);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{rules}");
        assert!(errors.contains(words), "{rules}: {errors}");
    }
}

#[test]
fn a_rule_that_cannot_be_evaluated_makes_the_run_incomplete() {
    let other = POD.replace("web", "api");
    let folder = scratch(&[
        ("a.yaml", &card("ACME001", "object", "  validate: object.spec.replicas > 0")),
        ("pod.yaml", &format!("{POD}---\n{other}")),
    ]);
    let check = |more: &[&str]| {
        let all = ["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001", "--fail-on", "never"];
        run(folder.path(), &[&all[..], more].concat())
    };
    let (code, out, _) = check(&["--format", "json"]);
    assert_eq!(code, Some(2));
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let expected = json!([{"file": "a.yaml", "line": 6, "message":
        "ACME001 cannot be evaluated, column 25: there is no `replicas` here; ask with `has(…)` first (for Pod shop/web and 1 more)"}]);
    assert_eq!(report["errors"], expected);
}

#[test]
fn what_an_expression_sees_is_there() {
    let fields = [
        (
            "identity",
            "id name namespace cluster declared owner environment classes tier.direct tier.reachable tier.confidence permissions path reach tokens tokenSecrets tokenMounted secrets cloud workloads exposed unknownRoles",
        ),
        (
            "workload",
            "kind name namespace cluster environment class plane serviceAccount owner tokenMounted exposed containers secrets tokens",
        ),
    ];
    for (name, fields) in fields {
        let all: Vec<String> = fields.split(' ').map(|field| format!("has({name}.{field})")).collect();
        let text = card(
            "ACME001",
            name,
            &format!("  validate: \"!({})\"\n  message: all is there", all.join(" && ")),
        );
        let folder = scratch(&[("a.yaml", &text), ("pod.yaml", POD)]);
        let (_, out, errors) =
            run(folder.path(), &["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001"]);
        assert!(out.contains("all is there"), "{out}{errors}");
    }
    let says = "  validate: \"false\"\n  messageExpression: >-\n    [identity.id, string(identity.declared), string(identity.tier.direct), identity.permissions[0].primitive,\n    identity.permissions[0].roles[0], identity.reach.join(','), identity.secrets[0].name, identity.secrets[0].via,\n    identity.tokens[0].surface, identity.owner.value, identity.workloads[0].containers[0].image].join(' ')";
    let when = "  when: identity.name == 'web'\n";
    let manifest = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, annotations: {nhilint.dev/owner: team-a}}\nspec:\n  serviceAccountName: web\n  containers: [{name: web, image: web:1, env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}\nsubjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n";
    let folder = scratch(&[
        ("a.yaml", &card("ACME001", "identity", &(when.to_owned() + says))),
        ("pod.yaml", manifest),
    ]);
    let (_, out, errors) = run(
        folder.path(),
        &["check", "pod.yaml", "--rules", "a.yaml", "--select", "ACME001", "--format", "json"],
    );
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let message = report["findings"][0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("shop/web true T"), "{out}{errors}");
    assert!(
        message.contains(" ClusterRole/edit ") && message.ends_with(" db env injected team-a web:1"),
        "{message}"
    );
    assert_eq!(report["findings"][0]["identity"], "shop/web");
}

#[test]
fn a_rule_becomes_an_admission_policy() {
    let (code, out, errors) =
        run(here(), &["rules", "export", "--format", "vap", &format!("{RULES}/images-are-pinned.yaml")]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let documents: Vec<Value> = serde_yaml::Deserializer::from_str(&out)
        .map(|document| serde::Deserialize::deserialize(document).expect("YAML"))
        .collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0]["kind"], "ValidatingAdmissionPolicy");
    let rule = &documents[0]["spec"]["matchConstraints"]["resourceRules"][0];
    assert_eq!(rule["resources"], json!(["daemonsets", "deployments", "statefulsets"]));
    let validation = &documents[0]["spec"]["validations"][0];
    assert_eq!(
        validation["expression"],
        "object.spec.template.spec.containers.all(c, c.image.contains('@sha256:'))"
    );
    assert_eq!(documents[1]["spec"]["policyName"], documents[0]["metadata"]["name"]);
    assert_eq!(documents[1]["spec"]["validationActions"], json!(["Deny"]));
    let (code, out, errors) = run(here(), &["rules", "export", "--format", "vap", RULES]);
    assert_eq!(code, Some(2));
    assert_eq!(out.matches("kind: ValidatingAdmissionPolicy\n").count(), 2);
    assert!(
        errors.contains("strong-identities-have-owners.yaml:7:13: `identity` is known to nhilint"),
        "{errors}"
    );
    assert!(errors.contains("jobs-have-a-deadline.yaml:9:9: `workload`"), "{errors}");
}

#[test]
fn without_rules_of_users_nothing_is_different() {
    let folder = scratch(&[("pod.yaml", POD)]);
    let (code, out, _) = run(folder.path(), &["rules"]);
    assert_eq!(code, Some(0));
    assert!(!out.contains("ACME"));
}
