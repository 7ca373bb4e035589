//! The law of the gate: what a deployer or an argument names is judged as it would be applied, or the run does not pass.
//!
//! A made repository binds an account to cluster-admin. Every deployer brings that object in every disguise, alone and two at a
//! time; the run must not end with 0. The same repository with a harmless role must, or the test would prove nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use rayon::prelude::*;

use crate::rendering::run;

/// The address of the made repository.
const ADDRESS: &str = "https://git.example.com/harbour/fleet.git";

/// The object, as JSON on one line, so that every disguise can carry it.
fn binding(role: &str) -> String {
    let subject = r#"{"kind": "ServiceAccount", "name": "crane", "namespace": "quay"}"#;
    let group = "rbac.authorization.k8s.io";
    format!(
        r#"{{"apiVersion": "{group}/v1", "kind": "ClusterRoleBinding", "metadata": {{"name": "crane"}}, "roleRef": {{"apiGroup": "{group}", "kind": "ClusterRole", "name": "{role}"}}, "subjects": [{subject}]}}"#
    )
}

/// What stands where, and how git sees it.
#[derive(Clone)]
struct Made {
    /// The folder that is deployed.
    folder: String,
    /// The file in it that holds the object.
    file: String,
    text: String,
    files: BTreeMap<String, String>,
    /// Links, with what they lead to, seen from the top.
    links: BTreeMap<String, String>,
    /// Lines of `.git/info/exclude`.
    excluded: Vec<String>,
}

impl Made {
    fn new(role: &str) -> Self {
        Self {
            folder: "crane".into(),
            file: "roles.yaml".into(),
            text: binding(role),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            excluded: Vec::new(),
        }
    }

    fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    fn write(&self, here: &Path) {
        for (path, text) in &self.files {
            let path = here.join(path);
            std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        for (path, target) in &self.links {
            let (up, path) = ("../".repeat(path.matches('/').count()), here.join(path));
            std::fs::create_dir_all(path.parent().expect("it is inside")).expect("a folder");
            #[cfg(unix)]
            std::os::unix::fs::symlink(format!("{up}{target}"), path).expect("a link");
        }
        let git = |arguments: &[&str]| {
            let done =
                Command::new("git").args(arguments).current_dir(here).output().expect("git is installed");
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        };
        git(&["init", "-q"]);
        git(&["remote", "add", "origin", ADDRESS]);
        std::fs::create_dir_all(here.join(".git/info")).expect("a folder");
        std::fs::write(here.join(".git/info/exclude"), self.excluded.join("\n")).expect("a file");
        git(&["add", "-f", "."]);
    }
}

/// What a deployer takes of a folder.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// Files with one of the extensions that Argo CD reads.
    ArgoFiles,
    /// Files with one of the extensions that Flux reads; no links, as its archives hold none.
    FluxFiles,
    /// What its kustomization lists.
    Listed,
    /// The templates of its chart.
    Templates,
}

struct Deployer {
    name: &'static str,
    takes: Takes,
    /// Flux archives the repository without links.
    links: bool,
    write: fn(&mut Made),
    /// What is linted: the folder, where nothing but the argument names it.
    argument: fn(&Made) -> String,
}

fn all(_: &Made) -> String {
    ".".into()
}

fn application(made: &mut Made, source: &str) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: crane, namespace: argocd}}\nspec:\n  destination: \
         {{server: https://kubernetes.default.svc, namespace: quay}}\n  source: {{repoURL: {ADDRESS}, {source}}}\n"
    );
    made.add("apps/crane.yaml", text);
}

fn application_set(made: &mut Made) {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: cranes, namespace: argocd}}\nspec:\n  \
         generators:\n  - list: {{elements: [{{where: {}}}]}}\n  template:\n    metadata: {{name: crane}}\n    spec:\n      \
         destination: {{server: https://kubernetes.default.svc, namespace: quay}}\n      source: {{repoURL: {ADDRESS}, path: \
         '{{{{where}}}}', directory: {{recurse: true}}}}\n",
        made.folder
    );
    made.add("apps/cranes.yaml", text);
}

