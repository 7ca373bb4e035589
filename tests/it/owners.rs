//! NHI301: who answers for an identity, on whatever level and in whatever file it stands.

use std::collections::BTreeSet;

use nhilint::catalog::Preset;
use nhilint::finding::{Engine, RuleId};
use serde_json::Value;

use crate::bench::{catalog, lint_files, settings};
use crate::cli::{run, scratch};
use crate::rendering::check;
use crate::rendering_hostile::with;

/// What NHI301 says of a CronJob and its account in `apps/shop/job.yaml`, beside other files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let job = job("dump", "shop");
    let all: Vec<(&str, &str)> =
        [("apps/shop/job.yaml", job.as_str())].into_iter().chain(files.iter().copied()).collect();
    messages(&all)
}

fn messages(files: &[(&str, &str)]) -> Vec<String> {
    let catalog = catalog();
    let mut settings = settings(&catalog, Preset::Recommended);
    settings.select = Some(BTreeSet::from([RuleId(301)]));
    let (report, _) = lint_files(files, &settings, &catalog);
    report.findings.into_iter().map(|finding| finding.message).collect()
}

fn job(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: v1
kind: ServiceAccount
metadata: {{name: {name}, namespace: {namespace}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{jobTemplate: {{spec: {{template: {{spec: {{serviceAccountName: {name}, containers: [{{name: c, image: c:1}}]}}}}}}}}}}
"
    )
}

#[test]
fn files_that_name_owners_of_paths_answer() {
    for answers in [
        &[("OWNERS", "approvers: [shop-team]\n")] as &[_],
        &[("apps/OWNERS", "approvers: [leads]\n"), ("OWNERS_ALIASES", "aliases: {leads: [alice]}\n")],
        &[("apps/OWNERS", "filters: {\".*\": {approvers: [bob]}}\n")],
        &[("apps/shop/OWNERS", "reviewers: [bob]\n"), ("OWNERS", "approvers: [alice]\n")],
        &[("CODEOWNERS", "* @acme/shop\n")],
        &[("docs/CODEOWNERS", "/apps/ @acme/shop\n")],
        &[(".github/CODEOWNERS", "/apps/ @acme/shop\n")],
        &[(".gitlab/CODEOWNERS", "[Shop] @acme/shop\n/apps/shop/\n")],
        &[(
            "apps/shop/catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {owner: team-shop}\n",
        )],
        &[(
            "apps/ns.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {openshift.io/requester: alice}}\n",
        )],
        &[(
            "apps/ns.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {acme.io/project-owner: alice}}\n",
        )],
        &[(
            "apps/ns.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {productOwner: alice}}\n",
        )],
    ] {
        assert_eq!(found(answers), [""; 0], "{answers:?}");
    }
}

#[test]
fn an_address_of_a_team_names_it() {
    let of = |key: &str, value: &str| {
        let namespace = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, annotations: {{{key}: {value}}}}}\n"
        );
        found(&[("apps/ns.yaml", &namespace)]).len()
    };
    for key in [
        "team-email",
        "contact-email",
        "owner-email",
        "owner_email",
        "technical-owner-email",
        "contact",
        "teamEmail",
        "acme.io/team-email",
        "acme.io/service-contact-email",
    ] {
        assert_eq!(of(key, "shop@acme.example"), 0, "{key}");
        assert_eq!(of(key, "TODO"), 1, "{key}: a placeholder");
    }
    for key in ["email", "steam-email", "contact-form", "acme.io/notify-email"] {
        assert_eq!(of(key, "shop@acme.example"), 1, "{key}");
    }
}

#[test]
fn placeholders_and_files_that_name_nobody_do_not() {
    for silent in [
        &[] as &[(&str, &str)],
        &[("README.md", "Owner: team-shop\n")],
        &[("OWNERS", "approvers: []\n")],
        &[("OWNERS", "reviewers: [bob]\n")],
        &[("OWNERS", "approvers: [TBD]\n")],
        &[("OWNERS", "approvers: [leads]\n"), ("OWNERS_ALIASES", "aliases: {leads: []}\n")],
        &[("other/OWNERS", "approvers: [alice]\n")],
        &[("apps/OWNERS", "filters: {\"\\\\.md$\": {approvers: [bob]}}\n")],
        &[("apps/OWNERS", "options: {no_parent_owners: true}\n"), ("OWNERS", "approvers: [alice]\n")],
        &[("CODEOWNERS", "* @your-org/your-team\n")],
        &[(
            "catalog-info.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {owner: guests}\n",
        )],
        &[("ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: TBD}}\n")],
        &[(
            "ns.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {openshift.io/requester: 'system:admin'}}\n",
        )],
    ] {
        let said = found(silent);
        assert_eq!(said, ["no owner: nothing says who answers for the identity `shop/dump`"], "{silent:?}");
    }
}

