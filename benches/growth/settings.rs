//! What somebody asks for: exceptions, settings, rules of their own.

use crate::Draw::{File, Files, Squared};
use crate::roles::{account, bound, role};
use crate::shapes::job;
use crate::{Shape, Tree, each};

pub(crate) const SHAPES: &[Shape] = &[
    Shape("groups: N namespaces bind all", 1000, File(namespaces_bind_all)),
    Shape("groups: N namespaces, N bound", 500, File(namespaces_bind_bound)),
    Shape("rules: N groups and N resources", 20_000, File(groups_and_resources)),
    Shape("exceptions: N identities", 800, Files(of_identities)),
    Shape("exceptions: N objects", 800, Files(of_objects)),
    Shape("exceptions: N fingerprints", 800, Files(of_fingerprints)),
    Shape("exceptions: N paths", 800, Files(of_paths)),
    Shape("exceptions: N for each of N findings", 800, Files(of_all)),
    Shape("exceptions: N that nothing needs", 1600, Files(of_nothing)),
    Shape("own rules: ways of N identities", 400, Files(own_rule_of_ways)),
    Shape("own rules: N for N objects", 150, Squared(own_rules)),
    Shape("own rules: N for N objects, too many", 600, Files(own_rules)),
    Shape("owners: N patterns, N names", 1000, Files(registry)),
    Shape("owners: N patterns, N namespaces", 1500, Files(owners)),
    Shape("exclusions: N for N findings", 1000, Files(exclusions)),
    Shape("settings: N mistakes", 16_000, Files(mistakes)),
];

const READS: &str = "rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n";

/// In each of N namespaces a workload, and a role that all accounts of the cluster hold there.
fn namespaces_bind_all(n: usize) -> String {
    let one = |at: usize| {
        let namespace = format!("namespace: n{at}");
        let group = "{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}";
        let binding = bound("b", "mill", group)
            .replace("ClusterRoleBinding", "RoleBinding")
            .replace("{name: b}", &format!("{{name: b, {namespace}}}"));
        binding + &job(at, &format!("a{at}"), "x").replace("namespace: shop", &namespace)
    };
    role("mill", READS) + &each(n, one)
}

/// The same, where each account holds something of its own, too.
fn namespaces_bind_bound(n: usize) -> String {
    let own = |at: usize| {
        bound(&format!("o{at}"), "mill", &account(&format!("a{at}")).replace("shop", &format!("n{at}")))
    };
    namespaces_bind_all(n) + &each(n, own)
}

fn groups_and_resources(n: usize) -> String {
    let all = |word: &str| (0..n).map(|at| format!("{word}{at}")).collect::<Vec<_>>().join(", ");
    let rules = format!(
        "rules: [{{apiGroups: [apps, {}], resources: [nodes, {}], verbs: [get, {}]}}]\n",
        all("g"),
        all("r"),
        all("v")
    );
    role("mill", &rules) + &bound("mill", "mill", &account("mill"))
}

/// N flaws in N files, and as many exceptions that are each for one of them.
fn excepted(n: usize, tree: &mut Tree, what: impl Fn(usize) -> String) {
    let one = |at: usize| {
        format!(
            "- {{id: EX-{at}, rules: [NHI201], match: {{{}}}, reason: the image reads no files, owner: crew, \
             approver: mate, created: 2026-11-01, until: 2027-01-15}}\n",
            what(at)
        )
    };
    tree.file(
        ".nhi/exceptions.yaml",
        format!("apiVersion: nhilint.dev/v1alpha1\nkind: ExceptionList\nitems:\n{}", each(n, one)),
    );
    for at in 0..n {
        let literal = format!("name: c, env: [{{name: DB_PASSWORD, value: Wq83kLz0Pr5x{at}}}],");
        tree.file(format!("{at}.yaml"), job(at, &format!("a{at}"), "x").replace("name: c,", &literal));
    }
}

fn of_identities(n: usize, tree: &mut Tree) {
    excepted(n, tree, |at| format!("identity: shop/a{at}"));
}

fn of_objects(n: usize, tree: &mut Tree) {
    excepted(n, tree, |at| format!("kind: Job, name: j{at}, namespace: shop"));
}

fn of_fingerprints(n: usize, tree: &mut Tree) {
    excepted(n, tree, |at| format!("fingerprint: '{at:032x}'"));
}

fn of_paths(n: usize, tree: &mut Tree) {
    excepted(n, tree, |at| format!("path: '{at}.yaml'"));
}

fn of_all(n: usize, tree: &mut Tree) {
    excepted(n, tree, |_| "namespace: shop, kind: Job".to_owned());
}

fn of_nothing(n: usize, tree: &mut Tree) {
    excepted(n, tree, |at| format!("kind: Job, name: x{at}, namespace: shop"));
}

fn own_rules(n: usize, tree: &mut Tree) {
    tree.file(".nhilint.yaml", "rulesFolders: [rules]\n");
    for at in 0..n {
        let name = format!("rule-{}", char::from(b'a' + (at % 26) as u8).to_string().repeat(at / 26 + 1));
        let rule = format!(
            "id: ACME{at:03}\nname: {name}\nfinds: a label\nlooks-at: object\ncel: object.kind != 'Widget'\nwhy: It is.\ndo: Remove it.\n"
        );
        tree.file(format!("rules/{at}.yaml"), rule);
        tree.file(format!("{at}.yaml"), job(at, &format!("a{at}"), "x"));
    }
}

/// N identities that can each become the next, and a rule that asks for the way of each.
fn own_rule_of_ways(n: usize, tree: &mut Tree) {
    tree.file(".nhilint.yaml", "rulesFolders: [rules]\n");
    tree.file(
        "rules/a.yaml",
        "id: ACME001\nname: short-ways\nfinds: a long way\nlooks-at: identity\ncel: identity.reach.size() < 100000\n\
         why: It is long.\ndo: Shorten it.\n",
    );
    tree.file("a.yaml", crate::shapes::ways(n));
}

/// N namespaces with a pod and an owner each.
fn owned(n: usize, tree: &mut Tree) {
    let one = |at: usize| {
        let pod = job(at, &format!("a{at}"), "x").replace("namespace: shop", &format!("namespace: n{at}"));
        format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{at}, annotations: {{owner: team{at}}}}}\n{pod}"
        )
    };
    tree.file("a.yaml", each(n, one));
}

fn registry(n: usize, tree: &mut Tree) {
    owned(n, tree);
    let patterns = each(n, |at| format!("  - '*x{at}*y'\n"));
    tree.file(".nhilint.yaml", format!("owners:\n  registry:\n{patterns}"));
}

fn owners(n: usize, tree: &mut Tree) {
    owned(n, tree);
    let map = each(n, |at| format!("  - {{owner: team{at}, namespace: '*n{at}x*'}}\n"));
    tree.file(".nhilint.yaml", format!("owners:\n  map:\n{map}"));
}

fn exclusions(n: usize, tree: &mut Tree) {
    for at in 0..n {
        let literal = format!("name: c, env: [{{name: DB_PASSWORD, value: Wq83kLz0Pr5x{at}}}],");
        tree.file(format!("d{at}/a.yaml"), job(at, &format!("a{at}"), "x").replace("name: c,", &literal));
    }
    let all = each(n, |at| format!("- {{path: '*d{at}x*', reason: generated}}\n"));
    tree.file(".nhilint.yaml", format!("exclude:\n{all}"));
}

fn mistakes(n: usize, tree: &mut Tree) {
    tree.file("a.yaml", job(0, "a", "x"));
    tree.file(".nhilint.yaml", each(n, |at| format!("presett{at}: x\n")));
}
