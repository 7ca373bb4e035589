//! What one pod, or one object with many pods, may hold too much of.

use crate::Draw::{File, Files};
use crate::roles::{account, bound, role};
use crate::shapes::{container, job};
use crate::{Shape, Tree, each};

pub(crate) const SHAPES: &[Shape] = &[
    Shape("pods: N paths of nodes, N mounts", 4000, File(host_paths)),
    Shape("pods: N variables made of others", 16_000, File(variables)),
    Shape("pods: N lines of a script", 6000, File(script)),
    Shape("pods: N keys of clouds", 4000, File(cloud_keys)),
    Shape("pods: N strong behind N services", 1000, File(strong_behind_services)),
    Shape("workflows: N accounts", 4000, File(workflow)),
    Shape("secrets: N tokens of accounts", 1500, File(tokens)),
    Shape("comments: N exceptions above a line", 8000, File(comments)),
    Shape("edits: N objects of a list", 4000, File(edits_of_list)),
    Shape("edits: N documents", 2000, Files(edits_of_documents)),
];

fn host_paths(n: usize) -> String {
    let mounts = each(n, |at| format!("            - {{name: v{at}, mountPath: /m/{at}}}\n"));
    let volumes = each(n, |at| format!("        - {{name: v{at}, hostPath: {{path: /var/{at}}}}}\n"));
    container("volumeMounts:") + &mounts + "      volumes:\n" + &volumes
}

fn variables(n: usize) -> String {
    let one = |at: usize| format!("            - {{name: V{at}, value: '$(w{at})'}}\n");
    container("env:") + &each(n, one)
}

fn script(n: usize) -> String {
    let one = |at: usize| format!("              export P{at}_PASSWORD=Wq83kLz0Pr5x{at}\n");
    container("command: [sh, -c]") + "          args:\n            - |\n" + &each(n, one)
}

/// Keys by name, key files, and mounts that one of them may lie in.
fn cloud_keys(n: usize) -> String {
    let key = |at: usize| {
        format!(
            "            - {{name: V{at}_AWS_SECRET_ACCESS_KEY, valueFrom: {{secretKeyRef: {{name: s{at}, key: k}}}}}}\n            \
             - {{name: V{at}_GOOGLE_APPLICATION_CREDENTIALS, value: /m/{at}/key.json}}\n"
        )
    };
    let mounts = each(n, |at| format!("            - {{name: v{at}, mountPath: /m/{at}}}\n"));
    let volumes = each(n, |at| format!("        - {{name: v{at}, secret: {{secretName: g{at}}}}}\n"));
    container("env:") + &each(n, key) + "          volumeMounts:\n" + &mounts + "      volumes:\n" + &volumes
}

/// Each Service chooses all of them.
fn strong_behind_services(n: usize) -> String {
    let one = |at: usize| {
        let pod = job(at, &format!("a{at}"), "x")
            .replace("template: {spec", "template: {metadata: {labels: {app: mill}}, spec");
        let service = format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}, namespace: shop}}\nspec: {{type: LoadBalancer, selector: {{app: mill}}}}\n"
        );
        bound(&format!("b{at}"), "mill", &account(&format!("a{at}"))) + &pod + &service
    };
    role("mill", "rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]\n") + &each(n, one)
}

fn workflow(n: usize) -> String {
    let one =
        |at: usize| format!("  - {{name: t{at}, serviceAccountName: a{at}, container: {{image: x}}}}\n");
    let head =
        "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: w, namespace: shop}\n";
    format!("{head}spec:\n  serviceAccountName: w\n  templates:\n{}", each(n, one))
}

fn tokens(n: usize) -> String {
    let one = |at: usize| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: t{at}, namespace: shop, annotations: {{kubernetes.io/service-account.name: a{at}}}}}\n\
             type: kubernetes.io/service-account-token\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{at}, namespace: shop}}\n"
        )
    };
    each(n, one)
}

fn comments(n: usize) -> String {
    let comment =
        "            # nhilint: except NHI201 until 2027-01-15 owner crew: the image reads no files\n";
    container("env:") + &comment.repeat(n) + "            - {name: P_PASSWORD, value: Wq83kLz0Pr5x}\n"
}

/// What the jobs of a cluster are given without need, which a fix takes away.
fn unneeded(at: usize) -> String {
    format!(
        "apiVersion: batch/v1, kind: Job, metadata: {{name: j{at}, namespace: shop}}, \
         spec: {{template: {{spec: {{containers: [{{name: c, image: 'x:1'}}], restartPolicy: Never}}}}}}"
    )
}

fn edits_of_list(n: usize) -> String {
    format!("apiVersion: v1\nkind: List\nitems:\n{}", each(n, |at| format!("- {{{}}}\n", unneeded(at))))
}

fn edits_of_documents(n: usize, tree: &mut Tree) {
    tree.file("a.yaml", each(n, |at| format!("---\n{{{}}}\n", unneeded(at))));
}
