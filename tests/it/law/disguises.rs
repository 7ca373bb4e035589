//! What hides the object of the law test from a reader who is not careful.

use super::deployers::{Deployer, Takes};
use super::made::{Made, binding};

pub(super) struct Disguise {
    pub(super) name: &'static str,
    /// Whether what is deployed is still the object.
    pub(super) fits: fn(&Deployer) -> bool,
    pub(super) wear: fn(&mut Made),
    /// Done after the deployer has written its files.
    pub(super) after: fn(&mut Made, &Deployer),
}

fn always(_: &Deployer) -> bool {
    true
}

/// Where the file stands.
pub(super) fn place(made: &Made) -> String {
    format!("{}/{}", made.folder, made.file)
}

pub(super) const DISGUISES: [Disguise; 20] = [
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
        name: "a folder with the name of a placeholder",
        fits: always,
        wear: |made| made.folder = format!("{{{{{}}}}}", made.folder.replace('/', "-")),
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
            // kustomize and Helm take no file from outside of their folder.
            let target = format!("{}/hold/object", made.folder);
            made.links.insert(place, target.clone());
            made.add(target, text);
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
            let moved = |path: &str| path.strip_prefix(&below).map(|inside| format!("hold/folder/{inside}"));
            let links = std::mem::take(&mut made.links)
                .into_iter()
                .map(|(path, target)| (moved(&path).unwrap_or(path), moved(&target).unwrap_or(target)));
            made.links = links.collect();
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
