//! Whether anything in a pod uses the API token, as far as its images, commands, variables and configuration tell.
//!
//! It looks for signs, not proofs: a sign that is missed makes a false finding, so it rather sees one too many.

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;

use crate::graph::credential::Credentials;
use crate::graph::place::{ObjectId, Runner};
use crate::graph::tables::table;
use crate::k8s::Image;
use crate::k8s::container::{Container, EnvVar};
use crate::k8s::workload::Shape;
use crate::yaml::Node;

/// The table of signs, as `rules/tables/api-clients.yaml` holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    words: HashSet<String>,
    names: Vec<String>,
    owners: HashSet<String>,
    others: HashSet<String>,
    commands: Vec<String>,
    texts: Vec<String>,
    joins: Vec<String>,
    choices: HashSet<String>,
    variables: Vec<String>,
}

struct Signs {
    table: Table,
    texts: AhoCorasick,
}

static SIGNS: LazyLock<Signs> = LazyLock::new(|| {
    let table: Table = table(include_str!("../../../rules/tables/api-clients.yaml"));
    let texts = AhoCorasick::new(&table.texts).expect("a few short texts");
    Signs { table, texts }
});

impl Signs {
    /// Whether an image is of the table, by its name or by the folder that it stands in.
    fn image(&self, image: &str) -> bool {
        let whole = Image::parse(image).repository;
        let mut folders: Vec<&str> = whole.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        let in_folder =
            &whole[whole.rfind('/').and_then(|end| whole[..end].rfind('/')).map_or(0, |at| at + 1)..];
        let named = |wanted: &String| is_of(wanted, if wanted.contains('/') { in_folder } else { name });
        if self.table.others.contains(name) {
            return false;
        }
        self.table.names.iter().any(named)
            || folders.iter().any(|folder| self.table.owners.contains(*folder))
            || name.split(['-', '_', '.']).any(|word| self.table.words.contains(word))
    }

    /// Whether a command, argument or script names a program of the table or the token itself.
    fn command(&self, text: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let is_named = |word: &str| {
            let word = word.trim_start_matches('-');
            self.table.commands.iter().any(|wanted| is_of(wanted, word))
        };
        let runs = |step: &str| !is_printed(step) && step.split(|c: char| !is_part(c)).any(is_named);
        let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        self.text(text) || lines.any(|line| line.split(['|', ';', '&']).any(runs))
    }

    /// Whether any text names the token, a client, or the API as where something is found or stored.
    fn text(&self, text: &str) -> bool {
        let chooses = |line: &str| {
            line.contains("kubernetes")
                && line.split_once([':', '=']).is_some_and(|(key, value)| {
                    let key = key.rsplit('.').next().unwrap_or_default();
                    bare(value) == "kubernetes" && self.table.choices.contains(bare(key))
                })
        };
        self.texts.is_match(text) || text.lines().any(chooses)
    }

    /// Whether a file of a config map names the token, joins through the API, or is a script that runs a client.
    fn config(&self, name: &str, text: &str) -> bool {
        let is_script =
            text.starts_with("#!") || [".sh", ".bash", ".py"].iter().any(|end| name.ends_with(end));
        let joins = || {
            let is_key = |line: &str| line.trim_start().starts_with("kubernetes:");
            text.lines().any(is_key) && self.table.joins.iter().any(|program| text.contains(program))
        };
        self.text(text) || is_script && self.command(text) || joins()
    }

    fn variable(&self, name: &str) -> bool {
        self.table.variables.iter().any(|start| name.starts_with(start.as_str()))
    }
}

impl Credentials<'_> {
    /// Whether some container of a pod shows a sign of using the API token.
    #[must_use]
    pub fn reads_token(&self, runner: &Runner<'_>) -> bool {
        // Argo's executor and Tekton's entrypoint report through the API; of other kinds' pods little is known.
        if matches!(runner.workload.shape, Shape::Workflow | Shape::Tekton | Shape::Other) {
            return true;
        }
        let signs = &*SIGNS;
        self.is_logged_in(runner)
            || runner.workload.containers.iter().any(|container| uses_api(container, signs))
            || self.reads_config_of_a_client(runner)
    }

    /// Whether a config map that the pod reads shows a sign.
    fn reads_config_of_a_client(&self, runner: &Runner<'_>) -> bool {
        let reading = self.client_config_maps.get_or_init(|| self.find_client_config_maps());
        if reading.is_empty() {
            return false;
        }
        let at = self.places.object_of(runner);
        let volumes = runner.workload.volumes().flat_map(|volume| {
            let projected = volume.all_at(&["projected", "sources", "*", "configMap", "name"]);
            volume.at(&["configMap", "name"]).into_iter().chain(projected)
        });
        let variables = runner.workload.containers.iter().flat_map(|container| {
            let whole = container.node.all_at(&["envFrom", "*", "configMapRef", "name"]).into_iter();
            let single =
                container.env().filter_map(|variable| variable.config_map_key_ref()?.value.get("name"));
            whole.chain(single)
        });
        volumes.chain(variables).filter_map(Node::text).any(|name| {
            let maps = self.places.lookup(at.source, "ConfigMap", at.namespace.as_deref(), &name);
            maps.iter().any(|map| reading.contains(map))
        })
    }

    /// The config maps whose texts show a sign of using the token.
    fn find_client_config_maps(&self) -> HashSet<ObjectId> {
        let maps = self.places.objects.iter().filter(|placed| placed.object.is("", "ConfigMap"));
        let reading = maps.filter(|placed| {
            let entries = placed.object.node.get("data").into_iter().flat_map(Node::entries);
            entries.into_iter().any(|entry| {
                let key = entry.key.text().unwrap_or_default();
                entry.value.text().is_some_and(|text| SIGNS.config(&key, &text))
            })
        });
        reading.map(|placed| placed.id).collect()
    }
}

