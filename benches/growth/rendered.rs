//! Charts, kustomizations and what deploys them.

use crate::Draw::{Files, Squared};
use crate::shapes::job;
use crate::{Shape, Tree};

pub(crate) const SHAPES: &[Shape] = &[
    Shape("applications: of one folder", 3000, Files(of_folder)),
    Shape("applications: of one kustomization", 50, Files(of_kustomization)),
    Shape("applications: of one chart", 50, Files(of_chart)),
    Shape("applications: of N folders", 1000, Files(of_folders)),
    Shape("flux: N of one folder", 3000, Files(flux)),
    Shape("sets: N elements", 3000, Files(set_of_list)),
    Shape("sets: a matrix of N and N", 40, Squared(matrix)),
    Shape("sets: N of N folders", 60, Squared(sets_of_folders)),
    Shape("sets: N of N folders, too many", 170, Files(sets_of_folders)),
    Shape("kustomizations: a chain", 12, Files(chain)),
    Shape("kustomizations: N overlays of a base", 25, Files(overlays)),
    Shape("kustomizations: N resources", 500, Files(resources)),
    Shape("charts: N templates", 200, Files(templates)),
    Shape("charts: N value files", 20, Files(value_files)),
    Shape("charts: N findings of a template", 1500, Files(findings)),
];

const HERE: &str = "destination: {server: 'https://kubernetes.default.svc', namespace: shop}";

fn application(name: &str, path: &str) -> String {
    format!(
        "---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  project: default\n  {HERE}\n  \
         source: {{repoURL: 'https://git.example/acme/shop.git', path: {path}}}\n"
    )
}

fn applications(n: usize, tree: &mut Tree) {
    tree.file(
        "applications.yaml",
        (0..n).map(|at| application(&format!("a{at}"), "shop")).collect::<String>(),
    );
}

fn of_folder(n: usize, tree: &mut Tree) {
    tree.file("shop/a.yaml", job(0, "a", "x"));
    applications(n, tree);
}

fn of_kustomization(n: usize, tree: &mut Tree) {
    tree.file("shop/kustomization.yaml", "resources: [a.yaml]\n");
    tree.file("shop/a.yaml", job(0, "a", "x"));
    applications(n, tree);
}

fn chart(tree: &mut Tree) {
    tree.file("shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
    tree.file("shop/values.yaml", "image: x\n");
}

fn of_chart(n: usize, tree: &mut Tree) {
    chart(tree);
    tree.file("shop/templates/a.yaml", job(0, "a", "{{ .Values.image }}"));
    applications(n, tree);
}

fn of_folders(n: usize, tree: &mut Tree) {
    for at in 0..n {
        tree.file(format!("f{at}/a.yaml"), job(at, "a", "x"));
    }
    tree.file(
        "applications.yaml",
        (0..n).map(|at| application(&format!("a{at}"), &format!("f{at}"))).collect::<String>(),
    );
}

fn flux(n: usize, tree: &mut Tree) {
    tree.file("shop/a.yaml", job(0, "a", "x"));
    let one = |at: usize| {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: k{at}, namespace: flux-system}}\n\
             spec: {{interval: 5m, path: ./shop, prune: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
        )
    };
    tree.file("flux.yaml", (0..n).map(one).collect::<String>());
}

fn elements(n: usize, kind: &str) -> String {
    let one = |at: usize| format!("{{{kind}: e{at}}}");
    format!("{{list: {{elements: [{}]}}}}", (0..n).map(one).collect::<Vec<_>>().join(", "))
}

fn set(generator: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: s, namespace: argocd}}\nspec:\n  generators: [{generator}]\n  \
         template:\n    metadata: {{name: 'a-{{{{list}}}}-{{{{other}}}}'}}\n    spec: {{project: default, {HERE}, \
         source: {{repoURL: 'https://git.example/acme/shop.git', path: shop}}}}\n"
    )
}

fn set_of_list(n: usize, tree: &mut Tree) {
    tree.file("shop/a.yaml", job(0, "a", "x"));
    tree.file("set.yaml", set(&elements(n, "list")));
}

/// N sets that each make an Application of each of N folders.
fn sets_of_folders(n: usize, tree: &mut Tree) {
    for at in 0..n {
        tree.file(format!("apps/f{at}/a.yaml"), job(at, &format!("a{at}"), "x"));
    }
    let one = |at: usize| {
        format!(
            "---\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: s{at}, namespace: argocd}}\nspec:\n  \
             generators: [{{git: {{repoURL: 'https://git.example/acme/shop.git', revision: HEAD, directories: [{{path: 'apps/*'}}]}}}}]\n  \
             template:\n    metadata: {{name: 's{at}-{{{{path.basename}}}}'}}\n    spec:\n      project: default\n      {HERE}\n      \
             source: {{repoURL: 'https://git.example/acme/shop.git', path: '{{{{path}}}}'}}\n"
        )
    };
    tree.file("sets.yaml", (0..n).map(one).collect::<String>());
}

fn matrix(n: usize, tree: &mut Tree) {
    tree.file("shop/a.yaml", job(0, "a", "x"));
    let generator =
        format!("{{matrix: {{generators: [{}, {}]}}}}", elements(n, "list"), elements(n, "other"));
    tree.file("set.yaml", set(&generator));
}

fn chain(n: usize, tree: &mut Tree) {
    for at in 0..n {
        let below = if at == 0 { String::new() } else { format!("../k{}, ", at - 1) };
        tree.file(format!("k{at}/kustomization.yaml"), format!("resources: [{below}a.yaml]\n"));
        tree.file(format!("k{at}/a.yaml"), job(at, "a", "x"));
    }
}

fn overlays(n: usize, tree: &mut Tree) {
    tree.file("base/kustomization.yaml", "resources: [a.yaml]\n");
    tree.file("base/a.yaml", job(0, "a", "x"));
    for at in 0..n {
        tree.file(format!("o{at}/kustomization.yaml"), format!("namePrefix: o{at}-\nresources: [../base]\n"));
    }
}

fn resources(n: usize, tree: &mut Tree) {
    let files: Vec<String> = (0..n).map(|at| format!("f{at}.yaml")).collect();
    tree.file("kustomization.yaml", format!("resources: [{}]\n", files.join(", ")));
    files.iter().enumerate().for_each(|(at, file)| tree.file(file, job(at, "a", "x")));
}

fn templates(n: usize, tree: &mut Tree) {
    chart(tree);
    for at in 0..n {
        tree.file(format!("shop/templates/t{at}.yaml"), job(at, "a", "{{ .Values.image }}"));
    }
    tree.file("a.yaml", application("a", "shop"));
}

fn value_files(n: usize, tree: &mut Tree) {
    chart(tree);
    tree.file("shop/templates/a.yaml", job(0, "a", "{{ .Values.image }}"));
    for at in 0..n {
        tree.file(format!("shop/values-v{at}.yaml"), format!("image: v{at}\n"));
    }
}

fn findings(n: usize, tree: &mut Tree) {
    chart(tree);
    let text = job(0, "a", "{{ $.Values.image }}").replace("name: j0", "name: j{{ . }}");
    tree.file("shop/templates/a.yaml", format!("{{{{- range until {n} }}}}\n{text}{{{{- end }}}}\n"));
    tree.file("a.yaml", application("a", "shop"));
}
