//! Roles, bindings, and what they give.

use crate::Draw::{File, Files};
use crate::{Shape, Tree};

pub(crate) const SHAPES: &[Shape] = &[
    Shape("roles: one aggregates all", 16_000, File(one_aggregates_all)),
    Shape("roles: all aggregate all", 1000, File(all_aggregate_all)),
    Shape("roles: all aggregate all, apart", 256, File(apart)),
    Shape("roles: each aggregates the next", 256, File(chain)),
    Shape("roles: parts of the built-in ones", 1500, Files(built_in)),
    Shape("roles: defined again in a file", 6000, File(defined_again)),
    Shape("roles: defined again in files", 4000, Files(defined_in_files)),
    Shape("roles: N bindings of N definitions", 2000, File(bound_and_defined)),
    Shape("names: one list, N holders", 3000, File(names)),
    Shape("names: N bindings of one list", 3000, File(names_bound)),
    Shape("groups: N bindings, N accounts", 2000, File(groups)),
    Shape("groups: N bindings, N sources", 500, Files(groups_in_sources)),
    Shape("pods: N of an account, N bindings", 1000, File(pods_and_bindings)),
    Shape("subjects: N of cluster-admin", 16_000, File(subjects)),
    Shape("rules: N in one role", 12_000, File(many_rules)),
    Shape("rules: N secrets readers of N roles", 1000, File(readers)),
];

const RBAC: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\n";
const READS: &str = "rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n";

pub(crate) fn role(name: &str, more: &str) -> String {
    format!("{RBAC}kind: ClusterRole\nmetadata: {{name: {name}}}\n{more}")
}

fn labelled(name: &str, label: &str, more: &str) -> String {
    format!("{RBAC}kind: ClusterRole\nmetadata: {{name: {name}, labels: {{crew: {label}}}}}\n{more}")
}

fn whole(name: &str, label: &str, of: &str) -> String {
    labelled(
        name,
        label,
        &format!(
            "aggregationRule: {{clusterRoleSelectors: [{{matchExpressions: [{{key: crew, operator: In, values: [{of}]}}]}}]}}\n"
        ),
    )
}

pub(crate) fn bound(name: &str, role: &str, subject: &str) -> String {
    format!(
        "{RBAC}kind: ClusterRoleBinding\nmetadata: {{name: {name}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\nsubjects: [{subject}]\n"
    )
}

pub(crate) fn account(name: &str) -> String {
    format!("{{kind: ServiceAccount, name: {name}, namespace: shop}}")
}

const GROUP: &str = "{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}";

fn one_aggregates_all(n: usize) -> String {
    let parts = (0..n).map(|at| {
        labelled(
            &format!("part{at}"),
            "deck",
            &format!("rules: [{{apiGroups: [g{at}], resources: [t{at}], verbs: [get]}}]\n"),
        )
    });
    whole("all", "none", "deck") + &bound("all", "all", &account("chief")) + &parts.collect::<String>()
}

/// N roles, N that aggregate them, N bindings.
fn all_aggregate_all(n: usize) -> String {
    let one = |at: usize| {
        labelled(&format!("part{at}"), "deck", READS)
            + &whole(&format!("whole{at}"), "deck", "deck")
            + &bound(&format!("whole{at}"), &format!("whole{at}"), &account(&format!("a{}", at % 10)))
    };
    (0..n).map(one).collect()
}

fn apart(n: usize) -> String {
    let one = |at: usize| {
        labelled(&format!("part{at}"), "deck", READS)
            + &whole(&format!("whole{at}"), "none", &format!("deck, mast{at}"))
            + &bound(&format!("whole{at}"), &format!("whole{at}"), &account(&format!("a{}", at % 10)))
    };
    (0..n).map(one).collect()
}

fn chain(n: usize) -> String {
    let one = |at: usize| {
        labelled(&format!("part{at}"), &format!("l{at}"), READS)
            + &whole(&format!("whole{at}"), &format!("l{}", at + 1), &format!("l{at}"))
            + &bound(&format!("whole{at}"), &format!("whole{at}"), &account(&format!("a{}", at % 10)))
    };
    (0..n).map(one).collect()
}

