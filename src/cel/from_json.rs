//! Values from JSON, in which objects and records are handed in.

use std::sync::Arc;

use super::key::Key;
use super::value::Value;

/// The value of a JSON text: whole numbers are ints, as in Kubernetes.
#[must_use]
pub fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::Uint(number),
            (None, None) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::Text(Arc::from(text)),
        serde_json::Value::Array(items) => Value::list(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(entries) => {
            let entries = entries.into_iter();
            Value::map(entries.map(|(key, value)| (Key::Text(Arc::from(key)), from_json(value))).collect())
        }
    }
}
