//! Makes the net of a run: what each permission, and each pod, leads to.

use std::collections::{BTreeSet, HashMap};

use super::index::Index;
use super::net::{Control, Edge, IdentityId, Net, Node, NodeId, Place, PowerId, Via};
use super::powers::{Power, tier_of_role};
use crate::catalog::pattern::matches;
use crate::graph::grant::Grants;
use crate::graph::place::{ObjectId, SourceId};
use crate::graph::tables::controllers::{Borrows, Controller, controller_of};
use crate::graph::tables::primitive::{
    ADMIN, BIND, BIND_USED, BINDING_WRITE, ESCALATE_USED, IMPERSONATE_ACCOUNT, IMPERSONATE_USER, NODE_PROXY,
    NODE_TAKE, POD_CREATE, POD_EPHEMERAL, POD_EXEC, POD_PATCH, PV_CREATE, SECRET_READ, TOKEN, TOKEN_FORGE,
    WORKLOAD_WRITE,
};
use crate::graph::tables::tier::Tier;
use crate::graph::tables::worth::Scope;
use crate::k8s::host::{Reach as HostReach, host_access};

/// Namespaces of engines that hold as good as everything, whether or not the run shows them. `kube-system` holds the API
/// server's own controllers in every cluster.
const PRIVILEGED: &[&str] = &[
    "kube-system",
    "argocd",
    "flux-system",
    "cert-manager",
    "external-secrets",
    "crossplane-system",
    "upbound-system",
    "vault",
    "kyverno",
    "gatekeeper-system",
    "istio-system",
    "linkerd",
    "tekton-pipelines",
    "keda",
    "velero",
    "rook-ceph",
    "openshift-*",
    "cattle-*",
    "gmp-system",
    "karpenter",
    "spire*",
];

/// Makes the net of a run.
pub(super) struct NetBuilder<'a, 'g> {
    grants: &'g Grants<'a>,
    index: Index,
    net: Net,
    /// The nodes that stand between identities, and those where ways end.
    nodes: HashMap<Node, NodeId>,
    /// Long lists of names, by where the list is kept, permission, place and source.
    lists: HashMap<(usize, &'static str, Place, SourceId), usize>,
    /// The identities of which some Secret holds a token.
    with_secrets: Vec<IdentityId>,
    /// The identities that are a controller, by the name of its command.
    engines: HashMap<&'static str, Vec<IdentityId>>,
    /// By the name of a Secret, the identities of which it holds a token, each with that Secret.
    tokens: HashMap<&'g str, Vec<(IdentityId, ObjectId)>>,
}

impl<'a, 'g> NetBuilder<'a, 'g> {
    pub(super) fn new(grants: &'g Grants<'a>, net: Net) -> Self {
        let index = Index::of(&net);
        let mut tokens: HashMap<&str, Vec<(IdentityId, ObjectId)>> = HashMap::new();
        let mut with_secrets = Vec::new();
        for at in net.all() {
            let identity = &net[at];
            if !identity.token_secrets.is_empty() {
                with_secrets.push(at);
            }
            for &secret in &identity.token_secrets {
                tokens.entry(&grants.places[secret].object.name).or_default().push((at, secret));
            }
        }
        Self {
            grants,
            index,
            net,
            nodes: HashMap::new(),
            lists: HashMap::new(),
            with_secrets,
            engines: HashMap::new(),
            tokens,
        }
    }

    pub(super) fn build(mut self) -> (Net, Index) {
        let count = self.net.identities.len();
        self.net.nodes = self.net.all().map(Node::Identity).collect();
        self.net.edges = vec![Vec::new(); count];
        for tier in Tier::ALL {
            let end = self.strong(tier.meaning().to_owned(), tier);
            self.net.ends.push(end);
        }
        for identity in self.net.all() {
            for at in 0..self.net.held(identity).len() {
                self.power(identity, self.net.held(identity)[at]);
            }
            self.host(identity);
        }
        (self.net, self.index)
    }

