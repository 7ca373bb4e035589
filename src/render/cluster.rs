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
    let of_part = |part: &&str| {
        word_of(part).map(str::to_owned).or_else(|| one_of_several(part).map(|_| part.to_lowercase()))
    };
    let environment = || parts.iter().rev().find_map(of_part);
    named.filter(is_folder).map(ToString::to_string).or_else(environment)
}

/// Whether the cluster of a path is nothing but an environment, which several clusters may be called after.
#[must_use]
pub fn is_environment(path: &str, cluster: &str) -> bool {
    let named = path.split('/').skip_while(|part| *part != "clusters").nth(1);
    (WORDS.contains(&cluster) || one_of_several(cluster).is_some()) && named != Some(cluster)
}

/// Whether the name of a folder tells environments apart.
#[must_use]
pub fn names_environment(folder: &str) -> bool {
    word_of(folder).is_some() || one_of_several(folder).is_some()
}

/// Words for regions and the like, by which people tell the clusters of one environment apart.
const PLACES: &str = "eu us uk de fr es nl ch se pl ap apac emea amer latam asia europe america africa australia ca me jp au \
    sg cn br kr east west north south central northeast northwest southeast southwest primary secondary dr blue green \
    aws gcp azure onprem";

/// The environment of a name that tells its clusters apart: `staging-a`, `prod-eu-west-1`, `us-prod`, `dev2`. What may be
/// the name of an application (`test-app`, `prod-v2`) is none.
#[must_use]
pub fn one_of_several(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let is_listed = |part: &str| PLACES.split_whitespace().any(|place| place == part);
    let is_place = |part: &&str| {
        // `01`, `west2`, `euw1`.
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_region = || letters.len() == 3 && letters.is_char_boundary(2) && is_listed(&letters[..2]);
        is_listed(part)
            || part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            || letters.len() < part.len() && (letters.is_empty() || is_listed(letters) || is_region())
    };
    let parts: Vec<&str> = name.split(['-', '_']).collect();
    let among =
        |word: &str, rest: &[&str]| word_of(word).filter(|_| !rest.is_empty() && rest.iter().all(is_place));
    match &parts[..] {
        [] => None,
        [one] => {
            let word = one.trim_end_matches(|c: char| c.is_ascii_digit());
            word_of(word).filter(|_| word.len() < one.len())
        }
        [first, rest @ ..] => {
            let (last, before) = parts.split_last()?;
            among(first, rest).or_else(|| among(last, before))
        }
    }
}

/// Whether two names of clusters may be those of one: they are equal, or one is the environment of the other.
#[must_use]
pub fn may_be_one(a: &str, b: &str) -> bool {
    a == b || one_of_several(a) == Some(b) || one_of_several(b) == Some(a)
}

fn word_of(part: &str) -> Option<&'static str> {
    WORDS.into_iter().find(|word| part.eq_ignore_ascii_case(word))
}

/// The cluster that a value file is for, by its path below its chart: `values-prod.yaml`, `environments/prod/values.yaml`.
#[must_use]
pub fn cluster_of_values(path: &str) -> Option<String> {
    let parts = parts_of_values(path);
    let is_word = |part: &&str| WORDS.iter().any(|word| part.eq_ignore_ascii_case(word));
    let named = [parts.first(), parts.last()].into_iter().flatten().any(is_word);
    if named { Some(parts.join("-")) } else { cluster_of_path(path) }
}

fn parts_of_values(path: &str) -> Vec<&str> {
    let name = path.rsplit('/').next().unwrap_or_default().trim_start_matches('.');
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.split(['-', '_', '.']).filter(|part| *part != "values").collect()
}

/// What a file of values is called beside others: `lab` of `values-lab.yaml`, none of `values.yaml`.
#[must_use]
pub fn name_of_values(path: &str) -> Option<String> {
    // A rendering by other answers of a cluster adds to the name.
    let path = path.split(" where ").next()?;
    Some(parts_of_values(path).join("-")).filter(|name| !name.is_empty())
}

/// The environment word in a path, if a component is one; the deepest wins.
#[must_use]
pub fn of_path(path: &str) -> Option<&'static str> {
    path.rsplit('/').find_map(word_of)
}

#[cfg(test)]
mod tests {
    use super::{cluster_of_path, may_be_one, one_of_several};

    #[test]
    fn the_clusters_of_one_environment_are_told_apart_and_applications_are_none() {
        for (name, word) in [
            ("staging-a", "staging"),
            ("prod-eu", "prod"),
            ("Prod_US", "prod"),
            ("prod-eu-west-1", "prod"),
            ("us-east-1-prod", "prod"),
            ("prod-euw1", "prod"),
            ("dev2", "dev"),
            ("test-01", "test"),
        ] {
            assert_eq!(one_of_several(name), Some(word), "{name}");
        }
        for name in [
            "prod",
            "test-app",
            "test-db",
            "prod-v2",
            "test-s3",
            "dev-web2",
            "live-site",
            "qa-bot",
            "a-b",
            "2",
            "",
            "eu-1",
        ] {
            assert_eq!(one_of_several(name), None, "{name}");
        }
        assert_eq!(cluster_of_path("envs/Prod-EU/shop/a.yaml").as_deref(), Some("prod-eu"));
        assert!(may_be_one("prod", "prod-eu") && !may_be_one("prod-eu", "prod-us"));
    }
}
