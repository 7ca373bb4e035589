//! Fixes where something is against them: links, other repositories, files that may not be written, a run that is killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::{no_cache_of_the_user, run, scratch};
use crate::stages::git;

fn job(name: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {name}\n  namespace: shop\n  annotations: {{nhilint.dev/owner: team-books}}\nspec:\n  \
         schedule: \"0 5 * * *\"\n  jobTemplate:\n    spec:\n      activeDeadlineSeconds: 600\n      ttlSecondsAfterFinished: 300\n      template:\n        \
         spec:\n          restartPolicy: Never\n          containers: [{{name: a, image: 'registry.example/a:1.0.0'}}]\n"
    )
}

/// All files below a folder, but for git's own.
fn texts(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() && entry.file_name() != ".git" {
                open.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn nothing_is_written_outside_of_the_tree_or_where_git_does_not_take_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let outside = scratch(&[("out.yaml", &job("out")), ("values.yaml", "tokenTTL: 86400\n")]);
    let folder = scratch(&[
        (".gitignore", "build/\nlocal.yaml\n"),
        ("a.yaml", &job("a")),
        ("locked.yaml", &job("locked")),
        ("build/made.yaml", &job("made")),
        ("local.yaml", &job("local")),
        ("other/b.yaml", &job("b")),
    ]);
    git(folder.path(), &["init", "-q"]);
    git(&folder.path().join("other"), &["init", "-q"]);
    git(folder.path(), &["add", "a.yaml", "locked.yaml", ".gitignore"]);
    symlink(outside.path().join("out.yaml"), folder.path().join("linked.yaml")).expect("a link");
    symlink("a.yaml", folder.path().join("beside.yaml")).expect("a link");
    let locked = folder.path().join("locked.yaml");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o444)).expect("permissions");
    let (before, outer) = (texts(folder.path()), texts(outside.path()));
    let paths = [
        "a.yaml",
        "locked.yaml",
        "build/made.yaml",
        "local.yaml",
        "other/b.yaml",
        "linked.yaml",
        "beside.yaml",
    ];
    let (_, _, errors) = run(folder.path(), &[&["check", "--fix", "--unsafe-fixes"], &paths[..]].concat());
    let after = texts(folder.path());
    let changed: Vec<&str> =
        after.keys().map(String::as_str).filter(|name| before.get(*name) != after.get(*name)).collect();
    assert_eq!((changed, texts(outside.path()) == outer), (vec!["a.yaml"], true), "{errors}");
    for (file, reason) in [
        ("locked.yaml", "It may not be written."),
        ("build/made.yaml", "git ignores it."),
        ("local.yaml", "git ignores it."),
        ("other/b.yaml", "It belongs to another repository."),
    ] {
        assert!(
            errors.lines().any(|line| line.starts_with(file) && line.ends_with(reason)),
            "{file}: {errors}"
        );
    }
    let mode = std::fs::metadata(folder.path().join("a.yaml")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, before_mode(), "the permissions stay");
    assert!(folder.path().join("beside.yaml").is_symlink(), "a link stays a link");
}

/// The permissions that new files get here.
#[cfg(unix)]
fn before_mode() -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let folder = scratch(&[("a", "")]);
    std::fs::metadata(folder.path().join("a")).expect("a file").permissions().mode() & 0o777
}

#[test]
fn odd_layouts_are_kept_or_refused() {
    let deep = format!("{}1{}", "{a: ".repeat(40), "}".repeat(40));
    let windows = job("win").replace('\n', "\r\n");
    let marked = format!("\u{feff}{}", job("bom"));
    let tabs = job("tabs").replace("  schedule:", "\t# at night\t\n  schedule:").replace('\n', "\t\r\n");
    let tabs = tabs.replace(":\t\r\n", ":\r\n");
    // A field that is set stands in forty brackets itself.
    let flow = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: flow, namespace: shop, annotations: {{nhilint.dev/owner: a, x: '{deep}'}}}}\n\
         spec: {{containers: [{{name: a, image: 'a:1', env: [{{name: A, value: '1'}}]}}], affinity: {deep}}}\n"
    );
    let open = job("open").trim_end().to_owned();
    let nested = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: deep, namespace: shop}}\nx: {deep}\n",
        job("deep")
    );
    let folder = scratch(&[
        ("windows.yaml", &windows),
        ("bom.yaml", &marked),
        ("open.yaml", &open),
        ("deep.yaml", &nested),
        ("tabs.yaml", &tabs),
        ("flow.yaml", &flow),
    ]);
    let (_, _, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    let after = texts(folder.path());
    let text = |name: &str| String::from_utf8(after[name].clone()).expect("text");
    let windows = text("windows.yaml");
    assert_eq!(windows.matches('\n').count(), windows.matches("\r\n").count(), "{errors}");
    assert!(
        windows.contains("serviceAccountName: win\r\n") && windows.contains("kind: ServiceAccount\r\n"),
        "{windows}"
    );
    assert!(text("bom.yaml").starts_with("\u{feff}apiVersion: batch/v1\n"), "{errors}");
    assert!(text("bom.yaml").contains("serviceAccountName: bom\n"), "{errors}");
    assert!(
        !text("open.yaml").ends_with('\n') && text("open.yaml").contains("serviceAccountName: open\n"),
        "{errors}"
    );
    assert!(text("deep.yaml").contains(&format!("x: {deep}\n")), "{errors}");
    let tabbed = text("tabs.yaml");
    assert!(tabbed.contains("\t# at night\t\t\r\n"), "{tabbed}");
    assert_eq!(tabbed.matches('\n').count(), tabbed.matches("\r\n").count(), "{tabbed}");
    let flow = text("flow.yaml");
    assert!(flow.contains(&format!("affinity: {deep}")), "{flow}");
    assert!(flow.contains("serviceAccountName: flow"), "{errors}\n{flow}");
}

