//! Permissions: the same answers as Kubernetes' own code, and the laws that they obey.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nhilint::graph::tables::aggregate::{Aggregation, ClusterRole};
use nhilint::graph::tables::builtin::builtin;
use nhilint::graph::tables::cover::covers;
use nhilint::graph::tables::permission::{Request, Rule, allowed, is_everything};
use nhilint::k8s::objects;
use nhilint::source::SourceMap;
use nhilint::yaml;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    kubernetes: String,
    worlds: Vec<World>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    about: String,
    #[serde(default)]
    builtin: bool,
    manifests: String,
    #[serde(default)]
    asks: Vec<Ask>,
    #[serde(default)]
    covers: Vec<Cover>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    role: String,
    verb: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    resource: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    path: Option<String>,
    answer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cover {
    role: String,
    covers: String,
    answer: bool,
}

impl Ask {
    fn request(&self) -> Request<'_> {
        match &self.path {
            Some(path) => Request::path(&self.verb, path),
            None => Request::resource(&self.verb, &self.group, &self.resource)
                .named(&self.name)
                .within(&self.namespace),
        }
    }
}

#[test]
fn answers_as_the_authorizer_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rbac/cases.yaml");
    let text = std::fs::read_to_string(path).expect("the cases are in the repository");
    let cases: Cases = serde_yaml::from_str(&text).expect("the cases are well-formed");
    assert_eq!(cases.kubernetes, builtin().version);
    let mut wrong = String::new();
    let mut asked = 0;
    for world in &cases.worlds {
        asked += world.asks.len() + world.covers.len();
        differences(world, &mut wrong);
    }
    assert!(wrong.is_empty(), "Kubernetes answers otherwise:\n{wrong}");
    assert!(asked >= 140, "only {asked} questions were asked");
}

fn differences(world: &World, wrong: &mut String) {
    let mut sources = SourceMap::default();
    let file = sources.add("manifests", world.manifests.as_str());
    let docs: Vec<yaml::Doc> = yaml::split(&world.manifests)
        .into_iter()
        .map(|piece| yaml::parse(file, world.manifests.as_str(), piece.start..piece.end).0)
        .collect();
    let mut roles: Vec<ClusterRole<'_>> = docs
        .iter()
        .flat_map(|doc| objects(doc, None))
        .map(|object| ClusterRole::from_object(&object))
        .collect();
    if world.builtin {
        roles.extend(builtin().cluster_roles.iter().cloned());
    }
    let aggregation = Aggregation::new(&roles);
    let held_by = |name: &str| {
        let at = roles.iter().position(|role| role.name == name);
        aggregation.rules(at.unwrap_or_else(|| panic!("{}: no role `{name}`", world.about)))
    };
    for ask in &world.asks {
        if allowed(held_by(&ask.role), &ask.request()) != ask.answer {
            writeln!(wrong, "{}: {ask:?}", world.about).expect("strings grow");
        }
    }
    for cover in &world.covers {
        let needed = held_by(&cover.covers);
        let covered = needed.iter().all(|needed| covers(held_by(&cover.role), needed));
        if covered != cover.answer {
            writeln!(wrong, "{}: {cover:?}", world.about).expect("strings grow");
        }
    }
}

const VERBS: [&str; 5] = ["*", "get", "list", "create", "escalate"];
const GROUPS: [&str; 3] = ["*", "", "apps"];
const RESOURCES: [&str; 8] = ["*", "pods", "pods/exec", "*/exec", "pods/*", "nodes", "nodes/exec", "*/*"];
const NAMES: [&str; 4] = ["", "a", "b", "*"];
const URLS: [&str; 8] = ["*", "/*", "/a", "/a*", "/a/*", "/ab", "/b**", "/b/c"];

fn words(from: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<Cow<'static, str>>> {
    vec(select(from).prop_map(Cow::Borrowed), 0..=most)
}

