//! What stands in the `crds/` of a chart.

/// Whether a file there may hold something else than definitions of custom resources: Helm creates it whatever it is
/// (`installCRDs` in helm `pkg/action/install.go`). Definitions are known by how people and generators write them.
pub(super) fn holds_more(path: &str, bytes: &[u8]) -> bool {
    let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end));
    let is_there = path.starts_with("crds/") || path.contains("/crds/");
    is_there && is_manifest && !std::str::from_utf8(bytes).is_ok_and(are_definitions)
}

fn are_definitions(text: &str) -> bool {
    // What else ends a line in YAML 1.1 could hide a document.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return false;
    }
    let mut kinds: Vec<&str> = Vec::new();
    let mut is_empty = true;
    for line in text.trim_start_matches('\u{feff}').split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains('\r') {
            return false;
        }
        if line.trim_end() == "---" {
            if !is_empty && kinds.len() != 1 {
                return false;
            }
            (kinds, is_empty) = (Vec::new(), true);
        } else if let Some(kind) = line.strip_prefix("kind:") {
            if kind.trim().trim_matches(['"', '\'']) != "CustomResourceDefinition" {
                return false;
            }
            kinds.push(kind);
            is_empty = false;
        } else if line.starts_with(' ') {
            let line = line.trim_start();
            // What is indented belongs to a key, or it is all of the document.
            if is_empty && !line.is_empty() && !line.starts_with('#') {
                return false;
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            let key = line.split(':').next().unwrap_or_default();
            if key.is_empty()
                || key.len() == line.len()
                || !key.bytes().all(|byte| byte.is_ascii_alphabetic())
            {
                return false;
            }
            is_empty = false;
        }
    }
    is_empty || kinds.len() == 1
}

#[cfg(test)]
mod tests {
    use super::holds_more;

    #[test]
    fn only_plain_definitions_are_nothing_more() {
        let plain =
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.b\n";
        let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        let more = |text: &str| holds_more("crds/a.yaml", text.as_bytes());
        for text in [
            plain.to_owned(),
            format!("# a\n---\n{plain}---\n{plain}---\n# end\n"),
            plain.replace('\n', "\r\n"),
            plain.replace("CustomResourceDefinition", "\"CustomResourceDefinition\""),
        ] {
            assert!(!more(&text), "{text}");
        }
        for text in [
            other.to_owned(),
            format!("{plain}---\n{other}"),
            format!("{plain}--- {{kind: ConfigMap}}\n"),
            format!("{plain}...\n{other}"),
            format!("{plain}\"kind\": ConfigMap\n"),
            format!("{plain}? kind\n: ConfigMap\n"),
            format!("{plain}kind: ConfigMap\n"),
            format!("{plain}<<: {{kind: ConfigMap}}\n"),
            format!("{plain}\r---\r{other}"),
            format!("{plain}status: \u{2028}---\u{2028}kind: ConfigMap\n"),
            format!("---\n{plain}---\n{{kind: ConfigMap, apiVersion: v1}}\n"),
            " kind: ConfigMap\n apiVersion: v1\n".to_owned(),
            " {kind: ConfigMap,\nmetadata: {name: a}, x: \"\nkind: CustomResourceDefinition\n\"}\n"
                .to_owned(),
            format!("{plain}---\n {{kind: ConfigMap,\na: \"\nkind: CustomResourceDefinition\n \"}}\n"),
        ] {
            assert!(more(&text), "{text}");
        }
        assert!(!holds_more("crds/a.txt", other.as_bytes()) && !holds_more("templates/a.yaml", b"a"));
        assert!(holds_more("charts/b/crds/a.yml", other.as_bytes()) && holds_more("crds/a.yaml", b"\xff"));
    }
}
