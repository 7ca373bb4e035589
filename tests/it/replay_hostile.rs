//! Kustomizations that want to cost more than they should, and broken ones: the replay ends, and does not panic.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nhilint::finding::Origin;
use nhilint::render::replay::Replay;

use crate::cli::scratch;
use crate::replay_bench::{Folder, Rendered, scalars};

/// Generous: debug builds on a busy machine. What is not bounded takes hours.
const LONGEST: Duration = Duration::from_mins(1);

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";

fn replayed(files: &[(&str, &str)]) -> (Replay, Vec<Origin>) {
    let here = scratch(files);
    let start = Instant::now();
    let root = here.path().canonicalize().expect("it is there");
    let replay = Folder::read(&root).replay(&root);
    let rendered = Rendered::new(MAP);
    let docs = rendered.docs();
    let trail = replay.trail(&docs.iter().collect::<Vec<_>>());
    let _ = replay.whole();
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
    let origins =
        scalars(&docs).iter().filter_map(|scalar| Some(trail.at(scalar.span.start)?.origin)).collect();
    (replay, origins)
}

fn doubts(replay: &Replay) -> String {
    replay.doubts().iter().map(|doubt| doubt.what.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn patches_times_objects_are_bounded() {
    let objects = (0..6000).fold(String::new(), |mut text, number| {
        let _ = write!(text, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{number}}}\n");
        text
    });
    let patch = "  - {target: {name: 'a.*'}, patch: '[{\"op\": \"add\", \"path\": \"/data\", \"value\": {\"b\": \"c\"}}]'}\n";
    let kustomization = format!("resources: [a.yaml]\npatches:\n{}", patch.repeat(6000));
    let (replay, origins) = replayed(&[("kustomization.yaml", &kustomization), ("a.yaml", &objects)]);
    assert!(doubts(&replay).ends_with("more than is replayed"), "{:.200}", doubts(&replay));
    assert_eq!(replay.whole(), None);
    assert!(origins.iter().all(|origin| *origin == Origin::Unknown), "{origins:?}");
}

#[test]
fn layers_that_double_and_layers_in_a_circle_end() {
    let mut files: Vec<(String, String)> = (0..28)
        .map(|layer| {
            let base = layer + 1;
            let text = format!("resources: [../l{base}, ../m{base}]\nnameSuffix: -{layer}x\n");
            (layer, text)
        })
        .flat_map(|(layer, text)| {
            ["l", "m"].map(|side| (format!("{side}{layer}/kustomization.yaml"), text.clone()))
        })
        .collect();
    files.push(("kustomization.yaml".into(), "resources: [l0, circle]\n".into()));
    files.push(("circle/kustomization.yaml".into(), "resources: [../circle]\ncomponents: [.]\n".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (replay, _) = replayed(&files);
    assert_eq!(replay.whole(), None);
}

#[test]
fn operations_that_nest_and_copy_are_bounded() {
    let mut operations = String::new();
    for _ in 0..40 {
        operations.push_str("- {op: copy, from: /data, path: /data/again}\n");
    }
    for number in 0..3000 {
        let _ = writeln!(operations, "- {{op: add, path: /n{number}, value: {{}}}}");
        let from = if number == 0 { "/data".to_owned() } else { format!("/n{}", number - 1) };
        let _ = writeln!(operations, "- {{op: move, from: {from}, path: /n{number}/a}}");
    }
    let kustomization = "resources: [a.yaml]\npatches:\n  - {target: {kind: ConfigMap}, path: p.yaml}\n";
    let files = [("kustomization.yaml", kustomization), ("a.yaml", MAP), ("p.yaml", &*operations)];
    let (replay, _) = replayed(&files);
    assert_eq!(replay.whole(), None);
}

#[test]
fn patterns_variables_and_lists_cost_what_they_are_long() {
    let name = "(a*)*b".repeat(50);
    let dollars = "$(".repeat(100_000);
    let items = "    - {name: x, value: y}\n".repeat(20_000);
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n  - name: c\n    args: ['{dollars}']\n    env:\n{items}"
    );
    let kustomization = format!(
        "resources: [a.yaml, p.yaml]\nvars: [{{name: A, objref: {{kind: Pod, name: a}}}}]\nimages: [{{name: '{name}', newTag: b}}]\n\
         patches:\n  - {{target: {{name: '{name}'}}, path: p.yaml}}\n  - path: q.yaml\n"
    );
    let patch = pod.replace("value: y", "value: z");
    let files =
        [("kustomization.yaml", &*kustomization), ("a.yaml", MAP), ("p.yaml", &*pod), ("q.yaml", &*patch)];
    let _ = replayed(&files);
}

/// Every file of every trap, cut off and with a byte taken out: whatever it says then.
#[test]
fn broken_files_are_survived() {
    let mut tried = 0;
    for entry in std::fs::read_dir("testdata/rendering/kustomize").expect("the traps").flatten() {
        let trap = entry.path();
        let text = std::fs::read_to_string(trap.join("kustomization.yaml")).expect("a kustomization");
        let recorded = std::fs::read_to_string(trap.join(".rendered.yaml")).unwrap_or_default();
        let rendered = Rendered::new(&recorded);
        let docs = rendered.docs();
        let here = tempfile::tempdir().expect("a scratch directory");
        crate::replay_mutation::copy(&trap, here.path());
        let root = here.path().canonicalize().expect("it is there");
        for at in (0..text.len())
            .step_by(23)
            .filter(|at| text.is_char_boundary(*at) && text.is_char_boundary(at + 1))
        {
            for broken in [text[..at].to_owned(), format!("{}{}", &text[..at], &text[at + 1..])] {
                std::fs::write(root.join("kustomization.yaml"), broken).expect("a copy can be written");
                let replay = Folder::read(Path::new(&root)).replay(&root);
                let _ = (replay.trail(&docs.iter().collect::<Vec<_>>()), replay.whole());
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}
