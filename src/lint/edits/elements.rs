//! Values that elements of an ApplicationSet give to its template.

use super::Refused;
use crate::yaml::Node;

/// Generators in generators end somewhere.
const DEPTH: usize = 3;

/// The value of the only element that gives a rendered value, where a value of the template is nothing but that parameter.
pub(super) fn given_by<'r>(template: Node<'r>, rendered: Node<'_>) -> Result<Node<'r>, Refused> {
    let elsewhere = || "The value is put together where it is rendered.".to_owned();
    let root = template
        .doc()
        .root()
        .filter(|root| root.get("kind").is_some_and(|kind| kind.text().as_deref() == Some("ApplicationSet")));
    let text = template.text().unwrap_or_default();
    let inside = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let name =
        inside.map(|inside| inside.trim().trim_start_matches('.')).filter(|name| !name.contains(['{', ' ']));
    let (root, name) = root.zip(name).ok_or_else(elsewhere)?;
    let path: Vec<&str> = name.split('.').collect();
    let mut found = Vec::new();
    collect(root.at(&["spec", "generators"]), &path, rendered, DEPTH, &mut found);
    match found[..] {
        [one] => Ok(one),
        [] => Err(elsewhere()),
        _ => Err(format!(
            "Several elements of the ApplicationSet give this value as `{name}`: change each that is meant."
        )),
    }
}

fn collect<'r>(
    generators: Option<Node<'r>>,
    path: &[&str],
    rendered: Node<'_>,
    depth: usize,
    found: &mut Vec<Node<'r>>,
) {
    for generator in generators.into_iter().flat_map(Node::items) {
        let elements = generator.at(&["list", "elements"]).into_iter().flat_map(Node::items);
        let given = elements.filter_map(|element| element.at(path));
        found.extend(given.filter(|value| value.text().is_some() && value.text() == rendered.text()));
        if depth > 0 {
            for kind in ["matrix", "merge"] {
                collect(generator.at(&[kind, "generators"]), path, rendered, depth - 1, found);
            }
        }
    }
}
