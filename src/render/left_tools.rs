//! What helmfiles and Fleet's `fleet.yaml` give to charts: no object of Kubernetes holds it, and where the chart stands
//! elsewhere, no rendered text shows it (helmfile.readthedocs.io, "Configuration"; fleet.rancher.io, "fleet.yaml").

use std::collections::HashSet;

use super::Rendered;
use super::paths::{folder_of, join, or_dot};
use super::roots::{Kind, Tool};
use crate::source::FileId;
use crate::yaml::Node;

/// What one file of such a tool gives.
pub(super) struct OfTool {
    /// The file. It holds values itself.
    pub(super) file: FileId,
    /// The value files that it names for charts that are not in this tree.
    pub(super) value_files: Vec<String>,
    /// What it is for, as findings name it.
    pub(super) of: (&'static str, String),
}

/// Finds what they give.
pub(super) fn of_tools(rendered: &Rendered) -> Vec<OfTool> {
    let charts = rendered.roots.iter().filter(|root| root.kind == Kind::Helm);
    let charts: HashSet<&str> = charts.map(|root| root.path.as_str()).collect();
    let written = rendered.texts.sources().files().filter(|(_, file)| !file.is_rendered());
    let of_file = |(file, path): (FileId, &str)| {
        let tool = Tool::of(path)?;
        let folder = folder_of(path);
        let charts_given =
            rendered.texts.documents(file).iter().flat_map(|document| tool.charts(document.doc()));
        let is_elsewhere = |chart: &Node<'_>| {
            let name = chart.get("chart").and_then(Node::text).unwrap_or_default();
            !charts.contains(join(folder, &name).as_str())
        };
        let named = charts_given.filter(is_elsewhere).flat_map(|chart| chart.all_at(&[tool.field(), "*"]));
        let value_files = named.filter_map(Node::text).map(|path| join(folder, &path)).collect();
        Some(OfTool { file, value_files, of: (tool.kind(), or_dot(folder).to_owned()) })
    };
    written.map(|(id, file)| (id, file.path())).filter_map(of_file).collect()
}