    /// Two permissions that lead to the same node are two edges: one of them may be taken away.
    fn join(&mut self, from: impl Into<NodeId>, to: impl Into<NodeId>, via: Via, certain: bool) {
        let (from, to) = (from.into(), to.into());
        if from != to {
            self.net.edges[from.position()].push(Edge { to, via, certain });
        }
    }

    /// A node, and whether it is new.
    fn node(&mut self, node: Node) -> (NodeId, bool) {
        if let Some(&known) = self.nodes.get(&node) {
            return (known, false);
        }
        let id = NodeId::new(self.net.nodes.len());
        self.net.nodes.push(node.clone());
        self.net.edges.push(Vec::new());
        self.nodes.insert(node, id);
        (id, true)
    }

    fn strong(&mut self, what: String, tier: Tier) -> NodeId {
        self.node(Node::Strong(what, tier)).0
    }

    /// The edges that a permission makes.
    fn power(&mut self, identity: IdentityId, at: PowerId) {
        let power = self.net[at].clone();
        let (via, certain) = (Via::Power(at), !power.doubt);
        let named = !power.names.is_empty();
        let place = self.place(identity, &power);
        let control = match power.primitive.name {
            // Whoever owns a namespace runs pods in it.
            ADMIN | ESCALATE_USED | BIND_USED | POD_CREATE | WORKLOAD_WRITE => Control::RunPods,
            IMPERSONATE_ACCOUNT | TOKEN if named => return self.named_accounts(identity, &power, via),
            IMPERSONATE_USER if named => return self.named_users(identity, &power, via),
            IMPERSONATE_ACCOUNT | TOKEN | TOKEN_FORGE => Control::Tokens,
            SECRET_READ if named => return self.named_secrets(identity, &power, via),
            SECRET_READ => Control::ReadSecrets,
            POD_PATCH | POD_EXEC | POD_EPHEMERAL if !named => Control::EnterPods,
            name @ (NODE_TAKE | NODE_PROXY | PV_CREATE)
                if name == NODE_TAKE || power.scope == Scope::Cluster =>
            {
                let certain = certain && name != PV_CREATE && !(named && name == NODE_PROXY);
                let machine = self.machine(true);
                return self.join(identity, machine, via, certain);
            }
            BIND if named => return self.named_roles(identity, &power, via),
            _ => match controller_of(power.primitive) {
                Some(controller) => return self.controller(identity, controller, &power, via),
                None => return,
            },
        };
        let node = self.control(control, &place);
        self.join(identity, node, via, certain);
    }

    fn place(&self, identity: IdentityId, power: &Power) -> Place {
        let identity = &self.net[identity];
        match &power.scope {
            Scope::Cluster => Place::Everywhere,
            Scope::Namespace(Some(namespace)) => Place::Namespace(namespace.clone()),
            Scope::Namespace(None) => Place::Unknown(identity.home, identity.file),
        }
    }

    /// A control over a place, joined to all that it reaches when it is first asked for.
    fn control(&mut self, control: Control, place: &Place) -> NodeId {
        let (node, is_new) = self.node(Node::Control(control, place.clone()));
        if !is_new {
            return node;
        }
        let members: Vec<IdentityId> = match place {
            // A Secret may hold the token of an account of another namespace.
            _ if control == Control::ReadSecrets => self.with_secrets.clone(),
            Place::Everywhere => self.net.all().collect(),
            Place::Namespace(namespace) => self.index.namespace(Some(namespace)).to_vec(),
            Place::Listed(_) => Vec::new(),
            Place::Unknown(source, _) => {
                let all = self.index.namespace(None).iter().copied();
                all.filter(|&member| self.net[member].home == *source).collect()
            }
        };
        for member in members {
            let identity = &self.net[member];
            let reached = match control {
                Control::RunPods | Control::Tokens => Some(true),
                Control::EnterPods if identity.runners.is_empty() => None,
                Control::EnterPods => identity.mounted.map_or(Some(false), |mounted| mounted.then_some(true)),
                Control::ReadSecrets => {
                    let mut secrets = identity.token_secrets.iter();
                    secrets.any(|&secret| self.is_in(secret, place)).then_some(true)
                }
            };
            // Files without namespaces may be meant for different ones.
            let together = !matches!(place, Place::Unknown(_, file) if *file != identity.file);
            if let Some(certain) = reached {
                self.join(node, member, Via::There, certain && together);
            }
        }
        if let Place::Namespace(namespace) = place
            && matches!(control, Control::RunPods | Control::Tokens)
            && PRIVILEGED.iter().any(|pattern| matches(pattern, namespace))
        {
            let certain = namespace == "kube-system";
            let what = if certain {
                "the controllers of the API server in"
            } else {
                "the engines that usually run in"
            };
            let strong = self.strong(format!("{what} `{namespace}`"), Tier::T0);
            self.join(node, strong, Via::There, certain);
        }
        node
    }

