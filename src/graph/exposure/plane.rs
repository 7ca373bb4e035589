//! What an identity is used for: to build software, to deploy it, or to run it; and which identities do several of these.
//!
//! Kinds, images and commands show it, or an annotation. What works for other workloads, as operators and build systems
//! do, has no plane.

use std::collections::HashMap;

use crate::finding::IdentityName;
use crate::graph::exposure::Exposure;
use crate::graph::grant::Grant;
use crate::graph::place::{AccountUse, Placed, Runner};
use crate::graph::tables::image::is_called;
use crate::k8s::Image;
use crate::k8s::container::Container;
use crate::k8s::kinds::Run;
use crate::k8s::workload::Shape;
use crate::yaml::Node;

/// What a workload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plane {
    /// Makes artifacts, or runs pipelines that do.
    Build,
    /// Puts them into the cluster.
    Deploy,
    /// Is what was put there.
    Runtime,
}

impl Plane {
    /// What it does, in the third person.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::Build => "builds",
            Self::Deploy => "deploys",
            Self::Runtime => "runs",
        }
    }
}

/// An object that uses an identity, and what for.
#[derive(Clone, Copy, Debug)]
pub struct PlaneUse<'g, 'a> {
    /// What for.
    pub plane: Plane,
    /// The object.
    pub at: &'g Placed<'a>,
    /// The name of the account, where it is written.
    pub node: Node<'a>,
}

/// Images whose work is to build, from the end of their name.
const BUILD: [&str; 15] = [
    "kaniko-project/executor",
    "kaniko",
    "kaniko-executor",
    "buildkit*",
    "buildah*",
    "buildah/*",
    "docker-dind",
    "img",
    "s2i*",
    "openshift/origin-docker-builder",
    "buildpacksio/lifecycle",
    "paketobuildpacks/*",
    "bazel",
    "nixpacks",
    "earthly*",
];

/// Images whose work is to deploy.
const DEPLOY: [&str; 12] = [
    "helm",
    "alpine/helm*",
    "helmfile",
    "k8s-helm",
    "terraform",
    "tofu",
    "opentofu",
    "terragrunt",
    "pulumi*",
    "ansible*",
    "flux-cli",
    "skaffold",
];

/// Words in names of images that act for others: operators, autoscalers, build and delivery systems.
const FOR_OTHERS: &str = "operator operators controller controllers manager autoscaler keda vpa hpa rollouts flagger argo \
                          argocd argoexec workflow flux fluxcd tekton jenkins runner runners gitlab drone spinnaker \
                          concourse keel reloader rancher kubevela crossplane eventlistenersink knative";

/// Commands that change what runs in a cluster.
const APPLIES: [&str; 6] = [
    "kubectl apply",
    "kubectl set image",
    "helm upgrade",
    "helm install",
    "kubectl rollout",
    "terraform apply",
];

fn is_of(images: &[&str], container: &Container<'_>) -> bool {
    let image = container.image();
    images.iter().any(|known| is_called(&image, known))
}

fn builds(container: &Container<'_>) -> bool {
    // Docker in Docker has the image of Docker, with `dind` in the tag.
    is_of(&BUILD, container) || is_of(&["docker"], container) && container.image().contains("dind")
}

fn acts_for_others(container: &Container<'_>) -> bool {
    let image = container.image();
    let path = Image::parse(&image).repository;
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.']).any(|word| FOR_OTHERS.split(' ').any(|known| known == word))
}

fn applies(container: &Container<'_>) -> bool {
    let words: Vec<_> = container.words("command").into_iter().chain(container.words("args")).collect();
    let line = words.iter().filter_map(|word| word.text()).collect::<Vec<_>>().join(" ");
    let script = container.node.get("script").and_then(Node::text).unwrap_or_default();
    APPLIES.iter().any(|words| line.contains(words) || script.contains(words))
}

impl<'a> Exposure<'a> {
    /// What a workload is for; none where it acts for others, or is none of these.
    #[must_use]
    pub fn plane_of(&self, runner: &Runner<'_>) -> Option<Plane> {
        let object = &self.places.object_of(runner).object;
        let key = format!("{}plane", self.places.input.prefix);
        let declared = object
            .annotation(&key)
            .or_else(|| object.label(&key))
            .or_else(|| runner.workload.pod_annotation(&key));
        match declared.and_then(Node::text).as_deref() {
            Some("build") => return Some(Plane::Build),
            Some("deploy") => return Some(Plane::Deploy),
            Some("runtime") => return Some(Plane::Runtime),
            _ => {}
        }
        let containers = &runner.workload.containers;
        let pipeline = matches!(runner.workload.shape, Shape::Tekton | Shape::Workflow)
            || matches!(object.group.as_str(), "tekton.dev" | "triggers.tekton.dev")
            || (object.group == "argoproj.io" && object.kind != "Rollout");
        if pipeline || runner.workload.run == Run::Build || containers.iter().any(builds) {
            return Some(Plane::Build);
        }
        if containers.iter().any(acts_for_others) {
            return None;
        }
        // What a chart runs around its own release is part of it.
        let ends = runner.workload.run == Run::Job && !object.is_hook();
        if ends && containers.iter().any(|container| is_of(&DEPLOY, container) || applies(container)) {
            return Some(Plane::Deploy);
        }
        let known = containers.iter().any(|container| !container.image().is_empty());
        (known && !object.is_hook()).then_some(Plane::Runtime)
    }

