//! What is joined by name, and in which cluster: nothing that is added hides a flaw, and clusters that are not known to be
//! one are not taken for one.

use nhilint::finding::Engine;
use serde_json::Value;

use crate::child_live::tool;
use crate::cli::{run, scratch};
use crate::reach::{may, runs};

/// A rule and the severity that it has at least.
pub(crate) type Wanted = (&'static str, &'static str);

/// Files, what must be found, and what must not.
pub(crate) type Case = (&'static str, Vec<(&'static str, String)>, &'static [Wanted], &'static [Wanted]);

pub(crate) const RBAC: &str = "apiVersion: rbac.authorization.k8s.io/v1";
const MAY_ESCALATE: &str = "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [update, escalate]}, {apiGroups: [''], resources: [secrets], verbs: [get, list]}";
const MAY_LITTLE: &str = "{apiGroups: [''], resources: [configmaps], verbs: [get]}";
const ANYTHING: &str = "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}";
const STRONG: &[Wanted] = &[("NHI503", "error"), ("NHI504", "error")];
const WAY: &[Wanted] = &[("NHI512", "error")];
pub(crate) const EVERYTHING: &[Wanted] = &[("NHI501", "error")];
const SHARED: &[Wanted] = &[("NHI102", "error")];
const LITERAL: &[Wanted] = &[("NHI201", "error")];

fn role(name: &str, rules: &str) -> String {
    format!("---\n{RBAC}\nkind: ClusterRole\nmetadata: {{name: {name}}}\nrules: [{rules}]\n")
}

fn bound(role: &str, subject: &str) -> String {
    format!(
        "---\n{RBAC}\nkind: ClusterRoleBinding\nmetadata: {{name: mill}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\nsubjects: [{subject}]\n"
    )
}

const MILL: &str = "{kind: ServiceAccount, name: mill, namespace: shop}";

fn account(namespaced: &str, more: &str) -> String {
    format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {namespaced}}}\n{more}")
}

/// It differs from all others of its name, and has nothing to do with anything.
fn settings(value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: shop}}\ndata: {{a: {value}}}\n"
    )
}

fn application(name: &str, path: &str, destination: &str) -> String {
    format!(
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  project: default\n  destination: {{{destination}, namespace: shop}}\n  source: {{repoURL: 'https://git.example/acme/shop.git', path: {path}, directory: {{recurse: true}}}}\n"
    )
}

const HERE: &str = "server: 'https://kubernetes.default.svc'";

pub(crate) fn flux(name: &str, path: &str) -> String {
    format!(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{interval: 5m, path: ./{path}, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
    )
}

pub(crate) const REPOSITORY: &str = "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {interval: 5m, url: 'https://git.example/acme/shop.git', ref: {branch: main}}\n";

/// It may make tokens in its namespace, where [`chief`] is.
fn mint() -> String {
    runs("shop/mint") + &may("shop/mint", Some("shop"), &[("create", "", "serviceaccounts/token")])
}

fn chief() -> String {
    let binding = bound("cluster-admin", "{kind: ServiceAccount, name: chief, namespace: shop}");
    runs("shop/chief") + &binding.replace("name: mill}", "name: chief}")
}

fn service() -> String {
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: chief, namespace: shop}\nspec: {type: LoadBalancer, selector: {app: chief}, ports: [{port: 80}]}\n".to_owned()
}

/// A Job of the file that names no namespace.
fn job(name: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{restartPolicy: Never, serviceAccountName: grinder, containers: [{{name: a, image: 'registry.example/{name}:1'}}]}}}}}}\n"
    )
}

fn literal(name: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: 'registry.example/a:1', env: [{{name: DB_PASSWORD, value: Wq83kLz0Pr5x}}]}}]}}}}}}\n"
    )
}

const ALL: &str = "resources: [all.yaml]\n";

