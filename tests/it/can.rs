//! `can` and `graph` as people run them, and every answer held against Kubernetes' own authorizer.

use std::path::Path;

use nhilint::graph::tables::builtin::builtin;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::{given, run, scratch};
use crate::reach::{may, runs, strong};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    kubernetes: String,
    worlds: Vec<World>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    about: String,
    #[serde(default)]
    manifests: String,
    asks: Vec<Ask>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    who: String,
    #[serde(default)]
    verb: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    path: Option<String>,
    answer: bool,
}

impl Ask {
    /// The line that the API server's own authorizer was asked.
    fn line(&self) -> String {
        let (user, groups) = match (self.who.strip_prefix("group:"), self.who.strip_prefix("user:")) {
            (Some(group), _) => ("nobody".to_owned(), json!([group])),
            (_, Some(user)) => (user.to_owned(), json!(["system:authenticated"])),
            _ => {
                let (namespace, name) = self.who.split_once('/').expect("namespace/account");
                let own = format!("system:serviceaccounts:{namespace}");
                let groups = json!(["system:serviceaccounts", "system:authenticated", own]);
                (format!("system:serviceaccount:{namespace}:{name}"), groups)
            }
        };
        let line = if let Some(path) = &self.path {
            json!({"user": user, "groups": groups, "verb": "get", "path": path})
        } else {
            let (resource, subresource) = self.resource.split_once('/').unwrap_or((&self.resource, ""));
            json!({
                "user": user, "groups": groups, "verb": self.verb, "apiGroup": self.group, "resource": resource,
                "subresource": subresource, "name": self.name, "namespace": self.namespace,
            })
        };
        line.to_string() + "\n"
    }
}

#[test]
fn requests_are_answered_as_the_authorizer_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rbac/requests.yaml");
    let text = std::fs::read_to_string(path).expect("the requests are in the repository");
    let requests: Requests = serde_yaml::from_str(&text).expect("the requests are well-formed");
    assert_eq!(requests.kubernetes, builtin().version);
    let (mut asked, mut wrong) = (0, Vec::new());
    for world in &requests.worlds {
        let directory = scratch(&[("world.yaml", &world.manifests)]);
        let lines: String = world.asks.iter().map(Ask::line).collect();
        let (code, out, complaints) =
            given(directory.path(), &["can", "--requests", "-", "world.yaml"], &lines);
        assert_eq!((code, complaints.as_str()), (Some(0), ""), "{}", world.about);
        let answers: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).expect("an answer is JSON")).collect();
        assert_eq!(answers.len(), world.asks.len(), "{}", world.about);
        for (ask, answer) in world.asks.iter().zip(answers) {
            asked += 1;
            if answer["allowed"] != json!(ask.answer) {
                wrong.push(format!("{}: {ask:?}, and ours is {answer}", world.about));
            }
        }
    }
    assert!(wrong.is_empty(), "Kubernetes answers otherwise:\n{}", wrong.join("\n"));
    assert!(asked >= 70, "only {asked} requests were made");
}

fn chain() -> String {
    runs("shop/ci") + &may("shop/ci", Some("shop"), &[("create", "batch", "jobs")]) + &strong("shop/operator")
}

#[test]
fn a_line_that_is_no_request_is_answered_and_the_rest_too() {
    let directory = scratch(&[("all.yaml", &chain())]);
    let lines = "{\"user\": \"system:serviceaccount:shop:ci\", \"verb\": \"create\", \"apiGroup\": \"batch\", \"resource\": \"jobs\", \"namespace\": \"shop\"}\n\
        not a request\n\
        {\"user\": 7}\n";
    let (code, out, _) = given(directory.path(), &["can", "--requests", "-", "all.yaml"], lines);
    assert_eq!(code, Some(2));
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers[0]["allowed"], json!(true));
    let why = answers[0]["why"].as_str().expect("a sentence");
    assert!(why.contains("all.yaml:") && why.contains("ci-shop"), "{why}");
    for (number, answer) in answers.iter().enumerate().skip(1) {
        assert_eq!(answer["allowed"], Value::Null);
        assert!(
            answer["why"].as_str().expect("a sentence").contains(&format!("line {}", number + 1)),
            "{answer}"
        );
    }
}

#[test]
fn what_one_may_do_and_who_may_do_it() {
    let missing = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: odd, namespace: web}\n\
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: elsewhere}\n\
        subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]\n";
    let directory = scratch(&[("all.yaml", &(chain() + missing))]);
    let ask = |arguments: &[&str]| run(directory.path(), &[&["can"], arguments].concat());
    let (code, out, _) = ask(&["shop/ci", "all.yaml"]);
    assert_eq!(code, Some(0));
    for part in
        ["in `shop`", "create jobs of batch", "RoleBinding `ci-shop` (all.yaml:", "not known:", "`elsewhere`"]
    {
        assert!(out.contains(part), "{part} is missing in:\n{out}");
    }
    let may = |verb: &str, resource: &str, space: &str| {
        ask(&["shop/ci", "--may", verb, resource, "-n", space, "all.yaml"])
    };
    assert_eq!(may("create", "jobs.batch", "shop").0, Some(0));
    assert_eq!(may("create", "jobs", "shop").0, Some(0), "the group of a known resource need not be said");
    assert_eq!(may("delete", "jobs.batch", "shop").0, Some(1));
    let (code, out, _) = may("create", "jobs", "web");
    assert_eq!(code, Some(2));
    assert!(out.starts_with("not known: ") && out.contains("not in the input"), "{out}");
    let (_, out, _) = ask(&["--who", "bind", "clusterroles", "all.yaml"]);
    assert!(out.contains("shop/operator\n") && !out.contains("shop/ci"), "{out}");
    let (_, out, _) = ask(&["--who", "create", "jobs", "-n", "web", "all.yaml"]);
    assert!(out.contains("shop/ci perhaps"), "{out}");
    let (code, out, _) = ask(&["shop/ci", "--format", "json", "all.yaml"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["views"][0]["rules"][0]["verbs"]), (Some(0), &json!(["create"])));
}