/// A key or a value without the quotes and dashes around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| c.is_whitespace() || "\"',-".contains(c))
}

/// Whether a name is of an entry of the table.
fn is_of(wanted: &str, name: &str) -> bool {
    wanted.strip_suffix('*').map_or_else(|| name == wanted, |start| name.starts_with(start))
}

/// Whether a step of a script only prints its words.
fn is_printed(step: &str) -> bool {
    step.trim_start().starts_with("echo ") && !step.contains("$(") && !step.contains('`')
}

fn uses_api(container: &Container<'_>, signs: &Signs) -> bool {
    // Who is given a token of Vault does not log in with that of the API.
    let has_login = container.env().any(|variable| ["BAO_TOKEN", "VAULT_TOKEN"].contains(&&*variable.name()));
    let is_of_store = |name: &str| name.starts_with("VAULT_") || name.starts_with("BAO_");
    let is_sign = |variable: EnvVar<'_>| {
        let (name, value) = (variable.name(), variable.value().and_then(Node::text));
        signs.variable(&name) && !(has_login && is_of_store(&name))
            || value.is_some_and(|value| signs.text(&value))
    };
    signs.image(&container.image())
        || container.env().any(is_sign)
        || container.commands().filter_map(Node::text).any(|text| signs.command(&text))
}

#[cfg(test)]
mod tests {
    use super::SIGNS;

    #[test]
    fn images_are_known_by_whole_words() {
        for client in [
            "bitnami/kubectl:1.30",
            "registry.example:5000/shop/redis-operator@sha256:abc",
            "quay.io/jetstack/cert-manager-cainjector:v1",
            "hashicorp/vault",
            "fluxcd/helm-controller:v1",
            "ghcr.io/stakater/reloader",
            "quay.io/argoproj/ui",
            "prom/prometheus:v3",
            "grafana/agent:v0.40",
            "registry.example/mirror/grafana/agent",
            "kubernetesui/dashboard:v2",
            "portainer/portainer-ce:2",
        ] {
            assert!(SIGNS.image(client), "{client}");
        }
        for other in [
            "shop/operatorless:1",
            "registry.k8s.example/shop/web:2",
            "nginx",
            "quay.io/prometheuscommunity/elasticsearch-exporter:v1.11.0",
            "prometheus-rds-exporter",
            "localhost:5000/web:vault",
            "shop/agent",
            "linuxserver/unifi-controller:7",
            "shop/oc-web",
            "hashicorp/http-echo",
            "rancher/mirrored-pause:3.6",
            "docker.io/library/redis:7-kube",
            "",
        ] {
            assert!(!SIGNS.image(other), "{other}");
        }
    }

    #[test]
    fn commands_are_known_by_whole_words_and_by_the_path_of_the_token() {
        for reader in [
            "kubectl get pods",
            "cat /var/run/secrets/kubernetes.io/serviceaccount/token",
            "exec /usr/local/bin/helm upgrade",
            "--leader-elect",
            "--enable-leader-election",
            "--leader-election-id=rates",
            "--lease-namespace=shop",
            "echo start; kubectl get pods",
            "echo \"$LIST\" | kubectl apply -f -",
            "echo \"$(kubectl get pods)\"",
            "curl https://kubernetes.default.svc",
        ] {
            assert!(SIGNS.command(reader), "{reader}");
        }
        for other in [
            "serve --helmet=true",
            "vaulted",
            "--listen=:8080",
            "# kubectl get pods\nexec app",
            "echo use kubectl",
        ] {
            assert!(!SIGNS.command(other), "{other}");
        }
    }
}
