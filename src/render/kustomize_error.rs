//! What an error message of kustomize is about.

use super::marked::unescaped;
use super::redacted::closing;

/// An error message of kustomize, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KustomizeError<'m> {
    /// What is wrong, in the words of the innermost kustomization.
    pub(super) reason: &'m str,
    /// What it was reading, as kustomizations name it, the innermost first.
    pub(super) names: Vec<&'m str>,
}

/// What is said where a generator is to change an object that nothing made before.
const NOTHING_TO_MERGE: &str =
    "a generator with `behavior: merge` or `replace` finds no object of its name to change";

/// Takes an error message apart. Of each resource that cannot be read kustomize says why it is no file, what went wrong
/// inside, and why it is no folder (`accumulateResources` in `kusttarget.go`).
pub(super) fn kustomize_error(message: &str) -> KustomizeError<'_> {
    let inner = message.rsplit("accumulation err='").next().unwrap_or(message);
    let reason = inner.split("': must build at directory").next().unwrap_or(inner);
    // It prints the address of the generator, and all that is known of the object (`absorb` in `resWrangler.go`).
    let is_merged = reason.contains("generator &{") && reason.contains("cannot merge or replace");
    let reason = if is_merged { NOTHING_TO_MERGE } else { reason };
    let names = message.rmatch_indices(" resources from '").filter_map(|(at, start)| {
        let (name, _) = message[at + start.len()..].split_once('\'')?;
        Some(name)
    });
    KustomizeError { reason, names: names.collect() }
}

/// What went wrong in a component: its message is in quotes in that of the kustomization that takes it, as often as
/// components take others (`accumulateComponents` in `kusttarget.go`).
pub(super) fn of_components(mut message: String) -> String {
    const START: &str = "accumulateDirectory: \"";
    while let Some(at) = message.find(START) {
        let inside = &message[at + START.len()..];
        message = unescaped(&inside[..closing(inside, "\"").unwrap_or(inside.len())]);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{kustomize_error, of_components};

    #[test]
    fn a_component_is_heard_without_the_quotes_around_it() {
        let inner = r#"invalid Kustomization: json: unknown field \"resourcez\""#;
        let message = format!(r#"accumulating components: accumulateDirectory: "{inner}""#);
        assert_eq!(
            of_components(message.clone()),
            r#"invalid Kustomization: json: unknown field "resourcez""#
        );
        let outer = message.replace('\\', r"\\").replace('"', r#"\""#);
        let nested = format!(r#"accumulating components: accumulateDirectory: "{outer}""#);
        assert_eq!(of_components(nested), r#"invalid Kustomization: json: unknown field "resourcez""#);
        assert_eq!(of_components("nothing selected".to_owned()), "nothing selected");
    }

    #[test]
    fn the_innermost_kustomization_is_heard() {
        let message = "accumulating resources: accumulation err='accumulating resources from 'sub': 't/sub' must resolve to a file': recursed accumulation of path 't/sub': accumulating resources: accumulation err='merging resources from 'one.yaml': may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]': must build at directory: 't/sub/one.yaml': file is not directory";
        let error = kustomize_error(message);
        assert_eq!(
            error.reason,
            "merging resources from 'one.yaml': may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]"
        );
        assert_eq!(error.names, ["one.yaml", "sub"]);
        assert_eq!(kustomize_error("nothing selected").reason, "nothing selected");
        let merged = "merging from generator &{0x85a744aaf70 <nil>}: id resid.ResId{Name:\"a\"} does not exist; cannot merge or replace";
        assert_eq!(kustomize_error(merged).reason, super::NOTHING_TO_MERGE);
    }
}
