//! The settings file: what it changes, and what is said where it is wrong.

use std::collections::BTreeSet;

use nhilint::catalog::{Catalog, Preset};
use nhilint::config::{File, Folder, Settings};
use nhilint::finding::RuleId;
use nhilint::load::Texts;

use crate::bench::{self, catalog, lint_files};
use crate::cli::{run, scratch};
use crate::stages::git;
use nhilint::catalog::drawing::plain;

/// A value for every parameter of every card, with which something else is found in one of its examples, or in the
/// manifest that stands beside it.
const PARAMETERS: &[(u64, &str, &str, &str)] = &[
    (101, "allowIfNoToken", "false", ""),
    (101, "allowedNamespaces", "\"sh*\"", ""),
    (101, "requireFor", "node", ""),
    (101, "tektonDefaultServiceAccount", "pipeline", ""),
    (102, "allowList", "\"*/*\"", ""),
    (102, "allowSameInstance", "[]", SAME_INSTANCE),
    (102, "maxUsers", "9", ""),
    (103, "knownServiceAccounts", "[\"*/*\"]", ""),
    (104, "ignoreRemoteKeyGlobs", "\"*\"", ""),
    (106, "managedElsewhere", "\"*\"", ""),
    (107, "allowed", "\"*/*\"", ""),
    (201, "allowValues", "willow-basket-77-copper", ""),
    (202, "allowValues", "gravel-teapot-58", ""),
    (203, "allowPaths", "\"*\"", ""),
    (203, "allowTypes", "\"*\"", ""),
    (204, "allowImages", "\"*\"", ""),
    (204, "allowNames", "\"*\"", ""),
    (301, "acceptLevels", "workload", ""),
    (301, "keys", "{add: harbour.example/crew}", CREW),
    (402, "cloudMaxSeconds", "86400", ""),
    (402, "maxSeconds", "{job: 600}", ""),
    (403, "slackSeconds", "100000", ""),
    (501, "gitopsEngines", "\"*\"", ""),
    (504, "secretOperators", "\"*\"", ""),
    (505, "privilegedNamespaces", "\"*\"", ""),
    (507, "controlConfigMaps", "tide-table", CONFIG_MAPS),
    (507, "controlNamespaces", "harbour", CONFIG_MAPS),
    (508, "publicRoles", "\"*\"", ""),
    (512, "maxHops", "1", ""),
    (602, "allowList", "\"*\"", ""),
    (602, "maxAccounts", "9", ""),
    (701, "mirrors", "registry.example/hub", MIRRORED),
    (701, "nodeAgents", "\"*\"", ""),
    (704, "approvedNamespaces", "nowhere", ""),
    (704, "requiredLabels", "owner-of-the-moon", ""),
    (901, "soonDays", "3", ""),
    (904, "maxDays", "9000", ""),
];

const SAME_INSTANCE: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n---\n\
    apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop, labels: {app.kubernetes.io/instance: shop}}\n\
    spec: {template: {metadata: {}, spec: {serviceAccountName: web, containers: [{name: a, image: registry.example/a:1}]}}}\n---\n\
    apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b, namespace: shop, labels: {app.kubernetes.io/instance: shop}}\n\
    spec: {template: {metadata: {}, spec: {serviceAccountName: web, containers: [{name: b, image: registry.example/b:1}]}}}\n";
const MIRRORED: &str = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: net, namespace: net}\n\
    spec: {template: {metadata: {}, spec: {serviceAccountName: net, containers: [{name: net, \
    image: registry.example/hub/calico/node:1, securityContext: {privileged: true}}]}}}\n";
const CREW: &str = "apiVersion: batch/v1\nkind: Job\n\
    metadata: {name: tally, namespace: shop, labels: {harbour.example/crew: night}}\n\
    spec: {template: {spec: {containers: [{name: tally, image: registry.example/tally:1}]}}}\n";
