//! The inventory: one record an identity, with what the input says and nothing more.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{run, scratch};

const ACCOUNT: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: export
  namespace: shop-prod
  annotations:
    nhilint.dev/purpose: sends the nightly report
    nhilint.dev/dependencies: db.example, mail.example
    nhilint.dev/review-by: 2026-01-31
    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/export
    nhilint.dev/owner: team-payments
---
apiVersion: v1
kind: Secret
metadata: {name: export-token, namespace: shop-prod, annotations: {kubernetes.io/service-account.name: export}}
type: kubernetes.io/service-account-token
";

const WORKLOADS: &str = "\
apiVersion: batch/v1
kind: CronJob
metadata: {name: export, namespace: shop-prod}
spec:
  schedule: \"0 2 * * *\"
  jobTemplate:
    spec:
      template:
        spec:
          serviceAccountName: export
          containers:
            - name: export
              image: registry.example/export:1
              env:
                - name: DB_PASSWORD
                  valueFrom: {secretKeyRef: {name: db, key: password}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop-prod}
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
          envFrom: [{secretRef: {name: db}}]
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop-prod}
stringData: {password: hunter2hunter2}
";

const RIGHTS: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: export, namespace: shop-prod}
subjects: [{kind: ServiceAccount, name: export, namespace: shop-prod}, {kind: ServiceAccount, name: gone, namespace: ci}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: export}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: export, namespace: shop-prod}
rules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: export}
subjects: [{kind: ServiceAccount, name: export, namespace: shop-prod}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: elsewhere}
";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![("account.yaml", ACCOUNT), ("workloads.yaml", WORKLOADS), ("rights.yaml", RIGHTS)]
}

/// The lines of `nhilint inventory`, each held against the published schema.
pub(crate) fn inventory(here: &Path, arguments: &[&str]) -> Vec<Value> {
    let all = [&["inventory", ".", "--no-cache", "--now", "2026-03-01"][..], arguments].concat();
    let (code, out, err) = run(here, &all);
    assert_eq!(code, Some(0), "{out}{err}");
    let (_, schema, _) = run(here, &["schema", "inventory"]);
    let schema = serde_json::from_str(&schema).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let record = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let wrong: Vec<String> = validator
            .iter_errors(&record)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{record:#}");
        record
    };
    out.lines().map(record).collect()
}

fn of<'r>(records: &'r [Value], name: &str) -> &'r Value {
    let found = records.iter().find(|record| record["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {records:#?}"))
}