#[test]
fn what_stands_above_the_working_directory_answers() {
    for (name, text) in [("OWNERS", "approvers: [alice]\n"), ("CODEOWNERS", "/apps/ @acme/shop\n")] {
        let job = job("dump", "shop");
        let folder = scratch(&[("apps/shop/job.yaml", job.as_str()), (name, text)]);
        for (from, argument) in [("apps/shop", "."), ("apps", "shop"), (".", "apps"), ("apps/shop", "..")] {
            let arguments = ["check", argument, "--select", "NHI301"];
            let (code, out, _) = run(&folder.path().join(from), &arguments);
            assert!(code == Some(0) && out.contains("no findings"), "{name} from {from}: {out}");
        }
    }
}

#[test]
fn one_place_without_an_owner_is_one_finding() {
    let web = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {serviceAccountName: web, containers: [{name: c, image: c:1}]}}}
";
    let two =
        [("a/web.yaml", web), ("b/dump.yaml", &job("dump", "shop")), ("b/other.yaml", &job("other", "ops"))];
    assert_eq!(
        messages(&two),
        [
            "no owner: nothing says who answers for the identity `shop/dump`, and for 1 more identity in `shop`",
            "no owner: nothing says who answers for the identity `ops/other`"
        ],
        "a job comes before what is no job"
    );
}

#[test]
fn those_without_an_owner_are_counted_as_what_they_are() {
    let pod = |name: &str, account: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{serviceAccountName: {account}, containers: [{{name: a, image: a:1}}]}}\n"
        )
    };
    let says = |texts: &[String]| messages(&[("a/all.yaml", &texts.join("---\n"))]).join("\n");
    let of = "no owner: nothing says who answers for the";
    let found = says(&[pod("a", "default"), pod("b", "b")]);
    assert!(
        [
            format!("{of} Pod `a`, and for 1 identity in `shop`"),
            format!("{of} identity `shop/b`, and for 1 workload in `shop`")
        ]
        .contains(&found),
        "{found}"
    );
    let found = says(&[pod("a", "default"), pod("b", "default"), pod("c", "default")]);
    assert_eq!(found, format!("{of} Pod `a`, and for 2 more workloads in `shop`"));
    let found = says(&[pod("a", "a"), pod("b", "b"), pod("c", "default")]);
    assert!(found.ends_with("2 more identities and workloads in `shop`"), "{found}");
    let many: Vec<String> = (0..44).map(|at| pod(&format!("a{at}"), "default")).collect();
    let here = crate::cli::scratch(&[("a/all.yaml", &many.join("---\n"))]);
    let report = crate::rendering::check(here.path(), "", &[".", "--no-render", "--select", "NHI301"]);
    let notes = report["findings"][0]["notes"].to_string();
    assert!(notes.contains("; 3 more workloads."), "43 are named or counted: {notes}");
}

#[test]
fn one_object_in_two_documents_is_counted_once() {
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: busybox}\nspec: {containers: [{name: a, image: a:1}]}\n";
    let after = pod.replace("a:1", "a:2");
    let found = messages(&[("a/before.yaml", pod), ("a/after.yaml", &after)]);
    assert_eq!(found, ["no owner: nothing says who answers for the Pod `busybox`"]);
    let other = pod.replace("busybox", "other");
    let found = messages(&[("a/before.yaml", pod), ("a/after.yaml", &after), ("a/other.yaml", &other)]);
    assert_eq!(
        found,
        ["no owner: nothing says who answers for the Pod `busybox`, and for 1 more workload in this folder"]
    );
}

#[test]
fn what_the_api_server_names_is_counted_one_by_one() {
    let run = |image: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{generateName: dump-, namespace: shop}}\nspec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: '{image}'}}]}}}}}}\n"
        )
    };
    let found = messages(&[("a/all.yaml", &[run("a:1"), run("a:2"), run("a:3")].join("---\n"))]);
    let of = "no owner: nothing says who answers for the Job `dump-*`";
    assert_eq!(found, [format!("{of}, and for 2 more workloads in `shop`")]);
    let found = messages(&[("a/all.yaml", &run("a:1")), ("b/all.yaml", &run("a:1"))]);
    assert_eq!(found, [of], "two documents write one object");
}

#[test]
fn what_the_api_server_names_has_the_owner_of_its_file() {
    let job = job("dump", "shop").replace("metadata: {name: dump, ", "metadata: {generateName: dump-, ");
    let here = scratch(&[("job.yaml", &job), ("CODEOWNERS", "* @acme/shop\n")]);
    let report = check(here.path(), "", &["."]);
    let findings = report["findings"].as_array().expect("a list");
    assert!(findings.iter().any(|one| one["object"]["kind"] == "CronJob"), "{report}");
    for finding in findings {
        assert_eq!(finding["owner"], "@acme/shop", "{finding}");
    }
}

