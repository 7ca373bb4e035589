//! The tables of the graph: images, resources, environments, rules of roles, primitives and controllers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use nhilint::finding::IdentityName;
use nhilint::graph::place::environment::{
    are_variants, canonical, of_namespace, without_variant, without_word,
};
use nhilint::graph::tables::controllers::{Borrows, commands, controller_of, controllers};
use nhilint::graph::tables::permission::{Axis, Request, Rule, is_everything};
use nhilint::graph::tables::primitive::{PRIMITIVES, Primitive, Primitives, unlimited};
use nhilint::graph::tables::resource::{
    Scope as Standing, is_own_group, resource, resource_meant, resource_of_kind, resources_named,
};
use nhilint::graph::tables::tier::Tier;
use nhilint::graph::tables::worth::{Scope, tier_of};
use nhilint::source::SourceMap;
use nhilint::yaml::{Node, parse};
use serde::Deserialize;

fn with_rules(text: &str, check: impl Fn(&[Rule<'_>])) {
    let file = SourceMap::default().add("rules", text);
    let (doc, _) = parse(file, text, 0..text.len());
    let items = doc.root().into_iter().flat_map(Node::items);
    check(&items.map(Rule::from_node).collect::<Vec<_>>());
}

#[test]
fn wrong_types_count_as_not_written() {
    let text = "\
- {verbs: [get, 7, [list], {a: b}, 'watch'], resources: pods, apiGroups: [\"\"]}
- {verbs: {get: list}, nonResourceURLs: 5}
- 7
";
    with_rules(text, |rules| {
        assert_eq!(rules[0].verbs, ["get", "watch"]);
        assert_eq!(rules[0].groups, [""]);
        assert!(rules[0].resources.is_empty());
        assert_eq!(rules[1..], [Rule::default(), Rule::default()]);
    });
}

#[test]
fn an_item_left_empty_is_the_empty_word() {
    let text = "- {verbs: [get], resources: [pods], apiGroups: [null]}\n- {verbs: [get], resources: [pods], apiGroups: ['', ~], resourceNames: [~]}\n";
    with_rules(text, |rules| {
        let request = Request::resource("get", "", "pods");
        assert!(rules[0].allows(&request.named("a")));
        assert!(rules[1].allows(&request) && !rules[1].allows(&request.named("a")));
    });
}

#[test]
fn wildcards_are_told_by_axis() {
    let text = "\
- {apiGroups: ['*'], resources: ['*', '*/scale'], verbs: ['*']}
- {nonResourceURLs: ['/*'], verbs: [get]}
- {apiGroups: [shop.example], resources: ['*/status'], verbs: [get]}
- {apiGroups: [apps], resources: ['pods/*'], resourceNames: ['*'], verbs: [get]}
";
    with_rules(text, |rules| {
        let axes = |at: usize| rules[at].wildcards().axes;
        assert_eq!(axes(0), [Axis::Groups, Axis::Resources, Axis::Subresources, Axis::Verbs]);
        assert_eq!(axes(1), [Axis::Urls]);
        assert_eq!(axes(2), [Axis::Subresources]);
        assert_eq!(axes(3), []);
        let sensitive: Vec<bool> = rules.iter().map(|rule| rule.wildcards().sensitive).collect();
        assert_eq!(sensitive, [true, false, false, true]);
    });
}

#[test]
fn nearly_every_verb_on_ten_resources_is_a_wildcard_by_enumeration() {
    let seven = "[get, list, watch, create, update, patch, delete]";
    let six = "[get, list, watch, create, update, patch, use]";
    let ten = "[a, b, c, d, e, f, g, h, i, j]";
    let nine = "[a, b, c, d, e, f, g, h, i, i]";
    for (verbs, resources, expected) in [(seven, ten, true), (six, ten, false), (seven, nine, false)] {
        let text = format!("- {{apiGroups: [x.example], resources: {resources}, verbs: {verbs}}}");
        with_rules(&text, |rules| {
            assert_eq!(rules[0].wildcards().enumerated, expected, "{text}");
        });
    }
}

#[test]
fn everything_may_be_spread_over_rules() {
    let everything = [
        "- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}",
        "- {apiGroups: ['', '*'], resources: [pods, '*'], verbs: [get, '*']}",
        "\
- {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, bind, escalate, impersonate]}
- {apiGroups: ['*'], resources: ['*'], verbs: [create, update, patch, delete, deletecollection]}",
    ];
    let less = [
        "- {apiGroups: ['*'], resources: ['*'], resourceNames: [x], verbs: ['*']}",
        "- {apiGroups: ['*'], resources: ['*/*'], verbs: ['*']}",
        "- {nonResourceURLs: ['*'], verbs: ['*']}",
        "- {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, create, update, patch, delete, deletecollection]}",
        "\
- {apiGroups: ['*'], resources: [pods], verbs: ['*']}
- {apiGroups: [''], resources: ['*'], verbs: ['*']}",
    ];
    for text in everything {
        with_rules(text, |rules| assert!(is_everything(rules), "{text}"));
    }
    for text in less {
        with_rules(text, |rules| assert!(!is_everything(rules), "{text}"));
    }
}

#[test]
fn resources_are_known_by_group_and_by_what_is_mistaken_for_them() {
    assert_eq!(resource("", "pods").map(|pods| pods.scope), Some(Standing::Namespaced));
    assert_eq!(resource("", "nodes").map(|nodes| nodes.scope), Some(Standing::Cluster));
    assert_eq!(resource("extensions", "deployments"), None);
    assert!(is_own_group("extensions") && !is_own_group("argoproj.io"));
    let groups: Vec<&str> = resources_named("events").map(|events| events.group).collect();
    assert_eq!(groups, ["", "events.k8s.io"]);
    for word in ["pod", "Pod", "PODS"] {
        assert_eq!(resource_meant(word).map(|pod| pod.plural), Some("pods"), "{word}");
    }
    assert_eq!(resource_of_kind("networking.k8s.io", "Ingress").map(|one| one.plural), Some("ingresses"));
}

#[test]
fn a_word_counts_only_as_a_whole() {
    assert_eq!(of_namespace("shop-dev"), Some("dev"));
    assert_eq!(of_namespace("prod-shop"), Some("prod"));
    assert_eq!(of_namespace("dev"), Some("dev"));
    assert_eq!(of_namespace("shop-test-production"), None);
    assert_eq!(of_namespace("developer"), None);
    assert_eq!(without_variant("api-canary"), "api");
    assert!(are_variants("api-blue", "api-green") && !are_variants("api-dev", "api-prod"));
    assert_eq!(without_word("shop-dev"), without_word("prod-shop"));
    assert_eq!(canonical("Production"), "prod");
}

fn rule(
    verbs: &[&'static str],
    group: &'static str,
    resource: &'static str,
    names: &[&'static str],
) -> Rule<'static> {
    let words = |words: &[&'static str]| words.iter().map(|&word| Cow::Borrowed(word)).collect();
    Rule {
        verbs: words(verbs),
        groups: words(&[group]),
        resources: words(&[resource]),
        names: words(names),
        urls: Vec::new(),
    }
}

#[test]
fn what_lives_outside_namespaces_is_not_reached_from_one() {
    let shown = |rule: &Rule<'_>, wide| -> Vec<&str> {
        unlimited([rule], wide).iter().map(|(primitive, _)| primitive.name).collect()
    };
    let pods = rule(&["update"], "", "pods", &[]);
    assert_eq!(shown(&pods, false), ["pod.patch"]);
    let node = rule(&["get"], "", "nodes/proxy", &[]);
    assert_eq!(shown(&node, true), ["node.proxy"]);
    assert!(shown(&node, false).is_empty());
    let escalate = rule(&["escalate", "bind"], "rbac.authorization.k8s.io", "clusterroles", &[]);
    assert_eq!(shown(&escalate, true), ["rbac.escalate", "rbac.bind"]);
    assert_eq!(shown(&escalate, false), ["rbac.bind"]);
    let extras = rule(&["impersonate"], "authentication.k8s.io", "userextras/scopes", &[]);
    assert_eq!(shown(&extras, true), ["impersonate.user"]);
    assert!(shown(&rule(&["impersonate"], "authentication.k8s.io", "userextras", &[]), true).is_empty());
    let first = |resource, wide| {
        let rule = rule(&["patch"], "", resource, &[]);
        PRIMITIVES.control_plane.iter().find(|one| one.shown_by(&rule, wide).is_some()).map(|one| one.name)
    };
    assert_eq!(first("nodes", false), None);
    assert_eq!(first("nodes", true), Some("node.write"));
    assert_eq!(first("namespaces", false), Some("ns.patch"), "of the namespace that it is bound in");
}

#[test]
fn names_limit_and_look_alikes_are_nothing() {
    let named = rule(&["get", "list"], "", "secrets", &["app-tls"]);
    let shown = PRIMITIVES.secrets[0].shown_by(&named, true).expect("it reads one secret");
    assert_eq!(shown.names, ["app-tls"]);
    assert!(unlimited([&named], true).is_empty());
    for quiet in [
        rule(&["create", "delete"], "", "secrets", &[]),
        rule(&["get"], "", "pods/*", &[]),
        rule(&["update", "patch"], "apps", "deployments/scale", &[]),
        rule(&["create"], "", "serviceaccounts", &[]),
        rule(&["*"], "shop.example", "secrets", &[]),
    ] {
        assert!(unlimited([&quiet], true).is_empty(), "{quiet:?}");
    }
}

#[test]
fn the_empty_name_is_every_name_and_a_star_is_none() {
    let secrets = PRIMITIVES.secrets[0];
    let shown = |verb, name| {
        let rule = rule(&[verb], "", "secrets", &[name]);
        secrets.shown_by(&rule, true).map(|shown| shown.names.len())
    };
    assert_eq!(shown("list", ""), Some(0), "a list has no name");
    assert_eq!(shown("get", ""), None);
    assert_eq!(shown("get", "*"), None);
    assert_eq!(shown("get", "app-tls"), Some(1));
}

#[test]
fn a_change_that_is_refused_makes_no_pod() {
    let writes = |verb, group, resource| {
        let rule = rule(&[verb], group, resource, &[]);
        PRIMITIVES.workloads.iter().any(|one| one.shown_by(&rule, true).is_some())
    };
    for (group, resource) in [
        ("batch", "jobs"),
        ("tekton.dev", "taskruns"),
        ("tekton.dev", "pipelineruns"),
        ("batch.volcano.sh", "jobs"),
        ("jobset.x-k8s.io", "jobsets"),
    ] {
        assert!(writes("create", group, resource), "{resource}");
        assert!(!writes("patch", group, resource) && !writes("update", group, resource), "{resource}");
    }
    assert!(writes("patch", "batch", "cronjobs") && writes("update", "apps", "deployments"));
}

#[test]
fn the_strongest_name_is_shown_first() {
    let named = |verb, group, resource, names: &[&'static str]| {
        let rule = rule(&[verb], group, resource, names);
        let all = PRIMITIVES.control_plane.iter().chain(PRIMITIVES.workloads).chain(PRIMITIVES.escalation);
        let shown = all.copied().find_map(|one| Some((one, one.shown_by(&rule, true)?)));
        shown.map(|(one, shown)| one.what_of(shown.resource, shown.names)).unwrap_or_default()
    };
    let constraints = ["custom", "hostnetwork", "privileged"];
    let group = "security.openshift.io";
    assert_eq!(named("use", group, "securitycontextconstraints", &constraints), "`privileged` and 2 more");
    assert_eq!(named("patch", "apps", "deployments", &["web"]), "every account, through `web`");
    let policies = "mutatingadmissionpolicies";
    assert_eq!(named("patch", "admissionregistration.k8s.io", policies, &[]), "every mutating policy");
}

#[test]
fn a_rule_is_worth_what_fits_a_request() {
    let left = |rule: Rule<'static>, wide| rule.effective(wide).map(|rule| rule.resources.len());
    for nothing in [
        rule(&["get"], "", "*/*", &[]),
        rule(&["get"], "", "pods/*", &[]),
        rule(&["get"], "", "pod*", &[]),
        rule(&["get"], "core", "*", &[]),
        rule(&["get"], "apps/v1", "*", &[]),
        rule(&["get"], "*.k8s.io", "*", &[]),
        rule(&["GET", "read"], "", "*", &[]),
        rule(&["*"], "", "*", &["*"]),
        rule(&["*"], "extensions", "deployments", &[]),
        rule(&["*"], "", "secret", &[]),
        rule(&["get"], "widgets.example", "Widgets", &[]),
        rule(&[], "", "*", &[]),
    ] {
        assert_eq!(left(nothing.clone(), true), None, "{nothing:?}");
    }
    let nodes = rule(&["*"], "", "nodes", &[]);
    assert_eq!((left(nodes.clone(), true), left(nodes, false)), (Some(1), None));
    assert_eq!(left(rule(&["use"], "policy", "podsecuritypolicies", &["restricted"]), false), Some(1));
    assert_eq!(left(rule(&["*"], "", "namespaces", &[]), false), Some(1));
    for something in [
        rule(&["get"], "", "*/scale", &[]),
        rule(&["sync"], "argoproj.io", "applications", &[]),
        rule(&["get"], "v3io.example", "*", &[]),
        rule(&["POST"], "*", "*", &[]),
        rule(&["get"], "custom.metrics.k8s.io", "Queued", &[]),
        rule(&["use"], "policy", "podsecuritypolicies", &["restricted"]),
        rule(&["get"], "", "namespaces", &[]),
        rule(&["impersonate"], "", "users", &[]),
    ] {
        assert_eq!(left(something.clone(), true), Some(1), "{something:?}");
    }
}

pub(crate) fn commanded(
    group: &'static str,
    resource: &'static str,
    cluster_wide: bool,
) -> Vec<&'static str> {
    let rule = rule(&["create"], group, resource, &[]);
    let shown = commands().iter().filter(|command| command.shown_by(&rule, cluster_wide).is_some());
    shown.map(|command| command.name).collect()
}

/// What a row of the tables of primitives and controllers must be shown on.
#[derive(Deserialize)]
struct Row {
    name: &'static str,
    #[serde(default)]
    on: Vec<On>,
    #[serde(default, rename = "made-of")]
    made_of: Vec<[&'static str; 2]>,
}

#[derive(Deserialize)]
struct On {
    group: &'static str,
    resources: Vec<&'static str>,
}

#[test]
fn no_controller_is_commanded_by_what_is_a_primitive_already() {
    let rows: Vec<Row> =
        serde_yaml::from_str(include_str!("../../rules/tables/controllers.yaml")).expect("rows");
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), controllers().len());
    for row in controllers() {
        assert!(row.primitive.because.ends_with('.'), "{}", row.primitive.name);
        assert!(row.primitive.name.starts_with("controller."), "{}", row.primitive.name);
    }
    for on in rows.iter().flat_map(|row| &row.on) {
        for resource in &on.resources {
            let rule = rule(&["create"], on.group, resource, &[]);
            let others = PRIMITIVES.workloads.iter().chain(PRIMITIVES.control_plane);
            let mut others = others.filter(|other| other.shown_by(&rule, true).is_some());
            assert!(others.next().is_none(), "{} {resource} is a primitive already", on.group);
        }
    }
}

#[test]
fn what_two_primitives_make_is_made_of_primitives() {
    let text = include_str!("../../rules/tables/primitives.yaml");
    let groups: BTreeMap<&str, Vec<Row>> = serde_yaml::from_str(text).expect("rows by group");
    let rows: Vec<&Row> = groups.values().flatten().collect();
    for name in rows.iter().flat_map(|row| &row.made_of).flatten() {
        assert!(rows.iter().any(|row| row.name == *name), "{name} is no primitive");
    }
}

#[test]
fn groups_below_a_pattern_are_meant_and_subresources_are_not() {
    assert_eq!(commanded("s3.services.k8s.aws", "buckets", false), ["controller.ack.cloud"]);
    assert_eq!(commanded("services.k8s.aws", "buckets", false), [""; 0]);
    assert_eq!(commanded("s3.services.k8s.aws", "buckets/status", false), [""; 0]);
    assert_eq!(commanded("argoproj.io", "applications", false), ["controller.argocd.application"]);
    assert_eq!(commanded("argoproj.io", "applications/status", true), [""; 0]);
    assert_eq!(commanded("*", "pods", true), [""; 0], "pods are not what providers make");
    assert!(commanded("*", "*", true).contains(&"controller.ack.cloud"));
    assert_eq!(commanded("kyverno.io", "clusterpolicies", false), [""; 0]);
    assert_eq!(commanded("kyverno.io", "clusterpolicies", true), ["controller.kyverno.policy"]);
}

#[test]
fn a_controller_knows_itself_and_its_namespaces() {
    let argo = &controllers()[0];
    let is_itself = |namespace, name| argo.is_called(&IdentityName::account(Some(namespace), name));
    assert!(is_itself("argocd", "argocd-server") && !is_itself("ci", "deployer"));
    assert!(argo.heeds("argocd") && !argo.heeds("shop"));
}

fn all() -> impl Iterator<Item = &'static Primitive> {
    let Primitives { escalation, secrets, workloads, intrusion, control_plane, writes, derived, .. } =
        *PRIMITIVES;
    let all = [escalation, secrets, workloads, intrusion, control_plane, writes, derived, commands()];
    all.into_iter().flatten().copied()
}

#[test]
fn every_primitive_has_a_tier() {
    for primitive in all() {
        let reached = controller_of(primitive).is_some_and(|row| row.borrows == Borrows::Controller);
        assert!(reached || tier_of(primitive, &Scope::Cluster, false) < Tier::T4, "{}", primitive.name);
    }
}

#[test]
fn less_is_never_worth_more() {
    let space = Scope::Namespace(Some("kube-system".to_owned()));
    for primitive in all() {
        let tier = |scope, named| tier_of(primitive, scope, named);
        for scope in [&Scope::Cluster, &space] {
            assert!(tier(scope, false) <= tier(scope, true), "{}", primitive.name);
        }
        for named in [false, true] {
            assert!(tier(&Scope::Cluster, named) <= tier(&space, named), "{}", primitive.name);
        }
    }
}
