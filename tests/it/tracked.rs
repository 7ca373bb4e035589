//! What belongs to a repository is what git tracks: ignore files, dots, links and extensions hide nothing that is applied.

use std::path::Path;

use nhilint::load::{Files, Tree};
use serde_json::Value;

use crate::cli::{run, scratch};
use crate::stages::git;

pub(crate) const ACCOUNT: &str =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}\n";

fn remotes(files: &Files, folder: &str) -> Vec<String> {
    Tree::of(files, &[folder.to_owned()]).remotes(folder).to_vec()
}

#[test]
fn a_tree_knows_the_remotes_of_its_repository() {
    let folder = scratch(&[("shop/apps/web.yaml", ACCOUNT), ("other/web.yaml", ACCOUNT)]);
    let shop = folder.path().join("shop");
    git(&shop, &["init", "--quiet"]);
    git(&shop, &["remote", "add", "origin", "https://ci:pa55word@git.example.com/acme/shop.git"]);
    git(&shop, &["remote", "add", "up-stream", "git@git.example.com:shop/shop.git"]);
    git(&shop, &["add", "."]);
    git(&shop, &["commit", "--quiet", "-m", "first"]);
    git(&shop, &["worktree", "add", "--quiet", "../second"]);
    let wanted = ["https://git.example.com/acme/shop.git", "git@git.example.com:shop/shop.git"];
    for (from, asked) in
        [("shop", "."), ("shop", "apps"), ("shop/apps", "."), ("second", "."), (".", "second")]
    {
        let files = Files::disk(&folder.path().join(from).canonicalize().expect("a folder"));
        assert_eq!(remotes(&files, asked), wanted, "{from} {asked}");
    }
    let files = Files::revision(&folder.path().join("second"), "HEAD").expect("a revision");
    assert_eq!(remotes(&files, "apps"), wanted);
    assert_eq!(remotes(&files.edited([]), "."), wanted);
    let none: &Path = &folder.path().join("other");
    assert!(remotes(&Files::disk(none), ".").is_empty());
}

/// A binding that NHI501 finds.
pub(crate) const FLAW: &str = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: shop}\nroleRef: \
                    {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: \
                    ServiceAccount, name: web, namespace: shop}]\n";

pub(crate) const ARGO: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec: \
                    {destination: {server: 'https://kubernetes.default.svc', namespace: shop}, source: {repoURL: \
                    'https://git.example.com/acme/shop.git', path: apps/web, directory: {recurse: true}}}\n";

pub(crate) const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: shop, namespace: \
                    flux-system}\nspec: {interval: 5m, prune: true, path: ./apps/web, sourceRef: {kind: GitRepository, \
                    name: flux-system}}\n";

/// A tree, and where the flaw in it is found.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Symbolic links with where they lead.
    pub(crate) links: &'static [(&'static str, &'static str)],
    /// Files that git does not track.
    pub(crate) untracked: &'static [&'static str],
    /// Of the run; the working directory where there is none.
    pub(crate) arguments: &'static [&'static str],
    pub(crate) found: &'static [&'static str],
    /// What the output says.
    pub(crate) says: &'static str,
}

