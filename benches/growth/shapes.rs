//! Files, folders, workloads and secrets.

use crate::Draw::{File, Files};
use crate::roles::{account, bound, role};
use crate::{Shape, Tree, each};

pub(crate) const SHAPES: &[Shape] = &[
    Shape("yaml: documents in a file", 24_000, File(documents)),
    Shape("yaml: deep", 20_000, Files(deep)),
    Shape("yaml: a long line", 100_000, File(long_line)),
    Shape("yaml: a long text", 2_000_000, File(long_text)),
    Shape("yaml: findings on a line", 4000, File(findings_on_a_line)),
    Shape("yaml: N aliases of N items", 2000, File(aliases)),
    Shape("yaml: aliases of aliases", 20_000, File(nested_aliases)),
    Shape("yaml: keys of a map", 100_000, File(keys)),
    Shape("yaml: the same key", 100_000, File(same_key)),
    Shape("yaml: items of a List", 24_000, File(list)),
    Shape("folders: without namespaces", 1500, Files(without_namespaces)),
    Shape("folders: that differ", 1500, Files(that_differ)),
    Shape("folders: that differ in 100 objects", 100, Files(differ_in_many)),
    Shape("folders: renders that differ", 800, Files(renders_that_differ)),
    Shape("folders: two environments", 800, Files(environments)),
    Shape("files: N lines of CODEOWNERS", 3000, Files(codeowners)),
    Shape("files: in one folder", 6000, Files(in_one_folder)),
    Shape("pods: of one account", 2000, File(of_one_account)),
    Shape("pods: of one strong account", 2000, Files(strong_account)),
    Shape("pods: behind services", 3000, File(services)),
    Shape("pods: N containers", 24_000, File(containers)),
    Shape("secrets: mentioned N times", 2000, File(mentions)),
    Shape("secrets: in the env of a container", 4000, File(env)),
    Shape("secrets: in the envFrom of a container", 16_000, File(env_from)),
    Shape("secrets: N beside N workloads", 1000, File(beside)),
    Shape("secrets: N volumes and N variables", 4000, File(volumes)),
    Shape("secrets: literals in a container", 4000, File(literals)),
    Shape("secrets: the same literal", 2000, File(same_literal)),
    Shape("secrets: keys of one", 30_000, File(secret_keys)),
    Shape("accounts: N unused", 3000, File(unused)),
    Shape("accounts: N roots, N paths", 1000, File(ways)),
];

fn documents(n: usize) -> String {
    (0..n).map(settings).collect()
}

fn in_one_folder(n: usize, tree: &mut Tree) {
    (0..n).for_each(|at| tree.file(format!("{at}.yaml"), job(at, &format!("a{at}"), "x")));
}

fn of_one_account(n: usize) -> String {
    (0..n).map(|at| job(at, "mill", "x")).collect()
}

fn settings(at: usize) -> String {
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{at}, namespace: shop}}\ndata: {{a: b{at}}}\n"
    )
}

/// A Job of an account; `more` is an image.
pub(crate) fn job(at: usize, account: &str, more: &str) -> String {
    format!(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: j{at}, namespace: shop}}\n\
         spec: {{template: {{spec: {{serviceAccountName: {account}, restartPolicy: Never, containers: [{{name: c, image: '{more}:1'}}]}}}}}}\n"
    )
}

fn deep(n: usize, tree: &mut Tree) {
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: ";
    tree.file("flow.yaml", format!("{head}{}{}\n", "[".repeat(n), "]".repeat(n)));
    tree.file("json.json", format!("{}1{}\n", "{\"a\":".repeat(n), "}".repeat(n)));
    let block = each(n.min(2000), |at| format!("{}a:\n", " ".repeat(at)));
    tree.file("block.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\n{block}"));
    tree.file("dashes.yaml", format!("{}a\n", "- ".repeat(n)));
}

fn long_line(n: usize) -> String {
    let items: Vec<String> = (0..n).map(|at| format!("k{at}: v{at}")).collect();
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{{}}}\n", items.join(", "))
}