    /// The identities that are used for several things, each with its uses in file order.
    #[must_use]
    pub fn mixed_duties(&self) -> Vec<(IdentityName, Vec<PlaneUse<'_, 'a>>)> {
        let reconcilers = self.reconcilers();
        let mut found = Vec::new();
        for users in self.places.by_identity() {
            let mut uses: Vec<PlaneUse<'_, 'a>> =
                users.iter().filter_map(|user| self.plane_use(user)).collect();
            let (Some(&user), Some(&PlaneUse { at, .. })) = (users.first(), uses.first()) else { continue };
            let Some(identity) = self.places.identity_of(user) else { continue };
            let key = (at.namespace.clone(), user.account.name().unwrap_or_default().to_owned());
            let is_near = |other: &&PlaneUse<'_, 'a>| {
                self.places.sources.may_share_namespace(at.namespace.as_deref(), at.source, other.at.source)
            };
            uses.extend(reconcilers.get(&key).into_iter().flatten().filter(is_near));
            uses.sort_by_key(|used| used.plane);
            if uses.iter().any(|used| used.plane != uses[0].plane) {
                found.push((identity, uses));
            }
        }
        found
    }

    fn plane_use(&self, runner: &Runner<'a>) -> Option<PlaneUse<'_, 'a>> {
        let AccountUse::Named { entry, .. } = &runner.account else {
            return None;
        };
        Some(PlaneUse { plane: self.plane_of(runner)?, at: self.places.object_of(runner), node: entry.value })
    }

    /// The accounts that Flux and Argo CD act as when they deploy, by namespace and name.
    fn reconcilers(&self) -> HashMap<(Option<String>, String), Vec<PlaneUse<'_, 'a>>> {
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for at in &self.places.objects {
            let mut add = |namespace: Option<String>, name: &str, node| {
                let used = PlaneUse { plane: Plane::Deploy, at, node };
                found.entry((namespace, name.to_owned())).or_default().push(used);
            };
            match (at.object.group.as_str(), &*at.object.kind) {
                ("kustomize.toolkit.fluxcd.io", "Kustomization")
                | ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                    let Some(node) = at.object.node.at(&["spec", "serviceAccountName"]) else { continue };
                    add(at.namespace.clone(), &node.text().unwrap_or_default(), node);
                }
                ("argoproj.io", "AppProject") => {
                    for item in at.object.node.all_at(&["spec", "destinationServiceAccounts", "*"]) {
                        let Some(node) = item.get("defaultServiceAccount") else { continue };
                        let text = node.text().unwrap_or_default();
                        let around = item.get("namespace").and_then(Node::text).unwrap_or_default();
                        // `namespace:name`, or a name in the namespace that is deployed to.
                        let named = text.split_once(':').filter(|(namespace, _)| !namespace.is_empty());
                        let (namespace, name) = named.unwrap_or((&around, &text));
                        add(Some(namespace.to_owned()), name, node);
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// The binding by which a workload that runs may change workloads of its own namespace, itself among them.
    #[must_use]
    pub fn deploys_itself<'g>(&'g self, runner: &Runner<'_>) -> Option<Grant<'a, 'g>> {
        let at = self.places.object_of(runner);
        let name = runner.account.name().filter(|_| matches!(runner.account, AccountUse::Named { .. }))?;
        let is_service = matches!(runner.workload.run, Run::Service | Run::Node) && !at.partial;
        if !is_service || self.plane_of(runner) != Some(Plane::Runtime) {
            return None;
        }
        // Other rules report what is held in the whole cluster, or with every other right.
        self.grants.deploying(at, name)
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILD, DEPLOY, FOR_OTHERS};
    use crate::graph::tables::image::is_called;

    #[test]
    fn images_are_of_one_plane_at_most() {
        let of = |images: &[&str], image: &str| images.iter().any(|known| is_called(image, known));
        for image in ["gcr.io/kaniko-project/executor:v1", "moby/buildkit:rootless", "quay.io/buildah/stable"]
        {
            assert!(of(&BUILD, image) && !of(&DEPLOY, image), "{image}");
        }
        assert!(
            of(&DEPLOY, "alpine/helm:3.16") && !of(&DEPLOY, "shop/helmet:1") && !of(&BUILD, "shop/image:1")
        );
        assert!(!FOR_OTHERS.contains(['-', '_', '.']), "words are cut at these");
    }
}
