//! Who is reached from outside, told by what NHI702 says of a pod that may do everything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use nhilint::catalog::Preset;
use nhilint::finding::{RuleId, Severity};

use crate::bench::{catalog, lint_files, settings};

/// A pod that may do everything, and a Service that chooses it.
const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web, tier: front}}
spec:
  serviceAccountName: web
  containers: [{name: web, image: registry.example/shop/web}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
";

/// What is said of the pod beside another object.
fn said(object: &str) -> Option<(String, Severity)> {
    let text = format!("{POD}{object}\n");
    let catalog = catalog();
    let mut settings = settings(&catalog, Preset::Recommended);
    settings.select = Some(BTreeSet::from([RuleId(702)]));
    let (report, _) = lint_files(&[("all.yaml", &text)], &settings, &catalog);
    assert!(report.findings.len() < 2, "{object}");
    report.findings.into_iter().next().map(|finding| (finding.message, finding.severity))
}

#[test]
fn every_kind_of_route_leads_to_the_pods_of_its_service() {
    let object = |api: &str, kind: &str, spec: &str| {
        format!("{{apiVersion: {api}, kind: {kind}, metadata: {{name: r, namespace: shop}}, spec: {spec}}}")
    };
    let mut wrong = String::new();
    for (api, kind, spec) in [
        ("networking.k8s.io/v1", "Ingress", "{defaultBackend: {service: {name: web}}}"),
        ("extensions/v1beta1", "Ingress", "{rules: [{http: {paths: [{backend: {serviceName: web}}]}}]}"),
        ("gateway.networking.k8s.io/v1", "GRPCRoute", "{rules: [{backendRefs: [{name: web}]}]}"),
        (
            "gateway.networking.k8s.io/v1alpha2",
            "TCPRoute",
            "{rules: [{backendRefs: [{name: web, namespace: shop}]}]}",
        ),
        ("route.openshift.io/v1", "Route", "{to: {kind: Service, name: web}}"),
        (
            "route.openshift.io/v1",
            "Route",
            "{to: {name: old}, alternateBackends: [{kind: Service, name: web}]}",
        ),
        ("traefik.io/v1alpha1", "IngressRoute", "{routes: [{services: [{name: web}]}]}"),
        ("projectcontour.io/v1", "HTTPProxy", "{routes: [{services: [{name: web, port: 80}]}]}"),
        (
            "networking.istio.io/v1",
            "VirtualService",
            "{gateways: [public], http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]}",
        ),
    ] {
        match said(&object(api, kind, spec)) {
            Some((message, Severity::Error)) if message.contains(&format!("{kind} `r` leads")) => {}
            other => drop(writeln!(wrong, "{kind} {spec}: {other:?}")),
        }
    }
    for (api, kind, spec) in [
        ("networking.k8s.io/v1", "Ingress", "{defaultBackend: {service: {name: website}}}"),
        ("networking.k8s.io/v1", "Ingress", "{defaultBackend: {resource: {kind: Bucket, name: web}}}"),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "{rules: [{backendRefs: [{name: web, namespace: other}]}]}",
        ),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "{rules: [{backendRefs: [{kind: ServiceImport, name: web}]}]}",
        ),
        ("networking.istio.io/v1", "VirtualService", "{http: [{route: [{destination: {host: web}}]}]}"),
        (
            "networking.istio.io/v1",
            "VirtualService",
            "{gateways: [mesh], http: [{route: [{destination: {host: web}}]}]}",
        ),
        ("networking.k8s.io/v1", "Ingress", "{rules: 7, defaultBackend: [web]}"),
        ("v1", "Service", "{type: ClusterIP, selector: {app: web}}"),
        ("v1", "Service", "{type: LoadBalancer, selector: {app: web, tier: back}}"),
        ("v1", "Service", "{type: LoadBalancer, selector: {}}"),
        ("v1", "Service", "{type: LoadBalancer}"),
    ] {
        if let Some(said) = said(&object(api, kind, spec)) {
            let _ = writeln!(wrong, "nothing should lead to it: {kind} {spec}: {said:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn services_are_public_by_type_and_by_address_and_may_say_that_they_are_internal() {
    let service = |metadata: &str, spec: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: s, namespace: shop{metadata}}}, \
             spec: {{{spec}, selector: {{tier: front, app: web}}}}}}"
        )
    };
    let severity = |metadata: &str, spec: &str| said(&service(metadata, spec)).map(|(_, severity)| severity);
    assert_eq!(severity("", "type: LoadBalancer"), Some(Severity::Error));
    assert_eq!(severity("", "type: NodePort"), Some(Severity::Error));
    assert_eq!(severity("", "externalIPs: [203.0.113.7]"), Some(Severity::Error));
    assert_eq!(severity("", "externalIPs: []"), None);
    let internal = ", annotations: {networking.gke.io/load-balancer-type: Internal}";
    assert_eq!(severity(internal, "type: LoadBalancer"), Some(Severity::Warning));
}