fn long_text(n: usize) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{a: \"{}\"}}\n",
        "word=".repeat(n)
    )
}

fn findings_on_a_line(n: usize) -> String {
    let one = |at: usize| format!("{{name: P{at}_PASSWORD, value: Wq83kLz0Pr5x{at}}}");
    container(&format!("env: [{}]", (0..n).map(one).collect::<Vec<_>>().join(", ")))
}

pub(crate) fn container(more: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: shop}}\nspec:\n  template:\n    spec:\n      \
         serviceAccountName: d\n      containers:\n        - name: c\n          image: x:1\n          {more}\n"
    )
}

fn aliases(n: usize) -> String {
    let items: Vec<String> = (0..n).map(|at| format!("v{at}")).collect();
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    format!("{head}a: &a [{}]\nb: [{}]\n", items.join(", "), vec!["*a"; n].join(", "))
}

fn nested_aliases(n: usize) -> String {
    let one = |at: usize| format!("a{at}: &a{at} [*a{}, x]\n", at - 1);
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\na0: &a0 [x]\n{}",
        (1..n).map(one).collect::<String>()
    )
}

fn keys(n: usize) -> String {
    let one = |at: usize| format!("  k{at}: v{at}\n");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}",
        (0..n).map(one).collect::<String>()
    )
}

fn same_key(n: usize) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n{}", "  k: v\n".repeat(n))
}

fn list(n: usize) -> String {
    let one = |at: usize| {
        format!("- {{apiVersion: v1, kind: ServiceAccount, metadata: {{name: a{at}, namespace: shop}}}}\n")
    };
    format!("apiVersion: v1\nkind: List\nitems:\n{}", (0..n).map(one).collect::<String>())
}

const BINDING: &str = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: mill}\n\
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: mill}\nsubjects: [{kind: ServiceAccount, name: mill}]\n";

/// A workload with all that belongs to it, in no namespace.
fn app(value: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: mill}}\n{BINDING}\
         ---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: mill}}\n\
         rules: [{{apiGroups: [''], resources: [secrets, x{value}], verbs: [get]}}]\n\
         ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: mill}}\nspec: {{template: {{spec: {{serviceAccountName: mill, \
         containers: [{{name: c, image: 'x:{value}', envFrom: [{{secretRef: {{name: mill}}}}]}}]}}}}}}\n"
    )
}

fn without_namespaces(n: usize, tree: &mut Tree) {
    (0..n).for_each(|at| tree.file(format!("f{at}/a.yaml"), app("1")));
}

fn placed(text: &str) -> String {
    text.replace("{name: mill}\n", "{name: mill, namespace: shop}\n")
}

fn that_differ(n: usize, tree: &mut Tree) {
    (0..n).for_each(|at| tree.file(format!("f{at}/a.yaml"), placed(&app(&at.to_string()))));
}

/// N folders, each with objects that the others define too.
fn differ_in_many(n: usize, tree: &mut Tree) {
    for folder in 0..n {
        let one = |at: usize| {
            format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{at}, namespace: shop}}\ndata: {{a: b{folder}}}\n"
            )
        };
        tree.file(format!("f{folder}/a.yaml"), (0..100).map(one).collect::<String>());
    }
}

fn renders_that_differ(n: usize, tree: &mut Tree) {
    for at in 0..n {
        let text =
            placed(&app(&at.to_string())).replacen("---\n", "---\n# Source: mill/templates/a.yaml\n", 1);
        tree.file(format!("f{at}/mill/templates/a.yaml"), text);
    }
}

fn environments(n: usize, tree: &mut Tree) {
    for at in 0..n {
        for env in ["dev", "prod"] {
            let text = placed(&app(env)).replace("mill", &format!("mill{at}"));
            tree.file(format!("{env}/f{at}/a.yaml"), text);
        }
    }
}

fn codeowners(n: usize, tree: &mut Tree) {
    tree.file("CODEOWNERS", each(n, |at| format!("/some/folder{at}/*.yaml @team{at}\n**/x{at}*/ @y\n")));
    for at in 0..n {
        tree.file(format!("d/{at}.yaml"), job(at, &format!("a{at}"), "x"));
    }
}

