//! The gate of the replay: a mark is appended to every value at a place that is claimed to be exact, the real kustomize
//! builds once, and each mark must turn up in the fields that claimed its place.
//!
//! A place whose text is right and whose effect is none (another layer writes the same value) does not pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nhilint::finding::Origin;
use nhilint::source::Span;
use rayon::prelude::*;

use crate::replay::{TRAPS, traps};
use crate::replay_bench::{Folder, Rendered, Scalar, build, corpus_roots, kustomize, scalars};

/// Fields whose change gives objects or items another identity: they are changed one at a time.
const IDENTITY: [&str; 13] = [
    "apiVersion",
    "kind",
    "name",
    "namespace",
    "mountPath",
    "containerPort",
    "port",
    "protocol",
    "key",
    "ip",
    "devicePath",
    "group",
    "version",
];

/// How it went.
#[derive(Debug, Default)]
struct Tally {
    roots: usize,
    scalars: usize,
    exact: usize,
    builds: usize,
    confirmed: usize,
    /// No mark can be put there without doubt, or the build fails with it.
    untested: usize,
    refuted: Vec<String>,
}

impl Tally {
    fn add(mut self, other: Self) -> Self {
        self.roots += other.roots;
        self.scalars += other.scalars;
        self.exact += other.exact;
        self.builds += other.builds;
        self.confirmed += other.confirmed;
        self.untested += other.untested;
        self.refuted.extend(other.refuted);
        self
    }
}

/// A place that is claimed, and what claims it.
struct Site {
    span: Span,
    claimed: Vec<Scalar>,
}

struct Mutation<'a> {
    folder: &'a Folder,
    program: &'a [&'a str],
    root: &'a Path,
    before: BTreeMap<String, String>,
    tally: Tally,
}

/// Changes what the root claims, file by file in the folder, and gives all files back as they were.
fn mutate(folder: &Folder, program: &[&str], root: &Path, singles: usize) -> Tally {
    let Ok(text) = build(program, root) else { return Tally::default() };
    let rendered = Rendered::new(&text);
    let docs = rendered.docs();
    let trail = folder.replay(root).trail(&docs.iter().collect::<Vec<_>>());
    let all = scalars(&docs);
    let mut sites: BTreeMap<Span, Site> = BTreeMap::new();
    let mut mutation = Mutation {
        folder,
        program,
        root,
        before: texts(&all),
        tally: Tally { roots: 1, scalars: all.len(), ..Tally::default() },
    };
    for scalar in all {
        let written = trail.at(scalar.span.start).filter(|written| written.origin == Origin::Exact);
        let Some(written) = written else { continue };
        mutation.tally.exact += 1;
        let site =
            sites.entry(written.span).or_insert_with(|| Site { span: written.span, claimed: Vec::new() });
        site.claimed.push(scalar);
    }
    let last = |scalar: &Scalar| scalar.path.rsplit('/').next().unwrap_or_default().to_owned();
    let is_identity =
        |site: &&Site| site.claimed.iter().any(|scalar| IDENTITY.contains(&last(scalar).as_str()));
    let (one, many): (Vec<&Site>, Vec<&Site>) = sites.values().partition(is_identity);
    mutation.judge(&many);
    let is_type = |site: &&&Site| {
        site.claimed.iter().all(|scalar| matches!(last(scalar).as_str(), "apiVersion" | "kind"))
    };
    let one: Vec<&Site> = one.iter().filter(|site| !is_type(site)).copied().collect();
    let step = one.len().div_ceil(singles.max(1)).max(1);
    for site in one.iter().step_by(step) {
        mutation.judge(&[site]);
    }
    mutation.tally
}

fn texts(scalars: &[Scalar]) -> BTreeMap<String, String> {
    scalars.iter().map(|scalar| (scalar.path.clone(), scalar.text.clone().unwrap_or_default())).collect()
}

