//! Parameters of generated Applications, put together and laid flat.

use std::collections::BTreeMap;

use serde_json::Value;

use super::go_functions::printed;
use super::go_template::Parameters;

/// How deep elements are read.
const DEEPEST: usize = 8;

/// Puts parameters over others, mapping by mapping.
pub(super) fn override_with(parameters: &mut Parameters, over: &Parameters) {
    for (name, value) in over {
        match (parameters.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(over)) => override_with(inner, over),
            _ => _ = parameters.insert(name.clone(), value.clone()),
        }
    }
}

/// The texts of parameters, by their paths with dots.
pub(super) fn flat(parameters: &Parameters) -> BTreeMap<String, String> {
    let mut set = BTreeMap::new();
    for (name, value) in parameters {
        flatten(value, name.clone(), DEEPEST, &mut set);
    }
    set
}

/// The same of a value.
pub(super) fn flat_value(value: &Value) -> BTreeMap<String, String> {
    let mut set = BTreeMap::new();
    flatten(value, String::new(), DEEPEST, &mut set);
    set
}

/// Adds the scalars of a value, by their paths with dots.
fn flatten(value: &Value, path: String, depth: usize, set: &mut BTreeMap<String, String>) {
    let joined = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(entries) if depth > 0 => {
            for (key, value) in entries {
                flatten(value, joined(key), depth - 1, set);
            }
        }
        Value::Array(items) if depth > 0 => {
            for (at, value) in items.iter().enumerate() {
                flatten(value, joined(&at.to_string()), depth - 1, set);
            }
        }
        value => set.extend(printed(value).map(|text| (path, text.into_owned()))),
    }
}
