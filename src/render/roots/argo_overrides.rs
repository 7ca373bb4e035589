//! What files beside a source change in it: `.argocd-source.yaml` for every Application, `.argocd-source-NAME.yaml` for
//! one (Argo CD `reposerver/repository`, `mergeSourceParameters`).

use super::application::Application;
use super::finder::Finder;
use super::root::Reason;
use super::setting::Setting;
use super::template::{Reading, has_placeholder};
use crate::load::Standing;
use crate::render::paths::{join, or_dot};
use crate::source::Span;
use crate::yaml::Doc;

/// What such a file cannot change.
const FIXED: [&str; 4] = ["chart", "path", "repoURL", "targetRevision"];

impl Application<'_, '_> {
    /// A source with what the files in its folder change in it.
    pub(super) fn overridden(
        &self,
        finder: &mut Finder<'_>,
        source: &Setting,
        folder: &str,
        at: Span,
    ) -> Setting {
        let mut changed = source.clone();
        self.apply(finder, &mut changed, &join(folder, ".argocd-source.yaml"), at);
        let is_there = |finder: &Finder<'_>, path: &str| matches!(finder.index.at(path), Standing::File(_));
        if self.name.is_empty() || has_placeholder(self.name) {
            let of = |name: &str| name.strip_prefix(".argocd-source-")?.strip_suffix(".yaml").map(drop);
            if finder.index.tree.names(folder).iter().any(|name| of(name).is_some()) {
                let message =
                    format!("`{}` holds changes for an Application whose name is not known", or_dot(folder));
                self.leave(finder, Reason::NeedsCluster, at, message);
            }
        } else {
            let path = |name: &str| join(folder, &format!(".argocd-source-{name}.yaml"));
            let own = path(self.name);
            // So it is called outside of the namespace of Argo CD, which is not known.
            let qualified = self.namespace.map(|namespace| path(&format!("{namespace}_{}", self.name)));
            let qualified = qualified.filter(|path| is_there(finder, path));
            match qualified {
                Some(qualified) if is_there(finder, &own) => {
                    let message =
                        format!("whether `{own}` or `{qualified}` is applied depends on Argo CD's namespace");
                    self.leave(finder, Reason::NeedsCluster, at, message);
                    self.apply(finder, &mut changed, &own, at);
                }
                other => self.apply(finder, &mut changed, &other.unwrap_or(own), at),
            }
        }
        for key in FIXED {
            changed.set(key, source.get(key).cloned());
        }
        changed
    }

    /// Applies one file, if it is there.
    fn apply(&self, finder: &mut Finder<'_>, source: &mut Setting, path: &str, at: Span) {
        if !matches!(finder.index.at(path), Standing::File(_)) {
            return;
        }
        let Some(file) = finder.text_at(self.index, path, at) else { return };
        finder.add_reads(self.index, at, vec![file]);
        let start = Span::new(file, 0, 0);
        match finder.docs_of(file).first() {
            Some(doc) if doc.broken => {
                finder.refuse(self.index, Reason::Malformed, start, format!("`{path}` is no valid YAML"));
            }
            None => {}
            Some(doc) => match Doc::root(doc) {
                Some(root) if root.is_map() => source.patch(&Setting::of(root, Reading::Written)),
                Some(root) if !root.is_null() => {
                    let message = format!("`{path}` is no mapping, so Argo CD cannot merge it");
                    finder.refuse(self.index, Reason::Malformed, root.span(), message);
                }
                _ => {}
            },
        }
    }
}
