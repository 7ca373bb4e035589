//! Which pods can be reached from outside the cluster: by a Service of a public kind, by what routes to one, by the
//! ports of their nodes.
//!
//! Whether somebody has to log in on the way is not known here.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::Exposure;
use crate::graph::place::{ByName, ObjectId, Placed, Places, Runner};
use crate::k8s::Object;
use crate::k8s::host::{HostKind, host_access};
use crate::source::Span;
use crate::yaml::Node;

/// One way into pods from outside the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayIn {
    /// What opens it, as kind and name: ``LoadBalancer Service `web` ``, ``Ingress `web` ``.
    pub by: String,
    /// Where that is written.
    pub span: Span,
    /// Whether it is open to the organisation's own network only, or nothing shows that a program listens there.
    pub internal: bool,
    /// The name of the Service between the pods and what opens them, if another object opens that.
    pub service: Option<Span>,
}

impl WayIn {
    fn of(by: String, span: Span, internal: bool) -> Self {
        Self { by, span, internal, service: None }
    }
}

/// Which Services choose pods, and what opens Services to the outside.
#[derive(Debug, Default)]
pub(super) struct Routing {
    /// Services with a way in, by namespace and one pair of their selectors, which every pod they choose has.
    services: ByName<Vec<ObjectId>>,
    /// What routes to a Service, by the Service's namespace and name: the object, and the scalar that names it.
    routes: ByName<Vec<(ObjectId, Span)>>,
}

/// More ways into one workload are not listed.
const MOST: usize = 16;

impl Exposure<'_> {
    /// The ways from outside the cluster into the pods of a workload, in the order of what opens them.
    #[must_use]
    pub fn ways_into(&self, runner: &Runner<'_>) -> Vec<WayIn> {
        let at = self.places.object_of(runner);
        if at.partial {
            return Vec::new();
        }
        let accesses = host_access(&runner.workload, &[]).into_iter();
        let mut found: Vec<WayIn> = accesses
            .filter_map(|access| match access.kind {
                HostKind::Network => {
                    Some(WayIn::of("the network of its nodes".to_owned(), access.span, true))
                }
                HostKind::Port => {
                    Some(WayIn::of(format!("port {} of its nodes", access.value), access.span, false))
                }
                _ => None,
            })
            .collect();
        if at.object.is("serving.knative.dev", "Service") && !is_cluster_local(&at.object) {
            let route = |span| WayIn::of("its Knative route".to_owned(), span, false);
            found.extend(name_span(at).map(route));
        }
        for service in self.services_of(runner) {
            // Thousands of Services may choose the same pods.
            if found.len() >= MOST {
                break;
            }
            let service = &self.places[service];
            let namespace = service.namespace.as_deref();
            found.extend(opened_by(service));
            let routes = self.routing.routes.get(namespace, &service.object.name).into_iter().flatten();
            for (route, span) in routes.take(MOST) {
                let route = &self.places[*route];
                if self.places.sources.may_share_namespace(namespace, route.source, service.source) {
                    let by = format!("{} `{}`", route.object.kind, route.object.name);
                    let way = WayIn::of(by, *span, is_internal(&route.object));
                    found.push(WayIn { service: name_span(service), ..way });
                }
            }
        }
        found.truncate(MOST);
        found
    }

    /// The open Services that choose the pods of a workload, in the order of writing, found as they are asked for.
    fn services_of(&self, runner: &Runner<'_>) -> impl Iterator<Item = ObjectId> {
        let at = self.places.object_of(runner);
        let labels = runner.workload.pod_metadata().and_then(|metadata| metadata.get("labels"));
        let labels: HashMap<String, String> =
            labels.map(|labels| pairs(labels).collect()).unwrap_or_default();
        let of = |(key, value)| {
            let services = &self.routing.services;
            services.get(at.namespace.as_deref(), &format!("{key}={value}")).map_or(&[][..], Vec::as_slice)
        };
        let mut lists: Vec<&[ObjectId]> = labels.iter().map(of).collect();
        let mut heads: BinaryHeap<Reverse<(ObjectId, usize)>> = BinaryHeap::new();
        let mut push = move |heads: &mut BinaryHeap<_>, list: usize| {
            if let Some((&first, rest)) = lists[list].split_first() {
                heads.push(Reverse((first, list)));
                lists[list] = rest;
            }
        };
        (0..labels.len()).for_each(|list| push(&mut heads, list));
        let next = std::iter::from_fn(move || {
            let Reverse((service, list)) = heads.pop()?;
            push(&mut heads, list);
            Some(service)
        });
        next.filter(move |id| {
            let service = &self.places[*id];
            self.places.same_namespace(at, service)
                && selector(&service.object).iter().all(|(key, value)| labels.get(key) == Some(value))
        })
    }
}

