//! An identity, what it may do and the way to what it can become, as a record: version 1 of what `nhilint graph`
//! prints for programs.

use serde::{Serialize, Serializer};

use super::{BindingRecord, Location, Recorder};
use crate::finding::{IdentityName, ObjectName};
use crate::graph::cloud::identity::CloudIdentity;
use crate::graph::place::{ObjectId, RunnerId};
use crate::graph::reach::{Confidence, Identity, Node, NodeId, Power, Reach, Standing, Step, Via};
use crate::graph::tables::primitive::ADMIN;
use crate::graph::tables::tier::Tier;
use crate::graph::tables::worth::Scope;

/// An account in one cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityRecord {
    /// Its place among the nodes of the run.
    #[serde(skip)]
    pub number: usize,
    /// What it is called, with its cluster where the run has several.
    pub identity: IdentityName,
    /// Its cluster, where that is known.
    pub cluster: Option<String>,
    /// The root of its source.
    pub root: String,
    /// Its namespace, where that is known.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Where its `ServiceAccount` is; none where it is only used or bound.
    pub declared: Option<Location>,
    /// The pod templates that run as it.
    pub workloads: Vec<WorkloadRecord>,
    /// Whether a pod of it holds its token; none where that is not known.
    pub token_mounted: Option<bool>,
    /// How strong it is.
    pub tier: TierRecord,
    /// What it may do, the strongest first.
    pub powers: Vec<PowerRecord>,
    /// The way to the strongest that it can become, or to what was asked for.
    pub path: Vec<StepRecord>,
    /// What it is in clouds.
    pub cloud: Vec<CloudRecord>,
    /// Roles that are bound to it and are not in the input.
    pub unknown_roles: Vec<UnknownRole>,
}

/// A pod template and the object that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkloadRecord {
    /// The object, which may hold several templates.
    #[serde(skip)]
    pub object: ObjectId,
    /// The object's kind.
    pub kind: String,
    /// The object's name.
    pub name: String,
    /// Where that name is written.
    pub location: Location,
}

/// How strong an identity is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TierRecord {
    /// By what it may do itself.
    pub direct: Tier,
    /// By the strongest that it can become.
    pub reachable: Tier,
    /// How far `reachable` can be relied on.
    pub confidence: Confidence,
}

/// A permission, in the words of the tier table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PowerRecord {
    /// Its name in the table, as `secret.read`.
    pub primitive: &'static str,
    /// Its tier by itself.
    pub tier: Tier,
    /// `cluster` or `namespace`.
    pub scope: &'static str,
    /// The namespace, where the scope is one and it is known.
    pub namespace: Option<String>,
    /// The names that limit it; none means every name.
    pub names: Vec<String>,
    /// `may read every secret in the whole cluster`.
    pub words: String,
    /// Whether it is certain.
    pub certain: bool,
    /// The binding that gives it; two where it takes both.
    pub via: Vec<BindingRecord>,
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    /// Who takes it.
    pub from: NodeRecord,
    /// What it leads to.
    pub to: NodeRecord,
    /// What makes it possible and what it leads to, as the end of a sentence about who takes it.
    pub words: String,
    /// The first half of `words`: what makes it possible.
    #[serde(skip)]
    pub does: String,
    /// What makes it possible.
    pub via: StepVia,
    /// Whether it is certain.
    pub certain: bool,
    /// Whether it leads nowhere else: it is what the last identity may do by itself.
    #[serde(skip)]
    pub is_end: bool,
}

/// What a step starts from or leads to: an identity, or something strong. In JSON its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRecord {
    /// Its place among the nodes of the run.
    pub number: usize,
    /// What it is called.
    pub name: String,
    /// How strong it is.
    pub tier: Tier,
}

