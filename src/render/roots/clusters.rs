//! The parameters that Argo CD's generator `clusters` gives, where the settings name the clusters
//! (Argo CD `applicationset/generators/cluster.go`).

use std::collections::BTreeMap;

use kube_core::labels::SelectorExt as _;
use serde_json::{Value, json};

use super::go_functions::normalized;
use super::go_template::Parameters;
use super::parameters::flat_value;
use super::template::{Reading, Style};
use crate::config::NamedCluster;
use crate::k8s::selector::selector;
use crate::yaml::Node;

/// The parameters of the clusters that a generator selects.
pub(super) fn parameters(clusters: &[NamedCluster], generator: Node<'_>, style: Style) -> Vec<Parameters> {
    let wanted = generator.get("selector").filter(|written| written.is_map()).map(selector);
    let is_selected = |cluster: &&NamedCluster| match &wanted {
        Some(Some(wanted)) => wanted.matches(&cluster.labels),
        Some(None) => false,
        None => true,
    };
    clusters.iter().filter(is_selected).map(|cluster| of(cluster, generator, style)).collect()
}

fn of(cluster: &NamedCluster, generator: Node<'_>, style: Style) -> Parameters {
    let mut parameters = Parameters::new();
    parameters.insert("name".to_owned(), cluster.name.as_str().into());
    parameters.insert("nameNormalized".to_owned(), normalized(&cluster.name).into());
    parameters.insert("server".to_owned(), cluster.server.as_str().into());
    let metadata = json!({"labels": cluster.labels, "annotations": cluster.annotations});
    add(&mut parameters, "metadata", metadata, style);
    let values = generator.get("values").into_iter().flat_map(Node::entries);
    let filled: BTreeMap<String, Value> = values
        .map(|entry| {
            let text = entry.value.text().unwrap_or_default();
            (entry.key.key().into_owned(), Reading::Template(style, &parameters).fill(&text).into())
        })
        .collect();
    if !filled.is_empty() {
        add(&mut parameters, "values", json!(filled), style);
    }
    parameters
}

/// Go templates see a mapping; without them the names of its values have dots.
fn add(parameters: &mut Parameters, name: &str, value: Value, style: Style) {
    if style == Style::Simple {
        let flat = flat_value(&value);
        parameters.extend(flat.into_iter().map(|(path, text)| (format!("{name}.{path}"), text.into())));
    } else {
        parameters.insert(name.to_owned(), value);
    }
}
