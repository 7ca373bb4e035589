//! Errors that a platform engineer would not sign for their words: what does not hold, and what is no way out.

use serde_json::Value;

use crate::cli::scratch;
use crate::rendering::check;
use crate::right::{beside, of_files, plain, said};

/// The remedies that a report names for some rule.
fn remedies(report: &Value, rule: &str) -> Vec<String> {
    let findings = report["findings"].as_array().expect("a list").iter();
    let wanted = findings.filter(|finding| finding["rule"] == rule);
    wanted.map(|finding| finding["help"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn what_helps_is_said_of_the_form() {
    let text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata:\n  a: one\n  a: two\n";
    assert_eq!(
        remedies(&plain(&[("a.yaml", text)]), "NHI905"),
        ["write the key once, with the value that is meant."]
    );
}

fn approver(name: &str, rules: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules: [{rules}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\nsubjects: [{{kind: ServiceAccount, name: approver, namespace: pki}}]\n---\n"
    )
}

const REQUESTS: &str =
    "{apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}";
const SIGNERS: &str = "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]NAMES}";

#[test]
fn approving_a_certificate_takes_the_signer_from_whatever_role() {
    let of = |texts: &[String]| said(&plain(&[("a.yaml", &texts.concat())]), &["NHI507"]);
    let signers = |names: &str| SIGNERS.replace("NAMES", names);
    let alone = of(&[approver("requests", REQUESTS)]);
    let lacks =
        "NHI507 info a.yaml:4 `pki/approver` may approve no certificate: it lacks `approve` on `signers`";
    assert_eq!(alone, [lacks]);
    let every =
        "NHI507 error a.yaml:4 `pki/approver` may approve every certificate request in the whole cluster";
    let both = of(&[approver("requests", REQUESTS), approver("signers", &signers(""))]);
    assert!(both.contains(&every.to_owned()), "another role adds the signers: {both:?}");
    assert_eq!(of(&[approver("both", &format!("{REQUESTS}, {}", signers("")))]), [every]);
    let unseen = approver("signers", &signers("")).split("---\n").nth(1).expect("a binding").to_owned();
    assert_eq!(of(&[approver("requests", REQUESTS), unseen]), [every], "a role that is not here may add it");
    let named = |name: &str| {
        let names = format!(", resourceNames: ['{name}']");
        of(&[approver("both", &format!("{REQUESTS}, {}", signers(&names)))])
    };
    assert_eq!(
        named("acme.example/mesh"),
        [
            "NHI507 info a.yaml:4 `pki/approver` may approve certificates of `acme.example/mesh` in the whole cluster"
        ]
    );
    assert_eq!(
        named("kubernetes.io/kube-apiserver-client"),
        [
            "NHI507 error a.yaml:4 `pki/approver` may approve certificates of `kubernetes.io/kube-apiserver-client` in the whole cluster"
        ]
    );
    assert_eq!(
        of(&[approver("signers", &signers(""))]),
        [
            "NHI507 info a.yaml:4 `pki/approver` may approve no certificate: it lacks `update` on `certificatesigningrequests/approval`"
        ]
    );
}

#[test]
fn what_a_role_gives_beside_is_said_as_far_as_it_is_held() {
    let every = "{apiGroups: ['*'], resources: ['*'], verbs: [get, patch]}";
    let text = approver("server", every);
    assert!(!beside(&plain(&[("a.yaml", &text)])).contains("approve"), "it lacks `approve` on signers");
    let more = text + &approver("signers", &SIGNERS.replace("NAMES", ""));
    assert!(beside(&plain(&[("a.yaml", &more)])).contains("it also may approve every certificate request"));
}

const LOGIN: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: admin\n  namespace: argo\n  annotations: {RULE}\nsecrets: [{name: login}]\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: login, namespace: argo, annotations: {kubernetes.io/service-account.name: admin}}\ntype: kubernetes.io/service-account-token\n";

#[test]
fn a_token_that_logs_people_in_is_not_to_be_deleted() {
    let of = |rule: &str| {
        let report = plain(&[("a.yaml", &LOGIN.replace("RULE", rule))]);
        let help = remedies(&report, "NHI401").pop().unwrap_or_default();
        let fixes = report["findings"].to_string().contains("let its readers request tokens");
        (said(&report, &["NHI401"]).pop().unwrap_or_default(), help, fixes)
    };
    let (login, help, fixes) = of("workflows.argoproj.io/rbac-rule: 'true'");
    assert!(login.starts_with("NHI401 error a.yaml:12"), "{login}");
    assert!(help.starts_with("keep it as long as people log in by it") && !fixes, "{help}");
    let (other, help, fixes) = of("acme.example/rule: 'true'");
    assert!(other.starts_with("NHI401 error a.yaml:12"), "{other}");
    assert!(help.starts_with("delete it") && fixes, "{help}");
}

#[test]
fn one_file_that_is_missing_is_one_finding() {
    let chart = |cluster: &str| {
        let text = "kind: Kustomization\nhelmGlobals: {chartHome: ../../charts}\nhelmCharts: [{name: apps, releaseName: a}]\n";
        (format!("clusters/{cluster}/kustomization.yaml"), text.to_owned())
    };
    let of = |clusters: &[&str], more: &[(&str, &str)]| {
        let files: Vec<(String, String)> = clusters.iter().map(|cluster| chart(cluster)).collect();
        let mut files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        files.extend(more);
        let report = of_files("", &files);
        let all = report["findings"].as_array().expect("a list").iter();
        let found: Vec<Value> = all.filter(|finding| finding["form"] == "unrendered").cloned().collect();
        (found, report["summary"]["unjudged"].to_string())
    };
    let (one, _) = of(&["a"], &[]);
    let (three, unjudged) = of(&["a", "b", "c"], &[]);
    assert_eq!((one.len(), three.len()), (1, 1), "{three:?}");
    assert!(unjudged.contains("\"count\":3"), "{unjudged}");
    let places: Vec<String> = three[0]["related"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["location"]["file"].to_string())
        .collect();
    assert_eq!(places, ["\"clusters/b/kustomization.yaml\"", "\"clusters/c/kustomization.yaml\""]);
    assert_ne!(one[0]["fingerprint"], three[0]["fingerprint"], "one more is news");
    let elsewhere = "kind: Kustomization\nhelmGlobals: {chartHome: ../charts}\nhelmCharts: [{name: apps, releaseName: a}]\n";
    let (two, _) = of(&["a"], &[("clusters/d/kustomization.yaml", elsewhere)]);
    assert_eq!(two.len(), 2, "another folder is another chart: {two:?}");
}

/// A pod of `shop` whose container has some variables and more fields.
fn pod(env: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  serviceAccountName: web\n  containers:\n    - name: web\n      image: registry.example/web:1\n      env: [{env}]\n{more}"
    )
}

fn from_secret(name: &str, secret: &str, key: &str) -> String {
    format!("{{name: {name}, valueFrom: {{secretKeyRef: {{name: {secret}, key: {key}}}}}}}")
}

#[test]
fn a_cloud_is_named_as_far_as_it_is_known() {
    let of = |env: &str, more: &str| said(&plain(&[("a.yaml", &pod(env, more))]), &["NHI601"]);
    let mounted = "      volumeMounts: [{name: keys, mountPath: /keys}]\n  volumes: [{name: keys, secret: {secretName: cloud}}]\n";
    let file = |name: &str| format!("{{name: {name}, value: /keys/cloud}}");
    let both = [file("AWS_SHARED_CREDENTIALS_FILE"), file("ALIBABA_CLOUD_CREDENTIALS_FILE")].join(", ");
    assert_eq!(
        of(&both, mounted),
        [
            "NHI601 error a.yaml:9 `AWS_SHARED_CREDENTIALS_FILE` is the file of a key of some cloud, which never expires"
        ]
    );
    let words = beside(&plain(&[("a.yaml", &pod(&both, mounted))]));
    assert!(words.contains("for AWS, Alibaba Cloud: which") && !words.contains("IAM role"), "{words}");
    assert_eq!(
        of(&file("AWS_SHARED_CREDENTIALS_FILE"), mounted),
        [
            "NHI601 error a.yaml:9 `AWS_SHARED_CREDENTIALS_FILE` is the file of an AWS access key, which never expires"
        ]
    );
    let google = |name: &str| of(&from_secret(name, "search", "google"), "");
    assert_eq!(
        google("GOOGLE_SEARCH_CREDENTIALS"),
        [
            "NHI601 error a.yaml:9 `GOOGLE_SEARCH_CREDENTIALS` is credentials of Google Cloud: a key among them never expires"
        ]
    );
    assert_eq!(
        google("GOOGLE_SERVICE_ACCOUNT_KEY"),
        [
            "NHI601 error a.yaml:9 `GOOGLE_SERVICE_ACCOUNT_KEY` is a key of a Google service account, which never expires"
        ]
    );
}

#[test]
fn the_address_beside_its_token_is_no_secret() {
    let of = |env: &[String]| said(&plain(&[("a.yaml", &pod(&env.join(", "), ""))]), &["NHI204"]);
    let (token, url) =
        (from_secret("HOOK_WEBHOOK_TOKEN", "hook", "token"), from_secret("HOOK_WEBHOOK_URL", "hook", "url"));
    let both = of(&[token.clone(), url.clone()]);
    assert_eq!(
        both,
        [
            "NHI204 warning a.yaml:9 `HOOK_WEBHOOK_TOKEN` is a secret in the environment",
            "NHI204 info a.yaml:9 `HOOK_WEBHOOK_URL` comes from a Secret, but is none by name"
        ]
    );
    let alone = "NHI204 warning a.yaml:9 `HOOK_WEBHOOK_URL` is a secret in the environment";
    assert_eq!(of(std::slice::from_ref(&url)), [alone], "who knows it may post");
    let of_another = from_secret("HOOK_WEBHOOK_TOKEN", "other", "token");
    assert!(of(&[of_another, url]).contains(&alone.to_owned()), "another Secret's token is not its own");
}

#[test]
fn what_says_where_the_secret_is_is_none() {
    let of = |name: &str, value: &str| {
        let found = said(
            &plain(&[("a.yaml", &pod(&format!("{{name: {name}, value: '{value}'}}"), ""))]),
            &["NHI201"],
        );
        found.first().map_or("", |line| line.split(' ').nth(1).unwrap_or_default()).to_owned()
    };
    for value in ["see-values-prod", "see vault", "auto-generated", "autogenerated", "ignored"] {
        assert_eq!(of("DB_PASSWORD", value), "info", "{value}");
    }
    for value in ["see-you-later7", "seevalues7x", "auto-generator-7x", "ignored77x"] {
        assert_eq!(of("DB_PASSWORD", value), "error", "{value}");
    }
    for value in ["secretref:db-password", "secretRef:kv/db"] {
        assert_eq!(of("DB_PASSWORD", value), "", "{value}");
    }
    assert_eq!(of("DB_PASSWORD", "secretref:x7y8z9"), "error");
    for value in ["orders.created", "orders.#", "*.created.eu-west"] {
        assert_eq!(of("AMQP_ROUTING_KEY", value), "", "{value}");
    }
    assert_eq!(of("AMQP_ROUTING_KEY", "r02ab7cd9efg3h1jk5mn"), "error");
    assert_eq!(of("AMQP_SECRET_KEY", "orders.#"), "error");
}

#[test]
fn only_sql_is_called_so() {
    let of = |line: &str| {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: shop}}\ndata:\n  a.txt: |\n    {line}\n"
        );
        said(&plain(&[("a.yaml", &text)]), &["NHI202"])
    };
    assert_eq!(
        of("local db = { user = \"app\", password = 'x7-plum-y' }"),
        ["NHI202 error a.yaml:6 `a.txt` holds a password in quotes"]
    );
    assert_eq!(of("password 'x7-plum-y'"), ["NHI202 error a.yaml:6 `a.txt` holds a password in quotes"]);
    assert_eq!(
        of("CREATE ROLE app LOGIN PASSWORD 'x7-plum-y';"),
        ["NHI202 error a.yaml:6 `a.txt` holds a password in an SQL statement"]
    );
}