#[test]
fn what_the_api_server_refuses_gives_nothing_and_is_no_riddle() {
    let bound = |kind: &str, role: &str, space: &str| {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: odd{space}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role}, name: anything}}\n\
             subjects: [{{kind: ServiceAccount, name: ci, namespace: shop}}]\n"
        )
    };
    for (kind, role, space, exit) in [
        ("ClusterRoleBinding", "Role", "", 1),
        ("RoleBinding", "clusterrole", ", namespace: shop", 1),
        ("ClusterRoleBinding", "ClusterRole", "", 2),
        ("RoleBinding", "Role", ", namespace: shop", 2),
    ] {
        let directory = scratch(&[("all.yaml", &bound(kind, role, space))]);
        let asked = ["can", "shop/ci", "--may", "get", "pods", "-n", "shop", "all.yaml"];
        let (code, out, _) = run(directory.path(), &asked);
        assert_eq!(code, Some(exit), "{kind} to {role}: {out}");
    }
}

#[test]
fn questions_that_cannot_be_asked_say_what_to_write() {
    let directory = scratch(&[("all.yaml", &chain())]);
    for (arguments, hint) in [
        (&["shop/cj", "all.yaml"][..], "did you mean `shop/ci`"),
        (&["ci", "all.yaml"], "NAMESPACE/ACCOUNT"),
        (&[][..], "NAMESPACE/ACCOUNT"),
        (&["--who", "get", "widgets", "all.yaml"], "widgets.GROUP"),
        (&["--requests", "nowhere.jsonl", "all.yaml"], "nowhere.jsonl"),
        (&["--requests", "-", "-"], "standard input"),
        (&["shop/ci", "missing.yaml"], "missing.yaml: no such file"),
    ] {
        let (code, _, complaints) = run(directory.path(), &[&["can"], arguments].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {complaints}");
        assert!(complaints.contains(hint), "{arguments:?}: {complaints}");
    }
}

#[test]
fn what_identities_are_in_clouds_is_shown_with_who_shares_it() {
    let role = "annotations: {eks.amazonaws.com/role-arn: \"arn:aws:iam::111122223333:role/export\"}";
    let with_role = |text: String, name: &str| {
        let plain = format!("kind: ServiceAccount\nmetadata: {{name: {name},");
        text.replace(&plain, &format!("{plain} {role},"))
    };
    let text = with_role(runs("shop/ci"), "ci") + &with_role(runs("web/front"), "front");
    let directory = scratch(&[("all.yaml", &text)]);
    let (_, out, _) = run(directory.path(), &["graph", "all.yaml", "--identity", "shop/ci"]);
    assert!(out.contains("is `arn:aws:iam::111122223333:role/export` in AWS, as `web/front`"), "{out}");
    let (_, out, _) =
        run(directory.path(), &["graph", "all.yaml", "--identity", "shop/ci", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["identities"][0]["cloud"][0]["sharedWith"], json!(["web/front"]));
}

#[test]
fn the_graph_is_drawn_in_every_format() {
    let odd = chain().replace("name: operator,", "name: \"operator\",");
    let directory = scratch(&[("all.yaml", &odd)]);
    let draw = |arguments: &[&str]| run(directory.path(), &[&["graph", "all.yaml"], arguments].concat());
    let (code, out, _) = draw(&[]);
    assert_eq!(code, Some(0));
    for part in [
        "T2 -> T0  shop/ci  Deployment/ci",
        "may run pods as every account in `shop`: shop/operator",
        "RoleBinding `ci-shop` (all.yaml:",
        "2 identities: T0 2",
    ] {
        assert!(out.contains(part), "{part} is missing in:\n{out}");
    }
    let (_, out, _) = draw(&["--format", "json", "--identity", "shop/c*"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let identity = &report["identities"][0];
    assert_eq!(identity["tier"], json!({"direct": "T2", "reachable": "T0", "confidence": "certain"}));
    assert_eq!(identity["path"][0]["via"]["bindings"][0]["name"], "ci-shop");
    assert_eq!(report["identities"].as_array().map(Vec::len), Some(1));
    let (_, out, _) = draw(&["--format", "mermaid"]);
    assert!(
        out.starts_with("flowchart LR\n")
            && out.contains("-->|\"may run pods as every account in #96;shop#96;\"|"),
        "{out}"
    );
    let (_, out, _) = draw(&["--format", "dot", "--tier", "T0"]);
    assert!(
        out.starts_with("digraph identities {") && out.contains("n0 -> n1 [label=\"may run pods"),
        "{out}"
    );
    let (_, out, _) = draw(&["--path-to", "shop/operator"]);
    assert!(out.contains("shop/ci") && out.contains("1 identity"), "{out}");
    let (_, out, _) = draw(&["--tier", "T1"]);
    assert_eq!(out, "0 identities\n");
    let (code, _, complaints) = draw(&["--identity", "shop/cii"]);
    assert_eq!(code, Some(2));
    assert!(complaints.contains("did you mean `shop/ci`"), "{complaints}");
    assert_eq!(draw(&["--tier", "T9"]).0, Some(2));
}