fn flux(made: &mut Made) {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet, namespace: flux-system}}\nspec: \
         {{url: {ADDRESS}, interval: 1h}}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: \
         crane, namespace: flux-system}}\nspec:\n  interval: 1h\n  path: ./{}\n  prune: true\n  sourceRef: {{kind: GitRepository, \
         name: fleet}}\n",
        made.folder
    );
    made.add("flux/crane.yaml", text);
}

fn helm_release(made: &mut Made) {
    let text = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet, namespace: flux-system}}\nspec: \
         {{url: {ADDRESS}, interval: 1h}}\n---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: crane, \
         namespace: quay}}\nspec:\n  interval: 1h\n  chart: {{spec: {{chart: ./{}, sourceRef: {{kind: GitRepository, name: fleet, \
         namespace: flux-system}}}}}}\n",
        made.folder
    );
    made.add("flux/crane.yaml", text);
    chart(made);
}

fn chart(made: &mut Made) {
    made.add(format!("{}/Chart.yaml", made.folder), "apiVersion: v2\nname: crane\nversion: 1.0.0\n");
    made.file = format!("templates/{}", made.file);
}

fn kustomization(made: &mut Made) {
    made.add(format!("{}/kustomization.yaml", made.folder), format!("resources: [\"{}\"]\n", made.file));
}