    /// Whether an object is in a place.
    fn is_in(&self, object: ObjectId, place: &Place) -> bool {
        let at = &self.grants.places[object];
        match place {
            Place::Everywhere => true,
            Place::Namespace(namespace) => at.namespace.as_deref() == Some(namespace),
            Place::Listed(_) => false,
            Place::Unknown(source, _) => at.namespace.is_none() && at.source == *source,
        }
    }

    fn machine(&mut self, any: bool) -> NodeId {
        let (node, is_new) = self.node(Node::Machine(any));
        if !is_new {
            return node;
        }
        for member in self.net.all() {
            // Which pods share a machine is not written anywhere.
            if !self.net[member].runners.is_empty() && self.net[member].mounted != Some(false) {
                self.join(node, member, Via::There, any && self.net[member].mounted.is_some());
            }
        }
        node
    }

    /// Joins an identity to what the names of a permission stand for. Long lists get a node of their own, so that a thousand
    /// holders of a list of a thousand names make two thousand edges and not a million.
    fn listed(
        &mut self,
        identity: IdentityId,
        power: &Power,
        via: Via,
        members: impl FnOnce(&mut Self) -> Vec<NodeId>,
    ) {
        const FEW: usize = 16;
        if power.names.len() <= FEW {
            for member in members(self) {
                self.join(identity, member, via, !power.doubt);
            }
            return;
        }
        let home = self.net[identity].home;
        let list = (power.names.as_ptr() as usize, power.primitive.name, self.place(identity, power), home);
        let position = self.lists.len();
        let position = *self.lists.entry(list).or_insert(position);
        let (node, is_new) = self.node(Node::Control(Control::Tokens, Place::Listed(position)));
        if is_new {
            for member in members(self) {
                self.join(node, member, Via::There, true);
            }
        }
        self.join(identity, node, via, !power.doubt);
    }

    fn named_accounts(&mut self, identity: IdentityId, power: &Power, via: Via) {
        self.listed(identity, power, via, |this| {
            let of_name = |name: &String| match &power.scope {
                Scope::Cluster => this.index.name(name),
                Scope::Namespace(namespace) => this.index.account(namespace.as_deref(), name),
            };
            power.names.iter().flat_map(of_name).map(|&member| member.into()).collect()
        });
    }

    /// `impersonate` on `users` by name may name accounts.
    fn named_users(&mut self, identity: IdentityId, power: &Power, via: Via) {
        self.listed(identity, power, via, |this| {
            let names = power.names.iter().filter_map(|name| name.strip_prefix("system:serviceaccount:"));
            let accounts = names.filter_map(|name| name.split_once(':'));
            let members = accounts.flat_map(|(namespace, name)| this.index.account(Some(namespace), name));
            members.map(|&member| member.into()).collect()
        });
    }

    fn named_secrets(&mut self, identity: IdentityId, power: &Power, via: Via) {
        let place = self.place(identity, power);
        self.listed(identity, power, via, |this| {
            let of_names = power.names.iter().filter_map(|name| this.tokens.get(name.as_str())).flatten();
            let there = of_names.filter(|(_, secret)| this.is_in(*secret, &place));
            let members: BTreeSet<IdentityId> = there.map(|(member, _)| *member).collect();
            members.into_iter().map(NodeId::from).collect()
        });
    }