#[test]
fn reading_secrets_by_their_names_says_so() {
    let role = |verbs: &str| {
        approver("reader", &format!("{{apiGroups: [''], resources: [secrets], verbs: [{verbs}]}}"))
    };
    let words = |verbs: &str| beside(&plain(&[("a.yaml", &role(verbs))]));
    assert!(words("get").contains("`get` reads any secret whose name is guessed"));
    assert!(!words("get").contains("`list` and `watch`"));
    assert!(words("get, list").contains("`list` and `watch` reveal contents"));
}

#[test]
fn a_job_of_argo_cd_is_made_a_hook() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: wait\n  namespace: shop\n  annotations: {NOTE: '10'}\nspec:\n  template:\n    spec:\n      serviceAccountName: wait\n      restartPolicy: Never\n      containers: [{name: a, image: 'registry.example/a:1', command: [kubectl, get, pods]}]\n";
    let of = |note: &str| {
        let report = plain(&[("a.yaml", &(job.replace("NOTE", note) + GRANTED))]);
        let all = report["findings"].as_array().expect("a list").iter();
        let found = all.filter(|finding| finding["rule"] == "NHI403");
        let titles: Vec<String> = found.map(|finding| finding["fixes"][0]["title"].to_string()).collect();
        titles.join(" ")
    };
    assert_eq!(
        of("argocd.argoproj.io/sync-wave"),
        "\"make it a hook, which Argo CD deletes when it has succeeded\""
    );
    assert_eq!(of("acme.example/wave"), "\"delete it when it is done, as a hook where Argo CD applies it\"");
}

