//! The stages of a run: files of every kind, two runs side by side, and each text parsed once.

use std::path::{Path, PathBuf};
use std::process::Command;

use nhilint::catalog::Preset;
use nhilint::load::Files;
use nhilint::render::child::{Cache, Limits};
use nhilint::render::{Options, Session, Setup};
use nhilint::report::{Format, Style, render};

use crate::bench::{catalog, settings};
use crate::cli::scratch;

const CRON_JOB: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cleanup}\nspec:\n  schedule: '0 3 * * *'\n  \
                        jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n          - \
                        name: cleanup\n            image: cleanup:1\n            env:\n            - {name: TOKEN, value: \
                        'Tr0ub4dor-and-3'}\n";

const FILES: [(&str, &str); 6] = [
    ("base/job.yaml", CRON_JOB),
    ("base/kustomization.yaml", "resources: [job.yaml]\n"),
    ("overlays/prod/kustomization.yaml", "namespace: shop\nresources: [../../base]\n"),
    ("CODEOWNERS", "* @acme/shop\n"),
    ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
    (
        "chart/templates/account.yaml",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Values.name | default \"web\" }}\n",
    ),
];

/// What the second revision changes: one text, one that is new, one that goes.
const OWN_ACCOUNT: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: cleanup, annotations: {nhilint.dev/owner: \
                           shop}}\n";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]);
    command.args([
        "-c",
        "core.autocrlf=false",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "protocol.file.allow=always",
    ]);
    let output = command.args(arguments).current_dir(folder).output().expect("git is installed");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with two revisions, the first of them tagged `first`.
fn repository() -> tempfile::TempDir {
    let folder = scratch(&[]);
    write(folder.path(), &FILES);
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "first"]);
    git(folder.path(), &["tag", "first"]);
    second(folder.path());
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "second"]);
    folder
}

fn second(folder: &Path) {
    write(folder, &[("base/account.yaml", OWN_ACCOUNT)]);
    write(folder, &[("base/kustomization.yaml", "resources: [job.yaml, account.yaml]\n")]);
    std::fs::remove_file(folder.join("CODEOWNERS")).expect("it is there");
}

/// With the programs of the machine where there are any: kustomizations need none.
fn session() -> Session {
    Session::new(std::env::var_os("PATH").as_deref(), Cache::none(), Limits::default(), None)
}

/// The JSON report of some files, without its time.
fn report(files: &Files, session: &Session) -> String {
    let (catalog, paths) = (catalog(), [".".to_owned()]);
    let settings = settings(&catalog, Preset::Recommended);
    let options = Options { kubernetes_minor: Some(34), ..Options::default() };
    let request = nhilint::lint::Request {
        files,
        paths: &paths,
        largest_file: 1 << 20,
        render: Some(Setup { session, options: &options }),
        settings: &settings,
        policy: &[],
        before: None,
    };
    let run = nhilint::lint::Run::new(request, &mut std::io::empty());
    let mut report = run.report(&catalog, None);
    report.summary.milliseconds = 0;
    let style = Style::plain();
    render(Format::Json, &report, &catalog, run.sources(), &style)
}

#[test]
fn two_revisions_side_by_side_are_what_two_checkouts_are() {
    let repository = repository();
    let session = session();
    let revision = |name| Files::revision(repository.path(), name).expect("a revision");
    let (base, head) = (revision("first"), revision("HEAD"));
    // Both live at once, and what stands in the working tree counts for neither.
    write(repository.path(), &[("base/job.yaml", "not: [yaml"), ("more.yaml", CRON_JOB)]);
    let (base, head) = (report(&base, &session), report(&head, &session));

    let checkouts = [scratch(&[]), scratch(&[])];
    write(checkouts[0].path(), &FILES);
    write(checkouts[1].path(), &FILES);
    second(checkouts[1].path());
    for checkout in &checkouts {
        git(checkout.path(), &["init", "--quiet"]);
    }
    assert_eq!(base, report(&Files::disk(checkouts[0].path()), &session));
    assert_eq!(head, report(&Files::disk(checkouts[1].path()), &session));
    assert!(base.contains("NHI101") && base.contains("base/job.yaml"), "{base}");
    assert_ne!(base, head);
}

#[test]
fn edited_texts_are_what_written_ones_are() {
    let repository = repository();
    let session = session();
    let base = Files::revision(repository.path(), "first").expect("a revision");
    let checkout = scratch(&[]);
    write(checkout.path(), &FILES);
    git(checkout.path(), &["init", "--quiet"]);
    let edits = || {
        let texts = [
            ("base/job.yaml", CRON_JOB.replace("Tr0ub4dor-and-3", "")),
            ("new/account.yaml", OWN_ACCOUNT.into()),
        ];
        texts.map(|(path, text)| (PathBuf::from(path), text.into_bytes()))
    };
    let before = report(&base, &session);
    let over_revision = report(&base.edited(edits()), &session);
    let over_disk = report(&Files::disk(checkout.path()).edited(edits()), &session);
    for (path, text) in edits() {
        write(checkout.path(), &[(&path.to_string_lossy(), &String::from_utf8(text).expect("text"))]);
    }
    let written = report(&Files::disk(checkout.path()), &session);
    assert_eq!(over_revision, written);
    assert_eq!(over_disk, written);
    assert_eq!(before, report(&base, &session), "the files below are as they were");
    assert_ne!(before, written);
}

