//! Whether some rules allow everything that another rule allows.
//!
//! The test by which the API server lets somebody hand rights on, with the answers of
//! `component-helpers/auth/rbac/validation/policy_comparator.go`. It must stay quick on rules made to be slow.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

use super::permission::{ALL, Rule};

/// Words compared before [`covers`] gives up: some tenths of a second. Comparing `cluster-admin`, `edit` or the largest
/// operators' roles takes thousands.
const EFFORT: usize = 1 << 19;

/// Whether the rules together allow everything that `needed` allows.
///
/// As in Kubernetes, each combination of verb, group, resource and name must be covered by a single rule, and what
/// allows nothing is covered by nothing. A rule so entangled that this takes hundreds of thousands of steps is called
/// uncovered.
pub fn covers<'r>(rules: impl IntoIterator<Item = &'r Rule<'r>>, needed: &Rule<'_>) -> bool {
    let owners: Vec<Owner<'_>> = rules.into_iter().map(Owner::new).collect();
    let owners: Vec<&Owner<'_>> = owners.iter().collect();
    let verbs = Need::new(&needed.verbs, |owner, verb| owner.verbs.has(verb));
    let groups = Need::new(&needed.groups, |owner, group| owner.groups.has(group));
    let resources = Need::new(&needed.resources, has_resource);
    let urls = Need::new(&needed.urls, has_url);
    // Without names, every name is needed; paths have none.
    let every_name = Need::new(&[Cow::Borrowed(ALL)], |owner, _| owner.names.all);
    let some_names = Need::new(&needed.names, |owner, name| owner.names.has(name));
    let names = if needed.names.is_empty() { &every_name } else { &some_names };
    let effort = Cell::new(EFFORT);
    all_covered(&owners, &[&groups, &resources, names, &verbs], &effort)
        && all_covered(&owners, &[&urls, &every_name, &verbs], &effort)
}

/// A rule that may cover another, with its words sorted.
struct Owner<'r> {
    verbs: Words<'r>,
    groups: Words<'r>,
    resources: Words<'r>,
    /// `exec` for `*/exec`.
    subresources: Words<'r>,
    names: Words<'r>,
    urls: Words<'r>,
    /// What stands before the `*` of a URL, sorted, none a beginning of another.
    url_beginnings: Vec<&'r str>,
}

impl<'r> Owner<'r> {
    fn new(rule: &'r Rule<'r>) -> Self {
        let mut names = Words::new(&rule.names);
        // Among names `*` is a name like any other; none means every name.
        names.all = rule.names.is_empty();
        let subresources = rule.resources.iter().filter_map(|written| written.strip_prefix("*/"));
        let mut beginnings: Vec<&str> =
            rule.urls.iter().filter(|url| url.ends_with('*')).map(|url| url.trim_end_matches('*')).collect();
        beginnings.sort_unstable();
        let mut url_beginnings: Vec<&str> = Vec::new();
        for beginning in beginnings {
            if !url_beginnings.last().is_some_and(|last| beginning.starts_with(last)) {
                url_beginnings.push(beginning);
            }
        }
        Self {
            verbs: Words::new(&rule.verbs),
            groups: Words::new(&rule.groups),
            resources: Words::new(&rule.resources),
            subresources: Words::of(subresources.collect()),
            names,
            urls: Words::new(&rule.urls),
            url_beginnings,
        }
    }
}

fn has_resource(owner: &Owner<'_>, resource: &str) -> bool {
    let subresource = || resource.split_once('/').map(|(_, subresource)| subresource);
    owner.resources.has(resource) || subresource().is_some_and(|name| owner.subresources.has_itself(name))
}

fn has_url(owner: &Owner<'_>, url: &str) -> bool {
    // As none begins another, the only one that can begin the URL is the one that sorts just before it.
    let after = owner.url_beginnings.partition_point(|beginning| *beginning <= url);
    let nearest = after.checked_sub(1).map(|before| owner.url_beginnings[before]);
    owner.urls.has_itself(url) || nearest.is_some_and(|beginning| url.starts_with(beginning))
}

struct Words<'r> {
    all: bool,
    sorted: Vec<&'r str>,
}

impl<'r> Words<'r> {
    fn new(words: &'r [Cow<'_, str>]) -> Self {
        Self::of(words.iter().map(AsRef::as_ref).collect())
    }

    fn of(mut sorted: Vec<&'r str>) -> Self {
        sorted.sort_unstable();
        Self { all: sorted.binary_search(&ALL).is_ok(), sorted }
    }

    fn has(&self, word: &str) -> bool {
        self.all || self.has_itself(word)
    }

    fn has_itself(&self, word: &str) -> bool {
        self.sorted.binary_search(&word).is_ok()
    }
}

/// The words of one field that must be covered, and what it is for a rule to cover one.
struct Need<'n> {
    words: BTreeSet<&'n str>,
    covered: fn(&Owner<'_>, &str) -> bool,
}

impl<'n> Need<'n> {
    fn new(words: &'n [Cow<'_, str>], covered: fn(&Owner<'_>, &str) -> bool) -> Self {
        Self { words: words.iter().map(AsRef::as_ref).collect(), covered }
    }
}

/// Whether every combination of words, one from each field, is covered by one of the owners.
fn all_covered(owners: &[&Owner<'_>], fields: &[&Need<'_>], effort: &Cell<usize>) -> bool {
    if fields.iter().any(|field| field.words.is_empty()) {
        return true;
    }
    let words: usize = fields.iter().map(|field| field.words.len()).sum();
    let Some(left) = effort.get().checked_sub(owners.len() * words) else {
        return false;
    };
    effort.set(left);
    let covers_all = |owner: &&Owner<'_>| {
        fields.iter().all(|field| field.words.iter().all(|word| (field.covered)(owner, word)))
    };
    if owners.iter().any(covers_all) {
        return true;
    }
    let Some((field, rest)) = fields.split_first() else {
        return false;
    };
    // Words that the same owners cover have the same answer.
    let mut answered: HashSet<Vec<usize>> = HashSet::new();
    field.words.iter().all(|word| {
        let kept: Vec<usize> =
            (0..owners.len()).filter(|&owner| (field.covered)(owners[owner], word)).collect();
        if kept.is_empty() || answered.contains(&kept) {
            return !kept.is_empty();
        }
        let left: Vec<&Owner<'_>> = kept.iter().map(|&owner| owners[owner]).collect();
        answered.insert(kept);
        all_covered(&left, rest, effort)
    })
}
