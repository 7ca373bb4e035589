//! The render cache: it saves time, and whatever befalls it is a miss.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nhilint::render::child::{Cache, Key};

fn key(number: usize) -> Key {
    Key::of(["entry", &number.to_string()])
}

/// The files of entries.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let shelves = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|shelf| shelf.path());
    let mut found: Vec<PathBuf> = shelves
        .filter(|shelf| shelf.is_dir())
        .flat_map(|shelf| std::fs::read_dir(shelf).expect("a folder").flatten())
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn size(folder: &Path) -> u64 {
    entries(folder).iter().map(|path| path.metadata().expect("it is there").len()).sum()
}

#[test]
fn parts_of_a_key_are_kept_apart() {
    assert_ne!(Key::of(["ab", "c"]), Key::of(["a", "bc"]));
    assert_ne!(Key::of(["a", ""]), Key::of(["a"]));
    assert_eq!(Key::of(["a", "b"]), Key::of([b"a".to_vec(), b"b".to_vec()]));
}

#[test]
fn what_is_kept_is_found_by_the_next_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path().join("made/with the first entry");
    let bytes = [b"kind: Secret\n".to_vec(), vec![0, 255, 10]].concat();
    {
        let cache = Cache::at(place.clone());
        assert_eq!(cache.get(&key(1)), None);
        assert!(!place.exists(), "a run that keeps nothing writes nothing");
        cache.put(&key(1), &bytes);
        cache.put(&key(2), b"");
        assert_eq!(cache.get(&key(1)).as_deref(), Some(&bytes[..]));
    }
    let cache = Cache::at(place.clone());
    assert_eq!(cache.get(&key(1)), Some(bytes));
    assert_eq!(cache.get(&key(2)), Some(Vec::new()));
    assert_eq!(cache.get(&key(3)), None);
    assert_eq!(entries(&place).len(), 2, "nothing else is left there");
    let tag = std::fs::read_to_string(place.join("CACHEDIR.TAG")).expect("a tag");
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&place), mode(&entries(&place)[0])), (0o700, 0o600), "it holds secrets");
    }
    let none = Cache::none();
    none.put(&key(1), b"a");
    assert_eq!(none.get(&key(1)), None);
}

#[test]
fn a_damaged_entry_is_a_miss_and_is_removed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = Cache::at(folder.path().to_owned());
    let bytes = b"kind: ConfigMap\n".repeat(100);
    cache.put(&key(1), &bytes);
    let path = entries(folder.path()).pop().expect("an entry");
    let whole = std::fs::read(&path).expect("an entry");
    let mut damaged: Vec<Vec<u8>> =
        [0, 1, 20, 47, 48, 49, whole.len() - 1].map(|end| whole[..end].to_vec()).into();
    for place in [0, 15, 16, 47, 48, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        damaged.push(flipped);
    }
    damaged.push([&whole[..], b"x"].concat());
    damaged.push(vec![0; whole.len()]);
    for text in damaged {
        std::fs::write(&path, &text).expect("it can be written");
        assert_eq!(cache.get(&key(1)), None, "{} bytes", text.len());
        assert!(!path.exists(), "{} bytes", text.len());
        cache.put(&key(1), &bytes);
        assert_eq!(cache.get(&key(1)).as_ref(), Some(&bytes));
    }
    // A folder where an entry should be cannot be read or replaced.
    std::fs::remove_file(&path).expect("an entry");
    std::fs::create_dir(&path).expect("a folder");
    assert_eq!(cache.get(&key(1)), None);
    cache.put(&key(1), &bytes);
    assert_eq!(cache.get(&key(1)), None);
    assert_eq!(entries(folder.path()), [path]);
}

#[test]
fn a_place_that_cannot_be_written_is_no_cache() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").expect("a file");
    for place in [file.clone(), file.join("below"), PathBuf::from("/proc/nowhere/cache")] {
        let cache = Cache::at(place.clone());
        cache.put(&key(1), b"a");
        assert_eq!(cache.get(&key(1)), None, "{}", place.display());
    }
    assert_eq!(std::fs::read_to_string(file).expect("as it was"), "mine");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_no_cache() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    {
        let cache = Cache::at(folder.path().to_owned());
        cache.put(&key(1), b"before");
    }
    let entry = entries(folder.path()).pop().expect("an entry");
    let shelf = entry.parent().expect("a folder");
    // Each entry is written beside its place first: there `/dev/full` stands for a disk without room.
    for number in 0..5_000 {
        let beside = shelf.join(format!(".{}-{number}", std::process::id()));
        let _ = std::os::unix::fs::symlink("/dev/full", beside);
    }
    let full = entries(folder.path()).len();
    let cache = Cache::at(folder.path().to_owned());
    cache.put(&key(1), b"after");
    assert_eq!(cache.get(&key(1)).as_deref(), Some(&b"before"[..]), "what was there stays whole");
    assert_eq!(entries(folder.path()).len(), full - 1, "what could not be written is removed");
    cache.put(&key(2), b"other");
    assert_eq!(cache.get(&key(2)), None, "one failure is enough");
}