const CONFIG_MAPS: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: tides, namespace: harbour}\n\
    rules:\n- {apiGroups: [\"\"], resources: [configmaps], resourceNames: [tide-table, argocd-cm], verbs: [update]}\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: tides, namespace: harbour}\n\
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tides}\n\
    subjects: [{kind: ServiceAccount, name: pilot, namespace: quay}]\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: moon}\n\
    rules:\n- {apiGroups: [\"\"], resources: [configmaps], resourceNames: [tide-table], verbs: [update]}\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: moon}\n\
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: moon}\n\
    subjects: [{kind: ServiceAccount, name: pilot, namespace: quay}]\n";

/// The settings of a text, which has no mistakes.
fn settings(text: &str, catalog: &Catalog, preset: Preset) -> Settings {
    let file = Texts::default().add(".nhilint.yaml", text);
    let (file, mistakes) = File::read(file, text, catalog);
    assert_eq!(mistakes, [], "{text}");
    Settings::of_file(catalog, &file, Folder::default(), Some(preset), bench::settings(catalog, preset).now)
}

fn found(settings: &Settings, files: &[(&str, String)], catalog: &Catalog) -> Vec<String> {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (report, _) = lint_files(&files, settings, catalog);
    let shown = |finding: &nhilint::finding::Finding| {
        format!(
            "{} {} {:?} {} {:?}",
            finding.rule, finding.form.0, finding.severity, finding.message, finding.notes
        )
    };
    report.findings.iter().map(shown).collect()
}

#[test]
fn every_parameter_of_every_card_has_an_effect() {
    let catalog = catalog();
    let known =
        catalog.cards().iter().flat_map(|card| card.params.keys().map(|name| (card.id.0, name.clone())));
    let given: BTreeSet<(u64, String)> =
        PARAMETERS.iter().map(|(rule, name, _, _)| (*rule, (*name).to_owned())).collect();
    let known: BTreeSet<(u64, String)> = known.collect();
    assert_eq!(known, given, "each parameter has a row in PARAMETERS");
    let mut wrong = Vec::new();
    for (rule, name, value, manifest) in PARAMETERS {
        let card = catalog.card(RuleId(*rule));
        let text = format!("rules:\n  {}: {{{name}: {value}}}\n", card.id);
        let examples = card
            .examples
            .iter()
            .flat_map(|example| [Some(&example.bad), example.good.as_ref(), example.silent.as_ref()]);
        let mut inputs: Vec<Vec<(&str, String)>> = examples.flatten().map(plain).collect();
        inputs.push(vec![("manifest.yaml", (*manifest).to_owned())]);
        let presets = [Preset::Recommended, Preset::Strict];
        let changes = |input: &Vec<(&str, String)>, preset| {
            let only = |mut settings: Settings| {
                settings.limit(Some(BTreeSet::from([card.id])), BTreeSet::new());
                found(&settings, input, &catalog)
            };
            only(settings(&text, &catalog, preset)) != only(settings("", &catalog, preset))
        };
        if !inputs.iter().any(|input| presets.iter().any(|&preset| changes(input, preset))) {
            wrong.push(format!("{} {name}: {value}", card.id));
        }
    }
    assert!(wrong.is_empty(), "no effect:\n{}", wrong.join("\n"));
}

pub(crate) const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: tally, namespace: NAMESPACE, labels: {LABELS}}\n\
                   spec: {template: {spec: {containers: [{name: tally, image: registry.example/tally:1}]}}}\n";
pub(crate) const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: NAMESPACE, labels: {LABELS}}\n\
                   spec: {template: {metadata: {}, spec: {containers: [{name: web, image: registry.example/web:1}]}}}\n";

pub(crate) fn in_namespace(manifest: &str, namespace: &str, labels: &str) -> String {
    manifest.replace("NAMESPACE", namespace).replace("LABELS", labels)
}

/// Rule, severity and object of each finding of `check`, and the exit code.
fn checked(files: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let directory = scratch(files);
    checked_in(directory.path(), arguments)
}