/// Killed at any instant, each file is the old one or the new one, and nothing is left behind.
#[test]
fn a_run_that_is_killed_leaves_whole_files() {
    let kills: u32 = std::env::var("NHILINT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(24);
    let files: Vec<(String, String)> =
        (0..120).map(|at| (format!("jobs/{at}.yaml"), job(&format!("j{at}")))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let fix = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nhilint"));
        command.current_dir(folder).envs(no_cache_of_the_user()).stdout(Stdio::null()).stderr(Stdio::null());
        command.args(["check", ".", "--fix", "--unsafe-fixes", "--no-render"]).spawn().expect("it runs")
    };
    let tree = || {
        let folder = scratch(&files);
        git(folder.path(), &["init", "-q"]);
        folder
    };
    let whole = tree();
    let started = Instant::now();
    fix(whole.path()).wait().expect("it ends");
    let (time, old) = (started.elapsed(), files.iter().copied().collect::<BTreeMap<_, _>>());
    let new = texts(whole.path());
    assert_ne!(new["jobs/0.yaml"], old["jobs/0.yaml"].as_bytes());
    for kill in 0..kills {
        let folder = tree();
        let mut child = fix(folder.path());
        // The files are written at the end: most of the kills fall there.
        let share = 0.3 + 0.7 * f64::from(kill) / f64::from(kills);
        std::thread::sleep(Duration::from_secs_f64(time.as_secs_f64() * share));
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        let now = texts(folder.path());
        assert_eq!(
            now.len(),
            files.len(),
            "{:?}",
            now.keys().filter(|name| !old.contains_key(name.as_str())).collect::<Vec<_>>()
        );
        let is_new = |name: &&String| now[*name] == new[*name];
        let mixed: Vec<&String> =
            now.keys().filter(|name| !is_new(name) && now[*name] != old[name.as_str()].as_bytes()).collect();
        assert!(mixed.is_empty(), "{mixed:?}");
    }
}

/// The values of a chart are a link out of the tree: nothing is written through it, and that is said.
#[cfg(unix)]
#[test]
fn values_that_are_a_link_are_left_alone() {
    if crate::helm_charts::programs().is_none() {
        return;
    }
    let outside = scratch(&[("values.yaml", "tokenTTL: 86400\n")]);
    let token = "          volumes: [{name: t, projected: {sources: [{serviceAccountToken: {audience: v, path: t, expirationSeconds: {{ .Values.tokenTTL }}}}]}}]\n";
    let template = format!(
        "{}{token}",
        job("api")
            .replace("          restartPolicy", "          serviceAccountName: api\n          restartPolicy")
    );
    let folder = scratch(&[
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("templates/api.yaml", &template),
    ]);
    std::os::unix::fs::symlink(outside.path().join("values.yaml"), folder.path().join("values.yaml"))
        .expect("a link");
    let (before, outer) = (texts(folder.path()), texts(outside.path()));
    let (_, report, errors) = run(folder.path(), &["check", ".", "--fix", "--unsafe-fixes"]);
    assert_eq!(texts(outside.path()), outer, "{errors}");
    assert_eq!(
        texts(folder.path()).get("templates/api.yaml"),
        before.get("templates/api.yaml"),
        "{errors}\n{report}"
    );
    assert!(folder.path().join("values.yaml").is_symlink());
}