#[test]
fn the_cache_keeps_its_size() {
    const MOST: u64 = 400_000;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let used = key(0);
    for run in 0..12 {
        let cache = Cache::sized(folder.path().to_owned(), MOST);
        if run == 0 {
            cache.put(&used, b"of use in every run");
        }
        assert!(cache.get(&used).is_some(), "run {run}");
        for entry in 0..10 {
            cache.put(&key(1 + run * 10 + entry), &vec![b'x'; 10_000]);
        }
        // Too large to be kept at all.
        cache.put(&key(1000 + run), &vec![b'x'; 60_000]);
        drop(cache);
        assert!(size(folder.path()) <= MOST, "run {run}: {}", size(folder.path()));
        // Time passes.
        for path in entries(folder.path()) {
            let file = std::fs::File::options().write(true).open(path).expect("an entry");
            let known = file.metadata().expect("it is open").modified().expect("a time");
            let older = known.min(SystemTime::now()) - Duration::from_hours(2);
            file.set_modified(older).expect("it can be set");
        }
    }
    let cache = Cache::sized(folder.path().to_owned(), MOST);
    assert!(size(folder.path()) > MOST / 3, "room is made, not everything removed: {}", size(folder.path()));
    assert_eq!(cache.get(&key(1)), None, "the oldest went first");
    assert!(cache.get(&key(1 + 11 * 10 + 9)).is_some(), "the newest stays");
}

#[test]
fn runs_at_once_do_no_harm() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = folder.path();
    let said = |entry: usize| format!("entry {entry} ").into_bytes().repeat(2000);
    std::thread::scope(|scope| {
        for run in 0..8 {
            scope.spawn(move || {
                // Each makes room while the others read and write.
                for round in 0..6 {
                    let cache = Cache::sized(place.to_owned(), 600_000);
                    for entry in 0..20 {
                        let entry = (entry * 7 + run + round) % 20;
                        if let Some(known) = cache.get(&key(entry)) {
                            assert_eq!(known, said(entry), "whole, or not at all");
                        }
                        cache.put(&key(entry), &said(entry));
                    }
                }
            });
        }
    });
    assert!(!entries(place).is_empty());
}

#[test]
#[cfg(unix)]
fn a_run_with_nothing_new_starts_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chart = folder.path().join("chart");
    std::fs::create_dir_all(chart.join("templates")).expect("a folder");
    std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: a\nversion: 1.0.0\n").expect("a file");
    std::fs::write(chart.join("templates/a.yaml"), "kind: ConfigMap\n").expect("a file");
    let log = folder.path().join("log");
    let script = format!(
        "echo $1 >>{}\ncase $1 in version) echo v3.22.0; exit;; esac\n\
         printf -- '---\\n# Source: a/templates/a.yaml\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: made}}\\n'",
        log.display()
    );
    crate::child::write_program(folder.path(), "helm", &script);
    let cache = folder.path().join("cache");
    let render = |cache: &Path, scratch: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nhilint"));
        command.args(["render", "chart", "--cache-dir"]).arg(cache).current_dir(folder.path());
        command.env("PATH", folder.path()).env("TMPDIR", scratch);
        command
    };
    let said = |mut command: std::process::Command| {
        let output = command.output().expect("it runs");
        let (text, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("made"), "{text}{complaint}");
        text.into_owned()
    };
    let asked = || std::fs::read_to_string(&log).unwrap_or_default().lines().count();
    let first = said(render(&cache, folder.path()));
    let once = asked();
    assert!(once >= 2, "its version and the chart");
    // Where no scratch folder could be made, no child could be started either.
    let nowhere = folder.path().join("nowhere");
    assert_eq!((said(render(&cache, &nowhere)), asked()), (first.clone(), once));

    let known = entries(&cache);
    for path in &known {
        std::fs::write(path, "damaged").expect("it can be written");
    }
    assert_eq!((said(render(&cache, folder.path())), asked()), (first.clone(), 2 * once));
    assert_eq!(entries(&cache), known, "mended");
    // A place that is none, and two runs at once.
    assert_eq!((said(render(&log.join("below"), folder.path())), asked()), (first.clone(), 3 * once));
    let other = folder.path().join("other");
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| said(render(&other, folder.path()))));
        for one in both {
            assert_eq!(one.join().expect("it ends well"), first);
        }
    });
    assert_eq!((said(render(&other, &nowhere)), entries(&other).len()), (first, known.len()));
}
