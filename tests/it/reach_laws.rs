//! The laws of the closure: clusters stay apart, more is never weaker, and work grows with what there is.

use std::fmt::Write as _;

use nhilint::catalog::Preset;
use nhilint::graph::reach::{Confidence, IdentityId, Reach};
use nhilint::graph::tables::tier::Tier;
use proptest::prelude::*;

use crate::bench::{catalog, lint_files, settings};
use crate::rbac_sets::{Draw, set};
use crate::reach::{may, runs, strong, with_reach};

#[test]
fn variants_are_never_joined() {
    let base = runs("shop/ci");
    let dev = may("shop/ci", Some("shop"), &[("create", "", "pods")]);
    let prod = may("shop/ci", Some("shop"), &[("get", "", "pods")]) + &strong("shop/operator");
    let files = [
        ("base/app.yaml", base.as_str()),
        ("overlays/dev/rbac.yaml", &dev),
        ("overlays/prod/rbac.yaml", &prod),
    ];
    let mut tiers = with_reach(&files, |_, reach| {
        let net = &reach.net;
        let ci = reach.standings.iter().filter(|standing| net[standing.identity].name == "ci");
        ci.map(|standing| standing.reachable).collect::<Vec<_>>()
    });
    tiers.sort_unstable();
    assert_eq!(tiers, [Tier::T2, Tier::T4], "dev runs pods, and the operator is in prod");
}

#[test]
fn a_way_into_one_environment_is_certain_and_a_way_through_two_is_not() {
    let base = runs("shop/ci") + &may("shop/ci", Some("shop"), &[("create", "", "pods")]);
    let relay = runs("shop/relay") + &may("shop/relay", Some("ops"), &[("create", "", "pods")]);
    let (near, far) = (strong("shop/operator"), strong("ops/operator"));
    let confidence = |dev: &str, prod: &str| {
        let files = [("base/app.yaml", base.as_str()), ("dev/all.yaml", dev), ("prod/all.yaml", prod)];
        with_reach(&files, |_, reach| {
            let net = &reach.net;
            let mut ci = reach.standings.iter().filter(|standing| net[standing.identity].name == "ci");
            ci.next().map(|standing| (standing.reachable, standing.confidence))
        })
    };
    let other = runs("shop/other");
    assert_eq!(confidence(&other, &near), Some((Tier::T0, Confidence::Certain)), "dev is beside it");
    assert_eq!(confidence(&relay, &far), Some((Tier::T0, Confidence::Possible)), "relay is in dev only");
    assert_eq!(confidence(&other, &(relay.clone() + &far)), Some((Tier::T0, Confidence::Certain)));
}

#[test]
fn other_files_that_differ_weaken_nobody() {
    for seed in 0..40 {
        let (own, other) = (set(seed), set(seed + 500));
        // The same names with other contents.
        let mark = |text: &str, mark: &str| {
            format!(
                "{text}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: mark, namespace: mark, labels: {{of: {mark}}}}}\n"
            )
        };
        let (own, other) = (mark(&own, "own"), mark(&other, "other"));
        let all = |reach: &Reach| -> Vec<(String, Tier)> {
            let name = |at: IdentityId| reach.net[at].named().to_string();
            reach.standings.iter().map(|standing| (name(standing.identity), standing.reachable)).collect()
        };
        let alone = with_reach(&[("own.yaml", &own)], |_, reach| all(reach));
        let beside = with_reach(&[("own.yaml", &own), ("other.yaml", &other)], |_, reach| all(reach));
        for (identity, tier) in alone {
            let strongest =
                beside.iter().filter(|(other, _)| *other == identity).map(|(_, tier)| *tier).min();
            assert!(
                strongest.is_some_and(|strongest| strongest <= tier),
                "seed {seed}: {identity} was {tier}"
            );
        }
    }
}

