//! What somebody names and deploys is judged: whatever its folder is called, where it stood before, and whether git has it
//! in the working tree.

use std::path::Path;

use serde_json::Value;

use crate::cli::{run, scratch};
use crate::stages::git;
use crate::tracked::FLAW;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n";
const BUILDS: &str = "resources: [flaw.yaml]\n";

fn application(path: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web, namespace: argocd}}\nspec:\n  destination: {{server: 'https://kubernetes.default.svc', namespace: shop}}\n  source: {{repoURL: 'https://git.example.com/acme/shop.git', path: {path}}}\n"
    )
}

fn source(name: &str, address: &str, more: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: flux-system}}\nspec:\n  url: {address}\n{more}"
    )
}

fn flux(path: &str, kind: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: web, namespace: flux-system}}\nspec:\n  path: ./{path}\n  sourceRef: {{kind: {kind}, name: flux-system}}\n"
    )
}

const OWN: &str = "https://git.example.com/acme/shop.git";

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = scratch(files);
    let here = directory.path();
    git(here, &["init", "-q", "-b", "main"]);
    git(here, &["remote", "add", "origin", OWN]);
    commit(here);
    directory
}

fn commit(here: &Path) {
    git(here, &["add", "-A"]);
    git(here, &["commit", "-q", "-m", "a", "--allow-empty"]);
}

fn report(here: &Path, arguments: &[&str]) -> Value {
    let (_, out, err) = run(here, &[&["check", "--no-cache", "--format", "json"], arguments].concat());
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
}

/// Whether the flaw is found and counts.
fn is_found(report: &Value) -> bool {
    let findings = report["findings"].as_array().expect("a list");
    findings.iter().any(|one| one["rule"] == "NHI501" && one["suppressed"].is_null())
}

fn unjudged(report: &Value) -> String {
    report["summary"]["unjudged"].to_string()
}

#[test]
fn kinds_of_files_that_are_left_out_count_where_somebody_names_them() {
    let settings = |kind: &str| format!("exclude: [{{files: {kind}, reason: they are not ours}}]\n");
    for (kind, folder) in [("examples", "examples/web"), ("tests", "fixtures/web")] {
        let flaw = format!("{folder}/flaw.yaml");
        let list = format!("{folder}/kustomization.yaml");
        let found = |deployer: (&str, &str), argument: &str| {
            let settings = settings(kind);
            let files = [(&*flaw, FLAW), (&*list, BUILDS), (".nhilint.yaml", &*settings), deployer];
            is_found(&report(repository(&files).path(), &[argument]))
        };
        assert!(!found(("a.yaml", CONFIG), "."), "{kind}: nobody names it");
        let inside = format!("{}/app.yaml", folder.split('/').next().unwrap_or_default());
        assert!(
            !found((&*inside, &application(folder)), "."),
            "{kind}: a deployer among them is one of them"
        );
        assert!(found(("apps/web.yaml", &application(folder)), "."), "{kind}: an Application");
        assert!(found(("apps/web.yaml", &flux(folder, "GitRepository")), "."), "{kind}: Flux");
        let overlay = format!("resources: [../{folder}]\n");
        assert!(found(("prod/kustomization.yaml", &overlay), "."), "{kind}: a kustomization");
        assert!(found(("a.yaml", CONFIG), folder), "{kind}: an argument");
    }
}

