//! Which cluster or environment a path names.

/// Words for environments, as whole path components or as the first or last part of a namespace.
pub const WORDS: [&str; 13] = [
    "prod",
    "production",
    "prd",
    "live",
    "stage",
    "staging",
    "preprod",
    "uat",
    "qa",
    "test",
    "dev",
    "development",
    "sandbox",
];

/// The cluster that a path is for: `clusters/<name>/…` as Flux lays repositories out, else its environment word.
#[must_use]
pub fn cluster_of_path(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let named = parts.iter().position(|part| *part == "clusters").and_then(|at| parts.get(at + 1));
    let is_folder = |name: &&&str| !name.contains('.');
    named.filter(is_folder).map(ToString::to_string).or_else(|| of_path(path).map(str::to_owned))
}

/// Whether the cluster of a path is nothing but an environment, which several clusters may be called after.
#[must_use]
pub fn is_environment(path: &str, cluster: &str) -> bool {
    let named = path.split('/').skip_while(|part| *part != "clusters").nth(1);
    WORDS.contains(&cluster) && named != Some(cluster)
}

/// The cluster that a value file is for, by its path below its chart: `values-prod.yaml`, `environments/prod/values.yaml`.
#[must_use]
pub fn cluster_of_values(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let parts: Vec<&str> = stem.split(['-', '_', '.']).filter(|part| *part != "values").collect();
    let is_word = |part: &&str| WORDS.iter().any(|word| part.eq_ignore_ascii_case(word));
    let named = [parts.first(), parts.last()].into_iter().flatten().any(is_word);
    if named { Some(parts.join("-")) } else { cluster_of_path(path) }
}

/// The environment word in a path, if a component is one; the deepest wins.
#[must_use]
pub fn of_path(path: &str) -> Option<&'static str> {
    path.rsplit('/').find_map(|part| WORDS.into_iter().find(|word| part.eq_ignore_ascii_case(word)))
}
