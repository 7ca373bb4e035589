//! Marked rendering over real charts: those of `NHILINT_RENDER_CORPUS=DIR`, else ours; helm must be on PATH. `NHILINT_RENDER_VALUES=1`
//! renders every value file beside a chart too; `NHILINT_RENDER_ONLY` picks charts by a part of their path.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::marked_bench::{Bench, copy, files, has_helm, helm};

/// The folders that hold a chart, charts inside charts left out.
pub(crate) fn charts(folder: &Path) -> Vec<PathBuf> {
    let all: Vec<String> = files(folder).into_iter().filter(|path| path.ends_with("/Chart.yaml")).collect();
    let inner = |path: &str| {
        path.contains("/charts/") && {
            let above = path.rsplit_once("/charts/").map_or("", |(above, _)| above);
            folder.join(above).join("Chart.yaml").is_file()
        }
    };
    all.iter()
        .filter(|path| !inner(path))
        .map(|path| folder.join(path.trim_end_matches("/Chart.yaml")))
        .collect()
}

/// Copies a chart where its dependencies can be put beside it: those of the corpus by name, no others.
pub(crate) fn prepared(chart: &Path, by_name: &BTreeMap<String, PathBuf>, to: &Path, depth: usize) {
    copy(chart, to);
    for file in ["Chart.yaml", "requirements.yaml"] {
        let path = to.join(file);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Ok(mut value) = serde_yaml::from_str::<serde_yaml::Value>(&text) else { continue };
        let Some(dependencies) = value.get_mut("dependencies").and_then(serde_yaml::Value::as_sequence_mut)
        else {
            continue;
        };
        let before = dependencies.len();
        dependencies.retain(|dependency| {
            let name = dependency.get("name").and_then(serde_yaml::Value::as_str).unwrap_or_default();
            let inside = to.join("charts").join(name);
            if !inside.is_dir()
                && let Some(found) = by_name.get(name).filter(|_| depth < 3)
            {
                prepared(found, by_name, &inside, depth + 1);
            }
            inside.is_dir()
        });
        if dependencies.len() != before {
            std::fs::write(&path, serde_yaml::to_string(&value).expect("it was YAML")).expect("a file");
        }
    }
    for lock in ["Chart.lock", "requirements.lock"] {
        let _ = std::fs::remove_file(to.join(lock));
    }
}

/// The charts of a folder by their names.
pub(crate) fn by_name(charts: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let name = |chart: &PathBuf| {
        let text = std::fs::read_to_string(chart.join("Chart.yaml")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("name:"))?;
        Some((line.trim().trim_matches(['"', '\'']).to_owned(), chart.clone()))
    };
    charts.iter().filter_map(name).collect()
}

/// A value file that makes a chart render which does not by itself.
pub(crate) fn working_values(chart: &Path) -> Option<Vec<PathBuf>> {
    if helm(chart, &[], false).is_ok() {
        return Some(Vec::new());
    }
    let candidates = files(chart)
        .into_iter()
        .filter(|path| path.starts_with("ci/") && path.strip_suffix(".yaml").is_some());
    candidates.map(|path| vec![chart.join(path)]).find(|values| {
        let arguments = ["-f".to_owned(), values[0].to_string_lossy().into_owned()];
        helm(chart, &arguments, false).is_ok()
    })
}

/// The value files of a chart that are tried one by one.
pub(crate) fn value_files(chart: &Path) -> Vec<PathBuf> {
    let is_one = |path: &String| {
        path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml")).is_some_and(|stem| {
            let inside = ["ci/", "examples/"].iter().any(|folder| path.starts_with(folder));
            (inside && stem.contains("values")) || (stem.starts_with("values-") && !stem.contains('/'))
        })
    };
    files(chart).into_iter().filter(is_one).map(|path| chart.join(path)).collect()
}

/// Where charts are looked for: the corpus, else our own; nothing where helm cannot be run.
pub(crate) fn folder() -> Option<PathBuf> {
    let corpus = std::env::var_os("NHILINT_RENDER_CORPUS").map(PathBuf::from);
    let found = has_helm();
    assert!(found || corpus.is_none(), "the corpus needs helm on PATH");
    found.then(|| corpus.unwrap_or_else(|| "testdata/repos/storefront".into()))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are the other half of the result")]
fn real_charts_are_traced_line_by_line() {
    let Some(folder) = folder() else {
        println!("left out, as helm is not on PATH");
        return;
    };
    let all_values = std::env::var_os("NHILINT_RENDER_VALUES").is_some();
    let only = std::env::var("NHILINT_RENDER_ONLY").unwrap_or_default();
    let charts = charts(&folder);
    let names = by_name(&charts);
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let mut sum = nhilint::render::marked::Tally::default();
    let (mut rendered, mut whole, mut failed, mut unmarked) = (0, 0, Vec::new(), 0);
    for (number, chart) in
        charts.iter().enumerate().filter(|(_, chart)| chart.to_string_lossy().contains(&only))
    {
        let copied = scratch.path().join(number.to_string()).join(chart.file_name().expect("a name"));
        prepared(chart, &names, &copied, 0);
        let Some(base) = working_values(&copied) else { continue };
        let more = if all_values { value_files(&copied) } else { Vec::new() };
        let sets = std::iter::once(base.clone()).chain(more.into_iter().map(|file| {
            let mut set = base.clone();
            set.push(file);
            set
        }));
        for set in sets {
            let bench = Bench::new(&copied, &set);
            if helm(&copied, &bench.arguments(), false).is_err() {
                continue;
            }
            let outputs = match bench.run() {
                Ok(outputs) => outputs,
                Err(error) => {
                    failed.push(format!("{}: {}", chart.display(), error.trim()));
                    continue;
                }
            };
            if outputs.clean.trim().is_empty() {
                continue;
            }
            let (_, tally) = bench.trail(&outputs);
            rendered += 1;
            unmarked += outputs.unmarked.len();
            whole += usize::from(tally.aligned + tally.file == 0);
            if tally.aligned + tally.file > 0 {
                println!("{}: {tally:?}", chart.display());
            }
            sum.exact += tally.exact;
            sum.aligned += tally.aligned;
            sum.file += tally.file;
            sum.values += tally.values;
            sum.parents += tally.parents;
            sum.nowhere += tally.nowhere;
        }
    }
    println!(
        "{rendered} renderings, {whole} whole, {unmarked} files unmarked: {sum:?}\n{}",
        failed.join("\n")
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!((sum.aligned, sum.file), (0, 0), "every line has its origin");
}