/// Every standing of a run, by identity.
fn standings(text: &str) -> Vec<(String, Tier)> {
    with_reach(&[("all.yaml", text)], |_, reach| {
        let name = |at: IdentityId| reach.net[at].named().to_string();
        reach.standings.iter().map(|standing| (name(standing.identity), standing.reachable)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_is_never_weaker(seed in 0u64..1 << 32) {
        let before = set(seed);
        let more = set(seed ^ 0x5555).replace("role-", "other-").replace("binding-", "more-");
        let strangers = runs("nowhere/nobody") + &strong("nowhere/else");
        for added in [more, strangers] {
            let mut text = before.clone();
            let _ = write!(text, "{added}");
            let after: std::collections::HashMap<String, Tier> = standings(&text).into_iter().collect();
            for (identity, tier) in standings(&before) {
                prop_assert!(after[&identity] <= tier, "{identity} was {tier} and is {}\n{text}", after[&identity]);
            }
        }
    }
}

/// What stands for itself: no name of it is named by what is there, nor is it of a group that binds.
const STRANGERS: [&str; 6] = [
    "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: argocd-application-controller, namespace: argocd}\n",
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: argocd-application-controller, namespace: argocd}\nspec: {template: {spec: {serviceAccountName: argocd-application-controller, containers: [{name: app, image: 'registry.example/app:1'}]}}}\n",
    "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent, namespace: elsewhere}\nspec: {template: {spec: {hostPID: true, automountServiceAccountToken: false, containers: [{name: app, image: 'registry.example/app:1', securityContext: {privileged: true}}]}}}\n",
    "---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: {name: spare, namespace: shop, annotations: {kubernetes.io/service-account.name: spare}}\n",
    "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: spare}\nrules: []\n",
    "---\napiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {name: spare, namespace: elsewhere}\nspec: {install: {spec: {clusterPermissions: [{serviceAccountName: spare, rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]}]}}}\n",
];

#[test]
fn what_stands_for_itself_weakens_nobody() {
    let commands = may("shop/ci", None, &[("create", "argoproj.io", "applications")])
        + &may("shop/exec", Some("elsewhere"), &[("create", "", "pods/exec")])
        + &may("shop/read", None, &[("get", "", "secrets"), ("create", "", "secrets")])
        + &may("shop/volumes", None, &[("create", "", "persistentvolumes")]);
    let base = runs("shop/ci")
        + &runs("shop/exec")
        + &runs("elsewhere/strong")
        + &strong("elsewhere/strong")
        + &commands;
    for added in STRANGERS {
        for file in ["all.yaml", "more/other.yaml"] {
            let both = base.clone() + added;
            let files = [("all.yaml", if file == "all.yaml" { both.as_str() } else { &base }), (file, added)];
            let files = if file == "all.yaml" { &files[..1] } else { &files[..] };
            let of = |reach: &Reach| -> Vec<(String, Tier)> {
                let name = |at: IdentityId| reach.net[at].named().to_string();
                reach.standings.iter().map(|standing| (name(standing.identity), standing.reachable)).collect()
            };
            let after: std::collections::HashMap<String, Tier> =
                with_reach(files, |_, reach| of(reach)).into_iter().collect();
            for (identity, tier) in standings(&base) {
                assert!(
                    after[&identity] <= tier,
                    "{identity} was {tier} and is {} by {file}\n{added}",
                    after[&identity]
                );
            }
        }
    }
}

/// Five thousand accounts in three hundred namespaces, each with a role of its own: the closure is linear.
/// `NHILINT_MANY=FILE` writes them there, for whoever wants to measure: `time nhilint graph FILE`.
#[test]
fn many_identities_are_no_matter() {
    let mut draw = Draw(1);
    let mut text = String::new();
    for number in 0..5_000 {
        let namespace = format!("n{}", number % 300);
        let identity = format!("{namespace}/a{number}");
        text += &runs(&identity);
        let rules: &[(&str, &str, &str)] = match draw.below(20) {
            0 => &[("create", "", "pods")],
            1 => &[("get, list", "", "secrets")],
            2 => &[("create", "", "pods/exec"), ("patch", "apps", "deployments")],
            _ => &[("get, list, watch", "", "configmaps, services")],
        };
        text += &may(&identity, (draw.below(50) != 0).then_some(&namespace), rules);
    }
    if let Some(file) = std::env::var_os("NHILINT_MANY") {
        std::fs::write(file, &text).expect("the file can be written");
    }
    with_reach(&[("all.yaml", &text)], |_, reach| {
        assert_eq!(reach.standings.len(), 5_000);
        let edges: usize = reach.net.edges.iter().map(Vec::len).sum();
        assert!(edges < 12 * 5_000, "{edges} edges are more than a few for each identity");
    });
}

/// What a way tells in full is told of its own cluster's role; a variant of it elsewhere keeps its finding.
#[test]
fn a_way_takes_in_no_finding_of_another_cluster() {
    let grants =
        may("shop/ci", Some("shop"), &[("create, patch", "apps", "deployments"), ("create", "", "pods")]);
    let dev = runs("shop/ci") + &grants + &strong("shop/operator");
    let prod = runs("shop/ci").replace(":1", ":2") + &grants;
    let catalog = catalog();
    let settings = settings(&catalog, Preset::Strict);
    let files = [("overlays/dev/all.yaml", dev.as_str()), ("overlays/prod/all.yaml", prod.as_str())];
    let (report, sources) = lint_files(&files, &settings, &catalog);
    let told: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.to_string() == "NHI505")
        .map(|finding| sources.file(finding.span.file).path())
        .collect();
    let of = |cluster: &str| told.iter().filter(|path| path.contains(cluster)).count();
    assert_eq!((of("/dev/"), of("/prod/")), (1, 2), "the first step is told by the way, in dev: {told:?}");
}
