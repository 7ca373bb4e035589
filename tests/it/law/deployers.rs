//! Who deploys the object of the law test.

use super::made::{ADDRESS, Made};

/// What a deployer takes of a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Files with one of the extensions that Argo CD reads.
    ArgoFiles,
    /// Files with one of the extensions that Flux reads; no links, as its archives hold none.
    FluxFiles,
    /// What its kustomization lists.
    Listed,
    /// The templates of its chart.
    Templates,
}

pub(super) struct Deployer {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// Flux archives the repository without links.
    pub(super) links: bool,
    pub(super) write: fn(&mut Made),
    /// What is linted: the folder, where nothing but the argument names it.
    pub(super) argument: fn(&Made) -> String,
}

fn all(_: &Made) -> String {
    ".".into()
}

fn application(made: &mut Made, source: &str) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: crane, namespace: argocd}}\nspec:\n  destination: \
         {{server: https://kubernetes.default.svc, namespace: quay}}\n  source: {{repoURL: {ADDRESS}, {source}}}\n"
    );
    made.add("apps/crane.yaml", text);
}

fn application_set(made: &mut Made) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: cranes, namespace: argocd}}\nspec:\n  \
         generators:\n  - list: {{elements: [{{where: \"{}\"}}]}}\n  template:\n    metadata: {{name: crane}}\n    spec:\n      \
         destination: {{server: https://kubernetes.default.svc, namespace: quay}}\n      source: {{repoURL: {ADDRESS}, path: \
         '{{{{where}}}}', directory: {{recurse: true}}}}\n",
        made.folder
    );
    made.add("apps/cranes.yaml", text);
}

fn flux(made: &mut Made) {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet, namespace: flux-system}}\nspec: \
         {{url: {ADDRESS}, interval: 1h}}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: \
         crane, namespace: flux-system}}\nspec:\n  interval: 1h\n  path: \"./{}\"\n  prune: true\n  sourceRef: {{kind: GitRepository, \
         name: fleet}}\n",
        made.folder
    );
    made.add("flux/crane.yaml", text);
}

fn helm_release(made: &mut Made) {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet, namespace: flux-system}}\nspec: \
         {{url: {ADDRESS}, interval: 1h}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: crane, \
         namespace: quay}}\nspec:\n  interval: 1h\n  chart: {{spec: {{chart: \"./{}\", sourceRef: {{kind: GitRepository, name: fleet, \
         namespace: flux-system}}}}}}\n",
        made.folder
    );
    made.add("flux/crane.yaml", text);
    chart(made);
}

fn chart(made: &mut Made) {
    made.add(format!("{}/Chart.yaml", made.folder), "apiVersion: v2\nname: crane\nversion: 1.0.0\n");
    made.file = format!("templates/{}", made.file);
}

fn kustomization(made: &mut Made) {
    made.add(format!("{}/kustomization.yaml", made.folder), format!("resources: [\"{}\"]\n", made.file));
}

pub(super) const DEPLOYERS: [Deployer; 10] = [
    Deployer {
        name: "Application of a folder",
        takes: Takes::ArgoFiles,
        links: true,
        write: |made| application(made, &format!("path: \"{}\", directory: {{recurse: true}}", made.folder)),
        argument: all,
    },
    Deployer {
        name: "Application of a kustomization",
        takes: Takes::Listed,
        links: true,
        write: |made| {
            application(made, &format!("path: \"{}\"", made.folder));
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "Application of a chart",
        takes: Takes::Templates,
        links: true,
        write: |made| {
            application(made, &format!("path: \"{}\"", made.folder));
            chart(made);
        },
        argument: all,
    },
    Deployer {
        name: "ApplicationSet",
        takes: Takes::ArgoFiles,
        links: true,
        write: application_set,
        argument: all,
    },
    Deployer { name: "Flux of a folder", takes: Takes::FluxFiles, links: false, write: flux, argument: all },
    Deployer {
        name: "Flux of a kustomization",
        takes: Takes::Listed,
        links: false,
        write: |made| {
            flux(made);
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "HelmRelease",
        takes: Takes::Templates,
        links: false,
        write: helm_release,
        argument: all,
    },
    Deployer {
        name: "an overlay",
        takes: Takes::Listed,
        links: true,
        write: |made| {
            made.add(
                "live/kustomization.yaml",
                format!("resources: [\"../{}\"]\nnamePrefix: live-\n", made.folder),
            );
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "the folder as argument",
        takes: Takes::ArgoFiles,
        links: true,
        write: |_| {},
        argument: |made| made.folder.clone(),
    },
    Deployer {
        name: "the file as argument",
        takes: Takes::Listed,
        links: true,
        write: |_| {},
        argument: |made| format!("{}/{}", made.folder, made.file),
    },
];
