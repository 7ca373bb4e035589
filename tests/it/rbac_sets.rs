//! Roles and bindings drawn from a seed, as odd as the API allows, for holding our answers against the API server's
//! own authorizer.
//!
//! `NHILINT_RBAC_SETS=DIR cargo test --test it rbac_sets` writes them there, a file a set. What the tests here hold by
//! themselves are the laws that every authorizer obeys.

use std::fmt::Write as _;
use std::path::Path;

use nhilint::catalog::Preset;
use nhilint::graph::grant::authorizer::Caller;
use nhilint::graph::tables::permission::Request;

use crate::bench::{catalog, files, read, settings};

/// So many sets are written.
const SETS: u64 = 2_000;

/// A source of numbers that are the same on every machine (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014).
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[usize::try_from(self.below(words.len() as u64)).expect("an index")]
    }

    fn some<'w>(&mut self, words: &[&'w str], most: u64) -> Vec<&'w str> {
        (0..=self.below(most)).map(|_| self.of(words)).collect()
    }
}

const NAMESPACES: [&str; 7] = ["shop", "shop-dev", "kube-system", "1", "true", "a.b", "system"];
const NAMES: [&str; 6] = ["app", "purge", "default", "null", "system:serviceaccount", "x"];
const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "*",
    "impersonate",
    "bind",
    "escalate",
    "GET",
    "use",
];
const GROUPS: [&str; 7] =
    ["", "apps", "batch", "*", "rbac.authorization.k8s.io", "unknown.example", "certificates.k8s.io"];
const RESOURCES: [&str; 22] = [
    "pods",
    "pods/exec",
    "pods/*",
    "*",
    "*/exec",
    "*/*",
    "secrets",
    "configmaps",
    "serviceaccounts",
    "serviceaccounts/token",
    "deployments",
    "deployments/scale",
    "cronjobs",
    "nodes",
    "nodes/proxy",
    "clusterroles",
    "clusterrolebindings",
    "users",
    "widgets",
    "pods/log",
    "signers",
    "secrets/status",
];
const URLS: [&str; 7] = ["/metrics", "/healthz*", "*", "/*", "/logs/*", "/healthz/etcd", "/met*rics"];
const LABELS: [&str; 5] = [
    "rbac.authorization.k8s.io/aggregate-to-view",
    "rbac.authorization.k8s.io/aggregate-to-edit",
    "rbac.authorization.k8s.io/aggregate-to-admin",
    "acme.example/part",
    "acme.example/none",
];

/// A set of roles and bindings: a YAML stream.
pub(crate) fn set(seed: u64) -> String {
    let mut draw = Draw(seed);
    let mut out = String::new();
    let roles: Vec<String> = (0..=draw.below(5)).map(|number| format!("role-{number}")).collect();
    let mut namespaced = Vec::new();
    for role in &roles {
        if draw.one_in(2) {
            cluster_role(&mut out, role, &mut draw);
        } else {
            let namespace = draw.of(&NAMESPACES);
            namespaced.push((role.clone(), namespace));
            let _ = write!(out, "---\n{}", head("Role", role, Some(namespace), ""));
            rules(&mut out, &mut draw);
        }
    }
    for number in 0..=draw.below(5) {
        binding(&mut out, number, &roles, &namespaced, &mut draw);
    }
    for number in 0..draw.below(3) {
        let namespace = draw.of(&NAMESPACES);
        let name = draw.of(&NAMES[..4]);
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {name:?}, namespace: {namespace:?}, labels: {{number: \"{number}\"}}}}\n"
        );
    }
    out
}

fn head(kind: &str, name: &str, namespace: Option<&str>, more: &str) -> String {
    let namespace = namespace.map(|namespace| format!(", namespace: {namespace:?}")).unwrap_or_default();
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: {name:?}{namespace}{more}}}\n"
    )
}

fn list(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(", "))
}

fn cluster_role(out: &mut String, name: &str, draw: &mut Draw) {
    // Roles that take each other in have no fixpoint: aggregated ones carry no label that another asks for.
    let aggregated = draw.one_in(4);
    let labels: Vec<String> = if !aggregated && draw.one_in(2) {
        let value = draw.of(&["true", "true", "yes"]);
        draw.some(&LABELS, 1).iter().map(|label| format!("{label}: {value:?}")).collect()
    } else {
        Vec::new()
    };
    let labels = format!(", labels: {{{}}}", labels.join(", "));
    let _ = write!(out, "---\n{}", head("ClusterRole", name, None, &labels));
    if aggregated {
        let label = draw.of(&LABELS);
        let selector = match draw.below(4) {
            0 => format!("matchExpressions: [{{key: {label}, operator: Exists}}]"),
            1 => format!("matchExpressions: [{{key: {label}, operator: In, values: [\"yes\", other]}}]"),
            2 => format!(
                "matchExpressions: [{{key: {label}, operator: NotIn, values: [\"true\"]}}], matchLabels: {{acme.example/part: \"true\"}}"
            ),
            _ => format!("matchLabels: {{{label}: \"true\"}}"),
        };
        let _ = writeln!(out, "aggregationRule: {{clusterRoleSelectors: [{{{selector}}}]}}");
    }
    rules(out, draw);
}

