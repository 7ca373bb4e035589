//! What follows from all roots together: who refers to whom, what fails with what, and where rendering begins.

use std::collections::HashMap;

use super::finder::Finder;
use super::root::{Deployed, How, Reason, Refusal, Root, Use};
use crate::k8s::Object;
use crate::load::Source;
use crate::source::FileId;

/// How many references from roots to the objects among their files are kept. Roots beyond count as entry points.
const MOST_HELD: usize = 100_000;

/// Finishes the roots: sorted, linked, judged.
pub(super) fn link(mut finder: Finder<'_>, sources: &[Source], objects: &[Object<'_>]) -> Vec<Root> {
    link_objects(&mut finder);
    let files = unread(&finder, sources, objects);
    for (root, _, files) in std::mem::take(&mut finder.reads) {
        finder.roots[root].reads.extend(files);
    }
    let mut data = std::mem::take(&mut finder.parts);
    for deploy in finder.roots.iter().flat_map(|root| &root.deploys) {
        if let Deployed::Files(files) = &deploy.what {
            for file in files {
                data.remove(file);
            }
        }
    }
    for root in &mut finder.roots {
        root.reads.sort_unstable();
        root.reads.dedup();
        root.data = root.reads.iter().filter(|file| data.contains(file)).copied().collect();
        root.further.sort_unstable();
        root.further.dedup();
    }
    let mut roots = sorted(finder.roots.into_iter().chain(files).collect());
    for index in 0..roots.len() {
        roots[index].uses.sort_unstable();
        roots[index].uses.dedup();
        for used in roots[index].uses.clone() {
            roots[used.root].users.push(Use { root: index, ..used });
        }
    }
    refuse_cycles(&mut roots);
    inherit_refusals(&mut roots);
    follow_deployers(&mut roots);
    set_clusters(&mut roots);
    mark_entries(&mut roots);
    roots
}

/// Links each root to the objects among the files that it reads.
fn link_objects(finder: &mut Finder<'_>) {
    let mut by_file: HashMap<FileId, Vec<usize>> = HashMap::new();
    for (index, root) in finder.roots.iter().enumerate() {
        if let Some(at) = root.at.filter(|_| !root.kind.is_folder()) {
            by_file.entry(at.file).or_default().push(index);
        }
    }
    let mut left = MOST_HELD;
    for (reader, at, files) in std::mem::take(&mut finder.reads) {
        for held in files.iter().filter_map(|file| by_file.get(file)).flatten() {
            if left == 0 {
                break;
            }
            left -= 1;
            finder.add_use(reader, *held, at, How::Holds);
        }
        finder.reads.push((reader, at, files));
    }
}

/// The files with objects that no root reads, by argument.
fn unread<'r>(
    finder: &Finder<'r>,
    sources: &'r [Source],
    objects: &[Object<'_>],
) -> impl Iterator<Item = Root> + use<'r> {
    let texts = finder.index.texts.sources();
    let mut open = vec![false; texts.numbers()];
    for object in objects {
        open[object.file().index()] = true;
    }
    for (_, _, files) in &finder.reads {
        for file in files {
            open[file.index()] = false;
        }
    }
    sources.iter().filter_map(move |source| {
        let mut files: Vec<FileId> = source.documents.iter().map(|document| document.span().file).collect();
        files.dedup();
        files.retain(|file| open[file.index()]);
        let path = if source.root == "." { String::new() } else { source.root.clone() };
        let files: Vec<String> = files.into_iter().map(|file| texts.file(file).path().to_owned()).collect();
        (!files.is_empty()).then(|| Root { path, files, ..Root::default() })
    })
}

fn sorted(roots: Vec<Root>) -> Vec<Root> {
    let mut order: Vec<(usize, Root)> = roots.into_iter().enumerate().collect();
    let key = |root: &Root| (root.path.clone(), root.kind, root.at.map(|at| at.start), root.name.clone());
    order.sort_by_cached_key(|(_, root)| key(root));
    let mut places = vec![0; order.len()];
    for (place, (before, _)) in order.iter().enumerate() {
        places[*before] = place;
    }
    let mut roots: Vec<Root> = order.into_iter().map(|(_, root)| root).collect();
    for root in &mut roots {
        root.uses.iter_mut().for_each(|used| used.root = places[used.root]);
        let given = root.deploys.iter_mut().filter_map(|deploy| match &mut deploy.what {
            Deployed::Kustomization(other, changes) => {
                let parts = changes.parts.iter_mut();
                parts.chain([other]).for_each(|other| *other = places[*other]);
                None
            }
            Deployed::Chart(other, set) => {
                *other = places[*other];
                Some(set)
            }
            Deployed::Files(_) => None,
        });
        let charts = root.charts.iter_mut().flatten().map(|inflated| {
            inflated.chart = places[inflated.chart];
            &mut inflated.set
        });
        let sets = root.values.iter_mut().chain(given).chain(charts);
        sets.filter_map(|set| set.by.as_mut()).for_each(|by| by.0 = places[by.0]);
    }
    roots
}