const GRANTED: &str = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: wait, namespace: shop}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: wait, namespace: shop}\nrules: [{apiGroups: [''], resources: [pods], verbs: [get, list]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: wait, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: wait}\nsubjects: [{kind: ServiceAccount, name: wait, namespace: shop}]\n";

#[test]
fn a_key_of_a_cloud_in_the_environment_is_one_finding() {
    let job = |env: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: dump, namespace: shop}}\nspec:\n  template:\n    spec:\n      serviceAccountName: dump\n      restartPolicy: Never\n      containers:\n        - name: a\n          image: registry.example/a:1\n          env: [{env}]\n"
        )
    };
    let of = |env: &str, files: &[(&str, &str)], arguments: &[&str]| {
        let text = job(env);
        let files = [files, &[("a.yaml", text.as_str())]].concat();
        let report = check(scratch(&files).path(), "", &[&[".", "--no-render"], arguments].concat());
        (said(&report, &["NHI204", "NHI601"]), beside(&report))
    };
    let key = from_secret("AWS_SECRET_ACCESS_KEY", "bucket", "key");
    let (found, words) = of(&key, &[], &[]);
    assert_eq!(found, ["NHI204 error a.yaml:12 `AWS_SECRET_ACCESS_KEY` is a secret in the environment"]);
    assert!(
        words
            .contains("the same: `AWS_SECRET_ACCESS_KEY` is an AWS access key, which never expires (NHI601)")
    );
    assert!(words.contains("IAM role"), "{words}");
    let both = [from_secret("TOKEN", "bucket", "token"), key.clone()].join(", ");
    assert_eq!(of(&both, &[], &[]).0.len(), 2, "the other one is shown at another variable");
    let off = [("nhilint.yaml", "rules: {NHI204: off}\n")];
    assert_eq!(of(&key, &off, &["--config", "nhilint.yaml"]).0.len(), 1, "alone it is said by itself");
    let service = pod(&key, "");
    let found = said(&plain(&[("a.yaml", &service)]), &["NHI204", "NHI601"]);
    assert_eq!(found.len(), 2, "one is graver: {found:?}");
}