const DEPLOYERS: [Deployer; 10] = [
    Deployer {
        name: "Application of a folder",
        takes: Takes::ArgoFiles,
        links: true,
        write: |made| application(made, &format!("path: {}, directory: {{recurse: true}}", made.folder)),
        argument: all,
    },
    Deployer {
        name: "Application of a kustomization",
        takes: Takes::Listed,
        links: true,
        write: |made| {
            application(made, &format!("path: {}", made.folder));
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "Application of a chart",
        takes: Takes::Templates,
        links: true,
        write: |made| {
            application(made, &format!("path: {}", made.folder));
            chart(made);
        },
        argument: all,
    },
    Deployer {
        name: "ApplicationSet",
        takes: Takes::ArgoFiles,
        links: true,
        write: application_set,
        argument: all,
    },
    Deployer { name: "Flux of a folder", takes: Takes::FluxFiles, links: false, write: flux, argument: all },
    Deployer {
        name: "Flux of a kustomization",
        takes: Takes::Listed,
        links: false,
        write: |made| {
            flux(made);
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "HelmRelease",
        takes: Takes::Templates,
        links: false,
        write: helm_release,
        argument: all,
    },
    Deployer {
        name: "an overlay",
        takes: Takes::Listed,
        links: true,
        write: |made| {
            made.add(
                "live/kustomization.yaml",
                format!("resources: [\"../{}\"]\nnamePrefix: live-\n", made.folder),
            );
            kustomization(made);
        },
        argument: all,
    },
    Deployer {
        name: "the folder as argument",
        takes: Takes::ArgoFiles,
        links: true,
        write: |_| {},
        argument: |made| made.folder.clone(),
    },
    Deployer {
        name: "the file as argument",
        takes: Takes::Listed,
        links: true,
        write: |_| {},
        argument: |made| format!("{}/{}", made.folder, made.file),
    },
];

struct Disguise {
    name: &'static str,
    /// Whether what is deployed is still the object.
    fits: fn(&Deployer) -> bool,
    wear: fn(&mut Made),
    /// Done after the deployer has written its files.
    after: fn(&mut Made, &Deployer),
}

fn always(_: &Deployer) -> bool {
    true
}

/// Where the file stands.
fn place(made: &Made) -> String {
    format!("{}/{}", made.folder, made.file)
}

const DISGUISES: [Disguise; 19] = [
    Disguise { name: "none", fits: always, wear: |_| {}, after: |_, _| {} },
    Disguise {
        name: "a .gitignore at the top",
        fits: always,
        wear: |_| {},
        after: |made, _| made.add(".gitignore", format!("/{}\n", place(made))),
    },
    Disguise {
        name: "a .gitignore of the folder that ignores all",
        fits: always,
        wear: |_| {},
        after: |made, _| made.add(format!("{}/.gitignore", made.folder), "*\n"),
    },
    Disguise {
        name: "a folder that is ignored",
        fits: always,
        wear: |_| {},
        after: |made, _| made.add(".gitignore", format!("{}/\n", made.folder)),
    },
    Disguise { name: "an .ignore", fits: always, wear: |_| {}, after: |made, _| made.add(".ignore", "*\n") },
    Disguise {
        name: "git's own list of what to exclude",
        fits: always,
        wear: |_| {},
        after: |made, _| made.excluded.push(made.folder.clone()),
    },
    Disguise {
        name: "a hidden folder",
        fits: always,
        wear: |made| made.folder = format!(".{}", made.folder.trim_start_matches('.')),
        after: |_, _| {},
    },
    Disguise {
        name: "a hidden folder around it",
        fits: always,
        wear: |made| made.folder = format!(".hold/{}", made.folder),
        after: |_, _| {},
    },
    Disguise {
        name: "a hidden file",
        // Helm leaves out hidden templates (`pkg/ignore`, default rules).
        fits: |deployer| deployer.takes != Takes::Templates,
        wear: |made| made.file = format!(".{}", made.file.trim_start_matches('.')),
        after: |_, _| {},
    },
    Disguise {
        name: "another extension",
        fits: |deployer| deployer.takes != Takes::FluxFiles,
        wear: |made| made.file = made.file.replace(".yaml", ".json"),
        after: |_, _| {},
    },
    Disguise {
        name: "no extension",
        fits: |deployer| matches!(deployer.takes, Takes::Listed | Takes::Templates),
        wear: |made| made.file = made.file.replace(".yaml", ""),
        after: |_, _| {},
    },
    Disguise {
        name: "a file that is a link",
        fits: |deployer| deployer.links,
        wear: |_| {},
        after: |made, _| {
            let place = place(made);
            let Some(text) = made.files.remove(&place) else { return };
            made.add("hold/object", text);
            made.links.insert(place, "hold/object".into());
        },
    },
    Disguise {
        name: "a folder that is a link",
        fits: |deployer| deployer.links,
        wear: |_| {},
        after: |made, _| {
            let below = format!("{}/", made.folder);
            let moved: Vec<String> =
                made.files.keys().filter(|path| path.starts_with(&below)).cloned().collect();
            for path in moved {
                let text = made.files.remove(&path).expect("it is there");
                made.add(format!("hold/folder/{}", &path[below.len()..]), text);
            }
            let up = "../".repeat(made.folder.matches('/').count());
            made.links.insert(made.folder.clone(), format!("{up}hold/folder"));
        },
    },
    Disguise {
        name: "a List",
        fits: always,
        wear: |made| {
            made.text = format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{}]}}"#, made.text);
        },
        after: |_, _| {},
    },
    Disguise {
        name: "a typed list",
        // kustomize takes no list but `List`; a second wrapping would leave no typed items.
        fits: |deployer| matches!(deployer.takes, Takes::ArgoFiles | Takes::Templates),
        wear: |made| {
            let group = "rbac.authorization.k8s.io/v1";
            made.text = format!(
                r#"{{"apiVersion": "{group}", "kind": "ClusterRoleBindingList", "items": [{}]}}"#,
                made.text
            );
        },
        after: |_, _| {},
    },
    Disguise {
        name: "line ends of Windows and a mark at the start",
        fits: always,
        wear: |made| made.text = format!("\u{feff}{}\r\n", made.text.replace("\", ", "\",\r\n ")),
        after: |_, _| {},
    },
    Disguise {
        name: "a document behind a harmless one",
        // A file of JSON holds one document.
        fits: |deployer| deployer.takes != Takes::ArgoFiles,
        wear: |made| {
            let before = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: gull\n  namespace: quay\n";
            made.text = format!("{before}---\n{}\n", made.text);
        },
        after: |_, _| {},
    },
    Disguise {
        name: "a harmless twin that nobody deploys",
        fits: always,
        wear: |_| {},
        after: |made, _| made.add("examples/roles.yaml", binding("view")),
    },
    Disguise {
        name: "a chart around it",
        fits: |deployer| deployer.takes == Takes::ArgoFiles,
        wear: |made| {
            made.add(format!("{}/Chart.yaml", made.folder), "apiVersion: v2\nname: hull\nversion: 1.0.0\n");
            made.folder = format!("{}/templates", made.folder);
        },
        after: |_, _| {},
    },
];