fn kustomized(folder: &'static [&'static str; 2], text: String) -> Vec<(&'static str, String)> {
    vec![(folder[0], text), (folder[1], ALL.to_owned())]
}

/// The most severe finding of a rule.
fn worst<'r>(report: &'r Value, rule: &str) -> &'r str {
    let findings = report["findings"].as_array().expect("a list").iter();
    let of_rule = findings.filter(|finding| finding["rule"] == rule);
    let word = |finding: &'r Value| finding["severity"].as_str().expect("a word");
    of_rule.map(word).max_by_key(|word| weight(word)).unwrap_or("nothing")
}

fn weight(word: &str) -> usize {
    ["nothing", "info", "warning", "error"].iter().position(|known| *known == word).expect("a severity")
}

fn check(files: &[(&str, String)], arguments: &[&str]) -> Value {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let here = scratch(&files);
    let (_, out, errors) = run(here.path(), &[&["check", "--format", "json"], arguments].concat());
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("no report: {errors}"))
}

/// Checks each case; those with a kustomization where there is a program that builds it.
pub(crate) fn hold(cases: Vec<Case>) {
    for (what, files, must, never) in cases {
        let needs_tool = files.iter().any(|(path, _)| path.ends_with("kustomization.yaml"));
        if needs_tool && tool(Engine::Kustomize).is_none() {
            continue;
        }
        let report = check(&files, &["."]);
        for (rule, least) in must {
            let found = worst(&report, rule);
            assert!(weight(found) >= weight(least), "{what}: {rule} says {found}, not {least}");
        }
        for (rule, least) in never {
            let found = worst(&report, rule);
            assert!(weight(found) < weight(least), "{what}: {rule} says {found}");
        }
    }
}

fn definitions() -> Vec<Case> {
    let evil = || role("mill", MAY_ESCALATE);
    let decoy = || role("mill", MAY_LITTLE);
    let bound_mill = || bound("mill", MILL);
    let silent = "automountServiceAccountToken: false\n";
    vec![
        ("in one file, the last harmless", vec![("a.yaml", evil() + &decoy() + &bound_mill())], STRONG, &[]),
        ("in one file, the first harmless", vec![("a.yaml", decoy() + &evil() + &bound_mill())], STRONG, &[]),
        ("in two files", vec![("a.yaml", decoy() + &bound_mill()), ("b.yaml", evil())], STRONG, &[]),
        ("in two folders", vec![("x/a.yaml", decoy() + &bound_mill()), ("y/a.yaml", evil())], STRONG, &[]),
        (
            "in two folders, bound in a third",
            vec![("x/a.yaml", decoy()), ("y/a.yaml", evil()), ("z/a.yaml", bound_mill())],
            STRONG,
            &[],
        ),
        (
            "in a folder that nobody deploys",
            vec![
                ("apps.yaml", application("a", "a", HERE) + &application("b", "b", HERE)),
                ("a/a.yaml", evil()),
                ("b/b.yaml", bound_mill()),
                ("c/c.yaml", decoy()),
            ],
            STRONG,
            &[],
        ),
        (
            "that allows everything",
            vec![("x/a.yaml", role("mill", ANYTHING)), ("y/a.yaml", decoy() + &bound_mill())],
            EVERYTHING,
            &[],
        ),
        (
            "of a role of every API server",
            vec![("a.yaml", role("cluster-admin", MAY_LITTLE) + &bound("cluster-admin", MILL))],
            EVERYTHING,
            &[],
        ),
        (
            "of a role for people",
            vec![("a.yaml", role("edit", MAY_LITTLE) + &bound("edit", MILL))],
            &[("NHI509", "error")],
            &[],
        ),
        (
            "of an account without a token",
            vec![("x/a.yaml", mint() + &chief()), ("y/a.yaml", account("mint, namespace: shop", silent))],
            WAY,
            &[],
        ),
        (
            "of an account with an owner",
            vec![
                ("x/a.yaml", runs("shop/mint")),
                ("y/a.yaml", account("mint, namespace: shop, annotations: {nhilint.dev/owner: team}", "")),
            ],
            &[("NHI301", "warning")],
            &[],
        ),
    ]
}