/// Makes the tree of a case below `folder`, as a repository.
pub(crate) fn make(folder: &Path, case: &Case) -> std::path::PathBuf {
    let top = folder.join("shop");
    std::fs::create_dir(&top).expect("a folder");
    git(&top, &["init", "--quiet"]);
    git(&top, &["remote", "add", "origin", "https://git.example.com/acme/shop.git"]);
    let written = [&[("apps/readme.yaml", ACCOUNT)], case.files].concat();
    for (path, text) in &written {
        let path = top.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    for (path, target) in case.links {
        let path = top.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        #[cfg(unix)]
        std::os::unix::fs::symlink(target, path).expect("a link");
    }
    let paths = written.iter().chain(case.links).map(|(path, _)| *path);
    for path in paths.filter(|path| {
        !case.untracked.contains(path) && !path.starts_with(".git/") && !path.starts_with("../")
    }) {
        git(&top, &["add", "--force", "--", path]);
    }
    git(&top, &["commit", "--quiet", "-m", "first"]);
    top
}

/// The files in which NHI501 finds something, and the whole text output.
pub(crate) fn check(top: &Path, arguments: &[&str]) -> (Vec<String>, String) {
    let arguments = if arguments.is_empty() { &["."] } else { arguments };
    let (_, report, _) = run(top, &[&["check", "--format", "json"], arguments].concat());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().filter(|finding| finding["rule"] == "NHI501");
    let mut found: Vec<String> =
        found.filter_map(|finding| Some(finding["location"]["file"].as_str()?.to_owned())).collect();
    found.dedup();
    let (_, out, error) = run(top, &[&["check", "--format", "text"], arguments].concat());
    (found, out + &error)
}

pub(crate) fn hold(cases: &[Case]) {
    for case in cases {
        let folder = scratch(&[]);
        let top = make(folder.path(), case);
        let (found, told) = check(&top, case.arguments);
        assert_eq!(found, case.found, "{}: {told}", case.name);
        assert!(told.contains(case.says), "{}: {told}", case.name);
    }
}

#[test]
fn ignore_files_and_dots_hide_nothing_that_git_tracks() {
    let none = Case::default;
    hold(&[
        Case {
            name: "ignored",
            files: &[(".gitignore", "apps/\n"), ("apps/a.yaml", FLAW)],
            found: &["apps/a.yaml"],
            ..none()
        },
        Case {
            name: "ignores itself",
            files: &[("apps/web/.gitignore", "*\n"), ("apps/web/a.yml", FLAW), ("shop.yaml", ARGO)],
            found: &["apps/web/a.yml"],
            ..none()
        },
        Case {
            name: "of no tool of git",
            files: &[(".ignore", "*\n"), (".rgignore", "*\n"), ("a.json", "{}"), ("apps/a.yaml", FLAW)],
            found: &["apps/a.yaml"],
            ..none()
        },
        Case {
            name: "excluded",
            files: &[(".git/info/exclude", "apps\n"), ("apps/a.yaml", FLAW)],
            found: &["apps/a.yaml"],
            ..none()
        },
        Case {
            name: "ignored from above",
            files: &[(".gitignore", "deep/\n"), ("apps/deep/a.yaml", FLAW)],
            arguments: &["apps"],
            found: &["apps/deep/a.yaml"],
            ..none()
        },
        Case {
            name: "a glob",
            files: &[(".gitignore", "apps/\n"), ("apps/a.yaml", FLAW)],
            arguments: &["apps/*.yaml"],
            found: &["apps/a.yaml"],
            ..none()
        },
        Case {
            name: "hidden folder of Argo CD",
            files: &[("apps/web/.eu/a.json.yaml", FLAW), ("shop.yaml", ARGO)],
            found: &["apps/web/.eu/a.json.yaml"],
            ..none()
        },
        Case {
            name: "hidden file of Flux",
            files: &[("apps/web/.a.yaml", FLAW), ("shop.yaml", FLUX)],
            found: &["apps/web/.a.yaml"],
            ..none()
        },
        Case {
            name: "hidden and named by nobody",
            files: &[(".deploy/a.yaml", FLAW)],
            found: &[".deploy/a.yaml"],
            says: "judged as well: 1 hidden file that nothing names, for example .deploy/a.yaml",
            ..none()
        },
    ]);
}

#[test]
fn what_git_ignores_and_does_not_track_is_judged_where_it_is_named() {
    const SCRATCH: &[(&str, &str)] = &[(".gitignore", "apps/web\n"), ("apps/web/a.yaml", FLAW)];
    let none = || Case { files: SCRATCH, untracked: &["apps/web/a.yaml"], ..Case::default() };
    hold(&[
        Case { name: "by nobody", ..none() },
        Case { name: "by a folder around it", arguments: &["apps"], ..none() },
        Case { name: "as a folder", arguments: &["apps/web"], found: &["apps/web/a.yaml"], ..none() },
        Case { name: "as a file", arguments: &["apps/web/a.yaml"], found: &["apps/web/a.yaml"], ..none() },
        Case {
            name: "by Argo CD",
            files: &[(".gitignore", "apps/web\n"), ("apps/web/a.yaml", FLAW), ("shop.yaml", ARGO)],
            found: &["apps/web/a.yaml"],
            ..none()
        },
        Case {
            name: "by Flux",
            files: &[(".gitignore", "web/\n"), ("apps/web/a.yaml", FLAW), ("shop.yaml", FLUX)],
            found: &["apps/web/a.yaml"],
            ..none()
        },
        Case {
            name: "not ignored",
            files: &[("apps/web/a.yaml", FLAW)],
            found: &["apps/web/a.yaml"],
            ..none()
        },
        Case {
            name: "ignored but for one",
            files: &[
                (".gitignore", "apps/web/*\n!apps/web/b.yaml\n"),
                ("apps/web/a.yaml", FLAW),
                ("apps/web/b.yaml", FLAW),
            ],
            untracked: &["apps/web/a.yaml", "apps/web/b.yaml"],
            found: &["apps/web/b.yaml"],
            ..none()
        },
    ]);
}

#[test]
fn what_stands_beside_the_arguments_is_read_where_it_is_deployed() {
    let none = Case::default;
    hold(&[
        Case {
            name: "by an Application",
            files: &[("argocd/a.yaml", ARGO), ("apps/web/in/a.yaml", FLAW)],
            arguments: &["argocd/a.yaml"],
            found: &["apps/web/in/a.yaml"],
            ..none()
        },
        Case {
            name: "by Flux",
            files: &[("flux/a.yaml", FLUX), ("apps/web/in/a.yaml", FLAW)],
            arguments: &["flux"],
            found: &["apps/web/in/a.yaml"],
            ..none()
        },
        Case {
            name: "not what is beside it",
            files: &[("flux/a.yaml", FLUX), ("apps/web/a.yaml", ACCOUNT), ("apps/a.yaml", FLAW)],
            arguments: &["flux"],
            ..none()
        },
    ]);
}

#[test]
fn an_index_of_any_kind_says_what_is_tracked() {
    let case = Case {
        files: &[
            (".gitignore", "apps\n"),
            ("apps/web/a.yaml", FLAW),
            ("apps/b.yaml", FLAW),
            ("tmp.yaml", ACCOUNT),
        ],
        untracked: &["apps/b.yaml"],
        ..Case::default()
    };
    let folder = scratch(&[]);
    let top = make(folder.path(), &case);
    let kinds: [&[&str]; 4] = [
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &["update-index", "--force-remove", "tmp.yaml"],
        &["update-index", "--no-split-index", "--index-version", "2", "--skip-worktree", "apps/web/a.yaml"],
    ];
    for kind in kinds {
        git(&top, kind);
        assert_eq!(check(&top, &[]).0, ["apps/web/a.yaml"], "{kind:?}");
    }
    git(&top, &["worktree", "add", "--quiet", "../second"]);
    let second = folder.path().join("second");
    std::fs::write(second.join("apps/c.yaml"), FLAW).expect("a file");
    assert_eq!(check(&second, &["apps/web", "."]).0, ["apps/web/a.yaml"]);
    // What cannot be read hides nothing.
    std::fs::write(top.join(".git/index"), "DIRC").expect("a file");
    assert_eq!(check(&top, &[]).0, ["apps/b.yaml", "apps/web/a.yaml"]);
    std::fs::remove_dir_all(top.join(".git")).expect("a folder");
    assert_eq!(check(&top, &[]).0, ["apps/b.yaml", "apps/web/a.yaml"]);
}

#[test]
fn a_revision_and_edited_texts_hide_nothing_either() {
    let case = Case { files: &[(".gitignore", "*\n"), (".apps/a.yaml", FLAW)], ..Case::default() };
    let folder = scratch(&[]);
    let top = make(folder.path(), &case);
    let paths = [".".to_owned()];
    let read = |files: &Files| {
        let read = nhilint::load::read(&Tree::of(files, &paths), &paths, 1 << 20, &mut std::io::empty());
        let files = read.texts.sources().files().map(|(_, file)| file.path().to_owned());
        files.collect::<Vec<_>>()
    };
    let wanted = [".apps/a.yaml", "apps/readme.yaml"];
    let revision = Files::revision(&top, "HEAD").expect("a revision");
    let disk = Files::disk(&top.canonicalize().expect("a folder"));
    assert_eq!(read(&revision), wanted);
    assert_eq!(read(&disk), wanted);
    for files in [revision, disk] {
        let edited = files.edited([(".new/b.yaml".into(), FLAW.as_bytes().to_vec())]);
        assert_eq!(read(&edited), [".apps/a.yaml", ".new/b.yaml", "apps/readme.yaml"]);
    }
}