impl Serialize for NodeRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// What makes a step possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepVia {
    /// The permission, as in [`PowerRecord::primitive`]; `host` where it is a machine that is shared.
    pub primitive: &'static str,
    /// The bindings that give the permission.
    pub bindings: Vec<BindingRecord>,
    /// The workload whose pod reaches its machine, where one does.
    #[serde(skip)]
    pub workload: Option<(ObjectName, Location)>,
}

/// What an identity is in a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudRecord {
    /// Whose cloud.
    pub provider: &'static str,
    /// The identity there.
    pub identity: String,
    /// How it is given: `annotation`, `association` and so on.
    #[serde(skip)]
    pub via: &'static str,
    /// The other accounts that are the same there.
    pub shared_with: Vec<IdentityName>,
    /// Where that is written.
    pub location: Location,
}

/// A role that is bound and not in the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnknownRole {
    /// `ClusterRole` or `Role`.
    pub role_kind: String,
    /// Its name.
    pub role: String,
    /// Where the binding names it.
    pub location: Location,
}

/// The permissions that make a tier; where one is everything, that alone.
#[must_use]
pub fn main_powers(powers: &[PowerRecord]) -> Vec<&PowerRecord> {
    let everything: Vec<&PowerRecord> = powers.iter().filter(|power| power.is_everything()).collect();
    let counts = |power: &&PowerRecord| {
        let covered = everything.iter().any(|all| all.reaches(power));
        power.tier < Tier::T4 && (!covered || power.is_everything())
    };
    powers.iter().filter(counts).collect()
}

impl PowerRecord {
    /// Whether it is to do everything there.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.primitive == ADMIN
    }

    /// Whether it holds wherever another does.
    #[must_use]
    pub fn reaches(&self, other: &Self) -> bool {
        self.scope == "cluster" || (self.scope, &self.namespace) == (other.scope, &other.namespace)
    }
}

impl IdentityRecord {
    /// The permissions that make its tier; where one is everything, that alone.
    #[must_use]
    pub fn main_powers(&self) -> Vec<&PowerRecord> {
        main_powers(&self.powers)
    }

    /// The identity as the start of its path.
    #[must_use]
    pub fn node(&self) -> NodeRecord {
        NodeRecord { number: self.number, name: self.identity.to_string(), tier: self.tier.reachable }
    }
}