#[test]
fn the_account_of_a_template_is_that_of_who_submits_it() {
    let template = "apiVersion: argoproj.io/v1alpha1\nkind: KIND\nmetadata: {name: build, namespace: ci}\nspec: {entrypoint: a, templates: [{name: a, container: {image: 'registry.example/a:1'}}]}\n";
    let words = |kind: &str| {
        let report = plain(&[("a.yaml", &template.replace("KIND", kind))]);
        assert_eq!(said(&report, &["NHI101"]).len(), 1, "{kind}");
        beside(&report).contains("or by `templateRef`, runs as its own account")
    };
    assert!(words("WorkflowTemplate") && !words("Workflow"));
}

#[test]
fn a_value_that_a_comment_asks_to_replace_may_be_nobodys() {
    let of = |comment: &str| {
        let env = format!(
            "\n        - name: ACCESS_KEY {comment}\n          value: 8312341g-5678-abcd-4a2b2c-33bcsd655\n"
        );
        let text = pod("", "").replace(" []\n", &env);
        let report = plain(&[("a.yaml", &text)]);
        let found = said(&report, &["NHI201"]);
        assert!(found.len() == 1 && found[0].starts_with("NHI201 error a.yaml:11"), "{found:?}");
        beside(&report).contains("unless it is still the example")
    };
    assert!(of("# REQUIRED - replace with your access key"));
    assert!(!of(&format!("# {} replace this", "long ".repeat(300))), "nobody reads to its end");
    assert!(!of("# the key of the agent"));
    assert!(!of(""));
}

#[test]
fn what_a_workflow_needs_beside_its_report_is_said() {
    let workflow = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: call, namespace: ci}\nspec: {entrypoint: a, templates: [{name: a, TEMPLATE}]}\n";
    let words = |template: &str| {
        let report = plain(&[("a.yaml", &workflow.replace("TEMPLATE", template))]);
        let finding = report["findings"].as_array().expect("a list").iter();
        let mut finding = finding.filter(|finding| finding["rule"] == "NHI101");
        let fixes = finding.next().expect("a finding")["fixes"].clone();
        (beside(&report), fixes[0]["applicability"].as_str().unwrap_or_default().to_owned())
    };
    let (notes, fix) = words("http: {url: 'https://rates.example'}");
    assert!(
        notes.contains("list and watch `workflowtasksets`")
            && notes.contains("`<account>.service-account-token`")
            && fix == "suggest",
        "{notes} {fix}"
    );
    let (notes, fix) = words("resource: {action: get, manifest: 'kind: Job'}");
    assert!(notes.contains("act on the API") && fix == "suggest", "{notes} {fix}");
    let (notes, fix) = words("container: {image: 'registry.example/a:1'}");
    assert!(!notes.contains("workflowtasksets") && fix == "unsafe", "{notes} {fix}");
}