#[test]
fn of_several_definitions_the_worst_counts() {
    hold(definitions());
}

#[test]
fn a_difference_somewhere_hides_nothing() {
    let apart = |one: &'static str, other: &'static str| {
        vec![(one, mint() + &settings("one")), (other, chief() + &settings("two"))]
    };
    let deployed = |path: &'static str, deployers: String| {
        [vec![(path, deployers)], apart("a/a.yaml", "b/b.yaml")].concat()
    };
    let two = |destination: &str| application("a", "a", destination) + &application("b", "b", destination);
    let nested = || {
        let parent = application("parent", "apps", HERE);
        let (one, other) = (application("a", "a", HERE), application("b", "b", HERE));
        let deployers = vec![("parent.yaml", parent), ("apps/dev/a.yaml", one), ("apps/prod/b.yaml", other)];
        [deployers, apart("a/a.yaml", "b/b.yaml")].concat()
    };
    hold(vec![
        ("between two files", apart("a.yaml", "b.yaml"), WAY, &[]),
        ("between two folders", apart("x/a.yaml", "y/a.yaml"), WAY, &[]),
        ("between two Applications", deployed("apps.yaml", two(HERE)), WAY, &[]),
        ("between two Applications of one named cluster", deployed("apps.yaml", two("name: live")), WAY, &[]),
        (
            "between two Kustomizations of Flux",
            deployed("flux.yaml", REPOSITORY.to_owned() + &flux("a", "a") + &flux("b", "b")),
            WAY,
            &[],
        ),
        ("between what one Application deploys through two", nested(), WAY, &[]),
        (
            "between folders that are called after environments",
            vec![
                ("apps.yaml", application("a", "dev/a", HERE) + &application("b", "prod/b", HERE)),
                ("dev/a/a.yaml", mint()),
                ("prod/b/b.yaml", chief()),
            ],
            WAY,
            &[],
        ),
        (
            "between a workload and what leads to it",
            vec![("x/a.yaml", chief() + &settings("one")), ("y/a.yaml", service() + &settings("two"))],
            &[("NHI702", "error")],
            &[],
        ),
    ]);
}