#[test]
fn a_record_says_what_is_known_of_an_identity() {
    let here = scratch(&files());
    let records = inventory(here.path(), &["--repository", "acme/shop"]);
    let ids: Vec<&str> = records.iter().filter_map(|record| record["id"].as_str()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let export = of(&records, "export");
    assert_eq!(export["repository"], "acme/shop");
    assert_eq!(export["id"], "sa:~/shop-prod/export");
    assert_eq!(export["origin"], "declared");
    assert_eq!(export["declared"], json!({"file": "account.yaml", "line": 4}));
    assert_eq!(export["environment"], "prod");
    assert_eq!(export["classes"], json!(["job"]));
    assert_eq!(export["purpose"], "sends the nightly report");
    assert_eq!(export["dependencies"], json!(["db.example", "mail.example"]));
    assert_eq!(export["review"], json!({"last": null, "by": "2026-01-31", "overdue": true}));
    assert_eq!(export["owner"]["value"], "team-payments");
    assert_eq!(export["owner"]["location"], json!({"file": "account.yaml", "line": 11}));
    assert_eq!(export["workloads"][0]["schedule"], "0 2 * * *");
    assert_eq!(export["workloads"][0]["containers"][0]["pinned"], false);
    assert_eq!(export["tier"]["direct"], "T2");
    assert_eq!(export["permissions"]["primitives"][0]["primitive"], "secret.read");
    let rule = &export["permissions"]["rules"][0];
    assert_eq!((&rule["namespace"], &rule["verbs"]), (&json!("shop-prod"), &json!(["get", "list"])));
    assert_eq!(export["permissions"]["unknown"][0]["role"], "elsewhere");
    assert_eq!(export["tier"]["confidence"], "unknown");
    assert_eq!(export["cloud"][0]["account"], "123456789012");
    let kinds: Vec<&str> = export["credentials"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["type"].as_str())
        .collect();
    assert_eq!(kinds, ["injected-token", "static-token"]);
    assert_eq!(export["credentials"][0]["effectiveSeconds"], 31_536_000);
    assert_eq!(export["credentials"][1]["effectiveSeconds"], Value::Null);
    assert_eq!(export["credentials"][1]["what"], "shop-prod/export-token");
    let secret = json!({
        "namespace": "shop-prod", "name": "db", "via": "env", "keys": ["password"], "store": "plain",
        "workload": "CronJob/export", "sharedWith": ["sa:~/shop-prod/default"],
        "location": {"file": "workloads.yaml", "line": 16},
    });
    assert_eq!(export["secrets"], json!([secret]));
    let rules: Vec<&str> = export["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["rule"].as_str())
        .collect();
    assert!(rules.contains(&"NHI204") && rules.contains(&"NHI401"), "{rules:?}");
}

#[test]
fn what_is_not_declared_says_how_it_is_known() {
    let here = scratch(&files());
    let records = inventory(here.path(), &[]);
    let default = of(&records, "default");
    assert_eq!((&default["origin"], &default["declared"]), (&json!("implicit-default"), &Value::Null));
    assert_eq!((&default["owner"], &default["repository"]), (&Value::Null, &Value::Null));
    assert_eq!(default["workloads"][0]["containers"][0]["pinned"], true);
    assert_eq!(default["secrets"][0]["via"], "envFrom");
    let gone = of(&records, "gone");
    assert_eq!((&gone["origin"], &gone["workloads"]), (&json!("external"), &json!([])));
    assert_eq!(gone["tier"]["direct"], "T2", "a binding gives it something all the same");
}

#[test]
fn no_secret_and_no_command_leaves_with_it() {
    let hostile = WORKLOADS.replace("name: web,", "name: \"w\\u001b[31m##[error]\",");
    let here = scratch(&[("a.yaml", &hostile)]);
    let (_, out, _) = run(here.path(), &["inventory", ".", "--no-cache"]);
    assert!(!out.contains("hunter2") && !out.contains('\u{1b}') && !out.contains("##["), "{out}");
    assert_eq!(inventory(here.path(), &[]).len(), 2, "a record is a line");
}

#[test]
fn an_exception_stands_in_the_record_that_it_is_for() {
    let exceptions = "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n- id: EX-1\n  rules: [NHI204]\n  match: {kind: CronJob, \
                      name: export, namespace: shop-prod}\n  reason: the vendor's image reads no file\n  owner: team-x\n  approver: security\n  \
                      ticket: T-1\n  created: 2026-02-20\n  until: 2026-03-10\n";
    let files = [&files()[..], &[(".nhi/exceptions.yaml", exceptions)]].concat();
    let here = scratch(&files);
    crate::stages::git(here.path(), &["init", "-q"]);
    let records = inventory(here.path(), &[]);
    let exception = &of(&records, "export")["exceptions"][0];
    assert_eq!(
        (&exception["id"], &exception["until"]),
        (&json!("EX-1"), &json!("2026-03-10")),
        "{exception}"
    );
    assert_eq!(of(&records, "default")["exceptions"], json!([]));
}

#[test]
fn variants_of_one_name_have_ids_of_their_own_and_the_remote_names_the_repository() {
    let account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: shop, annotations: {x: Y}}\n";
    let here =
        scratch(&[("one/a.yaml", &account.replace('Y', "1")), ("two/a.yaml", &account.replace('Y', "2"))]);
    crate::stages::git(here.path(), &["init", "-q"]);
    let address = "https://me:secret@git.example/acme/shop.git";
    crate::stages::git(here.path(), &["remote", "add", "origin", address]);
    let records = inventory(here.path(), &[]);
    let ids: std::collections::BTreeSet<&str> = records.iter().filter_map(|one| one["id"].as_str()).collect();
    assert_eq!(ids.len(), records.len(), "{ids:?}");
    assert!(
        records.iter().all(|one| one["repository"] == "https://git.example/acme/shop.git"),
        "{records:#?}"
    );
}