/// Names and paths never stand in one rule: the API server refuses that, and such a rule does not cover itself.
fn rule() -> impl Strategy<Value = Rule<'static>> {
    let none = || Just(Vec::new());
    let names_and_urls =
        prop_oneof![(none(), none()), (words(&NAMES, 2), none()), (none(), words(&URLS, 3)),];
    (words(&VERBS, 3), words(&GROUPS, 2), words(&RESOURCES, 4), names_and_urls)
        .prop_map(|(verbs, groups, resources, (names, urls))| Rule { verbs, groups, resources, names, urls })
}

fn request() -> impl Strategy<Value = Request<'static>> {
    let resource = (select(&VERBS[1..]), select(&GROUPS[1..]), select(&RESOURCES[..]), select(&NAMES[..]))
        .prop_map(|(verb, group, resource, name)| Request::resource(verb, group, resource).named(name));
    let path = (select(&VERBS[1..]), select(&URLS[..])).prop_map(|(verb, path)| Request::path(verb, path));
    prop_oneof![3 => resource, 1 => path]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn together_allow_what_one_of_them_allows(a in vec(rule(), 0..4), b in vec(rule(), 0..4), request in request()) {
        let either = allowed(&a, &request) || allowed(&b, &request);
        prop_assert_eq!(allowed(a.iter().chain(&b), &request), either);
    }

    #[test]
    fn rules_cover_themselves(rules in vec(rule(), 1..5)) {
        for rule in &rules {
            prop_assert!(covers(&rules, rule));
        }
    }

    #[test]
    fn more_rules_cover_more(a in vec(rule(), 0..4), b in vec(rule(), 0..4), needed in rule()) {
        if covers(&a, &needed) {
            prop_assert!(covers(a.iter().chain(&b), &needed));
        }
    }

    #[test]
    fn what_covers_a_rule_allows_what_it_allows(rules in vec(rule(), 0..6), needed in rule(), request in request()) {
        if covers(&rules, &needed) && needed.allows(&request) {
            prop_assert!(allowed(&rules, &request));
        }
    }

    #[test]
    fn everything_covers_everything(mut rules in vec(rule(), 0..4), needed in rule()) {
        let admin = builtin().rules("cluster-admin").expect("it is built in");
        prop_assert!(covers(admin, &needed));
        rules.push(Rule { verbs: vec!["*".into()], groups: vec!["*".into()], resources: vec!["*".into()], ..Rule::default() });
        prop_assert!(is_everything(&rules));
    }

    #[test]
    fn aggregation_ends_where_the_controller_ends(links in vec((0..8_usize, 0..8_usize), 0..20), own in 0..=255_u8) {
        // Role `from` selects role `to`; the roles without selectors hold one rule each, named after them.
        let roles = network(&links, own);
        let aggregation = Aggregation::new(&roles);
        for (role, expected) in controller(&roles).iter().enumerate() {
            let mut found: Vec<&str> = aggregation.rules(role).iter().map(|rule| &*rule.verbs[0]).collect();
            found.sort_unstable();
            prop_assert_eq!(&found, expected, "role {}", role);
        }
    }
}

/// Eight roles that select each other as `links` say, never in a circle, and hold rules as the bits of `own` say.
fn network(links: &[(usize, usize)], own: u8) -> Vec<ClusterRole<'static>> {
    const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut roles: Vec<ClusterRole<'_>> = NAMES
        .iter()
        .enumerate()
        .map(|(at, &name)| ClusterRole {
            name: name.into(),
            rules: Vec::from_iter(
                (own >> at & 1 == 1).then(|| Rule { verbs: vec![name.into()], ..Rule::default() }),
            ),
            ..ClusterRole::default()
        })
        .collect();
    for &(from, to) in links.iter().filter(|(from, to)| from <= to) {
        let label = format!("to-{from}");
        roles[to].labels.insert(label.clone(), "yes".to_owned());
        let selector = [(label, "yes".to_owned())].into_iter().collect();
        roles[from].selectors.get_or_insert_default().push(selector);
    }
    roles
}