impl Routing {
    /// Reads the Services of a run, and what routes to them.
    pub(super) fn of(places: &Places<'_>) -> Self {
        let mut routing = Self::default();
        let services = || places.objects.iter().filter(|placed| placed.object.is("", "Service"));
        let mut counts: HashMap<(String, String), usize> = HashMap::new();
        for pair in services().flat_map(|service| selector(&service.object)) {
            *counts.entry(pair).or_default() += 1;
        }
        for placed in places.objects.iter().filter(|placed| !placed.partial) {
            for (namespace, name, node) in backends(placed) {
                let namespace = namespace.or_else(|| placed.namespace.clone());
                let namespace = namespace.filter(|namespace| !placed.object.is_unknown(namespace));
                let routes = routing.routes.entry(namespace.as_deref(), &name);
                // One object names a Service once for every path.
                if routes.last().is_none_or(|(last, _)| *last != placed.id) {
                    routes.push((placed.id, node.span()));
                }
            }
        }
        for service in services().filter(|service| !service.partial) {
            let routes = routing.routes.get(service.namespace.as_deref(), &service.object.name);
            if routes.is_none() && opened_by(service).is_none() {
                continue;
            }
            // Every Service of a chart has the chart's labels in its selector: the rarest label differs most.
            let pairs = selector(&service.object).into_iter();
            if let Some((key, value)) = pairs.min_by_key(|pair| counts.get(pair).copied().unwrap_or_default())
            {
                let label = format!("{key}={value}");
                routing.services.entry(service.namespace.as_deref(), &label).push(service.id);
            }
        }
        routing
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

/// What opens a Service by itself: its type, or its external addresses.
fn opened_by(service: &Placed<'_>) -> Option<WayIn> {
    let (spec, name) = (service.object.node.get("spec")?, &service.object.name);
    let kind = spec.get("type").filter(|kind| kind.as_str().is_some_and(|kind| kind != "ClusterIP"));
    let word = kind.and_then(Node::as_str).unwrap_or_default();
    let addresses = spec.entry("externalIPs").filter(|entry| entry.value.items().next().is_some());
    let (by, span) = match (&*word, kind, addresses) {
        ("LoadBalancer" | "NodePort", Some(kind), _) => (format!("{word} Service `{name}`"), kind.span()),
        (_, _, Some(addresses)) => (format!("external addresses of Service `{name}`"), addresses.key.span()),
        _ => return None,
    };
    Some(WayIn::of(by, span, is_internal(&service.object)))
}

/// Annotations, and their values, by which clouds keep a load balancer internal.
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

/// A Service that an object names: its namespace where that is written, its name, and the scalar that names it.
type Backend<'a> = (Option<String>, String, Node<'a>);

/// The Services that an object routes requests to from outside.
fn backends<'a>(placed: &Placed<'a>) -> Vec<Backend<'a>> {
    let object = &placed.object;
    let Some(spec) = object.node.get("spec") else {
        return Vec::new();
    };
    match (object.group.as_str(), &*object.kind) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let mut backends = spec.all_at(&["rules", "*", "http", "paths", "*", "backend"]);
            backends.extend(["backend", "defaultBackend"].into_iter().filter_map(|key| spec.get(key)));
            let name = |backend: Node<'a>| {
                let name = backend.get("serviceName").or_else(|| backend.at(&["service", "name"]))?;
                Some((None, name.text()?.into_owned(), name))
            };
            backends.into_iter().filter_map(name).collect()
        }
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => {
            let parents = spec.all_at(&["parentRefs", "*", "kind"]);
            // A route of a Service is for requests inside the cluster.
            let inside = |kind: &Node<'_>| kind.as_str().is_some_and(|kind| kind == "Service");
            if !parents.is_empty() && parents.iter().all(inside) {
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
        ("networking.istio.io", "VirtualService") => virtual_service(spec),
        _ => Vec::new(),
    }
}

/// The destinations of a `VirtualService` of Istio that is for a gateway; `mesh` is none.
fn virtual_service(spec: Node<'_>) -> Vec<Backend<'_>> {
    let gateways = spec.all_at(&["gateways", "*"]);
    if !gateways.iter().any(|gateway| gateway.as_str().is_some_and(|name| name != "mesh")) {
        return Vec::new();
    }
    let hosts = |protocol| spec.all_at(&[protocol, "*", "route", "*", "destination", "host"]);
    let hosts = ["http", "tcp", "tls"].into_iter().flat_map(hosts);
    // `name.namespace.svc.cluster.local`, or the start of it.
    let backend = |host: Node<'_>| {
        let text = host.text()?;
        let mut parts = text.split('.').map(str::to_owned);
        let name = parts.next()?;
        Some((parts.next(), name))
    };
    hosts.filter_map(|host| backend(host).map(|(namespace, name)| (namespace, name, host))).collect()
}

/// The Services among references by `name` and `namespace`.
fn services<'a>(references: impl IntoIterator<Item = Node<'a>>) -> Vec<Backend<'a>> {
    let backend = |reference: Node<'a>| {
        let (name, kind) = (reference.get("name")?, reference.get("kind").and_then(Node::as_str));
        let namespace = reference.get("namespace").and_then(Node::text).filter(|text| !text.is_empty());
        let backend = (namespace.map(Cow::into_owned), name.text()?.into_owned(), name);
        kind.is_none_or(|kind| kind == "Service").then_some(backend)
    };
    references.into_iter().filter_map(backend).collect()
}
