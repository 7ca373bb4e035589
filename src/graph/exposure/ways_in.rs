//! Which pods can be reached from outside the cluster: by a Service of a public kind, by what routes to one, by the
//! ports of their nodes.
//!
//! Whether somebody stands before them with a login is not known here.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::Exposure;
use crate::graph::place::{ByName, ObjectId, Placed, Places, Runner};
use crate::k8s::Object;
use crate::k8s::host::{HostKind, host_access};
use crate::source::Span;
use crate::yaml::Node;

/// One way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayIn {
    /// What opens it, as kind and name: ``LoadBalancer Service `web` ``, ``Ingress `web` ``.
    pub by: String,
    /// Where that is written.
    pub span: Span,
    /// Whether it is said to be open to the organisation's own network only, or nothing says that somebody listens there.
    pub internal: bool,
    /// The Service that leads to the pods, where another object opens it.
    pub service: Option<Span>,
}

/// Which Services choose pods, and what opens Services to the outside.
#[derive(Debug, Default)]
pub(super) struct Fronts {
    /// Services by namespace and one pair of their selectors, which every pod they choose has.
    services: ByName<Vec<ObjectId>>,
    /// What routes to a Service, by the Service's namespace and name: the object, and the scalar that names it.
    routes: ByName<Vec<(ObjectId, Span)>>,
}

/// Services by namespace and label are few each; so many ways in are enough to tell.
const MOST: usize = 16;

impl Exposure<'_> {
    /// The ways from outside the cluster into the pods of a workload, in the order of what opens them.
    #[must_use]
    pub fn ways_into(&self, runner: &Runner<'_>) -> Vec<WayIn> {
        let at = self.places.object_of(runner);
        let mut found = Vec::new();
        if at.partial {
            return found;
        }
        for access in host_access(&runner.workload) {
            let (by, internal) = match access.kind {
                HostKind::Network => ("the network of its nodes".to_owned(), true),
                HostKind::Port => (format!("port {} of its nodes", access.value), false),
                _ => continue,
            };
            found.push(WayIn { by, span: access.span, internal, service: None });
        }
        if at.object.is("serving.knative.dev", "Service") && !is_cluster_local(&at.object) {
            found.extend(name_span(at).map(|span| WayIn {
                by: "its Knative route".into(),
                span,
                internal: false,
                service: None,
            }));
        }
        for &service in &self.services_of(runner) {
            let service = &self.places[service];
            found.extend(public(service));
            let routes = self.fronts.routes.get(service.namespace.as_deref(), &service.object.name);
            for (route, span) in routes.into_iter().flatten().take(MOST) {
                let route = &self.places[*route];
                let near = match service.namespace {
                    Some(_) => self.places.sources.may_share(route.source, service.source),
                    None => route.source == service.source,
                };
                if near {
                    found.push(WayIn {
                        by: format!("{} `{}`", route.object.kind, route.object.name),
                        span: *span,
                        internal: is_internal(&route.object),
                        service: name_span(service),
                    });
                }
            }
        }
        found.truncate(MOST);
        found
    }

    /// The Services that choose the pods of a workload.
    fn services_of(&self, runner: &Runner<'_>) -> Vec<ObjectId> {
        let at = self.places.object_of(runner);
        // A Pod is its own template.
        let labels = runner.workload.pod_metadata().and_then(|metadata| metadata.get("labels"));
        let Some(labels) = labels.filter(|labels| labels.is_map()) else {
            return Vec::new();
        };
        let labels: HashMap<String, String> = pairs(labels).collect();
        let chosen = |id: &&ObjectId| {
            let service = &self.places[**id];
            self.places.same_namespace(at, service)
                && selector(&service.object).iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        let mut found: Vec<ObjectId> = labels
            .iter()
            .filter_map(|(key, value)| {
                self.fronts.services.get(at.namespace.as_deref(), &format!("{key}={value}"))
            })
            .flatten()
            .filter(chosen)
            .copied()
            .collect();
        found.sort_unstable();
        found
    }
}

impl Fronts {
    /// Reads the Services of a run, and what routes to them.
    pub(super) fn of(places: &Places<'_>) -> Self {
        let mut fronts = Self::default();
        let services = || places.objects.iter().filter(|placed| placed.object.is("", "Service"));
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        for pair in services().flat_map(|service| selector(&service.object)) {
            *counts.entry(pair).or_default() += 1;
        }
        for service in services().filter(|service| !service.partial) {
            // Every Service of a chart has the chart's labels in its selector: the rarest tells them apart.
            let pairs = selector(&service.object).into_iter();
            if let Some((key, value)) = pairs.min_by_key(|pair| counts.get(pair).copied().unwrap_or_default())
            {
                let label = format!("{key}={value}");
                fronts.services.entry(service.namespace.as_deref(), &label).push(service.id);
            }
        }
        for placed in places.objects.iter().filter(|placed| !placed.partial) {
            for (namespace, name, node) in backends(placed) {
                let namespace = namespace.or_else(|| placed.namespace.clone());
                let routes = fronts.routes.entry(namespace.as_deref(), &name);
                // One object names a Service once for every path.
                if routes.last().is_none_or(|(last, _)| *last != placed.id) {
                    routes.push((placed.id, node.span()));
                }
            }
        }
        fronts
    }
}

