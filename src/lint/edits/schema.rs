//! What a chart's `values.schema.json` says of a value that a fix would write: Helm refuses to render what it forbids.
//!
//! It reads the few words that forbid most, and takes all others as allowing everything: what is left is seen by rendering.

use super::home::pointer;
use super::{Editor, Refused};
use crate::render::paths::join;
use crate::yaml::Node;

/// References that lead on to references end somewhere.
const STEPS: usize = 64;

/// What is written into values.
#[derive(Clone, Copy)]
pub(super) enum New<'n> {
    /// An entry of this mapping.
    Entry(&'n str),
    /// Another value in its place.
    Value(&'n str),
}

impl Editor<'_> {
    /// Refuses what the schema of a chart forbids in the place of `home`, or in it; `rendered` is what comes of it.
    pub(super) fn allowed_by_schema(
        &self,
        rendered: Node<'_>,
        home: Node<'_>,
        new: New<'_>,
    ) -> Result<(), Refused> {
        let Some(chart) = self.homes.places.root(rendered.span().file) else { return Ok(()) };
        let steps = pointer(home);
        let root = home.doc().root().unwrap_or(home);
        // A deployer gives values in one of its fields.
        let inside = steps.iter().position(|step| step.starts_with("values"));
        let first = inside.filter(|_| root.get("kind").is_some()).map_or(0, |at| at + 1);
        let steps = &steps[first..];
        let below = steps.split_first().map(|(name, rest)| (format!("charts/{name}/"), rest));
        for (folder, steps) in [(String::new(), steps)].into_iter().chain(below) {
            let path = join("", &format!("{chart}/{folder}values.schema.json"));
            let schema = self.homes.file(&path).and_then(|file| self.homes.root(file));
            let Some(schema) = schema else { continue };
            if !allows(schema, steps, new) {
                return Err(format!("`{path}` does not allow it: allow it there first."));
            }
        }
        Ok(())
    }
}

fn allows(schema: Node<'_>, steps: &[String], new: New<'_>) -> bool {
    let mut at = meant(schema, schema);
    for step in steps {
        let is_index = step.parse::<usize>().is_ok();
        let next = at.at(&["properties", step.as_str()]).or_else(|| at.get("items").filter(|_| is_index));
        let Some(next) = next.or_else(|| at.get("additionalProperties").filter(|node| node.is_map())) else {
            return true;
        };
        at = meant(schema, next);
    }
    match new {
        New::Entry(key) => {
            let is_closed = at.get("additionalProperties").and_then(Node::as_bool) == Some(false);
            !is_closed || at.at(&["properties", key]).is_some() || at.get("patternProperties").is_some()
        }
        New::Value(value) => {
            let bound = |key: &str| at.get(key).and_then(Node::text)?.parse::<f64>().ok();
            let number = value.trim_matches('"').parse::<f64>().ok();
            let is_low = number.zip(bound("minimum")).is_some_and(|(number, least)| number < least);
            let is_high = number.zip(bound("maximum")).is_some_and(|(number, most)| number > most);
            let listed = at.get("enum").is_none_or(|list| {
                list.items().any(|item| item.text().as_deref() == Some(value.trim_matches('"')))
            });
            listed && !is_low && !is_high
        }
    }
}

/// A schema, or the one of the same file that it refers to.
fn meant<'s>(root: Node<'s>, mut schema: Node<'s>) -> Node<'s> {
    for _ in 0..STEPS {
        let reference = schema.get("$ref").and_then(Node::text);
        let path = reference.as_deref().and_then(|reference| reference.strip_prefix("#/"));
        let Some(path) = path else { break };
        let names: Vec<&str> = path.split('/').collect();
        let Some(next) = root.at(&names) else { break };
        schema = next;
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::{New, allows};
    use crate::source::FileId;
    use crate::yaml::documents;

    #[test]
    fn what_a_schema_forbids_is_not_allowed() {
        let schema = "{properties: {pod: {$ref: '#/$defs/pod'}, ttl: {minimum: 7200}, kind: {enum: [a, b]}, any: {}}, $defs: {pod: {additionalProperties: false, properties: {name: {}}}}}";
        let documents = documents(FileId::default(), &schema.into());
        let root = documents[0].doc().root().expect("a mapping");
        let is = |path: &str, new: New<'_>| allows(root, &[path.to_owned()], new);
        assert!(
            is("pod", New::Entry("name"))
                && !is("pod", New::Entry("other"))
                && is("any", New::Entry("other"))
        );
        assert!(
            is("ttl", New::Value("7200")) && !is("ttl", New::Value("3600")) && is("any", New::Value("1"))
        );
        assert!(
            is("kind", New::Value("\"a\"")) && !is("kind", New::Value("c")) && is("gone", New::Value("c"))
        );
    }
}
