//! Where a source of plain files is cut: at the first path component in which files that define one object with other
//! content differ, and at folders that name clusters or environments beside each other. What was rendered together is a
//! source by itself.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::load::{self, Deployed};
use crate::render::cluster::names_environment;

/// Kind, namespace as written, and name.
pub(super) type Key<'p> = (Cow<'p, str>, Option<Cow<'p, str>>, Cow<'p, str>);

/// An object as the cut sees it.
pub(super) struct Definition<'p> {
    /// Position of what it was read with.
    pub(super) source: usize,
    pub(super) path: &'p str,
    pub(super) key: Key<'p>,
    /// It has no namespace, and one cluster has only one of its name: see [`super::build`].
    pub(super) tells_clusters_apart: bool,
    pub(super) content: u64,
    /// The file or folder of the render that its file is part of, which is a source by itself.
    pub(super) render: Option<&'p str>,
}

/// How many leading path components all roots share.
pub(super) fn shared_folders(read: &[load::Source]) -> usize {
    let [load::Source { root: first, .. }, rest @ ..] = read else { return 0 };
    let shared = |other: &load::Source| {
        first.split('/').zip(other.root.split('/')).take_while(|(a, b)| a == b).count()
    };
    rest.iter().map(shared).min().unwrap_or_else(|| if first == "." { 0 } else { first.split('/').count() })
}

/// The longest cut that holds a file; empty where its source is not cut there.
pub(super) fn cut_of<'p>(source: usize, path: &'p str, cuts: &HashSet<(usize, &str)>) -> &'p str {
    if cuts.contains(&(source, path)) {
        return path;
    }
    let folders = path.rmatch_indices('/').map(|(slash, _)| &path[..slash]);
    folders.into_iter().find(|folder| cuts.contains(&(source, folder))).unwrap_or("")
}

/// What a file of rendered text is part of: with one file for each template (`helm template --output-dir`) all files of
/// the chart were made by one render, else the file is one by itself. `template` is Helm's path of the template.
pub(super) fn render_of<'p>(path: &'p str, template: &str) -> &'p str {
    let below_chart = template.split_once('/').map_or(template, |(_, below)| below);
    let chart = path.strip_suffix(below_chart);
    let file = template.rsplit('/').next().unwrap_or(template);
    let folder = path.strip_suffix(file);
    match chart.or(folder) {
        Some("") => "",
        Some(root) => root.strip_suffix('/').unwrap_or(path),
        None => path,
    }
}

pub(super) fn cuts<'p>(read: &[load::Source], definitions: &[Definition<'p>]) -> HashSet<(usize, &'p str)> {
    type Files<'p> = Vec<(&'p str, u64)>;
    let mut by_key: HashMap<(usize, &Key<'p>), Files<'p>> = HashMap::new();
    let mut cuts = HashSet::new();
    for definition in definitions {
        if let Some(render) = definition.render {
            cuts.insert((definition.source, render));
        } else if !definition.key.2.is_empty() {
            let files = by_key.entry((definition.source, &definition.key)).or_default();
            files.push((definition.path, definition.content));
        }
    }
    #[expect(clippy::iter_over_hash_type, reason = "the cuts are a set: order cannot show")]
    for ((source, _), mut files) in by_key {
        files.sort_unstable_by(|a, b| a.0.split('/').cmp(b.0.split('/')));
        cut(source, &files, &mut cuts);
    }
    cuts.extend(named_folders(read, definitions));
    cuts
}

/// The folders of plain files that name clusters (`clusters/eu`) or environments (`envs/dev`), where there are several beside
/// each other and nobody deploys what is above them.
fn named_folders<'p>(
    read: &[load::Source],
    definitions: &[Definition<'p>],
) -> impl Iterator<Item = (usize, &'p str)> {
    let mut beside: HashMap<(usize, &'p str), HashSet<&'p str>> = HashMap::new();
    let is_plain = |definition: &&Definition<'p>| {
        definition.render.is_none() && read[definition.source].deployed == Deployed::ByNobody
    };
    for definition in definitions.iter().filter(is_plain) {
        let path = definition.path;
        for (slash, _) in path.match_indices('/') {
            let (parent, name) = path[..slash].rsplit_once('/').unwrap_or(("", &path[..slash]));
            if parent == "clusters" || parent.ends_with("/clusters") || names_environment(name) {
                beside.entry((definition.source, parent)).or_default().insert(&path[..slash]);
            }
        }
    }
    let several = beside.into_iter().filter(|(_, folders)| folders.len() > 1);
    several.flat_map(|((source, _), folders)| folders.into_iter().map(move |folder| (source, folder)))
}

/// Cuts a sorted run of files that define one object, wherever their contents differ.
fn cut<'p>(source: usize, files: &[(&'p str, u64)], cuts: &mut HashSet<(usize, &'p str)>) {
    let ([first, .., last], true) = (files, files.windows(2).any(|pair| pair[0].1 != pair[1].1)) else {
        return;
    };
    if first.0 == last.0 {
        return;
    }
    let shared: usize =
        first.0.split('/').zip(last.0.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a.len() + 1).sum();
    let branch = |path: &'p str| &path[..path[shared..].find('/').map_or(path.len(), |slash| shared + slash)];
    for part in files.chunk_by(|a, b| branch(a.0) == branch(b.0)) {
        cuts.insert((source, branch(part[0].0)));
        cut(source, part, cuts);
    }
}

#[cfg(test)]
mod tests {
    use super::render_of;

    #[test]
    fn the_files_of_one_render_are_one_source() {
        let template = "shop/templates/jobs/job.yaml";
        for (path, root) in [
            ("out/shop/templates/jobs/job.yaml", "out/shop"),
            ("rendered/prod/job.yaml", "rendered/prod"),
            ("rendered/prod.yaml", "rendered/prod.yaml"),
            ("rendered/my-job.yaml", "rendered/my-job.yaml"),
            ("job.yaml", ""),
        ] {
            assert_eq!(render_of(path, template), root, "{path}");
        }
    }
}
