//! Which objects a patch or a replacement is for (kustomize `api/types/selector.go`, `api/resmap/reswrangler.go`).

use regex::Regex;

use super::Replayer;
use super::objects::{Object, group_and_version, is_cluster_scoped};
use super::tree::Node;

/// Larger patterns are refused: they come from the input.
const PATTERN_BYTES: usize = 1 << 18;

impl Replayer<'_, '_> {
    /// The positions of the objects that a target names. All parts are anchored patterns, and missing parts fit all.
    pub(super) fn select(&mut self, objects: &[Object], target: &Node) -> Vec<usize> {
        let part = |key: &str| target.field(key).map(std::borrow::Cow::into_owned);
        let (group, version, kind) = (part("group"), part("version"), part("kind"));
        let (name, namespace) = (part("name"), part("namespace"));
        let labels = [
            ("labels", self.terms(target, "labelSelector")),
            ("annotations", self.terms(target, "annotationSelector")),
        ];
        let mut found = Vec::new();
        for (index, object) in objects.iter().enumerate() {
            if !self.budget.spend(4) {
                break;
            }
            let api_version = object.api_version();
            let (own_group, own_version) = group_and_version(&api_version);
            let own_kind = object.kind();
            let first = &object.ids[0];
            let cluster = is_cluster_scoped(own_group, &own_kind);
            let space = |namespace: &str| match namespace {
                _ if cluster => "_non_namespaceable_".to_owned(),
                "" => "default".to_owned(),
                namespace => namespace.to_owned(),
            };
            let fits = self.fits(kind.as_deref(), &[&own_kind])
                && self.fits(name.as_deref(), &[&first.name, &object.name()])
                && self.fits(group.as_deref(), &[own_group])
                && self.fits(version.as_deref(), &[own_version])
                && self.fits(namespace.as_deref(), &[&space(&first.namespace), &space(&object.namespace())])
                && labels.iter().all(|(at, terms)| terms.iter().all(|term| term.fits(object, at)));
            if fits {
                found.push(index);
            }
        }
        found
    }

    /// Does one of the texts match the whole of a pattern?
    pub(super) fn fits(&mut self, pattern: Option<&str>, texts: &[&str]) -> bool {
        let Some(pattern) = pattern else { return true };
        if pattern.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_')) {
            return texts.contains(&pattern);
        }
        if !self.patterns.contains_key(pattern) {
            self.budget.spend(1000);
            let anchored = format!("^(?:{pattern})$");
            let compiled = regex::RegexBuilder::new(&anchored).size_limit(PATTERN_BYTES).build().ok();
            self.patterns.insert(pattern.to_owned(), compiled);
        }
        let compiled: Option<&Regex> = self.patterns.get(pattern).and_then(Option::as_ref);
        compiled.is_some_and(|regex| texts.iter().any(|text| regex.is_match(text)))
    }

    fn terms(&mut self, target: &Node, key: &str) -> Vec<Term> {
        let Some(node) = target.get(key) else { return Vec::new() };
        let text = node.said().unwrap_or_default();
        let Some(terms) = terms(&text) else {
            self.doubt(format!("the {key} is not understood"), node.at);
            return Vec::new();
        };
        terms
    }
}

/// One requirement of a selector for labels or annotations.
#[derive(Debug, PartialEq)]
struct Term {
    key: String,
    /// None: whether the key is there decides.
    values: Option<Vec<String>>,
    negated: bool,
}

impl Term {
    fn fits(&self, object: &Object, at: &str) -> bool {
        let value = object.tree.at(&["metadata", at]).and_then(|map| map.get(&self.key)?.said());
        let holds = match (&self.values, &value) {
            (None, value) => value.is_some(),
            (Some(values), Some(value)) => values.iter().any(|wanted| wanted == value),
            (Some(_), None) => false,
        };
        holds != self.negated
    }
}

/// `a=b,c!=d,e in (f,g),h notin (i),j,!k` (`k8s.io/apimachinery/pkg/labels`).
fn terms(text: &str) -> Option<Vec<Term>> {
    let mut depth = 0;
    let parts = text.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    let term = |part: &str| {
        let part = part.trim();
        let one = |key: &str, value: &str, negated| {
            let key = key.trim().to_owned();
            Some(Term { key, values: Some(vec![value.trim().to_owned()]), negated })
        };
        if let Some((key, list)) = part.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
            let (key, negated) = match key.trim().split_once(char::is_whitespace)? {
                (key, word) if word.trim() == "in" => (key, false),
                (key, word) if word.trim() == "notin" => (key, true),
                _ => return None,
            };
            let values = list.split(',').map(|value| value.trim().to_owned()).collect();
            return Some(Term { key: key.to_owned(), values: Some(values), negated });
        }
        if let Some((key, value)) = part.split_once("!=") {
            return one(key, value, true);
        }
        if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
            return one(key, value, false);
        }
        let (key, negated) = part.strip_prefix('!').map_or((part, false), |key| (key.trim(), true));
        let is_key = !key.is_empty() && !key.contains(char::is_whitespace);
        is_key.then(|| Term { key: key.to_owned(), values: None, negated })
    };
    parts.filter(|part| !part.trim().is_empty()).map(term).collect()
}

#[cfg(test)]
mod tests {
    use super::{Term, terms};

    #[test]
    fn selectors_are_read() {
        let term = |key: &str, values: Option<&[&str]>, negated| Term {
            key: key.into(),
            values: values.map(|values| values.iter().map(|value| (*value).to_owned()).collect()),
            negated,
        };
        assert_eq!(
            terms("a=b, c != d,e in (f, g),h notin (i),j,!k,l=="),
            Some(vec![
                term("a", Some(&["b"]), false),
                term("c", Some(&["d"]), true),
                term("e", Some(&["f", "g"]), false),
                term("h", Some(&["i"]), true),
                term("j", None, false),
                term("k", None, true),
                term("l", Some(&[""]), false),
            ])
        );
        assert_eq!(terms("a like (b)"), None);
        assert_eq!(terms(""), Some(Vec::new()));
    }
}