impl Mutation<'_> {
    /// Marks all places at once; halves where that does not build or gives other fields.
    fn judge(&mut self, sites: &[&Site]) {
        let edits: Vec<(usize, Edit)> = sites
            .iter()
            .enumerate()
            .filter_map(|(index, site)| Some((index, self.edit(site, index)?)))
            .collect();
        let marked: BTreeSet<usize> = edits.iter().map(|(index, _)| *index).collect();
        if edits.is_empty() {
            self.tally.untested += sites.iter().map(|site| site.claimed.len()).sum::<usize>();
            return;
        }
        let after = self.build_with(&edits);
        let is_alike = |after: &BTreeMap<String, String>| after.keys().eq(self.before.keys());
        let Some(after) = after.filter(is_alike) else {
            if sites.len() == 1 {
                self.tally.untested += sites[0].claimed.len();
            } else {
                let (left, right) = sites.split_at(sites.len() / 2);
                self.judge(left);
                self.judge(right);
            }
            return;
        };
        for (index, site) in sites.iter().enumerate() {
            if !marked.contains(&index) {
                self.tally.untested += site.claimed.len();
            }
        }
        for (index, edit) in &edits {
            self.compare(sites[*index], edit, &after);
        }
    }

    fn compare(&mut self, site: &Site, edit: &Edit, after: &BTreeMap<String, String>) {
        let has_mark = |(path, text): &(&String, &String)| {
            text.contains(&edit.mark)
                || (self.before.get(*path) != Some(*text) && decoded(text).contains(&edit.mark))
        };
        let moved: BTreeSet<&str> = after.iter().filter(has_mark).map(|(path, _)| path.as_str()).collect();
        let claimed: BTreeSet<&str> = site.claimed.iter().map(|scalar| scalar.path.as_str()).collect();
        // Objects whose names changed may stand in another order.
        let fields = |paths: &BTreeSet<&str>| {
            let mut fields: Vec<String> = paths
                .iter()
                .map(|path| path.split_once('/').map_or("", |(_, field)| field).to_owned())
                .collect();
            fields.sort();
            fields
        };
        let missing: Vec<&&str> = claimed.difference(&moved).collect();
        if missing.is_empty() || fields(&moved) == fields(&claimed) {
            self.tally.confirmed += claimed.len();
            return;
        }
        self.tally.confirmed += claimed.len() - missing.len();
        self.tally.refuted.push(format!(
            "{}: {} claims {missing:?}, changed {moved:?}",
            self.root.display(),
            self.folder.shown(site.span, self.root),
        ));
    }

    /// How a mark is put behind the value of a place, if that is sure.
    fn edit(&self, site: &Site, number: usize) -> Option<Edit> {
        let file = self.folder.texts.sources().file(site.span.file);
        let raw = file.text().get(site.span.range())?;
        let at = |offset: usize| site.span.start as usize + offset;
        let quoted = raw.len() >= 2 && raw.starts_with(['"', '\'']) && raw.ends_with(&raw[..1]);
        let (inner, end) = if quoted {
            (&raw[1..raw.len() - 1], at(raw.len() - 1))
        } else if raw.starts_with(['|', '>']) {
            let first = raw.find('\n')? + 1;
            let start = first + raw[first..].find(|c: char| !c.is_whitespace())?;
            let end = start + raw[start..].find(['\n', '\r']).unwrap_or(raw.len() - start);
            (&raw[start..end], at(end))
        } else {
            let end = raw.find(['\n', '\r']).unwrap_or(raw.len());
            (&raw[..end], at(end))
        };
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let fits = site.claimed.iter().all(|scalar| {
            let text = scalar.text.as_deref().unwrap_or_default();
            let (text, unpacked, inner) = (squeezed(text), squeezed(&decoded(text)), squeezed(inner));
            !inner.is_empty()
                && !text.is_empty()
                && (text.contains(&inner)
                    || inner.contains(&text)
                    || unpacked.contains(&inner)
                    || (!unpacked.is_empty() && inner.contains(&unpacked)))
        });
        if !fits {
            return None;
        }
        let is_number = !quoted && inner.parse::<f64>().is_ok();
        let mark = match inner.parse::<u32>() {
            Ok(0) => return None,
            Ok(number) if is_number && number >= 1_000_000 => return None,
            Ok(_) if is_number => format!("7{number:05}7"),
            Err(_) if is_number => return None,
            _ => format!("zq{number:05}z"),
        };
        Some(Edit { file: PathBuf::from(file.path()), at: end, mark })
    }

    /// The fields that the build has with some edits.
    fn build_with(&mut self, edits: &[(usize, Edit)]) -> Option<BTreeMap<String, String>> {
        let mut by_file: BTreeMap<&Path, Vec<&Edit>> = BTreeMap::new();
        for (_, edit) in edits {
            by_file.entry(&edit.file).or_default().push(edit);
        }
        let mut saved = Vec::new();
        for (file, mut edits) in by_file {
            let text = std::fs::read_to_string(file).expect("it was read before");
            edits.sort_by_key(|edit| std::cmp::Reverse(edit.at));
            let mut marked = text.clone();
            for edit in edits {
                marked.insert_str(edit.at, &edit.mark);
            }
            std::fs::write(file, marked).expect("a copy can be written");
            saved.push((file.to_path_buf(), text));
        }
        self.tally.builds += 1;
        let built = build(self.program, self.root);
        for (file, text) in saved {
            std::fs::write(file, text).expect("a copy can be written");
        }
        let rendered = Rendered::new(&built.ok()?);
        Some(texts(&scalars(&rendered.docs())))
    }
}