#[test]
fn clusters_are_not_joined_by_guess() {
    let two_staging = |one, other| {
        let mut files = kustomized(&["staging/c1/all.yaml", "staging/c1/kustomization.yaml"], one);
        files.extend(kustomized(&["staging/c2/all.yaml", "staging/c2/kustomization.yaml"], other));
        files
    };
    let destinations = |one: &str, other: &str| {
        let deployers = application("a", "a", one) + &application("b", "b", other);
        vec![("apps.yaml", deployers), ("a/a.yaml", mint()), ("b/b.yaml", chief())]
    };
    let group = "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}";
    let mut unused_base =
        kustomized(&["base/all.yaml", "base/kustomization.yaml"], bound("cluster-admin", group));
    unused_base
        .extend(kustomized(&["app/all.yaml", "app/kustomization.yaml"], runs("shop/chief") + &service()));
    unused_base.push(("clusters/live/kustomization.yaml", "resources: [../../app]\n".to_owned()));
    hold(vec![
        ("two that are called staging", two_staging(mint(), chief()), EVERYTHING, WAY),
        (
            "one account in two that are called staging",
            two_staging(runs("shop/chief") + &service(), chief()),
            EVERYTHING,
            &[("NHI702", "error")],
        ),
        ("two that are named", destinations("name: live", "name: spare"), EVERYTHING, &[("NHI512", "info")]),
        (
            "two of `clusters/`",
            vec![
                ("clusters/a/flux.yaml", REPOSITORY.to_owned() + &flux("a", "a")),
                ("clusters/b/flux.yaml", REPOSITORY.to_owned() + &flux("b", "b")),
                ("a/a.yaml", mint()),
                ("b/b.yaml", chief()),
            ],
            EVERYTHING,
            &[("NHI512", "info")],
        ),
        (
            "two folders of `clusters/`",
            vec![("clusters/a/a.yaml", mint()), ("clusters/b/b.yaml", chief())],
            EVERYTHING,
            WAY,
        ),
        (
            "two environments that nobody deploys",
            vec![("envs/dev/a.yaml", mint()), ("envs/prod/b.yaml", chief())],
            EVERYTHING,
            WAY,
        ),
        (
            "two clusters of one environment",
            vec![("staging-a/a.yaml", mint()), ("staging-b/b.yaml", chief())],
            EVERYTHING,
            WAY,
        ),
        (
            "two regions of one environment",
            vec![("envs/prod-eu/a.yaml", mint()), ("envs/prod-us/b.yaml", chief())],
            EVERYTHING,
            WAY,
        ),
        (
            "an environment and one of its clusters",
            vec![("prod/a.yaml", mint()), ("prod-eu/b.yaml", chief()), ("prod-us/c.yaml", service())],
            WAY,
            &[],
        ),
        ("two applications", vec![("test-mint/a.yaml", mint()), ("test-chief/b.yaml", chief())], WAY, &[]),
        ("one environment", vec![("envs/dev/a.yaml", mint()), ("all/b.yaml", chief())], WAY, &[]),
        ("a base that nobody deploys", unused_base, &[("NHI508", "error")], &[("NHI702", "error")]),
    ]);
}

#[test]
fn accounts_without_a_namespace_are_those_of_their_folder() {
    let deployed = vec![
        ("apps.yaml", application("a", "a", HERE)),
        ("a/x/a.yaml", job("one")),
        ("a/y/a.yaml", job("two")),
    ];
    hold(vec![
        ("one folder", vec![("a/one.yaml", job("one")), ("a/two.yaml", job("two"))], SHARED, &[]),
        ("what one Application deploys", deployed, SHARED, &[]),
        ("two folders", vec![("a/one.yaml", job("one")), ("b/two.yaml", job("two"))], &[], SHARED),
    ]);
}

#[test]
fn what_is_deployed_is_judged_also_where_an_overlay_takes_it_away() {
    let base = |kustomization: &str, overlay: &str| {
        let removed = "patches:\n- patch: |-\n    $patch: delete\n    apiVersion: batch/v1\n    kind: Job\n    metadata: {name: pg, namespace: shop}\n";
        vec![
            ("dev/pg.yaml", literal("pg")),
            ("dev/kustomization.yaml", format!("{kustomization}namespace: shop\nresources: [pg.yaml]\n")),
            ("staging/kustomization.yaml", format!("{overlay}\n{removed}")),
            ("staging/settings.yaml", settings("a")),
        ]
    };
    let built_on = || base("", "resources: [../dev, settings.yaml]");
    let with = |path, text| [built_on(), vec![(path, text)]].concat();
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    let as_component = base(component, "resources: [settings.yaml]\ncomponents: [../dev]");
    hold(vec![
        ("by nobody", built_on(), &[], &[("NHI201", "info")]),
        ("by Argo CD", with("app.yaml", application("dev", "dev", HERE)), LITERAL, &[]),
        ("by Flux", with("flux.yaml", REPOSITORY.to_owned() + &flux("dev", "dev")), LITERAL, &[]),
        (
            "as a component",
            [as_component, vec![("app.yaml", application("dev", "dev", HERE))]].concat(),
            LITERAL,
            &[],
        ),
    ]);
    if tool(Engine::Kustomize).is_some() {
        let asked = check(&built_on(), &["dev", "staging"]);
        assert_eq!(worst(&asked, "NHI201"), "error", "an argument names it");
    }
}
