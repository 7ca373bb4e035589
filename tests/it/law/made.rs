//! The repository of the law test: an object, where it stands, and how git sees it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The address of the made repository.
pub(super) const ADDRESS: &str = "https://git.example.com/harbour/fleet.git";

/// The object, as JSON on one line, so that every disguise can carry it.
pub(super) fn binding(role: &str) -> String {
    let subject = r#"{"kind": "ServiceAccount", "name": "crane", "namespace": "quay"}"#;
    let group = "rbac.authorization.k8s.io";
    format!(
        r#"{{"apiVersion": "{group}/v1", "kind": "ClusterRoleBinding", "metadata": {{"name": "crane"}}, "roleRef": {{"apiGroup": "{group}", "kind": "ClusterRole", "name": "{role}"}}, "subjects": [{subject}]}}"#
    )
}

/// What stands where, and how git sees it.
#[derive(Clone)]
pub(super) struct Made {
    /// The folder that is deployed.
    pub(super) folder: String,
    /// The file in it that holds the object.
    pub(super) file: String,
    pub(super) text: String,
    pub(super) files: BTreeMap<String, String>,
    /// Links, with what they lead to, seen from the top.
    pub(super) links: BTreeMap<String, String>,
    /// Lines of `.git/info/exclude`.
    pub(super) excluded: Vec<String>,
}

impl Made {
    pub(super) fn new(role: &str) -> Self {
        Self {
            folder: "crane".into(),
            file: "roles.yaml".into(),
            text: binding(role),
            files: BTreeMap::new(),
            links: BTreeMap::new(),
            excluded: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    pub(super) fn write(&self, here: &Path) {
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
