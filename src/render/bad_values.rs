//! The values that Helm refuses by a schema, or because they are no mapping: where somebody wrote them.

use super::FileIndex;
use super::inputs::ChartFiles;
use super::roots::ValueSet;
use crate::source::Span;

/// What Helm says of a value of a dependency that is no mapping (`coalesceDeps` in `chartutil`), behind which the name
/// of the dependency stands.
const NO_MAPPING: &str = "type mismatch on ";

/// What it says before the schemas (`ValidateAgainstSchema` in `chartutil`): the name of each chart, and below it a line
/// for each reason.
const SCHEMAS: &str = "specifications of the schema(s) in the following chart(s):";

/// The words for a value of a dependency that is no mapping.
pub(super) fn no_mapping(message: &str) -> Option<String> {
    let name = dependency(message)?;
    Some(format!("`{name}` holds the values of the dependency `{name}`, and must be a mapping"))
}

fn dependency(message: &str) -> Option<&str> {
    message.split_once(NO_MAPPING)?.1.split(':').next().filter(|name| !name.is_empty())
}

/// Where the first value is written that Helm refuses: in the file that counts most. Values that a deployer holds itself
/// may stand before those of any file.
pub(super) fn refused_value(
    message: &str,
    chart: Option<&str>,
    (set, files): (&ValueSet, &ChartFiles),
    index: &FileIndex<'_>,
) -> Option<Span> {
    if !set.inline.is_empty() {
        return None;
    }
    let own = files.iter().find(|(below, _)| *below == "values.yaml").map(|(_, path)| path);
    paths(message, chart).into_iter().find_map(|path| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let found = |file: &String| Some(index.helm_value(index.id(file)?)?.at(&path)?.span());
        set.files.iter().rev().chain(own).find_map(found)
    })
}

/// The paths of the values that a message names, from the values of the chart.
fn paths(message: &str, chart: Option<&str>) -> Vec<Vec<String>> {
    if let Some(name) = dependency(message) {
        return vec![vec![name.to_owned()]];
    }
    let Some((_, reasons)) = message.split_once(SCHEMAS) else { return Vec::new() };
    let mut below: Option<&str> = None;
    let mut found = Vec::new();
    for line in reasons.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(':').filter(|line| !line.starts_with("- ")) {
            below = Some(name).filter(|name| Some(*name) != chart);
        } else if let Some(pointer) = pointer_of(line) {
            let parts = below.into_iter().chain(pointer.split('/').skip(1));
            let parts: Vec<String> = parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
            found.extend(Some(parts).filter(|parts| !parts.is_empty()));
        }
    }
    found
}

/// The place in `- at '/a/b': reason`.
fn pointer_of(line: &str) -> Option<&str> {
    line.strip_prefix("- at '")?.split('\'').next()
}

#[cfg(test)]
mod tests {
    use super::{no_mapping, paths};

    #[test]
    fn a_message_leads_to_values() {
        let said = "values don't meet the specifications of the schema(s) in the following chart(s):\nmill:\n- at '': missing property 'owner'\n- at '/a/b~1c': got string, want integer\ncache:\n- at '/n': got string, want integer\n";
        assert_eq!(paths(said, Some("mill")), [vec!["a", "b/c"], vec!["cache", "n"]]);
    }

    #[test]
    fn a_dependency_takes_a_mapping() {
        let said = "type mismatch on cache: %!t(string=x)";
        assert_eq!(paths(said, None), [["cache"]]);
        assert_eq!(
            no_mapping(said).as_deref(),
            Some("`cache` holds the values of the dependency `cache`, and must be a mapping")
        );
        assert_eq!(no_mapping("no repository"), None);
    }
}