/// The verbs that each role ends up with when done as the controller does: role by role until nothing changes.
fn controller<'r>(roles: &'r [ClusterRole<'_>]) -> Vec<Vec<&'r str>> {
    use kube_core::labels::SelectorExt as _;
    let own = |role: &'r ClusterRole<'_>| role.rules.iter().map(|rule| &*rule.verbs[0]).collect();
    let mut held: Vec<Vec<&str>> = roles.iter().map(own).collect();
    loop {
        let before = held.clone();
        for (at, role) in roles.iter().enumerate() {
            let Some(selectors) = &role.selectors else {
                continue;
            };
            let feeds = |other: &usize| {
                *other != at && selectors.iter().any(|selector| selector.matches(&roles[*other].labels))
            };
            let mut verbs: Vec<&str> =
                (0..roles.len()).filter(feeds).flat_map(|other| held[other].clone()).collect();
            verbs.sort_unstable();
            verbs.dedup();
            held[at] = verbs;
        }
        if held == before {
            return held;
        }
    }
}

#[test]
fn roles_that_aggregate_each_other_keep_what_is_written_in_them() {
    let aggregated = |name: &'static str, feeds: &str, fed_by: &str| ClusterRole {
        name: name.into(),
        labels: [(feeds.to_owned(), "yes".to_owned())].into(),
        rules: vec![Rule { verbs: vec![name.into()], ..Rule::default() }],
        selectors: Some(vec![[(fed_by.to_owned(), "yes".to_owned())].into_iter().collect()]),
    };
    let roles = [aggregated("a", "x", "y"), aggregated("b", "y", "x"), aggregated("alone", "z", "z")];
    let aggregation = Aggregation::new(&roles);
    assert_eq!(aggregation.sources(0), [0, 1]);
    assert_eq!(aggregation.sources(1), [0, 1]);
    assert_eq!(aggregation.sources(2), [0_usize; 0]);
}

#[test]
fn rules_made_to_be_slow_are_not() {
    let numbers: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    let words: Vec<Cow<'_, str>> = numbers.iter().map(|number| number.as_str().into()).collect();
    let full = Rule {
        verbs: words.clone(),
        groups: words.clone(),
        resources: words.clone(),
        names: words.clone(),
        urls: Vec::new(),
    };
    let paths = Rule {
        verbs: words.clone(),
        urls: numbers.iter().map(|number| format!("/{number}*").into()).collect(),
        ..Rule::default()
    };
    // Each misses another word of every field, so that no rule alone covers any field.
    let all_but = |skipped: usize| {
        let words = words[..40].iter().enumerate();
        let kept: Vec<Cow<'_, str>> =
            words.filter(|(at, _)| *at != skipped).map(|(_, word)| word.clone()).collect();
        Rule {
            verbs: kept.clone(),
            groups: kept.clone(),
            resources: kept.clone(),
            names: kept,
            urls: Vec::new(),
        }
    };
    let entangled: Vec<Rule<'_>> = (0..40).map(all_but).collect();
    let needed = Rule {
        verbs: words[..40].to_vec(),
        groups: words[..40].to_vec(),
        resources: words[..40].to_vec(),
        names: words[..40].to_vec(),
        urls: Vec::new(),
    };
    let begin = Instant::now();
    assert!(covers([&full], &full));
    assert!(covers([&paths], &paths));
    assert!(!covers(&entangled, &full));
    // Kubernetes would say yes after two and a half million comparisons; we give up and say no.
    assert!(!covers(&entangled, &needed));
    assert!(begin.elapsed() < Duration::from_secs(5), "took {:?}", begin.elapsed());
}

#[test]
fn thousands_of_aggregated_roles_take_no_time() {
    let roles: Vec<ClusterRole<'_>> = (0..20_000)
        .map(|number| {
            let label = |number: usize| ("to".to_owned(), number.to_string());
            ClusterRole {
                name: number.to_string().into(),
                labels: [label(number)].into(),
                rules: Vec::new(),
                selectors: Some(vec![[label(number / 2)].into_iter().collect()]),
            }
        })
        .collect();
    let begin = Instant::now();
    let aggregation = Aggregation::new(&roles);
    for role in (0..roles.len()).step_by(100) {
        assert!(aggregation.sources(role).is_empty());
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "took {:?}", begin.elapsed());
}