/// What a run over the repository ends with.
fn ends(deployer: &Deployer, worn: &[&Disguise], role: &str) -> (Option<i32>, String) {
    let mut made = Made::new(role);
    for disguise in worn {
        (disguise.wear)(&mut made);
    }
    (deployer.write)(&mut made);
    let (place, text) = (place(&made), made.text.clone());
    made.add(place, text);
    for disguise in worn {
        (disguise.after)(&mut made, deployer);
    }
    let here = tempfile::tempdir().expect("a temporary folder");
    made.write(here.path());
    let path = std::env::var("PATH").unwrap_or_default();
    let argument = (deployer.argument)(&made);
    let (code, out, errors) = run(
        here.path(),
        &path,
        &["check", &argument, "--no-cache", "--select", "no-cluster-admin,ungoverned-manifest"],
    );
    (code, format!("{out}{errors}"))
}

/// The disguises of a case, alone and in pairs.
fn worn() -> Vec<Vec<&'static Disguise>> {
    let mut worn: Vec<Vec<&Disguise>> = DISGUISES.iter().map(|one| vec![one]).collect();
    for (number, first) in DISGUISES.iter().enumerate().skip(1) {
        worn.extend(DISGUISES[number + 1..].iter().map(|second| vec![first, second]));
    }
    worn
}

#[test]
fn nothing_that_is_deployed_is_hidden() {
    if !tools() {
        return;
    }
    let worn = worn();
    let cases: Vec<(&Deployer, &[&Disguise])> = DEPLOYERS
        .iter()
        .flat_map(|deployer| {
            let fitting = worn.iter().filter(|worn| worn.iter().all(|disguise| (disguise.fits)(deployer)));
            fitting.map(move |worn| (deployer, worn.as_slice()))
        })
        .collect();
    let passed: Vec<String> = cases
        .par_iter()
        .filter_map(|(deployer, worn)| {
            let (code, output) = ends(deployer, worn, "cluster-admin");
            let names: Vec<&str> = worn.iter().map(|disguise| disguise.name).collect();
            (!matches!(code, Some(1 | 2)))
                .then(|| format!("{} in {names:?}: {code:?} {output}", deployer.name))
        })
        .collect();
    assert!(cases.len() > 1_000, "{} cases were tried", cases.len());
    assert!(passed.is_empty(), "{} of {} passed:\n{}", passed.len(), cases.len(), passed.join("\n"));
}

#[test]
fn what_is_harmless_passes_in_every_disguise() {
    if !tools() {
        return;
    }
    let cases = DEPLOYERS.iter().flat_map(|deployer| {
        let fitting = DISGUISES.iter().filter(|disguise| (disguise.fits)(deployer));
        fitting.map(move |disguise| (deployer, disguise))
    });
    let refused: Vec<String> = cases
        .collect::<Vec<_>>()
        .par_iter()
        .filter_map(|(deployer, disguise)| {
            let (code, output) = ends(deployer, &[disguise], "view");
            (code != Some(0)).then(|| format!("{} in {}: {code:?} {output}", deployer.name, disguise.name))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Whether the programs that render are there; `NHILINT_REQUIRE_TOOLS=1` says that they must be.
fn tools() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let there = found("helm") && found("kustomize");
    assert!(
        there || std::env::var("NHILINT_REQUIRE_TOOLS").as_deref() != Ok("1"),
        "helm or kustomize is missing"
    );
    there
}
