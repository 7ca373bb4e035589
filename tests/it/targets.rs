//! What fixes change: each change names a document, a path in it, and the place that the path leads to.

use std::collections::BTreeSet;
use std::path::Path;

use nhilint::catalog::Preset;
use nhilint::finding::{Change, Operation, Report, Target};
use nhilint::lint::{Request, Run};
use nhilint::load::LARGEST_FILE;
use nhilint::render::child::{Cache, Limits};
use nhilint::render::{Options, Session, Setup};
use nhilint::source::SourceMap;
use nhilint::yaml::{self, Node, parse, split};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::bench::{catalog, files, lint_files, lint_path, settings};
use crate::cards::preset;
use nhilint::catalog::drawing;

fn changes(report: &Report) -> impl Iterator<Item = &Change> {
    report.findings.iter().flat_map(|finding| &finding.fixes).flat_map(|fix| &fix.changes)
}

/// What is wrong with the place of a change; nothing if the path leads to it.
fn fault(change: &Change, sources: &SourceMap) -> Option<String> {
    let said = |what: &str| Some(format!("{what}: {change:?}"));
    let Some(at) = change.at else { return said("it has no place") };
    let file = sources.file(at.file);
    if file.text().get(at.range()).is_none() {
        return said("its place ends outside of the file");
    }
    if matches!(&change.operation, Operation::NewDocument { file: to, .. } if to != file.path()) {
        return said("the document goes to another file");
    }
    let leads = |root: Node<'_>| {
        let node = change.path.resolve(root);
        // What is not there yet is added to what would hold it.
        let node = match (&change.operation, change.path.parent()) {
            (Operation::Insert(_), Some(parent)) => node.or_else(|| parent.resolve(root)),
            _ => node,
        };
        node.is_some_and(|node| node.span() == at)
    };
    let found = split(file.text()).into_iter().any(|piece| {
        let (doc, _) = parse(at.file, file.text(), piece.start..piece.end);
        // An object may be the item of a list, or stand in a template of another.
        let kind = &change.document.object.kind;
        let is_object =
            |node: &Node<'_>| node.get("kind").and_then(Node::text).is_some_and(|own| own == *kind);
        doc.root().is_some_and(|root| below(root).into_iter().filter(is_object).any(leads))
    });
    if found { None } else { said("the path leads elsewhere") }
}

fn faults(report: &Report, sources: &SourceMap) -> Vec<String> {
    changes(report).filter_map(|change| fault(change, sources)).collect()
}

#[test]
fn every_change_in_the_examples_of_cards_has_a_place() {
    let catalog = catalog();
    let (mut wrong, mut kinds) = (Vec::new(), BTreeSet::new());
    for card in catalog.cards() {
        for example in card.examples.iter() {
            let files = drawing::plain(&example.bad);
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let (report, sources) = lint_files(&files, &settings(&catalog, preset(example)), &catalog);
            wrong.extend(faults(&report, &sources));
            kinds.extend(changes(&report).map(|change| match change.operation {
                Operation::Set(_) => "set",
                Operation::Insert(_) => "insert",
                Operation::Remove => "remove",
                Operation::Rename(_) => "rename",
                Operation::NewDocument { .. } => "new document",
            }));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["insert", "new document", "remove", "rename", "set"]);
}

#[test]
fn every_change_in_whole_repositories_has_a_place() {
    let (catalog, mut count) = (catalog(), 0);
    for entry in std::fs::read_dir("testdata/repos").expect("the repositories").flatten() {
        let (report, sources) = lint_path(&entry.path(), &settings(&catalog, Preset::Strict), &catalog);
        let wrong = faults(&report, &sources);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        count += changes(&report).count();
    }
    assert!(count > 100, "only {count} changes");
}

#[test]
fn variants_of_two_clusters_are_two_documents() {
    let workload = |replicas: u8| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  replicas: \
             {replicas}\n  template:\n    spec:\n      containers: [{{name: web, image: 'web:1'}}]\n"
        )
    };
    let catalog = catalog();
    let (dev, prod) = (workload(1), workload(3));
    let files = [("clusters/dev/web.yaml", dev.as_str()), ("clusters/prod/web.yaml", prod.as_str())];
    let (report, sources) = lint_files(&files, &settings(&catalog, Preset::Strict), &catalog);
    let of = |cluster: &str| -> Vec<&Change> {
        changes(&report).filter(|change| change.document.cluster.as_deref() == Some(cluster)).collect()
    };
    let (dev, prod) = (of("dev"), of("prod"));
    assert_eq!(dev.len() + prod.len(), changes(&report).count());
    assert!(!dev.is_empty() && dev.len() == prod.len());
    for (dev, prod) in dev.iter().zip(&prod) {
        assert_eq!((&dev.path, &dev.document.object), (&prod.path, &prod.document.object));
        let apart = |target: &Target| (target.source, target.cluster.clone());
        assert_ne!(apart(&dev.document), apart(&prod.document));
        let file = |change: &Change| change.at.map(|at| sources.file(at.file).path().to_owned());
        assert_ne!(file(dev), file(prod));
        if let Operation::NewDocument { file, .. } = &dev.operation {
            assert_eq!(Path::new(file).parent().and_then(Path::file_name), Some("dev".as_ref()));
        }
    }
}