/// Refuses kustomizations that build on themselves.
fn refuse_cycles(roots: &mut [Root]) {
    let built = |root: &Root| {
        let uses = root.uses.iter().filter(|used| used.how == How::Builds);
        uses.map(|used| used.root).collect()
    };
    let groups = groups(&roots.iter().map(built).collect::<Vec<_>>());
    let mut sizes = vec![0_usize; roots.len()];
    for group in &groups {
        sizes[*group] += 1;
    }
    for index in 0..roots.len() {
        let in_cycle = |other: usize| sizes[groups[index]] > 1 && groups[other] == groups[index];
        let found = roots[index].uses.iter().find(|used| used.how == How::Builds && in_cycle(used.root));
        let Some(used) = found.copied() else { continue };
        let message = format!("`{}` builds on this kustomization in turn", roots[used.root].path);
        let refusal = Refusal::new(Reason::Cycle, used.at, message);
        roots[index].refusal.get_or_insert(refusal);
    }
}

/// What is built on something that cannot be rendered cannot be rendered.
fn inherit_refusals(roots: &mut [Root]) {
    let mut open: std::collections::VecDeque<usize> =
        (0..roots.len()).filter(|index| roots[*index].refusal.is_some()).collect();
    while let Some(index) = open.pop_front() {
        let Some(refusal) = roots[index].refusal.clone() else { continue };
        let inherited = Refusal { through: refusal.through.or(Some(index)), ..refusal };
        let builders = roots[index].users.iter().filter(|user| user.how == How::Builds);
        for user in builders.map(|user| user.root).collect::<Vec<_>>() {
            if roots[user].refusal.is_none() {
                roots[user].refusal = Some(inherited.clone());
                open.push_back(user);
            }
        }
    }
}

/// What deploys to the cluster that it runs in, and is itself deployed, is for the cluster of who deploys it.
fn follow_deployers(roots: &mut [Root]) {
    let by = |root: &Root| {
        let mut holders = root.users.iter().filter(|user| user.how == How::Holds).map(|user| user.root);
        holders.find(|&holder| !roots[holder].kind.is_folder())
    };
    let above: Vec<Option<usize>> =
        roots.iter().map(|root| Some(root).filter(|root| root.local).and_then(by)).collect();
    let mut settled = vec![false; roots.len()];
    for start in 0..roots.len() {
        let (mut way, mut at) = (Vec::new(), start);
        // Each root is gone through once; deployers that deploy each other keep what their paths say.
        while !std::mem::replace(&mut settled[at], true) {
            way.push(at);
            match above[at] {
                Some(next) => at = next,
                None => break,
            }
        }
        for index in way.into_iter().rev() {
            if let Some(holder) = above[index] {
                let clusters = roots[holder].clusters.clone();
                roots[index].clusters = clusters;
                roots[index].local = roots[holder].local;
            }
        }
    }
}

/// A folder is for the clusters of those who deploy it, else for that of its path.
fn set_clusters(roots: &mut [Root]) {
    for index in 0..roots.len() {
        if !roots[index].kind.is_folder() {
            continue;
        }
        let deployers = roots[index].users.iter().map(|user| &roots[user.root]);
        let deployers = deployers.filter(|user| !user.kind.is_folder());
        let mut found: Vec<String> = deployers.flat_map(|user| user.clusters.iter().cloned()).collect();
        if found.is_empty() {
            found.extend(crate::render::cluster::cluster_of_path(&roots[index].path));
        }
        found.sort_unstable();
        found.dedup();
        roots[index].clusters = found;
    }
}

/// Rendering begins at what nobody refers to. Of roots that refer to each other, and that nobody else refers to, it
/// begins at the first deployer, else at the first.
fn mark_entries(roots: &mut [Root]) {
    let used = |root: &Root| root.uses.iter().map(|used| used.root).collect();
    let groups = groups(&roots.iter().map(used).collect::<Vec<_>>());
    let mut referred = vec![false; roots.len()];
    let mut first: Vec<Option<usize>> = vec![None; roots.len()];
    let deploys = |root: &Root| !root.kind.is_folder();
    for (index, root) in roots.iter().enumerate() {
        if root.users.iter().any(|user| groups[user.root] != groups[index]) {
            referred[groups[index]] = true;
        }
        let place = &mut first[groups[index]];
        if place.is_none_or(|before| deploys(root) && !deploys(&roots[before])) {
            *place = Some(index);
        }
    }
    for index in 0..roots.len() {
        let group = groups[index];
        roots[index].entry = !referred[group] && first[group] == Some(index) && roots[index].part.is_none();
    }
}

/// The strongly connected component of each node, named by a number (Kosaraju's algorithm, without recursion).
fn groups(next: &[Vec<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut visited = vec![false; next.len()];
    // Each node after those that it leads to.
    let mut order = Vec::new();
    for start in 0..next.len() {
        let mut open = vec![(start, false)];
        while let Some((node, is_done)) = open.pop() {
            if is_done {
                order.push(node);
            } else if !std::mem::replace(&mut visited[node], true) {
                open.push((node, true));
                open.extend(next[node].iter().map(|other| (*other, false)));
            }
        }
    }
    let mut before = vec![Vec::new(); next.len()];
    for (node, others) in next.iter().enumerate() {
        for other in others {
            before[*other].push(node);
        }
    }
    let mut group = vec![NONE; next.len()];
    for (number, start) in order.into_iter().rev().enumerate() {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if group[node] == NONE {
                group[node] = number;
                open.extend(&before[node]);
            }
        }
    }
    group
}