pub(crate) fn checked_in(directory: &std::path::Path, arguments: &[&str]) -> (Option<i32>, Vec<String>) {
    let (code, out, err) =
        run(directory, &[&["check", ".", "--format", "json", "--no-cache"], arguments].concat());
    let report: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let findings = report["findings"].as_array().expect("a list");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let shown = findings.iter().map(|one| {
        format!("{} {} {}", text(&one["rule"]), text(&one["severity"]), text(&one["object"]["name"]))
    });
    (code, shown.collect())
}

fn of<'f>(found: &'f [String], rule: &str) -> Vec<&'f str> {
    found.iter().filter(|one| one.starts_with(rule)).map(String::as_str).collect()
}

#[test]
fn levels_of_rules_and_of_forms() {
    let web = in_namespace(WEB, "shop", "");
    let with = |text: &str, arguments: &[&str]| {
        checked(
            &[("web.yaml", &web), (".nhilint.yaml", text)],
            &[&["--select", "NHI101"], arguments].concat(),
        )
    };
    assert_eq!(with("", &[]), (Some(0), vec!["NHI101 warning web".to_owned()]));
    assert_eq!(with("rules: {NHI101: error}", &[]), (Some(1), vec!["NHI101 error web".to_owned()]));
    assert_eq!(with("rules: {dedicated-service-account: off}", &[]).1, Vec::<String>::new());
    assert_eq!(with("rules: {NHI101: {severity: off, forms: {unset: info}}}", &[]).1, ["NHI101 info web"]);
    assert_eq!(with("rules: {NHI101: {severity: {job: error}}}", &[]).1, Vec::<String>::new());
    assert_eq!(with("rules: {NHI101: error}", &["--no-config"]).1, ["NHI101 warning web"]);
    assert_eq!(with("rules: {NHI101: error}", &["--preset", "audit"]).1, ["NHI101 info web"]);
    assert_eq!(with("failOn: warning", &[]).0, Some(1));
    assert_eq!(with("failOn: warning", &["--fail-on", "error"]).0, Some(0));
    assert_eq!(with("preset: strict", &["--fail-on-unjudged=false"]).1, ["NHI101 error web"]);
}

#[test]
fn the_strictest_tier_holds_and_no_object_lowers_its_own() {
    let settings = "assign:\n- {environment: prod, tier: restricted}\n- {namespace: \"*-lab\", tier: sandbox}\n\
                    - {environment: dev, tier: sandbox}\n- {namespaceLabels: {data: payments}, tier: restricted}\n";
    let level = |namespace: &str, labels: &str, more: &str| {
        let web = in_namespace(WEB, namespace, labels) + more;
        let (_, found) = checked(&[("web.yaml", &web), (".nhilint.yaml", settings)], &["--select", "NHI101"]);
        found
    };
    assert_eq!(level("shop", "", ""), ["NHI101 warning web"], "what is not assigned is judged as the whole");
    assert_eq!(level("shop-prod", "", ""), ["NHI101 error web"]);
    assert_eq!(
        level("shop-prod", "environment: dev", ""),
        ["NHI101 error web"],
        "its own label lowers nothing"
    );
    assert_eq!(level("shop", "environment: dev", ""), ["NHI101 warning web"], "its own label lowers nothing");
    assert_eq!(level("shop", "environment: prod", ""), ["NHI101 error web"], "but it raises");
    assert_eq!(level("shop-lab", "", ""), Vec::<String>::new());
    let namespace =
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: vault-lab, labels: {data: payments}}\n";
    assert_eq!(level("vault-lab", "", namespace), ["NHI101 error web"], "of two tiers the strictest holds");
}