impl Recorder<'_, '_> {
    /// An identity, with a way that starts at it.
    #[must_use]
    pub fn identity<'s>(
        &self,
        reach: &Reach<'_>,
        standing: &Standing,
        path: impl Iterator<Item = &'s Step>,
    ) -> IdentityRecord {
        let graph = self.graph;
        let net = &reach.net;
        let identity = &net[standing.identity];
        let unknown = net.unknown(standing.identity).map(|at| &graph.places[at].binding);
        IdentityRecord {
            number: standing.identity.position(),
            identity: self.name_of(identity),
            cluster: graph.places.sources.cluster(identity.home).map(str::to_owned),
            root: graph.places.sources.root(identity.home).to_owned(),
            namespace: identity.namespace.clone(),
            name: identity.name.clone(),
            declared: identity.declared.map(|at| self.location_of(&graph.places[at])),
            workloads: identity.runners.iter().map(|&at| self.workload(at)).collect(),
            token_mounted: identity.mounted,
            tier: TierRecord {
                direct: standing.direct,
                reachable: standing.reachable,
                confidence: standing.confidence,
            },
            powers: net.held(standing.identity).iter().map(|&at| self.power(&net[at])).collect(),
            path: path.map(|step| self.step(reach, step)).collect(),
            cloud: self.clouds(identity),
            unknown_roles: unknown
                .map(|binding| UnknownRole {
                    role_kind: binding.role_kind.to_string(),
                    role: binding.role_name.to_string(),
                    location: self.location(binding.role_node.span()),
                })
                .collect(),
        }
    }

    /// The cluster only where the run has several.
    fn name_of(&self, identity: &Identity) -> IdentityName {
        let sources = &self.graph.places.sources;
        let several = sources.clusters() > 1;
        identity.named().in_cluster(sources.cluster(identity.home).filter(|_| several))
    }

    /// A pod template.
    #[must_use]
    pub fn workload(&self, runner: RunnerId) -> WorkloadRecord {
        let object = self.graph.places[runner].object;
        let placed = &self.graph.places[object];
        WorkloadRecord {
            object,
            kind: placed.object.kind.to_string(),
            name: placed.object.name.to_string(),
            location: self.location_of(placed),
        }
    }

    fn power(&self, power: &Power) -> PowerRecord {
        let (scope, namespace) = match &power.scope {
            Scope::Cluster => ("cluster", None),
            Scope::Namespace(namespace) => ("namespace", namespace.clone()),
        };
        PowerRecord {
            primitive: power.primitive.name,
            tier: power.tier(),
            scope,
            namespace,
            names: power.names.to_vec(),
            words: power.words(),
            certain: !power.doubt,
            via: self.bindings(power),
        }
    }

    fn bindings(&self, power: &Power) -> Vec<BindingRecord> {
        let all = [Some(power.binding), power.with].into_iter().flatten();
        let bound = all.map(|at| &self.graph.places[at]);
        bound.map(|bound| self.binding(bound, &self.graph.grants.role_of(bound))).collect()
    }

    fn step(&self, reach: &Reach<'_>, step: &Step) -> StepRecord {
        let (does, to) = (reach.does(step), self.node(reach, step.to));
        let via = match step.via {
            Via::Power(at) => {
                let power = &reach.net[at];
                StepVia { primitive: power.primitive.name, bindings: self.bindings(power), workload: None }
            }
            Via::Host(runner) => {
                let placed = self.graph.places.object_of(&self.graph.places[runner]);
                let workload = Some((placed.named(), self.location_of(placed)));
                StepVia { primitive: "host", bindings: Vec::new(), workload }
            }
            Via::There => StepVia { primitive: "host", bindings: Vec::new(), workload: None },
        };
        StepRecord {
            from: self.node(reach, step.from.into()),
            words: format!("{does}: {}", to.name),
            to,
            does,
            via,
            certain: step.certain,
            is_end: reach.is_end(step),
        }
    }

    fn node(&self, reach: &Reach<'_>, node: NodeId) -> NodeRecord {
        let (name, tier) = match &reach.net[node] {
            Node::Identity(at) => {
                (self.name_of(&reach.net[*at]).to_string(), reach.standing_of(*at).reachable)
            }
            Node::Strong(what, tier) => (what.clone(), *tier),
            Node::Control(..) | Node::Machine(_) => (reach.name_of(node), Tier::T4),
        };
        NodeRecord { number: node.position(), name, tier }
    }

    fn clouds(&self, identity: &Identity) -> Vec<CloudRecord> {
        let graph = self.graph;
        let from = identity.declared.or_else(|| Some(graph.places[*identity.runners.first()?].object));
        let Some(from) = from.map(|at| &graph.places[at]) else { return Vec::new() };
        let mut all = graph.cloud.of_account(from, identity.namespace.as_deref(), &identity.name);
        all.sort_by(|a, b| a.named.identity.cmp(&b.named.identity));
        all.dedup_by(|a, b| a.named.identity == b.named.identity);
        let own = identity.named();
        let others = |cloud: &CloudIdentity<'_>| {
            let holders = graph.cloud.holders(cloud).map(CloudIdentity::holder);
            let mut others: Vec<IdentityName> = holders.filter(|holder| *holder != own).collect();
            others.sort_by_cached_key(ToString::to_string);
            others.dedup();
            others
        };
        let record = |cloud: &CloudIdentity<'_>| CloudRecord {
            provider: cloud.named.provider.word(),
            identity: cloud.named.identity.clone(),
            via: cloud.named.via.word(),
            shared_with: others(cloud),
            location: self.location(cloud.named.span()),
        };
        all.into_iter().map(record).collect()
    }
}
