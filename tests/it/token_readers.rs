//! NHI404: what shows that a pod uses its API token, though its image does not say so.

use crate::right::{plain, said};

/// A job whose account is granted nothing, with `pod` in its template and `settings` in a config map that it mounts.
fn findings(pod: &str, key: &str, settings: &str) -> usize {
    let job = "apiVersion: v1
kind: ServiceAccount
metadata: {name: rates, namespace: shop}
---
apiVersion: batch/v1
kind: Job
metadata: {name: rates, namespace: shop}
spec:
  template:
    metadata: {annotations: {ANNOTATION}}
    spec:
      serviceAccountName: rates
      restartPolicy: Never
      volumes: [{name: settings, configMap: {name: settings}}]
      containers: [{name: a, image: 'registry.example/shop/rates:1', env: [ENV], volumeMounts: [{name: settings, mountPath: /etc/rates}]}]
";
    let (annotation, env) = pod.split_once('|').expect("annotations and variables");
    let job = job.replace("ANNOTATION", annotation).replace("ENV", env);
    let lines: String = settings.lines().flat_map(|line| ["    ", line, "\n"]).collect();
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: shop}}\ndata:\n  {key}: |\n{lines}"
    );
    said(&plain(&[("job.yaml", &job), ("settings.yaml", &map)]), &["NHI404"]).len()
}

#[test]
fn scripts_that_run_a_client_read_the_token() {
    assert_eq!(findings("|", "run.sh", "curl -sf https://rates.example"), 1, "a script without a client");
    assert_eq!(findings("|", "notes.txt", "Run kubectl by hand."), 1, "a text is no script");
    assert_eq!(findings("|", "run.sh", "set -e\nkubectl get pods"), 0);
    assert_eq!(findings("|", "run", "#!/bin/bash\noc get routes"), 0);
    assert_eq!(findings("|", "main.py", "from kubernetes import client, config"), 0);
    assert_eq!(findings("|", "main.py", "config.load_incluster_config()"), 0);
}

#[test]
fn what_finds_its_peers_through_the_api_reads_the_token() {
    let hazelcast = "hazelcast:\n  network:\n    join:\n      kubernetes:\n        enabled: true";
    assert_eq!(findings("|", "hazelcast.yaml", hazelcast), 0);
    assert_eq!(findings("|", "hazelcast.yaml", "hazelcast:\n  network: {port: 5701}"), 1);
    assert_eq!(findings("|", "jgroups.xml", "<org.jgroups.protocols.kubernetes.KUBE_PING/>"), 0);
    assert_eq!(findings("|", "jgroups.xml", "<dns.DNS_PING/>"), 1, "names are asked of DNS");
    assert_eq!(findings("|", "application.properties", "spring.cloud.kubernetes.enabled=true"), 0);
    assert_eq!(findings("|", "application.yaml", "spring:\n  cloud:\n    kubernetes:\n      reload: {}"), 0);
    assert_eq!(findings("|{name: HZ_NETWORK_JOIN_KUBERNETES_ENABLED, value: 'true'}", "a", "b"), 0);
    let filebeat = "filebeat.autodiscover:\n  providers:\n  - type: kubernetes\n    node: a";
    assert_eq!(findings("|", "filebeat.yml", filebeat), 0);
    assert_eq!(findings("|", "secret.yaml", "type: kubernetes.io/tls"), 1, "a kind of a Secret");
    for variable in [
        "{name: FLINK_PROPERTIES, value: 'high-availability.type: kubernetes'}",
        "{name: PATRONI_KUBERNETES_NAMESPACE, value: shop}",
        "{name: WATCH_NAMESPACE, value: shop}",
        "{name: ACTIONS_RUNNER_CONTAINER_HOOKS, value: /home/runner/k8s/index.js}",
        "{name: VAULT_ADDR, value: 'https://vault.example'}",
    ] {
        assert_eq!(findings(&format!("|{variable}"), "a", "b"), 0, "{variable}");
    }
    let hooks = "|{name: ACTIONS_RUNNER_CONTAINER_HOOKS, value: /home/runner/docker/index.js}";
    assert_eq!(findings(hooks, "a", "b"), 1);
    let token = "{name: VAULT_TOKEN, valueFrom: {secretKeyRef: {name: vault, key: token}}}";
    let with_token = format!("|{{name: VAULT_ADDR, value: 'https://vault.example'}}, {token}");
    assert_eq!(findings(&with_token, "a", "b"), 1, "it logs in with another token");
    assert_eq!(findings("dapr.io/enabled: 'true'|", "a", "b"), 0, "the sidecar logs in");
    assert_eq!(findings("dapr.io/enabled: 'false'|", "a", "b"), 1);
}