#[test]
fn parameters_differ_by_tier() {
    let settings = "tiers:\n  fast: {rules: {NHI402: {maxSeconds: {service: 600}}}}\n\
                    assign: [{path: \"prod/*\", tier: fast}]\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  serviceAccountName: web\n  \
               containers: [{name: web, image: registry.example/web:1}]\n  volumes:\n  - name: t\n    projected: {sources: \
               [{serviceAccountToken: {path: t, audience: vault, expirationSeconds: 1800}}]}\n";
    let files = [
        ("prod/web.yaml", pod),
        ("dev/web.yaml", &pod.replace("shop", "shop-dev")),
        (".nhilint.yaml", settings),
    ];
    let (_, found) = checked(&files.map(|(name, text)| (name, text)), &["--select", "NHI402"]);
    assert_eq!(found, ["NHI402 error web"], "only where the shorter time holds");
}

#[test]
fn what_is_excluded_is_counted_as_not_judged() {
    let job = in_namespace(JOB, "shop", "");
    let other = in_namespace(JOB, "lab", "");
    let settings =
        "exclude: [{path: \"third_party/*\", rules: NHI101, reason: the vendor does not take changes}]\n";
    let files = [("third_party/a.yaml", &*other), ("job.yaml", &*job), (".nhilint.yaml", settings)];
    let directory = scratch(&files);
    let (_, found) = checked_in(directory.path(), &["--select", "NHI101,NHI301"]);
    assert_eq!(of(&found, "NHI101").len(), 1);
    assert_eq!(of(&found, "NHI301").len(), 2);
    let (_, out, _) = run(directory.path(), &["check", ".", "--no-cache"]);
    assert!(out.contains("findings that the settings exclude (1), for example third_party/a.yaml"), "{out}");
    git(directory.path(), &["init", "-q"]);
    // From a folder below, paths are still those of the settings file.
    let (_, out, _) =
        run(&directory.path().join("third_party"), &["check", ".", "--no-cache", "--select", "NHI101"]);
    assert!(out.contains("findings that the settings exclude (1)"), "{out}");
}

#[test]
fn kinds_of_files_go_by_the_chart_and_not_by_a_name() {
    let job = |namespace| in_namespace(JOB, namespace, "");
    let chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
    let left = |kind: &str| {
        let files = [
            ("Chart.yaml", chart),
            ("charts/redis/job.yaml", &*job("vendored")),
            ("ci/job.yaml", &*job("rendered-with")),
            ("templates/tests/job.yaml", &*job("tested")),
            ("apps/charts/own/job.yaml", &*job("own")),
            ("apps/ci/job.yaml", &*job("builds")),
            ("apps/templates/tests/job.yaml", &*job("suite")),
            ("apps/OtherChart.yaml", chart),
            (
                ".nhilint.yaml",
                &*format!("exclude: [{{files: {kind}, reason: the vendor does not take changes}}]\n"),
            ),
        ];
        let directory = scratch(&files);
        let arguments = ["check", ".", "--no-render", "--no-cache", "--select", "NHI101", "--format", "json"];
        let (_, out, _) = run(directory.path(), &arguments);
        let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        let findings = report["findings"].as_array().expect("findings").clone();
        let mut paths: Vec<String> =
            findings.iter().map(|one| one["location"]["file"].as_str().expect("a file").to_owned()).collect();
        paths.sort();
        paths
    };
    let own = ["apps/charts/own/job.yaml", "apps/ci/job.yaml", "apps/templates/tests/job.yaml"];
    assert_eq!(left("vendored-charts"), [&own[..], &["ci/job.yaml"]].concat());
    assert_eq!(left("chart-tests"), [&own[..], &["charts/redis/job.yaml"]].concat());
}

#[test]
fn owners_of_the_settings() {
    let job = in_namespace(JOB, "shop", "owner: team-shop");
    let with = |settings: &str| {
        checked(&[("job.yaml", &job), (".nhilint.yaml", settings)], &["--select", "NHI301"]).1
    };
    assert_eq!(with(""), Vec::<String>::new());
    assert_eq!(with("owners: {registry: [team-payments]}"), ["NHI301 error tally"], "nobody knows that team");
    assert_eq!(with("owners: {registry: [\"team-*\"]}"), Vec::<String>::new());
    let map = |line: &str| {
        format!("owners: {{registry: [team-payments], map: [{{owner: team-payments, {line}}}]}}")
    };
    assert_eq!(with(&map("namespace: \"sh*\"")), Vec::<String>::new());
    assert_eq!(with(&map("identity: shop/default")), Vec::<String>::new());
    assert_eq!(with(&map("path: job.yaml")), Vec::<String>::new());
    assert_eq!(with(&map("path: jobs/*")), ["NHI301 error tally"]);
}