/// The identities without an owner in files that are rendered.
fn rendered_without_owner(files: &[(&str, &str)]) -> Vec<String> {
    let Some(path) = with(Engine::Helm) else { return Vec::new() };
    let report = check(scratch(files).path(), &path, &[".", "--select", "NHI301"]);
    let found = report["findings"].as_array().expect("a list").iter();
    let notes =
        |finding: &Value| finding["notes"].as_array().into_iter().flatten().cloned().collect::<Vec<_>>();
    let texts = found.flat_map(|finding| [vec![finding["message"].clone()], notes(finding)].concat());
    // Where it was looked for names no identity that lacks one.
    let said = texts.filter_map(|text| text.as_str().map(str::to_owned));
    said.filter(|text| !text.starts_with("Looked at")).collect()
}

#[test]
fn the_file_that_a_rendered_object_is_written_in_answers() {
    let (job, other) = (job("dump", "shop"), job("dump-all", "shop"));
    let overlay = ("overlays/prod/kustomization.yaml", "resources: [../../bases/all]\nnamePrefix: eu-\n");
    let bases = [
        overlay,
        ("bases/all/kustomization.yaml", "resources: [../dump, ../more]\n"),
        ("bases/dump/kustomization.yaml", "resources: [job.yaml]\n"),
        ("bases/dump/job.yaml", &job),
        ("bases/more/kustomization.yaml", "resources: [job.yaml]\n"),
        ("bases/more/job.yaml", &other),
    ];
    let of = |more: &[(&str, &str)]| rendered_without_owner(&[&bases, more].concat()).join(" ");
    let all = of(&[]);
    assert!(all.contains("`shop/eu-dump`") && all.contains("1 more identity"), "{all}");
    let one = of(&[("bases/dump/OWNERS", "approvers: [alice]\n")]);
    assert!(one.contains("`shop/eu-dump-all`") && !one.contains("more identity"), "{one}");
    let other = of(&[("bases/more/OWNERS", "approvers: [alice]\n")]);
    assert!(other.contains("`shop/eu-dump`") && !other.contains("more identity"), "{other}");
    assert_eq!(of(&[("CODEOWNERS", "/bases/ @acme/shop\n")]), "");
    assert_eq!(of(&[("overlays/prod/OWNERS", "approvers: [alice]\n")]), "");
    assert_ne!(of(&[("bases/all/OWNERS", "approvers: [alice]\n")]), "", "it holds none of their files");
}

#[test]
fn the_release_that_deploys_a_chart_answers_for_it() {
    let release = |name: &str, labels: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: {name}, labels: {{{labels}}}}}\nspec: {{chart: {{spec: {{chart: ./charts/app, sourceRef: {{kind: GitRepository, name: flux-system, namespace: flux-system}}}}}}}}\n---\n"
        )
    };
    let repository = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: 'https://github.com/acme/infra', ref: {branch: main}, interval: 1m}\n";
    let job = job("{{ .Release.Name }}", "{{ .Release.Namespace }}")
        .replace("{{ .Release.Name }}", "'{{ .Release.Name }}'")
        .replace("{{ .Release.Namespace }}", "'{{ .Release.Namespace }}'");
    let of = |first: &str, second: &str| {
        let text = release("web", first) + &release("api", second) + repository;
        let files = [
            ("charts/app/Chart.yaml", "apiVersion: v2\nname: app\nversion: 1.0.0\n"),
            ("charts/app/templates/job.yaml", job.as_str()),
            ("apps/releases.yaml", text.as_str()),
            (".git/config", "[remote \"origin\"]\n\turl = https://github.com/acme/infra\n"),
        ];
        rendered_without_owner(&files).join(" ")
    };
    let none = of("", "");
    assert!(none.contains("web/web") && none.contains("api/api"), "{none}");
    let one = of("team: shop", "");
    assert!(!one.contains("web/web") && one.contains("api/api"), "{one}");
    let placeholder = of("team: your-team", "team: shop");
    assert!(placeholder.contains("web/web") && !placeholder.contains("api/api"), "{placeholder}");
}

#[test]
fn the_template_of_an_application_set_answers_for_what_it_deploys() {
    let of = |metadata: &str| {
        let set = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all, namespace: argocd}}\nspec:\n  generators: [{{list: {{elements: [{{name: a}}]}}}}]\n  template:\n    metadata: {{name: a, {metadata}}}\n    spec:\n      project: default\n      destination: {{server: 'https://kubernetes.default.svc', namespace: shop}}\n      source: {{repoURL: 'https://git.example/acme/shop.git', path: app}}\n"
        );
        messages(&[("apps.yaml", &set), ("app/job.yaml", &job("dump", "shop"))])
    };
    assert_eq!(of("labels: {}").len(), 1);
    assert_eq!(of("labels: {team: pay}"), Vec::<String>::new());
    assert_eq!(of("annotations: {team: pay}"), Vec::<String>::new());
    assert_eq!(of("labels: {team: your-team}").len(), 1);
}
