//! What a chart does with all its objects, and a new template of it does too: its labels, and whether it makes accounts.

use crate::render::marked::scopes_around;
use crate::source::{FileId, Span};
use crate::yaml::Node;

use super::{Editor, Refused};

/// The condition of accounts in the chart that `helm create` makes.
const CREATES: &str = ".Values.serviceAccount.create";

/// Actions that print something and decide nothing.
const PRINTS: [&str; 3] = ["include ", "template ", "toYaml "];

impl Editor<'_> {
    /// The action under which the chart of a template makes its accounts; none where it makes them always, or where a
    /// place stands under that action already. `rendered` is a part of what the template prints.
    pub(super) fn account_guard(
        &self,
        at: Span,
        rendered: Node<'_>,
    ) -> Result<Option<&'static str>, Refused> {
        let file = self.homes.sources().file(at.file);
        let Some(chart) = chart_of(file.path()).filter(|_| !is_guarded(file.text(), at.start as usize))
        else {
            return Ok(None);
        };
        // Each release has values of its own.
        let root = self.homes.places.root(rendered.span().file);
        let mut known = self.conventions.borrow_mut();
        match known.entry((chart, root)).or_insert_with(|| self.makes_accounts(chart, root)) {
            None => Ok(None),
            Some(true) => Ok(Some("{{- if .Values.serviceAccount.create }}")),
            Some(false) => {
                Err("The chart makes no accounts here, as its `serviceAccount.create` is not true.".into())
            }
        }
    }

    /// Whether each release of a chart makes accounts under that condition; none where the chart has no such condition.
    fn makes_accounts(&self, chart: &str, root: Option<&str>) -> Option<bool> {
        let sources = self.homes.sources();
        let has_guarded =
            |text: &str| text.match_indices("kind: ServiceAccount").any(|(at, _)| is_guarded(text, at));
        let templates = format!("{chart}templates/");
        let files = sources.files().filter(|(_, file)| !file.is_rendered());
        let guarded =
            files.filter(|(_, file)| file.path().starts_with(&templates) && has_guarded(file.text()));
        let guarded: Vec<FileId> = guarded.map(|(id, _)| id).collect();
        if guarded.is_empty() {
            return None;
        }
        let makes_one = |file: FileId| {
            let mut objects = self.homes.texts.documents(file).iter().filter_map(|one| one.doc().root());
            objects.any(|object| {
                let is_account = object.get("kind").and_then(Node::text).as_deref() == Some("ServiceAccount");
                is_account && self.homes.object_file(object).is_some_and(|file| guarded.contains(&file))
            })
        };
        let mut releases = sources.files().map(|(id, _)| id).filter(|id| self.homes.places.root(*id) == root);
        Some(root.is_some() && releases.all(makes_one))
    }
}

/// Whether a place of a template stands under the condition of accounts.
fn is_guarded(text: &str, at: usize) -> bool {
    let scopes = scopes_around(text, at).unwrap_or_default();
    scopes.iter().any(|scope| scope.is_condition && is_creates(scope.opener))
}

/// A document with the labels of the object at a place of a template, as the template writes them.
pub(super) fn labelled(document: &str, template: &str, at: usize) -> String {
    let labels = labels_of(template, at);
    let lines: Vec<&str> = document.lines().collect();
    let Some(metadata) = lines.iter().position(|line| *line == "metadata:") else {
        return document.to_owned();
    };
    let is_name = |line: &&&str| line.starts_with("  name:") || line.starts_with("  namespace:");
    let names = lines[metadata + 1..].iter().take_while(is_name).count();
    let (before, after) = lines.split_at(metadata + 1 + names);
    [before, &labels, after].concat().join("\n")
}

/// The lines of the labels of an object; none where a template decides which there are, or names a variable of its own.
fn labels_of(template: &str, at: usize) -> Vec<&str> {
    let start = template[..at].rfind("\n---").map_or(0, |start| start + 1);
    let document = template[start..].lines().take_while({
        let mut is_first = true;
        move |line| std::mem::take(&mut is_first) || !line.starts_with("---")
    });
    let is_action = |line: &str| line.trim_start().starts_with("{{");
    let inside = |line: &&str| line.starts_with(' ') || is_action(line) || line.is_empty();
    let metadata = document.skip_while(|line| *line != "metadata:").skip(1).take_while(inside);
    let mut lines = metadata.skip_while(|line| !line.starts_with("  labels:"));
    let Some(head) = lines.next() else { return Vec::new() };
    let below = lines.take_while(|line| line.starts_with("   ") || is_action(line));
    let labels: Vec<&str> = [head].into_iter().chain(below).collect();
    let is_plain = |line: &&str| {
        let prints = !is_action(line) || PRINTS.iter().any(|word| line.contains(word));
        let has_variable =
            line.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
        prints && !has_variable
    };
    if labels.iter().all(is_plain) && (labels.len() > 1 || head.trim() != "labels:") {
        labels
    } else {
        Vec::new()
    }
}

/// Whether an action asks for nothing but that.
fn is_creates(opener: &str) -> bool {
    let inside = opener.trim_start_matches(['{', '-']).trim_end_matches(['}', '-']).trim();
    inside.strip_prefix("if").is_some_and(|asked| asked.trim() == CREATES)
}

/// The folder of the chart that a template belongs to, with its slash.
fn chart_of(path: &str) -> Option<&str> {
    if path.starts_with("templates/") { Some("") } else { path.rfind("/templates/").map(|end| &path[..=end]) }
}

#[cfg(test)]
mod tests {
    use super::{is_creates, labelled};

    #[test]
    fn labels_are_taken_as_they_are_written() {
        let account = "kind: ServiceAccount\nmetadata:\n  name: a\nautomountServiceAccountToken: false";
        let with = |labels: &str| {
            let template =
                format!("kind: Job\nmetadata:\n  name: a\n{labels}spec:\n  labels: b\n---\nkind: X\n");
            labelled(account, &template, 0)
        };
        for labels in [
            "  labels:\n    {{- include \"shop.labels\" . | nindent 4 }}\n    part: report\n",
            "  labels: {a: b}\n",
        ] {
            assert!(with(labels).contains(&format!("  name: a\n{labels}automount")), "{}", with(labels));
        }
        for labels in
            ["", "  labels:\n    {{- if .Values.a }}\n    a: b\n    {{- end }}\n", "  labels: {{ $all }}\n"]
        {
            assert_eq!(with(labels), account);
        }
    }

    #[test]
    fn a_condition_that_asks_for_more_is_another() {
        assert!(is_creates("{{- if .Values.serviceAccount.create -}}"));
        assert!(!is_creates("{{ if and .Values.serviceAccount.create .Values.rbac.create }}"));
    }
}