#[test]
fn custom_resources_that_run_pods() {
    let crane = "apiVersion: harbour.example/v1\nkind: Crane\nmetadata: {name: crane, namespace: quay}\nspec: {pods: {big: \
                 {metadata: {}, spec: {containers: [{name: a, image: registry.example/a:1}]}}}}\n";
    let settings = "workloads: [{group: harbour.example, kind: Crane, template: spec.pods.*, runs: job}]\n";
    let with = |settings: &str| {
        checked(&[("crane.yaml", crane), (".nhilint.yaml", settings)], &["--select", "NHI101"]).1
    };
    assert_eq!(with(""), Vec::<String>::new(), "nobody knows whether an account is missing");
    assert_eq!(with(settings), ["NHI101 error crane"]);
}

#[test]
fn the_settings_stand_in_the_repository_and_not_above_it() {
    let web = in_namespace(WEB, "shop", "");
    let strict = "rules: {NHI101: error}\n";
    let directory = scratch(&[("top/inner/web.yaml", &web), (".nhilint.yaml", strict)]);
    let inner = directory.path().join("top/inner");
    let level = |arguments: &[&str]| checked_in(&inner, &[&["--select", "NHI101"], arguments].concat()).1;
    assert_eq!(level(&[]), ["NHI101 warning web"], "what stands above belongs to somebody else");
    assert_eq!(level(&["--config", "../../.nhilint.yaml"]), ["NHI101 error web"]);
    git(directory.path(), &["init", "-q"]);
    assert_eq!(level(&[]), ["NHI101 error web"], "up to the top of the repository");
    git(&directory.path().join("top"), &["init", "-q"]);
    assert_eq!(level(&[]), ["NHI101 warning web"], "another repository is in between");
}

#[test]
fn exceptions_by_tier_and_by_file() {
    let exceptions = "apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n- id: EX-1\n  rules: [NHI101]\n  \
                      match: {identity: shop/default}\n  reason: the vendor names no account\n  owner: team-shop\n  approver: \
                      security\n  created: 2026-09-01\n  until: 2026-11-20\n";
    let job = in_namespace(JOB, "shop", "");
    let with = |settings: &str| {
        let files = [("job.yaml", &*job), ("gate/exceptions.yaml", exceptions), (".nhilint.yaml", settings)];
        checked(&files, &["--select", "NHI101,NHI901,NHI902", "--now", "2026-11-15"]).1
    };
    let file = "exceptions: gate/exceptions.yaml\n";
    assert_eq!(with(""), ["NHI101 error tally"], "nobody names that file");
    let rules = |found: Vec<String>| {
        found.iter().map(|one| one[..one.rfind(' ').unwrap_or(0)].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        rules(with(file)),
        ["NHI901 info", "NHI101 error"],
        "it ends soon, and what it hides stays in the report"
    );
    assert_eq!(rules(with(&format!("{file}rules: {{NHI901: {{soonDays: 2}}}}\n"))), ["NHI101 error"]);
    let tier = |limits: &str| {
        format!(
            "{file}tiers: {{night: {{exceptions: {limits}}}}}\nassign: [{{namespace: shop, tier: night}}]\n"
        )
    };
    assert_eq!(rules(with(&tier("{maxDays: {error: 100}}"))), ["NHI901 info", "NHI101 error"]);
    assert_eq!(
        rules(with(&tier("{maxDays: {error: 60}}"))),
        ["NHI902 error", "NHI101 error"],
        "it lasts too long"
    );
    assert_eq!(rules(with(&tier("{nonExemptible: [NHI101]}"))), ["NHI902 error", "NHI101 error"]);
}
