//! Directories of nodes that pods mount by claims: through a `PersistentVolume` that is one, whatever binds it.

use std::borrow::Cow;

use super::{ObjectId, Places, Runner};
use crate::k8s::Object;
use crate::k8s::host::{Claimed, is_telling};
use crate::yaml::Node;

/// No more volumes are compared with one claim.
const MOST: usize = 256;

/// What a claim asks for: an object of its own, or a template of a `StatefulSet`.
struct Claim<'a> {
    /// Its name; of a template the start of it.
    name: Cow<'a, str>,
    is_template: bool,
    /// Its `spec`, where it is in the run.
    spec: Option<Node<'a>>,
}

impl<'a> Places<'a> {
    /// The directories of nodes that a pod mounts by claims, as far as volumes of the run may be bound to them.
    #[must_use]
    pub fn claimed_paths(&self, runner: &Runner<'a>) -> Vec<Claimed<'a>> {
        let volumes = self.memos.node_volumes.get_or_init(|| self.find_node_volumes());
        if volumes.is_empty() {
            return Vec::new();
        }
        let at = &self[runner.object];
        let near = |volume: &&ObjectId| self.sources.may_share(self[**volume].source, at.source);
        let mut found = Vec::new();
        for (volume, node, claim) in self.claims(runner) {
            for &bound in volumes.iter().filter(near).take(MOST) {
                let object = &self[bound].object;
                if may_bind(object, &claim, at.namespace.as_deref()) {
                    let of = |path| Claimed { volume: volume.clone(), claim: node, path };
                    found.extend(path_of(object).map(of));
                }
            }
        }
        found
    }

    /// The volumes of the run that are directories of a node which give something away.
    fn find_node_volumes(&self) -> Vec<ObjectId> {
        let volumes = self.objects.iter().filter(|placed| placed.object.is("", "PersistentVolume"));
        let tells = |path: Node<'_>| path.text().is_some_and(|path| is_telling(&path));
        volumes.filter(|placed| path_of(&placed.object).is_some_and(tells)).map(|placed| placed.id).collect()
    }

    /// The claims that a pod mounts: the name of the volume, where the claim is named, and the claim.
    fn claims(&self, runner: &Runner<'a>) -> Vec<(Cow<'a, str>, Node<'a>, Claim<'a>)> {
        let at = &self[runner.object];
        let named = runner.workload.volumes().filter_map(|volume| {
            let node = volume.at(&["persistentVolumeClaim", "claimName"])?;
            Some((volume.get("name")?.text()?, node, node.text()?))
        });
        let mut found = Vec::new();
        for (volume, node, name) in named {
            let kind = "PersistentVolumeClaim";
            let objects = self.lookup(at.source, kind, at.namespace.as_deref(), &name);
            let specs: Vec<Option<Node<'a>>> =
                objects.iter().map(|&object| self[object].object.node.get("spec")).collect();
            let specs = if specs.is_empty() { vec![None] } else { specs };
            let claim = |spec| Claim { name: name.clone(), is_template: false, spec };
            found.extend(specs.into_iter().map(|spec| (volume.clone(), node, claim(spec))));
        }
        let templates = at.object.node.all_at(&["spec", "volumeClaimTemplates", "*"]);
        let templates = templates.into_iter().filter(|_| at.object.kind == "StatefulSet");
        found.extend(templates.filter_map(|template| {
            let node = template.at(&["metadata", "name"])?;
            let volume = node.text()?;
            let name = Cow::Owned(format!("{volume}-{}-", at.object.name));
            Some((volume, node, Claim { name, is_template: true, spec: template.get("spec") }))
        }));
        found
    }
}

/// The directory of a node that a volume is.
fn path_of<'a>(volume: &Object<'a>) -> Option<Node<'a>> {
    let at = |kind| volume.node.at(&["spec", kind, "path"]);
    at("hostPath").or_else(|| at("local"))
}

/// Whether a volume may be bound to a claim (kubernetes `pkg/controller/volume/persistentvolume`): one of them names the
/// other, or they are of one class and nobody is named.
fn may_bind(volume: &Object<'_>, claim: &Claim<'_>, namespace: Option<&str>) -> bool {
    let text = |node: Option<Node<'_>>| {
        node.and_then(Node::text).map(Cow::into_owned).filter(|text| !text.is_empty())
    };
    let of_volume = |path: &[&str]| text(volume.node.at(path));
    if let Some(bound) = of_volume(&["spec", "claimRef", "name"]) {
        let home = of_volume(&["spec", "claimRef", "namespace"]);
        let is_named =
            if claim.is_template { bound.starts_with(&*claim.name) } else { *bound == *claim.name };
        return is_named && (home.is_none() || namespace.is_none() || home.as_deref() == namespace);
    }
    let Some(spec) = claim.spec else { return false };
    match text(spec.get("volumeName")) {
        Some(name) => *name == *volume.name,
        None => text(spec.get("storageClassName")) == of_volume(&["spec", "storageClassName"]),
    }
}