/// N folders, each with a part of `edit` and a binding of it.
fn built_in(n: usize, tree: &mut Tree) {
    for at in 0..n {
        tree.file(
            format!("f{at}/a.yaml"),
            format!(
                "{RBAC}kind: ClusterRole\nmetadata: {{name: part{at}, labels: {{rbac.authorization.k8s.io/aggregate-to-edit: 'true'}}}}\n{READS}{}",
                bound(&format!("edit{at}"), "edit", &account(&format!("a{at}")))
            ),
        );
    }
}

fn definition(at: usize) -> String {
    role("mill", &format!("rules: [{{apiGroups: [g{at}], resources: [secrets], verbs: [get]}}]\n"))
}

fn defined_again(n: usize) -> String {
    (0..n).map(definition).collect::<String>() + &bound("mill", "mill", &account("mill"))
}

fn defined_in_files(n: usize, tree: &mut Tree) {
    for at in 0..n {
        tree.file(format!("f{at}/a.yaml"), definition(at));
    }
    tree.file("a.yaml", bound("mill", "mill", &account("mill")));
}

fn bound_and_defined(n: usize) -> String {
    let one =
        |at: usize| definition(at) + &bound(&format!("mill{at}"), "mill", &account(&format!("mill{at}")));
    (0..n).map(one).collect()
}

fn listed(n: usize) -> String {
    let names: Vec<String> = (0..n).map(|at| format!("a{at}")).collect();
    let names = names.join(", ");
    role(
        "mill",
        &format!(
            "rules:\n- {{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [{names}]}}\n\
             - {{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [{names}]}}\n"
        ),
    )
}

fn job(at: usize) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: j{at}, namespace: shop}}\n\
         spec: {{template: {{spec: {{serviceAccountName: a{at}, restartPolicy: Never, containers: [{{name: c, image: 'x:1'}}]}}}}}}\n"
    )
}

fn names(n: usize) -> String {
    let all: Vec<String> = (0..n).map(|at| account(&format!("a{at}"))).collect();
    listed(n) + &bound("mill", "mill", &all.join(", ")) + &(0..n).map(job).collect::<String>()
}

fn names_bound(n: usize) -> String {
    let one = |at: usize| bound(&format!("mill{at}"), "mill", &account(&format!("a{at}"))) + &job(at);
    listed(n) + &(0..n).map(one).collect::<String>()
}

fn pods_and_bindings(n: usize) -> String {
    let one = |at: usize| {
        bound(&format!("mill{at}"), "mill", &account("a")) + &job(at).replace(&format!("a{at},"), "a,")
    };
    role("mill", READS) + &(0..n).map(one).collect::<String>()
}

fn groups(n: usize) -> String {
    let one = |at: usize| bound(&format!("mill{at}"), "mill", GROUP) + &job(at);
    role("mill", READS) + &(0..n).map(one).collect::<String>()
}

fn groups_in_sources(n: usize, tree: &mut Tree) {
    for at in 0..n {
        for env in ["dev", "prod"] {
            let text = role(
                &format!("mill{at}"),
                &format!("rules: [{{apiGroups: [''], resources: [secrets, {env}], verbs: [get]}}]\n"),
            );
            tree.file(
                format!("f{at}/{env}/a.yaml"),
                text + &bound(&format!("mill{at}"), &format!("mill{at}"), GROUP) + &job(at),
            );
        }
    }
}

fn many_rules(n: usize) -> String {
    let one = |at: usize| format!("- {{apiGroups: [''], resources: [secrets, g{at}], verbs: [get]}}\n");
    role("mill", &format!("rules:\n{}", (0..n).map(one).collect::<String>()))
        + &bound("mill", "mill", &account("mill"))
}

fn subjects(n: usize) -> String {
    let all: Vec<String> = (0..n).map(|at| account(&format!("a{at}"))).collect();
    bound("mill", "cluster-admin", &all.join(", "))
}

fn readers(n: usize) -> String {
    let one = |at: usize| {
        role(&format!("mill{at}"), READS)
            + &bound(&format!("mill{at}"), &format!("mill{at}"), &account(&format!("a{at}")))
            + &job(at)
    };
    (0..n).map(one).collect()
}