#[test]
fn what_is_newly_deployed_is_new() {
    let web = application("web");
    let found = |before: &[(&str, &str)], gone: &[&str], after: &[(&str, &str)]| {
        let directory = repository(&[&[("web/config.yaml", CONFIG)], before].concat());
        let here = directory.path();
        git(here, &["checkout", "-q", "-b", "change"]);
        for path in gone {
            std::fs::remove_file(here.join(path)).expect("it was there");
        }
        for (path, text) in after {
            let path = here.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        commit(here);
        is_found(&report(here, &[".", "--base", "main"]))
    };
    let (app, old) = (("apps/web.yaml", &*web), ("old/flaw.yaml", FLAW));
    let to_old = application("old");
    assert!(found(&[app, old], &[old.0], &[("web/flaw.yaml", FLAW)]), "it moves into a deployed folder");
    assert!(found(&[app, old], &[], &[("apps/web.yaml", &to_old)]), "its folder is deployed");
    let (list, lists) =
        (("web/kustomization.yaml", "resources: [config.yaml]\n"), "resources: [config.yaml, flaw.yaml]\n");
    assert!(found(&[list, ("web/flaw.yaml", FLAW)], &[], &[(list.0, lists)]), "a kustomization takes it");
    assert!(!found(&[app, ("web/flaw.yaml", FLAW)], &["web/flaw.yaml"], &[("web/b.yaml", FLAW)]), "a rename");
    assert!(!found(&[app, old], &[], &[("web/b.yaml", CONFIG)]), "it stays where nobody deploys it");
    assert!(!found(&[app, old, ("web/flaw.yaml", FLAW)], &[old.0], &[]), "a copy goes");
    let away = web.replace("https://kubernetes.default.svc", "https://dev.example.com");
    let further = away.replace("dev.", "prod.");
    let (dev, flaw) = (("apps/web.yaml", &*away), ("web/flaw.yaml", FLAW));
    assert!(found(&[dev, flaw], &[], &[("apps/web.yaml", &further)]), "it comes to another cluster");
    assert!(!found(&[dev, flaw], &[dev.0], &[("apps/renamed.yaml", &away)]), "its deployer is renamed");
    let moved = application("web2");
    let after = [("web2/flaw.yaml", FLAW), ("apps/web.yaml", &*moved)];
    assert!(!found(&[app, ("web/flaw.yaml", FLAW)], &["web/flaw.yaml"], &after), "all of it moves");
}

#[test]
fn what_flux_takes_from_other_sources_is_not_what_stands_here() {
    let include = "  include: [{repository: {name: other}, fromPath: from, toPath: apps/shared}]\n";
    let counted = |path: &str, other: &str| {
        let files = [
            ("clusters/a/web.yaml", &*flux(path, "GitRepository")),
            ("clusters/a/source.yaml", &source("flux-system", OWN, include)),
            ("clusters/a/other.yaml", other),
            ("apps/shared/config.yaml", CONFIG),
            ("from/flaw.yaml", FLAW),
        ];
        let report = report(repository(&files).path(), &["."]);
        unjudged(&report)
    };
    let foreign = source("other", "https://git.example.com/foreign/other.git", "");
    for (path, other) in [
        ("apps/shared", &foreign),
        ("apps/shared/below", &foreign),
        ("apps", &foreign),
        ("apps/shared", &CONFIG.to_owned()),
    ] {
        assert_ne!(counted(path, other), "[]", "{path}");
    }
    assert_eq!(counted("apps/shared", &source("other", OWN, "")), "[]", "it is of this repository");
    for kind in ["OCIRepository", "Bucket", "ExternalArtifact"] {
        let here = repository(&[("a.yaml", &flux("apps", kind)), ("apps/config.yaml", CONFIG)]);
        assert_ne!(unjudged(&report(here.path(), &["."])), "[]", "{kind}");
    }
}

#[test]
fn what_is_not_checked_out_is_counted() {
    let files = [("web/flaw.yaml", FLAW), ("other/flaw.yaml", FLAW), ("z/config.yaml", CONFIG)];
    let counted = |change: &dyn Fn(&Path)| {
        let directory = repository(&files);
        change(directory.path());
        unjudged(&report(directory.path(), &["."])).contains("tracked files that are not checked out")
    };
    let remove = |here: &Path| {
        for path in ["web/flaw.yaml", "other/flaw.yaml"] {
            std::fs::remove_file(here.join(path)).expect("it was there");
        }
    };
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let told = counted(&|here| {
            git(here, &["update-index", flag, "web/flaw.yaml", "other/flaw.yaml"]);
            remove(here);
        });
        assert!(told, "{flag}");
    }
    assert!(counted(&|here| git(here, &["sparse-checkout", "set", "z"])));
    assert!(counted(&|here| git(here, &["sparse-checkout", "set", "--sparse-index", "z"])));
    assert!(!counted(&remove), "what somebody deletes is gone");
}

#[test]
fn what_a_broken_kustomization_names_is_judged_as_it_stands() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {token: ghp_16C7e42F292c6912E7710c838347Ae178B4a}\n";
    for list in [
        "resources: [secret, missing.yaml]\n",
        "resources: [../base, secret]\n",
        "resources: [secret]\npatches: [{path: missing.yaml}]\n",
    ] {
        let files = [
            ("web/kustomization.yaml", list),
            ("web/secret", secret),
            ("base/kustomization.yaml", "resources: [missing.yaml]\n"),
        ];
        let report = report(repository(&files).path(), &["."]);
        let findings = report["findings"].as_array().expect("a list");
        assert!(findings.iter().any(|one| one["location"]["file"] == "web/secret"), "{list}");
    }
}