#[test]
fn a_repository_runs_nothing_of_its_own() {
    let folder = scratch(&[]);
    let ran = folder.path().join("ran");
    let script = format!("touch '{}'\n", ran.display());
    write(folder.path(), &[("job.yaml", CRON_JOB), (".gitattributes", "*.yaml filter=own diff=own\n")]);
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "first"]);
    for (key, value) in [
        ("core.fsmonitor", script.as_str()),
        ("filter.own.smudge", &script),
        ("filter.own.process", &script),
        ("diff.own.textconv", &script),
        ("core.pager", &script),
        ("core.sshCommand", &script),
        ("alias.ls-tree", &format!("!{script}")),
        ("remote.origin.url", "ssh://git@example.invalid/a.git"),
        ("remote.origin.promisor", "true"),
    ] {
        git(folder.path(), &["config", key, value]);
    }
    let hook = folder.path().join(".git/hooks/post-checkout");
    std::fs::create_dir_all(hook.parent().expect("hooks")).expect("a directory");
    std::fs::write(&hook, format!("#!/bin/sh\n{script}")).expect("a hook");
    // An object that is missing would be fetched from the promisor.
    let blob = Command::new("git").args(["rev-parse", "HEAD:job.yaml"]).current_dir(folder.path()).output();
    let blob = String::from_utf8(blob.expect("git").stdout).expect("a hash");
    let files = Files::revision(folder.path(), "HEAD").expect("a revision");
    assert!(report(&files, &session()).contains("NHI101"));
    let object = folder.path().join(".git/objects").join(&blob[..2]).join(blob[2..].trim());
    std::fs::remove_file(object).expect("it was loose");
    let files = Files::revision(folder.path(), "HEAD").expect("a revision");
    assert!(report(&files, &session()).contains("the object is not in the repository"));
    assert!(!ran.exists(), "something of the repository was run");
}

#[test]
fn what_a_revision_does_not_hold_is_counted() {
    let folder = repository();
    let other = repository();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 12\n";
    write(folder.path(), &[("large.yaml", pointer)]);
    let url = other.path().to_string_lossy().into_owned();
    git(folder.path(), &["submodule", "--quiet", "add", &url, "vendor"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "-m", "third"]);
    let files = Files::revision(folder.path(), "HEAD").expect("a revision");
    let report = report(&files, &session());
    assert!(report.contains("submodules, which are other repositories"), "{report}");
    assert!(report.contains("files kept by Git LFS"), "{report}");
}

#[cfg(unix)]
#[test]
fn links_of_a_revision_stay_in_it() {
    let folder = scratch(&[("outside.yaml", CRON_JOB), ("repository/base/job.yaml", CRON_JOB)]);
    let repository = folder.path().join("repository");
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, repository.join(name)).expect("a link");
    };
    link("../outside.yaml", "out.yaml");
    link("base", "same");
    link("round", "round");
    write(&repository, &[("kustomization.yaml", "resources: [same/job.yaml, out.yaml]\n")]);
    git(&repository, &["init", "--quiet"]);
    git(&repository, &["add", "."]);
    git(&repository, &["commit", "--quiet", "-m", "first"]);
    let revision = Files::revision(&repository, "HEAD").expect("a revision");
    let session = session();
    let (of_revision, of_disk) = (report(&revision, &session), report(&Files::disk(&repository), &session));
    assert!(of_revision == of_disk, "{of_revision}\n{of_disk}");
    assert_eq!(revision.real(Path::new("same/job.yaml")), revision.real(Path::new("base/job.yaml")));
    assert_eq!(revision.kind(Path::new("out.yaml")), None);
    assert_eq!(revision.real(Path::new("round")), None);
}

#[test]
fn what_is_no_revision_is_an_error_in_words() {
    let repository = repository();
    let error = Files::revision(repository.path(), "nowhere").expect_err("there is none");
    assert!(error.starts_with("`nowhere` cannot be read from git: "), "{error}");
    let dashed = Files::revision(repository.path(), "--output=x").expect_err("an option is no revision");
    assert!(dashed.contains("cannot be read from git"), "{dashed}");
    let empty = scratch(&[]);
    let error = Files::revision(empty.path(), "HEAD").expect_err("no repository");
    assert!(error.contains("not a git repository"), "{error}");
}

#[test]
fn no_text_is_parsed_twice() {
    let texts = |paths: &[&str], folder: &Path| {
        let mut arguments = vec!["debug", "parses", "--no-cache"];
        arguments.extend(paths);
        let (code, out, complaints) = crate::cli::run(folder, &arguments);
        assert_eq!((code, complaints.as_str()), (Some(0), ""));
        let twice: Vec<&str> = out.lines().filter(|line| !line.starts_with("1 ")).collect();
        assert!(twice.is_empty(), "parsed more than once: {twice:#?}");
        out.lines().count()
    };
    let folder = std::env::current_dir().expect("a working directory");
    assert!(texts(&["testdata/repos"], &folder) > 200);
    assert!(texts(&["testdata/repos", "--no-render"], &folder) > 150);
    assert!(texts(&["."], repository().path()) >= 6);
}