struct Edit {
    file: PathBuf,
    at: usize,
    mark: String,
}

/// The text in base64; empty if it is none.
fn decoded(text: &str) -> String {
    let compact: String = text.split_whitespace().collect();
    STANDARD.decode(compact).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a scratch directory can be filled");
    for entry in std::fs::read_dir(from).expect("a folder to copy").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(std::fs::read_link(&path).expect("a link"), &target).expect("a link");
        } else if path.is_dir() {
            copy(&path, &target);
        } else {
            let bytes = std::fs::read(&path).expect("a file to copy");
            std::fs::write(&target, bytes).expect("a copy can be written");
        }
    }
}

/// Mutates roots below `top`, on one copy a worker.
fn mutate_all(top: &Path, roots: &[PathBuf], singles: usize) -> Tally {
    let program = kustomize().expect("kustomize or kubectl is on PATH");
    let workers = rayon::current_num_threads().max(1);
    let share = roots.len().div_ceil(workers).max(1);
    let chunks: Vec<&[PathBuf]> = roots.chunks(share).collect();
    let tallies: Vec<Tally> = chunks
        .par_iter()
        .map(|chunk| {
            let scratch = tempfile::tempdir().expect("a scratch directory");
            let here = scratch.path().canonicalize().expect("it is there");
            // Only the parts of the corpus that these roots stand in.
            let parts: BTreeSet<PathBuf> = chunk
                .iter()
                .filter_map(|root| {
                    root.strip_prefix(top).ok()?.components().next().map(|part| part.as_os_str().into())
                })
                .collect();
            for part in &parts {
                copy(&top.join(part), &here.join(part));
            }
            let folder = Folder::read(&here);
            let each = chunk.iter().map(|root| {
                let root = here.join(root.strip_prefix(top).expect("a root below the top"));
                mutate(&folder, &program, &root, singles)
            });
            each.fold(Tally::default(), Tally::add)
        })
        .collect();
    tallies.into_iter().fold(Tally::default(), Tally::add)
}

#[expect(clippy::print_stdout, reason = "how much was looked at is the other half of the result")]
fn say(what: &str, tally: &Tally) {
    println!(
        "{what}: {} roots, {} scalars, {} exact; places confirmed {}, not testable {}, refuted {}; {} builds",
        tally.roots,
        tally.scalars,
        tally.exact,
        tally.confirmed,
        tally.untested,
        tally.refuted.len(),
        tally.builds
    );
}

/// Over the traps; with `NHILINT_RENDER_CORPUS` over that folder instead, which must then be there.
#[test]
fn marks_turn_up_where_the_trail_says() {
    let corpus = std::env::var_os("NHILINT_RENDER_CORPUS").map(PathBuf::from);
    if kustomize().is_none() {
        let required = corpus.is_some() || std::env::var_os("NHILINT_REQUIRE_TOOLS").is_some();
        assert!(!required, "kustomize is required and is not on PATH");
        return say("no kustomize on PATH: no place was mutated", &Tally::default());
    }
    let (top, roots, singles) = match corpus {
        Some(corpus) => (corpus.clone(), corpus_roots(&corpus), 6),
        None => (PathBuf::from(TRAPS), traps(), usize::MAX),
    };
    let tally = mutate_all(&top, &roots, singles);
    say(&top.to_string_lossy(), &tally);
    assert!(tally.refuted.is_empty(), "{} refuted:\n{}", tally.refuted.len(), tally.refuted.join("\n"));
    assert_eq!(tally.exact, tally.scalars, "every scalar has an exact place");
    assert!(tally.confirmed * 2 > tally.scalars, "only {} of {} are tested", tally.confirmed, tally.scalars);
}