fn pairs(map: Node<'_>) -> impl Iterator<Item = (String, String)> {
    map.entries().filter_map(|entry| Some((entry.key.text()?.into_owned(), entry.value.text()?.into_owned())))
}

fn selector(service: &Object<'_>) -> BTreeMap<String, String> {
    service.node.at(&["spec", "selector"]).map(|selector| pairs(selector).collect()).unwrap_or_default()
}

fn name_span(placed: &Placed<'_>) -> Option<Span> {
    placed.object.metadata()?.get("name").map(Node::span)
}

/// What a Service itself opens: its type, or the addresses that it takes.
fn public(service: &Placed<'_>) -> Option<WayIn> {
    let spec = service.object.node.get("spec")?;
    let name = &service.object.name;
    let kind = spec.get("type").filter(|kind| kind.as_str().is_some_and(|kind| kind != "ClusterIP"));
    let word = kind.and_then(Node::as_str).unwrap_or_default();
    let addresses = spec.entry("externalIPs").filter(|entry| entry.value.items().next().is_some());
    let (by, span) = match (&*word, kind, addresses) {
        ("LoadBalancer" | "NodePort", Some(kind), _) => (format!("{word} Service `{name}`"), kind.span()),
        (_, _, Some(addresses)) => (format!("external addresses of Service `{name}`"), addresses.key.span()),
        _ => return None,
    };
    let internal = is_internal(&service.object);
    Some(WayIn { by, span, internal, service: None })
}

/// Annotations by which clouds keep a load balancer inside, and the values that say so.
const INTERNAL: [(&str, &str); 8] = [
    ("service.beta.kubernetes.io/aws-load-balancer-internal", "true"),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", "true"),
    ("networking.gke.io/load-balancer-type", "internal"),
    ("cloud.google.com/load-balancer-type", "internal"),
    ("alb.ingress.kubernetes.io/scheme", "internal"),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", "true"),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"),
];

fn is_internal(object: &Object<'_>) -> bool {
    INTERNAL.iter().any(|(key, value)| {
        let written = object.annotation(key).and_then(Node::text);
        written.is_some_and(|written| written.eq_ignore_ascii_case(value))
    })
}

fn is_cluster_local(object: &Object<'_>) -> bool {
    let label = object.label("networking.knative.dev/visibility").and_then(Node::text);
    label.is_some_and(|visibility| visibility == "cluster-local")
}

/// The Services that an object routes requests to from outside, as (namespace where it says one, name, the scalar).
fn backends<'a>(placed: &Placed<'a>) -> Vec<(Option<String>, String, Node<'a>)> {
    let object = &placed.object;
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    match (object.group.as_str(), &*object.kind) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let paths = spec.all_at(&["rules", "*", "http", "paths", "*", "backend"]);
            let whole = ["backend", "defaultBackend"].into_iter().filter_map(|key| spec.get(key));
            let named = paths.into_iter().chain(whole);
            named
                .filter_map(|backend| backend.get("serviceName").or_else(|| backend.at(&["service", "name"])))
                .filter_map(|name| Some((None, name.text()?.into_owned(), name)))
                .collect()
        }
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => {
            let parents = spec.all_at(&["parentRefs", "*", "kind"]);
            // What hangs on a Service is for the mesh.
            let mesh = |kind: &Node<'_>| kind.as_str().is_some_and(|kind| kind == "Service");
            if !parents.is_empty() && parents.iter().all(mesh) {
                return Vec::new();
            }
            services(spec.all_at(&["rules", "*", "backendRefs", "*"]))
        }
        ("route.openshift.io" | "", "Route") => {
            let more = spec.all_at(&["alternateBackends", "*"]);
            services(spec.get("to").into_iter().chain(more))
        }
        ("traefik.io" | "traefik.containo.us", "IngressRoute" | "IngressRouteTCP" | "IngressRouteUDP")
        | ("projectcontour.io", "HTTPProxy") => services(spec.all_at(&["routes", "*", "services", "*"])),
        ("networking.istio.io", "VirtualService") => {
            let gateways = spec.all_at(&["gateways", "*"]);
            let outside = |gateway: &Node<'_>| gateway.as_str().is_some_and(|name| name != "mesh");
            if !gateways.iter().any(outside) {
                return Vec::new();
            }
            let routes = ["http", "tcp", "tls"].into_iter();
            let hosts = routes.flat_map(|key| spec.all_at(&[key, "*", "route", "*", "destination", "host"]));
            hosts
                .filter_map(|host| {
                    let text = host.text()?;
                    let mut parts = text.split('.');
                    let name = parts.next()?.to_owned();
                    Some((parts.next().map(str::to_owned), name, host))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// References by `name` and `namespace` that mean Services.
fn services<'a>(references: impl IntoIterator<Item = Node<'a>>) -> Vec<(Option<String>, String, Node<'a>)> {
    let means_service = |reference: &Node<'_>| {
        let kind = reference.get("kind").and_then(Node::as_str);
        kind.is_none_or(|kind| kind == "Service")
    };
    let named = references.into_iter().filter(means_service).filter_map(|reference| {
        let name = reference.get("name")?;
        let namespace = reference.get("namespace").and_then(Node::text).filter(|text| !text.is_empty());
        Some((namespace.map(Cow::into_owned), name.text()?.into_owned(), name))
    });
    named.collect()
}