#[test]
fn changes_of_what_is_rendered_are_made_where_it_was_written() {
    let folder = tempfile::tempdir().expect("a scratch directory");
    let texts = [
        (
            "base/web.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      \
             containers: [{name: web, image: 'web:1'}]\n",
        ),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("clusters/dev/kustomization.yaml", "namespace: shop\nresources: [../../base]\n"),
        ("clusters/prod/kustomization.yaml", "namespace: shop\nnamePrefix: live-\nresources: [../../base]\n"),
    ];
    for (name, text) in texts {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    // Kustomizations need no program.
    let session = Session::new(None, Cache::none(), Limits::default(), None);
    let options = Options { kubernetes_minor: Some(34), ..Options::default() };
    let paths = [folder.path().to_string_lossy().into_owned()];
    let (catalog, disk) = (catalog(), files());
    let strict = settings(&catalog, Preset::Strict);
    let render = Some(Setup { session: &session, options: &options });
    let request = Request {
        files: &disk,
        paths: &paths,
        largest_file: LARGEST_FILE,
        render,
        settings: &strict,
        policy: &[],
        before: None,
    };
    let run = Run::new(request, &mut std::io::empty());
    let (report, sources) = (run.report(&catalog, None), run.sources());
    let ends = |path: &str| path.ends_with("base/web.yaml");
    let mut documents = 0;
    for change in changes(&report) {
        let at = change.at.map(|at| (sources.file(at.file).path(), sources.text(at)));
        assert!(at.is_some_and(|(path, text)| ends(path) && !text.is_empty()), "{change:?}");
        if let Operation::NewDocument { file, .. } = &change.operation {
            assert!(ends(file), "{file}");
            documents += 1;
        }
    }
    assert!(documents > 0);
}

/// Keys and names that look like parts of paths.
const WORDS: [&str; 18] = [
    "containers",
    "env",
    "volumeMounts",
    "name",
    "mountPath",
    "0",
    "10",
    "01",
    "a/b",
    "a~1[",
    "~2",
    "",
    "containers[name=x",
    "containers[name=x]",
    "env[0]",
    "a]",
    "a]/b",
    "/data",
];

fn value() -> impl Strategy<Value = Value> {
    let word = || prop::sample::select(WORDS.as_slice());
    let leaf = prop_oneof![word().prop_map(Value::from), Just(Value::from(1)), Just(Value::Null)];
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5).prop_map(|entries| {
                let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(entries.collect::<Map<_, _>>())
            }),
        ]
    })
}

fn below(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = vec![node];
    found.extend(node.entries().flat_map(|entry| below(entry.value)));
    found.extend(node.items().flat_map(below));
    found
}

fn check_paths(text: &str) {
    let file = SourceMap::default().add("test.yaml", "");
    let (doc, _) = parse(file, text, 0..text.len());
    let root = doc.root().expect("the text holds a value");
    for node in below(root) {
        let path = node.path_from(root).expect("it is below the root");
        let read: yaml::Path = path.to_string().parse().expect("it was printed");
        assert!(path.resolve(root) == Some(node), "{path} in {text}");
        assert!(read.resolve(root) == Some(node), "{path} in {text}");
        assert_eq!(read.to_string(), path.to_string());
        let above = path.parent().and_then(|parent| parent.resolve(root));
        assert_eq!(above.is_none(), path.is_root(), "{path} in {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_path_leads_back_to_its_node(value in value()) {
        check_paths(&value.to_string());
    }
}

#[test]
fn a_path_leads_back_through_what_is_merged() {
    check_paths(
        "base: &b {env: [{name: X}, &i {name: Y}], containers: {<<: [{z: 1}, {y: &l [{name: q}]}]}}\none: {<<: *b}\ntwo: {<<: [*b, {w: [*i]}], containers: *l}\n",
    );
}

#[test]
fn what_is_no_path_is_refused() {
    for text in ["spec", "/containers[name=app", "/containers[name=app]x", "[name=app]"] {
        assert!(text.parse::<yaml::Path>().is_err(), "{text}");
    }
    let path: yaml::Path = "/spec/containers[name=app]/env/0".parse().expect("it is a path");
    assert_eq!(
        path.parent().map(|path| path.key("image").to_string()).as_deref(),
        Some("/spec/containers[name=app]/env/image")
    );
}
