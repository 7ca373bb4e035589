//! What controllers made of other objects of the run, as a dump of a cluster holds it: pods of a `ReplicaSet`, the Jobs of a
//! CronJob. Nobody wrote it, and the object that it was made of is judged.

use std::collections::{HashMap, HashSet};

use super::same_pods::is_copy;
use crate::k8s::Object;
use crate::render::cluster::cluster_of_path;
use crate::yaml::Node;

/// Of more objects of one name no more are compared: what is a copy of none of these is judged for itself.
const MOST: usize = 8;

/// Kind, namespace and name.
type Name<'o> = (&'o str, Option<&'o str>, &'o str);

/// An object of the run.
pub(super) struct Candidate<'o, 'a> {
    /// The object.
    pub(super) object: &'o Object<'a>,
    /// What it was read with.
    pub(super) source: usize,
    /// The path of its file.
    pub(super) path: &'o str,
}

/// What an object owes to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// Whether it is a copy that the controller of another made.
    pub(super) is_copy: bool,
    /// Whether it says that, and the other is there: who answers for that answers for it.
    pub(super) is_owned: bool,
}

/// By object, whether it is a copy that the controller of another made: it names that as its owner, and its pods are the
/// same. Whoever writes anything else into it is judged for it. Of objects that own each other each is judged.
pub(super) fn origins(found: &[Candidate<'_, '_>]) -> Vec<Origin> {
    let mut by_name: HashMap<Name<'_>, Vec<usize>> = HashMap::new();
    for (at, one) in found.iter().enumerate() {
        let object = one.object;
        let all = by_name.entry((&object.kind, object.namespace.as_deref(), &object.name)).or_default();
        if all.len() < MOST {
            all.push(at);
        }
    }
    let owners: Vec<Vec<usize>> = (0..found.len())
        .map(|at| {
            let one = &found[at];
            let mut all = owners(one.object, &by_name);
            all.retain(|other| *other != at && may_own(&found[*other], one));
            all
        })
        .collect();
    let maker = |at: usize| {
        let is_maker = |other: &usize| is_copy(found[at].object, found[*other].object);
        owners[at].iter().copied().find(is_maker)
    };
    let makers: Vec<Option<usize>> = (0..found.len()).map(maker).collect();
    let mut made: Vec<Option<bool>> = makers.iter().map(|maker| maker.is_none().then_some(false)).collect();
    for start in 0..found.len() {
        let (mut way, mut on_way, mut at) = (Vec::new(), HashSet::new(), start);
        let is_made = loop {
            match (made[at], makers[at]) {
                (None, Some(next)) if on_way.insert(at) => {
                    way.push(at);
                    at = next;
                }
                (None, _) => break false,
                // What is made of one that was made or written, was made.
                (Some(_), _) => break true,
            }
        };
        for at in way {
            made[at] = Some(is_made);
        }
    }
    let is_owned =
        |at: usize| owners[at].iter().any(|other| is_controlled(found[at].object, found[*other].object));
    let origin = |(at, made)| Origin { is_copy: made == Some(true), is_owned: is_owned(at) };
    made.into_iter().enumerate().map(origin).collect()
}

/// Whether the one may be in the cluster of the other.
fn may_own(owner: &Candidate<'_, '_>, one: &Candidate<'_, '_>) -> bool {
    let is_near = || one.path == owner.path || cluster_of_path(one.path) == cluster_of_path(owner.path);
    owner.source == one.source && is_near()
}

/// Whether a controller of Kubernetes makes such an object of the other, by what both are called.
fn is_controlled(object: &Object<'_>, owner: &Object<'_>) -> bool {
    let kinds: &[&str] = match &*object.kind {
        "Pod" => &[
            "ReplicaSet",
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "Job",
            "CronJob",
            "ReplicationController",
        ],
        "ReplicaSet" => &["Deployment"],
        "Job" => &["CronJob"],
        _ => &[],
    };
    let rest = object.name.strip_prefix(&*owner.name);
    kinds.contains(&&*owner.kind) && rest.is_some_and(|rest| rest.starts_with('-'))
}

/// The objects that one names as its controller. Of a dump without those that controllers make, the name says whose they are.
fn owners(object: &Object<'_>, by_name: &HashMap<Name<'_>, Vec<usize>>) -> Vec<usize> {
    let references = object.metadata().and_then(|metadata| metadata.get("ownerReferences"));
    let mut found = Vec::new();
    for reference in references.into_iter().flat_map(Node::items).take(MOST) {
        let text = |key: &str| reference.get(key).and_then(Node::text).unwrap_or_default();
        let is_controller = reference.get("controller").and_then(Node::as_bool) == Some(true);
        if !is_controller || text("uid").is_empty() {
            continue;
        }
        let (kind, name, namespace) = (text("kind"), text("name"), object.namespace.as_deref());
        let above = match &*kind {
            "ReplicaSet" => "Deployment",
            "Job" => "CronJob",
            _ => "",
        };
        let further = || by_name.get(&(above, namespace, name.rsplit_once('-')?.0));
        found.extend(by_name.get(&(&*kind, namespace, &*name)).or_else(further).into_iter().flatten());
    }
    found
}