fn rules(out: &mut String, draw: &mut Draw) {
    out.push_str("rules:\n");
    for _ in 0..=draw.below(3) {
        let verbs = list(&draw.some(&VERBS, 3));
        if draw.one_in(6) {
            let _ = writeln!(out, "- {{verbs: {verbs}, nonResourceURLs: {}}}", list(&draw.some(&URLS, 2)));
            continue;
        }
        let groups = list(&draw.some(&GROUPS, 2));
        let resources = list(&draw.some(&RESOURCES, 3));
        let names = if draw.one_in(4) {
            format!(", resourceNames: {}", list(&draw.some(&["x", "a", "app", ""], 2)))
        } else {
            String::new()
        };
        let _ = writeln!(out, "- {{verbs: {verbs}, apiGroups: {groups}, resources: {resources}{names}}}");
    }
}

fn binding(out: &mut String, number: u64, roles: &[String], namespaced: &[(String, &str)], draw: &mut Draw) {
    let wide = draw.one_in(2);
    let built_in = ["view", "edit", "admin", "cluster-admin", "system:auth-delegator", "missing"];
    // A role of the same namespace in most cases: others give nothing.
    let near = draw.one_in(2).then(|| namespaced.first().cloned()).flatten().filter(|_| !wide);
    let (kind, role, namespace) = if let Some((role, namespace)) = near {
        ("Role", role, namespace)
    } else {
        let role = if draw.one_in(3) {
            draw.of(&built_in).to_owned()
        } else {
            roles[usize::try_from(draw.below(roles.len() as u64)).expect("an index")].clone()
        };
        (if wide || draw.one_in(2) { "ClusterRole" } else { "Role" }, role, draw.of(&NAMESPACES))
    };
    let binding = if wide { "ClusterRoleBinding" } else { "RoleBinding" };
    let _ =
        write!(out, "---\n{}", head(binding, &format!("binding-{number}"), (!wide).then_some(namespace), ""));
    let _ = writeln!(
        out,
        "roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {kind}, name: {role:?}}}\nsubjects:"
    );
    for _ in 0..=draw.below(2) {
        let (name, space) = (draw.of(&NAMES), draw.of(&NAMESPACES));
        let _ = match draw.below(8) {
            0 => writeln!(out, "- {{kind: ServiceAccount, name: {name:?}}}"),
            1 => writeln!(out, "- {{kind: User, name: \"system:serviceaccount:{space}:{name}\"}}"),
            2 => writeln!(out, "- {{kind: Group, name: \"system:serviceaccounts:{space}\"}}"),
            3 => {
                let group =
                    draw.of(&["system:serviceaccounts", "system:authenticated", "system:masters", "team"]);
                writeln!(out, "- {{kind: Group, name: {group:?}}}")
            }
            4 => writeln!(out, "- {{kind: User, name: {name:?}}}"),
            _ => writeln!(out, "- {{kind: ServiceAccount, name: {name:?}, namespace: {space:?}}}"),
        };
    }
}

/// Whether `caller` may do each of the requests, by what `text` says.
fn answers(text: &str, caller: &Caller, requests: &[Request<'_>]) -> Vec<Option<bool>> {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let file = directory.path().join("set.yaml");
    std::fs::write(&file, text).expect("a file");
    let paths = [file.to_string_lossy().into_owned()];
    let (files, settings) = (files(), settings(&catalog(), Preset::Recommended));
    let run = read(&files, &paths, &settings);
    assert_eq!(run.errors(), []);
    let documents = run.documents();
    let graph = run.graph(&documents);
    let views = graph.grants.views_of(caller);
    assert_eq!(views.len(), 1, "one file is one source");
    requests.iter().map(|request| views[0].decide(request).allowed).collect()
}

fn requests() -> Vec<Request<'static>> {
    let mut requests = Vec::new();
    for verb in ["get", "create", "patch", "bind", "frobnicate"] {
        for group in ["", "apps", "rbac.authorization.k8s.io"] {
            for resource in ["pods", "pods/exec", "secrets", "deployments", "clusterroles", "widgets"] {
                for namespace in ["", "shop", "kube-system"] {
                    let request = Request::resource(verb, group, resource).within(namespace);
                    requests.extend([request, request.named("x")]);
                }
            }
        }
        requests.push(Request::path(verb, "/healthz/etcd"));
    }
    requests
}

#[test]
fn more_permissions_never_allow_less() {
    let requests = requests();
    for seed in 0..60 {
        let (one, other) =
            (set(seed), set(seed + 10_000).replace("role-", "other-").replace("binding-", "more-"));
        let caller = Caller::account(NAMESPACES[usize::try_from(seed % 7).expect("small")], "app");
        let before = answers(&one, &caller, &requests);
        let after = answers(&format!("{one}{other}"), &caller, &requests);
        for ((request, before), after) in requests.iter().zip(before).zip(after) {
            let rank = |answer: Option<bool>| answer.map_or(1, |allowed| 2 * u8::from(allowed));
            assert!(rank(before) <= rank(after), "seed {seed}: {request:?} was {before:?} and is {after:?}");
        }
    }
}

#[test]
fn sets_are_the_same_on_every_machine() {
    assert_ne!(set(1), set(2));
    assert_eq!(set(7), set(7));
    if let Some(directory) = std::env::var_os("NHILINT_RBAC_SETS") {
        for seed in 0..SETS {
            let file = Path::new(&directory).join(format!("{seed:04}.yaml"));
            std::fs::write(file, set(seed)).expect("the directory can be written to");
        }
    }
}