    /// Whoever may bind a role by name, and may write bindings, is as strong as the role.
    fn named_roles(&mut self, identity: IdentityId, power: &Power, via: Via) {
        let writes = |held: &&PowerId| {
            let other = &self.net[**held];
            other.primitive.name == BINDING_WRITE
                && (other.scope == Scope::Cluster || other.scope == power.scope)
        };
        if !self.net.held(identity).iter().any(|held| writes(&held)) {
            return;
        }
        let home = self.net[identity].home;
        self.listed(identity, power, via, |this| {
            let mut strong = |name: &String| {
                let tier =
                    tier_of_role(this.grants, home, name, &power.scope).filter(|tier| *tier < Tier::T4)?;
                Some(this.strong(format!("whatever ClusterRole `{name}` allows"), tier))
            };
            power.names.iter().filter_map(&mut strong).collect()
        });
    }

    /// Whoever commands a controller has its power.
    fn controller(&mut self, identity: IdentityId, controller: &'static Controller, power: &Power, via: Via) {
        if let Scope::Namespace(Some(namespace)) = &power.scope
            && !controller.heeds(namespace)
        {
            return;
        }
        let home = self.net[identity].home;
        match controller.borrows {
            Borrows::NamespaceAccounts => {
                let place = self.place(identity, power);
                let node = self.control(Control::RunPods, &place);
                self.join(identity, node, via, !power.doubt);
            }
            Borrows::Controller => {
                let file = self.net[identity].file;
                let known = self.engines.entry(controller.primitive.name).or_insert_with(|| {
                    let is_itself = |other: &IdentityId| controller.is_called(&self.net[*other].named());
                    self.net.all().filter(is_itself).collect()
                });
                let itself = |at: &IdentityId| {
                    let other = &self.net[*at];
                    let obeys = match &power.scope {
                        Scope::Namespace(namespace) if controller.is_local() => {
                            other.namespace == *namespace && (namespace.is_some() || other.file == file)
                        }
                        _ => true,
                    };
                    obeys && self.grants.places.sources.may_share(home, other.home)
                };
                let engines: Vec<IdentityId> = known.iter().copied().filter(itself).collect();
                // Without a binding in the input it is not known what the account of the controller may do, nor where its
                // name alone says that it is the controller's.
                let is_known = |engine: &&IdentityId| {
                    self.is_bound(**engine)
                        && self.grants.is_run_by(controller, &self.net[**engine].runners, &[])
                };
                if !engines.iter().any(|engine| is_known(&engine)) {
                    let what = format!("what {} may do", controller.controller);
                    let strong = self.strong(what, controller.tier);
                    self.join(identity, strong, via, false);
                }
                for engine in engines {
                    self.join(identity, engine, via, !power.doubt);
                }
            }
            // These reach something outside the cluster, or no identity: the tier of the permission covers that.
            Borrows::Cloud | Borrows::Secrets | Borrows::Traffic | Borrows::Nodes => {}
        }
    }

    fn is_bound(&self, identity: IdentityId) -> bool {
        let identity = &self.net[identity];
        !self.grants.bindings_to(identity.home, identity.namespace.as_deref(), &identity.name).is_empty()
    }

    /// What the pods of an identity reach of their machine.
    fn host(&mut self, identity: IdentityId) {
        for at in 0..self.net[identity].runners.len() {
            let runner = self.net[identity].runners[at];
            let places = &self.grants.places;
            let runner_of = &places[runner];
            let accesses = host_access(&runner_of.workload, &places.claimed_paths(runner_of));
            let of_others = |reach: HostReach| reach != HostReach::NodeCredentials;
            if accesses.iter().any(|access| access.reach.is_some_and(of_others)) {
                let machine = self.machine(false);
                self.join(identity, machine, Via::Host(runner), false);
            }
        }
    }
}