fn strong_account(n: usize, tree: &mut Tree) {
    let jobs: String = (0..n).map(|at| job(at, "mill", "x")).collect();
    tree.file("a.yaml", bound("mill", "cluster-admin", &account("mill")) + &jobs);
}

fn services(n: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{at}, namespace: shop}}\nspec: {{template: {{metadata: {{labels: {{app: mill, of: d{at}}}}}, \
             spec: {{serviceAccountName: a{at}, containers: [{{name: c, image: 'x:1'}}]}}}}}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}, namespace: shop}}\nspec: {{type: LoadBalancer, selector: {{app: mill, of: d{at}}}}}\n\
             ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{at}, namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{of: d{at}}}}}}}\n"
        )
    };
    (0..n).map(one).collect()
}

fn containers(n: usize) -> String {
    let one = |at: usize| format!("        - {{name: c{at}, image: 'x:1'}}\n");
    container("env: []") + &(0..n).map(one).collect::<String>()
}

fn mentions(n: usize) -> String {
    (0..n)
        .map(|at| job(at, "mill", "x").replace("name: c,", "name: c, envFrom: [{secretRef: {name: token}}],"))
        .collect()
}

fn env(n: usize) -> String {
    let one = |at: usize| {
        format!("            - {{name: V{at}, valueFrom: {{secretKeyRef: {{name: s{at}, key: k}}}}}}\n")
    };
    container("env:") + &(0..n).map(one).collect::<String>()
}

fn env_from(n: usize) -> String {
    container("envFrom:") + &each(n, |at| format!("            - {{secretRef: {{name: s{at}}}}}\n"))
}

fn volumes(n: usize) -> String {
    let volume = |at: usize| format!("        - {{name: v{at}, secret: {{secretName: s{at}}}}}\n");
    env(n) + "      volumes:\n" + &(0..n).map(volume).collect::<String>()
}

/// N Secrets of one namespace, N workloads that each mount one, and a role that reads them all.
fn beside(n: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s{at}, namespace: shop}}\ntype: Opaque\n"
        ) + &job(at, &format!("a{}", at % 10), "x")
            .replace("name: c,", &format!("name: c, envFrom: [{{secretRef: {{name: s{at}}}}}],"))
    };
    let role = role("mill", "rules: [{apiGroups: [''], resources: [secrets], verbs: [get, list]}]\n");
    role + &bound("mill", "mill", &account("a1")) + &(0..n).map(one).collect::<String>()
}

fn literals(n: usize) -> String {
    let one = |at: usize| format!("            - {{name: P{at}_PASSWORD, value: Wq83kLz0Pr5x{at}}}\n");
    container("env:") + &(0..n).map(one).collect::<String>()
}

fn same_literal(n: usize) -> String {
    let literal = "name: c, env: [{name: DB_PASSWORD, value: Wq83kLz0Pr5x}],";
    (0..n).map(|at| job(at, &format!("a{at}"), "x").replace("name: c,", literal)).collect()
}

fn secret_keys(n: usize) -> String {
    let one = |at: usize| format!("  k{at}: Wq83kLz0Pr5x{at}\n");
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: shop}}\nstringData:\n{}",
        (0..n).map(one).collect::<String>()
    )
}

fn unused(n: usize) -> String {
    let one = |at: usize| {
        format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{at}, namespace: shop}}\n")
            + &bound(&format!("b{at}"), "view", &account(&format!("a{at}")))
    };
    (0..n).map(one).collect()
}

/// N identities that can each become the next.
pub(crate) fn ways(n: usize) -> String {
    let one = |at: usize| {
        let rule = format!(
            "rules: [{{apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [a{}]}}]\n",
            at + 1
        );
        role(&format!("r{at}"), &rule)
            + &bound(&format!("r{at}"), &format!("r{at}"), &account(&format!("a{at}")))
            + &job(at, &format!("a{at}"), "x")
    };
    (0..n).map(one).collect::<String>() + &bound("last", "cluster-admin", &account(&format!("a{n}")))
}
