//! Pods of custom resources of which nobody here knows how they are built: by the containers that they list, and by the
//! accounts that they name.

use std::collections::HashSet;

use super::Object;
use super::kinds::Run;
use super::workload::{Account, Shape, Workload, account, list, pod_containers};
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// How deep an unknown kind is searched.
const DEPTH: usize = 24;

/// Whether an object may run pods: some kinds hold patterns of pods, or texts.
pub(super) fn may_hold_pods(object: &Object<'_>) -> bool {
    let about = ["kyverno.io", "gatekeeper.sh", "kustomize.config.k8s.io", "apiextensions.k8s.io"];
    let deploys = object.group == "argoproj.io"
        && matches!(&*object.kind, "Application" | "ApplicationSet" | "AppProject");
    !deploys
        && !about.iter().any(|group| is_below(&object.group, group))
        && !matches!(&*object.kind, "ConfigMap" | "Secret" | "Kustomization" | "Component" | "HelmRelease")
}

/// Groups whose objects name accounts that no pod of theirs runs as: as whom something is applied, whose token is asked for,
/// or an account of a cloud.
const NO_PODS: [&str; 17] = [
    "toolkit.fluxcd.io",
    "kappctrl.k14s.io",
    "packaging.carvel.dev",
    "operators.coreos.com",
    "olm.operatorframework.io",
    "external-secrets.io",
    "secrets.hashicorp.com",
    "redhatcop.redhat.io",
    "cert-manager.io",
    "capsule.clastix.io",
    "services.k8s.aws",
    "upbound.io",
    "aws.crossplane.io",
    "gcp.crossplane.io",
    "cnrm.cloud.google.com",
    "cluster.x-k8s.io",
    "authorization.openshift.io",
];

fn is_below(group: &str, of: &str) -> bool {
    group.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether accounts that an object names are those of pods, as far as nobody knows better: it is a custom resource.
fn names_accounts_of_pods(object: &Object<'_>) -> bool {
    let group = object.group.as_str();
    let is_own = !group.contains('.') || is_below(group, "k8s.io") && !is_below(group, "x-k8s.io");
    !is_own && !NO_PODS.iter().any(|other| is_below(group, other))
}

/// What is found in an object.
pub(super) struct Unknown<'a> {
    run: Run,
    /// Whether lists of containers count.
    with_containers: bool,
    /// Whether accounts count by themselves.
    with_accounts: bool,
    found: Vec<Workload<'a>>,
}

impl<'a> Unknown<'a> {
    /// Every mapping that lists containers, where those of the kind are not known otherwise, and every account that is
    /// named, but for those of `known`. What such a mapping does not have is unknown, not absent.
    pub(super) fn of(
        object: &Object<'a>,
        known: &[Workload<'a>],
        with_containers: bool,
    ) -> Vec<Workload<'a>> {
        let run = known.first().map_or(Run::Service, |workload| workload.run);
        let with_accounts = names_accounts_of_pods(object);
        let mut unknown = Self { run, with_containers, with_accounts, found: Vec::new() };
        if with_containers || with_accounts {
            for entry in object.node.entries().filter(|entry| !is_passed(entry)) {
                unknown.holder(entry, entry.value, &Account::Unknown, DEPTH);
            }
        }
        let entry = |workload: &Workload<'a>| match &workload.account {
            Account::Named { entry, .. } => Some(entry.value.span()),
            _ => None,
        };
        let known: HashSet<Option<Span>> = known.iter().map(entry).collect();
        unknown.found.retain(|one| !one.containers.is_empty() || !known.contains(&entry(one)));
        unknown.found
    }

    /// Looks into a mapping, which `entry` holds; `around` is the account that stands above it.
    fn holder(&mut self, entry: Entry<'a>, node: Node<'a>, around: &Account<'a>, depth: usize) {
        if depth == 0 || is_manifest(node) {
            return;
        }
        let start = self.found.len();
        if self.with_containers && lists_containers(node) {
            let (account, deprecated) = account(node, around.clone());
            let containers = pod_containers(node);
            let workload = Workload::plain(entry, account, containers, self.run, Shape::Other);
            self.found.push(Workload { deprecated, ..workload });
            return;
        }
        let own = named(node).filter(|_| self.with_accounts);
        let below = own.as_ref().unwrap_or(around);
        for inner in node.entries().filter(|entry| !is_passed(entry)) {
            self.holder(inner, inner.value, below, depth - 1);
        }
        for item in node.items() {
            self.holder(entry, item, below, depth - 1);
        }
        // Pods below it have it already.
        if let Some(Account::Named { name, entry: written }) = own {
            let has_it = |workload: &Workload<'a>| match &workload.account {
                Account::Named { entry, .. } => entry.value.span() == written.value.span(),
                _ => false,
            };
            if !self.found[start..].iter().any(has_it) {
                let account = Account::Named { name, entry: written };
                self.found.push(Workload::plain(entry, account, Vec::new(), self.run, Shape::Other));
            }
        }
    }
}

fn is_passed(entry: &Entry<'_>) -> bool {
    entry.key.as_str().is_some_and(|key| matches!(&*key, "openAPIV3Schema" | "status" | "metadata"))
}

/// A manifest inside of another object is an object of its own.
fn is_manifest(node: Node<'_>) -> bool {
    ["apiVersion", "kind", "metadata"].iter().all(|key| node.get(key).is_some())
}

fn lists_containers(node: Node<'_>) -> bool {
    let says_more = ["image", "securityContext", "volumeMounts", "env", "envFrom", "command"];
    let is_container = |item: &Node<'_>| {
        item.get("name").is_some_and(Node::is_scalar) && says_more.iter().any(|key| item.get(key).is_some())
    };
    ["containers", "initContainers"].iter().any(|key| list(node, key).any(|item| is_container(&item)))
}

/// The account that a mapping names, if it looks like one.
fn named(node: Node<'_>) -> Option<Account<'_>> {
    let (account, _) = account(node, Account::Unknown);
    let is_name = |name: &str| {
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.starts_with(is_letter)
            && name.chars().all(|letter| is_letter(letter) || matches!(letter, '-' | '.'))
    };
    match &account {
        Account::Named { name, .. } if is_name(name) => Some(account),
        _ => None,
    }
}
