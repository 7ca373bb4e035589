//! The files of a chart that its templates may print as templates (`tpl (.Files.Get "x") .`).

use std::collections::BTreeSet;

use super::region::{names, tokens};
use super::strings::text_of;
use crate::render::paths::is_in_templates;

/// What templates read of the files beside them.
#[derive(Debug, Default)]
pub struct Reads {
    /// The names, or their beginnings.
    paths: BTreeSet<String>,
    /// Whether it may be any.
    all: bool,
}

impl Reads {
    /// Of all texts that may be templates.
    #[must_use]
    pub fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut reads = Self::default();
        for text in texts.filter(|text| text.contains("Files")) {
            for token in tokens(text) {
                reads.read(&text[token.body]);
            }
        }
        reads
    }

    fn read(&mut self, body: &str) {
        let is_files = |name: &str| name.split(|c: char| !c.is_alphanumeric()).any(|part| part == "Files");
        let mut names = names(body).peekable();
        while let Some(name) = names.next() {
            if !is_files(name) {
                continue;
            }
            let is_one =
                [".Files.Get", ".Files.GetBytes", ".Files.Lines"].iter().any(|end| name.ends_with(end));
            let path = names.peek().and_then(|next| text_of(next));
            match path {
                Some(path) if is_one => _ = self.paths.insert(path.into_owned()),
                Some(pattern) if name.ends_with(".Files.Glob") => {
                    let end = pattern.find(['*', '?', '[', '{', '\\']).unwrap_or(pattern.len());
                    self.paths.insert(pattern[..end].to_owned());
                }
                _ => self.all = true,
            }
        }
    }

    /// Whether a file of the chart may be read. Of a chart in it the path below that one is named.
    #[must_use]
    pub fn may_read(&self, path: &str) -> bool {
        let named = |name: &String| {
            let name = name.trim_start_matches("./");
            path.starts_with(name) || path.contains(&format!("/{name}"))
        };
        self.all || self.paths.iter().any(named)
    }
}

/// Whether a file of a chart is for people, or for Helm alone, unless a template reads it.
#[must_use]
pub fn stands_aside(below: &str) -> bool {
    let name = below.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_for_people =
        name.starts_with("readme") || [".md", ".tgz", ".png", ".svg"].iter().any(|end| name.ends_with(end));
    let is_in_crds = below.starts_with("crds/") || below.contains("/crds/");
    !is_in_templates(below) && (is_for_people || is_in_crds)
}
