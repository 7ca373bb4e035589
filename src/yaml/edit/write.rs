//! Writes given values in the style of a document.

use serde_json::Value as JsonValue;

use super::given::{Given, Row, Scalar, Shape};
use super::style::{Json, Style};
use crate::yaml::tree::Kind;

#[derive(Clone, Copy)]
pub(super) struct Writer<'s> {
    pub(super) style: &'s Style,
    /// Every string is written in double quotes, where plain text and block scalars do not fit.
    pub(super) quote: bool,
}

impl Writer<'_> {
    pub(super) fn line(&self, out: &mut String, column: usize) {
        out.push_str(self.style.newline);
        out.extend(std::iter::repeat_n(' ', column));
    }

    /// Entries or items, of which the first stands at the end of `out` and the others below it.
    pub(super) fn rows(&self, out: &mut String, rows: &[Row], column: usize) {
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                self.line(out, column);
            }
            for comment in &row.above {
                out.push_str(comment);
                self.line(out, column);
            }
            if let Some((_, written)) = &row.key {
                out.push_str(written);
                out.push(':');
                self.value(out, &row.value, column);
            } else {
                out.push('-');
                self.item(out, &row.value, column);
            }
        }
    }

    /// A value behind its key, which stands at `column`.
    fn value(&self, out: &mut String, given: &Given, column: usize) {
        let deeper = match given.shape {
            Shape::Seq { .. } => column + self.style.dash,
            _ => column + self.style.step,
        };
        if given.is_block() {
            self.line(out, deeper);
            self.rows(out, given.rows(), deeper);
        } else {
            self.short(out, given, column, deeper);
        }
    }

    /// A value behind its dash, which stands at `column`.
    fn item(&self, out: &mut String, given: &Given, column: usize) {
        let deeper = column + 1 + self.style.gap;
        if given.is_block() {
            out.extend(std::iter::repeat_n(' ', self.style.gap));
            self.rows(out, given.rows(), deeper);
        } else {
            self.short(out, given, column, deeper);
        }
    }

    /// What is no block collection, with its comment.
    fn short(&self, out: &mut String, given: &Given, column: usize, deeper: usize) {
        let beside = given.beside.as_ref().map(|comment| format!(" {comment}")).unwrap_or_default();
        let written = match self.literal(given, &beside, column, deeper) {
            Some(literal) => literal,
            None => self.inline(given) + &beside,
        };
        if !written.is_empty() {
            out.push(' ');
            out.push_str(&written);
        }
    }

    /// A block scalar, if one was given and can be written: below what stands at `column`, its text at `deeper`.
    pub(super) fn literal(
        &self,
        given: &Given,
        beside: &str,
        column: usize,
        deeper: usize,
    ) -> Option<String> {
        let Shape::Scalar(Scalar {
            json: JsonValue::String(text), kind: Kind::Literal | Kind::Folded, ..
        }) = &given.shape
        else {
            return None;
        };
        let is_odd =
            |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
        if self.quote || text.trim().is_empty() || text.contains(is_odd) {
            return None;
        }
        let (body, chomp) = match text.strip_suffix('\n') {
            None => (text.as_str(), "-"),
            Some(body) if body.ends_with('\n') => (body, "+"),
            Some(body) => (body, ""),
        };
        let begins_blank = body.trim_start_matches('\n').starts_with(' ');
        let indent = if begins_blank { (deeper - column).to_string() } else { String::new() };
        let mut out = format!("|{indent}{chomp}{beside}");
        for line in body.split('\n') {
            self.line(&mut out, if line.is_empty() { 0 } else { deeper });
            out.push_str(line);
        }
        Some(out)
    }

    /// A value in one line of a block.
    pub(super) fn inline(&self, given: &Given) -> String {
        match &given.shape {
            Shape::Scalar(scalar) => self.scalar(scalar),
            _ => self.flow(given),
        }
    }

    fn scalar(&self, scalar: &Scalar) -> String {
        match &scalar.json {
            JsonValue::String(_) if self.quote && !matches!(scalar.kind, Kind::Single | Kind::Double) => {
                scalar.json.to_string()
            }
            _ => scalar.written.clone(),
        }
    }

    /// A value between brackets, in one line.
    pub(super) fn flow(&self, given: &Given) -> String {
        let rows: Vec<String> = given.rows().iter().map(|row| self.flow_row(row)).collect();
        match &given.shape {
            Shape::Map { .. } => format!("{{{}}}", rows.join(", ")),
            Shape::Seq { .. } => format!("[{}]", rows.join(", ")),
            Shape::Scalar(scalar) if scalar.kind == Kind::Empty => "null".to_owned(),
            Shape::Scalar(scalar) => flow_safe(self.scalar(scalar), scalar.kind),
        }
    }

    fn flow_row(&self, row: &Row) -> String {
        let value = self.flow(&row.value);
        row.key.as_ref().map_or_else(
            || value.clone(),
            |(_, written)| {
                let kind = if written.starts_with(['"', '\'']) { Kind::Double } else { Kind::Plain };
                format!("{}: {value}", flow_safe(written.clone(), kind))
            },
        )
    }

    /// An entry or item between brackets; `indent` is the white space before it, where it begins a line.
    pub(super) fn bracketed(&self, row: &Row, indent: Option<&str>) -> String {
        let Some(style) = &self.style.json else { return self.flow_row(row) };
        let value = self.json(&row.value.to_json(), style, indent);
        let colon = if style.compact { ":" } else { ": " };
        row.key.as_ref().map_or_else(
            || value.clone(),
            |(name, _)| format!("{}{colon}{value}", JsonValue::from(name.as_str())),
        )
    }

    /// A value as JSON; in several lines if the document is and `indent` is there.
    pub(super) fn json(&self, value: &JsonValue, style: &Json, indent: Option<&str>) -> String {
        let (colon, comma) = if style.compact { (":", ",") } else { (": ", ", ") };
        let lines = style.unit.as_ref().zip(indent);
        let deeper = lines.map(|(unit, indent)| format!("{indent}{unit}"));
        let inside = |value: &JsonValue| self.json(value, style, deeper.as_deref());
        let (rows, open, close): (Vec<String>, _, _) = match value {
            JsonValue::Object(map) if !map.is_empty() => {
                let row = |(key, value): (&String, &JsonValue)| {
                    format!("{}{colon}{}", JsonValue::from(key.as_str()), inside(value))
                };
                (map.iter().map(row).collect(), '{', '}')
            }
            JsonValue::Array(list) if !list.is_empty() => (list.iter().map(inside).collect(), '[', ']'),
            _ => return value.to_string(),
        };
        match (lines, &deeper) {
            (Some((_, indent)), Some(deeper)) => {
                let newline = self.style.newline;
                let between = format!(",{newline}{deeper}");
                format!("{open}{newline}{deeper}{}{newline}{indent}{close}", rows.join(&between))
            }
            _ => format!("{open}{}{close}", rows.join(comma)),
        }
    }
}

/// Plain text may not hold brackets and commas between brackets.
fn flow_safe(written: String, kind: Kind) -> String {
    if kind == Kind::Plain && written.contains([',', '[', ']', '{', '}']) {
        JsonValue::from(written).to_string()
    } else {
        written
    }
}

/// A value in the quotes of another.
pub(super) fn quoted_like(given: &Given, old: Kind) -> Option<String> {
    let Shape::Scalar(Scalar { json: JsonValue::String(text), .. }) = &given.shape else { return None };
    match old {
        Kind::Single if !text.contains(char::is_control) => Some(format!("'{}'", text.replace('\'', "''"))),
        Kind::Double => Some(JsonValue::from(text.as_str()).to_string()),
        _ => None,
    }
}
